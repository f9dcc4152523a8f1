"""A feed of any size for the benches: invented posts whose words are as common as in real ones, in the export format.

Pure but for writing the files. Posts come in stories, copies and lone ones, under the tail lines of their channels. Each
is in one language and on one subject: posts that draw on all words alike would be as near to each other as no real ones.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from summarize import rarity

CHANNELS = 20
#: Twenty channels that post seven times a day each: more posts are a longer feed.
STEP = timedelta(days=14) / 2000
BEGINS = datetime(2026, 3, 2, tzinfo=UTC)
#: Of a hundred posts, so many forward an earlier one, and so many tell a story that is being told.
FORWARDS, FOLLOWERS = 0.08, 0.25
OPEN_STORIES, RECENT = 30, 200
#: Words of a post, drawn between these; of them from the story's own words.
LEAST_WORDS, MOST_WORDS, OWN = 15, 140, 0.6
#: Subjects of each language, the words of each, and their share of a post on it.
SUBJECTS, SUBJECT_WORDS, ON_SUBJECT = 40, 15, 0.3
_SYLLABLES = "ba de fi go ku la me ni po ra se ti vu xo za kel mar ton vix lun".split()


@dataclass(frozen=True, slots=True)
class Made:
    """A message as Telegram Desktop exports it, and the number of its channel."""

    channel: int
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Language:
    """Words with their chances, and the words of each subject."""

    words: NDArray[np.str_]
    chances: NDArray[np.float64]
    subjects: NDArray[np.str_]

    def take(self, dice: np.random.Generator, count: int) -> NDArray[np.str_]:
        return dice.choice(self.words, size=count, p=self.chances)


@dataclass(frozen=True, slots=True)
class _Story:
    language: _Language
    subject: NDArray[np.str_]
    name: str
    link: str
    words: NDArray[np.str_]


@dataclass(slots=True)
class _Draw:
    """The dice, the languages that they are thrown over, and what there is to go on with."""

    dice: np.random.Generator
    languages: tuple[_Language, ...]
    stories: deque[_Story] = field(default_factory=lambda: deque(maxlen=OPEN_STORIES))
    recent: deque[Made] = field(default_factory=lambda: deque(maxlen=RECENT))


def posts(count: int, *, seed: int = 1) -> Iterator[Made]:
    """`count` messages in the order of their times, the same for the same seed."""
    draw = _draw(seed)
    numbers = [0] * CHANNELS
    for place in range(count):
        channel = int(draw.dice.integers(CHANNELS))
        numbers[channel] += 1
        time = BEGINS + place * STEP
        made = Made(channel, _message(draw, channel, numbers[channel], time))
        draw.recent.append(made)
        yield made


def _draw(seed: int) -> _Draw:
    dice = np.random.default_rng(seed)
    known = {word: count for word, count in rarity.stems().items() if word.isalpha()}
    return _Draw(
        dice,
        tuple(
            _language(dice, {word: count for word, count in known.items() if word.isascii() is latin})
            for latin in (False, True)
        ),
    )


def _language(dice: np.random.Generator, counts: dict[str, int]) -> _Language:
    words, weights = np.array(list(counts)), np.array(list(counts.values()), dtype=np.float64)
    return _Language(words, weights / weights.sum(), dice.choice(words, size=(SUBJECTS, SUBJECT_WORDS)))


def _message(draw: _Draw, channel: int, number: int, time: datetime) -> dict[str, Any]:
    message: dict[str, Any] = {
        "id": number,
        "type": "message",
        "date": time.isoformat(timespec="seconds").removesuffix("+00:00"),
        "date_unixtime": str(int(time.timestamp())),
        "from": name(channel),
        "from_id": f"channel{identity(channel)}",
    }
    chance = draw.dice.random()
    if chance < FORWARDS and draw.recent:
        original = draw.recent[int(draw.dice.integers(len(draw.recent)))]
        entities = original.message["text_entities"]
        return {**message, "forwarded_from": name(original.channel), "text": entities, "text_entities": entities}
    if chance < FORWARDS + FOLLOWERS and draw.stories:
        story = draw.stories[int(draw.dice.integers(len(draw.stories)))]
    else:
        story = _story(draw)
        draw.stories.append(story)
    entities = _entities(draw, story, channel)
    return {**message, "text": entities, "text_entities": entities}


def _story(draw: _Draw) -> _Story:
    word = "".join(draw.dice.choice(_SYLLABLES, size=3)).capitalize()
    number = int(draw.dice.integers(1, 900))
    language = draw.languages[int(draw.dice.integers(len(draw.languages)))]
    return _Story(
        language=language,
        subject=language.subjects[int(draw.dice.integers(SUBJECTS))],
        name=f"{word}-{number}",
        link=f"https://news.example/{word.lower()}/{number}",
        words=language.take(draw.dice, int(draw.dice.integers(8, 20))),
    )


def _entities(draw: _Draw, story: _Story, channel: int) -> list[dict[str, str]]:
    total = int(draw.dice.integers(LEAST_WORDS, MOST_WORDS))
    own = int(total * OWN)
    on_subject = int(total * ON_SUBJECT)
    words = np.concatenate(
        [
            draw.dice.choice(story.words, size=own),
            draw.dice.choice(story.subject, size=on_subject),
            story.language.take(draw.dice, total - own - on_subject),
        ]
    )
    draw.dice.shuffle(words)
    sentences, start = [], 0
    while start < total:
        stop = start + int(draw.dice.integers(6, 18))
        sentences.append(" ".join(words[start:stop]).capitalize() + ".")
        start = stop
    number = int(draw.dice.integers(2, 5000))
    body = f"{story.name}: {sentences[0]}\n\n{' '.join(sentences[1:])} {story.name} {number}.\n"
    parts = [{"type": "plain", "text": body}]
    if draw.dice.random() < 0.5:
        parts.append({"type": "link", "text": story.link})
    parts.append({"type": "plain", "text": f"\n{name(channel)}: каждый день о машинном обучении"})
    return parts


def name(channel: int) -> str:
    """The name of a channel by its number."""
    return f"Стенд {channel:02}"


def identity(channel: int) -> int:
    """The bare Telegram id of a channel by its number."""
    return 3_000_000_000 + channel


def write(folder: Path, count: int, *, seed: int = 1) -> None:
    """Write a feed as one export per channel, `folder`/NN/result.json, message by message."""
    write_posts(folder, posts(count, seed=seed))


def write_posts(folder: Path, made: Iterable[Made]) -> None:
    """Write messages as exports of their channels, `folder`/NN/result.json."""
    with ExitStack() as stack:
        files: dict[int, TextIO] = {}
        for post in made:
            file = files.get(post.channel)
            if file is None:
                target = folder / f"{post.channel:02}"
                target.mkdir(parents=True)
                file = files[post.channel] = stack.enter_context((target / "result.json").open("w", encoding="utf-8"))
                head = {"name": name(post.channel), "type": "public_channel", "id": identity(post.channel)}
                file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "messages": [\n')
            else:
                file.write(",\n")
            file.write(json.dumps(post.message, ensure_ascii=False))
        for file in files.values():
            file.write("\n]}\n")
