"""The session of a Telegram account in a file: closed to others, and encrypted where a secret key is set.

Whoever has the session speaks for the account. The file has one line that says how it is kept and one with the session:
as it is, or as a Fernet token whose key scrypt (RFC 7914) makes of the secret and a salt.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import stat
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import SessionFileError

_PLAIN = "svodka-session/1 plain"
_SEALED = "svodka-session/1 scrypt-fernet"
_SALT_BYTES = 16


class SessionFile:
    """Where an account's session is kept; `secret` encrypts it."""

    def __init__(self, path: Path, *, secret: str | None) -> None:
        self.path = path
        self._secret = secret

    def load(self) -> str | None:
        """The session, or None if there is none. A plain file is encrypted as soon as there is a secret.

        Raises:
            SessionFileError: the file cannot be read, or not with this secret.
        """
        try:
            mode = stat.S_IMODE(self.path.stat().st_mode)
            if mode & 0o077:
                self.path.chmod(0o600)
            lines = self.path.read_text("ascii").splitlines()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from None
        if len(lines) == 2 and lines[0] == _PLAIN:
            if self._secret is not None:
                self.save(lines[1])
            return lines[1]
        if len(lines) == 2 and lines[0].startswith(f"{_SEALED} "):
            return self._unseal(lines[0].removeprefix(f"{_SEALED} "), lines[1])
        raise self._no_session()

    def save(self, session: str) -> None:
        """Keep a session, all or nothing, readable by this user alone.

        Raises:
            SessionFileError: it cannot be written.
        """
        text = f"{_PLAIN}\n{session}\n" if self._secret is None else self._sealed(session)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp opens with mode 600; the rename puts the whole file there or none.
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except OSError:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            raise SessionFileError(f"the session cannot be written to {self.path}: {error.strerror or error}") from None

    def delete(self) -> None:
        """Forget the session."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise SessionFileError(f"{self.path} cannot be deleted: {error.strerror or error}") from None

    def _sealed(self, session: str) -> str:
        salt = os.urandom(_SALT_BYTES)
        token = Fernet(self._key(salt)).encrypt(session.encode("ascii"))
        return f"{_SEALED} {base64.urlsafe_b64encode(salt).decode('ascii')}\n{token.decode('ascii')}\n"

    def _unseal(self, salt: str, token: str) -> str:
        if self._secret is None:
            raise SessionFileError(
                f"{self.path} is encrypted: set SVODKA_SECRET_KEY to the key it was written with, "
                "or delete the file and log in again (svodka login)"
            )
        try:
            return Fernet(self._key(base64.urlsafe_b64decode(salt))).decrypt(token).decode("ascii")
        except (InvalidToken, binascii.Error, ValueError):
            raise SessionFileError(
                f"{self.path} cannot be decrypted with this SVODKA_SECRET_KEY: set the key it was written with, "
                "or delete the file and log in again (svodka login)"
            ) from None

    def _key(self, salt: bytes) -> bytes:
        # n = 2**15 takes some 0.1 s and 32 MB: nothing once a start, much for whoever guesses.
        derived = Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive((self._secret or "").encode("utf-8"))
        return base64.urlsafe_b64encode(derived)

    def _unreadable(self, error: Exception) -> SessionFileError:
        if not isinstance(error, OSError):
            return self._no_session()
        return SessionFileError(f"the session cannot be read from {self.path}: {error.strerror or error}")

    def _no_session(self) -> SessionFileError:
        return SessionFileError(f"{self.path} is no session of Svodka: move it away and log in again (svodka login)")
