"""The threshold of a likeness: how it and the posts around it are written, so that each is seen on its own side, and how it moves.

Pure. Answers are those of `summarize.previews`, whose cosines have four digits, as they are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.pages.admin_presses import decimal
from bot.speech import Say

#: By how much a threshold moves where there are no posts to tell by, and where it ends.
STEP, LEAST, MOST = 0.05, 0.01, 1.0
#: So many posts more are let in at once.
MORE = 2
#: Digits that a threshold has at the most, and at the least.
DIGITS, FEWEST = 4, 2
_UNITS = 10_000


# --- as it is written ------------------------------------------------------------------------------------------------


def written(threshold: float, say: Say) -> str:
    """A threshold with all of its digits, and two at the least."""
    return decimal(threshold, say, digits=_digits(threshold))


def near(cosine: float, threshold: float, say: Say) -> str:
    """How near a post is, in as many digits as the threshold: cut, so that what does not reach it is below it to the eye too."""
    digits = _digits(threshold)
    return decimal(_cut(cosine, digits), say, digits=digits)


def _digits(threshold: float) -> int:
    return next(
        (digits for digits in range(FEWEST, DIGITS) if abs(threshold - round(threshold, digits)) < 10**-6), DIGITS
    )


def _cut(cosine: float, digits: int) -> float:
    """Without the digits after these."""
    step: int = 10 ** (DIGITS - digits)
    return round(cosine * _UNITS) // step * step / _UNITS


# --- as it moves -----------------------------------------------------------------------------------------------------


def looser(answer: Mapping[str, Any]) -> float:
    """A threshold that also the nearest of the posts below it reach."""
    below = sorted((post["cosine"] for post in answer.get("below", ())), reverse=True)
    if not below:
        return _bounded(round(answer["threshold"] - STEP, FEWEST))
    return _bounded(_between([*below, -MOST][min(MORE, len(below))], below[:MORE][-1]))


def stricter(answer: Mapping[str, Any]) -> float:
    """A threshold that fewer posts reach: the nearer half of those that are shown."""
    met = sorted((post["cosine"] for post in answer["examples"]), reverse=True)
    if not met:
        return _bounded(round(answer["threshold"] + STEP, FEWEST))
    if answer["posts"] > len(met):
        return _bounded(_between(answer["threshold"], met[-1]))
    kept = len(met) // 2
    return _bounded(_between(met[kept], met[kept - 1]) if kept else _cut(met[0], FEWEST) + 10**-FEWEST)


def _between(out: float, within: float) -> float:
    """A threshold of few digits that one cosine does not reach and the other does."""
    return next((cut for digits in range(FEWEST, DIGITS) if (cut := _cut(within, digits)) > out), within)


def _bounded(threshold: float) -> float:
    return round(min(MOST, max(LEAST, threshold)), DIGITS)
