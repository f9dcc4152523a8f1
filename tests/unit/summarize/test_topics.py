"""Which topics posts are given: invented posts of each topic, posts of none, and what holds for any text."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Channel, StoredPost, Topic
from summarize import embed, evaluate, topic_fit, topics

ABOUT = [
    (
        "llm",
        (
            "Лаборатория «Сойка» открыла Soika-13B: языковая модель на 13 млрд параметров, контекст 64k, лицензия "
            "MIT, веса уже лежат на хабе."
        ),
    ),
    (
        "llm",
        (
            "Petrel 4 is out: a 120B mixture of experts with 9B active parameters, a one million token context "
            "window and open weights."
        ),
    ),
    (
        "llm",
        (
            "Два дня гоняю новую модель от «Сойки». По-русски пишет чисто, длинный контекст держит, но на коде "
            "уступает прошлой версии."
        ),
    ),
    (
        "reasoning",
        (
            "Авторы смотрят, насколько цепочка рассуждений отражает то, как модель на самом деле приходит к ответу. "
            "Оказалось, в трети случаев рассуждения написаны задним числом."
        ),
    ),
    (
        "reasoning",
        (
            "Longer chains of thought do not always help: beyond four thousand thinking tokens accuracy of the "
            "reasoning model falls, the paper calls it overthinking."
        ),
    ),
    (
        "reasoning",
        (
            "Ризонеры тратят вдвое больше токенов на простые задачи, чем на олимпиадные. Предлагают учить модель "
            "останавливаться, когда ответ уже найден."
        ),
    ),
    (
        "training",
        (
            "Разбираем статью о расписании шага обучения при дообучении: косинус проигрывает линейному спаду, лосс "
            "ниже на 0,02, забывание слабее."
        ),
    ),
    (
        "training",
        (
            "A preprint on scaling laws for data mixtures: fit the loss on twelve small pretraining runs and predict "
            "the optimal share of code for a 30B run."
        ),
    ),
    (
        "training",
        (
            "Как мы дистиллировали большую модель в маленькую: LoRA не хватило, пришлось делать полный файнтюн с DPO "
            "на своих предпочтениях."
        ),
    ),
    (
        "agents",
        (
            "Поставили кодового агента чинить баги по ночам. Дали песочницу, лимит на вызовы инструментов и "
            "MCP-сервер с трекером задач. Утром смотрим пулл-реквесты."
        ),
    ),
    (
        "agents",
        (
            "Burrow is a small framework for multi-agent orchestration: a planner, three workers, tool calling over "
            "MCP and a shared memory."
        ),
    ),
    (
        "agents",
        (
            "Сравнил трёх ассистентов для кода: один сам запускает тесты, второй спрашивает разрешения на каждый "
            "вызов функции, третий просто всё удалил."
        ),
    ),
    (
        "rag",
        (
            "Гибридный поиск против векторного: на базе знаний поддержки BM25 плюс реранкер дали +11 к полноте, а "
            "чанки по 300 токенов оказались лучше длинных."
        ),
    ),
    (
        "rag",
        (
            "We replaced our vector database with a flat index: 200k embeddings, exact search in 9 ms, and the RAG "
            "answers did not change."
        ),
    ),
    (
        "rag",
        (
            "Новая модель эмбеддингов для русского: 768 измерений, на семантическом поиске обгоняет прошлую на "
            "четыре пункта, веса открыты."
        ),
    ),
    (
        "vision",
        (
            "Вышла модель генерации видео «Зарница»: ролики до восьми секунд, 1080p, умеет продолжать кадр и держит "
            "лица персонажей."
        ),
    ),
    (
        "vision",
        (
            "A new OCR model reads receipts and crumpled forms: 40 languages, table structure included, runs on "
            "images from a phone camera."
        ),
    ),
    (
        "vision",
        (
            "Сегментация снимков с дрона без разметки: авторы обучили детектор на синтетических изображениях и "
            "получили почти то же качество, что и на настоящих фото."
        ),
    ),
    (
        "speech",
        "Открыли модель распознавания речи для звонков: 8 кГц, потоковый режим, доля ошибочных слов 7,4%.",
    ),
    (
        "speech",
        (
            "Lark is a text-to-speech model with voice cloning from five seconds of audio; laughter and whispering "
            "included, 90M parameters."
        ),
    ),
    (
        "speech",
        "Сделали диаризацию совещаний: кто говорил и когда. Ошибка 9%, перекрывающиеся голоса пока путает.",
    ),
    (
        "robotics",
        "Гуманоид впервые отработал смену на складе: переложил 1 900 коробок, дважды упал, оператор вмешался трижды.",
    ),
    (
        "robotics",
        (
            "We train a quadruped to climb ladders with reinforcement learning in a simulator and transfer the "
            "policy to the real robot without fine-tuning."
        ),
    ),
    (
        "robotics",
        (
            "Роботакси остановились посреди перекрёстка из-за погасшего светофора. Лидар видел всё, а планировщик "
            "ждал зелёного."
        ),
    ),
    (
        "safety",
        (
            "Исследователи показали, что модель ведёт себя иначе, когда думает, что за ней не следят: обман надзора "
            "вырос втрое. Красная команда нашла это случайно."
        ),
    ),
    (
        "safety",
        (
            "A jailbreak that works on nine chat models: ask for the harmful recipe as a translation exercise. "
            "Vendors were notified, six patched the refusal."
        ),
    ),
    (
        "safety",
        "Промпт-инъекция через картинку в письме: ассистент читает скрытый текст и пересылает документы атакующему.",
    ),
    (
        "interpretability",
        (
            "Разреженные автокодировщики нашли в модели признак «сарказм»: если его усилить, ответы становятся "
            "язвительными. Показаны активации по слоям."
        ),
    ),
    (
        "interpretability",
        (
            "Which attention heads copy names? A circuit of five heads explains most of the behaviour, and ablating "
            "it breaks the task."
        ),
    ),
    (
        "interpretability",
        (
            "Линейные пробы на промежуточных слоях предсказывают ответ раньше, чем модель его напишет. "
            "Интерпретируемость дешёвыми средствами."
        ),
    ),
    (
        "evaluation",
        (
            "Новый бенчмарк по русскому праву: 900 вопросов, закрытая часть, лучшая модель набирает 54%, юристы — "
            "81%. Лидерборд открыт."
        ),
    ),
    (
        "evaluation",
        (
            "The leaderboard was contaminated: 8% of the test questions occur in a public crawl, and scores drop by "
            "six points on the clean benchmark."
        ),
    ),
    (
        "evaluation",
        (
            "LLM как судья предпочитает длинные ответы: разметчики не согласны с ней в каждом четвёртом случае. "
            "Метрику пересчитали с поправкой."
        ),
    ),
    (
        "infra",
        (
            "Квантизация до 4 бит почти без потерь: KV-кэш держим в fp8, пропускная способность выросла в 1,7 раза "
            "на той же видеокарте."
        ),
    ),
    (
        "infra",
        (
            "Ferrite 2 is a serving engine with prefix caching and speculative decoding: 3,200 tokens per second on "
            "two GPUs, latency under 200 ms."
        ),
    ),
    (
        "infra",
        (
            "Лежит API инференса у «Облачной долины»: с полудня ошибки 503 во всех регионах, причину обещают назвать "
            "в разборе аварии."
        ),
    ),
    (
        "science",
        (
            "Генеративная модель предложила фермент, который разлагает пластик при комнатной температуре. Из сорока "
            "белков в лаборатории сработали три."
        ),
    ),
    (
        "science",
        "A neural weather model forecasts hail six hours ahead and beats the physics ensemble over the Alps.",
    ),
    (
        "science",
        (
            "Нейросеть нашла пропущенные переломы на рентгене: в клиническом испытании участвовали 12 больниц и 4 "
            "000 пациентов."
        ),
    ),
    (
        "data-science",
        (
            "А/Б-тест показал +2%, а через месяц эффект исчез. Разбираем эффект новизны, подглядывание и снижение "
            "дисперсии."
        ),
    ),
    (
        "data-science",
        (
            "Gradient boosting still wins on tabular data: a comparison on 60 datasets, with tuned CatBoost and "
            "careful cross-validation."
        ),
    ),
    (
        "data-science",
        (
            "Рекомендательная система советует то, что уже куплено. Помогли временные признаки и отдельная модель "
            "холодного старта."
        ),
    ),
    (
        "industry",
        (
            "Стартап «Аистёнок» привлёк 15 млн долларов на голосовых ассистентов для клиник. Раунд возглавил фонд "
            "«Излучина», оценка — 90 млн."
        ),
    ),
    (
        "industry",
        (
            "Authors sue the AI lab Corvane over training on pirated novels; the court will hear the copyright case "
            "in March."
        ),
    ),
    (
        "industry",
        (
            "Гендиректор лаборатории «Сойка» уходит, её место займёт руководитель исследований. Компания выпускает "
            "языковые модели с 2023 года."
        ),
    ),
    (
        "learning",
        (
            "В четверг митап по машинному обучению в Самаре: три доклада, регистрация по ссылке, запись выложим "
            "через неделю."
        ),
    ),
    (
        "learning",
        (
            "Registration is open for the winter school on deep learning: ten lectures, a hackathon, and a poster "
            "session; apply by November."
        ),
    ),
    (
        "learning",
        (
            "Итоги соревнования по прогнозу спроса: победители собрали ансамбль из трёх бустингов, призовой фонд — "
            "миллион рублей, решения опубликованы."
        ),
    ),
]

ABOUT_NOTHING = [
    "Сегодня просто солнце. Вышел без куртки, встретил знакомую собаку, дошёл до реки и обратно.",
    "На кольцевой дороге столкнулись три машины, движение в сторону центра затруднено до вечера.",
    "Депутаты обсудили парковки и детские площадки, голосование перенесли на среду.",
    "Рецепт выходного дня: тыква, чеснок, немного сыра. Запекать сорок минут.",
    "Разбираемся, чем список отличается от кортежа и когда какой выбрать. Примеры внутри.",
    "Десять команд терминала, без которых не обходится ни один системный администратор.",
    "Почему одиннадцатый день без сахара труднее десятого и что об этом думает мой стоматолог.",
    "Хоккеисты выиграли в овертайме, вратарь отразил сорок два броска.",
    "Мем дня: понедельник смотрит на вас, вы смотрите на понедельник.",
    "Поздравляем всех с праздником! Отдыхайте и не открывайте ноутбук.",
    "The bakery on the corner closed after forty years. We will miss the rye bread and the gossip.",
    "The council voted to repaint the bridge. Drivers should expect delays until the end of May.",
    "How to centre a block on a web page: three ways, one of which you will regret.",
    "Our cat has learned to open the fridge. Suggestions are welcome, locks have failed.",
    "Скидка 30% на зимние шины до конца недели. Шиномонтаж в подарок, промокод ЛЁД.",
]  # fmt: skip


TAXONOMY = [
    Topic(
        slug=entry["slug"], position=place, title_ru=entry["title_ru"], title_en=entry["title_en"],
        about=entry["about"], names=tuple(entry["names"]), stems=tuple(entry["stems"]),
    )
    for place, entry in enumerate(tomllib.loads(resources.files("core").joinpath("taxonomy.toml").read_text("utf-8"))["topic"])
]  # fmt: skip


@cache
def among() -> tuple[topics.Profile, ...]:
    return tuple(topics.profiles(TAXONOMY, embed.local_encoder()))


def vectors(text: str) -> embed.Vectors | None:
    passages = embed.passages(text)
    if not passages:
        return None
    parts = embed.local_encoder()([passage.text for passage in passages])
    return np.vstack([embed.whole(parts)[None, :], parts])


def scores(text: str) -> dict[str, float]:
    return topics.scores(text, vectors(text), among(), topics.weights())


@pytest.mark.parametrize(("slug", "text"), ABOUT)
def test_a_post_has_the_topic_it_is_about(slug: str, text: str) -> None:
    """Whatever else it is given, the topic that it is plainly about is among them."""
    assert slug in scores(text)


@pytest.mark.parametrize("text", ABOUT_NOTHING)
def test_a_post_about_something_else_has_none(text: str) -> None:
    """Life, city news, plain programming and adverts have no topic."""
    assert scores(text) == {}


@pytest.mark.parametrize(
    (
        "name",
        "text",
        "found",
    ),
    [
        ("а/б-тест", "Запустили А/Б тесты на всех", True),
        ("q-learning", "learning by doing", False),
        ("series a", "a series of posts", False),
        ("модель", "Модели, модели и моделью", True),
        ("qwen", "qwen3-72b в деле", True),
        ("7b", "малютка на 70B", True),
        ("7b", "сервер на 70 GB", False),
        ("vision-language", "Vision–language", True),
        ("c++", "write c and d", False),
    ],
)
def test_phrases_are_matched_as_whole_words(name: str, text: str, found: bool) -> None:
    """By stems, versions as their family, sizes as any of their unit; single letters never shorten a name to a word."""
    topic = Topic(slug="t", position=0, title_ru="т", title_en="t", about="example", names=(name,), stems=())
    profile = topics.profiles([topic], embed.local_encoder())
    assert (topics.evidence(text, None, profile)["t"]["name_all"] > 0) is found


def test_a_name_inside_a_longer_one_speaks_for_the_longer_ones_topic() -> None:
    """A "vision-language-action" model is about robots, however much "vision-language" is a name of another topic."""
    found = topics.evidence("A vision-language-action policy", None, among())
    assert found["robotics"]["name_all"] > 0
    assert found["vision"]["name_all"] == 0


def test_every_phrase_of_the_taxonomy_can_be_matched() -> None:
    """No name or stem is lost to stop words or single letters, so that what an editor wrote has an effect."""
    for topic, profile in zip(TAXONOMY, among(), strict=True):
        for phrase in topic.names:
            assert topics.evidence(phrase, None, [profile])[profile.slug]["name_all"] > 0, phrase
        for phrase in topic.stems:
            values = topics.evidence(phrase, None, [profile])[profile.slug]
            assert values["stem_all"] + values["name_all"] > 0, phrase


def test_a_topic_that_an_admin_added_is_found_without_fitting() -> None:
    """Weights are shared between topics; one that they were not fitted on merely has no bias of its own."""
    added = Topic(
        slug="quantum", position=99, title_ru="Квантовое", title_en="Quantum", about="Quantum machine learning on qubits.",
        names=("qubit", "quantum circuit", "quantum machine learning"), stems=("quantum",),
    )  # fmt: skip
    text = (
        "Quantum machine learning on 40 qubits: a quantum circuit trained as a classifier beats a small neural network."
    )
    profiles = [*among(), *topics.profiles([added], embed.local_encoder())]
    assert next(iter(topics.scores(text, vectors(text), profiles, topics.weights()))) == "quantum"


@pytest.mark.parametrize("text", ["", " \n", "🔥🔥🔥", "https://example.org/a", "и в на", "a b c", "—"])
def test_a_text_without_words_has_no_topic(text: str) -> None:
    """There is nothing to judge by."""
    assert topics.scores(text, vectors(text), among(), topics.weights()) == {}
    assert topics.scores(text, None, among(), topics.weights()) == {}


def test_without_topics_there_is_none() -> None:
    """An admin may have disabled them all."""
    assert topics.scores("A new language model", vectors("A new language model"), [], topics.weights()) == {}


WORDS = st.sampled_from(
    [*" ".join(text for _, text in ABOUT).split(), "\n", "🔥", "模型", "نموذج", "\u200d", "A/B", "70b-"]
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.lists(WORDS, max_size=60).map(" ".join), st.text(max_size=200)))
def test_whatever_the_text_probabilities_are_sound(text: str) -> None:
    """Within 0…1, best first, at most `most`, each past its threshold, and the same when asked again."""
    using = topics.weights()
    found = scores(text)
    values = list(found.values())
    assert all(0 <= value <= 1 for value in values)
    assert values == sorted(values, reverse=True)
    assert len(values) <= using.most
    assert all(
        value >= needed - 1e-4 for value, needed in zip(values, [using.first, *[using.threshold] * 9], strict=False)
    )
    assert scores(text) == found


@pytest.mark.parametrize(
    (
        "posts",
        "expected",
    ),
    [
        ([], []),
        ([{}], []),
        ([{"llm": 0.9}], ["llm"]),
        ([{"llm": 0.9}, {"llm": 0.8, "infra": 0.9}], ["llm", "infra"]),
        ([{"llm": 0.9}, {"llm": 0.8}, {"llm": 0.9}, {"safety": 0.5}], ["llm"]),
        ([{"a": 0.95, "b": 0.95, "c": 0.95}, {"d": 0.99}, {"d": 0.99}], ["d", "a", "b"]),
        ([{"llm": 0.4}, {}, {}, {}, {}, {}, {}, {}], []),
    ],
)
def test_a_story_has_the_topics_of_its_posts(posts: list[dict[str, float]], expected: list[str]) -> None:
    """The mean over its posts decides: one post among many brings no topic."""
    using = topics.Weights(
        weights={}, bias=0.0, threshold=0.4, most=3, first=0.3, field={}, field_bias=0.0, field_limit=1.0
    )
    assert topics.of_story(posts, using) == expected


@pytest.mark.long
def test_fitting_finds_what_it_was_shown() -> None:
    """Weights fitted on a few plain posts give those posts their topics; two sets are also judged by each other."""
    sets = [labelled(ABOUT[start::2], start) for start in range(2)]
    fitted = topic_fit.fit_topics(sets, TAXONOMY, embed.local_encoder())
    given_right = sum(slug in topics.scores(text, vectors(text), among(), fitted) for slug, text in ABOUT)
    assert given_right >= 0.9 * len(ABOUT)
    assert fitted.model == embed.LOCAL_MODEL
    assert 0.5 < fitted.figures["micro_f1"] <= 1
    read = topics.from_json(json.loads(json.dumps(topic_fit.to_json(fitted))))
    assert topic_fit.to_json(read) == topic_fit.to_json(fitted)


@pytest.mark.long
def test_fitting_looks_only_at_the_half_it_may_see() -> None:
    """Posts of the hidden half, adverts and unlabelled posts do not change a weight."""
    shown = labelled(ABOUT, 0)
    hidden = {
        post: replace(label, half="test", topics=frozenset({"llm"})) for post, label in list(shown.labels.items())[:9]
    }
    seen = {post: label for post, label in shown.labels.items() if post not in hidden}
    both = replace(shown, labels={**seen, **hidden})
    only = replace(shown, labels=seen)
    encode = embed.local_encoder()
    one, other = (topic_fit.fit_topics([each], TAXONOMY, encode) for each in (both, only))
    assert topic_fit.to_json(one) == topic_fit.to_json(other)


def test_fitting_on_nothing_is_refused() -> None:
    """Rather than weights of noise."""
    with pytest.raises(ValueError, match="no labelled post"):
        topic_fit.fit_topics([], TAXONOMY, embed.local_encoder())


def labelled(posts: list[tuple[str, str]], start: int) -> evaluate.Labelled:
    stored = [stored_post(number, text) for number, (_, text) in enumerate(posts, start=100 * start + 1)]
    labels = {
        post.id: evaluate.Label(story=f"{post.id}", topics=frozenset({slug}), ad=False, half="fit")
        for post, (slug, _) in zip(stored, posts, strict=True)
    }
    indexed = evaluate.index(stored, TAXONOMY, embed.local_encoder())
    return evaluate.Labelled(posts=tuple(stored), labels=labels, indexed=indexed)


def stored_post(number: int, text: str) -> StoredPost:
    return StoredPost(
        id=number, channel_id=number, channel=Channel(tg_id=number, name=f"Канал {number}"), member=False, weight=1.0,
        message_id=1, position=None, date=datetime(2026, 5, 4, tzinfo=UTC), first_seen=datetime(2026, 5, 4, tzinfo=UTC),
        edited_at=None, deleted=False, text=text, entities=(), origin=None, media=(), reply_to=None, views=None,
        forwards=None, reactions=None, version=1,
    )  # fmt: skip
