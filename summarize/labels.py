"""Topics of posts by a taxonomy, and what a taxonomy is called in `indexed_posts.labelled_by`.

Pure but for the embedding model. Runs in worker processes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.types import Topic
from summarize import embed, topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """A post that is to be labelled; `vectors` are the bundled model's, as `core.types.Indexed` has them, None where there are
    none yet: they are made.
    """

    clean_text: str
    ad: str
    vectors: embed.Vectors | None


def name_of(among: Sequence[Topic]) -> str:
    """Names what posts are labelled by: another name means that the same post may get other topics. Titles do not count, but
    where a topic has no examples.
    """
    content = [
        (topic.slug, topic.about.strip() or topic.title_en, sorted(topic.names), sorted(topic.stems))
        for topic in sorted(among, key=lambda topic: topic.slug)
    ]
    written = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return f"topics {hashlib.blake2b(written, digest_size=8).hexdigest()}"


@lru_cache(maxsize=4)
def profiles(among: tuple[Topic, ...]) -> list[topics.Profile]:
    """Topics ready to be compared, by the bundled model; once per process and taxonomy."""
    return topics.profiles(among, embed.local_encoder())


def label(posts: Sequence[Labelling], among: tuple[Topic, ...]) -> list[dict[str, float]]:
    """The topics of each post as the index gives them; advertisements have none."""
    # Without topics there is nothing to compare with, and nothing is embedded for it.
    compared = profiles(among) if among else []
    told = [post for post in posts if post.ad != "ad" and among]
    cut = {id(post): embed.passages(post.clean_text) for post in told if post.vectors is None}
    made = embed.by_hash((passage for passages in cut.values() for passage in passages), embed.local_encoder())
    found: list[dict[str, float]] = []
    for post in posts:
        if post.ad == "ad":
            found.append({})
            continue
        vectors = post.vectors
        if vectors is None:
            vectors = embed.rows([passage.hash for passage in cut.get(id(post), [])], made)
        found.append(topics.scores(post.clean_text, vectors, compared, topics.weights()))
    return found
