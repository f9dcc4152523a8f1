"""Tables of the archive: channels, posts, what the index makes of them, stories, and what models said.

`posts` is the truth; everything that `summarize` derives from it (`indexed_posts`, `post_keys`, `post_lines`, `vectors`,
`links`) can be dropped and made again. Stories keep their ids for ever.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    func,
    literal_column,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class ChannelRow(Base):
    """A channel that we read, or a dump of forwards."""

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tg_id: Mapped[int | None] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    username: Mapped[str | None]
    member: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    weight: Mapped[float] = mapped_column(server_default=sql("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("uq_channels_dump_name", "name", unique=True, postgresql_where=sql("tg_id IS NULL")),
        CheckConstraint("kind IN ('public', 'private', 'dump')", name="kind"),
    )


class AccountRow(Base):
    """A Telegram account that reads for us; its session lies in a file, by `name`. Counters are of its whole life."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    tg_id: Mapped[int | None]
    requests: Mapped[int] = mapped_column(server_default=sql("0"))
    waited: Mapped[float] = mapped_column(Double, server_default=sql("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FollowRow(Base):
    """A channel that an account reads: what was asked for, how far it is read, and what keeps it from being read.

    Every message above `floor` and up to `watermark` has been read; below `floor`, back to `backfill_since`, is to come.
    """

    __tablename__ = "follows"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    asked: Mapped[str]
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    access_hash: Mapped[int | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    wait_until: Mapped[datetime | None]
    watermark: Mapped[int | None]
    floor: Mapped[int | None]
    backfill_since: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    added_at: Mapped[datetime]

    __table_args__ = (
        Index("uq_follows_asked", "account_id", "asked", unique=True),
        Index("uq_follows_channel", "account_id", "channel_id", unique=True),
        Index("ix_follows_channel_id", "channel_id"),
        CheckConstraint(
            "state IN ('wanted', 'requested', 'reading', 'protected', 'paused', 'not_found', 'private', 'banned', "
            "'too_many')",
            name="state",
        ),
        CheckConstraint(
            "state NOT IN ('reading', 'protected') OR (channel_id IS NOT NULL AND access_hash IS NOT NULL)",
            name="resolved",
        ),
    )


class PostRow(Base):
    """A post as it is now. `state`: new → lined → prepared → indexed; any change sets it back to new."""

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    message_id: Mapped[int | None]
    dump_key: Mapped[str | None]
    position: Mapped[int | None]
    date: Mapped[datetime | None]
    first_seen: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    text: Mapped[str]
    entities: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    origin_name: Mapped[str | None]
    origin_channel: Mapped[int | None]
    origin_message: Mapped[int | None]
    origin_author: Mapped[str | None]
    origin_date: Mapped[datetime | None]
    media: Mapped[list[str]]
    album_ids: Mapped[list[int]]
    reply_to: Mapped[int | None]
    views: Mapped[int | None]
    forwards: Mapped[int | None]
    reactions: Mapped[int | None]
    group_id: Mapped[int | None]
    preview: Mapped[dict[str, Any] | None]
    protected: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    raw: Mapped[dict[str, Any]]
    content_hash: Mapped[bytes]
    version: Mapped[int] = mapped_column(Integer, server_default=sql("1"))
    state: Mapped[str] = mapped_column(server_default=sql("'new'"))
    lease_until: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_posts_message", "channel_id", "message_id", unique=True),
        # An album is known by its group: its first part, whose number it bears, may be deleted.
        Index("uq_posts_group", "channel_id", "group_id", unique=True, postgresql_where=sql("group_id IS NOT NULL")),
        # The same forward in another dump is the same post, so this identity does not depend on the channel.
        Index("uq_posts_dump_key", "dump_key", unique=True),
        Index("ix_posts_state", "state", "id", postgresql_where=sql("state <> 'indexed'")),
        CheckConstraint("state IN ('new', 'lined', 'prepared', 'indexed')", name="state"),
        CheckConstraint("(message_id IS NULL) <> (dump_key IS NULL)", name="identity"),
    )


class PostVersionRow(Base):
    """What a post said before an edit."""

    __tablename__ = "post_versions"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str]
    entities: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    edited_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime]


class UnreadMessageRow(Base):
    """A message that could not be made into a post: as it came, and why. `raw` is NULL where nothing could be decoded."""

    __tablename__ = "unread_messages"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int] = mapped_column(primary_key=True)
    raw: Mapped[dict[str, Any] | None]
    error: Mapped[str]
    first_seen: Mapped[datetime]
    tried_at: Mapped[datetime]


class StoryRow(Base):
    """Posts about one event. The row outlives its posts; `merged_into` redirects to the story that took them."""

    __tablename__ = "stories"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (Index("ix_stories_merged_into", "merged_into", postgresql_where=sql("merged_into IS NOT NULL")),)


#: The title, which is the first line, weighs more; `е` stands for `ё`, as people type it. Written as PostgreSQL prints it.
_WORDS = r"""
setweight(to_tsvector('russian'::regconfig, replace(split_part(clean_text, chr(10), 1), 'ё'::text, 'е'::text)), 'A'::"char")
|| setweight(to_tsvector('russian'::regconfig, replace(
    substr(clean_text, length(split_part(clean_text, chr(10), 1)) + 1), 'ё'::text, 'е'::text)), 'B'::"char")
"""


class IndexedPostRow(Base):
    """What `summarize` knows of a post: enough to judge a pair and to rank a story without reading the text again.

    `source` wrote the text (the origin of a forward), `holder` posted it here; `sequence` orders the posts of a channel;
    `made_by` names the rules and the model that made the row, so that a row made by others is made again; `labelled_by` the
    taxonomy, and `filtered_by` the filters that it was looked at with. `words` is the text for searching, its first line apart.
    """

    __tablename__ = "indexed_posts"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[int]
    sequence: Mapped[int]
    time: Mapped[datetime]
    dated: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[str]
    holder: Mapped[str]
    lang: Mapped[str]
    clean_text: Mapped[str]
    ad: Mapped[str]
    ad_reasons: Mapped[list[str]]
    text_hash: Mapped[bytes | None]
    keys: Mapped[list[str]]
    self_keys: Mapped[list[str]]
    refers: Mapped[list[str]]
    features: Mapped[dict[str, Any]]
    topics: Mapped[dict[str, Any]]
    made_by: Mapped[str]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))
    labelled_by: Mapped[str] = mapped_column(server_default=sql("''"))
    filtered_by: Mapped[str] = mapped_column(server_default=sql("''"))
    words: Mapped[Any] = mapped_column(TSVECTOR, Computed(_WORDS, persisted=True))

    __table_args__ = (
        Index("ix_indexed_posts_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("ix_indexed_posts_story_id", "story_id"),
        Index("ix_indexed_posts_time", "time"),
        Index("ix_indexed_posts_channel_sequence", "channel_id", "sequence"),
        Index("ix_indexed_posts_self_keys", "self_keys", postgresql_using="gin"),
        Index("ix_indexed_posts_refers", "refers", postgresql_using="gin"),
    )


class PostKeyRow(Base):
    """What two posts may share: an identifier, a link, a name, a band of the MinHash signature."""

    __tablename__ = "post_keys"

    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    time: Mapped[datetime]
    holder: Mapped[str]
    common: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))

    __table_args__ = (
        Index("ix_post_keys_post_id", "post_id"),
        Index("ix_post_keys_all", "kind", "value", "time"),
        Index("ix_post_keys_rare", "kind", "value", "time", postgresql_where=sql("NOT common")),
    )


class PostLineRow(Base):
    """Hashes of a post's lines: a line that stands in many posts of one source is its boilerplate.

    A forward does not count (it repeats a post), but its lines are kept: they too are cut once they are boilerplate.
    """

    __tablename__ = "post_lines"

    source: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)

    counts: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        Index("ix_post_lines_post_id", "post_id"),
        Index("ix_post_lines_counted", "source", "line", postgresql_where=sql("counts")),
    )


class EmbeddingModelRow(Base):
    """A model that made vectors. Vectors of different models are never compared; stories are found by the `active` one's.

    `scale` says which cosine of the local model each of its cosines is worth; NULL: as they are.
    """

    __tablename__ = "embedding_models"

    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    dimension: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    scale: Mapped[dict[str, Any] | None]

    __table_args__ = (Index("uq_embedding_models_active", "active", unique=True, postgresql_where=sql("active")),)


class VectorRow(Base):
    """An embedding: `part` 0 is the whole post, 1… its passages (`start`:`stop` in the clean text)."""

    __tablename__ = "vectors"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    model_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("embedding_models.id"), primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    start: Mapped[int] = mapped_column(Integer)
    stop: Mapped[int] = mapped_column(Integer)
    text_hash: Mapped[bytes]
    time: Mapped[datetime]
    vector: Mapped[Any] = mapped_column(HALFVEC())

    __table_args__ = (
        Index("ix_vectors_text_hash", "text_hash"),
        Index("ix_vectors_time", "model_id", "time", postgresql_where=sql("part = 0")),
        # One partial index per model; the first is the local model, whose row the first migration writes.
        Index(
            "ix_vectors_local_hnsw",
            literal_column("(vector::halfvec(512))").label("local"),
            postgresql_using="hnsw",
            postgresql_ops={"local": "halfvec_cosine_ops"},
            postgresql_where=sql("part = 0 AND model_id = 1"),
        ),
        Index(
            "ix_vectors_local_passages",
            literal_column("(vector::halfvec(512))").label("local"),
            postgresql_using="hnsw",
            postgresql_ops={"local": "halfvec_cosine_ops"},
            postgresql_where=sql("part > 0 AND model_id = 1"),
        ),
    )


class LinkRow(Base):
    """A judged pair of posts, `first` < `second`: the score, and why."""

    __tablename__ = "links"

    first: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    second: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[float]
    verdict: Mapped[str]
    reasons: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_links_second", "second"),
        CheckConstraint("first < second", name="order"),
        CheckConstraint("verdict IN ('copy', 'same', 'maybe', 'apart')", name="verdict"),
    )


class TopicRow(Base):
    """An entry of the taxonomy that admins keep."""

    __tablename__ = "topics"

    slug: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    title_ru: Mapped[str]
    title_en: Mapped[str]
    about: Mapped[str]
    names: Mapped[list[str]]
    stems: Mapped[list[str]]
    enabled: Mapped[bool] = mapped_column(Boolean, server_default=sql("true"))
    merged_into: Mapped[str | None]


class EndpointRow(Base):
    """An endpoint of models as all workers know it: what it was found to do, and until when it is left alone.

    `name` is address and model. `failures` counts failed calls since the last that was answered.
    """

    __tablename__ = "endpoints"

    name: Mapped[str] = mapped_column(primary_key=True)
    ability: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql("'{}'"))
    failures: Mapped[int] = mapped_column(Integer, server_default=sql("0"))
    rests_until: Mapped[datetime | None]
    reason: Mapped[str | None]


class ModelCallRow(Base):
    """A call of a model. While it is `open`, tokens and cost are what it may take at most; then what it took.

    One that is still open at `due` was lost with its worker: it takes no place any more, but may have been paid for.
    """

    __tablename__ = "model_calls"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    endpoint: Mapped[str]
    model: Mapped[str]
    purpose: Mapped[str]
    prompt: Mapped[str]
    subject: Mapped[str]
    started_at: Mapped[datetime]
    due: Mapped[datetime]
    tokens_in: Mapped[int] = mapped_column(Integer)
    tokens_out: Mapped[int] = mapped_column(Integer)
    cost: Mapped[float] = mapped_column(Double)
    seconds: Mapped[float | None]
    outcome: Mapped[str] = mapped_column(server_default=sql("'open'"))

    __table_args__ = (Index("ix_model_calls_started_at", "started_at"),)


class SummaryRow(Base):
    """What was written of a story in one language, one row a version; the newest one is shown, the others are history.

    `key` names what went in: texts, prompt, model, language; `told` are the posts with a hash of each text. `state`
    'extracted': the model's answers could not be used, and sentences of the posts are shown until the key is another: those
    of the row, where it has any, since others of the posts are not to be believed.
    `faults` counts what the checks found.
    """

    __tablename__ = "summaries"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))
    lang: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    key: Mapped[bytes]
    state: Mapped[str]
    title: Mapped[str]
    gist: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    claims: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    topics: Mapped[list[str]]
    told: Mapped[dict[str, Any]]
    model: Mapped[str]
    prompt: Mapped[str]
    faults: Mapped[dict[str, Any]]
    covers_until: Mapped[datetime]
    made_at: Mapped[datetime]

    __table_args__ = (
        Index("uq_summaries_version", "story_id", "lang", "version", unique=True),
        Index("ix_summaries_key", "key"),
        CheckConstraint("state IN ('written', 'extracted')", name="state"),
    )


class WritingRow(Base):
    """Who writes a story in a language holds it until then."""

    __tablename__ = "writings"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    lease_until: Mapped[datetime]


class JudgementRow(Base):
    """What a model answered to a narrow question ('same': two posts, 'ad': one), by what it was asked about.

    `key` is a hash of the texts, `made_by` names the prompt's version: other texts are another question.
    """

    __tablename__ = "judgements"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    made_by: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    posts: Mapped[list[int]]
    verdict: Mapped[str]
    why: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("purpose IN ('same', 'ad')", name="purpose"),
        Index("ix_judgements_posts", "posts", postgresql_using="gin"),
    )
