"""The sample feed with a model that makes one sentence in three up: nothing invented is shown, and what is true is."""

from __future__ import annotations

import json
from concurrent.futures import Executor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import render, select
from cli import feed as sample
from cli.eval_summaries import labelled_stories
from core.db.engine import Database
from core.store import topics as topic_store
from summarize import cards, embed
from summarize import text as texts_
from tests.fakes.openai.writers import Editor, Inventor, known_stories
from tests.flow import feed as own
from tests.flow.writing import desk

#: What the inventor's inventions can be told by.
INVENTED = ("quorvexa", "заблудшев", "912 млрд", "73,6", "не ожидали такого")


@pytest.mark.long
async def test_no_invention_is_shown(database: Database, pool: Executor) -> None:
    """No number, name, quotation, version or link that a model made up reaches the digest; nine in ten true claims do."""
    file = sample.folder() / "key_facts.jsonl"
    labelled = sample.sample(sample.taxonomy(), embed.local_encoder())
    texts = {story.name: [post.text for post in story.posts] for story in labelled_stories(labelled, file)}
    facts = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    brain = Inventor(of=Editor(known_stories(facts, texts)))
    async with desk(database, pool, brain) as at:
        at.now = sample.ENDS
        await at.bring(*own.sample_posts())
        counts = await at.write(days=timedelta(days=30))
        async with database.begin() as session:
            ranked = await cards.in_window(session, since=None, until=None, now=sample.ENDS)
            shown = await cards.cards(session, ranked, lang="ru")
            among = await topic_store.enabled(session)
    digest = select.select(shown, among, limit=len(shown), lang="ru", since=None, until=None)
    page = render.render_text(digest, now=sample.ENDS, tz=ZoneInfo("UTC")).casefold()
    claims = {claim.text for card in shown for claim in card.claims}
    assert counts.written >= 35
    assert len(brain.made_up) >= 50
    assert claims & set(brain.made_up) == set()
    assert [one for one in INVENTED if one in page or any(one in claim.casefold() for claim in claims)] == []
    # Of stories that it does not know, the model writes in their own language, which is not the one asked for.
    true = [text for text in brain.true if texts_.language(text) == "ru"]
    kept = sum(text in claims for text in true)
    print(f"{kept} of {len(true)} true claims are shown, none of {len(brain.made_up)} made up")  # noqa: T201  for docs/measurements.md
    assert len(true) >= 100
    assert kept / len(true) >= 0.9
