"""/ask, /search, plain words in private and replies to answers: a question becomes a row, and its answer is told when it is there."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, ReplyKeyboardRemove
from aiogram.utils.formatting import Text

from bot import answers, ask_keys, deliver, screens
from bot.ask_keys import FollowPress, FoundPress
from bot.known import Clock
from bot.pages import leftovers as pages
from bot.screens import Screen
from bot.speech import Say
from bot.telling import Telling, found_keyboard
from core.answers import LONGEST, Question, Wish
from core.db.engine import Database
from core.readers import Reader
from core.settings import Settings
from core.store import questions

#: A day of questions; and so many times as many may be asked in a group.
DAY, GROUP_SHARE = timedelta(days=1), 3
#: So many questions of one person may wait for their answers.
MOST_WAITING = 2
#: What is typed so soon after an answer may go on with it.
SOON = timedelta(minutes=10)
#: The commands that ask.
_WISHES = {"ask": Wish.ANSWER, "search": Wish.STORIES}


def router() -> Router:
    """Questions; plain words and replies are asked about after everything else."""
    built = Router(name="ask")
    own = F.forward_origin.is_(None)
    built.message.register(ask, Command(*_WISHES), own)
    built.message.register(reply, own, F.text, ~F.text.startswith("/"), replies_to_answer)
    built.callback_query.register(follow, FollowPress.filter())
    built.callback_query.register(turn, FoundPress.filter())
    return built


class Asking:
    """Who asks, and where: what a question is made of besides its words."""

    def __init__(
        self, message: Message, reader: Reader | None, say: Say, settings: Settings, database: Database, clock: Clock
    ) -> None:
        self.message = message
        self.say = say
        self.database = database
        self.now = clock()
        self.tz = reader.tz if reader is not None else settings.timezone
        self.lang = say.lang
        self.most = settings.questions_per_day
        self.chat_id = message.chat.id
        self.thread_id = message.message_thread_id if message.is_topic_message else None
        self.is_private = message.chat.type == ChatType.PRIVATE

    async def ask(
        self, wish: Wish, text: str, *, asker_id: int, place: str, after: int | None = None
    ) -> Question | Screen:
        """The question as a row, or why it is none. The same place asks once, however often it is heard."""
        text = " ".join(text.split())
        if len(text) > LONGEST:
            return self._no(self.say("This is too long: a question has at most {most} characters.", most=LONGEST))
        async with self.database.begin() as session:
            asked, waiting = await questions.asked_since(session, asker_id, since=self.now - DAY)
            here = 0 if self.is_private else await questions.asked_in(session, self.chat_id, since=self.now - DAY)
            if asked >= self.most or here >= GROUP_SHARE * self.most:
                return self._no(self.say("That is enough for a day: I answer again tomorrow."))
            if waiting >= MOST_WAITING:
                return self._no(self.say("One moment: I am still looking for the answers to your last questions."))
            if after is None and self.is_private and wish is Wish.ANSWER:
                after = await questions.latest(session, self.chat_id, asker_id, since=self.now - SOON)
            question, _ = await questions.ask(
                session,
                wish=wish,
                chat_id=self.chat_id,
                thread_id=self.thread_id,
                asker_id=asker_id,
                place=place,
                text_=text,
                lang=self.lang,
                tz=self.tz,
                after=after,
                now=self.now,
            )
        return question

    def _no(self, told: str) -> Screen:
        return Screen(text=Text(told))


def asker_of(message: Message) -> int:
    """Who asks: a person, or the group or channel that somebody speaks as."""
    if message.sender_chat is not None:
        return message.sender_chat.id
    return message.from_user.id if message.from_user is not None else message.chat.id


# --- what asks -------------------------------------------------------------------------------------------------------


async def ask(
    message: Message,
    command: CommandObject,
    reader: Reader | None,
    say: Say,
    settings: Settings,
    database: Database,
    clock: Clock,
    telling: Telling,
    bot: Bot,
) -> None:
    """Ask, or search for, what stands after the command."""
    wish, text = _WISHES[command.command], command.args or ""
    if not text.strip():
        await screens.send(message, Screen(text=Text(_hint(wish, say))))
        return
    asking = Asking(message, reader, say, settings, database, clock)
    await _begin(asking, wish, text, telling, bot)


def _hint(wish: Wish, say: Say) -> str:
    if wish is Wish.ANSWER:
        return say("Write the question after the command: /ask what is new about agents?")
    return say(
        "Write what to look for after the command: /search agents. You can narrow it down: topic:agents, channel:name, "
        'since:2026-09-01, until:yesterday, "exact words", -without.'
    )


async def replies_to_answer(message: Message, bot: Bot, database: Database) -> bool | dict[str, Question]:
    """Whether a message replies to one of our answers, and to which question."""
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.from_user.id != bot.id:
        return False
    async with database.begin() as session:
        question = await questions.told_as(session, message.chat.id, replied.message_id)
    return False if question is None or question.wish is not Wish.ANSWER else {"before": question}


async def reply(
    message: Message,
    before: Question,
    reader: Reader | None,
    say: Say,
    settings: Settings,
    database: Database,
    clock: Clock,
    telling: Telling,
    bot: Bot,
) -> None:
    """Go on with an answer."""
    asking = Asking(message, reader, say, settings, database, clock)
    await _begin(asking, Wish.ANSWER, message.text or "", telling, bot, after=before.id)


async def words(
    message: Message,
    reader: Reader | None,
    say: Say,
    settings: Settings,
    database: Database,
    clock: Clock,
    telling: Telling,
    bot: Bot,
) -> None:
    """Plain words in private are a question, if they ask anything; a keyboard of ours that is still there is taken away."""
    if pages.is_small_talk(message.text or ""):
        await screens.tell(message, pages.plain(say).text, keyboard=ReplyKeyboardRemove())
        return
    asking = Asking(message, reader, say, settings, database, clock)
    await _begin(asking, Wish.ANSWER, message.text or "", telling, bot)


async def _begin(
    asking: Asking, wish: Wish, text: str, telling: Telling, bot: Bot, *, after: int | None = None
) -> None:
    message = asking.message
    place = ask_keys.of_message(message.message_id, replies=after is not None)
    found = await asking.ask(wish, text, asker_id=asker_of(message), place=place, after=after)
    if isinstance(found, Screen):
        await screens.send(message, found)
    else:
        telling.tell(found, bot)


# --- buttons ---------------------------------------------------------------------------------------------------------


async def follow(
    query: CallbackQuery,
    callback_data: FollowPress,
    reader: Reader | None,
    say: Say,
    settings: Settings,
    database: Database,
    clock: Clock,
    telling: Telling,
    bot: Bot,
) -> None:
    """Ask what a button says."""
    before = await _of_chat(query, callback_data.question, database)
    follow_ups = before.answer.follow_ups if before is not None and before.answer is not None else ()
    if before is None or callback_data.place >= len(follow_ups) or not isinstance(query.message, Message):
        await query.answer(say("This question is not kept any more."))
        return
    asking = Asking(query.message, reader, say, settings, database, clock)
    found = await asking.ask(
        Wish.ANSWER,
        follow_ups[callback_data.place],
        asker_id=query.from_user.id,
        place=ask_keys.of_button(callback_data),
        after=before.id,
    )
    if isinstance(found, Screen):
        await query.answer(found.text.render()[0], show_alert=True)
        return
    await query.answer()
    telling.tell(found, bot)


async def turn(
    query: CallbackQuery,
    callback_data: FoundPress,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
) -> None:
    """Turn the page of a search; what was deleted since is left out."""
    question = await _of_chat(query, callback_data.question, database)
    if question is None or question.answer is None:
        await query.answer(say("This search is not kept any more: send it again."))
        return
    await query.answer()
    if not isinstance(query.message, Message):
        return
    now = clock()
    async with database.begin() as session:
        gone = await questions.gone(session, answers.posts(question.answer), now=now)
    found = answers.without(question.answer, gone)
    if found is None:  # an answer, which has no pages
        return
    page = min(callback_data.page, max(0, answers.pages(found) - 1))
    shown = answers.page(found, page, say, now=now, tz=ZoneInfo(question.tz))
    await query.message.edit_text(
        shown.text,
        entities=deliver.entities(shown.marks),
        reply_markup=found_keyboard(question.id, found, page, menus=reader is not None),
        link_preview_options=screens.NO_PREVIEW,
    )


async def _of_chat(query: CallbackQuery, question_id: int, database: Database) -> Question | None:
    """A question that was asked in the chat of the button: others are nobody's business here."""
    async with database.begin() as session:
        question = await questions.get(session, question_id)
    is_here = query.message is not None and question is not None and question.chat_id == query.message.chat.id
    return question if is_here else None
