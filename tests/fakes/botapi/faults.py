"""What goes wrong, for as often as a test has asked: lost answers, cut connections, errors of the server, refusals."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tests.fakes.botapi.errors import Refused, bad_request, forbidden, too_many

#: The methods that put something into a chat.
WRITING = frozenset(
    "sendmessage senddocument sendphoto sendmessagedraft editmessagetext editmessagereplymarkup forwardmessage copymessage".split()
)


class Fault(StrEnum):
    """Faults by the name that the command line knows."""

    # Of the connection.
    DROPPED_ANSWER = "dropped_answer"  # done, but the connection breaks before the answer
    DROPPED_REQUEST = "dropped_request"  # the connection breaks, and nothing is done
    SLOW = "slow"  # done after `seconds`
    # Of the server.
    ERROR_500 = "error_500"
    ERROR_502 = "error_502"
    NOT_JSON = "not_json"  # a page of a proxy
    # Refusals.
    FLOOD = "flood"  # 429 with retry_after = `seconds`
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    KICKED = "kicked"
    CHAT_NOT_FOUND = "chat_not_found"
    MIGRATED = "migrated"  # the group becomes a supergroup at this moment
    CANNOT_PARSE = "cannot_parse"


@dataclass(kw_only=True, eq=False)
class Rule:
    """One fault, and which calls it meets: of a method (those that write, "*" for all), to a chat, with a text in it.

    After `skip` such calls it meets `times` of them (None: all), each with `probability`. With `delivered` an error of
    the server comes after the call has been done.
    """

    fault: Fault
    method: str | None = None
    chat: int | None = None
    text: str | None = None
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seconds: float = 1.0
    delivered: bool = False
    met: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(0), repr=False)

    def meets(self, method: str, chat: int | None, text: str) -> bool:
        """Whether it falls on this call; counts it if so."""
        named = method in WRITING if self.method is None else self.method in {"*", method}
        fits = named and self.chat in {None, chat} and (self.text is None or self.text in text)
        if not fits or (self.times is not None and self.met >= self.times):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.probability < 1 and self.dice.random() >= self.probability:
            return False
        self.met += 1
        return True

    def refusal(self) -> Refused:
        """What it answers in place of a result. KeyError for a fault that is no refusal."""
        return _REFUSALS[self.fault](self)


_REFUSALS: dict[Fault, Callable[[Rule], Refused]] = {
    Fault.ERROR_500: lambda _: Refused(500, "Internal Server Error"),
    Fault.ERROR_502: lambda _: Refused(502, "Bad Gateway"),
    Fault.FLOOD: lambda rule: too_many(max(1, round(rule.seconds))),
    Fault.BLOCKED: lambda _: forbidden("bot was blocked by the user"),
    Fault.DEACTIVATED: lambda _: forbidden("user is deactivated"),
    Fault.KICKED: lambda _: forbidden("bot was kicked from the group chat"),
    Fault.CHAT_NOT_FOUND: lambda _: bad_request("chat not found"),
    Fault.CANNOT_PARSE: lambda _: bad_request(
        "can't parse entities: Can't find end tag corresponding to start tag \"b\""
    ),
}


class Faults:
    """All that is to go wrong on one server, the oldest rule first."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(
        self,
        fault: Fault | str,
        *,
        method: str | None = None,
        chat: int | None = None,
        text: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        probability: float = 1.0,
        seed: int = 0,
        seconds: float = 1.0,
        delivered: bool = False,
    ) -> Rule:
        """Adds a rule (see Rule). With a probability, `times=None` lets it go on for ever; `seed` makes it repeatable."""
        rule = Rule(
            fault=Fault(fault),
            method=method.lower() if method else None,
            chat=chat,
            text=text,
            times=times,
            skip=skip,
            probability=probability,
            seconds=seconds,
            delivered=delivered,
            dice=random.Random(seed),
        )
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def falling_on(self, method: str, chat: int | None, text: str) -> Rule | None:
        """The rule that this call meets."""
        return next((rule for rule in self.rules if rule.meets(method, chat, text)), None)
