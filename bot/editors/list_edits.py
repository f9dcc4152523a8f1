"""Changes of a list that an admin types: entries are added, taken out with a minus, or, after =, put in place of all others.

Pure. A change is kept as what it adds and takes out, so that it goes together with what others changed meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MINUS = "-−–—"
_BULLET = re.compile(rf"\A[{_MINUS}•*·]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEdit:
    """`put` replaces the list; else `drop` goes out of it and `add` comes behind it. `unknown`: what was to go and is not there."""

    put: tuple[str, ...] | None = None
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def applied(self, entries: Sequence[str]) -> tuple[str, ...]:
        """The list as it will be; nothing stands in it twice."""
        if self.put is not None:
            return self.put
        dropped = {entry.casefold() for entry in self.drop}
        left = [entry for entry in entries if entry.casefold() not in dropped]
        return _once([*left, *self.add])

    def then(self, other: ListEdit) -> ListEdit:
        """This change and then another one, as one."""
        if other.put is not None or self.put is not None:
            return ListEdit(put=other.applied(self.put or ()))
        gone = {entry.casefold() for entry in other.drop}
        kept = [entry for entry in self.add if entry.casefold() not in gone]
        return ListEdit(add=_once([*kept, *other.add]), drop=_once([*self.drop, *other.drop]))


def typed(text: str, entries: Sequence[str], *, lines: bool) -> ListEdit:
    """The change that a text asks for. With `lines`, entries are lines, which can be named by their numbers; else phrases,
    with commas between.
    """
    text = text.replace("\x00", "").strip()
    if text.startswith("="):
        return ListEdit(put=_once([_BULLET.sub("", part, count=1) for part in _parts(text[1:], lines=lines)]))
    add, drop, unknown = [], [], []
    for part in _parts(text, lines=lines):
        if part[0] not in _MINUS:
            add.append(_BULLET.sub("", part, count=1) if lines else part)
            continue
        named = part.lstrip(_MINUS).strip()
        found = _named(named, entries, lines=lines)
        if found is not None:
            drop.append(found)
        elif lines and named and not named.isdecimal():
            add.append(named)  # a list that was written with dashes
        elif named:
            unknown.append(named)
    return ListEdit(add=_once(add), drop=tuple(drop), unknown=tuple(unknown))


def to_json(edit: ListEdit) -> dict[str, Any]:
    """A change as a draft keeps it."""
    put = None if edit.put is None else list(edit.put)
    return {"put": put, "add": list(edit.add), "drop": list(edit.drop)}


def from_json(value: Mapping[str, Any]) -> ListEdit:
    """What `to_json` wrote."""
    put = value["put"]
    return ListEdit(put=None if put is None else tuple(put), add=tuple(value["add"]), drop=tuple(value["drop"]))


def _parts(text: str, *, lines: bool) -> list[str]:
    parts = text.splitlines() if lines else re.split(r"[,;\n]", text)
    return [part for part in (" ".join(part.split()) for part in parts) if part]


def _named(named: str, entries: Sequence[str], *, lines: bool) -> str | None:
    """The entry that is meant: by its number among the lines, or as it stands."""
    if lines and named.isascii() and named.isdecimal() and len(named) < 5:
        place = int(named)
        return entries[place - 1] if 0 < place <= len(entries) else None
    return next((entry for entry in entries if entry.casefold() == named.casefold()), None)


def _once(entries: Sequence[str]) -> tuple[str, ...]:
    """Each entry once, by what it says in any case."""
    found: dict[str, str] = {}
    for entry in entries:
        if entry:
            found.setdefault(entry.casefold(), entry)
    return tuple(found.values())
