"""The methods about the bot itself: who it is, its commands and descriptions, how it is told of updates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.entities import units
from tests.fakes.botapi.errors import bad_request, too_many
from tests.fakes.botapi.limits import COMMANDS, DESCRIPTION_UNITS, NAME_UNITS, SHORT_UNITS
from tests.fakes.botapi.world import World

Json = dict[str, Any]

#: A scope of commands: its type, the chat, the person.
Scope = tuple[str, int | str | None, int | None]


@dataclass
class Profile:
    """What the bot has said about itself: commands by scope and language, texts by language ("" for all others)."""

    commands: dict[tuple[Scope, str], list[Json]] = field(default_factory=dict)
    name: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    short_description: dict[str, str] = field(default_factory=dict)

    def commands_of(self, scope: str = "default", *, chat: int | None = None, lang: str = "") -> list[str]:
        """The names of the commands that were set for a scope and a language."""
        return [one["command"] for one in self.commands.get(((scope, chat, None), lang), [])]


def get_me(world: World, _: Call) -> Json:
    flags = ("supports_inline_queries", "can_connect_to_business", "has_main_web_app", "has_topics_enabled")
    shown = world.bot.wire() | {"can_join_groups": True, "can_read_all_group_messages": world.reads_all}
    return shown | dict.fromkeys(flags, False)


def commands(profile: Profile) -> dict[str, Callable[[World, Call], Any]]:
    """The methods about commands."""

    def put(world: World, call: Call) -> bool:
        listed = [_command(one) for one in call.params.get("commands") or []]
        if len(listed) > COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        profile.commands[_scope(world, call), call.text("language_code")] = listed
        world.stir()
        return True

    def get(world: World, call: Call) -> list[Json]:
        return profile.commands.get((_scope(world, call), call.text("language_code")), [])

    def delete(world: World, call: Call) -> bool:
        profile.commands.pop((_scope(world, call), call.text("language_code")), None)
        return True

    return {"setmycommands": put, "getmycommands": get, "deletemycommands": delete}


def _scope(world: World, call: Call) -> Scope:
    scope = call.params.get("scope") or {"type": "default"}
    if "chat_id" in scope:
        chat = world.chat(scope["chat_id"])
        return scope["type"], chat.id, scope.get("user_id")
    return scope["type"], None, None


def _command(command: Json) -> Json:
    name = command["command"].removeprefix("/")
    plain = name.isascii() and name.replace("_", "a").isalnum() and name == name.lower()
    if not plain or not 1 <= len(name) <= 32:
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= units(command["description"].strip()) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": command["description"]}


def texts(profile: Profile) -> dict[str, Callable[[World, Call], Any]]:
    """The methods that set and get the bot's name and its two descriptions."""
    kinds = [
        ("name", profile.name, NAME_UNITS),
        ("description", profile.description, DESCRIPTION_UNITS),
        ("short_description", profile.short_description, SHORT_UNITS),
    ]
    methods: dict[str, Callable[[World, Call], Any]] = {}
    for field_name, held, most in kinds:
        method = field_name.replace("_", "")
        methods[f"setmy{method}"] = _setter(field_name, held, most)
        methods[f"getmy{method}"] = _getter(field_name, held)
    return methods


def _setter(name: str, held: dict[str, str], most: int) -> Callable[[World, Call], bool]:
    def put(world: World, call: Call) -> bool:
        text, lang = call.text(name).strip(), call.text("language_code")
        if lang and len(lang) != 2:
            raise bad_request("LANG_CODE_INVALID")
        if units(text) > most:
            raise bad_request(f"bot {name.replace('_', ' ')} is too long")
        held[lang] = text
        if not text:
            del held[lang]
        world.stir()
        return True

    return put


def _getter(name: str, held: dict[str, str]) -> Callable[[World, Call], Json]:
    def get(world: World, call: Call) -> Json:
        fallback = held.get("", world.bot.first_name if name == "name" else "")
        return {name: held.get(call.text("language_code"), fallback)}

    return get


def close(launched: float) -> Callable[[World, Call], bool]:
    """close, which Telegram refuses in the first ten minutes after `launched`."""

    def end(world: World, _: Call) -> bool:
        left = launched + 600 - world.clock()
        if left > 0:
            raise too_many(round(left))
        return True

    return end
