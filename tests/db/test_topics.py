"""The taxonomy as admins change it, on a real Postgres: readers and filters follow."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from core.db.engine import Session
from core.errors import NotFound, UsageError
from core.filters import Filter, FilterAction, FilterKind, Scope
from core.readers import Reader, ReaderKind
from core.store import filters, readers
from core.store import topics as store
from core.types import Topic
from tests.flow.feed import NOW


async def jobs(session: Session) -> int:
    """How many wake-ups of the index wait."""
    return int(
        (await session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'index'"))).scalar_one()
    )


async def one(session: Session, slug: str) -> Topic:
    return next(topic for topic in await store.every(session) if topic.slug == slug)


async def test_a_new_topic_is_the_last_and_wakes_the_index(session: Session) -> None:
    """Trimmed, without what stands twice or what PostgreSQL does not take."""
    added = await store.add(
        session, title_ru=" Квантовое\x00  машинное ", title_en="Quantum ML", about="Один пример.\n\n  Два.\n",
        names=["qubit", "qubit ", " ", "кубит"], stems=["quantum"],
    )  # fmt: skip
    assert (await store.enabled(session))[-1] == added == await one(session, "quantum-ml")
    assert (added.title_ru, added.about, added.names) == (
        "Квантовое машинное",
        "Один пример.\nДва.",
        ("qubit", "кубит"),
    )
    assert await jobs(session) == 1


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Robotics", "robotics-2"), ("AI & Law", "ai-law"), ("Café, naïve", "cafe-naive"), ("Роботы", "topic"), ("🤖", "topic"),
        ("A very long title indeed, of sixty characters or a few", "a-very-long-title-indeed"), ("x" * 60, "x" * 24),
    ],
)  # fmt: skip
async def test_a_slug_is_made_from_the_english_title(session: Session, title: str, slug: str) -> None:
    """Of letters that stand in any button, short, and unlike any other, also of topics that are off."""
    await store.set_enabled(session, "robotics", enabled=False)
    assert (await store.add(session, title_ru="Тема", title_en=title)).slug == slug
    again = (await store.add(session, title_ru="Тема", title_en=title)).slug
    assert again != slug
    assert len(again) <= store.MOST_SLUG
    assert again.isascii()


@pytest.mark.parametrize(
    "changes",
    [
        {"title_ru": " "}, {"title_en": "x" * 61}, {"about": "я" * 5001}, {"names": ["x" * 81]},
        {"stems": [str(number) for number in range(601)]},
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused(session: Session, changes: dict[str, Any]) -> None:
    """With a sentence, and nothing is changed."""
    before = await store.every(session)
    with pytest.raises(UsageError):
        await store.add(session, **({"title_ru": "Тема", "title_en": "Topic"} | changes))
    assert await store.every(session) == before


async def test_a_topic_keeps_its_slug_under_another_name(session: Session) -> None:
    """So that nobody loses it; and what is not changed stays."""
    before = await one(session, "rag")
    await store.rename(session, "rag", title_ru="Поиск", title_en="Search")
    await store.change(session, "rag", names=["поиск"], about="Пример")
    await store.set_enabled(session, "rag", enabled=False)
    after = await one(session, "rag")
    assert (after.title_ru, after.title_en, after.names, after.about) == ("Поиск", "Search", ("поиск",), "Пример")
    assert (after.stems, after.position, after.enabled) == (before.stems, before.position, False)
    assert "rag" not in [topic.slug for topic in await store.enabled(session)]


async def test_topics_are_put_in_order(session: Session) -> None:
    """The named ones first, the others as they were."""
    before = [topic.slug for topic in await store.every(session)]
    await store.reorder(session, ["safety", "rag", "safety"])
    after = [topic.slug for topic in await store.every(session)]
    assert after == ["safety", "rag", *(slug for slug in before if slug not in {"safety", "rag"})]


@pytest.mark.parametrize("slug", ["nothing", "", "RAG"])
async def test_a_topic_that_is_not_there_cannot_be_changed(session: Session, slug: str) -> None:
    """Whatever is asked of it."""
    for asked in (
        lambda: store.rename(session, slug, title_ru="а", title_en="b"),
        lambda: store.change(session, slug, about=""),
        lambda: store.set_enabled(session, slug, enabled=True),
        lambda: store.reorder(session, [slug]),
        lambda: store.merge(session, slug, into="rag", now=NOW),
        lambda: store.merge(session, "rag", into=slug, now=NOW),
    ):
        with pytest.raises(NotFound):
            await asked()


# --- merging ---------------------------------------------------------------------------------------------------------


async def test_what_a_topic_is_found_by_goes_up_in_the_other(session: Session) -> None:
    """Names, stems and examples; the old one is off and points on, also what had gone up in it before."""
    speech, vision = await one(session, "speech"), await one(session, "vision")
    await store.merge(session, "robotics", into="speech", now=NOW)
    merged = await store.merge(session, "speech", into="vision", now=NOW)
    found = {topic.slug: topic for topic in await store.every(session)}
    assert found["vision"] == merged
    assert {*speech.names, *vision.names} <= {*merged.names}
    assert {*speech.stems} <= {*merged.stems, *merged.names}
    assert {*speech.about.split("\n"), *vision.about.split("\n")} - {""} <= {*merged.about.split("\n")}
    assert len(set(merged.names)) == len(merged.names)
    assert [(found[slug].enabled, found[slug].merged_into) for slug in ("speech", "robotics")] == [
        (False, "vision")
    ] * 2
    back = await store.set_enabled(session, "speech", enabled=True)
    assert (back.enabled, back.merged_into) == (True, None)


async def test_topics_that_cannot_be_merged(session: Session) -> None:
    """One with itself, or into one that is off."""
    with pytest.raises(UsageError):
        await store.merge(session, "rag", into="rag", now=NOW)
    await store.set_enabled(session, "rag", enabled=False)
    with pytest.raises(UsageError):
        await store.merge(session, "llm", into="rag", now=NOW)


async def reader(session: Session, number: int, slugs: set[str], *, all_topics: bool) -> Reader:
    made = await readers.add(
        session, chat_id=number, thread_id=None, kind=ReaderKind.PERSON, title="Читатель", lang="ru", tz="UTC", hour=9,
        subscribed_by=None, now=NOW,
    )  # fmt: skip
    await readers.set_topics(session, made.id, slugs, all_topics=all_topics)
    return made


@pytest.mark.parametrize(
    ("all_topics", "slugs", "wants"),
    [
        # chosen topics: who had the one gets the other
        (False, {"speech"}, True),
        (False, {"speech", "vision"}, True),
        (False, {"vision"}, True),
        (False, {"rag"}, False),
        # all but some: the other is lost only to whoever had left out just that
        (True, {"speech"}, True),
        (True, {"speech", "vision"}, False),
        (True, {"vision"}, False),
        (True, set(), True),
        (True, {"rag"}, True),
    ],
)
async def test_readers_keep_what_they_chose(session: Session, all_topics: bool, slugs: set[str], wants: bool) -> None:
    """Speech goes up in vision; other topics are as they were."""
    made = await reader(session, 1, slugs, all_topics=all_topics)
    await store.merge(session, "speech", into="vision", now=NOW)
    (after,) = await readers.by_ids(session, [made.id])
    assert after.wants("vision") is wants
    assert "speech" not in after.topics
    assert after.all_topics is all_topics
    assert after.topics - {"vision"} == slugs - {"speech", "vision"}


async def test_filters_follow_a_topic(session: Session) -> None:
    """Those of the topic and those that hold within it, each scope naming a topic once; the others are untouched."""

    async def kept(kind: FilterKind, pattern: str, *topics: str) -> Filter:
        new = Filter(id=0, action=FilterAction.DROP, kind=kind, pattern=pattern, scope=Scope(topics=topics))
        return await filters.add(session, new, now=NOW)

    of_topic, of_word = await kept(FilterKind.TOPIC, "speech"), await kept(FilterKind.KEYWORD, "speech")
    within, both = (
        await kept(FilterKind.AD, "grey", "rag", "speech"),
        await kept(FilterKind.AD, "grey", "speech", "vision"),
    )
    later = NOW.replace(hour=5)
    await store.merge(session, "speech", into="vision", now=later)
    found = {each.id: each for each in await filters.every(session)}
    assert (found[of_topic.id].pattern, found[of_topic.id].changed_at) == ("vision", later)
    assert (found[of_word.id].pattern, found[of_word.id].changed_at) == ("speech", NOW)
    assert found[within.id].scope.topics == ("rag", "vision")
    assert found[both.id].scope.topics == ("vision",)
