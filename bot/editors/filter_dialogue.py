"""The dialogue that makes a filter, or changes one: takes what is pressed, typed and forwarded, previews the filter, and saves it."""

from __future__ import annotations

from functools import partial

from aiogram.types import Message, MessageOriginChannel

from bot import posts
from bot.editors import editing, filter_changes, filter_drafts, filter_screens, previews
from bot.editors.drafts import Draft
from bot.editors.editing import Act, OneByOne
from bot.editors.filter_drafts import OF, Fault, Step
from bot.editors.previews import Previews
from bot.editors.watching import Watch
from bot.pages import admin_filter_draft as pages
from bot.pages import thresholds
from bot.pages.admin_presses import DraftPress
from core.channel_names import message_link
from core.filters import Filter, FilterKind, Request
from core.store import filters, requests
from core.store import posts as post_store

#: Characters of a forwarded post that is not in the archive, of which its filter is made.
PHRASE = 500
#: Kinds of filters with whose patterns something may be wrong that only the summarizer sees.
_CHECKED = frozenset({FilterKind.KEYWORD, FilterKind.REGEX, FilterKind.MEANING})
#: Of these a pattern is refused for good: what else may keep a phrase from being previewed passes.
_REFUSED = _CHECKED - {FilterKind.MEANING}
#: Steps that follow a pattern, before it is previewed.
_SCOPING = frozenset({Step.SCOPE, Step.TOPICS, Step.CHANNELS})


class Dialogue:
    """Makes filters, step by step. `turns` keeps what one admin does apart from the answers that come meanwhile."""

    def __init__(self, previewing: Previews, watch: Watch, turns: OneByOne) -> None:
        self._previews = previewing
        self._watch = watch
        self._turns = turns

    async def begin(self, act: Act) -> None:
        """Ask for the first thing."""
        await self._go_to(act, filter_drafts.new())

    async def change(self, act: Act, found: Filter, page: int) -> None:
        """Ask what a filter that there is shall look for, or how near."""
        await self._go_to(act, filter_drafts.changing(found, page=page))

    # --- buttons -----------------------------------------------------------------------------------------------------

    async def pressed(self, act: Act, draft: Draft, press: DraftPress) -> None:
        """A button of the dialogue; one that does not belong to the present step leads nowhere."""
        do = press.do
        if do == "cancel":
            await act.state.clear()
            await act.toast(act.say("Nothing was changed."))
            await self._leave(act, draft)
            return
        await act.toast()
        if do == "save" and draft.step == Step.SAVE:
            await (self._save(act, draft) if filter_drafts.changed(draft) is None else self._revise(act, draft))
        elif do == "go" and draft.step == Step.PREVIEW and filter_drafts.changed(draft) is not None:
            await self._revise(act, draft)
        elif do == "again" and draft.step in {Step.PREVIEW, Step.PATTERN} and draft.values.get("pattern"):
            await self._look_again(act, draft)
        elif do in {"stricter", "looser"} and draft.step == Step.PREVIEW:
            await self._tune(act, draft, do)
        elif (following := filter_drafts.chosen(draft, do, press.value)) is not None:
            await self._go_to(act, following)

    async def _tune(self, act: Act, draft: Draft, do: str) -> None:
        """Move the threshold by what the last preview has shown, and look again."""
        async with act.database.begin() as session:
            request = await requests.get(session, draft.request or 0)
        if request is None or request.answer is None or "threshold" not in request.answer:
            return
        move = thresholds.stricter if do == "stricter" else thresholds.looser
        await self._preview(act, draft.at(Step.PREVIEW, threshold=move(request.answer)))

    async def _save(self, act: Act, draft: Draft) -> None:
        async with act.database.begin() as session:
            saved = await filter_changes.add(session, draft, admin_id=act.admin_id, say=act.say, now=act.now)
        await act.state.clear()
        await filter_screens.show(act, self._watch, saved.number, 0, lead=saved.told)

    async def _revise(self, act: Act, draft: Draft) -> None:
        """Change the filter; what somebody else has made of it meanwhile is shown first."""
        async with act.database.begin() as session:
            saved = await filter_changes.revise(session, draft, admin_id=act.admin_id, say=act.say, now=act.now)
        if saved.held is not None:
            await self._go_to(act, draft.at(Step.SAVE, was=filters.to_json(saved.held)), lead=saved.told)
            return
        await act.state.clear()
        await filter_screens.show(act, self._watch, saved.number, draft.values["from"], lead=saved.told)

    async def _leave(self, act: Act, draft: Draft) -> None:
        """Show what the dialogue was begun from."""
        was = filter_drafts.changed(draft)
        if was is None:
            await act.show(await filter_screens.all_of_them(act, 0))
        else:
            await filter_screens.show(act, self._watch, was.id, draft.values["from"])

    # --- words -------------------------------------------------------------------------------------------------------

    async def said(self, act: Act, draft: Draft) -> None:
        """Words that were asked for."""
        link = message_link(act.text) if _is_like(draft) else None
        if link is not None:
            async with act.database.begin() as session:
                post = await post_store.find(
                    session, username=link.username, tg_id=link.tg_id, message_id=link.message_id
                )
            following = Fault.NO_POST if post is None else filter_drafts.with_pattern(draft, f"post:{post}")
        else:
            following = filter_drafts.said(draft, act.text)
        if isinstance(following, Fault):
            await act.show(await filter_screens.step(act, draft, lead=pages.fault(following, act.say)))
        else:
            await self._with_pattern(act, following)

    async def forwarded(self, act: Act, draft: Draft, message: Message) -> None:
        """A post that others shall be like: itself, where it is in the archive, else its words."""
        origin = message.forward_origin
        post = None
        if isinstance(origin, MessageOriginChannel):
            tg_id = posts.channel_of(origin.chat).tg_id
            async with act.database.begin() as session:
                post = await post_store.find(session, username=None, tg_id=tg_id, message_id=origin.message_id)
        if post is not None:
            await self._go_to(act, filter_drafts.with_pattern(draft, f"post:{post}"))
            return
        following = filter_drafts.said(draft, (message.text or message.caption or "")[:PHRASE])
        if isinstance(following, Fault):
            await act.show(await filter_screens.step(act, draft, lead=pages.fault(following, act.say)))
        else:
            lead = act.say("This post is not in the archive, so that its words are compared.")
            await self._with_pattern(act, following, lead=lead)

    # --- steps, patterns and previews --------------------------------------------------------------------------------

    async def _go_to(self, act: Act, draft: Draft, *, lead: str = "") -> Message | None:
        """Ask what the draft's step asks; the message that does."""
        if draft.step == Step.PREVIEW:
            await self._preview(act, draft)
            return None
        draft = await editing.keep(act.state, draft, words=_takes_words(draft))
        return await act.show(await filter_screens.step(act, draft, lead=lead))

    async def _with_pattern(self, act: Act, draft: Draft, *, lead: str = "") -> None:
        """Ask what comes after a pattern, and for another one as soon as it is known that something is wrong with it."""
        shown = await self._go_to(act, draft, lead=lead)
        if draft.step != Step.SCOPE or shown is None or filter_drafts.kind(draft) not in _CHECKED:
            return
        asked = {"filter": filters.to_json(filter_drafts.made(draft, by=act.admin_id, now=act.now))}
        async with act.database.begin() as session:
            number = await previews.ask(session, previews.CHECK, asked, lang=act.say.lang, now=act.now)
        self._previews.wait(act.database, number, partial(self._checked, act, shown, draft.values["pattern"]))

    async def _checked(self, act: Act, shown: Message, pattern: str, request: Request) -> None:
        """Ask for another pattern, if something is wrong with it and it is still the draft's. Previews find it as well."""
        fault = (request.answer or {}).get("fault")
        async with self._turns.turn(act.state):
            present = await editing.current(act.state, OF)
            if fault is None or present is None or present.step not in _SCOPING:
                return
            if present.values.get("pattern") == pattern:
                present = await editing.keep(act.state, present.at(Step.PATTERN), words=True)
                screen = await filter_screens.step(act, present, lead=pages.refusal(fault))
                await editing.replace_with(shown, screen)

    async def _preview(self, act: Act, draft: Draft) -> None:
        """Ask what the filter would do, and show the answer once it is there."""
        given = filter_drafts.made(draft, by=act.admin_id, now=act.now)
        async with act.database.begin() as session:
            asked = {"filter": filters.to_json(given)}
            number = await previews.ask(session, previews.FILTER, asked, lang=act.say.lang, now=act.now)
        draft = await editing.keep(act.state, draft.at(Step.PREVIEW, request=number), words=False)
        await self._wait(act, draft)

    async def _look_again(self, act: Act, draft: Draft) -> None:
        async with act.database.begin() as session:
            is_lost = await previews.is_lost(session, draft.request)
        await (self._preview(act, draft) if is_lost else self._wait(act, draft))

    async def _wait(self, act: Act, draft: Draft) -> None:
        assert draft.request is not None
        shown = await act.show(await filter_screens.preview(act, draft, None))
        if shown is not None:
            self._previews.wait(act.database, draft.request, partial(self._came, act, shown, draft))

    async def _came(self, act: Act, shown: Message, draft: Draft, request: Request) -> None:
        """Show an answer, if its draft is still at it; a pattern with which something is wrong is asked for again."""
        async with self._turns.turn(act.state):
            present = await editing.current(act.state, OF)
            if present is None or (present.id, present.request) != (draft.id, request.id):
                return
            is_refused = request.done and request.answer is None
            kind = filter_drafts.kind(present)
            if is_refused and kind in _REFUSED:
                present = await editing.keep(act.state, present.at(Step.PATTERN), words=True)
                screen = await filter_screens.refused(act, present, request)
            else:
                if request.answer is not None and "threshold" in request.answer:
                    threshold = request.answer["threshold"]
                    present = present.at(Step.PREVIEW, request=request.id, threshold=threshold)
                    await editing.keep(act.state, present, words=False)
                may_go_on = not is_refused or kind is FilterKind.MEANING
                screen = await filter_screens.preview(act, present, request, may_go_on=may_go_on)
            await editing.replace_with(shown, screen)


def _takes_words(draft: Draft) -> bool:
    return draft.step in {Step.PATTERN, Step.NOTE} and filter_drafts.takes_words(draft)


def _is_like(draft: Draft) -> bool:
    return draft.step == Step.PATTERN and filter_drafts.kind(draft) is FilterKind.MEANING
