"""The other end of the control: a fake in another process, as a test steers it."""

import asyncio
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout

Json = dict[str, Any]


class Remote:
    """A fake at some address. Inside `async with`; a question that goes wrong is an AssertionError."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    async def __aenter__(self) -> Self:
        self._session = ClientSession(timeout=ClientTimeout(total=None))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def ask(self, question: str, **asked: Any) -> Any:
        """Any question that Control knows."""
        async with self._session.post(f"{self.url}/control/{question}", json=asked) as answer:
            told = await answer.json()
            assert answer.status == 200, f"{question}: {told}"
            return told

    async def users(self, count: int = 1, **known: Any) -> list[int]:
        """People who have started the bot before (`begun=False`: who have not); their ids."""
        return list((await self.ask("users", count=count, **known))["ids"])

    async def place(self, kind: str, *, bot: str | None = None, **known: Any) -> int:
        """A group, supergroup, forum or channel; its id."""
        return int((await self.ask("groups", kind=kind, bot=bot, **known))["id"])

    async def do(self, who: int, what: str, **given: Any) -> Any:
        """Lets a person or a place do something: `do(ada, "say", text="/start")`."""
        return await self.ask("do", who=who, what=what, **({"with": given} if given else {}))

    async def fault(self, fault: str, **given: Any) -> None:
        await self.ask("faults", fault=fault, **given)

    async def counters(self) -> Json:
        return dict(await self.ask("counters"))

    async def messages(self, **asked: Any) -> list[Json]:
        """What the bot has sent: of a `chat`, after the number `since`."""
        return list(await self.ask("messages", **asked))

    async def wait(self, count: int = 1, **asked: Any) -> list[Json]:
        """Waits for so many messages: of a `chat`, after `since`, with `text`."""
        return list(await self.ask("wait", count=count, **asked))


async def started(*options: str, python: str) -> tuple[asyncio.subprocess.Process, str]:
    """A fake in a process of its own, with these options, and its address."""
    process = await asyncio.create_subprocess_exec(
        python, "-m", "tests.fakes.botapi", *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    assert url, f"the fake has not started: {await process.wait()}"
    return process, url
