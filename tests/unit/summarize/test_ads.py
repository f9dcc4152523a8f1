"""Advertising against news about it, on invented posts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.ads import verdict


@pytest.mark.parametrize(
    ("text", "links", "reason"),
    [
        ("Облако «Нимб» дарит месяц GPU. erid: 2VtzqwA1b2C", [], "erid"),
        ("Облако «Нимб» дарит месяц GPU.", ["https://nimb.example/?utm=1&erid=2VtzqwA1b2C"], "erid"),
        ("Попробуйте наш редактор кода. #реклама", [], "#реклама"),
        ("Новый редактор кода.\nРеклама. ООО «Нимб», ИНН 7712345678", [], "advertiser"),
        ("Курс по нейросетям со скидкой 40% по промокоду VEKTOR40 до пятницы.", [], "promo code"),
        ("Записаться на курс можно до 5 мая. Осталось 7 мест, рассрочка на год.", [], "course sale"),
        ("Разыгрываем три наушника среди подписчиков!", [], "giveaway"),
        (
            "Полезные каналы про ИИ:\n@alpha_ml — обзоры\n@beta_ml — статьи\n@gamma_ml — мемы\n@delta_ml — вакансии",
            [],
            "mutual promotion",
        ),
        ("Забирай фрибет 1000 при регистрации по промокоду WIN", [], "gambling"),
    ],
)
def test_ads(text: str, links: list[str], reason: str) -> None:
    """Paid and selling posts are ads, and the reason is named."""
    found = verdict(text, links)
    assert found.kind == "ad"
    assert reason in found.reasons


@pytest.mark.parametrize(
    "text",
    [
        "Роскомнадзор уточнил, кому нужен токен erid: блогерам и площадкам. Закон о рекламе изменится в мае.",
        "Суд отменил скидку по промокоду SALE50: покупатель выиграл дело у магазина.",
        "Сервис раздавал промокоды, и исследователи нашли утечку ключей.",
        "Лаборатория выложила веса модели на 7B параметров.\n\nПодписывайтесь на канал @vektor_ml",
        "МФТИ открывает бесплатный курс лекций по теории обучения. Записаться на курс можно на сайте.",
        "Рынок рекламы вырос на 12%, выручка сетей — на 9%.",
        "Команда участвовала в конкурсе на Kaggle и заняла второе место из 1 200.",
        "Из ChatGPT убрали рекламу после жалоб.",
        "Authors:\n@ann_v\n@bob_w\n@carl_x\n@dora_y\nThe paper is out today.",
        "@property\n@cached\n@staticmethod\n@override\ndef f(): ...",
        "Онлайн-казино оштрафовали на 5 млн.",
        "",
    ],
)
def test_news_is_not_an_ad(text: str) -> None:
    """News about advertising, subscribe tails and university lectures are left alone."""
    assert verdict(text).kind == "none"


@pytest.mark.parametrize(
    "text",
    [
        "Ищем в команду ML-инженера. Присылайте резюме @hr_nimb",
        "We are hiring: research engineer, remote",
        "#вакансия Аналитик данных, Казань",
    ],
)
def test_vacancies_are_grey(text: str) -> None:
    """A job ad is neither hidden nor news."""
    assert verdict(text).kind == "grey"


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=4))
def test_any_text_has_a_verdict(text: str, links: list[str]) -> None:
    """A verdict other than "none" names its reasons, in a fixed order."""
    found = verdict(text, links)
    assert (found.kind == "none") == (found.reasons == ())
    assert list(found.reasons) == sorted(found.reasons)
