"""`svodka eval summaries`: labelled stories through one prompt or several, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import feed, shell
from cli.digest import Lang
from core.errors import UsageError
from core.settings import Settings
from core.types import Topic
from summarize import embed, evaluate, replay
from summarize.model import meter
from summarize.prompts import Prompt, from_file, load
from summarize.replay import Figures, LabelledStory


def summaries(
    file: Annotated[
        Path | None, typer.Argument(help="a file of key facts, one story a line; default: those of the sample feed")
    ] = None,
    *,
    prompt: Annotated[
        list[str],
        typer.Option(help="version of the prompt, or a file of your own (repeat for more); default: the newest"),
    ] = [],  # noqa: B006  typer copies it
    lang: Annotated[Lang, typer.Option(help="language that is asked for")] = Lang.RU,
    limit: Annotated[int | None, typer.Option(min=1, help="only the first so many stories")] = None,
    json_: Annotated[bool, typer.Option("--json", help="JSON Lines")] = False,
) -> None:
    """Write labelled stories and measure: what holds, which key facts are told, length and cost.

    The first row is the posts' own sentences, for which no model is needed.
    """
    shell.run(_summaries(file, prompts=[_prompt(name) for name in prompt], lang=lang.value, limit=limit, json_=json_))


def _prompt(name: str) -> Prompt:
    return load("summary", int(name)) if name.isdecimal() and len(name) < 6 else from_file("summary", Path(name))


async def _summaries(
    file: Path | None, *, prompts: Sequence[Prompt], lang: str, limit: int | None, json_: bool
) -> None:
    topics = feed.taxonomy()
    labelled = feed.sample(topics, embed.local_encoder())
    stories = labelled_stories(labelled, file or feed.folder() / "key_facts.jsonl")[:limit]
    rows = {"posts' own sentences": replay.figures([replay.extracted(story, lang=lang) for story in stories])}
    async with (
        shell.database() as (settings, database),
        meter.writer(settings, database) as writer,
        meter.judge(settings, database) as judge,
    ):
        if writer is None and prompts:
            raise UsageError(shell.NO_MODEL)
        for prompt in (prompts or [load("summary")]) if writer is not None else []:
            assert writer is not None
            rows[prompt.label] = replay.figures(
                await _replayed(writer, judge, stories, topics, prompt, lang=lang, settings=settings)
            )
    if json_:
        for name, found in rows.items():
            shell.print_json({"prompt": name, **_rounded(found)})
        return
    shell.print_table(_COLUMNS, [_cells(name, found) for name, found in rows.items()])
    if writer is None:
        print("no model is configured, so only the posts' own sentences were measured (docs/models.md)")


async def _replayed(
    writer: meter.Meter,
    judge: meter.Meter | None,
    stories: Sequence[LabelledStory],
    topics: Sequence[Topic],
    prompt: Prompt,
    *,
    lang: str,
    settings: Settings,
) -> list[replay.Told]:
    return await replay.replay(
        writer,
        judge,
        stories,
        topics,
        prompt,
        lang=lang,
        story_tokens=settings.llm_story_tokens,
        answer_tokens=settings.llm_answer_tokens,
    )


def labelled_stories(labelled: evaluate.Labelled, file: Path) -> list[LabelledStory]:
    """Stories of a labelled feed whose key facts stand in a file of JSON Lines (docs/evaluation.md).

    Raises:
        UsageError: the file is none, or names a story that the feed does not have.
    """
    posts: dict[str, list[int]] = defaultdict(list)
    for post, label in labelled.labels.items():
        posts[label.story].append(post)
    stored = {post.id: post for post in labelled.posts}
    indexed = {post.post_id: post for post in labelled.indexed}
    found = []
    for number, line in enumerate(feed.objects(file), start=1):
        try:
            name, facts = str(line["story"]), [fact["any"] for fact in line["facts"]]
            title = line["title_any"]
        except (KeyError, TypeError) as error:
            raise UsageError(f"{file}, object {number}, lacks {error}: docs/evaluation.md describes it") from None
        if name not in posts:
            raise UsageError(f"{file} names the story {name!r}, which the sample feed does not have")
        ids = [post for post in posts[name] if post in indexed and indexed[post].clean_text.strip()]
        if ids:
            found.append(
                LabelledStory(
                    name=name,
                    posts=tuple(stored[post] for post in ids),
                    indexed={post: indexed[post] for post in ids},
                    facts=tuple(facts),
                    title=title,
                )
            )
    return found


_COLUMNS = (
    "prompt",
    "stories",
    "written",
    "holds",
    "judge",
    "facts",
    "titles",
    "characters",
    "tokens in",
    "out",
    "cost",
)


def _cells(name: str, found: Figures) -> tuple[str, ...]:
    asked = found.tokens_in > 0
    return (
        name,
        str(found.stories),
        str(found.written) if asked else "–",
        f"{found.supported:.3f}" if asked else "–",
        "–" if found.judge is None else f"{found.judge:.3f}",
        f"{found.coverage:.3f}",
        f"{found.titles:.3f}",
        f"{found.characters:.0f}",
        f"{found.tokens_in:.0f}" if asked else "–",
        f"{found.tokens_out:.0f}" if asked else "–",
        f"{found.cost:.5f}" if asked else "–",
    )


def _rounded(found: Figures) -> dict[str, Any]:
    return {
        "stories": found.stories,
        "written": found.written,
        "supported": round(found.supported, 4),
        "judge": None if found.judge is None else round(found.judge, 4),
        "facts": round(found.coverage, 4),
        "titles": round(found.titles, 4),
        "characters": round(found.characters, 1),
        "tokens_in": round(found.tokens_in, 1),
        "tokens_out": round(found.tokens_out, 1),
        "cost": round(found.cost, 6),
        "faults": dict(found.faults),
    }
