"""Channels as readers at the fake Bot API: subscribed by making the bot an administrator, set up in private, lost, regained."""

from __future__ import annotations

from datetime import UTC, datetime

from core.db.engine import Database
from core.readers import ReaderKind, ReaderState
from tests.flow.bot.telegram_readers import stage, subscribed


async def test_an_administrator_that_may_post_subscribes_a_channel(database: Database) -> None:
    """Who makes the bot an administrator is told in private, with buttons; the channel has their language and zone."""
    async with stage(database) as on:
        greta = await subscribed(on, "Грета")
        channel = on.api.channel("Вестник \u202eсов", creator=greta).add_bot(greta)
        await on.settle()
        reader = await on.known(channel)
        assert (reader.kind, reader.state, reader.subscribed_by) == (ReaderKind.CHANNEL, ReaderState.ACTIVE, greta.id)
        assert (reader.lang, reader.tz, reader.due_at) == ("ru", "Europe/Moscow", datetime(2026, 11, 25, 6, tzinfo=UTC))
        told = on.shown(greta.chat)
        assert told.words.startswith("Канал «Вестник сов» подписан.")
        assert told.buttons == ["📚 Темы", "🕘 Время", "💬 Язык", "⚙️ Настройки"]
        assert channel.sent == [], "in the channel itself nothing is said"


async def test_without_the_right_to_post_nothing_is_subscribed(database: Database) -> None:
    """An administrator that may not post is no subscription; the right given later is one; another right changes nothing."""
    async with stage(database) as on:
        greta = await subscribed(on, "Грета")
        channel = on.api.channel("Вестник", creator=greta).add_bot(greta, rights=["can_manage_chat"])
        await on.settle()
        assert await on.reader(channel) is None
        channel.promote_bot(greta, rights=["can_manage_chat", "can_post_messages"])
        await on.settle()
        before = await on.known(channel)
        said = len(greta.chat.sent)
        channel.promote_bot(greta)
        await on.settle()
        assert await on.known(channel) == before
        assert len(greta.chat.sent) == said


async def test_the_settings_of_a_channel_are_changed_in_private(database: Database) -> None:
    """Its hour, language and topics are changed below the message in private, in the language of who reads it there."""
    async with stage(database) as on:
        greta = await subscribed(on, "Грета")
        channel = on.api.channel("Вестник", creator=greta).add_bot(greta)
        await on.settle()
        told = on.shown(greta.chat)
        await on.press(greta, told, "🕘 Время")
        await on.press(greta, told, "20:00")
        await on.press(greta, told, "💬 Язык")
        await on.press(greta, told, "English")
        page = on.shown(greta.chat)
        assert page.words.startswith("Настройки канала «Вестник»")
        assert "Язык: English" in page.words
        await on.press(greta, told, "📚 Темы")
        await on.press(greta, told, "✅ Агенты")
        await on.press(greta, told, "‹ Назад")
        await on.press(greta, told, "🌍 Часовой пояс")
        await on.say(greta, "Омск")
        reader, own = await on.known(channel), await on.known(greta.chat)
        assert (reader.hour, reader.lang, reader.topics, reader.tz) == (20, "en", {"agents"}, "Asia/Omsk")
        assert (own.hour, own.lang, own.topics, own.tz) == (9, "ru", frozenset(), "Europe/Moscow")


async def test_channels_are_found_again_below_ones_own_settings(database: Database) -> None:
    """/settings names the channels that one subscribed and leads to each; many stand on pages."""
    async with stage(database) as on:
        greta = await subscribed(on, "Грета")
        for number in range(10):
            on.api.channel(f"Канал {number}", creator=greta).add_bot(greta)
        await on.settle()
        (shown,) = await on.say(greta, "/settings")
        assert "Ваши каналы: Канал 0, Канал 1, Канал 2…" in shown.words
        await on.press(greta, shown, "📣 Ваши каналы")
        assert sum("Канал" in button for button in on.shown(greta.chat).buttons) == 8
        await on.press(greta, shown, "›")
        await on.press(greta, shown, "✅ Канал 9")
        assert on.shown(greta.chat).words.startswith("Настройки канала «Канал 9»")


async def test_who_has_no_subscription_of_their_own_finds_their_channel(database: Database) -> None:
    """/start and /settings of somebody who only made the bot an administrator lead to the channel, and back."""
    async with stage(database) as on:
        greta = on.api.user("Грета", language_code="ru")
        channel = on.api.channel("Вестник", creator=greta).add_bot(greta)
        await on.settle()
        for command in ("/start", "/settings"):
            (shown,) = await on.say(greta, command)
            assert "Предлагаю так" in shown.words
            assert "Ваши каналы: Вестник" in shown.words
            await on.press(greta, shown, "📣 Ваши каналы")
            await on.press(greta, shown, "✅ Вестник")
            assert on.shown(greta.chat).words.startswith("Настройки канала «Вестник»")
            await on.press(greta, shown, "🕘 Время")
            await on.press(greta, shown, "20:00" if command == "/start" else "21:00")
        assert (await on.known(channel)).hour == 21
        assert (await on.known(greta.chat)).state is ReaderState.NEW


async def test_a_channel_belongs_to_who_subscribed_it(database: Database) -> None:
    """Another administrator may not change it, and neither may who subscribed it, once they are no administrator."""
    async with stage(database) as on:
        greta, mallory = await subscribed(on, "Грета"), await subscribed(on, "Мэллори")
        owner = on.api.user("Хозяин")
        channel = on.api.channel("Вестник", creator=owner)
        channel.promote(greta)
        channel.promote(mallory)
        channel.add_bot(greta)
        await on.settle()
        reader = await on.known(channel)
        data = f"set:hour:3:{reader.id}"
        assert (await on.press(mallory, on.shown(mallory.chat), data=data)).text == "Менять эти настройки можете не вы."
        channel.demote(greta)
        assert (await on.press(greta, on.shown(greta.chat), data=data)).text == "Менять эти настройки можете не вы."
        assert (await on.known(channel)).hour == 9


async def test_a_channel_that_is_lost_can_be_regained_by_another(database: Database) -> None:
    """Without the right to post the channel is lost, and who subscribed it is told; who gives it back is in charge then."""
    async with stage(database) as on:
        greta, boris = await subscribed(on, "Грета"), await subscribed(on, "Борис")
        channel = on.api.channel("Вестник", creator=greta).add_bot(greta)
        channel.promote(boris)
        await on.settle()
        channel.promote_bot(greta, rights=["can_manage_chat"])
        await on.settle()
        lost = await on.known(channel)
        assert (lost.state, lost.reason) == (ReaderState.LOST, "no rights")
        assert "больше нельзя публиковать в канале «Вестник»" in on.shown(greta.chat).words
        channel.title = "Вестник сов"
        channel.promote_bot(boris)
        await on.settle()
        reader = await on.known(channel)
        assert (reader.state, reader.subscribed_by, reader.title) == (ReaderState.ACTIVE, boris.id, "Вестник сов")
        assert "Следующий дайджест придёт" in on.shown(boris.chat).words


async def test_a_channel_that_threw_the_bot_out_can_be_deleted(database: Database) -> None:
    """What is left of a lost channel is listed with a sign, offers no resuming, and can be deleted."""
    async with stage(database) as on:
        greta = await subscribed(on, "Грета")
        channel = on.api.channel("Вестник", creator=greta).add_bot(greta)
        channel.kick_bot(greta)
        await on.settle()
        (shown,) = await on.say(greta, "/settings")
        await on.press(greta, shown, "📣 Ваши каналы")
        await on.press(greta, shown, "⚠️ Вестник")
        assert "▶️ Возобновить" not in on.shown(greta.chat).buttons
        await on.press(greta, shown, "🗑 Удалить")
        await on.press(greta, shown, "🗑 Да, удалить")
        assert await on.reader(channel) is None
        assert await on.reader(greta.chat) is not None


async def test_who_never_wrote_to_the_bot_subscribes_a_channel_all_the_same(database: Database) -> None:
    """Who cannot be told is not told; the channel is subscribed in the language of their Telegram, and they stay unknown."""
    async with stage(database) as on:
        stranger = on.api.user("Незнакомка", language_code="en")
        channel = on.api.channel("Owl Post", creator=stranger).add_bot(stranger)
        await on.settle()
        reader = await on.known(channel)
        assert (reader.state, reader.lang, reader.tz) == (ReaderState.ACTIVE, "en", "UTC")
        assert await on.reader(stranger.chat) is None
        assert stranger.chat.sent == []
