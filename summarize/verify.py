"""From a model's answer to a summary that holds: every sentence is checked against the posts it cites, what fails is
dropped or replaced by sentences of the posts, and who stands behind a claim is decided here, not by the model.

Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from core.types import ClaimKind
from core.written import Claim
from summarize import ads, fence, headline
from summarize import text as texts
from summarize.claims import checks
from summarize.claims.checks import Fault, Similarity
from summarize.extract import Extract
from summarize.material import Material, Source
from summarize.schemas import ClaimAnswer, SummaryAnswer

TITLE_LENGTH = 80
LEAST_CLAIMS, MOST_CLAIMS = 2, 5
MOST_GIST, MOST_TOPICS = 2, 3
#: A sentence that runs on for longer is not one thought.
CLAIM_LENGTH = 400
#: A title is drawn from the first so many sentences of a post, and from at least so many characters.
LEAD_SENTENCES, LEAD_LENGTH = 3, 300
#: An answer of which no more than this share holds is not trusted with the rest either.
LEAST_HOLDING = 0.34
#: So many words of the prompt in a row are no chance.
LEAKED_WORDS = 7
#: Cosines from which on a text is taken to say what an order says, and what a post does.
NEAR, SAID = 0.3, 0.35
#: What faults are called that are none of a sentence's content.
LANGUAGE, TOPIC, OBEYS, RANKS, AD = "language", "topic", "obeys", "ranks", "ad"

#: What ranks a story among others is no part of it.
_RANKS = re.compile(
    r"\b(?:главн\w+|сам\w+\s+(?:важн|громк|ожидаем|обсуждаем|горяч)\w+|важнейш\w+|перв\w+)\s+(?:\w+\s+)?(?:новост|истори|событи|сюжет|тем)\w*"
    r"(?:\s+(?:дня|недели|выпуска|дайджеста|номера|суток|месяца|года))?\b(?=\W|$)(?:(?<=дня)|(?<=недели)|(?<=выпуска)|(?<=дайджеста)"
    r"|(?<=номера)|(?<=суток)|(?<=месяца)|(?=\s*[:—–!(]))"
    r"|\b(?:story|news)\s+of\s+the\s+(?:day|week|month)\b|\b(?:most\s+important|top|biggest|number\s+one)\s+(?:story|news)\b"
    r"|#\s?1\s+(?:story|news)|\bmust[- ]read\b|\b(?:rank|priority|importance|важность|приоритет|рейтинг)\s*[:=]\s*\d|\bpinned\s*[:=]|★{3}",
    re.IGNORECASE,
)
_PROMO = re.compile(
    r"(?=.*\b[A-ZА-ЯЁ]{3,}[-_]?\d{0,4}\b)(?:промокод\w*|\b(?:промо|promo|coupon|discount)\b|\bкод\w*\b.*скидк\w*|скидк\w*.*\bкод\w*\b|%\s+off\b)",
    re.IGNORECASE | re.DOTALL,
)
_TEASER = re.compile(
    r"[?!…]|\.\.\.$|^\W*(?:главн\w+|срочно|шок\w*|сенсаци\w+|breaking|shock\w*|must[- ]read|#\s?1)\b", re.IGNORECASE
)
#: Markdown and HTML, in pairs or at the start of a line; lone signs mean something: C#, max_new_tokens, > 90 %, ~3 %.
_PAIRED = re.compile(r"(\*\*|__|~~|\|\||`{1,3}|(?<![\w*])\*(?=\S)|(?<![\w_])_(?=\S))(?=\S)(.+?)(?<=\S)\1(?!\w)")
_LINE_MARK = re.compile(r"^\s*(?:#{1,6}|>|[-*•])\s+", re.MULTILINE)
_TAG = re.compile(r"</?[a-z][^<>]{0,80}>|\[\[.*?\]\]", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\s*[\[(](?:posts?|посты?|p|п)\.?\s*\d{1,3}(?:\s*(?:,|and|и)\s*\d{1,3})*[\])]|\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\](?=[\s.!?…]*$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an answer is held against: the story, the language, what the prompt said, the claims of earlier versions.

    `likely` are the topics that the posts themselves give reason for; `extract` are the posts' own sentences.
    """

    material: Material
    lang: str
    prompt: str
    marker: str
    likely: Collection[str]
    earlier: Sequence[Claim]
    extract: Extract
    similar: Similarity | None = None

    @cached_property
    def orders(self) -> list[str]:
        """The sentences that speak to machines, or may."""
        return [found.text for said in self.material.orders for found in texts.sentences(said)]

    @cached_property
    def tainted(self) -> frozenset[str]:
        """Stems that only what is said to machines has: a sentence that holds one obeys it."""
        ordered = frozenset[str]().union(*map(_stems, self.material.orders))
        believed = frozenset[str]().union(*(_stems(source.text) for source in self.material.sources))
        return frozenset(stem for stem in ordered - believed if len(stem) > 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What may be shown. `written` False: too little of the answer holds. `faults` counts what was found, by name;
    `dropped` the claims that do not hold, and the gist if nothing of it does.
    """

    written: bool
    title: str
    gist: tuple[Claim, ...]
    claims: tuple[Claim, ...]
    topics: tuple[str, ...]
    faults: Mapping[str, int]
    dropped: int = 0


def verify(answer: SummaryAnswer, asked: Asked) -> Verified:
    """Check an answer sentence by sentence and put together what holds."""
    found: Counter[str] = Counter()
    given = answer.claims[: 3 * MOST_CLAIMS]
    holding = [claim for item in given if (claim := _claim(item, asked, found)) is not None]
    gist = _gist(answer, asked, found)
    dropped = len(given) - len(holding) + (not gist)
    written = bool(holding or gist) and 1 - dropped / (len(given) + 1) >= LEAST_HOLDING
    if not written:
        return Verified(written=False, title="", gist=(), claims=(), topics=(), faults=dict(found), dropped=dropped)
    claims = distinct(holding, gist, asked, found)
    claims = disputed(claims, asked.material)[:MOST_CLAIMS]
    title = _title(answer.title, [*gist, *claims], asked, found)
    claims = _filled(claims, gist, title, asked)
    return Verified(
        written=True,
        title=title,
        gist=_marked_new(gist, asked),
        claims=_marked_new(claims, asked),
        topics=_topics(answer.topics, asked, found),
        faults=dict(found),
        dropped=dropped,
    )


# --- sentences -------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """A sentence as it is shown: one line, no markup, no references to posts."""
    plain = _LINE_MARK.sub("", _TAG.sub("", texts.normalise(text)))
    for _ in range(2):  # bold within italics
        plain = _PAIRED.sub(r"\2", plain)
    return " ".join(_REFERENCE.sub("", plain).split())


def _claim(item: ClaimAnswer, asked: Asked, found: Counter[str]) -> Claim | None:
    return sentence(plain(item.text), item.posts, ClaimKind(item.kind), asked, found)


def sentence(text: str, numbers: Sequence[int], kind: ClaimKind, asked: Asked, found: Counter[str]) -> Claim | None:
    """The sentence as a claim if it holds, with its dates made absolute and only with sources that support it."""
    if not text:
        return None
    cited = _cited(numbers, asked.material)
    if len(cited) < len(set(numbers)) or not cited:
        found[Fault.UNKNOWN_POST] += 1
    if not cited:
        return None
    dated = checks.absolute(text, next((source.date for source in cited if source.date), None))
    faults = set(faults_of(dated or text, cited, asked))
    if dated is None:
        faults.add(Fault.DATE)
    if len(text) > CLAIM_LENGTH or leaks(text, asked):
        faults.add(Fault.LEAK)
    if faults or dated is None:
        found.update(faults)
        return None
    kind, standing = _standing(dated, kind, cited, asked)
    return Claim(text=dated, post_ids=tuple(source.post_id for source in standing), kind=kind, lang=asked.lang)


def _cited(numbers: Sequence[int], material: Material) -> list[Source]:
    by_number = {source.number: source for source in material.sources}
    return [by_number[number] for number in dict.fromkeys(numbers) if number in by_number]


def faults_of(text: str, cited: Sequence[Source], asked: Asked) -> tuple[str, ...]:
    """What is wrong with a text that cites these posts: of its content, and of what no text of ours may do."""
    found = checks.faults(text, [source.evidence for source in cited], similar=asked.similar)
    return (
        *found,
        *([LANGUAGE] if foreign(text, asked.lang) else []),
        *([OBEYS] if _obeys(text, cited, asked) else []),
        *([RANKS] if _RANKS.search(text) else []),
        *([AD] if _sells(text) else []),
    )


def _sells(text: str) -> bool:
    """Does the sentence sell something? One that names who is being looked for, or a price, does not."""
    found = ads.verdict(text)
    return found.kind == "ad" or "promo code" in found.reasons or _PROMO.search(text) is not None


def _obeys(text: str, cited: Sequence[Source], asked: Asked) -> bool:
    """Does the text say what machines are told to say: in their words, or, in another language, nearer to them in meaning
    than to anything that the cited posts tell their readers?
    """
    if not asked.tainted.isdisjoint(_stems(text)):
        return True
    orders = asked.orders
    if not orders or asked.similar is None:
        return False
    believed = [said.text for source in cited for said in texts.sentences(source.text)]
    ordered = max(asked.similar(text, orders))
    said = max(asked.similar(text, believed), default=0.0)
    if ordered >= NEAR and ordered > said:
        return True
    # Words tell nothing across languages: beside posts that give orders, a sentence has to be near to what they say.
    return said < SAID and all(source.lang != asked.lang for source in cited)


def _stems(text: str) -> frozenset[str]:
    return frozenset(texts.keywords_stems(text))


def foreign(text: str, lang: str) -> bool:
    """Is the text in another language than it should be?"""
    spoken = texts.language(text)
    return spoken not in {lang, "und"} and len(_WORD.findall(text)) > 4


def _standing(text: str, kind: ClaimKind, cited: Sequence[Source], asked: Asked) -> tuple[ClaimKind, Sequence[Source]]:
    """Who stands behind a claim: agreed is what two independent sources each say on their own."""
    if len({source.source for source in cited}) < 2:
        return (kind if kind is ClaimKind.DISPUTED else ClaimKind.ATTRIBUTED), cited
    alone = [source for source in cited if not faults_of(text, [source], asked)]
    if len({source.source for source in alone}) >= 2:
        return (kind if kind is ClaimKind.DISPUTED else ClaimKind.AGREED), alone
    return (kind if kind is ClaimKind.DISPUTED else ClaimKind.ATTRIBUTED), alone or cited


def leaks(text: str, asked: Asked) -> bool:
    """Does the text repeat the prompt or its fence?"""
    if fence.mentions(text, asked.marker):
        return True
    said, secret = _runs(text), _runs(asked.prompt)
    return bool(said & secret)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in _WORD.findall(text)]
    return {tuple(words[start : start + LEAKED_WORDS]) for start in range(len(words) - LEAKED_WORDS + 1)}


def _gist(answer: SummaryAnswer, asked: Asked, found: Counter[str]) -> tuple[Claim, ...]:
    parts = [part.text for part in texts.sentences(plain(answer.gist.text))][:MOST_GIST]
    numbers = answer.gist.posts or [source.number for source in asked.material.sources]
    kept = [sentence(text, numbers, ClaimKind.AGREED, asked, found) for text in parts]
    return tuple(claim for claim in kept if claim is not None)


def distinct(claims: Sequence[Claim], gist: Sequence[Claim], asked: Asked, found: Counter[str]) -> list[Claim]:
    """Claims that say what neither the gist nor an earlier one says."""
    kept: list[Claim] = []
    for claim in claims:
        if checks.repeats(claim.text, [other.text for other in (*gist, *kept)], similar=asked.similar):
            found[Fault.REPEAT] += 1
            continue
        kept.append(claim)
    return kept


def disputed(claims: Sequence[Claim], material: Material) -> list[Claim]:
    """A dispute has two sides, told by different sources; a side that stands alone is what its source says."""
    voices = {source.post_id: source.source for source in material.sources}
    sides = [{voices[post] for post in claim.post_ids} for claim in claims if claim.kind is ClaimKind.DISPUTED]
    real = len(sides) > 1 and any(one.isdisjoint(other) for place, one in enumerate(sides) for other in sides[:place])
    if real:
        return list(claims)
    return [
        Claim(text=claim.text, post_ids=claim.post_ids, kind=ClaimKind.ATTRIBUTED, lang=claim.lang)
        if claim.kind is ClaimKind.DISPUTED
        else claim
        for claim in claims
    ]


def _filled(claims: Sequence[Claim], gist: Sequence[Claim], title: str, asked: Asked) -> list[Claim]:
    """With too few claims left, the posts' own sentences take the places of those that failed."""
    kept = list(claims)
    for own in asked.extract.sentences:
        if len(kept) >= LEAST_CLAIMS:
            break
        said = [title, *(claim.text for claim in (*gist, *kept))]
        if checks.repeats(own.text, said, similar=asked.similar):
            continue
        kept.append(Claim(text=own.text, post_ids=(own.post_key,), extracted=True, lang=asked.extract.lang))
    return kept


def _marked_new(claims: Sequence[Claim], asked: Asked) -> tuple[Claim, ...]:
    """Claims with when they were first made, and whether that is now; in a first version nothing is new."""
    return tuple(_dated(claim, asked) for claim in claims)


def _dated(claim: Claim, asked: Asked) -> Claim:
    known = next((one for one in asked.earlier if checks.repeats(claim.text, [one.text], similar=asked.similar)), None)
    if known is None:
        return replace(claim, told_at=asked.material.covers_until, is_new=bool(asked.earlier))
    return replace(claim, told_at=known.told_at)


# --- title and topics ------------------------------------------------------------------------------------------------


def _title(text: str, said: Sequence[Claim], asked: Asked, found: Counter[str]) -> str:
    """The model's title if it holds and says what happened; else the first sentence that can be one, else the posts'."""
    title = headline.titled(plain(text))
    if len(title) > TITLE_LENGTH:
        title = headline.fit(title, TITLE_LENGTH)
    if title and len(title) <= TITLE_LENGTH and not _title_faults(title, asked, found):
        return title
    for claim in said:
        short = headline.fit(headline.titled(claim.text), TITLE_LENGTH)
        if short and len(short) <= TITLE_LENGTH:
            return short
    return asked.extract.title


def _title_faults(title: str, asked: Asked, found: Counter[str]) -> bool:
    faults = {
        f"title {fault}" for fault in faults_of(title, [_lead(source) for source in asked.material.sources], asked)
    }
    if _TEASER.search(title) or checks.absolute(title, None) is None:
        faults.add("title teaser")
    if leaks(title, asked):
        faults.add(f"title {Fault.LEAK}")
    found.update(faults)
    return bool(faults)


def _lead(source: Source) -> Source:
    """A post as far as a title may be drawn from it: its opening, where the news is."""
    found = texts.sentences(source.quotable)
    last = next((one for place, one in enumerate(found, 1) if place >= LEAD_SENTENCES and one.end >= LEAD_LENGTH), None)
    return replace(source, text=source.quotable if last is None else source.quotable[: last.end])


def _topics(given: Sequence[str], asked: Asked, found: Counter[str]) -> tuple[str, ...]:
    """Topics that the model names and the posts give reason for: a post's order makes no topic."""
    wanted = list(dict.fromkeys(slug.strip().lower().lstrip("#") for slug in given))
    likely = [slug for slug in wanted if slug in asked.likely]
    if len(wanted) > len(likely):
        found[TOPIC] += len(wanted) - len(likely)
    return tuple(likely[:MOST_TOPICS])
