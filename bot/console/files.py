"""Files that the bot sends: written into a folder, under a name of their own, and known by an id from then on."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.methods import SendDocument, SendPhoto
from aiogram.types import BufferedInputFile, Document, FSInputFile, InputFile, PhotoSize

from bot.console.desk import Desk
from bot.console.refusals import NotTaken, TooLarge
from bot.spans import clean

#: Largest file and largest photo that a bot may send.
FILE_BYTES, PHOTO_BYTES = 50 * 1024**2, 10 * 1024**2
_UNSAFE = re.compile(r"[^\w.()+=@, -]+")
_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What becomes part of the message, and the line about it on the screen."""

    content: dict[str, Any]
    line: str


async def attach(desk: Desk, bot: Bot, method: SendDocument | SendPhoto) -> Attached:
    """The file of the method, written if it is new.

    Raises:
        NotTaken: Telegram would refuse it.
    """
    photo = isinstance(method, SendPhoto)
    given = method.photo if isinstance(method, SendPhoto) else method.document
    if isinstance(given, InputFile):
        file_id, path = await _new(desk, bot, given, photo=photo)
    else:
        file_id, path = given, _known(desk, given)
    size = path.stat().st_size
    line = f"{'🖼' if photo else '📎'} {path.name}, {_size(size, desk.words().sizes)}: {path}"
    unique = f"unique-{file_id}"
    if photo:
        return Attached(
            content={"photo": [PhotoSize(file_id=file_id, file_unique_id=unique, width=1, height=1, file_size=size)]},
            line=line,
        )
    kind = mimetypes.guess_type(path.name)[0]
    document = Document(file_id=file_id, file_unique_id=unique, file_name=path.name, mime_type=kind, file_size=size)
    return Attached(content={"document": document}, line=line)


async def _new(desk: Desk, bot: Bot, given: InputFile, *, photo: bool) -> tuple[str, Path]:
    """Write a file that the bot brings with it."""
    if not isinstance(given, BufferedInputFile | FSInputFile):
        raise NotTaken("failed to get HTTP URL content: the console fetches nothing")
    data = b"".join([chunk async for chunk in given.read(bot)])
    name = _safe_name(given.filename or "file")
    if not data:
        raise NotTaken("File must be non-empty")
    if len(data) > FILE_BYTES:
        raise TooLarge
    if photo and len(data) > PHOTO_BYTES:
        raise NotTaken(f'File "{name}" of size {len(data)} bytes is too big for a photo')
    path = await asyncio.to_thread(_write, desk.files, name, data)
    file_id = f"console-{desk.next_id()}"
    desk.kept[file_id] = path
    return file_id, path


def _known(desk: Desk, given: str) -> Path:
    """A file that has been sent before, by its id."""
    if given not in desk.kept:
        address = "://" in given
        raise NotTaken("failed to get HTTP URL content" if address else "wrong file identifier/HTTP URL specified")
    return desk.kept[given]


def _write(folder: Path, name: str, data: bytes) -> Path:
    """Write under the name, or one with a number if it is taken."""
    folder.mkdir(parents=True, exist_ok=True)
    stem, suffix = Path(name).stem, Path(name).suffix
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{stem}-{number}{suffix}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            number += 1
        else:
            return path


def _safe_name(name: str) -> str:
    """A name that stays in its folder and does nothing to a terminal."""
    bare = _UNSAFE.sub("_", clean(re.split(r"[/\\]", name)[-1])).strip(". ")
    suffix = Path(bare).suffix[:20]
    return bare if 0 < len(bare) <= _NAME else (bare[: _NAME - len(suffix)] or "file") + suffix


def _size(size: int, names: tuple[str, str, str]) -> str:
    power = 0 if size < 1024 else 1 if size < 1024**2 else 2
    return f"{max(round(size / 1024**power), 1)} {names[power]}"
