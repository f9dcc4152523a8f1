"""What a question wants to hear (a number, a time, a name, a place, a reason), and whether a sentence has such a thing to tell.

Pure.
"""

from __future__ import annotations

import re
from enum import StrEnum

from summarize.claims import named, quantities
from summarize.claims.dates import whens
from summarize.search.question import Question


class Kind(StrEnum):
    """A kind of answer."""

    NUMBER = "number"
    TIME = "time"
    NAME = "name"
    PLACE = "place"
    REASON = "reason"


#: Nouns that are told in numbers: "which accuracy", «какая доля».
_MEASURES = (
    r"accuracy|share|rate|percent\w*|price|cost|score|size|speed|resolution|temperature|frequency|salary|valuation|length|number"
    r"|amount|sum|power|revenue|budget|correlation|gap|fraction|throughput|latency"
    r"|точност\w+|дол[яюи]|процент\w*|цен[аыуе]|стоимост\w+|скорост\w+|размер\w*|площад\w+|температур\w+|частот\w+|зарплат\w+|оценк\w+"
    r"|длин\w+|числ\w+|сумм\w+|мощност\w+|выручк\w+|бюджет\w*|корреляци\w+|разниц\w+|задержк\w+|фонд\w*|балл\w*|тираж\w*|объ[её]м\w*"
)
_WANTED = {
    Kind.NUMBER: re.compile(
        r"\bhow\s+(?:many|much|long|far|fast|often|big|large|old|high|heavy|well)\b|\b(?:сколько|скольк\w+|скока|скок|почём|почем|насколько)\b"
        rf"|\b(?:what|which|как(?:ой|ая|ое|ие|ую|ом|ова|ов|ово))\b(?:\s+\S+){{0,3}}?\s+(?:{_MEASURES})\b|^(?:{_MEASURES})\b",
        re.IGNORECASE,
    ),
    Kind.TIME: re.compile(
        r"\bwhen\b|\b(?:what|which)\s+(?:time|date|day|month|year)\b|\bby\s+when\b|\bкогда\b|\bво\s+сколько\b"
        r"|\b(?:какого|каком|какой)\s+(?:числа|году|месяце|день|дня|дату)\b|\b(?:deadline|дедлайн)\b",
        re.IGNORECASE,
    ),
    Kind.NAME: re.compile(
        r"\b(?:who|whom|whose)\b|\bnames?\s+of\b|\b(?:кто|кого|кому|кем|чей|чья|чьё|чье|чьи|назови)\b", re.IGNORECASE
    ),
    Kind.PLACE: re.compile(
        r"\bwhere\b|\b(?:what|which)\s+(?:city|country|town|place)\b|\b(?:где|куда|откуда|адрес)\b"
        r"|\bкак(?:ом|ой|ая)\s+(?:город\w*|стран\w*|мест\w*)\b",
        re.IGNORECASE,
    ),
    Kind.REASON: re.compile(r"\bwhy\b|\b(?:почему|зачем|из-за\s+чего|с\s+чего)\b", re.IGNORECASE),
}
_REASONS = re.compile(
    r"\b(?:because|since|due\s+to|after|caused|causes?|reasons?|so\s+that|in\s+order|потому|поскольку|из-за|так\s+как|после|причин\w+"
    r"|чтобы|поэтому|оказал\w+|виноват\w*)\b",
    re.IGNORECASE,
)


def wanted(question: Question) -> frozenset[Kind]:
    """The kinds of answer that the question asks for, none where anything may answer it."""
    found = {kind for kind, pattern in _WANTED.items() if pattern.search(question.text)}
    if Kind.TIME in found and re.search(r"\bво\s+сколько\b", question.text, re.IGNORECASE) is None:
        found.discard(Kind.NUMBER)
    return frozenset(found)


def offers(kind: Kind, text: str, question: Question) -> bool:
    """Does the text have such a thing to tell that the question does not say itself?"""
    match kind:
        case Kind.NUMBER:
            own = {quantity.value for quantity in quantities.quantities(question.text)}
            return any(one.value not in own and one.unit != "nth" for one in quantities.quantities(text))
        case Kind.TIME:
            return any(True for _ in whens(text, None))
        case Kind.NAME | Kind.PLACE:
            own_names = named.known(question.text)
            return any(
                not any(map(str.isdigit, name.text)) and not named.stands(name.text, own_names)
                for name in named.names(text)
            )
        case Kind.REASON:
            return _REASONS.search(text) is not None
