"""Groups, supergroups with topics, and channels, with what happens in them: members come and go, posts appear and change."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tests.fakes.botapi.chats import CHANNEL_RIGHTS, GROUP_RIGHTS, RIGHTS, Chat, Member, Topic
from tests.fakes.botapi.entities import detected
from tests.fakes.botapi.inbox import Inbox
from tests.fakes.botapi.messages import Account, Message
from tests.fakes.botapi.people import Person, origin, photo_content
from tests.fakes.botapi.world import World

Json = dict[str, Any]

#: What stands for a photo's bytes where nobody looks at them.
PIXEL = b"\x89PNG\r\n\x1a\n"


def own_numbers() -> Callable[[], int]:
    """The message ids of a supergroup or channel, which has a row of its own; the first message told of its founding."""
    return itertools.count(2).__next__


@dataclass(eq=False, kw_only=True)
class Place(Chat):
    """A chat with members. `creator` owns it."""

    world: World
    creator: Person

    def __post_init__(self) -> None:
        self.world.chats[self.id] = self
        self.members[self.creator.id] = Member(self.creator, "creator")
        self.inbox = Inbox(self.world, self, self.title)
        self.wait_for = self.inbox.wait_for

    @property
    def all_rights(self) -> frozenset[str]:
        return frozenset([*RIGHTS, *(CHANNEL_RIGHTS if self.kind == "channel" else GROUP_RIGHTS)])

    # The bot's standing; by whom, if not by the creator.

    def add_bot(self, by: Person | None = None, *, rights: Iterable[str] | None = None) -> Self:
        """The bot is added: to a channel as an administrator, else as a member, or with `rights` as an administrator."""
        wanted = self.all_rights if rights is None else frozenset(rights)
        is_admin = self.kind == "channel" or rights is not None
        self._stand(self.world.bot, "administrator" if is_admin else "member", by, wanted if is_admin else frozenset())
        if self.is_group:
            self._service({"new_chat_members": [self.world.bot.wire()]}, by)
        return self

    def promote_bot(self, by: Person | None = None, *, rights: Iterable[str] | None = None) -> None:
        """The bot becomes an administrator, with all rights or with these."""
        self._stand(self.world.bot, "administrator", by, self.all_rights if rights is None else frozenset(rights))

    def demote_bot(self, by: Person | None = None) -> None:
        """The bot is an administrator no longer; from a channel it is gone with that."""
        self._stand(self.world.bot, "left" if self.kind == "channel" else "member", by)

    def restrict_bot(self, by: Person | None = None, *, allowed: Iterable[str] = ()) -> None:
        """The bot may do nothing but what is `allowed` (can_send_messages, …)."""
        self._stand(self.world.bot, "restricted", by, frozenset(allowed))

    def kick_bot(self, by: Person | None = None) -> None:
        """The bot is thrown out, for good."""
        self._leave(self.world.bot, "kicked", by)

    def remove_bot(self, by: Person | None = None) -> None:
        """The bot is taken out, and may be added again."""
        self._leave(self.world.bot, "left", by)

    # Other members.

    def join(self, *people: Account) -> Self:
        for person in people:
            self._stand(person, "member", person)
            if self.is_group:
                self._service({"new_chat_members": [person.wire()]}, person)
        return self

    def leave(self, person: Account) -> None:
        self._leave(person, "left", person)

    def promote(self, person: Account, *, rights: Iterable[str] | None = None) -> None:
        self._stand(person, "administrator", None, self.all_rights if rights is None else frozenset(rights))

    def demote(self, person: Account) -> None:
        self._stand(person, "member", None)

    def kick(self, person: Account) -> None:
        self._leave(person, "kicked", None)

    def _leave(self, account: Account, status: str, by: Account | None) -> None:
        was_here = self.member(self.world.bot).is_present
        self._stand(account, status, by)
        if self.is_group and was_here:
            # The bot hears of its own leaving, and of nothing after it.
            message = self._compose(by or self.creator, content={"left_chat_member": account.wire()})
            self.messages[message.id] = message
            self.world.updates.push("message", self.show(message), ("chat", self.id))

    def _stand(self, account: Account, status: str, by: Account | None, rights: frozenset[str] = frozenset()) -> None:
        old, new = self.member(account), Member(account, status, rights)
        was_admin = self.member(self.world.bot).is_admin
        self.members[account.id] = new
        changed = {
            "chat": self.wire(),
            "from": (by or self.creator).wire(),
            "date": self.world.now(),
            "old_chat_member": old.wire(self.kind),
            "new_chat_member": new.wire(self.kind),
        }
        if account is self.world.bot:
            self.world.updates.push("my_chat_member", changed, ("standing", self.id))
        elif was_admin:
            self.world.updates.push("chat_member", changed, ("member", account.id))
        self.world.stir()

    # Messages.

    def _compose(self, sender: Account | None, **fields: Any) -> Message:
        return self.world.compose(self, sender, **fields)

    def _service(self, content: Json, by: Account | None, **fields: Any) -> Message:
        return self.world.put(self, self._compose(by or self.creator, content=content, **fields))


class Group(Place):
    """A basic group, or a supergroup before its upgrade."""

    def say(
        self,
        person: Person,
        text: str,
        entities: Sequence[Json] = (),
        *,
        topic: Topic | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """A member writes. The bot is told of it if its privacy mode lets it."""
        assert self.member(person).is_present, f"{person.first_name} is no member of {self.title}"
        return person.say(text, entities, to=self, topic=topic, reply_to=reply_to)

    def migrate(self) -> "Supergroup":
        """Becomes a supergroup: the same people under a new id; what is sent to the old id is refused and told of it."""
        assert self.kind == "group", f"{self.title} is a supergroup already"
        world = self.world
        new = Supergroup(
            id=world.supergroup_id(),
            kind="supergroup",
            title=self.title,
            numbers=own_numbers(),
            world=world,
            creator=self.creator,
        )
        new.members = dict(self.members)
        self._service({"migrate_to_chat_id": new.id}, None)
        self.upgraded_to = new.id
        new._service({"migrate_from_chat_id": self.id}, None)
        return new


class Supergroup(Group):
    """A supergroup; as a forum it has topics."""

    def create_topic(self, name: str, by: Person | None = None) -> Topic:
        """A new topic, and the message that opens it."""
        assert self.is_forum, f"{self.title} is no forum"
        message = self._compose(
            by or self.creator, content={"forum_topic_created": {"name": name, "icon_color": 7322096}}, is_topic=True
        )
        message = message.changed(thread=message.id)
        self.topics[message.id] = Topic(message.id, name, self.show(message))
        self.world.put(self, message)
        return self.topics[message.id]

    def close_topic(self, topic: Topic) -> None:
        topic.closed = True
        self._service({"forum_topic_closed": {}}, None, **self.place(topic, None))

    def reopen_topic(self, topic: Topic) -> None:
        topic.closed = False
        self._service({"forum_topic_reopened": {}}, None, **self.place(topic, None))

    def delete_topic(self, topic: Topic) -> None:
        """The topic and its messages are gone; bots are not told."""
        del self.topics[topic.id]
        self.messages = {key: message for key, message in self.messages.items() if message.thread != topic.id}


class Channel(Place):
    """A channel; the bot is told of posts if it is an administrator."""

    def post(
        self, text: str, entities: Sequence[Json] = (), *, signature: str | None = None, markup: Json | None = None
    ) -> Message:
        """A new post."""
        content = {"author_signature": signature} if signature else {}
        return self._publish(text=text, entities=tuple(detected(text, entities)), content=content, markup=markup)

    def photo(self, caption: str | None = None, *, data: bytes = PIXEL, album: str | None = None) -> Message:
        """A post with a photo; of an album, with its id."""
        file = self.world.store(data, "photo.jpg", "image/jpeg", is_photo=True)
        content = photo_content(file) | ({"media_group_id": album} if album else {})
        entities = tuple(detected(caption)) if caption else ()
        return self._publish(caption=caption, entities=entities, content=content, file=file)

    def album(self, *captions: str | None) -> list[Message]:
        """An album of photos: a message for each, usually with one caption among them."""
        album = f"13{abs(self.id) % 1_000_000}{self.world.number()}"
        return [self.photo(caption, album=album) for caption in captions]

    def forward(self, message: Message) -> Message:
        """A post that was forwarded from elsewhere."""
        return self._publish(
            text=message.text,
            caption=message.caption,
            entities=message.entities,
            content={name: value for name, value in message.content.items() if name != "author_signature"},
            file=message.file,
            origin=message.origin or origin(self.world, message),
        )

    def edit(self, message: Message, text: str, entities: Sequence[Json] = ()) -> Message:
        """A post is changed: its text, or the caption of its photo."""
        current = self.messages[message.id]
        changes: Json = {"caption" if current.text is None else "text": text}
        changes |= {"entities": tuple(detected(text, entities)), "edit_date": self.world.now()}
        return self.world.put(self, current.changed(number=self.world.number(), **changes))

    def delete(self, message: Message) -> None:
        """A post is gone; bots are not told."""
        self.deleted.append(self.messages.pop(message.id))

    def _publish(self, **fields: Any) -> Message:
        return self.world.put(self, self._compose(None, **fields))
