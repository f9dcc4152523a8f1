"""Numbers as Russian and English write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.claims.quantities import quantities

READ = [
    ("1 187 человек", [(1187, "")]),
    ("1\u00a0187 человек", [(1187, "")]),
    ("1,187 people", [(1187, "")]),
    ("1.187.000 Stimmen", [(1187000, "")]),
    ("0,78 по каппе", [(0.78, "")]),
    ("6,2 трлн токенов", [(6.2e12, "")]),
    ("275M", [(275e6, "")]),
    ("14 миллиардами параметров", [(14e9, "")]),
    ("128K контекста", [(128000, "")]),
    ("8×H100 по 12GB", [(8, ""), (12, "gb")]),
    ("48h и 300 ms", [(48, "hour"), (300, "ms")]),
    ("девяти процентам", [(9, "%")]),
    ("38 percent", [(38, "%")]),
    ("9–19 %", [(9, "%"), (19, "%")]),
    ("от 9 до 19 %", [(9, "%"), (19, "%")]),
    ("$5–10", [(5, "usd"), (10, "usd")]),
    ("5–7 млн долларов", [(5e6, "usd"), (7e6, "usd")]),
    ("$1.2 to 1.5 billion", [(1.2e9, "usd"), (1.5e9, "usd")]),
    ("сорок восемь тысяч рублей", [(48000, "rub")]),
    ("тремя видеокартами", [(3, "")]),
    ("twenty-one days", [(21, "day")]),
    ("one hundred and five people", [(105, "")]),
    ("a dozen models", [(12, "")]),
    ("half of the users", [(0.5, "share")]),
    ("half a million", [(5e5, "")]),
    ("two thirds", [(2 / 3, "share")]),
    ("полтора миллиарда евро", [(1.5e9, "eur")]),
    ("два с половиной года", [(2.5, "year")]),
    ("two and a half years", [(2.5, "year")]),
    ("двухлетний контракт", [(2, "year")]),
    ("вдвое дешевле", [(2, "x")]),
    ("twice as fast", [(2, "x")]),
    ("в 2,5 раза", [(2.5, "x")]),
    ("3rd place", [(3, "nth")]),
    ("третий раунд", [(3, "nth")]),
    ("4.6/5", [(4.6, ""), (5, "")]),
    ("топ-10", [(10, "")]),
    ("7 miliard parametrů", [(7e9, "")]),
    ("во-вторых и в-третьих", []),
    ("третий-в-списке GPT-5, H100, 4o, 3D, v2.1", [(3, "nth")]),
    ("один из авторов", []),
    ("third-party API", []),
    ("тысячи людей", []),
]


@pytest.mark.parametrize(("text", "wanted"), READ)
def test_reading(text: str, wanted: list[tuple[float, str]]) -> None:
    """A number is read whatever its separators, scale, unit and case; a name with a digit is none."""
    assert [(pytest.approx(quantity.value), quantity.unit) for quantity in quantities(text)] == wanted


@pytest.mark.parametrize(
    ("text", "rounding"),
    [
        ("около 1,2 тыс. подписчиков", "about"), ("about 40 people", "about"), ("~40 people", "about"),
        ("более 100 тысяч", "over"), ("more than $100", "over"), ("почти 200", "under"), ("nearly 200", "under"),
        ("ровно 200", ""), ("до 200", ""),
    ],
)  # fmt: skip
def test_rounding(text: str, rounding: str) -> None:
    """The word before a number tells whether it is rounded, and which way."""
    assert [quantity.rounding for quantity in quantities(text)] == [rounding]


@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever the text, its quantities lie in it, in order and apart."""
    position = 0
    for quantity in quantities(text):
        assert position <= quantity.start < quantity.end <= len(text)
        position = quantity.end


@given(st.integers(min_value=2, max_value=10**9))
def test_separators(value: int) -> None:
    """A number is one whether its thousands are parted by nothing, spaces or commas."""
    forms = (
        f"{value} штук",
        f"{value:,} штук",
        f"{value:,} штук".replace(",", " "),
        f"{value:,} штук".replace(",", "\u00a0"),
    )
    assert {tuple(quantity.value for quantity in quantities(form)) for form in forms} == {(value,)}
