"""A message as a request to Telegram.

Pure.
"""

from __future__ import annotations

from aiogram.methods import SendMessage
from aiogram.types import LinkPreviewOptions

from core.store.claims import Taken

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def request(taken: Taken) -> SendMessage:
    """The request that sends a message.

    Raises:
        pydantic.ValidationError: its marks or buttons are none.
    """
    message = taken.message
    buttons = [row for row in message.body.buttons if row]
    return SendMessage.model_validate(
        {
            "chat_id": message.chat_id,
            "message_thread_id": message.thread_id,
            "text": message.body.text,
            "parse_mode": None,
            "entities": message.body.marks or None,
            "link_preview_options": _NO_PREVIEW,
            "disable_notification": taken.silent or None,
            "reply_markup": {"inline_keyboard": buttons} if buttons else None,
        }
    )
