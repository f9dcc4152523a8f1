"""Since when what a model wrote of a story has been known.

Pure. Who has seen a story is shown what has become known since. So a claim counts from the version that first made it; but
what the first version of all tells was in the posts already, whose own sentences were shown until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from core.written import Claim, Summary
from summarize.text import keywords_stems


def known_at(claim: Claim, versions: Sequence[Summary], came: Mapping[int, datetime]) -> datetime | None:
    """Since when the claim of the last of `versions` (oldest first, also those of stories that were merged) is known.

    `came`: when the posts of the story came to us. None if none of the posts is among them and no version makes the claim.
    """
    posts = min((came[post] for post in claim.post_ids if post in came), default=None)
    place = _first(claim, versions)
    if place is None or (claim.extracted and claim.told_at is None):
        return posts
    version = versions[place]
    is_first = not any(one.written and one.story_id == version.story_id for one in versions[:place])
    return min(posts, version.made_at) if is_first and posts is not None else version.made_at


def _first(claim: Claim, versions: Sequence[Summary]) -> int | None:
    """Which of the versions made the claim first, in these words or in others."""
    place = next((place for place, version in enumerate(versions) if _same(claim, version) is not None), None)
    if place is None:
        return None
    said = _same(claim, versions[place])
    if said is None or said.is_new or claim.told_at is None:
        return place
    # It was told before, of posts up to that time. Two versions may cover the same time: the likelier words count.
    others = [other for version in versions[:place] for other in _claims(version) if other.told_at == claim.told_at]
    if not others:
        return place
    return _first(max(others, key=lambda other: _overlap(other.text, claim.text)), versions[:place])


def _same(claim: Claim, version: Summary) -> Claim | None:
    return next((one for one in _claims(version) if one.text == claim.text and one.told_at == claim.told_at), None)


def _claims(version: Summary) -> Iterator[Claim]:
    yield from version.gist
    yield from version.claims


def _overlap(one: str, two: str) -> float:
    """Share of the shorter text's words that the other has."""
    left, right = set(keywords_stems(one)), set(keywords_stems(two))
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0
