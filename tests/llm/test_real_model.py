"""From posts to a digest with a real model: the contract holds, whatever a model that follows little has to say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import render, select
from core.db.engine import Database
from core.settings import Settings
from core.store import calls, summaries, topics
from summarize import cards, write
from summarize.claims import checks
from summarize.model import llm, meter
from tests.flow import feed

pytestmark = pytest.mark.llm

#: Tokens of an answer; a few only where time is short, and then most answers are cut.
TOKENS = int(os.environ.get("SVODKA_TEST_LLM_TOKENS", "300"))
#: Stories that are written: two calls each at most.
STORIES = int(os.environ.get("SVODKA_TEST_LLM_STORIES", "2"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from tests.llm import local_model  # noqa: PLC0415  its wheels are there for `make test-llm` alone

    with local_model.running(Path(tmp_path_factory.mktemp("model"))) as url:
        yield url


def settings(address: str) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        llm_url=address,
        llm_model="gemma",
        llm_price_in=1.0,
        llm_price_out=2.0,
        llm_timeout=600,
        llm_concurrency=1,
        llm_answer_tokens=max(100, TOKENS),
        llm_story_tokens=300,
    )


async def test_from_posts_to_a_digest(address: str, database: Database, pool: Executor) -> None:
    """Every call is in the books, every sentence shown passes the checks, and the digest is whole."""
    await feed.store(database, feed.feed()[:6])
    await feed.indexed(database, pool)
    given = settings(address)
    orders = write.Orders(
        langs=("en",),
        days=timedelta(days=30),
        stories=STORIES,
        story_tokens=given.llm_story_tokens,
        answer_tokens=TOKENS,
    )
    async with meter.writer(given, database, clock=lambda: feed.NOW) as model:
        assert model is not None
        counts = await write.write_due(database, model, orders, clock=lambda: feed.NOW)
    async with database.begin() as session:
        booked = await calls.costs(session, since=feed.START)
        ability = llm.Ability.from_json(await calls.ability(session, model.name))
        ranked = await cards.in_window(session, since=feed.START, until=None, now=feed.NOW)
        shown = await cards.cards(session, ranked, lang="en", since=feed.START)
        kept = await summaries.newest(session, [story.id for story in ranked], lang="en")
        known = await topics.enabled(session)
    assert counts.written + counts.extracted == STORIES == len(kept)
    assert sum(row.calls for row in booked) == STORIES
    assert sum(row.open for row in booked) == 0
    assert all(row.tokens_in > 0 and row.tokens_out > 0 and row.cost > 0 and row.seconds > 0 for row in booked)
    assert ability.mode is llm.Mode.SCHEMA
    for story in shown:
        texts = {post.id: post for post in story.posts}
        for claim in story.claims:
            assert set(claim.post_ids) <= texts.keys()
            assert checks.Fault.LINK not in checks.faults(
                claim.text, [checks.Evidence(text=texts[post].text, lang="ru", date=None) for post in claim.post_ids]
            )
    digest = select.select(shown, known, limit=10, lang="en", since=feed.START, until=None)
    page = render.render_text(digest, now=feed.NOW, tz=ZoneInfo("UTC"))
    assert all(card.title in page for section in digest.sections for card in section.cards)
