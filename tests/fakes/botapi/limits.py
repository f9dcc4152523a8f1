"""Telegram's numbers, and flood control: how many messages a bot may send in a while before it is told to wait."""

import math
from collections import deque
from dataclasses import dataclass

#: The longest text and the longest caption, in UTF-16 units after parsing.
TEXT_UNITS, CAPTION_UNITS = 4096, 1024
#: The longest text of a request, in bytes.
TEXT_BYTES = 1 << 15
#: Entities that a message keeps; the rest vanishes without a word.
ENTITIES = 100
#: About what entities may weigh together (12 bytes each, and their addresses): longtime reports of ENTITIES_TOO_LONG say so.
ENTITY_BYTES = 9_500
BUTTONS, MARKUP_BYTES, CALLBACK_BYTES = 100, 10_000, 64
#: The longest notice of an answered callback query.
NOTICE_UNITS = 200
#: What is typed inline is cut to so many characters; so many results answer it, with ids and an offset of so many bytes.
INLINE_CHARACTERS, INLINE_RESULTS, INLINE_BYTES = 256, 50, 64
COMMANDS, DESCRIPTION_UNITS, SHORT_UNITS, NAME_UNITS = 100, 512, 120, 64
UPLOAD_BYTES, DOWNLOAD_BYTES = 50 << 20, 20 << 20
#: Seconds after which a message can no longer be deleted.
DELETABLE = 48 * 3600


@dataclass(kw_only=True)
class Limits:
    """How many messages may be sent: in all and to a chat in a second, to a group in a minute. None: as many as one likes."""

    per_second: int | None = None
    per_chat: int | None = None
    per_group_minute: int | None = None

    @property
    def any(self) -> bool:
        return any((self.per_second, self.per_chat, self.per_group_minute))


class FloodControl:
    """Counts what is sent. Who goes beyond a limit is shut out until the limit has room again, and told for how long."""

    def __init__(self) -> None:
        self.limits = Limits()
        self._sent: dict[tuple[str, int], deque[float]] = {}
        self._shut: dict[tuple[str, int], float] = {}

    def wait(self, chat_id: int, *, is_group: bool, now: float) -> int | None:
        """Counts a message to this chat; or the whole seconds that the bot has to wait, and then it is not counted."""
        if not self.limits.any:
            return None
        windows = self._windows(chat_id, is_group=is_group)
        waits = [self._room(key, most, seconds, now) for key, most, seconds in windows]
        longest = max(waits, default=0.0)
        if longest > 0:
            return max(1, math.ceil(longest))
        for key, _, _ in windows:
            self._sent.setdefault(key, deque()).append(now)
        return None

    def _windows(self, chat_id: int, *, is_group: bool) -> list[tuple[tuple[str, int], int, float]]:
        limits = self.limits
        windows = [
            (("all", 0), limits.per_second, 1.0),
            (("chat", chat_id), limits.per_chat, 1.0),
            (("group", chat_id), limits.per_group_minute if is_group else None, 60.0),
        ]
        return [(key, most, seconds) for key, most, seconds in windows if most is not None]

    def _room(self, key: tuple[str, int], most: int, seconds: float, now: float) -> float:
        """Seconds until this window takes a message; 0 for at once."""
        if now < self._shut.get(key, now):
            return self._shut[key] - now
        sent = self._sent.get(key)
        while sent and sent[0] <= now - seconds:
            sent.popleft()
        if not sent or len(sent) < most:
            return 0.0
        self._shut[key] = sent[0] + seconds
        return self._shut[key] - now
