"""People and what they do: write to the bot, press its buttons, type after its name, forward posts to it, block it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from tests.fakes.botapi.chats import Chat, Topic
from tests.fakes.botapi.entities import detected
from tests.fakes.botapi.errors import bad_request, forbidden
from tests.fakes.botapi.inbox import Inbox, Wanted
from tests.fakes.botapi.inline import typed
from tests.fakes.botapi.markup import buttons
from tests.fakes.botapi.messages import Account, Message, StoredFile
from tests.fakes.botapi.queries import Answer, Query, Results
from tests.fakes.botapi.world import PATIENCE, World

Json = dict[str, Any]


@dataclass(eq=False, kw_only=True)
class PrivateChat(Chat):
    """The bot's chat with a person, who has to begin it."""

    person: "Person"
    begun: bool = False
    blocked: bool = False

    def wire(self) -> Json:
        names = ("first_name", "last_name", "username")
        shown = {name: value for name, value in self.person.wire().items() if name in names}
        return {"id": self.id, "type": "private", **shown}

    def check_readable(self, bot: Account, *, edits: bool = False) -> None:  # noqa: ARG002 (it is its own chat)
        if edits and self.person.deactivated:
            raise forbidden("user is deactivated")
        if not self.begun and not self.person.is_known:
            raise bad_request("chat not found")

    def check_writable(self, bot: Account) -> None:
        self.check_readable(bot, edits=True)
        if not self.begun:
            raise forbidden("bot can't initiate conversation with a user")
        if self.blocked:
            raise forbidden("bot was blocked by the user")

    def check_deletable(self, message: Message, bot: Account) -> None:
        """A bot may delete anything in private."""

    def is_seen(self, message: Message, bot: Account, *, reads_all: bool) -> bool:  # noqa: ARG002 (all is)
        return True


class Person(Account):
    """Somebody with Telegram. What they say and press reaches the bot as updates; `chat` is theirs with the bot."""

    def __init__(self, world: World, user_id: int, first_name: str, **known: Any) -> None:
        super().__init__(user_id, first_name, **known)
        self.world = world
        self.chat = PrivateChat(id=user_id, kind="private", person=self, numbers=world.own_message_id)
        self.inbox = Inbox(world, self.chat, first_name)
        world.accounts[user_id] = self
        world.chats[user_id] = self.chat

    @property
    def is_known(self) -> bool:
        """Whether the bot has met them: in private, or in a group where both are."""
        return self.chat.begun or any(
            self.id in chat.members and chat.members[self.id].is_present and chat.member(self.world.bot).is_present
            for chat in self.world.chats.values()
            if chat.is_group
        )

    # What they do.

    def start(self, payload: str = "") -> Message:
        """Presses Start, or opens t.me/bot?start=payload; that also unblocks the bot."""
        if self.chat.blocked:
            self.unblock()
        return self.say(f"/start {payload}".rstrip())

    def begin(self) -> None:
        """Has started the bot once upon a time: it may write to them, and is told of nothing."""
        self.chat.begun = True

    def say(
        self,
        text: str,
        entities: Sequence[Json] = (),
        *,
        to: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """Writes a message; to the bot, or in a group. Commands, links and mentions in it become entities."""
        return self._write(to, topic, reply_to, text=text, entities=tuple(detected(text, entities)))

    def edit(self, message: Message, text: str) -> Message:
        """Changes a message of theirs."""
        chat = self.world.chats[message.chat_id]
        changes = {"text": text, "entities": tuple(detected(text)), "edit_date": self.world.now()}
        return self.world.put(chat, chat.messages[message.id].changed(number=self.world.number(), **changes))

    def location(self, latitude: float, longitude: float, *, reply_to: Message | None = None) -> Message:
        """Sends where they are."""
        place = {"latitude": latitude, "longitude": longitude}
        return self._write(None, None, reply_to, content={"location": place})

    def send_file(
        self, data: bytes, name: str, *, mime: str = "application/octet-stream", caption: str | None = None
    ) -> Message:
        """Sends a document."""
        file = self.world.store(data, name, mime)
        content = {"document": file.wire() | {"file_name": name, "mime_type": mime}}
        entities = tuple(detected(caption)) if caption else ()
        return self._write(None, None, None, content=content, file=file, caption=caption, entities=entities)

    def forward(self, *messages: Message, to: Chat | None = None) -> list[Message]:
        """Forwards messages, an album as an album."""
        albums: dict[str, str] = {}
        return [self._forward(message, to, albums) for message in messages]

    def _forward(self, message: Message, to: Chat | None, albums: dict[str, str]) -> Message:
        content = {name: value for name, value in message.content.items() if name != "author_signature"}
        album = content.get("media_group_id")
        if album:
            content["media_group_id"] = albums.setdefault(album, f"{self.id}{self.world.number()}")
        return self._write(
            to,
            None,
            None,
            text=message.text,
            caption=message.caption,
            entities=message.entities,
            content=content,
            file=message.file,
            origin=message.origin or origin(self.world, message),
        )

    def block(self) -> None:
        """Blocks the bot."""
        self._stand(blocked=True)

    def unblock(self) -> None:
        self._stand(blocked=False)

    def deactivate(self) -> None:
        """Deletes the account."""
        self.deactivated = True

    def _stand(self, *, blocked: bool) -> None:
        if self.chat.blocked is blocked:
            return
        self.chat.blocked = blocked
        bot = self.world.bot.wire()
        kicked, member = {"status": "kicked", "user": bot, "until_date": 0}, {"status": "member", "user": bot}
        old, new = (member, kicked) if blocked else (kicked, member)
        changed = {"chat": self.chat.wire(), "from": self.wire(), "date": self.world.now()}
        changed |= {"old_chat_member": old, "new_chat_member": new}
        self.world.updates.push("my_chat_member", changed, ("standing", self.id))
        self.world.stir()

    def _write(self, to: Chat | None, topic: Topic | None, reply_to: Message | None, **fields: Any) -> Message:
        chat = to or (self.world.chats[reply_to.chat_id] if reply_to is not None else self.chat)
        if chat is self.chat:
            assert not self.chat.blocked, f"{self.first_name} has blocked the bot and cannot write to it"
            self.chat.begun = True
        original = chat.messages[reply_to.id] if reply_to is not None else None
        return self.world.put(chat, self.world.compose(chat, self, **chat.place(topic, original), **fields))

    # Buttons.

    async def press(
        self, message: Message, button: str | None = None, *, data: str | None = None, patience: float = PATIENCE
    ) -> Answer:
        """Presses an inline button, by what stands on it or by its data; what the bot answers to that."""
        query = self.tap(message, button, data=data)
        await self.world.until(
            lambda: query.answer,
            tell=lambda: f"{self.first_name} pressed {button or data!r} and the bot has not answered the query",
            patience=patience,
        )
        assert query.answer is not None
        return query.answer

    def tap(self, message: Message, button: str | None = None, *, data: str | None = None) -> Query[Answer]:
        """Presses an inline button and does not wait. With `data`, whether there is such a button or not."""
        chat = self.world.chats[message.chat_id]
        current = chat.messages.get(message.id)
        pressed = data if data is not None else _data(current or message, button)
        query = self.world.queries.ask(pressed, now=self.world.clock())
        gone = {"chat": chat.wire(), "message_id": message.id, "date": 0}
        asked = {
            "id": query.id,
            "from": self.wire(),
            "chat_instance": str(-chat.id * 31),
            "message": chat.show(current) if current is not None else gone,
            "data": pressed,
        }
        self.world.updates.push("callback_query", asked, ("press", self.id))
        return query

    # Inline.

    def type_inline(self, words: str, *, offset: str = "", chat_type: str = "private") -> Query[Results]:
        """Types words after the bot's name, in a chat that the bot need not be in, and does not wait."""
        return typed(self.world, self.wire(), words, offset=offset, chat_type=chat_type)

    def send_inline(self, query: Query[Results], place: int = 0, *, to: Chat) -> Message:
        """Taps a result of an inline query, and so sends it to a chat: in their name, through the bot."""
        assert query.answer is not None, f"no answer to {query.data!r}"
        result = query.answer.results[place]
        content = result["input_message_content"]
        message = self.world.compose(
            to,
            self,
            text=content["message_text"],
            entities=tuple(content["entities"]),
            markup=result.get("reply_markup"),
            content={"via_bot": self.world.bot.wire()},
        )
        return self.world.put(to, message)

    # What they read.

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
        """Waits for messages of the bot in private: see Inbox.wait_for."""
        return await self.inbox.wait_for(wanted, after=after, patience=patience)

    async def ask(self, text: str, wanted: str | Wanted = lambda _: True, *, patience: float = PATIENCE) -> Message:
        """Writes to the bot and waits for the first message after that (that fits)."""
        return await self.inbox.wait_for(wanted, after=self.say(text), patience=patience)


def origin(world: World, message: Message) -> Json:
    """Where a forwarded message comes from, on the wire."""
    chat, sender = world.chats[message.chat_id], message.sender
    if sender is None:
        shown: Json = {"type": "channel", "date": message.date, "chat": chat.wire(), "message_id": message.id}
        signature = message.content.get("author_signature")
        return shown | ({"author_signature": signature} if signature else {})
    if sender.hides_forwards:
        return {"type": "hidden_user", "date": message.date, "sender_user_name": sender.first_name}
    return {"type": "user", "date": message.date, "sender_user": sender.wire()}


def _data(message: Message, text: str | None) -> str:
    found = next((button for button in buttons(message.markup) if button["text"] == text), None)
    assert found is not None, f"no button {text!r} under {message.words!r}; there are {message.buttons}"
    assert "callback_data" in found, f"{text!r} is no callback button: {found}"
    return str(found["callback_data"])


def photo_content(file: StoredFile) -> Json:
    """A photo on the wire, in two sizes."""
    sizes = [(90, 60, file.id + "s"), (1280, 853, file.id)]
    return {
        "photo": [
            {"file_id": name, "file_unique_id": f"{file.unique_id}{width}", "width": width, "height": height}
            for width, height, name in sizes
        ]
    }
