"""What the bot asks and tells about itself and about those who are there."""

from __future__ import annotations

from aiogram import Bot
from aiogram.methods import (
    DeleteMyCommands,
    DeleteWebhook,
    GetChat,
    GetChatAdministrators,
    GetChatMember,
    GetMe,
    GetMyCommands,
    GetMyDescription,
    GetMyShortDescription,
    SetMyCommands,
    SetMyDescription,
    SetMyShortDescription,
)
from aiogram.types import (
    AcceptedGiftTypes,
    BotCommand,
    BotDescription,
    BotShortDescription,
    ChatFullInfo,
    ChatMemberAdministrator,
    ChatMemberMember,
    ChatMemberOwner,
    User,
)

from bot.console.desk import Desk
from bot.console.refusals import NotTaken
from bot.console.sending import bound, myself

_NO_GIFTS = AcceptedGiftTypes(
    unlimited_gifts=False,
    limited_gifts=False,
    unique_gifts=False,
    premium_subscription=False,
    gifts_from_channels=False,
)


async def get_me(desk: Desk, bot: Bot, _method: GetMe) -> User:
    """The bot itself."""
    return bound(myself(desk, bot), bot)


async def get_chat(desk: Desk, bot: Bot, method: GetChat) -> ChatFullInfo:
    """A person's chat, once the bot has met them."""
    room = desk.room(method.chat_id)
    if not room.started:
        raise NotTaken("chat not found")
    return bound(
        ChatFullInfo(
            id=room.person.id,
            type="private",
            first_name=room.person.name,
            accent_color_id=0,
            max_reaction_count=11,
            accepted_gift_types=_NO_GIFTS,
        ),
        bot,
    )


async def get_member(desk: Desk, bot: Bot, method: GetChatMember) -> ChatMemberMember:
    """A member of a private chat: the person or the bot."""
    room = desk.room(method.chat_id)
    users = {room.person.id: room.person.user(), bot.id: myself(desk, bot)}
    if not room.started or method.user_id not in users:
        raise NotTaken("Member not found" if room.started else "chat not found")
    return bound(ChatMemberMember(user=users[method.user_id]), bot)


async def get_administrators(
    desk: Desk, _bot: Bot, method: GetChatAdministrators
) -> list[ChatMemberOwner | ChatMemberAdministrator]:
    """Refused: all chats here are private."""
    desk.room(method.chat_id)
    raise NotTaken("there are no administrators in the private chat")


async def set_commands(desk: Desk, _bot: Bot, method: SetMyCommands) -> bool:
    """The commands that the menu shows; here, `:help` does."""
    desk.menu.set_commands(method.commands, method.scope, method.language_code or "")
    return True


async def delete_commands(desk: Desk, _bot: Bot, method: DeleteMyCommands) -> bool:
    """No such list any more."""
    desk.menu.set_commands((), method.scope, method.language_code or "")
    return True


async def get_commands(desk: Desk, _bot: Bot, method: GetMyCommands) -> list[BotCommand]:
    """The list as it was set."""
    return list(desk.menu.get_commands(method.scope, method.language_code or ""))


async def set_description(desk: Desk, _bot: Bot, method: SetMyDescription) -> bool:
    """What an empty chat shows."""
    desk.menu.set_description(method.description or "", method.language_code or "")
    return True


async def set_short_description(desk: Desk, _bot: Bot, method: SetMyShortDescription) -> bool:
    """What the bot's page shows."""
    desk.menu.set_short_description(method.short_description or "", method.language_code or "")
    return True


async def get_description(desk: Desk, _bot: Bot, method: GetMyDescription) -> BotDescription:
    """What an empty chat shows, in one language; "" where nothing was set."""
    return BotDescription(description=desk.menu.descriptions.get(method.language_code or "", ""))


async def get_short_description(desk: Desk, _bot: Bot, method: GetMyShortDescription) -> BotShortDescription:
    """What the bot's page shows, in one language; "" where nothing was set."""
    return BotShortDescription(short_description=desk.menu.short_descriptions.get(method.language_code or "", ""))


async def delete_webhook(_desk: Desk, _bot: Bot, _method: DeleteWebhook) -> bool:
    """There is none."""
    return True
