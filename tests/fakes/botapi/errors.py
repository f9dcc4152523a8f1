"""What comes in place of a result: refusals, worded as the real Bot API words them, and what is no answer at all."""

from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """A call is answered with an error: a status, a description and, for some, parameters."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def wire(self) -> Json:
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | ({"parameters": self.parameters} if self.parameters else {})


class Cut(Exception):
    """The connection is to break instead of an answer."""


class Page(Exception):
    """A page of a proxy is to be the answer."""


def bad_request(message: str, **parameters: int) -> Refused:
    return Refused(400, f"Bad Request: {_lowered(message)}", parameters)


def forbidden(message: str) -> Refused:
    return Refused(403, f"Forbidden: {_lowered(message)}")


def conflict(message: str) -> Refused:
    return Refused(409, f"Conflict: {message}")


def too_many(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def not_modified() -> Refused:
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message"
    )


def stale_query() -> Refused:
    return bad_request("query is too old and response timeout expired or query ID is invalid")


def _lowered(message: str) -> str:
    """As the Bot API does: the first letter becomes small, except in codes of the server (BUTTON_DATA_INVALID)."""
    if len(message) > 1 and (message[1] == "_" or message[1].isupper()):
        return message
    return message[:1].lower() + message[1:]
