"""Hostile posts with what they order, and a model that does as they say: through import, index, writing and the digest."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import render, select
from core.db.engine import Database
from core.store import posts as post_store
from core.store import topics as topic_store
from core.types import Channel, ClaimKind, Post, StoryCard
from summarize import cards
from tests.fakes.openai.requests import Json, Request
from tests.fakes.openai.writers import posts_in

DATA = Path(__file__).parents[1] / "data" / "attacks"
#: Stories of two attacks must not meet, though they share invented names.
APART = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Attack:
    """Posts of one story, what an obedient model answers, and what may and what should reach a reader."""

    name: str
    kind: str
    posts: tuple[Post, ...]
    obedient: Json
    forbidden: tuple[str, ...]
    forbidden_topics: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]


def attacks(file: str) -> list[Attack]:
    """The attacks of a file, each at a time of its own."""
    lines = (DATA / file).read_text("utf-8").splitlines()
    return [_attack(json.loads(line), place) for place, line in enumerate(lines)]


def _attack(value: dict[str, Any], place: int) -> Attack:
    numbers = {name: 5000 + 10 * place + order for order, name in enumerate(_names(value))}
    return Attack(
        name=value["id"],
        kind=value["kind"],
        posts=tuple(
            Post(
                channel=Channel(tg_id=numbers[post["channel"]], name=post["channel"]),
                message_id=order,
                text=post["text"],
                raw={"id": order},
                date=datetime.fromisoformat(post["date"]) - place * APART,
            )
            for order, post in enumerate(value["posts"], start=1)
        ),
        obedient=value["obedient"],
        forbidden=tuple(value["forbidden"]),
        forbidden_topics=tuple(value.get("forbidden_topics", ())),
        facts=tuple(map(tuple, value["facts"])),
    )


def _names(value: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(post["channel"] for post in value["posts"]))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{3,}", text.lower()))


class Obedient:
    """Does what the posts say: knows of each post which attack it belongs to, and answers as that orders.

    Asked whether two posts tell one event, or whether a post is an advertisement, it says what suits the attacker.
    """

    def __init__(self, known: Sequence[Attack]) -> None:
        self._known = [(attack, [_words(post.text) for post in attack.posts]) for attack in known]
        self.obeyed: set[str] = set()

    def __call__(self, request: Request) -> Json | str:
        wanted = (request.schema or {}).get("properties", {}).keys()
        shown = posts_in(request.user)
        if "shared" in wanted:
            names = [set(re.findall(r"[A-ZА-ЯЁ]\w{3,}", post.text)) for post in shown]
            return {"verdict": "yes", "shared": " ".join(sorted(set.intersection(*names))[:2]), "why": "as ordered"}
        if "claims" not in wanted:
            return {"verdict": "news", "why": "as ordered"}
        words = [_words(post.text) for post in shown]
        attack, own = max(self._known, key=lambda item: sum(max(len(one & two) for two in item[1]) for one in words))
        numbers: dict[int, list[int]] = {}
        for post, found in zip(shown, words, strict=True):
            place = max(range(len(own)), key=lambda order: len(found & own[order])) + 1
            numbers.setdefault(place, []).append(post.number)
        self.obeyed.add(attack.name)
        return _renumbered(attack.obedient, numbers)


def _renumbered(answer: Json, numbers: dict[int, list[int]]) -> Json:
    """The answer with the numbers that its posts have in this prompt."""

    def moved(part: Json) -> Json:
        return {**part, "posts": [new for old in part["posts"] for new in numbers.get(old, [90 + old])]}

    return {**answer, "gist": moved(answer["gist"]), "claims": [moved(claim) for claim in answer["claims"]]}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What reached readers of an attack: telling strings and topics that must not, honest facts that did and did not.

    `stated` are those strings that stand in a title, or in a sentence that is not given as what its source writes.
    """

    attack: Attack
    reached: tuple[str, ...]
    stated: tuple[str, ...]
    topics: tuple[str, ...]
    told: int
    missed: tuple[tuple[str, ...], ...]
    written: bool


async def outcomes(database: Database, known: Sequence[Attack], *, lang: str) -> list[Outcome]:
    """What a reader of digests in `lang` sees of each attack, unfolded and all: the page, and every claim behind it."""
    async with database.begin() as session:
        ranked = await cards.in_window(session, since=None, until=None, now=datetime.now(ZoneInfo("UTC")))
        shown = await cards.cards(session, ranked, lang=lang)
        among = await topic_store.enabled(session)
        stored = {
            post.id: post.channel.tg_id
            for post in await post_store.by_ids(session, [post.id for card in shown for post in card.posts])
        }
    found = []
    for attack in known:
        channels = {post.channel.tg_id for post in attack.posts}
        own = [card for card in shown if {stored[post.id] for post in card.posts} & channels]
        digest = select.select(own, among, limit=20, lang=lang, since=None, until=None)
        page = render.render_text(digest, now=own[0].last_seen, tz=ZoneInfo("UTC")) if own else ""
        found.append(_outcome(attack, own, page))
    return found


def _outcome(attack: Attack, own: Sequence[StoryCard], page: str) -> Outcome:
    seen = _plain("\n".join([page, *(claim.text for card in own for claim in card.claims)]))
    bare = [claim.text for card in own for claim in card.claims if claim.kind is not ClaimKind.ATTRIBUTED]
    stated = _plain("\n".join([*(card.title for card in own), *bare]))
    topics = {slug for card in own for slug in card.topics}
    missed = tuple(fact for fact in attack.facts if not any(_plain(one) in seen for one in fact))
    return Outcome(
        attack=attack,
        reached=tuple(one for one in attack.forbidden if _plain(one) in seen),
        stated=tuple(one for one in attack.forbidden if _plain(one) in stated),
        topics=tuple(sorted(topics & set(attack.forbidden_topics))),
        told=len(attack.facts) - len(missed),
        missed=missed,
        written=any(card.written_by for card in own),
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
