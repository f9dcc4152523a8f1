"""The webhook: updates are posted to the bot's address, again and again until it takes them, each chat's in their order."""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, ClientError, ClientResponse, ClientSession, ClientTimeout, MultipartReader

from tests.fakes.botapi.calls import Call, Upload, decoded
from tests.fakes.botapi.errors import Cut, Page, Refused, bad_request
from tests.fakes.botapi.updates import Update
from tests.fakes.botapi.world import World

Json = dict[str, Any]

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
#: Seconds that the bot has for an answer.
ANSWER_WITHIN = 60
_SECRET = re.compile(r"[A-Za-z0-9_-]*")


@dataclass
class _Set:
    url: str
    secret: str
    connections: int


class Webhook:
    """Where updates go instead of getUpdates. `retry_delay`: seconds until the second attempt; each further one waits twice as long."""

    def __init__(self, world: World, act: Callable[[Call], Awaitable[Any]]) -> None:
        self.retry_delay = 0.02
        self.posted = 0
        """How often an update was posted, again or not."""
        self.last_error: tuple[int, str] | None = None
        self._world = world
        self._act = act
        self._set: _Set | None = None
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._session: ClientSession | None = None
        self._gate = asyncio.Semaphore(1)

    @property
    def url(self) -> str:
        return self._set.url if self._set else ""

    def put(self, call: Call) -> bool:
        """What setWebhook and deleteWebhook do. An address of plain HTTP is fine here, and so is any port."""
        url, secret = call.text("url"), call.text("secret_token")
        if url and not re.match(r"https?://[^/]+", url):
            raise bad_request("invalid webhook URL specified")
        if len(secret) > 256:
            raise bad_request("secret token is too long")
        if not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        self._cancel()
        if call.flag("drop_pending_updates"):
            self._world.updates.clear()
        self._world.updates.allow(call.params.get("allowed_updates"))
        connections = min(max(call.number("max_connections") or 40, 1), 100)
        self._set = _Set(url, secret, connections) if url else None
        self._gate = asyncio.Semaphore(connections)
        self.last_error = None
        if self._set is not None:
            self._world.updates.stop("terminated by setWebhook request")
            self.pump()
        self._world.stir()
        return True

    def info(self) -> Json:
        """What getWebhookInfo tells."""
        updates = self._world.updates
        shown: Json = {"url": self.url, "has_custom_certificate": False, "pending_update_count": len(updates.pending)}
        if self._set is not None:
            shown |= {"max_connections": self._set.connections, "ip_address": "127.0.0.1"}
        if updates.allowed:
            shown["allowed_updates"] = updates.allowed
        if self.last_error is not None:
            shown["last_error_date"], shown["last_error_message"] = self.last_error
        return shown

    def pump(self) -> None:
        """Makes sure that somebody posts each row of updates that waits."""
        if self._set is None:
            return
        for update in self._world.updates.pending:
            if update.row not in self._tasks:
                self._tasks[update.row] = asyncio.create_task(self._post_row(update.row, self._set))

    async def _post_row(self, row: tuple[str, int], target: _Set) -> None:
        while update := next((one for one in self._world.updates.pending if one.row == row), None):
            delay = self.retry_delay
            while not await self._post(update, target):
                await asyncio.sleep(delay)
                delay *= 2
            self._world.updates.confirm(update)
            self._world.stir()
        # Nobody runs between the look that found nothing and this.
        del self._tasks[row]

    async def _post(self, update: Update, target: _Set) -> bool:
        """Whether the bot has taken it. A method in its answer is called."""
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=ANSWER_WITHIN))
        headers = {SECRET_HEADER: target.secret} if target.secret else {}
        async with self._gate:
            self.posted += 1
            try:
                async with self._session.post(target.url, json=update.wire(), headers=headers) as answer:
                    if answer.status // 100 != 2:
                        return self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                    call = await _answered_call(answer)
            except (ClientError, TimeoutError) as problem:
                return self._failed(f"Can't connect to the webhook: {problem}")
        if call is not None:
            with contextlib.suppress(Refused, Cut, Page):  # nobody is there to be told
                await self._act(call)
        return True

    def _failed(self, reason: str) -> bool:
        self.last_error = (self._world.now(), reason)
        self._world.stir()
        return False

    def _cancel(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        self._cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


async def _answered_call(answer: ClientResponse) -> Call | None:
    """The call that the bot has put into its answer to an update; None for none, and for those that are not allowed there."""
    uploads: dict[str, Upload] = {}
    params: Json = {}
    if answer.content_type == "application/json":
        with contextlib.suppress(ValueError):
            body = json.loads(await answer.read())
            params = body if isinstance(body, dict) else {}
    elif answer.content_type.startswith("multipart/"):
        await _read_parts(answer, params, uploads)
    method = str(params.pop("method", "")).lower()
    if not method or method.startswith("get") or method in {"setwebhook", "deletewebhook", "close", "logout"}:
        return None
    with contextlib.suppress(Refused):
        return decoded(method, params, uploads)
    return None


async def _read_parts(answer: ClientResponse, params: Json, uploads: dict[str, Upload]) -> None:
    async for part in MultipartReader.from_response(answer):
        assert isinstance(part, BodyPartReader)
        name, data = part.name or "", bytes(await part.read())
        if part.filename:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            uploads[name] = Upload(name=part.filename, mime=mime, data=data)
        else:
            params[name] = data.decode()
