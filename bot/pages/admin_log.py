"""What admins have changed, entry by entry, in words: who, when by the reader's clock, what was, and what is.

Pure. The entries are those that `bot.editors` and the admins' commands write down; one that nothing here knows is told in
plain words all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from bot.keyboards import LogPress
from bot.pages import admin_channels, admin_filters, thresholds
from bot.pages.admin_filters import Names
from bot.pages.admin_presses import decimal
from bot.pages.presses import button
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.errors import UsageError
from core.store import filters
from core.store.admins import Change
from core.types import FollowState

#: UTF-16 units of a name, of a value, of a list of what goes or comes, of what an entry is about, and of all that it tells of
#: it: a page of entries stands in one message.
NAME_UNITS, VALUE_UNITS, LIST_UNITS, HEAD_UNITS, ENTRY_UNITS = 40, 90, 120, 110, 290
#: Ids have at most so many digits.
_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Where a page lies in the log: what the buttons to newer and older entries name; None where there are none."""

    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What an entry is told with."""

    names: Names
    say: Say
    tz: str
    now: datetime

    def topic(self, slug: object) -> str:
        return cut(clean(self.names.topics.get(str(slug), str(slug))), NAME_UNITS)

    def channel(self, number: str) -> str:
        return cut(clean(self.names.channels.get(_number(number)) or number), NAME_UNITS)

    def person(self, number: int | str, name: object = None) -> str:
        known = name or self.names.admins.get(_number(str(number)))
        shown = cut(clean(str(number)), NAME_UNITS)
        # Who was made an admin by number alone is called by it.
        return (
            shown if known is None or str(known) == str(number) else f"{cut(clean(str(known)), NAME_UNITS)} ({shown})"
        )

    def moment(self, value: object) -> str:
        """A moment as the log keeps it."""
        try:
            at = datetime.fromisoformat(str(value))
            return admin_filters.moment(at, self.say, tz=self.tz, now=self.now)
        except (ValueError, OverflowError):
            return self.plain(value)

    def plain(self, value: object) -> str:
        """A value of any kind, without the signs of a programming language."""
        match value:
            case None | "" | [] | ():
                return "–"
            case bool():
                return self.say("yes") if value else self.say("no")
            case float():
                return decimal(value, self.say)
            case list() | tuple():
                return ", ".join(map(self.plain, value))
            case Mapping():
                return ", ".join(f"{key}: {self.plain(held)}" for key, held in value.items())
            case _:
                return cut(clean(str(value)), VALUE_UNITS) or "–"


def _number(subject: str) -> int:
    """The id that an entry is about; -1 where it is about something else."""
    return int(subject) if subject.isdecimal() and len(subject) <= _DIGITS else -1


def log_page(changes: Sequence[Change], names: Names, say: Say, *, around: Around, tz: str, now: datetime) -> Screen:
    """A page of the log, the newest entry first. `tz`: whose clock the times are by."""
    if not changes:
        return Screen(text=Text(say("Nothing has been changed yet.")))
    told = _Told(names=names, say=say, tz=tz, now=now)
    lines: list[object] = [Bold(say("What admins changed"))]
    for change in changes:
        at = admin_filters.moment(change.at, say, tz=tz, now=now)
        first, *more = _lines(change, told)
        lines += [f"\n\n{at} · {told.person(change.admin_id)}\n", Bold(cut(first, HEAD_UNITS))]
        lines.append(cut("".join(f"\n{line}" for line in more), ENTRY_UNITS))
    return Screen(text=Text(*lines), buttons=[_turns(around, say)])


def _turns(around: Around, say: Say) -> list[InlineKeyboardButton]:
    newer = [button("‹ " + say("Newer"), LogPress(before=around.newer))] if around.newer is not None else []
    older = [button(say("Older") + " ›", LogPress(before=around.older))] if around.older is not None else []
    newest = [button("« " + say("Newest"), LogPress(before=0))] if around.newer else []
    return [*newest, *newer, *older]


def _lines(change: Change, told: _Told) -> list[str]:
    """What was done, then what it changed, line by line."""
    tell = _TELLS.get(change.action)
    if tell is not None:
        return tell(change, told)
    return [f"{clean(change.action)}: {cut(clean(change.subject), NAME_UNITS)}", *_fields(change, told)]


def _fields(change: Change, told: _Told) -> list[str]:
    """All that differs, each by the name that it has in the log."""
    before, after = change.before or {}, change.after or {}
    differ = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [f"{clean(name)}: {told.plain(before.get(name))} → {told.plain(after.get(name))}" for name in differ]


# --- admins and broadcasts -------------------------------------------------------------------------------------------


def _granted(change: Change, told: _Told) -> list[str]:
    after = change.after or {}
    name = told.person(change.subject, after.get("name"))
    if after.get("by") == "code":
        return [told.say("A new admin, by a one-time code: {name}", name=name)]
    return [told.say("A new admin: {name}", name=name)]


def _revoked(change: Change, told: _Told) -> list[str]:
    name = told.person(change.subject, (change.before or {}).get("name"))
    return [told.say("No admin any longer: {name}", name=name)]


def _broadcast(change: Change, told: _Told) -> list[str]:
    text = cut(clean(str((change.after or {}).get("text", ""))), 2 * VALUE_UNITS)
    return [told.say("Announcement № {n} was sent", n=cut(clean(change.subject), NAME_UNITS)), text]


def _stopped(change: Change, told: _Told) -> list[str]:
    kept = told.plain((change.after or {}).get("kept back"))
    return [
        told.say(
            "Announcement № {n} was stopped; kept back: {kept}", n=cut(clean(change.subject), NAME_UNITS), kept=kept
        )
    ]


# --- topics ----------------------------------------------------------------------------------------------------------


def _topic_added(change: Change, told: _Told) -> list[str]:
    after = change.after or {}
    counts = [
        told.say("Description, lines: {n}", n=len(_entries(after.get("about")))),
        told.say("Keywords: {n}", n=len(_entries(after.get("names")))),
    ]
    titles = " / ".join(cut(clean(str(after.get(name, ""))), NAME_UNITS) for name in ("title_ru", "title_en"))
    return [told.say("A new topic: {titles}", titles=titles), *counts]


def _topic_merged(change: Change, told: _Told) -> list[str]:
    into = told.topic((change.after or {}).get("merged_into"))
    return [told.say("The topic “{topic}” was merged into “{into}”", topic=told.topic(change.subject), into=into)]


def _topic_moved(change: Change, told: _Told) -> list[str]:
    before, after = ((held or {}).get("place") for held in (change.before, change.after))
    topic = told.say("The topic “{topic}”", topic=told.topic(change.subject))
    return [topic, told.say("Place: {before} → {after}", before=told.plain(before), after=told.plain(after))]


def _topic_changed(change: Change, told: _Told) -> list[str]:
    before, after, say = change.before or {}, change.after or {}, told.say
    lines = [say("The topic “{topic}”", topic=told.topic(change.subject))]
    for field, title in (("title_ru", say("Russian title")), ("title_en", say("English title"))):
        if before.get(field) != after.get(field):
            lines.append(f"{title}: {told.plain(before.get(field))} → {told.plain(after.get(field))}")
    for field, title in (("about", say("Description")), ("names", say("Keywords"))):
        lines += _difference(title, _entries(before.get(field)), _entries(after.get(field)))
    if before.get("enabled") != after.get("enabled"):
        states = [say("is on") if held.get("enabled") else say("is off") for held in (before, after)]
        lines.append(" → ".join(states))
    return lines


def _entries(value: object) -> list[str]:
    found = value if isinstance(value, list) else str(value or "").splitlines()
    return [line for line in (clean(str(entry)) for entry in found) if line]


def _difference(title: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What went out of a list and what came into it."""
    gone = [entry for entry in before if entry not in after]
    come = [entry for entry in after if entry not in before]
    signs = [f"{sign} {cut(', '.join(some), LIST_UNITS)}" for sign, some in (("−", gone), ("+", come)) if some]
    return [f"{title}:", *signs] if signs else []


# --- filters ---------------------------------------------------------------------------------------------------------


def _filter_added(change: Change, told: _Told) -> list[str]:
    return [
        told.say("A new filter № {n}", n=cut(clean(change.subject), NAME_UNITS)),
        *_filter(change.after or {}, told),
    ]


def _filter_deleted(change: Change, told: _Told) -> list[str]:
    return [
        told.say("Filter № {n} was deleted", n=cut(clean(change.subject), NAME_UNITS)),
        *_filter(change.before or {}, told),
    ]


def _filter(logged: Mapping[str, Any], told: _Told) -> list[str]:
    """What a filter does, with all that was set of it."""
    say = told.say
    try:
        given = filters.from_json(logged)
    except UsageError:
        return []
    pattern = admin_filters.pattern(given, told.names, say, limit=VALUE_UNITS).as_kwargs()["text"]
    lines = [f"{admin_filters.action(given, say)} · {admin_filters.kind(given.kind, say)}: {pattern}"]
    if given.scope.topics or given.scope.channels:
        lines.append(cut(admin_filters.scope(given.scope, told.names, say), VALUE_UNITS))
    if logged.get("expires_at"):
        lines.append(say("until {moment}", moment=told.moment(logged["expires_at"])))
    if logged.get("note"):
        lines.append(say("Note: {note}", note=told.plain(logged["note"])))
    return lines


def _filter_changed(change: Change, told: _Told) -> list[str]:
    before, after, say = change.before or {}, change.after or {}, told.say
    lines = [say("Filter № {n}", n=cut(clean(change.subject), NAME_UNITS)), *_looks_for(before, after, told)]
    if "enabled" in after:
        states = [say("on") if held.get("enabled") else say("off") for held in (before, after)]
        lines.append(" → ".join(states))
    if "expires_at" in after:
        terms = [
            say("until {moment}", moment=told.moment(held["expires_at"])) if held.get("expires_at") else say("for ever")
            for held in (before, after)
        ]
        lines.append(f"{say('How long')}: {' → '.join(terms)}")
    if "note" in after:
        lines.append(f"{say('Note')}: {told.plain(before.get('note'))} → {told.plain(after['note'])}")
    return lines


def _looks_for(before: Mapping[str, Any], after: Mapping[str, Any], told: _Told) -> list[str]:
    """Another pattern, and another threshold, where the log has all of the filter."""
    say = told.say
    try:
        former, present = filters.from_json(before), filters.from_json(after)
    except UsageError:
        return []
    lines = []
    if former.pattern != present.pattern:
        patterns = [
            admin_filters.pattern(one, told.names, say, limit=VALUE_UNITS).as_kwargs()["text"]
            for one in (former, present)
        ]
        lines.append(f"{admin_filters.kind(present.kind, say)}: {' → '.join(patterns)}")
    if former.threshold != present.threshold:
        both = ["—" if one.threshold is None else thresholds.written(one.threshold, say) for one in (former, present)]
        lines.append(say("Threshold: {value}", value=" → ".join(both)))
    return lines


# --- channels --------------------------------------------------------------------------------------------------------


def _channel_added(change: Change, told: _Told) -> list[str]:
    since = (change.after or {}).get("history since")
    history = [told.say("Its posts are read since: {moment}", moment=told.moment(since))] if since else []
    return [told.say("A new channel: {name}", name=told.channel(change.subject)), *history]


def _channel_weighed(change: Change, told: _Told) -> list[str]:
    before, after = (told.plain((held or {}).get("weight")) for held in (change.before, change.after))
    weight = told.say("Weight: {before} → {after}", before=before, after=after)
    return [told.say("The channel “{name}”", name=told.channel(change.subject)), weight]


def _channel_followed(change: Change, told: _Told) -> list[str]:
    states = [_state((held or {}).get("state"), told) for held in (change.before, change.after)]
    return [told.say("The channel “{name}”", name=told.channel(change.subject)), " → ".join(states)]


def _channel_removed(change: Change, told: _Told) -> list[str]:
    return [told.say("The channel “{name}” was removed", name=told.channel(change.subject))]


def _state(value: object, told: _Told) -> str:
    known = next((state for state in FollowState if state.value == value), None)
    return told.plain(value) if known is None else admin_channels.state(known, told.say)


#: How each kind of change is told.
_TELLS: Mapping[str, Callable[[Change, _Told], list[str]]] = {
    "grant": _granted,
    "revoke": _revoked,
    "broadcast": _broadcast,
    "stop broadcast": _stopped,
    "add topic": _topic_added,
    "merge topic": _topic_merged,
    "move topic": _topic_moved,
    "change topic": _topic_changed,
    "add filter": _filter_added,
    "delete filter": _filter_deleted,
    "change filter": _filter_changed,
    "add channel": _channel_added,
    "weigh channel": _channel_weighed,
    "pause channel": _channel_followed,
    "resume channel": _channel_followed,
    "remove channel": _channel_removed,
}
