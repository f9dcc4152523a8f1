"""How a story grows by its posts, without a model: since when what its sentences say has been known, and what later posts
add to them.

Pure. Who has seen a story is shown as news of it what has become known since, so a sentence must earn that: it tells of a
number, a name or an event that no earlier post has in either language, and is no chatter, call or comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from core.types import CitedSentence
from summarize import wording
from summarize.claims import check_numbers, check_posts, check_sense, named, quantities
from summarize.extract import Extract, Source, extract
from summarize.text import normalise

#: So many claims of a story are kept: the sentences that tell it, and the newest of what was added.
MOST_CLAIMS = 8
#: So many sentences of a later post are considered.
CANDIDATES = 4
#: What a sentence must tell that is new, all in all; a number or a name is 1.
ENOUGH = 1.0
#: An abbreviation that is new says less than a name; that something happens, or that a post says it first, speaks for it.
ABBREVIATION, EVENT, OPENING_BONUS = 0.5, 0.5, 1.0
#: A name that is new in another language may be a translation.
FOREIGN = 0.5
#: More than that does not make a sentence better.
MOST_FACTS = 1.5
#: A sentence of which more than this was said before is a repetition, unless it tells two new things.
REPEATED = 0.6
#: Where hardly more than this was said before, other words are news if they tell of an event.
OTHER_WORDS = 0.4
#: Numbers as near as this are one, told more or less exactly.
ROUNDED = 0.05
LEAST_WORDS = 4
LEAST_LENGTH, MOST_LENGTH = 30, 320
#: So much of a sentence is looked for at the beginning of its post.
OPENING = 40


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A post of a story, and when what it says came to us: with it, or with a copy of it that came before."""

    source: Source
    at: datetime

    @cached_property
    def read(self) -> check_posts.Post:
        """What the post says."""
        date = self.source.date
        return check_posts.read(self.source.text, self.source.lang, date and date.date(), self.source.channel)


def claims(own: Extract, arrivals: Sequence[Arrival]) -> tuple[CitedSentence, ...]:
    """All that the posts say of a story, each sentence with since when it has been known: those of `own`, then the best of
    each later independent post that says more, the newest of them, MOST_CLAIMS in all.

    `arrivals` are the posts of the story, in any order. A sentence that earlier posts bear out was known when they came.
    """
    came = {arrival.source.post_key: arrival for arrival in arrivals}
    row = sorted((one for one in arrivals if one.source.independent and not one.source.is_copy), key=_place)
    told = [
        CitedSentence(
            text=sentence.text,
            post_id=sentence.post_key,
            known_at=_known_at(sentence.text, came[sentence.post_key], row),
        )
        for sentence in own.sentences
    ]
    return (*told, *_additions(own.title, told, row)[len(told) - MOST_CLAIMS :])


def _place(arrival: Arrival) -> tuple[datetime, datetime, int]:
    """By when posts are put in a row: as they came to us, those of one moment as they were posted."""
    return arrival.at, arrival.source.date or arrival.at, arrival.source.post_key


def _known_at(text: str, own: Arrival, row: Sequence[Arrival]) -> datetime:
    """When the first posts had come that bear the sentence out, or its own had."""
    earlier = [arrival for arrival in row if arrival.at < own.at]
    if not earlier or worth(text, own.source.lang, [arrival.read for arrival in earlier]) >= ENOUGH:
        return own.at
    for count in range(1, len(earlier)):
        if worth(text, own.source.lang, [arrival.read for arrival in earlier[:count]]) < ENOUGH:
            return earlier[count - 1].at
    return earlier[-1].at


# --- what a later post adds ------------------------------------------------------------------------------------------


def _additions(title: str, told: Sequence[CitedSentence], row: Sequence[Arrival]) -> list[CitedSentence]:
    """What the posts of the row say that neither `told` nor those before them do, a sentence each, in the row's order."""
    # A post whose quoted sentences are no news may have news all the same.
    quoted = {sentence.post_id: sentence.known_at for sentence in told}
    added: list[CitedSentence] = []
    for place, arrival in enumerate(row):
        source = arrival.source
        if place == 0 or quoted.get(source.post_key) == arrival.at:
            continue
        said = [title, *(sentence.text for sentence in (*told, *added))]
        text = _addition(source, [earlier.read for earlier in row[:place]], said)
        if text is not None:
            lang = "" if source.lang == "und" else source.lang
            added.append(CitedSentence(text=text, post_id=source.post_key, lang=lang, known_at=arrival.at))
    return added


def _addition(source: Source, earlier: Sequence[check_posts.Post], said: Sequence[str]) -> str | None:
    """The sentence of a post that tells most of what is new to the posts before it and to what is said already."""
    repeated = [check_posts.read(text, "", None, "") for text in said]
    found = [
        (worth(text, source.lang, earlier, repeated, opens=place == 0 and _opens(text, source)), -place, text)
        for place, text in enumerate(_candidates(source))
    ]
    best = max(found, default=None)
    return best[2] if best is not None and best[0] >= ENOUGH else None


def _opens(text: str, source: Source) -> bool:
    """Does the sentence stand where a post says what it has to say?"""
    return text[:OPENING] in " ".join(normalise(source.text).split())[: 4 * OPENING]


def _candidates(source: Source) -> list[str]:
    """The best sentences of a post, in reading order, that can stand as news; of a post of one line, that line."""
    found = extract([source], lang=None, max_sentences=CANDIDATES)
    texts = [sentence.text for sentence in found.sentences]
    if not texts and found.title in normalise(source.text) and "?" not in found.title:
        texts = [found.title]
    return [text for text in texts if _stands(text)]


def _stands(text: str) -> bool:
    """Can the sentence be read on its own, by whoever knows neither its author nor what stands before it?"""
    if not LEAST_LENGTH <= wording.length(text) <= MOST_LENGTH or not _states(text) or _leans(text):
        return False
    return not (
        wording.CALL.search(text)
        or wording.GREETS.match(text)
        or wording.CHATTY.search(text)
        or wording.SELF.search(text)
        or wording.COMMENT.search(text)
        or wording.MEME.search(text)
        or wording.LEANS.search(text)
        or wording.DANGLING.match(text)
        or _AUTHORS.search(text)
    )


#: The authors speak of themselves and of what they are going to tell.
_AUTHORS = re.compile(
    r"\b(?:мы|нам|нас|нами|наш\w*)\b|^(?!объ|режим|при[её]м|подъ|ким\b|крым)[а-яё]{2,}(?:аем|яем|уем|юем|ием|оем|ажем|ишем)\b",
    re.IGNORECASE,
)


def _states(text: str) -> bool:
    """Is it a statement, or at least a row of figures? Endings tell the verbs of Russian, in Cyrillic alone."""
    letters: list[str] = wording.LETTER.findall(text)
    cyrillic = sum("\u0400" <= letter <= "\u052f" for letter in letters)
    verb = wording.finite(text) if cyrillic * 5 > len(letters) else wording.VERB.search(text)
    return bool(verb) or sum(_tells(quantity, text) for quantity in quantities.quantities(text)) > 1


#: Words that stand for a name, near the beginning, and how near that is.
_PRONOUN = re.compile(
    r"\b(?:он|она|они|его|её|ее|их|ему|ей|ним|ней|ними|него|неё|нее|них|нём|he|she|it|they|his|her|its|their|them|him)\b",
    re.IGNORECASE,
)
BEGINNING = 60


def _leans(text: str) -> bool:
    """Does a pronoun near its beginning stand for what another sentence names?"""
    found = _PRONOUN.search(text[:BEGINNING])
    return found is not None and not any(name.end <= found.start() for name in named.names(text))


# --- what is new -----------------------------------------------------------------------------------------------------


def worth(
    text: str,
    lang: str,
    earlier: Sequence[check_posts.Post],
    said: Sequence[check_posts.Post] = (),
    *,
    opens: bool = False,
) -> float:
    """How much a sentence tells that neither the posts nor what is said already has; ENOUGH is news.

    `opens`: it stands where its post says what it has to say.
    """
    known = (*earlier, *said)
    foreign = all(post.lang != lang for post in earlier)
    facts = _new_numbers(text, known) + _new_names(text, known) * (FOREIGN if foreign else 1.0)
    words = check_posts.keys(text)
    told = check_sense.share(words, frozenset().union(*(post.keys for post in known)))
    if told > REPEATED:
        return min(MOST_FACTS, facts / 2)
    placed = (EVENT if wording.EVENT.search(text) else 0.0) + (OPENING_BONUS if opens else 0.0)
    if facts:
        return min(MOST_FACTS, facts) + (0.0 if foreign else placed)
    # In another language the same may have been said in words that share nothing.
    may_be_known = told > OTHER_WORDS or len(words) < LEAST_WORDS or any(post.lang != lang for post in earlier)
    return ENOUGH if placed and not may_be_known else 0.0


def _new_numbers(text: str, earlier: Sequence[check_posts.Post]) -> float:
    known = [quantity for post in earlier for quantity in post.quantities]
    return sum(
        1.0
        for quantity in quantities.quantities(text)
        if _tells(quantity, text)
        and not check_numbers.number_stands(quantity, known, earlier)
        and not any(_nearly(quantity, other) for other in known)
    )


def _tells(quantity: quantities.Quantity, text: str) -> bool:
    """Is it written in digits and more than a count of few?"""
    written = text[quantity.start : quantity.end]
    return any(map(str.isdigit, written)) and quantity.unit != "nth" and (quantity.unit != "" or quantity.value >= 10)


def _nearly(one: quantities.Quantity, other: quantities.Quantity) -> bool:
    return one.unit == other.unit and other.value != 0 and abs(one.value / other.value - 1) <= ROUNDED


def _new_names(text: str, earlier: Sequence[check_posts.Post]) -> float:
    numbers = quantities.quantities(text)
    new = {
        name.text
        for name in named.names(text)
        if not name.opens
        and not any(number.start <= name.start <= number.end + 1 for number in numbers)  # a unit
        and not any(named.stands(name.text, post.known) for post in earlier)
    }
    return sum(ABBREVIATION if name.isupper() or sum(map(str.isalpha, name)) < 3 else 1.0 for name in new)
