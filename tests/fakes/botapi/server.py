"""The server: what a test holds in its hand, and the way of a request to its answer."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.botapi import calls
from tests.fakes.botapi.acting import Actor
from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.control import Control
from tests.fakes.botapi.errors import Cut, Page, Refused
from tests.fakes.botapi.faults import Faults
from tests.fakes.botapi.journal import Journal
from tests.fakes.botapi.limits import UPLOAD_BYTES, Limits
from tests.fakes.botapi.messages import Account, Message
from tests.fakes.botapi.people import Person
from tests.fakes.botapi.places import Channel, Group, Supergroup, own_numbers
from tests.fakes.botapi.profile import Profile
from tests.fakes.botapi.webhook import Webhook
from tests.fakes.botapi.world import PATIENCE, World

Json = dict[str, Any]

HOST = "127.0.0.1"
_PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


class _Crashes(AbstractContextManager["_Crashes"]):
    """Keeps what goes wrong in the fake itself, which the test has to see, whoever has called."""

    def __init__(self) -> None:
        self.found: list[Exception] = []

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(problem, Exception) and not isinstance(problem, Refused | Cut | Page):
            self.found.append(problem)


class FakeBotApi:
    """A Bot API on loopback, running inside `async with`, and the Telegram behind it.

    Leaving the block fails with what the bot has done that it never should (`complaints`), unless the test has taken
    note of it and cleared the list. `lenient` leaves out what costs time: the check against aiogram's models.
    """

    def __init__(
        self,
        *,
        token: str = "1:TEST",
        port: int = 0,
        username: str = "svodka_test_bot",
        lenient: bool = False,
        log: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.lenient = lenient
        bot = Account(int(token.partition(":")[0]), "Сводка", username=username, is_bot=True)
        self.world = World(bot, clock=clock)
        self.world.journal = Journal(log) if log is not None else None
        self.faults = Faults()
        self.profile = Profile()
        self.webhook = Webhook(self.world, self.act)
        self.world.updates.on_push = self.webhook.pump
        self._actor = Actor(self.world, self.faults, self.profile, self.webhook, lenient=lenient)
        self._control = Control(self)
        self._crashes = _Crashes()
        self._port = port

    # Its life.

    async def __aenter__(self) -> Self:
        server = web.Server(
            self._serve, request_factory=self._request, handler_cancellation=True, access_log=None, keepalive_timeout=60
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.webhook.close()
        self.world.updates.end()
        await self._actor.close()
        await self._runner.cleanup()
        if self.world.journal is not None:
            self.world.journal.close()
        if kind is None:
            for crash in self._crashes.found:
                raise crash
            assert not self.complaints, "the bot has done what it never should:\n" + "\n".join(self.complaints)

    @property
    def url(self) -> str:
        """What TelegramAPIServer.from_base takes."""
        return f"http://{HOST}:{self._port}"

    # The world, as tests make it.

    @property
    def complaints(self) -> list[str]:
        """What the bot has done that Telegram takes, or seems to, and that no bot should do."""
        return self.world.complaints

    @property
    def calls(self) -> Counter[str]:
        """How often each method was called, by its name in small letters."""
        return self._actor.calls

    @property
    def answers_dropped(self) -> int:
        """How many calls were done without an answer that the bot could read."""
        return self._actor.answers_dropped

    @property
    def sent(self) -> list[Message]:
        """All that the bot has sent or edited, in all chats."""
        return self.world.sent

    def user(self, first_name: str = "Ада", *, user_id: int | None = None, **known: Any) -> Person:
        """Somebody whom the bot does not know yet. `known`: language_code, username, last_name, hides_forwards …"""
        return Person(self.world, next(self.world.user_ids) if user_id is None else user_id, first_name, **known)

    def readers(self, count: int, **known: Any) -> list[Person]:
        """So many people who have started the bot before."""
        people = [self.user(f"Читатель {number}", **known) for number in range(1, count + 1)]
        for person in people:
            person.begin()
        return people

    def group(self, title: str = "Разговоры", *, creator: Person | None = None) -> Group:
        """A basic group without the bot."""
        world, creator = self.world, creator or self.user("Основатель")
        numbers = world.own_message_id
        return Group(id=world.group_id(), kind="group", title=title, numbers=numbers, world=world, creator=creator)

    def supergroup(
        self,
        title: str = "Большие разговоры",
        *,
        creator: Person | None = None,
        username: str | None = None,
        forum: bool = False,
    ) -> Supergroup:
        """A supergroup without the bot; with `forum` one with topics."""
        return Supergroup(
            id=self.world.supergroup_id(),
            kind="supergroup",
            title=title,
            username=username,
            is_forum=forum,
            numbers=own_numbers(),
            world=self.world,
            creator=creator or self.user("Основатель"),
        )

    def channel(self, title: str = "Канал", *, creator: Person | None = None, username: str | None = None) -> Channel:
        """A channel without the bot."""
        return Channel(
            id=self.world.supergroup_id(),
            kind="channel",
            title=title,
            username=username,
            numbers=own_numbers(),
            world=self.world,
            creator=creator or self.user("Автор"),
        )

    def limit(
        self, *, per_second: int | None = None, per_chat: int | None = None, per_group_minute: int | None = None
    ) -> None:
        """Flood control from now on; no argument: none."""
        self.world.flood.limits = Limits(per_second=per_second, per_chat=per_chat, per_group_minute=per_group_minute)

    def expire_callbacks(self) -> None:
        """Buttons that were pressed and not answered yet are too old from now on."""
        self.world.queries.expire()

    def feed(self, updates: Iterable[Json]) -> None:
        """Updates as they are: {"message": {…}}. Their ids are given here."""
        for update in updates:
            kind, value = next(one for one in update.items() if one[0] != "update_id")
            self.world.updates.push(kind, value, ("fed", 0))

    async def until(self, holds: Callable[[], object], what: str = "it", *, patience: float = PATIENCE) -> None:
        """Waits for something to be true, looking after each thing that happens."""

        def tell() -> str:
            return f"waited in vain for {what}; calls: {dict(self.calls)}; refused: {self.world.refused[-5:]}"

        await self.world.until(holds, tell=tell, patience=patience)

    # Requests.

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        most = UPLOAD_BYTES + (1 << 20)
        return web.BaseRequest(message, payload, protocol, writer, task, protocol._loop, client_max_size=most)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers a request: to the API, to a file, or to the control of this fake."""
        _, first, rest = [*request.path.split("/", 2), ""][:3]
        if first == "control":
            return await self._control.answer(request, rest)
        if first == "file":
            return self._download(rest)
        if first == f"bot{self.token}":
            return await self._called(request, rest.lower())
        return _as_json(401, Refused(401, "Unauthorized").wire())

    async def _called(self, request: web.BaseRequest, method: str) -> web.Response:
        try:
            with self._crashes:
                call = await calls.read(request, method)
            result = await self.act(call)
        except Refused as refusal:
            return _as_json(refusal.code, refusal.wire())
        except Page:
            return web.Response(status=502, text=_PROXY_PAGE, content_type="text/html")
        except Cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return _as_json(200, {"ok": True, "result": result})

    async def act(self, call: Call) -> Any:
        """The result of a call; of one in the answer to a webhook as well."""
        try:
            with self._crashes:
                return await self._actor.act(call)
        except Refused as refusal:
            if call.method != "getupdates":
                self.world.refused.append(f"{call.method} to {call.chat}: {refusal.description}")
            raise
        finally:
            self.world.stir()

    def _download(self, rest: str) -> web.Response:
        token, _, path = rest.partition("/")
        file = self.world.paths.get(path) if token == f"bot{self.token}" else None
        if file is None:
            return _as_json(404, Refused(404, "Not Found").wire())
        return web.Response(body=file.data, content_type=file.mime)


def _as_json(status: int, answer: Json) -> web.Response:
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return web.Response(status=status, body=body, content_type="application/json")
