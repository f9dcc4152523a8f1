"""The Telegram of the console: answers a bot's method calls in this process, as the real one would."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from aiogram import Bot
from aiogram import methods as api
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType

from bot.console import editing, profile, sending
from bot.console.desk import Desk
from bot.console.people import PEOPLE, Person
from bot.console.refusals import NotTaken, as_sent
from bot.console.screen import Screen
from bot.spans import cut

#: What a bot of the console is given for a token: it belongs to nobody.
TOKEN = "1:CONSOLE"  # noqa: S105

#: So much of an error is shown: it is one line.
_ERROR = 200

_ANSWERS: Mapping[type[TelegramMethod[Any]], Callable[..., Awaitable[object]]] = {
    api.GetMe: profile.get_me,
    api.GetChat: profile.get_chat,
    api.GetChatMember: profile.get_member,
    api.GetChatAdministrators: profile.get_administrators,
    api.SetMyCommands: profile.set_commands,
    api.DeleteMyCommands: profile.delete_commands,
    api.GetMyCommands: profile.get_commands,
    api.SetMyDescription: profile.set_description,
    api.SetMyShortDescription: profile.set_short_description,
    api.GetMyDescription: profile.get_description,
    api.GetMyShortDescription: profile.get_short_description,
    api.DeleteWebhook: profile.delete_webhook,
    api.SendMessage: sending.send_message,
    api.SendDocument: sending.send_file,
    api.SendPhoto: sending.send_file,
    api.SendMessageDraft: sending.send_draft,
    api.SendChatAction: sending.send_action,
    api.AnswerCallbackQuery: sending.answer_call,
    api.EditMessageText: editing.edit_text,
    api.EditMessageReplyMarkup: editing.edit_markup,
    api.DeleteMessage: editing.delete,
    api.DeleteMessages: editing.delete_several,
    api.PinChatMessage: editing.pin,
    api.UnpinChatMessage: editing.unpin,
}


class ConsoleSession(BaseSession):
    """Answers a bot's method calls in this process: what it sends is kept, and shown by a Screen.

    `files` is the folder for what the bot sends as a file. Ids of messages and updates are counted from `first_id` on:
    where a database remembers those of an earlier console, begin with a number that has not been (the seconds since 1970,
    say).
    """

    def __init__(
        self,
        *,
        screen: Screen,
        files: Path,
        clock: Callable[[], datetime],
        people: Sequence[Person] = PEOPLE,
        name: str = "Сводка",
        first_id: int = 1,
    ) -> None:
        super().__init__()
        self.desk = Desk(people=people, screen=screen, files=files, clock=clock, name=name, first_id=first_id)

    def speak(self, person: Person, lang: str) -> None:
        """The language in which the console itself speaks with a person from now on: the one that the bot does."""
        self.desk.room(person.id).lang = lang

    def fail(self, error: str, log: Path) -> None:
        """Tell that something has failed which no answer of the bot tells of, and where more of it stands."""
        self.desk.screen.note(self.desk.words().failed.format(error=cut(error, _ERROR), log=log))

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109, ARG002 - aiogram's signature; nothing here takes long
    ) -> TelegramType:
        """The answer to one call.

        Raises:
            TelegramAPIError: Telegram would refuse it, or the console does not know how to answer.
        """
        answer = _ANSWERS.get(type(method))
        try:
            if answer is None:
                raise NotTaken(f"the console does not know {method.__api_method__}")
            return cast(TelegramType, await answer(self.desk, bot, method))
        except NotTaken as refused:
            raise as_sent(refused, method) from None

    async def close(self) -> None:
        """Nothing is open."""

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,  # noqa: ARG002 - aiogram's signature, as all of these
        timeout: int = 30,  # noqa: ASYNC109, ARG002
        chunk_size: int = 65536,  # noqa: ARG002
        raise_for_status: bool = True,  # noqa: FBT001, FBT002, ARG002
    ) -> AsyncGenerator[bytes, None]:
        """Refused: the console fetches nothing."""
        raise as_sent(NotTaken(f"the console fetches nothing, not {url} either"), api.GetFile(file_id=url))
        yield b""
