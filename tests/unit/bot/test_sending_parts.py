"""The parts of the sender by themselves: two lanes, one transaction for all who ask, a gate that opens for one at first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.sending.claimed import Claimed
from bot.sending.gate import Gate
from bot.sending.requests import request
from bot.sending.together import Together
from core.errors import DatabaseError
from core.readers import Body, Outgoing
from core.store.claims import Taken

NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)


def taken(number: int, *, urgent: bool = False, seconds: float = 45, body: Body | None = None) -> Taken:
    message = Outgoing(
        id=number, reader_id=1, chat_id=1001, thread_id=None, broadcast=False, tries=0, resend=False,
        body=body or Body(text="дайджест"),
    )  # fmt: skip
    return Taken(message=message, urgent=urgent, silent=False, until=NOW + timedelta(seconds=seconds))


async def pause() -> None:
    """Let whatever can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


# --- what is claimed -------------------------------------------------------------------------------------------------


async def test_whoever_reserved_gets_the_urgent_one_that_came_meanwhile() -> None:
    """What goes next is decided when it goes."""
    claimed = Claimed()
    claimed.add([taken(1), taken(2)])
    await claimed.reserve(urgent=False)
    claimed.add([taken(3, urgent=True)])
    assert [one.message.id for one in (claimed.take(urgent=False),) if one] == [3]
    assert len(claimed) == 2


async def test_no_more_is_reserved_than_there_is() -> None:
    """A third waits until a message comes, and what is reserved is nobody else's."""
    claimed = Claimed()
    claimed.add([taken(1), taken(2)])
    await claimed.reserve(urgent=False)
    await claimed.reserve(urgent=False)
    assert claimed.take_unreserved(urgent=False) is None
    third = asyncio.create_task(claimed.reserve(urgent=False))
    await pause()
    assert not third.done()
    claimed.add([taken(3)])
    await third


async def test_the_place_for_urgent_ones_takes_no_others() -> None:
    """It waits while there are others; and if somebody was quicker, it goes away with nothing."""
    claimed = Claimed()
    claimed.add([taken(1)])
    kept = asyncio.create_task(claimed.reserve(urgent=True))
    await pause()
    assert not kept.done()
    claimed.add([taken(2, urgent=True)])
    await kept
    await claimed.reserve(urgent=False)
    quicker = claimed.take(urgent=False)
    assert quicker is not None
    assert quicker.message.id == 2
    assert claimed.take(urgent=True) is None
    assert len(claimed) == 1


def test_what_is_ours_no_longer_is_forgotten() -> None:
    """Another worker has it by now."""
    claimed = Claimed()
    claimed.add([taken(1, seconds=1), taken(2), taken(3, urgent=True, seconds=1)])
    claimed.drop_expired(NOW + timedelta(seconds=2))
    assert [one.message.id for one in claimed.clear()] == [2]


# --- together --------------------------------------------------------------------------------------------------------


async def test_whoever_asks_while_others_are_served_is_served_next() -> None:
    """One call for all who ask at a time, in their order, and each gets its own answer."""
    batches: list[list[int]] = []
    served = asyncio.Event()

    async def serve(numbers: Sequence[int]) -> Sequence[int]:
        batches.append(list(numbers))
        await served.wait()
        return [number * 10 for number in numbers]

    together = Together(serve, sleep=asyncio.sleep)
    first = [together.ask(1), together.ask(2)]
    await pause()
    second = [together.ask(3), together.ask(4)]
    second[0].cancel()
    served.set()
    assert await asyncio.gather(*first, second[1]) == [10, 20, 40]
    assert batches == [[1, 2], [3, 4]]


async def test_while_the_database_fails_everybody_waits() -> None:
    """What could not be written is written later, in the same order; nobody is told that it failed."""
    failures = iter([True, True, False, False])
    waits: list[float] = []

    async def serve(numbers: Sequence[int]) -> Sequence[int]:
        if next(failures):
            raise DatabaseError("gone")
        return numbers

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    together = Together(serve, sleep=sleep)
    assert await together.ask(7) == 7
    assert await together.ask(8) == 8
    assert len(waits) == 2


async def test_a_fault_of_ours_reaches_whoever_waits() -> None:
    """Nobody waits for ever for an answer that cannot come, and what is asked later is served."""
    faults = iter([True, False])

    async def serve(numbers: Sequence[int]) -> Sequence[int]:
        if next(faults):
            raise ValueError("ours")
        return numbers

    together = Together(serve, sleep=asyncio.sleep)
    answers = [together.ask(1), together.ask(2)]
    assert [type(error) for error in await asyncio.gather(*answers, return_exceptions=True)] == [ValueError] * 2
    assert await together.ask(3) == 3


# --- gate ------------------------------------------------------------------------------------------------------------


class Network:
    """Answers a harmless question or not, and notes how long it was waited for."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.waits: list[float] = []

    async def probe(self) -> bool:
        return self.answers.pop(0) if self.answers else True

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def gate(self) -> Gate:
        return Gate(self.probe, sleep=self.sleep)


async def test_messages_that_fail_together_are_one_failure() -> None:
    """Of eight that were under way none but the first counts, whenever their ends come."""
    network = Network()
    gate = network.gate()
    numbers = [await gate.passed() for _ in range(8)]
    for number in numbers:
        gate.failed(number)
    gate.answered(numbers[0])
    assert not gate.is_open
    await gate.passed()
    assert network.waits == [0.0]


async def test_waits_grow_while_the_network_is_dead() -> None:
    """Each question without an answer makes the next wait longer; the first one comes at once."""
    network = Network(False, False, False, True)
    gate = network.gate()
    gate.failed(await gate.passed())
    await gate.passed()
    assert network.waits[0] == 0
    assert all(0 < before < after for before, after in zip(network.waits[1:], network.waits[2:], strict=False))
    assert len(network.waits) == 4


@pytest.mark.parametrize("end", ["answered", "failed", "unused"])
async def test_after_a_failure_one_goes_first(end: str) -> None:
    """The others wait for what becomes of it: they follow when it was answered; else the next one tries, alone."""
    gate = Network().gate()
    gate.failed(await gate.passed())
    number = await gate.passed()
    others = [asyncio.create_task(gate.passed()) for _ in range(3)]
    await pause()
    assert not any(task.done() for task in others)
    getattr(gate, end)(number)
    await pause()
    assert sum(task.done() for task in others) == (3 if end == "answered" else 1)
    for task in others:
        task.cancel()


# --- requests --------------------------------------------------------------------------------------------------------


def test_a_request_leaves_out_what_is_not_there() -> None:
    """No buttons, no marks, no topic and no silence: nothing of it is sent; a parse mode never is."""
    method = request(taken(1, body=Body(text="просто", buttons=((),))))
    assert (method.text, method.entities, method.reply_markup) == ("просто", None, None)
    assert (method.message_thread_id, method.disable_notification, method.parse_mode) == (None, None, None)
