"""Muting a topic or a channel from the menu of a story, at the fake Bot API: what a button says is what becomes of it."""

from __future__ import annotations

from core.db.engine import Database
from core.readers import Cap
from core.store import memories, readers
from tests.flow.bot.telegram_digests import (
    HOUR,
    button,
    channel,
    ids,
    labels,
    newsroom,
    now_there,
    numbered,
    one_digest,
    put,
    shelved,
    told,
)
from tests.flow.bot.telegram_readers import NOW, subscribed


async def test_a_topic_is_muted_by_who_reads_all(database: Database) -> None:
    """Once more lets it in again; the button says what it would do."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        answer = await on.press(ada, digest, "🔕 Скрыть «Языковые модели»")
        assert answer.text == "«Языковые модели»: сюжеты прежде всего об этом больше не придут."
        reader = await on.known(ada.chat)
        assert (reader.all_topics, reader.topics) == (True, {"llm"})
        await on.press(ada, digest, "🔔 Вернуть «Языковые модели»")
        assert (await on.known(ada.chat)).topics == frozenset()


async def test_a_topic_is_muted_by_who_chose_a_few(database: Database) -> None:
    """It is taken out of those that are wanted; once more puts it back."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        async with database.begin() as session:
            await readers.set_topics(session, (await on.known(ada.chat)).id, ["llm", "agents"], all_topics=False)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        await on.press(ada, digest, "🔕 Скрыть «Языковые модели»")
        reader = await on.known(ada.chat)
        assert (reader.all_topics, reader.topics) == (False, {"agents"})
        await on.press(ada, digest, "🔔 Вернуть «Языковые модели»")
        assert (await on.known(ada.chat)).topics == {"llm", "agents"}


async def test_two_topics_muted_at_once_are_both_muted(database: Database) -> None:
    """Neither press undoes the other."""
    llm, agents = await numbered(database, 2)
    await put(database, told(llm, at=NOW - HOUR), told(agents, at=NOW - HOUR, topics=("agents",)))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        for story in (llm, agents):
            ada.tap(digest, data=f"mt:off:{story}:{'llm' if story == llm else 'agents'}:1")
        await on.settle_together()
        assert (await on.known(ada.chat)).topics == {"llm", "agents"}


async def test_pressing_mute_twice_mutes(database: Database) -> None:
    """Buttons say what is to be: the same one twice, or at once, or an old one much later, does no harm, and neither does
    one of a keyboard that was never drawn anew.
    """
    number = await channel(database, 1, "Первый")
    (story,) = await numbered(database, 1)
    await put(database, told(story, at=NOW - HOUR, channel=number))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        off, on_again = (
            (f"mt:off:{story}:llm:1", f"mu:off:{story}:{number}:1"),
            (f"mt:on:{story}:llm:1", f"mu:on:{story}:{number}:1"),
        )
        for data in (*off, *off):
            ada.tap(digest, data=data)
        await on.settle_together()
        reader = await on.known(ada.chat)
        assert (reader.topics, reader.caps) == ({"llm"}, (Cap(channel_id=number, most=0),))
        for data in (*on_again, *on_again):
            await on.press(ada, digest, data=data)
        reader = await on.known(ada.chat)
        assert (reader.topics, reader.caps) == (frozenset(), ())


async def test_the_topic_under_which_a_story_stands_can_be_muted(database: Database) -> None:
    """Who has chosen the second topic of a story is offered that one; once it is muted, it can be let in again at its place,
    also after another button, and a menu that is opened anew offers what is left.
    """
    (story,) = await numbered(database, 1)
    await put(database, told(story, at=NOW - HOUR, topics=("llm", "agents", "safety")))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        async with database.begin() as session:
            await readers.set_topics(session, (await on.known(ada.chat)).id, ["agents", "safety"], all_topics=False)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        assert labels(ada.chat, digest)[-1] == "🔕 Скрыть «Агенты»"
        toast = (await on.press(ada, digest, "🔕 Скрыть «Агенты»")).text
        assert toast == "«Агенты»: больше не показываем. Что касается и других ваших тем, всё равно придёт."
        assert (await on.known(ada.chat)).topics == {"safety"}
        await on.press(ada, digest, "👍")
        assert labels(ada.chat, digest)[-1] == "🔔 Вернуть «Агенты»"
        await on.press(ada, digest, "▾ 1")
        await on.press(ada, digest, "1")
        assert labels(ada.chat, digest)[-1].startswith("🔕 Скрыть «Безопас")


async def test_the_last_topic_is_not_muted_silently(database: Database) -> None:
    """With the last chosen topic everything would be gone: the bot says so once, and offers all topics, or a choice."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        async with database.begin() as session:
            await readers.set_topics(session, (await on.known(ada.chat)).id, ["llm"], all_topics=False)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        before = ids(ada.chat)
        data = button(now_there(ada.chat, digest), "mt:off")
        for _ in range(3):
            await on.press(ada, digest, data=data)
        (new,) = ids(ada.chat) - before
        said = ada.chat.messages[new]
        assert said.words == "Это была последняя из ваших тем: без тем дайджест пуст. О чём хотите читать?"
        assert said.buttons == ["Все темы", "📚 Выбрать темы"]
        await on.press(ada, said, "Все темы")
        reader = await on.known(ada.chat)
        assert (reader.all_topics, reader.topics) == (True, frozenset())


async def test_a_topic_that_is_gone_is_not_muted(database: Database) -> None:
    """A button that names no topic in use answers so, and changes nothing."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        before = await on.known(ada.chat)
        for data in (f"mt:off:{story}:no-such:1", f"mt:off:{story}::1"):
            assert (await on.press(ada, digest, data=data)).text == "Такой темы больше нет."
        assert await on.known(ada.chat) == before


async def test_a_channel_is_muted(database: Database) -> None:
    """Its lone stories stay away, those that others report as well do not; once more lets it in again."""
    one, two = await channel(database, 1, "Первый <b>"), await channel(database, 2, "Второй")
    lone, shared = await numbered(database, 2)
    await put(database, told(lone, at=NOW - HOUR, channel=one), told(shared, at=NOW - HOUR, channels=(one, two, one)))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        assert (await on.press(ada, digest, "🔕 Скрыть «Первый <b>»")).text == (
            "«Первый <b>»: о чём пишет только этот канал, больше не придёт. О чём пишут и другие, придёт."
        )
        assert (await on.known(ada.chat)).caps == (Cap(channel_id=one, most=0),)
        on.now += HOUR / 60
        assert await on.stories_of(await on.ask(ada, "/digest сегодня")) == [shared]
        await on.press(ada, digest, "2")
        assert labels(ada.chat, digest)[-2:] == ["🔔 Вернуть «Первый <b>»", "🔕 Скрыть «Второй»"]
        await on.press(ada, digest, "🔔 Вернуть «Первый <b>»")
        assert (await on.known(ada.chat)).caps == ()


async def test_a_channel_that_comes_back_has_the_limit_that_it_had(database: Database) -> None:
    """Muting a channel of which two stories were wanted forgets nothing; muting it twice neither, and /export tells it."""
    number = await channel(database, 1, "Первый")
    (story,) = await numbered(database, 1)
    await put(database, told(story, at=NOW - HOUR, channel=number))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        reader = await on.known(ada.chat)
        async with database.begin() as session:
            await readers.set_cap(session, reader.id, number, 2)
        await on.press(ada, digest, "1")
        for _ in range(2):
            await on.press(ada, digest, data=f"mu:off:{story}:{number}:1")
            assert (await on.known(ada.chat)).caps == (Cap(channel_id=number, most=0),)
        async with database.begin() as session:
            kept = await memories.everything(session, reader.id)
        assert kept["channels"] == [{"name": "Первый", "most": 0, "once_unmuted": 2}]
        for _ in range(2):
            await on.press(ada, digest, data=f"mu:on:{story}:{number}:1")
            assert (await on.known(ada.chat)).caps == (Cap(channel_id=number, most=2),)
