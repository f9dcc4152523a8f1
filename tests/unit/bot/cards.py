"""Builders of story cards, a small invented digest with every kind of source, and cards of arbitrary content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from core.types import CitedSentence, StoryCard, StoryPost, Topic

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 9, 17, 6, 0, tzinfo=UTC)
MORNING = datetime(2026, 9, 15, 7, 40, tzinfo=UTC)


def make_post(id: int, channel: str = "Градиент", **over: Any) -> StoryPost:  # noqa: A002
    """A post of a public channel without a copy; `over` replaces fields."""
    fields: dict[str, Any] = {
        "id": id,
        "channel": channel,
        "message_id": id,
        "url": f"https://t.me/invented/{id}",
        "origin": None,
        "origin_url": None,
        "date": MORNING,
        "first_seen": MORNING,
        "text": "…",
    }
    return StoryPost(**(fields | over))


def make_card(id: int = 1, title: str | None = None, **over: Any) -> StoryCard:  # noqa: A002
    """A dated Russian story of one post (numbered ten times the story) with one sentence."""
    posts = over.get("posts", (make_post(id * 10),))
    fields: dict[str, Any] = {
        "id": id,
        "title": f"Сюжет номер {id}" if title is None else title,
        "title_post": posts[0].id if posts else 0,
        "sentences": (CitedSentence(text=f"Это случилось в истории {id}.", post_id=posts[0].id),) if posts else (),
        "lang": "ru",
        "topics": (),
        "rank": 1.0,
        "parts": {},
        "independent": 1,
        "dated": True,
        "first_seen": MORNING,
        "last_seen": MORNING,
        "posts": posts,
    }
    return StoryCard(**(fields | over))


def make_topic(slug: str, position: int = 0, ru: str = "", en: str = "") -> Topic:
    return Topic(slug=slug, position=position, title_ru=ru or slug, title_en=en or slug, about="", names=(), stems=())


TOPICS = (
    make_topic("llm", 1, "Языковые модели", "Language models"),
    make_topic("agents", 2, "Агенты", "Agents"),
    make_topic("infra", 3, "Инференс и железо", "Inference and hardware"),
    make_topic("learning", 4, "Лекции и события", "Talks and events"),
)


def _say(*pairs: tuple[int, str]) -> tuple[CitedSentence, ...]:
    return tuple(CitedSentence(text=text, post_id=post_id) for post_id, text in pairs)


def sample_cards() -> list[StoryCard]:
    """Eight invented stories: forwards, copies, a private channel, an undated dump, both languages, many sources."""
    return [
        make_card(
            1,
            "Лаборатория «Полынья» открыла веса Torosian-12B",
            topics=("llm",),
            rank=9.1,
            last_seen=MORNING + timedelta(days=1),
            sentences=_say(
                (
                    11,
                    "Модель на 12 млрд параметров держит 256 тысяч токенов и умещается в одну карту на 24 ГБ.",
                ),
                (
                    13,
                    "On our private set of 400 Russian questions it scores 71.3, four points above the last one.",
                ),
            ),
            posts=(
                make_post(11, "КПД", origin="Полынья", origin_url="https://t.me/polynya_lab/211"),
                make_post(12, "Градиент", copy_of=11),
                make_post(13, "Bench & Co"),
                make_post(14, "Нейронные будни", copy_of=11),
            ),
        ),
        make_card(
            2,
            "Torosian-70B ждут в октябре: обучение закончено, идёт проверка",
            topics=("llm",),
            rank=6.2,
            sentences=_say(
                (
                    20,
                    "Большая версия обучена на 9 трлн токенов; веса обещают после двух недель красных команд.",
                )
            ),
        ),
        make_card(
            3,
            "Длинный контекст не нужен, если есть память: разбор статьи «Notebook, Not Window»",
            topics=("llm",),
            rank=5.4,
            sentences=_say(
                (31, "Авторы заменяют окно в 128 тысяч токенов блокнотом на 4 тысячи и теряют всего 0,8 пункта."),
                (32, "Код открыт, воспроизводится за ночь на двух картах."),
            ),
            posts=(
                make_post(31, "Читаем по вторникам"),
                make_post(32, "Закрытый семинар", url=None),
                *(
                    make_post(33 + n, name)
                    for n, name in enumerate(("Ёж и трансформер", "Arxiv Gleaner", "ML по пятницам"))
                ),
            ),
        ),
        make_card(
            4,
            "Agent frameworks converge on one tool protocol, says a survey of 61 projects",
            topics=("agents",),
            rank=7.7,
            lang="en",
            sentences=_say((40, "Forty-four of the 61 projects speak the same wire format, up from nine a year ago.")),
            posts=(make_post(40, "Loop Closed"),),
        ),
        make_card(
            5,
            "Кодовый агент Vereya сам откатил миграцию и спас базу",
            topics=("agents", "infra"),
            rank=4.9,
            sentences=_say(
                (
                    50,
                    "За 40 секунд агент заметил рост ошибок, остановил выкладку и вернул прежнюю схему.",
                )
            ),
            posts=(
                make_post(50, "Дежурный по проду"),
                make_post(51, "Vereya Blog", copy_of=50),
                make_post(52, "КПД", copy_of=50),
            ),
        ),
        make_card(
            6,
            "Квантизация в 3 бита без потерь: что показали замеры на потребительских картах",
            topics=("infra",),
            rank=4.0,
            sentences=_say(
                (60, "При пакете из восьми запросов выигрыш в скорости исчезает, память всё равно меньше на 41 %.")
            ),
        ),
        make_card(
            7,
            "Осенняя школа по интерпретируемости: заявки до 1 октября",
            topics=("learning",),
            rank=2.0,
            dated=False,
            sentences=_say(
                (70, "Пять дней лекций в Казани, участие бесплатное, нужен короткий рассказ о своём проекте.")
            ),
            posts=(make_post(70, "Школа XAI", url=None, date=None, message_id=None),),
        ),
        make_card(
            8,
            "Кот прошёл капчу лучше студентов",
            rank=1.0,
            sentences=_say((80, "Эксперимент шуточный, но скрипт настоящий.")),
            posts=(make_post(80, "Мемы и метрики"),),
        ),
    ]


NASTY = st.text() | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "\x1b[31m",
        "\u202eevil",
        "\"&'<",
        "السلام عليكم",
        "𝕬" * 50,
        "a" * 5000,
        "[1]",
        "😀" * 99,
    ]
)
URLS = (
    st.none()
    | st.sampled_from(["https://t.me/a/1", "javascript:alert(1)", "https://t.me/\x07", "tg://x?y=1&z"])
    | NASTY
)
TIMES = st.datetimes(timezones=st.just(UTC))


@st.composite
def hostile_cards(draw: st.DrawFn) -> list[StoryCard]:
    """Cards whose every text, link, time and reference is arbitrary; titles begin with a token of their own."""
    found = []
    for n in range(draw(st.integers(0, 3))):
        ids = st.integers(1, 6)
        posts = tuple(
            StoryPost(
                id=post_id,
                channel=draw(NASTY),
                message_id=None,
                url=draw(URLS),
                origin=draw(st.none() | NASTY),
                origin_url=draw(URLS),
                date=draw(st.none() | TIMES),
                first_seen=draw(TIMES),
                text="",
                copy_of=draw(st.none() | ids),
            )
            for post_id in draw(st.lists(ids, unique=True, max_size=6))
        )
        found.append(
            make_card(
                n,
                f"QZ{n}QZ" + draw(NASTY),
                posts=posts,
                title_post=draw(ids),
                sentences=tuple(
                    CitedSentence(text=draw(NASTY), post_id=draw(ids)) for _ in range(draw(st.integers(0, 3)))
                ),
                lang=draw(st.sampled_from(["ru", "en", "und", "uk", ""])),
                topics=tuple(draw(st.lists(st.sampled_from(["llm", "agents", "gone"]), max_size=2))),
                dated=draw(st.booleans()),
                first_seen=draw(TIMES),
                last_seen=draw(TIMES),
            )
        )
    return found
