"""Does a claim turn what the posts say around, or say what they do not?

Pure but for the similarity given. Conservative: a claim is taken to contradict a sentence only if it is clearly about it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from summarize.claims import roles, swaps
from summarize.claims.check_posts import Post, keys
from summarize.claims.dates import whens
from summarize.claims.named import names
from summarize.claims.polarity import opposed
from summarize.claims.quantities import quantities
from summarize.text import language

Similarity = Callable[[str, Sequence[str]], Sequence[float]]


#: How much of a claim its best sentence must share, words and similarity together, to be denied by it.
CLEAR = 0.25
#: Sentences that share nearly as much may be the one that the claim is about, too, but only so many.
NEARLY, MOST_NEAR = 0.5, 3


def contradicts(claim: str, posts: Sequence[Post], similar: Similarity | None) -> bool:
    """Does the claim swap the posts' numbers or names, or deny what its best matching sentence says?"""
    if swaps.swapped(claim, posts) or roles.exchanged(claim, posts):
        return True
    found = best(claim, posts, similar)
    if not found or found[0][0] < CLEAR:
        return False
    near = [sentence for score, sentence in found if score >= max(CLEAR, NEARLY * found[0][0])][:MOST_NEAR]
    return any(opposed(claim, sentence, [other for _, other in found if other != sentence]) for sentence in near)


def best(claim: str, posts: Sequence[Post], similar: Similarity | None) -> list[tuple[float, str]]:
    """(score, sentence): the posts' sentences that share most with the claim, best first; none that shares nothing."""
    own = keys(claim)
    sentences = [
        (sentence, found) for post in posts for sentence, found in zip(post.sentences, post.sentence_keys, strict=True)
    ]
    near = similar(claim, [sentence for sentence, _ in sentences]) if similar and sentences else [0.0] * len(sentences)
    scored = [
        (share(own, found) + max(0.0, alike), -place, sentence)
        for place, ((sentence, found), alike) in enumerate(zip(sentences, near, strict=True))
    ]
    return [(score, sentence) for score, _, sentence in sorted(scored, reverse=True) if score > 0]


def share(own: Mapping[str, float], among: Container[str]) -> float:
    """How much of what `own` says stands `among`, 0…1."""
    total = sum(own.values())
    return sum(weight for key, weight in own.items() if key in among) / total if total else 1.0


#: What the share of words, the similarity and the facts must sum up to: in the posts' language, and in another.
LEAST, LEAST_FOREIGN = 0.47, 0.28
#: A name or a number that stands in the posts speaks for a claim, up to so many of them.
FACT, MOST_FACTS = 0.12, 3


def unsupported(claim: str, posts: Sequence[Post], similar: Similarity | None) -> bool:
    """Do the posts share too little with the claim to be what it is drawn from?"""
    own = keys(claim)
    if not own:
        return False
    said = share(own, frozenset().union(*(post.keys for post in posts)))
    near = nearest(claim, posts, similar) if similar else 0.25
    foreign = all(spoken(post.text) != spoken(claim) for post in posts)
    return said + near + FACT * min(MOST_FACTS, _facts(claim)) < (LEAST_FOREIGN if foreign else LEAST)


def _facts(claim: str) -> int:
    """How many numbers, dates and names the claim holds: all of them are looked up elsewhere."""
    numbers = sum(quantity.value > 3 or quantity.unit not in {"", "nth"} for quantity in quantities(claim))
    return numbers + sum(not name.opens for name in names(claim)) + (not numbers and bool(whens(claim)))


def spoken(text: str) -> str:
    """The text's language; for a text too short to tell, that which its script suggests."""
    found = language(text)
    return found if found != "und" else "ru" if any("а" <= letter <= "я" for letter in text.lower()) else "en"


def nearest(claim: str, posts: Sequence[Post], similar: Similarity) -> float:
    """The greatest similarity of the claim to a sentence or to a pair of neighbours."""
    windows = [
        " ".join(post.sentences[place : place + size])[:600]
        for post in posts
        for size in (1, 2)
        for place in range(len(post.sentences) - size + 1)
    ]
    return max(similar(claim, windows), default=0.0) if windows else 0.0
