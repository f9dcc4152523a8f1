"""Groups at the fake Bot API: who may subscribe one and change it, forums, losing and regaining the right to write, moving."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.db.engine import Database
from core.readers import ReaderKind, ReaderState
from tests.fakes.botapi import Group, Person, Supergroup
from tests.flow.bot.telegram_readers import Stage, stage, subscribed


async def club(on: Stage, *, forum: bool = False) -> tuple[Supergroup, Person, Person]:
    """A group with the bot in it, its owner, and a member."""
    owner, member = on.api.user("Грета", language_code="ru"), on.api.user("Миша", language_code="ru")
    group = on.api.supergroup("Клуб <b>ИИ</b>", creator=owner, forum=forum).add_bot(owner)
    group.join(member)
    await on.settle()
    return group, owner, member


def anonymously(on: Stage, group: Group, words: str, *, sender: Group | None = None) -> None:
    """Somebody writes as the group itself, or as another chat."""
    shown = (sender or group).wire()
    message: dict[str, Any] = {
        "message_id": 990_001,
        "from": {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"},
        "sender_chat": shown,
        "chat": group.wire(),
        "date": on.api.world.now(),
        "text": words,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(words)}],
    }
    on.api.feed([{"message": message}])


async def test_a_new_group_is_told_once_how_to_subscribe(database: Database) -> None:
    """Where the bot is added it says one sentence, in the language of who added it; promoting it later says nothing."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        (hello,) = group.sent
        assert "/subscribe" in hello.words
        assert hello.words.startswith("Здравствуйте!")
        group.promote_bot(owner)
        await on.settle()
        assert len(group.sent) == 1
        assert await on.reader(group) is None


async def test_a_group_where_the_bot_may_not_write_is_left_alone(database: Database) -> None:
    """Where members may not write, the bot says nothing, and that is no trouble."""
    async with stage(database) as on:
        owner = on.api.user("Грета")
        group = on.api.supergroup(creator=owner)
        group.members_may_write = False
        group.add_bot(owner)
        await on.settle()
        assert group.sent == []


async def test_an_admin_subscribes_a_group(database: Database) -> None:
    """/subscribe of the owner subscribes the group, with its title and their language; again it shows how things are."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        (said,) = await on.say(owner, "/subscribe@svodka_test_bot", to=group)
        assert "Первый дайджест придёт сегодня в 09:00" in said.words
        reader = await on.known(group)
        assert (reader.kind, reader.state, reader.title) == (ReaderKind.GROUP, ReaderState.ACTIVE, "Клуб <b>ИИ</b>")
        assert (reader.lang, reader.tz, reader.subscribed_by) == ("ru", "Europe/Moscow", owner.id)
        assert reader.due_at == datetime(2026, 11, 25, 6, tzinfo=UTC)
        (again,) = await on.say(owner, "/subscribe", to=group)
        assert "Настройки этого чата" in again.words
        assert await on.known(group) == reader


async def test_members_may_not_subscribe_or_change_anything(database: Database) -> None:
    """What a member says or presses changes nothing, and they are told why."""
    async with stage(database) as on:
        group, owner, member = await club(on)
        (said,) = await on.say(member, "/subscribe", to=group)
        assert said.words == "Это могут менять только администраторы группы."
        assert await on.reader(group) is None
        (page,) = await on.say(owner, "/subscribe", to=group)
        before = await on.known(group)
        for command in ("/settings", "/topics", "/channels", "/unsubscribe", "/stop", "/forget"):
            (said,) = await on.say(member, command, to=group)
            assert said.words == "Это могут менять только администраторы группы."
        for data in (
            f"set:hour:3:{before.id}",
            f"t:none::0:{before.id}",
            f"c:list:1:0:{before.id}",
            f"fg:yes:{before.id}",
        ):
            assert (await on.press(member, page, data=data)).text == "Это могут менять только администраторы группы."
        assert await on.known(group) == before


async def test_an_administrator_changes_the_settings_of_a_group(database: Database) -> None:
    """Hour, topics, language and zone are changed by an administrator who did not subscribe the group."""
    async with stage(database) as on:
        group, owner, member = await club(on)
        await on.say(owner, "/subscribe", to=group)
        group.promote(member)
        await on.settle()
        (page,) = await on.say(member, "/settings", to=group)
        await on.press(member, page, "🕘 Время")
        await on.press(member, page, "18:00")
        await on.press(member, page, "🌍 Часовой пояс")
        zone = on.shown(group)
        assert "ответьте на это сообщение" in zone.words
        assert "📍 По геопозиции" not in zone.buttons
        assert await on.say(member, "Омск", to=group) == [], "what is not an answer to the bot is not for it"
        await on.say(member, "Омск", reply_to=zone)
        group_page = on.shown(group)
        assert "Омск, UTC+6" in group_page.words
        await on.press(member, group_page, "💬 Язык")
        await on.press(member, group_page, "English")
        assert "Settings of this chat" in on.shown(group).words
        reader = await on.known(group)
        assert (reader.hour, reader.tz, reader.lang, reader.subscribed_by) == (18, "Asia/Omsk", "en", owner.id)


async def test_who_was_an_administrator_may_not_answer_any_more(database: Database) -> None:
    """An answer of somebody who has lost the rights meanwhile changes nothing."""
    async with stage(database) as on:
        group, owner, member = await club(on)
        await on.say(owner, "/subscribe", to=group)
        group.promote(member)
        (page,) = await on.say(member, "/settings", to=group)
        await on.press(member, page, "🌍 Часовой пояс")
        group.demote(member)
        await on.say(member, "Омск", reply_to=on.shown(group))
        assert (await on.known(group)).tz == "Europe/Moscow"


async def test_a_location_cannot_be_asked_for_in_a_group(database: Database) -> None:
    """A forged press for the location keyboard is answered, and shows none."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        (page,) = await on.say(owner, "/subscribe", to=group)
        said = len(group.sent)
        await on.press(owner, page, data=f"set:place::{(await on.known(group)).id}")
        assert len(group.sent) == said


async def test_an_anonymous_administrator_subscribes(database: Database) -> None:
    """Who writes as the group itself is an administrator; nobody's number is kept for it."""
    async with stage(database) as on:
        group, _, _ = await club(on)
        anonymously(on, group, "/subscribe")
        await on.settle()
        reader = await on.known(group)
        assert (reader.state, reader.lang, reader.subscribed_by) == (ReaderState.ACTIVE, "ru", None)
        anonymously(on, group, "/settings")
        await on.settle()
        assert "Настройки этого чата" in on.shown(group).words


async def test_another_chat_is_no_administrator(database: Database) -> None:
    """Who writes as a channel of theirs, or through the linked channel, may not subscribe the group."""
    async with stage(database) as on:
        group, _, _ = await club(on)
        anonymously(on, group, "/subscribe", sender=on.api.supergroup("Чужая группа"))
        await on.settle()
        assert await on.reader(group) is None


@pytest.mark.parametrize("command", ["/unsubscribe", "/stop"])
async def test_an_administrator_pauses_a_group(database: Database, command: str) -> None:
    """/unsubscribe keeps the settings and stops the digests; /subscribe goes on."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        (said,) = await on.say(owner, command, to=group)
        assert "никто не подписан" in said.words
        await on.say(owner, "/subscribe", to=group)
        await on.say(owner, command, to=group)
        assert (await on.known(group)).state is ReaderState.PAUSED
        await on.say(owner, "/subscribe", to=group)
        assert (await on.known(group)).state is ReaderState.ACTIVE


async def test_start_and_help_in_a_group(database: Database) -> None:
    """/start says how to subscribe, or shows the settings; /help lists what who asks may say there."""
    async with stage(database) as on:
        group, owner, member = await club(on)
        assert "/subscribe" in (await on.say(member, "/start@svodka_test_bot", to=group))[0].words
        await on.say(owner, "/subscribe", to=group)
        assert "Настройки этого чата" in (await on.say(owner, "/start", to=group))[0].words
        assert "/unsubscribe" in (await on.say(owner, "/help", to=group))[0].words
        assert "/unsubscribe" not in (await on.say(member, "/help", to=group))[0].words


async def test_topics_of_a_forum_subscribe_for_themselves(database: Database) -> None:
    """/subscribe in a topic of a forum sends digests there; the settings of each topic are its own."""
    async with stage(database) as on:
        group, owner, _ = await club(on, forum=True)
        news, talk = group.create_topic("Новости"), group.create_topic("Болтовня")
        await on.say(owner, "/subscribe", to=group, topic=news)
        reader = await on.known(group, thread=news.id)
        assert reader.thread_id == news.id
        assert on.shown(group).thread == news.id
        assert "никто не подписан" in (await on.say(owner, "/settings", to=group, topic=talk))[0].words
        await on.say(owner, "/subscribe", to=group, topic=talk)
        await on.press(owner, on.shown(group), data=f"set:hour:18:{reader.id}")
        assert (await on.known(group, thread=news.id)).hour == 18
        assert (await on.known(group, thread=talk.id)).hour == 9


async def test_a_group_is_forgotten_by_its_administrator(database: Database) -> None:
    """/forget in a group asks, and deletes what is kept of the group."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        await on.say(owner, "/subscribe", to=group)
        (asked,) = await on.say(owner, "/forget", to=group)
        assert "об этой группе" in asked.words
        await on.press(owner, asked, "🗑 Да, удалить")
        assert await on.reader(group) is None


# --- losing and regaining --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "reason"), [("kick_bot", "removed"), ("remove_bot", "removed"), ("restrict_bot", "no rights")]
)
async def test_a_group_that_is_lost_and_regained(database: Database, how: str, reason: str) -> None:
    """Removed or muted: the group is lost, and who subscribed it is told. Back again: it is active, and is told so."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        await on.say(owner, "/start")
        await on.say(owner, "/subscribe", to=group)
        getattr(group, how)(owner)
        await on.settle()
        lost = await on.known(group)
        assert (lost.state, lost.reason, lost.due_at) == (ReaderState.LOST, reason, None)
        assert "Клуб <b>ИИ</b>" in on.shown(owner.chat).words
        assert "дайджестов там не будет" in on.shown(owner.chat).words
        group.add_bot(owner)
        await on.settle()
        assert (await on.known(group)).state is ReaderState.ACTIVE
        assert "Я снова здесь" in on.shown(group).words


async def test_a_pause_outlives_the_bots_absence(database: Database) -> None:
    """A group that had paused is still paused after the bot was removed and added again, and is told how to subscribe."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        await on.say(owner, "/subscribe", to=group)
        await on.say(owner, "/unsubscribe", to=group)
        group.kick_bot(owner)
        group.add_bot(owner)
        await on.settle()
        assert (await on.known(group)).state is ReaderState.PAUSED
        assert on.shown(group).words.startswith("Здравствуйте!")


async def test_who_never_wrote_to_the_bot_cannot_be_told(database: Database) -> None:
    """Where who subscribed a group cannot be written to, the loss is noted all the same."""
    async with stage(database) as on:
        group, owner, _ = await club(on)
        await on.say(owner, "/subscribe", to=group)
        group.kick_bot(owner)
        await on.settle()
        assert (await on.known(group)).state is ReaderState.LOST
        assert owner.chat.sent == []


async def test_every_topic_of_a_forum_is_lost_at_once(database: Database) -> None:
    """A forum that throws the bot out loses the digests of all its topics, and who subscribed them is told once."""
    async with stage(database) as on:
        group, owner, _ = await club(on, forum=True)
        await on.say(owner, "/start")
        topics = [group.create_topic("Новости"), group.create_topic("Болтовня")]
        for topic in topics:
            await on.say(owner, "/subscribe", to=group, topic=topic)
        said = len(owner.chat.sent)
        group.kick_bot(owner)
        await on.settle()
        assert [(await on.known(group, thread=topic.id)).state for topic in topics] == [ReaderState.LOST] * 2
        assert len(owner.chat.sent) == said + 1


async def test_a_group_moves_and_is_renamed(database: Database) -> None:
    """A group that becomes a supergroup keeps what it chose under its new number; a new title is kept as well."""
    async with stage(database) as on:
        owner = await subscribed(on, "Грета")
        group = on.api.group("Клуб", creator=owner).add_bot(owner)
        await on.settle()
        await on.say(owner, "/subscribe", to=group)
        await on.press(owner, on.shown(group), data=f"set:hour:18:{(await on.known(group)).id}")
        moved = group.migrate()
        await on.settle()
        assert await on.reader(group) is None
        reader = await on.known(moved)
        assert (reader.hour, reader.state) == (18, ReaderState.ACTIVE)
        message = {
            "message_id": 9,
            "from": owner.wire(),
            "chat": moved.wire(),
            "date": 0,
            "new_chat_title": "Клуб «Сова»",
        }
        on.api.feed([{"message": message}])
        await on.settle()
        assert (await on.known(moved)).title == "Клуб «Сова»"
