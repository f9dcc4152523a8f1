"""/help: what can be done here."""

from __future__ import annotations

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import Message

from bot import commands, rights, screens
from bot.pages import info as pages
from bot.speech import Say
from core.readers import Reader


def router() -> Router:
    """Help, in private and in groups."""
    built = Router(name="help")
    built.message.register(help_command, Command("help"), F.forward_origin.is_(None))
    return built


async def help_command(
    message: Message,
    reader: Reader | None,
    say: Say,
    is_admin: bool,  # noqa: FBT001 - aiogram passes it by name
    bot: Bot,
) -> None:
    """Tell what can be done, by who asks and where."""
    if message.chat.type == ChatType.PRIVATE:
        listed, own = commands.for_readers(say), reader
    elif await rights.may_change(message, bot):
        listed, own = commands.for_group_admins(say), reader
    else:
        listed, own = commands.for_groups(say), None
    admins = commands.for_admins(say) if is_admin and message.chat.type == ChatType.PRIVATE else []
    await screens.send(message, pages.help_page(listed, admins, own, say))
