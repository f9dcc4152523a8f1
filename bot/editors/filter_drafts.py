"""A filter that an admin is writing, or changing: what is asked in which order, and what comes of each answer.

Pure. A draft of `bot.editors.editing` holds what was said so far, a Step says what is asked; what makes no sense leads nowhere.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.editors.drafts import Draft
from core.filters import Filter, FilterAction, FilterKind, Scope
from core.store.filters import MOST_NOTE, MOST_PATTERN, MOST_SCOPE, from_json, to_json

#: Drafts of filters, and of notes of those that there are.
OF, NOTE_OF = "f", "n"


class Step(enum.StrEnum):
    """What is asked."""

    ACTION = "action"
    KIND = "kind"
    PATTERN = "pattern"
    SCOPE = "scope"
    TOPICS = "topics"
    CHANNELS = "channels"
    PREVIEW = "preview"
    NOTE = "note"
    EXPIRY = "expiry"
    SAVE = "save"


class Fault(enum.Enum):
    """What is wrong with words."""

    EMPTY = enum.auto()
    LONG = enum.auto()
    LANGUAGE = enum.auto()
    LONG_NOTE = enum.auto()
    NO_POST = enum.auto()


#: What a filter may do, by the word on its button.
ACTIONS: Mapping[str, tuple[FilterAction, float]] = {
    "drop": (FilterAction.DROP, 0.0),
    "+0.1": (FilterAction.BOOST, 0.1),
    "+0.3": (FilterAction.BOOST, 0.3),
    "-0.1": (FilterAction.BOOST, -0.1),
    "-0.3": (FilterAction.BOOST, -0.3),
    "pin": (FilterAction.PIN, 0.0),
}
#: For how many days a filter holds; 0: for ever.
DAYS = (0, 1, 7, 30)
#: Kinds whose patterns are typed; that of a language may be.
TYPED = frozenset({FilterKind.KEYWORD, FilterKind.REGEX, FilterKind.MEANING, FilterKind.LANGUAGE})
#: What an advertisement's verdict may be, and the languages that have a button.
VERDICTS, BUTTON_LANGUAGES = ("ad", "grey"), ("ru", "en")

_BEFORE = {
    Step.KIND: Step.ACTION,
    Step.PATTERN: Step.KIND,
    Step.SCOPE: Step.PATTERN,
    Step.TOPICS: Step.SCOPE,
    Step.CHANNELS: Step.SCOPE,
    Step.PREVIEW: Step.SCOPE,
    Step.NOTE: Step.PREVIEW,
    Step.EXPIRY: Step.NOTE,
    Step.SAVE: Step.EXPIRY,
}
#: Of a filter that there is, its pattern alone can be changed, and of likeness the threshold.
_CHANGING = frozenset({Step.PATTERN, Step.PREVIEW, Step.SAVE})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_MOST_PAGE = 10_000


def new() -> Draft:
    """A filter of which nothing was said yet."""
    return Draft(of=OF, step=Step.ACTION)


def changing(found: Filter, *, page: int) -> Draft:
    """A filter that there is: its pattern is asked for, or, of likeness, what it meets is shown. `page`: where its own lies."""
    step = Step.PREVIEW if found.kind is FilterKind.MEANING else Step.PATTERN
    values = {"kind": found.kind.value, "pattern": found.pattern, "threshold": found.threshold, "scope": "kept"}
    return Draft(of=OF, step=step, values={**values, "was": to_json(found), "from": page})


def changed(draft: Draft) -> Filter | None:
    """The filter that is being changed, as it was when that began; None where a new one is made."""
    return from_json(draft.values["was"]) if "was" in draft.values else None


def kind(draft: Draft) -> FilterKind:
    """What the filter looks at."""
    return FilterKind(draft.values["kind"])


def page(draft: Draft) -> int:
    """The page of a list that is chosen from."""
    return int(draft.values.get("page", 0))


def takes_words(draft: Draft) -> bool:
    """Whether what is typed next is an answer."""
    return draft.step == Step.NOTE or (draft.step == Step.PATTERN and kind(draft) in TYPED)


def made(draft: Draft, *, by: int, now: datetime) -> Filter:
    """The filter as far as it was said, once its pattern was."""
    values = draft.values
    was = changed(draft)
    if was is not None:
        return replace(was, pattern=values["pattern"], threshold=values.get("threshold"))
    action, weight = ACTIONS[values["action"]]
    days = values.get("days", 0)
    return Filter(
        id=0,
        action=action,
        kind=kind(draft),
        pattern=values["pattern"],
        scope=Scope(topics=tuple(values.get("topics", ())), channels=tuple(values.get("channels", ()))),
        weight=weight,
        threshold=values.get("threshold"),
        note=values.get("note", ""),
        expires_at=now + timedelta(days=days) if days else None,
        made_by=by,
    )


# --- buttons ---------------------------------------------------------------------------------------------------------


def chosen(draft: Draft, do: str, value: str) -> Draft | None:
    """The draft after a press; None of one that leads nowhere."""
    following = _chosen(draft, do, value)
    is_beyond = following is not None and "was" in draft.values and following.step not in _CHANGING
    return None if is_beyond else following


def _chosen(draft: Draft, do: str, value: str) -> Draft | None:
    step = Step(draft.step)
    if do == "back":
        return draft.at(_BEFORE[step], page=0) if step in _BEFORE else None
    if do == "page":
        pages = step in {Step.PATTERN, Step.TOPICS, Step.CHANNELS} and _NUMBER.fullmatch(value)
        return draft.at(step, page=min(int(value), _MOST_PAGE)) if pages else None
    follow = _FOLLOWING.get((step, do))
    return None if follow is None else follow(draft, value)


def _acted(draft: Draft, value: str) -> Draft | None:
    return draft.at(Step.KIND, action=value) if value in ACTIONS else None


def _looking_at(draft: Draft, value: str) -> Draft | None:
    """Another kind of filter is begun anew."""
    if value not in set(FilterKind):
        return None
    fresh: dict[str, Any] = {"scope": "", "topics": [], "channels": [], "threshold": None}
    return draft.at(Step.PATTERN, kind=value, pattern="", page=0, **fresh)


def _picked(draft: Draft, value: str) -> Draft | None:
    return with_pattern(draft, value) if _is_pattern(kind(draft), value) else None


def _lasting(draft: Draft, value: str) -> Draft | None:
    return draft.at(Step.SAVE, days=int(value)) if value in map(str, DAYS) else None


def with_pattern(draft: Draft, pattern: str) -> Draft:
    """The draft with its pattern; where it holds is asked next, unless that was said before."""
    following = Step.PREVIEW if draft.values.get("scope") else Step.SCOPE
    return draft.at(following, pattern=pattern, threshold=None, page=0)


def _is_pattern(of: FilterKind, value: str) -> bool:
    """Whether a button may stand for a pattern of this kind."""
    match of:
        case FilterKind.CHANNEL:
            return _NUMBER.fullmatch(value) is not None
        case FilterKind.TOPIC:
            return bool(value)
        case FilterKind.AD:
            return value in VERDICTS
        case FilterKind.LANGUAGE:
            return value in BUTTON_LANGUAGES
        case _:
            return False


def _scoped(draft: Draft, scope: str) -> Draft | None:
    match scope:
        case "all":
            return draft.at(Step.PREVIEW, scope=scope, topics=[], channels=[])
        case "topics":
            return draft.at(Step.TOPICS, scope=scope, channels=[], page=0)
        case "channels":
            return draft.at(Step.CHANNELS, scope=scope, topics=[], page=0)
        case _:
            return None


def _toggled(draft: Draft, value: str) -> Draft | None:
    """The draft with a topic or a channel more, or less, in its scope."""
    step = Step(draft.step)
    entry: Any = value
    if step is Step.CHANNELS:
        if not _NUMBER.fullmatch(value):
            return None
        entry = int(value)
    held = list(draft.values.get(step, ()))
    if entry in held:
        held.remove(entry)
    elif len(held) < MOST_SCOPE:
        held.append(entry)
    changed: dict[str, Any] = {step.value: held}
    return draft.at(step, **changed)


def _done(draft: Draft, _value: str) -> Draft | None:
    """Something must have been chosen."""
    return draft.at(Step.PREVIEW) if draft.values.get(draft.step) else None


#: What a press leads to, by the step and what the button says.
_FOLLOWING: Mapping[tuple[Step, str], Callable[[Draft, str], Draft | None]] = {
    (Step.ACTION, "act"): _acted,
    (Step.KIND, "kind"): _looking_at,
    (Step.PATTERN, "pick"): _picked,
    (Step.SCOPE, "scope"): _scoped,
    (Step.TOPICS, "toggle"): _toggled,
    (Step.CHANNELS, "toggle"): _toggled,
    (Step.TOPICS, "done"): _done,
    (Step.CHANNELS, "done"): _done,
    (Step.PREVIEW, "go"): lambda draft, _: draft.at(Step.NOTE),
    (Step.PREVIEW, "change"): lambda draft, _: draft.at(Step.PATTERN, page=0),
    (Step.NOTE, "skip"): lambda draft, _: draft.at(Step.EXPIRY, note=""),
    (Step.EXPIRY, "days"): _lasting,
}


# --- words -----------------------------------------------------------------------------------------------------------


def said(draft: Draft, text: str) -> Draft | Fault:
    """The draft after words, or what is wrong with them."""
    text = text.replace("\x00", "").strip()
    if draft.step == Step.NOTE:
        return Fault.LONG_NOTE if len(text) > MOST_NOTE else draft.at(Step.EXPIRY, note=text)
    if not text:
        return Fault.EMPTY
    if len(text) > MOST_PATTERN:
        return Fault.LONG
    if kind(draft) is FilterKind.LANGUAGE:
        return with_pattern(draft, text.lower()) if _LANGUAGE.fullmatch(text) else Fault.LANGUAGE
    return with_pattern(draft, text)
