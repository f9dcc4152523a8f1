"""Posts that come through the bot: of channels where it is an administrator, their edits and albums, and admins' forwards."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from core import types
from core.db.engine import Database
from core.types import Post
from ingest import parse, records
from tests.fakes.botapi import Channel, Message, Person
from tests.flow.bot.telegram_digests import HOUR, Newsroom, admin, newsroom, rows
from tests.flow.bot.telegram_readers import NOW
from tests.flow.feed import store

KEPT = "SELECT * FROM posts WHERE deleted_at IS NULL ORDER BY id"
BASE = 1_000_000_000_000


async def kept(on: Newsroom) -> list[Any]:
    """The posts that are there."""
    return await rows(on.database, KEPT)


async def woken(on: Newsroom) -> int:
    """How many wake-ups wait for the index; those that were there are taken away."""
    found = await rows(on.database, "DELETE FROM procrastinate_jobs WHERE task_name = 'index' RETURNING id")
    return len(found)


def read_channel(on: Newsroom, **known: Any) -> Channel:
    """A channel where the bot is an administrator."""
    return on.api.channel("Градиент <b>", **known).add_bot()


def by_account(channel: Channel, message: Message) -> Post:
    """The post that an account reads of a message."""
    shown = {
        "_": "Message",
        "id": message.id,
        "date": datetime.fromtimestamp(message.date, UTC),
        "message": message.words,
        "entities": [{"_": "MessageEntityBold", "offset": 0, "length": 3}] if message.entities else [],
        "views": 17,
    }
    place = parse_channel(channel)
    found = parse.message(records.record(shown, titles={}), channel=place)
    assert isinstance(found, Post)
    return found


def parse_channel(channel: Channel) -> types.Channel:
    return types.Channel(tg_id=-channel.id - BASE, name=channel.title, username=channel.username)


# --- posts of channels -----------------------------------------------------------------------------------------------


async def test_a_post_is_kept_and_the_index_is_woken(database: Database) -> None:
    """Text, number and date are those of the channel; the summarizer is told at once."""
    async with newsroom(database) as on:
        channel = read_channel(on, username="gradient_sample")
        post = channel.post("Вышла Torvex-9B: https://example.org/torvex")
        await on.settle()
        (row,) = await kept(on)
        assert (row.message_id, row.text, row.date) == (post.id, post.text, NOW)
        assert [entity["kind"] for entity in row.entities] == ["url"]
        assert (row.state, row.first_seen) == ("new", NOW)
        assert await woken(on) == 1
        ((name, number, username),) = await rows(database, "SELECT name, tg_id, username FROM channels")
        assert (name, number, username) == ("Градиент <b>", -channel.id - BASE, "gradient_sample")
        assert channel.sent == []


async def test_an_edit_replaces_the_text(database: Database) -> None:
    """The former text is kept as a version, the index is woken again; the same edit twice changes nothing."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        post = channel.post("Вышла Torvex-9B.")
        await on.settle()
        await woken(on)
        on.now += HOUR
        channel.edit(post, "Вышла Torvex-9B, лицензия MIT.")
        await on.settle()
        (row,) = await kept(on)
        assert (row.text, row.version, row.edited_at) == ("Вышла Torvex-9B, лицензия MIT.", 2, NOW + HOUR)
        assert await woken(on) == 1
        channel.edit(post, "Вышла Torvex-9B, лицензия MIT.")
        await on.settle()
        assert ((await kept(on))[0].version, await woken(on)) == (2, 0)


async def test_edits_that_overtake_each_other(database: Database) -> None:
    """An older form that comes after a newer one changes nothing."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        post = channel.post("Первая")
        for text in ("Вторая", "Третья"):
            on.now += HOUR
            channel.edit(post, text)
        pending = on.api.world.updates.pending
        pending.append(pending[-2])
        pending.append(pending[-4])
        await on.settle()
        (row,) = await kept(on)
        assert row.text == "Третья"


async def test_service_messages_are_no_posts(database: Database) -> None:
    """A new title says nothing, and breaks nothing."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        on.api.feed(
            [{"channel_post": {"message_id": 9, "chat": channel.wire(), "date": 1, "new_chat_title": "Новое имя"}}]
        )
        await on.settle()
        assert await kept(on) == []


@pytest.mark.parametrize("text", ["😀" * 2000, "\x00нуль\x00", "\u202eсправа налево", "\\u0000", "<b>не жирно</b>"])
async def test_odd_texts_are_kept(database: Database, text: str) -> None:
    """Whatever a channel writes is kept as it is, but for what cannot be stored."""
    async with newsroom(database) as on:
        read_channel(on).post(text)
        await on.settle()
        (row,) = await kept(on)
        assert row.text == text.replace("\x00", "\ufffd")


async def test_a_protected_channel_keeps_its_texts(database: Database) -> None:
    """Of posts and albums of a channel that forbids copying only is kept that they were there."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        secret = {"chat": channel.wire(), "date": int(NOW.timestamp()), "has_protected_content": True}
        photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
        on.api.feed(
            [{"channel_post": {"message_id": 5, "text": "Тайна", **secret}}]
            + [
                {
                    "channel_post": {
                        "message_id": n,
                        "photo": photo,
                        "caption": "Тайна",
                        "media_group_id": "77",
                        **secret,
                    }
                }
                for n in (6, 7, 8)
            ]
        )
        await on.settle()
        found = await kept(on)
        assert [(row.message_id, row.text, row.protected) for row in found] == [(5, "", True), (6, "", True)]
        assert "Тайна" not in str([row.raw for row in found])


# --- albums ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_an_albums_parts_come_in_any_order(database: Database, order: Sequence[int]) -> None:
    """They become one post with the first one's number, all captions and all media."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        parts = channel.album("Первая", None, "Третья")
        pending = on.api.world.updates.pending
        while len(pending) > 3:
            await on.dispatcher.feed_raw_update(on.bot, pending.popleft().wire())
        updates = list(pending)
        pending.clear()
        pending.extend(updates[place] for place in order)
        await on.settle()
        (row,) = await kept(on)
        assert (row.message_id, row.album_ids) == (parts[0].id, [part.id for part in parts[1:]])
        assert (row.text, row.media) == ("Первая\n\nТретья", ["photo"] * 3)


async def test_an_albums_parts_come_at_once(database: Database) -> None:
    """Handled beside each other, they are still one post; two albums at once are two."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        for _ in range(2):
            channel.album("Подпись", *[None] * 9)
        await on.settle_together()
        assert [(len(row.media), row.text) for row in await kept(on)] == [(10, "Подпись")] * 2


async def test_a_caption_of_an_album_is_edited(database: Database) -> None:
    """The other parts stay."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        parts = channel.album("Первая", "Вторая")
        await on.settle()
        on.now += HOUR
        channel.edit(parts[1], "Другая")
        await on.settle()
        (row,) = await kept(on)
        assert (row.text, len(row.media)) == ("Первая\n\nДругая", 2)


async def test_an_album_that_an_account_reads_is_left_to_it(database: Database) -> None:
    """An account has the album whole: the bot's parts change nothing of it."""
    async with newsroom(database) as on:
        channel = read_channel(on)
        parts = channel.album("Подпись", None)
        group = int(parts[0].content["media_group_id"])
        await store(
            database,
            [
                Post(
                    channel=parse_channel(channel), message_id=parts[0].id, text="Подпись", group_id=group,
                    raw={"parts": [{"_": "Message", "id": part.id} for part in parts]}, date=NOW,
                    album_ids=(parts[1].id,),
                )
            ],
        )  # fmt: skip
        before = await kept(on)
        await on.settle()
        assert await kept(on) == before


# --- forwards --------------------------------------------------------------------------------------------------------


def answers(person: Person) -> list[str]:
    return [message.words for message in person.chat.sent]


async def test_an_admins_forward_is_the_channels_own_post(database: Database) -> None:
    """It has channel, number and date of the original, though the bot is not there; forwarded again, it is there already."""
    async with newsroom(database) as on:
        boss = admin(on)
        source = on.api.channel("Чужой <i>канал", username="alien_sample")
        post = source.post("Вышла Torvex-9B.")
        on.now += HOUR
        boss.forward(post)
        await on.settle()
        (row,) = await kept(on)
        assert (row.message_id, row.date, row.text, row.origin_channel) == (post.id, NOW, "Вышла Torvex-9B.", None)
        assert answers(boss) == ["Сохранено, источник: Чужой <i>канал. Через минуту пост будет в своём сюжете."]
        assert boss.chat.sent[-1].covered("bold") == ["Чужой <i>канал"]
        assert await woken(on) == 1
        boss.forward(post)
        await on.settle()
        assert answers(boss)[-1] == "Такой пост уже есть, источник: Чужой <i>канал."
        assert (len(await kept(on)), await woken(on)) == (1, 0)


async def test_what_an_account_has_read_is_there_already(database: Database) -> None:
    """The same row, untouched, whether the post came first through the account or through the forward."""
    async with newsroom(database) as on:
        boss, source = admin(on), on.api.channel("Чужой канал", username="alien_sample")
        bold = [{"type": "bold", "offset": 0, "length": 3}]
        first, second = source.post("Вышла модель.", bold), source.post("Вышла другая модель.", bold)
        await store(database, [by_account(source, first)])
        boss.forward(first, second)
        await on.settle()
        assert [words.partition(",")[0] for words in answers(boss)] == ["Такой пост уже есть", "Сохранено"]
        await store(database, [by_account(source, second)])
        found = await kept(on)
        assert [(row.message_id, row.version, row.views) for row in found] == [(first.id, 1, 17), (second.id, 1, 17)]


async def test_a_forward_of_a_forward_belongs_to_its_origin(database: Database) -> None:
    """What one channel forwarded from another and an admin forwards on is the other one's post."""
    async with newsroom(database) as on:
        boss, source, other = admin(on), on.api.channel("Исток"), on.api.channel("Пересказ")
        post = source.post("Вышла модель.")
        boss.forward(other.forward(post))
        await on.settle()
        (row,) = await kept(on)
        assert (row.message_id, answers(boss)) == (
            post.id, ["Сохранено, источник: Исток. Через минуту пост будет в своём сюжете."],
        )  # fmt: skip


async def test_a_forwarded_album_is_one_post_and_one_answer(database: Database) -> None:
    """Also when it is forwarded again, which Telegram numbers anew, and when one part of it is."""
    async with newsroom(database) as on:
        boss, source = admin(on), on.api.channel("Чужой канал")
        parts = source.album("Первая", None, "Третья")
        for _ in range(2):
            boss.forward(*parts)
            await on.settle()
        boss.forward(parts[1])
        await on.settle()
        (row,) = await kept(on)
        assert (row.message_id, row.text, len(row.media), row.album_ids) == (
            parts[0].id, "Первая\n\nТретья", 3, [parts[1].id, parts[2].id],
        )  # fmt: skip
        assert [words.partition(",")[0] for words in answers(boss)] == [
            "Сохранено", "Такой пост уже есть", "Такой пост уже есть",
        ]  # fmt: skip


async def test_others_cannot_add_posts(database: Database) -> None:
    """What readers forward is not kept; they are told so, once an album."""
    async with newsroom(database) as on:
        ada, source = on.api.user("Ада", language_code="ru"), on.api.channel("Чужой канал")
        ada.forward(source.post("Купите слона."))
        ada.forward(*source.album("Купите", None, None))
        await on.settle()
        refusal = "Добавлять посты пересылкой могут только администраторы. Что нового, расскажет /digest."
        assert answers(ada) == [refusal] * 2
        assert await kept(on) == []
        assert await rows(database, "SELECT FROM channels") == []


@pytest.mark.parametrize("hides", [False, True])
async def test_what_a_person_wrote_is_kept_as_in_a_dump(database: Database, hides: bool) -> None:
    """An admin forwards a person's note: it is kept under the name that the forward shows, once."""
    async with newsroom(database) as on:
        boss, author = admin(on), on.api.user("Лада", hides_forwards=hides)
        group = on.api.supergroup("Семинар", creator=author)
        note = author.say("Заметка о Torvex-9B.", to=group)
        for _ in range(2):
            boss.forward(note)
        await on.settle()
        (row,) = await kept(on)
        assert (row.message_id, row.origin_name, row.text) == (None, "Лада", "Заметка о Torvex-9B.")
        assert [words.partition(",")[0] for words in answers(boss)] == ["Сохранено", "Такой пост уже есть"]


async def test_a_forward_without_a_text(database: Database) -> None:
    """A person's photo without a word says nothing that could be kept."""
    async with newsroom(database) as on:
        boss, author = admin(on), on.api.user("Лада")
        author.begin()
        boss.forward(author.send_file(b"x", "x.bin"))
        on.api.world.updates.pending.popleft()
        await on.settle()
        assert answers(boss) == ["В нём нет текста, который можно сохранить."]
        assert await kept(on) == []


async def test_forwards_in_groups_are_nobodys_business(database: Database) -> None:
    """What an admin forwards into a group where the bot is stays there."""
    async with newsroom(database) as on:
        boss, source = admin(on), on.api.channel("Чужой канал")
        group = on.api.supergroup("Клуб", creator=boss).add_bot(boss, rights=["can_manage_chat"])
        boss.forward(source.post("Вышла модель."), to=group)
        await on.settle()
        assert await kept(on) == []
