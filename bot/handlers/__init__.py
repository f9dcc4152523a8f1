"""One file per feature that a person sees; each makes its router anew, so that two dispatchers can run in one process."""

from __future__ import annotations

from aiogram import Router

from bot.handlers import (
    admin,
    admin_channels,
    admin_topics,
    ask,
    broadcast,
    channels,
    digest,
    filters,
    groups,
    help,  # noqa: A004  named after the command
    leftovers,
    posts,
    preview,
    privacy,
    saved,
    settings,
    start,
    stats,
    stories,
    topics,
    zone,
)


def routers() -> list[Router]:
    """Every feature's router, in the order in which they are asked.

    What was forwarded is no command, but may be what a filter shall be like; codes of admins come before other links, and
    commands before dialogues, so that one answers in the middle of a dialogue; what nobody knows comes last.
    """
    features = (
        filters, posts, admin, start, digest, stories, saved, admin_topics, topics, admin_channels, channels, settings,
        privacy, help, groups, stats, preview, broadcast, zone, ask, leftovers,
    )  # fmt: skip
    return [feature.router() for feature in features]
