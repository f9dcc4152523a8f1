"""The methods that change what is there: edits, deletions, and the answer to a pressed button."""

from typing import Any

from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.chats import Chat
from tests.fakes.botapi.entities import units
from tests.fakes.botapi.errors import bad_request, not_modified
from tests.fakes.botapi.limits import DELETABLE, NOTICE_UNITS
from tests.fakes.botapi.markup import taken
from tests.fakes.botapi.messages import Message
from tests.fakes.botapi.queries import Answer
from tests.fakes.botapi.texts import text_of
from tests.fakes.botapi.world import World

Json = dict[str, Any]


def edit_message_text(world: World, call: Call) -> Json:
    """New words, and with them a new keyboard: without reply_markup the old one goes."""
    text, entities = text_of(world, call)
    chat, message = _editable(world, call)
    if message.text is None:
        raise bad_request("there is no text in the message to edit")
    preview = call.params.get("link_preview_options")
    content = {name: value for name, value in message.content.items() if name != "link_preview_options"}
    content |= {"link_preview_options": preview} if preview else {}
    return _edit(world, chat, message, text=text, entities=entities, markup=_markup(chat, call), content=content)


def edit_message_reply_markup(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    return _edit(world, chat, message, markup=_markup(chat, call))


def _editable(world: World, call: Call) -> tuple[Chat, Message]:
    chat = world.chat(call.params.get("chat_id"), write=True)
    message = chat.messages.get(call.number("message_id") or 0)
    if message is None:
        raise bad_request("message to edit not found")
    may_edit = message.by_bot or (chat.kind == "channel" and chat.member(world.bot).may("can_edit_messages"))
    if not may_edit or message.origin is not None:
        raise bad_request("message can't be edited")
    return chat, message


def _markup(chat: Chat, call: Call) -> Json | None:
    wanted = call.params.get("reply_markup")
    if wanted and "inline_keyboard" not in wanted:
        raise bad_request("inline keyboard expected")
    return taken(wanted, chat_kind=chat.kind)


def _edit(world: World, chat: Chat, message: Message, **changes: Any) -> Json:
    # What belongs to a preview does not count: Telegram compares words and buttons.
    if all(getattr(message, name) == value for name, value in changes.items() if name != "content"):
        raise not_modified()
    world.count_against_flood(chat)
    edited = message.changed(**changes, number=world.number(), edit_date=world.now())
    return chat.show(world.deliver(chat, edited))


def delete_message(world: World, call: Call) -> bool:
    chat = world.chat(call.params.get("chat_id"))
    message = chat.messages.get(call.number("message_id") or 0)
    if message is None:
        raise bad_request("message to delete not found")
    chat.check_deletable(message, world.bot)
    if world.now() - message.date > DELETABLE:
        raise bad_request("message can't be deleted for everyone")
    del chat.messages[message.id]
    chat.deleted.append(message)
    world.stir()
    return True


def answer_callback_query(world: World, call: Call) -> bool:
    text = call.text("text")
    if units(text) > NOTICE_UNITS:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = Answer(text=text, alert=call.flag("show_alert"), url=call.text("url") or None)
    world.queries.answer(call.text("callback_query_id"), answer, now=world.clock())
    world.stir()
    return True
