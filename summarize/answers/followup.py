"""Makes a follow-up whole: "and the 7B?" is asked of what was asked and answered before.

Pure; no model. What the new question names takes the place of what it stands for: a size of a size, a name of a name.
"""

from __future__ import annotations

import re

from core.answers import LONGEST, Before
from summarize.claims import named

#: What goes on with something: it opens a follow-up, or points back.
_OPENS = re.compile(r"^\W*(?:а|и|ну|но|and|but|so|then|what about|how about|also)\b(?!\s+(?:ещё|еще)\b)", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:он|она|оно|они|его|её|ее|их|ему|ей|им|нём|нем|ней|них|там|туда|оттуда|тогда|это|этого|этой|этом|этих|эта|этот|эти"
    r"|тот|та|те|того|той|тех|второй|вторая|третий|третья|третью"
    r"|it|its|he|she|they|them|their|his|her|there|then|this|that|these|those|one|ones|same|second|third|other)\b",
    re.IGNORECASE,
)
#: What asks something of its own, so that nothing of the former question is replaced.
_ASKS = re.compile(
    r"\b(?:что|кто|где|когда|как|какой|какая|какое|какие|какую|каком|сколько|почему|зачем|чем|куда|откуда"
    r"|what(?! about)|who|where|when|which|why|how(?! about)|did|does|do)\b",
    re.IGNORECASE,
)
#: Sizes and versions: with a digit, and short.
_SIZED = re.compile(r"(?=[\w.-]*\d)[\w.-]{1,8}\Z")
#: A question that names something and says so much stands alone.
ENOUGH_WORDS = 4
#: So many names of an answer go with the question after it.
MOST_SUBJECTS = 3


def whole(text: str, before: Before | None) -> str:
    """The question as one that can be asked on its own; as it is, where it goes on with nothing."""
    if before is None or stands_alone(text) or not (before.sure or points_back(text)):
        return text
    asked = _named_in(before.question) if _ASKS.search(text) else ""
    asked = asked or _without_replaced(before.question, text)
    known = named.known(f"{before.question}\n{text}")
    subjects = [
        name
        for name in dict.fromkeys(name.text for said in before.sentences[:1] for name in named.names(said))
        if not named.stands(name, known)
    ][:MOST_SUBJECTS]
    context = "; ".join(part for part in (asked, ", ".join(subjects)) if part)
    return f"{text.strip()} ({context})"[:LONGEST]


def points_back(text: str) -> bool:
    """Whether a question says that it goes on with something: "and the second one?". After a name "it" means that name."""
    back = _BACK.search(text)
    return bool(_OPENS.match(text)) or (back is not None and not _named(text[: back.start()]))


def _named(text: str) -> bool:
    return any(not name.opens for name in named.names(text))


def stands_alone(text: str) -> bool:
    """Whether a question names what it is about, and points back to nothing."""
    if points_back(text):
        return False
    return _named(text) and len(re.findall(r"\w+", text)) >= ENOUGH_WORDS


def _named_in(asked: str) -> str:
    """What a question names: what it asked of that is over, where the new one asks something of its own."""
    quoted = re.findall(r"[«“\"]([^«»“”\"]+)[»”\"]", asked)
    names = [name.text for name in named.names(asked) if not name.opens]
    foreign = re.findall(r"[A-Za-z][\w.+-]{2,}", asked) if re.search("[а-яё]", asked, re.IGNORECASE) else []
    found = [*quoted, *(name for name in (*names, *foreign) if not any(name in one for one in quoted))]
    return ", ".join(dict.fromkeys(found))


def _without_replaced(asked: str, text: str) -> str:
    """What was asked, less what the new question puts in its place."""
    fresh = [name.text for name in named.names(text)]
    kept = asked.strip().rstrip("?.! ")
    if not fresh or not _OPENS.match(text) or _ASKS.search(text):
        return kept
    former = [name for name in named.names(asked) if name.text not in fresh]
    for new in fresh:
        sized = _SIZED.fullmatch(new) is not None
        alike = [name for name in former if (_SIZED.fullmatch(name.text.split()[-1]) is not None) == sized] or former
        if alike:
            gone = alike[-1]
            former.remove(gone)
            last = gone.text.split()[-1] if sized else gone.text
            kept = re.sub(rf"(?<!\w){re.escape(last)}(?!\w)", " ", kept)
    return " ".join(kept.split())
