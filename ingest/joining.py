"""From what an operator has typed to a channel that is read: looked up once, joined where need be, and remembered.

A username costs a lookup, which Telegram rations severely: its number and access hash are kept, and it is never looked up
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.channel_names import FOLDER
from core.db.engine import Session
from core.errors import Refused
from core.store import channels as channel_store
from core.store import follows as follow_store
from core.store import messages as message_store
from core.types import Follow, FollowState
from ingest import refusals
from ingest.history import PROTECTED, peer_of
from ingest.line import Line
from ingest.shown import Shown

#: How long until a channel whose admins have to agree is looked at again.
ASK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why something that was asked for cannot be read."""

    state: FollowState
    reason: str


#: Asked to join, and not yet let in. Asking again would be a nuisance.
_WAITING = _Failed(*refusals.REQUESTED)


class Joining:
    """Looks up what is wanted, over one connection."""

    def __init__(self, line: Line) -> None:
        self._telegram = line.telegram
        self._writing = line.writing
        self._clock = line.clock

    async def look_up(self, follow: Follow) -> None:
        """Find out which channel a follow means, and begin to read it; or why that cannot be."""
        if follow.asked.startswith(FOLDER):
            await self._open_folder(follow)
            return
        try:
            found = await self._find(follow)
        except Refused as error:
            known = refusals.state_of(error.reason)
            if known is None:
                raise
            found = _Failed(*known)
        await self._settle(follow, found)

    async def _find(self, follow: Follow) -> Shown | _Failed:
        if follow.channel is not None and follow.access_hash is not None:
            shown = await self._telegram.channel(peer_of(follow))
        elif follow.asked.startswith("+"):
            return await self._by_invite(follow)
        elif name := _username(follow):
            shown = await self._telegram.by_username(name)
        else:
            return _Failed(FollowState.NOT_FOUND, refusals.NO_NAME)
        if shown is None or not shown.broadcast:
            return _Failed(FollowState.NOT_FOUND, refusals.NO_CHANNEL)
        if problem := _unreadable(shown):
            return problem
        if shown.member:
            return shown
        return _WAITING if follow.state is FollowState.REQUESTED else await self._join(follow, shown)

    async def _join(self, follow: Follow, shown: Shown) -> Shown | _Failed:
        """Become a member, so that Telegram sends what happens; the lookup is kept first, whatever becomes of that."""
        if shown.peer is None:
            return _Failed(FollowState.NOT_FOUND, refusals.NO_CHANNEL)
        async with self._writing.begin() as session:
            if await self._is_followed(session, follow, shown):
                return shown
            await self._keep(session, follow, shown, state=follow.state)
        await self._telegram.join(shown.peer)
        return await self._telegram.channel(shown.peer) or shown

    async def _by_invite(self, follow: Follow) -> Shown | _Failed:
        code = follow.asked[1:]
        invited = await self._telegram.invited_to(code)
        if not invited.broadcast:
            return _Failed(FollowState.NOT_FOUND, refusals.NO_CHANNEL)
        shown = invited.shown
        if shown is None or not shown.member:
            if follow.state is FollowState.REQUESTED:
                return _WAITING
            shown = await self._telegram.accept(code)
        if shown is None:
            return _Failed(FollowState.PRIVATE, refusals.NEEDS_APP)
        return _unreadable(shown) or shown

    async def _settle(self, follow: Follow, found: Shown | _Failed) -> None:
        async with self._writing.begin() as session:
            if isinstance(found, _Failed):
                await follow_store.set_state(session, follow.id, found.state, reason=found.reason)
                if found.state is FollowState.REQUESTED:
                    until = self._clock() + ASK_AGAIN
                    await follow_store.wait(session, follow.id, until=until, reason=found.reason)
            elif found.peer is None:
                await follow_store.set_state(session, follow.id, FollowState.PRIVATE, reason=refusals.NEEDS_APP)
            elif await self._is_followed(session, follow, found):
                await follow_store.remove(session, follow.id)
            else:
                await self._keep(session, follow, found, state=_reading(found))

    async def _keep(self, session: Session, follow: Follow, shown: Shown, *, state: FollowState) -> None:
        assert shown.access_hash is not None
        channel_id = await channel_store.seen(session, shown.channel, member=shown.member)
        protected = state is FollowState.PROTECTED
        if protected:
            # It may have been read, or imported, before it came to forbid copying.
            await message_store.withhold(session, channel_id)
        await follow_store.resolve(
            session,
            follow.id,
            channel_id=channel_id,
            access_hash=shown.access_hash,
            state=state,
            reason=PROTECTED if protected else None,
        )

    async def _is_followed(self, session: Session, follow: Follow, shown: Shown) -> bool:
        """Whether the channel is followed already under another name; then what was asked for now is the same."""
        known = await follow_store.by_tg_id(session, follow.account_id, shown.tg_id)
        if known is None or known.id == follow.id:
            return False
        if follow.backfill_since is not None:
            await follow_store.backfill(session, known.id, since=follow.backfill_since)
        return True

    async def _open_folder(self, follow: Follow) -> None:
        """Follow every channel of a folder; its groups and people are passed over.

        Those that the account has left, or may not read, are looked up like others that were asked for.
        """
        name = follow.asked.removeprefix(FOLDER)
        peers = await self._telegram.folder(name)
        shown = [] if peers is None else await self._telegram.channels(peers)
        channels = [channel for channel in shown if channel.broadcast and channel.peer is not None]
        async with self._writing.begin() as session:
            if peers is None or not channels:
                reason = f"there is no folder {name!r}" if peers is None else refusals.NO_CHANNELS
                await follow_store.set_state(session, follow.id, FollowState.NOT_FOUND, reason=reason)
                return
            for channel in channels:
                if not await self._is_followed(session, follow, channel):
                    await self._add(session, follow, channel)
            await follow_store.remove(session, follow.id)

    async def _add(self, session: Session, folder: Follow, shown: Shown) -> None:
        asked = f"@{shown.username.lower()}" if shown.username else f"channel:{shown.tg_id}"
        number, _ = await follow_store.add(
            session, folder.account_id, asked, backfill_since=folder.backfill_since, now=self._clock()
        )
        (made,) = await follow_store.by_ids(session, [number])
        ready = shown.member and _unreadable(shown) is None
        await self._keep(session, made, shown, state=_reading(shown) if ready else FollowState.WANTED)


def _username(follow: Follow) -> str | None:
    """The public name to look a follow up by: the channel's own, where it was looked up before."""
    if follow.channel is not None and follow.channel.username is not None:
        return follow.channel.username
    return follow.asked.removeprefix("@") if follow.asked.startswith("@") else None


def _reading(shown: Shown) -> FollowState:
    return FollowState.PROTECTED if shown.protected else FollowState.READING


def _unreadable(shown: Shown) -> _Failed | None:
    if shown.forbidden:
        return _Failed(FollowState.BANNED, refusals.BANNED)
    if shown.restricted:
        return _Failed(*refusals.restricted(shown.restricted))
    return None
