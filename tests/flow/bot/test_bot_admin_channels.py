"""/channels edit at the fake Bot API: how channels are read, what they count, adding them with and without an account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.store import accounts, channels, follows
from core.types import Channel, Follow, FollowState
from tests.flow import feed
from tests.flow.bot.telegram_admins import ADMIN, NOW, AdminStage, admin_stage

OWL = Channel(tg_id=70, name="Тихая сова", username="quiet_owl")


async def log_in(database: Database) -> int:
    """An account is logged in; its row."""
    async with database.begin() as session:
        account = await accounts.ensure(session)
        await accounts.logged_in(session, account.id, tg_id=4242)
        return account.id


async def follow(
    database: Database,
    asked: str = "@quiet_owl",
    *,
    channel: Channel | None = OWL,
    state: FollowState = FollowState.READING,
    reason: str | None = None,
) -> int:
    """A channel is followed; the follow's number."""
    account = await log_in(database)
    async with database.begin() as session:
        number, _ = await follows.add(session, account, asked, backfill_since=None, now=NOW)
        if channel is not None:
            row = await channels.upsert(session, channel)
            await follows.resolve(session, number, channel_id=row, access_hash=1, state=state, reason=reason)
            await follows.start(session, number, top=5)
        else:
            await follows.set_state(session, number, state, reason=reason)
    return number


async def followed(database: Database) -> list[Follow]:
    async with database.begin() as session:
        return await follows.of_account(session, (await accounts.ensure(session)).id)


async def weight(database: Database, tg_id: int) -> float:
    async with database.begin() as session:
        row = await session.execute(text("SELECT weight FROM channels WHERE tg_id = :id"), {"id": tg_id})
        return float(row.scalar_one())


async def opened(on: AdminStage, name: str = "Тихая сова") -> None:
    await on.say("/channels edit")
    await on.press(name)


# --- the list --------------------------------------------------------------------------------------------------------


async def test_admins_see_how_each_channel_is_read(database: Database) -> None:
    """State, posts of the week, the last one's day, weight; what was not looked up yet stands first."""
    async with admin_stage(database) as on:
        await feed.store(database, [feed.post(1, 1, "Пост", minutes=0), feed.post(1, 2, "Ещё пост", minutes=1)])
        await follow(database)
        await follow(database, "@not_yet", channel=None, state=FollowState.WANTED)
        await follow(database, "@shy", channel=replace(OWL, tg_id=71, name="Скромник"), state=FollowState.PROTECTED)
        async with database.begin() as session:
            await session.execute(text("UPDATE channels SET weight = 0.5 WHERE tg_id = 71"))
        (shown,) = await on.say("/channels edit")
        assert shown.words.startswith("Все каналы: 4\n\n@not_yet\nещё не найден\n\n")
        for line in (
            "Канал 1\nне через аккаунт · 2 поста за неделю · последний пост 1 сентября",
            "Тихая сова\nчитается · 0 постов за неделю",
            "Скромник\nчитается без текстов · 0 постов за неделю · вес 0,5",
        ):
            assert line in shown.words
        assert "https://t.me/quiet_owl" in shown.links


async def test_readers_have_no_part_in_it(database: Database) -> None:
    """/channels shows them their own list, and forged presses change nothing."""
    async with admin_stage(database) as on:
        number = await follow(database)
        reader = on.api.user("Вера", language_code="ru")
        (shown,) = await on.say("/channels edit", by=reader)
        assert "➕ Добавить канал" not in shown.buttons
        assert "➕ Добавить канал" not in (await on.say("/channels add @x_y_z", by=reader))[0].buttons
        for data in (f"fw:removed:{number}:0", f"fw:pause:{number}:0", "ac:w0:1:0", "ac:add:0:0"):
            assert "устарела" in (await on.press(data=data, by=reader)).text
        assert (await followed(database))[0].state is FollowState.READING
        (own,) = await on.say("/channels")
        await on.press("✏️ Править каналы")
        assert "➕ Добавить канал" in on.shown.buttons
        await on.press("‹ Назад")
        assert on.shown.words == own.words


async def test_three_hundred_channels_with_terrible_names_stand_on_pages(database: Database) -> None:
    """Eight a page; each page, and each channel, is one that Telegram takes."""
    async with admin_stage(database) as on:
        account = await log_in(database)
        async with database.begin() as session:
            for n in range(300):
                row = await channels.upsert(session, Channel(tg_id=1000 + n, name=f"{n:03d} \u202e<b>🦉{'имя ' * 200}"))
                number, _ = await follows.add(session, account, f"@c{n:04d}", backfill_since=NOW, now=NOW)
                await follows.resolve(
                    session, number, channel_id=row, access_hash=1, state=FollowState.BANNED, reason="\u202e🦉" * 2000
                )
        (shown,) = await on.say("/channels edit")
        assert "Страница 1 из 38" in shown.words
        await on.press("›")
        await on.press(data="ac:list:0:999999999999999999999")
        assert "Страница 38 из 38" in on.shown.words
        assert "\u202e" not in on.shown.words
        await on.press(data=f"fw:open:{number}:3")
        assert "\u202e" not in on.shown.words
        await on.press(data=f"fw:remove:{number}:3")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (FollowState.REQUESTED, "Аккаунт попросился в канал"), (FollowState.PROTECTED, "запрещает копирование"),
        (FollowState.PAUSED, "Канал на паузе"), (FollowState.NOT_FOUND, "Такого канала нет"),
        (FollowState.PRIVATE, "Канал закрытый"), (FollowState.BANNED, "читать его нельзя"),
        (FollowState.TOO_MANY, "в стольких каналах"), (FollowState.WANTED, "svodka ingest"),
    ],
)  # fmt: skip
async def test_what_keeps_a_channel_from_being_read_is_told_in_words(
    database: Database, state: FollowState, told: str
) -> None:
    """With what the ingester has noted, if it has noted anything."""
    async with admin_stage(database) as on:
        await follow(database, channel=OWL if state.is_read else None, state=state, reason="the log says more")
        await opened(on, "Тихая сова" if state.is_read else "@quiet_owl")
        assert told in on.shown.words
        assert "Подробности: the log says more" in on.shown.words


# --- one channel -----------------------------------------------------------------------------------------------------


async def test_a_channel_is_weighed(database: Database) -> None:
    """The former weight and the new one are told and logged; the present one is ticked."""
    async with admin_stage(database) as on:
        await follow(database)
        await opened(on)
        assert "✓ × 1" in on.shown.buttons
        assert (await on.press("× 0,5")).text == "Вес: 1 → 0,5"
        assert "✓ × 0,5" in on.shown.buttons
        assert (await on.press("✓ × 0,5")).text == "Так уже и есть."
        assert await weight(database, 70) == 0.5
        (entry,) = await on.log()
        assert (entry.action, entry.before, entry.after) == ("weigh channel", {"weight": 1.0}, {"weight": 0.5})


async def test_a_channel_of_a_file_can_be_weighed_but_not_paused(database: Database) -> None:
    """Nobody follows it."""
    async with admin_stage(database) as on:
        await feed.store(database, [feed.post(1, 1, "Пост", minutes=0)])
        await opened(on, "Канал 1")
        assert "Аккаунт его не читает" in on.shown.words
        await on.press("× 0")
        assert await weight(database, 1001) == 0
        assert not {"⏸ Пауза", "🗑 Убрать"} & set(on.shown.buttons)


async def test_a_channel_is_paused_and_goes_on_where_it_was(database: Database) -> None:
    """Both are logged; one that is paused already stays so, whoever presses."""
    async with admin_stage(database) as on:
        number = await follow(database)
        await opened(on)
        assert (await on.press("⏸ Пауза")).text == "На паузе."
        assert (await followed(database))[0].state is FollowState.PAUSED
        assert (await on.press(data=f"fw:pause:{number}:0")).text == "Так уже и есть."
        assert (await on.press("▶️ Возобновить")).text == "Снова читается."
        assert (await followed(database))[0].state is FollowState.READING
        assert [entry.action for entry in await on.log()] == ["resume channel", "pause channel"]


async def test_a_channel_that_could_not_be_read_is_looked_up_again(database: Database) -> None:
    """Once the admin says that the reason is mended."""
    async with admin_stage(database) as on:
        await follow(database, state=FollowState.PRIVATE, reason="not in it")
        await opened(on)
        await on.press("▶️ Возобновить")
        assert (await followed(database))[0].state is FollowState.WANTED


async def test_a_channel_is_removed_after_a_question(database: Database) -> None:
    """What it means is said; its posts stay, and its old buttons say politely that it is gone."""
    async with admin_stage(database) as on:
        number = await follow(database)
        post = replace(feed.post(1, 1, "Пост о сове", minutes=0), channel=OWL)
        await feed.store(database, [post])
        await opened(on)
        await on.press("🗑 Убрать")
        assert "Его посты останутся в архиве" in on.shown.words
        await on.press("Нет, оставить")
        await on.press("🗑 Убрать")
        assert "Убран" in (await on.press("🗑 Да, убрать")).text
        assert await followed(database) == []
        assert "Тихая сова\nне через аккаунт · 1 пост" in on.shown.words
        (entry,) = await on.log()
        assert (entry.action, entry.subject, entry.after) == ("remove channel", "Тихая сова", None)
        for do in ("open", "again", "pause", "resume", "remove", "removed", "nonsense"):
            answer = await on.press(data=f"fw:{do}:{number}:0")
            assert "никто не следит" in answer.text
        for data in ("ac:open:999:0", "ac:w0:999:0", "ac:w1:0:0", "ac:nonsense:999:0"):
            assert "уже нет" in (await on.press(data=data)).text
        for data in (f"ac:open:{2**70}:0", "ac:open:-1:0", f"fw:open:{2**70}:0", "fw:open:0:0", "ac:open:x:0"):
            assert "устарела" in (await on.press(data=data)).text


# --- adding ----------------------------------------------------------------------------------------------------------


async def test_without_an_account_other_ways_are_told(database: Database) -> None:
    """Nothing is asked for that cannot be looked up."""
    async with admin_stage(database) as on:
        await on.say("/channels edit")
        await on.press("➕ Добавить канал")
        for way in ("администратором канала", "Пересылайте мне посты", "svodka login"):
            assert way in on.shown.words
        assert await on.dialogue() == (None, {})
        assert "svodka login" in (await on.say("/channels add @quiet_owl"))[0].words
        assert await followed(database) == []


async def test_a_channel_is_added_and_its_progress_shown(database: Database) -> None:
    """The row for the ingester is there; the message changes by itself once the channel is found."""
    async with admin_stage(database) as on:
        account = await log_in(database)
        await on.say("/channels edit")
        await on.press("➕ Добавить канал")
        async with accounts.lock(database, account):
            (shown,) = await on.say("https://t.me/Quiet_Owl/17")
            assert "Ищу канал…" in shown.words
            assert await on.dialogue() == (None, {})
            (wanted,) = await followed(database)
            assert (wanted.asked, wanted.state) == ("@quiet_owl", FollowState.WANTED)
            assert wanted.backfill_since == NOW - timedelta(days=7)
            async with database.begin() as session:
                row = await channels.upsert(session, OWL)
                await follows.resolve(session, wanted.id, channel_id=row, access_hash=1, state=FollowState.READING)
            message = await on.until("Канал читается.")
        assert message.id == shown.id
        assert message.words.startswith("Тихая сова\n")
        assert "История ещё читается, начиная с 29 августа." in message.words
        (entry,) = await on.log()
        assert (entry.admin_id, entry.action, entry.subject) == (ADMIN, "add channel", "@quiet_owl")


async def test_where_no_ingester_runs_it_is_told(database: Database) -> None:
    """A press of "Look again" shows what has come of it since."""
    async with admin_stage(database, looks=1) as on:
        await log_in(database)
        (shown,) = await on.say("/channels add t.me/+AbCdEf123456")
        assert "svodka ingest" in shown.words
        (wanted,) = await followed(database)
        assert wanted.asked == "+AbCdEf123456"
        await on.press("🔄 Проверить ещё раз")
        assert "svodka ingest" in on.shown.words
        async with database.begin() as session:
            await follows.set_state(session, wanted.id, FollowState.NOT_FOUND, reason="the invite has expired")
        await on.press("🔄 Проверить ещё раз")
        assert "Такого канала нет" in on.shown.words


async def test_who_goes_elsewhere_is_left_there(database: Database) -> None:
    """A channel that is found later does not come up in place of what the message shows by then."""
    async with admin_stage(database, look=0.2) as on:
        await log_in(database)
        await on.say("/channels add @quiet_owl")
        await on.say("/channels add @other_owl")
        (first, second) = await followed(database)
        await on.press("‹ Все каналы")
        listed = on.shown
        async with database.begin() as session:
            for number in (second.id, first.id):
                await follows.set_state(session, number, FollowState.NOT_FOUND, reason="no such name")
        await on.api.until(
            lambda: any("Такого канала нет" in message.words for message in on.ada.chat.messages.values())
        )
        assert on.ada.chat.messages[listed.id].words == listed.words


async def test_several_channels_are_added_at_once(database: Database) -> None:
    """One a line, each once; what is followed already stays as it is."""
    async with admin_stage(database) as on:
        await follow(database)
        await on.say("/channels edit")
        await on.press("➕ Добавить канал")
        answers = await on.say("@quiet_owl\nhttps://t.me/one_more, @ONE_MORE;@third_one")
        assert [one.asked for one in await followed(database)] == ["@quiet_owl", "@one_more", "@third_one"]
        assert len(answers) == 3
        assert "уже читается" in answers[0].words
        assert len(await on.log()) == 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ищу канал", "не имя канала"), ("@a", "не имя канала"), ("https://t.me/c/123/4", "ссылку-приглашение"),
        ("x" * 10_000, "не имя канала"), ("@\u202eab", "не имя канала"), ("@good_one\nбред", "не имя канала"),
        ("@a\x00b", "не имя канала"), (" , ;", "от 1 до 10"), ("@abc_d " * 11, "от 1 до 10"),
        ("https://example.org/owl", "не имя канала"), ("\x00", "от 1 до 10"),
    ],
)  # fmt: skip
async def test_what_names_no_channel_is_told_and_asked_again(database: Database, typed: str, told: str) -> None:
    """Nothing is added, not even the names beside it that are good."""
    async with admin_stage(database) as on:
        await log_in(database)
        await on.say("/channels edit")
        await on.press("➕ Добавить канал")
        (shown,) = await on.say(typed)
        assert told in shown.words
        assert "\u202e" not in shown.words
        assert await followed(database) == []
        await on.say("@good_one")
        assert len(await followed(database)) == 1


async def test_adding_is_cancelled(database: Database) -> None:
    """By button and by command, and a command in between is answered."""
    async with admin_stage(database) as on:
        await log_in(database)
        for way in ("button", "command"):
            await on.say("/channels edit")
            await on.press("➕ Добавить канал")
            assert await on.say("/digest")
            if way == "button":
                await on.press("Отменить")
            else:
                assert "ничего не изменилось" in (await on.say("/cancel"))[0].words
            await on.say("@quiet_owl")
            assert await followed(database) == []


async def test_two_admins_at_once(database: Database) -> None:
    """One pauses, one removes, one weighs: nothing breaks, and each is told what came of it."""
    async with admin_stage(database) as on:
        number = await follow(database)
        await opened(on)
        async with database.begin() as session:
            (row,) = (await session.execute(text("SELECT id FROM channels WHERE tg_id = 70"))).scalars()
        await on.say("/channels edit", by=on.boris)
        queries = [
            on.ada.tap(on.shown, data=f"fw:pause:{number}:0"),
            on.boris.tap(on.last(on.boris), data=f"fw:removed:{number}:0"),
            on.boris.tap(on.last(on.boris), data=f"ac:w2:{row}:0"),
        ]
        await on.settle_together()
        assert all(query.answer is not None and query.answer.text for query in queries)
        assert await followed(database) == []
        assert await weight(database, 70) == 2
