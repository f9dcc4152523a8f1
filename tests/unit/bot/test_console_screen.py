"""The screen: how messages look with and without colours, at any width, and that no text has power over the terminal."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

import pytest
from aiogram.types import MessageEntity
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes

from bot.console import draw
from bot.console.draw import Bubble, Look
from bot.console.formatting import Formatted, formatted
from bot.console.glyphs import SGR, wrapped
from bot.console.keyboards import keyboard
from bot.console.people import PEOPLE
from bot.console.screen import Screen
from bot.console.words import words
from bot.spans import units
from tests.unit.bot.console_bot import VOTES, Console, button, inline, talkative, typed

#: What the screen itself may write beside visible text.
OWN = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[!-~]*\x1b\\|\r\x1b\[K|\n")
PLAIN, COLOR = Look(width=80, color=False), Look(width=80, color=True)


def html(source: str) -> Formatted:
    return formatted(source, entities=None, parse_mode="HTML")


def lines(content: Formatted | None, look: Look = PLAIN, **over: object) -> list[str]:
    """The lines of a message below its name."""
    shown = Bubble(**{"name": "Сводка", "to": "", "number": 1, "edited": False, "content": content, **over})  # type: ignore[arg-type]
    return [line.removeprefix("  ") for line in draw.bubble(shown, look)[2:]]


def test_styles() -> None:
    """With colours, entities have their styles, nested ones several, and links are hyperlinks with a small number."""
    assert lines(html("a <b>b <i>c</i></b> <code>d</code>"), COLOR) == [
        "a \x1b[1mb \x1b[0m\x1b[1;3mc\x1b[0m \x1b[36md\x1b[0m"
    ]
    assert lines(html("<u>a</u><s>b</s><tg-spoiler>c</tg-spoiler>"), COLOR) == [
        "\x1b[4ma\x1b[0m\x1b[9mb\x1b[0m\x1b[7mc\x1b[0m"
    ]
    assert lines(html("<a href='https://e.example/я'>a</a>"), COLOR) == [
        "\x1b]8;;https://e.example/%D1%8F\x1b\\\x1b[4ma\x1b[0m\x1b]8;;\x1b\\\x1b[2m¹\x1b[0m"
    ]


def test_plain() -> None:
    """Without colours there is text alone, and below it where the links lead to, each address once."""
    source = "<b>a</b> <a href='https://e.example/1'>b</a>, <a href='https://e.example/2'>c</a>"
    assert lines(html(f"{source} <a href='https://e.example/1'>d</a>")) == [
        "a b¹, c² d¹",
        "¹ https://e.example/1",
        "² https://e.example/2",
    ]


def test_many_links() -> None:
    """Numbers of links go on past nine."""
    source = " ".join(f"<a href='https://e.example/{number}'>x</a>" for number in range(12))
    assert "x¹²" in lines(html(source))[0]


def test_quotes() -> None:
    """Quotes, expandable ones too, have a bar before each row, from their first line to their last."""
    assert lines(html("a\n<blockquote>b\n\nc</blockquote>\nd")) == ["a", "│ b", "│ ", "│ c", "d"]
    assert lines(html("a<blockquote expandable>b</blockquote>c")) == ["a", "│ b", "c"]
    assert lines(html("<blockquote>a</blockquote>\n\nb")) == ["│ a", "", "b"]
    long = lines(html(f"<blockquote>{'слово ' * 30}</blockquote>"))
    assert len(long) > 2
    assert all(line.startswith("│ слово") for line in long)


def test_blank_lines_and_indents_stay() -> None:
    """Empty lines of a text and spaces at the beginning of a line are shown as they are."""
    assert lines(html("a\n\n  • b\n<pre>def f():\n    pass</pre>")) == ["a", "", "  • b", "def f():", "    pass"]


def test_wrapping() -> None:
    """Rows break between words and are full; a long word is broken, an address never."""
    look = Look(width=12, color=False)
    assert lines(html("один два три четыре"), look) == ["один два три", "четыре"]
    assert lines(html("а бвгдежзиклмнопрст"), look) == ["а", "бвгдежзиклмн", "опрст"]
    assert lines(html("а https://e.example/long/way"), look) == ["а", "https://e.example/long/way"]
    assert lines(html("你好你好你好你好"), look) == ["你好你好你好", "你好"]


def test_buttons() -> None:
    """Buttons are numbered along the rows, a row that is too long goes on below, those that open something have a sign."""
    rows = inline(
        [button(f"Кнопка {number}", "x") for number in range(1, 5)], [button("Сайт", url="https://e.example")]
    )
    board = keyboard(rows, message_id=1, message=7)
    assert lines(None, Look(width=40, color=False), keyboard=board) == [
        "[1] Кнопка 1  [2] Кнопка 2",
        "[3] Кнопка 3  [4] Кнопка 4",
        "[5] Сайт ↗",
    ]
    assert lines(None, Look(width=10, color=False), keyboard=board)[:2] == ["[1] Кнопка", "1"]


def test_names() -> None:
    """The name line tells to whom, which message it is if it can be pressed, and that it was edited."""
    board = keyboard(VOTES, message_id=1, message=7)
    shown = Bubble(name="Сводка", to="admin", number=7, edited=True, content=html("x"), keyboard=board)
    assert draw.bubble(shown, PLAIN)[:2] == ["", "Сводка → admin #7 ✎"]


# --- hostile texts and widths ---

NASTY = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \x1b]8;;https://e.example\x1b\\x\x1b]8;;\x1b\\ "
    "\r\x07\x08 a\u202eb\u2066c\u200f \x7f\x85\x00"
    " z" + "\u0310" * 50 + " \ud83d \U000e0041 \ufeff\u2028\u2029"
)


def visible(written: str) -> str:
    return OWN.sub("", written)


@given(st.text(max_size=80), st.integers(1, 40), st.booleans())
@example(NASTY, 30, True)
@example(NASTY, 1, False)
def test_no_text_has_power_over_the_terminal(text: str, width: int, color: bool) -> None:
    """Whatever stands in texts, names, buttons, files, notices and notes, no control character reaches the terminal."""
    out = io.StringIO()
    screen = Screen(out, width=width, color=color)
    whole = [MessageEntity(type=kind, offset=0, length=units(text) or 1) for kind in (*SGR, "blockquote")]
    urls = [MessageEntity(type="text_link", offset=0, length=units(text) or 1, url=text)]
    board = keyboard(inline([button(text or "x", "d")]), message_id=1, message=1)
    for entities in (whole, urls):
        content = Formatted(text=text, entities=tuple(entities))
        screen.bubble(Bubble(name=text, to=text, number=1, edited=True, content=content, files=(text,), keyboard=board))
    screen.note(text)
    screen.notice(text, alert=True)
    screen.notice(text, alert=False)
    screen.ask("› ")
    written = out.getvalue() + draw.status(text, Look(width=width, color=color))
    left = visible(written)
    assert [char for char in left if unicodedata.category(char) in {"Cc", "Cs"}] == []
    assert not set(left) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert color or "\x1b" not in written


@given(st.text(alphabet="аб \n🙂你e\u0301👩\u200d💻❤\ufe0f-", max_size=80), st.integers(-3, 20))
def test_rows_fit(text: str, width: int) -> None:
    """At any width every row fits, if its first character does, and nothing of the text is lost but spaces at breaks."""
    rows = [part[start:end] for part in text.split("\n") for start, end in wrapped(part, max(width, 1))]
    for row in rows:
        assert cell_len(row) <= max(width, 1) or len([1 for *_, cells in split_graphemes(row)[0] if cells]) <= 1
    assert "".join(rows).replace(" ", "") == re.sub("[ \n]", "", text)


@pytest.mark.parametrize("width", [-5, 0, 1, 2, 3, 24, 80, 10_000])
async def test_hostile_widths(tmp_path: Path, width: int) -> None:
    """A conversation goes well at any width, and each letter of it is still there."""
    out = io.StringIO()
    console = Console(tmp_path, routers=[talkative()], screen=Screen(out, width=width))
    await console.hear(typed(["/start", "1", "/where", ":help"]))
    assert "ПриветЧитаюканалы" in re.sub(r"[\s!.<>]", "", out.getvalue())


def test_an_unknown_encoding() -> None:
    """Where the output cannot hold a character, another takes its place."""
    bytes_ = io.BytesIO()
    out = io.TextIOWrapper(bytes_, encoding="ascii")
    Screen(out, width=20).note("да, ok")
    assert bytes_.getvalue() == b"??, ok\n"


# --- prompt and status ---


class Terminal(io.StringIO):
    """Output that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_what_the_screen_finds() -> None:
    """Colours are for terminals that want them, prompts for those who also type at one."""
    pipe, terminal = io.StringIO(), Terminal()
    for out, source, env, color, prompts in (
        (terminal, terminal, {"TERM": "xterm"}, True, True),
        (terminal, pipe, {"TERM": "xterm"}, True, False),
        (terminal, terminal, {"TERM": "dumb"}, False, True),
        (terminal, terminal, {"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        (pipe, terminal, {"TERM": "xterm"}, False, False),
    ):
        screen = Screen.on(out, typed=source, env=env)
        assert (screen._color, screen.prompts) == (color, prompts)


async def test_into_a_pipe(tmp_path: Path) -> None:
    """Into a pipe goes text alone: no prompt, no greeting, no escape sequence, no status."""
    console = Console(tmp_path, routers=[talkative()])
    shown = await console.say("/start", "1")
    await console.bot.send_chat_action(PEOPLE[0].id, "typing")
    assert "\x1b" not in console.out.getvalue()
    assert "›" not in shown
    assert ":help" not in shown


async def test_at_a_terminal(tmp_path: Path) -> None:
    """At a terminal there is a greeting, a prompt with the name of who speaks, and a clean row at the end."""
    out = Terminal()
    console = Console(tmp_path, routers=[talkative()], screen=Screen(out, width=80, prompts=True))
    await console.hear(typed([":as admin"]))
    assert out.getvalue() == (
        "Сводка в терминале, говорит reader. Что здесь можно — :help, выйти — :quit.\n"
        "reader › Теперь говорит admin.\nadmin › \n"
    )


def test_a_message_while_nobody_types() -> None:
    """What comes while the prompt waits takes its row, and the prompt comes again below."""
    out = Terminal()
    screen = Screen(out, width=80, color=True, prompts=True)
    screen.ask("reader › ")
    screen.note("Пора")
    assert out.getvalue() == "reader › \r\x1b[K\x1b[2mПора\x1b[0m\nreader › "
    plain = Terminal()
    screen = Screen(plain, width=80, prompts=True)
    screen.ask("reader › ")
    screen.note("Пора")
    assert plain.getvalue() == "reader › \nПора\nreader › "


def test_the_status_row() -> None:
    """The status tells the end of a text in one row, and what is shown next takes its place."""
    out = Terminal()
    screen = Screen(out, width=10, color=True, prompts=True)
    screen.status("слова,\nкоторые пишутся")
    assert out.getvalue() == "\r\x1b[K\x1b[2mе пишутся\x1b[0m"
    screen.note("Готово")
    assert out.getvalue().endswith("\x1b[0m\r\x1b[K\x1b[2mГотово\x1b[0m\n")
    before = out.getvalue()
    screen.ask("› ")
    screen.status("не сейчас")
    assert out.getvalue() == before + "› ", "never where somebody types"
    screen.close()
    assert out.getvalue() == before + "› \n"


def test_both_languages_say_the_same() -> None:
    """Each sentence of the console has the same places in both languages."""
    places = re.compile(r"\{\w+\}")
    russian, english = words("ru"), words("en")
    for name in russian.__slots__:
        one, other = getattr(russian, name), getattr(english, name)
        if isinstance(one, str):
            assert sorted(places.findall(one)) == sorted(places.findall(other)), name
    assert list(russian.usage) == list(english.usage)
