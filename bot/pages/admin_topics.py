"""The editor of topics: the list, one topic, what is asked about it, and what a change would do.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Code, Text

from bot.editors import topic_drafts
from bot.editors.drafts import Draft
from bot.editors.topic_drafts import OF, STEPS
from bot.keyboards import AdminTopicsPress
from bot.pages import admin_previews
from bot.pages.admin_presses import DraftPress, cancel, fitting
from bot.pages.presses import TopicPress, button, turns
from bot.pages.topics import name
from bot.screens import Screen
from bot.spans import clean, cut, units
from bot.speech import Say
from core.filters import Request
from core.store.topics import MOST_ABOUT, MOST_PHRASE, MOST_PHRASES, MOST_TITLE
from core.types import Topic

#: UTF-16 units of a description, of keywords and of softer signs that are shown, and of one of its lines.
ABOUT_UNITS, NAMES_UNITS, STEMS_UNITS, LINE_UNITS = 1400, 500, 150, 180
#: Of what goes, or comes, before it is saved, and of keywords as they will be.
CHANGE_UNITS, KEPT_UNITS = 600, 500


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
    count = counts.get(topic.slug) if topic.enabled else None
    return f"{'✅' if topic.enabled else '▫️'} {name(topic, say.lang)}" + (f" · {count}" if count else "")


def topic_page(
    topic: Topic, topics: Sequence[Topic], page: int, say: Say, *, count: int | None, lead: str = ""
) -> Screen:
    """One topic with all of it, and the way to change it. `count`: its stories of the last week."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines += [Bold(name(topic, "ru")), " / ", Bold(name(topic, "en")), "\n", _state(topic, topics, say)]
    if count and topic.enabled:
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
    """What is asked at this step of the topic as it is, or will be; `lead` says what is wrong with the last answer."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    back = topic_drafts.is_fixing(draft)
    if topic_drafts.what(draft) == "new" and not back:
        step = STEPS.index(draft.step) + 1
        lines += [Bold(say("A new topic, {n} of {all}", n=step, all=len(STEPS))), "\n"]
    lines += _asked(draft, topic, say)
    skip = topic_drafts.what(draft) == "new" and draft.step == "names" and not back
    return Screen(
        text=Text(*lines),
        buttons=[
            _row(draft, (say("Skip"), "skip")) if skip else [],
            [*(_row(draft, ("‹ " + say("Back"), "back")) if back else []), cancel(say, OF, draft.id)],
        ],
    )


def _asked(draft: Draft, topic: Topic, say: Say) -> list[object]:
    match draft.step:
        case "title_ru":
            question, former = say("Send the Russian title."), topic.title_ru
        case "title_en":
            question, former = say("Send the English title."), topic.title_en
        case "about" if topic.about:
            return _about_asked(topic, say)
        case "about":
            question = say(
                "Send the description: 2 to 5 lines, each of which says what a post on this topic may say, in Russian or in"
                " English. Posts are compared with them."
            )
            former = ""
        case "names" if topic.names:
            return _names_asked(topic, say)
        case _:
            question = say(
                "Send keywords with commas between: words and phrases that all but prove that a post is on this topic."
            )
            former = ""
    return [question, *(["\n", say("Now:"), " ", Code(clean(former))] if former else [])]


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
    ways_out = [*_row(draft, ("‹ " + say("Back"), "back")), cancel(say, OF, draft.id)]
    return Screen(text=Text(say("What is to be changed?")), buttons=[*rows, ways_out])


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
            "\n\n",
            *_keywords(made, say),
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
            after = topic_drafts.changed(draft, topic)
            difference = [Bold(say("Keywords of “{topic}”", topic=title)), "\n", _difference(draft, topic, "names")]
            return [*difference, "\n\n", *_keywords(after, say)]


def _keywords(topic: Topic, say: Say) -> list[object]:
    """The keywords as they will be: how many, and which, where there is room for all."""
    count, shown = say("Keywords: {n}", n=len(topic.names)), ", ".join(map(clean, topic.names))
    return [count, "\n", shown] if shown and units(shown) <= KEPT_UNITS else [count]


def _difference(draft: Draft, topic: Topic, field: str) -> str:
    """Entries that go and that come."""
    before = topic_drafts.entries(topic, field)
    after = topic_drafts.edit(draft).applied(before)
    gone = [f"− {cut(clean(entry), LINE_UNITS)}" for entry in before if entry not in after]
    come = [f"+ {cut(clean(entry), LINE_UNITS)}" for entry in after if entry not in before]
    return "\n".join(part for part in (_within(gone, CHANGE_UNITS), _within(come, CHANGE_UNITS)) if part)


def _readers(draft: Draft, known: Mapping[str, Topic], say: Say, *, choosers: int) -> list[object]:
    """What becomes of those who read the topic."""
    match topic_drafts.what(draft):
        case "into":
            topic, into = (name(known[slug], say.lang) for slug in (topic_drafts.slug(draft), topic_drafts.into(draft)))
            return ["\n", *_merged(topic, into, say, choosers=choosers)]
        case "enabled" if draft.values["enabled"]:
            return ["\n", _switched_on(known[topic_drafts.slug(draft)], known, say, choosers=choosers)]
        case "enabled":
            return ["\n", *_switched_off(say, choosers=choosers)]
        case "about" | "names" if not known[topic_drafts.slug(draft)].enabled:
            return ["\n", say("The topic is off: the change will tell once it is switched on.")]
        case _:
            return []


def _chosen(say: Say, choosers: int) -> str:
    return say.many("{n} reader has chosen it.", "{n} readers have chosen it.", choosers)


def _merged(topic: str, into: str, say: Say, *, choosers: int) -> list[str]:
    told = say("“{topic}” is switched off; its keywords, description and filters go over.", topic=topic)
    follow = say("Whoever chose “{topic}” gets “{into}” from then on.", topic=topic, into=into)
    chosen = [" ", _chosen(say, choosers)] if choosers else []
    return [told, *chosen, " ", follow]


def _switched_on(topic: Topic, known: Mapping[str, Topic], say: Say, *, choosers: int) -> str:
    merged = known.get(topic.merged_into or "")
    if merged is not None:
        return say(
            "It stands on its own again. The readers and keywords that “{topic}” took over from it stay there.",
            topic=name(merged, say.lang),
        )
    everybody = say("It comes again to those who read all topics.")
    return f"{everybody} {_chosen(say, choosers)}" if choosers else everybody


def _switched_off(say: Say, *, choosers: int) -> list[str]:
    told = say(
        "While it is off, no story has this topic. Who reads everything gets them all the same, under other topics."
    )
    if not choosers:
        return [told]
    return [told, " ", _chosen(say, choosers), " ", say("They keep their choice, but nothing comes of it meanwhile.")]
