"""
Invented posts of invented channels, in Russian and in English, put together by dice from parts: enough variety to look at, and
stories that several channels tell in their own words.
"""

import random
from dataclasses import dataclass

from telethon.tl import TLObject
from telethon.tl.types import (
    MessageEntityBold,
    MessageEntityCode,
    MessageEntityHashtag,
    MessageEntityItalic,
    MessageEntityTextUrl,
)


@dataclass(frozen=True)
class Text:
    """A text with its entities, whose places are counted in UTF-16 units as Telegram does."""

    text: str
    entities: list[TLObject]


CHANNELS = [
    ("Fake Gradient", "fake_gradient", "ru"),
    ("Loss Landscape (invented)", "fake_loss_landscape", "en"),
    ("Токен за токеном", "fake_token_by_token", "ru"),
    ("Fake Residual Stream", "fake_residual", "en"),
    ("Выдуманный чекпойнт", "fake_checkpoint", "ru"),
    ("Warmup Steps (invented)", "fake_warmup", "en"),
    ("Ненастоящий RLHF", "fake_rlhf", "ru"),
    ("Fake Attention Sink", "fake_attention_sink", "en"),
]
"""Title, username and language."""

LABS = "Lumen Labs|Polyrhythm AI|Kvadrant Research|Northfold|Институт Меандр|Tessera|Ostrov ML|Quiet Compute".split("|")
MODELS = "Sparrow|Meander|Cobalt|Ptarmigan|Tessera-Mini|Ладога|Onyx|Waxwing".split("|")
SIZES = "1.3B|3B|7B|13B|34B|70B|8x7B".split("|")
BENCHES = "FakeBench|OddMath|LongDesk|CodeAttic|RuReason|ToolMaze".split("|")
SUBJECTS = {
    "en": (
        "sparse attention|tool use|long context|speculative decoding|preference tuning|vision encoders|"
        "data filtering|low-bit training|agent memory|mixture of experts"
    ).split("|"),
    "ru": (
        "разреженное внимание|вызов инструментов|длинный контекст|спекулятивное декодирование|обучение на предпочтениях|"
        "зрительные энкодеры|фильтрация данных|обучение в низкой точности|память агентов|смесь экспертов"
    ).split("|"),
}
OPENINGS = {
    "en": [
        "{lab} has released {model} {size}",
        "New paper from {lab}: {subject} without the usual tricks",
        "{model} {size} now runs on a laptop",
        "What {lab} learned from training {model}",
        "A small study of {subject}",
        "{lab} opens the data behind {model}",
    ],
    "ru": [
        "{lab} выпустили {model} {size}",
        "Новая статья от {lab}: {subject} без привычных ухищрений",
        "{model} {size} теперь запускается на ноутбуке",
        "Чему {lab} научились, пока обучали {model}",
        "Небольшое исследование: {subject}",
        "{lab} открыли данные, на которых учили {model}",
    ],
}
SENTENCES = {
    "en": [
        "On {bench} the model scores {score}%, {gain} points above its predecessor.",
        "The authors report that {subject} accounts for about half of the gain.",
        "Training took {days} days on {gpus} accelerators, and the logs are public.",
        "The weights come under a permissive licence; the data recipe is described, the data is not.",
        "In our own try the answers were shorter and more careful than we expected.",
        "A table in the appendix shows that the effect goes away below {size}.",
        "The context window is {window} thousand tokens, though quality drops after the first third.",
        "The demo is slow today, so be patient with it.",
        "As always, wait for independent numbers before you rebuild your pipeline.",
        "The interesting part is the ablation: removing {subject} costs {gain} points and saves nothing.",
    ],
    "ru": [
        "На {bench} модель набирает {score}%, на {gain} пункта больше предшественницы.",
        "Авторы пишут, что примерно половину прироста даёт {subject}.",
        "Обучение заняло {days} дней на {gpus} ускорителях, логи выложены.",
        "Веса под свободной лицензией; рецепт данных описан, сами данные не отдали.",
        "Мы попробовали сами: ответы короче и осторожнее, чем ожидалось.",
        "В приложении есть таблица: ниже {size} эффект пропадает.",
        "Окно контекста — {window} тысяч токенов, но после первой трети качество падает.",
        "Демо сегодня тормозит, наберитесь терпения.",
        "Как обычно, дождитесь независимых замеров, прежде чем всё переделывать.",
        "Самое любопытное — абляция: если убрать {subject}, теряется {gain} пункта, а экономии нет.",
    ],
}
SHORT = {
    "en": ["Poll tomorrow: which benchmark do you still trust?", "Reading list for the weekend is in the comments."],
    "ru": ["Завтра опрос: какому бенчмарку вы ещё верите?", "Подборка на выходные — в комментариях."],
}
LINK = {"en": "Paper and code", "ru": "Статья и код"}
UPDATE = {"en": "\n\nUPD: the numbers in the table were corrected.", "ru": "\n\nUPD: поправили числа в таблице."}


def write(dice: random.Random, language: str, *, sentences: int | None = None) -> Text:
    """One post: mostly a headline, a few sentences and a link; now and then only a line."""
    if sentences is None and dice.random() < 0.1:
        return Text(dice.choice(SHORT[language]), [])
    facts = _facts(dice, language)
    chosen = dice.sample(SENTENCES[language], sentences or dice.randint(2, 5))
    parts = _Parts()
    parts.add(dice.choice(OPENINGS[language]).format(**facts), MessageEntityBold)
    parts.add("\n\n" + " ".join(chosen[:-1]).format(**facts) + " ")
    parts.add(chosen[-1].format(**facts), MessageEntityItalic)
    parts.add("\n\n")
    parts.add(LINK[language], MessageEntityTextUrl, url=f"https://papers.example/{dice.randrange(10**5):05}")
    parts.add(" ")
    parts.add(f"pip install {facts['model'].lower()}", MessageEntityCode)
    parts.add(" ")
    parts.add("#" + str(facts["bench"]).lower(), MessageEntityHashtag)
    return Text(parts.text, parts.entities)


def _facts(dice: random.Random, language: str) -> dict[str, str]:
    return {
        "lab": dice.choice(LABS),
        "model": dice.choice(MODELS),
        "size": dice.choice(SIZES),
        "bench": dice.choice(BENCHES),
        "subject": dice.choice(SUBJECTS[language]),
        "score": str(dice.randint(31, 89)),
        "gain": f"{dice.randint(2, 9)}.{dice.randint(1, 9)}",
        "days": str(dice.randint(2, 40)),
        "gpus": str(2 ** dice.randint(3, 10)),
        "window": str(2 ** dice.randint(5, 9)),
    }


class _Parts:
    def __init__(self) -> None:
        self.text = ""
        self.entities: list[TLObject] = []
        self._units = 0

    def add(self, text: str, kind: type[TLObject] | None = None, **fields: str) -> None:
        length = len(text.encode("utf-16-le")) // 2
        if kind:
            self.entities.append(kind(offset=self._units, length=length, **fields))
        self.text += text
        self._units += length
