"""The file of a session: closed to others, encrypted where there is a secret, and never half written."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import SessionFileError
from ingest.session import SessionFile

SESSION = "1ApWapzMBu3wX-kept-by-nobody-else_" * 8
SECRET = "correct horse battery"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def plain(folder: Path) -> SessionFile:
    return SessionFile(folder / "telegram" / "main.session", secret=None)


def sealed(folder: Path, secret: str = SECRET) -> SessionFile:
    return SessionFile(folder / "telegram" / "main.session", secret=secret)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def says_what_to_do(error: pytest.ExceptionInfo[SessionFileError], file: SessionFile) -> bool:
    """Whether a sentence names the file and a way on."""
    told = str(error.value)
    return str(file.path) in told and "svodka login" in told and "\n" not in told


# --- keeping ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mask", "secret"), [(0o000, None), (0o022, None), (0o077, None), (0o000, SECRET)])
def test_a_session_is_closed_to_others(tmp_path: Path, mask: int, secret: str | None) -> None:
    """Whatever the umask, the file has mode 600 and its new folder 700, and what was saved is loaded."""
    file = SessionFile(tmp_path / "telegram" / "main.session", secret=secret)
    with umask(mask):
        file.save(SESSION)
        file.save(SESSION + "2")
    assert mode(file.path) == 0o600
    assert mode(file.path.parent) == 0o700
    assert file.load() == SESSION + "2"
    assert [one.name for one in file.path.parent.iterdir()] == ["main.session"]


def test_folders_above_are_made(tmp_path: Path) -> None:
    """A data directory that does not exist yet is made with the session."""
    file = plain(tmp_path / "new" / "data")
    file.save(SESSION)
    assert file.load() == SESSION


@pytest.mark.parametrize("wide", [0o644, 0o640, 0o604, 0o666, 0o601])
def test_a_file_that_others_may_read_is_closed(tmp_path: Path, wide: int) -> None:
    """A file whose mode somebody has widened is closed when it is loaded."""
    file = plain(tmp_path)
    file.save(SESSION)
    file.path.chmod(wide)
    assert file.load() == SESSION
    assert mode(file.path) == 0o600


def test_a_session_that_was_never_kept_is_none(tmp_path: Path) -> None:
    """Without a file there is no session, with or without a secret."""
    assert plain(tmp_path).load() is None
    assert sealed(tmp_path).load() is None


# --- encrypting -------------------------------------------------------------------------------------------------------


def test_with_a_secret_the_session_is_nowhere_in_the_file(tmp_path: Path) -> None:
    """Neither the session nor a piece of it nor the secret can be found in the file, which is another one each time."""
    file = sealed(tmp_path)
    file.save(SESSION)
    first = file.path.read_bytes()
    for piece in (SESSION, SESSION[:34], SECRET):
        assert piece.encode() not in first
    file.save(SESSION)
    assert file.path.read_bytes() != first
    assert sealed(tmp_path).load() == SESSION


def test_a_secret_may_be_of_any_letters(tmp_path: Path) -> None:
    """A secret is text: Cyrillic letters and blanks are as good as others."""
    sealed(tmp_path, "кот на печи 🐈").save(SESSION)
    assert sealed(tmp_path, "кот на печи 🐈").load() == SESSION


def test_a_plain_file_is_encrypted_as_soon_as_there_is_a_secret(tmp_path: Path) -> None:
    """The first load with a secret rewrites a plain file; afterwards it is good for nothing without the secret."""
    plain(tmp_path).save(SESSION)
    file = sealed(tmp_path)
    assert file.load() == SESSION
    assert SESSION.encode() not in file.path.read_bytes()
    assert mode(file.path) == 0o600
    assert file.load() == SESSION
    with pytest.raises(SessionFileError):
        plain(tmp_path).load()


@pytest.mark.parametrize("secret", [None, "another secret", "Correct horse battery", "correct horse battery "])
def test_a_missing_or_wrong_secret_is_told(tmp_path: Path, secret: str | None) -> None:
    """Without its key, or with another, the file cannot be read; the sentence names the setting; the file stays."""
    sealed(tmp_path).save(SESSION)
    file = SessionFile(sealed(tmp_path).path, secret=secret)
    before = file.path.read_bytes()
    with pytest.raises(SessionFileError, match="SVODKA_SECRET_KEY") as error:
        file.load()
    assert says_what_to_do(error, file)
    assert file.path.read_bytes() == before


# --- files that are none ----------------------------------------------------------------------------------------------

BROKEN = [
    b"",
    b"\n",
    b"\n\n\n",
    b"svodka-session/1 plain",
    b"svodka-session/2 plain\nabc\n",
    b"svodka-session/1 plain\nabc\ndef\n",
    b"SQLite format 3\x00\x01\x01",
    b"just some words\nin two lines\n",
    b"svodka-session/1 scrypt-fernet\nabc\n",
    b"svodka-session/1 scrypt-fernet AAAA\n",
]


@pytest.mark.parametrize("held", BROKEN)
@pytest.mark.parametrize("secret", [None, SECRET])
def test_a_file_that_is_none_of_ours_is_told(tmp_path: Path, held: bytes, secret: str | None) -> None:
    """Empty, cut, of another program or of another version: a sentence that says what to do, and the file stays."""
    file = SessionFile(tmp_path / "main.session", secret=secret)
    file.path.write_bytes(held)
    with pytest.raises(SessionFileError) as error:
        file.load()
    assert says_what_to_do(error, file)
    assert file.path.read_bytes() == held


@pytest.mark.parametrize("held", [bytes(range(256)), b"svodka-session/1 plain\n\xff\xfe\n", "тайна".encode("cp1251")])
def test_a_binary_file_is_told(tmp_path: Path, held: bytes) -> None:
    """A file that is no text ends like any other that is none of ours."""
    file = plain(tmp_path)
    file.path.parent.mkdir()
    file.path.write_bytes(held)
    with pytest.raises(SessionFileError) as error:
        file.load()
    assert says_what_to_do(error, file)


@pytest.mark.parametrize("cut", [30, 40, 56, 70, 200, 400])
def test_a_cut_encrypted_file_is_told(tmp_path: Path, cut: int) -> None:
    """Wherever an encrypted file is cut, a sentence says what to do."""
    file = sealed(tmp_path)
    file.save(SESSION)
    file.path.write_bytes(file.path.read_bytes()[:cut])
    with pytest.raises(SessionFileError) as error:
        file.load()
    assert says_what_to_do(error, file)


def test_a_changed_encrypted_file_is_told(tmp_path: Path) -> None:
    """A single letter that is another one, in the salt or in the token, is noticed."""
    file = sealed(tmp_path)
    file.save(SESSION)
    whole = file.path.read_text("ascii")
    for place in (35, 60, len(whole) // 2, len(whole) - 10):
        other = "A" if whole[place] != "A" else "B"
        file.path.write_text(whole[:place] + other + whole[place + 1 :], "ascii")
        with pytest.raises(SessionFileError):
            file.load()


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    """A folder where the file should be ends as a sentence, for loading, saving and deleting."""
    file = plain(tmp_path)
    file.path.mkdir(parents=True)
    with pytest.raises(SessionFileError):
        file.load()
    with pytest.raises(SessionFileError):
        file.save(SESSION)
    with pytest.raises(SessionFileError):
        file.delete()
    assert list(file.path.parent.iterdir()) == [file.path]


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    """A file where the folder should be ends as a sentence, for loading and saving."""
    (tmp_path / "telegram").write_text("ours")
    with pytest.raises(SessionFileError):
        plain(tmp_path).load()
    with pytest.raises(SessionFileError, match="cannot be written"):
        plain(tmp_path).save(SESSION)
    assert (tmp_path / "telegram").read_text() == "ours"


# --- writing that fails -----------------------------------------------------------------------------------------------


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may become larger than a few bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_leaves_the_old_session(tmp_path: Path) -> None:
    """A session that cannot be written whole is not written at all: the old one stays, and nothing is left beside it."""
    file = plain(tmp_path)
    file.save(SESSION)
    with full_disk(), pytest.raises(SessionFileError, match="cannot be written"):
        file.save(SESSION + "2")
    assert file.load() == SESSION
    assert list(file.path.parent.iterdir()) == [file.path]


def test_a_full_disk_leaves_a_plain_file_as_it_was(tmp_path: Path) -> None:
    """A plain file that cannot be encrypted is told, and not lost."""
    plain(tmp_path).save(SESSION)
    with full_disk(), pytest.raises(SessionFileError, match="cannot be written"):
        sealed(tmp_path).load()
    assert plain(tmp_path).load() == SESSION


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_leaves_the_old_session(tmp_path: Path) -> None:
    """A folder that may not be written to keeps the old session."""
    file = plain(tmp_path)
    file.save(SESSION)
    file.path.parent.chmod(0o500)
    try:
        with pytest.raises(SessionFileError, match="cannot be written"):
            file.save(SESSION + "2")
        with pytest.raises(SessionFileError, match="cannot be deleted"):
            file.delete()
        assert file.load() == SESSION
    finally:
        file.path.parent.chmod(0o700)


def test_what_an_interrupted_save_leaves_is_no_session(tmp_path: Path) -> None:
    """The half-written file of a process that was killed is neither loaded nor in the way of the next save."""
    file = plain(tmp_path)
    file.save(SESSION)
    (file.path.parent / ".main.session.a1b2c3").write_text("svodka-session/1 pl")
    assert file.load() == SESSION
    file.save(SESSION + "2")
    assert file.load() == SESSION + "2"


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_a_forgotten_session_is_gone(tmp_path: Path) -> None:
    """After delete there is none; deleting what is not there is no error."""
    file = plain(tmp_path)
    file.save(SESSION)
    file.delete()
    assert file.load() is None
    file.delete()
    plain(tmp_path / "never").delete()
