"""From a stored post to what the index keeps of it: cleaned text, keys, ad verdict, features, topics, vectors.

Pure but for the embedding model, which is a function given as an argument. Runs in worker processes.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from core.types import Indexed, StoredPost, Topic
from summarize import ads, embed, keys, labels, topics
from summarize import text as texts
from summarize.features import Features, features
from summarize.keys import Key, KeyKind
from summarize.orders import hostile

#: Grows whenever the same post would be indexed otherwise, so that archives are brought up to date.
RULES = 2
#: A line that stands in this many posts of one source is its boilerplate.
BOILERPLATE_POSTS = 4
#: MinHash: rows per band and bands, so that texts sharing 70 % of their shingles share a band with probability 0.9.
BAND_ROWS, BANDS = 4, 8
#: How many words a text that was cut further down still begins with.
HEAD_WORDS = 14
#: A name nominates posts for each other when it is at least this rare in general.
NAME_IDF = 0.55
MOST_NAMES = 16
#: A text shorter than this says too little to be recognised when it returns.
LEAST_TEXT_WORDS = 7

_NAME = re.compile(r"\W+")
_COEFFICIENTS = np.random.default_rng(20_26).integers(1, 2**31 - 1, size=(2, BANDS * BAND_ROWS), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A post before its vectors are known: everything that needs no model."""

    post: StoredPost
    clean: str
    lang: str
    ad: ads.AdVerdict
    keys: frozenset[Key]
    features: Features
    passages: tuple[embed.Passage, ...]


@cache
def made_by() -> str:
    """Names the rules, the weights and the model by which posts are indexed now."""
    digest = hashlib.blake2b(digest_size=6)
    for name in ("frequencies.json", "matcher.json", "topics.json"):
        digest.update(resources.files("summarize").joinpath("data", name).read_bytes())
    return f"rules {RULES}, weights {digest.hexdigest()}, {embed.LOCAL_MODEL}"


def source_of(post: StoredPost) -> str:
    """Who wrote the text, by name: a forward, a dump and an export of one channel then count as one source."""
    name = (post.origin.name or post.origin.author) if post.origin else None
    return _bare(name or post.channel.name) or f"#{post.channel_id}"


def holder_of(post: StoredPost) -> str:
    """Who posted it here: the channel, or, in a dump, which has none, the origin."""
    return str(post.channel_id) if post.channel.tg_id is not None else source_of(post)


def _bare(name: str) -> str:
    return _NAME.sub(" ", texts.normalise(name)).strip().casefold()


def line_hashes(post: StoredPost) -> frozenset[int]:
    """64-bit hashes of the post's lines, as boilerplate is learned from them."""
    return frozenset(line_hash(line) for line in texts.lines_of(texts.normalise(post.text)))


def counts_lines(post: StoredPost) -> bool:
    """Whether a post's lines count when boilerplate is learned: those of a forward do not, since it repeats a post.

    Else four forwards of one announcement would make every line of it boilerplate. In a dump every post is a forward.
    """
    return post.origin is None or post.channel.tg_id is None


def line_hash(line: str) -> int:
    """A signed 64-bit hash of one normalised line."""
    return int.from_bytes(hashlib.blake2b(line.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def read(post: StoredPost, *, boilerplate: frozenset[int]) -> Prepared:
    """Clean a post and find what is in it; `boilerplate` holds the hashes of its source's learned lines.

    What it says to machines is none of it: no story, topic or summary is made of that.
    """
    learned = frozenset(line for line in texts.lines_of(texts.normalise(post.text)) if line_hash(line) in boilerplate)
    clean = texts.clean(hostile.blanked(post.text), post.entities, boilerplate=learned)
    lang = texts.language(clean)
    links = keys.links(post.text, post.entities)
    return Prepared(
        post=post,
        clean=clean,
        lang=lang,
        ad=ads.verdict(post.text, links),
        keys=keys.keys(post.text, post.entities),
        features=features(clean, lang),
        passages=tuple(embed.passages(clean)),
    )


def batch(work: Sequence[tuple[StoredPost, frozenset[int]]], among: tuple[Topic, ...]) -> list[Indexed]:
    """Read and finish posts, each with the learned lines of its source: what a worker process does, with the local model."""
    prepared = [read(post, boilerplate=boilerplate) for post, boilerplate in work]
    encode = embed.local_encoder()
    vectors = embed.by_hash([passage for item in prepared for passage in item.passages], encode)
    profiles = labels.profiles(among)
    return [finish(item, vectors, profiles) for item in prepared]


def leave_with_parent() -> None:
    """Set up a worker process: Ctrl-C is its parent's business, and it does not outlive a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def finish(prepared: Prepared, vectors: Mapping[bytes, embed.Vectors], among: Sequence[topics.Profile]) -> Indexed:
    """Put a post and the vectors of its passages (by hash) together, with its topics."""
    post, found = prepared.post, prepared.features
    rows = embed.rows([passage.hash for passage in prepared.passages], vectors)
    things = {key for key in prepared.keys if key.kind is not KeyKind.MESSAGE}
    held = things | _text_keys(prepared) | {Key(KeyKind.NAME, name) for name in telling_names(found)}
    return Indexed(
        post_id=post.id,
        version=post.version,
        channel_id=post.channel_id,
        sequence=post.message_id or post.position or 0,
        time=post.time,
        dated=post.date is not None,
        source=source_of(post),
        holder=holder_of(post),
        lang=prepared.lang,
        clean_text=prepared.clean,
        ad=prepared.ad.kind,
        ad_reasons=prepared.ad.reasons,
        text_hash=text_hash(prepared),
        keys=tuple(sorted(f"{key.kind}:{key.value}" for key in held)),
        self_keys=tuple(sorted(key.value for key in self_keys(post))),
        refers=tuple(sorted(key.value for key in _refers(prepared))),
        features=found.to_json(),
        topics={} if prepared.ad.kind == "ad" else topics.scores(prepared.clean, rows, among, topics.weights()),
        made_by=made_by(),
        passages=tuple((passage.start, passage.stop, passage.hash) for passage in prepared.passages),
        vectors=rows,
    )


def self_keys(post: StoredPost) -> set[Key]:
    """The messages that a post is: its own, by number and by name, and the one it forwards."""
    found = set()
    if post.message_id is not None and post.channel.tg_id is not None:
        found.add(keys.message_key(post.channel.tg_id, post.message_id))
        if post.channel.username:
            found.add(Key(KeyKind.MESSAGE, f"@{post.channel.username.lower()}/{post.message_id}"))
    origin = post.origin
    if origin and origin.channel_id is not None and origin.message_id is not None:
        found.add(keys.message_key(origin.channel_id, origin.message_id))
    return found


def _refers(prepared: Prepared) -> set[Key]:
    found = {key for key in prepared.keys if key.kind is KeyKind.MESSAGE}
    post = prepared.post
    if post.reply_to is not None and post.channel.tg_id is not None:
        found.add(keys.message_key(post.channel.tg_id, post.reply_to))
    return found


def text_hash(prepared: Prepared) -> bytes | None:
    """Hash of the words of a cleaned text, or None where there are too few to recognise it by."""
    words = _bare(prepared.clean)
    if prepared.features.words < LEAST_TEXT_WORDS:
        return None
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=16).digest()


def _text_keys(prepared: Prepared) -> set[Key]:
    whole = text_hash(prepared)
    if whole is None:
        return set()
    words = _bare(prepared.clean).split()
    head = hashlib.blake2b(" ".join(words[:HEAD_WORDS]).encode("utf-8", "replace"), digest_size=8).hexdigest()
    found = {Key(KeyKind.TEXT, whole.hex()), Key(KeyKind.HEAD, head)}
    return found | {Key(KeyKind.BAND, band) for band in bands(prepared.features.shingles)}


def bands(shingles: frozenset[int]) -> list[str]:
    """MinHash bands of a set of shingles (Broder 1997; Leskovec et al., Mining of Massive Datasets, 3.4)."""
    if len(shingles) < 5:
        return []
    values = np.fromiter(sorted(shingles), dtype=np.int64)
    scale, shift = _COEFFICIENTS
    signature = (
        ((values[:, None] * scale[None, :] + shift[None, :]) % (2**31 - 1)).min(axis=0).reshape(BANDS, BAND_ROWS)
    )
    return [f"{place}:{row.astype('<i8').tobytes().hex()}" for place, row in enumerate(signature)]


def telling_names(found: Features) -> list[str]:
    """The rarest names of a post, by which others about the same thing are looked for."""
    rare = [(value, name) for name, value in found.names.items() if value >= NAME_IDF and len(name) > 2]
    best = sorted(rare, key=lambda item: (item[1] not in found.lead_names, -item[0], item[1]))
    return [name for _, name in best[:MOST_NAMES]]
