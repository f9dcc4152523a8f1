"""The editor of topics: the list, one topic, what is asked about it, and what a change would do.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Code, Text

from bot.editors import topic_drafts
from bot.editors.drafts import Draft
from bot.editors.topic_drafts import OF
from bot.keyboards import AdminTopicsPress
from bot.pages import admin_previews
from bot.pages.admin_presses import DraftPress, cancel, fitting, turns
from bot.pages.presses import TopicPress, button
from bot.pages.topics import name
from bot.screens import Screen
from bot.spans import clean, cut, units
from bot.speech import Say
from core.filters import Request
from core.store.topics import MOST_ABOUT, MOST_PHRASE, MOST_PHRASES, MOST_TITLE
from core.types import Topic

#: UTF-16 units of a description, of keywords and of softer signs that are shown, and of one of its lines.
ABOUT_UNITS, NAMES_UNITS, STEMS_UNITS, LINE_UNITS = 1400, 900, 300, 180
#: Of a change before it is saved.
CHANGE_UNITS = 700


# --- what there is ---------------------------------------------------------------------------------------------------


def topics_page(
    topics: Sequence[Topic], page: int, say: Say, *, counts: Mapping[str, int], reader_id: int, lead: str = ""
) -> Screen:
    """All topics; `counts`: stories of the last week by slug, `reader_id`: whose own list the way back leads to."""
    shown, page, last = fitting(topics, page)
    on = sum(topic.enabled for topic in topics)
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines += [Bold(say("All topics")), "\n", say("On: {on}, off: {off}", on=on, off=len(topics) - on)]
    if counts:
        lines += ["\n", say("The number is that of stories in the last week.")]
    if last:
        lines += ["\n", say("Page {n} of {all}", n=page + 1, all=last + 1)]
    rows = [
        [button(_label(topic, topics, counts, say), AdminTopicsPress(do="open", slug=topic.slug, page=page))]
        for topic in shown
    ]
    return Screen(
        text=Text(*lines),
        buttons=[
            *rows,
            turns(page, last, lambda number: AdminTopicsPress(do="list", slug="", page=number)),
            [button("➕ " + say("Add a topic"), AdminTopicsPress(do="add", slug="", page=page))],
            [button("‹ " + say("Back"), TopicPress(do="list", slug="", page=0, reader=reader_id))],
        ],
    )


def _label(topic: Topic, topics: Sequence[Topic], counts: Mapping[str, int], say: Say) -> str:
    merged = next((other for other in topics if other.slug == topic.merged_into), None)
    if merged is not None and not topic.enabled:
        return f"↪ {name(topic, say.lang)} → {name(merged, say.lang)}"
    count = counts.get(topic.slug)
    return f"{'✅' if topic.enabled else '▫️'} {name(topic, say.lang)}" + (f" · {count}" if count else "")


def topic_page(
    topic: Topic, topics: Sequence[Topic], page: int, say: Say, *, count: int | None, lead: str = ""
) -> Screen:
    """One topic with all of it, and the way to change it. `count`: its stories of the last week."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines += [Bold(name(topic, "ru")), " / ", Bold(name(topic, "en")), "\n", _state(topic, topics, say)]
    if count:
        lines += ["\n", say.many("{n} story in the last week", "{n} stories in the last week", count)]
    lines += ["\n\n", Bold(say("Description")), "\n", _about(topic.about) or say("none")]
    lines += ["\n\n", Bold(say("Keywords: {n}", n=len(topic.names))), "\n", _phrases(topic.names, NAMES_UNITS) or "–"]
    if topic.stems:
        soft = say("Softer signs: {n}", n=len(topic.stems))
        lines += ["\n\n", Bold(soft), "\n", _phrases(topic.stems, STEMS_UNITS)]

    def press(text: str, do: str) -> InlineKeyboardButton:
        return button(text, AdminTopicsPress(do=do, slug=topic.slug, page=page))

    return Screen(
        text=Text(*lines),
        buttons=[
            [press("✏️ " + say("Russian title"), "title_ru"), press("✏️ " + say("English title"), "title_en")],
            [press("✏️ " + say("Description"), "about"), press("✏️ " + say("Keywords"), "names")],
            [press("⬆️ " + say("Up"), "up"), press("⬇️ " + say("Down"), "down")],
            [press("⏸ " + say("Switch off"), "off") if topic.enabled else press("▶️ " + say("Switch on"), "on")],
            [press("🔗 " + say("Merge into…"), "merge")],
            [press("‹ " + say("All topics"), "list")],
        ],
    )


def _state(topic: Topic, topics: Sequence[Topic], say: Say) -> str:
    merged = next((other for other in topics if other.slug == topic.merged_into), None)
    if topic.enabled:
        return say("The topic is on")
    if merged is not None:
        return say("The topic is off: it has gone up in “{topic}”", topic=name(merged, say.lang))
    return say("The topic is off")


def _about(about: str) -> str:
    lines = [cut(clean(line), LINE_UNITS) for line in about.splitlines()]
    return _within([f"• {line}" for line in lines if line], ABOUT_UNITS)


def _within(lines: Sequence[str], limit: int) -> str:
    """As many of the lines as there is room for, with an ellipsis where some are left out."""
    found: list[str] = []
    room = limit
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            return "\n".join([*found, "…"])
        found.append(line)
    return "\n".join(found)


def _phrases(phrases: Sequence[str], limit: int) -> str:
    return cut(", ".join(clean(phrase) for phrase in phrases), limit)


# --- what is asked ---------------------------------------------------------------------------------------------------


def prompt(draft: Draft, topic: Topic, say: Say, *, lead: str = "") -> Screen:
    """What is asked at this step; `lead` says what is wrong with the last answer."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines += _asked(draft, topic, say)
    skip = [button(say("Skip"), DraftPress(of=OF, do="skip", value="", draft=draft.id))]
    can_skip = topic_drafts.what(draft) == "new" and draft.step == "names"
    return Screen(text=Text(*lines), buttons=[skip if can_skip else [], [cancel(say, OF, draft.id)]])


def _asked(draft: Draft, topic: Topic, say: Say) -> list[object]:
    is_new = topic_drafts.what(draft) == "new"
    match draft.step:
        case "title_ru":
            question, former = say("Send the Russian title."), topic.title_ru
        case "title_en":
            question, former = say("Send the English title."), topic.title_en
        case "about" if is_new:
            question = say(
                "Send the description: 2 to 5 lines, each of which says what a post on this topic may say, in Russian or in"
                " English. Posts are compared with them."
            )
            former = ""
        case "about":
            return _about_asked(topic, say)
        case "names" if is_new:
            question = say(
                "Send keywords with commas between: words and phrases that all but prove that a post is on this topic."
            )
            former = ""
        case _:
            return _names_asked(topic, say)
    return [question, *(["\n", say("Now:"), " ", Code(clean(former))] if former and not is_new else [])]


def _about_asked(topic: Topic, say: Say) -> list[object]:
    lines = [f"{n}. {cut(clean(line), LINE_UNITS)}" for n, line in enumerate(topic.about.splitlines(), 1)]
    return [
        Bold(say("Description")),
        "\n",
        _within(lines, 2 * ABOUT_UNITS) or say("none"),
        "\n\n",
        say(
            "Send lines to add them. A minus and a number (-2) takes a line out. An = before the first line puts what you send"
            " in place of all of them."
        ),
    ]


def _names_asked(topic: Topic, say: Say) -> list[object]:
    return [
        Bold(say("Keywords: {n}", n=len(topic.names))),
        "\n",
        _phrases(topic.names, 2 * ABOUT_UNITS) or "–",
        "\n\n",
        say(
            "Send keywords with commas between to add them. A minus before one (-robot) takes it out. An = at the beginning puts"
            " what you send in place of all of them."
        ),
    ]


def fault(field: str, say: Say) -> str:
    """What is wrong with what was typed for a field."""
    if field in {"title_ru", "title_en"}:
        return say("A title has 1 to {most} characters.", most=MOST_TITLE)
    if field == "about":
        return say("A description has 1 to {most} characters in all.", most=MOST_ABOUT)
    return say(
        "A topic has at most {most} keywords, each of at most {length} characters.",
        most=MOST_PHRASES,
        length=MOST_PHRASE,
    )


def unknown(named: Sequence[str], say: Say) -> str:
    """What was to be taken out is not there."""
    return say("That is not there: {names}", names=cut(", ".join(map(clean, named)), 200))


def targets(draft: Draft, topic: Topic, topics: Sequence[Topic], page: int, say: Say) -> Screen:
    """Which topic another one is to go up in."""
    others = [other for other in topics if other.enabled and other.slug != topic.slug]
    shown, page, last = fitting(others, page)

    def press(do: str, value: str) -> DraftPress:
        return DraftPress(of=OF, do=do, value=value, draft=draft.id)

    text = say("Into which topic is “{topic}” to be merged?", topic=name(topic, say.lang))
    if not others:
        text = say("There is no other topic that is on.")
    return Screen(
        text=Text(text),
        buttons=[
            *[[button(name(other, say.lang), press("into", other.slug))] for other in shown],
            turns(page, last, lambda number: press("page", str(number))),
            [cancel(say, OF, draft.id)],
        ],
    )


def which(draft: Draft, say: Say) -> Screen:
    """What of a new topic is to be changed before it is saved."""
    titles = {
        "title_ru": say("Russian title"),
        "title_en": say("English title"),
        "about": say("Description"),
        "names": say("Keywords"),
    }
    rows = [[button(text, DraftPress(of=OF, do="fix", value=field, draft=draft.id))] for field, text in titles.items()]
    return Screen(text=Text(say("What is to be changed?")), buttons=[*rows, [cancel(say, OF, draft.id)]])


# --- what it would do ------------------------------------------------------------------------------------------------


def preview(
    draft: Draft, topics: Sequence[Topic], request: Request | None, say: Say, *, choosers: int, lead: str = ""
) -> Screen:
    """A change before it is saved, with what it would move. `choosers`: active readers who have chosen the topic."""
    known = {topic.slug: topic for topic in topics}
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines += [*_change(draft, known, say), *_readers(draft, known, say, choosers=choosers), "\n\n"]
    told = admin_previews.waiting(request, say)
    if told is not None:
        lines.append(told)
    elif request is not None and request.answer is not None:
        lines += admin_previews.moves(request.answer, say)
    buttons = [
        _row(draft, ("✅ " + say("Save"), "save"), (say("Change"), "change")),
        _row(draft, ("🔄 " + say("Look again"), "again")) if told is not None else [],
        [cancel(say, OF, draft.id)],
    ]
    if topic_drafts.what(draft) in {"enabled", "into"}:
        buttons[0] = _row(draft, ("✅ " + say("Save"), "save"))
    return Screen(text=Text(*lines), buttons=buttons)


def _row(draft: Draft, *buttons: tuple[str, str]) -> list[InlineKeyboardButton]:
    return [button(text, DraftPress(of=OF, do=do, value="", draft=draft.id)) for text, do in buttons]


def _change(draft: Draft, known: Mapping[str, Topic], say: Say) -> list[object]:
    """What changes, in brief."""
    what = topic_drafts.what(draft)
    if what == "new":
        made = topic_drafts.new(draft)
        return [
            Bold(say("A new topic: {ru} / {en}", ru=name(made, "ru"), en=name(made, "en"))),
            "\n",
            _within([f"• {cut(clean(line), LINE_UNITS)}" for line in made.about.splitlines()], CHANGE_UNITS),
            "\n",
            say("Keywords: {n}", n=len(made.names)),
        ]
    topic = known[topic_drafts.slug(draft)]
    title = name(topic, say.lang)
    match what:
        case "enabled" if draft.values["enabled"]:
            return [Bold(say("Switch on “{topic}”", topic=title))]
        case "enabled":
            return [Bold(say("Switch off “{topic}”", topic=title))]
        case "into":
            into = name(known[topic_drafts.into(draft)], say.lang)
            return [Bold(say("Merge “{topic}” into “{into}”", topic=title, into=into))]
        case "about":
            return [Bold(say("Description of “{topic}”", topic=title)), "\n", _difference(draft, topic, "about")]
        case _:
            return [Bold(say("Keywords of “{topic}”", topic=title)), "\n", _difference(draft, topic, "names")]


def _difference(draft: Draft, topic: Topic, field: str) -> str:
    """Entries that go and that come."""
    before = topic_drafts.entries(topic, field)
    after = topic_drafts.edit(draft).applied(before)
    gone = [f"− {cut(clean(entry), LINE_UNITS)}" for entry in before if entry not in after]
    come = [f"+ {cut(clean(entry), LINE_UNITS)}" for entry in after if entry not in before]
    return "\n".join(part for part in (_within(gone, CHANGE_UNITS), _within(come, CHANGE_UNITS)) if part)


def _readers(draft: Draft, known: Mapping[str, Topic], say: Say, *, choosers: int) -> list[object]:
    """What becomes of those who read the topic."""
    what = topic_drafts.what(draft)
    chosen = (
        say.many("{n} reader has chosen it.", "{n} readers have chosen it.", choosers)
        if choosers
        else say("Nobody has chosen it by itself.")
    )
    if what == "into":
        topic, into = (name(known[slug], say.lang) for slug in (topic_drafts.slug(draft), topic_drafts.into(draft)))
        follow = say(
            "Whoever chose “{topic}” gets “{into}” from then on; keywords, descriptions and filters go over as well.",
            topic=topic,
            into=into,
        )
        return ["\n", chosen, " ", follow]
    if what != "enabled":
        return []
    topic_now = known[topic_drafts.slug(draft)]
    if not draft.values["enabled"]:
        stay = say("Nothing comes under this topic until it is switched on again; whoever chose it keeps the choice.")
        return ["\n", chosen, " ", stay]
    if topic_now.merged_into is not None:
        return ["\n", say("It stands on its own again; its readers stay with the topic that it went up in.")]
    return ["\n", chosen, " ", say("Whoever chose it, or reads all topics, gets it again.")]
