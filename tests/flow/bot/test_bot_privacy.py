"""/privacy, /export and /forget at the fake Bot API: what is said to be kept is kept, and nothing is once it was deleted."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import text

from bot import serve
from core.answers import Wish
from core.db.engine import Database
from core.readers import Body, NewDelivery, Opinion, Reader
from core.store import admins, conversations, memories, outbox, questions, readers
from tests.fakes.botapi import Person
from tests.flow.bot.telegram_readers import ADMIN, NOW, Stage, stage, subscribed

#: What holds, or can hold, something of a reader: a table with such a column must be on the page on privacy, in the export,
#: and empty once the reader was forgotten.
COLUMNS = "^(reader_id|chat_id|user_id|subscribed_by|thread_id)$"
TABLES = {
    "readers",
    "reader_topics",
    "reader_channels",
    "opinions",
    "saved_stories",
    "deliveries",
    "messages",
    "questions",
    "admins",  # of admins; the page says so
}


async def fill(on: Stage, person: Person) -> Reader:
    """Leaves something of a reader in every table that can hold it."""
    reader = await on.known(person.chat)
    async with on.database.begin() as session:
        await readers.set_topics(session, reader.id, {"agents"}, all_topics=True)
        await session.execute(text("INSERT INTO channels (tg_id, name, kind) VALUES (77, 'Тихая сова', 'public')"))
        await session.execute(text("INSERT INTO stories (created_at, changed_at) VALUES (now(), now())"))
        story = (await session.execute(text("SELECT id FROM stories"))).scalar_one()
        channel = (await session.execute(text("SELECT id FROM channels"))).scalar_one()
        await readers.set_cap(session, reader.id, channel, 0)
        opinion = Opinion(story_id=story, value=1, topics=("agents",), channels=(channel,))
        await memories.judge(session, reader.id, opinion, story_id=story, now=NOW)
        await memories.save(session, reader.id, story, now=NOW)
        delivery = NewDelivery(
            reader_id=reader.id,
            chat_id=reader.chat_id,
            thread_id=None,
            period=date(2026, 11, 24),
            since=NOW,
            until=NOW,
            lang="ru",
            stories=(story,),
            bodies=(Body(text="Дайджест про сову"),),
        )
        await outbox.put(session, [delivery], urgent=False, now=NOW)
        for chat in (person.id, -100555):
            await questions.ask(
                session,
                wish=Wish.ANSWER,
                chat_id=chat,
                thread_id=None,
                asker_id=person.id,
                place="message 7",
                text_="Что с совой?",
                lang="ru",
                tz="UTC",
                now=NOW,
            )
        for key in (f"{person.id}:{person.id}:0", f"-100555:{person.id}:7"):
            await conversations.put(session, key, state="asked", data={"city": "Омск"}, now=NOW)
    return reader


async def traces(database: Database, number: int) -> list[str]:
    """Every table and column in which a number stands, alone or as a part of a text."""
    async with database.begin() as session:
        columns = await session.execute(
            text("""
                SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables
                    USING (table_schema, table_name)
                WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'procrastinate%'
            """)
        )
        found = []
        for table, column in columns.all():
            hits = await session.execute(
                text(f'SELECT count(*) FROM "{table}" WHERE CAST("{column}" AS text) ~ :number'),
                {"number": rf"(^|\D){number}(\D|$)"},
            )
            found += [f"{table}.{column}"] if hits.scalar_one() else []
        return found


async def rows_of(database: Database, reader_id: int) -> dict[str, int]:
    """How many rows of each table belong to a reader by its row's id."""
    async with database.begin() as session:
        tables = await session.execute(
            text(
                "SELECT table_name FROM information_schema.columns WHERE column_name = 'reader_id' AND table_schema = 'public'"
            )
        )
        counts = {}
        for table in tables.scalars().all():
            hits = await session.execute(
                text(f'SELECT count(*) FROM "{table}" WHERE reader_id = :id'), {"id": reader_id}
            )
            counts[table] = int(hits.scalar_one())
        return counts


async def test_forget_deletes_everything_at_once(database: Database) -> None:
    """After one question and one press there is nothing of the person in any table, and the bot says so."""
    async with stage(database) as on:
        ada, boris = await subscribed(on, user_id=987_654_321), await subscribed(on, "Борис")
        channel = on.api.channel("Вестник", creator=ada).add_bot(ada)
        await on.settle()
        reader = await fill(on, ada)
        assert min((await rows_of(database, reader.id)).values()) > 0, "every table held something"
        (asked,) = await on.say(ada, "/forget")
        assert "Удалить всё, что я о вас храню?" in asked.words
        assert "каналы (1)" in asked.words or "канал (1)" in asked.words
        assert await on.known(ada.chat) is not None, "nothing is deleted before the answer"
        await on.press(ada, asked, "🗑 Да, удалить")
        assert "ничего не осталось" in on.shown(ada.chat).words
        assert await traces(database, ada.id) == []
        assert set((await rows_of(database, reader.id)).values()) == {0}
        assert await on.reader(boris.chat) is not None, "others stay"
        assert (await on.known(channel)).subscribed_by is None


async def test_no_keeps_everything(database: Database) -> None:
    """Who says no is where they were."""
    async with stage(database) as on:
        ada = await subscribed(on)
        before = await on.known(ada.chat)
        (asked,) = await on.say(ada, "/forget")
        await on.press(ada, asked, "Нет, оставить")
        assert on.shown(ada.chat).words == "Ничего не удалено."
        assert await on.known(ada.chat) == before


async def test_nothing_after_forgetting_makes_somebody_known_again(database: Database) -> None:
    """A second press on "delete", and blocking the bot afterwards, leave no new trace."""
    async with stage(database) as on:
        ada = await subscribed(on, user_id=987_654_321)
        (asked,) = await on.say(ada, "/forget")
        data = f"fg:yes:{(await on.known(ada.chat)).id}"
        for _ in range(3):
            ada.tap(asked, data=data)
        await on.settle()
        assert await traces(database, ada.id) == []
        ada.block()
        await on.settle()
        assert await traces(database, ada.id) == []


async def test_who_comes_back_starts_anew(database: Database) -> None:
    """After /forget, /start proposes as to a stranger."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (asked,) = await on.say(ada, "/forget")
        await on.press(ada, asked, "🗑 Да, удалить")
        (shown,) = await on.say(ada, "/start")
        assert "Предлагаю так" in shown.words


async def test_export_is_all_that_is_kept(database: Database) -> None:
    """/export sends a JSON file with everything of the person from every table, and nothing of others."""
    async with stage(database) as on:
        ada, boris = await subscribed(on), await subscribed(on, "Борис")
        on.api.channel("Вестник", creator=ada).add_bot(ada)
        await on.settle()
        reader = await fill(on, ada)
        (sent,) = await on.say(ada, "/export")
        assert sent.file is not None
        assert sent.file.name == "svodka-2026-11-25.json"
        kept = json.loads(sent.file.data)
        assert kept["reader"][0]["chat_id"] == ada.id
        assert kept["topics"] == [{"slug": "agents"}]
        assert kept["channels"] == [{"name": "Тихая сова", "most": 0, "once_unmuted": None}]
        assert kept["opinions"][0]["value"] == 1
        assert len(kept["saved"]) == 1
        assert kept["digests"][0]["period"] == "2026-11-24"
        assert kept["messages"][0]["text"] == "Дайджест про сову"
        assert kept["subscribed"][0]["title"] == "Вестник"
        assert [dialogue["data"] for dialogue in kept["dialogues"]] == [{"city": "Омск"}] * 2
        assert str(boris.id) not in sent.file.data.decode()
        assert reader.id == kept["reader"][0]["id"]


async def test_export_of_others_data_stays_private(database: Database) -> None:
    """In a group, /export sends no file."""
    async with stage(database) as on:
        ada = await subscribed(on)
        group = on.api.supergroup(creator=ada).add_bot(ada)
        await on.settle()
        (said,) = await on.say(ada, "/export", to=group)
        assert said.file is None
        assert "в личный чат" in said.words


async def test_the_page_on_privacy_says_what_the_tables_hold(database: Database) -> None:
    """The page names how long messages are kept; no table but those that it speaks of can hold anything of a reader."""
    async with stage(database, keep_messages_days=31) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/privacy")
        assert "31 день" in shown.words
        assert "не дольше недели" in shown.words
        assert serve.DIALOGUES.days == 7
        assert "Об администраторах" not in shown.words
        assert (
            "Об администраторах" in (await on.say(on.api.user(user_id=ADMIN, language_code="ru"), "/privacy"))[0].words
        )
    async with database.begin() as session:
        columns = await session.execute(
            text("""
                SELECT DISTINCT table_name FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name NOT LIKE 'procrastinate%' AND column_name ~ :columns
            """),
            {"columns": COLUMNS},
        )
        assert set(columns.scalars()) - TABLES == set()


async def test_an_admin_who_is_forgotten_stays_an_admin(database: Database) -> None:
    """An admin is told that the rights and the log stay, and they do."""
    async with stage(database) as on:
        ada = await subscribed(on)
        async with database.begin() as session:
            await admins.grant(session, ada.id, name="Ада", by=None, now=NOW)
        (asked,) = await on.say(ada, "/forget")
        assert "останетесь администратором" in asked.words
        await on.press(ada, asked, "🗑 Да, удалить")
        async with database.begin() as session:
            assert await admins.is_admin(session, ada.id)
