"""`svodka eval search`: labelled questions against an archive of the sample feed among other posts, list by list."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Annotated, Any, Final

import numpy as np
import typer

from cli import bench_runs, feed, importing, indexing, progress, shell
from core.db.engine import Database
from core.errors import UsageError
from core.settings import Settings
from core.store import posts as post_store
from core.store import search as store
from core.store import stories as story_store
from core.store import yardstick
from core.types import StoredPost
from summarize.search import measures, question, rerank
from summarize.search.measures import Lot
from summarize.search.rerank import FEATURES
from summarize.search.retrieve import Search

#: What is measured, from the barest.
LISTS: Final = ("full text", "vectors", "fused", "re-ranked")
#: Of the ranking's weights: the penalty, and to how many digits they are kept.
PENALTY, DIGITS = 0.001, 3


def search(
    file: Annotated[Path, typer.Argument(help="labelled questions, one JSON object a line (docs/evaluation.md)")],
    *,
    among: Annotated[
        list[Path],
        typer.Option("--among", help="posts to mix the sample feed with: a file or a folder (repeat for more)"),
    ] = [],  # noqa: B006  typer copies it
    fit: Annotated[
        Path | None, typer.Option(help="fit the ranking on these questions, and write its weights here")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="JSON Lines")] = False,
) -> None:
    """Measure how well posts are found: nDCG@10, recall@20 and reciprocal rank, by kind of question.

    The archive is made anew in a temporary folder, on a server of its own.
    """
    shell.settings()
    asked = _questions(file)
    found, slugs = shell.run(_search(asked, among))
    if fit is not None:
        fit.write_text(json.dumps(_fitted(asked, found, slugs), indent=1) + "\n", "utf-8")
    _report(asked, found, slugs, json_=json_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question as it is labelled: `stories` by slug, 2 for one that answers, 1 for one that only has to do with it."""

    text: str
    kind: str
    asked: datetime
    stories: Mapping[Hashable, int]


async def _search(asked: Sequence[Labelled], among: Sequence[Path]) -> tuple[list[Found], dict[int, str]]:
    async with bench_runs.workbench() as (settings, database, _folder):
        slugs = await _archive(settings, database, among)
        return [await _found(Search(database=database), database, settings, one) for one in asked], slugs


def _report(asked: Sequence[Labelled], found: Sequence[Found], slugs: Mapping[int, str], *, json_: bool) -> None:
    for name in LISTS:
        rows = defaultdict(list)
        for one, lists in zip(asked, found, strict=True):
            if one.stories:
                ranking = _by_story(lists.posts[name], slugs)
                row = [
                    measure(ranking, one.stories)
                    for measure in (measures.ndcg, measures.recall, measures.reciprocal_rank)
                ]
                for kind in (one.kind, "all"):
                    rows[kind].append(row)
        for kind, values in sorted(rows.items(), key=lambda item: item[0] == "all"):
            _print(name, kind, len(values), [mean(column) for column in zip(*values, strict=True)], json_=json_)


def _print(name: str, kind: str, count: int, figures: Sequence[float], *, json_: bool) -> None:
    ndcg, recall, rank = (round(figure, 3) for figure in figures)
    if json_:
        shell.print_json(
            {"list": name, "kind": kind, "questions": count, "ndcg@10": ndcg, "recall@20": recall, "mrr": rank}
        )
    else:
        print(f"{name:<10} {kind:<12} {count:>4}  nDCG@10 {ndcg:.3f}  recall@20 {recall:.3f}  MRR {rank:.3f}")


# --- what is asked, of what ------------------------------------------------------------------------------------------


def _questions(file: Path) -> list[Labelled]:
    try:
        return [
            Labelled(
                text=str(value.get("whole") or value["text"]),
                kind=str(value.get("kind", "question")),
                asked=datetime.fromisoformat(value["asked"]),
                stories={str(slug): int(grade) for slug, grade in value["stories"].items()},
            )
            for value in feed.objects(file)
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"a line has no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{file} is not a file of labelled questions: {reason}") from None


async def _archive(settings: Settings, database: Database, among: Sequence[Path]) -> dict[int, str]:
    """The archive: the sample feed and what it is mixed with, indexed; labels of posts, by id."""
    with progress.bars() as bars:
        for path in (feed.folder(), *among):
            await importing.import_path(
                database, path, names={}, bars=bars, now=feed.ENDS, report_to=lambda _report: None
            )
        await indexing.work(settings, database, bars, clock=lambda: feed.ENDS)
    async with database.begin() as session:
        await yardstick.analyze(session)
        ids = list(await story_store.partition(session))
        kept = await post_store.by_ids(session, ids)
    return _slugs(kept)


def _slugs(kept: Sequence[StoredPost]) -> dict[int, str]:
    by_message: dict[tuple[str, int | None], str] = {}
    by_place: dict[int, str] = {}
    for value in feed.objects(feed.folder() / "labels.jsonl"):
        if value.get("dump"):
            by_place[value["dump"] - 1] = value["story"]
        else:
            by_message[value["channel"], value["message_id"]] = value["story"]
    found = {}
    for post in kept:
        if post.channel.tg_id is None and post.channel.name == "forwards" and post.position is not None:
            slug = by_place.get(post.position)
        else:
            slug = by_message.get((post.channel.name, post.message_id))
        if slug is not None:
            found[post.id] = slug
    return found


# --- how it is found -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The posts that each list has, best first; those of the whole search with their features, before sentences and after."""

    posts: Mapping[str, Sequence[int]]
    first: Sequence[tuple[int, Mapping[str, float]]]
    then: Sequence[tuple[int, Mapping[str, float]]]


async def _found(search: Search, database: Database, settings: Settings, one: Labelled) -> Found:
    read = question.read(one.text, asked=one.asked, tz=settings.tz)
    parts = await search.parts(read, asked=one.asked)
    async with database.begin() as session:
        bare = await store.bare_words(session, read.text)
        near = [] if parts.wanted.vector is None else await store.bare_vectors(session, parts.wanted)
    fused = [post.post_id for post in parts.found]
    return Found(
        posts={
            "full text": bare,
            "vectors": near,
            "fused": fused,
            "re-ranked": [candidate.post.post_id for candidate in parts.ranked],
        },
        first=[(post.post_id, rerank.features(read, post, asked=one.asked)) for post in parts.found],
        then=[(candidate.post.post_id, candidate.features) for candidate in parts.ranked],
    )


def _by_story(posts: Sequence[int], slugs: Mapping[int, str]) -> list[Hashable]:
    """The stories of a list of posts, each once: by its label, or, of a post without one, as a story of its own."""
    return list(dict.fromkeys(slugs.get(post, f"post {post}") for post in posts))


def _fitted(asked: Sequence[Labelled], found: Sequence[Found], slugs: Mapping[int, str]) -> dict[str, Any]:
    return {
        name: dict(
            zip(
                FEATURES,
                [round(float(weight), DIGITS) for weight in _line(asked, [getattr(one, name) for one in found], slugs)],
                strict=True,
            )
        )
        for name in ("first", "then")
    }


def _line(
    asked: Sequence[Labelled], rows: Sequence[Sequence[tuple[int, Mapping[str, float]]]], slugs: Mapping[int, str]
) -> np.ndarray[Any, Any]:
    lots = [
        Lot(
            rows=np.array([[values[name] for name in FEATURES] for _, values in found]),
            grades=np.array([float(one.stories.get(slugs.get(post, ""), 0)) for post, _ in found]),
        )
        for one, found in zip(asked, rows, strict=True)
        if one.stories and found
    ]
    return measures.fit_ranking(lots, penalty=PENALTY)
