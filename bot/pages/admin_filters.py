"""Filters as admins see them: the list, one filter with all of it, and the words that a filter is told in.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Code, Text, TextLink

from bot.editors.drafts import Draft
from bot.editors.filter_drafts import DAYS, NOTE_OF
from bot.pages import thresholds
from bot.pages.admin_presses import DraftPress, FilterPress, cancel, decimal, fitting
from bot.pages.presses import button, in_rows, turns
from bot.screens import Screen
from bot.spans import clean, cut, safe_url
from bot.speech import Say
from bot.texts import words
from core.filters import Filter, FilterAction, FilterKind, Scope

#: UTF-16 units of a pattern in the list and on its page, of a note, of a name, and of a post's title.
LISTED_UNITS, PATTERN_UNITS, NOTE_UNITS, NAME_UNITS, TITLE_UNITS = 60, 700, 500, 40, 90
#: Topics or channels of a scope that are named.
MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A post that is named: its first line, its channel, and its address where one can open."""

    title: str
    channel: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How what filters speak of is called: topics by slug, channels and admins by number, posts by id."""

    topics: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    admins: Mapping[int, str] = field(default_factory=dict)
    posts: Mapping[int, Linked] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The newest posts that a filter has met; `is_counting`: it has met more than is known yet."""

    posts: Sequence[Linked]
    is_counting: bool


# --- in words --------------------------------------------------------------------------------------------------------


def action(given: Filter, say: Say) -> str:
    """What a filter does."""
    match given.action:
        case FilterAction.DROP:
            return "🚫 " + say("Drop")
        case FilterAction.PIN:
            return "📌 " + say("Pin")
        case FilterAction.BOOST if given.weight < 0:
            return "⬇️ " + say("Lower by {weight}", weight=decimal(-given.weight, say))
        case FilterAction.BOOST:
            return "⬆️ " + say("Raise by {weight}", weight=decimal(given.weight, say))


def kind(of: FilterKind, say: Say) -> str:
    """What a filter looks at."""
    return {
        FilterKind.KEYWORD: say("Keywords"),
        FilterKind.REGEX: say("Regular expression"),
        FilterKind.CHANNEL: say("Channel"),
        FilterKind.TOPIC: say("Topic"),
        FilterKind.LANGUAGE: say("Language"),
        FilterKind.AD: say("Advertisement"),
        FilterKind.MEANING: say("Like this"),
    }[of]


def pattern(given: Filter, names: Names, say: Say, *, limit: int) -> Text:
    """What it looks for."""
    match given.kind:
        case FilterKind.CHANNEL:
            return Text(_name(names.channels.get(channel_of(given)), say))
        case FilterKind.TOPIC:
            return Text(_name(names.topics.get(given.pattern), say))
        case FilterKind.AD:
            return Text(verdict(given.pattern, say))
        case FilterKind.MEANING if (post := post_of(given.pattern)) is not None:
            return _post(names.posts.get(post), post, say, limit=limit)
        case FilterKind.REGEX:
            return Code(cut(clean(given.pattern), limit))
        case _:
            return Text(cut(clean(given.pattern), limit))


def verdict(ad: str, say: Say) -> str:
    """An advertisement's verdict."""
    return say("certain") if ad == "ad" else say("doubtful")


def channel_of(given: Filter) -> int:
    """The channel that a filter of channels names, by its row; 0 where it names none."""
    return int(given.pattern) if given.kind is FilterKind.CHANNEL and given.pattern.isdecimal() else 0


def post_of(typed: str) -> int | None:
    """The post that a filter of meaning names, if it names one."""
    number = typed.removeprefix("post:")
    return int(number) if number != typed and number.isdecimal() and len(number) <= 18 else None


def _post(found: Linked | None, number: int, say: Say, *, limit: int) -> Text:
    if found is None:
        return Text(say("post {n}", n=number))
    url = safe_url(found.url)
    title = cut(clean(found.title), limit) or say("post {n}", n=number)
    return TextLink(title, url=url) if url else Text(title)


def _name(found: str | None, say: Say) -> str:
    return cut(clean(found or ""), NAME_UNITS) or say("something that is gone")


def scope(of: Scope, names: Names, say: Say) -> str:
    """Where it holds."""
    parts = []
    if of.topics:
        parts.append(say("only in topics: {names}", names=_named([names.topics.get(slug) for slug in of.topics], say)))
    if of.channels:
        known = [names.channels.get(number) for number in of.channels]
        parts.append(say("only in channels: {names}", names=_named(known, say)))
    return "; ".join(parts) or say("everywhere")


def _named(found: Sequence[str | None], say: Say) -> str:
    more = len(found) - MOST_NAMED
    return ", ".join(_name(one, say) for one in found[:MOST_NAMED]) + (f" +{more}" if more > 0 else "")


def described(given: Filter, names: Names, say: Say) -> list[object]:
    """What a filter does, what it looks for, and where."""
    lines: list[object] = [Bold(action(given, say)), "\n", kind(given.kind, say), ": "]
    lines.append(pattern(given, names, say, limit=PATTERN_UNITS))
    if given.kind is FilterKind.MEANING and given.threshold is not None:
        lines += ["\n", say("Threshold: {value}", value=thresholds.written(given.threshold, say))]
    return [*lines, "\n", say("Holds: {scope}", scope=scope(given.scope, names, say))]


def until(at: datetime | None, say: Say, *, tz: str, now: datetime) -> str:
    """How long it holds."""
    return say("for ever") if at is None else say("until {moment}", moment=moment(at, say, tz=tz, now=now))


def moment(at: datetime, say: Say, *, tz: str, now: datetime) -> str:
    """A moment by somebody's clock."""
    zone = ZoneInfo(tz)
    day = at.astimezone(zone)
    shown = words(say.lang).day(day.date(), year=day.year != now.astimezone(zone).year)
    return f"{shown}, {day:%H:%M}"


# --- the list --------------------------------------------------------------------------------------------------------


def filters_page(
    filters: Sequence[Filter],
    page: int,
    names: Names,
    say: Say,
    *,
    is_counting: bool,
    tz: str,
    now: datetime,
    lead: str = "",
) -> Screen:
    """All filters, the newest first. `is_counting`: they have met more than is known yet."""
    shown, page, last = fitting(sorted(filters, key=lambda one: -one.id), page)
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines.append(Bold(say("Filters")))
    if not filters:
        lines += ["\n", say("There are none: posts come as they are."), "\n\n"]
        lines.append(
            say(
                "A filter drops posts, or moves their stories: by words, channel, topic, language, meaning, or what advertises."
            )
        )
    for one in shown:
        lines += ["\n\n", *_listed(one, names, say, is_counting=is_counting, tz=tz, now=now)]
    if last:
        lines += ["\n\n", say("Page {n} of {all}", n=page + 1, all=last + 1)]
    opens = [button(f"№ {one.id}", FilterPress(do="open", number=one.id, page=page)) for one in shown]
    return Screen(
        text=Text(*lines),
        buttons=[
            *in_rows(opens, 4),
            turns(page, last, lambda number: FilterPress(do="list", number=0, page=number)),
            [button("➕ " + say("Add a filter"), FilterPress(do="add", number=0, page=page))],
        ],
    )


def _listed(one: Filter, names: Names, say: Say, *, is_counting: bool, tz: str, now: datetime) -> list[object]:
    facts = _count(one, say, is_counting=is_counting) if is_at_work(one, now=now) else []
    if one.scope != Scope():
        facts.append(cut(scope(one.scope, names, say), 2 * LISTED_UNITS))
    if one.expires_at is not None and one.enabled:
        facts.append(_expiry(one.expires_at, say, tz=tz, now=now))
    if not one.enabled:
        facts.append(say("off"))
    heading = f"№ {one.id} · {action(one, say)} · {kind(one.kind, say)}: "
    return [heading, pattern(one, names, say, limit=LISTED_UNITS), "\n", " · ".join(facts)]


def is_at_work(one: Filter, *, now: datetime) -> bool:
    """Whether a filter does something now."""
    return one.enabled and (one.expires_at is None or one.expires_at > now)


def _count(one: Filter, say: Say, *, is_counting: bool) -> list[str]:
    known = [say.many("{n} hit", "{n} hits", one.hits)] if one.hits or not is_counting else []
    return [*known, *([say("still counting")] if is_counting else [])]


def _expiry(at: datetime, say: Say, *, tz: str, now: datetime) -> str:
    return say("over") if at <= now else until(at, say, tz=tz, now=now)


# --- one filter ------------------------------------------------------------------------------------------------------


def filter_page(
    one: Filter,
    page: int,
    names: Names,
    say: Say,
    *,
    met: Met,
    tz: str,
    now: datetime,
    lead: str = "",
) -> Screen:
    """A filter with all of it; of one that does nothing now, what it has met is of no account."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines += [f"№ {one.id} · ", *described(one, names, say), "\n", _state(one, say, tz=tz, now=now)]
    if one.note:
        lines += ["\n", say("Note: {note}", note=cut(clean(one.note), NOTE_UNITS))]
    lines += ["\n", say("Made by: {name}", name=_name(names.admins.get(one.made_by) or str(one.made_by), say))]
    if is_at_work(one, now=now):
        lines += ["\n\n", *_met(one, met, say)]
    return Screen(text=Text(*lines), buttons=_buttons(one, page, say))


def _met(one: Filter, met: Met, say: Say) -> list[object]:
    lines: list[object] = []
    if one.hits or not met.is_counting:
        lines.append(Bold(say.many("It has met {n} post", "It has met {n} posts", one.hits)))
    if met.is_counting:
        lines += ["\n"] if lines else []
        lines.append("⏳ " + say("The posts that it meets are still being counted…"))
    for post in met.posts:
        url = safe_url(post.url)
        title = cut(clean(post.title), TITLE_UNITS) or "…"
        shown = TextLink(title, url=url) if url else Text(title)
        lines += ["\n• ", shown, f" · {cut(clean(post.channel), NAME_UNITS)}"]
    return lines


def _state(one: Filter, say: Say, *, tz: str, now: datetime) -> str:
    if not one.enabled:
        return "⏸ " + say("Off")
    if one.expires_at is not None and one.expires_at <= now:
        return "⌛ " + say("Over since {moment}", moment=moment(one.expires_at, say, tz=tz, now=now))
    return "▶️ " + say("On, {until}", until=until(one.expires_at, say, tz=tz, now=now))


def _buttons(one: Filter, page: int, say: Say) -> list[list[InlineKeyboardButton]]:
    def press(text: str, do: str) -> InlineKeyboardButton:
        return button(text, FilterPress(do=do, number=one.id, page=page))

    return [
        [
            press("⏸ " + say("Switch off"), "off") if one.enabled else press("▶️ " + say("Switch on"), "on"),
            press("🔧 " + say("Change"), "change"),
        ],
        [press("✏️ " + say("Note"), "note"), press("⌛ " + say("How long"), "until")],
        [press("🗑 " + say("Delete"), "delete")],
        [press("‹ " + say("All filters"), "list")],
    ]


def how_long(one: Filter, page: int, say: Say, *, tz: str, now: datetime) -> Screen:
    """For how long a filter is to hold from now on."""
    choices = [button(lasting(days, say), FilterPress(do=f"for{days}", number=one.id, page=page)) for days in DAYS]
    text = say("How long is it to hold? Now: {until}.", until=until(one.expires_at, say, tz=tz, now=now))
    back = button("‹ " + say("Back"), FilterPress(do="open", number=one.id, page=page))
    return Screen(text=Text(text), buttons=[*in_rows(choices, 2), [back]])


def lasting(days: int, say: Say) -> str:
    """So long, from now on."""
    return {0: say("For ever"), 1: say("A day"), 7: say("A week"), 30: say("A month")}[days]


def confirm_delete(one: Filter, page: int, names: Names, say: Say) -> Screen:
    """Whether a filter is really to go."""
    lines = [
        Bold(say("Delete filter № {n}?", n=one.id)),
        "\n\n",
        *described(one, names, say),
        "\n\n",
        say("What it dropped comes back, what it raised or pinned goes back to its place."),
    ]
    return Screen(
        text=Text(*lines),
        buttons=[
            [
                button("🗑 " + say("Yes, delete"), FilterPress(do="deleted", number=one.id, page=page)),
                button(say("No, keep it"), FilterPress(do="open", number=one.id, page=page)),
            ]
        ],
    )


def note_asked(one: Filter, draft: Draft, say: Say, *, lead: str = "") -> Screen:
    """The question for another note."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines.append(say("Send the note of filter № {n}: why it is there.", n=one.id))
    if one.note:
        lines += ["\n", say("Now:"), " ", Code(cut(clean(one.note), NOTE_UNITS))]
    none = [button(say("No note"), DraftPress(of=NOTE_OF, do="none", value="", draft=draft.id))] if one.note else []
    return Screen(text=Text(*lines), buttons=[none, [cancel(say, NOTE_OF, draft.id)]])
