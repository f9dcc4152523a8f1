"""The sample feed: posts written for this project, with labels; what the demo shows and the measurements measure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.types import Channel, ChannelKind, Entity, EntityKind, Origin, Post, StoredPost, Topic
from ingest import reader
from summarize import embed, evaluate

#: The feed's last day ends here; its demo digest looks back from it.
ENDS = datetime(2026, 9, 18, tzinfo=UTC)
SNIFFED = 65_536


def folder() -> Path:
    """Where the feed lies."""
    return Path(str(resources.files("cli"))) / "sample"


def posts(path: Path, *, seen: datetime = ENDS) -> list[StoredPost]:
    """Every post of a file or folder as if it had been stored, ids in order of reading."""
    channels: dict[Channel, int] = {}
    found: list[StoredPost] = []
    for post in _read(path):
        number = channels.setdefault(post.channel, len(channels) + 1)
        found.append(_stored(post, len(found) + 1, number, seen))
    return found


def _read(path: Path) -> Iterator[Post]:
    for file in reader.find_files(path):
        with file.open("rb") as stream:
            kind = reader.sniff(stream.read(SNIFFED))
            stream.seek(0)
            yield from (item for item in reader.read_file(stream, kind=kind, name=file.stem) if isinstance(item, Post))


def _stored(post: Post, number: int, channel: int, seen: datetime) -> StoredPost:
    return StoredPost(
        id=number, channel_id=channel, channel=post.channel, member=False, weight=1.0, message_id=post.message_id,
        position=post.position, date=post.date, first_seen=seen, edited_at=post.edited_at, deleted=False, text=post.text,
        entities=post.entities, origin=post.origin, media=post.media, reply_to=post.reply_to, views=post.views,
        forwards=post.forwards, reactions=post.reactions, version=1,
    )  # fmt: skip


def taxonomy() -> list[Topic]:
    """The topics as the data file has them: measurements do not depend on what an admin changed."""
    entries = tomllib.loads(resources.files("core").joinpath("taxonomy.toml").read_text("utf-8"))["topic"]
    return [
        Topic(
            slug=entry["slug"], position=place, title_ru=entry["title_ru"], title_en=entry["title_en"],
            about=entry["about"], names=tuple(entry["names"]), stems=tuple(entry["stems"]),
        )
        for place, entry in enumerate(entries)
    ]  # fmt: skip


def sample(topics: Sequence[Topic], encode: embed.Encoder) -> evaluate.Labelled:
    """The sample feed, indexed in memory, with its labels."""
    read = posts(folder())
    labels = {}
    by_message = {(post.channel.name, post.message_id): post.id for post in read if post.message_id is not None}
    by_place = {post.position: post.id for post in read if post.message_id is None}
    for line in (folder() / "labels.jsonl").read_text("utf-8").splitlines():
        value = json.loads(line)
        place = value.get("dump")
        post = by_place[place - 1] if place else by_message[value["channel"], value["message_id"]]
        labels[post] = _label(value)
    return evaluate.Labelled(posts=tuple(read), labels=labels, indexed=evaluate.index(read, topics, encode))


def labelled(path: Path, topics: Sequence[Topic], encode: embed.Encoder) -> evaluate.Labelled:
    """A feed with its labels in one file of JSON Lines, as `docs/evaluation.md` describes it.

    Raises:
        UsageError: the file is not such a feed; what it is instead, if it is a file of pairs.
    """
    try:
        return _labelled(path, topics, encode)
    except (ValueError, KeyError, TypeError) as error:
        reason = f"a line has no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{path} is not a labelled feed: {reason}") from None


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers; empty ones are passed over.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8") from None
    yield from ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def objects(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON Lines; empty lines are passed over.

    Raises:
        UsageError: the file cannot be read, or a line is no JSON object.
    """
    found = []
    for number, line in lines(path):
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise UsageError(f"{path}, line {number}, is not a JSON object: the file has to hold one a line")
        found.append(value)
    return found


def _labelled(path: Path, topics: Sequence[Topic], encode: embed.Encoder) -> evaluate.Labelled:
    channels: dict[str, int] = {}
    read: list[StoredPost] = []
    labels: dict[int, evaluate.Label] = {}
    for value in objects(path):
        if is_pair(value):
            raise UsageError(
                f"{path} is a file of pairs, which have neither topics nor times: give a labelled feed here, "
                "or the pairs to `svodka eval stories`"
            )
        number = channels.setdefault(value["channel"], len(channels) + 1)
        read.append(_stored(_post(value, number), len(read) + 1, number, ENDS))
        labels[len(read)] = _label({"half": "fit", **value})
    return evaluate.Labelled(posts=tuple(read), labels=labels, indexed=evaluate.index(read, topics, encode))


def is_pair(value: dict[str, Any]) -> bool:
    """Whether a line is of a file of pairs of texts, not of a feed."""
    return {"a", "b"} <= value.keys()


def _post(value: dict[str, Any], number: int) -> Post:
    hidden = [link for link in value.get("links", []) if link not in value["text"]]
    origin = value.get("forwarded_from")
    return Post(
        channel=Channel(tg_id=1_000_000 + number, name=value["channel"], kind=ChannelKind.PUBLIC),
        message_id=value["message_id"],
        text=value["text"],
        raw=value,
        date=datetime.fromisoformat(value["date"]),
        entities=tuple(Entity(kind=EntityKind.TEXT_LINK, offset=0, length=1, url=link) for link in hidden),
        origin=Origin(name=origin, message_id=value.get("forwarded_id")) if origin else None,
    )


def _label(value: dict[str, Any]) -> evaluate.Label:
    notes = [note.strip() for note in (value.get("note") or "").split(";")]
    return evaluate.Label(
        story=value["story"],
        topics=frozenset(value["topics"]),
        ad=value["ad"],
        half=value["half"],
        apart=frozenset(note.removeprefix("near-miss:") for note in notes if note.startswith("near-miss:")),
    )


def texts_with_topics(path: Path, topics: Sequence[Topic]) -> list[tuple[str, frozenset[str]]]:
    """Texts with their topics from a file of JSON Lines, as `docs/evaluation.md` describes it.

    Raises:
        UsageError: the file is not such a file, or names an unknown topic.
    """
    slugs = {topic.slug for topic in topics}
    found = []
    try:
        for number, value in enumerate(objects(path), start=1):
            if unknown := set(value["topics"]) - slugs:
                raise UsageError(f"{path}, text {number}: no topic is called {', '.join(sorted(unknown))}")
            found.append((str(value["text"]), frozenset(value["topics"])))
    except (KeyError, TypeError) as error:
        reason = f"a line has no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{path} is not a file of texts with topics: {reason}") from None
    return found
