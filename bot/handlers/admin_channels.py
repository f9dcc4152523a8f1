"""/channels edit: the admins' list of channels: how each is followed, how much it counts; adding, pausing, removing."""

from __future__ import annotations

import re
from functools import partial

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.editors import channel_changes, channel_screens, editing
from bot.editors.channel_changes import Added
from bot.editors.drafts import Draft
from bot.editors.editing import Act
from bot.editors.watching import LOOK, LOOKS, Watch
from bot.keyboards import AdminChannelsPress
from bot.pages import admin_channels as pages
from bot.pages.admin_channels import MOST_AT_ONCE, OF, WEIGHTS
from bot.pages.admin_presses import DraftPress, FollowPress, page_of
from bot.rights import IsAdmin
from core import channel_names
from core.errors import UsageError

#: Rows have numbers up to here.
_LARGEST = 2**63 - 1


def router(*, look: float = LOOK, looks: int = LOOKS) -> Router:
    """The editor of channels; to be asked before the readers' /channels."""
    built = Router(name="admin channels")
    editor = Editor(look=look, looks=looks)
    in_private = editing.PRESSED_IN_PRIVATE
    built.message.middleware(editor.turns)
    built.callback_query.middleware(editor.turns)
    built.shutdown.register(editor.watch.stop)
    to_edit = Command("channels", magic=F.func(_is_edit))
    built.message.register(editor.opened, editing.PRIVATE, F.forward_origin.is_(None), to_edit, IsAdmin())
    about_one = AdminChannelsPress.filter(F.channel.func(_is_row))
    built.callback_query.register(editor.pressed, about_one, in_private, IsAdmin())
    built.callback_query.register(editor.followed, FollowPress.filter(), in_private, IsAdmin())
    editing.dialogue(built, OF, answered=editor.answered, chosen=editor.dismissed)
    return built


def _is_edit(command: CommandObject) -> bool:
    return _verb(command) in {"edit", "add"}


def _verb(command: CommandObject) -> str:
    return (command.args or "").strip().split(maxsplit=1)[0].lower() if (command.args or "").strip() else ""


def _is_row(number: int) -> bool:
    return 0 <= number <= _LARGEST


class Editor:
    """What admins do with channels, one thing after the other for each of them."""

    def __init__(self, *, look: float, looks: int) -> None:
        self.turns = editing.OneByOne()
        self.watch = Watch(self.turns, look=look, looks=looks)

    # --- what is said and pressed ------------------------------------------------------------------------------------

    async def opened(self, _message: Message, command: CommandObject, act: Act) -> None:
        """Show all channels, or, after /channels add, add those that are named."""
        if _verb(command) == "edit":
            await act.show(await channel_screens.all_of_them(act, 0))
        elif not await channel_screens.has_account(act):
            await act.show(pages.no_account(act.say))
        else:
            _, _, named = (command.args or "").strip().partition(" ")
            await self._take(act, Draft(of=OF, step="name"), named)

    async def pressed(self, query: CallbackQuery, callback_data: AdminChannelsPress, act: Act) -> None:
        """Open a page, weigh a channel, or begin to add one."""
        self.watch.leave(query)
        do, channel, page = callback_data.do, callback_data.channel, page_of(callback_data.page)
        if do == "list":
            await act.toast()
            await act.show(await channel_screens.all_of_them(act, page))
        elif do == "add":
            await act.toast()
            await self._ask(act)
        else:
            toast = await self._weigh(act, channel, WEIGHTS[do]) if do in WEIGHTS else ""
            screen = await channel_screens.of_channel(act, channel, page)
            await act.toast(toast if screen else act.say("This channel is not there any more."))
            await act.show(screen or await channel_screens.all_of_them(act, page))

    async def followed(self, query: CallbackQuery, callback_data: FollowPress, act: Act) -> None:
        """Look at how a channel is followed, pause it, resume it, or remove it."""
        self.watch.leave(query)
        do, number, page = callback_data.do, callback_data.follow, callback_data.page
        toast = ""
        if do in {"pause", "resume", "removed"}:
            async with act.database.begin() as session:
                toast = await channel_changes.follow(
                    session, number, do, admin_id=act.admin_id, say=act.say, now=act.now
                )
        found = await channel_screens.followed(act, number)
        if found is None or found.follow is None:
            await act.toast(toast or channel_changes.gone(act.say))
            await act.show(await channel_screens.all_of_them(act, page))
            return
        await act.toast(toast)
        if do == "remove":
            await act.show(pages.confirm_remove(found, found.follow, page, act.say))
            return
        shown = await act.show(await channel_screens.one(act, found, page))
        if not pages.is_settled(found.follow):
            self.watch.watch(act, shown, partial(channel_screens.settled, act, number, page))

    async def answered(self, _message: Message, act: Act) -> None:
        """The names of channels that are to be added."""
        draft = await editing.typed(act, OF)
        if draft is not None:
            await self._take(act, draft, act.text)

    async def dismissed(self, _query: CallbackQuery, callback_data: DraftPress, act: Act) -> None:
        """Nothing is to be added."""
        if await editing.pressed(act, callback_data) is not None:
            await act.state.clear()
            await act.toast(act.say("Nothing was changed."))
            await act.show(await channel_screens.all_of_them(act, 0))

    # --- what is done ------------------------------------------------------------------------------------------------

    async def _weigh(self, act: Act, channel: int, weight: float) -> str:
        async with act.database.begin() as session:
            return await channel_changes.weigh(
                session, channel, weight, admin_id=act.admin_id, say=act.say, now=act.now
            )

    async def _ask(self, act: Act, draft: Draft | None = None, *, lead: str = "") -> None:
        if not await channel_screens.has_account(act):
            await act.show(pages.no_account(act.say))
            return
        draft = await editing.keep(act.state, draft or Draft(of=OF, step="name"), words=True)
        await act.show(pages.asked(draft, act.say, lead=lead))

    async def _take(self, act: Act, draft: Draft, named: str) -> None:
        """Follow the channels that are named, if each names one."""
        typed = [name for name in re.split(r"[\s,;]+", named.replace("\x00", "")) if name]
        lead, found = "", []
        if not typed or len(typed) > MOST_AT_ONCE:
            await self._ask(act, draft, lead=act.say("Name 1 to {most} channels.", most=MOST_AT_ONCE))
            return
        for name in typed:
            try:
                found.append(channel_names.canonical(name))
            except UsageError:
                lead = pages.no_channel(name, act.say)
        if lead:
            await self._ask(act, draft, lead=lead)
            return
        async with act.database.begin() as session:
            added = await channel_changes.add(session, list(dict.fromkeys(found)), admin_id=act.admin_id, now=act.now)
        await act.state.clear()
        for one in added:
            await self._show_added(act, one)

    async def _show_added(self, act: Act, added: Added) -> None:
        found = await channel_screens.followed(act, added.follow_id)
        if found is None or found.follow is None:
            return
        lead = "" if added.is_new else act.say("This channel is followed already.")
        shown = await act.show(await channel_screens.one(act, found, 0, lead=lead))
        if not pages.is_settled(found.follow):
            self.watch.watch(act, shown, partial(channel_screens.settled, act, added.follow_id, 0))
