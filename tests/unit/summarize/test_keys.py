"""What identifies the thing a post talks about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Entity, EntityKind
from summarize import keys
from summarize.keys import Holder, Key, KeyKind

START = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://arxiv.org/abs/2609.01234v2", Key(KeyKind.ARXIV, "2609.01234")),
        ("https://arxiv.org/pdf/2609.01234.pdf", Key(KeyKind.ARXIV, "2609.01234")),
        ("https://huggingface.co/papers/2609.01234", Key(KeyKind.ARXIV, "2609.01234")),
        ("https://www.alphaxiv.org/overview/2609.01234", Key(KeyKind.ARXIV, "2609.01234")),
        ("https://doi.org/10.1000/XYZ.5", Key(KeyKind.DOI, "10.1000/xyz.5")),
        ("https://github.com/Owl/Quill.git", Key(KeyKind.GITHUB, "owl/quill")),
        ("https://github.com/Owl/Quill/tree/main/docs#use", Key(KeyKind.GITHUB, "owl/quill")),
        ("https://github.com/features/actions", None),
        ("https://huggingface.co/Owl/Quill-3-14B", Key(KeyKind.MODEL, "owl/quill-3-14b")),
        ("https://huggingface.co/datasets/Owl/Nest", Key(KeyKind.MODEL, "datasets/owl/nest")),
        ("https://youtu.be/abcdefghijk?si=xyz", Key(KeyKind.VIDEO, "abcdefghijk")),
        ("https://www.youtube.com/watch?v=abcdefghijk&ab_channel=Owl", Key(KeyKind.VIDEO, "abcdefghijk")),
        ("https://t.me/owl_news/15", Key(KeyKind.MESSAGE, "@owl_news/15")),
        ("https://t.me/c/1234567890/15", Key(KeyKind.MESSAGE, "1234567890/15")),
        ("https://t.me/owl_news", None),
        ("https://t.me/+AbCdEf", None),
        ("https://news.example/2026/owl/?utm_source=tg&id=7", Key(KeyKind.URL, "news.example/2026/owl?id=7")),
        ("https://WWW.news.example/2026/Owl/", Key(KeyKind.URL, "news.example/2026/owl")),
        ("https://news.example/", None),
        ("https://[broken", None),
        ("mailto:owl@example.org", None),
    ],
)
def test_a_link_names_one_thing_or_nothing(link: str, expected: Key | None) -> None:
    """Spellings of one address give one key; home pages, channels and broken addresses give none."""
    assert keys.of_link(link) == expected


def test_keys_of_a_post() -> None:
    """Identifiers are found in text, in written addresses and behind words; a DOI of arXiv is the arXiv id."""
    text = "Статья arXiv: 2609.01234, код github.com/owl/quill. doi 10.48550/arXiv.2609.01234"
    entity = Entity(kind=EntityKind.TEXT_LINK, offset=0, length=6, url="https://youtu.be/abcdefghijk")
    assert keys.keys(text, [entity]) == {
        Key(KeyKind.ARXIV, "2609.01234"),
        Key(KeyKind.GITHUB, "owl/quill"),
        Key(KeyKind.VIDEO, "abcdefghijk"),
    }


@given(st.text())
def test_no_link_is_too_strange(link: str) -> None:
    """Whatever stands where an address should, there is a key or none, and no error."""
    found = keys.of_link("https://" + link)
    assert found is None or found.value


def holders(*places: tuple[str, float]) -> list[Holder]:
    """Posts 1, 2, … of (holder, day)."""
    return [Holder(number, name, START + timedelta(days=day)) for number, (name, day) in enumerate(places, 1)]


@pytest.mark.parametrize(
    ("places", "common"),
    [
        ([("a", 0), ("b", 0), ("c", 1)], set()),
        ([("a", 0), ("a", 1), ("a", 2)], {1, 2, 3}),
        ([("a", 0), ("a", 1), ("b", 1)], set()),
        ([("a", 0), ("a", 1), ("a", 20)], set()),
        ([(f"channel {number}", 0.1) for number in range(keys.MOST_POSTS)], set()),
        ([(f"channel {number}", 0.1) for number in range(keys.MOST_POSTS + 1)], set(range(1, keys.MOST_POSTS + 2))),
    ],
)
def test_a_key_is_common_where_its_holders_repeat_it(places: list[tuple[str, float]], common: set[int]) -> None:
    """A link in many channels once is a hot story; in one channel all the time, a footer; far apart, two stories."""
    found = keys.commonness(KeyKind.URL, holders(*places))
    assert {post for post, is_common in found.items() if is_common} == common


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40)), max_size=30), st.randoms())
def test_commonness_is_a_function_of_the_set(places: list[tuple[str, int]], dice: object) -> None:
    """The order in which holders are given does not matter."""
    given_ = holders(*places)
    shuffled = list(given_)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert keys.commonness(KeyKind.URL, given_) == keys.commonness(KeyKind.URL, shuffled)
