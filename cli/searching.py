"""`svodka search`: stories of the archive that speak of something, each with the sentence that says so, and its link."""

from __future__ import annotations

import sys
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli import embedding, shell, story_json
from cli.digest import Lang
from core.answers import Hit
from core.types import StoryCard
from summarize import index
from summarize.answers import finding, hits
from summarize.search.retrieve import Search

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def search(
    words: Annotated[
        list[str], typer.Argument(help="words, a question, a link; `topic:`, `channel:`, `since:`, `until:`")
    ],
    *,
    lang: Annotated[Lang | None, typer.Option(help="language of titles; default: SVODKA_LANGUAGE")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="most stories")] = 10,
    page: Annotated[int, typer.Option(min=1, max=8, help="the first, second … so many")] = 1,
    json: Annotated[bool, typer.Option("--json", help="JSON Lines")] = False,
) -> None:
    """Search the archive by words, by meaning, in either language, and by identifiers; best first."""
    shell.run(_search(" ".join(words), lang=lang.value if lang else None, limit=limit, page=page, json=json))


async def _search(text: str, *, lang: str | None, limit: int, page: int, json: bool) -> None:
    async with shell.database() as (settings, database), embedding.configured(settings, database) as remote:
        await shell.expect_posts(database)
        now = index.utcnow()
        search = Search(database=database, remote=remote)
        read, found = await finding.find(search, text, tz=settings.tz, asked=now)
        found = found[(page - 1) * limit : page * limit]
        async with database.begin() as session:
            cards = await hits.cards_of(session, found, lang=lang or settings.language, now=now)
        shown = [
            (hits.hit(read, one, cards[one.story_id]), cards[one.story_id]) for one in found if one.story_id in cards
        ]
    for place, (hit, card) in enumerate(shown, (page - 1) * limit + 1):
        shell.print_json(_json(hit, card)) if json else print(_lines(place, hit, settings.tz))
    if not shown and not json:
        print("nothing found" if page == 1 else "nothing more")


def _lines(place: int, hit: Hit, tz: ZoneInfo) -> str:
    sources = shell.counted(hit.sources, "source")
    when = f"{hit.time.astimezone(tz):%Y-%m-%d}" if hit.dated else "undated"
    channel = f"{hit.post.origin} → {hit.post.channel}" if hit.post.origin else hit.post.channel
    return "\n".join(
        (
            f"{place:>3}. {hit.title}  (story {hit.story_id}, {when}, {sources})",
            f"     {_marked(hit)}",
            f"     {channel}: {hit.post.url or 'no link can be given'}",
        )
    )


def _marked(hit: Hit) -> str:
    text = hit.sentence
    if not sys.stdout.isatty():
        return " ".join(text.split())
    for start, stop in reversed(hit.marks):
        text = f"{text[:start]}{_BOLD}{text[start:stop]}{_PLAIN}{text[stop:]}"
    return " ".join(text.split())


def _json(hit: Hit, card: StoryCard) -> dict[str, Any]:
    return {
        "score": hit.score,
        "post": hit.post.id,
        "url": hit.post.url,
        "sentence": hit.sentence,
        "marks": [list(mark) for mark in hit.marks],
        "story": story_json.story(card),
    }
