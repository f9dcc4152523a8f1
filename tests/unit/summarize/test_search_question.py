"""What a question asks for: words, names, identifiers, a time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.answers import LONGEST
from summarize.search import highlight
from summarize.search.question import MOST_WORDS, Question, read

ASKED = datetime(2026, 9, 17, 18, tzinfo=UTC)


def asked(text: str) -> Question:
    return read(text, asked=ASKED, tz=ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2609.05120 о чём статья?", "arxiv:2609.05120"),
        ("https://arxiv.org/pdf/2609.05120v2.pdf tldr", "arxiv:2609.05120"),
        ("who wrote arXiv:2609.05120v1", "arxiv:2609.05120"),
        ("что за github.com/veyra-ai/first-wrong-step", "github:veyra-ai/first-wrong-step"),
        ("veyra-ai/first-wrong-step что это", "github:veyra-ai/first-wrong-step"),
        ("10.5555/tarn.2026.0917", "doi:10.5555/tarn.2026.0917"),
        ("basaltic.example/gneiss what is this", "url:basaltic.example/gneiss"),
    ],
)
def test_identifiers(text: str, key: str) -> None:
    """Papers, repositories and pages are keys, however they are written, and their addresses are no words."""
    found = asked(text)
    assert key in found.keys
    assert not any("http" in word or "arxiv" in word.lower() for word in found.words)


def test_words_that_only_ask_look_for_nothing() -> None:
    """What stands in every question, and the time, are left out; names are found without capitals."""
    found = asked("что вчера писали про orrin-2 7b?")
    assert found.words == ("orrin-2", "7b")
    assert "orrin-2" in found.names
    assert found.period is not None
    assert found.lang == "ru"


def test_what_two_languages_share() -> None:
    """Words that mean the same in Russian and in English have one key."""
    russian, english = asked("какие модели выпустили"), asked("which models were released")
    assert russian.meanings.keys() & english.meanings.keys()


def test_words_asked_for_are_marked() -> None:
    """Also where they are inflected, or in the other language; neighbours are one mark."""
    text = "Лаборатория выпустила модели Orrin-2, веса открыты."
    found = [text[start:stop] for start, stop in highlight.marks(asked("the Orrin-2 models"), text)]
    assert found == ["модели Orrin-2"]


@given(text=st.text(max_size=2 * LONGEST))
def test_anything_can_be_asked(text: str) -> None:
    """No text is too odd to be read; what is read is bounded."""
    found = asked(text)
    assert len(found.text) <= LONGEST
    assert len(found.words) <= MOST_WORDS
    for start, stop in highlight.marks(found, found.text):
        assert 0 <= start < stop <= len(found.text)
