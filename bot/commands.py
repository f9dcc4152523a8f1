"""What the bot tells Telegram of itself: the lists of commands by language and role, and its descriptions; and which
command is meant by one that there is not.

Said again only where it differs from what Telegram has, since these calls are counted.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeUnion,
)

from bot.speech import Catalogues, Say
from core import log

#: Telegram's languages and ours: what has no list of its own is shown the one of "".
_SPOKEN = {"": "en", "ru": "ru"}

#: Letters that stand on one key: who forgets to switch the keyboard writes /рудз for /help.
_KEYS = str.maketrans("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm")
#: What people write instead of a command, since Telegram takes none but Latin letters.
_RUSSIAN = {
    "дайджест": "digest", "новости": "digest", "темы": "topics", "каналы": "channels", "сохранённое": "saved",
    "сохраненное": "saved", "настройки": "settings", "старт": "start", "начать": "start", "стоп": "stop", "пауза": "stop",
    "подписаться": "subscribe", "отписаться": "unsubscribe", "помощь": "help", "вопрос": "ask", "спросить": "ask", "поиск": "search",
    "найти": "search", "справка": "help", "отмена": "cancel",
}  # fmt: skip
#: How alike a word has to be to a command to be taken for a slip: one letter of four, two of eight.
_ALIKE = 0.7

_logger = log.get("bot.commands")


def for_readers(say: Say) -> list[BotCommand]:
    """What people are offered in private."""
    return [
        BotCommand(command="digest", description=say("a digest now")),
        BotCommand(command="ask", description=say("ask about what the channels write")),
        BotCommand(command="search", description=say("find stories by words")),
        BotCommand(command="topics", description=say("choose topics")),
        BotCommand(command="channels", description=say("what I read; mute or limit a channel")),
        BotCommand(command="saved", description=say("stories that you saved")),
        BotCommand(command="settings", description=say("time, days, time zone, language, length")),
        BotCommand(command="start", description=say("subscribe, or come back")),
        BotCommand(command="stop", description=say("pause the digests")),
        BotCommand(command="help", description=say("what I can do")),
        BotCommand(command="privacy", description=say("what I keep about you")),
        BotCommand(command="export", description=say("all that I keep about you, as a file")),
        BotCommand(command="forget", description=say("delete all that I keep about you")),
    ]


def for_groups(say: Say) -> list[BotCommand]:
    """What everybody in a group is offered."""
    return [
        BotCommand(command="digest", description=say("a digest now")),
        BotCommand(command="ask", description=say("ask about what the channels write")),
        BotCommand(command="search", description=say("find stories by words")),
        BotCommand(command="help", description=say("what I can do")),
        BotCommand(command="privacy", description=say("what I keep about you")),
    ]


def for_group_admins(say: Say) -> list[BotCommand]:
    """What admins of a group are offered there."""
    return [
        BotCommand(command="subscribe", description=say("send digests here")),
        BotCommand(command="unsubscribe", description=say("pause the digests")),
        BotCommand(command="topics", description=say("choose topics")),
        BotCommand(command="channels", description=say("what I read; mute or limit a channel")),
        BotCommand(command="settings", description=say("time, days, time zone, language, length")),
        *for_groups(say),
    ]


def for_admins(say: Say) -> list[BotCommand]:
    """What those who steer the bot are offered in private, beside what readers are."""
    return [
        BotCommand(command="admin", description=say("who may steer, and what they changed")),
        BotCommand(command="filters", description=say("drop, raise or pin posts")),
        BotCommand(command="stats", description=say("how it goes")),
        BotCommand(command="errors", description=say("what went wrong")),
        BotCommand(command="preview", description=say("today's digest, as a reader would get it")),
        BotCommand(command="broadcast", description=say("a message to all subscribers")),
    ]


def nearest(typed: str, among: Collection[str]) -> str | None:
    """The command of these that somebody may have meant who typed another word; None if none is near."""
    word = typed.lower()
    spoken = {name: name for name in among} | {word: name for word, name in _RUSSIAN.items() if name in among}
    for tried in (word, word.translate(_KEYS)):
        if found := difflib.get_close_matches(tried, spoken, n=1, cutoff=_ALIKE):
            return spoken[found[0]]
    return None


async def describe(bot: Bot, admin_ids: Collection[int], catalogues: Catalogues) -> None:
    """Bring commands and descriptions at Telegram up to date. Nothing is raised: a bot without a menu still works."""
    for code, lang in _SPOKEN.items():
        say = Say(catalogues, lang)
        await _list(bot, for_readers(say), BotCommandScopeAllPrivateChats(), code)
        await _list(bot, for_groups(say), BotCommandScopeAllGroupChats(), code)
        await _list(bot, for_group_admins(say), BotCommandScopeAllChatAdministrators(), code)
        await _tell(bot, say, code)
    for admin in sorted(admin_ids):
        await describe_admin(bot, admin, catalogues)


async def describe_admin(bot: Bot, user_id: int, catalogues: Catalogues) -> None:
    """Offer an admin's commands in the chat with somebody, once they have spoken with the bot."""
    for code, lang in _SPOKEN.items():
        say = Say(catalogues, lang)
        await _list(bot, [*for_readers(say), *for_admins(say)], BotCommandScopeChat(chat_id=user_id), code)


async def undescribe_admin(bot: Bot, user_id: int) -> None:
    """Offer somebody who is no admin any longer what readers are offered."""
    for code in _SPOKEN:
        await _list(bot, [], BotCommandScopeChat(chat_id=user_id), code)


async def _list(bot: Bot, wanted: Sequence[BotCommand], scope: BotCommandScopeUnion, code: str) -> None:
    try:
        found = await bot.get_my_commands(scope=scope, language_code=code or None)
        if _plain(found) == _plain(wanted):
            return
        if wanted:
            await bot.set_my_commands(list(wanted), scope=scope, language_code=code or None)
        else:
            await bot.delete_my_commands(scope=scope, language_code=code or None)
    except AiogramError as error:
        _logger.warning("commands not set", scope=scope.type, language=code, error=str(error))


def _plain(listed: Sequence[BotCommand]) -> list[tuple[str, str]]:
    """What a list says: aiogram's objects also differ by the bot that they came through."""
    return [(command.command, command.description) for command in listed]


async def _tell(bot: Bot, say: Say, code: str) -> None:
    about = say(
        "I read channels about machine learning and AI, put posts about the same thing together into stories, and send you"
        " one short digest a day: your topics, your hour, every sentence with a link to its post."
    )
    short = say("One short digest a day of what channels write about ML and AI, with links to the posts.")
    try:
        if (await bot.get_my_description(language_code=code or None)).description != about:
            await bot.set_my_description(description=about, language_code=code or None)
        if (await bot.get_my_short_description(language_code=code or None)).short_description != short:
            await bot.set_my_short_description(short_description=short, language_code=code or None)
    except AiogramError as error:
        _logger.warning("description not set", language=code, error=str(error))
