"""The menu of a story at the fake Bot API: it opens below a digest, keeps what a reader wants, and tells more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from core.db.engine import Database
from core.readers import Cap
from core.store import memories, readers, stories
from tests.fakes.botapi import Person
from tests.flow.bot.telegram_digests import (
    DAY,
    HOUR,
    Newsroom,
    button,
    channel,
    deliveries,
    ids,
    labels,
    newsroom,
    now_there,
    numbered,
    one_digest,
    put,
    rows,
    shelved,
    told,
)
from tests.flow.bot.telegram_readers import ADMIN, NOW, subscribed

GONE = "Этот сюжет больше не хранится."
OLD = "Эта кнопка устарела: того, к чему она относилась, больше нет."


async def state_of(on: Newsroom, person: Person, story: int) -> tuple[int, bool]:
    """The thumb that somebody gave a story, and whether it is saved."""
    reader = await on.known(person.chat)
    async with on.database.begin() as session:
        kept = [saved for saved, _ in await memories.saved(session, reader.id)]
        return await memories.opinion(session, reader.id, story), story in kept


# --- opening and closing ---------------------------------------------------------------------------------------------


async def test_the_menu_opens_moves_and_closes(database: Database) -> None:
    """Pressing a number opens its menu below the numbers, another number moves it, the same closes it; "more" stays."""
    await shelved(database, 12)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        plain = digest.buttons
        assert plain == [*map(str, range(1, 11)), "Ещё сюжеты"]
        assert (await on.press(ada, digest, "2")).text == ""
        assert labels(ada.chat, digest)[:11] == ["1", "▾ 2", *map(str, range(3, 11)), "Ещё сюжеты"]
        menu = ["👍", "👎", "🔖 Сохранить", "Целиком", "Почему?", "🔕 Скрыть «Языковые модели»"]
        assert labels(ada.chat, digest)[11:] == menu
        await on.press(ada, digest, "7")
        assert labels(ada.chat, digest)[:11] == [*map(str, range(1, 7)), "▾ 7", "8", "9", "10", "Ещё сюжеты"]
        assert labels(ada.chat, digest)[11:] == menu
        await on.press(ada, digest, "▾ 7")
        assert labels(ada.chat, digest) == plain
        assert now_there(ada.chat, digest).words == digest.words
        assert now_there(ada.chat, digest).entities == digest.entities


async def test_pressing_a_number_again_and_again_does_no_harm(database: Database) -> None:
    """Fifty presses open and close; each is answered."""
    await shelved(database, 2)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        data = button(digest, "s:menu")
        for _ in range(50):
            await on.press(ada, digest, data=data)
        assert labels(ada.chat, digest) == ["1", "2"]


# --- thumbs and saving -----------------------------------------------------------------------------------------------


async def test_thumbs_toggle(database: Database) -> None:
    """Up, then down instead, then taken back; kept with the story's topics and channels as they are."""
    first, second = await channel(database, 1, "Первый"), await channel(database, 2, "Второй")
    (story,) = await numbered(database, 1)
    await put(database, told(story, at=NOW - HOUR, channels=(first, second), topics=("llm", "agents")))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        assert (await on.press(ada, digest, "👍")).text == "Такого будет больше."
        assert "👍 ✓" in labels(ada.chat, digest)
        reader = await on.known(ada.chat)
        async with database.begin() as session:
            (said,) = (await memories.of_readers(session, [reader.id], since=NOW))[reader.id].opinions
        assert (said.story_id, said.value, said.topics, set(said.channels)) == (
            story, 1, ("llm", "agents"), {first, second},
        )  # fmt: skip
        assert (await on.press(ada, digest, "👎")).text == "Такого будет меньше."
        assert (await state_of(on, ada, story))[0] == -1
        assert {"👍", "👎 ✓"} < set(labels(ada.chat, digest))
        assert (await on.press(ada, digest, "👎 ✓")).text == "Оценка снята."
        assert (await state_of(on, ada, story))[0] == 0
        assert await rows(database, "SELECT FROM opinions") == []


async def test_two_thumbs_at_once(database: Database) -> None:
    """Both are answered, and one of them stands."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        queries = [ada.tap(digest, "👍") for _ in range(2)] + [ada.tap(digest, "👎") for _ in range(2)]
        await on.settle_together()
        assert all(query.answer is not None for query in queries)
        assert len(await rows(database, "SELECT FROM opinions WHERE story_id = :id", id=story)) <= 1


async def test_saving_and_thumbs_twice(database: Database) -> None:
    """Two presses of one button, before it was drawn anew, do what one does."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        for data in ("up", "up", "save", "save"):
            await on.press(ada, digest, data=f"s:{data}:{story}:1")
        assert await state_of(on, ada, story) == (1, True)
        for data in ("even", "even", "unsave", "unsave"):
            await on.press(ada, digest, data=f"s:{data}:{story}:1")
        assert await state_of(on, ada, story) == (0, False)


async def test_saving_and_forgetting(database: Database) -> None:
    """A saved story stands in /saved, newest first, with its menu; there it can be taken out again."""
    one, two = await shelved(database, 2)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        assert "Пока ничего не сохранено" in (await on.say(ada, "/saved"))[0].words
        digest = await one_digest(on, ada)
        for number in ("1", "2"):
            await on.press(ada, digest, number)
            on.now += HOUR / 60
            assert (await on.press(ada, digest, "🔖 Сохранить")).text == "Сохранено: список в /saved."
        (listed,) = await on.say(ada, "/saved")
        assert listed.words.startswith("2 сохранённых сюжета")
        assert await on.stories_of([listed]) == [two, one]
        assert listed.links == [f"https://t.me/invented/{story * 10}" for story in (two, one)]
        await on.press(ada, listed, "1")
        assert (await on.press(ada, listed, "🔖 Сохранено")).text == "Больше не сохранено."
        assert await on.stories_of(await on.say(ada, "/saved")) == [one]


async def test_twenty_long_saved_titles_fit(database: Database) -> None:
    """Twenty of the longest titles, of emoji, stand in one message; of more, the newest twenty."""
    numbers = await numbered(database, 25)
    await put(database, *(told(number, at=NOW - HOUR, title="😀" * 300) for number in numbers))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        reader = await on.known(ada.chat)
        async with database.begin() as session:
            for place, number in enumerate(numbers):
                await memories.save(session, reader.id, number, now=NOW + place * HOUR)
        (listed,) = await on.say(ada, "/saved")
        assert await on.stories_of([listed]) == numbers[:4:-1]


# --- what thumbs teach ---------------------------------------------------------------------------------------------


async def test_what_thumbs_taught_moves_stories(database: Database) -> None:
    """A reader's thumbs down put another story of that topic and channel below one of equal rank."""
    one, two = await channel(database, 1, "Первый"), await channel(database, 2, "Второй")
    seen, like_it, other = await numbered(database, 3)
    await put(database, told(seen, at=NOW - HOUR, channel=one, rank=0.5))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        await on.press(ada, digest, "👎")
        await put(
            database,
            told(like_it, at=NOW, channel=one, rank=0.51),
            told(other, at=NOW, channel=two, rank=0.5, topics=("agents",)),
        )
        on.now += HOUR
        assert await on.stories_of(await on.ask(ada, "/digest")) == [other, like_it]


# --- telling more ----------------------------------------------------------------------------------------------------


async def test_why(database: Database) -> None:
    """The parts of the rank in words, greatest first, the topics, and what the reader's own thumbs add."""
    (story,) = await numbered(database, 1)
    parts = {"freshness": 0.1, "sources": 0.4, "doubtful": -0.2, "unknown part": 5.0, "engagement": 0.001}
    await put(
        database, told(story, at=NOW - HOUR, parts=parts, independent=3, pinned=True, title="Веса <i>открыты</i>")
    )
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        await on.press(ada, digest, "👍")
        await on.press(ada, digest, "Почему?")
        said = ada.chat.sent[-1].words.splitlines()
        assert said[0] == "Веса <i>открыты</i>"
        assert said[1] == "Тема: Языковые модели. Вы читаете все темы."
        assert said[2] == "Редакторы закрепили этот сюжет для всех."
        assert [line.split(" — ") for line in said[-4:]] == [
            ["+0,40", "3 независимых источника"], ["−0,20", "похоже на рекламу"], ["+0,10", "свежесть"],
            ["+0,04", "ваши оценки"],
        ]  # fmt: skip


async def test_the_whole_story(database: Database) -> None:
    """All that is known, with links, whatever the reader's length; the digest stays as it was."""
    (story,) = await numbered(database, 1)
    claims: list[Any] = [
        type(told(1, at=NOW).card.claims[0])(text=f"Тезис номер {n}.", post_id=story * 10, known_at=NOW - HOUR)
        for n in range(6)
    ]
    await put(database, told(story, at=NOW - HOUR, sentences=tuple(claims[:3]), claims=tuple(claims)))
    async with newsroom(database) as on:
        ada = await subscribed(on)
        await rows(database, "UPDATE readers SET length = 'short' RETURNING id")
        digest = await one_digest(on, ada)
        assert "Тезис номер 5." not in digest.words
        await on.press(ada, digest, "1")
        before = len(ada.chat.sent)
        assert (await on.press(ada, digest, "Целиком")).text == ""
        (whole,) = ada.chat.sent[before:]
        assert all(f"Тезис номер {n}." in whole.words for n in range(6))
        assert f"https://t.me/invented/{story * 10}" in whole.links
        assert whole.words.splitlines()[0] == "Сюжет · Языковые модели"
        assert whole.words.splitlines()[2].startswith("1. ")
        assert "Дайджест" not in whole.words


# --- old buttons, others' buttons, forged ones -----------------------------------------------------------------------


async def test_a_story_that_was_merged_away_is_found(database: Database) -> None:
    """An old button opens the menu of the story that took it in; what was kept of the old one is kept of that."""
    old, new = await shelved(database, 2)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        await on.press(ada, digest, "👎")
        await on.press(ada, digest, "🔖 Сохранить")
        async with database.begin() as session:
            await stories.redirect(session, {old: new})
        await on.press(ada, digest, "▾ 1")
        shown = labels(ada.chat, digest)
        assert shown[:5] == ["▾ 1", "2", "👍", "👎 ✓", "🔖 Сохранено"]
        await on.press(ada, digest, "👍")
        assert labels(ada.chat, digest)[:4] == ["▾ 1", "2", "👍 ✓", "👎"]
        assert [row.value for row in await rows(database, "SELECT value FROM opinions")] == [1]
        await on.press(ada, digest, "🔖 Сохранено")
        assert await rows(database, "SELECT FROM saved_stories") == []
        assert "Пока ничего не сохранено" in (await on.say(ada, "/saved"))[0].words


async def test_a_story_that_is_gone_is_told_so(database: Database) -> None:
    """Each button of its menu answers politely, and changes nothing."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        await on.press(ada, digest, "1")
        shown = labels(ada.chat, digest)
        await rows(database, "UPDATE shelf SET last_seen = 'epoch', card = '{}' RETURNING 1")
        for label in shown:
            assert (await on.press(ada, digest, label)).text == GONE
        assert await state_of(on, ada, story) == (0, False)


FORGED: Sequence[tuple[str, str]] = (
    ("s:menu:999999:1", GONE),
    ("s:menu:0:1", GONE),
    (f"s:up:{2**63 - 1}:1", GONE),
    (f"s:up:{2**63}:1", OLD),
    ("s:up:-1:1", OLD),
    (f"s:up:1:{10**40}", OLD),
    ("s:up:1", OLD),
    ("s:up:one:1", OLD),
    ("s::::", OLD),
    ("mu:off:1:999999:1", GONE),
    ("mu:off:999999:1:1", GONE),
    ("mu:what:1:1:1", OLD),
    ("mu:1:1:1", OLD),
    (f"mu:off:1:{10**30}:1", OLD),
    ("mt:off:999999:llm:1", GONE),
    ("mt:flip:1:llm:1", OLD),
    ("nonsense", OLD),
    ("😀" * 16, OLD),
)


@pytest.mark.parametrize(("data", "says"), FORGED)
async def test_forged_buttons_change_nothing(database: Database, data: str, says: str) -> None:
    """Whatever a press says, it is answered, and nothing is kept of it."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        before = await on.known(ada.chat)
        assert (await on.press(ada, digest, data=data)).text == says
        assert await on.known(ada.chat) == before
        assert await rows(database, "SELECT FROM opinions UNION ALL SELECT FROM saved_stories") == []


async def test_a_press_that_does_nothing_known_opens_the_menu(database: Database) -> None:
    """An action of another version of the bot shows what there is now."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        assert (await on.press(ada, digest, data=f"s:explode:{story}:1")).text == ""
        assert "👍" in labels(ada.chat, digest)


async def test_a_message_that_is_gone_still_answers(database: Database) -> None:
    """A press below a digest that Telegram does not show any more keeps what it says."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        del ada.chat.messages[digest.id]
        for do, says in (("up", "Такого будет больше."), ("menu", ""), ("why", ""), ("open", "")):
            assert (await on.press(ada, digest, data=f"s:{do}:{story}:1")).text == says
        assert (await state_of(on, ada, story))[0] == 1


async def test_each_reader_has_a_menu_of_its_own(database: Database) -> None:
    """Two who were sent the same digest keep different things."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        ada, ivan = await subscribed(on), await subscribed(on, "Иван")
        for person, label in ((ada, "👍"), (ivan, "👎")):
            digest = await one_digest(on, person)
            await on.press(person, digest, "1")
            await on.press(person, digest, label)
        assert [(await state_of(on, person, story))[0] for person in (ada, ivan)] == [1, -1]


# --- groups and channels ---------------------------------------------------------------------------------------------


async def test_members_of_a_group_may_look_and_not_change(database: Database) -> None:
    """A member opens the menu and is told why, alone; thumbs, saving and muting are for administrators, who change them for all."""
    number = await channel(database, 1, "Первый")
    (story,) = await numbered(database, 1)
    await put(database, told(story, at=NOW - HOUR, channel=number))
    async with newsroom(database) as on:
        owner, member = on.api.user("Грета", language_code="ru"), on.api.user("Миша", language_code="ru")
        group = on.api.supergroup("Клуб", creator=owner).add_bot(owner)
        group.join(member)
        await on.settle()
        await on.say(owner, "/subscribe", to=group)
        (digest,) = await on.ask(member, "/digest", to=group)
        before = await on.known(group)
        await on.press(member, digest, "1")
        menu = labels(group, digest)
        assert len(menu) == 8
        for label in ("👍", "👎", "🔖 Сохранить", "🔕 Скрыть «Языковые модели»", "🔕 Скрыть «Первый»"):
            assert (await on.press(member, digest, label)).text == "Это могут менять только администраторы группы."
        assert (await on.known(group), labels(group, digest)) == (before, menu)
        assert await rows(database, "SELECT FROM opinions UNION ALL SELECT FROM saved_stories") == []
        said = len(group.sent)
        for _ in range(3):
            why = await on.press(member, digest, "Почему?")
            assert (why.alert, why.text) == (True, "Ничто особенное его не выделяет.")
        whole = await on.press(member, digest, "Целиком")
        assert whole.text == "Прислать сюда сюжет целиком могут только администраторы группы."
        assert len(group.sent) == said, "no member makes the bot write"
        await on.press(owner, digest, "Целиком")
        assert len(group.sent) == said + 1
        for label in ("👍", "🔖 Сохранить", "🔕 Скрыть «Языковые модели»", "🔕 Скрыть «Первый»"):
            await on.press(owner, digest, label)
        after = await on.known(group)
        assert (after.topics, after.caps) == ({"llm"}, (Cap(channel_id=number, most=0),))
        assert len(await rows(database, "SELECT FROM opinions UNION ALL SELECT FROM saved_stories")) == 2


async def test_why_fits_above_a_chat(database: Database) -> None:
    """In a group the answer is an alert of at most 200 characters, the most telling part first, whole lines alone."""
    (story,) = await numbered(database, 1)
    parts = {
        "freshness": 0.1,
        "sources": 0.4,
        "doubtful": -0.2,
        "engagement": 0.3,
        "spread": 0.25,
        "substance": 0.21,
        "channel": 0.2,
    }
    await put(database, told(story, at=NOW - HOUR, parts=parts, independent=3, pinned=True))
    async with newsroom(database) as on:
        owner = on.api.user("Грета", language_code="ru")
        group = on.api.supergroup("Клуб", creator=owner).add_bot(owner)
        await on.settle()
        await on.say(owner, "/subscribe", to=group)
        (digest,) = await on.ask(owner, "/digest", to=group)
        why = await on.press(owner, digest, data=f"s:why:{story}:1")
        lines = why.text.splitlines()
        assert lines[:2] == ["Редакторы закрепили этот сюжет для всех.", "+0,40 — 3 независимых источника"]
        assert why.alert
        assert 100 < len(why.text) <= 200


async def test_an_admin_of_the_bot_is_none_of_a_group(database: Database) -> None:
    """Who steers the bot may not change what a group reads, unless they are its administrator."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        owner = on.api.user("Грета", language_code="ru")
        boss = on.api.user("Борис", user_id=ADMIN, language_code="ru")
        group = on.api.supergroup("Клуб", creator=owner).add_bot(owner)
        group.join(boss)
        await on.settle()
        await on.say(owner, "/subscribe", to=group)
        (digest,) = await on.ask(owner, "/digest", to=group)
        await on.press(boss, digest, "1")
        assert (await on.press(boss, digest, "👍")).text == "Это могут менять только администраторы группы."


async def test_who_reads_a_channel_cannot_press_anything_there(database: Database) -> None:
    """Strangers get a notice and nothing else happens: no menu for all, no message in the channel; its owner may."""
    (story,) = await shelved(database, 1)
    async with newsroom(database) as on:
        owner, stranger = on.api.user("Грета", language_code="ru"), on.api.user("Миша", language_code="ru")
        place = on.api.channel("Канал", creator=owner).add_bot(owner)
        await on.settle()
        place.join(stranger)
        on.now = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
        await on.deliver()
        digest = place.sent[-1]
        sent = ids(place)
        for do in ("menu", "why", "open", "up", "save", "unsave"):
            answer = await on.press(stranger, digest, data=f"s:{do}:{story}:1")
            assert answer.text == "Это доступно только администраторам канала."
        assert ids(place) == sent
        await on.press(owner, digest, "1")
        assert "👍" in labels(place, digest)
        assert (await on.press(owner, digest, "Почему?")).alert
        reader = await on.known(place)
        async with database.begin() as session:
            await readers.set_topics(session, reader.id, ["llm"], all_topics=False)
        last = await on.press(owner, digest, data=f"mt:off:{story}:llm:1")
        assert last.alert
        assert last.text.startswith("Это была последняя тема")
        assert ids(place) == sent, "who reads the channel is told nothing"


async def test_a_menu_of_a_digest_from_long_ago(database: Database) -> None:
    """A digest of last week still has its menu, and what is muted there counts from now on."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        ada = await subscribed(on)
        digest = await one_digest(on, ada)
        on.now += 8 * DAY
        await on.press(ada, digest, "1")
        await on.press(ada, digest, "🔕 Скрыть «Языковые модели»")
        assert (await on.known(ada.chat)).topics == {"llm"}
        assert len(await deliveries(database)) == 1
