"""Admins' changes of channels, written down: what was, what is, and who did it. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.pages.admin_channels import HISTORY_DAYS
from bot.pages.admin_presses import decimal
from bot.speech import Say
from core.db.engine import Session
from core.store import accounts, admins, follows, steering
from core.types import Follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A channel that was asked for; `is_new`: it was not followed before."""

    follow_id: int
    is_new: bool


async def add(session: Session, asked: Sequence[str], *, admin_id: int, now: datetime) -> list[Added]:
    """Follow channels by their names or invites, with some days of their history."""
    account = await accounts.ensure(session)
    since = now - timedelta(days=HISTORY_DAYS)
    found = []
    for name in asked:
        number, is_new = await follows.add(session, account.id, name, backfill_since=since, now=now)
        found.append(Added(follow_id=number, is_new=is_new))
        if is_new:
            await admins.note(
                session,
                admin_id=admin_id,
                action="add channel",
                subject=name,
                after={"history since": since},
                now=now,
            )
    return found


async def weigh(session: Session, channel_id: int, weight: float, *, admin_id: int, say: Say, now: datetime) -> str:
    """Set how much a channel counts; a word about it."""
    before = await steering.weigh(session, channel_id, weight)
    if before is None:
        return say("This channel is not there any more.")
    if before == weight:
        return say("It is so already.")
    await admins.note(
        session,
        admin_id=admin_id,
        action="weigh channel",
        subject=str(channel_id),
        before={"weight": before},
        after={"weight": weight},
        now=now,
    )
    return say("Weight: {before} → {after}", before=decimal(before, say), after=decimal(weight, say))


async def follow(session: Session, follow_id: int, do: str, *, admin_id: int, say: Say, now: datetime) -> str:
    """Pause, resume or remove ("removed") a followed channel; a word about it."""
    match do:
        case "pause":
            before, told = await steering.pause(session, follow_id), say("Paused.")
        case "resume":
            before, told = await steering.resume(session, follow_id), say("Resumed.")
        case _:
            before, told = await _remove(session, follow_id), say("Removed: nothing new of it is read.")
    if before is None:
        return gone(say)
    after = next(iter(await follows.by_ids(session, [follow_id])), None)
    if after is not None and after.state is before.state:
        return say("It is so already.")
    await admins.note(
        session,
        admin_id=admin_id,
        action="remove channel" if do == "removed" else f"{do} channel",
        subject=before.asked if before.channel is None else before.channel.name,
        before={"state": before.state.value},
        after=None if after is None else {"state": after.state.value},
        now=now,
    )
    return told


def gone(say: Say) -> str:
    """What is said of a channel that is not followed."""
    return say("This channel is not followed any more.")


async def _remove(session: Session, follow_id: int) -> Follow | None:
    before = next(iter(await follows.locked(session, [follow_id])), None)
    if before is not None:
        await follows.remove(session, follow_id)
    return before
