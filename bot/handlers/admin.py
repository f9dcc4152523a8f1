"""/admin: a one-time code makes an admin, admins make others; /admin log shows what they have changed."""

from __future__ import annotations

from datetime import datetime

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message, MessageOriginUser
from aiogram.utils.formatting import Bold, Code, Text, as_list

from bot import access, commands, posts, screens
from bot.editors import log_screens
from bot.keyboards import LogPress
from bot.known import Clock
from bot.rights import IsAdmin
from bot.screens import Screen
from bot.spans import clean
from bot.speech import Catalogues, Say
from core import queue
from core.db.engine import Database, Session
from core.readers import Reader
from core.settings import Settings
from core.store import admins
from core.store import posts as post_store

#: What stands before a code in a link; how long a user's number can be, and how large.
_LINKED, _DIGITS, _LARGEST = "admin-", 16, 2**52


def router() -> Router:
    """Who may steer, and what they did."""
    built = Router(name="admin")
    # A code is for one pair of eyes, and a command that somebody else has written is none of an admin's.
    built.message.filter(F.chat.type == ChatType.PRIVATE, F.forward_origin.is_(None))
    # A link may hold the code: t.me/bot?start=admin-CODE.
    built.message.register(become, CommandStart(deep_link=True, magic=F.args.startswith(_LINKED)))
    built.message.register(steer, Command("admin"), IsAdmin())
    built.message.register(become, Command("admin"))
    built.callback_query.register(turn_page, LogPress.filter(), IsAdmin())
    return built


async def become(
    message: Message,
    command: CommandObject,
    say: Say,
    database: Database,
    catalogues: Catalogues,
    clock: Clock,
    bot: Bot,
) -> None:
    """Whoever sends the one-time code becomes an admin."""
    user = message.from_user
    code = (command.args or "").strip().removeprefix(_LINKED)
    if user is None or not code:
        await screens.send(
            message, Screen(text=Text(say("This is for admins: /admin CODE, with a code that is still good.")))
        )
        return
    if not await access.redeem(database, code, user_id=user.id, name=user.full_name, now=clock()):
        await screens.send(message, Screen(text=Text(say("This code is not good, or was used already."))))
        return
    await screens.send(message, Screen(text=Text(say("You are an admin now. /help shows what you can do."))))
    await commands.describe_admin(bot, user.id, catalogues)


async def steer(
    message: Message,
    command: CommandObject,
    say: Say,
    database: Database,
    settings: Settings,
    catalogues: Catalogues,
    clock: Clock,
    bot: Bot,
    reader: Reader,
) -> None:
    """Who may steer; grant and revoke; the log."""
    verb, _, rest = (command.args or "").strip().partition(" ")
    match verb.lower():
        case "":
            await screens.send(message, await _who(database, settings, say))
        case "grant":
            if (number := await _grant(message, rest, say, database, clock)) is not None:
                await commands.describe_admin(bot, number, catalogues)
        case "revoke":
            if (number := await _revoke(message, rest, say, database, settings, clock)) is not None:
                await commands.undescribe_admin(bot, number)
        case "log" if not rest.strip():
            await screens.send(
                message,
                await log_screens.page(database, say, before=None, viewer=message.from_user, tz=reader.tz, now=clock()),
            )
        case _:
            usage = say("/admin shows who may steer; /admin grant NUMBER, /admin revoke NUMBER, /admin log.")
            await screens.send(message, Screen(text=Text(usage)))


async def turn_page(
    query: CallbackQuery,
    callback_data: LogPress,
    say: Say,
    database: Database,
    settings: Settings,
    clock: Clock,
    reader: Reader | None,
) -> None:
    """Older entries of the log, or newer ones."""
    await query.answer()
    tz = settings.tz.key if reader is None else reader.tz
    before = callback_data.before or None
    await screens.redraw(
        query, await log_screens.page(database, say, before=before, viewer=query.from_user, tz=tz, now=clock())
    )


# --- who -------------------------------------------------------------------------------------------------------------


async def _who(database: Database, settings: Settings, say: Say) -> Screen:
    async with database.begin() as session:
        found = await admins.every(session)
    lines: list[Text] = [
        Text(Code(str(number)), " · ", say("from the settings")) for number in sorted(settings.admin_ids)
    ]
    lines += [
        Text(Code(str(admin.user_id)), *([" · ", clean(admin.name)] if admin.name != str(admin.user_id) else []))
        for admin in found
    ]
    return Screen(
        text=as_list(
            Bold(say("Who may steer")),
            *lines,
            "",
            say(
                "Add somebody: /admin grant NUMBER, or reply with /admin grant to a message that you forward from them."
            ),
            say("Take it back: /admin revoke NUMBER. What was changed: /admin log."),
        )
    )


async def _grant(message: Message, rest: str, say: Say, database: Database, clock: Clock) -> int | None:
    """Make somebody an admin; the number of who has become one."""
    named = _named(message, rest)
    by = message.from_user
    if named is None or by is None:
        await screens.send(
            message, Screen(text=Text(say("Whom? /admin grant NUMBER, such as /admin grant 123456789.")))
        )
        return None
    number, name = named
    now = clock()
    async with database.begin() as session:
        is_new = await admins.grant(session, number, name=name, by=by.id, now=now)
        if is_new:
            await admins.note(
                session, admin_id=by.id, action="grant", subject=str(number), after={"name": name}, now=now
            )
        was_kept = not rest.strip() and await _take_out(session, message, now=now)
    told = (
        say("{number} may steer the bot now.", number=number)
        if is_new
        else say("{number} could do that already.", number=number)
    )
    taken = say("The message that you forwarded only named them: it is out of the archive again.") if was_kept else ""
    await screens.send(message, Screen(text=Text(told, *(["\n", taken] if taken else []))))
    return number if is_new else None


async def _take_out(session: Session, message: Message, *, now: datetime) -> bool:
    """Take what was forwarded out of the archive, where a command that answers it shows what it was forwarded for: to say
    who is meant. What was in the archive before stays.
    """
    replied = message.reply_to_message
    post = None if replied is None else posts.of_forward(replied)
    if replied is None or post is None or post.dump_key is None:
        return False
    was_kept = await post_store.take_out(session, post.dump_key, came_since=replied.date, now=now)
    if was_kept:
        await queue.wake_index(session)
    return was_kept


async def _revoke(
    message: Message, rest: str, say: Say, database: Database, settings: Settings, clock: Clock
) -> int | None:
    """Make somebody an admin no longer; the number of who was one."""
    # A name may follow who is granted; here a word more is a slip.
    named, by = _named(message, rest) if len(rest.split()) <= 1 else None, message.from_user
    if named is None or by is None:
        await screens.send(message, Screen(text=Text(say("Whom? /admin revoke NUMBER."))))
        return None
    number, _ = named
    if number in settings.admin_ids:
        told = say("{number} stands in the settings (SVODKA_BOT_ADMINS): take it out there.", number=number)
        await screens.send(message, Screen(text=Text(told)))
        return None
    now = clock()
    async with database.begin() as session:
        names = {admin.user_id: admin.name for admin in await admins.every(session)}
        was_one = await admins.revoke(session, number)
        if was_one:
            before = {"name": names.get(number, "")}
            await admins.note(session, admin_id=by.id, action="revoke", subject=str(number), before=before, now=now)
    told = (
        say("{number} may steer no longer.", number=number) if was_one else say("{number} is no admin.", number=number)
    )
    await screens.send(message, Screen(text=Text(told)))
    return number if was_one else None


def _named(message: Message, rest: str) -> tuple[int, str] | None:
    """Number and name of whom a command means: typed, or of the message that it replies to."""
    replied = message.reply_to_message
    if not rest.strip() and replied is not None and isinstance(replied.forward_origin, MessageOriginUser):
        user = replied.forward_origin.sender_user
        return None if user.is_bot else (user.id, user.full_name)
    number, _, name = rest.strip().partition(" ")
    if not number.isascii() or not number.isdecimal() or len(number) > _DIGITS or not 0 < int(number) < _LARGEST:
        return None
    return int(number), name.strip()[:64] or number
