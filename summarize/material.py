"""What a model is told of a story: its independent posts, cut to a budget, fenced as data; and what it is cached by.

Pure.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.types import Indexed, StoredPost
from summarize import text as texts
from summarize.brief import Told, brief, tokens
from summarize.claims.checks import Evidence
from summarize.fence import Fenced, fenced
from summarize.orders import hostile
from summarize.orders.suspicion import NONE, Suspects

#: A story of more posts is told by so many, the first and the last of its sources among them.
MOST_POSTS = 24
#: So much of what a post says to machines is shown to one, marked as such.
MOST_ORDERS = 300
NOTE = "\n[perhaps addressed to machines, no news: {}]"
#: And all such notes of a story take at most this part of its tokens.
NOTES_SHARE = 4

Span = tuple[int, int]
_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\n))*")
#: No claim is drawn from code: it tells a reader nothing, and a ready answer hides well in it.
_ROT13 = re.compile(r"\brot-?13\b", re.IGNORECASE)
_BLOB = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A post as a model is told it: `number` from 1; `text` is what may be believed, `quotable` what titles and quotations
    are made of, `shown` what is told of it.

    `source` is who wrote it, one for all posts of a channel.
    """

    number: int
    post_id: int
    source: str
    channel: str
    date: datetime | None
    lang: str
    text: str
    quotable: str
    shown: str

    @property
    def evidence(self) -> Evidence:
        return Evidence(text=self.text, lang=self.lang, date=self.date, channel=self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A story for a model, its sources in reading order; `told` are all its own posts, as `own_texts` gives them.

    `orders` is what its posts say to machines, or may say to them, also those that say nothing else. `covers_until` is the
    time of the newest of all its posts.
    """

    story_id: int
    sources: tuple[Source, ...]
    told: Mapping[int, str]
    orders: tuple[str, ...]
    covers_until: datetime

    def fenced(self, *, marker: str) -> str:
        """The posts between their fences."""
        posts = [
            Fenced(number=source.number, channel=source.channel, date=source.date, text=source.shown)
            for source in self.sources
        ]
        return fenced(posts, marker=marker)


def material(
    story_id: int,
    posts: Sequence[StoredPost],
    indexed: Mapping[int, Indexed],
    copy_of: Mapping[int, int],
    *,
    budget: int,
    suspects: Suspects = NONE,
) -> Material | None:
    """What to tell of a story's posts (in reading order), at most `budget` tokens of them; None if they say nothing.

    A copy adds nothing, so it is not told and does not change the key.
    """
    chosen = own = own_posts(posts, indexed, copy_of)
    read = {post.id: _read(post, indexed[post.id], suspects) for post in chosen}
    chosen = [post for post in chosen if read[post.id].text]
    if not chosen:
        return None
    notes = _notes({post.id: read[post.id].orders for post in chosen}, budget=budget // NOTES_SHARE)
    spare = budget - sum(map(tokens, notes.values()))
    shown = brief(
        [Told(key=post.id, text=read[post.id].text, lang=indexed[post.id].lang) for post in chosen], budget=spare
    )
    chosen = [post for post in chosen if shown.get(post.id)]
    return Material(
        story_id=story_id,
        sources=tuple(
            Source(
                number=number,
                post_id=post.id,
                source=indexed[post.id].source,
                channel=(post.origin and (post.origin.name or post.origin.author)) or post.channel.name,
                date=post.date,
                lang=indexed[post.id].lang,
                text=read[post.id].text,
                quotable=read[post.id].quotable,
                shown=shown[post.id] + notes[post.id],
            )
            for number, post in enumerate(chosen, start=1)
        ),
        told=own_texts(own, indexed),
        orders=tuple(read[post.id].orders for post in own if read[post.id].orders),
        covers_until=max(post.time for post in posts),
    )


def own_posts(
    posts: Sequence[StoredPost], indexed: Mapping[int, Indexed], copy_of: Mapping[int, int]
) -> list[StoredPost]:
    """Those posts of a story that say something of their own, at most MOST_POSTS of them."""
    own = [
        post for post in posts if post.id in indexed and post.id not in copy_of and indexed[post.id].clean_text.strip()
    ]
    return _spread(own)


def own_texts(posts: Sequence[StoredPost], indexed: Mapping[int, Indexed]) -> dict[int, str]:
    """What names the text of each post, and which of its edits that is."""
    return {post.id: told(text_hash(indexed[post.id].clean_text, post.date), post.version) for post in posts}


def key(texts_: Mapping[int, str], *, lang: str, prompt: str, model: str) -> bytes:
    """What a summary is cached by: the same texts, asked for in the same way, need no other call."""
    parts = [lang, prompt, model, *sorted(said.split(":")[0] for said in texts_.values())]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).digest()


def text_hash(clean_text: str, date: datetime | None) -> str:
    """Names a cleaned text and its day, since "tomorrow" is another one every day: 16 hexadecimal digits."""
    day = date.astimezone(UTC).date().isoformat() if date else ""
    return hashlib.blake2b(f"{day}\n{clean_text}".encode("utf-8", "replace"), digest_size=8).hexdigest()


def told(text_hash: str, version: int) -> str:
    """What is kept of a post that was told: what it said, and at which of its edits."""
    return f"{text_hash}:{version}"


def _notes(orders: Mapping[int, str], *, budget: int) -> dict[int, str]:
    """What posts say to machines as it is shown to one, all of it together within `budget` tokens."""
    noted = [post for post, said in orders.items() if said]
    notes = dict.fromkeys(orders, "")
    for post in noted:
        room = min(MOST_ORDERS, budget // len(noted) * 2 - len(NOTE))
        if room > 0:
            notes[post] = NOTE.format(orders[post][:room])
    return notes


def _spread(posts: Sequence[StoredPost]) -> list[StoredPost]:
    """At most MOST_POSTS: the first half and the newest of a long story."""
    if len(posts) <= MOST_POSTS:
        return list(posts)
    half = MOST_POSTS // 2
    return [*posts[:half], *posts[-half:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A post's text as far as it may be believed, and quoted, and what else it says."""

    text: str
    quotable: str
    orders: str


def _read(post: StoredPost, indexed: Indexed, suspects: Suspects) -> _Read:
    """Cleaning has taken out what rules know to be orders; what is only suspected, what stands beside it, and code, is
    taken out here.
    """
    plain = texts.normalise(post.text)
    ordered = hostile.orders(plain)
    clean = indexed.clean_text
    suspect = suspects.orders.get(post.id, ())
    taken = sorted({*suspect, *_beside(plain, ordered, clean), *_beside(clean, suspect, clean)})
    said = [plain[start:stop] for start, stop in ordered] + [clean[start:stop] for start, stop in taken]
    said += [decoded for part in said for decoded in hidden_in(part)]
    return _Read(
        text=_CODE.sub("\n", _without(clean, taken)).strip(),
        quotable=_CODE.sub("\n", _without(clean, sorted({*taken, *suspects.doubtful.get(post.id, ())}))).strip(),
        orders=" … ".join(" ".join(part.split()) for part in said),
    )


def hidden_in(order: str) -> list[str]:
    """What an order may have in disguise: rot13 of its words, base64 of its blobs."""
    found = [codecs.encode(order, "rot13")] if _ROT13.search(order) else []
    for blob in _BLOB.findall(order):
        try:
            found.append(base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode("utf-8"))
        except ValueError:
            continue
    return found


def _without(text: str, spans: Sequence[Span]) -> str:
    kept, last = [], 0
    for start, stop in spans:
        kept.append(text[last:start])
        last = max(last, stop)
    return "".join([*kept, text[last:]])


def _beside(text: str, orders: Sequence[Span], clean: str) -> list[Span]:
    """Spans of the cleaned text that stand in one paragraph of `text` with orders: of the first one, which has the news,
    if they are at least half of it; of a later one always, since an order shares its paragraph with what it wants said.
    """
    found: list[Span] = []
    for place, paragraph in enumerate(_PARAGRAPH.finditer(text)):
        inside = texts.sentences(paragraph.group())
        own = [
            sentence
            for sentence in inside
            if not any(
                start < paragraph.start() + sentence.end and paragraph.start() + sentence.start < stop
                for start, stop in orders
            )
        ]
        if len(own) < len(inside) and (place > 0 or len(own) * 2 <= len(inside)):
            starts = ((clean.find(sentence.text), len(sentence.text)) for sentence in own)
            found += [(start, start + length) for start, length in starts if start >= 0]
    return found
