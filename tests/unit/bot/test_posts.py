"""Messages of the Bot API as posts, as an account or an export would give them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Message

from bot import posts
from core.types import Channel, ChannelKind, Entity, EntityKind, MediaKind, Origin

SENT = datetime(2026, 9, 15, 7, 40, tzinfo=UTC)
CHANNEL = {"id": -1001700000001, "type": "channel", "title": "Градиент", "username": "gradient_sample"}
PERSON = {"id": 77, "is_bot": False, "first_name": "Лада"}
PRIVATE = {"id": 77, "type": "private", "first_name": "Лада"}
PHOTO = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]


def made(**fields: Any) -> Message:
    """A message of the channel, as Telegram's JSON."""
    return Message.model_validate({"message_id": 5, "date": int(SENT.timestamp()), "chat": CHANNEL, **fields})


def forward(origin: dict[str, Any], **fields: Any) -> Message:
    """A message that somebody has forwarded to the bot."""
    whole = {"chat": PRIVATE, "from": PERSON, "forward_origin": {"date": int(SENT.timestamp()) - 60, **origin}}
    return made(**whole, **fields)


def test_a_channel_s_post() -> None:
    """Channel, number, date and text are those of the post; the channel's number has no -100 before it."""
    post = posts.of_channel(made(text="Вышла модель."))
    assert post is not None
    assert post.channel == Channel(
        tg_id=1700000001, name="Градиент", kind=ChannelKind.PUBLIC, username="gradient_sample"
    )
    assert (post.message_id, post.date, post.text, post.origin) == (5, SENT, "Вышла модель.", None)


def test_entities_count_characters() -> None:
    """Telegram counts UTF-16 units; a post counts characters, so that an emoji before a link moves nothing."""
    post = posts.of_channel(
        made(
            text="👍 Веса тут",
            entities=[{"type": "text_link", "offset": 3, "length": 4, "url": "https://example.org/w"}],
        )
    )
    assert post is not None
    [entity] = post.entities
    assert entity == Entity(kind=EntityKind.TEXT_LINK, offset=2, length=4, url="https://example.org/w")
    assert post.text[entity.offset : entity.offset + entity.length] == "Веса"


def test_a_caption_and_its_medium() -> None:
    """A caption is the text of a photo."""
    post = posts.of_channel(made(photo=PHOTO, caption="График"))
    assert post is not None
    assert (post.text, post.media) == ("График", (MediaKind.PHOTO,))


def test_a_service_message_is_no_post() -> None:
    """A new title says nothing."""
    assert posts.of_channel(made(new_chat_title="Градиент 2")) is None


def test_a_protected_post_keeps_no_text() -> None:
    """What its channel forbids to copy is not copied: neither text nor record."""
    post = posts.of_channel(made(text="Тайна", has_protected_content=True))
    assert post is not None
    assert post.protected
    assert post.text == ""
    assert "Тайна" not in str(post.raw)


def test_an_edit_knows_when() -> None:
    """The time of an edit decides which form is newer."""
    post = posts.of_channel(made(text="Вышла модель!", edit_date=int(SENT.timestamp()) + 90))
    assert post is not None
    assert post.edited_at is not None
    assert (post.edited_at - SENT).total_seconds() == 90


def test_a_forward_from_a_channel_is_that_channel_s_post() -> None:
    """It has the channel's number and date, so that it is the same post as if it had been read there."""
    message = forward({"type": "channel", "chat": CHANNEL, "message_id": 41}, text="Вышла модель.")
    post = posts.of_forward(message)
    assert post is not None
    assert (post.channel.tg_id, post.message_id, post.origin) == (1700000001, 41, None)
    assert post.date is not None
    assert (SENT - post.date).total_seconds() == 60


def test_a_forward_within_a_channel_keeps_its_origin() -> None:
    """A channel's forward of another channel's post names where it comes from."""
    other = {"id": -1001700000002, "type": "channel", "title": "КПД"}
    origin = {"type": "channel", "chat": other, "message_id": 8, "date": int(SENT.timestamp()) - 60}
    post = posts.of_channel(made(text="Вышла модель.", forward_origin=origin))
    assert post is not None
    assert post.origin is not None
    assert (post.origin.name, post.origin.channel_id, post.origin.message_id) == ("КПД", 1700000002, 8)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ({"type": "hidden_user", "sender_user_name": "Неизвестный"}, "Неизвестный"),
        ({"type": "user", "sender_user": {**PERSON, "last_name": "Котова"}}, "Лада Котова"),
        ({"type": "chat", "sender_chat": {"id": -100123, "type": "supergroup", "title": "Семинар"}}, "Семинар"),
    ],
)
def test_what_people_wrote_is_kept_as_in_a_dump(origin: dict[str, Any], name: str) -> None:
    """It has no number that others could know it by; twice the same text from the same hand is one post."""
    post = posts.of_forward(forward(origin, text="Заметка о модели."))
    again = posts.of_forward(forward(origin, text="Заметка  о модели. "))
    assert post is not None
    assert again is not None
    assert post.origin is not None
    assert isinstance(post.origin, Origin)
    assert (post.channel.kind, post.message_id, post.origin.name) == (ChannelKind.DUMP, None, name)
    assert post.dump_key == again.dump_key


def test_what_was_not_forwarded_is_no_post() -> None:
    """A message of one's own is a message to the bot."""
    assert posts.of_forward(made(chat=PRIVATE, **{"from": PERSON}, text="Привет")) is None


def test_an_album_is_one_post() -> None:
    """Its parts come one by one, in any order; together they have one text, all media, and the first one's number."""
    parts = [
        posts.of_channel(made(message_id=number, photo=PHOTO, media_group_id="990", caption=text))
        for number, text in ((7, "👍 вторая"), (6, None), (8, "третья"))
    ]
    whole = posts.album([part for part in parts if part])
    assert (whole.message_id, whole.album_ids, whole.group_id) == (6, (7, 8), 990)
    assert whole.text == "👍 вторая\n\nтретья"
    assert len(whole.media) == 3
    again = posts.parts_of(whole.raw)
    assert again is not None
    assert posts.album([post for part in again if (post := posts.of_channel(part))]) == whole


def test_an_album_from_elsewhere_is_left_alone() -> None:
    """The record of an album that an account has read is none of ours."""
    assert posts.parts_of({"parts": [{"_": "Message", "id": 6}]}) is None


def test_a_poll_has_its_answers() -> None:
    """Question and answers are the text, a line each."""
    option = {"text": "Да", "voter_count": 0, "persistent_id": "a"}
    poll = {
        "id": "1", "question": "Ставить?", "options": [option, {**option, "text": "Нет", "persistent_id": "b"}],
        "total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular",
        "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
    }  # fmt: skip
    post = posts.of_channel(made(poll=poll))
    assert post is not None
    assert post.text == "Ставить?\n• Да\n• Нет"
    assert post.media == (MediaKind.POLL,)
