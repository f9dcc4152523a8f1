"""What later posts of invented stories add to them, and since when it is known."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from core.types import CitedSentence
from summarize import growth
from summarize.extract import Source, extract
from summarize.text import language

START = datetime(2026, 9, 10, 8, tzinfo=UTC)

NEWS = (
    "Лаборатория «Медный кот» открыла веса модели Torvex-9B\n\n"
    "Модель Torvex-9B обучена на 4 трлн токенов. Лицензия Apache 2.0 разрешает коммерческое использование."
)
SCORE = (
    "«Медный кот» открыл веса модели Torvex-9B\n\n"
    "На бенчмарке DeskBench модель Torvex-9B набрала 61,4 балла против 52,0 у прошлой версии."
)
ENGLISH = (
    "Copper Cat lab has opened the weights of Torvex-9B. The model was trained on 4T tokens and comes under Apache 2.0."
)
REVOKED = "«Медный кот» отозвал лицензию на Torvex-9B.\n\nСтарые контрольные точки удалены из каталога организации."


def told(*posts: str, lang: str = "ru", copies: tuple[int, ...] = ()) -> tuple[CitedSentence, ...]:
    """The claims of posts that came an hour after each other, each of a channel of its own, numbered from 1."""
    sources = [
        Source(
            post_key=number,
            channel=f"channel {number}",
            text=text,
            lang=language(text),
            date=START + timedelta(hours=number),
            is_copy=number in copies,
            independent=number not in copies,
        )
        for number, text in enumerate(posts, 1)
    ]
    arrivals = [growth.Arrival(source=source, at=START + timedelta(hours=source.post_key)) for source in sources]
    random.Random(len(posts)).shuffle(arrivals)
    return growth.claims(extract(sources, lang=lang), arrivals)


def news(claims: tuple[CitedSentence, ...], *, since: float) -> list[str]:
    """What has become known later than so many hours after START."""
    return [one.text for one in claims if one.known_at is not None and one.known_at > START + timedelta(hours=since)]


def test_one_post_tells_all_when_it_comes() -> None:
    """Its sentences are known since then, and nothing is added."""
    claims = told(NEWS)
    assert claims
    assert {claim.known_at for claim in claims} == {START + timedelta(hours=1)}
    assert news(claims, since=1) == []


def test_a_later_post_adds_what_is_new() -> None:
    """A reader of the first post is told the number that the second has, once, in the post's own words."""
    (only,) = news(told(NEWS, SCORE), since=1)
    assert "61,4 балла" in only
    assert only in " ".join(SCORE.split())


@pytest.mark.parametrize(
    "later",
    [
        NEWS.replace("открыла веса", "наконец открыла веса"),
        "Torvex-9B теперь открыта\n\nМодель Torvex-9B от «Медного кота» обучена на 4 трлн токенов.",
        ENGLISH,
        "Потестил Torvex-9B на своих 312 задачах, впечатления у меня отличные, всем советую попробовать вечером.",
        "Подписывайтесь: разберём Torvex-9B 25 сентября в 19:00 на нашем вебинаре, ссылка в комментариях.",
        "Ахаха, ну всё, Torvex-9B теперь и чайник разгонит до 900 градусов 😂",
        "А вы уже скачали Torvex-9B на свои 48 ГБ? Расскажите, как оно?",
    ],
    ids=["again", "other words", "other language", "the author's own", "a call", "a joke", "a question"],
)
def test_what_adds_nothing_is_no_news(later: str) -> None:
    """Repetition, in either language, chatter and calls: whoever has seen the story is not bothered."""
    assert news(told(NEWS, later), since=1) == []
    assert news(told(NEWS, later, lang="en"), since=1) == []


def test_a_repetition_that_tells_the_story_better_is_known_already() -> None:
    """The digest may quote the later post; what that says has been known since the first."""
    claims = told(
        ENGLISH,
        "«Медный кот» открыл веса Torvex-9B.\n\nМодель Torvex-9B обучена на 4 трлн токенов, лицензия Apache 2.0.",
    )
    assert [claim.post_id for claim in claims] == [2]
    assert claims[0].known_at == START + timedelta(hours=1)


def test_an_event_needs_no_numbers() -> None:
    """In the language of the posts before it, an event that they do not tell is news in itself."""
    assert [text for text in news(told(NEWS, REVOKED), since=1) if "отозвал" in text or "удалены" in text] != []


def test_a_copy_adds_nothing() -> None:
    """Neither does its arrival make anything known again."""
    assert news(told(NEWS, NEWS, copies=(2,)), since=1) == []
    assert len(told(NEWS, SCORE, SCORE, copies=(3,))) == len(told(NEWS, SCORE))


def test_each_fact_is_told_once() -> None:
    """Two posts with one number: the one that came first has it."""
    other = "Torvex-9B на DeskBench\n\nМодель Torvex-9B набрала 61,4 балла на бенчмарке DeskBench, пишут читатели."
    claims = told(NEWS, SCORE, other)
    assert len([claim for claim in claims if "61,4" in claim.text]) == 1
    assert news(claims, since=2) == []


def test_the_language_of_what_is_added_is_said() -> None:
    """A sentence of an English post stands in a Russian story as English."""
    english = (
        "Torvex-9B under load. Copper Cat measured 1,870 tokens per second on a single Gneiss-1 rack with Torvex-9B."
    )
    (added,) = [claim for claim in told(NEWS, english) if "1,870" in claim.text]
    assert added.lang == "en"


def test_only_the_newest_are_kept() -> None:
    """A story that goes on for long keeps what tells it and what came last, eight sentences in all."""
    posts = [
        f"Torvex-9B, обновление {number}{number}: лаборатория «Медный кот» ускорила модель до {number}{number}7 токенов "
        f"в секунду на карте с {number * 16} ГБ памяти."
        for number in range(1, 16)
    ]
    claims = told(NEWS, *posts)
    assert len(claims) == growth.MOST_CLAIMS
    assert claims[-1].post_id == 16
    assert [claim.known_at for claim in claims[2:]] == sorted(
        (claim.known_at for claim in claims[2:]), key=lambda at: at or START
    )


def test_a_post_without_words_is_no_obstacle() -> None:
    """Nothing can be taken from it, and the posts after it say what they have to say."""
    assert [text for text in news(told(NEWS, "🔥🔥🔥", SCORE), since=1) if "61,4" in text] != []
