"""Polling: an update is confirmed when it has been handled, and not before; what fails does not stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

from bot.polling import Polling
from tests.fakes.botapi import FakeBotApi, Fault


class Heard:
    """A bot that notes what it is told; it is not done with what it is told to hold."""

    def __init__(self, *held: str) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.go = asyncio.Event()
        self._held = held

    async def on(self, message: Message) -> None:
        said = message.text or ""
        self.begun.append(said)
        if said == "bad":
            raise LookupError("a handler's mistake")
        if said in self._held:
            await self.go.wait()
        self.ended.append(said)


@asynccontextmanager
async def polling(api: FakeBotApi, heard: Heard, *, grace: timedelta = timedelta(seconds=10)) -> AsyncIterator[None]:
    dispatcher = Dispatcher()
    dispatcher.message.register(heard.on)
    bot = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
    task = asyncio.create_task(Polling(dispatcher, bot).run(grace=grace))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bot.session.close()


def waiting(api: FakeBotApi) -> list[str]:
    """What has not been confirmed."""
    return [update.body["message"]["text"] for update in api.world.updates.pending]


async def test_what_was_in_hand_comes_again() -> None:
    """A bot that ends before it is done with something is told it again, and not what it was done with."""
    async with FakeBotApi() as api:
        ada = api.user("Ада")
        first, second = Heard("slow"), Heard()
        async with polling(api, first, grace=timedelta(0)):
            ada.say("quick")
            ada.say("slow")
            await api.until(lambda: first.begun == ["quick", "slow"], "both to be begun")
            await api.until(lambda: first.ended == ["quick"], "one to be done")
        assert waiting(api) == ["slow"]
        async with polling(api, second):
            await api.until(lambda: second.ended == ["slow"], "the other to be done")
        assert (waiting(api), second.begun) == ([], ["slow"])


async def test_what_takes_long_keeps_nobody_waiting() -> None:
    """While one update is being handled the next ones are handled, each once."""
    async with FakeBotApi() as api:
        ada = api.user("Ада")
        heard = Heard("slow")
        async with polling(api, heard):
            ada.say("slow")
            await api.until(lambda: heard.begun, "the first to be begun")
            for number in range(5):
                ada.say(str(number))
                await api.until(lambda number=number: str(number) in heard.ended, "the next to be done")  # type: ignore[misc]
            assert waiting(api)[0] == "slow"
            heard.go.set()
            await api.until(lambda: not waiting(api), "all to be confirmed")
        assert sorted(heard.begun) == sorted(["slow", *map(str, range(5))])


@pytest.mark.parametrize("fault", [Fault.ERROR_502, Fault.DROPPED_ANSWER, Fault.NOT_JSON])
async def test_telegram_does_not_answer(fault: Fault) -> None:
    """It is asked again, and nothing of what was said is lost or told twice."""
    async with FakeBotApi() as api:
        ada = api.user("Ада")
        heard = Heard()
        api.faults.add(fault, method="getupdates", times=1)
        async with polling(api, heard):
            ada.say("one")
            await api.until(lambda: heard.ended, "it to be handled")
            ada.say("two")
            await api.until(lambda: not waiting(api), "all to be confirmed")
        assert heard.ended == ["one", "two"]


async def test_a_mistake_of_a_handler() -> None:
    """Is over with the update that met it: it comes neither again nor in the way of the next."""
    async with FakeBotApi() as api:
        ada = api.user("Ада")
        heard = Heard()
        async with polling(api, heard):
            ada.say("bad")
            ada.say("good")
            await api.until(lambda: heard.ended == ["good"], "the next to be handled")
            await api.until(lambda: not waiting(api), "both to be confirmed")
        assert heard.begun == ["bad", "good"]
