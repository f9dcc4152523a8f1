"""Which posts filters meet, and which filters are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters import Filter, FilterAction, FilterKind, Scope
from core.store import filter_hits
from core.store.filter_hits import FilteredPost
from summarize import filters
from summarize import text as texts
from summarize.filters import Answer, Facts
from summarize.mistakes import SENTENCES, Fault

NOW = datetime(2026, 9, 10, tzinfo=UTC)


def rule(kind: FilterKind, pattern: str, **changes: Any) -> Filter:
    return Filter(id=1, action=FilterAction.DROP, kind=kind, pattern=pattern, **changes)


def facts(said: str = "", **changes: Any) -> Facts:
    values: dict[str, Any] = {
        "post_id": 1, "channels": frozenset({1}), "topics": frozenset(), "lang": "ru", "ad": "none", "clean_text": said,
        "text": said,
    }  # fmt: skip
    return Facts(**(values | changes))


def says(pattern: str, text: str) -> bool:
    return filters.meets(rule(FilterKind.KEYWORD, pattern), facts(text))


def fits(pattern: str, said: str, **changes: Any) -> bool:
    return filters.meets(rule(FilterKind.REGEX, pattern), facts(said, **changes))


# --- keywords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("вакансия", "Открыты две вакансии в лабораторию"),
        ("ВАКАНСИИ", "вакансией не интересуюсь"),
        ("ёлка", "Елки и ёлки"),
        ("robot", "Two robots and a cat"),
        ("agent", "AI-agents at work"),
        ("агент", "Запустили ИИ-агентов"),
        ("ИИ-агент", "Работа ИИ-агентов"),
        ("gpt", "GPT-5 вышла"),
        ("GPT-5", "Посмотрим на GPT-5."),
        ("GPT-5", "gpt\u20115 в деле"),
        ("GPT-5", "GPT-5's price, GPT-5’s speed"),
        ("GPT-5", "GPT-5/GPT-5.1 сравнение"),
        ("C++", "Пишем на С++ и на Си"),
        ("C++", "written in c++, of course"),
        ("state of the art", "state the obvious: the art of being in a state"),
        ('"state of the art"', "A State of the Art model"),
        ("«синтез речи»", "Новый синтез речи"),
        ("„сжатие моделей“", "Сжатие моделей в два раза"),
        ("курсы, вебинар", "Приглашаем на вебинар"),
        ("курсы; вебинар", "Набор на курсы"),
        ("курсы\nвебинар", "Набор на курсы"),
        ("котики,,  ,", "Про котиков"),
        ('"скидка 20%"', "Скидка 20 процентов"),
        ("скидка промокод", "Промокод даёт скидку"),
        ("模型", "新模型发布了"),
        ("р\u200bобот", "Робот проехал"),
        ("токен", "миллион токенов"),
        ("токенов", "цена токена"),
        ("домены", "новый домен"),
        ("скидка", "никаких скидок"),
        ("рынок", "на рынке"),
        ("a", "a"),
        ("the", "the"),
        ("робот", "🤖Робот🤖"),
        ("machine", "#machine_learning"),
    ],
)
def test_a_keyword_is_found(pattern: str, text: str) -> None:
    """By its stem, in any case, ё as е, alone or within a hyphenated word; one of several, all words of one, or a phrase."""
    assert says(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("GPT-5", "Вышла GPT-5.1"),
        ("GPT-5", "GPT-50 и GPT-5-mini"),
        ("GPT-5.1", "GPT-5 и GPT-51"),
        ("5", "GPT-5"),
        ("кот", "Который час"),
        ("токен", "Ток в сети"),
        ("домен", "Дом у моря"),
        ("агентство", "Агент"),
        ("ИИ-агент", "ИИ и агент"),
        ("scikit-learn", "scikit, learn"),
        ("C++", "буква C"),
        ("C", "C++"),
        ('"синтез речи"', "Речи о синтезе"),
        ("скидка промокод", "Скидка без кода"),
        ("vision", "https://example.org/vision"),
        ("模型", "型模"),
        ("робот", ""),
    ],
)
def test_a_keyword_is_not_found(pattern: str, text: str) -> None:
    """A version is another name, a part of a word is no word, links are no words, and a phrase keeps its order."""
    assert not says(pattern, text)


def test_hashtags_count_where_footers_do_not() -> None:
    """A tag under every post is how channels mark vacancies; the rest of what they put there is none of what a post says."""
    post = facts("Ищем инженера", text="Ищем инженера\n\n#вакансия\nПодписывайтесь на «Крипта каждый день»")
    assert filters.meets(rule(FilterKind.KEYWORD, "вакансия"), post)
    assert not filters.meets(rule(FilterKind.KEYWORD, "крипта"), post)


@pytest.mark.parametrize("pattern", [",", "🔥🔥", '""', " ; \n", "\x00", "-.-", "«»"])
def test_a_pattern_without_a_word_is_refused(pattern: str) -> None:
    """It would never meet anything."""
    with pytest.raises(Fault) as refused:
        filters.check(rule(FilterKind.KEYWORD, pattern))
    assert refused.value.name == "empty"


def test_an_open_quotation_mark_is_told() -> None:
    """What it was to hold cannot be guessed; an apostrophe and inches within a word are none."""
    with pytest.raises(Fault, match="not closed"):
        filters.check(rule(FilterKind.KEYWORD, '"синтез речи'))
    filters.check(rule(FilterKind.KEYWORD, "O'Reilly, 15\""))


LETTERS = st.text(st.sampled_from("аёЯbQ5 .-’'\",;«»„“#+/_\n\u200b🔥模型İß") | st.characters(), max_size=40)


@given(LETTERS)
def test_any_pattern_is_refused_or_found(pattern: str) -> None:
    """Whatever is typed, either a sentence says what is wrong, or a post that says just that is met."""
    try:
        filters.check(rule(FilterKind.KEYWORD, pattern))
        refused = ""
    except Fault as fault:
        refused = fault.told("ru")
    links = "://" in pattern or "www." in pattern.lower()
    assert refused or links or says(pattern, texts.normalise(pattern))


WORDS = st.sampled_from("модель агента GPT-5 C++ обучение robots ИИ-агент state-of-the-art 模型 v2.0 ёлка".split())


@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=5))
def test_a_phrase_is_found_where_it_stands(phrase: list[str], before: list[str], after: list[str]) -> None:
    """As it stands, in any surroundings."""
    assert says(f'"{" ".join(phrase)}"', " ".join([*before, *phrase, *after]))


# --- expressions -----------------------------------------------------------------------------------------------------


def test_an_expression_sees_all_that_stands_in_a_post() -> None:
    """Footers and addresses behind words, too; in any case, unless it says otherwise."""
    post: dict[str, Any] = {"text": "Ищем инженера\nerid: 2Vabc", "links": ("https://t.me/+abc",)}
    assert fits(r"ERID:\s*\w+", "Ищем инженера", **post)
    assert not fits(r"(?-i)ERID", "Ищем инженера", **post)
    assert fits(r"t\.me/\+", "Ищем инженера", **post)
    assert not fits(r"(?s)^(?!.*инженер)", "Ищем инженера", **post)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(вакансия|работа", "скобка ( не закрыта, в самом конце: (вакансия|работа ⟵"),
        ("вакансия)|работа", "лишняя скобка ), символ 9: вакансия ⟵"),
        ("[а-", "скобка [ не закрыта, в самом конце: [а- ⟵"), ("*", "перед знаком повтора ничего нет, символ 1: ⟵"),
        ("x" * 40 + "a** и", "два знака повтора подряд, символ 43: …" + "x" * 28 + "a* ⟵"),
        ("a{2,1}", "в {…} первое число больше второго"), ("(?P<a>x)(?P<a", "имя группы не закрыто знаком >"),
        ("\\", "после \\ стоит не то"), (r"\x1", "после \\ чего-то не хватает"), (r"\p{Foo}", "такого класса символов нет"),
        (r"\N{NO SUCH}", "символа с таким именем нет"), ("[z-a]", "диапазон в [ ] записан наоборот"),
        (r"(a)\2", "группы с таким номером нет"), ("(?P=x)", "группы с таким именем нет"), ("(?z)", "после (? стоит не то"),
        ("(?P<1>a)", "его не разобрать"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(pattern: str, told: str) -> None:
    """With a sentence that says what is wrong and where, in both languages."""
    with pytest.raises(Fault) as refused:
        filters.check(rule(FilterKind.REGEX, pattern))
    assert refused.value.told("ru").startswith(f"Это не регулярное выражение: {told}")
    assert refused.value.told("en").startswith("This is no regular expression: ")
    assert refused.value.told("en").rpartition(": ")[2] == refused.value.told("ru").rpartition(": ")[2]


@pytest.mark.parametrize("pattern", ["(?a)(?u)x", "(?V1)" + "[" * 240 + "a" + "]" * 240, "(?x)a{1 0 0 0}", "(?ix)a"])
def test_expressions_of_a_kind_that_is_not_taken(pattern: str) -> None:
    """Flags that exclude each other or hide counts; brackets in brackets in brackets."""
    with pytest.raises(Fault) as refused:
        filters.check(rule(FilterKind.REGEX, pattern))
    assert refused.value.name == "regex kind"


def test_a_sentence_repeats_little_of_what_was_typed() -> None:
    """However much it was."""
    assert len(Fault("unreadable", reason="a" * 100_000).told("ru")) < 200


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("(((a{1000}){1000}){1000}){1000}", "repeats"),
        ("(?:[аб]{999,}){999}", "repeats"),
        ("a{99999999999}", "repeats"),
        ("а" * 501, "long"),
        ("a" * 10_000, "long"),
    ],
)
def test_expressions_that_would_take_memory_are_not_even_compiled(pattern: str, name: str) -> None:
    """Counts are unrolled when an expression is compiled, so that four of a thousand would need all memory there is."""
    with pytest.raises(Fault) as refused:
        filters.check(rule(FilterKind.REGEX, pattern))
    assert refused.value.name == name


CATASTROPHES = [
    r"(a+)+$", r"(x+x+)+y", r"(\w+\s?)+$", r"(?:\p{L}+\s*)+[0-9]", r"(я|я)*$", r"(?R)a|a", r"(?b)(?:нейросеть и модель){e}",
    r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(?:а+б?)+!", r"(q|qq)+$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", CATASTROPHES)
def test_expressions_that_take_for_ever_are_seen(pattern: str) -> None:
    """Though each is harmless on most posts."""
    filters.check(rule(FilterKind.REGEX, pattern))
    assert filters.is_slow(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"вакансия|ищем в команду", r"\bGPT-?5\b(?!\.\d)", r"erid:\s*\w+", r"(?m)^#\w+$", r"скидк\w* (?:до )?\d{1,2}\s?%",
        r"t\.me/\+[\w-]{10,20}", r"(?s)^(?!.*модел)", r"[\U0001F300-\U0001FAFF]{3,}", r"\d{4}-\d{2}-\d{2}",
    ],
)  # fmt: skip
def test_plain_expressions_are_quick(pattern: str) -> None:
    """What an admin writes in earnest passes."""
    filters.check(rule(FilterKind.REGEX, pattern))
    assert not filters.is_slow(pattern)


def test_a_post_on_which_an_expression_takes_too_long_counts_as_not_met() -> None:
    """And the answer says so."""
    slow = rule(FilterKind.REGEX, r"(a+)+$")
    assert filters.answer(slow, facts("a" * 3000 + "!")) is Answer.SLOW
    assert not filters.meets(slow, facts("a" * 3000 + "!"))
    assert filters.meets(slow, facts("a" * 3000))


# --- the other kinds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "pattern", "changes", "met"),
    [
        (FilterKind.CHANNEL, "7", {"channels": frozenset({7})}, True),
        (FilterKind.CHANNEL, "7", {"channels": frozenset({1, 7})}, True),
        (FilterKind.CHANNEL, "7", {"channels": frozenset({77})}, False),
        (FilterKind.TOPIC, "llm", {"topics": frozenset({"llm", "rag"})}, True),
        (FilterKind.TOPIC, "llm", {"topics": frozenset({"rag"})}, False),
        (FilterKind.LANGUAGE, "EN", {"lang": "en"}, True),
        (FilterKind.LANGUAGE, "en", {"lang": "ru"}, False),
        (FilterKind.AD, "grey", {"ad": "grey"}, True),
        (FilterKind.AD, "grey", {"ad": "ad"}, False),
    ],
)
def test_channel_topic_language_and_advertising(
    kind: FilterKind, pattern: str, changes: dict[str, Any], met: bool
) -> None:
    """Each looks at one fact of a post."""
    filters.check(rule(kind, pattern))
    assert filters.meets(rule(kind, pattern), facts(**changes)) is met


@pytest.mark.parametrize(
    ("scope", "met"),
    [
        (Scope(), True),
        (Scope(topics=("rag", "llm")), True),
        (Scope(topics=("safety",)), False),
        (Scope(channels=(1, 9)), True),
        (Scope(channels=(9,)), False),
        (Scope(topics=("rag",), channels=(9,)), False),
        (Scope(topics=("rag",), channels=(1,)), True),
    ],
)
def test_a_filter_holds_within_its_scope(scope: Scope, met: bool) -> None:
    """A post must have one of the topics and be of one of the channels."""
    post = facts("вакансия", topics=frozenset({"rag"}), channels=frozenset({1}))
    assert filters.meets(rule(FilterKind.KEYWORD, "вакансия", scope=scope), post) is met


def vector(*values: float) -> Any:
    row = np.array(values, dtype=np.float32)
    return row / np.linalg.norm(row)


def meaning(**changes: Any) -> Filter:
    pattern = changes.pop("pattern", "роботы")
    return rule(FilterKind.MEANING, pattern, **({"vector": vector(1, 0), "model_id": 1} | changes))


def test_a_meaning_is_met_by_the_nearest_part_of_a_post() -> None:
    """Whole or passage, whichever is nearest, from the threshold on; by the filter's own model alone."""
    post = facts("текст", vectors={1: np.stack([vector(0, 1), vector(3, 4)]), 2: np.stack([vector(1, 0)])})
    assert filters.cosine(meaning(), post) == pytest.approx(0.6)
    assert filters.meets(meaning(threshold=0.59), post)
    assert not filters.meets(meaning(threshold=0.61), post)
    assert filters.meets(meaning(threshold=0.9, model_id=2), post)


@pytest.mark.parametrize(
    ("pattern", "least"),
    [("роботы-курьеры", 0.25), ("post:12", 0.5), (" Post: 12 ", 0.5), ("о том, как робот ездит зимой " * 6, 0.5)],
)
def test_posts_are_nearer_to_each_other_than_to_a_phrase(pattern: str, least: float) -> None:
    """So that a filter of posts like one begins with a higher threshold, unless an admin has named one."""
    assert filters.threshold(meaning(pattern=pattern)) == least
    assert filters.threshold(meaning(pattern=pattern, threshold=0.3)) == 0.3


def test_a_threshold_in_single_precision_is_the_one_that_was_named() -> None:
    """As the database keeps it."""
    exact = facts("текст", vectors={1: np.array([[0.27, np.sqrt(1 - 0.27**2)]], dtype=np.float64)})
    assert filters.meets(meaning(threshold=float(np.float32(0.27))), exact)


@pytest.mark.parametrize(
    "given", [meaning(model_id=3), meaning(vector=None, model_id=None), meaning(vector=vector(1, 0, 0))]
)
def test_without_vectors_a_meaning_is_unknown(given: Filter) -> None:
    """Not "not met": the post is looked at again when it has some."""
    post = facts("текст", vectors={1: np.stack([vector(1, 0)])})
    assert filters.answer(given, post) is Answer.UNKNOWN
    assert filters.answer(given, facts(" ")) is Answer.NOT_MET


def test_a_post_has_the_topics_that_a_story_of_it_would_have() -> None:
    """As they are chosen for stories, from the scores that the index keeps."""
    post = FilteredPost(
        post_id=1, row="1", time=NOW, story_id=None, channels=frozenset({1}), lang="ru", ad="none",
        topics={"llm": 0.9, "rag": 0.5, "safety": 0.01}, clean_text="", text="", links=(),
    )  # fmt: skip
    assert filters.facts_of(post).topics == {"llm", "rag"}


# --- refusing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (rule(FilterKind.KEYWORD, " "), "empty"),
        (rule(FilterKind.KEYWORD, "слово " * 300), "long"),
        (rule(FilterKind.KEYWORD, "a," * 200), "many"),
        (rule(FilterKind.CHANNEL, "@name"), "channel"),
        (rule(FilterKind.CHANNEL, "９"), "channel"),
        (rule(FilterKind.CHANNEL, "9" * 30), "channel"),
        (rule(FilterKind.LANGUAGE, "русский"), "language"),
        (rule(FilterKind.AD, "реклама"), "ad"),
        (rule(FilterKind.MEANING, "🔥"), "empty"),
        (rule(FilterKind.MEANING, "роботы", threshold=-0.5), "threshold"),
        (rule(FilterKind.MEANING, "роботы", threshold=0.0), "threshold"),
        (rule(FilterKind.MEANING, "роботы", threshold=1.5), "threshold"),
        (rule(FilterKind.MEANING, "роботы", threshold=float("nan")), "threshold"),
        (Filter(id=0, action=FilterAction.BOOST, kind=FilterKind.LANGUAGE, pattern="en"), "weight"),
        (Filter(id=0, action=FilterAction.BOOST, kind=FilterKind.LANGUAGE, pattern="en", weight=2.0), "weight"),
        (
            Filter(id=0, action=FilterAction.BOOST, kind=FilterKind.LANGUAGE, pattern="en", weight=float("nan")),
            "weight",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(given: Filter, name: str) -> None:
    """With a sentence in the admin's language."""
    with pytest.raises(Fault) as refused:
        filters.check(given)
    assert refused.value.name == name
    assert refused.value.told("ru") != refused.value.told("en") == str(refused.value)


@pytest.mark.parametrize("pattern", ["post:12", "POST: 7", "роботы и манипуляторы"])
def test_a_meaning_is_a_phrase_or_a_post(pattern: str) -> None:
    """Both make sense."""
    filters.check(rule(FilterKind.MEANING, pattern))


def test_every_fault_has_two_sentences() -> None:
    """In English and in Russian, each in its own letters."""
    for english, russian in SENTENCES.values():
        assert english.isascii()
        assert any("а" <= char <= "я" for char in russian.lower())


# --- sets of filters -------------------------------------------------------------------------------------------------


def test_a_set_of_filters_is_named_by_what_decides() -> None:
    """Not by what becomes of what they meet, nor by their order; any pattern, scope, vector or change makes another name."""
    one, two = (
        rule(FilterKind.KEYWORD, "кот"),
        Filter(id=2, action=FilterAction.PIN, kind=FilterKind.AD, pattern="grey"),
    )
    name = filter_hits.name_of([one, two])
    assert filter_hits.name_of([two, one]) == name
    assert (
        filter_hits.name_of([Filter(id=1, action=FilterAction.PIN, kind=one.kind, pattern="кот", note="x"), two])
        == name
    )
    others = [
        [one],
        [],
        [rule(FilterKind.KEYWORD, "пёс"), two],
        [rule(FilterKind.KEYWORD, "кот", scope=Scope(topics=("llm",))), two],
        [rule(FilterKind.KEYWORD, "кот", threshold=0.5), two],
        [rule(FilterKind.KEYWORD, "кот", vector=vector(1, 0), model_id=1), two],
        [rule(FilterKind.KEYWORD, "кот", changed_at=NOW), two],
    ]
    assert len({name, *map(filter_hits.name_of, others)}) == len(others) + 1
