"""/saved: the stories that a reader keeps, each with its menu."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message
from aiogram.utils.formatting import Bold, Text, TextLink, as_list

from bot import keyboards, screens
from bot.blocks import StoryBlock, render_blocks
from bot.known import Clock
from bot.screens import Screen
from bot.select import Digest, Section
from bot.spans import cut
from bot.speech import Say
from core.db.engine import Database
from core.readers import Reader
from core.store import memories, shelf

#: Saved stories that are listed, the newest; so much of a title, so that all of them stand in one message.
MOST, _TITLE_UNITS = 20, 140


def router() -> Router:
    """The list of saved stories."""
    built = Router(name="saved")
    built.message.register(saved, Command("saved"), F.forward_origin.is_(None))
    return built


async def saved(message: Message, reader: Reader | None, say: Say, database: Database, clock: Clock) -> None:
    """List what the reader keeps, newest first."""
    if reader is None:
        await screens.send(message, Screen(text=Text(say("Nobody has subscribed here yet: /subscribe does it."))))
        return
    async with database.begin() as session:
        kept = await memories.saved(session, reader.id)
        found = await shelf.by_ids(session, [story for story, _ in kept[:MOST]], lang=reader.lang)
    cards = [found[story].card for story, _ in kept[:MOST] if story in found]
    if not cards:
        nothing = say("Nothing is saved yet: press a story's number below a digest, then 🔖.")
        await screens.send(message, Screen(text=Text(nothing)))
        return
    digest = Digest(
        sections=(Section(topic=None, cards=tuple(cards)),),
        lang=say.lang,
        since=None,
        until=None,
        considered=len(cards),
    )
    blocks = render_blocks(digest, now=clock(), tz=ZoneInfo(reader.tz))
    stories = [block for block in blocks if isinstance(block, StoryBlock)]
    lines = [_line(place, block) for place, block in enumerate(stories, 1)]
    head = Bold(say.many("{n} saved story", "{n} saved stories", len(kept)))
    await screens.send(
        message,
        Screen(text=as_list(head, "", *lines), buttons=keyboards.story_rows([card.id for card in cards], 1)),
    )


def _line(place: int, block: StoryBlock) -> Text:
    title, url = cut(block.title.text, _TITLE_UNITS), block.title.url
    return Text(f"{place}. ", TextLink(title, url=url) if url else title, f" · {block.when}")
