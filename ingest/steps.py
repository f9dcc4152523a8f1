"""Takes the steps that are planned, one after the other, and notes what stands in the way of one on its channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from core import log
from core.errors import FloodWait, Refused, Undecodable
from core.store import follows as follow_store
from core.types import Follow, FollowState
from ingest import refusals
from ingest.history import History, Outcome, peer_of
from ingest.joining import Joining
from ingest.line import Line
from ingest.plan import Step, Task
from ingest.shown import News

#: How long a channel is left be when Telegram refuses for a reason that says nothing of the channel.
FAULT_PAUSE = timedelta(minutes=5)

#: How long until Telegram is asked again when it contradicts itself: one of its servers lags behind.
STUCK_PAUSE = timedelta(seconds=10)

_logger = log.get("ingest.steps")


class Steps:
    """Takes steps over one connection."""

    def __init__(self, line: Line, history: History) -> None:
        self._line = line
        self._turns = line.turns
        self._history = history
        self._joining = Joining(line)
        self._retried: set[int] = set()

    async def take(self, task: Task) -> None:
        """Do what is planned. What Telegram refuses or delays is noted on the follow; a lost connection is raised."""
        follow = task.follow
        self._turns.serve(follow.id)
        self._line.telegram.asks_for(follow.id)
        self._line.meanwhile[follow.id] = News()
        # Before the request: what events find missing while it is under way has to stay.
        self._turns.gaps.discard(follow.id)
        try:
            outcome = await self._do(task)
        except FloodWait as error:
            self._still_open(task)
            await self._wait(follow, error.method, self._line.clock() + timedelta(seconds=error.seconds))
        except Refused as error:
            await self._refused(follow, error)
        except Undecodable as error:
            self._still_open(task)
            await self._fault(follow, str(error))
        else:
            await self._note(task, outcome)
        finally:
            del self._line.meanwhile[follow.id]

    async def _do(self, task: Task) -> Outcome:
        steps: dict[Step, Callable[[Follow], Awaitable[Outcome]]] = {
            Step.LOOK_UP: self._look_up,
            Step.FILL: self._history.fill,
            Step.REREAD: self._reread,
            Step.BACKFILL: self._history.backfill,
        }
        return await steps[task.step](task.follow)

    async def _look_up(self, follow: Follow) -> Outcome:
        await self._joining.look_up(follow)
        return Outcome()

    async def _reread(self, follow: Follow) -> Outcome:
        self._turns.restless.discard(follow.id)
        partial = self._turns.partial.pop(follow.id, set())
        outcome = await self._history.reread(follow)
        if partial:
            await self._history.complete(follow, sorted(partial))
        if follow.id not in self._retried:
            self._retried.add(follow.id)
            await self._history.retry(follow)
        return outcome

    def _still_open(self, task: Task) -> None:
        """A step could not be taken: what it was for is still to be done."""
        if task.step is Step.FILL:
            self._turns.gaps.add(task.follow.id)
        if task.step is Step.REREAD:
            self._turns.restless.add(task.follow.id)

    async def _note(self, task: Task, outcome: Outcome) -> None:
        follow = task.follow
        if outcome.gap:
            self._turns.gaps.add(follow.id)
        if outcome.again:
            self._turns.restless.add(follow.id)
        if outcome.stuck is not None:
            await self._fault(follow, outcome.stuck, pause=STUCK_PAUSE)
        counts = outcome.kept.counts
        _logger.info(
            task.step.value, follow=follow.id, channel=follow.channel_id, new=counts.new, changed=counts.changed,
            unchanged=counts.unchanged, deleted=outcome.kept.deleted, unread=outcome.kept.unread, gap=outcome.gap,
        )  # fmt: skip
        self._line.committed(follow, outcome.kept, ())

    async def _wait(self, follow: Follow, method: str, until: datetime) -> None:
        _logger.warning(
            "flood wait", follow=follow.id, channel=follow.channel_id, method=method, until=until.isoformat()
        )
        async with self._line.writing.begin() as session:
            await follow_store.wait(
                session, follow.id, until=until, reason=f"Telegram asks to wait before the next {method}"
            )

    async def _refused(self, follow: Follow, error: Refused) -> None:
        known = refusals.state_of(error.reason)
        if known is None:
            await self._fault(follow, str(error))
            return
        state, reason = known
        if state is FollowState.PRIVATE and await self._is_banned(follow):
            state, reason = FollowState.BANNED, refusals.BANNED
        self._turns.gaps.discard(follow.id)
        _logger.warning("not readable", follow=follow.id, channel=follow.channel_id, state=state.value)
        async with self._line.writing.begin() as session:
            await follow_store.set_state(session, follow.id, state, reason=reason, unless_paused=True)

    async def _is_banned(self, follow: Follow) -> bool:
        """Whether it is because of a ban that a channel has become private to us: Telegram tells when asked for it."""
        if follow.channel is None:
            return False
        try:
            shown = await self._line.telegram.channel(peer_of(follow))
        except (Refused, FloodWait, Undecodable):
            return False
        return shown is not None and shown.forbidden

    async def _fault(self, follow: Follow, reason: str, *, pause: timedelta = FAULT_PAUSE) -> None:
        """Something that says nothing of the channel, and may pass: a server error, an answer that cannot be decoded."""
        _logger.warning("fault", follow=follow.id, channel=follow.channel_id, reason=reason)
        async with self._line.writing.begin() as session:
            await follow_store.wait(session, follow.id, until=self._line.clock() + pause, reason=reason)
