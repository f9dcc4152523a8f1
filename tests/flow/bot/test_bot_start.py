"""/start and /stop at the fake Bot API: from the proposal to a subscription, away, back again, and blocked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.readers import Body, NewDelivery, Reader, ReaderState
from core.store import claims, memories, outbox, readers
from tests.flow.bot.telegram_readers import NOW, Stage, stage, subscribed

SIX, TODAY = datetime(2026, 11, 25, 6, tzinfo=UTC), date(2026, 11, 25)


async def test_one_tap_takes_the_proposal(database: Database) -> None:
    """/start shows the whole proposal, and one tap on Subscribe takes it: daily at nine in Moscow, all topics, in Russian."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (shown,) = await on.say(ada, "/start")
        for part in ("Темы: все", "каждый день в 09:00", "Москва, UTC+3", "русский"):
            assert part in shown.words
        assert shown.buttons == ["✅ Подписаться", "📚 Темы", "🕘 Время", "🌍 Часовой пояс", "💬 Язык"]
        assert (await on.known(ada.chat)).state is ReaderState.NEW
        await on.press(ada, shown, "✅ Подписаться")
        assert "Первый дайджест придёт сегодня в 09:00 (Москва, UTC+3)" in on.shown(ada.chat).words
        assert "/digest" in on.shown(ada.chat).words
        reader = await on.known(ada.chat)
        assert (reader.state, reader.due_at, reader.since) == (ReaderState.ACTIVE, SIX, NOW - timedelta(hours=24))
        assert (reader.all_topics, reader.topics, reader.lang) == (True, frozenset(), "ru")


async def test_each_part_of_the_proposal_can_be_changed_on_the_way(database: Database) -> None:
    """Topics, hour, zone and language lead back to the proposal, which shows what was chosen, until it is taken."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (shown,) = await on.say(ada, "/start")
        for button in ("📚 Темы", "▫️", "‹ Назад"):
            if button == "▫️":
                await on.press(ada, shown, "✅ Агенты")
                assert "▫️ Агенты" in on.shown(ada.chat).buttons
            else:
                await on.press(ada, shown, button)
        await on.press(ada, shown, "🕘 Время")
        await on.press(ada, shown, "18:00")
        await on.press(ada, shown, "🌍 Часовой пояс")
        await on.press(ada, shown, "Владивосток, UTC+10")
        await on.press(ada, shown, "💬 Язык")
        await on.press(ada, shown, "English")
        now = on.shown(ada.chat)
        for part in ("all but Agents", "every day at 18:00", "Vladivostok, UTC+10", "Language: English"):
            assert part in now.words
        await on.press(ada, shown, "✅ Subscribe")
        assert "The first digest comes today at 18:00 (Vladivostok, UTC+10)" in on.shown(ada.chat).words
        reader = await on.known(ada.chat)
        assert (reader.state, reader.hour, reader.tz) == (ReaderState.ACTIVE, 18, "Asia/Vladivostok")
        assert (reader.lang, reader.all_topics, reader.topics) == ("en", True, {"agents"})
        assert len(ada.chat.messages) == 2, "one message of hers, one of the bot's, which was redrawn"


async def test_nobody_subscribes_to_nothing(database: Database) -> None:
    """With no topic chosen, Subscribe says so and does nothing."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (shown,) = await on.say(ada, "/start")
        await on.press(ada, shown, "📚 Темы")
        await on.press(ada, shown, "Снять все")
        assert "Не отмечено ничего" in on.shown(ada.chat).words
        await on.press(ada, shown, "‹ Назад")
        answer = await on.press(ada, shown, "✅ Подписаться")
        assert answer.text == "Сначала выберите хотя бы одну тему."
        assert (await on.known(ada.chat)).state is ReaderState.NEW


async def test_two_taps_at_once_subscribe_once(database: Database) -> None:
    """Whoever taps Subscribe twice, at once, is subscribed, and both presses are answered."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (shown,) = await on.say(ada, "/start")
        queries = [ada.tap(shown, "✅ Подписаться") for _ in range(2)]
        await on.settle_together()
        assert all(query.answer is not None for query in queries)
        assert (await on.known(ada.chat)).due_at == SIX


async def test_who_is_subscribed_sees_how_things_are(database: Database) -> None:
    """/start of an active reader shows when the next digest comes, and changes nothing."""
    async with stage(database) as on:
        ada = await subscribed(on)
        before = await on.known(ada.chat)
        (shown,) = await on.say(ada, "/start")
        assert "Следующий дайджест придёт сегодня в 09:00" in shown.words
        assert await on.known(ada.chat) == before


async def test_stop_pauses_and_start_brings_back(database: Database) -> None:
    """/stop keeps the settings and stops the digests; /start, or the button, goes on, and tells nothing twice."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (paused,) = await on.say(ada, "/stop")
        assert "на паузе" in paused.words
        stopped = await on.known(ada.chat)
        assert (stopped.state, stopped.due_at) == (ReaderState.PAUSED, None)
        (again,) = await on.say(ada, "/stop")
        assert "и так на паузе" in again.words
        on.now += timedelta(hours=2)
        (back,) = await on.say(ada, "/start")
        assert "С возвращением" in back.words
        assert "завтра, 26 ноября, в 09:00" in back.words
        reader = await on.known(ada.chat)
        assert reader.state is ReaderState.ACTIVE
        assert reader.since == on.now - timedelta(hours=24), "not longer than a day back, though more was missed"
        await on.say(ada, "/stop")
        await on.press(ada, paused, "▶️ Возобновить")
        assert (await on.known(ada.chat)).state is ReaderState.ACTIVE


async def test_what_was_told_is_not_told_again_after_a_pause(database: Database) -> None:
    """Who comes back within the day is told what came since the last digest."""
    async with stage(database) as on:
        ada = await subscribed(on)
        reader = await on.known(ada.chat)
        on.now = SIX
        await on.deliver(reader, SIX.date())
        await on.say(ada, "/stop")
        on.now += timedelta(hours=1)
        await on.say(ada, "/start")
        back = await on.known(ada.chat)
        assert (back.since, back.due_at) == (SIX, SIX + timedelta(days=1))


async def waiting(on: Stage, reader: Reader, *, messages: int, period: date | None = TODAY) -> None:
    """A digest of the last day in so many messages that has been written and not sent yet."""
    new = NewDelivery(
        reader_id=reader.id,
        chat_id=reader.chat_id,
        thread_id=None,
        period=period,
        since=SIX - timedelta(days=1),
        until=SIX,
        lang="ru",
        stories=(7,),
        bodies=tuple(Body(text=f"Часть {number}") for number in range(messages)),
    )
    async with on.database.begin() as session:
        await outbox.put(session, [new], urgent=period is None, now=on.now)
        await readers.advance(session, [(reader.id, SIX, SIX + timedelta(days=1))])


async def test_stop_holds_back_what_is_not_sent_yet(database: Database) -> None:
    """A digest that waits is as if it had never been made, one that was asked for too: nothing of it is sent, before or after
    the reader comes back, and the next digest tells what it would have told.
    """
    async with stage(database) as on:
        ada = await subscribed(on)
        reader = await on.known(ada.chat)
        on.now = SIX
        await waiting(on, reader, messages=2)
        await waiting(on, reader, messages=1, period=None)
        await on.say(ada, "/stop")
        async with database.begin() as session:
            assert not await outbox.is_waiting(session, now=on.now + timedelta(days=9))
            memory = (await memories.of_readers(session, [reader.id], since=NOW - timedelta(days=9)))[reader.id]
        assert memory.shown == {}
        on.now += timedelta(hours=1)
        await on.say(ada, "/start")
        back = await on.known(ada.chat)
        assert (back.since, back.due_at) == (on.now - timedelta(days=1), SIX + timedelta(days=1))
        async with database.begin() as session:
            assert not await outbox.is_waiting(session, now=on.now + timedelta(days=9))


async def test_stop_in_the_middle_of_a_digest(database: Database) -> None:
    """What has gone stays told, the rest is not sent; a worker that had taken it does not begin it."""
    async with stage(database) as on:
        ada = await subscribed(on)
        reader = await on.known(ada.chat)
        on.now = SIX
        await waiting(on, reader, messages=3)
        states = "UPDATE messages SET state = CASE place WHEN 0 THEN 'sent' WHEN 1 THEN 'claimed' ELSE 'pending' END"
        lease = timedelta(minutes=1)
        async with database.begin() as session:
            await session.execute(
                text(f"{states}, lease_until = CASE place WHEN 1 THEN :until END"), {"until": SIX + lease}
            )
            taken = (await session.execute(text("SELECT id FROM messages WHERE place = 1"))).scalar_one()
        await on.say(ada, "/stop")
        async with database.begin() as session:
            assert await claims.begin(session, [(taken, SIX + lease)], lease=lease, now=SIX) == set()
            rows = await session.execute(text("SELECT state, error FROM messages ORDER BY place"))
            held = ("failed", "the reader has paused")
            assert [tuple(row) for row in rows] == [("sent", None), held, held]
        assert (await on.known(ada.chat)).since == SIX, "what was told is not told again"


async def test_stop_before_a_subscription_has_nothing_to_stop(database: Database) -> None:
    """/stop of somebody new says that there is no subscription, and they stay new."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="en")
        (shown,) = await on.say(ada, "/stop")
        assert "no subscription" in shown.words
        assert (await on.known(ada.chat)).state is ReaderState.NEW


async def test_subscribe_and_unsubscribe_work_in_private_too(database: Database) -> None:
    """/subscribe takes the proposal, /unsubscribe pauses."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        await on.say(ada, "/subscribe")
        assert (await on.known(ada.chat)).state is ReaderState.ACTIVE
        await on.say(ada, "/unsubscribe")
        assert (await on.known(ada.chat)).state is ReaderState.PAUSED


# --- links to a topic ------------------------------------------------------------------------------------------------


async def choose(on: Stage, reader: Reader, slugs: set[str], *, all_topics: bool) -> None:
    async with on.database.begin() as session:
        await readers.set_topics(session, reader.id, slugs, all_topics=all_topics)


async def test_a_link_to_a_topic_subscribes_to_that_alone(database: Database) -> None:
    """Who is new and follows t.me/BOT?start=topic_agents reads agents, and nothing else."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        ada.start("topic_agents")
        await on.settle()
        assert "вы подписаны на тему «Агенты»" in on.shown(ada.chat).words
        assert "Первый дайджест придёт сегодня в 09:00" in on.shown(ada.chat).words
        reader = await on.known(ada.chat)
        assert (reader.state, reader.all_topics, reader.topics) == (ReaderState.ACTIVE, False, {"agents"})


@pytest.mark.parametrize(
    ("chosen", "all_topics", "says", "afterwards"),
    [
        ({"rag"}, False, "Тема «Агенты» добавлена", {"rag", "agents"}),
        ({"rag", "agents"}, False, "у вас уже есть", {"rag", "agents"}),
        (set(), True, "Вы читаете все темы", set()),
        ({"agents", "rag"}, True, "Тема «Агенты» добавлена", {"rag"}),
    ],
)
async def test_a_link_adds_to_what_was_chosen(
    database: Database, chosen: set[str], all_topics: bool, says: str, afterwards: set[str]
) -> None:
    """A link adds its topic to those of a subscriber, and says so where it is read already."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await choose(on, await on.known(ada.chat), chosen, all_topics=all_topics)
        ada.start("topic_agents")
        await on.settle()
        assert says in on.shown(ada.chat).words
        assert "Следующий дайджест" in on.shown(ada.chat).words
        reader = await on.known(ada.chat)
        assert (reader.topics, reader.all_topics) == (afterwards, all_topics)


async def test_a_link_ends_a_pause_and_keeps_what_was_chosen(database: Database) -> None:
    """Who paused and follows a link is back, with the topic beside the former ones."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await choose(on, await on.known(ada.chat), {"rag"}, all_topics=False)
        await on.say(ada, "/stop")
        ada.start("topic_agents")
        await on.settle()
        reader = await on.known(ada.chat)
        assert (reader.state, reader.topics) == (ReaderState.ACTIVE, {"rag", "agents"})


@pytest.mark.parametrize("payload", ["topic_", "topic_nonsense", "topic_robotics", "ref123", "topic_" + "x" * 300, "т"])
async def test_a_link_to_nothing_is_an_ordinary_start(database: Database, payload: str) -> None:
    """Topics that there are not, or that are off, and unknown payloads lead to the proposal."""
    async with stage(database) as on:
        async with database.begin() as session:
            await session.execute(text("UPDATE topics SET enabled = false WHERE slug = 'robotics'"))
        ada = on.api.user("Ада", language_code="ru")
        ada.start(payload)
        await on.settle()
        assert "Предлагаю так" in on.shown(ada.chat).words
        assert (await on.known(ada.chat)).state is ReaderState.NEW


async def test_a_link_to_a_merged_topic_leads_to_the_one_that_took_it(database: Database) -> None:
    """A topic that was merged into another is followed there; a ring of mergers leads nowhere, and breaks nothing."""
    async with stage(database) as on:
        async with database.begin() as session:
            await session.execute(
                text("UPDATE topics SET enabled = false, merged_into = 'agents' WHERE slug = 'robotics'")
            )
            await session.execute(text("UPDATE topics SET enabled = false, merged_into = 'llm' WHERE slug = 'rag'"))
            await session.execute(text("UPDATE topics SET enabled = false, merged_into = 'rag' WHERE slug = 'llm'"))
        ada, boris = on.api.user("Ада", language_code="ru"), on.api.user("Борис", language_code="ru")
        ada.start("topic_robotics")
        boris.start("topic_rag")
        await on.settle()
        assert (await on.known(ada.chat)).topics == {"agents"}
        assert "Предлагаю так" in on.shown(boris.chat).words


@pytest.mark.parametrize("payload", ["admin", "admin_abcdefghjkmnpqrs", "admin-code"])
async def test_what_begins_with_admin_is_left_to_others(database: Database, payload: str) -> None:
    """A payload that begins with "admin" is a code: these handlers let it through."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        ada.start(payload)
        await on.settle()
        assert not [message for message in ada.chat.sent if "Предлагаю так" in message.words]
        assert (await on.known(ada.chat)).state is ReaderState.NEW


# --- blocked and unblocked -------------------------------------------------------------------------------------------


async def test_who_blocks_the_bot_is_lost_and_comes_back_with_start(database: Database) -> None:
    """Blocked: lost. Unblocked: paused, and nothing is sent, until /start."""
    async with stage(database) as on:
        ada = await subscribed(on)
        ada.block()
        await on.settle()
        lost = await on.known(ada.chat)
        assert (lost.state, lost.reason, lost.due_at) == (ReaderState.LOST, "blocked", None)
        said = len(ada.chat.sent)
        ada.unblock()
        await on.settle()
        assert (await on.known(ada.chat)).state is ReaderState.PAUSED
        assert len(ada.chat.sent) == said
        (back,) = await on.say(ada, "/start")
        assert "С возвращением" in back.words
        assert (await on.known(ada.chat)).state is ReaderState.ACTIVE


async def test_start_alone_brings_back_who_is_lost(database: Database) -> None:
    """Where the news of unblocking never came, /start is enough."""
    async with stage(database) as on:
        ada = await subscribed(on)
        async with database.begin() as session:
            reader = await on.known(ada.chat)
            await readers.stop(session, reader.id, state=ReaderState.LOST, reason="blocked")
        await on.say(ada, "/start")
        assert (await on.known(ada.chat)).state is ReaderState.ACTIVE


async def test_a_stranger_who_blocks_the_bot_leaves_no_trace(database: Database) -> None:
    """Who looked, chose nothing and blocked the bot is forgotten; who chose topics first is remembered, and stays new."""
    async with stage(database) as on:
        ada, boris = on.api.user("Ада"), on.api.user("Борис", language_code="ru")
        await on.say(ada, "/start")
        (shown,) = await on.say(boris, "/start")
        await on.press(boris, shown, "📚 Темы")
        await on.press(boris, shown, "✅ Агенты")
        ada.block()
        boris.block()
        await on.settle()
        assert await on.reader(ada.chat) is None
        assert (await on.known(boris.chat)).state is ReaderState.NEW


# --- hostile readers -------------------------------------------------------------------------------------------------


async def test_forwarded_and_edited_commands_are_no_commands(database: Database) -> None:
    """A /stop that somebody forwards, or that an old message is edited into, stops nothing."""
    async with stage(database) as on:
        ada, boris = await subscribed(on), on.api.user("Борис")
        ada.forward(boris.say("/stop"))
        ada.edit(ada.say("привет"), "/stop")
        await on.settle()
        assert (await on.known(ada.chat)).state is ReaderState.ACTIVE


@pytest.mark.parametrize(
    "rubbish", ["x" * 3900, "\u202e\u200f\u0000🦉" * 50, "topic_\u0000", "topic_%s'; --", "\n\n\t"]
)
async def test_rubbish_after_a_command_harms_nothing(database: Database, rubbish: str) -> None:
    """Commands with rubbish behind them do what they do without."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        for command in ("/start", "/stop", "/settings", "/topics", "/channels", "/help", "/privacy", "/forget"):
            assert await on.say(ada, f"{command} {rubbish}"), command
        assert (await on.known(ada.chat)).state is ReaderState.NEW


async def test_a_file_without_text_is_no_command(database: Database) -> None:
    """Messages without text change nothing."""
    async with stage(database) as on:
        ada = await subscribed(on)
        before = await on.known(ada.chat)
        ada.send_file(b"%PDF", "paper.pdf")
        await on.settle()
        assert await on.known(ada.chat) == before


# --- languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("operator", "says"), [("ru", "Предлагаю так"), ("en", "Here is what I propose")])
async def test_whose_telegram_tells_no_language_is_spoken_to_in_the_operators(
    database: Database, operator: str, says: str
) -> None:
    """SVODKA_LANGUAGE counts for them, for what is said and for their digests; whoever tells another language is heard."""
    async with stage(database, language=operator) as on:
        silent, eve = on.api.user("Тихоня", language_code=None), on.api.user("Eve", language_code="de")
        (shown,) = await on.say(silent, "/start")
        assert says in shown.words
        assert (await on.known(silent.chat)).lang == operator
        await on.say(eve, "/start")
        assert (await on.known(eve.chat)).lang == "en"
