"""What summaries cost by the number of readers: one call per story, shared by all, against one call per reader."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from cli import feed, shell
from cli.eval_summaries import labelled_stories
from core.types import Topic
from summarize import embed, fence, replay, topics, write
from summarize.brief import tokens
from summarize.cards import in_order
from summarize.material import Material, material
from summarize.prompts import load

READERS = (1, 100, 10_000)
#: A reader follows so many topics and is shown so many stories of them at most.
TOPICS, SHOWN = 3, 12
#: Tokens of one story's summary: what the model writes, alike in both ways.
WRITTEN = 200
STORY_TOKENS = 3000
SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """A story as it costs: the tokens of its question and of its posts alone, and the topics that readers find it by."""

    question: int
    posts: int
    topics: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    readers: int
    shared_calls: int
    shared: int
    own_calls: int
    own: int


def readers(*, json: bool) -> None:
    """Count tokens for growing numbers of readers of the sample feed."""
    among = feed.taxonomy()
    system = tokens(write.system_text(load("summary"), among, lang="ru", marker=fence.new_marker()))
    stories = _stories(among, system)
    for row in [_row(stories, system, count) for count in READERS] if json else []:
        shell.print_json(
            {
                "readers": row.readers,
                "shared_calls": row.shared_calls,
                "shared_tokens": row.shared,
                "own_calls": row.own_calls,
                "own_tokens": row.own,
            }
        )
    if not json:
        rows = [_row(stories, system, count) for count in READERS]
        shell.print_table(
            ("readers", "calls, shared", "tokens", "a story", "calls, each its own", "tokens", "a story", "times"),
            [_cells(row, len(stories)) for row in rows],
            words=0,
        )


def _stories(among: Sequence[Topic], system: int) -> list[_Story]:
    labelled = feed.sample(among, embed.local_encoder())
    found = []
    for story in labelled_stories(labelled, feed.folder() / "key_facts.jsonl"):
        told = material(0, in_order(story.posts), story.indexed, replay.copies(story), budget=STORY_TOKENS)
        if told is None:
            continue
        slugs = topics.of_story([post.topics for post in story.indexed.values()], topics.weights())
        found.append(_Story(question=system + _told(told), posts=_told(told), topics=frozenset(slugs)))
    return found


def _told(told: Material) -> int:
    return tokens(write.user_text(told, (), marker=fence.new_marker()))


def _row(stories: Sequence[_Story], system: int, count: int) -> _Row:
    """Readers with topics of their own, by chance but always the same."""
    chance = random.Random(SEED)  # noqa: S311  not for secrets
    slugs = sorted({slug for story in stories for slug in story.topics})
    wanted: set[int] = set()
    own = 0
    for _ in range(count):
        follows = set(chance.sample(slugs, min(TOPICS, len(slugs))))
        shown = [place for place, story in enumerate(stories) if story.topics & follows][:SHOWN]
        wanted.update(shown)
        own += system + sum(stories[place].posts + WRITTEN for place in shown)
    return _Row(
        readers=count,
        shared_calls=len(wanted),
        shared=sum(stories[place].question + WRITTEN for place in wanted),
        own_calls=count,
        own=own,
    )


def _cells(row: _Row, stories: int) -> tuple[str, ...]:
    return (
        f"{row.readers:,}",
        f"{row.shared_calls:,}",
        f"{row.shared:,}",
        f"{row.shared / max(1, row.shared_calls):,.0f}",
        f"{row.own_calls:,}",
        f"{row.own:,}",
        f"{row.own / stories:,.0f}",
        f"{row.own / max(1, row.shared):,.1f}",
    )
