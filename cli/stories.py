"""`svodka stories`, `show` and `why`: what is in the archive, one story in full, and why it is one story."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli import post_names, reasons, shell, story_json
from cli.digest import Lang
from core.db.engine import Session
from core.errors import NotFound, UsageError
from core.store import filters as filter_store
from core.store import index as index_store
from core.store import judgements as judgement_store
from core.store import posts as post_store
from core.store import stories as story_store
from core.store import summaries as summary_store
from core.store.stories import Membership
from core.types import CitedSentence, Link, StoryCard
from core.written import Summary
from summarize import cards, index, rank

CHUNK = 200


def stories(
    *,
    since: Annotated[str | None, typer.Option(help="from: 24h, 3d, 2026-09-14; default: all")] = None,
    until: Annotated[str | None, typer.Option(help="to (not included)")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON Lines")] = False,
) -> None:
    """List stories, best first."""
    shell.run(_stories(since=since, until=until, json=json))


async def _stories(*, since: str | None, until: str | None, json: bool) -> None:
    async with shell.database() as (settings, database):
        now = index.utcnow()
        begin = shell.moment(since, now=now, tz=settings.tz) if since else None
        end = shell.moment(until, now=now, tz=settings.tz) if until else None
        async with database.begin() as session:
            ranked = await cards.in_window(session, since=begin, until=end, now=now)
            for start in range(0, len(ranked), CHUNK):
                for card in await cards.cards(session, ranked[start : start + CHUNK], lang=settings.language):
                    shell.print_json(story_json.story(card)) if json else print(_line(card, settings.tz))


def _line(card: StoryCard, tz: ZoneInfo) -> str:
    copies = len(card.posts) - card.independent
    return (
        f"{card.id:>7}  {card.last_seen.astimezone(tz):%Y-%m-%d %H:%M}  {card.independent:>2} src"
        f"{f' +{copies}' if copies > 0 else '':<4}  {card.title}"
    )


def show(
    story: Annotated[int, typer.Argument(help="number of a story, as `svodka stories` prints it")],
    *,
    lang: Annotated[Lang | None, typer.Option(help="language; default: SVODKA_LANGUAGE")] = None,
    json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """Show one story with all its posts."""
    shell.run(_show(story, lang=lang, json=json))


async def _show(number: int, *, lang: Lang | None, json: bool) -> None:
    async with shell.database() as (settings, database), database.begin() as session:
        card = await _card(session, number, lang=lang.value if lang else settings.language)
    if json:
        shell.print_json(story_json.story(card))
        return
    print(f"{card.title}\n")
    for claim in card.claims:
        print(f"  {claim.text}  {_citation(claim)}")
    if card.written_by:
        print(f"\nwritten by {card.written_by}; the posts' own sentences say it in their own words below")
    print(f"\nstory {card.id}; topics: {', '.join(card.topics) or 'none'}; independent sources: {card.independent}")
    for post in card.posts:
        origin = (
            f", forwarded from {post.origin}{f' {post.origin_url}' if post.origin_url else ''}" if post.origin else ""
        )
        where = reasons.place(post.channel, dump=post.message_id is None)
        repeats = f", repeats p{post.copy_of}" if post.copy_of else ""
        print(f"\n— p{post.id}: {where}{origin}{repeats}, {_when(post.date, settings.tz)}")
        print(f"  {post.url or 'no link can be given'}")
        print("\n".join(f"  {line}" for line in post.text.split("\n")))


def _citation(claim: CitedSentence) -> str:
    """`[attributed: p3]`, `[p3]` for a sentence that stands so in its post."""
    posts = ", ".join(f"p{post}" for post in claim.post_ids)
    return f"[{claim.kind}: {posts}]" if claim.kind else f"[{posts}]"


def _when(date: datetime | None, tz: ZoneInfo) -> str:
    return f"{date.astimezone(tz):%Y-%m-%d %H:%M}" if date else "undated"


async def _card(session: Session, number: int, *, lang: str) -> StoryCard:
    ranked = await _ranked(session, number)
    return (await cards.cards(session, [ranked], lang=lang))[0]


async def _ranked(session: Session, number: int) -> cards.Ranked:
    current = await story_store.resolve(session, number)
    posts = await story_store.members(session, [current]) if current is not None else {}
    membership = [Membership(id=current or 0, post_ids=tuple(sorted(posts)))] if posts else []
    ranked = await cards.ranked(session, membership, now=index.utcnow())
    if not ranked:
        raise NotFound(f"there is no story {number} with anything to show: `svodka stories` lists those there are")
    return ranked[0]


def why(
    what: Annotated[
        str,
        typer.Argument(
            metavar="STORY|POST",
            help="number of a story; or a post: its number with a p before it, as `svodka show` prints it, or its link",
        ),
    ],
    *,
    all_: Annotated[
        bool, typer.Option("--all", help="every link, not only those that hold the story together")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="as JSON, with every link")] = False,
) -> None:
    """Tell why a story is one, and what its rank is made of; or why a post is in a digest or is not."""
    named = post_names.parse(what)
    if named is None:
        shell.run(_why(_number(what), everything=all_, json=json))
    else:
        shell.run(_why_post(named, json=json))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise UsageError(f"{text!r} is neither the number of a story nor a post, such as p12 or https://t.me/name/34")
    return int(text)


async def _why(number: int, *, everything: bool, json: bool) -> None:
    async with shell.database() as (settings, database), database.begin() as session:
        ranked = await _ranked(session, number)
        members = sorted(await story_store.members(session, [ranked.id]))
        links = [link for link in await story_store.links_of(session, members) if link.verdict != "apart"]
        posts = {post.id: post for post in await post_store.by_ids(session, members)}
        versions = await summary_store.versions(session, ranked.id)
    inside = [link for link in links if {link.first, link.second} <= posts.keys()]
    if json:
        shell.print_json(
            {
                "id": ranked.id,
                "rank": ranked.rank,
                "parts": dict(ranked.parts),
                "links": [_link_json(link) for link in sorted(inside, key=lambda link: (-link.score, link.first))],
                "summaries": [_version_json(version) for version in versions],
            }
        )
        return
    told = reasons.holding_first(inside)[: None if everything else reasons.MOST]
    print(f"story {ranked.id}: {shell.counted(len(posts), 'post')}\n\nwhat joined them:")
    print("\n".join(reasons.lines(told, posts) or ["  nothing: one post alone"]))
    if rest := len(inside) - len(told):
        print(f"  and {shell.counted(rest, 'more link')}: `svodka why {ranked.id} --all` tells them")
    print(f"\nrank {ranked.rank:.2f}:")
    print("\n".join(reasons.part(name, value, rank.WEIGHTS.get(name)) for name, value in ranked.parts.items()))
    if ranked.pinned:
        print("  a filter pins it: it stands before all that are not pinned")
    if versions:
        print("\nwhat was written of it:")
        print("\n".join(f"  {reasons.version(version, settings.tz)}" for version in versions))


def _version_json(version: Summary) -> dict[str, Any]:
    return {
        "lang": version.lang,
        "version": version.version,
        "written": version.written,
        "title": version.title,
        "model": version.model,
        "prompt": version.prompt,
        "faults": dict(version.faults),
        "made_at": shell.iso(version.made_at),
    }


async def _why_post(named: post_names.Named, *, json: bool) -> None:
    async with shell.database() as (_settings, database), database.begin() as session:
        number = named.number or await post_store.find(
            session, username=named.username, tg_id=named.tg_id, message_id=named.message_id
        )
        posts = await post_store.by_ids(session, [number] if number else [])
        if not posts:
            raise NotFound(f"there is no post {named.told}: `svodka show STORY` prints the numbers of its posts")
        indexed = (await index_store.load(session, [posts[0].id], model_id=0, vectors=False)).get(posts[0].id)
        met = (await filter_store.met(session, [posts[0].id], now=index.utcnow())).get(posts[0].id, ())
        judged = await judgement_store.of_post(session, posts[0].id)
    shown = indexed is not None and cards.is_shown(indexed)
    dropped = cards.is_dropped(met)
    standing = reasons.standing(posts[0], indexed, shown=shown, met=met)
    if json:
        shell.print_json(
            {
                "id": posts[0].id,
                "story": indexed.story_id if indexed else None,
                "ad": indexed.ad if indexed else None,
                "ad_reasons": list(indexed.ad_reasons) if indexed else [],
                "shown": shown and not dropped and not posts[0].deleted,
                "filters": [{"id": found.filter_id, "action": found.action} for found in met],
                "why": standing,
                "judged": [
                    {"purpose": found.purpose, "posts": list(found.posts), "verdict": found.verdict, "why": found.why}
                    for found in judged
                ],
            }
        )
        return
    print("\n".join(reasons.of_post(posts[0], indexed, standing, judged)))


def _link_json(link: Link) -> dict[str, Any]:
    return {
        "first": link.first,
        "second": link.second,
        "verdict": link.verdict,
        "score": link.score,
        "reasons": dict(link.reasons),
    }
