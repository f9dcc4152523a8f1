"""The methods that look at chats and files, and the one that leaves a chat."""

from typing import Any

from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.chats import PERMISSIONS, Chat
from tests.fakes.botapi.errors import bad_request
from tests.fakes.botapi.limits import DOWNLOAD_BYTES
from tests.fakes.botapi.places import Place
from tests.fakes.botapi.world import World

Json = dict[str, Any]


def get_chat(world: World, call: Call) -> Json:
    chat = world.chat(call.params.get("chat_id"))
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    shown = chat.wire() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
    if chat.username:
        shown["active_usernames"] = [chat.username]
    if chat.is_group:
        allowed = dict.fromkeys(PERMISSIONS, True) | {"can_send_messages": chat.members_may_write}
        shown["permissions"] = allowed
    return shown


def get_chat_member(world: World, call: Call) -> Json:
    chat = world.chat(call.params.get("chat_id"))
    account = world.accounts.get(call.number("user_id") or 0)
    if account is None:
        raise bad_request("user not found")
    if chat.kind == "private":
        if account.id not in {chat.id, world.bot.id}:
            raise bad_request("user not found")
        return {"status": "member", "user": account.wire()}
    _check_list(chat, world)
    return chat.member(account).wire(chat.kind)


def get_chat_administrators(world: World, call: Call) -> list[Json]:
    """Creator and administrators; of bots only this one."""
    chat = world.chat(call.params.get("chat_id"))
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    _check_list(chat, world)
    admins = [one for one in chat.members.values() if one.is_admin]
    return [one.wire(chat.kind) for one in admins if not one.account.is_bot or one.account is world.bot]


def _check_list(chat: Chat, world: World) -> None:
    if chat.kind == "channel" and not chat.member(world.bot).is_admin:
        raise bad_request("member list is inaccessible")


def leave_chat(world: World, call: Call) -> bool:
    chat = world.chat(call.params.get("chat_id"))
    if not isinstance(chat, Place):
        raise bad_request("chat member status can't be changed in private chats")
    chat.check_readable(world.bot, edits=True)
    chat.members[world.bot.id].status = "left"
    world.stir()
    return True


def get_file(world: World, call: Call) -> Json:
    file = world.files.get(call.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return file.wire() | {"file_path": file.path}
