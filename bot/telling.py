"""Tells answers: shows one as it grows, says it once it is whole, and notes that. What a bot that died had not told is told by
another one.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import InlineKeyboardMarkup, Message, ReplyParameters

from bot import answers, ask_keys, deliver, screens
from bot.answers import Shown
from bot.known import Clock
from bot.speech import Catalogues, Say
from bot.waiting import Waiting
from core import log
from core.answers import Answer, Question, Wish
from core.db.engine import Database
from core.filters import Request
from core.store import questions, readers, requests

#: Whoever tells an answer renews its lease; when it does not, another one tells it.
LEASE = timedelta(seconds=30)
#: Seconds between two looks for oneself, and after which nobody is expected to answer any more.
LOOK, PATIENCE = 4.0, 150.0
#: Answers that are older are for nobody any more.
OLDEST = timedelta(minutes=30)

_logger = log.get("bot.telling")


class Telling(Waiting):
    """What tells answers in one bot."""

    def __init__(self, database: Database, *, catalogues: Catalogues, clock: Clock, patience: float = PATIENCE) -> None:
        super().__init__()
        self._database = database
        self._catalogues = catalogues
        self._clock = clock
        self._patience = patience

    def tell(self, question: Question, bot: Bot) -> None:
        """Tell an answer when it is there, in the background; nothing happens where somebody else does."""
        self.begin(self._tell(question, bot))

    async def tell_left(self, bot: Bot) -> None:
        """Take on what others have left untold."""
        now = self._clock()
        async with self._database.begin() as session:
            left = await questions.untold(session, now=now, since=now - OLDEST)
        for question in left:
            self.tell(question, bot)

    async def _tell(self, question: Question, bot: Bot) -> None:
        holding = asyncio.create_task(self._hold(question))
        sketch = Sketch(bot, question)
        try:
            if not await asyncio.shield(holding):
                return
            answer = await self._awaited(question, sketch)
            while (wait := await self._say(question, answer, sketch)) is not None:
                await self._pause(question, wait)
        except asyncio.CancelledError:
            if await holding:
                await asyncio.shield(self._let_go(question))
            raise

    async def _hold(self, question: Question) -> bool:
        now = self._clock()
        async with self._database.begin() as session:
            return await questions.hold(session, question.id, until=now + LEASE, now=now)

    async def _let_go(self, question: Question) -> None:
        async with self._database.begin() as session:
            await questions.let_go(session, question.id)

    async def _awaited(self, question: Question, sketch: Sketch) -> Answer | None:
        """The answer; None of one that never comes."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._patience
        async with self.listening(self._database) as listener, listener.awaited(str(question.request_id)) as heard:
            while True:
                heard.clear()
                async with self._database.begin() as session:
                    # In this order: a request that is done has had its answer written down before.
                    request = await requests.get(session, question.request_id)
                    found = await questions.get(session, question.id)
                    await questions.extend(session, question.id, until=self._clock() + LEASE)
                if found is None or found.answer is not None:
                    return found.answer if found else None
                if request is None or request.done or loop.time() >= ends:
                    await self._give_up(request)
                    return None
                await sketch.show(found)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), LOOK)

    async def _give_up(self, request: Request | None) -> None:
        """Nobody need answer what nobody waits for any more."""
        if request is not None and not request.done:
            async with self._database.begin() as session:
                await requests.fail(session, request.id, "nobody answered in time")

    # --- the whole answer --------------------------------------------------------------------------------------------

    async def _pause(self, question: Question, seconds: float) -> None:
        async with self._database.begin() as session:
            await questions.extend(session, question.id, until=self._clock() + timedelta(seconds=seconds) + LEASE)
        await asyncio.sleep(seconds)

    async def _say(self, question: Question, answer: Answer | None, sketch: Sketch) -> float | None:
        """Tell the answer and note that; how many seconds Telegram wants to be left alone first, if it does."""
        async with self._database.begin() as session:
            if await questions.get(session, question.id) is None:
                return None  # who asked has had it forgotten
            if answer is not None:
                gone = await questions.gone(session, answers.posts(answer), now=self._clock())
                answer = answers.without(answer, gone)
            reader = await readers.of_chat(session, question.chat_id, thread_id=question.thread_id)
        say = Say(self._catalogues, question.lang)
        shown, keyboard = self._shown(question, answer, say, menus=reader is not None)
        told: int | None = None
        try:
            told = await sketch.replace(shown, keyboard)
        except TelegramRetryAfter as error:
            return float(error.retry_after)
        except (TelegramNetworkError, TelegramServerError) as error:
            _logger.warning("an answer was not told", question=question.id, reason=type(error).__name__)
            return None  # the lease runs out, and it is tried again
        except TelegramAPIError as error:
            _logger.info("an answer cannot be told", question=question.id, reason=error.message)
        async with self._database.begin() as session:
            await questions.told(session, question.id, message_id=told, now=self._clock())
        return None

    def _shown(
        self, question: Question, answer: Answer | None, say: Say, *, menus: bool
    ) -> tuple[Shown, InlineKeyboardMarkup | None]:
        """The answer in words, and the buttons below it. `menus`: somebody reads here whom a story can be saved for."""
        if answer is None:
            return Shown(
                text=say("I could not find an answer in time. Please ask once more in a while."), marks=()
            ), None
        now, tz = self._clock(), ZoneInfo(question.tz)
        if question.wish is Wish.STORIES:
            return answers.page(answer, 0, say, now=now, tz=tz), found_keyboard(question.id, answer, 0, menus=menus)
        rows = ask_keys.follow_up_rows(question.id, answer.follow_ups)
        heading = question.text if question.place.startswith("button") else ""
        return answers.answer(answer, say, now=now, tz=tz, heading=heading), screens.keyboard(rows)


def found_keyboard(question_id: int, found: Answer, page: int, *, menus: bool) -> InlineKeyboardMarkup | None:
    """The buttons below a page of stories; without `menus` those to other pages alone."""
    stories = [hit.story_id for hit in answers.on_page(found, page)] if menus else []
    return screens.keyboard(ask_keys.page_rows(question_id, page, answers.pages(found), stories=stories))


class Sketch:
    """What stands in the chat while an answer is being written: a draft in private, a message that is edited elsewhere."""

    def __init__(self, bot: Bot, question: Question) -> None:
        self._bot = bot
        self._question = question
        self._message: Message | None = None
        self._shown: str | None = None
        self._drafts = question.chat_id > 0

    async def show(self, question: Question) -> None:
        """Show how far the answer has come; that nothing can be shown is no reason not to answer."""
        text = answers.draft(question.draft) if question.draft else ""
        if text == self._shown and text:
            return
        try:
            if self._drafts:
                await self._bot.send_message_draft(
                    question.chat_id, draft_id=question.id, text=text, message_thread_id=question.thread_id
                )
            elif text:
                self._message = await self._put(Shown(text=text, marks=()))
            else:
                await self._bot.send_chat_action(
                    question.chat_id, ChatAction.TYPING, message_thread_id=question.thread_id
                )
        except TelegramBadRequest:
            self._drafts = False  # a server or a client that knows no drafts
        except TelegramAPIError as error:
            _logger.info("a draft was not shown", question=question.id, reason=type(error).__name__)
        self._shown = text

    async def replace(self, shown: Shown, keyboard: InlineKeyboardMarkup | None) -> int:
        """Put the whole answer in its place; the number of its message."""
        try:
            return (await self._put(shown, keyboard)).message_id
        except TelegramBadRequest:
            if self._message is None:
                raise
            self._message = None  # somebody has deleted it
            return (await self._put(shown, keyboard)).message_id

    async def _put(self, shown: Shown, keyboard: InlineKeyboardMarkup | None = None) -> Message:
        """Put a text in the place of what stands there, or send it, where nothing does."""
        if self._message is None:
            return await self._send(shown, keyboard)
        await self._bot.edit_message_text(
            shown.text,
            chat_id=self._question.chat_id,
            message_id=self._message.message_id,
            entities=deliver.entities(shown.marks),
            reply_markup=keyboard,
            link_preview_options=screens.NO_PREVIEW,
        )
        return self._message

    async def _send(self, shown: Shown, keyboard: InlineKeyboardMarkup | None) -> Message:
        question = self._question
        replied = ask_keys.message_of(question.place) if question.chat_id < 0 else None
        return await self._bot.send_message(
            question.chat_id,
            shown.text,
            message_thread_id=question.thread_id,
            entities=deliver.entities(shown.marks),
            reply_markup=keyboard,
            link_preview_options=screens.NO_PREVIEW,
            reply_parameters=ReplyParameters(message_id=replied, allow_sending_without_reply=True) if replied else None,
        )
