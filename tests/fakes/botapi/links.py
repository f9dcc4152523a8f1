"""Which links Telegram takes, and what it makes of them (https://example.org becomes https://example.org/). Pure."""

import re
from functools import lru_cache

_HOST = re.compile(r"(?:[a-z0-9.\-_!$,~*'();&+=\x80-\U0010ffff]|%[0-9a-f]{2})+")
_INTERNAL_HOST = re.compile(r"[a-z0-9_-]+")
_INTERNAL = re.compile(r"(tg|ton|tonsite):(?://)?(.*)", re.IGNORECASE | re.DOTALL)
_PARTS = re.compile(r"(?:([^:/?#@\[\]]*)://)?([^/?#]*)(.*)", re.DOTALL)
_USER = re.compile(r"tg:(?://)?user/?\?(?:.*&)?id=(\d+)", re.IGNORECASE)


class InvalidLink(Exception):
    """What is wrong with a link."""


def mentioned_user(link: str) -> int | None:
    """The id in tg://user?id=…; None if the link is another."""
    found = _USER.match(link)
    return int(found[1]) if found else None


@lru_cache(maxsize=8192)  # a digest names the same posts to everybody
def checked(link: str) -> str:
    """The link as Telegram keeps it. InvalidLink says why it takes none."""
    try:
        internal = _INTERNAL.match(link)
        return _internal(internal[1].lower(), internal[2]) if internal else _http(link)
    except InvalidLink as problem:
        raise InvalidLink(f"URL '{link}' is invalid: {problem}") from None


def _http(link: str) -> str:
    scheme, userinfo, host, port, rest = _split(link)
    if "." not in host and not host.startswith("["):
        raise InvalidLink("Wrong HTTP URL")
    return f"{scheme}://{userinfo}{host}{port}{rest}"


def _internal(scheme: str, link: str) -> str:
    if link.lower().startswith("http://"):
        raise InvalidLink("Wrong tg URL")
    http, userinfo, host, port, rest = _split(link)
    if http == "https" or userinfo or port or not _INTERNAL_HOST.fullmatch(host):
        raise InvalidLink("Wrong tg URL")
    return f"{scheme}://{host}{rest[1:] if rest.startswith(('/?', '/#')) else rest}"


def _split(link: str) -> tuple[str, str, str, str, str]:
    """Scheme, user with its @, host, port with its colon, and the rest, which begins with a slash."""
    found = _PARTS.fullmatch(link)
    assert found
    scheme = (found[1] or "http").lower() if found[1] is not None else "http"
    if scheme not in {"http", "https"}:
        raise InvalidLink("Unsupported URL protocol")
    userinfo, at, place = found[2].rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or "]" in port:
        host, port = place, ""
    elif not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise InvalidLink("Wrong port number specified in the URL")
    if not host:
        raise InvalidLink("URL host is empty")
    if host == ".":
        raise InvalidLink("Host is invalid")
    host = host.lower()
    if not host.startswith("[") and not _HOST.fullmatch(host):
        raise InvalidLink("Wrong URL host")
    rest = "".join(f"%{ord(letter):02X}" if letter <= " " else letter for letter in found[3].rstrip())
    rest = rest if rest.startswith("/") else "/" + rest
    return scheme, userinfo + at, host, f":{int(port)}" if port else "", rest
