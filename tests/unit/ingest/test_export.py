"""Telegram Desktop's export: every field, every kind of damage, and albums."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import ChannelKind, EntityKind, MediaKind, Post, Problem, Skipped, SkipReason
from ingest import export
from ingest.export import bare_id, read_export

EXPORTS = Path(__file__).parents[4] / "shared" / "data" / "exports"
STAMP = 1_700_000_000


def message(number: int, **fields: Any) -> dict[str, Any]:
    base = {"id": number, "type": "message", "date": "2023-11-14T22:13:20", "date_unixtime": str(STAMP + number * 60)}
    return base | {"text": f"пост {number}"} | fields


def chat(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"name": "Канал", "type": "public_channel", "id": 77} | fields | {"messages": list(messages)}


def read(data: bytes | dict[str, Any]) -> list[Post | Skipped | Problem]:
    raw = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False, indent=1).encode()
    return list(read_export(io.BytesIO(raw)))


def posts(data: bytes | dict[str, Any]) -> list[Post]:
    return [event for event in read(data) if isinstance(event, Post)]


def problems(data: bytes | dict[str, Any]) -> list[Problem]:
    return [event for event in read(data) if isinstance(event, Problem)]


def test_fields() -> None:
    """Every field of a forwarded, edited message with reactions arrives in its place."""
    [post] = posts(
        chat(
            message(
                5,
                edited_unixtime=str(STAMP + 900),
                forwarded_from="Источник",
                forwarded_from_id="channel123",
                reply_to_message_id=4,
                photo="(File not included. Change data exporting settings to download.)",
                reactions=[{"type": "emoji", "count": 3, "emoji": "🔥"}, {"type": "paid", "count": 4}],
                views=10,
            ),
            type="private_channel",
            id=-1001234567890,
        )
    )
    assert (post.channel.tg_id, post.channel.kind) == (1234567890, ChannelKind.PRIVATE)
    assert post.date == datetime.fromtimestamp(STAMP + 300, UTC)
    assert post.edited_at == datetime.fromtimestamp(STAMP + 900, UTC)
    assert post.origin is not None
    assert (post.origin.name, post.origin.channel_id) == ("Источник", 123)
    assert (post.reply_to, post.views, post.reactions, post.media) == (4, 10, 7, (MediaKind.PHOTO,))


def test_deleted_origin() -> None:
    """A forward from a deleted account is still a forward, of an unknown name."""
    [post] = posts(chat(message(1, forwarded_from=None)))
    assert post.origin is not None
    assert post.origin.name is None


def test_local_date_without_unixtime_is_read_as_utc() -> None:
    """Old exports have only a date without a zone."""
    old = message(1)
    del old["date_unixtime"]
    assert posts(chat(old))[0].date == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind"), [*export.ENTITIES.items(), ("unknown", EntityKind.OTHER), ("bank_card", EntityKind.OTHER)]
)
def test_entities(name: str, kind: EntityKind) -> None:
    """Each entity type keeps its place, counted in code points."""
    parts = [{"type": "plain", "text": "👍🏽 "}, {"type": name, "text": "слово", "href": "https://example.org"}]
    [post] = posts(chat(message(1, text=["x"], text_entities=parts)))
    [entity] = post.entities
    assert (entity.kind, post.text[entity.offset : entity.offset + entity.length]) == (kind, "слово")
    assert entity.url == ("https://example.org" if name == "text_link" else None)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"media_type": "voice_message", "file": "f"}, MediaKind.VOICE),
        ({"media_type": "video_message", "file": "f"}, MediaKind.ROUND_VIDEO),
        ({"media_type": "hologram", "file": "f"}, MediaKind.OTHER),
        ({"file": "f", "mime_type": "application/pdf"}, MediaKind.DOCUMENT),
        ({"location_information": {"latitude": 1.5, "longitude": 2.5}}, MediaKind.LOCATION),
        ({"contact_information": {"first_name": "А", "phone_number": "1"}}, MediaKind.CONTACT),
    ],
)
def test_media(fields: dict[str, Any], kind: MediaKind) -> None:
    """A message without text but with media is a post with that medium."""
    [post] = posts(chat(message(1, text="", **fields)))
    assert post.media == (kind,)


def test_poll_becomes_text() -> None:
    """A poll's question and answers are the text when there is no other."""
    poll = {"question": "Кто?", "answers": [{"text": "Я", "voters": 1}, {"text": "Ты", "voters": 0}]}
    [post] = posts(chat(message(1, text="", poll=poll)))
    assert (post.text, post.media) == ("Кто?\n• Я\n• Ты", (MediaKind.POLL,))


def test_skipped() -> None:
    """Service messages, empty ones and chats that are no channels are skipped, not problems."""
    account = {
        "about": "…",
        "contacts": {"list": [{"user_id": 1}]},
        "chats": {
            "about": "…",
            "list": [
                chat(message(1), message(2), type="personal_chat"),
                chat(message(3, type="service", action="pin_message"), message(4, text=""), message(5)),
            ],
        },
        "left_chats": {"list": [chat(message(6), id=78)]},
    }
    events = read(account)
    assert [event for event in events if isinstance(event, Skipped)] == [
        Skipped(reason=SkipReason.NOT_A_CHANNEL, count=2),
        Skipped(reason=SkipReason.SERVICE),
        Skipped(reason=SkipReason.EMPTY),
    ]
    assert [(e.channel.tg_id, e.message_id) for e in events if isinstance(e, Post)] == [(77, 5), (78, 6)]
    assert not [event for event in events if isinstance(event, Problem)]


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (message(2, id="2"), "id"),
        (message(2, id=True), "id"),
        (message(2, date="x", date_unixtime=None), "date"),
        (message(2, date_unixtime="1"), "impossible"),
        (message(2, date_unixtime="9999999999"), "impossible"),
        (message(2, type="hologram"), "unknown message type"),
        (message(2, type="unsupported"), "newer version"),
        (message(2, text="а" * 100_001), "longer"),
        ("just a string", "not a message"),
        (None, "not a message"),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_broken_message(broken: Any, word: str, indent: int | None) -> None:
    """A message that makes no sense is told with its byte, and its neighbours are imported."""
    data = json.dumps(chat(message(1), broken, message(3)), ensure_ascii=False, indent=indent).encode()
    assert [post.message_id for post in posts(data)] == [1, 3]
    [problem] = problems(data)
    assert word in problem.message
    assert "byte" in problem.where


@pytest.mark.parametrize(
    "damage",
    [
        b'{"id": 2, "type": "message" "date": oops}',
        b'{"id": 2, "text": "never ends}',
        b'{"id": 2, "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"id": 2, "n": ' + b"9" * 5000 + b"}",
        b'{"id": 2, "text": "\\uZZZZ"}',
    ],
)
def test_undecodable_message(damage: bytes) -> None:
    """After an object that is no JSON reading goes on at the next message, and in the right chat."""
    first, last = json.dumps(message(1)).encode(), json.dumps(message(3)).encode()
    one = b'{"name":"A","type":"public_channel","id":1,"messages":[' + first + b", " + damage + b", " + last + b"]}"
    two = one.replace(b'"id":1,"messages"', b'"id":2,"messages"').replace(b", " + last, b"")
    account = b'{"chats":{"list":[' + two + b", " + one + b"]}}"
    assert [post.message_id for post in posts(one)] == [1, 3]
    assert [(post.channel.tg_id, post.message_id) for post in posts(account)] == [(2, 1), (1, 1), (1, 3)]
    assert problems(one)[0].where.startswith("message 2, byte ")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (b'{"id": 2, "text": "one\ntwo"}', "a line break or another control character stands inside a text"),
        (b'{"id": 2, "text": "x" "date": 1}', "a comma is missing"),
        (b'{"id": 2, "text" "x"}', "a colon is missing"),
        (b'{"id": 2, "text": nope}', "a value is missing or has no quotation marks"),
        (b'{"id": 2, text: 1}', "a name is missing or has no quotation marks"),
        (b'{"id": 2, "text": "a\\qb"}', "a backslash stands before something that it cannot stand before"),
        (b'{"id": 2, "n": ' + b"9" * 5000 + b"}", "a number has thousands of digits"),
    ],
)
def test_broken_json_is_told_in_a_sentence(damage: bytes, says: str) -> None:
    """The problem says what is wrong, where, and what to do, and nothing of it is the decoder's own wording."""
    first, last = json.dumps(message(1)).encode(), json.dumps(message(3)).encode()
    data = b'{"name":"A","type":"public_channel","id":1,"messages":[' + first + b", " + damage + b", " + last + b"]}"
    [problem] = problems(data)
    assert problem.where.startswith("message 2, byte ")
    assert problem.message == (
        f"the JSON is broken here, {says}: this part is left out; mend the file at this byte, or export the chat again"
    )


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_cut_inside_a_message_is_told_as_a_cut(end: bytes) -> None:
    """Whatever the decoder stumbles over at the very end, it is the end that is missing."""
    data = json.dumps(chat(message(1), message(2))).encode()
    [problem] = problems(data[: data.index(b'"date"', data.index(b'"id": 2'))] + end)
    assert "the file ends in the middle of it" in problem.message


def test_control_characters_of_telegram_desktop() -> None:
    r"""The escape `\x0B`, which Telegram Desktop writes and JSON does not know, is read."""
    data = json.dumps(chat(message(1, text="aXXb"), message(2))).encode().replace(b"XX", b"\\x0B")
    assert [post.text for post in posts(data)] == ["a\x0bb", "пост 2"]
    assert not problems(data)


def test_invalid_utf8_loses_one_message() -> None:
    """Bytes that are not UTF-8 cost their message only, and the byte is told exactly."""
    data = json.dumps(chat(message(1), message(2, text="QQ"), message(3)), ensure_ascii=False).encode()
    data = data.replace(b"QQ", b"\xff\xfe")
    assert [post.message_id for post in posts(data)] == [1, 3]
    assert problems(data)[0].where == f"message 2, byte {data.index(0xFF)}"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_that_are_read(encoding: str) -> None:
    """A byte order mark, and UTF-16, do no harm."""
    data = json.dumps(chat(message(1)), ensure_ascii=False).encode(encoding)
    assert [post.text for post in posts(data)] == ["пост 1"]
    assert not problems(data)


def test_cp1251_is_named() -> None:
    """A file in Windows-1251 is one clear problem instead of thousands."""
    data = json.dumps(chat(*map(message, range(1, 9))), ensure_ascii=False).encode("cp1251")
    [problem] = read(data)
    assert isinstance(problem, Problem)
    assert "1251" in problem.message


@pytest.mark.parametrize(("text", "clean"), [("a\0b", "ab"), ("a\ud83d", "a\ufffd"), ("\ud83d\ude00", "😀")])
def test_what_postgres_refuses(text: str, clean: str) -> None:
    """NUL and lone surrogates reach neither the text nor the raw record; a true pair is a character."""
    parts = [{"type": "bold", "text": text}, {"type": "plain", "text": "!"}]
    [post] = posts(json.dumps(chat(message(1, text=text, text_entities=parts))).encode())
    assert post.text == clean + "!"
    assert post.entities[0].length == len(clean)
    assert json.dumps(post.raw, ensure_ascii=False).encode().count(b"\\u0000") == 0


def test_header_after_the_messages() -> None:
    """Sorted keys put the chat's type after its messages: the file is read twice."""
    data = json.dumps(chat(message(1)), sort_keys=True).encode()
    assert posts(data)[0].channel.name == "Канал"


def test_truncated() -> None:
    """Of a cut file everything before the cut is kept."""
    data = json.dumps(chat(message(1), message(2), message(3))).encode()
    cut = data[: data.index(b'"id": 3') + 20]
    assert [post.message_id for post in posts(cut)] == [1, 2]
    assert len(problems(cut)) == 1


@given(cut=st.integers(min_value=0, max_value=2000), junk=st.binary(max_size=6))
def test_no_damage_raises(cut: int, junk: bytes) -> None:
    """Whatever stands in the file, reading ends with events, never with an exception."""
    data = json.dumps(chat(*map(message, range(1, 9)), message(9, text=["а", {"type": "bold", "text": "б"}]))).encode()
    for event in read(data[:cut] + junk + data[cut + len(junk) :]):
        assert isinstance(event, Post | Skipped | Problem)


def test_a_message_longer_than_the_window() -> None:
    """A message of many windows is refused, and the ones after it are read."""
    data = chat(message(1), message(2, text="я" * 3_000_000), message(3))
    assert [post.message_id for post in posts(data)] == [1, 3]


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        (({}, {}, {}), [(1, (2, 3))]),
        (({"text": "А"}, {}, {}), [(1, (2, 3))]),
        (({}, {}, {"text": "А"}), [(1, (2, 3))]),
        (({"text": "А"}, {"text": "Б"}, {}), [(1, ()), (2, (3,))]),
        (({}, {"date_unixtime": str(STAMP + 9)}, {}), [(1, ()), (2, ()), (3, ())]),
        (({}, {"forwarded_from": "X"}, {}), [(1, ()), (2, ()), (3, ())]),
        (({}, {"photo": "", "media_type": "sticker"}, {}), [(1, ()), (2, ()), (3, ())]),
        (({}, {"id": 12}, {"id": 13}), [(1, ()), (12, (13,))]),
        (({}, {"media_type": "video_file"}, {"date_unixtime": str(STAMP + 1)}), [(1, (2, 3))]),
    ],
)
def test_albums(changes: tuple[dict[str, Any], ...], ids: list[tuple[int, tuple[int, ...]]]) -> None:
    """Neighbours that look like parts of one album are one post; two captions are two posts."""
    parts = [
        message(number, **({"text": "", "photo": "p.jpg", "date_unixtime": str(STAMP)} | change))
        for number, change in enumerate(changes, 1)
    ]
    found = posts(chat(*parts))
    assert [(post.message_id, post.album_ids) for post in found] == ids
    if len(found) == 1:
        assert len(found[0].raw["parts"]) == len(found[0].media) == 3
        assert found[0].text == "".join(part["text"] for part in parts)


@pytest.mark.parametrize(
    ("given_id", "bare"), [(5, 5), (-1001234567890, 1234567890), (-5, 5), ("5", None), (True, None), (0, None)]
)
def test_bare_id(given_id: object, bare: int | None) -> None:
    """Ids of channels lose the Bot API's prefix."""
    assert bare_id(given_id) == bare


def test_real_exports() -> None:
    """The ten exports beside the project give 8,561 posts and no problem."""
    if not EXPORTS.is_dir():
        pytest.skip("the real exports are not beside the project")
    count = 0
    for file in sorted(EXPORTS.glob("*/result.json")):
        with file.open("rb") as stream:
            for event in read_export(stream):
                assert isinstance(event, Post)
                assert all(entity.offset + entity.length <= len(event.text) for entity in event.entities)
                count += 1
    assert count == 8561
