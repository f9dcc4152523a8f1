"""The server: what a test holds in its hand, and the way of a request to its answer."""

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Self

from tests.fakes.openai import wire
from tests.fakes.openai.abilities import Abilities
from tests.fakes.openai.faults import Fault, Response, as_json, error, instead, spoilt_answer, spoilt_vectors
from tests.fakes.openai.requests import Brain, Json, Request
from tests.fakes.openai.streams import Dialect, End, Hold, Stream, streamed
from tests.fakes.openai.vectors import embedding, shortened

HOST = "127.0.0.1"
#: How many texts OpenAI embeds at once.
MOST_TEXTS = 2048


class FakeEndpoint:
    """An endpoint on loopback, running inside `async with`. All of its options may be changed while it runs.

    `fault` is of every request; `script` is consumed one per request (None: no fault) and goes before it. `together`:
    requests are answered once so many are there at the same time. `dialect`, `hold` and `pause`, the seconds between two
    chunks, are of streams.
    """

    def __init__(
        self,
        brain: Brain,
        *,
        abilities: Abilities | None = None,
        fault: Fault | str | None = None,
        script: Iterable[Fault | str | None] = (),
        dimension: int = 64,
        together: int = 1,
        drip: float = 0.02,
        dialect: Dialect | str = Dialect.OPENAI,
        hold: Hold | None = None,
        pause: float = 0.0,
        port: int = 0,
    ) -> None:
        self.brain = brain
        self.abilities = abilities or Abilities()
        self.fault = fault
        self.script = list(script)
        self.dimension = dimension
        self.together = together
        self.drip = drip
        self.dialect = dialect
        self.hold = hold
        self.pause = pause
        self.requests: list[Request] = []
        self.most_at_once = 0
        self.connections = 0
        self.on_request: Callable[[Request], None] | None = None
        self._port = port
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._crashes: list[BaseException] = []
        self._arrived = asyncio.Condition()
        self._opened = 0

    # Its life.

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops. Raises what has gone wrong inside a brain or the fake itself."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._crashes:
            raise self._crashes[0]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}/v1"

    # What tests look at.

    @property
    def last(self) -> Request:
        return self.requests[-1]

    # Connections.

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of a connection, one after the other, until its other side leaves."""
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            while incoming := await wire.read(reader):
                await self._serve(incoming, writer)
                if writer.is_closing() or not incoming.keep_alive:
                    break
        except (ConnectionError, asyncio.CancelledError, wire.BadRequest):
            pass  # the other side has left, or speaks something else, or the endpoint stops
        except Exception as crash:  # noqa: BLE001 (a test shall fail by it, not by what the client makes of it)
            self._crashes.append(crash)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, incoming: wire.Incoming, writer: asyncio.StreamWriter) -> None:
        route = self._routes().get((incoming.method, incoming.path))
        if route is None:
            known = any(path == incoming.path for _, path in self._routes())
            await wire.write(writer, error(405 if known else 404, f"No {incoming.method} {incoming.path}"))
            return
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            await route(incoming, writer)
        finally:
            self._running -= 1

    def _routes(self) -> dict[tuple[str, str], Callable[[wire.Incoming, asyncio.StreamWriter], Awaitable[None]]]:
        return {
            ("GET", "/v1/models"): self._models,
            ("POST", "/v1/chat/completions"): self._work,
            ("POST", "/v1/embeddings"): self._work,
        }

    # Requests.

    async def _models(self, _: wire.Incoming, writer: asyncio.StreamWriter) -> None:
        names = sorted(self.abilities.models or {"fake-model"})
        data = [{"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "tests"} for name in names]
        await wire.write(writer, as_json({"object": "list", "data": data}))

    async def _work(self, incoming: wire.Incoming, writer: asyncio.StreamWriter) -> None:
        request = self._request(incoming)
        if request is None:
            await wire.write(writer, error(400, "We could not parse the JSON body of your request."))
            return
        self.requests.append(request)
        fault = self._next_fault()
        if self.on_request:
            self.on_request(request)
        await self._wait_for_others()
        if fault is Fault.HANG:
            await asyncio.Event().wait()
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        response: Response | Stream | None
        response = instead(fault, request.model, key) or self.abilities.objection(request)
        if response is None:
            response = await self._answer(request, fault)
        if isinstance(response, Stream):
            await self._stream(writer, response, fault)
        elif fault is Fault.SLOW:
            await wire.trickle(writer, response, self.drip)
        elif fault is Fault.RESET:
            await wire.cut(writer, response)
        else:
            await wire.write(writer, response)

    async def _stream(self, writer: asyncio.StreamWriter, stream: Stream, fault: Fault | None) -> None:
        await wire.begin(writer, {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"})
        for place, frame in enumerate(stream.frames):
            if self.hold and place == stream.lead + self.hold.after:
                await self.hold.here()
            # A byte at a time, where it is to be slow.
            for data in [frame[at : at + 1] for at in range(len(frame))] if fault is Fault.SLOW else [frame]:
                await wire.chunk(writer, data)
                await asyncio.sleep(self.drip if fault is Fault.SLOW else self.pause)
        if stream.end is End.NEVER:
            await asyncio.Event().wait()
        if stream.end is End.CUT:
            writer.close()
            await writer.wait_closed()
        else:
            await wire.chunk(writer, b"")

    def _request(self, incoming: wire.Incoming) -> Request | None:
        try:
            body = json.loads(incoming.body)
        except ValueError:
            return None
        is_object = isinstance(body, dict)
        return Request(path=incoming.path, headers=incoming.headers, body=body) if is_object else None

    def _next_fault(self) -> Fault | None:
        named = self.script.pop(0) if self.script else self.fault
        fault = Fault(named) if named else None
        if fault is Fault.ERROR_503_THEN_OK and self.fault == fault:
            self.fault = None
        return fault

    async def _wait_for_others(self) -> None:
        async with self._arrived:
            self._opened = max(self._opened, self._running)
            self._arrived.notify_all()
            await self._arrived.wait_for(lambda: self._opened >= self.together)

    async def _answer(self, request: Request, fault: Fault | None) -> Response | Stream:
        if request.path.endswith("/embeddings"):
            return self._embed(request, fault)
        answer = self.brain(request)
        if inspect.isawaitable(answer):
            answer = await answer
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        choice = spoilt_answer(fault, text)
        sent = sum(len(str(one.get("content") or "")) for one in request.messages)
        content = choice["message"]["content"] or ""
        completion: Json = {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": request.model,
            "choices": [choice],
        }
        completion |= _usage(fault, sent, len(content))
        if request.body.get("stream") and self.abilities.streams == "yes":
            return streamed(completion, request.body, dialect=Dialect(self.dialect), fault=fault)
        return as_json(completion)

    def _embed(self, request: Request, fault: Fault | None) -> Response:
        given: Any = request.body.get("input")
        texts = [given] if isinstance(given, str) else given
        if not texts or len(texts) > MOST_TEXTS:
            return error(400, "'$.input' is invalid.", param="input")
        dimension = request.body.get("dimensions", self.dimension)
        vectors = [shortened(embedding(text, self.dimension), dimension) for text in texts]
        data: list[Json] = [
            {"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)
        ]
        held = {"object": "list", "model": request.model, "data": spoilt_vectors(fault, data)}
        return as_json(held | _usage(fault, sum(map(len, texts)), None))


def _usage(fault: Fault | None, sent: int, answered: int | None) -> Json:
    """Tokens, at four characters each."""
    if fault is Fault.NO_USAGE:
        return {}
    if fault is Fault.NULL_USAGE:
        return {"usage": None}
    tokens = {"prompt_tokens": max(1, sent // 4)}
    if answered is not None:
        tokens["completion_tokens"] = max(1, answered // 4)
    return {"usage": tokens | {"total_tokens": sum(tokens.values())}}
