"""Every error that Svodka raises on purpose. A message says what happened and what to do about it, in one sentence.

SvodkaError
├── SettingsError            a setting is missing or makes no sense
├── DatabaseError            the database cannot be used
│   ├── DatabaseUnreachable  no server answers at the address
│   ├── DatabaseVersionError the server, its data or pgvector is of a version that we cannot use
│   └── SchemaError          the tables are newer than this program
├── ImportFileError          a file cannot be read at all (unknown content, no permission)
├── TelegramError            Telegram cannot be used
│   ├── TelegramUnreachable  no connection comes about, or the one there was has ended
│   ├── NotLoggedIn          there is no session, or Telegram does not accept it any longer
│   ├── LoginError           a login failed: a wrong code, password or api id
│   ├── SessionFileError     the file of the session cannot be read, decrypted or written
│   ├── AccountBusy          another process speaks for the account
│   ├── FloodWait            Telegram asks to wait for longer than we wait in place
│   ├── Refused              Telegram refuses a request, with a reason of its own
│   └── Undecodable          an answer holds something that this version cannot decode
├── UnreadableMessage        a Telegram message cannot be made into a post (defined in ingest.parse)
├── NotFound                 the story, topic or post that was asked for does not exist
└── UsageError               the words of a command make no sense together
"""


class SvodkaError(Exception):
    """Root of the tree. `str(error)` is a sentence for the person at the keyboard."""


class SettingsError(SvodkaError):
    """A setting is missing or makes no sense."""


class DatabaseError(SvodkaError):
    """The database cannot be used."""


class DatabaseUnreachable(DatabaseError):
    """No server answers at the address."""


class DatabaseVersionError(DatabaseError):
    """The server, its data directory or pgvector is of a version that we cannot use."""


class SchemaError(DatabaseError):
    """The tables are newer than this program."""


class ImportFileError(SvodkaError):
    """A file cannot be read at all."""


class TelegramError(SvodkaError):
    """Telegram cannot be used."""


class TelegramUnreachable(TelegramError):
    """No connection comes about, or the one there was has ended."""


class NotLoggedIn(TelegramError):
    """There is no session, or Telegram does not accept it any longer."""


class LoginError(TelegramError):
    """A login failed: a wrong code, password or api id."""


class SessionFileError(TelegramError):
    """The file of the session cannot be read, decrypted or written."""


class AccountBusy(TelegramError):
    """Another process speaks for the account."""


class FloodWait(TelegramError):
    """Telegram asks to leave a method be for `seconds`, which is longer than we wait in place."""

    def __init__(self, method: str, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait {seconds:.0f} s before the next {method}")
        self.method = method
        self.seconds = seconds


class Refused(TelegramError):
    """Telegram refuses a request; `reason` is its name of the error, such as CHANNEL_PRIVATE."""

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"Telegram refuses {method}: {reason}")
        self.method = method
        self.reason = reason


class Undecodable(TelegramError):
    """An answer holds something that this version of the client library cannot decode."""


class NotFound(SvodkaError):
    """What was asked for does not exist."""


class UsageError(SvodkaError):
    """The words of a command make no sense together."""
