"""The page: structure, links, escaping, the limit of a message, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.page import MESSAGE_UNITS, page
from bot.select import Digest, select
from bot.spans import units
from bot.typography import bound
from core.types import CitedSentence, StoryCard
from tests.unit.bot.cards import MOSCOW, NASTY, NOW, TIMES, TOPICS, hostile_cards, make_card, make_post, sample_cards

VOID = {"meta"}


class Reader(HTMLParser):
    """Collects what a browser would see, and fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.bubbles: list[str] = []
        self.titles: list[str] = []
        self.feed(html)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)
        if tag == "section":
            self.bubbles.append("")
        if tag == "h3":
            self.titles.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "section" in self.stack:
            self.bubbles[-1] += data
        if "h3" in self.stack:
            self.titles[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def digest(*cards: StoryCard, lang: str = "ru") -> Digest:
    return select(cards, TOPICS, limit=200, lang=lang, since=None, until=None)


def html_of(*cards: StoryCard, lang: str = "ru", title: str = "Сводка") -> str:
    return page(digest(*cards, lang=lang), now=NOW, tz=MOSCOW, title=title)


def test_page_of_the_sample() -> None:
    """Every story stands in a bubble under its topic, with its title linked to its best source."""
    read = Reader(html_of(*sample_cards()))
    assert sorted(read.titles) == sorted(bound(card.title) for card in sample_cards())
    links = [attrs["href"] for attrs in read.all("a")]
    assert "https://t.me/polynya_lab/211" in links
    assert len(read.all("h2")) == 5
    assert len(read.bubbles) == 6, "the heading and one for each section"
    assert all("09:00" in bubble for bubble in read.bubbles), "each with the time it was sent"


@pytest.mark.parametrize(("lang", "said", "bot"), [("ru", "ru", "бот"), ("en", "en", "bot"), ("zz", "en", "bot")])
def test_language_of_the_page(lang: str, said: str, bot: str) -> None:
    """The document names its language, and marks sentences in another."""
    card = make_card(1, sentences=(CitedSentence(text="Обычное русское предложение.", post_id=10),))
    html = html_of(card, lang=lang)
    assert Reader(html).all("html") == [{"lang": said}]
    assert f"<p>{bot}</p>" in html
    assert ('<bdi lang="ru">' in html) is (said != "ru")


def test_nothing_comes_from_outside() -> None:
    """The page has no script and loads nothing: its policy allows its own style sheet alone, by hash."""
    html = html_of(*sample_cards())
    found = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert found
    style = found.group(1)
    csp = next(attrs["content"] for attrs in Reader(html).all("meta") if "http-equiv" in attrs)
    assert csp
    assert "default-src 'none'" in csp
    assert "script-src" not in csp
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in csp
    assert re.findall(r'url\((?!"data:)', style) == []
    assert "@import" not in style


def test_links_open_apart_and_tell_nothing() -> None:
    """Every link has noopener and noreferrer."""
    links = Reader(html_of(*sample_cards())).all("a")
    assert links
    assert {attrs["rel"] for attrs in links} == {"noopener noreferrer"}


def test_further_sources_unfold() -> None:
    """Sources beyond four are in a fold that says how many they are; a very long list is cut."""
    posts = tuple(make_post(n, f"Канал {n}") for n in range(1, 31))
    html = html_of(make_card(1, posts=posts))
    assert "<summary>и\u00a0ещё 26\u00a0источников</summary>" in html
    assert html.count("<li>") == 11
    assert html.endswith("</html>\n")
    assert "<details>" not in html_of(make_card(1, posts=posts[:4]))


def test_citations_link_to_the_post_that_says_it() -> None:
    """A citation's number links to its own post, also inside a group of copies."""
    posts = (make_post(1, "A"), make_post(2, "B", copy_of=1), make_post(3, "C"))
    card = make_card(1, posts=posts, sentences=(CitedSentence(text="Слово.", post_id=2),))
    cites = [attrs["href"] for attrs in Reader(html_of(card)).all("a") if attrs.get("class") == "cite"]
    assert cites == ["https://t.me/invented/2"]


def test_story_without_links_is_text() -> None:
    """Where no link can open there is none."""
    read = Reader(html_of(make_card(1, posts=(make_post(1, url=None), make_post(2, "B", url="javascript:alert(1)")))))
    assert read.all("a") == []
    assert read.titles == ["Сюжет номер 1"]


def test_a_dump_is_named_as_a_file() -> None:
    """The page, too, says that a forward comes from a file, not that a channel called like it forwarded it."""
    dumped = make_post(1, "май", url=None, message_id=None, origin="Сиолошная")
    shown = select([make_card(posts=(dumped,))], TOPICS, limit=9, lang="ru", since=None, until=None)
    html = page(shown, now=NOW, tz=MOSCOW, title="Сводка")
    assert "Сиолошная, из файла май" in html
    assert "переслано" not in html


def test_long_sections_are_split_between_stories() -> None:
    """A section too long for one Telegram message goes on in the next bubble; only the last has a tail."""
    say = "Очень длинное предложение " * 15
    cards = [
        make_card(n, f"Заголовок №{n}", sentences=tuple(CitedSentence(text=f"{say}{i}", post_id=n * 10) for i in "ab"))
        for n in range(1, 21)
    ]
    html = html_of(*cards)
    read = Reader(html)
    assert len(read.bubbles) > 3
    assert all(units(bubble) <= MESSAGE_UNITS for bubble in read.bubbles)
    assert html.count('class="bubble tail"') == 2, "the heading's and the section's last"
    assert len(read.titles) == 20


def test_longest_story_fits_into_one_message() -> None:
    """Even a story with everything at its longest stays within a message."""
    posts = tuple(
        make_post(n, f"{n} " + "😀" * 300, origin=f"{n} " + "😎" * 300, origin_url=f"https://t.me/o/{n}")
        for n in range(1, 40)
    )
    long = "😀 слово " * 500
    card = make_card(1, long, posts=posts, sentences=tuple(CitedSentence(text=long + c, post_id=1) for c in "abc"))
    assert max(units(bubble) for bubble in Reader(html_of(card)).bubbles) <= MESSAGE_UNITS


def test_empty_digest_is_a_message() -> None:
    """Without stories the bot still says something true."""
    assert "За это время новых сюжетов нет." in Reader(html_of()).bubbles[1]


def test_title_of_the_page_is_escaped() -> None:
    """The bot's name is text, and its initial is its first letter."""
    html = html_of(title='«<b>сводка"')
    assert "<b>" not in html
    assert ">B</span>" in html


@given(
    cards=hostile_cards(),
    lang=st.sampled_from(["ru", "en"]),
    now=TIMES,
    title=NASTY,
    tz=st.sampled_from([MOSCOW, ZoneInfo("Pacific/Kiritimati")]),
)
def test_any_content_is_only_text(cards: list[StoryCard], lang: str, now: datetime, title: str, tz: ZoneInfo) -> None:
    """Whatever the posts hold, tags are ours alone and match, links are allowed ones, each title stands once."""
    html = page(digest(*cards, lang=lang), now=now, tz=tz, title=title)
    html.encode()
    read = Reader(html)
    assert {tag for tag, _ in read.tags} <= {tag for tag, _ in Reader(html_of(*sample_cards())).tags}
    assert not [name for _, attrs in read.tags for name in attrs if name.startswith("on") or name in {"style", "src"}]
    for attrs in read.all("a"):
        assert re.match(r"(https?|tg)://[^\s/]", attrs["href"] or "", re.IGNORECASE)
    assert len(read.titles) == len(cards)
    for card in cards:
        assert sum(found.count(f"QZ{card.id}QZ") for found in read.titles) == 1
    assert all(units(bubble) <= MESSAGE_UNITS for bubble in read.bubbles)


def test_names_are_not_parted_from_their_versions() -> None:
    """A row does not end at the hyphen of `Orrin-2`; what only looks like markup stays text."""
    html = page(digest(make_card(1, "Вышла Orrin-2.1 & gpt-4o, <b>-1")), now=NOW, tz=MOSCOW, title="Сводка")
    assert 'Вышла <span class="name">Orrin-2.1</span> &amp; <span class="name">gpt-4o</span>, &lt;b&gt;-1' in html
