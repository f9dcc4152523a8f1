"""/filters: the admins' rules that drop, boost or pin posts: the list, one of them, and the dialogue that makes or changes one."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import screens
from bot.editors import editing, filter_changes, filter_screens
from bot.editors.drafts import Draft
from bot.editors.editing import Act, Editing
from bot.editors.filter_changes import Saved
from bot.editors.filter_dialogue import Dialogue
from bot.editors.filter_drafts import DAYS, NOTE_OF, OF, Fault, Step
from bot.editors.previews import PATIENCE, Previews
from bot.editors.watching import LOOK, LOOKS, Watch
from bot.pages import admin_filter_draft as draft_pages
from bot.pages import admin_filters as pages
from bot.pages.admin_presses import DraftPress, FilterPress
from bot.rights import IsAdmin
from bot.speech import Say
from core.filters import Filter, FilterKind
from core.store import filters
from core.store.filters import MOST_NOTE


def router(*, patience: float = PATIENCE, look: float = LOOK, looks: int = LOOKS) -> Router:
    """The editor of filters; to be asked before what keeps forwarded posts. `patience`: seconds after which a preview is late."""
    built = Router(name="filters")
    editor = Editor(patience=patience, look=look, looks=looks)
    private, own = editing.PRIVATE, F.forward_origin.is_(None)
    built.message.middleware(editor.turns)
    built.callback_query.middleware(editor.turns)
    built.shutdown.register(editor.previews.stop)
    built.shutdown.register(editor.watch.stop)
    built.message.register(editor.opened, private, own, Command("filters"), IsAdmin())
    built.message.register(elsewhere, own, Command("filters"), IsAdmin())
    built.message.register(editor.forwarded, private, F.forward_origin, _wants_post, IsAdmin())
    built.callback_query.register(editor.pressed, FilterPress.filter(), editing.PRESSED_IN_PRIVATE, IsAdmin())
    editing.dialogue(built, OF, answered=editor.answered, chosen=editor.chosen)
    editing.dialogue(built, NOTE_OF, answered=editor.noted, chosen=editor.unnoted)
    return built


async def elsewhere(message: Message, say: Say) -> None:
    """Groups read along."""
    await screens.tell(message, say("That is between the two of us: write to me in private."))


async def _wants_post(message: Message, state: FSMContext, raw_state: str | None) -> bool:  # noqa: ARG001  aiogram's
    """Whether a post is asked for that others shall be like; any other that is forwarded is for the archive."""
    if raw_state != Editing.words.state:
        return False
    data = await state.get_data()
    return (data.get("of"), data.get("step"), data.get("values", {}).get("kind")) == (
        OF,
        Step.PATTERN,
        FilterKind.MEANING,
    )


class Editor:
    """What admins do with filters, one thing after the other for each of them."""

    def __init__(self, *, patience: float, look: float, looks: int) -> None:
        self.previews = Previews(patience=patience)
        self.turns = editing.OneByOne()
        self.watch = Watch(self.turns, look=look, looks=looks)
        self._dialogue = Dialogue(self.previews, self.watch, self.turns)

    async def opened(self, _message: Message, act: Act) -> None:
        """Show all filters."""
        await act.show(await filter_screens.all_of_them(act, 0))

    # --- pages -------------------------------------------------------------------------------------------------------

    async def pressed(self, query: CallbackQuery, callback_data: FilterPress, act: Act) -> None:
        """Open a page, change a field, delete a filter, or begin to make one."""
        self.watch.leave(query)
        do, number, page = callback_data.do, callback_data.number, callback_data.page
        if do == "add":
            await act.toast()
            await self._dialogue.begin(act)
        elif do == "list":
            await act.toast()
            await act.show(await filter_screens.all_of_them(act, page))
        elif (saved := await self._changed(act, do, number)) is not None:
            await act.toast(saved.told)
            await filter_screens.show(act, self.watch, saved.number, page)
        else:
            await self._open(act, do, number, page)

    async def _changed(self, act: Act, do: str, number: int) -> Saved | None:
        """Change what the button says; None where it changes nothing by itself."""
        async with act.database.begin() as session:
            if do in {"on", "off"}:
                return await filter_changes.switch(
                    session, number, on=do == "on", admin_id=act.admin_id, say=act.say, now=act.now
                )
            if do in {f"for{days}" for days in DAYS}:
                days = int(do.removeprefix("for"))
                return await filter_changes.last(session, number, days, admin_id=act.admin_id, say=act.say, now=act.now)
            if do == "deleted":
                return await filter_changes.remove(session, number, admin_id=act.admin_id, say=act.say, now=act.now)
        return None

    async def _open(self, act: Act, do: str, number: int, page: int) -> None:
        """A filter, or a question about it."""
        async with act.database.begin() as session:
            found = await filters.get(session, number)
        await act.toast("" if found else filter_changes.gone(act.say))
        if found is None:
            await act.show(await filter_screens.all_of_them(act, page))
        elif do == "until":
            await act.show(pages.how_long(found, page, act.say, tz=act.reader.tz, now=act.now))
        elif do == "delete":
            await act.show(await filter_screens.confirm_delete(act, found, page))
        elif do == "change":
            await self._dialogue.change(act, found, page)
        elif do == "note":
            await self._ask_note(act, Draft(of=NOTE_OF, step="note", values={"page": page}), found)
        else:
            await filter_screens.show(act, self.watch, number, page)

    # --- the dialogue ------------------------------------------------------------------------------------------------

    async def chosen(self, _query: CallbackQuery, callback_data: DraftPress, act: Act) -> None:
        """A button of the dialogue."""
        draft = await editing.pressed(act, callback_data)
        if draft is not None:
            await self._dialogue.pressed(act, draft, callback_data)

    async def answered(self, _message: Message, act: Act) -> None:
        """Words that the dialogue has asked for."""
        draft = await editing.typed(act, OF)
        if draft is not None:
            await self._dialogue.said(act, draft)

    async def forwarded(self, message: Message, act: Act) -> None:
        """A post that others shall be like."""
        draft = await editing.current(act.state, OF)
        if draft is None or draft.step != Step.PATTERN:
            await act.show(filter_screens.over(act))
        else:
            await self._dialogue.forwarded(act, draft, message)

    # --- notes -------------------------------------------------------------------------------------------------------

    async def noted(self, _message: Message, act: Act) -> None:
        """Another note of a filter."""
        draft = await editing.typed(act, NOTE_OF)
        if draft is not None:
            await self._annotate(act, draft, act.text.replace("\x00", "").strip())

    async def unnoted(self, _query: CallbackQuery, callback_data: DraftPress, act: Act) -> None:
        """No note at all, or the one that there is."""
        draft = await editing.pressed(act, callback_data)
        if draft is None:
            return
        if callback_data.do == "none":
            await act.toast()
            await self._annotate(act, draft, "")
            return
        await act.state.clear()
        await act.toast(act.say("Nothing was changed."))
        await filter_screens.show(act, self.watch, draft.values["number"], draft.values["page"])

    async def _ask_note(self, act: Act, draft: Draft, found: Filter, *, lead: str = "") -> None:
        draft = draft.at("note", number=found.id, base=found.note)
        draft = await editing.keep(act.state, draft, words=True)
        await act.show(pages.note_asked(found, draft, act.say, lead=lead))

    async def _annotate(self, act: Act, draft: Draft, note: str) -> None:
        number = draft.values["number"]
        saved = None
        if len(note) <= MOST_NOTE:
            async with act.database.begin() as session:
                saved = await filter_changes.annotate(
                    session,
                    number,
                    note,
                    base=draft.values["base"],
                    admin_id=act.admin_id,
                    say=act.say,
                    now=act.now,
                )
        async with act.database.begin() as session:
            found = await filters.get(session, number)
        if found is not None and (saved is None or saved.base is not None):
            lead = draft_pages.fault(Fault.LONG_NOTE, act.say) if saved is None else saved.told
            await self._ask_note(act, draft, found, lead=lead)
            return
        await act.state.clear()
        told = filter_changes.gone(act.say) if saved is None else saved.told
        await filter_screens.show(act, self.watch, number, draft.values["page"], lead=told)
