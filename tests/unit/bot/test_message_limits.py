"""Telegram messages of a digest within the limits: how they are filled, what goes where one is too long, anything at all."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Mark, Message, messages
from bot.select import Digest, Section
from bot.spans import safe_url, units
from core.readers import Length
from core.types import CitedSentence, ClaimKind, StoryCard, StoryPost
from tests.unit.bot.cards import MORNING, MOSCOW, NASTY, NOW, URLS, hostile_cards, make_card, make_post, make_topic
from tests.unit.bot.sent import SINCE, digest, says, told, under


def size(marks: tuple[Mark, ...]) -> int:
    """Bytes of the entities as the Bot API is sent them: a list in JSON, without fields that say nothing."""
    return len(
        json.dumps([{name: value for name, value in asdict(mark).items() if value is not None} for mark in marks])
    )


def assert_within_limits(sent: list[Message]) -> None:
    assert sent
    for message in sent:
        assert 0 < units(message.text) <= 4096
        assert message.text == message.text.strip()
        assert len(message.marks) <= 100
        assert size(message.marks) <= 9000
        ends = units(message.text)
        assert all(mark.offset >= 0 and mark.length > 0 and mark.offset + mark.length <= ends for mark in message.marks)
        assert all(under(message, mark).strip() == under(message, mark) for mark in message.marks)
        assert_nested(message.marks)


def assert_nested(marks: tuple[Mark, ...]) -> None:
    """The rules by which Telegram would take entities apart: links whole in quotes, nothing whole in bold or italic."""
    around: list[Mark] = []
    for mark in marks:
        while around and around[-1].offset + around[-1].length <= mark.offset:
            around.pop()
        if around:
            assert mark.offset + mark.length <= around[-1].offset + around[-1].length
            assert (around[-1].type, mark.type) in {
                ("expandable_blockquote", "text_link"),
                ("expandable_blockquote", "bold"),
                ("text_link", "bold"),
            }
        around.append(mark)
    for kind in ("bold", "italic", "expandable_blockquote"):
        for one, other in pairwise(mark for mark in marks if mark.type == kind):
            assert one.offset + one.length < other.offset, "entities of one kind that touch are made one"


def assert_tells(sent: list[Message], shown: Digest) -> None:
    """Every story stands in exactly one message, in the digest's order, under the next number."""
    ids = [card.id for section in shown.sections for card in section.cards]
    assert [story for message in sent for story in message.stories] == ids
    firsts = [message.first for message in sent]
    assert firsts == [1 + sum(len(message.stories) for message in sent[:n]) for n in range(len(sent))]
    for message in sent:
        for number in range(message.first, message.first + len(message.stories)):
            assert re.search(rf"(?:^|\n){number}\. \S", message.text)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ru", "Дайджест · 14–17\u00a0сентября 2026\n\nЗа это время новых сюжетов нет."),
        ("en", "Digest · 14–17\u00a0September 2026\n\nNo new stories in this time."),
    ],
)
def test_an_empty_digest_is_a_message(lang: str, text: str) -> None:
    """One message that says so, with no story in it."""
    (message,) = told(lang=lang)
    assert (message.text, message.stories, message.first) == (text, (), 1)
    assert [mark.type for mark in message.marks] == ["bold"]


def many(count: int, **over: Any) -> list[StoryCard]:
    say = "Предложение средней длины, каких в постах большинство. " * 3
    return [
        make_card(n, f"Сюжет номер {n}", rank=100.0 - n, topics=(("llm", "agents", "infra")[n % 3],), **over)
        if over
        else make_card(n, f"Сюжет номер {n}", rank=100.0 - n, sentences=(says(say, n * 10, kind=None),))
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("length", Length)
@pytest.mark.parametrize("count", [45, 100])
def test_messages_are_filled(count: int, length: Length) -> None:
    """Each message holds as many stories as it can: the first of the next would not have fitted."""
    sent = told(*many(count), length=length)
    assert_within_limits(sent)
    assert_tells(sent, digest(*many(count)))
    assert len(sent) > 1
    for message, following in pairwise(sent):
        piece = following.text.split("\n\n")[0]
        marks = tuple(mark for mark in following.marks if mark.offset < units(piece))
        assert (
            units(message.text) + 2 + units(piece) > 4096
            or len(message.marks) + len(marks) > 100
            or size(message.marks) + size(marks) > 8500
        )


def test_a_heading_stands_once_before_its_first_story() -> None:
    """A topic goes into the message of its first story, and is not repeated where it goes on in the next."""
    sent = told(*many(60, sentences=()))
    assert len(sent) > 1
    for title in ("ЯЗЫКОВЫЕ МОДЕЛИ", "АГЕНТЫ", "ИНФЕРЕНС И\u00a0ЖЕЛЕЗО"):
        assert sum(message.text.count(title) for message in sent) == 1
        assert any(re.search(rf"(?:^|\n\n){title}\n\d+\. ", message.text) for message in sent)
    assert sent[0].text.startswith("Дайджест · ")
    assert all("Дайджест" not in message.text for message in sent[1:])


def test_more_than_a_hundred_marks() -> None:
    """Short stories with many links are parted by the number of entities, long before the text is too long."""
    posts = tuple(make_post(n, "АБВГД"[n % 5]) for n in range(5))
    sentences = tuple(says("Да.", *range(5), kind=ClaimKind.AGREED) for _ in range(3))
    cards = [make_card(n, f"С{n}", posts=posts, title_post=0, sentences=sentences, rank=-n) for n in range(1, 13)]
    sent = told(*cards, length=Length.LONG)
    assert_within_limits(sent)
    assert_tells(sent, digest(*cards))
    assert len(sent) > 2
    assert max(units(message.text) for message in sent) < 2000


def test_long_addresses_count() -> None:
    """Entities are parted by their bytes, too, with letters beyond ASCII as they are escaped on the way."""
    cards = [
        make_card(n, posts=(make_post(n, url=f"https://пример.рф/{'я' * 100}/{n}"),), rank=-n) for n in range(1, 21)
    ]
    sent = told(*cards)
    assert_within_limits(sent)
    assert_tells(sent, digest(*cards))
    assert len(sent) > 2


WIDE = "Слово за слово, и так до самого конца очень длинного предложения, "


def widest(claimed: int, channels: int, **over: Any) -> StoryCard:
    """A story with everything at its longest; each sentence begins with its number."""
    claims = tuple(says(f"№{n} " + WIDE * 9, n, kind=None) for n in range(1, claimed + 1))
    sources = tuple(make_post(n, f"{n}-й " + "канал " * 20) for n in range(1, channels + 1))
    fields: dict[str, Any] = {"posts": sources, "title_post": 1, "sentences": claims[:3], "claims": claims}
    return make_card(1, WIDE * 9, **(fields | over))


def test_a_story_too_long_loses_of_its_quote_first() -> None:
    """What does not fit is left out from the end of the quote, which says so; what is shown directly is all there."""
    (message,) = told(widest(9, 17), length=Length.LONG)
    assert_within_limits([message])
    assert message.text.endswith("…")
    (quote,) = (under(message, mark) for mark in message.marks if mark.type == "expandable_blockquote")
    shown = message.text.removesuffix(quote)
    assert [n for n in range(1, 10) if f"№{n} " in shown] == [1, 2, 3]
    assert "и ещё 13 источников" in shown.replace("\u00a0", " ")
    assert 0 < sum(f"№{n} " in quote for n in range(4, 10)) < 6
    assert "-й канал" not in quote, "sources at the end of the quote go before its sentences"


def test_a_story_still_too_long_loses_sources_then_sentences() -> None:
    """Without a quote sources go first, counted among the others; then sentences, with an ellipsis; the title stays."""
    crowd = tuple(make_post(n, f"{n} " + "толпа " * 20) for n in range(1, 17))
    voices = tuple(says(f"№{n} " + WIDE * 9, *range(n, 17)) for n in (1, 2, 3))
    (message,) = told(widest(0, 1, posts=crowd, sentences=voices, claims=voices), length=Length.LONG)
    assert_within_limits([message])
    text = message.text.replace("\u00a0", " ")
    assert "и ещё 15 источников · 15 сентября, 10:40" in text
    assert [n for n in (1, 2, 3) if f"№{n} " in text] == [1, 2]
    assert re.search(r"\[16\] …\n\[1\] 1 толпа", text)


def test_a_story_of_a_single_endless_sentence_is_its_title() -> None:
    """A sentence that no message can hold, with sources that none can hold either, leaves title and time."""
    posts = tuple(make_post(n, "Один канал") for n in range(1, 120))
    card = make_card(1, "Заголовок", posts=posts, sentences=(says("Все.", *range(1, 120)),))
    (message,) = told(card)
    assert_within_limits([message])
    assert message.text.replace("\u00a0", " ").split("\n")[3:] == [
        "1. Заголовок",
        "…",
        "1 источник · 15 сентября, 10:40",
    ]


@pytest.mark.parametrize("sign", ["😀", "👩\u200d👩\u200d👧\u200d👦", "🇷🇺", "汉", "한글 ", "e\u0301", "𝕬𝕭 ", "النص "])
@pytest.mark.parametrize("length", Length)
def test_signs_of_every_width(sign: str, length: Length) -> None:
    """Emoji, letters of two units and scripts of all kinds are counted as Telegram counts, and never torn."""
    cards = [
        make_card(
            n,
            f"{n} {sign * 30}",
            rank=-n,
            posts=tuple(make_post(n * 100 + k, f"{sign * 9} {k}") for k in range(9)),
            title_post=n * 100,
            sentences=tuple(says(f"{sign * 60} {k}.", n * 100 + k) for k in range(3)),
            claims=tuple(says(f"{sign * 60} {k}.", n * 100 + k) for k in range(6)),
        )
        for n in range(1, 13)
    ]
    sent = told(*cards, length=length)
    assert_within_limits(sent)
    assert_tells(sent, digest(*cards))
    for message in sent:
        message.text.encode()


def test_a_topic_of_any_length_is_a_heading() -> None:
    """An admin's topic without end is cut, and does not push its story out."""
    topic = make_topic("long", ru="очень " * 1000)
    shown = Digest(
        sections=(Section(topic=topic, cards=(widest(9, 17),)),), lang="ru", since=SINCE, until=NOW, considered=1
    )
    sent = messages(shown, now=NOW, tz=MOSCOW, length=Length.LONG)
    assert_within_limits(sent)
    assert "ОЧЕНЬ…\n1. Слово" in sent[0].text


# --- anything at all -------------------------------------------------------------------------------------------------

KINDS = st.none() | st.sampled_from(ClaimKind)
TEXTS = NASTY | st.sampled_from(["Слово. " * 90, "汉" * 700, "👩\u200d👧" * 200, "да"])


@st.composite
def busy_cards(draw: st.DrawFn) -> list[StoryCard]:
    """Written stories of many posts, sources and claims, whose every text and reference is arbitrary."""
    found = []
    for n in range(1, draw(st.integers(1, 6)) + 1):
        ids = range(1, draw(st.sampled_from([1, 3, 40])) + 1)
        refs = st.integers(0, len(ids))
        names, url = draw(st.lists(TEXTS, min_size=1, max_size=4)), draw(URLS)
        origins = draw(st.lists(st.none() | NASTY, min_size=1, max_size=3))
        posts: list[StoryPost] = [
            make_post(k, names[k % len(names)], url=url, copy_of=None if k % 3 else 1, origin=origins[k % len(origins)])
            for k in ids
        ]
        claims = [
            CitedSentence(
                text=draw(TEXTS),
                post_id=draw(refs),
                also=tuple(draw(st.lists(refs, max_size=9))) if draw(st.booleans()) else tuple(ids),
                kind=draw(KINDS),
                is_new=draw(st.booleans()),
            )
            for _ in range(draw(st.integers(0, 7)))
        ]
        found.append(
            make_card(
                n,
                f"QZ{n}QZ" + draw(TEXTS),
                posts=tuple(posts),
                title_post=draw(refs),
                sentences=tuple(claims[: draw(st.integers(0, 4))]),
                claims=tuple(claims),
                topics=tuple(draw(st.lists(st.sampled_from(["llm", "agents"]), max_size=1))),
                last_seen=MORNING + timedelta(days=draw(st.integers(0, 3))),
            )
        )
    return found


@given(cards=busy_cards() | hostile_cards(), lang=st.sampled_from(["ru", "en"]), length=st.sampled_from(Length))
def test_any_digest_is_sent_whole(cards: list[StoryCard], lang: str, length: Length) -> None:
    """Whatever the posts hold: within the limits, every story once and in order, titles there, addresses safe."""
    shown = digest(*cards, lang=lang)
    sent = messages(shown, now=NOW, tz=MOSCOW, length=length)
    assert_within_limits(sent)
    assert_tells(sent, shown)
    for message in sent:
        message.text.encode()
        assert all(f"QZ{card}QZ" in message.text for card in message.stories)
        assert all(mark.url is None or safe_url(mark.url) == mark.url for mark in message.marks)
        assert not {char for char in message.text if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}} - {"\n"}
        assert not set(message.text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
