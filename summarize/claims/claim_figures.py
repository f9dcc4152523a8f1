"""Measures the claim checks on labelled claims: how many true ones survive and how many false ones are caught.

Pure but for the similarity that is given.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from summarize.claims.checks import Evidence, Fault, Similarity, faults
from summarize.text import language


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A labelled claim with the posts it cites. `fault`: what is false in it, None if it is true."""

    text: str
    cited: tuple[Evidence, ...]
    lang: str
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """0…1; 1 of none."""
        return self.count / self.of if self.of else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """True claims that survive; false ones caught, whatever the fault found, in all and by the labelled fault.

    Languages are "ru" or "en", followed by "<" and the posts' where they are written in the other. `looked_up`: caught
    of those false in a number, version, name, quotation, date or link. `lost_to`: true claims by the fault found in them.
    """

    survive: Share
    caught: Share
    looked_up: Share
    by_fault: Mapping[str, Share]
    survive_by_language: Mapping[str, Share]
    caught_by_language: Mapping[str, Share]
    lost_to: Mapping[str, int]


#: Faults in what can be looked up in the posts.
LOOKED_UP = frozenset({Fault.NUMBER, Fault.VERSION, Fault.NAME, Fault.QUOTE, Fault.DATE, Fault.LINK})


def claims(rows: Iterable[Mapping[str, Any]]) -> list[Claim]:
    """The claims of a file of labelled claims, one story a row."""
    found = []
    for row in rows:
        posts = [
            Evidence(
                text=post["text"], lang=language(post["text"]), channel=post["channel"],
                date=datetime.fromisoformat(post["date"]) if post["date"] else None,
            )
            for post in row["posts"]
        ]  # fmt: skip
        found += [
            Claim(
                text=claim["text"], cited=tuple(posts[place - 1] for place in claim["posts"]), lang=row["lang"],
                fault=None if claim["true"] else claim["fault"],
            )
            for claim in row["claims"]
        ]  # fmt: skip
    return found


def figures(labelled: Sequence[Claim], *, similar: Similarity | None = None) -> Figures:
    """Check every claim and count."""
    survive: dict[str, list[bool]] = defaultdict(list)
    caught: dict[str, list[bool]] = defaultdict(list)
    by_fault: dict[str, list[bool]] = defaultdict(list)
    lost_to: Counter[str] = Counter()
    for claim in labelled:
        found = faults(claim.text, claim.cited, similar=similar)
        if claim.fault is None:
            survive[pair(claim)].append(not found)
            lost_to.update(found)
        else:
            caught[pair(claim)].append(bool(found))
            by_fault[claim.fault].append(bool(found))
    return Figures(
        survive=_share(list(chain.from_iterable(survive.values()))),
        caught=_share(list(chain.from_iterable(caught.values()))),
        looked_up=_share([found for fault, each in by_fault.items() if fault in LOOKED_UP for found in each]),
        by_fault={fault: _share(each) for fault, each in sorted(by_fault.items())},
        survive_by_language={lang: _share(each) for lang, each in sorted(survive.items())},
        caught_by_language={lang: _share(each) for lang, each in sorted(caught.items())},
        lost_to=dict(sorted(lost_to.items())),
    )


def pair(claim: Claim) -> str:
    """The claim's language, and the posts' if they are written in another."""
    other = sorted({post.lang for post in claim.cited} - {claim.lang})
    return "<".join((claim.lang, *other)) if other else claim.lang


def _share(each: Sequence[bool]) -> Share:
    return Share(count=sum(each), of=len(each))
