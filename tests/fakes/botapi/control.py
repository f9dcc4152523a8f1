"""The control of a fake that runs in another process: JSON over HTTP under /control/, see `Remote` for the other end."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.botapi.chats import Chat
from tests.fakes.botapi.messages import Message
from tests.fakes.botapi.people import Person
from tests.fakes.botapi.places import Channel, Place, Supergroup
from tests.fakes.botapi.world import PATIENCE

if TYPE_CHECKING:
    from tests.fakes.botapi.server import FakeBotApi

Json = dict[str, Any]


class Control:
    """Answers what is asked under /control/. Each question is a POST with an object, or a GET."""

    def __init__(self, api: FakeBotApi) -> None:
        self._api = api
        self._questions: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "users": self._users,
            "groups": self._groups,
            "do": self._do,
            "faults": self._faults,
            "limits": self._limits,
            "updates": self._feed,
            "counters": self._counters,
            "messages": self._messages,
            "wait": self._wait,
        }

    async def answer(self, request: web.BaseRequest, question: str) -> web.Response:
        body = await request.read()
        asked = json.loads(body) if body else dict(request.query)
        try:
            status, answer = 200, await self._questions[question](asked)
        except (KeyError, ValueError, TypeError, AssertionError) as problem:
            # A wrong question is the asker's, and must not end the server.
            status, answer = 400, {"error": f"{type(problem).__name__}: {problem}"}
        text = json.dumps(answer, ensure_ascii=False)
        return web.Response(status=status, text=text, content_type="application/json")

    async def _users(self, asked: Json) -> Json:
        """So many people, `begun` (they have started the bot before) or not; with `say` they write to it."""
        known = {name: asked[name] for name in ("language_code", "username") if name in asked}
        first, count = asked.get("first_id"), int(asked.get("count", 1))
        ids = [None if first is None else int(first) + number for number in range(count)]
        people = [self._api.user(asked.get("first_name", "Читатель"), user_id=one, **known) for one in ids]
        for person in people:
            person.chat.begun = bool(asked.get("begun", True))
            if asked.get("say"):
                person.say(asked["say"])
        return {"ids": [person.id for person in people]}

    async def _groups(self, asked: Json) -> Json:
        """A group, supergroup, forum or channel; `bot`: whether the bot is in it, as "member" or as "administrator"."""
        kind, known = asked["kind"], {name: asked[name] for name in ("title",) if name in asked}
        place: Place
        match kind:
            case "group":
                place = self._api.group(**known)
            case "supergroup" | "forum":
                place = self._api.supergroup(**known, username=asked.get("username"), forum=kind == "forum")
            case _:
                place = self._api.channel(**known, username=asked.get("username"))
        if asked.get("bot"):
            place.add_bot(rights=place.all_rights if asked["bot"] == "administrator" else None)
        return {"id": place.id, "creator": place.creator.id}

    async def _do(self, asked: Json) -> Any:
        """Lets somebody do something: `who` (an id), `what` (the name of a method of theirs), `with` (its arguments)."""
        who = self._api.world.accounts.get(asked["who"]) or self._api.world.chats[asked["who"]]
        given = {name: self._thing(name, value) for name, value in (asked.get("with") or {}).items()}
        if isinstance(who, Person) and asked["what"] == "press":
            answer = await who.press(given.pop("message"), **given)
            return {"text": answer.text, "alert": answer.alert, "url": answer.url}
        if asked["what"].startswith("_") or not isinstance(who, Person | Place):
            raise ValueError(f"nobody does {asked['what']}")
        done = getattr(who, asked["what"])(**given)
        if isinstance(who, Supergroup) and asked["what"] == "create_topic":
            return {"id": done.id}
        if isinstance(who, Channel) and isinstance(done, list):
            return [self._shown(one) for one in done]
        return self._shown(done) if isinstance(done, Message) else {}

    def _thing(self, name: str, value: Any) -> Any:
        """An argument: messages as [chat, id], people and chats as ids, topics as [chat, id]."""
        world = self._api.world
        match name:
            case "message" | "reply_to":
                return world.chats[value[0]].messages[value[1]]
            case "person" | "by":
                return world.accounts[value]
            case "to":
                return world.chats[value]
            case "topic":
                return world.chats[value[0]].topics[value[1]]
            case _:
                return value

    async def _faults(self, asked: Json) -> Json:
        """Adds a rule, with the arguments of Faults.add; {"clear": true} forgets all."""
        if asked.pop("clear", False):
            self._api.faults.clear()
        if asked:
            self._api.faults.add(asked.pop("fault"), **asked)
        return {"rules": [{"fault": rule.fault, "met": rule.met} for rule in self._api.faults.rules]}

    async def _limits(self, asked: Json) -> Json:
        self._api.limit(**asked)
        return {}

    async def _feed(self, asked: Json) -> Json:
        self._api.feed(asked["updates"])
        return {"pending": len(self._api.world.updates.pending)}

    async def _counters(self, _: Json) -> Json:
        api, world = self._api, self._api.world
        return {
            "delivered": {str(chat): count for chat, count in world.delivered.items()},
            "total": world.delivered.total(),
            "answers_dropped": api.answers_dropped,
            "calls": dict(api.calls),
            "refused": world.refused[-100:],
            "refusals": len(world.refused),
            "complaints": world.complaints,
            "pending_updates": len(world.updates.pending),
            "polled": world.updates.is_polled,
            "posted": api.webhook.posted,
            "commands": {"/".join(map(str, key)): len(value) for key, value in api.profile.commands.items()},
        }

    async def _messages(self, asked: Json) -> list[Json]:
        """What the bot has sent and edited, of one `chat` or of all, after the `number` of a message."""
        since, chat = int(asked.get("since", 0)), asked.get("chat")
        sent = self._api.sent if chat is None else self._api.world.chats[int(chat)].sent
        return [self._shown(message) for message in sent if message.number > since]

    async def _wait(self, asked: Json) -> list[Json]:
        """Waits for `count` messages (of a `chat`, after `since`, with `text` in them)."""
        since, count, text = int(asked.get("since", 0)), int(asked.get("count", 1)), asked.get("text", "")
        chats = self._api.world.chats
        sent = self._api.sent if asked.get("chat") is None else chats[int(asked["chat"])].sent

        def found() -> list[Message]:
            return [message for message in sent if message.number > since and text in message.words]

        patience = float(asked.get("patience", PATIENCE))
        what = f"{count} messages of {len(found())}"
        await self._api.until(lambda: len(found()) >= count, what, patience=patience)
        return [self._shown(message) for message in found()]

    def _shown(self, message: Message) -> Json:
        chat: Chat = self._api.world.chats[message.chat_id]
        return chat.show(message) | {"number": message.number, "keyboard": message.markup}
