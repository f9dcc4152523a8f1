"""Whatever people write to name a channel has one spelling, or is told to be none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.channel_names import FOLDER, MessageLink, canonical, message_link
from core.errors import UsageError

NAMES = [
    "@lab_notes", "lab_notes", "@Lab_Notes", "LAB_NOTES", "  @lab_notes \n", "t.me/lab_notes", "https://t.me/lab_notes",
    "http://t.me/lab_notes", "HTTPS://T.ME/lab_notes", "https://t.me/Lab_Notes/", "https://t.me/lab_notes/123",
    "https://t.me/lab_notes/123?single", "https://t.me/lab_notes?before=7", "https://t.me/lab_notes#top",
    "https://t.me/s/lab_notes", "t.me/s/lab_notes/17", "https://telegram.me/lab_notes", "telegram.dog/lab_notes",
    "https://www.t.me/lab_notes", "https://t.me:443/lab_notes", "https://t.me//lab_notes", "lab_notes.t.me",
    "https://lab_notes.t.me", "https://lab_notes.t.me/", "tg://resolve?domain=lab_notes", "tg:resolve?domain=lab_notes",
    "tg://resolve?domain=Lab_Notes&post=12", "tg://resolve/?domain=lab_notes", "https://t.me/%6Cab_notes",
]  # fmt: skip
INVITES = [
    "+AbCdEf123456", " +AbCdEf123456 ", "t.me/+AbCdEf123456", "https://t.me/+AbCdEf123456", "https://t.me/+AbCdEf123456/",
    "https://t.me/joinchat/AbCdEf123456", "t.me/joinchat/AbCdEf123456?x=1", "telegram.me/joinchat/AbCdEf123456",
    "tg://join?invite=AbCdEf123456", "tg:join?invite=AbCdEf123456", "https://t.me/%2BAbCdEf123456",
]  # fmt: skip
NONE = [
    "", " ", "@", "+", "@@lab_notes", "lab notes", "@ab", "a", "@1lab", "@_lab", "@" + "a" * 33, "лаборатория", "@лаборатория",
    "https://t.me", "https://t.me/", "t.me/s", "t.me/s/", "t.me/+", "+short", "+" + "a" * 65, "t.me/@lab_notes",
    "https://t.me/addstickers/Cats", "https://t.me/share/url?url=x", "https://t.me/proxy?server=x", "https://t.me/login/12345",
    "https://t.me/SOCKS?server=x", "https://example.org/lab_notes", "https://t.me.example.org/lab_notes", "https://xt.me/lab_notes",
    "https://example.org/?t.me/lab_notes", "https://t.me@example.org/lab_notes", "ftp://example.org/x", "tg://", "tg:",
    "tg://resolve", "tg://resolve?domain=", "tg://resolve?phone=123", "tg://join", "tg://join?invite=", "tg://login?token=x",
    "tg://resolve?domain=a b", "tg://resolve?domain=a/../b", "javascript:alert(1)", "lab\x00notes", "lab_notes\u202e", "@lab-notes",
    "@lab_notes;drop", "../../etc/passwd", "t.me/../lab", "t.me/%00lab", "https://t.me/lab%20notes", "+79001234567", "+7 900 123-45-67",
    "t.me/+79001234567", "@ｌａｂ_notes", "lab_notes.t.me/17", "a" * 10_000, "@" * 500, "+" * 500, "/" * 500, "%" * 500,
]  # fmt: skip


@pytest.mark.parametrize("typed", NAMES)
def test_names_have_one_spelling(typed: str) -> None:
    """A name with and without @, in any case, as any of Telegram's links, with whatever follows it, is one name."""
    assert canonical(typed) == "@lab_notes"


@pytest.mark.parametrize("typed", INVITES)
def test_invites_have_one_spelling(typed: str) -> None:
    """An invite as a link of either age, as a tg link or as its bare code, is one invite; its case matters."""
    assert canonical(typed) == "+AbCdEf123456"


@pytest.mark.parametrize("typed", NONE)
def test_what_names_no_channel_is_told(typed: str) -> None:
    """Other links, other sites, phone numbers, and what cannot be a name: a sentence that says what to write."""
    with pytest.raises(UsageError) as error:
        canonical(typed)
    assert "https://t.me/name" in str(error.value)


@pytest.mark.parametrize("typed", ["https://t.me/c/1234567890/17", "t.me/c/1234567890"])
def test_links_into_private_channels_are_told(typed: str) -> None:
    """A link that tells only its readers which channel it is: another way is named."""
    with pytest.raises(UsageError, match="give its invite link, or.*--folder"):
        canonical(typed)


def test_shared_folders_are_told() -> None:
    """A link to a folder: add it in Telegram first."""
    with pytest.raises(UsageError, match="--folder"):
        canonical("https://t.me/addlist/AbCdEf123456")


@pytest.mark.parametrize(
    "typed",
    ["[AI] новости", "https://[", "https://[::1", "tg://[x", "t.me]/lab", "https://[lab_notes].t.me/", "a℀b"],
)
def test_what_is_no_address_either_is_told(typed: str) -> None:
    """Brackets and letters that no host may have, such as in a title, are told like anything else that names no channel."""
    with pytest.raises(UsageError):
        canonical(typed)


@pytest.mark.parametrize("typed", ["t.me/joinchat", "https://t.me/giftcode/AbCdEf", "https://t.me/nft/Cat-17"])
def test_words_of_telegrams_own_links_are_no_names(typed: str) -> None:
    """A link that leads to something of Telegram's own costs no lookup."""
    with pytest.raises(UsageError):
        canonical(typed)


@pytest.mark.parametrize("typed", ["TG://resolve?domain=lab_notes", "Tg:resolve?domain=lab_notes"])
def test_the_scheme_of_a_link_has_no_case(typed: str) -> None:
    """A tg link is one in capitals, too."""
    assert canonical(typed) == "@lab_notes"


PIECES = st.sampled_from([
    "https://", "http://", "tg:", "tg://", "t.me/", "telegram.me", "/", "@", "+", "joinchat/", "c/", "s/", "?domain=", "resolve",
    "join", "?invite=", "lab_notes", "AbCdEf123456", ".t.me", "%2B", "%00", "#", "?", ":", " ", "\x00", "é", "\u202e", "addlist/", "..",
])  # fmt: skip
#: What urlsplit itself stumbles over is told of above.
PLAIN = st.text(st.characters(exclude_characters="[]", max_codepoint=0x17F), max_size=40)


@given(st.one_of(PLAIN, st.lists(st.one_of(PIECES, PLAIN), max_size=8).map("".join)))
@example("@abc")
@example("https://t.me/+abcdefgh")
def test_anything_is_a_channel_or_told_to_be_none(typed: str) -> None:
    """No text ends otherwise than as a name, an invite or a UsageError; what comes out is spelled so already."""
    try:
        found = canonical(typed)
    except UsageError:
        return
    assert found[0] in "@+"
    assert found.isascii()
    assert not found.startswith(FOLDER)
    assert canonical(found) == found


# --- messages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "t.me/lab_notes/123", "https://t.me/lab_notes/123", " https://t.me/lab_notes/123?single \n", "http://t.me/s/lab_notes/123",
        "https://telegram.me/lab_notes/123/", "https://t.me/lab_notes/7/123", "https://t.me/lab_notes/123#x",
    ],
)  # fmt: skip
def test_a_link_names_a_message(typed: str) -> None:
    """As programs copy it, in a topic of a forum as well."""
    assert message_link(typed) == MessageLink(username="lab_notes", tg_id=None, message_id=123)


def test_a_link_into_a_private_channel_names_a_message() -> None:
    """Such a link holds the channel's number."""
    assert message_link("https://t.me/c/1234567890/17") == MessageLink(username=None, tg_id=1234567890, message_id=17)


@pytest.mark.parametrize(
    "typed",
    ["", "t.me/lab_notes", "lab_notes/123", "https://example.org/lab_notes/123", "see t.me/lab_notes/123", "t.me/lab_notes/١",
     "t.me/lab_notes/" + "9" * 30, "t.me/lab_notes/12a", "t.me/c/lab/12", "t.me/+AbCdEf123456/12", "\x00" * 50, "t.me/" * 2000],
)  # fmt: skip
def test_other_texts_name_no_message(typed: str) -> None:
    """Whatever else there is, with or without a link in it."""
    assert message_link(typed) is None
