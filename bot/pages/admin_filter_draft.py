"""The dialogue that makes a filter, or changes one: what is asked at each step, and what the filter would do.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Code, Text

from bot.editors import filter_drafts
from bot.editors.drafts import Draft
from bot.editors.filter_drafts import ACTIONS, BUTTON_LANGUAGES, DAYS, OF, TYPED, VERDICTS, Fault, Step
from bot.pages import admin_filters, admin_previews
from bot.pages.admin_filters import Names
from bot.pages.admin_presses import DraftPress, cancel, fitting
from bot.pages.presses import button, in_rows, turns
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.filters import Filter, FilterKind, Request
from core.store.filters import MOST_NOTE, MOST_PATTERN

#: UTF-16 units of a name on a button.
NAME_UNITS = 40


def step_screen(draft: Draft, names: Names, say: Say, *, now: datetime, tz: str, lead: str = "") -> Screen:
    """What is asked at the draft's step; previews are `preview`'s. `lead` says what is wrong with the last answer."""
    match Step(draft.step):
        case Step.ACTION:
            text, rows = _action_asked(say), _actions(draft, say)
        case Step.KIND:
            text, rows = say("What is the filter to look at?"), _kinds(draft, say)
        case Step.PATTERN:
            text, rows = _pattern_asked(draft, say), _patterns(draft, names, say)
        case Step.SCOPE:
            text, rows = say("Where is it to hold?"), _scopes(draft, say)
        case Step.TOPICS:
            text, rows = say("In which topics is it to hold?"), _toggles(draft, list(names.topics.items()), say)
        case Step.CHANNELS:
            entries = [(str(number), name) for number, name in names.channels.items()]
            text, rows = say("In which channels is it to hold?"), _toggles(draft, entries, say)
        case Step.NOTE:
            text, rows = say("Send a note: why the filter is there."), [[_press(draft, say("Skip"), "skip")]]
        case Step.EXPIRY:
            text = say("How long is it to hold?")
            rows = in_rows([_press(draft, admin_filters.lasting(days, say), "days", str(days)) for days in DAYS], 2)
        case _:
            return _whole(draft, names, say, now=now, tz=tz, lead=lead)
    return Screen(
        text=Text(*([lead, "\n\n"] if lead else []), text, *_as_it_is(draft, say)),
        buttons=[*rows, _ways_out(draft, say)],
    )


def _as_it_is(draft: Draft, say: Say) -> list[object]:
    """What a filter that is being changed looks for, where that was typed and may be taken up again."""
    was = filter_drafts.changed(draft) if draft.step == Step.PATTERN else None
    if was is None or was.kind not in TYPED or admin_filters.post_of(was.pattern) is not None:
        return []
    return ["\n\n", say("Now:"), " ", Code(cut(clean(was.pattern), admin_filters.PATTERN_UNITS))]


def _ways_out(draft: Draft, say: Say) -> list[InlineKeyboardButton]:
    has_before = draft.step != Step.ACTION and filter_drafts.changed(draft) is None
    back = [_press(draft, "‹ " + say("Back"), "back")] if has_before else []
    return [*back, cancel(say, OF, draft.id)]


def _press(draft: Draft, text: str, do: str, value: str = "") -> InlineKeyboardButton:
    return button(text, DraftPress(of=OF, do=do, value=value, draft=draft.id))


def _action_asked(say: Say) -> str:
    question = say("What is to happen to posts that the filter meets?")
    scale = say(
        "Their stories rise or sink among the others: by 0.1 a little, by 0.3 as if two more channels told them."
    )
    return f"{question}\n\n{scale}"


def _actions(draft: Draft, say: Say) -> list[list[InlineKeyboardButton]]:
    shown = {
        name: Filter(id=0, action=does, kind=FilterKind.KEYWORD, pattern="", weight=weight)
        for name, (does, weight) in ACTIONS.items()
    }
    presses = {name: _press(draft, admin_filters.action(one, say), "act", name) for name, one in shown.items()}
    return [
        [presses["drop"], presses["pin"]],
        [presses["+0.1"], presses["+0.3"]],
        [presses["-0.1"], presses["-0.3"]],
    ]


def _kinds(draft: Draft, say: Say) -> list[list[InlineKeyboardButton]]:
    return in_rows([_press(draft, admin_filters.kind(kind, say), "kind", kind.value) for kind in FilterKind], 2)


# --- what it looks for -----------------------------------------------------------------------------------------------


def _pattern_asked(draft: Draft, say: Say) -> str:
    return {
        FilterKind.KEYWORD: say(
            "Send the words: alternatives with commas between, in any form and case. Words that belong together stand in"
            " quotation marks. Example: hiring, “open position”"
        ),
        FilterKind.REGEX: say("Send the regular expression. Case does not matter unless it says so: (?-i)."),
        FilterKind.MEANING: say(
            "Send a phrase, a link to a post (t.me/name/123), or forward a post to me: posts that mean something like it"
            " are met."
        ),
        FilterKind.LANGUAGE: say("Choose a language, or send its code of two or three letters."),
        FilterKind.AD: say("Which posts: those that certainly are advertisements, or those that may be?"),
        FilterKind.TOPIC: say("Which topic?"),
        FilterKind.CHANNEL: say("Which channel? Posts that others forward from it are met as well."),
    }[filter_drafts.kind(draft)]


def _patterns(draft: Draft, names: Names, say: Say) -> list[list[InlineKeyboardButton]]:
    def pick(text: str, value: str) -> InlineKeyboardButton:
        return _press(draft, text, "pick", value)

    match filter_drafts.kind(draft):
        case FilterKind.LANGUAGE:
            return [[pick(code, code) for code in BUTTON_LANGUAGES]]
        case FilterKind.AD:
            return [[pick(admin_filters.verdict(verdict, say), verdict) for verdict in VERDICTS]]
        case FilterKind.TOPIC:
            return _listed(draft, list(names.topics.items()), lambda value, name: pick(name, value))
        case FilterKind.CHANNEL:
            entries = [(str(number), name) for number, name in names.channels.items()]
            return _listed(draft, entries, lambda value, name: pick(name, value))
        case _:
            return []


def _listed(
    draft: Draft, entries: Sequence[tuple[str, str]], press: Callable[[str, str], InlineKeyboardButton]
) -> list[list[InlineKeyboardButton]]:
    """A page of things to choose from."""
    shown, page, last = fitting(entries, filter_drafts.page(draft))
    rows = [[press(value, cut(clean(name), NAME_UNITS) or value)] for value, name in shown]

    def turn(number: int) -> DraftPress:
        return DraftPress(of=OF, do="page", value=str(number), draft=draft.id)

    return [*rows, turns(page, last, turn)]


def fault(found: Fault, say: Say) -> str:
    """What is wrong with what was typed."""
    match found:
        case Fault.EMPTY:
            return say("There is nothing in it to look for.")
        case Fault.LONG:
            return say("It is too long: at most {most} characters will do.", most=MOST_PATTERN)
        case Fault.LANGUAGE:
            return say("A language is named by two or three Latin letters, such as ru or en.")
        case Fault.LONG_NOTE:
            return say("A note has at most {most} characters.", most=MOST_NOTE)
        case Fault.NO_POST:
            return say("This post is not in the archive. Forward it to me, or send a phrase.")


# --- where it holds --------------------------------------------------------------------------------------------------


def _scopes(draft: Draft, say: Say) -> list[list[InlineKeyboardButton]]:
    kind = filter_drafts.kind(draft)
    topics = [_press(draft, say("Only in some topics"), "scope", "topics")]
    channels = [_press(draft, say("Only in some channels"), "scope", "channels")]
    return [
        [_press(draft, say("Everywhere"), "scope", "all")],
        topics if kind is not FilterKind.TOPIC else [],
        channels if kind is not FilterKind.CHANNEL else [],
    ]


def _toggles(draft: Draft, entries: Sequence[tuple[str, str]], say: Say) -> list[list[InlineKeyboardButton]]:
    chosen = set(map(str, draft.values.get(draft.step, ())))

    def toggle(value: str, name: str) -> InlineKeyboardButton:
        return _press(draft, f"{'✅' if value in chosen else '▫️'} {name}", "toggle", value)

    done = [_press(draft, say("Done: {n}", n=len(chosen)), "done")] if chosen else []
    return [*_listed(draft, entries, toggle), done]


# --- what it would do, and all of it ---------------------------------------------------------------------------------


def preview(
    draft: Draft, given: Filter, names: Names, request: Request | None, say: Say, *, may_go_on: bool = True
) -> Screen:
    """A filter with what it would do to the last week. `may_go_on`: as it is, it makes sense."""
    lines: list[object] = [*admin_filters.described(given, names, say), "\n\n"]
    told = admin_previews.waiting(request, say)
    if told is not None:
        lines.append(told)
    elif request is not None and request.answer is not None:
        lines += admin_previews.meets(request.answer, given, say)
    strictness = [_press(draft, "➖ " + say("Stricter"), "stricter"), _press(draft, "➕ " + say("Looser"), "looser")]
    has_threshold = told is None and given.kind is FilterKind.MEANING
    onward = say("Go on") if filter_drafts.changed(draft) is None else say("Save")
    onwards = [_press(draft, f"✅ {onward}", "go")] if may_go_on else []
    return Screen(
        text=Text(*lines),
        buttons=[
            strictness if has_threshold else [],
            [*onwards, _press(draft, say("Change"), "change")],
            [_press(draft, "🔄 " + say("Look again"), "again")] if told is not None else [],
            _ways_out(draft, say),
        ],
    )


def refusal(reason: str) -> str:
    """What the summarizer says is wrong with a pattern, as it may be shown."""
    return "⚠️ " + cut(clean(reason), 600)


def refused(draft: Draft, request: Request, names: Names, say: Say, *, now: datetime, tz: str) -> Screen:
    """A pattern that the summarizer has found fault with, asked for again."""
    asked = step_screen(draft, names, say, now=now, tz=tz, lead=refusal(request.reason or "—"))
    again = [_press(draft, "🔄 " + say("Look again"), "again")]
    return Screen(text=asked.text, buttons=[*asked.buttons[:-1], again, *asked.buttons[-1:]])


def _whole(draft: Draft, names: Names, say: Say, *, now: datetime, tz: str, lead: str) -> Screen:
    given = filter_drafts.made(draft, by=0, now=now)
    lines: list[object] = [lead, "\n\n"] if lead else []
    was = filter_drafts.changed(draft)
    if was is not None:
        lines += [*admin_filters.described(was, names, say), "\n\n", Bold(say("Yours:")), "\n"]
    lines += admin_filters.described(given, names, say)
    if was is None:
        lines += ["\n", say("On, {until}", until=admin_filters.until(given.expires_at, say, tz=tz, now=now))]
    if given.note:
        lines += ["\n", say("Note: {note}", note=cut(clean(given.note), admin_filters.NOTE_UNITS))]
    return Screen(text=Text(*lines), buttons=[[_press(draft, "✅ " + say("Save"), "save")], _ways_out(draft, say)])
