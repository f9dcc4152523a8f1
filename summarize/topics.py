"""Which topics a post is about, without a language model: names speak loudly, stems softly, embeddings where words fail.

Pure. A topic's probability is a logistic of what its names, its stems and its examples say of the post, against what the
other topics and everyday subjects say; the weights and thresholds are fitted (`topic_fit`, `data/topics.json`) and belong
to the embedding model.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Topic
from summarize import text as texts
from summarize.embed import Encoder

Vectors = NDArray[np.float32]
Run = tuple[str, ...]

#: Words of the title and of the opening say more about the subject than those further down.
TITLE_TOKENS = 18
BRIEF_TOKENS = 25
LEAD_TOKENS = 45
EVIDENCE = (
    "name_title", "name_lead", "name_all", "name_repeat", "stem_title", "stem_lead", "stem_all", "stem_density",
    "share", "best", "cos", "cos_lead", "cos_margin", "cos_best", "elsewhere", "brief",
)  # fmt: skip
LEARNED = "learned"
#: What says that a post is about the field at all.
FIELD_EVIDENCE = ("words", "word_share", "special", "near", "nearer", "toward")
#: Topics that other fields have too.
BROAD = frozenset({"industry", "learning", "science", "data-science", "safety"})

#: What is added to the bias of a topic that an admin has made: nothing was learned of its vectors, which is most of what speaks
#: for a fitted topic, and few people write two hundred names. Measured with nine topics of the taxonomy, written anew in two
#: lines and about ten names each: of their 60 labelled posts in the sample feed, 6 were found without it and 31 with it, one
#: more being given wrongly; of 27 other posts on them 20, and 3 of 999 times a post of another field. Names decide: of examples
#: alone, none were found.
UNFITTED = 3.5

#: What posts that have no topic are about: the nearest of these lines is compared with the nearest example of a topic.
ELSEWHERE = (
    "Выпал снег, на дорогах пробки, движение на линии метро восстановлено.",
    "Произошёл пожар, пострадавших эвакуировали, полиция ищет виновника аварии.",
    "Президент подписал указ, депутаты и губернатор обсудили выборы.",
    "Война, граница, переговоры, санкции, страны обменялись заявлениями.",
    "Курс доллара, рубль, ставка центрального банка, вклады, ипотека.",
    "Нефть, газ, завод, экспорт зерна, цены на продукты и рост экономики.",
    "Криптовалюта, биткоин, биржа, токены и регулирование операций с криптой.",
    "Мошенники обманули пенсионерку, задержан подозреваемый в краже.",
    "Певица, актёр, сериал, кино, книга и концерт.",
    "Футбольный матч, рекорд спортсмена, сборная и турнир.",
    "Вышла новая компьютерная игра для приставки, трейлер и ночник по игре.",
    "Доброе утро! Выходные, прогулка, кот, кофе, картошка и отпуск с семьёй.",
    "Шутка про программистов, мем, разработчик и дедлайн.",
    "Археологи нашли древнюю гробницу, учёные изучили кости динозавра.",
    "Учёные исследовали животных, растения, питание, сон и психологию людей.",
    "Физики измерили частицу, создали новый материал, квантовый компьютер и лазер.",
    "Врачи рассказали о вакцине, болезни, зубах, диете и вреде привычек.",
    "Космический аппарат, ракета, астероид, спутник планеты и телескоп.",
    "Как писать на Python: функции, типы, списки, декораторы, библиотека.",
    "Go, Rust и JavaScript: горутины, указатели, строки, веб-страница.",
    "Шпаргалка по bash, git и SQL; проектирование реляционных баз данных.",
    "Оптимизация PostgreSQL, индексы, микросервисы, docker и администрирование Linux.",
    "Паттерны проектирования, чистый код, код-ревью и архитектура приложений.",
    "Карьера разработчика: собеседование, джун, грейды, выгорание, удалённая работа, резюме.",
    "Курс по программированию для начинающих, алгоритмы и структуры данных, вебинар для тестировщиков.",
    "Вышла новая версия языка программирования, фреймворк для веб-разработки.",
    "Рассылка, подборка статей за неделю, подкаст и опрос подписчиков.",
    "Подпишитесь на канал, скидка по промокоду, розыгрыш, реклама.",
    "Новый смартфон, ноутбук, видеокарта для игр, процессор.",
    "Мессенджер, видеохостинг и социальная сеть: блокировка, сбой, новая функция.",
    "Хакеры взломали базу, утечка паролей, информационная безопасность компании.",
    "Налоги, пенсии, закон о штрафах, суд, взятка и приговор.",
    "Новости к этому часу: всё сразу одним списком.",
    "The president, the parliament and the war; elections and protests.",
    "A football match, a film, a celebrity and a recipe for dinner.",
    "A plain programming tutorial: functions, types, classes, tests and web pages.",
    "My weekend: a walk, the dog, coffee, a flight delay and the garden.",
    "Oil prices, central bank rates, mortgage, airlines and inflation.",
    "Scientists found a new species of frog; archaeologists opened a tomb.",
    "A city council, a tram line, a museum and a court fine.",
    "Here are the links of the week: many different things in one list.",
)
#: Words and phrases ("_" for a space) of the field: a deal, a court or a talk is a topic only where a post is about it.
FIELD = """
    ai ml llm nlp dl cv gpu gpt chatgpt rag mlops kv flops api lab labs ии machine_learning deep_learning data_science
    artificial_intelligence neural_network neural_networks neural машинное_обучение глубокое_обучение машинное
    искусственный_интеллект нейронный нейронные нейросеть нейросети нейронка датасет dataset model models модель модели
    моделей agent agents агент robot robots robotics robotaxi робот роботы роботакси chip chips чип accelerator accelerators
    ускоритель ускорители inference инференс embedding embeddings эмбеддинг transformer трансформер pytorch openai anthropic
    deepmind nvidia huggingface claude gemini llama qwen deepseek mistral gemma grok copilot arxiv neurips icml benchmark
    бенчмарк training train trained pretraining finetuning reward обучение обучить дообучение дообучить предобучение претрейн
    разметка разметчик синтез распознавание recommender recsys рекомендательный рекомендации deepfake дипфейк tokens токенов
    context контекст prompt промпт parameters параметров loss лосс batch батч weights веса checkpoint чекпоинт датасаентист
    ab cuped uplift аплифт boosting бустинг regression регрессия causal причинность выборка variance дисперсия covariate
    ковариата квантиль retrieval ретрив vector_database векторная векторный preprint препринт researcher researchers
    исследователь лаборатория семантический diffusion диффузия chatbot чат-бот assistant ассистент
"""

_SINGLE = re.compile(r"(?<![\w/-])(\w)[-/‑](?=\w)")
_AB = re.compile(r"(?<!\w)[aа]\s?/\s?([bб]|[aа])(?!\w)")
_SIZE = re.compile(r"\d+(?:[.,]\d+)?([a-zа-я]{1,2})\Z")
_FAMILY = re.compile(r"([^\W\d_]{3,})-?\d")
_LONE_LETTER = re.compile(r"(?<![^\W_])[a-z](?![\w+#])")
_MEANT = ("cos", "cos_lead", "cos_margin", "cos_best", "elsewhere")
#: Units of the sizes of models, contexts and memory.
UNITS = frozenset("b m k к t gb гб fps p nm нм".split())
SIZES = frozenset(f"0{unit}" for unit in UNITS)


@dataclass(frozen=True, slots=True)
class Profile:
    """A topic ready to be compared: `names` and `stems` as runs of stems by their first one, examples as unit vectors."""

    slug: str
    names: Mapping[str, tuple[Run, ...]]
    stems: Mapping[str, tuple[Run, ...]]
    about: Vectors
    elsewhere: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Two fitted logistics: whether a post is of the field (FIELD_EVIDENCE), and whether it has a topic (EVIDENCE).

    A topic's probability is that of the second, with a bias per topic (UNFITTED for topics it was not fitted on), times that of
    the first as far as it is below `field_limit`. A post's likeliest topic needs `first`, the others `threshold`; a post
    has at most `most`. `learned` is what labelled posts taught of a topic's vectors: (dimension + 1,), a direction and a
    constant, whose tanh is the evidence LEARNED. `model` is the embedding model, `figures` what leaving each set out in turn measured.
    """

    weights: Mapping[str, float]
    bias: float
    threshold: float
    most: int
    first: float
    field: Mapping[str, float]
    field_bias: float
    field_limit: float
    biases: Mapping[str, float] = dataclass_field(default_factory=dict)
    learned: Mapping[str, Vectors] = dataclass_field(default_factory=dict)
    model: str = ""
    figures: Mapping[str, float] = dataclass_field(default_factory=dict)


@cache
def weights() -> Weights:
    """The committed weights (`data/topics.json`, written by `svodka eval fit`)."""
    return from_json(json.loads(resources.files("summarize").joinpath("data/topics.json").read_text("utf-8")))


def from_json(value: Mapping[str, Any]) -> Weights:
    """The weights that `topic_fit.to_json` wrote."""
    learned = {slug: np.array(row, dtype=np.float32) for slug, row in value["learned"].items()}
    return Weights(**{**value, "learned": learned})


def profiles(topics: Sequence[Topic], encode: Encoder) -> list[Profile]:
    """Make topics ready to be compared; each line of `about` is an example of its own."""
    examples = [[line for line in topic.about.splitlines() if line.strip()] or [topic.title_en] for topic in topics]
    vectors = encode([*(line for lines in examples for line in lines), *ELSEWHERE])
    elsewhere = vectors[len(vectors) - len(ELSEWHERE) :]
    found, start = [], 0
    for topic, lines in zip(topics, examples, strict=True):
        about = vectors[start : start + len(lines)]
        start += len(lines)
        names, stems = _runs(topic.names), _runs(topic.stems)
        found.append(Profile(slug=topic.slug, names=names, stems=stems, about=about, elsewhere=elsewhere))
    return found


def _runs(phrases: Sequence[str]) -> dict[str, tuple[Run, ...]]:
    """Phrases as runs of stems by their first; one that a lost letter leaves with one word ("series A") is left out."""
    runs: dict[str, set[Run]] = defaultdict(set)
    for phrase in phrases:
        run = tuple(_general(token) for token in _tokens(phrase))
        if len(run) > 1 or (run and not _LONE_LETTER.search(_joined(phrase))):
            runs[run[0]].add(run)
    return {first: tuple(sorted(rest)) for first, rest in runs.items()}


def _joined(text: str) -> str:
    """Single letters are no keywords, so "A/B test" and "q-learning" are written together first."""
    text = _AB.sub(lambda found: "ab" if found.group(1) in "bб" else "aa", text.lower())
    return _SINGLE.sub(r"\1", text)


def _tokens(text: str) -> list[str]:
    return texts.keywords_stems(_joined(text))


def _general(token: str) -> str:
    """A size as any other of its unit: "70b" → "0b"."""
    size = _SIZE.fullmatch(token)
    return f"0{size.group(1)}" if size and size.group(1) in UNITS else token


@lru_cache(maxsize=50_000)
def _forms(token: str) -> frozenset[str]:
    """What a token may be matched as: itself, the family of a version ("qwen3-72b" → "qwen"), a size ("0b")."""
    if not any(map(str.isdigit, token)):
        return frozenset((token,))
    forms = {token, _general(token)}
    if family := _FAMILY.match(token):
        forms.add(family.group(1))
    if (size := _general(token.rsplit("-", 1)[-1])) in SIZES:
        forms.add(size)
    return frozenset(forms)


@cache
def _field() -> Mapping[str, tuple[Run, ...]]:
    return _runs([phrase.replace("_", " ") for phrase in FIELD.split()])


@dataclass(frozen=True, slots=True)
class _Read:
    """A post as tokens with the forms that each may be matched as, and what its names and stems say of each topic."""

    tokens: Sequence[str]
    forms: Sequence[frozenset[str]]
    names: Mapping[str, list[_Hit]]
    stems: Mapping[str, list[_Hit]]
    title: int


@dataclass(frozen=True, slots=True)
class _Hit:
    """A phrase of a topic found in a post at token `place`."""

    place: int
    run: Run


def scores(text: str, vectors: Vectors | None, among: Sequence[Profile], using: Weights) -> dict[str, float]:
    """Probability of each topic that the post passes the threshold for, best first, at most `using.most`.

    `vectors`: (1 + passages, dimension), the whole post first, or None for a post without words.
    """
    read = _read(text, among)
    if read is None:
        return {}
    inside = _logistic(using.field_bias, using.field, _of_field(read, vectors, among))
    found = {
        slug: min(1.0, inside / using.field_limit)
        * _logistic(
            using.bias + (using.biases.get(slug, 0.0) if slug in using.learned else UNFITTED),
            using.weights,
            {**values, LEARNED: _learned(using.learned.get(slug), vectors)},
        )
        for slug, values in _of_topics(read, vectors, among).items()
    }
    return {slug: round(score, 4) for slug, score in _chosen(found, using, 1.0)}


def _learned(row: Vectors | None, vectors: Vectors | None) -> float:
    """Bounded, so that no likeness makes a topic of a post whose words know nothing of it."""
    return 0.0 if row is None or vectors is None or not len(vectors) else math.tanh(row[:-1] @ vectors[0] + row[-1])


def _logistic(bias: float, weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    total = bias + sum(weight * values[name] for name, weight in weights.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _chosen(found: Mapping[str, float], using: Weights, share: float) -> list[tuple[str, float]]:
    """The topics that pass `share` of their threshold; the likeliest one has a threshold of its own."""
    best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[: using.most]
    least = [using.first, *[using.threshold] * using.most]
    return [item for item, needed in zip(best, least, strict=False) if item[1] >= needed * share]


def evidence(text: str, vectors: Vectors | None, among: Sequence[Profile]) -> dict[str, dict[str, float]]:
    """What speaks for each topic: slug → name in EVIDENCE → about −1…1; nothing for a text without words."""
    read = _read(text, among)
    return {} if read is None else _of_topics(read, vectors, among)


def field_evidence(text: str, vectors: Vectors | None, among: Sequence[Profile]) -> dict[str, float]:
    """What speaks for a post being about the field at all: name in FIELD_EVIDENCE → about −1…1; {} without words."""
    read = _read(text, among)
    return {} if read is None else _of_field(read, vectors, among)


def _read(text: str, among: Sequence[Profile]) -> _Read | None:
    tokens = _tokens(text)
    if not tokens or not among:
        return None
    forms = [_forms(token) for token in tokens]
    return _Read(
        tokens=tokens,
        forms=forms,
        names={profile.slug: _hits(forms, profile.names) for profile in among},
        stems={profile.slug: _hits(forms, profile.stems) for profile in among},
        title=min(TITLE_TOKENS, max(4, len(_tokens(text.strip().split("\n", 1)[0])))),
    )


def _of_topics(read: _Read, vectors: Vectors | None, among: Sequence[Profile]) -> dict[str, dict[str, float]]:
    names = _uncovered(read.names)
    words = {slug: _of_words(names[slug], read.stems[slug], read.title, len(read.tokens)) for slug in names}
    total = {slug: _total(values) for slug, values in words.items()}
    every, top = sum(total.values()) or 1.0, max(total.values()) or 1.0
    meant = _of_vectors(vectors, among)
    brief = float(len(read.tokens) < BRIEF_TOKENS)
    return {
        slug: {**values, **meant[slug], "share": total[slug] / every, "best": total[slug] / top, "brief": brief}
        for slug, values in words.items()
    }


def _hits(forms: Sequence[frozenset[str]], runs: Mapping[str, tuple[Run, ...]]) -> list[_Hit]:
    """Where phrases stand, the longest one at each place."""
    found = []
    for place, here in enumerate(forms):
        fitting = [run for first in here for run in runs.get(first, ()) if _stands(run, forms, place)]
        if fitting:
            found.append(_Hit(place, max(fitting, key=lambda run: (len(run), run))))
    return found


def _stands(run: Run, forms: Sequence[frozenset[str]], place: int) -> bool:
    return place + len(run) <= len(forms) and all(stem in forms[place + step] for step, stem in enumerate(run))


def _uncovered(hits: Mapping[str, list[_Hit]]) -> dict[str, list[_Hit]]:
    """Without names inside longer ones of other topics: "vision-language-action" speaks of no "vision-language"."""
    longest: dict[int, int] = {}
    for found in hits.values():
        for hit in found:
            for place in range(hit.place, hit.place + len(hit.run)):
                longest[place] = max(longest.get(place, 0), len(hit.run))
    return {slug: [hit for hit in found if longest[hit.place] <= len(hit.run)] for slug, found in hits.items()}


def _of_words(names: Sequence[_Hit], stems: Sequence[_Hit], title: int, length: int) -> dict[str, float]:
    named = {hit.place for hit in names}
    stems = [hit for hit in stems if hit.place not in named]
    return {
        "name_title": _soft(len({hit.run for hit in names if hit.place < title}), 1),
        "name_lead": _soft(len({hit.run for hit in names if hit.place < LEAD_TOKENS}), 1.5),
        "name_all": _soft(len({hit.run for hit in names}), 3),
        "name_repeat": _soft(len(names), 4),
        "stem_title": _soft(len({hit.run for hit in stems if hit.place < title}), 2),
        "stem_lead": _soft(len({hit.run for hit in stems if hit.place < LEAD_TOKENS}), 3),
        "stem_all": _soft(len({hit.run for hit in stems}), 5),
        "stem_density": min(1.0, 4 * (len(stems) + 2 * len(names)) / max(length, 15)),
    }


def _soft(count: float, half: float) -> float:
    return 1 - math.exp(-count / half)


def _total(values: Mapping[str, float]) -> float:
    """Names and stems together, for comparing topics with each other."""
    heard = 2 * values["name_title"] + 2 * values["name_lead"] + 2 * values["name_all"] + values["name_repeat"]
    return heard + values["stem_title"] + values["stem_lead"] + 0.5 * values["stem_all"]


def _of_vectors(vectors: Vectors | None, among: Sequence[Profile]) -> dict[str, dict[str, float]]:
    """How near a post and its opening are to the nearest example of each topic, and against the other topics."""
    if vectors is None or not len(vectors):
        return {profile.slug: dict.fromkeys(_MEANT, 0.0) for profile in among}
    whole = np.array([float((profile.about @ vectors[0]).max()) for profile in among])
    lead = np.array([float((profile.about @ vectors[min(1, len(vectors) - 1)]).max()) for profile in among])
    away = float((among[0].elsewhere @ vectors[0]).max())
    order = np.sort(whole)
    found = {}
    for place, profile in enumerate(among):
        others = order[-2] if whole[place] == order[-1] and len(order) > 1 else order[-1]
        values = (whole[place], lead[place], whole[place] - whole.mean(), whole[place] - others, whole[place] - away)
        found[profile.slug] = dict(zip(_MEANT, map(float, values), strict=True))
    return found


def _of_field(read: _Read, vectors: Vectors | None, among: Sequence[Profile]) -> dict[str, float]:
    words = _hits(read.forms, _field())
    special = {hit.run for profile in among if profile.slug not in BROAD for hit in read.names[profile.slug]}
    length = len(read.tokens)
    near = nearer = toward = 0.0
    if vectors is not None and len(vectors):
        near = max(float((profile.about @ vectors[0]).max()) for profile in among)
        nearer = near - float((among[0].elsewhere @ vectors[0]).max())
        centre = np.mean([profile.about.mean(axis=0) for profile in among], axis=0)
        toward = 4 * float((centre - among[0].elsewhere.mean(axis=0)) @ vectors[0])
    spoken = (
        _soft(len({hit.run for hit in words}), 2),
        min(1.0, 5 * len(words) / max(length, 20)),
        _soft(40 * len(special) / max(length, 40), 2),
    )
    return dict(zip(FIELD_EVIDENCE, (*spoken, near, nearer, toward), strict=True))


def of_story(posts: Sequence[Mapping[str, Any]], using: Weights) -> list[str]:
    """Topics of a story from those of its independent posts: the mean probability decides, best first."""
    if not posts:
        return []
    slugs = {slug for scores_of in posts for slug in scores_of}
    mean = {slug: sum(float(found.get(slug, 0.0)) for found in posts) / len(posts) for slug in slugs}
    return [slug for slug, _ in _chosen(mean, using, 0.75)]
