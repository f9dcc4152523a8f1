"""Which files an import can read, told by their content, and the right parser for each."""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import ImportFileError
from core.types import Post, Problem, Skipped
from ingest.export import read_export
from ingest.forwards import read_forwards

HEAD_BYTES = 1 << 16

_JSON_START = re.compile(r"\s*[{\[]")
_EXPORT_KEY = re.compile(r'"(?:messages|chats|left_chats)"\s*:')
_ACCOUNT_KEY = re.compile(r'"(?:personal_information|frequent_contacts|left_chats|profile_pictures|about)"\s*:')
_CHAT_TYPE = re.compile(
    r'"type"\s*:\s*"(?:(?:public|private)_(?:channel|supergroup|group)'
    r'|personal_chat|bot_chat|saved_messages|replies|verification_codes)"'
)
_FORWARD = re.compile(r"(?m)(?:^\s*|\S)(?:Forwarded from|Переслано от|Переслано из) \S")
_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


class FileKind(enum.StrEnum):
    """What a file holds."""

    EXPORT = "Telegram Desktop export"
    FORWARDS = "dump of forwarded posts"
    UNKNOWN = "unknown"


def sniff(head: bytes) -> FileKind:
    """Tell what a file holds from its first bytes (64 KiB are plenty), whatever its name."""
    text = _decoded(head)
    if _JSON_START.match(text):
        known = _CHAT_TYPE.search(text) or (_EXPORT_KEY.search(text) and '"date' in text) or _ACCOUNT_KEY.search(text)
        return FileKind.EXPORT if known and text.lstrip().startswith("{") else FileKind.UNKNOWN
    if not _HTML.match(text) and _FORWARD.search(text):
        return FileKind.FORWARDS
    return FileKind.UNKNOWN


def find_files(path: Path) -> Iterator[Path]:
    """The file itself; or, of a folder, every `result.json` and every other file that an import knows, sorted.

    Symbolic links to folders are not followed. Raises ImportFileError if the path or a folder cannot be read.
    """
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise ImportFileError(f"{path} does not exist: give a file, or a folder with files to import.")
    for folder, folders, names in os.walk(path, onerror=_refuse):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            if file.is_file() and (name == "result.json" or _is_known(file)):
                yield file


def read_file(stream: BinaryIO, *, kind: FileKind, name: str) -> Iterator[Post | Skipped | Problem]:
    """Yield what the file holds; `name` names a dump's channel and stands in messages.

    Raises ImportFileError for UNKNOWN, with what the file looks like and what to do.
    """
    if kind is FileKind.EXPORT:
        return read_export(stream)
    if kind is FileKind.FORWARDS:
        return read_forwards(stream, name=name)
    raise ImportFileError(_advice(stream.read(HEAD_BYTES)))


def _advice(head: bytes) -> str:
    text = _decoded(head)
    if not text.strip("\ufeff\0 \t\r\n"):
        return "the file is empty: choose a file with posts."
    if _HTML.match(text):
        return "this is an HTML export: in Telegram Desktop, choose the format JSON and export as JSON instead."
    if _JSON_START.match(text):
        return "this is JSON, but not a Telegram Desktop export of chats: export a channel as JSON, with its messages."
    return "this is neither a Telegram Desktop export (result.json) nor a text with lines 'Forwarded from NAME'."


def _decoded(head: bytes) -> str:
    """The head as text, whatever its encoding: the parsers judge that, here only ASCII and headers matter."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if head[:1] == b"\0" or head[1:2] == b"\0":
        return head.decode("utf-16-be" if head[:1] == b"\0" else "utf-16-le", "replace")
    return head.decode("utf-8-sig", "replace")


def _is_known(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return sniff(stream.read(HEAD_BYTES)) is not FileKind.UNKNOWN
    except OSError:
        # A neighbour that cannot be opened is not ours to import; a file named by the user fails when it is read.
        return False


def _refuse(error: OSError) -> None:
    raise ImportFileError(f"{error.filename} cannot be read: {error.strerror}.") from error
