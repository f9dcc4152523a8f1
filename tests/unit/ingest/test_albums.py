"""Albums: which records are one, and what their parts make together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core.types import Channel, Entity, EntityKind, MediaKind, Post, Preview
from ingest.albums import group, merge

DATE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CHANNEL = Channel(tg_id=77, name="Канал")


def part(number: int, **fields: Any) -> Post:
    base = {"channel": CHANNEL, "message_id": number, "text": "", "raw": {"id": number}, "date": DATE}
    return Post(**(base | {"media": (MediaKind.PHOTO,), "group_id": 9} | fields))


def test_one_part_stays() -> None:
    """A single part is the post itself."""
    post = part(1, text="А")
    assert merge([post]) is post


def test_merge() -> None:
    """The first part's number, all media, the latest edit, the most views, the sum of reactions and all raw records."""
    preview = Preview(url="https://example.org")
    parts = [
        part(1, views=10, reactions=2),
        part(2, views=12, edited_at=DATE, media=(MediaKind.VIDEO,), preview=preview),
        part(3, reactions=3, edited_at=DATE + timedelta(hours=1), text="Подпись"),
    ]
    post = merge(parts)
    assert (post.message_id, post.album_ids, post.group_id, post.text) == (1, (2, 3), 9, "Подпись")
    assert post.media == (MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.PHOTO)
    assert (post.views, post.reactions, post.edited_at) == (12, 5, DATE + timedelta(hours=1))
    assert (post.preview, post.protected) == (preview, False)
    assert post.raw == {"parts": [{"id": 1}, {"id": 2}, {"id": 3}]}


def test_several_captions() -> None:
    """If several parts have a text, all are kept, and the entities still mark the same words."""
    bold = Entity(kind=EntityKind.BOLD, offset=2, length=5)
    post = merge([part(1, text="👍 Слово", entities=(bold,)), part(2), part(3, text="И Слово", entities=(bold,))])
    assert post.text == "👍 Слово\n\nИ Слово"
    assert [post.text[mark.offset : mark.offset + mark.length] for mark in post.entities] == ["Слово", "Слово"]


def test_one_protected_part_protects_the_album() -> None:
    """An album with a part whose text is withheld has no text."""
    post = merge([part(1, text="Слово"), part(2, protected=True)])
    assert (post.text, post.entities, post.protected) == ("", (), True)


def test_group() -> None:
    """Parts of one group are together in order of their ids, also when other posts stand between; repeats count once."""
    records = [
        {"id": 7},
        {"id": 5, "grouped_id": 9},
        {"id": 3, "grouped_id": 9},
        {"id": 4, "grouped_id": -8},
        {"id": 3, "grouped_id": 9, "views": 2},
        {"id": 1},
    ]
    assert group(records) == [
        [{"id": 1}],
        [{"id": 3, "grouped_id": 9, "views": 2}, {"id": 5, "grouped_id": 9}],
        [{"id": 4, "grouped_id": -8}],
        [{"id": 7}],
    ]


def test_group_keeps_what_has_no_id() -> None:
    """A record without a usable id is not lost: it stands at the end, alone."""
    strange: list[dict[str, Any]] = [{"id": "x"}, {}, {"id": True, "grouped_id": [1]}]
    assert group([*strange, {"id": 2, "grouped_id": True}]) == [
        [{"id": 2, "grouped_id": True}],
        *([r] for r in strange),
    ]
