"""What the bench of sending compares with: aiogram alone, which sends messages and writes nothing down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity

from core.readers import Body


async def send_barely(bot: Bot, messages: Sequence[tuple[int, Body]], *, concurrency: int) -> None:
    """Send messages (chat, content), so many at a time, as quickly as aiogram can."""
    left = iter(messages)

    async def slot() -> None:
        for chat_id, body in left:
            await bot.send_message(
                chat_id,
                body.text,
                parse_mode=None,
                entities=[MessageEntity.model_validate(mark) for mark in body.marks],
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=InlineKeyboardMarkup.model_validate({"inline_keyboard": body.buttons}),
            )

    await asyncio.gather(*(slot() for _ in range(concurrency)))
