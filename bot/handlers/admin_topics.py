"""/topics edit: the admins' editor of topics. What moves stories is previewed before it is saved."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.editors import editing, list_edits, previews, topic_changes, topic_drafts, topic_screens
from bot.editors.drafts import Draft
from bot.editors.editing import Act
from bot.editors.list_edits import ListEdit
from bot.editors.previews import PATIENCE, Previews
from bot.editors.topic_drafts import OF
from bot.keyboards import AdminTopicsPress
from bot.pages import admin_topics as pages
from bot.pages.admin_presses import DraftPress, page_of
from bot.rights import IsAdmin
from core.filters import Request
from core.store.topics import MOST_TOPICS
from core.types import Topic


def router(*, patience: float = PATIENCE) -> Router:
    """The editor of topics; to be asked before the readers' /topics. `patience`: seconds after which a preview is late."""
    built = Router(name="admin topics")
    editor = Editor(patience=patience)
    built.message.middleware(editor.turns)
    built.callback_query.middleware(editor.turns)
    built.shutdown.register(editor.previews.stop)
    is_edit = Command("topics", magic=F.func(_is_edit))
    built.message.register(editor.opened, editing.PRIVATE, F.forward_origin.is_(None), is_edit, IsAdmin())
    built.callback_query.register(editor.pressed, AdminTopicsPress.filter(), editing.PRESSED_IN_PRIVATE, IsAdmin())
    editing.dialogue(built, OF, answered=editor.answered, chosen=editor.chosen)
    return built


def _is_edit(command: CommandObject) -> bool:
    return (command.args or "").strip().lower() == "edit"


class Editor:
    """What admins do with topics, one thing after the other for each of them."""

    def __init__(self, *, patience: float) -> None:
        self.previews = Previews(patience=patience)
        self.turns = editing.OneByOne()

    # --- what is said and pressed ------------------------------------------------------------------------------------

    async def opened(self, _message: Message, act: Act) -> None:
        """Show all topics."""
        await act.show(await topic_screens.all_of_them(act, 0))

    async def answered(self, _message: Message, act: Act) -> None:
        """Take what was typed, and ask for what comes next."""
        draft = await editing.typed(act, OF)
        if draft is None:
            return
        topic = topic_screens.meant(draft, await topic_screens.every(act))
        if topic is None:
            await self._gone(act)
        elif draft.step in {"title_ru", "title_en"}:
            await self._titled(act, draft, topic)
        else:
            await self._listed(act, draft, topic)

    async def pressed(self, _query: CallbackQuery, callback_data: AdminTopicsPress, act: Act) -> None:
        """Open a page, move a topic, or begin to change something."""
        do, slug, page = callback_data.do, callback_data.slug, page_of(callback_data.page)
        topics = await topic_screens.every(act)
        topic = next((topic for topic in topics if topic.slug == slug), None)
        if do == "add":
            await self._add(act, topics, page)
        elif do == "list" or topic is None:
            await act.toast("" if do == "list" else act.say("There is no such topic any more."))
            await act.show(await topic_screens.all_of_them(act, page))
        elif do in {"up", "down"}:
            async with act.database.begin() as session:
                told = await topic_changes.move(
                    session, slug, up=do == "up", admin_id=act.admin_id, say=act.say, now=act.now
                )
            await act.toast(told)
            await act.show(await topic_screens.one(act, slug, page))
        else:
            await act.toast()
            await self._begin(act, do, topic, topics, page)

    async def chosen(self, _query: CallbackQuery, callback_data: DraftPress, act: Act) -> None:
        """A button of the dialogue."""
        draft = await editing.pressed(act, callback_data)
        if draft is None:
            return
        topics = await topic_screens.every(act)
        topic = topic_screens.meant(draft, topics)
        if topic is None:
            await act.toast()
            await self._gone(act)
        elif callback_data.do == "cancel":
            await act.state.clear()
            await act.toast(act.say("Nothing was changed."))
            await act.show(await topic_screens.one(act, topic_drafts.slug(draft), topic_drafts.page(draft)))
        elif callback_data.do == "save" and draft.step == "preview":
            await self._save(act, draft)
        else:
            await act.toast()
            await self._go_by(act, draft, callback_data, topic, topics)

    async def _go_by(self, act: Act, draft: Draft, press: DraftPress, topic: Topic, topics: list[Topic]) -> None:
        """What a button of the dialogue leads to; one that does not belong to the present step leads nowhere."""
        what = topic_drafts.what(draft)
        match press.do, draft.step:
            case "skip", "names" if what == "new" and not topic_drafts.is_fixing(draft):
                await self._go_on(act, draft, names=[])
            case "back", step if step == "which" or topic_drafts.is_fixing(draft):
                await self._preview(act, draft.at("preview", fixing=False))
            case "page", "into":
                page = int(press.value) if press.value.isdecimal() and len(press.value) < 5 else 0
                await act.show(pages.targets(draft, topic, topics, page, act.say))
            case "into", "into":
                await self._preview(act, draft.at("preview", into=press.value))
            case "change", "preview" if what == "new":
                draft = await editing.keep(act.state, draft.at("which"), words=False)
                await act.show(pages.which(draft, act.say))
            case "change", "preview" if what in topic_drafts.STEPS:
                await self._ask(act, draft.at(what), topic)
            case "fix", "which" if press.value in topic_drafts.STEPS:
                await self._ask(act, draft.at(press.value, fixing=True), topic)
            case "again", "preview":
                await self._look_again(act, draft)

    # --- asking ------------------------------------------------------------------------------------------------------

    async def _add(self, act: Act, topics: list[Topic], page: int) -> None:
        if len(topics) >= MOST_TOPICS:
            await act.toast(act.say("There are {most} topics already: merge some first.", most=MOST_TOPICS))
            return
        await act.toast()
        draft = Draft(of=OF, step="title_ru", values={"what": "new", "page": page})
        await self._ask(act, draft, topic_drafts.new(draft))

    async def _begin(self, act: Act, do: str, topic: Topic, topics: list[Topic], page: int) -> None:
        """Open a topic, or begin to change something of it."""
        values = {"what": do, "slug": topic.slug, "page": page}
        if do in topic_drafts.STEPS:
            await self._ask(act, Draft(of=OF, step=do, values=values), topic)
        elif do in {"on", "off"}:
            values |= {"what": "enabled", "enabled": do == "on"}
            await self._preview(act, Draft(of=OF, step="preview", values=values))
        elif do == "merge":
            draft = Draft(of=OF, step="into", values=values | {"what": "into"})
            draft = await editing.keep(act.state, draft, words=False)
            await act.show(pages.targets(draft, topic, topics, 0, act.say))
        else:
            await act.show(await topic_screens.one(act, topic.slug, page))

    async def _ask(self, act: Act, draft: Draft, topic: Topic, *, lead: str = "") -> None:
        """Ask for the words of a draft's step."""
        draft = await editing.keep(act.state, draft, words=True)
        await act.show(pages.prompt(draft, topic_drafts.changed(draft, topic), act.say, lead=lead))

    async def _gone(self, act: Act) -> None:
        await act.state.clear()
        await act.show(await topic_screens.all_of_them(act, 0, lead=act.say("There is no such topic any more.")))

    # --- words -------------------------------------------------------------------------------------------------------

    async def _titled(self, act: Act, draft: Draft, topic: Topic) -> None:
        title = topic_drafts.titled(act.text)
        if not topic_drafts.is_title(title):
            await self._ask(act, draft, topic, lead=pages.fault(draft.step, act.say))
        elif topic_drafts.what(draft) == "new":
            await self._go_on(act, draft, **{draft.step: title})
        else:
            async with act.database.begin() as session:
                saved = await topic_changes.rename(
                    session, topic.slug, draft.step, title, admin_id=act.admin_id, say=act.say, now=act.now
                )
            await act.state.clear()
            await act.show(await topic_screens.one(act, saved.slug, topic_drafts.page(draft), lead=saved.told))

    async def _listed(self, act: Act, draft: Draft, topic: Topic) -> None:
        """Take lines of a description, or keywords."""
        field = draft.step
        before = topic_drafts.entries(topic_drafts.changed(draft, topic), field)
        edit = list_edits.typed(act.text, before, lines=field == "about")
        after = edit.applied(before)
        lead = ""
        if edit.unknown:
            lead = pages.unknown(edit.unknown, act.say)
        elif not topic_drafts.are_kept(after, field):
            lead = pages.fault(field, act.say)
        elif after == before:
            lead = act.say("That changes nothing.")
        if lead:
            await self._ask(act, draft, topic, lead=lead)
        elif topic_drafts.what(draft) == "new":
            await self._go_on(act, draft, **{field: list(after)})
        else:
            await self._edited(act, draft, topic, edit)

    async def _edited(self, act: Act, draft: Draft, topic: Topic, edit: ListEdit) -> None:
        """Preview a change of a list, together with what was changed of it before in the same dialogue."""
        before = topic_drafts.entries(topic, draft.step)
        whole = topic_drafts.edit(draft).then(edit)
        changed: dict[str, Any] = {"edit": list_edits.to_json(whole), "base": list(before)}
        if whole.applied(before) == before:
            await self._ask(act, draft.at(draft.step, **changed), topic, lead=act.say("That changes nothing."))
        else:
            await self._preview(act, draft.at("preview", **changed))

    async def _go_on(self, act: Act, draft: Draft, **said: Any) -> None:  # noqa: ANN401  JSON
        """Ask for what comes next of a new topic; once all is said, or one thing was changed, show the preview."""
        place = topic_drafts.STEPS.index(draft.step) + 1
        if draft.values.get("fixing") or place == len(topic_drafts.STEPS):
            await self._preview(act, draft.at("preview", fixing=False, **said))
            return
        draft = draft.at(topic_drafts.STEPS[place], **said)
        await self._ask(act, draft, topic_drafts.new(draft))

    # --- previews ----------------------------------------------------------------------------------------------------

    async def _preview(self, act: Act, draft: Draft, *, lead: str = "") -> None:
        """Ask what the change would move, and show the answer once it is there."""
        topics = await topic_screens.every(act)
        topic = topic_screens.meant(draft, topics)
        if topic is None or topic_drafts.into(draft) not in {"", *(known.slug for known in topics)}:
            await self._gone(act)
            return
        asked = topic_drafts.asked(draft, None if topic_drafts.what(draft) == "new" else topic)
        async with act.database.begin() as session:
            number = await previews.ask(session, previews.TOPIC, asked, lang=act.say.lang, now=act.now)
        draft = await editing.keep(act.state, draft.at("preview", request=number), words=False)
        await self._wait(act, draft, lead=lead)

    async def _look_again(self, act: Act, draft: Draft) -> None:
        async with act.database.begin() as session:
            is_lost = await previews.is_lost(session, draft.request)
        await (self._preview(act, draft) if is_lost else self._wait(act, draft))

    async def _wait(self, act: Act, draft: Draft, *, lead: str = "") -> None:
        """Show that the answer is looked for, and then the answer."""
        assert draft.request is not None
        shown = await act.show(await topic_screens.preview(act, draft, None, lead=lead))
        if shown is not None:
            self.previews.wait(act.database, draft.request, partial(self._came, act, shown, draft, lead))

    async def _came(self, act: Act, shown: Message, draft: Draft, lead: str, request: Request) -> None:
        """Show an answer, if its draft is still at it."""
        async with self.turns.turn(act.state):
            present = await editing.current(act.state, OF)
            if present is not None and (present.id, present.request) == (draft.id, request.id):
                await editing.replace_with(shown, await topic_screens.preview(act, present, request, lead=lead))

    async def _save(self, act: Act, draft: Draft) -> None:
        async with act.database.begin() as session:
            saved = await topic_changes.save(session, draft, admin_id=act.admin_id, say=act.say, now=act.now)
        await act.toast()
        if saved.base is not None:
            await self._preview(act, draft.at("preview", base=saved.base), lead=saved.told)
            return
        await act.state.clear()
        await act.show(await topic_screens.one(act, saved.slug, topic_drafts.page(draft), lead=saved.told))
