"""The methods that this fake has, besides those about the bot's own profile and its webhook, by name in small letters."""

from collections.abc import Callable
from typing import Any

from tests.fakes.botapi import editing, inline, looking, profile, sending
from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.world import World

METHODS: dict[str, Callable[[World, Call], Any]] = {
    "getme": profile.get_me,
    "sendmessage": sending.send_message,
    "senddocument": sending.send_document,
    "sendphoto": sending.send_photo,
    "sendmessagedraft": sending.send_message_draft,
    "sendchataction": sending.send_chat_action,
    "forwardmessage": sending.forward_message,
    "copymessage": sending.copy_message,
    "editmessagetext": editing.edit_message_text,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "answercallbackquery": editing.answer_callback_query,
    "answerinlinequery": inline.answer_inline_query,
    "getchat": looking.get_chat,
    "getchatmember": looking.get_chat_member,
    "getchatadministrators": looking.get_chat_administrators,
    "leavechat": looking.leave_chat,
    "getfile": looking.get_file,
}
