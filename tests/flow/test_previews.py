"""Previews of filters and topics are asked for and answered, and nothing is written, on a real Postgres with the real local model."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.db.listen import listening
from core.errors import UsageError
from core.filters import Filter, FilterAction, FilterKind, Request, Scope
from core.store import filters as filter_store
from core.store import posts as post_store
from core.store import requests, summaries
from core.store import topics as topic_store
from core.written import Claim, Summary
from summarize import answering, cards, embed, filtering, previews, reembed, relabel
from tests.fakes.embedder import FakeEmbedder
from tests.flow import feed

#: The feed's posts are up to ten days old.
DAYS = 12


@pytest.fixture
async def archive(database: Database, pool: Executor) -> Database:
    """The feed, indexed."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    return database


def rule(pattern: str, kind: FilterKind = FilterKind.KEYWORD, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"id": 0, "action": FilterAction.DROP, "kind": kind, "pattern": pattern}
    return {"filter": filter_store.to_json(Filter(**(values | changes))), "days": DAYS, "lang": "ru"}


async def ask(database: Database, kind: str, asked: Mapping[str, Any], **changes: Any) -> Request:
    """Ask, have it answered, and read the answer."""
    async with database.begin() as session:
        number = await requests.ask(session, kind, asked, now=feed.NOW)
    assert await previews.answer_waiting(database, clock=lambda: feed.NOW, **changes) == 1
    async with database.begin() as session:
        found = await requests.get(session, number)
    assert found is not None
    assert found.done
    return found


async def previewed(database: Database, asked: Mapping[str, Any], **changes: Any) -> Mapping[str, Any]:
    """What the preview of a filter says."""
    found = await ask(database, previews.FILTER, asked, **changes)
    assert found.reason is None
    assert found.answer is not None
    return found.answer


async def refused(database: Database, kind: str, asked: Mapping[str, Any], **changes: Any) -> str:
    """Why there is no preview."""
    found = await ask(database, kind, asked, **changes)
    assert found.answer is None
    assert found.reason
    return found.reason


async def state(database: Database) -> list[Any]:
    """All that a preview must leave as it is."""
    async with database.begin() as session:
        found: list[Any] = []
        for what in (
            "post_id, topics, labelled_by, filtered_by FROM indexed_posts ORDER BY 1",
            "* FROM filters",
            "* FROM filter_hits",
            "id, changed_at FROM stories ORDER BY 1",
            "slug, names, stems, enabled FROM topics ORDER BY 1",
        ):
            found += [tuple(row) for row in await session.execute(text(f"SELECT {what}"))]
        return found


# --- filters ---------------------------------------------------------------------------------------------------------


async def test_a_drop_says_what_would_vanish(archive: Database) -> None:
    """Posts with where they stand, stories that have nothing else, stories that go on; and nothing is written."""
    before = await state(archive)
    told = await previewed(archive, rule("DeskBench, «40 % голов»"))
    assert (told["posts"], told["stories"], told["looked"]) == (5, 2, len(feed.feed()))
    assert told["vanish"]["count"] == told["shrink"]["count"] == 1
    (gone,) = told["vanish"]["examples"]
    assert "Quillfin-3" in gone["title"]
    newest = told["examples"][0]
    assert newest["title"].startswith("Статья «Sparse Tides»")
    assert (newest["channel"], newest["url"]) == ("Канал 1", None)
    assert newest["date"].startswith("2026-09-01T18:00")
    assert "cosine" not in newest
    assert told["ms"] >= 0
    assert await state(archive) == before


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ({"action": FilterAction.BOOST, "weight": 0.5}, "rise"),
        ({"action": FilterAction.BOOST, "weight": -0.5}, "sink"),
        ({"action": FilterAction.PIN}, "pinned"),
    ],
)
async def test_other_actions_say_which_stories_they_move(
    archive: Database, changes: dict[str, Any], effect: str
) -> None:
    """Each story once."""
    told = await previewed(archive, rule("Quillfin-3", **changes))
    assert told["posts"] == 4
    assert told[effect]["count"] == len(told[effect]["examples"]) == 1
    assert not {"vanish", "rise", "sink", "pinned"} - {effect} & told.keys()


async def test_a_preview_tells_what_the_filter_then_does(archive: Database) -> None:
    """Kept and run, it meets the posts that were told of."""
    asked = rule("модель", scope=Scope(topics=("llm",)))
    told = await previewed(archive, asked)
    async with archive.begin() as session:
        kept = await filter_store.add(session, filter_store.from_json(asked["filter"]), now=feed.NOW)
    await filtering.run(archive, clock=lambda: feed.NOW)
    async with archive.begin() as session:
        found = await filter_store.get(session, kept.id)
        rows = await session.execute(text("SELECT post_id FROM filter_hits"))
        met = {row.post_id for row in rows}
    assert found is not None
    assert found.hits == told["posts"] == len(met) > 0
    assert {example["post"] for example in told["examples"]} <= met
    # What is kept is not taken for granted when it is previewed once more.
    again = await previewed(archive, {**asked, "filter": {**asked["filter"], "id": kept.id}})
    assert {**again, "ms": 0} == {**told, "ms": 0}


async def test_a_window_holds_what_it_says(archive: Database) -> None:
    """Days from now back; never less than one, nor more than a month."""
    assert (await previewed(archive, {**rule("Quillfin-3"), "days": 1}))["looked"] == 0
    assert (await previewed(archive, {**rule("Quillfin-3"), "days": -5}))["looked"] == 0
    assert (await previewed(archive, {**rule("Quillfin-3"), "days": 10**9}))["looked"] == len(feed.feed())


async def test_a_meaning_shows_where_it_cuts(archive: Database) -> None:
    """Nearest first with their cosines; and of those on both sides of the threshold the ones next to it."""
    told = await previewed(archive, rule("роботы и модели", FilterKind.MEANING, threshold=0.02))
    assert told["posts"] > len(told["examples"]) == 8
    nearest = [example["cosine"] for example in told["examples"]]
    around = [example["cosine"] for side in ("above", "below") for example in told[side]]
    assert nearest == sorted(nearest, reverse=True)
    assert around == sorted(around, reverse=True)
    assert len(told["above"]) == previews.MOST_AROUND
    assert told["above"][-1]["cosine"] < nearest[-1]
    assert told["above"][-1]["cosine"] >= told["threshold"] > told["below"][0]["cosine"]


async def test_a_meaning_that_meets_one_post_shows_it(archive: Database) -> None:
    """And those just below the threshold."""
    told = await previewed(archive, rule("роботы-курьеры ездят зимой", FilterKind.MEANING, threshold=0.35))
    assert told["posts"] == 1
    assert told["threshold"] == 0.35
    assert told["examples"][0]["title"].startswith("Роботы-курьеры")
    assert told["above"] == told["examples"]
    assert told["examples"][0]["cosine"] >= 0.35 > told["below"][0]["cosine"]
    below = [example["cosine"] for example in told["below"]]
    assert below == sorted(below, reverse=True)
    assert len(below) == previews.MOST_AROUND


async def test_posts_like_a_given_one(archive: Database) -> None:
    """Named by its number; one that is not there is said not to be."""
    async with archive.begin() as session:
        post = await post_store.find(session, username=None, tg_id=1001, message_id=1)
    told = await previewed(archive, rule(f"post:{post}", FilterKind.MEANING, threshold=0.6))
    assert told["examples"][0]["cosine"] == 1.0
    assert told["posts"] >= 3
    assert "нет в архиве" in await refused(archive, previews.FILTER, rule("post:999999", FilterKind.MEANING))


async def test_a_meaning_needs_the_model_that_is_active(archive: Database, pool: Executor) -> None:
    """By the endpoint, if stories are found by its vectors; when it is away, that is said, and not how."""
    embedder = FakeEmbedder()
    model = await reembed.target(archive, embedder)
    await reembed.move(archive, model, embedder, like=[embed.passages(post.text) for post in feed.feed()])
    await feed.indexed(archive, pool)
    told = await previewed(archive, rule("Роботы-курьеры в Иннополисе", FilterKind.MEANING), remote=embedder)
    assert told["examples"][0]["title"].startswith("Роботы-курьеры")
    embedder.lives = 0
    for remote in (embedder, None):
        reason = await refused(archive, previews.FILTER, rule("роботы", FilterKind.MEANING), remote=remote)
        assert reason == "Модель эмбеддингов сейчас не отвечает: попробуйте позже"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (rule("(", FilterKind.REGEX), "Это не регулярное выражение"),
        (rule(r"(x+x+)+y", FilterKind.REGEX), "слишком долго"),
        (rule(r"(?:\p{L}+\s*)+[0-9]{3}", FilterKind.REGEX), "слишком долго"),
        (rule("(((a{1000}){1000}){1000}){1000}", FilterKind.REGEX), "Числа повторений"),
        (rule("a" * 10_000, FilterKind.REGEX), "10000 символов"),
        (rule("слово, " * 3000), "символов"),
        (rule("\x00"), "ни одного слова"),
        (rule("999999", FilterKind.CHANNEL), "Такого канала нет"),
        (rule("x", FilterKind.CHANNEL), "Такого канала нет"),
        (rule("nothing", FilterKind.TOPIC), "Такой темы нет"),
        (rule("кот", scope=Scope(topics=("nothing",))), "Такой темы нет"),
        (rule("кот", scope=Scope(channels=(10**15,))), "Такого канала нет"),
        (rule("роботы", FilterKind.MEANING, threshold=-3.0), "Порог"),
        (rule("кот", action=FilterAction.BOOST, weight=7.0), "Вес"),
        ({"lang": "ru"}, "не разобрать"),
        ({"filter": 5, "lang": "ru"}, "не разобрать"),
        ({"filter": {"action": "drop", "kind": "keyword"}, "lang": "ru"}, "не разобрать"),
        ({**rule("кот"), "days": "неделя"}, "не разобрать"),
        ({**rule("кот"), "days": None}, "не разобрать"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(
    archive: Database, asked: dict[str, Any], words: str
) -> None:
    """In the language of whoever asks; and the next one is answered."""
    assert words in await refused(archive, previews.FILTER, asked)
    assert (await previewed(archive, rule("кот")))["posts"] == 1


# --- topics ----------------------------------------------------------------------------------------------------------


def row(told: Mapping[str, Any], slug: str) -> Mapping[str, Any]:
    (found,) = [each for each in told["topics"] if each["slug"] == slug]
    return dict(found)


async def topic(database: Database, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the preview of a topic says."""
    before = await state(database)
    found = await ask(database, previews.TOPIC, {"days": DAYS, "lang": "ru", **asked})
    assert found.reason is None
    assert found.answer is not None
    assert await state(database) == before
    return found.answer


DELIVERY = {
    "title_ru": "Доставка",
    "title_en": "Delivery",
    "about": "Роботы-курьеры развозят заказы по городу.",
    "names": ["роботы-курьеры", "курьер", "доставка"],
    "stems": [],
}


async def test_a_new_topic_says_which_stories_enter(archive: Database) -> None:
    """And what leaves others for it."""
    told = await topic(archive, {"topic": DELIVERY})
    assert told["slug"] == "delivery"
    found = row(told, "delivery")
    assert told["topics"][0] == found
    assert (found["before"], found["after"], found["enter"]["count"], found["leave"]["count"]) == (0, 1, 1, 0)
    assert "Роботы-курьеры" in found["enter"]["examples"][0]["title"]


async def test_a_topic_that_is_switched_off_says_which_stories_leave(archive: Database) -> None:
    """All that have it, whatever else they get."""
    told = row(await topic(archive, {"topic": {"slug": "llm", "enabled": False}}), "llm")
    assert told["after"] == 0 < told["before"] == told["leave"]["count"]
    assert len(told["leave"]["examples"]) == min(8, told["before"])


async def test_a_changed_topic_says_what_moves(archive: Database) -> None:
    """Other titles move nothing."""
    told = await topic(archive, {"topic": {"slug": "robotics", "title_ru": "Железяки"}})
    assert [
        (each["slug"], each["title_ru"], each["enter"]["count"], each["leave"]["count"]) for each in told["topics"]
    ] == [("robotics", "Железяки", 0, 0)]
    told = await topic(archive, {"topic": {"slug": "robotics", "names": ["ничего"], "stems": [], "about": "ничего"}})
    assert row(told, "robotics")["after"] == 0


async def test_a_merge_says_what_it_will_do(archive: Database) -> None:
    """And does it then: stories have the topics that were told."""
    told = await topic(archive, {"topic": {"slug": "industry"}, "merge_into": "learning"})
    assert told["slug"] == "learning"
    assert row(told, "industry")["after"] == 0
    async with archive.begin() as session:
        await topic_store.merge(session, "industry", into="learning", now=feed.NOW)
    await relabel.run(archive, clock=lambda: feed.NOW)
    after = row(await topic(archive, {"topic": {"slug": "learning"}}), "learning")
    assert after["before"] == after["after"] == row(told, "learning")["after"]


async def standing(database: Database) -> dict[str, int]:
    """How many stories readers have under each topic, in Russian."""
    async with database.begin() as session:
        stories = await cards.in_window(session, since=feed.NOW - timedelta(days=DAYS), until=None, now=feed.NOW)
        return Counter(slug for card in await cards.cards(session, stories, lang="ru") for slug in card.topics)


@pytest.mark.parametrize("names", [["DeskBench"], ["контекст", "лицензия", "MIT"], ["карта снега", "кот"]])
async def test_a_keyword_gives_a_topic_to_as_many_stories_as_was_told(archive: Database, names: list[str]) -> None:
    """Whether all posts of a story have the word or only some of them."""
    fields: dict[str, Any] = {"title_ru": "Новое", "title_en": "Fresh", "about": "", "names": names, "stems": []}
    told = await topic(archive, {"topic": fields})
    async with archive.begin() as session:
        await topic_store.add(session, **fields)
    await relabel.run(archive, clock=lambda: feed.NOW)
    now = await standing(archive)
    assert {each["slug"]: each["after"] for each in told["topics"]} == {
        each["slug"]: now[each["slug"]] for each in told["topics"]
    }


async def test_a_story_keeps_a_topic_that_is_written_of_it(archive: Database) -> None:
    """A preview counts what a summary names, and says of no story that it leaves where the summary keeps it."""
    async with archive.begin() as session:
        ranked = await cards.in_window(session, since=feed.NOW - timedelta(days=DAYS), until=None, now=feed.NOW)
        shown = next(story for story in ranked if "robotics" in story.topics)
        other = next(story for story in ranked if "robotics" not in story.topics)
        for story in (shown, other):
            await summaries.add(session, naming(story.id, "robotics"))
    assert (await standing(archive))["robotics"] == len([one for one in ranked if "robotics" in one.topics]) + 1
    emptied = {"names": ["ничего"], "stems": [], "about": "ничего"}
    told = row(await topic(archive, {"topic": {"slug": "robotics", **emptied}}), "robotics")
    assert told["before"] == (await standing(archive))["robotics"]
    async with archive.begin() as session:
        await topic_store.change(session, "robotics", **emptied)
    await relabel.run(archive, clock=lambda: feed.NOW)
    assert told["after"] == (await standing(archive))["robotics"] == 2
    told = row(await topic(archive, {"topic": {"slug": "robotics", "enabled": False}}), "robotics")
    assert (told["after"], told["leave"]["count"]) == (0, 2)


def naming(story: int, *slugs: str) -> Summary:
    """A summary of a story that holds whatever its posts say, with these topics."""
    claim = Claim(text="Так написано.", post_ids=(1,), lang="ru")
    return Summary(
        story_id=story, lang="ru", version=0, key=b"key", written=True, title="Написано", gist=(claim,), claims=(),
        topics=slugs, told={}, model="model", prompt="summary.v1", faults={}, covers_until=feed.NOW, made_at=feed.NOW,
    )  # fmt: skip


async def test_posts_that_nobody_has_labelled_yet_are_labelled_for_the_preview(archive: Database) -> None:
    """A preview does not wait for the worker."""
    plain = await topic(archive, {"topic": {"slug": "llm", "enabled": False}})
    async with archive.begin() as session:
        await session.execute(text("UPDATE indexed_posts SET topics = '{}', labelled_by = ''"))
    assert {**await topic(archive, {"topic": {"slug": "llm", "enabled": False}}), "ms": 0} == {**plain, "ms": 0}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "не разобрать"),
        ({"topic": "llm"}, "не разобрать"),
        ({"topic": {"slug": "nothing"}}, "Такой темы нет"),
        ({"topic": {"slug": ["llm"]}}, "Такой темы нет"),
        ({"topic": {"title_ru": "", "title_en": "X"}}, "названия на русском и на английском"),
        ({"topic": {**DELIVERY, "title_en": "x" * 10_000}}, "не длиннее 60"),
        ({"topic": {**DELIVERY, "names": "курьер"}}, "не разобрать"),
        ({"topic": {**DELIVERY, "names": 5}}, "не разобрать"),
        ({"topic": {**DELIVERY, "stems": [str(number) for number in range(5000)]}}, "не больше 600 ключевых слов"),
        ({"topic": {**DELIVERY, "about": "я" * 100_000}}, "не длиннее 5000"),
        ({"topic": {"slug": "llm"}, "merge_into": "llm"}, "с самой собой"),
        ({"topic": {"slug": "llm"}, "merge_into": "nothing"}, "Такой темы нет"),
        ({"topic": DELIVERY, "merge_into": "llm"}, "Такой темы нет"),
    ],
)
async def test_a_topic_that_cannot_be_is_refused_with_a_sentence(
    archive: Database, asked: dict[str, Any], words: str
) -> None:
    """In the language of whoever asks."""
    assert words in await refused(archive, previews.TOPIC, {"lang": "ru", **asked})


async def test_hostile_words_of_a_topic_move_nothing(archive: Database) -> None:
    """They are looked for, as any others are."""
    names = ["\x00роботы", "(a+)+$", "'; DROP TABLE posts; --", "模型", "🔥", "a" * 80]
    told = await topic(archive, {"topic": {**DELIVERY, "about": "\x00\n" * 50, "names": names}})
    assert told["slug"] == "delivery"


# --- answering -------------------------------------------------------------------------------------------------------


async def test_who_waits_hears_of_the_answer(archive: Database) -> None:
    """From asking to the answer, as the bot does."""
    async with listening(archive, requests.ANSWERS) as listener:
        async with archive.begin() as session:
            number = await requests.ask(session, previews.FILTER, rule("кот"), now=feed.NOW)
        waiting = asyncio.create_task(requests.answered(archive, listener, number, timeout=120))
        await previews.answer_waiting(archive, clock=lambda: feed.NOW)
        found = await waiting
    assert found.answer is not None
    assert found.answer["posts"] == 1


async def test_an_unknown_kind_fails_and_others_can_be_added(database: Database) -> None:
    """Who answers what is an argument."""
    assert "question" in await refused(database, "question", {})

    async def answer(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"echo": asked["text"]}

    found = await ask(database, "question", {"text": "зачем?"}, others={"question": answer})
    assert found.answer == {"echo": "зачем?"}


async def test_one_that_takes_long_does_not_keep_others_waiting(database: Database) -> None:
    """Also what is asked while it is being answered."""
    ends = asyncio.Event()

    async def slow(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        async with database.begin() as session:
            await requests.ask(session, "quick", {}, now=feed.NOW)
        await ends.wait()
        return {"slow": True}

    async def quick(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        ends.set()
        return {"quick": True}

    async with database.begin() as session:
        await requests.ask(session, "slow", {}, now=feed.NOW)
    answerers = {"slow": slow, "quick": quick}
    assert await answering.answer_waiting(database, answerers, clock=lambda: feed.NOW) == 2


async def test_what_should_never_happen_is_told_and_raised(database: Database) -> None:
    """The others are answered first, and the request is not tried again."""

    async def broken(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ZeroDivisionError

    async def fine(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}

    async def sensible(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        raise UsageError("это не вопрос")

    answerers = {"broken": broken, "fine": fine, "sensible": sensible}
    async with database.begin() as session:
        numbers = [await requests.ask(session, kind, {}, now=feed.NOW) for kind in answerers]
    with pytest.raises(ZeroDivisionError):
        await answering.answer_waiting(database, answerers, clock=lambda: feed.NOW)
    async with database.begin() as session:
        found = [await requests.get(session, number) for number in numbers]
    assert [request.reason if request else "" for request in found] == [
        "something went wrong here: the log of the summarizer says what",
        None,
        "это не вопрос",
    ]
    assert await answering.answer_waiting(database, answerers, clock=lambda: feed.NOW) == 0


async def test_what_a_dead_worker_had_taken_is_answered_by_another(database: Database) -> None:
    """Once its lease has run out; while it is alive, it renews it, however long it takes."""
    now = feed.NOW
    waited = asyncio.Event()

    async def slow(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        await waited.wait()
        return {"by": "the first"}

    async def quick(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"by": "another"}

    async with database.begin() as session:
        number = await requests.ask(session, "x", {}, now=now)
    first = asyncio.create_task(answering.answer_waiting(database, {"x": slow}, clock=lambda: now))
    await _until_leased(database, number, now)
    now = feed.NOW + answering.LEASE
    await _until_leased(database, number, now)  # renewed
    assert await answering.answer_waiting(database, {"x": quick}, clock=lambda: now) == 0
    first.cancel()  # it dies
    await asyncio.gather(first, return_exceptions=True)
    assert await answering.answer_waiting(database, {"x": quick}, clock=lambda: now + answering.LEASE) == 0
    after = now + answering.LEASE + timedelta(seconds=1)
    assert await answering.answer_waiting(database, {"x": quick}, clock=lambda: after) == 1
    async with database.begin() as session:
        found = await requests.get(session, number)
    assert found is not None
    assert found.answer == {"by": "another"}


async def _until_leased(database: Database, number: int, now: datetime) -> None:
    """Wait until a request is held beyond a moment."""
    async with asyncio.timeout(60):
        while True:
            async with database.begin() as session:
                row = await session.execute(text("SELECT lease_until FROM requests WHERE id = :id"), {"id": number})
            until = row.scalar_one()
            if until is not None and until > now:
                return
            await asyncio.sleep(0.01)


async def test_what_nobody_could_answer_is_given_up(database: Database) -> None:
    """So that what kills every worker that takes it up does not do so for ever."""
    async with database.begin() as session:
        number = await requests.ask(session, "x", {}, now=feed.NOW - answering.PATIENCE - timedelta(seconds=1))
    assert await answering.answer_waiting(database, {}, clock=lambda: feed.NOW) == 0
    async with database.begin() as session:
        found = await requests.get(session, number)
    assert found is not None
    assert found.reason == "nobody could answer in time: ask again"
