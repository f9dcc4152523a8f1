"""`svodka ask`: an answer from the archive, with the sources of every sentence, or that there is none."""

from __future__ import annotations

import shutil
import sys
from typing import Annotated, Any

import typer

from cli import answering, embedding, shell
from cli.digest import Lang
from core.answers import LONGEST, Answer, Before, Hit
from core.errors import UsageError
from core.types import CitedSentence, StoryPost
from summarize import index
from summarize.mistakes import Fault
from summarize.model import meter


def ask(
    words: Annotated[list[str], typer.Argument(help="a question, in Russian or English")],
    *,
    after: Annotated[str | None, typer.Option(help="the question that this one goes on with")] = None,
    lang: Annotated[Lang | None, typer.Option(help="language of titles; default: SVODKA_LANGUAGE")] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Answer a question from the archive, in sentences with their sources; without a model, in the posts' own."""
    shell.run(_ask(" ".join(words), after=after, lang=lang.value if lang else None, json=json))


async def _ask(text: str, *, after: str | None, lang: str | None, json: bool) -> None:
    from bot import answers, render
    from bot.speech import Catalogues, Say

    if len(text) > LONGEST:
        raise Fault("long question", most=LONGEST)
    async with (
        shell.database() as (settings, database),
        embedding.configured(settings, database) as remote,
        meter.writer(settings, database) as writer,
    ):
        await shell.expect_posts(database)
        spoken = lang or settings.language
        now = index.utcnow()
        answered = await answering.answering(settings, database, writer=writer, remote=remote).answer(
            text, lang=spoken, tz=settings.tz, asked=now, before=Before(question=after) if after else None
        )
    if json:
        shell.print_json(as_json(answered))
        return
    if answered.wrong:
        raise UsageError(answered.wrong)
    said = Say(Catalogues(), spoken)
    is_terminal = sys.stdout.isatty()
    width = min(100, shutil.get_terminal_size().columns) if is_terminal else None
    lines = answers.lines(answered, said, now=now, tz=settings.tz)
    print(render.render_lines(lines, width=width, color=is_terminal), end="")


def as_json(answer: Answer) -> dict[str, Any]:
    """An answer as docs/cli.md has it."""
    return {
        "outcome": answer.outcome.value,
        "question": answer.question,
        "sentences": [_sentence(sentence) for sentence in answer.sentences],
        "sources": [_source(post) for post in answer.posts],
        "nearest": [_hit(hit) for hit in answer.hits],
        "follow_ups": list(answer.follow_ups),
        "written_by": answer.written_by or None,
    }


def _sentence(sentence: CitedSentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "posts": list(sentence.post_ids),
        "kind": sentence.kind.value if sentence.kind else "quoted",
    }


def _source(post: StoryPost) -> dict[str, Any]:
    return {
        "post": post.id,
        "channel": post.channel,
        "origin": post.origin,
        "url": post.url,
        "origin_url": post.origin_url,
        "date": post.date.isoformat() if post.date else None,
        "copy_of": post.copy_of,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "story": hit.story_id,
        "title": hit.title,
        "url": hit.post.url,
        "sentence": hit.sentence,
        "score": hit.score,
    }
