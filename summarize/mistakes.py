"""What is wrong with a filter, a topic or a search that somebody has typed, in a sentence of their language.

Pure.
"""

from __future__ import annotations

from typing import Any

from core.errors import UsageError

#: By name: the sentence in English and in Russian.
SENTENCES = {
    "empty": ("There is not a word in it to look for", "В нём нет ни одного слова, которое можно искать"),
    "long": (
        "It has {length} characters, and at most {most} are allowed",
        "В нём {length} символов, а можно не больше {most}",
    ),
    "many": (
        "It lists {count} alternatives, and at most {most} are allowed",
        "Вариантов в нём {count}, а можно не больше {most}",
    ),
    "quote": ("A quotation mark is opened and not closed", "Кавычка открыта, но не закрыта"),
    "regex": (
        "This is no regular expression: {reason}, at character {place}: {before}",
        "Это не регулярное выражение: {reason_ru}, символ {place}: {before}",
    ),
    "regex end": (
        "This is no regular expression: {reason}, at the end: {before}",
        "Это не регулярное выражение: {reason_ru}, в самом конце: {before}",
    ),
    "regex kind": (
        "This regular expression cannot be used here: it is nested too deeply, or its flags do not go together",
        "Такое регулярное выражение не годится: в нём слишком много вложенных скобок или несовместимые флаги",
    ),
    "repeats": (
        "The repetition counts in braces are too great together: write * or + instead",
        "Числа повторений в фигурных скобках вместе слишком велики: замените их на * или +",
    ),
    "slow": (
        "The expression takes too long on some posts: make it simpler, without one repetition inside another",
        "На некоторых постах выражение считается слишком долго: упростите его, не вкладывайте повторы друг в друга",
    ),
    "channel": ("There is no such channel", "Такого канала нет"),
    "topic": ("There is no such topic", "Такой темы нет"),
    "language": (
        "A language is named by two or three letters, such as ru or en",
        "Язык обозначают двумя или тремя буквами: ru, en",
    ),
    "ad": (
        "An advertisement is either certain (ad) or doubtful (grey)",
        "Реклама бывает явной (ad) и сомнительной (grey)",
    ),
    "threshold": ("A threshold lies above 0 and is at most 1", "Порог должен быть больше 0 и не больше 1"),
    "weight": (
        "A boost's weight lies between -1 and 1 and is not 0",
        "Вес должен лежать между -1 и 1 и не быть нулём",
    ),
    "post": (
        "That post is not in the archive, or has no text to compare with",
        "Такого поста нет в архиве, или в нём нет текста для сравнения",
    ),
    "embedder": (
        "The embedding model does not answer now: try again later",
        "Модель эмбеддингов сейчас не отвечает: попробуйте позже",
    ),
    "unreadable": ("The request cannot be read: {reason}", "Запрос не разобрать: {reason}"),
    "itself": ("A topic cannot be merged into itself", "Тему нельзя объединить с самой собой"),
    "off": (
        "{title} is switched off: switch it on, then merge",
        "Тема «{title_ru}» выключена: сначала включите её",
    ),
    "titles": (
        "A topic has a title in Russian and one in English, each of at most {most} characters",
        "У темы должны быть названия на русском и на английском, каждое не длиннее {most} символов",
    ),
    "examples": (
        "The examples of a topic have at most {most} characters",
        "Описание темы должно быть не длиннее {most} символов",
    ),
    "search topic": (
        'There is no topic "{said}": the topics are {topics}',
        "Темы «{said}» нет, есть {topics}",
    ),
    "search channel": (
        'No channel is called "{said}": look at the list of channels',
        "Канала «{said}» нет: посмотрите список каналов",
    ),
    "search date": (
        '"{said}" is no date: write it as 2026-09-14, 14 September or yesterday',
        "«{said}» — не дата: пишите 2026-09-14, «14 сентября» или «вчера»",
    ),
    "search words": (
        "There is nothing to search for: give a word or two",
        "Искать нечего: напишите слово-другое",
    ),
    "long question": (
        "This is too long: a question has at most {most} characters",
        "Слишком длинно: в вопросе может быть не больше {most} символов",
    ),
    "keywords": (
        "A topic has at most {most} keywords, each of at most {length} characters",
        "У темы может быть не больше {most} ключевых слов, каждое не длиннее {length} символов",
    ),
}


#: What is wrong with an expression, by how the package `regex` begins to say it.
_REGEX_RU = {
    "missing )": "скобка ( не закрыта",
    "missing ]": "скобка [ не закрыта",
    "unterminated character set": "скобка [ не закрыта",
    "missing >": "имя группы не закрыто знаком >",
    "expected }": "скобка { не закрыта",
    "unbalanced parenthesis": "лишняя скобка )",
    "nothing to repeat": "перед знаком повтора ничего нет",
    "multiple repeat": "два знака повтора подряд",
    "min repeat greater": "в {…} первое число больше второго",
    "bad character range": "диапазон в [ ] записан наоборот",
    "bad escape": "после \\ стоит не то",
    "incomplete escape": "после \\ чего-то не хватает",
    "unknown property": "такого класса символов нет",
    "undefined character name": "символа с таким именем нет",
    "invalid group reference": "группы с таким номером нет",
    "unknown group": "группы с таким именем нет",
    "unknown extension": "после (? стоит не то",
}
#: What was typed is repeated up to here; of an expression, so much that stands before what is wrong.
MOST_REPEATED, MOST_BEFORE = 100, 30
#: What of a sentence nobody has typed.
_OURS = frozenset({"topics"})


class Fault(UsageError):
    """Something about what was typed that has to be changed; `name` is one of SENTENCES."""

    def __init__(self, name: str, **values: Any) -> None:  # noqa: ANN401  numbers and words, as the sentence has them
        self.name = name
        self._values = {
            key: str(value) if key in _OURS else str(value)[:MOST_REPEATED] for key, value in values.items()
        }
        super().__init__(self.told("en"))

    def told(self, lang: str) -> str:
        """The sentence in Russian or, to whoever speaks another language, in English."""
        return SENTENCES[self.name][1 if lang == "ru" else 0].format(**self._values)


def no_regex(pattern: str, *, reason: str, place: int | None) -> Fault:
    """An expression that is none: what is wrong with it and where (the characters before it), as `regex` has found."""
    place = 0 if place is None else place
    reason_ru = next((told for begins, told in _REGEX_RU.items() if reason.startswith(begins)), "его не разобрать")
    start = max(0, place - MOST_BEFORE)
    before = " ".join([("…" if start else "") + " ".join(pattern[start:place].split()), "⟵"]).strip()
    name = "regex end" if place >= len(pattern) else "regex"
    return Fault(name, reason=reason, reason_ru=reason_ru, place=place + 1, before=before)
