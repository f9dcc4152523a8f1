"""Files are known by their content, folders are searched, and what cannot be read is told."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from core.errors import ImportFileError
from core.types import Post
from ingest.reader import FileKind, find_files, read_file, sniff

CHAT = json.dumps({"name": "К", "type": "public_channel", "id": 1, "messages": []}).encode()
DUMP = "Forwarded from A\nтекст".encode()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (CHAT, FileKind.EXPORT),
        (b"\xef\xbb\xbf" + CHAT, FileKind.EXPORT),
        (CHAT.decode().encode("utf-16"), FileKind.EXPORT),
        (b'{"about": "x", "personal_information": {"user_id": 1}, "chats": {', FileKind.EXPORT),
        (DUMP, FileKind.FORWARDS),
        ("Переслано от А\nтекст".encode(), FileKind.FORWARDS),
        (b'{"dependencies": {"a": 1}}', FileKind.UNKNOWN),
        (b'{"messages": [{"role": "user", "content": "x"}]}', FileKind.UNKNOWN),
        (b"[1, 2]", FileKind.UNKNOWN),
        (b"<!DOCTYPE html><html>Forwarded from A\n", FileKind.UNKNOWN),
        (b"just a text", FileKind.UNKNOWN),
        (b"", FileKind.UNKNOWN),
        (b"\x89PNG\r\n\x1a\n", FileKind.UNKNOWN),
    ],
)
def test_sniff(head: bytes, kind: FileKind) -> None:
    """The first bytes tell the kind, whatever the encoding."""
    assert sniff(head) is kind


def test_find_files(tmp_path: Path) -> None:
    """A folder gives its exports and dumps in order; a loop of links ends."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "result.json").write_bytes(b"{")
    (tmp_path / "a.txt").write_bytes(DUMP)
    (tmp_path / "other.json").write_bytes(b"{}")
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = [str(file.relative_to(tmp_path)) for file in find_files(tmp_path)]
    assert found == ["a.txt", "b/result.json"]
    assert list(find_files(tmp_path / "other.json")) == [tmp_path / "other.json"]


def test_missing_path(tmp_path: Path) -> None:
    """A path that does not exist is told."""
    with pytest.raises(ImportFileError, match="does not exist"):
        list(find_files(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"<!DOCTYPE html>\n<html>", "JSON instead"),
        (b'{"a": 1}', "not a Telegram Desktop export"),
        (b"hello", "neither"),
    ],
)
def test_unknown_content(content: bytes, word: str) -> None:
    """Each kind of unreadable file has a sentence of its own."""
    with pytest.raises(ImportFileError, match=word):
        read_file(io.BytesIO(content), kind=sniff(content), name="x")


def test_read_file() -> None:
    """A known file goes to its parser; a dump's channel is called by the given name."""
    [post] = read_file(io.BytesIO(DUMP), kind=FileKind.FORWARDS, name="май")
    assert isinstance(post, Post)
    assert post.channel.name == "май"
    assert list(read_file(io.BytesIO(CHAT), kind=FileKind.EXPORT, name="x")) == []
