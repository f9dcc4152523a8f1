"""The Telegram behind the server: accounts, chats, files, the queue of updates, and the one bot that all of it is seen from."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.fakes.botapi.chats import Chat
from tests.fakes.botapi.errors import bad_request, forbidden, too_many
from tests.fakes.botapi.journal import Journal
from tests.fakes.botapi.limits import FloodControl
from tests.fakes.botapi.messages import Account, Message, StoredFile
from tests.fakes.botapi.queries import FIRST_INLINE, FIRST_QUERY, INLINE_LIFETIME, LIFETIME, Answer, Queries, Results
from tests.fakes.botapi.updates import UpdateQueue

Json = dict[str, Any]

#: Seconds after which what a test waits for is taken not to come.
PATIENCE = 30.0
#: Where the ids begin: far apart, so that mixing them up shows, and those of chats beyond 32 bits, as they are today.
FIRST_USER, FIRST_GROUP, FIRST_SUPERGROUP = 5_700_000_001, 4_100_000_001, 1_900_000_001
FIRST_MESSAGE, FIRST_UPDATE = 50, 880_000_001


class World:
    """All there is. `clock` gives the time in seconds since 1970; `complaints` is what the bot has done that it never should."""

    def __init__(self, bot: Account, *, clock: Callable[[], float] = time.time) -> None:
        self.bot = bot
        self.clock = clock
        self._watchers: list[asyncio.Future[None]] = []
        self.accounts: dict[int, Account] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.paths: dict[str, StoredFile] = {}
        self.updates = UpdateQueue(FIRST_UPDATE, self.stir)
        self.flood = FloodControl()
        self.queries: Queries[Answer] = Queries(lifetime=LIFETIME, first_id=FIRST_QUERY)
        self.inline: Queries[Results] = Queries(lifetime=INLINE_LIFETIME, first_id=FIRST_INLINE)
        self.complaints: list[str] = []
        self.refused: list[str] = []
        """The calls that were answered with an error, and with which."""
        self.delivered: Counter[int] = Counter()
        self.sent: list[Message] = []
        """All that the bot has sent or edited, in its order."""
        self.reads_all = False
        """Whether the bot's privacy mode is off."""
        self.journal: Journal | None = None
        self.user_ids = itertools.count(FIRST_USER)
        self._group_ids = itertools.count(FIRST_GROUP)
        self._supergroup_ids = itertools.count(FIRST_SUPERGROUP)
        self._message_ids = itertools.count(FIRST_MESSAGE)
        self._numbers = itertools.count(1)
        self._file_numbers = itertools.count(1)

    # Ids.

    def now(self) -> int:
        return int(self.clock())

    def number(self) -> int:
        return next(self._numbers)

    def own_message_id(self) -> int:
        """The next id of the row that private chats and groups share."""
        return next(self._message_ids)

    def group_id(self) -> int:
        return -next(self._group_ids)

    def supergroup_id(self) -> int:
        return -1_000_000_000_000 - next(self._supergroup_ids)

    # Chats.

    def chat(self, named: int | str | None, *, write: bool = False) -> Chat:
        """The chat that a call names, by its id or by @name. Refused if the bot may not read (or write) there."""
        chat = self._found(named)
        if write:
            chat.check_writable(self.bot)
        else:
            chat.check_readable(self.bot)
        return chat

    def _found(self, named: int | str | None) -> Chat:
        if named in {None, ""}:
            raise bad_request("chat_id is empty")
        name = str(named)
        if name.startswith("@"):
            found = next((one for one in self.chats.values() if f"@{one.username}".lower() == name.lower()), None)
            if found is None or found.kind in {"private", "group"}:
                raise bad_request("chat not found")
            return found
        chat = self.chats.get(int(name)) if name.lstrip("-").isdigit() else None
        if chat is None:
            if name.isdigit() and int(name) in self.accounts and self.accounts[int(name)].is_bot:
                raise forbidden("bots can't send messages to bots")
            raise bad_request("chat not found")
        return chat

    # Messages.

    def compose(self, chat: Chat, sender: Account | None, **fields: Any) -> Message:
        """A message that is about to be sent."""
        return Message(
            number=self.number(), chat_id=chat.id, id=chat.numbers(), date=self.now(), sender=sender, **fields
        )

    def put(self, chat: Chat, message: Message) -> Message:
        """A message by a person, or of the service: the bot is told of it if it may see it."""
        chat.messages[message.id] = message
        if chat.is_seen(message, self.bot, reads_all=self.reads_all):
            kind = "channel_post" if chat.kind == "channel" else "message"
            kind = f"edited_{kind}" if message.edited else kind
            self.updates.push(kind, chat.show(message), ("chat", chat.id))
        self.stir()
        return message

    def deliver(self, chat: Chat, message: Message) -> Message:
        """A message by the bot, sent or edited."""
        chat.messages[message.id] = message
        chat.sent.append(message)
        self.sent.append(message)
        if not message.edited:
            self.delivered[chat.id] += 1
            if self.journal is not None:
                self.journal.write(message, time=self.clock())
        self.stir()
        return message

    def count_against_flood(self, chat: Chat) -> None:
        """Refuses with 429 what goes beyond the limits."""
        wait = self.flood.wait(chat.id, is_group=chat.is_group, now=self.clock())
        if wait is not None:
            raise too_many(wait)

    def complain(self, what: str) -> None:
        self.complaints.append(what)

    # Files.

    def store(self, data: bytes, name: str, mime: str, *, is_photo: bool = False) -> StoredFile:
        number = next(self._file_numbers)
        folder = "photos" if is_photo else "documents"
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        file = StoredFile(
            id=f"BQACAgIAAxk{number:08d}",
            unique_id=f"AgAD{number:08d}",
            path=f"{folder}/file_{number}.{'jpg' if is_photo else suffix}",
            name=name,
            mime=mime,
            data=data,
            is_photo=is_photo,
        )
        self.files[file.id] = self.paths[file.path] = file
        return file

    # Waiting.

    def stir(self) -> None:
        """Something has happened: whoever waits looks again."""
        if self._watchers:
            watchers, self._watchers = self._watchers, []
            for watcher in watchers:
                if not watcher.done():
                    watcher.set_result(None)

    async def until(self, holds: Callable[[], object], *, tell: Callable[[], str], patience: float = PATIENCE) -> None:
        """Waits for something to hold, looking each time that something happens. AssertionError with `tell` if it does not."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while not holds():
            watcher: asyncio.Future[None] = loop.create_future()
            self._watchers.append(watcher)
            try:
                await asyncio.wait_for(watcher, deadline - loop.time())
            except TimeoutError:
                raise AssertionError(tell()) from None
