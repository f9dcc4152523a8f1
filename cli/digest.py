"""`svodka digest`: the stories of a window of time, by topic, best first."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

import typer

from bot import page, render, select
from cli import shell, story_json
from core.db.engine import Database
from core.errors import UsageError
from core.settings import Settings
from core.store import archive
from core.store import posts as post_store
from core.store import topics as topic_store
from core.types import Topic
from summarize import cards, index

#: So many times the limit are summarised, since a topic may not fill the digest and titles may repeat.
SPARE = 5
#: So much of the end of the archive is proposed to whoever asked for a time without stories.
PROPOSED = timedelta(days=6)


class Format(StrEnum):
    """What a digest is printed as."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


class Lang(StrEnum):
    """Language of headings, of summaries, and, where a source has it, of sentences taken from posts."""

    RU = "ru"
    EN = "en"


def digest(
    *,
    since: Annotated[str, typer.Option(help="from: 24h, 3d, 2026-09-14 or 2026-09-14T10:00")] = "24h",
    until: Annotated[str | None, typer.Option(help="to (not included); default: now")] = None,
    topic: Annotated[list[str], typer.Option(help="only this topic (repeat for more)")] = [],  # noqa: B006
    lang: Annotated[Lang | None, typer.Option(help="language; default: SVODKA_LANGUAGE")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="at most so many stories")] = 12,
    format_: Annotated[Format, typer.Option("--format", help="text, html or json")] = Format.TEXT,
) -> None:
    """Print the digest of a window of time."""
    shell.run(_digest(since=since, until=until, only=topic, lang=lang, limit=limit, format_=format_))


async def _digest(
    *, since: str, until: str | None, only: list[str], lang: Lang | None, limit: int, format_: Format
) -> None:
    async with shell.database() as (settings, database):
        now = index.utcnow()
        begin = shell.moment(since, now=now, tz=settings.tz)
        end = shell.moment(until, now=now, tz=settings.tz) if until else None
        if end is not None and end <= begin:
            raise UsageError(f"--until {until} is not after --since {since}")
        chosen = await compose(
            database,
            since=begin,
            until=end,
            only=only,
            lang=lang.value if lang else settings.language,
            limit=limit,
            now=now,
        )
        hint = None
        if not chosen.sections:
            async with database.begin() as session:
                extent = await archive.extent(session)
                waiting = sum((await post_store.waiting(session)).values())
            hint = advice(extent, waiting=waiting, since=begin, until=end, only=only, tz=settings.tz)
    print_digest(chosen, settings, now=now, format_=format_)
    if hint:
        sys.stdout.flush()
        print(f"svodka: {hint}", file=sys.stderr)


def advice(
    extent: archive.Extent, *, waiting: int, since: datetime, until: datetime | None, only: list[str], tz: ZoneInfo
) -> str:
    """What to do about a digest without stories, in a sentence; days are those of `tz`."""
    if not extent.posts:
        return shell.NO_POSTS
    if waiting or extent.first is None or extent.last is None:
        return f"{shell.counted(waiting, 'post')} not indexed yet: `svodka index` finds the stories"
    reached = since <= extent.last and (until is None or until > extent.first)
    if reached and only:
        return f"no story of this time has the topic {' or '.join(only)}: leave out --topic, or give an earlier --since"
    first, last, recent = (
        moment.astimezone(tz).date() for moment in (extent.first, extent.last, extent.last - PROPOSED)
    )
    asked = since.astimezone(tz).date()
    better = [day for day in (max(first, recent), first) if not reached or until is not None or day < asked]
    if not better:
        return f"the posts are from {first} to {last}, but this time holds only what no digest shows, such as advertisements"
    return f"the posts are from {first} to {last}: try `svodka digest --since {better[0]}`"


async def compose(
    database: Database,
    *,
    since: datetime | None,
    until: datetime | None,
    only: list[str],
    lang: str,
    limit: int,
    now: datetime,
) -> select.Digest:
    """Choose the stories of a digest.

    Raises:
        UsageError: a topic that there is not.
    """
    async with database.begin() as session:
        topics = await topic_store.enabled(session)
        _check_topics(only, topics)
        ranked = await cards.in_window(session, since=since, until=until, now=now, only=only)
        shown = await cards.cards(session, ranked[: SPARE * limit], lang=lang, since=since)
    chosen = select.select(shown, topics, only=only, limit=limit, lang=lang, since=since, until=until)
    return replace(chosen, considered=len(ranked))


def _check_topics(only: list[str], topics: list[Topic]) -> None:
    known = {topic.slug for topic in topics}
    for slug in only:
        if slug not in known:
            raise UsageError(f"there is no topic {slug!r}; there are: {', '.join(sorted(known))}")


def print_digest(chosen: select.Digest, settings: Settings, *, now: datetime, format_: Format) -> None:
    """Print a digest as asked; in a terminal, text has bold titles and links, and fits its width."""
    lang = cast(Literal["ru", "en"], chosen.lang)
    match format_:
        case Format.HTML:
            print(page.page(chosen, now=now, tz=settings.tz, title="Сводка" if lang == "ru" else "Svodka"))
        case Format.JSON:
            for section in chosen.sections:
                for card in section.cards:
                    shell.print_json(story_json.story(card))
        case Format.TEXT if sys.stdout.isatty():
            width = min(100, shutil.get_terminal_size().columns)
            print(render.render_terminal(chosen, now=now, tz=settings.tz, width=width, color=True))
        case Format.TEXT:
            print(render.render_text(chosen, now=now, tz=settings.tz))
