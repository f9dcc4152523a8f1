"""What the console itself says, in the language of whoever speaks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Sentences with places for what they speak of; `usage` has a line for each command of the console."""

    hello: str
    prompt: str
    typing: str
    deleted: str
    deleted_own: str
    buttons_gone: str
    pinned: str
    unpinned: str
    unanswered: str
    leads: str
    copied: str
    nothing: str
    locate: str
    no_button: str
    no_link: str
    no_buttons_of: str
    speaks: str
    nobody: str
    unknown: str
    wrong: str
    refused: str
    failed: str
    sizes: tuple[str, str, str]
    menu: str
    usage: Mapping[str, str]


_RU = Words(
    hello="{bot} в терминале, говорит {name}. Что здесь можно — :help, выйти — :quit.",
    prompt="{name} › ",
    typing="{bot} печатает…",
    deleted="Сообщение #{number} удалено.",
    deleted_own="Ваше сообщение удалено.",
    buttons_gone="У сообщения #{number} больше нет кнопок.",
    pinned="📌 Закреплено: #{number}.",
    unpinned="Больше не закреплено.",
    unanswered="Бот не ответил на нажатие: в Telegram кнопка осталась бы с часиками.",
    leads="{text} → {url}",
    copied="Кнопка копирует: {text}",
    nothing="В консоли эта кнопка ничего не делает.",
    locate="Кнопка спрашивает, где вы: наберите, например, :location 55.75 37.62",
    no_button="Кнопки {number} нет, последняя — {last}. Отправить это как текст: :say {typed}",
    no_link="Ссылки {number} здесь нет.",
    no_buttons_of="У сообщения #{message} нет кнопок. Отправить это как текст: :say {typed}",
    speaks="Теперь говорит {name}.",
    nobody="Такого человека здесь нет. Есть: {names}.",
    unknown="Команды {typed} нет. Есть: {commands}. Отправить это как текст: :say {typed}",
    wrong="Нужно так: {usage}",
    refused="Telegram не принял бы этого, а бот такого не ждал: {reason}",
    failed="⚠ Что-то сломалось: {error}. Подробности: {log}",
    sizes=("Б", "КБ", "МБ"),
    menu="Команды бота:",
    usage={
        "text": "текст — сообщение боту; вставленный из нескольких строк — одно сообщение",
        "lines": "строка с \\ на конце продолжается в следующей (или Alt+Enter); ↑ и ↓ — что уже набирали",
        "number": "3 — нажать кнопку [3]; 7.3 — кнопку [3] сообщения #7",
        "say": ":say ТЕКСТ — отправить как есть, даже число или строку с двоеточием",
        "as": ":as ИМЯ — говорить за другого: {names}",
        "location": ":location 55.75 37.62 — отправить местоположение",
        "forward": ":forward КАНАЛ | ТЕКСТ — переслать пост из канала",
        "open": ":open 2 — куда ведёт ссылка ² или кнопка [2]",
        "help": ":help — эта подсказка",
        "quit": ":quit — выйти (или Ctrl-D, Ctrl-C)",
    },
)

_EN = Words(
    hello="{bot} in a terminal, {name} speaks. What can be done here: :help; to leave: :quit.",
    prompt="{name} › ",
    typing="{bot} is typing…",
    deleted="Message #{number} is deleted.",
    deleted_own="Your message is deleted.",
    buttons_gone="Message #{number} has no buttons any more.",
    pinned="📌 Pinned: #{number}.",
    unpinned="Not pinned any more.",
    unanswered="The bot has not answered the press: in Telegram the button would go on spinning.",
    leads="{text} → {url}",
    copied="The button copies: {text}",
    nothing="In the console this button does nothing.",
    locate="The button asks where you are: type, say, :location 55.75 37.62",
    no_button="There is no button {number}, the last is {last}. To send it as a text: :say {typed}",
    no_link="There is no link {number} here.",
    no_buttons_of="Message #{message} has no buttons. To send it as a text: :say {typed}",
    speaks="{name} speaks now.",
    nobody="There is nobody of that name. There are: {names}.",
    unknown="There is no {typed}. There are: {commands}. To send it as a text: :say {typed}",
    wrong="It goes like this: {usage}",
    refused="Telegram would not take this, and the bot was not prepared for it: {reason}",
    failed="⚠ Something is broken: {error}. More of it: {log}",
    sizes=("B", "KB", "MB"),
    menu="Commands of the bot:",
    usage={
        "text": "text: a message to the bot; pasted, of however many lines, it is one message",
        "lines": "a line that ends in \\ goes on with the next (or Alt+Enter); ↑ and ↓: what you have typed before",
        "number": "3: press button [3]; 7.3: button [3] of message #7",
        "say": ":say TEXT: send it as it is, even a number or a line with a colon",
        "as": ":as NAME: speak as somebody else: {names}",
        "location": ":location 55.75 37.62: send a location",
        "forward": ":forward CHANNEL | TEXT: forward a post of a channel",
        "open": ":open 2: where link ² or button [2] leads to",
        "help": ":help: this list",
        "quit": ":quit: leave (or Ctrl-D, Ctrl-C)",
    },
)


def words(lang: str) -> Words:
    """The sentences for a language code; English for any but Russian."""
    return _RU if lang == "ru" else _EN
