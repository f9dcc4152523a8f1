"""A file with a line of JSON for each message that the bot has really put into a chat."""

import json
from pathlib import Path
from typing import TextIO

from tests.fakes.botapi.messages import Message


class Journal:
    """Appends to a file, line by line, so that another process can read along."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)

    def write(self, message: Message, *, time: float) -> None:
        line = {
            "time": round(time, 6),
            "chat_id": message.chat_id,
            "message_thread_id": message.thread,
            "message_id": message.id,
            "text": message.words,
            "entities": message.entities,
            "reply_markup": message.markup,
        }
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()
