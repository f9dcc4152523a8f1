"""Screens of the editor of channels, with what they show looked up."""

from __future__ import annotations

from datetime import timedelta

from bot.editors.editing import Act
from bot.pages import admin_channels as pages
from bot.pages.admin_presses import WEEK_DAYS
from bot.screens import Screen
from core.store import accounts, steering
from core.store.steering import SteeredChannel

WEEK = timedelta(days=WEEK_DAYS)


async def every(act: Act) -> list[SteeredChannel]:
    """All channels."""
    async with act.database.begin() as session:
        account = await accounts.ensure(session)
        return await steering.channels(session, account.id, since=act.now - WEEK)


async def has_account(act: Act) -> bool:
    """Whether an account was logged in that channels can be read through."""
    async with act.database.begin() as session:
        return (await accounts.ensure(session)).tg_id is not None


async def all_of_them(act: Act, page: int, *, lead: str = "") -> Screen:
    """The list of all channels."""
    found = await every(act)
    return pages.channels_page(found, page, act.say, reader_id=act.reader.id, tz=act.reader.tz, now=act.now, lead=lead)


async def of_channel(act: Act, channel_id: int, page: int) -> Screen | None:
    """The page of a channel by its row; None where there is none."""
    found = next((channel for channel in await every(act) if channel.id == channel_id and channel_id), None)
    return None if found is None else await one(act, found, page)


async def followed(act: Act, follow_id: int) -> SteeredChannel | None:
    """What a follow follows."""
    return next((one for one in await every(act) if one.follow is not None and one.follow.id == follow_id), None)


async def settled(act: Act, follow_id: int, page: int) -> Screen | None:
    """The page of a channel once it was looked up, or it is known why not; None before."""
    found = await followed(act, follow_id)
    if found is None or found.follow is None:
        return await all_of_them(act, page)
    return await one(act, found, page) if pages.is_settled(found.follow) else None


async def one(act: Act, found: SteeredChannel, page: int, *, lead: str = "") -> Screen:
    """The page of a channel."""
    async with act.database.begin() as session:
        account = await accounts.ensure(session)
        is_running = await accounts.is_held(session, account.id)
    return pages.channel_page(found, page, act.say, is_running=is_running, tz=act.reader.tz, now=act.now, lead=lead)
