"""The console is no kinder than Telegram: what that refuses, it refuses, in the same words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramEntityTooLarge, TelegramForbiddenError
from aiogram.methods import SendDice
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    ForceReply,
    FSInputFile,
    KeyboardButton,
    LinkPreviewOptions,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyParameters,
    URLInputFile,
    User,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.console import html
from bot.console.formatting import formatted
from bot.console.keyboards import check, keyboard
from bot.console.people import PEOPLE
from bot.console.refusals import NotTaken
from bot.spans import units
from tests.unit.bot.console_bot import VOTES, Console, button, inline

READER, ADMIN = (person.id for person in PEOPLE)


@pytest.fixture
async def console(tmp_path: Path) -> Console:
    """A console where the reader has spoken."""
    opened = Console(tmp_path)
    await opened.say("привет")
    return opened


def link(url: str | None) -> MessageEntity:
    return MessageEntity(type="text_link", offset=0, length=1, url=url)


def bold(offset: int, length: int) -> MessageEntity:
    return MessageEntity(type="bold", offset=offset, length=length)


def data(text: str) -> dict[str, Any]:
    return {"reply_markup": inline([button("b", text)])}


def leading(url: str) -> dict[str, Any]:
    return {"reply_markup": inline([button("b", url=url)])}


NAMELESS = {"reply_markup": inline([button(" ", "x")])}
SEVERAL = {"reply_markup": inline([button("b", "x", "https://a.example")])}
MANY = {"reply_markup": inline(*[[button(str(number), "x")] for number in range(101)])}
HEAVY = {"reply_markup": inline(*[[button("я" * 60, "x" * 64)] for _ in range(60)])}


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("", {}, "message text is empty"),
        (" \n ", {}, "text must be non-empty"),
        ("\u200b\u200e", {}, "text must be non-empty"),
        ("x" * 4097, {}, "message is too long"),
        ("🙂" * 2049, {}, "message is too long"),
        ("я" * 17_000, {}, "text is too long"),
        ("a\ud800", {}, "strings must be encoded in UTF-8"),
        ("*x*", {"parse_mode": "MarkdownV2"}, "the console reads HTML and entities, but not Markdown"),
        ("x", {"parse_mode": "INVALID"}, "unsupported parse_mode"),
        ("<b>x", {}, "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("я<b>x</i>", {}, "can't parse entities: Unmatched end tag at byte offset 6, expected \"</b>\", found \"</i>\""),
        ("</b>", {}, "can't parse entities: Unexpected end tag at byte offset 0"),
        ("<br>", {}, "can't parse entities: Unsupported start tag \"br\" at byte offset 0"),
        ("a < b", {}, "can't parse entities: Unsupported start tag \"\" at byte offset 2"),
        ("<b", {}, "can't parse entities: Unclosed start tag at byte offset 0"),
        ("<b>x</b", {}, "can't parse entities: Unclosed end tag at byte offset 4"),
        ("<a href=x/y>x</a>", {}, "can't parse entities: Unexpected end of name token at byte offset 8"),
        ("<a href='x>x</a>", {}, "can't parse entities: Unclosed start tag at byte offset 0"),
        ("<a =x>x</a>", {}, "can't parse entities: Empty attribute name in the tag \"a\" at byte offset 0"),
        ("<span>x</span>", {}, "can't parse entities: Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
        ("<tg-emoji emoji-id='x'>x</tg-emoji>", {}, "can't parse entities: Invalid custom emoji identifier specified"),
        ("x", {"entities": [bold(100, 1)]}, "entity begins after the end of the text at UTF-16 offset 100"),
        ("x", {"entities": [bold(0, 9)]}, "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9"),
        ("🙂x", {"entities": [bold(1, 2)]}, "entity begins in a middle of a UTF-16 symbol at UTF-16 offset 1"),
        ("x", {"entities": [bold(-1, 1)]}, "receive an entity with incorrect offset -1"),
        ("x", {"entities": [link("not-a-url")]}, "entity URL 'not-a-url' is invalid: Wrong HTTP URL"),
        ("x", {"entities": [link("")]}, "entity URL '' is invalid: URL host is empty"),
        ("x", {"entities": [link(None)]}, "can't parse MessageEntity: Can't find field \"url\""),
        ("x", {"entities": [MessageEntity(type="odd", offset=0, length=1)]}, "can't parse MessageEntity: Unsupported type specified"),
        ("x", data("я" * 33), "BUTTON_DATA_INVALID"),
        ("x", data(""), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ("x", leading("ftp://a.example"), "inline keyboard button URL 'ftp://a.example' is invalid: Unsupported URL protocol"),
        ("x", leading("http://localhost:8080/x"), "inline keyboard button URL 'http://localhost:8080/x' is invalid: Wrong HTTP URL"),
        ("x", NAMELESS, "can't parse inline keyboard button: Text of the button must be non-empty"),
        ("x", SEVERAL, "an inline button has one meaning, and 'b' has url and callback_data"),
        ("x", MANY, "reply markup is too long"),
        ("x", HEAVY, "reply markup is too long"),
        ("x", {"reply_parameters": ReplyParameters(message_id=999)}, "message to be replied not found"),
        ("x", {"message_thread_id": 5}, "a private chat in the console has nothing like message_thread_id"),
    ],
)  # fmt: skip
async def test_refused_messages(console: Console, text: str, options: dict[str, Any], reason: str) -> None:
    """A message against the rules is refused as Telegram does it, and nothing is shown."""
    before = console.out.getvalue()
    mode = {"parse_mode": None} if "entities" in options else {}
    with pytest.raises(TelegramBadRequest) as refused:
        await console.bot.send_message(READER, text, **{**mode, **options})
    assert refused.value.message == f"Bad Request: {reason}"
    assert console.out.getvalue() == before


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("x" * 4096, {}),
        ("🙂" * 2048, {}),
        ("<b>" + "x" * 4096 + "</b>", {}),
        ("x", data("x" * 64)),
        ("x", leading("svodka.example")),
        ("x", leading("tg://resolve?domain=svodka")),
        ("x", {"entities": [bold(0, 1)], "parse_mode": None}),
        ("x", {"reply_parameters": ReplyParameters(message_id=999, allow_sending_without_reply=True)}),
    ],
)
async def test_messages_at_the_limit(console: Console, text: str, options: dict[str, Any]) -> None:
    """Whatever is just within the rules is taken."""
    sent = await console.bot.send_message(READER, text, **options)
    assert sent.text
    assert units(sent.text) <= 4096


async def test_a_parse_mode_forgets_entities(console: Console) -> None:
    """With a parse mode, be it the bot's own, entities do not count: they have to be sent without one."""
    sent = await console.bot.send_message(READER, "<i>x</i>y", entities=[bold(0, 2)])
    assert (sent.text, [entity.type for entity in sent.entities or ()]) == ("xy", ["italic"])
    sent = await console.bot.send_message(READER, "<i>", entities=[bold(0, 2)], parse_mode=None)
    assert (sent.text, [entity.type for entity in sent.entities or ()]) == ("<i>", ["bold"])


async def test_more_than_a_hundred_entities(console: Console) -> None:
    """Entities past the hundredth are dropped without a word."""
    sent = await console.bot.send_message(READER, "<b>x</b> " * 150)
    assert len(sent.entities or ()) == 100


async def test_who_cannot_be_written_to(console: Console) -> None:
    """The bot may not write first, and not to those who are not there."""
    with pytest.raises(TelegramForbiddenError, match="Forbidden: bot can't initiate conversation with a user"):
        await console.bot.send_message(ADMIN, "x")
    with pytest.raises(TelegramForbiddenError):
        await console.bot.send_chat_action(ADMIN, "typing")
    for nobody in (5, "@polynya_lab"):
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await console.bot.send_message(nobody, "x")


async def test_an_unknown_method(console: Console) -> None:
    """What the console does not know is refused, by name."""
    with pytest.raises(TelegramBadRequest, match="the console does not know sendDice"):
        await console.bot(SendDice(chat_id=READER))
    with pytest.raises(TelegramBadRequest, match="fetches nothing"):
        await anext(aiter(console.session.stream_content("https://a.example")))


async def test_edits_that_change_nothing(console: Console) -> None:
    """An edit to what already stands there is refused, be it the text or the buttons."""
    sent = await console.bot.send_message(READER, "<b>x</b>", reply_markup=VOTES)
    same: list[Callable[[], Awaitable[Any]]] = [
        lambda: sent.edit_text("<b>x</b> ", reply_markup=VOTES),
        lambda: sent.edit_reply_markup(reply_markup=VOTES),
    ]
    for edit in same:
        with pytest.raises(TelegramBadRequest, match="message is not modified: specified new message content"):
            await edit()
    await sent.edit_text("<i>x</i>", reply_markup=VOTES)
    bare = await sent.edit_text("<i>x</i>")
    assert isinstance(bare, type(sent))
    assert bare.reply_markup is None, "buttons that are not named again go"
    assert bare.edit_date


async def test_edits_that_cannot_be(console: Console) -> None:
    """Only the bot's own messages that are still there, and brought no keyboard below the chat, can be edited."""
    bot, folder = console.bot, Path(__file__)
    below = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Да")]])
    asked = await bot.send_message(READER, "x", reply_markup=below)
    forced = await bot.send_message(READER, "x", reply_markup=ForceReply(force_reply=True))
    file = await bot.send_document(READER, FSInputFile(folder))
    gone = await bot.send_message(READER, "x")
    heard = min(console.session.desk.room(READER).heard)
    await gone.delete()
    for message_id, reason in (
        (asked.message_id, "message can't be edited"),
        (forced.message_id, "message can't be edited"),
        (heard, "message can't be edited"),
        (file.message_id, "there is no text in the message to edit"),
        (gone.message_id, "message to edit not found"),
    ):
        with pytest.raises(TelegramBadRequest, match=f"Bad Request: {reason}"):
            await bot.edit_message_text("y", chat_id=READER, message_id=message_id)
    sent = await bot.send_message(READER, "x")
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await sent.edit_text("x" * 4097)
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await sent.edit_reply_markup(**data("x" * 65))


async def test_deleting_and_pinning(console: Console) -> None:
    """What is not there can be neither deleted nor pinned; several are deleted without asking."""
    bot = console.bot
    sent, other = await bot.send_message(READER, "x"), await bot.send_message(READER, "y")
    assert await sent.pin()
    assert await bot.unpin_chat_message(READER)
    with pytest.raises(TelegramBadRequest, match="message to unpin not found"):
        await bot.unpin_chat_message(READER)
    assert await bot.delete_messages(READER, [sent.message_id, 999_999])
    for act in (sent.delete, sent.pin):
        with pytest.raises(TelegramBadRequest, match="not found"):
            await act()
    assert await other.delete()


async def test_files(console: Console, tmp_path: Path) -> None:
    """Files are not empty, not huge and not fetched; captions are short; a file can be sent again by its id."""
    bot = console.bot
    for file, reason in (
        (BufferedInputFile(b"", "a.txt"), "file must be non-empty"),
        (URLInputFile("https://a.example/a.txt"), "failed to get HTTP URL content"),
        ("https://a.example/a.txt", "failed to get HTTP URL content"),
        ("unknown", "wrong file identifier/HTTP URL specified"),
    ):
        with pytest.raises(TelegramBadRequest, match=reason):
            await bot.send_document(READER, file)
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await bot.send_document(READER, BufferedInputFile(b"x", "a.txt"), caption="x" * 1025)
    with pytest.raises(TelegramEntityTooLarge):
        await bot.send_document(READER, BufferedInputFile(bytes(50 * 1024**2 + 1), "a.bin"))
    with pytest.raises(TelegramBadRequest, match=r'file "a.png" of size \d+ bytes is too big for a photo'):
        await bot.send_photo(READER, BufferedInputFile(bytes(10 * 1024**2 + 1), "a.png"))
    assert not (tmp_path / "files").exists(), "nothing that was refused is written"
    sent = await bot.send_document(READER, BufferedInputFile(b"x", "\x1b[31m/../..\\зло .html"))
    assert sent.document
    again = await bot.send_document(READER, sent.document.file_id)
    assert again.document == sent.document
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["зло .html"]
    photo = await bot.send_photo(READER, BufferedInputFile(b"x", "a.png"))
    assert photo.photo


async def test_answers_to_presses(console: Console) -> None:
    """A press is answered once, and briefly."""
    console.session.desk.calls |= {"1", "2"}
    assert await console.bot.answer_callback_query("1", text="x" * 200)
    for call, text, reason in (
        ("1", "x", "query is too old"),
        ("7", "x", "query is too old"),
        ("2", "x" * 201, "MESSAGE_TOO_LONG"),
    ):
        with pytest.raises(TelegramBadRequest, match=reason):
            await console.bot.answer_callback_query(call, text=text)


async def test_the_menu(console: Console) -> None:
    """Commands are checked and trimmed as TDLib does it, and the nearest list counts."""
    bot, menu = console.bot, console.session.desk.menu
    reader, admin = PEOPLE
    for name, about, reason in (
        ("", "x", "command must be non-empty"),
        ("x" * 33, "x", "command length must not exceed 32"),
        ("Start", "x", "BOT_COMMAND_INVALID"),
        ("start", " ", "command description must be non-empty"),
        ("start", "x" * 257, "command description length must not exceed 256"),
    ):
        with pytest.raises(TelegramBadRequest, match=f"Bad Request: {reason}"):
            await bot.set_my_commands([BotCommand(command=name, description=about)])
    with pytest.raises(TelegramBadRequest, match="BOT_COMMANDS_TOO_MUCH"):
        await bot.set_my_commands([BotCommand(command=f"c{number}", description="x") for number in range(101)])
    with pytest.raises(TelegramBadRequest, match="invalid language code"):
        await bot.set_my_commands([BotCommand(command="start", description="x")], language_code="russian")
    await bot.set_my_commands([BotCommand(command="/start", description=" начать ")])
    await bot.set_my_commands([BotCommand(command="ban", description="x")], scope=BotCommandScopeChat(chat_id=admin.id))
    assert menu.commands_for(reader) == (BotCommand(command="start", description="начать"),)
    assert menu.commands_for(admin) == (BotCommand(command="ban", description="x"),)
    assert await bot.get_my_commands() == list(menu.commands_for(reader))
    await bot.delete_my_commands()
    assert menu.commands_for(reader) == ()
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_description("x" * 513)
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_short_description("x" * 121)
    assert await bot.set_my_short_description("x" * 120)


async def test_chats_and_members(console: Console) -> None:
    """Of a person the bot sees what Telegram would tell it, once they have spoken."""
    bot = console.bot
    me = await bot.get_me()
    assert (me.is_bot, me.id) == (True, bot.id)
    chat = await bot.get_chat(READER)
    assert (chat.type, chat.first_name) == ("private", "reader")
    assert (await bot.get_chat_member(READER, READER)).status == "member"
    with pytest.raises(TelegramBadRequest, match="member not found"):
        await bot.get_chat_member(READER, ADMIN)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.get_chat(ADMIN)
    with pytest.raises(TelegramBadRequest, match="there are no administrators in the private chat"):
        await bot.get_chat_administrators(READER)
    assert await bot.delete_webhook()


async def test_drafts(console: Console) -> None:
    """A draft has a number and a text that a message could have, or none at all; it is no message."""
    bot, before = console.bot, console.out.getvalue()
    assert await bot.send_message_draft(READER, 1, text="Пишу")
    assert await bot.send_message_draft(READER, 1)
    assert await bot.send_chat_action(READER, "typing")
    with pytest.raises(TelegramBadRequest, match="message is too long"):
        await bot.send_message_draft(READER, 1, text="x" * 4097)
    with pytest.raises(TelegramBadRequest, match="draft_id"):
        await bot.send_message_draft(READER, 0, text="x")
    assert console.out.getvalue() == before


async def test_what_is_sent_can_be_used(console: Console) -> None:
    """What comes back from a call is tied to the bot through and through, as when it comes from Telegram."""
    asked = await console.bot.send_message(READER, "x")
    sent = await asked.reply("y", link_preview_options=LinkPreviewOptions(is_disabled=True))
    assert sent.reply_to_message
    assert sent.reply_to_message.message_id == asked.message_id
    assert await sent.reply_to_message.delete()
    assert await sent.chat.do("typing")
    assert sent.date.tzinfo


# --- HTML and entities ---


def marks(source: str) -> list[tuple[str, str]]:
    """What is marked how."""
    text, entities = html.parse(source)
    return [(entity.type, entity.extract_from(text)) for entity in entities]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>a</b><strong>b</strong>", [("bold", "a"), ("bold", "b")]),
        ("<I>a<u>b</u></I>", [("italic", "ab"), ("underline", "b")]),
        ("<s>a</s><tg-spoiler>b</tg-spoiler>", [("strikethrough", "a"), ("spoiler", "b")]),
        ("🙂<code>a&lt;b</code>", [("code", "a<b")]),
        ('<pre><code class="language-py">x</code></pre>', [("pre", "x")]),
        ("<blockquote expandable>a</blockquote>", [("expandable_blockquote", "a")]),
        ("<blockquote>a</blockquote>", [("blockquote", "a")]),
        ("<a href='https://a.example/?x=1&amp;y=2'>a</a>", [("text_link", "a")]),
        ("<a>https://a.example</a>", [("text_link", "https://a.example")]),
        ("<a href='nowhere'>a</a>", []),
        ("<a href='tg://user?id=7'>a</a>", [("text_mention", "a")]),
        ("<tg-emoji emoji-id='5'>🙂</tg-emoji>", [("custom_emoji", "🙂")]),
        ("<b></b>x", []),
    ],
)
def test_html(source: str, expected: list[tuple[str, str]]) -> None:
    """Each tag that Telegram knows becomes its entity, at the right place of the text that is shown."""
    assert marks(source) == expected


@pytest.mark.parametrize(
    ("source", "shown"),
    [("&amp;lt;", "&lt;"), ("&#1073;&#x431;", "бб"), ("&nbsp;&", "&nbsp;&"), ("&lt", "<"), ("&#0;&#xD800;", "&#0;&#xD800;")],
)  # fmt: skip
def test_references(source: str, shown: str) -> None:
    """The four names that Telegram knows and numbers are decoded; anything else stays as it is."""
    assert html.parse(source)[0] == shown


def test_what_becomes_of_a_text() -> None:
    """Control characters become spaces, ends are trimmed, and entities stay where they were, cut at the end."""
    kept = formatted("\x1b\n a\u202e\tb  \n", entities=[bold(3, 6)], parse_mode=None)
    assert kept.text == "a b"
    assert [entity.extract_from(kept.text) for entity in kept.entities] == ["a b"]
    led = formatted("  ab ", entities=[bold(0, 3)], parse_mode=None)
    assert (led.text, led.entities[0].extract_from(led.text)) == ("  ab", "  a"), "never trimmed into an entity"
    someone = formatted("x", entities=[link("tg://user?id=7")], parse_mode=None).entities[0]
    assert someone.type == "text_mention"
    assert someone.user == User(id=7, is_bot=False, first_name="7")


@given(st.text(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_entities_always_lie_within_the_text(text: str, offset: int, length: int) -> None:
    """Whatever is taken has entities that begin and end between characters of the text."""
    try:
        kept = formatted(text, entities=[bold(offset, length)], parse_mode=None)
    except NotTaken:
        return
    whole = kept.text.encode("utf-16-le")
    for entity in kept.entities:
        end = entity.offset + entity.length
        assert 0 <= entity.offset < end <= units(kept.text)
        for part in (whole[: 2 * entity.offset], whole[: 2 * end]):
            part.decode("utf-16-le")


@given(st.text(alphabet="<>/ab=\"' &;lt#x1\n", max_size=40))
def test_html_is_read_or_refused(source: str) -> None:
    """No source does more than be refused."""
    try:
        text, entities = html.parse(source)
    except NotTaken:
        return
    assert all(entity.offset + entity.length <= units(text) for entity in entities)


@pytest.mark.parametrize(
    "markup", [None, inline(), inline([]), ReplyKeyboardMarkup(keyboard=[[]]), ForceReply(force_reply=True)]
)
def test_an_empty_keyboard(markup: Any) -> None:
    """A keyboard without buttons is none."""
    check(markup)
    assert keyboard(markup, message_id=1, message=1) is None
