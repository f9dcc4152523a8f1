"""Same story or not: rules on pairs, and how pairs become stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Indexed
from summarize import evidence, match, views
from summarize.features import features
from summarize.keys import Key, KeyKind
from summarize.text import language

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
USING = match.weights()


def post(text: str, *, number: int = 1, source: str = "", channel: int | None = None, hours: float = 0.0) -> views.View:
    """A post of a channel of its own unless told otherwise, with vectors drawn from its text."""
    rows = np.random.default_rng(sum(text.encode())).normal(size=(2, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    lang = language(text)
    return views.view(
        Indexed(
            post_id=number, version=1, channel_id=channel or number, sequence=number, time=NOON + timedelta(hours=hours),
            dated=True, source=source or f"channel {number}", holder=f"channel {number}", lang=lang, clean_text=text, ad="no",
            ad_reasons=(), text_hash=None, keys=(), self_keys=(), refers=(), features=features(text, lang).to_json(),
            topics={}, made_by="", vectors=rows,
        ),
        views.NO_BACKGROUND,
    )  # fmt: skip


TEMPLATE = (
    "Now hosted: {} with a context of {} tokens. "
    "Input {} and output {} dollars per million tokens. Median first token in 180 ms."
)

VETOED = [
    ("Brindle ships Osprel 2.1 with a longer window", "Brindle ships Osprel 2.2 with pictures again"),
    ("Osprel 2.2 fixes what Osprel 2.1 broke in tool calls", "Osprel 2.1 is out, and tool calls are new"),
    ("Вышла Lumra-7B, обученная с нуля", "Вышла Lumra-70B, обученная с нуля"),
    ("Brindle opens Osprel-2 Mini for laptops", "Brindle opens Osprel-2 90B for servers"),
    ("Osprel 3 on the DeskBench tasks: 48.1", "Vantar 2 on the DeskBench tasks: 51.7"),
    ("Лекторий, лекция 2: оптимальный транспорт", "Лекторий, лекция 3: диффузия"),
    ("ML-чай №17, 15 марта в 18:30, Тверь", "ML-чай №18, 22 марта в 18:30, Киров"),
    ("Семинар 12 марта, 19:00: графовые сети", "Семинар 19 марта, 19:00: графовые сети"),
    ("Week in links:\n• Osprel 2.1\n• a lawsuit\n• a fire", "Brindle ships Osprel 2.1 today"),
    (TEMPLATE.format("Osprel 12B", "64k", "0.09", "0.22"), TEMPLATE.format("Vantar 9B", "32k", "0.11", "0.28")),
]


@pytest.mark.parametrize(("one", "two"), VETOED)
def test_vetoes(one: str, two: str) -> None:
    """Other versions, sizes, issues of a series, days or contents of one template are never one story."""
    found = match.judge(post(one), post(two, number=2), adjacent=False, using=USING)
    assert found.kind == "apart"
    assert "veto" in found.reasons


NOT_VETOED = [
    ("Brindle ships Osprel 2.1 with a longer window", "Osprel 2.1.3: patch notes for the tokenizer"),
    ("ropewell 1.4 is out", "ropewell 1.4.0 вышел"),
    ("Brindle opens Osprel-2 90B", "I ran Osprel all night, also against Vantar 3, and it holds"),
    ("Brindle opens Osprel-2 90B", "Vantar 3 is beaten by Osprel-2 on every task of mine"),
    ("Открыта запись на семинар 12 марта, 19:00", "Выложили запись вчерашнего семинара"),
]


@pytest.mark.parametrize(("one", "two"), NOT_VETOED)
def test_no_veto(one: str, two: str) -> None:
    """A patch of a release, another spelling of a version, a comparison or a recording is left to the evidence."""
    found = match.judge(post(one), post(two, number=2), adjacent=False, using=USING)
    assert "veto" not in found.reasons


LONG = (
    "Инженеры Брандля открыли веса новой модели и подробно рассказали, как её учили: "
    "данные, железо, ошибки и откаты за полгода."
)


@pytest.mark.parametrize("two", [LONG, "Утащил у соседей. " + LONG, LONG[: len(LONG) * 2 // 3]])
def test_copies(two: str) -> None:
    """An equal text, one with a preface and a cut repost are copies."""
    assert match.judge(post(LONG), post(two, number=2), adjacent=False, using=USING).kind == "copy"


def test_one_origin_is_a_copy() -> None:
    """Posts that are one message are copies whatever their text."""
    key = frozenset({Key(KeyKind.MESSAGE, "77/1")})
    one, two = replace(post("one text"), self_keys=key), replace(post("quite another", number=2), self_keys=key)
    assert match.judge(one, two, adjacent=False, using=USING).kind == "copy"


def test_an_ad_is_in_no_story() -> None:
    """An advertisement is apart from everything but its own copy."""
    one = replace(post("Brindle ships Osprel 2.1"), ad=True)
    assert match.judge(one, post("Osprel 2.1 is out", number=2), adjacent=False, using=USING).kind == "apart"


CONTINUED = [
    ("Собираю сервер, часть 1. Взял две карты.", "Часть 2: скорость и шум.", "a", "a", True),
    ("How probes lie, part one.", "Part two: from present to used.", "a", "a", True),
    ("Разобрали статью про память.", "Эксперименты", "a", "a", True),
    ("Brindle opens Osprel-2 with 1140 experts", "По поводу поста выше: лицензия так себе.", "brindle", "a", True),
    (
        "Brindle opens Osprel-2 with 1140 experts",
        "Ну наконец-то, 1140 экспертов, вечером попробуем.",
        "brindle",
        "a",
        True,
    ),
    ("Brindle opens Osprel-2 with 1140 experts", "А у нас в офисе сегодня пирог.", "brindle", "a", False),
    ("Разобрали статью про память.", "Совсем другая новость про роботов.", "a", "a", False),
]


@pytest.mark.parametrize(("one", "two", "first", "second", "expected"), CONTINUED)
def test_continuations(one: str, two: str, first: str, second: str, expected: bool) -> None:
    """A later part, a pointer to the post above and a brief comment on a forward go on with the post before."""
    earlier = post(one, source=first, channel=5)
    later = post(two, number=2, source=second, channel=5, hours=0.2)
    found = match.judge(earlier, later, adjacent=True, using=USING)
    assert ("continuation" in found.reasons) is expected


texts = st.one_of(st.sampled_from([text for pair in VETOED + NOT_VETOED for text in pair]), st.text(max_size=200))


@given(texts, texts, st.booleans(), st.floats(-300, 300), st.sampled_from(["a", "b"]))
def test_symmetric(one: str, two: str, adjacent: bool, hours: float, source: str) -> None:
    """The verdict does not depend on which post comes first, and its score lies between 0 and 1."""
    a, b = post(one, source="a", channel=1), post(two, number=2, source=source, channel=1, hours=hours)
    found = match.judge(a, b, adjacent=adjacent, using=match.weights())
    assert found == match.judge(b, a, adjacent=adjacent, using=match.weights())
    assert 0.0 <= found.score <= 1.0


def test_committed_weights_name_known_evidence() -> None:
    """The committed weights weigh exactly the evidence that is gathered."""
    assert set(match.weights().weights) == set(evidence.EVIDENCE)
    assert set(evidence.evidence(post("one"), post("two", number=2), adjacent=False)) == set(evidence.EVIDENCE)
