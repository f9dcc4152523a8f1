"""Presses of buttons that nobody knows (any more): each is answered, so that no clock turns on the button for ever."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.speech import Say


def router() -> Router:
    """To be asked last."""
    built = Router(name="leftovers")
    built.callback_query.register(press)
    return built


async def press(query: CallbackQuery, say: Say) -> None:
    """Say that the button does nothing."""
    await query.answer(say("This button is too old: what it belongs to is gone."))
