"""Every error that Svodka raises on purpose. A message says what happened and what to do about it, in one sentence.

SvodkaError
├── SettingsError            a setting is missing or makes no sense
├── DatabaseError            the database cannot be used
│   ├── DatabaseUnreachable  no server answers at the address
│   ├── DatabaseVersionError the server, its data or pgvector is of a version that we cannot use
│   └── SchemaError          the tables are newer than this program
├── ImportFileError          a file cannot be read at all (unknown content, no permission)
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


class NotFound(SvodkaError):
    """What was asked for does not exist."""


class UsageError(SvodkaError):
    """The words of a command make no sense together."""
