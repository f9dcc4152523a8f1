"""Which addresses Telegram takes, and what it makes of them. Pure; after `LinkManager::check_link` of TDLib."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from bot.console.refusals import NotTaken

_SCHEME = re.compile(r"(tg|ton|tonsite):(?://)?(?=.)|([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_OWN_HOST = re.compile(r"[\w-]+", re.ASCII)
_OTHER_HOST = re.compile(r"[^\s\x00-\x20\"<>\\^`{|}%]+")
_USER = re.compile(r"tg:(?://)?user\?id=(\d+)", re.IGNORECASE)


def checked(url: str, *, https_only: bool = False) -> str:
    """The address as Telegram keeps it: with a scheme, and with a path.

    Raises:
        NotTaken: it would be refused.
    """
    found = _SCHEME.match(url)
    scheme = (found[1] or found[2]).lower() if found else "http"
    rest = url[found.end() :] if found else url
    if scheme not in {"http", "https", "tg", "ton", "tonsite"}:
        raise NotTaken("Unsupported URL protocol")
    if https_only and scheme != "https":
        raise NotTaken("Only HTTPS links are allowed")
    parts = _split(scheme, rest)
    own = scheme in {"tg", "ton"}
    if own and (parts.port is not None or parts.username is not None):
        raise NotTaken(f"Wrong {scheme} URL")
    if not (_OWN_HOST if own else _OTHER_HOST).fullmatch(parts.hostname or ""):
        raise NotTaken("Unallowed characters in URL host")
    if not own and "." not in (parts.hostname or "") and not parts.netloc.startswith("["):
        raise NotTaken("Wrong HTTP URL")
    return parts.geturl()


def user_id(url: str) -> int | None:
    """Whom an address like `tg://user?id=7` stands for; None for any other."""
    found = _USER.fullmatch(url)
    return int(found[1]) if found else None


def _split(scheme: str, rest: str) -> SplitResult:
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        _ = parts.port  # is read, and refused, only when it is asked for
    except ValueError:
        raise NotTaken("Wrong port number specified in the URL") from None
    if not parts.hostname:
        raise NotTaken("URL host is empty")
    return parts if parts.path or parts.scheme not in {"http", "https"} else parts._replace(path="/")
