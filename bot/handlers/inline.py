"""`@bot words` in any chat: the stories that `/search` finds, to be shared with a tap.

Telegram sends a query with every few letters (its apps wait about 0.4 seconds for the next one) and forgets it after about ten
seconds. So what somebody types next replaces what waits of them, and what comes too late is for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import CommandStart
from aiogram.types import (
    InlineKeyboardButton,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Message,
)
from aiogram.utils.formatting import Text

from bot import ask_keys, deliver, inline_results, screens
from bot.known import Clock
from bot.screens import Screen
from bot.speech import Say
from bot.telling import Telling
from core.answers import LONGEST, NOWHERE, Answer, Hit, Question, Wish
from core.db.engine import Database, Session
from core.readers import Reader, ReaderState
from core.settings import Settings
from core.store import questions, readers, requests, shelf

#: What is shorter looks for nothing: it is shown the greatest stories of so long.
SHORTEST, NEWEST = 2, timedelta(days=1)
#: A day of searches: so many times as many as of questions, since one comes with every few letters.
DAY, LETTERS = timedelta(days=1), 10
#: What anybody has typed so lately is answered with what was found then; Telegram, too, keeps an answer so long.
LATELY = timedelta(minutes=1)
#: Seconds after which nobody waits any more: Telegram forgets a query after about ten.
PATIENCE = 8.0
#: What the button above the results starts the bot with.
START = "inline"


def router() -> Router:
    """To be asked before /start: who comes from a chat has not come back to their digests."""
    built = Router(name="inline")
    built.inline_query.register(asked)
    private, own = F.chat.type == ChatType.PRIVATE, F.forward_origin.is_(None)
    built.message.register(opened, private, own, CommandStart(magic=F.args == START), _is_known)
    return built


async def asked(
    query: InlineQuery, say: Say, settings: Settings, database: Database, clock: Clock, telling: Telling
) -> None:
    """Show stories: those that words find, more of them, or the newest while there are no words."""
    async with database.begin() as session:
        reader = await readers.of_chat(session, query.from_user.id, thread_id=None)
    inline = Inline(query, reader, say, settings, database, clock)
    if query.offset:
        await inline.show_more()
        return
    found = await inline.ask()
    if found is None:
        await inline.show_newest()
    elif isinstance(found, str):
        await inline.answer((), button=found)
    elif found.answer is not None:
        await inline.show(found.id, found.answer)
    else:
        telling.begin(inline.show_found(found, telling))


class Inline:
    """Words that somebody types, and their answer."""

    def __init__(
        self,
        query: InlineQuery,
        reader: Reader | None,
        say: Say,
        settings: Settings,
        database: Database,
        clock: Clock,
    ) -> None:
        self._query = query
        self._text = " ".join(query.query.split())[:LONGEST]
        self._asker = query.from_user.id
        self.say = say if reader is None else say.into(reader.lang)
        self._tz = reader.tz if reader is not None else settings.timezone
        self._most = LETTERS * settings.questions_per_day
        self._database = database
        self._clock = clock
        self._now = clock()

    # --- what is asked -----------------------------------------------------------------------------------------------

    async def ask(self) -> Question | str | None:
        """The search as a row, in place of what waits; None while there is nothing to look for, words where there is no search."""
        async with self._database.begin() as session:
            await questions.replace_typed(session, self._asker, since=self._now - DAY)
            if len(self._text) < SHORTEST:
                return None
            since = self._now - LATELY
            same = await questions.typed(session, self._text, lang=self.say.lang, tz=self._tz, since=since)
            return same or await self._new(session)

    async def _new(self, session: Session) -> Question | str:
        count, _ = await questions.asked_since(session, self._asker, since=self._now - DAY, inline=True)
        if count >= self._most:
            return self.say("That is enough for a day")
        question, _ = await questions.ask(
            session,
            wish=Wish.STORIES,
            chat_id=NOWHERE,
            thread_id=None,
            asker_id=self._asker,
            place=ask_keys.of_inline(self._query.id),
            text_=self._text,
            lang=self.say.lang,
            tz=self._tz,
            now=self._now,
        )
        return question

    # --- what is shown -----------------------------------------------------------------------------------------------

    async def show_found(self, question: Question, telling: Telling) -> None:
        """Show what a search finds once it has; nothing where something else was typed, or it was forgotten, meanwhile."""
        async with telling.listening(self._database) as listener:
            request = await requests.answered(self._database, listener, question.request_id, timeout=PATIENCE)
        async with self._database.begin() as session:
            if not request.done:
                await requests.fail(session, request.id, "nobody answered in time")
            found = await questions.get(session, question.id)
        if found is None or request.reason == questions.REPLACED:
            return
        if found.answer is not None:
            await self.show(found.id, found.answer)
        else:
            await self.answer((), button=self.say("No answer in time: try once more"), kept=timedelta())

    async def show_more(self) -> None:
        """Show the next page of what the same words have found."""
        named = inline_results.at(self._query.offset)
        question = None
        if named is not None:
            async with self._database.begin() as session:
                question = await questions.get(session, named[0])
        # The words are the key: who knows them may look for them, too.
        is_theirs = question is not None and (question.chat_id, question.text) == (NOWHERE, self._text)
        if named is None or question is None or question.answer is None or not is_theirs:
            await self.answer(())
            return
        await self.show(question.id, question.answer, start=named[1])

    async def show(self, question_id: int, found: Answer, *, start: int = 0) -> None:
        """Show a page of what was found, less what may not be shown any more."""
        async with self._database.begin() as session:
            gone = await questions.gone(session, {hit.post.id for hit in found.hits[start:]}, now=self._clock())
        page = inline_results.page(found.hits, start, gone)
        after = "" if page.after is None else inline_results.offset(question_id, page.after)
        button = None if page.hits or start else inline_results.nothing(found, self.say)
        await self.answer(page.hits, after=after, button=button)

    async def show_newest(self) -> None:
        """Show the greatest stories of the last day, which stand ready, and what can be typed."""
        async with self._database.begin() as session:
            since = self._now - NEWEST
            stories = await shelf.in_window(
                session, lang=self.say.lang, since=since, until=self._now, limit=2 * inline_results.ON_A_PAGE
            )
            hits = [hit for story in stories if (hit := inline_results.ready(story)) is not None]
            gone = await questions.gone(session, {hit.post.id for hit in hits}, now=self._now)
        page = inline_results.page(hits, 0, gone)
        await self.answer(page.hits, button=self.say("Type what to look for, or open the bot"))

    async def answer(
        self,
        hits: Sequence[Hit],
        *,
        after: str = "",
        button: str | None = None,
        kept: timedelta = LATELY,
    ) -> None:
        """Answer with stories, and a button above them that leads to the bot. Telegram keeps the answer for this person."""
        above = None
        if button is not None:
            above = InlineQueryResultsButton(text=inline_results.button_text(button), start_parameter=START)
        tz = ZoneInfo(self._tz)
        await self._query.answer(
            [_article(inline_results.result(hit, self.say, now=self._now, tz=tz)) for hit in hits],
            cache_time=int(kept.total_seconds()),
            is_personal=True,
            next_offset=after,
            button=above,
        )


def _article(result: inline_results.Result) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        id=result.id,
        title=result.title,
        description=result.description,
        input_message_content=InputTextMessageContent(
            message_text=result.message.text,
            entities=deliver.entities(result.message.marks),
            link_preview_options=screens.NO_PREVIEW,
        ),
    )


# --- the button above the results ------------------------------------------------------------------------------------


def _is_known(_message: Message, reader: Reader | None) -> bool:
    """Whether somebody has subscribed once; everybody else is welcomed as /start does."""
    return reader is not None and reader.state is not ReaderState.NEW


async def opened(message: Message, say: Say) -> None:
    """Tell how stories are found and shared; a pause stays a pause."""
    told = say(
        "Type my name and a few words in any chat: a tap sends the story there. Here just ask, or /search lists stories."
    )
    button = InlineKeyboardButton(text=say("Share a story"), switch_inline_query="")
    await screens.send(message, Screen(text=Text(told), buttons=[[button]]))
