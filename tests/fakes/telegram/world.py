"""
The Telegram behind the server: accounts, channels and their messages, with the event log (pts) that differences are made of.
Changes are told to an audience; nothing here knows connections.
"""

import bisect
import copy
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol

from telethon.tl import TLObject
from telethon.tl.types import (
    Channel as TlChannel,
)
from telethon.tl.types import (
    ChannelForbidden,
    ChatPhotoEmpty,
    DialogFilter,
    InputChannel,
    InputPeerChannel,
    Message,
    MessageActionChannelCreate,
    MessageActionChatEditTitle,
    MessageActionPinMessage,
    MessageReactions,
    MessageReplyHeader,
    MessageService,
    PeerChannel,
    PeerUser,
    ReactionCount,
    ReactionEmoji,
    RichMessage,
    TextWithEntities,
    UpdateChannel,
    UpdateChannelMessageForwards,
    UpdateChannelMessageViews,
    UpdateDeleteChannelMessages,
    UpdateEditChannelMessage,
    UpdateMessageReactions,
    UpdateNewChannelMessage,
    User,
)

from tests.fakes.telegram.wire import UNKNOWN, Raw


class Audience(Protocol):
    """Who is told what happens in channels."""

    def publish(
        self, channel: "Channel", updates: Sequence[TLObject], *, to: "Iterable[Account] | None" = None
    ) -> None:
        """To these accounts, or to all members."""


@dataclass(frozen=True)
class Event:
    """What moved a channel's pts to `pts`, by `count`: messages that are new, edited or deleted."""

    pts: int
    count: int
    kind: str
    ids: tuple[int, ...]


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(eq=False)
class Person:
    """A user who can be found by a name and does nothing."""

    id: int
    username: str | None
    name: str
    access_hash: int

    def view(self, to: "Account | None" = None) -> User:  # noqa: ARG002 (everybody sees the same)
        return User(id=self.id, access_hash=self.access_hash, first_name=self.name, username=self.username)


@dataclass(eq=False)
class Account:
    """A person who can log in, and reads channels."""

    id: int
    phone: str
    code: str
    password: str | None
    name: str
    access_hash: int
    folders: list[DialogFilter] = field(default_factory=list)

    def view(self, to: "Account | None" = None) -> User:
        """The account as another sees it, or as it sees itself."""
        mine = to is self
        phone = only_digits(self.phone) if mine else None
        return User(id=self.id, is_self=mine, access_hash=self.access_hash, first_name=self.name, phone=phone)

    def join(self, channel: "Channel") -> None:
        """Makes it a member, by whatever way; also what an admin's yes to a request does."""
        channel.requests.discard(self)
        if self not in channel.members:
            channel.members.add(self)
            channel.touched(to=(self,))

    def leave(self, channel: "Channel") -> None:
        if self in channel.members:
            channel.members.discard(self)
            channel.touched(to=(self,))

    def ban(self, channel: "Channel") -> None:
        """The admins of the channel throw the account out for good."""
        channel.members.discard(self)
        channel.requests.discard(self)
        channel.banned.add(self)
        channel.touched(to=(self,))

    def unban(self, channel: "Channel") -> None:
        channel.banned.discard(self)

    def add_folder(self, title: str, channels: Sequence["Channel"]) -> DialogFilter:
        """A folder of the account's chat list that holds these channels."""
        folder = DialogFilter(
            id=len(self.folders) + 2,  # 0 and 1 are Telegram's own
            title=TextWithEntities(title, []),
            pinned_peers=[],
            include_peers=[channel.input_peer for channel in channels],
            exclude_peers=[],
        )
        self.folders.append(folder)
        return folder


class Channel:
    """A channel or supergroup. `messages` holds what lives now, by id; changes make new Message objects."""

    def __init__(
        self,
        audience: Audience,
        *,
        id: int,  # noqa: A002 (Telegram's own name)
        access_hash: int,
        title: str,
        username: str | None,
        noforwards: bool,
        invite: str | None,
        request_needed: bool,
        megagroup: bool,
    ) -> None:
        self._audience = audience
        self.id = id
        self.access_hash = access_hash
        self.title = title
        self.username = username
        self.noforwards = noforwards
        self.invite = invite
        self.request_needed = request_needed
        self.megagroup = megagroup
        self.created = now()
        self.changed = self.created
        """When its events last went on, in the server's time."""
        self.messages: dict[int, Message | MessageService] = {}
        self.whole: dict[int, RichMessage] = {}
        """Rich messages in full, where `messages` holds a part."""
        self.broken: set[int] = set()
        """Messages that no client can decode."""
        self.events: list[Event] = []
        self.pts = 1
        self.top = 0
        """The newest id that was ever given."""
        self.members: set[Account] = set()
        self.banned: set[Account] = set()
        self.requests: set[Account] = set()
        self._views: dict[tuple[Any, ...], Raw] = {}
        self._album = count(13_000_000_000 + id)

    # What it is called on the wire.

    @property
    def peer(self) -> PeerChannel:
        return PeerChannel(self.id)

    @property
    def input_channel(self) -> InputChannel:
        return InputChannel(self.id, self.access_hash)

    @property
    def input_peer(self) -> InputPeerChannel:
        return InputPeerChannel(self.id, self.access_hash)

    def view(self, account: Account | None) -> TLObject:
        """The channel as this account sees it: one that it may not read is forbidden."""
        if account in self.banned or (account not in self.members and not self.username):
            return ChannelForbidden(
                self.id, self.access_hash, self.title, broadcast=not self.megagroup, megagroup=self.megagroup
            )
        return TlChannel(
            id=self.id,
            access_hash=self.access_hash,
            title=self.title,
            username=self.username,
            photo=ChatPhotoEmpty(),
            date=self.created,
            broadcast=not self.megagroup,
            megagroup=self.megagroup,
            noforwards=self.noforwards,
            join_request=self.request_needed,
            left=account not in self.members,
        )

    def encoded_view(self, account: Account | None) -> Raw:
        """The same, encoded: every push holds it, and it seldom changes."""
        is_member, is_banned = account in self.members, account in self.banned
        about = (self.title, self.username, self.noforwards, self.megagroup, self.request_needed, is_member, is_banned)
        if about not in self._views:
            self._views[about] = Raw(self.view(account)._bytes())
        return self._views[about]

    def on_wire(self, message: TLObject) -> TLObject:
        """A message as it is sent; one that is `broken` begins with a constructor that nobody knows."""
        return Raw(UNKNOWN + message._bytes()[4:]) if message.id in self.broken else message

    # Changes of the channel.

    def make_private(self) -> None:
        """It loses its name, and with it every reader who is not a member."""
        self.username = None
        self.touched()

    def rename(self, title: str | None = None, username: str | None = None) -> None:
        """A new title (which is also a service message), a new name, or both."""
        if username is not None:
            self.username = username
        if title is not None:
            self.title = title
            self.service(MessageActionChatEditTitle(title))
        self.touched()

    def protect(self, noforwards: bool = True) -> None:
        """Says whether its content is protected: nothing of it may be forwarded or saved."""
        self.noforwards = noforwards
        self.touched()

    def touched(self, *, to: Iterable[Account] | None = None) -> None:
        """Tells that the channel itself, or what an account is to it, is not as it was."""
        self._audience.publish(self, [UpdateChannel(self.id)], to=to)

    # Changes of its messages.

    def post(
        self,
        text: str = "",
        *,
        date: datetime | None = None,
        views: int | None = 1,
        full_rich_message: RichMessage | None = None,
        **fields: Any,
    ) -> Message:
        """
        The next message, pushed to the members. Fields are those of telethon's Message: entities, media, fwd_from,
        reply_to (an id will do), grouped_id, post_author, rich_message, noforwards, from_id ….
        """
        message = self._new(text, date=date, views=views, full_rich_message=full_rich_message, **fields)
        self._audience.publish(self, [self._announce(message)])
        return message

    def post_album(
        self, captions: Sequence[str], media: Sequence[TLObject | None] | None = None, **fields: Any
    ) -> list[Message]:
        """Messages with consecutive ids and one grouped_id, pushed in one Updates. Fields are shared by all."""
        fields.setdefault("grouped_id", next(self._album))
        messages, updates = [], []
        for caption, item in zip(captions, media or [None] * len(captions), strict=True):
            messages.append(self._new(caption, media=item, **fields))
            updates.append(self._announce(messages[-1]))
        self._audience.publish(self, updates)
        return messages

    def backlog(
        self,
        n: int,
        *,
        first_date: datetime | None = None,
        every: timedelta = timedelta(minutes=30),
        text: Callable[[int], str] = "Post {}".format,
    ) -> list[Message]:
        """`n` posts at once, of which nothing is pushed; without a date the last is of now. `text` takes 0, 1, 2 …"""
        start = first_date or now() - every * max(n - 1, 0)
        messages = []
        for number in range(n):
            messages.append(self._new(text(number), date=start + every * number))
            self._happened("new", (self.top,))
        return messages

    def service(self, action: str | TLObject = "pinned", *, date: datetime | None = None) -> MessageService:
        """A service message, which takes an id too: "pinned", "title", "created", or any MessageAction."""
        named = {
            "pinned": MessageActionPinMessage(),
            "title": MessageActionChatEditTitle(self.title),
            "created": MessageActionChannelCreate(self.title),
        }
        reply_to = MessageReplyHeader(reply_to_msg_id=max(self.top, 1)) if action == "pinned" else None
        self.top += 1
        message = MessageService(
            id=self.top,
            peer_id=self.peer,
            date=date or now(),
            action=named[action] if isinstance(action, str) else action,
            post=not self.megagroup,
            reply_to=reply_to,
        )
        self.messages[self.top] = message
        self._audience.publish(self, [self._announce(message)])
        return message

    def edit(self, message_id: int, text: str | None = None, *, date: datetime | None = None, **fields: Any) -> Message:
        """A new version of a message; the old object stays as it was. Fields are those of telethon's Message."""
        if text is not None:
            fields["message"] = text
            fields.setdefault("entities", None)
        message = self._changed(message_id, edit_date=date or now(), **fields)
        pts = self._happened("edit", (message_id,))
        self._audience.publish(self, [UpdateEditChannelMessage(self.on_wire(message), pts, 1)])
        return message

    def delete(self, *ids: int) -> None:
        for message_id in ids:
            del self.messages[message_id]
        pts = self._happened("delete", ids)
        self._audience.publish(self, [UpdateDeleteChannelMessages(self.id, list(ids), pts, len(ids))])

    def count(
        self,
        message_id: int,
        *,
        views: int | None = None,
        forwards: int | None = None,
        reactions: MessageReactions | dict[str, int] | None = None,
    ) -> Message:
        """New counters, each with an update of its own and without pts. Reactions: {"🔥": 3}, or Telegram's object."""
        if isinstance(reactions, dict):
            reactions = MessageReactions([ReactionCount(ReactionEmoji(emoji), n) for emoji, n in reactions.items()])
        updates: list[TLObject] = []
        fields: dict[str, Any] = {}
        if views is not None:
            fields["views"] = views
            updates.append(UpdateChannelMessageViews(self.id, message_id, views))
        if forwards is not None:
            fields["forwards"] = forwards
            updates.append(UpdateChannelMessageForwards(self.id, message_id, forwards))
        if reactions is not None:
            fields["reactions"] = reactions
            updates.append(UpdateMessageReactions(self.peer, message_id, reactions))
        message = self._changed(message_id, **fields)
        self._audience.publish(self, updates)
        return message

    # What methods read.

    def since(self, pts: int) -> list[Event]:
        """The events that a client at `pts` has not seen."""
        return self.events[bisect.bisect_right(self.events, pts, key=lambda event: event.pts) :]

    def in_full(self, message: Message | MessageService) -> Message | MessageService:
        """A message with the whole of its rich text."""
        if message.id not in self.whole:
            return message
        message = copy.copy(message)
        message.rich_message = self.whole[message.id]
        return message

    def newest_first(self) -> list[int]:
        """Ids are given in order and a change keeps its place, so the dictionary is in order too."""
        return list(reversed(self.messages))

    def _new(
        self,
        text: str,
        *,
        date: datetime | None = None,
        views: int | None = 1,
        full_rich_message: RichMessage | None = None,
        **fields: Any,
    ) -> Message:
        if isinstance(fields.get("reply_to"), int):
            fields["reply_to"] = MessageReplyHeader(reply_to_msg_id=fields["reply_to"])
        if not self.megagroup:
            fields.setdefault("forwards", 0)
        self.top += 1
        message = Message(
            id=self.top,
            peer_id=self.peer,
            date=date or now(),
            message=text,
            post=not self.megagroup,
            views=None if self.megagroup else views,
            **fields,
        )
        self.messages[self.top] = message
        if full_rich_message is not None:
            self.whole[self.top] = full_rich_message
        return message

    def _changed(self, message_id: int, **fields: Any) -> Message:
        message = copy.copy(self.messages[message_id])
        for name, value in fields.items():
            setattr(message, name, value)
        self.messages[message_id] = message
        return message

    def _announce(self, message: Message | MessageService) -> UpdateNewChannelMessage:
        pts = self._happened("new", (message.id,))
        return UpdateNewChannelMessage(self.on_wire(message), pts, 1)

    def _happened(self, kind: str, ids: tuple[int, ...]) -> int:
        self.pts += len(ids)
        self.events.append(Event(self.pts, len(ids), kind, ids))
        self.changed = now()
        return self.pts


class World:
    """Everything that exists, and how it is looked up."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._ids = count(1_600_000_001)
        self._dice = random.Random(229)
        self.accounts: dict[int, Account] = {}
        self.people: dict[int, Person] = {}
        self.channels: dict[int, Channel] = {}

    def add_account(self, phone: str, code: str, password: str | None, name: str) -> Account:
        account = Account(next(self._ids), phone, code, password, name, self._hash())
        self.accounts[account.id] = account
        return account

    def add_person(self, username: str | None, name: str) -> Person:
        person = Person(next(self._ids), username, name, self._hash())
        self.people[person.id] = person
        return person

    def add_channel(self, title: str, **about: Any) -> Channel:
        channel = Channel(self._audience, id=next(self._ids), access_hash=self._hash(), title=title, **about)
        self.channels[channel.id] = channel
        return channel

    def named(self, username: str) -> Channel | Person | None:
        """Who has this name, whatever its case."""
        wanted = username.lower()
        everybody: list[Channel | Person] = [*self.channels.values(), *self.people.values()]
        return next((one for one in everybody if (one.username or "").lower() == wanted), None)

    def invited(self, invite: str) -> Channel | None:
        """The channel that an invite link leads to."""
        return next((channel for channel in self.channels.values() if channel.invite == invite), None)

    def with_phone(self, phone: str) -> Account | None:
        digits = only_digits(phone)
        return next((one for one in self.accounts.values() if only_digits(one.phone) == digits), None)

    def joined(self, account: Account) -> list[Channel]:
        """The account's channels, the one with the newest message first."""
        mine = [channel for channel in self.channels.values() if account in channel.members]
        return sorted(mine, key=_last_date, reverse=True)

    def mentioned(self, messages: Iterable[TLObject], account: Account | None) -> tuple[list[Channel], list[User]]:
        """The channels that messages are forwarded from, and the people who wrote them, as an account sees them."""
        channels: dict[int, Channel] = {}
        users: dict[int, User] = {}
        for message in messages:
            for peer in (message.from_id, message.fwd_from and message.fwd_from.from_id):
                if isinstance(peer, PeerChannel) and peer.channel_id in self.channels:
                    channels[peer.channel_id] = self.channels[peer.channel_id]
                someone = self.someone(peer.user_id) if isinstance(peer, PeerUser) else None
                if someone:
                    users[someone.id] = someone.view(account)
        return list(channels.values()), list(users.values())

    def someone(self, user_id: int) -> Account | Person | None:
        return self.people.get(user_id) or self.accounts.get(user_id)

    def _hash(self) -> int:
        return self._dice.randrange(1 << 62, 1 << 63)


def only_digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def _last_date(channel: Channel) -> datetime:
    last = channel.messages.get(max(channel.messages, default=0))
    return last.date if last else channel.created
