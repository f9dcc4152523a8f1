"""Titles: a sentence or heading freed of marks and fitted to a length at a clause boundary, never inside a statement."""

from __future__ import annotations

import re

from summarize.text import EMOJI
from summarize.wording import FINITE, balanced

TITLE_EDGE = " \t*_~`|•·–—-:;,.。"
_LABEL = re.compile(
    r"^\W*(?:(?:друзья|коллеги|ребята|народ|friends|folks|guys|everyone)\s*[,!]\s+"
    r"|(?:комментарий|дополнение|уточнение|поправка|обновление|апдейт|upd|update|follow-up|edit|reminder|breaking|срочно|молния"
    r"|новость|важно|анонс|news)\b[^:.!?\n]{0,30}:\s+(?=\S))",
    re.IGNORECASE,
)
_HASHTAG_TAIL = re.compile(r"(?:\s+#\w+)+\s*\Z")


def titled(text: str) -> str:
    """A sentence or heading as a title: no hashtags, links, bullets, emoji, final full stop or colon."""
    plain = re.sub(r"(?:https?|tg)://\S+", " ", _HASHTAG_TAIL.sub("", text)).replace("#", " #")
    plain = re.sub(r"(?<!\w) *#(?=[^\W\d])", " ", plain).replace(" #", "#")
    plain = _LABEL.sub("", plain, count=1)
    plain = " ".join(EMOJI.sub(lambda m: m.group() if m.group().isalnum() else " ", plain).split())
    plain = re.sub(r" (?=[,.!?;:](?:\s|$))", "", plain)
    ending = re.search(r"(?:\.\.\.|…|\b(?:т\.\s?[дп]|г|др|Inc|etc)\.)$", plain)
    if not re.match(r"[-+−–]\d", plain):
        plain = plain.lstrip(TITLE_EDGE)
    plain = plain.rstrip(TITLE_EDGE if not ending else " \t*_~`|•·–—-:;,")
    return plain[:1].upper() + plain[1:] if re.match("[а-яёіїєґ]", plain) else plain


# A clause may be left out when what stands before it is a statement of its own.
_CLAUSE = re.compile(
    r"\s+[—–]\s+(?=\D)|;\s+|,\s+(?=(?:котор|включая|причём|причем|поскольку|так\s+как|потому\s+что"
    r"|чтобы|где\s|из-за\s|несмотря|хотя|но\s|а\s|и\s|благодаря|"
    r"после\s|сообща|сообщил|пишет|пишут|заявил|передаёт|передает|следует\s+из|об\s+этом|говорится|отмечается|уточняет|рассказал|according|which|who"
    r"|while|because|but|and|after|as\s|including|so\s|thanks|despite|що|який|яка|які|але))"
    r"|\s+(?=(?:и|а\s+также)\s+\w+(?:ть|ться|л|ла|ли|лся|лась|лись|ет|ют|ит|ят|ется|ются)\b)|\s+(?=\()",
    re.IGNORECASE,
)
_COMMA = re.compile(
    r",\s+(?!(?:что|как|чем|когда|если|чтобы|кто|куда|зачем|почему|сколько|ли|that|if|what|how"
    r"|whether)\b)"
)
_PHRASE = re.compile(
    r"\s+(?=(?:в|во|на|для|при|после|через|during|in|on|for|with|from|at|using|after|via)\s)", re.IGNORECASE
)
_SUBORDINATE_LINK = re.compile(
    r"\s*(?:что|котор\w+|чтобы|если|как|где|когда|а|но|и|and|but|that|which|who|if|when|where)\b", re.IGNORECASE
)
_SAID_BY = re.compile(
    r"\s*(?:как\s+(?:стало|сообща|пиш|утвержда|рассказ|отмеча)|по\s+(?:данным|информации|словам|мнению)|согласно|according\s+to)",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:не|ни|без|кроме|лишь|только|до|больше|меньше|not|no|without|only|never|less|more|than)\b", re.IGNORECASE
)
_SUBORDINATE = re.compile(
    r"^(?:\w+(?:уя|ивая|ывая|вшись|вши|ясь)|если|когда|хотя|пока|чтобы|поскольку|так\s+как|несмотря|в\s+то\s+время|if|when|although|while|since|because|despite|as)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:сообща|сообщил|пиш[еу]т|написал|заявил|рассказал|рассказыва|считает|считают|утвержда"
    r"|отмеча|отмет|говор|сказал|показал|выяснил|обнаружил|узнал|знаете|это\s+для\s+вас"
    r"|дело|итак|says?|said|reports?|wrote|claims?|shows?|showed|found)\w*$",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"(?:\b(?:и|в|на|с|к|о|у|из|за|от|до|по|для|при|не|что|как|или|а|но|то|the|a|an|of|to|in|on|for|and|or|with|by|as|not|that)|[,:(«])$",
    re.IGNORECASE,
)
_CONTRAST = re.compile(r",\s+(?:а|но|зато|однако|but|while|whereas|yet|але|проте)\s", re.IGNORECASE)
_HALF = re.compile(
    r"\b(?:и\s+(?:на|в|для|с|у|от)\b.*,\s+и|не\s+только|не\s+столько|not\s+only|либо|как\s+(?:в|для|на)\b.*,\s*так|either|neither|если|столько|хотел\w*|планировал\w*|собирал(?:ся|ась|ись)|думал\w*|каза(?:лось|лся|лась)|wanted|planned|meant\s+to|seemed)\b",
    re.IGNORECASE,
)


def fit(text: str, limit: int) -> str:
    """The text, or its longest leading clauses within the limit that make a statement of their own.

    A whole sentence a little over the limit is better than a doubtful cut; an ellipsis is the last resort.
    """
    if len(text) <= limit:
        return text
    if len(text) <= limit * 3 // 2 and _CONTRAST.search(text):
        return text
    before_colon = text.split(": ", 1)[0]
    if 25 <= len(before_colon) <= limit and before_colon != text and _stands(before_colon):
        return before_colon
    if not _SUBORDINATE.match(text) and not text.endswith(("?", "？", "؟")):
        attempts = (
            (_CLAUSE, limit),
            (_COMMA, limit),
            (None, limit * 3 // 2),
            (_CLAUSE, limit * 3 // 2),
            (_PHRASE, limit),
            (_CLAUSE, limit * 2 - 10),
        )
        for pattern, reach in attempts:
            head = _head(text, pattern, reach) if pattern else (text if len(text) <= reach else "")
            if head:
                return head
    return text if len(text) <= limit * 2 else cut_words(text, limit)


def _head(text: str, pattern: re.Pattern[str], reach: int) -> str:
    """The longest beginning of the text that ends where the pattern matches and stands alone, or ''."""
    for match in reversed(list(pattern.finditer(text, 0, reach + 3))):
        head = text[: match.start()].rstrip(" ,;:—–")
        if len(head) <= reach and _stands(head) and _leaves(pattern, head):
            return head
    return ""


def _leaves(pattern: re.Pattern[str], head: str) -> bool:
    """Has the head its verb already, so that what follows at a weak boundary may go?"""
    clauses = [clause for clause in head.split(",") if not _SAID_BY.match(clause)]
    if not clauses:
        return False
    if _SUBORDINATE_LINK.match(clauses[-1]) and not FINITE.search(clauses[-1]):
        return False
    if pattern is _CLAUSE:
        rest = ",".join(clauses)
        return bool(FINITE.search(rest)) or bool(re.search(r"\s[—–-]\s", rest))
    if pattern is _PHRASE and _NEGATED.search(head):
        return False
    return FINITE.search(clauses[0]) is not None


def _stands(head: str) -> bool:
    """Can the head of a longer sentence be a title of its own?"""
    if _TELLS.search(head) or _UNFINISHED.search(head) or _HALF.search(head):
        return False
    return len(head) >= 25 and len(head.split()) >= 4 and balanced(head)


def cut_words(text: str, limit: int) -> str:
    """The last resort: whole words and an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: max(1, limit - 1)]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(TITLE_EDGE) + "…"
