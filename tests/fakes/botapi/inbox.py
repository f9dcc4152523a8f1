"""What the bot has put into a chat, as a test reads it: each message and each edit is handed out once."""

from collections.abc import Callable
from typing import overload

from tests.fakes.botapi.chats import Chat
from tests.fakes.botapi.messages import Message
from tests.fakes.botapi.world import PATIENCE, World

Wanted = Callable[[Message], object]


class Inbox:
    """The bot's messages in one chat. An edit comes as a message of its own, with `edited`."""

    def __init__(self, world: World, chat: Chat, owner: str) -> None:
        self._world = world
        self._chat = chat
        self._owner = owner
        self._taken: set[int] = set()

    @property
    def unread(self) -> list[Message]:
        """What has come and was not handed out yet."""
        return [message for message in self._chat.sent if message.number not in self._taken]

    def read(self) -> list[Message]:
        """Takes all that has come so far, so that nobody waits for it later."""
        unread = self.unread
        self._taken.update(message.number for message in unread)
        return unread

    @overload
    async def wait_for(
        self, wanted: int, *, after: Message | None = None, patience: float = PATIENCE
    ) -> list[Message]: ...

    @overload
    async def wait_for(
        self, wanted: str | Wanted, *, after: Message | None = None, patience: float = PATIENCE
    ) -> Message: ...

    async def wait_for(
        self, wanted: int | str | Wanted, *, after: Message | None = None, patience: float = PATIENCE
    ) -> Message | list[Message]:
        """Waits for so many new messages (edits do not count), or for the first message or edit that fits.

        `after`: only what has come since that message. A text fits what holds it. AssertionError tells what came instead.
        """
        floor = after.number if after is not None else 0

        def found() -> list[Message]:
            unread = [message for message in self.unread if message.number > floor]
            if isinstance(wanted, int):
                return [message for message in unread if not message.edited][:wanted]
            fits: Wanted = (lambda message: wanted in message.words) if isinstance(wanted, str) else wanted
            return [message for message in unread if fits(message)][:1]

        most = wanted if isinstance(wanted, int) else 1
        await self._world.until(lambda: len(found()) >= most, tell=lambda: self._told(wanted, floor), patience=patience)
        taken = found()
        self._taken.update(message.number for message in taken)
        return taken if isinstance(wanted, int) else taken[0]

    def _told(self, wanted: int | str | Wanted, floor: int) -> str:
        what = {int: f"{wanted} messages", str: f"a message with {wanted!r}"}.get(type(wanted), "a message that fits")
        lines = [self._line(message, floor) for message in self._chat.sent] or ["  nothing"]
        told = [f"{self._owner} waited for {what}; the bot has sent:", *lines]
        for title, happened in (("refused:", self._world.refused), ("complaints:", self._world.complaints)):
            told += [title, *(f"  {line}" for line in happened[-5:])] if happened else []
        return "\n".join(told)

    def _line(self, message: Message, floor: int) -> str:
        notes = [
            "edited" if message.edited else "",
            "taken before" if message.number in self._taken else "",
            "earlier" if message.number <= floor else "",
        ]
        buttons = f" {message.buttons}" if message.buttons else ""
        aside = ", ".join(note for note in notes if note)
        return f"  {message.id}: {message.words!r}{buttons}{f' ({aside})' if aside else ''}"
