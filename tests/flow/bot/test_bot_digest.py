"""/digest at the fake Bot API: every form of the question, further stories, what is said where there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import deliver
from core.db.engine import Database
from core.store import readers
from tests.fakes.botapi import Message
from tests.flow.bot.telegram_digests import (
    DAY,
    HOUR,
    Newsroom,
    button,
    deliveries,
    grown,
    ids,
    labels,
    newsroom,
    numbered,
    put,
    rows,
    shelved,
    told,
)
from tests.flow.bot.telegram_readers import ADMIN, NOW, subscribed
from tests.flow.feed import post, store


async def stories(on: Newsroom, messages: list[Message]) -> list[int]:
    return await on.stories_of(messages)


async def test_a_stranger_asks_for_a_digest(database: Database) -> None:
    """Who never subscribed is shown the last day's stories, with a button for each, and links to posts."""
    numbers = await shelved(database, 3)
    await shelved(database, 1, at=NOW - 25 * HOUR)
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (digest,) = await on.ask(ada, "/digest")
        assert digest.words.startswith("Дайджест · ")
        assert await stories(on, [digest]) == numbers
        assert digest.buttons == ["1", "2", "3"]
        assert f"https://t.me/invented/{numbers[0] * 10}" in digest.links
        assert not digest.silent


async def test_it_speaks_the_readers_language(database: Database) -> None:
    """English for who reads English."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        (digest,) = await on.ask(on.api.user("Ada", language_code="en"), "/digest")
        assert digest.words.startswith("Digest · ")


async def test_asking_again_shows_only_what_came_since(database: Database) -> None:
    """At once there is nothing new, and what is coming is told; then the story that came, and an update of a known one."""
    one, other = await numbered(database, 2)
    known = told(one, at=NOW - HOUR)
    await put(database, known)
    await store(database, [post(1, 1, "Новость", minutes=0)])
    async with newsroom(database) as on:
        ada = await subscribed(on)
        assert await stories(on, await on.ask(ada, "/digest")) == [one]
        (nothing,) = await on.ask(ada, "/digest")
        assert nothing.words.startswith("Ничего нового для вас пока нет.")
        assert "Следующий дайджест придёт сегодня в 09:00 (Москва, UTC+3)." in nothing.words
        on.now += HOUR / 2
        await put(database, grown(known, "Веса открыли под лицензией MIT.", at=on.now), told(other, at=on.now))
        (update,) = await on.ask(ada, "/digest")
        assert set(await stories(on, [update])) == {one, other}
        assert "Веса открыли под лицензией MIT." in update.words
        assert f"Это случилось в сюжете {one}." not in update.words.replace("\u00a0", " ")


async def test_more_goes_on_and_ends_politely(database: Database) -> None:
    """Each press brings the next stories, none twice, best first; after the last one there is no button for more."""
    numbers = await shelved(database, 23)
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        first = await on.ask(ada, "/digest")
        found = await stories(on, first)
        assert (found, first[-1].buttons[-1]) == (numbers[:10], "Ещё сюжеты")
        pressed, data = first[-1], button(first[-1], "more:")
        for size in (10, 3):
            brought = await on.more(ada, pressed)
            assert "Ещё сюжеты" not in labels(ada.chat, pressed), "what it brings stands below"
            found += await stories(on, brought)
            assert len(found) % 10 == size % 10
            pressed = brought[-1]
        assert found == numbers
        assert "Ещё сюжеты" not in pressed.buttons
        before = ids(ada.chat)
        assert (await on.press(ada, first[-1], data=data)).text == "Это было всё."
        await on.send()
        assert ids(ada.chat) == before


async def test_more_after_the_mornings_digest(database: Database) -> None:
    """The button of a digest that came by itself shows further stories of its window."""
    numbers = await shelved(database, 12)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        on.now = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
        before = len(ada.chat.sent)
        await on.deliver()
        digest = ada.chat.sent[before:]
        assert await stories(on, digest) == numbers[:10]
        assert await stories(on, await on.more(ada, digest[-1])) == numbers[10:]


async def test_pressing_more_twice_at_once_shows_nothing_twice(database: Database) -> None:
    """Two presses before the first has been answered do not tell a story twice."""
    numbers = await shelved(database, 15)
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        first = await on.ask(ada, "/digest")
        before = ids(ada.chat)
        ada.tap(first[-1], "Ещё сюжеты")
        ada.tap(first[-1], "Ещё сюжеты")
        await on.settle_together()
        await on.send()
        assert await stories(on, [message for message in ada.chat.sent if message.id not in before]) == numbers[10:]


# --- times and topics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "which"),
    [
        ("", {"today", "today agents", "yesterday"}),
        ("today", {"today", "today agents"}),
        ("сегодня", {"today", "today agents"}),
        ("Вчера", {"yesterday"}),
        ("yesterday", {"yesterday"}),
        ("24.11", {"yesterday"}),
        ("24.11.2026", {"yesterday"}),
        ("2026-11-24", {"yesterday"}),
        ("неделя", {"today", "today agents", "yesterday", "days ago"}),
        ("week", {"today", "today agents", "yesterday", "days ago"}),
        ("agents", {"today agents"}),
        ("Агенты", {"today agents"}),
        ("week llm", {"today", "yesterday", "days ago"}),
        ("llm, week", {"today", "yesterday", "days ago"}),
        ("  llm   сегодня ", {"today"}),
    ],
)
async def test_times_and_topics(database: Database, words: str, which: set[str]) -> None:
    """A time, a topic, or both, in either order and language; without a time, what came since yesterday."""
    at = {
        "today": NOW - HOUR,
        "today agents": NOW - 2 * HOUR,
        "yesterday": NOW - 12 * HOUR,
        "days ago": NOW - 4 * DAY,
        "long ago": NOW - 9 * DAY,
    }
    numbers = dict(zip(at, await numbered(database, len(at)), strict=True))
    for name, moment in at.items():
        topics = ("agents",) if "agents" in name else ("llm",)
        await put(database, told(numbers[name], at=moment, topics=topics))
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        shown = await stories(on, await on.ask(ada, f"/digest {words}"))
        assert set(shown) == {numbers[name] for name in which}


async def test_a_window_that_is_asked_for_is_ordered_as_a_digest(database: Database) -> None:
    """A week has its best stories first, also those that were shown before; more goes on to all the others, none twice."""
    numbers = await shelved(database, 26)
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        first = await stories(on, await on.ask(ada, "/digest"))
        assert first == numbers[:10]
        on.now += HOUR / 60
        brought = await on.ask(ada, "/digest неделя")
        shown = await stories(on, brought)
        assert shown == first
        for _ in range(2):
            on.now += HOUR / 60
            brought = await on.more(ada, brought[-1])
            shown += await stories(on, brought)
        assert shown == numbers
        assert "Ещё сюжеты" not in ada.chat.sent[-1].buttons


async def test_a_topic_that_was_muted_can_be_asked_for(database: Database) -> None:
    """Whoever names a topic wants it."""
    numbers = await shelved(database, 2, topics=("agents",))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        async with database.begin() as session:
            await readers.set_topics(session, (await on.known(ada.chat)).id, ["agents"], all_topics=True)
        assert (await on.ask(ada, "/digest"))[-1].buttons == []
        assert await stories(on, await on.ask(ada, "/digest agents")) == numbers


@pytest.mark.parametrize(
    "words",
    [
        "вечером",
        "<b>llm</b>",
        "2026-13-45",
        "25.11.2099",
        "today yesterday",
        "{topics}",
        "😀" * 2000,
        "\u202ellm",
        "%s",
        "'; --",
    ],
)
async def test_what_is_not_understood_is_said_so(database: Database, words: str) -> None:
    """Nothing is sent but a sentence with the times and topics that there are."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (said,) = await on.ask(ada, f"/digest {words}")
        assert said.words.startswith("Не понимаю «")
        assert "Агенты" in said.words
        assert await deliveries(database) == []


async def test_the_longest_names_of_topics_fit(database: Database) -> None:
    """With as many topics as there can be, with titles as long as they can be, the bot still answers."""
    await rows(database, "UPDATE topics SET title_ru = repeat('щ', 60) RETURNING slug")
    await rows(
        database,
        """
        INSERT INTO topics (slug, position, title_ru, title_en, about, names, stems, enabled)
        SELECT 'slug-' || n, 100 + n, repeat('щ', 57) || n, repeat('w', 57) || n, '', '{}', '{}', true
        FROM generate_series(100, 185) AS n RETURNING slug
        """,
    )
    async with newsroom(database) as on:
        (said,) = await on.ask(on.api.user("Ада", language_code="ru"), "/digest мгла")
        assert said.words.startswith("Не понимаю «мгла».")


# --- nothing to show -------------------------------------------------------------------------------------------------


async def test_an_empty_archive_says_so(database: Database) -> None:
    """Before any channel is read."""
    async with newsroom(database) as on:
        (said,) = await on.ask(on.api.user("Ада", language_code="ru"), "/digest")
        assert said.words == "Постов пока нет. Как только каналы начнут читаться, появятся и сюжеты."


async def test_a_day_without_stories_says_so(database: Database) -> None:
    """And when the next digest comes, to who has subscribed."""
    await store(database, [post(1, 1, "Новость", minutes=0)])
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (said,) = await on.ask(ada, "/digest вчера")
        assert said.words == "Вчера сюжетов не было."
        (said,) = await on.ask(ada, "/digest 15.09 агенты")
        assert said.words == "Агенты\n\nЗа 15 сентября сюжетов нет."


async def test_stories_on_their_way_are_told_of(database: Database) -> None:
    """How many are being prepared."""
    (number,) = await numbered(database, 1)
    await store(database, [post(1, 1, "Новость", minutes=0)])
    await rows(
        database,
        """
        INSERT INTO indexed_posts (post_id, channel_id, sequence, time, dated, source, holder, lang, clean_text, ad,
            ad_reasons, keys, self_keys, refers, features, topics, made_by, story_id)
        SELECT id, channel_id, 1, date, true, '', '', 'ru', '', '', '{}', '{}', '{}', '{}', '{}', '{}', '', :story
        FROM posts RETURNING 1
        """,
        story=number,
    )
    async with newsroom(database) as on:
        (said,) = await on.ask(on.api.user("Ада", language_code="ru"), "/digest")
        assert "Готовится 1 сюжет: попробуйте ещё раз через минуту." in said.words


# --- where, and hostile ----------------------------------------------------------------------------------------------


async def test_everybody_in_a_subscribed_group_may_ask(database: Database) -> None:
    """The digest comes into the group, or into the topic of the forum where it was asked for; elsewhere nobody has subscribed."""
    numbers = await shelved(database, 2)
    async with newsroom(database) as on:
        owner, member = on.api.user("Грета", language_code="ru"), on.api.user("Миша", language_code="ru")
        group = on.api.supergroup("Клуб", creator=owner, forum=True).add_bot(owner)
        group.join(member)
        await on.settle()
        news, talk = group.create_topic("Новости"), group.create_topic("Болтовня")
        await on.say(owner, "/subscribe", to=group, topic=news)
        before = len(group.sent)
        member.say("/digest", to=group, topic=news)
        await on.settle()
        await on.send()
        (digest,) = group.sent[before:]
        assert (digest.thread, await stories(on, [digest])) == (news.id, numbers)
        member.say("/digest", to=group, topic=talk)
        await on.settle()
        assert group.sent[-1].words == "Здесь ещё никто не подписан: подпишет команда /subscribe."


async def test_members_cannot_have_a_group_filled_with_more(database: Database) -> None:
    """Of a group, admins alone have more stories sent; they stand below, and the button has gone, but not the open menu."""
    numbers = await shelved(database, 12)
    async with newsroom(database) as on:
        owner, member = on.api.user("Грета", language_code="ru"), on.api.user("Миша", language_code="ru")
        group = on.api.supergroup("Клуб", creator=owner).add_bot(owner)
        group.join(member)
        await on.settle()
        await on.say(owner, "/subscribe", to=group)
        digest = (await on.ask(member, "/digest", to=group))[-1]
        await on.press(member, digest, "10")
        before = len(group.sent)
        answer = await on.press(member, digest, "Ещё сюжеты")
        await on.send()
        refused = "Прислать сюда ещё сюжеты могут только администраторы группы."
        assert (answer.text, answer.alert, len(group.sent)) == (refused, True, before)
        assert "Ещё сюжеты" in labels(group, digest)
        assert await stories(on, await on.more(owner, digest)) == numbers[10:]
        assert "Ещё сюжеты" not in labels(group, digest)
        assert {"▾ 10", "👍"} <= set(labels(group, digest))


async def test_strangers_cannot_make_the_bot_post_in_a_channel(database: Database) -> None:
    """Who reads a channel where digests come cannot have more of them posted there; its owner can."""
    await shelved(database, 12)
    async with newsroom(database) as on:
        owner, stranger = on.api.user("Грета", language_code="ru"), on.api.user("Миша", language_code="ru")
        channel = on.api.channel("Канал", creator=owner).add_bot(owner)
        await on.settle()
        channel.join(stranger)
        on.now = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
        await on.deliver()
        before = len(channel.sent)
        answer = await on.press(stranger, channel.sent[-1], "Ещё сюжеты")
        await on.send()
        assert (answer.text, len(channel.sent)) == ("Это доступно только администраторам канала.", before)
        assert len(await on.more(owner, channel.sent[-1])) == 1


@pytest.mark.parametrize(
    "data",
    [
        "more:0:0::0",
        "more:99999999999999999:1::0",
        "more:-5:10::0",
        f"more:1:{2**33}::{2**33}",
        "more:1:2:gone:0",
        "more:1:2:'; DROP TABLE:1",
        "more:x:y:z:w",
        "more:1:2",
        "more:1:2::True",
    ],
)
async def test_forged_buttons_are_answered(database: Database, data: str) -> None:
    """Whatever a button says, the press is answered, and nothing breaks."""
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (shown,) = await on.say(ada, "/digest")
        assert (await on.press(ada, shown, data=data)).text in {
            "Это было всё.", "Эта кнопка устарела: того, к чему она относилась, больше нет.",
        }  # fmt: skip


async def test_a_forwarded_command_is_none(database: Database) -> None:
    """What somebody else has written and an admin forwards is a post, not an order."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        boss = on.api.user("Борис", user_id=ADMIN, language_code="ru")
        source = on.api.channel("Чужой канал")
        boss.forward(source.post("/digest: новый инструмент для сводок"))
        await on.settle()
        await on.send()
        assert boss.chat.sent[-1].words.startswith("Сохранено, источник: Чужой канал.")
        assert await deliveries(database) == []


async def test_a_story_that_left_the_shelf_is_passed_over(database: Database) -> None:
    """Between two digests a story may vanish."""
    one, two = await shelved(database, 2)
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        await rows(
            database, "UPDATE shelf SET last_seen = 'epoch', card = '{}' WHERE story_id = :id RETURNING 1", id=one
        )
        assert await stories(on, await on.ask(ada, "/digest")) == [two]


async def test_long_digests_come_in_several_messages_and_one_sound(database: Database) -> None:
    """Twenty long stories take several messages, numbered through; only the first makes a sound."""
    numbers = await numbered(database, 20)
    wordy = "Очень длинное предложение о том, что случилось. " * 9
    for number in numbers:
        story = told(number, at=NOW - HOUR, title=f"Сюжет {number}. " + "Подробности в заголовке " * 6)
        sentences = tuple(
            type(story.card.claims[0])(text=f"{wordy}{n}", post_id=story.card.posts[0].id, known_at=NOW - HOUR)
            for n in range(3)
        )
        await put(database, told(number, at=NOW - HOUR, title=story.card.title, sentences=sentences, claims=sentences))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        await rows(database, "UPDATE readers SET length = 'long' RETURNING id")
        digest = await on.ask(ada, "/digest")
        assert len(digest) > 1
        assert [message.silent for message in digest] == [False] + [True] * (len(digest) - 1)
        assert [label for message in digest for label in message.buttons] == [str(n) for n in range(1, 21)]
        assert await stories(on, digest) == numbers


async def test_a_wish_of_all_topics_has_its_window_in_the_button(database: Database) -> None:
    """The data of the longest button for more stays within what Telegram takes."""
    await shelved(database, 12, topics=("x" * 24,))
    await rows(
        database,
        """
        INSERT INTO topics (slug, position, title_ru, title_en, about, names, stems, enabled)
        VALUES (repeat('x', 24), 99, 'Икс', 'Ex', '', '{}', '{}', true) RETURNING slug
        """,
    )
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        data = button((await on.ask(ada, "/digest сегодня Икс"))[-1], "more:")
        assert len(data.encode()) <= 64


def test_a_digest_looks_back_as_long_as_it_may() -> None:
    """A week between two digests, and what comes late, lie within the longest look back."""
    assert deliver.LONGEST > 7 * DAY + 2 * DAY
