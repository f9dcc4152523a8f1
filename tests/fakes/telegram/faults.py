"""What goes wrong: errors, lost updates, cut connections and missing answers, each for as often as a test has asked."""

import random
from collections import deque
from dataclasses import dataclass


class Refusal(Exception):
    """An RPC error: what the client gets in place of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


@dataclass
class Trouble:
    """The next `times` calls of a method (of one channel, if it names one) are refused."""

    method: str
    code: int
    message: str
    times: int
    channel: int | None


class Faults:
    """All that is to go wrong on one server."""

    def __init__(self) -> None:
        self.refuse = False
        self._troubles: list[Trouble] = []
        self._silent: dict[str, int] = {}
        self._cuts: deque[int] = deque()
        self._share = 0.0
        self._dice = random.Random(0)

    def add(self, trouble: Trouble) -> None:
        self._troubles.append(trouble)

    def drop_answers(self, method: str, times: int) -> None:
        self._silent[method] = times

    def cut_after(self, messages: int) -> None:
        self._cuts.append(messages)

    def lose_updates(self, share: float, seed: int) -> None:
        self._share = share
        self._dice = random.Random(seed)

    def check(self, method: str, channels: tuple[int, ...]) -> None:
        """Raises the Refusal that this call meets, and counts it."""
        for trouble in self._troubles:
            if trouble.method == method and (trouble.channel is None or trouble.channel in channels):
                trouble.times -= 1
                if trouble.times <= 0:
                    self._troubles.remove(trouble)
                raise Refusal(trouble.code, trouble.message)

    def swallows(self, method: str) -> bool:
        """Whether the answer to this call is not to be sent, and the connection cut instead."""
        left = self._silent.get(method, 0)
        self._silent[method] = max(left - 1, 0)
        return left > 0

    def loses_update(self) -> bool:
        return self._share > 0 and self._dice.random() < self._share

    def left_before_cut(self) -> int | None:
        """How many answers and updates may still be sent before the next cut; None if there is none."""
        return self._cuts[0] if self._cuts else None

    def sent(self, messages: int) -> bool:
        """Counts what was sent. Whether the connection is to be cut now."""
        if not self._cuts:
            return False
        self._cuts[0] -= messages
        if self._cuts[0] > 0:
            return False
        self._cuts.popleft()
        return True
