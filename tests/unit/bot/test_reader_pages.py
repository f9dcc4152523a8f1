"""The readers' pages: in both languages, with the longest lists and the worst names, each is one that Telegram takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import commands
from bot.pages import channels, groups, info, leftovers, moments, muted, settings, topics, zone
from bot.places import Place
from bot.screens import Screen
from bot.spans import units
from bot.speech import LANGUAGES, Catalogues, Say
from core.readers import Cap, Length, Reader, ReaderKind, ReaderState
from core.store.channels import ReadChannel
from core.types import ChannelKind, Topic

NOW = datetime(2026, 11, 25, 5, tzinfo=UTC)
WORST = "🦉\u202e<b>&\u0000\n" * 600
CATALOGUES = Catalogues()

READER = Reader(
    id=2**62,
    chat_id=1,
    thread_id=None,
    kind=ReaderKind.PERSON,
    title="",
    lang="ru",
    tz="America/Argentina/Buenos_Aires",
    hour=9,
    days=(1, 2, 3, 4, 5, 6, 7),
    length=Length.NORMAL,
    quiet=False,
    all_topics=True,
    state=ReaderState.ACTIVE,
    since=NOW,
    due_at=NOW,
    created_at=NOW,
)
CHANNEL = replace(READER, kind=ReaderKind.CHANNEL, title=WORST)
GROUP = replace(READER, kind=ReaderKind.GROUP, title=WORST)
TOPICS = [
    Topic(
        slug=f"{number:02d}" + "t" * 18, position=number, title_ru=WORST, title_en=WORST, about="", names=(), stems=()
    )
    for number in range(60)
]
CHANNELS = [
    ReadChannel(
        id=2**40 + number,
        name=WORST,
        username="name_of_a_channel",
        kind=ChannelKind.PUBLIC,
        posts=10_000,
        last_post=NOW,
    )
    for number in range(300)
]
CAPPED = replace(READER, caps=tuple(Cap(channel_id=channel.id, most=3) for channel in CHANNELS))


def pages(say: Say) -> Iterator[Screen]:
    """Every page with more than it will ever hold."""
    place = Place(name_ru="Город" * 20, name_en="Town" * 20, country="US", tz=READER.tz, population=1)
    for reader in (READER, CHANNEL, GROUP):
        for state in ReaderState:
            held = replace(reader, state=state, due_at=NOW if state is ReaderState.ACTIVE else None)
            yield settings.home(held, TOPICS, say, now=NOW, yours=[CHANNEL] * 300)
            yield settings.paused(held, say, was_active=True)
        yield from (page(reader, say) for page in (settings.hours, settings.days, settings.languages))
        yield from (page(reader, say) for page in (settings.lengths, settings.quiets))
        yield zone.zone_page(reader, say, now=NOW)
        yield zone.unknown(reader, WORST, say)
        yield zone.several(reader, [place] * 5, say, now=NOW)
        yield info.ask_forget(reader, say, is_admin=True, channels=300)
        yield info.forgotten(reader, say)
        yield groups.lost(reader, say, is_removed=True)
        yield groups.lost(reader, say, is_removed=False)
        yield settings.subscribed(reader, say, now=NOW, hello=say("You are subscribed."), is_first=True)
    counts = {topic.slug: 9999 for topic in TOPICS}
    for page in (0, 1, 2, 999):
        yield topics.topics_page(READER, TOPICS, page, say, counts=counts, is_admin=True)
        yield channels.channels_page(CAPPED, CHANNELS, page, say, is_admin=True)
        yield settings.yours(READER, [CHANNEL] * 300, page, say)
    yield channels.channel_page(CAPPED, CHANNELS[0], 9999, say, now=NOW)
    yield groups.channel_subscribed(CHANNEL, settings.coming(CHANNEL, say, now=NOW, is_first=False), say)
    yield info.help_page(commands.for_readers(say), commands.for_admins(say), READER, say)
    yield info.privacy_page(say, days=3650, is_admin=True)
    yield from (page(say) for page in (groups.hello, groups.back_again, groups.only_admins, groups.not_subscribed))
    yield from (page(say) for page in (groups.in_private, info.kept_after_all, leftovers.plain, leftovers.not_words))
    yield from (leftovers.unknown(WORST, near, say) for near in (None, "unsubscribe"))
    yield from (leftovers.located(READER, tz, say, now=NOW) for tz in (READER.tz, "America/North_Dakota/New_Salem"))
    yield muted.last_topic(READER, say)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_telegram_takes_every_page(lang: str) -> None:
    """At most 4,096 units and 100 entities, 100 buttons in 10,000 bytes, 64 bytes behind each, nothing that hides text."""
    for screen in pages(Say(CATALOGUES, lang)):
        text, entities = screen.text.render()
        assert 0 < units(text) <= 4096
        assert len(entities) <= 100
        assert not {"\u202e", "\u0000"} & set(text)
        rows = [[button.model_dump(exclude_none=True) for button in row] for row in screen.buttons]
        assert sum(map(len, rows)) <= 100
        assert len(json.dumps(rows, ensure_ascii=False).encode()) <= 10_000
        for button in (button for row in rows for button in row):
            assert button["text"].strip()
            assert not {"\u202e", "\u0000"} & set(button["text"])
            assert 0 < len(button["callback_data"].encode()) <= 64


def test_no_english_is_left_on_russian_pages() -> None:
    """Every message of a Russian page has a Russian text: no page is the same in both languages."""
    russian, english = (list(pages(Say(CATALOGUES, lang))) for lang in ("ru", "en"))
    for ours, theirs in zip(russian, english, strict=True):
        assert ours.text.render()[0] != theirs.text.render()[0]


@pytest.mark.parametrize(
    ("all_topics", "chosen", "told"),
    [
        (True, set(), "all, new ones too"),
        (True, {"a"}, "all but A"),
        (True, {"a", "b", "c", "d", "e"}, "1 of 6, and new ones"),
        (True, {"a", "b", "c", "d", "e", "f"}, "none (choose at least one)"),
        (False, set(), "none (choose at least one)"),
        (False, {"b", "a"}, "A, B"),
        (False, {"a", "b", "c", "d", "e"}, "5 of 6"),
        (False, {"gone"}, "none (choose at least one)"),
    ],
)
def test_topics_in_a_line(all_topics: bool, chosen: set[str], told: str) -> None:
    """What is wanted is told by name where that is short, and counted where it is not; topics that are off don't count."""
    listed = [
        Topic(slug=slug, position=0, title_ru=slug, title_en=slug.upper(), about="", names=(), stems=())
        for slug in "abcdef"
    ]
    reader = replace(READER, all_topics=all_topics, topics=frozenset(chosen))
    assert topics.summary(reader, listed, Say(CATALOGUES, "en")) == told


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2026, 11, 25, 6, tzinfo=UTC), "сегодня в 09:00"),
        (datetime(2026, 11, 25, 20, 59, tzinfo=UTC), "сегодня в 23:59"),
        (datetime(2026, 11, 25, 21, tzinfo=UTC), "завтра, 26 ноября, в 00:00"),
        (datetime(2026, 12, 1, 6, tzinfo=UTC), "1 декабря в 09:00"),
    ],
)
def test_moments_are_those_of_the_readers_clocks(moment: datetime, told: str) -> None:
    """Today and tomorrow are the reader's, whatever the day is in UTC."""
    assert moments.when(moment, Say(CATALOGUES, "ru"), tz="Europe/Moscow", now=NOW) == told


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((1, 2, 3, 4, 5, 6, 7), "каждый день в 09:00"),
        ((1, 2, 3, 4, 5), "по будням в 09:00"),
        ((7, 1), "пн, вс в 09:00"),
    ],
)
def test_the_rhythm_in_words(days: tuple[int, ...], told: str) -> None:
    """Every day, weekdays, or the days by name."""
    assert moments.rhythm(9, days, Say(CATALOGUES, "ru")) == told
