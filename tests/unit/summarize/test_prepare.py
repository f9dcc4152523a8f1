"""From a stored post to what the index keeps of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from core.types import Channel, ChannelKind, Origin, StoredPost
from summarize import embed, prepare
from summarize.keys import Key, KeyKind
from tests.flow.feed import NOW, RELEASE

POST = StoredPost(
    id=1, channel_id=7, channel=Channel(tg_id=1001, name="Ёжик | ML", username="Hedgehog"), member=False, weight=1.0,
    message_id=5, position=None, date=NOW, first_seen=NOW, edited_at=None, deleted=False, text=RELEASE, entities=(),
    origin=None, media=(), reply_to=None, views=None, forwards=None, reactions=None, version=1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        (None, "ёжик ml"),
        (Origin(name="Сова: новости"), "сова новости"),
        (Origin(name=None, author="Ада М."), "ада м"),
        (Origin(name=None, channel_id=9), "ёжик ml"),
    ],
)
def test_source_is_who_wrote_the_text(origin: Origin | None, source: str) -> None:
    """A forward's source is its origin by name, so that a dump and an export of one channel agree."""
    assert prepare.source_of(replace(POST, origin=origin)) == source


def test_a_post_is_its_own_message_and_the_one_it_forwards() -> None:
    """By number, by username, and by the forward's origin."""
    forward = replace(POST, origin=Origin(name="Сова", channel_id=99, message_id=3))
    assert prepare.self_keys(forward) == {
        Key(KeyKind.MESSAGE, "1001/5"),
        Key(KeyKind.MESSAGE, "@hedgehog/5"),
        Key(KeyKind.MESSAGE, "99/3"),
    }


def test_in_a_dump_the_origin_holds_the_post() -> None:
    """All posts of a dump lie in one channel; who posts them is told by the origin."""
    dumped = replace(POST, channel=Channel(tg_id=None, name="dump", kind=ChannelKind.DUMP), origin=Origin(name="Сова"))
    assert prepare.holder_of(dumped) == "сова"
    assert prepare.holder_of(POST) == "7"


def test_near_copies_share_a_band_and_others_do_not() -> None:
    """MinHash finds a text with a few words changed, and not another text."""
    near = prepare.read(replace(POST, text="Коротко. " + RELEASE), boilerplate=frozenset())
    other = prepare.read(replace(POST, text=RELEASE[::-1]), boilerplate=frozenset())
    own = prepare.read(POST, boilerplate=frozenset())
    bands = [set(prepare.bands(item.features.shingles)) for item in (own, near, other)]
    assert bands[0] & bands[1]
    assert not bands[0] & bands[2]


def test_learned_lines_are_cut() -> None:
    """A line whose hash is known as boilerplate is gone from the cleaned text."""
    footer = "Читайте правила нашего чата"
    post = replace(POST, text=f"{RELEASE}\n{footer}")
    kept = prepare.read(post, boilerplate=frozenset())
    cut = prepare.read(post, boilerplate=prepare.line_hashes(post) - prepare.line_hashes(POST))
    assert footer in kept.clean
    assert footer not in cut.clean
    assert "Quillfin-3" in cut.clean


@pytest.mark.parametrize("sentences", [1, 3, 40, 400])
def test_passages_are_whole_sentences_and_few(sentences: int) -> None:
    """At most eight passages, in order, none overlapping, each a piece of the text."""
    text = " ".join(f"Предложение номер {number} рассказывает о совах и моделях." for number in range(sentences))
    found = embed.passages(text)
    assert 1 <= len(found) <= embed.MOST_PASSAGES
    assert all(one.stop <= two.start for one, two in pairwise(found))
    assert all(passage.text == " ".join(text[passage.start : passage.stop].split()) for passage in found)
