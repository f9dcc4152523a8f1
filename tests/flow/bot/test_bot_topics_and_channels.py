"""/topics and /channels at the fake Bot API: what is wanted, what is muted, long lists, things that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.readers import Cap
from core.store import channels, incoming
from core.types import Channel, Post
from tests.flow.bot.telegram_readers import ADMIN, NOW, stage, subscribed


async def test_topics_are_left_out_and_taken_in_again(database: Database) -> None:
    """With all topics, unticking leaves one out, and new ones still come."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/topics")
        await on.press(ada, shown, "✅ Агенты")
        reader = await on.known(ada.chat)
        assert (reader.all_topics, reader.topics) == (True, {"agents"})
        assert "все (кроме: Агенты)" in on.shown(ada.chat).words
        await on.press(ada, shown, "▫️ Агенты")
        assert (await on.known(ada.chat)).topics == frozenset()


async def test_topics_are_chosen_one_by_one(database: Database) -> None:
    """After "none", ticking chooses; the page says that new ones will not come by themselves. "All" brings all back."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/topics")
        await on.press(ada, shown, "Снять все")
        await on.press(ada, shown, "▫️ Агенты")
        await on.press(ada, shown, "▫️ Рассуждения")
        reader = await on.known(ada.chat)
        assert (reader.all_topics, reader.topics) == (False, {"agents", "reasoning"})
        assert "Новые темы сами не добавятся" in on.shown(ada.chat).words
        await on.press(ada, shown, "Все темы")
        assert (await on.known(ada.chat)).all_topics


async def test_toggles_pressed_at_once_all_count(database: Database) -> None:
    """Two topics that are left out at the same moment are both left out."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/topics")
        for button in ("✅ Агенты", "✅ Рассуждения", "✅ Индустрия", "✅ Агенты"):
            ada.tap(shown, button)
        await on.settle_together()
        assert (await on.known(ada.chat)).topics == {"agents", "reasoning", "industry"}


@pytest.mark.parametrize("slug", ["gone", "agents'; --", "\u0000", "t" * 30])
async def test_a_topic_that_is_gone_is_answered(database: Database, slug: str) -> None:
    """A button of a topic that there is not (any more) says so, and changes nothing."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/topics")
        before = await on.known(ada.chat)
        answer = await on.press(ada, shown, data=f"t:off:{slug}:0:{before.id}")
        assert answer.text == "Такой темы больше нет."
        assert await on.known(ada.chat) == before


async def test_many_topics_stand_on_pages(database: Database) -> None:
    """Sixty topics with long titles stand on pages, each of which Telegram takes; a page past the end is the last."""
    async with stage(database) as on:
        async with database.begin() as session:
            await session.execute(text("DELETE FROM topics"))
            await session.execute(
                text("""
                    INSERT INTO topics (slug, position, title_ru, title_en, about, names, stems)
                    SELECT 'topic-of-the-admins-number-' || n, n, repeat('Тема 🦉 ', 40) || n, 'Topic ' || n, '', '{}', '{}'
                    FROM generate_series(1, 60) AS n
                """)
            )
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/topics")
        assert sum(button.startswith("✅") for button in shown.buttons) == 20
        await on.press(ada, shown, "›")
        await on.press(ada, shown, "›")
        assert "›" not in on.shown(ada.chat).buttons
        reader = await on.known(ada.chat)
        await on.press(ada, shown, data=f"t:list::9999:{reader.id}")
        assert "‹" in on.shown(ada.chat).buttons
        await on.press(ada, shown, data=f"t:off:topic-of-the-admins-number-60:2:{reader.id}")
        assert (await on.known(ada.chat)).topics == {"topic-of-the-admins-number-60"}


async def test_without_topics_everything_comes(database: Database) -> None:
    """Where admins keep no topics, the page says so, and subscribing is possible."""
    async with stage(database) as on:
        async with database.begin() as session:
            await session.execute(text("DELETE FROM topics"))
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/topics")
        assert "Тем пока нет" in shown.words


async def test_admins_find_the_way_to_their_editors(database: Database) -> None:
    """Admins see a button to the editor of topics and of channels in private; others don't."""
    async with stage(database) as on:
        ada = await subscribed(on)
        boss = await subscribed(on, "Грета", user_id=ADMIN)
        for command, button in (("/topics", "✏️ Править темы"), ("/channels", "✏️ Править каналы")):
            assert button in (await on.say(boss, command))[0].buttons
            assert button not in (await on.say(ada, command))[0].buttons


# --- channels --------------------------------------------------------------------------------------------------------


async def read(database: Database, names: Sequence[str], *, posts: int = 1) -> list[int]:
    """Channels of these names, each with posts, of which the first was posted an hour ago, the others a month before."""
    async with database.begin() as session:
        made = [Channel(tg_id=5000 + place, name=name, username=f"ch_{place:04d}") for place, name in enumerate(names)]
        known = {channel: await channels.upsert(session, channel) for channel in made}
        batch = [
            Post(
                channel=channel,
                message_id=number + 1,
                text=f"Пост {number}",
                raw={},
                date=NOW - timedelta(hours=1) - timedelta(days=30) * number,
            )
            for channel in made
            for number in range(posts)
        ]
        await incoming.upsert(session, batch, channels=known, now=NOW)
    return list(known.values())


async def test_a_channel_is_muted_limited_and_heard_again(database: Database) -> None:
    """/channels lists what is read with its posts of a week; a channel's page mutes it, limits it, and lets it in again."""
    async with stage(database) as on:
        (owl, _) = await read(database, ["Тихая сова", "Паровоз"], posts=3)
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/channels")
        assert "Тихая сова · 1 пост за неделю" in shown.words
        assert "1\u00a0пост за неделю" in (shown.text or ""), "no row ends between a number and what it counts"
        assert "https://t.me/ch_0000" in shown.links
        await on.press(ada, shown, "Тихая сова")
        assert "Последний пост: 25 ноября" in on.shown(ada.chat).words
        await on.press(ada, shown, "🔇 Скрыть")
        assert (await on.known(ada.chat)).caps == (Cap(channel_id=owl, most=0),)
        assert "Канал скрыт" in on.shown(ada.chat).words
        await on.press(ada, shown, "Не больше 2")
        assert (await on.known(ada.chat)).caps == (Cap(channel_id=owl, most=2),)
        await on.press(ada, shown, "‹ Назад")
        assert "≤2 Тихая сова" in on.shown(ada.chat).buttons
        await on.press(ada, shown, "≤2 Тихая сова")
        await on.press(ada, shown, "Без ограничений")
        assert (await on.known(ada.chat)).caps == ()


async def test_many_channels_stand_on_pages(database: Database) -> None:
    """Three hundred channels with terrible names stand on pages that Telegram takes, each with a way on and back."""
    async with stage(database) as on:
        await read(database, [f"{number:03d} \u202e<b>🦉{'имя ' * 200}" for number in range(300)])
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/channels")
        assert "Страница 1 из 30" in shown.words
        for _ in range(29):
            await on.press(ada, shown, "›")
        last = on.shown(ada.chat)
        assert "Страница 30 из 30" in last.words
        assert "›" not in last.buttons
        assert "\u202e" not in last.words


async def test_a_channel_that_is_gone_is_answered(database: Database) -> None:
    """A button of a channel that is not read any more says so and shows the list; forged limits change nothing."""
    async with stage(database) as on:
        (owl,) = await read(database, ["Тихая сова"])
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/channels")
        reader = await on.known(ada.chat)
        answer = await on.press(ada, shown, data=f"c:0:{owl + 1}:0:{reader.id}")
        assert answer.text == "Этот канал больше не читается."
        for limit in ("4", "-1", "all", ""):
            await on.press(ada, shown, data=f"c:{limit}:{owl}:0:{reader.id}")
        assert await on.known(ada.chat) == reader


async def test_a_channel_without_posts_or_dates_is_listed(database: Database) -> None:
    """A channel that is only followed has no posts yet; an undated post counts by when it came."""
    async with stage(database) as on:
        (owl,) = await read(database, ["Тихая сова"])
        async with database.begin() as session:
            await session.execute(text("UPDATE posts SET date = NULL WHERE channel_id = :id"), {"id": owl})
            await session.execute(text("INSERT INTO accounts (name) VALUES ('main')"))
            late = await channels.upsert(session, Channel(tg_id=7, name="Ещё не читан"))
            await session.execute(
                text("""
                    INSERT INTO follows (account_id, asked, channel_id, state, added_at)
                    SELECT id, '@late', :id, 'wanted', now() FROM accounts
                """),
                {"id": late},
            )
            await channels.know(session, [replace(Channel(tg_id=8, name="Чужой"))])
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/channels")
        assert "Тихая сова · 1 пост" in shown.words
        assert "Ещё не читан · 0 постов" in shown.words
        assert "Чужой" not in shown.words
        await on.press(ada, shown, "Тихая сова")
        assert "Последний пост" not in on.shown(ada.chat).words
