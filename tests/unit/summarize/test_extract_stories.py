"""Titles and sentences of stories told by several invented posts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from summarize.extract import Extract, Source, extract
from summarize.text import language


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """Posts in order of time, the keys whose post may give the title, and what the summary may not or must say."""

    posts: tuple[str, ...]
    title: str
    never: tuple[str, ...] = ()
    told: str = ""
    copies: tuple[int, ...] = ()
    lang: str = "ru"


_STORIES = {
    "a hands-on before the news is read": _Story(
        posts=(
            (
                "Потестил Kvarta 4 на своих конспектах. Пересказывает бодро, но путает фамилии.\n"
                "Сервер у меня слабый, поэтому ждал минуту."
            ),
            (
                "Студия Nordlicht выпустила Kvarta 4 — модель для пересказа книг\n\n"
                "Kvarta 4 держит в памяти 900 страниц и работает на одной карте с 12 ГБ. Лицензия MIT."
            ),
        ),
        title="Студия Nordlicht выпустила Kvarta 4 — модель для пересказа книг",
        never=("Потестил", "Сервер у меня"),
        told="900 страниц",
    ),
    "a release with three follow-ups": _Story(
        posts=(
            (
                "Лаборатория Ostrava открыла веса Pelikan-9B\n\n"
                "Pelikan-9B обучали 33 дня на 640 ускорителях. В тесте RiverMath модель набирает 77,2 балла."
            ),
            "Ставлю Pelikan-9B на ночь, завтра расскажу. Надеюсь, не сгорит.",
            "Pelikan-9B не умеет считать до ста, лол 😂",
            "Обещал рассказать про Pelikan-9B. На моих 300 задачах по SQL модель решает 71% против 64% у прошлой версии.",
        ),
        title="Лаборатория Ostrava открыла веса Pelikan-9B",
        never=("Ставлю", "лол", "Обещал"),
        told="Pelikan-9B обучали 33 дня",
    ),
    "a release told in English only, with a Russian aside": _Story(
        posts=(
            (
                "Glimmer 2.4 is out\n\nGlimmer 2.4 adds paged attention on disk and halves memory on 128k contexts.\n"
                "The project has moved to Rust 1.90."
            ),
            "Обновил Glimmer до 2.4, полёт нормальный. Час жизни на конфиги, спасибо.",
        ),
        title="Glimmer 2.4 is out",
        never=("Час жизни",),
    ),
    "a comment after a forward": _Story(
        posts=(
            (
                "Институт Бергмана показал робота Тюлень, который сортирует стекло\n\n"
                "Робот Тюлень разбирает 40 бутылок в минуту и ошибается в 2,1% случаев. Завод в Туле купил 12 машин."
            ),
            "Комментарий к репосту выше: в Тюлене интереснее всего захват. Мы считали такой в прошлом году.",
        ),
        title="Институт Бергмана показал робота Тюлень, который сортирует стекло",
        never=("Комментарий",),
        told="40 бутылок",
    ),
    "an outage and its end": _Story(
        posts=(
            (
                "У хостинга Faltron лежит зона eu-7\n\n"
                "С 08:20 UTC не отвечают 4 тысячи серверов Faltron: сгорела подстанция. Восстановление обещают к вечеру."
            ),
            "Опять Faltron. Кто там говорил про пять девяток? 🤡",
            "Faltron вернул зону eu-7 после девяти часов простоя. Данные 14 клиентов потеряны.",
        ),
        title="У хостинга Faltron лежит зона eu-7",
        never=("Опять", "девяток"),
        told="С 08:20 UTC",
    ),
    "an outage in two languages": _Story(
        posts=(
            "Faltron's eu-7 zone is down\n\nFire at a substation took 4,000 Faltron servers offline at 08:20 UTC.",
            "У хостинга Faltron лежит зона eu-7\n\nС 08:20 UTC не отвечают 4 тысячи серверов: сгорела подстанция.",
        ),
        title="У хостинга Faltron лежит зона eu-7",
        never=("is down", "Fire at"),
    ),
    "a paper of the day and a digest of it": _Story(
        posts=(
            (
                "📜 Paper of the day\n\nQuiet Tokens: Attention Without Padding\nA. Holm, R. Sato\n\n"
                "Quiet Tokens trains a 2B model with 18% fewer operations at the same loss."
            ),
            (
                "Прочитал за кофе «Quiet Tokens: Attention Without Padding» (Хольм, Сато). Мысль простая и красивая.\n"
                "На модели в 2 млрд параметров выходит 18% экономии операций при той же ошибке."
            ),
        ),
        title="Quiet Tokens: Attention Without Padding",
        never=("Прочитал", "Paper of the day"),
        told="18%",
    ),
    "a paper in two languages, a whole Russian headline": _Story(
        posts=(
            (
                "Paper of the week\n\nSoft Ladders: Curriculum Without Labels\n\n"
                "Soft Ladders reaches the baseline after 40% of the steps."
            ),
            (
                "Soft Ladders: учебный план без разметки\n\n"
                "Группа из Осло показала, что порядок примеров можно выучить. До уровня базовой модели хватает 40% шагов."
            ),
        ),
        title="Soft Ladders: учебный план без разметки",
        never=("reaches the baseline",),
    ),
    "a paper announced by its authors": _Story(
        posts=(
            (
                "Коллеги, на arXiv вышла наша работа «Калибровка ансамблей без отложенной выборки» (П. Рогов, Л. Ким).\n\n"
                "Метод снижает ошибку калибровки с 6,1 до 2,4% на девяти наборах данных."
            ),
        ),
        title="Калибровка ансамблей без отложенной выборки",
        told="с 6,1 до 2,4%",
    ),
    "part one and part two": _Story(
        posts=(
            (
                "Sparse Gardens: модель растит связи сама\n\nВведение\n\n"
                "Группа Ирмы Вальд предложила Sparse Gardens — сеть, которая начинает с 1% связей."
            ),
            (
                "Метод и эксперименты\n\nSparse Gardens проверили на трёх сетях от 100 млн до 3 млрд параметров.\n\nВывод\n\n"
                "Красиво, но медленно."
            ),
        ),
        title="Sparse Gardens: модель растит связи сама",
        never=("Красиво", "Метод и"),
        told="Ирмы Вальд",
    ),
    "a lecture and its recording": _Story(
        posts=(
            (
                "Открытая лекция Марты Зорич «Как устроен поиск по картинкам»\n\n"
                "Марта Зорич выступит 12 октября в 19:00 в лектории «Маяк». Вход свободный, трансляция будет."
            ),
            "Выложили запись лекции Марты Зорич «Как устроен поиск по картинкам». Приходите ещё!",
        ),
        title="Открытая лекция Марты Зорич «Как устроен поиск по картинкам»",
        never=("Приходите",),
        told="12 октября",
    ),
    "funding": _Story(
        posts=(
            "Funding round of the week: everyone talks about Tavira and its 90 million. My take is below.",
            (
                "Tavira привлекла $90 млн в раунде C\n\n"
                "Раунд Tavira возглавил фонд Greyling. Оценка компании выросла до $1,2 млрд."
            ),
        ),
        title="Tavira привлекла $90 млн в раунде C",
        never=("everyone talks",),
        told="Greyling",
    ),
    "funding in English": _Story(
        posts=(
            "Tavira raises $90M Series C\n\nThe round was led by Greyling at a $1.2B valuation. Tavira makes maps of sound.",
            "My thoughts on Tavira: I tried their maps in spring and was not impressed.",
        ),
        title="Tavira raises $90M Series C",
        never=("I tried", "My thoughts"),
        told="Greyling",
        lang="en",
    ),
    "a meme first, the news after": _Story(
        posts=(
            "Мем про Brontes и чайник теперь официальный 😂",
            (
                "Brontes отозвала 30 тысяч умных чайников\n\n"
                "Чайники Brontes с прошивкой 5.1 включались ночью сами. Компания вернёт деньги до 1 ноября."
            ),
            "Ахаха, чайник Brontes снова победил человечество",
        ),
        title="Brontes отозвала 30 тысяч умных чайников",
        never=("Мем", "Ахаха"),
        told="5.1",
    ),
    "rubrics above the same news": _Story(
        posts=(
            "Новость дня\n\nКомпания Ferrum закрывает сервис голосовых заметок Эхо",
            "Тем временем\n\nFerrum закрывает Эхо 30 ноября. Выгрузить записи можно до конца года.",
        ),
        title="Ferrum закрывает Эхо 30 ноября",
        never=("Новость дня", "Тем временем"),
        told="Компания Ferrum закрывает сервис",
    ),
    "a tool of the week": _Story(
        posts=(
            (
                "Tool of the week\n\nSeedling turns spreadsheets into typed datasets\n\n"
                "Seedling reads a sheet with 200,000 rows in 3 seconds and writes Parquet."
            ),
            "Been playing with Seedling all weekend and honestly I love it.",
        ),
        title="Seedling turns spreadsheets into typed datasets",
        never=("Been playing",),
        told="Parquet",
        lang="en",
    ),
    "a follow-up that corrects the news": _Story(
        posts=(
            (
                "Norvik Labs releases the Amber-1 speech corpus\n\n"
                "Amber-1 holds 52,000 hours of read speech in 14 languages under CC BY."
            ),
            "Follow-up on yesterday's Amber-1 news. Norvik Labs has removed 800 hours of Amber-1 after complaints of speakers.",
        ),
        title="Norvik Labs releases the Amber-1 speech corpus",
        never=("Follow-up on",),
        told="52,000 hours",
        lang="en",
    ),
    "somebody leaves": _Story(
        posts=(
            "Пишут, что из Halden всё. Ждём подробностей.",
            (
                "Технический директор Halden Эва Линд уходит из компании\n\n"
                "Эва Линд строила поиск Halden семь лет. Её сменит Пабло Рейес из Oslo Data."
            ),
            "Eva Lind leaves Halden after seven years as its chief technology officer.",
        ),
        title="Технический директор Halden Эва Линд уходит из компании",
        never=("Ждём", "Eva Lind leaves"),
        told="семь лет",
    ),
    "a court decision and a lawyer's view": _Story(
        posts=(
            "Разобрала решение по делу Lumenia, вот что в нём важно.\n\n1. Это не прецедент.\n2. Сроки не названы.",
            (
                "Суд обязал Lumenia удалить 3 млн фотографий\n\n"
                "Суд в Лионе решил, что Lumenia собрала снимки без согласия. Штраф составил €18 млн."
            ),
        ),
        title="Суд обязал Lumenia удалить 3 млн фотографий",
        never=("Разобрала",),
        told="Лионе",
    ),
    "a vulnerability": _Story(
        posts=(
            (
                "В библиотеке quickpack нашли уязвимость, позволяющую выполнить чужой код\n\n"
                "Уязвимости подвержены версии quickpack с 2.0 по 2.7. Исправление вышло в 2.7.1."
            ),
            "У нас quickpack стоит на шести серверах, весь вечер обновлял. Спал плохо.",
        ),
        title="В библиотеке quickpack нашли уязвимость, позволяющую выполнить чужой код",
        never=("Спал", "весь вечер"),
        told="2.7.1",
    ),
    "a new chip and an engineer's notes": _Story(
        posts=(
            "Мысли про Onyx-3 после презентации. Слайды красивые, цены нет.",
            (
                "Cobalt показала чип Onyx-3 для умных очков\n\n"
                "Onyx-3 потребляет 0,9 Вт и распознаёт речь без сети. Поставки начнутся в марте."
            ),
            "Cobalt unveils Onyx-3, a chip for smart glasses\n\nOnyx-3 draws 0.9 W and recognises speech offline.",
        ),
        title="Cobalt показала чип Onyx-3 для умных очков",
        never=("Слайды", "unveils"),
        told="0,9 Вт",
    ),
    "a dataset and a question to readers": _Story(
        posts=(
            "А вы уже видели StreetPoems? Рассказывайте в комментариях!",
            (
                "Университет Гранады опубликовал StreetPoems — 80 тысяч надписей с улиц\n\n"
                "В StreetPoems вошли снимки из 31 города. Разметку делали 240 студентов."
            ),
        ),
        title="Университет Гранады опубликовал StreetPoems — 80 тысяч надписей с улиц",
        never=("Рассказывайте",),
        told="31 города",
    ),
    "a benchmark with a reminder": _Story(
        posts=(
            "Напоминаю, что ToolArena всё ещё принимает заявки. Не пропустите!",
            (
                "Вышел ToolArena — тест агентов на 500 бытовых задачах\n\n"
                "Лучший агент в ToolArena решает 38% задач, люди — 91%."
            ),
        ),
        title="Вышел ToolArena — тест агентов на 500 бытовых задачах",
        never=("Не пропустите", "Напоминаю"),
        told="38%",
    ),
    "a licence change": _Story(
        posts=(
            (
                "weaverdb is changing its licence\n\n"
                "From version 8 weaverdb forbids selling it as a service; firms below $2M are exempt."
            ),
            "Ну вот и weaverdb туда же. Эх.",
        ),
        title="weaverdb is changing its licence",
        never=("туда же", "Эх"),
        told="forbids",
    ),
    "a copy earlier than its original": _Story(
        posts=(
            "Ух ты! Город Арлен запустил трамваи без водителей\n\nТрамваи Арлена ходят с 5 утра по 12 маршрутам.",
            "Город Арлен запустил трамваи без водителей\n\nТрамваи Арлена ходят с 5 утра по 12 маршрутам.",
        ),
        title="Город Арлен запустил трамваи без водителей",
        never=("Ух ты",),
        told="12 маршрутам",
        copies=(0,),
    ),
    "all posts in the first person": _Story(
        posts=(
            "Запустил у себя Mirabelle на двух картах: 41 токен в секунду.",
            "Мы тоже попробовали Mirabelle, у нас вышло 44 токена в секунду на тех же картах.",
        ),
        title="Запустил у себя Mirabelle на двух картах: 41 токен в секунду",
        never=("тоже попробовали Mirabelle, у нас вышло 44 токена в секунду на тех же картах и",),
    ),
    "a Ukrainian post beside a Russian one": _Story(
        posts=(
            "Компанія Зоря випустила модель Нива для перекладу\n\nНива перекладає між 22 мовами й працює без мережі.",
            "Смотрю на Ниву от Зори. Занятно, но посмотрим.",
        ),
        title="Компанія Зоря випустила модель Нива для перекладу",
        told="22 мовами",
        lang="uk",
    ),
}


def _sources(story: _Story) -> list[Source]:
    begins = datetime(2031, 5, 1, 9, tzinfo=UTC)
    return [
        Source(
            post_key=key,
            channel=f"Канал {key}",
            text=text,
            lang=language(text),
            date=begins + timedelta(hours=3 * key),
            is_copy=key in story.copies,
            independent=key not in story.copies,
        )
        for key, text in enumerate(story.posts)
    ]


def _said(found: Extract) -> str:
    return " ".join(sentence.text for sentence in found.sentences)


@pytest.mark.parametrize("name", _STORIES)
def test_the_title_is_the_event(name: str) -> None:
    """The title says what happened, though comments, memes, rubrics and first impressions stand beside the news."""
    story = _STORIES[name]
    assert extract(_sources(story), lang=story.lang).title == story.title


@pytest.mark.parametrize("name", _STORIES)
def test_the_sentences_are_about_it(name: str) -> None:
    """The sentences tell the news, and hold no aside, joke, headline of another post or translation of the title."""
    story = _STORIES[name]
    said = _said(extract(_sources(story), lang=story.lang))
    assert story.told in said
    assert not [words for words in story.never if words in said]


@pytest.mark.parametrize("name", _STORIES)
def test_order_does_not_matter(name: str) -> None:
    """Sources in any order give the same summary."""
    story = _STORIES[name]
    sources = _sources(story)
    found = extract(sources, lang=story.lang)
    for seed in range(3):
        assert extract(random.Random(seed).sample(sources, len(sources)), lang=story.lang) == found
