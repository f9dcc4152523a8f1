"""How a post is named on the command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.post_names import Named, parse


@pytest.mark.parametrize("typed", ["p12", "P12", "post 12", "post12", "p#12", "post:12", " p12\n", "p-12"])
def test_a_number_with_a_p_is_a_post(typed: str) -> None:
    """However it is written; blanks around it do not count."""
    assert parse(typed) == Named(told=typed.strip(), number=12)


@pytest.mark.parametrize(
    "typed",
    [
        "https://t.me/copper_cat/34",
        "http://t.me/copper_cat/34/",
        "t.me/copper_cat/34",
        "https://T.ME/copper_cat/34",
        "https://telegram.me/copper_cat/34",
        "https://t.me/s/copper_cat/34",
        "https://t.me/copper_cat/34?single",
        "https://t.me/copper_cat/34?comment=5",
        "https://t.me/copper_cat/12/34",
    ],
)
def test_a_link_names_a_message_of_a_channel(typed: str) -> None:
    """Public links of every form; of a message in a topic the last number counts."""
    assert parse(typed) == Named(told=typed, username="copper_cat", message_id=34)


@pytest.mark.parametrize("typed", ["https://t.me/c/1001/34", "t.me/c/1001/34?thread=2", "https://t.me/c/1001/12/34"])
def test_a_private_link_names_a_message_by_number(typed: str) -> None:
    """The number between /c/ and the message is the channel's bare id."""
    assert parse(typed) == Named(told=typed, tg_id=1001, message_id=34)


@pytest.mark.parametrize(
    "typed",
    [
        "12",
        "",
        "p",
        "post",
        "p1.5",
        "p12 p13",
        "1234567p",
        "https://t.me/copper_cat",
        "https://t.me/+AbCdEf",
        "https://t.me/joinchat/AbCdEf",
        "https://t.me/cat/34",
        "https://example.org/copper_cat/34",
        "https://evil.example/https://t.me/copper_cat/34",
        "https://t.me.evil.example/copper_cat/34",
        "https://t.me/c/1001",
        "https://t.me/copper_cat/34 and more",
        "p" + "1" * 19,
        "https://t.me/copper_cat/" + "1" * 19,
    ],
)
def test_all_else_names_no_post(typed: str) -> None:
    """A bare number is a story; a channel, an invitation or another host is no post."""
    assert parse(typed) is None


@given(st.text(max_size=40) | st.from_regex(r"(https?://)?t\.me/\w{0,10}/\d{0,20}(\?\w*)?", fullmatch=True))
def test_nothing_that_is_typed_does_harm(typed: str) -> None:
    """Whatever is typed, there is an answer, and its numbers fit into the tables."""
    found = parse(typed)
    if found is not None:
        assert all(0 <= (number or 0) < 2**63 for number in (found.number, found.tg_id, found.message_id))
        assert (found.number is not None) + (found.username is not None) + (found.tg_id is not None) == 1
