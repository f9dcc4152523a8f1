"""What a bot tells of itself: its commands and descriptions, by language and by whom they are for. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiogram.enums import BotCommandScopeType
from aiogram.types import BotCommand, BotCommandScopeUnion

from bot.console.people import Person
from bot.console.refusals import NotTaken

#: Most commands of one list, and the longest command, description of a command, of the bot, and on its page.
COMMANDS, COMMAND, ABOUT, DESCRIPTION, SHORT_DESCRIPTION = 100, 32, 256, 512, 120
_NAME = re.compile(r"[a-z0-9_]+", re.ASCII)
_LANGUAGE = re.compile(r"(?:[a-z]{2})?", re.ASCII)


@dataclass(slots=True)
class Menu:
    """Lists of commands by scope and language, descriptions by language; "" is everybody's language."""

    commands: dict[tuple[str, str], tuple[BotCommand, ...]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)

    def set_commands(self, commands: Sequence[BotCommand], scope: BotCommandScopeUnion | None, lang: str) -> None:
        """Raises NotTaken for what Telegram does not take; an empty list takes the list away."""
        kept = tuple(_checked(command) for command in commands)
        if len(kept) > COMMANDS:
            raise NotTaken("BOT_COMMANDS_TOO_MUCH")
        self.commands[_scope(scope), _language(lang)] = kept

    def get_commands(self, scope: BotCommandScopeUnion | None, lang: str) -> tuple[BotCommand, ...]:
        return self.commands.get((_scope(scope), _language(lang)), ())

    def commands_for(self, person: Person) -> tuple[BotCommand, ...]:
        """The list that Telegram shows to a person in the chat with the bot: the nearest that is not empty."""
        for scope in (f"chat {person.id}", "all_private_chats", "default"):
            for lang in (person.lang, ""):
                if found := self.commands.get((scope, lang)):
                    return found
        return ()

    def set_description(self, text: str, lang: str) -> None:
        """Raises NotTaken for what is too long."""
        if len(text) > DESCRIPTION:
            raise NotTaken("Bot description is too long")
        self.descriptions[_language(lang)] = text

    def set_short_description(self, text: str, lang: str) -> None:
        """Raises NotTaken for what is too long."""
        if len(text) > SHORT_DESCRIPTION:
            raise NotTaken("Bot short description is too long")
        self.short_descriptions[_language(lang)] = text

    def description_for(self, person: Person) -> str:
        """What an empty chat with the bot shows."""
        return self.descriptions.get(person.lang) or self.descriptions.get("", "")


def _checked(command: BotCommand) -> BotCommand:
    """The command as it is kept: trimmed, without its slash."""
    name, about = command.command.strip().removeprefix("/"), command.description.strip()
    for what, text, limit in (("Command", name, COMMAND), ("Command description", about, ABOUT)):
        if not text:
            raise NotTaken(f"{what} must be non-empty")
        if len(text) > limit:
            raise NotTaken(f"{what} length must not exceed {limit}")
    if not _NAME.fullmatch(name):
        raise NotTaken("BOT_COMMAND_INVALID")
    return BotCommand(command=name, description=about)


def _language(lang: str) -> str:
    if not _LANGUAGE.fullmatch(lang):
        raise NotTaken("Invalid language code specified")
    return lang


def _scope(scope: BotCommandScopeUnion | None) -> str:
    if scope is None:
        return "default"
    kind, chat = BotCommandScopeType(scope.type).value, getattr(scope, "chat_id", None)
    return f"{kind} {chat}" if chat is not None else kind
