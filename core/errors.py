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
├── ModelError               a language model cannot be used, or its answer cannot
│   ├── ModelUnreachable     no answer comes about: no connection, a server that fails, or something else at the address
│   ├── ModelTimeout         no whole answer came in time
│   ├── ModelBusy            the endpoint asks to come back later
│   ├── ModelDenied          the endpoint does not let us in or does not know the model: a setting is wrong
│   ├── ModelRefused         the model or its endpoint will not answer this very question
│   ├── ModelAnswerError     the answer is of no use, even after it was asked to repair it
│   ├── EndpointResting      the endpoint failed lately, or is too busy: it is left alone for a while
│   └── BudgetSpent          the day's money or tokens are spent
├── BotError                 the bot cannot be used
│   ├── BotDenied            Telegram does not know the token, or there is none
│   └── BotUnreachable       Telegram's Bot API, or the server of the settings, does not answer
├── UnreadableMessage        a Telegram message cannot be made into a post (defined in ingest.parse)
├── NotFound                 the story, topic or post that was asked for does not exist
└── UsageError               the words of a command make no sense together
"""

from __future__ import annotations

from typing import Any


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


class ModelError(SvodkaError):
    """A language model cannot be used, or its answer cannot. Messages hold no key, no prompt and of an address the host.

    `spent` is the `summarize.model.llm.Spent` of all that was asked until then, None if nothing reached the model; `ability`
    is the `summarize.model.llm.Ability` as far as it was found out, None where there is none to find out. Both are Any, since
    core does not import the programs.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.spent: Any = None
        self.ability: Any = None


class ModelUnreachable(ModelError):
    """No answer comes about: no connection, a server that fails, or something else than a model at the address."""


class ModelTimeout(ModelError):
    """No whole answer came in time. It was not asked again: a slow model would only have more to do."""


class ModelBusy(ModelError):
    """The endpoint asks to come back later: in `retry_after` seconds, or None if it does not say when."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelDenied(ModelError):
    """The endpoint does not let us in or does not know the model. `setting` is the variable to look at."""

    def __init__(self, message: str, setting: str) -> None:
        super().__init__(f"{message}: check {setting}")
        self.setting = setting


class ModelRefused(ModelError):
    """The model or its endpoint will not answer this very question; asking it again does not help."""


class ModelAnswerError(ModelError):
    """The answer is of no use, even after it was asked to repair it."""


class EndpointResting(ModelError):
    """The endpoint failed lately, or is too busy: it is left alone for a while."""


class BudgetSpent(ModelError):
    """The day's money or tokens are spent."""


class BotError(SvodkaError):
    """The bot cannot be used."""


class BotDenied(BotError):
    """Telegram does not know the token, or there is none."""


class BotUnreachable(BotError):
    """Telegram's Bot API, or the server of the settings, does not answer."""


class NotFound(SvodkaError):
    """What was asked for does not exist."""


class UsageError(SvodkaError):
    """The words of a command make no sense together."""
