"""Who writes and what is written: accounts, files, messages as they were at one time, and how the Bot API shows them."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

from tests.fakes.botapi.markup import buttons

Json = dict[str, Any]


@dataclass(eq=False)
class Account:
    """A person or a bot."""

    id: int
    first_name: str
    username: str | None = None
    last_name: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    is_premium: bool = False
    hides_forwards: bool = False
    deactivated: bool = False

    def wire(self) -> Json:
        shown = {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        shown = {name: value for name, value in shown.items() if value is not None}
        return shown | ({"is_premium": True} if self.is_premium else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file with its bytes."""

    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes
    is_photo: bool = False

    def wire(self) -> Json:
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it was once it had been sent or edited. `content` holds what is neither text nor caption, on the wire.

    `number` counts all that was ever sent and edited, across chats. `reply` is the message it answers, on the wire.
    """

    number: int
    chat_id: int
    id: int
    date: int
    sender: Account | None
    text: str | None = None
    caption: str | None = None
    entities: tuple[Json, ...] = ()
    markup: Json | None = None
    content: Json = field(default_factory=dict)
    file: StoredFile | None = None
    reply: Json | None = None
    thread: int | None = None
    is_topic: bool = False
    edit_date: int | None = None
    origin: Json | None = None
    by_bot: bool = False
    silent: bool = False

    @property
    def words(self) -> str:
        """Its text or its caption, with plain spaces; `text` has those that no row may end at as well."""
        return (self.text or self.caption or "").replace("\u00a0", " ")

    @property
    def edited(self) -> bool:
        return self.edit_date is not None

    @property
    def buttons(self) -> list[str]:
        """What stands on its buttons, row after row."""
        return [button["text"] for button in buttons(self.markup)]

    @property
    def links(self) -> list[str]:
        """Where its text links lead, in their order."""
        return [entity["url"] for entity in self.entities if entity["type"] == "text_link"]

    def covered(self, kind: str) -> list[str]:
        """The parts of its text under entities of this type."""
        encoded = self.words.encode("utf-16-le")
        places = [(one["offset"], one["offset"] + one["length"]) for one in self.entities if one["type"] == kind]
        return [encoded[2 * begin : 2 * end].decode("utf-16-le") for begin, end in places]

    def changed(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def wire(self, chat: Json) -> Json:
        """The message on the wire, in a chat on the wire."""
        shown: Json = {"message_id": self.id}
        if self.sender is not None:
            shown["from"] = self.sender.wire()
        elif chat["type"] == "channel":
            shown["sender_chat"] = chat
        shown["chat"] = chat
        shown["date"] = self.date
        if self.text is not None:
            shown["text"] = self.text
            if self.entities:
                shown["entities"] = list(self.entities)
        elif self.caption is not None:
            shown["caption"] = self.caption
            if self.entities:
                shown["caption_entities"] = list(self.entities)
        return shown | self.content | self._around()

    def _around(self) -> Json:
        shown: Json = {}
        if self.markup and "inline_keyboard" in self.markup:
            shown["reply_markup"] = self.markup
        if self.thread is not None:
            shown["message_thread_id"] = self.thread
        if self.is_topic:
            shown["is_topic_message"] = True
        if self.edit_date is not None:
            shown["edit_date"] = self.edit_date
        if self.origin is not None:
            shown["forward_origin"] = self.origin
        if self.reply is not None:
            shown["reply_to_message"] = self.reply
        return shown
