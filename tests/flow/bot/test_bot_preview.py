"""/preview at the fake Bot API: an admin sees what a reader would get, and nobody gets anything."""

from __future__ import annotations

import pytest

from bot import deliver
from core.db.engine import Database
from core.readers import Length
from core.store import readers
from tests.flow.bot.telegram_digests import (
    DAY,
    HOUR,
    admin,
    again,
    channel,
    deliveries,
    many,
    newsroom,
    numbered,
    put,
    reading,
    rows,
    shelved,
    told,
)
from tests.flow.bot.telegram_readers import NOW


async def test_it_shows_what_the_reader_gets(database: Database) -> None:
    """By number: the same text that is then delivered, with the same links; and nothing is left of the preview."""
    one, two = await channel(database, 1, "Первый"), await channel(database, 2, "Второй")
    llm, agents, muted = await numbered(database, 3)
    await put(
        database,
        told(llm, at=NOW - 5 * DAY, channel=one),
        told(agents, at=NOW - HOUR, channel=one, topics=("agents",)),
        told(muted, at=NOW - HOUR, channel=two),
    )
    reader = await reading(database, since=NOW - 6 * DAY, length=Length.SHORT, tz="Asia/Omsk", hour=11)
    async with database.begin() as session:
        await readers.set_cap(session, reader.id, two, 0)
    async with newsroom(database) as on:
        boss = admin(on)
        (shown,) = await on.say(boss, f"/preview {reader.id}")
        assert shown.buttons == []
        assert await deliveries(database) == []
        assert await rows(database, "SELECT FROM bodies UNION ALL SELECT FROM messages") == []
        assert (await again(database, reader)) == await again(database, reader)
        (same,) = await on.say(boss, f"/preview {reader.id}")
        assert (same.words, same.links) == (shown.words, shown.links)
        await deliver.deliver_due(database, on.catalogues, clock=lambda: NOW)
        ((text,),) = await rows(database, "SELECT text FROM bodies")
        assert shown.text == text
        (delivered,) = await deliveries(database)
        assert set(delivered.stories) == {llm, agents}


async def test_readers_are_chosen_from_a_list(database: Database) -> None:
    """Eight a page, groups by their titles, people by number, the admin as such; ready-made ones of all topics on top."""
    await shelved(database, 2)
    found = await many(database, 9)
    async with database.begin() as session:
        await readers.rename(session, found[0].id, "Клуб " + "😀" * 60)
    async with newsroom(database) as on:
        boss = admin(on)
        (shown,) = await on.say(boss, "/preview")
        assert shown.buttons[:2] == ["Все темы, по-русски", "Все темы, по-английски"]
        assert shown.buttons[2].startswith("Клуб ")
        assert shown.buttons[3] == f"Читатель {found[1].id} · ru · 08:00"
        assert (len(shown.buttons), shown.buttons[-1]) == (11, "›")
        await on.press(boss, shown, "›")
        assert on.shown(boss.chat).buttons[2:] == [f"Читатель {found[8].id} · ru · 08:00", "Мой"]
        before = len(boss.chat.sent)
        for label in ("Мой", "Все темы, по-английски", "Все темы, по-русски"):
            await on.press(boss, shown, label)
        assert [message.words.partition(" · ")[0] for message in boss.chat.sent[before:]] == [
            "Дайджест",
            "Digest",
            "Дайджест",
        ]
        assert await deliveries(database) == []


async def test_a_reader_that_is_gone(database: Database) -> None:
    """Is told so, whether by an old button or by a number that never was."""
    reader = await reading(database)
    async with newsroom(database) as on:
        boss = admin(on)
        (shown,) = await on.say(boss, "/preview")
        async with database.begin() as session:
            await readers.forget(session, reader.id)
        await on.press(boss, shown, f"Читатель {reader.id} · ru · 08:00")
        assert boss.chat.sent[-1].words == "Этого читателя больше нет."
        assert (await on.say(boss, "/preview 999999"))[0].words.startswith("Чей дайджест?")


async def test_nothing_to_preview(database: Database) -> None:
    """Of an empty shelf it says that there would be nothing."""
    reader = await reading(database)
    async with newsroom(database) as on:
        (shown,) = await on.say(admin(on), f"/preview {reader.id}")
        assert shown.words == "Этому читателю сказали бы, что нового нет."


@pytest.mark.parametrize("words", ["завтра", "-1", "9" * 400, "0", "٣", "\x00", "{n}", "1; DROP TABLE readers"])
async def test_rubbish_shows_the_list(database: Database, words: str) -> None:
    """Whatever stands after the command."""
    async with newsroom(database) as on:
        (shown,) = await on.say(admin(on), f"/preview {words}")
        assert shown.words.startswith("Чей дайджест?")


@pytest.mark.parametrize(
    "data", ["pv:page:999999", f"pv:show:{2**63 - 1}", "pv:what:0", f"pv:page:{2**63}", "pv:show:-1"]
)
async def test_forged_buttons(database: Database, data: str) -> None:
    """Are answered, and break nothing."""
    async with newsroom(database) as on:
        boss = admin(on)
        (shown,) = await on.say(boss, "/preview")
        await on.press(boss, shown, data=data)


async def test_what_was_shown_in_a_preview_is_still_new(database: Database) -> None:
    """The admin's own digest tells what the admin has seen in previews, their own among them."""
    numbers = await shelved(database, 3)
    async with newsroom(database) as on:
        boss = admin(on)
        (shown,) = await on.say(boss, "/preview")
        await on.press(boss, shown, "Мой")
        await on.press(boss, shown, "Все темы, по-русски")
        assert await on.stories_of(await on.ask(boss, "/digest")) == numbers
