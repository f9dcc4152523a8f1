"""From a model's answer to a summary that holds."""

from __future__ import annotations

import pytest

from core.types import ClaimKind
from core.written import Claim
from tests.flow.feed import START
from tests.unit.summarize.told import MARKER, PROMPT, answer, checked, claim_of, stored, written

OPEN = "Лаборатория «Медный кот» открыла веса модели Torvex-9B."
TRAINED = "Модель Torvex-9B обучена на 4 трлн токенов."
LICENCE = "Лицензия Apache 2.0 разрешает коммерческое использование модели."
BENCH = "На бенчмарке DeskBench модель Torvex-9B набрала 61,4 балла."
ONE = stored(1, f"{OPEN} {TRAINED} {LICENCE}")
TWO = stored(2, f"{TRAINED} {BENCH}")
GOOD = [(OPEN, [1]), (TRAINED, [1]), (LICENCE, [1])]


def test_what_holds_is_kept_as_it_is() -> None:
    """Title, gist and claims of a true answer stay, with their posts, and nothing is counted."""
    found = checked(answer(*GOOD, topics=["llm"]), ONE)
    assert (found.written, found.title, written(found)) == (True, OPEN.rstrip("."), [OPEN, TRAINED, LICENCE])
    assert found.topics == ("llm",)
    assert found.faults == {}
    assert {claim.post_ids for claim in (*found.gist, *found.claims)} == {(1,)}


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("Модель Torvex-9B обучена на 7 трлн токенов.", "number"),
        ("Модель Torvex-12B обучена на 4 трлн токенов.", "version"),
        ("Веса модели Torvex-9B открыл Игорь Заблудшев из Quorvexa Labs.", "name"),
        ("Веса модели Torvex-9B лежат на https://quorvexa.example/torvex.", "link"),
        ("Лаборатория «Медный кот» открыла веса: «мы сами не ожидали такого успеха».", "quote"),
    ],
)
def test_what_does_not_hold_is_dropped_and_counted(claim: str, fault: str) -> None:
    """A number, version, name, link or quotation that is not in the post costs its claim, and only that."""
    found = checked(answer(*GOOD, (claim, [1])), ONE)
    assert claim not in written(found)
    assert written(found) == [OPEN, TRAINED, LICENCE]
    assert found.faults.get(fault)


def test_unknown_posts_support_nothing() -> None:
    """A claim of posts that there are not is dropped; one that also cites a real post stays with that."""
    found = checked(answer(GOOD[0], GOOD[1], (LICENCE, [9])), ONE)
    assert written(found) == [OPEN, TRAINED]
    found = checked(answer(GOOD[0], GOOD[1], (LICENCE, [9, 1, 1])), ONE)
    assert claim_of(found, "Apache").post_ids == (1,)
    assert found.faults == {"unknown_post": 1}


def test_an_answer_that_mostly_fails_is_not_trusted() -> None:
    """Where two thirds and more do not hold, nothing is taken."""
    false = [(f"Модель Torvex-9B обучена на {number} трлн токенов.", [1]) for number in (5, 6, 7, 8)]
    found = checked(answer(*false, GOOD[2]), ONE)
    assert (found.written, found.title, found.gist, found.claims) == (False, "", (), ())
    assert found.faults["number"] >= 4


def test_who_stands_behind_a_claim_is_decided_here() -> None:
    """What one source says is attributed, whatever the model calls it; what two say each on their own is agreed."""
    found = checked(answer(GOOD[0], (TRAINED, [1, 2], "attributed"), (BENCH, [2], "agreed")), ONE, TWO)
    assert claim_of(found, "4 трлн").kind is ClaimKind.AGREED
    assert claim_of(found, "4 трлн").post_ids == (1, 2)
    assert claim_of(found, "DeskBench").kind is ClaimKind.ATTRIBUTED


def test_two_posts_of_one_channel_are_one_source() -> None:
    """A channel that repeats itself agrees with nobody."""
    again = stored(2, f"{TRAINED} {BENCH}", channel=1)
    found = checked(answer(GOOD[0], (TRAINED, [1, 2], "agreed")), ONE, again)
    assert claim_of(found, "4 трлн").kind is ClaimKind.ATTRIBUTED


def test_a_post_that_does_not_say_it_is_no_source_of_it() -> None:
    """Of the posts cited only those stay that bear the claim out by themselves."""
    found = checked(answer(GOOD[0], (LICENCE, [1, 2], "agreed")), ONE, TWO)
    assert (claim_of(found, "Apache").kind, claim_of(found, "Apache").post_ids) == (ClaimKind.ATTRIBUTED, (1,))


def test_a_dispute_has_two_sides() -> None:
    """Two claims of two sources stay disputed; a side that stands alone is what its source says."""
    other = stored(2, "Модель Torvex-9B обучена на 3 трлн токенов. " + BENCH)
    sides = [(TRAINED, [1], "disputed"), ("Модель Torvex-9B обучена на 3 трлн токенов.", [2], "disputed")]
    found = checked(answer((OPEN, [1]), *sides), ONE, other)
    assert [claim_of(found, f"{number} трлн").kind for number in (4, 3)] == [ClaimKind.DISPUTED] * 2
    found = checked(answer((OPEN, [1]), sides[0], (BENCH, [2])), ONE, other)
    assert claim_of(found, "4 трлн").kind is ClaimKind.ATTRIBUTED


def test_what_is_said_twice_is_said_once() -> None:
    """A claim that repeats the gist or another claim is dropped and counted."""
    found = checked(answer(*GOOD, (OPEN, [1]), (TRAINED, [1])), ONE)
    assert written(found) == [OPEN, TRAINED, LICENCE]
    assert found.faults == {"repeat": 2}


def test_dates_are_made_absolute() -> None:
    """The word "вчера" becomes the day before the post's, and a claim of an undated post that says it is dropped."""
    said = "Вчера лаборатория «Медный кот» открыла веса модели Torvex-9B."
    found = checked(answer((said, [1]), GOOD[1]), stored(1, f"{said} {TRAINED}"))
    assert "31 августа" in found.gist[0].text
    assert "Вчера" not in found.gist[0].text
    assert "Вчера" not in found.title


def test_the_wrong_language_is_none() -> None:
    """A sentence in another language than was asked for is dropped and counted."""
    english = "The model Torvex-9B was trained on 4 trillion tokens of text."
    found = checked(answer(*GOOD, (english, [1])), ONE)
    assert written(found) == [OPEN, TRAINED, LICENCE]
    assert found.faults["language"] == 1


@pytest.mark.parametrize("words", [PROMPT, f"Посты отмечены кодом {MARKER}.", f"Код {MARKER[:8]} {MARKER[8:]}."])
def test_nothing_of_the_prompt_leaks(words: str) -> None:
    """Neither its words nor its marker, in pieces or whole, stand in a summary."""
    found = checked(answer(*GOOD, (words, [1]), title=words), ONE)
    assert words not in written(found)
    assert found.title != words
    assert found.faults["leak"] >= 1


def test_topics_need_a_reason_in_the_posts() -> None:
    """A slug that the posts give no reason for is dropped and counted; three at most stay."""
    found = checked(answer(*GOOD, topics=["#LLM", "crypto", "agents", "llm"]), ONE)
    assert found.topics == ("llm", "agents")
    assert found.faults == {"topic": 1}


@pytest.mark.parametrize(
    "title",
    [
        "Вы не поверите, что открыл «Медный кот»!",
        "Что открыла лаборатория «Медный кот»?",
        "Срочно: «Медный кот» открыл веса Torvex-9B",
        "«Медный кот» открыл веса Torvex-99B",
        "",
        "Вчера «Медный кот» открыл веса Torvex-9B",
    ],
)
def test_a_title_that_does_not_hold_is_replaced(title: str) -> None:
    """A teaser, a false one or none makes way for one that says what happened."""
    found = checked(answer(*GOOD, title=title), ONE)
    assert found.title in {OPEN.rstrip("."), "«Медный кот» открыл веса Torvex-9B"}


def test_a_title_is_short() -> None:
    """At most eighty characters, and no word is cut."""
    found = checked(
        answer(*GOOD, title=f"{OPEN.rstrip('.')} и {TRAINED.lower().rstrip('.')} по лицензии Apache 2.0"), ONE
    )
    assert 0 < len(found.title) <= 80
    assert found.title.split()[-1].strip("…,.") in ONE.text


def test_too_few_claims_are_filled_with_the_posts_own() -> None:
    """Where the model's fail, sentences of the posts take their place, marked as such."""
    false = ("Модель Torvex-9B обучена на 8 трлн токенов.", [1])
    found = checked(answer(GOOD[0], false, GOOD[2]), ONE)
    assert len(found.claims) == 2
    (extracted,) = [claim for claim in found.claims if claim.extracted]
    assert extracted.text in ONE.text
    assert extracted.post_ids == (1,)


def test_at_most_five_claims() -> None:
    """Whatever more a model says is left out."""
    facts = [f"Вариант Torvex-{size}B занимает {3 * size + 1} ГБ памяти." for size in (11, 23, 37, 41, 53, 67, 71)]
    post = stored(1, " ".join([OPEN, *facts]))
    found = checked(answer((OPEN, [1]), *((fact, [1]) for fact in facts)), post)
    assert len(found.claims) == 5


def test_only_what_no_earlier_version_said_is_new() -> None:
    """In a first version nothing is new; in a later one what was said before is not."""
    assert not any(claim.is_new for claim in checked(answer(*GOOD), ONE).claims)
    found = checked(
        answer((OPEN, [1]), (TRAINED, [1]), (BENCH, [2])),
        ONE,
        TWO,
        earlier=[Claim(text=text, post_ids=(1,), told_at=START) for text in (OPEN, TRAINED)],
    )
    assert [claim.text for claim in (*found.gist, *found.claims) if claim.is_new] == [BENCH]


@pytest.mark.parametrize(
    "sentence",
    [
        "Ядро переписали с C# на Rust, и сборка стала занимать 40 секунд.",
        "Параметр max_new_tokens теперь по умолчанию равен 512.",
        "Точность на тесте осталась > 90 % даже после сжатия модели.",
        "Погрешность разметки составила ~3 % на выборке из 500 примеров.",
        "В финал конкурса вышли три команды (3) из сорока участников.",
    ],
)
def test_signs_that_mean_something_stay(sentence: str) -> None:
    """A true sentence of the post is shown as it is, with the signs that its names and numbers are written with."""
    post = stored(1, f"{OPEN} {TRAINED} {sentence}")
    found = checked(answer((OPEN, [1]), (TRAINED, [1]), (sentence, [1])), post)
    assert sentence in written(found)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("**Модель** Torvex-9B `обучена` на 4 трлн токенов [1].", TRAINED),
        ("<b>Модель</b> Torvex-9B обучена\nна 4 трлн токенов (post 1).", "Модель Torvex-9B обучена на 4 трлн токенов."),
    ],
)
def test_markup_and_references_go(typed: str, shown: str) -> None:
    """Stars, tags, line ends and numbers of posts are no part of a sentence."""
    found = checked(answer((OPEN, [1]), (typed, [1]), GOOD[2]), ONE)
    assert shown in written(found)


def test_an_empty_answer_is_no_summary() -> None:
    """Neither is one whose every sentence is blank."""
    empty = answer(("", [1]), title="", gist={"text": "  ", "posts": []})
    assert not checked(empty, ONE).written
