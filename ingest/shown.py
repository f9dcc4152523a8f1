"""What Telegram shows, as plain values: channels, pages of messages, and what happens in a channel.

The one other place that sees Telethon's objects; `ingest.client` asks for them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telethon.tl import types

from core.types import Channel, ChannelKind, Counters
from ingest.records import Record, record

#: The updates that tell something about a channel's posts.
UPDATES = (
    types.UpdateNewChannelMessage,
    types.UpdateEditChannelMessage,
    types.UpdateDeleteChannelMessages,
    types.UpdateChannelMessageViews,
    types.UpdateChannelMessageForwards,
    types.UpdateMessageReactions,
    types.UpdateChannel,
    types.UpdateChannelTooLong,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A channel as an account addresses it: the hash is of this account alone."""

    tg_id: int
    access_hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A channel, or a chat that is none (`broadcast` False), as Telegram shows it to an account.

    `forbidden`: the account was banned from it. `restricted`: why Telegram shows it to nobody, in Telegram's words.
    `access_hash` is None where only a name was shown.
    """

    tg_id: int
    title: str
    username: str | None = None
    access_hash: int | None = None
    broadcast: bool = True
    member: bool = False
    protected: bool = False
    forbidden: bool = False
    restricted: str | None = None

    @property
    def channel(self) -> Channel:
        kind = ChannelKind.PUBLIC if self.username else ChannelKind.PRIVATE
        return Channel(tg_id=self.tg_id, name=self.title, kind=kind, username=self.username)

    @property
    def peer(self) -> Peer | None:
        return None if self.access_hash is None else Peer(tg_id=self.tg_id, access_hash=self.access_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Messages of one answer, by ascending number, the channels shown with them, and when they were asked for."""

    records: tuple[Record, ...]
    shown: tuple[Shown, ...]
    asked_at: datetime

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(message["id"] for message in self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who is logged in."""

    tg_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What an invite link leads to: a channel that the account is in, or one that it may join."""

    shown: Shown | None
    title: str
    broadcast: bool


@dataclass(slots=True, kw_only=True)
class News:
    """What has happened in one channel since the last look: messages that came or changed, went, or were counted.

    `arrived` are the numbers of those that are new. `changed`: something about the channel itself has.
    """

    records: dict[int, Record] = field(default_factory=dict)
    arrived: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    counters: dict[int, Counters] = field(default_factory=dict)
    chats: dict[int, Any] = field(default_factory=dict)
    changed: bool = False

    @property
    def shown(self) -> dict[int, Shown]:
        """The channels that the events show, as the last of them does, by number."""
        return {number: shown(chat) for number, chat in self.chats.items()}

    def counted(self, number: int, told: Counters) -> None:
        """Take in counters of a message; what they do not tell stays."""
        known = self.counters.get(number, Counters())
        self.counters[number] = Counters(
            views=known.views if told.views is None else told.views,
            forwards=known.forwards if told.forwards is None else told.forwards,
            reactions=known.reactions if told.reactions is None else told.reactions,
        )

    def follow(self, later: News) -> None:
        """Take in what has happened afterwards."""
        for number in later.gone:
            self.records.pop(number, None)
        self.gone = (self.gone - later.records.keys()) | later.gone
        self.records |= later.records
        self.arrived |= later.arrived
        for number, counters in later.counters.items():
            self.counted(number, counters)
        self.chats |= later.chats
        self.changed = self.changed or later.changed


def name_of(user: Any) -> str:
    """What a person is called."""
    return " ".join(part for part in (user.first_name, user.last_name) if part) or f"user {user.id}"


def page(found: Any, asked_at: datetime) -> Page:
    """The messages of an answer to a request for them: those that are there, with the names of whom they come from."""
    titles = _titles([*found.chats, *found.users])
    messages = [message for message in found.messages if not isinstance(message, types.MessageEmpty)]
    return Page(
        records=tuple(sorted((record(message.to_dict(), titles=titles) for message in messages), key=_number)),
        shown=tuple(shown(chat) for chat in found.chats if isinstance(chat, types.Channel | types.ChannelForbidden)),
        asked_at=asked_at,
    )


def _number(message: Record) -> int:
    return int(message["id"])


def shown(chat: Any) -> Shown:
    """A channel; of a chat of another kind only that it is none."""
    if isinstance(chat, types.ChannelForbidden):
        return Shown(
            tg_id=chat.id,
            title=chat.title,
            access_hash=chat.access_hash,
            broadcast=bool(chat.broadcast),
            forbidden=True,
        )
    if not isinstance(chat, types.Channel):
        return Shown(tg_id=chat.id, title=getattr(chat, "title", ""), broadcast=False)
    names = [chat.username, *(entry.username for entry in chat.usernames or () if entry.active)]
    reasons = [reason.text for reason in chat.restriction_reason or () if reason.platform == "all"]
    return Shown(
        tg_id=chat.id,
        title=chat.title,
        username=next((name for name in names if name), None),
        # That of a "min" channel is good for nothing but its picture.
        access_hash=None if chat.min else chat.access_hash,
        broadcast=bool(chat.broadcast),
        member=not chat.left and not chat.min,
        protected=bool(chat.noforwards),
        restricted=next(iter(reasons), None) if chat.restricted else None,
    )


def _titles(peers: Iterable[Any]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for peer in peers:
        if isinstance(peer, types.User):
            found["user", peer.id] = name_of(peer)
        elif isinstance(peer, types.Channel | types.ChannelForbidden):
            found["channel", peer.id] = peer.title
        elif isinstance(peer, types.Chat | types.ChatForbidden):
            found["chat", peer.id] = peer.title
    return {key: title for key, title in found.items() if title}


def add(news: dict[int, News], packet: Any, wanted: Container[int]) -> None:
    """Sort a packet of updates (https://core.telegram.org/api/updates) by channel, as far as channels are `wanted`."""
    for update in getattr(packet, "updates", None) or [getattr(packet, "update", None)]:
        number = _channel_of(update)
        if number is None or number not in wanted:
            continue
        of_channel = news.setdefault(number, News())
        if isinstance(update, types.UpdateNewChannelMessage | types.UpdateEditChannelMessage):
            _add_message(of_channel, update, packet)
        else:
            _add(of_channel, update)


def _channel_of(update: Any) -> int | None:
    """The number of the channel that an update is about; None if it tells nothing of a channel's posts."""
    if not isinstance(update, UPDATES):
        return None
    message = getattr(update, "message", None)
    peer = getattr(update, "peer", None) if message is None else message.peer_id
    number = getattr(update, "channel_id", None) if peer is None else getattr(peer, "channel_id", None)
    return number if isinstance(number, int) else None


def _add_message(news: News, update: Any, packet: Any) -> None:
    message = update.message
    # Names are those of whom a message is forwarded from or replies to; most are neither.
    named = message.fwd_from is not None or message.reply_to is not None
    titles = _titles([*packet.chats, *packet.users]) if named else {}
    news.gone.discard(message.id)
    news.records[message.id] = record(message.to_dict(), titles=titles)
    if isinstance(update, types.UpdateNewChannelMessage):
        news.arrived.add(message.id)
    for chat in packet.chats:
        if isinstance(chat, types.Channel) and not chat.min:
            news.chats[chat.id] = chat


def _add(news: News, update: Any) -> None:
    match update:
        case types.UpdateDeleteChannelMessages():
            for number in update.messages:
                news.records.pop(number, None)
                news.gone.add(number)
        case types.UpdateChannelMessageViews():
            news.counted(update.id, Counters(views=update.views))
        case types.UpdateChannelMessageForwards():
            news.counted(update.id, Counters(forwards=update.forwards))
        case types.UpdateMessageReactions():
            reactions = sum(result.count for result in update.reactions.results)
            news.counted(update.msg_id, Counters(reactions=reactions))
        case _:
            # The channel itself has changed, or more has happened in it than Telegram tells.
            news.changed = True
