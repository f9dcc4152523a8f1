"""The buttons of a story's menu: what stands there, what is read back from a keyboard, and Telegram's limits."""

from __future__ import annotations

from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from hypothesis import given
from hypothesis import strategies as st

from bot import keyboards, screens, story_menu
from bot.console.keyboards import check
from bot.speech import Catalogues, Say
from bot.story_menu import Opened
from core.readers import Cap, Length, Memory, Reader, ReaderKind, ReaderState, ShelfStory
from tests.unit.bot.cards import NASTY, NOW, make_card, make_post, make_topic

SAY = Say(Catalogues(), "ru")
LLM = make_topic("llm", 1, "Языковые модели", "Language models")


def reader(**over: Any) -> Reader:
    fields: dict[str, Any] = {
        "id": 1,
        "chat_id": 7,
        "thread_id": None,
        "kind": ReaderKind.PERSON,
        "title": "",
        "lang": "ru",
        "tz": "Europe/Moscow",
        "hour": 9,
        "days": (1,),
        "length": Length.NORMAL,
        "quiet": False,
        "all_topics": True,
        "state": ReaderState.ACTIVE,
        "since": NOW,
        "created_at": NOW,
    }
    return Reader(**(fields | over))


def opened(story: int = 5, **over: Any) -> Opened:
    held = ShelfStory(card=make_card(story, topics=("llm",)), arrived_at=NOW, channels=(1,))
    fields: dict[str, Any] = {
        "story": held,
        "topic": LLM,
        "channels": [(1, "Первый")],
        "thumb": 0,
        "is_saved": False,
        "memory": Memory(),
    }
    return Opened(**(fields | over))


def keyboard(*stories: int, more: bool = True) -> list[list[InlineKeyboardButton]]:
    """The buttons of a digest with these stories."""
    rows = keyboards.story_rows(stories, 1)
    return [*rows, keyboards.more_row("Ещё", since=NOW, until=NOW, topic="", asked=None)] if more else rows


def markup(rows: screens.Buttons) -> InlineKeyboardMarkup:
    found = screens.keyboard(rows)
    assert found is not None
    return found


def with_menu(story: int, place: int, *stories: int) -> InlineKeyboardMarkup:
    own = story_menu.marked(keyboard(*stories), place)
    return markup([*own, *story_menu.rows(opened(story), reader(), place, SAY)])


def labels(rows: screens.Buttons) -> list[list[str]]:
    return [[button.text for button in row] for row in rows]


def test_the_menu_says_how_things_are() -> None:
    """Thumbs, saving and muting show what was done, each as a button that would undo it."""
    assert labels(story_menu.rows(opened(), reader(), 1, SAY)) == [
        ["👍", "👎", "🔖 Сохранить"],
        ["Целиком", "Почему?"],
        ["🔕 Скрыть «Языковые модели»"],
        ["🔕 Скрыть «Первый»"],
    ]
    changed = reader(topics=frozenset({"llm"}), caps=(Cap(channel_id=1, most=0),))
    assert labels(story_menu.rows(opened(thumb=-1, is_saved=True), changed, 1, SAY)) == [
        ["👍", "👎 ✓", "🔖 Сохранено"],
        ["Целиком", "Почему?"],
        ["🔔 Вернуть «Языковые модели»"],
        ["🔔 Вернуть «Первый»"],
    ]


def test_a_limit_is_no_mute() -> None:
    """A channel of which some stories are wanted can still be muted."""
    rows = story_menu.rows(opened(), reader(caps=(Cap(channel_id=1, most=2),)), 1, SAY)
    assert labels(rows)[-1] == ["🔕 Скрыть «Первый»"]


def test_a_story_without_a_topic_and_with_many_channels() -> None:
    """There is no topic to mute, and of the channels the first few."""
    channels = [(number, f"Канал {number}") for number in range(9)]
    rows = story_menu.rows(opened(topic=None, channels=channels), reader(), 1, SAY)
    assert len(rows) == 2 + story_menu.MOST_CHANNELS


def test_who_told_it_first_is_the_first_that_can_be_muted() -> None:
    """The channel that others forward, then the others by the time of their posts, whatever their names and numbers."""
    posts = (
        make_post(1, "Яблоня"),
        make_post(2, "Берёза"),
        make_post(3, "Вяз", origin="Берёза"),
        make_post(4, "Яблоня"),
        make_post(5, "Акация"),
    )
    names = {1: "Акация", 2: "Берёза", 3: "Вяз", 4: "Яблоня", 5: "Переименован"}
    assert story_menu.in_order(names, posts) == [
        (2, "Берёза"), (4, "Яблоня"), (3, "Вяз"), (1, "Акация"), (5, "Переименован"),
    ]  # fmt: skip


def test_a_digests_own_buttons_are_found_again() -> None:
    """What is left of a keyboard without the menu is the keyboard that it was, with nothing marked."""
    plain = keyboard(*range(1, 9))
    for place in (1, 8):
        assert story_menu.numbers(with_menu(place, place, *range(1, 9))) == plain
    assert story_menu.numbers(markup(plain)) == plain
    assert story_menu.numbers(None) == []


def test_which_menu_is_open() -> None:
    """The story whose menu stands there, and no other; none where there is no menu."""
    shown = with_menu(5, 2, 4, 5, 6)
    assert [story_menu.is_open(shown, story) for story in (4, 5, 6)] == [False, True, False]
    assert not story_menu.is_open(markup(keyboard(4, 5, 6)), 5)
    assert not story_menu.is_open(None, 5)


def test_the_number_of_the_open_story_is_marked() -> None:
    """By the number that it has in its message, whatever story it has become."""
    rows = story_menu.marked(keyboard(4, 5, 6, more=False), 2)
    assert labels(rows) == [["1", "▾ 2", "3"]]
    assert labels(story_menu.marked(rows, 2)) == [["1", "▾ 2", "3"]]


def test_strange_buttons_are_none_of_ours() -> None:
    """Buttons of other features, of other versions and links are passed over, and break nothing."""
    strange = [
        InlineKeyboardButton(text="x", callback_data=data)
        for data in ("set:hour:3:1", "s:menu:one:1", "s:menu:1", "s:", "x")
    ]
    shown = markup([strange, [InlineKeyboardButton(text="x", url="https://t.me/invented")]])
    assert story_menu.numbers(shown) == []
    assert not story_menu.is_open(shown, 1)


@given(st.lists(NASTY, max_size=4), NASTY, st.integers(1, 2**63 - 1), st.integers(1, 999))
def test_telegram_takes_the_menu_whatever_names_there_are(names: list[str], title: str, story: int, place: int) -> None:
    """Labels are never empty, data never too long, and the whole below a digest of twenty stories never too much."""
    held = opened(
        story,
        topic=make_topic("llm", ru=title or "x", en="x"),
        channels=[(2**62 + number, name) for number, name in enumerate(names)],
    )
    own = keyboard(*range(2**62, 2**62 + 20))
    check(markup([*story_menu.marked(own, place), *story_menu.rows(held, reader(), place, SAY)]))
