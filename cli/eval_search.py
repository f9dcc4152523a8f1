"""`svodka eval search`: labelled questions against an archive of the sample feed among other posts: what is found, list by list,
what is refused, and what is quoted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

from cli import bench_runs, eval_search_fit, feed, importing, indexing, progress, shell
from cli.searched import Labelled, Searched
from core.db.engine import Database
from core.errors import UsageError
from core.settings import Settings
from core.store import posts as post_store
from core.store import search_baselines, yardstick
from core.store import stories as story_store
from core.types import StoredPost
from summarize import embed
from summarize.search import answerable, measures, question, quote, refusals, rerank
from summarize.search.retrieve import Search

#: What is measured, from the barest.
LISTS: Final = ("full text", "vectors", "fused", "re-ranked")
#: Shares of answered questions that may be refused wrongly, at which the right refusals are told.
WRONG: Final = (0.02, 0.05, 0.1, 0.2)

Row = dict[str, Any]
Array = NDArray[np.float64]


def search(
    files: Annotated[
        list[Path],
        typer.Argument(help="labelled questions, one JSON object a line (docs/evaluation.md)", metavar="FILE..."),
    ],
    *,
    among: Annotated[
        list[Path],
        typer.Option("--among", help="posts to mix the sample feed with: a file or a folder (repeat for more)"),
    ] = [],  # noqa: B006  typer copies it
    fit: Annotated[
        Path | None,
        typer.Option(help="fit ranking, quoting and refusing on these questions, and write the weights here"),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="JSON Lines")] = False,
) -> None:
    """Measure how well posts are found, what cannot be answered is refused, and answers are quoted, by kind of question.

    The archive is made anew in a temporary folder, on a server of its own.
    """
    shell.settings()
    asked = [one for file in files for one in _questions(file)]
    found = shell.run(_search(asked, among))
    rows = [*_of_lists(found), *_of_quotes(found), *_of_refusals(found)]
    if fit is not None:
        weights, scores = eval_search_fit.fitted(found)
        fit.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")
        rows += _curve("cross-validated", scores, found)
    for row in rows:
        shell.print_json(row) if json_ else print(_line(row))


def _line(row: Row) -> str:
    """A row as people read it: its names, then its figures."""
    told = [f"{name} {value:.3f}" if isinstance(value, float) else f"{value!s:<12}" for name, value in row.items()]
    return "  ".join(told)


# --- what is asked, of what ------------------------------------------------------------------------------------------


def _questions(file: Path) -> list[Labelled]:
    try:
        return [
            Labelled(
                text=str(value.get("whole") or value["text"]),
                kind=str(value.get("kind", "question")),
                asked=datetime.fromisoformat(value["asked"]),
                stories={str(slug): int(grade) for slug, grade in value["stories"].items()},
                facts=tuple(str(fact) for fact in value.get("facts", ())),
            )
            for value in feed.objects(file)
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"a line has no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{file} is not a file of labelled questions: {reason}") from None


async def _search(asked: Sequence[Labelled], among: Sequence[Path]) -> list[Searched]:
    async with bench_runs.workbench() as (settings, database, _folder):
        slugs = await _archive(settings, database, among)
        return [await _found(database, settings, one, slugs) for one in asked]


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


async def _found(database: Database, settings: Settings, one: Labelled, slugs: dict[int, str]) -> Searched:
    read = question.read(one.text, asked=one.asked, tz=settings.tz)
    parts = await Search(database=database).parts(read, asked=one.asked)
    async with database.begin() as session:
        bare = await search_baselines.bare_words(session, read.text)
        near = [] if parts.wanted.vector is None else await search_baselines.bare_vectors(session, parts.wanted)
    return Searched(
        label=one,
        question=read,
        lists={
            "full text": bare,
            "vectors": near,
            "fused": [post.post_id for post in parts.found],
            "re-ranked": [candidate.post.post_id for candidate in parts.ranked],
        },
        first=[(post.post_id, rerank.features(read, post, asked=one.asked)) for post in parts.found],
        ranked=parts.ranked,
        sentences=parts.sentences,
        slugs=slugs,
    )


# --- how well --------------------------------------------------------------------------------------------------------


def _of_lists(found: Sequence[Searched]) -> list[Row]:
    """Of each list, how well it ranks stories."""
    rows: list[Row] = []
    for name in LISTS:
        measured = [
            (one.label.kind, [measure(one.by_story(one.lists[name]), one.label.stories) for measure in _MEASURES])
            for one in found
            if one.label.stories
        ]
        for kind, values in _by_kind(measured):
            ndcg, recall, rank = (round(mean(column), 3) for column in zip(*values, strict=True))
            rows.append(
                {
                    "list": name,
                    "kind": kind,
                    "questions": len(values),
                    "ndcg@10": ndcg,
                    "recall@20": recall,
                    "mrr": rank,
                }
            )
    return rows


_MEASURES: tuple[Callable[..., float], ...] = (measures.ndcg, measures.recall, measures.reciprocal_rank)


def _by_kind(measured: Sequence[tuple[str, list[float]]]) -> list[tuple[str, list[list[float]]]]:
    """What was measured of each kind of question, and of all together, last."""
    kinds: defaultdict[str, list[list[float]]] = defaultdict(list)
    for kind, values in measured:
        kinds[kind].append(values)
    return [*sorted(kinds.items()), *([("all", [values for _, values in measured])] if measured else [])]


def _of_quotes(found: Sequence[Searched]) -> list[Row]:
    """Of questions that are answered: whether a quoted sentence has a fact, whether the first has, and how many are of the
    answer.
    """
    measured = [(one.label.kind, _quoted(one)) for one in found if one.label.stories]
    names = ("fact", "first", "supported", "sentences")
    return [
        {"quotes": kind, "questions": len(values)}
        | {name: round(mean(column), 3) for name, column in zip(names, zip(*values, strict=True), strict=True)}
        for kind, values in _by_kind(measured)
    ]


def _quoted(one: Searched) -> list[float]:
    said = quote.choose(one.question, one.stories, embed.local_encoder())
    facts = [one.label.says_fact(f"{part.before} {part.text}") for part in said]
    supported = sum(one.answers(part.post_id) for part in said)
    return [float(any(facts)), float(facts[:1] == [True]), supported / max(1, len(said)), float(len(said))]


def _of_refusals(found: Sequence[Searched]) -> list[Row]:
    """Of each kind of question, the share that is refused; and the right refusals at some shares of wrong ones."""
    encode = embed.local_encoder()
    said = [answerable.verdict(one.question, one.stories, encode, asked=one.label.asked) for one in found]
    refused = [(one.label, float(not verdict.answers)) for one, verdict in zip(found, said, strict=True)]
    groups = [
        (kind, values) for kind, values in _by_kind([(label.kind, [no]) for label, no in refused]) if kind != "all"
    ]
    answered = [[no] for label, no in refused if label.stories]
    rows: list[Row] = [
        {"refused": kind, "questions": len(values), "share": round(mean(value for (value,) in values), 3)}
        for kind, values in [*groups, ("answered", answered)]
        if values
    ]
    return [*rows, *_curve("as shipped", np.array([verdict.score for verdict in said]), found)]


def _curve(name: str, scores: Array, found: Sequence[Searched]) -> list[Row]:
    """How well scores tell the questions that are answered, if some are and some are not."""
    answered = np.array([bool(one.label.stories) for one in found])
    if answered.all() or not answered.any():
        return []
    right = {f"right_at_{wrong}": round(refusals.right(scores, answered, wrong=wrong), 3) for wrong in WRONG}
    return [{"refusals": name, "auc": round(refusals.area(scores, answered), 3)} | right]
