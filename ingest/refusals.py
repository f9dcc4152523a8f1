"""What Telegram's refusals mean for a channel that we want to read: a state, and a sentence that says what to do. Pure.

Names of errors are those of https://core.telegram.org/api/errors.
"""

from __future__ import annotations

from core.types import FollowState

_INVITE = "ask for a new invite link and add that"
_AGAIN = "then: svodka channels resume"
REQUESTED = (
    FollowState.REQUESTED,
    "asked to join; the channel's admins have to agree. It is looked up again every hour",
)
_STATES: dict[str, tuple[FollowState, str]] = {
    "USERNAME_NOT_OCCUPIED": (FollowState.NOT_FOUND, "nobody has this name: is it spelled right?"),
    "USERNAME_INVALID": (FollowState.NOT_FOUND, "nobody can have this name: is it spelled right?"),
    "INVITE_HASH_INVALID": (FollowState.NOT_FOUND, f"there is no such invite: {_INVITE}"),
    "INVITE_HASH_EMPTY": (FollowState.NOT_FOUND, f"there is no such invite: {_INVITE}"),
    "INVITE_HASH_EXPIRED": (FollowState.NOT_FOUND, f"the invite has expired: {_INVITE}"),
    "CHANNEL_INVALID": (FollowState.NOT_FOUND, "the channel does not exist any longer"),
    "CHAT_INVALID": (FollowState.NOT_FOUND, "the channel does not exist any longer"),
    "PEER_ID_INVALID": (FollowState.NOT_FOUND, "the channel does not exist any longer"),
    "MSG_ID_INVALID": (FollowState.NOT_FOUND, "the channel does not exist any longer"),
    "CHANNEL_PRIVATE": (
        FollowState.PRIVATE,
        f"the channel is private and the account is not in it: join it in Telegram, {_AGAIN}",
    ),
    "CHANNEL_PUBLIC_GROUP_NA": (
        FollowState.PRIVATE,
        f"the channel is not accessible: join it in Telegram, {_AGAIN}",
    ),
    "CHAT_ADMIN_REQUIRED": (FollowState.PRIVATE, "only the channel's admins may read it"),
    "USER_BANNED_IN_CHANNEL": (FollowState.BANNED, "the account is banned from the channel"),
    "USER_KICKED": (FollowState.BANNED, "the account is banned from the channel"),
    "CHANNELS_TOO_MUCH": (
        FollowState.TOO_MANY,
        f"the account is in as many channels as Telegram allows: leave some, {_AGAIN}",
    ),
    "INVITE_REQUEST_SENT": REQUESTED,
}
BANNED = "the account is banned from the channel"
NO_CHANNEL = "this is a group or a person, not a channel"
NO_NAME = "it has no public name to look it up by: add it by an invite link, or by its folder"
NO_CHANNELS = "the folder names no channels; one that is made by a rule, such as all channels, does not"
NEEDS_APP = f"Telegram wants this invite to be accepted in its app: open it there, {_AGAIN}"


def state_of(reason: str) -> tuple[FollowState, str] | None:
    """What a refusal says of the channel; None if it says nothing of it (then it is a fault, and may pass)."""
    return _STATES.get(reason)


def restricted(reason: str) -> tuple[FollowState, str]:
    """A channel that Telegram itself shows to nobody, for a reason of its own."""
    return FollowState.BANNED, f"Telegram does not show this channel: {reason}"
