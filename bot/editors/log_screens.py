"""The admins' log, with the names of what it speaks of looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiogram.types import User

from bot.editors import filter_screens
from bot.pages import admin_log as pages
from bot.pages.admin_filters import Names
from bot.pages.admin_log import Around
from bot.pages.admin_presses import PER_PAGE
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.errors import UsageError
from core.filters import Filter
from core.store import admins, filters
from core.store.admins import Change


async def page(
    database: Database, say: Say, *, before: int | None, viewer: User | None, tz: str, now: datetime
) -> Screen:
    """The entries of the log before this one; None: the newest. `viewer` is called by name, also where the settings alone
    make them an admin, so that nothing is kept of them.
    """
    async with database.begin() as session:
        found = await admins.changes(session, before_id=before, limit=PER_PAGE + 1)
        shown = found[:PER_PAGE]
        newer = await _newer(session, shown)
        names = await _names(session, shown, say.lang)
    if viewer is not None:
        names = replace(names, admins={viewer.id: viewer.full_name, **names.admins})
    older = shown[-1].id if len(found) > PER_PAGE else None
    return pages.log_page(shown, names, say, around=Around(newer=newer, older=older), tz=tz, now=now)


async def _newer(session: Session, shown: Sequence[Change]) -> int | None:
    """What the page before this one begins below; 0 for the newest page, None where this is it."""
    if not shown:
        return None
    ids = await admins.newer(session, shown[0].id, limit=PER_PAGE + 1)
    if not ids:
        return None
    return ids[PER_PAGE] if len(ids) > PER_PAGE else 0


async def _names(session: Session, shown: Sequence[Change], lang: str) -> Names:
    """How topics, channels, posts and admins are called that the entries speak of."""
    logged = [held for change in shown if change.action.endswith(" filter") for held in (change.before, change.after)]
    spoken = [found for held in logged if held is not None and (found := _filter(held)) is not None]
    weighed = [
        int(change.subject) for change in shown if change.action == "weigh channel" and change.subject.isdecimal()
    ]
    return await filter_screens.spoken_of(session, spoken, lang, channels=weighed)


def _filter(logged: Mapping[str, Any]) -> Filter | None:
    """A filter as the log has it, where it has all of it."""
    try:
        return filters.from_json(logged)
    except UsageError:
        return None
