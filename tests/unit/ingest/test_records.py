"""Records of Telethon's messages: what is kept, what is left out, and that they survive storage."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import types as tl

from ingest.records import DEEPEST, parts_of, peer, record, withheld

DATE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CHANNEL = tl.PeerChannel(77)
PHOTO = tl.Photo(
    id=1,
    access_hash=2,
    file_reference=b"ref",
    date=DATE,
    dc_id=2,
    sizes=[tl.PhotoStrippedSize("i", b"\x01"), tl.PhotoSize("x", 800, 600, 1234)],
)


def stored(message: Any, **titles: str) -> Any:
    """The record as it comes back from the database, whose JSON sorts its keys."""
    known = {("channel", int(key[1:])): title for key, title in titles.items()}
    return json.loads(json.dumps(record(message.to_dict(), titles=known), allow_nan=False, sort_keys=True))


def make(**fields: Any) -> Any:
    return tl.Message(**({"id": 5, "peer_id": CHANNEL, "date": DATE, "message": "Вышла новая модель"} | fields))


def test_plain_message() -> None:
    """A short message's record holds what it says and nothing that is absent."""
    assert stored(make(views=0, post=True, silent=False)) == {
        "_": "Message",
        "id": 5,
        "peer_id": {"_": "PeerChannel", "channel_id": 77},
        "date": "2026-03-04T05:06:07+00:00",
        "message": "Вышла новая модель",
        "post": True,
        "views": 0,
    }


def test_useless_branches_are_pruned() -> None:
    """Sizes of pictures, keyboards, references for downloads and those who reacted are not kept; their neighbours are."""
    kept = stored(
        make(
            media=tl.MessageMediaPhoto(photo=PHOTO, spoiler=True),
            reply_markup=tl.ReplyInlineMarkup([]),
            replies=tl.MessageReplies(3, 4, comments=True, recent_repliers=[tl.PeerUser(9)]),
            reactions=tl.MessageReactions(
                [tl.ReactionCount(tl.ReactionEmoji("🔥"), 3)],
                recent_reactions=[tl.MessagePeerReaction(tl.PeerUser(9), DATE, tl.ReactionEmoji("🔥"))],
            ),
        )
    )
    assert kept["media"]["photo"] == {"_": "Photo", "id": 1, "date": "2026-03-04T05:06:07+00:00"}
    assert "reply_markup" not in kept
    assert kept["replies"] == {"_": "MessageReplies", "replies": 3, "replies_pts": 4, "comments": True}
    assert kept["reactions"]["results"][0]["count"] == 3
    assert "recent_reactions" not in kept["reactions"]


def test_card_of_a_link_is_kept_without_pictures() -> None:
    """Of a web page the words stay; its picture and its cached copy go."""
    page = tl.WebPage(
        *(1, "https://example.org/a", "example.org/a", 0), site_name="Пример", title="О модели", description="Коротко."
    )
    page.photo, page.cached_page = PHOTO, tl.Page("https://example.org/a", [], [], [])
    kept = stored(make(media=tl.MessageMediaWebPage(page)))["media"]["webpage"]
    assert kept.keys() == {"_", "id", "url", "display_url", "hash", "site_name", "title", "description"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1 << 63, None),
        (-(1 << 63), -(1 << 63)),
        (math.nan, None),
        (-math.inf, None),
        (0.5, 0.5),
        (0, 0),
        (b"bytes", None),
        ([], None),
        ([None, False, b""], None),
        ([1, None, "a"], [1, "a"]),
        ("a\0b\ud83d", "a\ufffdb\ufffd"),
        ("\ud83d\ude00", "😀"),
        (datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=3))), "2026-01-01T00:00:00+00:00"),
        (datetime(2026, 1, 1), "2026-01-01T00:00:00+00:00"),  # noqa: DTZ001 - a time without a zone is the case
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3))), None),
        (object(), None),
    ],
)
def test_values(value: Any, kept: Any) -> None:
    """Every value becomes what JSON and Postgres can hold, or is left out."""
    assert record({"_": "X", "value": value}, titles={}).get("value") == kept


def test_title_of_the_origin_is_written_into_the_record() -> None:
    """A forward's header, also that of the message replied to, says the name of the channel that it comes from."""
    header = tl.MessageFwdHeader(DATE, from_id=tl.PeerChannel(123), channel_post=8)
    kept = stored(make(fwd_from=header, reply_to=tl.MessageReplyHeader(reply_from=header)), c123="Лаборатория")
    assert kept["fwd_from"]["_from_title"] == kept["reply_to"]["reply_from"]["_from_title"] == "Лаборатория"
    assert "_from_title" not in stored(make(fwd_from=header), c124="Другая")["fwd_from"]


def test_title_of_the_place_it_was_saved_from() -> None:
    """If a forward tells neither peer nor name, the place that it was saved from gives the name; a hidden user's stays."""
    saved = {"saved_from_peer": tl.PeerChannel(123), "saved_from_msg_id": 4}
    assert stored(make(fwd_from=tl.MessageFwdHeader(DATE, **saved)), c123="А")["fwd_from"]["_from_title"] == "А"
    hidden = tl.MessageFwdHeader(DATE, from_name="Скрытый автор", **saved)
    assert "_from_title" not in stored(make(fwd_from=hidden), c123="А")["fwd_from"]


def test_depth_is_bounded() -> None:
    """What is nested beyond all reason is left out instead of exhausting the stack."""
    value: dict[str, Any] = {"_": "X"}
    for _ in range(5000):
        value = {"_": "X", "inner": [value]}
    assert json.dumps(record(value, titles={})).count("inner") <= DEEPEST


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"_": "PeerChannel", "channel_id": 5}, ("channel", 5)),
        ({"_": "PeerUser", "user_id": 6}, ("user", 6)),
        ({"_": "PeerChat", "chat_id": 7}, ("chat", 7)),
        ({"_": "PeerChannel", "user_id": 5}, None),
        ({"_": "PeerChannel", "channel_id": -5}, None),
        ({"_": ["PeerChannel"]}, None),
        (5, None),
    ],
)
def test_peer(value: object, expected: tuple[str, int] | None) -> None:
    """A peer is its kind and its bare id, or nothing."""
    assert peer(value) == expected


def test_parts_of() -> None:
    """The raw record of an album holds its parts, any other is its own only part."""
    parts = [{"_": "Message", "id": 1}, {"_": "Message", "id": 2}]
    assert parts_of({"parts": parts}) == parts
    assert parts_of(parts[0]) == [parts[0]]


SECRET = "тайна"


def secretive() -> Any:
    """A message with a text of its own in every place that can hold one."""
    words = tl.TextWithEntities(SECRET, [])
    attributes = [tl.DocumentAttributeAudio(9, voice=True, title=SECRET, performer=SECRET)]
    attributes.append(tl.DocumentAttributeFilename(SECRET))
    document = tl.Document(*(1, 2, b"", DATE, SECRET, 10, 2), attributes=attributes)
    poll = tl.Poll(1, words, [tl.PollAnswer(words, b"0")], 0)
    return make(
        message=SECRET,
        entities=[tl.MessageEntityTextUrl(0, 3, SECRET)],
        post_author=SECRET,
        grouped_id=99,
        views=10,
        edit_date=DATE,
        noforwards=True,
        fwd_from=tl.MessageFwdHeader(DATE, from_id=tl.PeerChannel(123), from_name=SECRET, channel_post=8),
        reply_to=tl.MessageReplyHeader(reply_to_msg_id=4, quote_text=SECRET),
        reactions=tl.MessageReactions([tl.ReactionCount(tl.ReactionEmoji(SECRET), 3)]),
        replies=tl.MessageReplies(3, 4),
        media=tl.MessageMediaPoll(poll, tl.PollResults(solution=SECRET), tl.MessageMediaDocument(document=document)),
        factcheck=tl.FactCheck(1, text=words),
        restriction_reason=[tl.RestrictionReason(SECRET, SECRET, SECRET)],
        rich_message=tl.RichMessage([tl.PageBlockParagraph(tl.TextPlain(SECRET))], [PHOTO], [document]),
    )


def test_withheld_keeps_no_text() -> None:
    """Of a protected message ids, times, counters and the types of media stay, and not one word."""
    kept = withheld(stored(secretive(), c123=SECRET))
    assert SECRET not in json.dumps(kept, ensure_ascii=False)
    assert (kept["_withheld"], kept["id"], kept["grouped_id"], kept["views"]) == (True, 5, 99, 10)
    assert kept["date"] == kept["edit_date"] == "2026-03-04T05:06:07+00:00"
    assert kept["fwd_from"]["from_id"] == {"_": "PeerChannel", "channel_id": 123}
    assert (kept["fwd_from"]["channel_post"], kept["reply_to"]["reply_to_msg_id"]) == (8, 4)
    assert kept["reactions"]["results"] == [{"_": "ReactionCount", "count": 3}]
    assert kept["media"]["attached_media"]["document"]["attributes"][0] == {
        "_": "DocumentAttributeAudio",
        "voice": True,
    }
    assert [photo["_"] for photo in kept["rich_message"]["photos"]] == ["Photo"]


def test_withheld_twice_is_withheld_once() -> None:
    """Withholding what is withheld changes nothing."""
    once = withheld(stored(secretive()))
    assert withheld(json.loads(json.dumps(once))) == once


def test_withheld_link_has_no_card() -> None:
    """The page that a protected message links to is not kept either."""
    page = tl.WebPage(1, "https://example.org/a", "example.org/a", 0, title=SECRET)
    assert "media" not in withheld(stored(make(media=tl.MessageMediaWebPage(page))))


SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(), st.datetimes()),
    st.text(alphabet=st.characters(exclude_categories=[])),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["_", "media", "fwd_from", "document", "attributes", "a\0", "date"]), inner),
        st.fixed_dictionaries(
            {"_": st.sampled_from(["MessageFwdHeader", "PeerUser", "Channel"])}, optional={"x": inner}
        ),
    ),
)


@given(value=st.dictionaries(st.sampled_from(["_", "id", "media", "fwd_from", "reply_to", "message", "x"]), VALUES))
def test_whatever_comes_is_storable(value: dict[str, Any]) -> None:
    """No value breaks a record, and no record breaks JSON or Postgres' text."""
    kept = record(value, titles={("user", 1): "А"})
    written = json.dumps(kept, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in written
    assert json.loads(written.encode()) == kept
    json.dumps(withheld(kept), allow_nan=False)
    assert record(kept, titles={}) == kept
