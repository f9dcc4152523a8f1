"""`svodka search`: stories of the archive that speak of something, each with the sentence that says so, and its link."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli import embedding, shell, story_json
from cli.digest import Lang
from core.db.engine import Database
from core.errors import UsageError
from core.store import channels as channel_store
from core.store import stories as story_store
from core.store import topics as topic_store
from core.store.stories import Membership
from core.types import StoryCard, StoryPost
from summarize import cards, index
from summarize.search import highlight, limits, question, syntax
from summarize.search.question import Question
from summarize.search.retrieve import FoundStory, Search, Sentence

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A story, ready to be shown, and the sentence of which post says what was looked for."""

    card: StoryCard
    post: StoryPost
    sentence: str
    marks: Sequence[tuple[int, int]]
    score: float


async def _search(text: str, *, lang: str | None, limit: int, page: int, json: bool) -> None:
    async with shell.database() as (settings, database), embedding.configured(settings, database) as remote:
        now = index.utcnow()
        typed = syntax.typed(text, asked=now, tz=settings.tz)
        async with database.begin() as session:
            topics = await topic_store.enabled(session)
            channels = await channel_store.called(session)
        narrowed = limits.limits(typed, topics=topics, channels=channels)
        read = question.read(typed.text, asked=now, tz=settings.tz)
        if not (read.words or read.keys or typed.beginnings or typed.phrases):
            raise UsageError("there is nothing to search for: give a word or two")
        found = await Search(database=database, remote=remote).find(
            read, asked=now, limits=narrowed, beginnings=typed.beginnings
        )
        hits = await _hits(database, read, found[(page - 1) * limit : page * limit], lang=lang or settings.language)
    for place, hit in enumerate(hits, (page - 1) * limit + 1):
        shell.print_json(_json(hit)) if json else print(_lines(place, hit, settings.tz))
    if not hits and not json:
        print("nothing found" if page == 1 else "nothing more")


async def _hits(database: Database, read: Question, found: Sequence[FoundStory], *, lang: str) -> list[Hit]:
    async with database.begin() as session:
        posts: Mapping[int, int] = await story_store.members(session, [one.story_id for one in found])
        memberships = [
            Membership(
                id=one.story_id, post_ids=tuple(sorted(post for post, of in posts.items() if of == one.story_id))
            )
            for one in found
        ]
        ranked = await cards.ranked(session, memberships, now=index.utcnow())
        made = {card.id: card for card in await cards.cards(session, ranked, lang=lang)}
    return [_hit(read, one, made[one.story_id]) for one in found if one.story_id in made]


def _hit(read: Question, found: FoundStory, card: StoryCard) -> Hit:
    said = _said(found)
    post = next((post for post in card.posts if post.id == said.post_id), card.posts[0])
    return Hit(
        card=card, post=post, sentence=said.text, marks=highlight.marks(read, said.text), score=round(found.score, 3)
    )


def _said(found: FoundStory) -> Sentence:
    """The sentence that is nearest to the question; of a post that has none, its beginning."""
    if found.sentences:
        return found.sentences[0]
    post = found.posts[0].post
    best = post.passages[0] if post.passages else None
    start, stop = (best.start, best.stop) if best else (0, 300)
    return Sentence(post_id=post.post_id, start=start, stop=stop, text=post.clean_text[start:stop], cosine=None)


def _lines(place: int, hit: Hit, tz: ZoneInfo) -> str:
    card = hit.card
    sources = shell.counted(card.independent, "source")
    when = f"{card.last_seen.astimezone(tz):%Y-%m-%d}" if card.dated else "undated"
    channel = f"{hit.post.origin} → {hit.post.channel}" if hit.post.origin else hit.post.channel
    return "\n".join(
        (
            f"{place:>3}. {card.title}  (story {card.id}, {when}, {sources})",
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


def _json(hit: Hit) -> dict[str, Any]:
    return {
        "score": hit.score,
        "post": hit.post.id,
        "url": hit.post.url,
        "sentence": hit.sentence,
        "marks": [list(mark) for mark in hit.marks],
        "story": story_json.story(hit.card),
    }
