"""What Telegram refuses is a state and a sentence, or a fault that may pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.types import FollowState
from ingest import refusals

FAKE = Path(__file__).parents[2] / "fakes" / "telegram"
#: What the fake server refuses that says nothing of a channel: logins, broken clients, updates, a message that is gone.
OF_NO_CHANNEL = {
    "API_ID_INVALID", "AUTH_KEY_UNREGISTERED", "AUTH_TOKEN_EXCEPTION", "AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_INVALIDX",
    "CONNECTION_NOT_INITED", "MESSAGE_ID_INVALID", "METHOD_INVALID", "PASSWORD_HASH_INVALID", "PERSISTENT_TIMESTAMP_EMPTY",
    "PERSISTENT_TIMESTAMP_INVALID", "PHONE_CODE_EMPTY", "PHONE_CODE_EXPIRED", "PHONE_CODE_INVALID", "PHONE_NUMBER_INVALID",
    "SESSION_PASSWORD_NEEDED", "SRP_ID_INVALID", "USER_ALREADY_PARTICIPANT", "USER_ID_INVALID", "USER_NOT_PARTICIPANT",
}  # fmt: skip


def test_every_sentence_can_stand_in_the_list() -> None:
    """Each refusal has a state in which nothing is read, and one line that begins small and ends without a full stop."""
    told = [*refusals._STATES.values(), refusals.restricted("pornographic")]
    told += [(FollowState.BANNED, text) for text in (refusals.BANNED, refusals.NO_CHANNEL, refusals.NEEDS_APP)]
    for state, sentence in told:
        assert not state.is_read
        assert state not in {FollowState.WANTED, FollowState.PAUSED}
        assert sentence == sentence.strip()
        assert len(sentence) > 10
        assert "\n" not in sentence
        assert not sentence.endswith((".", ":", ",", ";"))
        assert not re.search(r"[A-Z]+_[A-Z]+", sentence), "no name of an error"


@pytest.mark.parametrize("reason", ["", "INTERNAL", "SOMETHING_NEW", "channel_private", "CHANNEL_PRIVATE ", "TIMEOUT"])
def test_what_is_unknown_says_nothing_of_the_channel(reason: str) -> None:
    """A reason that is not in the table is a fault, and may pass."""
    assert refusals.state_of(reason) is None


def test_all_that_the_fake_server_refuses_is_known() -> None:
    """Whatever the fake server can answer about a channel has a state here."""
    source = "".join(path.read_text("utf-8") for path in sorted(FAKE.glob("*.py")))
    refused = set(re.findall(r'Refusal\(\s*\d+,\s*"([A-Z_]+)"', source))
    assert "CHANNEL_PRIVATE" in refused
    assert {reason for reason in refused - OF_NO_CHANNEL if refusals.state_of(reason) is None} == set()


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("USERNAME_NOT_OCCUPIED", FollowState.NOT_FOUND),
        ("INVITE_HASH_EXPIRED", FollowState.NOT_FOUND),
        ("CHANNEL_PRIVATE", FollowState.PRIVATE),
        ("USER_BANNED_IN_CHANNEL", FollowState.BANNED),
        ("CHANNELS_TOO_MUCH", FollowState.TOO_MANY),
        ("INVITE_REQUEST_SENT", FollowState.REQUESTED),
    ],
)
def test_states_are_told_apart(reason: str, state: FollowState) -> None:
    """Not found, private, banned, too many and requested are states of their own."""
    found = refusals.state_of(reason)
    assert found is not None
    assert found[0] is state


def test_what_telegram_withholds_is_told_in_its_words() -> None:
    """A channel that Telegram shows to nobody carries Telegram's own reason."""
    state, sentence = refusals.restricted("This channel violates copyright")
    assert state is FollowState.BANNED
    assert sentence.endswith("This channel violates copyright")
