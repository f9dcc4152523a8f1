"""The shelf on a real Postgres: what is put there, what of it is shown, and what makes a story due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.readers import ShelfStory
from core.store import shelf, stories
from core.store.shelf import NewRow, Terms
from core.types import CitedSentence, ClaimKind, StoryCard, StoryPost

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POST = StoryPost(
    id=7, channel="Градиент", message_id=3, url="https://t.me/invented/3", origin=None, origin_url=None,
    date=NOW - 2 * HOUR, first_seen=NOW - HOUR, text="Вышла Torvex-9B.\nПодробности в посте.",
)  # fmt: skip
CLAIM = CitedSentence(
    text="Модель обучена на 4 трлн токенов.", post_id=7, also=(8,), kind=ClaimKind.AGREED, lang="ru", known_at=NOW
)


def ready(story_id: int, **over: Any) -> ShelfStory:
    """A story that came an hour ago and was posted two hours ago; `over` replaces fields of the story or of its card."""
    fields: dict[str, Any] = {
        "id": story_id,
        "title": f"Сюжет {story_id}",
        "title_post": 7,
        "sentences": (CLAIM,),
        "claims": (CLAIM, replace(CLAIM, known_at=None, kind=None)),
        "lang": "ru",
        "topics": ("llm", "agents"),
        "rank": 0.5,
        "parts": {"sources": 0.3, "freshness": 0.2},
        "independent": 1,
        "dated": True,
        "first_seen": NOW - 3 * HOUR,
        "last_seen": NOW - 2 * HOUR,
        "posts": (POST,),
    }
    own = {name: over.pop(name) for name in ("arrived_at", "channels", "pinned") if name in over}
    return ShelfStory(card=StoryCard(**(fields | over)), **{"arrived_at": NOW - HOUR, "channels": (1, 2), **own})


async def put(
    session: AsyncSession, *held: ShelfStory, lang: str = "ru", made_at: datetime = NOW, mark: str = ""
) -> None:
    await shelf.put(
        session,
        [NewRow(story_id=story.card.id, lang=lang, story=story, made_by=mark, made_at=made_at) for story in held],
    )


async def fresh(session: AsyncSession, **over: Any) -> list[int]:
    """The stories that came within the last day, as the bot reads them."""
    asked: dict[str, Any] = {
        "lang": "ru",
        "arrived_since": NOW - 24 * HOUR,
        "seen_since": NOW - 72 * HOUR,
        "limit": 100,
    }
    return [story.card.id for story in await shelf.fresh(session, **(asked | over))]


# --- what stands there ------------------------------------------------------------------------------------------------


async def test_what_is_put_comes_back(session: AsyncSession) -> None:
    """All of a story survives the way into the table and back, whatever its texts hold."""
    one, two = await stories.create(session, 2, now=NOW)
    nasty = 'кавычка " и \\u0000 буквами, эмодзи 😳, перевод\nстроки'
    held = [
        ready(one, pinned=True, channels=(5,)),
        ready(
            two, title=nasty, posts=(replace(POST, text=nasty, date=None, url=None),), written_by="summary.v1, model"
        ),
    ]
    await put(session, *held)
    assert await shelf.by_ids(session, [one, two], lang="ru") == dict(zip((one, two), held, strict=True))
    assert list((await shelf.by_ids(session, [one], lang="ru"))[one].card.parts) == ["sources", "freshness"]


async def test_what_is_put_again_replaces_it(session: AsyncSession) -> None:
    """A story has one row in each language."""
    (one,) = await stories.create(session, 1, now=NOW)
    await put(session, ready(one))
    await put(session, ready(one, title="New"), lang="en")
    await put(session, ready(one, title="Новый", topics=()))
    assert (await shelf.by_ids(session, [one], lang="ru"))[one].card.title == "Новый"
    assert (await shelf.by_ids(session, [one], lang="en"))[one].card.title == "New"


async def test_the_best_come_first(session: AsyncSession) -> None:
    """What is pinned, then by rank; of equal ones the newer, then the older number."""
    a, b, c, d, e = await stories.create(session, 5, now=NOW)
    await put(
        session,
        ready(a, rank=0.1, pinned=True),
        ready(b, rank=0.9),
        ready(c, rank=0.5),
        ready(d, rank=0.5),
        ready(e, rank=0.5, last_seen=NOW - HOUR),
    )
    assert await fresh(session) == [a, b, e, c, d]
    assert await fresh(session, limit=2) == [a, b]


async def test_fresh_is_what_came_and_was_posted_since(session: AsyncSession) -> None:
    """Both moments count, each included; what is read of a channel's past is not fresh, however lately it came."""
    since, edge = NOW - 5 * HOUR, timedelta(microseconds=1)
    a, b, c, d = await stories.create(session, 4, now=NOW)
    await put(
        session,
        ready(a, arrived_at=since, last_seen=since - 48 * HOUR),
        ready(b, arrived_at=since - edge),
        ready(c, last_seen=since - 48 * HOUR - edge),
    )
    await put(session, ready(d), lang="en")
    assert await fresh(session, arrived_since=since, seen_since=since - 48 * HOUR) == [a]


async def test_a_window_is_of_when_posts_were_posted(session: AsyncSession) -> None:
    """Its end does not belong to it; when they came does not matter."""
    a, b, c = await stories.create(session, 3, now=NOW)
    since, until = NOW - 4 * HOUR, NOW - 2 * HOUR
    await put(
        session,
        ready(a, last_seen=since, arrived_at=NOW, rank=0.1),
        ready(b, last_seen=until),
        ready(c, last_seen=until - timedelta(microseconds=1), arrived_at=NOW - 100 * HOUR),
    )
    found = await shelf.in_window(session, lang="ru", since=since, until=until, limit=10)
    assert [story.card.id for story in found] == [c, a]


async def test_a_story_is_found_under_its_former_number(session: AsyncSession) -> None:
    """After a merge the old number leads to the new story, also where both are asked for; the old row is not shown."""
    old, new, other = await stories.create(session, 3, now=NOW)
    await put(session, ready(old), ready(new))
    await stories.redirect(session, {old: new})
    found = await shelf.by_ids(session, [old, new, other, 10**12], lang="ru")
    assert {asked: story.card.id for asked, story in found.items()} == {old: new, new: new}
    assert await fresh(session) == [new]


async def test_what_is_dropped_is_gone_at_once(session: AsyncSession) -> None:
    """In both languages, and whoever keeps what was read can tell; put again, it is back."""
    one, two = await stories.create(session, 2, now=NOW)
    await put(session, ready(one), ready(two))
    await put(session, ready(one), lang="en")
    await shelf.drop(session, [one], now=NOW + HOUR)
    assert (await fresh(session), await fresh(session, lang="en")) == ([two], [])
    assert await shelf.by_ids(session, [one, two], lang="ru") == {two: ready(two)}
    assert await shelf.newest(session) == NOW + HOUR
    await put(session, ready(one))
    assert await fresh(session) == [one, two]


async def test_a_story_with_nothing_to_show_is_not_shown(session: AsyncSession) -> None:
    """Its row says that it was looked at, and nothing else."""
    (one,) = await stories.create(session, 1, now=NOW)
    await shelf.put(session, [NewRow(story_id=one, lang="ru", story=None, made_by="mark", made_at=NOW)])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert await fresh(session, arrived_since=epoch, seen_since=epoch) == []
    assert await shelf.in_window(session, lang="ru", since=epoch, until=NOW, limit=9) == []
    assert await shelf.by_ids(session, [one], lang="ru") == {}


async def test_newest_is_when_a_row_was_made_last(session: AsyncSession) -> None:
    """In whichever language; of an empty shelf there is none."""
    assert await shelf.newest(session) is None
    one, two = await stories.create(session, 2, now=NOW)
    await put(session, ready(one), made_at=NOW)
    await put(session, ready(two), made_at=NOW - HOUR, lang="en")
    assert await shelf.newest(session) == NOW


# --- what is due ------------------------------------------------------------------------------------------------------


async def archive(session: AsyncSession, count: int = 1) -> list[int]:
    """So many stories of a post each, the later the newer, looked at by filters never."""
    numbers = await stories.create(session, count, now=NOW)
    await session.execute(
        text("""
            WITH c AS (INSERT INTO channels (tg_id, name, kind) VALUES (1, 'Канал', 'public') RETURNING id),
            p AS (
                INSERT INTO posts (channel_id, message_id, date, first_seen, text, entities, media, album_ids, raw,
                    content_hash, state)
                SELECT c.id, n, CAST(:now AS timestamptz) + n * interval '1 minute', :now, 'Текст', '[]', '{}', '{}', '{}',
                    '', 'indexed'
                FROM c CROSS JOIN generate_series(1, :count) AS n RETURNING id, channel_id, message_id, date
            )
            INSERT INTO indexed_posts (post_id, channel_id, sequence, time, dated, source, holder, lang, clean_text, ad,
                ad_reasons, keys, self_keys, refers, features, topics, made_by, story_id)
            SELECT p.id, p.channel_id, p.message_id, p.date, true, 'канал', '1', 'ru', 'Текст', '', '{}', '{}', '{}', '{}',
                '{}', '{"llm": 0.9}', 'rules', (CAST(:stories AS bigint[]))[p.message_id] FROM p
        """),
        {"now": NOW - 30 * HOUR, "count": count, "stories": numbers},
    )
    return numbers


def terms(now: datetime = NOW, *, langs: Sequence[str] = ("ru", "en"), rules: str = "rules 1") -> Terms:
    return Terms.at(now, langs=langs, rules=rules, counted=72 * HOUR, fresh=HOUR)


async def due(session: AsyncSession, asked: Terms | None = None) -> list[int]:
    return await shelf.due(session, asked or terms(), limit=100)


async def make(session: AsyncSession, *numbers: int, at: datetime = NOW, last_seen: datetime | None = None) -> None:
    """What a worker does, without looking at the posts."""
    found = await shelf.take(session, numbers, terms(at))
    await shelf.put(
        session,
        [
            NewRow(
                story_id=one.story_id,
                lang=one.lang,
                story=ready(one.story_id, last_seen=last_seen or NOW - 300 * HOUR),
                made_by=one.made_by,
                made_at=at,
            )
            for one in found
        ],
    )


async def run(session: AsyncSession, statement: str, **values: Any) -> None:
    await session.execute(text(statement), values)


async def test_stories_with_posts_are_due_until_they_are_made(session: AsyncSession) -> None:
    """The newest first; a story that has no posts is not."""
    numbers = await archive(session, 4)
    await stories.create(session, 2, now=NOW)
    assert await due(session) == numbers[::-1]
    assert await shelf.due(session, terms(), limit=2) == numbers[:1:-1]
    assert await shelf.waiting(session) == 4
    await make(session, *numbers[2:])
    assert await due(session) == numbers[1::-1]
    assert await shelf.waiting(session) == 2


async def test_each_language_is_due_by_itself(session: AsyncSession) -> None:
    """A language that is new makes every story due, in that language alone."""
    (one,) = await archive(session)
    await make(session, one)
    assert await due(session) == []
    found = await shelf.take(session, [one], terms(langs=("ru", "en", "de")))
    assert [(row.story_id, row.lang) for row in found] == [(one, "de")]


CHANGES = {
    "its posts": "UPDATE stories SET changed_at = changed_at + interval '1 microsecond' WHERE id = :story",
    "its topics": "UPDATE indexed_posts SET topics = '{\"llm\": 0.8}' WHERE story_id = :story",
    "a summary": """
        INSERT INTO summaries (story_id, lang, version, key, state, title, gist, claims, topics, told, model, prompt, faults,
            covers_until, made_at)
        SELECT :story, l, 1, '', 'written', 'Заголовок', '[]', '[]', '{}', '{"1": "aa"}', 'model', 'prompt', '{}', now(), now()
        FROM unnest(ARRAY['ru', 'en']) AS l
    """,
    "a hit of a filter": """
        WITH f AS (
            INSERT INTO filters (action, kind, pattern, topics, channels, weight, note, enabled, made_by, changed_at)
            VALUES ('boost', 'keyword', 'слово', '{}', '{}', 0.1, '', true, 1, now()) RETURNING id
        )
        INSERT INTO filter_hits (filter_id, post_id) SELECT f.id, i.post_id FROM f, indexed_posts i WHERE i.story_id = :story
    """,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
async def test_what_changes_a_story_makes_it_due(session: AsyncSession, change: str) -> None:
    """And only that one."""
    one, two = await archive(session, 2)
    await run(session, "UPDATE indexed_posts SET filtered_by = 'these'")
    await make(session, one, two)
    await run(session, change, story=one)
    assert await due(session) == [one]
    await make(session, one)
    assert await due(session) == []


async def test_a_summary_that_holds_again_makes_its_language_due(session: AsyncSession) -> None:
    """An edit that changed nothing of what is said is noted in the version that was written, which is shown again."""
    (one,) = await archive(session)
    await run(session, CHANGES["a summary"], story=one)
    await make(session, one)
    await run(session, "UPDATE summaries SET told = '{\"1\": \"aa:2\"}' WHERE lang = 'ru'")
    assert [row.lang for row in await shelf.take(session, [one], terms())] == ["ru"]


async def test_other_rules_make_everything_due(session: AsyncSession) -> None:
    """A program that would tell stories otherwise makes the shelf anew."""
    numbers = await archive(session, 3)
    await make(session, *numbers)
    assert await due(session, terms(rules="rules 2")) == numbers[::-1]
    assert await shelf.waiting(session) == 0


async def test_filters_are_waited_for(session: AsyncSession) -> None:
    """While a filter does something, a story waits for it to look at its posts; it is on its way nevertheless."""
    (one,) = await archive(session)
    await run(session, CHANGES["a hit of a filter"], story=0)
    assert (await due(session), await shelf.waiting(session)) == ([], 1)
    assert await shelf.take(session, [one], terms()) == []
    await run(session, "UPDATE indexed_posts SET filtered_by = 'these'")
    assert await due(session) == [one]


@pytest.mark.parametrize("end", ["enabled = false", "expires_at = :now"], ids=["switched off", "run out"])
async def test_a_filter_that_does_nothing_counts_for_nothing(session: AsyncSession, end: str) -> None:
    """Its posts need not be looked at, and its hits are taken back."""
    one, _ = await archive(session, 2)
    await run(session, CHANGES["a hit of a filter"], story=one)
    await run(session, "UPDATE indexed_posts SET filtered_by = 'these'")
    numbers = await due(session)
    await make(session, *numbers)
    values = {"now": NOW} if ":now" in end else {}
    await run(session, f"UPDATE filters SET {end}", **values)
    assert await due(session) == [one]
    await run(session, "UPDATE indexed_posts SET filtered_by = ''")
    assert await due(session) == [one]


async def test_counters_are_looked_at_while_they_matter(session: AsyncSession) -> None:
    """A row of the last three days is made again after an hour; an older story only when it changes."""
    one, two = await archive(session, 2)
    later = NOW + HOUR + timedelta(seconds=1)
    await make(session, one, last_seen=later - 72 * HOUR)
    await make(session, two, last_seen=later - 73 * HOUR)
    assert await due(session, terms(NOW + HOUR)) == []
    assert await due(session, terms(later)) == [one]
    assert await due(session, terms(later + HOUR)) == []


async def only_post(session: AsyncSession, story: int) -> int:
    ((post, _),) = (await stories.members(session, [story])).items()
    return post


async def test_what_must_not_be_shown_comes_first(session: AsyncSession) -> None:
    """A row whose story was merged away, or has lost its posts, is due before anything new, until it is empty."""
    one, two, three = await archive(session, 3)
    await make(session, one, two)
    await stories.assign(session, {await only_post(session, one): three}, now=NOW)
    await stories.redirect(session, {one: three})
    await run(session, "DELETE FROM indexed_posts WHERE story_id = :two", two=two)
    assert await due(session) == [two, one, three]
    found = await shelf.take(session, [one, two], terms())
    assert await shelf.members(session, [one, two]) == []
    await shelf.put(
        session,
        [NewRow(story_id=row.story_id, lang=row.lang, story=None, made_by=row.made_by, made_at=NOW) for row in found],
    )
    assert await due(session) == [three]


async def test_a_deleted_post_is_no_member(session: AsyncSession) -> None:
    """Not even before the index has heard of it."""
    one, two = await archive(session, 2)
    await run(session, "UPDATE indexed_posts SET story_id = :one WHERE story_id = :two", one=one, two=two)
    await run(session, "UPDATE posts SET deleted_at = :now WHERE message_id = 1", now=NOW)
    (found,) = await shelf.members(session, [one, two])
    assert (found.id, len(found.post_ids)) == (one, 1)


async def test_a_story_that_another_makes_is_left_alone(database: Database) -> None:
    """From the moment that it is taken until that transaction ends; then it is made."""
    async with database.begin() as session:
        one, two = await archive(session, 2)
    async with database.begin() as first:
        await make(first, one)
        async with database.begin() as second:
            assert {row.story_id for row in await shelf.take(second, [one, two], terms())} == {two}
    async with database.begin() as session:
        assert {row.story_id for row in await shelf.take(session, [one, two], terms())} == {two}
