"""Admins' changes of filters, written down: what was, what is, and who did it.

Everything here runs in the caller's transaction, one field at a time, with the filter held: what another admin has changed of
it stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.editors import filter_drafts
from bot.editors.drafts import Draft
from bot.speech import Say
from core.db.engine import Session
from core.errors import UsageError
from core.filters import Filter
from core.store import admins, filters, steering
from core.store.filters import MOST_NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of a change: a word about it, and the filter that it was of (0: there is none). With `base`, or `held`,
    nothing was saved: this is what somebody else has made of the note, or of the filter, meanwhile.
    """

    number: int
    told: str
    base: str | None = None
    held: Filter | None = None


async def add(session: Session, draft: Draft, *, admin_id: int, say: Say, now: datetime) -> Saved:
    """Keep the filter that was written."""
    try:
        added = await filters.add(session, filter_drafts.made(draft, by=admin_id, now=now), now=now)
    except UsageError as error:
        return Saved(number=0, told=say("This cannot be saved: {reason}", reason=error))
    await admins.note(
        session, admin_id=admin_id, action="add filter", subject=str(added.id), after=_logged(added), now=now
    )
    return Saved(number=added.id, told=say("Saved."))


async def revise(session: Session, draft: Draft, *, admin_id: int, say: Say, now: datetime) -> Saved:
    """Give a filter the pattern and the threshold that were written, unless it has other ones by now than when that began."""
    wanted, was = filter_drafts.made(draft, by=admin_id, now=now), filter_drafts.changed(draft)
    before = await steering.held(session, wanted.id)
    if before is None or was is None:
        return _gone(say)
    if not _is_same(before, was):
        told = say("Somebody else has changed this meanwhile, and it is as follows. Save again to replace it.")
        return Saved(number=before.id, told=told, held=before)
    if _is_same(before, wanted):
        return Saved(number=before.id, told=say("That changes nothing."))
    after = replace(before, pattern=wanted.pattern, threshold=wanted.threshold, vector=None, model_id=None)
    try:
        await filters.change(session, after, now=now)
    except UsageError as error:
        return Saved(number=before.id, told=say("This cannot be saved: {reason}", reason=error))
    logged = filters.to_json(before), filters.to_json(after)
    await _note(session, before.id, *logged, admin_id=admin_id, now=now)
    return Saved(number=before.id, told=say("Changed."))


def _is_same(one: Filter, other: Filter) -> bool:
    """Whether two filters look for the same; thresholds are kept in single precision."""
    near = math.isclose(one.threshold or 0.0, other.threshold or 0.0, abs_tol=1e-5)
    return one.pattern == other.pattern and near


async def switch(session: Session, number: int, *, on: bool, admin_id: int, say: Say, now: datetime) -> Saved:
    """Switch a filter on or off."""
    before = await steering.held(session, number)
    if before is None:
        return _gone(say)
    if before.enabled is on:
        return Saved(number=number, told=say("It is so already."))
    await filters.set_enabled(session, number, enabled=on)
    await _note(session, number, {"enabled": before.enabled}, {"enabled": on}, admin_id=admin_id, now=now)
    return Saved(number=number, told=say("Switched on.") if on else say("Switched off."))


async def last(session: Session, number: int, days: int, *, admin_id: int, say: Say, now: datetime) -> Saved:
    """Let a filter hold for so many days from now on; 0: for ever."""
    before = await steering.held(session, number)
    if before is None:
        return _gone(say)
    after = now + timedelta(days=days) if days else None
    await steering.set_expiry(session, number, after)
    await _note(session, number, {"expires_at": before.expires_at}, {"expires_at": after}, admin_id=admin_id, now=now)
    return Saved(number=number, told=say("Changed."))


async def annotate(
    session: Session, number: int, note: str, *, base: str, admin_id: int, say: Say, now: datetime
) -> Saved:
    """Give a filter another note than `base`, unless it has another one by now."""
    before = await steering.held(session, number)
    if before is None:
        return _gone(say)
    if before.note != base:
        told = say("Somebody else has changed the note meanwhile. Send yours again to replace it.")
        return Saved(number=number, told=told, base=before.note)
    await steering.set_note(session, number, note)
    await _note(session, number, {"note": before.note}, {"note": note[:MOST_NOTE]}, admin_id=admin_id, now=now)
    return Saved(number=number, told=say("Changed."))


async def remove(session: Session, number: int, *, admin_id: int, say: Say, now: datetime) -> Saved:
    """Delete a filter."""
    before = await steering.held(session, number)
    if before is None or not await filters.remove(session, number):
        return _gone(say)
    await admins.note(
        session, admin_id=admin_id, action="delete filter", subject=str(number), before=_logged(before), now=now
    )
    return Saved(number=0, told=say("Deleted."))


def gone(say: Say) -> str:
    """What is said of a filter that is not there."""
    return say("This filter is gone already.")


def _gone(say: Say) -> Saved:
    return Saved(number=0, told=gone(say))


async def _note(
    session: Session,
    number: int,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    admin_id: int,
    now: datetime,
) -> None:
    await admins.note(
        session,
        admin_id=admin_id,
        action="change filter",
        subject=str(number),
        before=before,
        after=after,
        now=now,
    )


def _logged(one: Filter) -> dict[str, Any]:
    return {**filters.to_json(one), "note": one.note, "enabled": one.enabled, "expires_at": one.expires_at}
