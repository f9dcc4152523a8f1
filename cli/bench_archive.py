"""An archive of any size for the bench of searching, and questions about it: invented posts with passages, vectors, keys, topics.

Pure. Words are as common as in real posts. Vectors lie around as many centres as there are subjects, and these around those of
fields; they are spread over directions as those of the bundled model are. Passages of the same post have a cosine of 0.58 on average,
of the same subject 0.46, of the same field 0.21, others 0.06: nearest neighbours are as near as among passages of 8,500 real posts.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cli import feed
from core.search import Limits
from core.store.yardstick import Invented
from summarize import embed, rarity

CHANNELS = 40
#: The archive reaches so far back; of the posts, so many are of its last days.
SPAN, LATELY, LATE = timedelta(days=3 * 365), timedelta(days=60), 0.15
#: Passages of a post, at most, and words of a passage; of these, from the post's subject.
MOST_PASSAGES, LEAST_WORDS, MOST_WORDS, ON_SUBJECT = 5, 45, 60, 0.3
FIELDS, SUBJECTS, SUBJECT_WORDS = 100, 3000, 12
#: Subjects are spoken of by the law of Zipf and Mandelbrot, with this for its shift.
SHIFT = 30
#: How much of a unit vector's squared length is common to all posts, to a field, a subject and a post; the rest is the passage's.
COMMON, OF_FIELD, OF_SUBJECT, OF_POST = 0.06, 0.15, 0.25, 0.12
#: Of a hundred posts.
ADS, DELETED, WITHOUT_TOPIC = 0.04, 0.01, 0.2
#: Keys of a post that nobody asks for: those that tell copies, and names. And papers of a subject, one of which a post has.
BANDS, NAMES, PAPERS = 8, 4, 12
#: Cosine of a question to the post that it is about.
NEAR = 0.7
_BATCH = 1000
_SYLLABLES = "ba de fi go ku la me ni po ra se ti vu xo za kel mar ton vix lun".split()

Vectors = NDArray[np.float32]


class Kind(StrEnum):
    """What a question says besides its words: nothing, the number of a paper, or limits that let few posts through."""

    PLAIN = "plain"
    PAPER = "paper"
    TENTH = "tenth"
    HUNDREDTH = "hundredth"


#: The kinds of ten questions.
KINDS = (Kind.PLAIN,) * 5 + (Kind.PAPER,) + (Kind.TENTH,) + (Kind.HUNDREDTH,) * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a post of the archive; `vector` is a unit vector."""

    kind: Kind
    words: tuple[str, ...]
    keys: tuple[str, ...]
    vector: Vectors
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Language:
    """Words, and the running sums of their chances."""

    code: str
    words: NDArray[np.object_]
    sums: NDArray[np.float64]

    def take(self, dice: np.random.Generator, count: int) -> NDArray[np.object_]:
        taken: NDArray[np.object_] = self.words[np.searchsorted(self.sums, dice.random(count) * self.sums[-1])]
        return taken


@dataclass(frozen=True, slots=True)
class _Subject:
    """What posts on it have in common; `number` says which vectors they lie around."""

    number: int
    language: _Language
    words: NDArray[np.object_]
    topic: str


class Archive:
    """`count` posts up to `ends`, in the order of their times, the same for the same seed. Their numbers begin at 1."""

    def __init__(self, count: int, *, ends: datetime, channels: Sequence[int], seed: int = 1) -> None:
        """`channels`: ids of rows, among which the posts are spread."""
        self._dice = np.random.default_rng(seed)
        self._channels = channels
        ago = np.where(self._dice.random(count) < LATE, LATELY / SPAN, 1.0) * self._dice.random(count)
        self.times = [ends - SPAN * float(share) for share in np.sort(ago)[::-1]]
        self._spread = _spread()
        fields = self._scattered(FIELDS) * OF_FIELD**0.5 + self._scattered(1) * COMMON**0.5
        self._centres = self._scattered(SUBJECTS) * OF_SUBJECT**0.5 + fields[np.arange(SUBJECTS) % FIELDS]
        self._subjects = _subjects(self._dice)
        shares = 1 / (SHIFT + np.arange(SUBJECTS))
        self._chances = shares / shares.sum()

    def batches(self) -> Iterator[list[Invented]]:
        """The posts; taken once, since the dice roll on."""
        for begins in range(0, len(self.times), _BATCH):
            yield list(self._posts(range(begins, min(begins + _BATCH, len(self.times)))))

    def questions(self, about: Iterable[Invented]) -> Iterator[Question]:
        """A question about each of some posts of the archive, of the KINDS in turn."""
        for post, kind in zip(about, itertools.cycle(KINDS), strict=False):
            yield self._question(post, kind)

    # --- posts ---

    def _posts(self, places: Sequence[int]) -> Iterator[Invented]:
        dice = self._dice
        passages = dice.integers(1, MOST_PASSAGES, size=len(places), endpoint=True)
        numbers = dice.choice(SUBJECTS, size=len(places), p=self._chances)
        of_post = self._centres[numbers] + self._scattered(len(places)) * OF_POST**0.5
        own = self._scattered(int(passages.sum())) * (1 - COMMON - OF_FIELD - OF_SUBJECT - OF_POST) ** 0.5
        vectors = np.split(_unit(np.repeat(of_post, passages, axis=0) + own), np.cumsum(passages)[:-1])
        for place, number, rows in zip(places, numbers, vectors, strict=True):
            yield self._post(place, self._subjects[number], rows)

    def _post(self, place: int, subject: _Subject, vectors: Vectors) -> Invented:
        dice = self._dice
        name = "".join(dice.choice(_SYLLABLES, size=4)).capitalize()
        parts = [self._passage(subject, name) for _ in vectors]
        text = "\n".join(parts)
        ends = list(itertools.accumulate(len(part) + 1 for part in parts))
        chances = dice.random(3)
        return Invented(
            id=place + 1,
            channel_id=self._channels[int(dice.integers(len(self._channels)))],
            time=self.times[place],
            lang=subject.language.code,
            text=text,
            ad="ad" if chances[0] < ADS else "none",
            deleted=bool(chances[1] < DELETED),
            topics={} if chances[2] < WITHOUT_TOPIC else {subject.topic: round(float(0.5 + chances[2] / 2), 3)},
            keys=tuple(_keys(place, name, subject)),
            spans=tuple(
                (begin, end - 1, _hash(part)) for begin, end, part in zip([0, *ends], ends, parts, strict=False)
            ),
            vectors=np.vstack([embed.whole(vectors)[None, :], vectors]),
        )

    def _passage(self, subject: _Subject, name: str) -> str:
        total = int(self._dice.integers(LEAST_WORDS, MOST_WORDS))
        on_subject = int(total * ON_SUBJECT)
        words = np.concatenate(
            [
                subject.words[self._dice.integers(SUBJECT_WORDS, size=on_subject)],
                subject.language.take(self._dice, total - on_subject),
            ]
        )
        self._dice.shuffle(words)
        sentences = [" ".join(words[begin : begin + 12]) for begin in range(0, total, 12)]
        return f"{name} {'. '.join(sentences)}."

    def _scattered(self, count: int) -> Vectors:
        """Vectors of about unit length in random directions, to some of which the model tends more than to others."""
        drawn = self._dice.standard_normal((count, embed.LOCAL_DIMENSION), dtype=np.float32)
        scattered: Vectors = drawn * self._spread
        return scattered

    # --- questions ---

    def _question(self, post: Invented, kind: Kind) -> Question:
        dice = self._dice
        said = sorted(set(post.text.replace(".", "").split()))
        count = int(dice.integers(3, 8, endpoint=True))
        words = tuple(str(word) for word in dice.choice(said, size=count, replace=False))
        whole = post.vectors[0]
        aside = self._scattered(1)[0]
        aside = aside - (aside @ whole) * whole
        vector = NEAR * whole + (1 - NEAR**2) ** 0.5 * aside / np.linalg.norm(aside)
        keys = tuple(key for key in post.keys if kind is Kind.PAPER and key.startswith("arxiv:"))
        return Question(
            kind=kind,
            words=words,
            keys=keys,
            vector=vector.astype(np.float32),
            limits=self._limits(post, kind),
        )

    def _limits(self, post: Invented, kind: Kind) -> Limits:
        """Limits that let the post through: a time alone, or a longer one with a channel or a topic."""
        if kind not in {Kind.TENTH, Kind.HUNDREDTH}:
            return Limits()
        share = 0.1 if kind is Kind.TENTH else 0.01
        which = int(self._dice.integers(3)) if kind is Kind.HUNDREDTH else 0
        if which == 1:
            return self._window(post, share * CHANNELS, channels=(post.channel_id,))
        if which == 2 and post.topics:
            kinds = len({subject.topic for subject in self._subjects})
            return self._window(post, share * kinds / (1 - WITHOUT_TOPIC), topics=tuple(post.topics))
        return self._window(post, share)

    def _window(
        self, post: Invented, share: float, *, channels: tuple[int, ...] = (), topics: tuple[str, ...] = ()
    ) -> Limits:
        """A time that has such a share of the posts, this one among them."""
        width = int(len(self.times) * share)
        begins = min(max(0, post.id - 1 - int(self._dice.integers(max(1, width)))), len(self.times) - 1 - width)
        return Limits(
            channels=channels, topics=topics, since=self.times[begins], until=self.times[begins + max(1, width)]
        )


def _keys(place: int, name: str, subject: _Subject) -> Iterator[str]:
    yield from (f"band:{band}:{_hash(f'{band} {place}').hex()}" for band in range(BANDS))
    yield f"head:{_hash(f'head {place}').hex()[:16]}"
    yield f"text:{_hash(f'text {place}').hex()}"
    yield f"name:{name.lower()}"
    yield from (f"name:{word}" for word in dict.fromkeys(subject.words[: NAMES - 1]))
    yield f"arxiv:{2301 + place % PAPERS}.{subject.number:05}"


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _unit(vectors: Vectors) -> Vectors:
    found: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def _spread() -> Vectors:
    """How far vectors of the bundled model spread along each of its main directions (2,500 real posts), in all 1."""
    place = np.arange(1, embed.LOCAL_DIMENSION + 1)
    variance = place**-0.25 * np.exp(-place / 100)
    spread: Vectors = np.sqrt(variance / variance.sum()).astype(np.float32)
    return spread


def _subjects(dice: np.random.Generator) -> list[_Subject]:
    known = {word: count for word, count in rarity.stems().items() if word.isalpha()}
    languages = [
        _language(code, {word: count for word, count in known.items() if word.isascii() is (code == "en")})
        for code in ("ru", "en")
    ]
    slugs = [topic.slug for topic in feed.taxonomy()]
    found = []
    for number in range(SUBJECTS):
        language = languages[int(dice.random() < 0.3)]
        words = language.words[dice.integers(len(language.words), size=SUBJECT_WORDS)]
        found.append(_Subject(number, language, words, slugs[number % len(slugs)]))
    return found


def _language(code: str, counts: dict[str, int]) -> _Language:
    return _Language(code, np.array(list(counts), dtype=object), np.cumsum(list(counts.values()), dtype=np.float64))
