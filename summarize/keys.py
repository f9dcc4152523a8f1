"""What identifies the thing a post talks about: papers, repositories, models, videos, links, the forward's origin.

Pure. A key is a (kind, value) pair; two posts that share a rare one probably speak of the same thing. How rare a key is
in its window is not known here: `commonness` decides it from the rows that hold the key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from core.types import Entity, EntityKind


class KeyKind(StrEnum):
    """Kinds of keys; the first group names a thing, the second a text, the third a word."""

    ARXIV = "arxiv"
    DOI = "doi"
    GITHUB = "github"
    MODEL = "model"
    VIDEO = "video"
    URL = "url"
    MESSAGE = "message"

    TEXT = "text"
    HEAD = "head"
    BAND = "band"

    NAME = "name"


#: Kinds that name one paper, repository, model, video or page.
THINGS = frozenset({KeyKind.ARXIV, KeyKind.DOI, KeyKind.GITHUB, KeyKind.MODEL, KeyKind.VIDEO, KeyKind.URL})

#: A key says nothing about posts further apart than this.
WINDOW = timedelta(days=14)
#: A key in more posts than this within the window joins nothing: it names a field, not an event.
MOST_POSTS = 64
#: A key that its sources repeat more often than this on average is a footer, a rubric or a subject, not an event.
#: Papers and videos stand in no footer, so an author may come back to one more often.
MOST_PER_SOURCE = dict.fromkeys(KeyKind, 2.5) | {
    KeyKind.ARXIV: 4.0,
    KeyKind.DOI: 4.0,
    KeyKind.VIDEO: 4.0,
    KeyKind.NAME: 4.0,
}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Something that several posts may share."""

    kind: KeyKind
    value: str


_ARXIV = re.compile(r"(?<![\w.])(\d{4}\.\d{4,5})(?:v\d+)?(?![\w])")
_ARXIV_TEXT = re.compile(r"arxiv[\s:/.]*(?:abs/|pdf/)?\s*(\d{4}\.\d{4,5})(?:v\d+)?", re.IGNORECASE)
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>«»]+)", re.IGNORECASE)
_URL = re.compile(
    r"(?:https?://|(?<![\w@.])(?:www\.|t\.me/|github\.com/|arxiv\.org/|huggingface\.co/))[^\s<>\"«»]+", re.IGNORECASE
)
_TRAILING = ".,;:!?)]}'\"»”…"
_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|yclid|ysclid|erid|ref|ref_src|source|from|si|feature|ab_channel|igshid)$"
)
_FORGES = {"github.com": KeyKind.GITHUB, "gitlab.com": KeyKind.GITHUB, "codeberg.org": KeyKind.GITHUB}
_FORGE_PAGES = frozenset({"features", "orgs", "sponsors", "topics", "collections", "trending", "marketplace", "about"})
_MODEL_PAGES = frozenset(
    {"blog", "docs", "papers", "learn", "posts", "spaces", "datasets", "collections", "join", "chat"}
)
_YOUTUBE_ID = re.compile(r"^[\w-]{11}$")


def links(text: str, entities: Sequence[Entity]) -> list[str]:
    """Every address in a post, in order, once: those of text links and those written out."""
    found = [entity.url for entity in entities if entity.kind is EntityKind.TEXT_LINK and entity.url]
    found += [match.group().rstrip(_TRAILING) for match in _URL.finditer(text)]
    return list(dict.fromkeys(found))


def keys(text: str, entities: Sequence[Entity]) -> frozenset[Key]:
    """The things that a post names by an address or an identifier."""
    found = {key for link in links(text, entities) if (key := of_link(link)) is not None}
    found |= {Key(KeyKind.ARXIV, match.group(1)) for match in _ARXIV_TEXT.finditer(text)}
    found |= {Key(KeyKind.DOI, match.group(1).rstrip(_TRAILING).lower()) for match in _DOI.finditer(text)}
    return frozenset(_one_name(found))


def _one_name(found: Iterable[Key]) -> set[Key]:
    """A DOI that only wraps an arXiv id is that id."""
    result = set()
    for key in found:
        wrapped = re.match(r"10\.48550/arxiv\.(\d{4}\.\d{4,5})", key.value) if key.kind is KeyKind.DOI else None
        result.add(Key(KeyKind.ARXIV, wrapped.group(1)) if wrapped else key)
    return result


def of_link(link: str) -> Key | None:
    """The key of one address, or None where it names no one thing (a home page, a channel, a broken address)."""
    address = link if "://" in link else f"https://{link}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "." not in host:
        return None
    path = [piece for piece in unquote(parts.path).split("/") if piece]
    return _known_host(host, path, parts.query) if _is_known(host) else _page(host, path, parts.query)


def _is_known(host: str) -> bool:
    return host in _FORGES or host in {
        "arxiv.org", "alphaxiv.org", "huggingface.co", "hf.co", "doi.org", "youtube.com", "youtu.be", "t.me", "telegram.me",
        "ar5iv.org", "export.arxiv.org", "twitter.com", "x.com",
    }  # fmt: skip


def _known_host(host: str, path: list[str], query: str) -> Key | None:  # noqa: PLR0911  one line per site
    match host:
        case "arxiv.org" | "alphaxiv.org" | "ar5iv.org" | "export.arxiv.org":
            found = _ARXIV.search(" ".join(path).removesuffix(".pdf"))
            return Key(KeyKind.ARXIV, found.group(1)) if found else None
        case "huggingface.co" | "hf.co":
            return _hugging_face(path)
        case "doi.org":
            return Key(KeyKind.DOI, "/".join(path).lower()) if len(path) > 1 else None
        case "youtube.com" | "youtu.be":
            return _video(path, query)
        case "t.me" | "telegram.me":
            return _message(path)
        case "twitter.com" | "x.com":
            return Key(KeyKind.URL, f"x.com/status/{path[2]}") if len(path) > 2 and path[1] == "status" else None
        case _:
            repository = [piece.removesuffix(".git").lower() for piece in path[:2]]
            known = len(repository) == 2 and repository[0] not in _FORGE_PAGES
            return Key(_FORGES[host], "/".join(repository)) if known else None


def _hugging_face(path: list[str]) -> Key | None:
    if len(path) > 1 and path[0] == "papers":
        found = _ARXIV.search(path[1])
        return Key(KeyKind.ARXIV, found.group(1)) if found else None
    if len(path) > 2 and path[0] in {"spaces", "datasets"}:
        return Key(KeyKind.MODEL, "/".join(path[:3]).lower())
    if len(path) > 1 and path[0] not in _MODEL_PAGES:
        return Key(KeyKind.MODEL, "/".join(path[:2]).lower())
    return Key(KeyKind.URL, "huggingface.co/" + "/".join(path).lower()) if len(path) > 1 else None


def _video(path: list[str], query: str) -> Key | None:
    value = dict(parse_qsl(query)).get("v")
    if value is None and path:
        value = path[1] if path[0] in {"shorts", "live", "embed"} and len(path) > 1 else path[-1]
    return Key(KeyKind.VIDEO, value) if value and _YOUTUBE_ID.match(value) else None


def _message(path: list[str]) -> Key | None:
    """A link to one message of Telegram; a link to a channel, a bot or an invitation names no thing."""
    if path and path[0] == "s":
        path = path[1:]
    if len(path) >= 3 and path[0] == "c" and path[1].isdigit() and path[-1].isdigit():
        return message_key(int(path[1]), int(path[-1]))
    if len(path) >= 2 and path[-1].isdigit():
        return Key(KeyKind.MESSAGE, f"@{path[0].lower()}/{int(path[-1])}")
    return None


def _page(host: str, path: list[str], query: str) -> Key | None:
    wanted = sorted((name, value) for name, value in parse_qsl(query) if not _TRACKING.match(name.lower()))
    if not path and not wanted:
        return None
    page = "/".join([host, *path]).lower()
    return Key(KeyKind.URL, page + ("?" + urlencode(wanted).lower() if wanted else ""))


def message_key(channel: int, message: int) -> Key:
    """The key of one message, shared by the post itself, its forwards and links to it by number."""
    return Key(KeyKind.MESSAGE, f"{channel}/{message}")


@dataclass(frozen=True, slots=True)
class Holder:
    """A post that holds a key: whose it is, and when."""

    post_id: int
    source: str
    time: datetime


def commonness(kind: KeyKind, holders: Sequence[Holder]) -> dict[int, bool]:
    """For each post that holds one key: is the key too common around it to mean anything?

    A hot story puts a link into many channels once or twice; a footer puts it into one channel all the time. So a key is
    common where it stands in more than MOST_POSTS posts, or more than MOST_PER_SOURCE times per source, within WINDOW of
    the post. A function of the set of holders alone.
    """
    ordered = sorted(holders, key=lambda holder: (holder.time, holder.post_id))
    sources: Counter[str] = Counter()
    result, low, high = {}, 0, 0
    for holder in ordered:
        while high < len(ordered) and ordered[high].time <= holder.time + WINDOW:
            sources[ordered[high].source] += 1
            high += 1
        while ordered[low].time < holder.time - WINDOW:
            sources[ordered[low].source] -= 1
            low += 1
        posts = high - low
        distinct = sum(1 for count in sources.values() if count)
        result[holder.post_id] = posts > MOST_POSTS or posts > MOST_PER_SOURCE[kind] * distinct
    return result
