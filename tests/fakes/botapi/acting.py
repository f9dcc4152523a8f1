"""The way of a call to its result, with what goes wrong on it: faults, unknown methods, parameters that aiogram does not know."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.errors import Cut, Page, Refused, bad_request, conflict
from tests.fakes.botapi.faults import Fault, Faults, Rule
from tests.fakes.botapi.methods import METHODS
from tests.fakes.botapi.places import Group
from tests.fakes.botapi.profile import Profile, close, commands, texts
from tests.fakes.botapi.webhook import Webhook
from tests.fakes.botapi.world import World

Json = dict[str, Any]


class Actor:
    """Does what is called. `calls` counts the methods, by their names in small letters."""

    def __init__(self, world: World, faults: Faults, profile: Profile, webhook: Webhook, *, lenient: bool) -> None:
        self.calls: Counter[str] = Counter()
        self.answers_dropped = 0
        self._world = world
        self._faults = faults
        self._webhook = webhook
        self._logged_out = False
        self._complaints = _nothing if lenient else _checker()
        self._slow: set[asyncio.Task[Any]] = set()
        self._methods: dict[str, Callable[[World, Call], Any]] = {
            **METHODS,
            **commands(profile),
            **texts(profile),
            "setwebhook": lambda _, call: webhook.put(call),
            "deletewebhook": lambda _, call: webhook.put(Call(method=call.method, params=call.params | {"url": ""})),
            "getwebhookinfo": lambda _, __: webhook.info(),
            "close": close(world.clock()),
            "logout": lambda _, __: self._log_out(),
        }

    async def close(self) -> None:
        """Ends what is still being done slowly."""
        for task in self._slow:
            task.cancel()
        await asyncio.gather(*self._slow, return_exceptions=True)

    async def act(self, call: Call) -> Any:
        """The result of a call. Refused, Cut or Page in place of one."""
        self.calls[call.method] += 1
        if self._faults.rules:
            words = call.text("text") or call.text("caption")
            rule = self._faults.falling_on(call.method, call.chat, words)
            if rule is not None:
                return await self._spoilt(rule, call)
        return await self._done(call)

    async def _done(self, call: Call) -> Any:
        return await self._updates(call) if call.method == "getupdates" else self._result(call)

    def _result(self, call: Call) -> Any:
        method = self._methods.get(call.method)
        if method is None:
            self._world.complain(f"{call.method}: this fake has no such method")
            raise Refused(404, "Not Found: method not found")
        self._check(call)
        return method(self._world, call)

    def _check(self, call: Call) -> None:
        if self._logged_out:
            raise Refused(400, "Logged out")
        wrong = self._complaints(call)
        for one in wrong:
            self._world.complain(one)
        if any("unknown parameter" not in one for one in wrong):
            raise bad_request("; ".join(wrong))

    async def _updates(self, call: Call) -> list[Json]:
        if self._webhook.url:
            reason = "can't use getUpdates method while webhook is active"
            raise conflict(f"{reason}; use deleteWebhook to delete the webhook first")
        self._check(call)
        updates = self._world.updates
        updates.allow(call.params.get("allowed_updates"))
        offset, limit = call.number("offset", 0) or 0, call.number("limit", 100) or 100
        return await updates.get(offset=offset, limit=limit, timeout=call.number("timeout", 0) or 0)

    def _log_out(self) -> bool:
        self._logged_out = True
        return True

    # What goes wrong.

    async def _spoilt(self, rule: Rule, call: Call) -> Any:
        match rule.fault:
            case Fault.DROPPED_REQUEST:
                raise Cut
            case Fault.DROPPED_ANSWER:
                await self._in_vain(call)
                raise Cut
            case Fault.SLOW:
                return await self._slowly(rule.seconds, call)
            case Fault.MIGRATED:
                self._migrate(call)
                return await self._done(call)
        if rule.delivered:
            await self._in_vain(call)
        if rule.fault is Fault.NOT_JSON:
            raise Page
        raise rule.refusal()

    async def _in_vain(self, call: Call) -> None:
        """Done, and the bot is not to know."""
        await self._done(call)
        self.answers_dropped += 1

    async def _slowly(self, seconds: float, call: Call) -> Any:
        """Done later, even if the bot no longer waits for it then."""

        async def later() -> Any:
            await asyncio.sleep(seconds)
            return await self._done(call)

        task = asyncio.create_task(later())
        self._slow.add(task)
        task.add_done_callback(self._slow.discard)
        return await asyncio.shield(task)

    def _migrate(self, call: Call) -> None:
        chat = self._world.chats.get(call.chat or 0)
        if isinstance(chat, Group) and chat.kind == "group" and chat.upgraded_to is None:
            chat.migrate()


def _nothing(_: Call) -> list[str]:
    return []


def _checker() -> Callable[[Call], list[str]]:
    from tests.fakes.botapi.models import Checker  # noqa: PLC0415 (takes seconds, and a lenient fake goes without)

    return Checker().complaints
