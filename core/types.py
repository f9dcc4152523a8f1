"""Domain types that the three programs share: what a post is, wherever it came from.

Plain frozen dataclasses, no behaviour beyond what follows from the values. Times are aware UTC; offsets and lengths of
entities count Unicode code points of `text` (Python string indices); Telegram's UTF-16 units exist only at the edges.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class EntityKind(enum.StrEnum):
    """Markup of a stretch of a post's text; names follow Telegram's message entities."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    CODE = "code"
    PRE = "pre"
    SPOILER = "spoiler"
    QUOTE = "quote"
    HEADING = "heading"
    TEXT_LINK = "text_link"
    URL = "url"
    MENTION = "mention"
    HASHTAG = "hashtag"
    CASHTAG = "cashtag"
    EMAIL = "email"
    PHONE = "phone"
    COMMAND = "command"
    CUSTOM_EMOJI = "custom_emoji"
    OTHER = "other"


class MediaKind(enum.StrEnum):
    """What a post carries besides text."""

    PHOTO = "photo"
    VIDEO = "video"
    ANIMATION = "animation"
    AUDIO = "audio"
    VOICE = "voice"
    ROUND_VIDEO = "round_video"
    STICKER = "sticker"
    DOCUMENT = "document"
    POLL = "poll"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"


class ChannelKind(enum.StrEnum):
    """How a channel can be reached: decides whether a link to its posts can open."""

    PUBLIC = "public"
    PRIVATE = "private"
    DUMP = "dump"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Markup of `text[offset:offset + length]`; `url` for text links, `language` for code blocks."""

    kind: EntityKind
    offset: int
    length: int
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A Telegram channel by its bare id (no -100 prefix), or, with `tg_id` None, a dump known by its name."""

    tg_id: int | None
    name: str
    kind: ChannelKind = ChannelKind.PUBLIC
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a forwarded post comes from, as far as the forward tells (a hidden user has only a name)."""

    name: str | None
    channel_id: int | None = None
    message_id: int | None = None
    author: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The card that Telegram shows under a post for a link in it; whatever the page does not tell is None."""

    url: str
    site: str | None = None
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message of a channel (an album is one post), as read from an export, a dump, an account or a bot.

    Identity: (channel.tg_id, message_id), or, without ids, `dump_key`, a hash of origin and text. `position` is the
    post's order in its dump (0-based). `album_ids` lists the message ids of the other parts of an album; `group_id` is
    Telegram's number of the album, where it is known: then that, and not the first part's id, says which album it is.
    A `protected` post (its channel forbids copying) has no text: only what it is and when it came is kept. `raw` is the
    record as it came (for an album, {"parts": [...]}).
    """

    channel: Channel
    message_id: int | None
    text: str
    raw: Mapping[str, Any]
    date: datetime | None = None
    edited_at: datetime | None = None
    entities: tuple[Entity, ...] = ()
    origin: Origin | None = None
    media: tuple[MediaKind, ...] = ()
    album_ids: tuple[int, ...] = ()
    reply_to: int | None = None
    dump_key: str | None = None
    position: int | None = None
    views: int | None = None
    forwards: int | None = None
    reactions: int | None = None
    group_id: int | None = None
    preview: Preview | None = None
    protected: bool = False


# --- who is read through an account ----------------------------------------------------------------------------------


class FollowState(enum.StrEnum):
    """Whether a followed channel is read, and if not, what keeps it from being read."""

    WANTED = "wanted"
    REQUESTED = "requested"
    READING = "reading"
    PROTECTED = "protected"
    PAUSED = "paused"
    NOT_FOUND = "not_found"
    PRIVATE = "private"
    BANNED = "banned"
    TOO_MANY = "too_many"

    @property
    def is_read(self) -> bool:
        """Whether posts arrive; of a protected channel without their texts."""
        return self in {FollowState.READING, FollowState.PROTECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A channel that an account reads for us.

    `asked` is how it was named (`@name`, `+invite`, `folder:NAME`, `channel:ID`). `channel` is None until it has been looked
    up. Every message above `floor` and up to `watermark` has been read; what lies below `floor`, back to
    `backfill_since`, is still to come (None: nothing is). `wait_until`: Telegram has asked us to leave it be until then.
    """

    id: int
    account_id: int
    asked: str
    state: FollowState
    added_at: datetime
    reason: str | None = None
    wait_until: datetime | None = None
    channel_id: int | None = None
    channel: Channel | None = None
    access_hash: int | None = None
    weight: float = 1.0
    watermark: int | None = None
    floor: int | None = None
    backfill_since: datetime | None = None
    read_at: datetime | None = None

    @property
    def tg_id(self) -> int:
        """The channel's number at Telegram; 0 where it has not been looked up."""
        return (self.channel and self.channel.tg_id) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowReport:
    """A follow as `svodka channels list` shows it: posts kept, messages that could not be read, the last post's time."""

    follow: Follow
    posts: int
    unread: int
    last_post: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A Telegram account that reads for us; requests and seconds waited are of its whole life."""

    id: int
    name: str
    tg_id: int | None
    requests: int
    waited: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadMessage:
    """A message that could not be made into a post; `raw` is None where nothing of it could be decoded."""

    channel_id: int
    message_id: int
    raw: Mapping[str, Any] | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """How often a message was seen, forwarded and reacted to; None: not told."""

    views: int | None = None
    forwards: int | None = None
    reactions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMessages:
    """What a post in the archive consists of at Telegram: its messages' numbers, ascending, and the record of them."""

    post_id: int
    message_ids: tuple[int, ...]
    raw: Mapping[str, Any]
    edited_at: datetime | None


# --- what an import says of a file -----------------------------------------------------------------------------------


class SkipReason(enum.StrEnum):
    """Why a record of a file is not a post. None of these is an error."""

    SERVICE = "service message"
    NOT_A_CHANNEL = "chat that is not a channel"
    EMPTY = "no text and no media"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A record that is rightly not imported."""

    reason: SkipReason
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A part of a file that could not be imported: where (`byte 1234`, `line 56`, `message 78`) and what to know."""

    where: str
    message: str


# --- what the index makes of posts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCounts:
    """What became of the posts of one import."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: ImportCounts) -> ImportCounts:
        return ImportCounts(
            new=self.new + other.new, changed=self.changed + other.changed, unchanged=self.unchanged + other.unchanged
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPost:
    """A post as kept, with what is needed to index it or to show it."""

    id: int
    channel_id: int
    channel: Channel
    member: bool
    weight: float
    message_id: int | None
    position: int | None
    date: datetime | None
    first_seen: datetime
    edited_at: datetime | None
    deleted: bool
    text: str
    entities: tuple[Entity, ...]
    origin: Origin | None
    media: tuple[MediaKind, ...]
    reply_to: int | None
    views: int | None
    forwards: int | None
    reactions: int | None
    version: int

    @property
    def time(self) -> datetime:
        """When it was posted, or, undated, when we first saw it."""
        return self.date or self.first_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What was found in a post: the input of the matcher, as `core.models.archive.IndexedPostRow` keeps it.

    `keys`, `self_keys` and `refers` are "kind:value"; `common` are those of `keys` that mean nothing around the post.
    `vectors` is an (1 + passages, dimension) array of unit rows, the whole post first, or None where there is no text.
    """

    post_id: int
    version: int
    channel_id: int
    sequence: int
    time: datetime
    dated: bool
    source: str
    holder: str
    lang: str
    clean_text: str
    ad: str
    ad_reasons: tuple[str, ...]
    text_hash: bytes | None
    keys: tuple[str, ...]
    self_keys: tuple[str, ...]
    refers: tuple[str, ...]
    features: Mapping[str, Any]
    topics: Mapping[str, float]
    made_by: str
    passages: tuple[tuple[int, int, bytes], ...] = ()
    vectors: Any = None
    common: frozenset[str] = frozenset()
    story_id: int | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """What a link means for the making of stories: its score, 1 where `whole`: a copy or a continuation; or a veto."""

    score: float
    whole: bool = False
    vetoed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A judged pair of posts, `first` < `second`."""

    first: int
    second: int
    score: float
    verdict: str
    reasons: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """An entry of the taxonomy."""

    slug: str
    position: int
    title_ru: str
    title_en: str
    about: str
    names: tuple[str, ...]
    stems: tuple[str, ...]
    enabled: bool = True
    merged_into: str | None = None

    def title(self, lang: str) -> str:
        return self.title_ru if lang == "ru" else self.title_en


# --- what readers see ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPost:
    """A post of a story as it is cited. `url` and `origin_url` are None where no link can open.

    `copy_of`: the post of the story whose text this one repeats; the first of a group of copies has None.
    """

    id: int
    channel: str
    message_id: int | None
    url: str | None
    origin: str | None
    origin_url: str | None
    date: datetime | None
    first_seen: datetime
    text: str
    copy_of: int | None = None


class ClaimKind(enum.StrEnum):
    """Who stands behind a claim: several independent sources, the cited one, or one side of a dispute."""

    AGREED = "agreed"
    ATTRIBUTED = "attributed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSentence:
    """A sentence of a summary and the post that says it; `also` are further posts that do.

    `kind` is None for a sentence that stands so in its post. `is_new`: the reader has not been told it before, though of
    the story. `lang` is the sentence's language, "" where only the story's is known.
    """

    text: str
    post_id: int
    also: tuple[int, ...] = ()
    kind: ClaimKind | None = None
    is_new: bool = False
    lang: str = ""
    known_at: datetime | None = None

    @property
    def post_ids(self) -> tuple[int, ...]:
        return (self.post_id, *self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard:
    """A story ready to be chosen and shown: its summary in one language, its sources, what its rank is made of.

    `sentences` are what a digest shows, `claims` all that was written of the story; without a model both are sentences of
    the posts. `independent` counts sources that do not repeat each other. `dated` is False when no post has a date of its
    own, so that `first_seen` and `last_seen` are the times of import. `parts` sum up to `rank`. `topics`: best first.
    `written_by` names prompt and model, "" for the posts' own sentences.
    """

    id: int
    title: str
    title_post: int
    sentences: tuple[CitedSentence, ...]
    lang: str
    topics: tuple[str, ...]
    rank: float
    parts: Mapping[str, float]
    independent: int
    dated: bool
    first_seen: datetime
    last_seen: datetime
    posts: tuple[StoryPost, ...]
    claims: tuple[CitedSentence, ...] = ()
    written_by: str = ""
