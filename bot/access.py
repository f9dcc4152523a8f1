"""Who may steer the bot: those that the settings name, and those that an admin, or a one-time code, has let in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from core.db.engine import Database
from core.settings import Settings
from core.store import admins

#: A one-time code is good for so long.
CODE_LIFE = timedelta(hours=24)
#: Letters of a code: none that are mistaken for each other.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH = 16


async def may_steer(settings: Settings, database: Database, user_id: int) -> bool:
    """Whether somebody is an admin. An empty list means nobody."""
    if user_id in settings.admin_ids:
        return True
    async with database.begin() as session:
        return await admins.is_admin(session, user_id)


async def first_code(settings: Settings, database: Database, *, now: datetime) -> str | None:
    """A one-time code that makes whoever sends it to the bot an admin; None where there is an admin already."""
    if settings.admin_ids:
        return None
    async with database.begin() as session:
        if await admins.every(session):
            return None
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        await admins.set_code(session, _hash(code), now=now)
    return code


async def redeem(database: Database, code: str, *, user_id: int, name: str, now: datetime) -> bool:
    """Make somebody who sent a code an admin; False if the code is none, was used, or is too old."""
    async with database.begin() as session:
        if not await admins.use_code(session, _hash(code.strip().lower()), user_id=user_id, since=now - CODE_LIFE):
            return False
        await admins.grant(session, user_id, name=name, by=None, now=now)
        await admins.note(
            session, admin_id=user_id, action="grant", subject=str(user_id), after={"by": "code", "name": name}, now=now
        )
    return True


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()
