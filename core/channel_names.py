"""What people write to name a channel, as one spelling each, or a message of one. Pure.

`@name`, `+hash` of an invite, `folder:NAME`; see https://core.telegram.org/api/links for the links.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import UsageError

FOLDER = "folder:"

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")
_INVITE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MESSAGE = re.compile(
    r"(?:https?://)?(?:www\.)?(?:t|telegram)\.(?:me|dog)/(?:s/)?(?:c/(?P<tg_id>[0-9]{1,18})|(?P<username>[a-z][a-z0-9_]{2,31}))"
    r"(?:/[0-9]+)??/(?P<message>[0-9]{1,18})/?(?:[?#]\S*)?",
    re.IGNORECASE | re.ASCII,
)
_SITES = frozenset({"t.me", "telegram.me", "telegram.dog", "www.t.me"})
#: First parts of paths on t.me that lead to something other than a channel of that name.
_TAKEN = frozenset({
    "a", "addemoji", "addlist", "addstickers", "addtheme", "bg", "boost", "call", "confirmphone", "contact", "giftcode",
    "invoice", "iv", "joinchat", "k", "login", "m", "msg", "nft", "proxy", "setlanguage", "share", "socks", "stickers",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLink:
    """A message of a channel, which is named by its username or, as only its members can, by its bare id."""

    username: str | None
    tg_id: int | None
    message_id: int


def message_link(typed: str) -> MessageLink | None:
    """The message that a link leads to (`t.me/name/123`), if it is nothing but such a link."""
    found = _MESSAGE.fullmatch(typed.strip())
    if found is None:
        return None
    return MessageLink(
        username=found["username"],
        tg_id=int(found["tg_id"]) if found["tg_id"] else None,
        message_id=int(found["message"]),
    )


def canonical(typed: str) -> str:
    """The one spelling of a channel's name, address or invite link.

    Raises:
        UsageError: it names no channel; what to write instead.
    """
    text = typed.strip()
    try:
        parts = urlsplit(text if "://" in text or text.lower().startswith("tg:") else f"https://{text}")
        host = (parts.hostname or "").lower()
    except ValueError:
        raise _unknown(typed) from None
    if parts.scheme == "tg":
        return _of_scheme(text)
    if host in _SITES:
        return _of_path(typed, [part for part in unquote(parts.path).split("/") if part])
    if host.endswith(".t.me") and "/" not in text.removeprefix("https://").removeprefix("http://").rstrip("/"):
        return _username(typed, host.removesuffix(".t.me"))
    if text.startswith("+"):
        return _invite(typed, text[1:])
    return _username(typed, text.removeprefix("@"))


def _of_scheme(text: str) -> str:
    found = urlsplit(text)
    query = parse_qs(found.query)
    what = found.netloc or found.path.strip("/")
    if what == "resolve" and query.get("domain"):
        return _username(text, query["domain"][0])
    if what == "join" and query.get("invite"):
        return _invite(text, query["invite"][0])
    raise _unknown(text)


def _of_path(typed: str, path: list[str]) -> str:
    match path:
        case ["c", *_]:
            raise UsageError(
                f"{typed} is of a private channel, whose links tell no outsider which it is: give its invite link, or "
                "put the channel into a folder in Telegram and use --folder"
            )
        case ["addlist", *_]:
            raise UsageError(f"{typed} shares a folder: add it in Telegram, then use --folder with its name")
        case ["joinchat", invite, *_]:
            return _invite(typed, invite)
        case ["s", name, *_]:
            return _username(typed, name)
        case [first, *_] if first.startswith("+"):
            return _invite(typed, first[1:])
        case [name, *_] if name.lower() not in _TAKEN:
            return _username(typed, name)
    raise _unknown(typed)


def _username(typed: str, name: str) -> str:
    if not _USERNAME.fullmatch(name):
        raise _unknown(typed)
    return f"@{name.lower()}"


def _invite(typed: str, code: str) -> str:
    if not _INVITE.fullmatch(code) or code.isdecimal():
        raise _unknown(typed)
    return f"+{code}"


def _unknown(typed: str) -> UsageError:
    return UsageError(
        f"{typed!r} names no channel: write @name, https://t.me/name or an invite link such as https://t.me/+AbCdEf123456"
    )
