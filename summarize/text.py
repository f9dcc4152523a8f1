"""Reading a post's text: normal form, sentences, language, boilerplate-free body and stemmed keywords.

Pure and cheap: rules and small tables, no model; made for Russian and English posts and safe for any other language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from core.types import Entity, EntityKind


def _words(text: str) -> frozenset[str]:
    """A word list as it reads best: in lines of words."""
    return frozenset(text.split())


# --- normal form -----------------------------------------------------------------------------------------------------

_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# Joiners carry meaning inside emoji and in Persian or Indic words, and are tricks between Latin or Cyrillic letters.
_JOINER = re.compile(
    r"(?<![^\x00-\u058f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\u058f])"
    r"|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_STYLED = re.compile("[\U0001d400-\U0001d7ff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u2100-\u214f\u24b6-\u24e9]")
_KEEP_STYLED = frozenset("№™℃℉Ω℮")
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]+")
_TRAILING = re.compile(r" +(?=\n|\Z)")
_BLANKS = re.compile(r"\n{3,}")


def _plain_letter(match: re.Match[str]) -> str:
    char = match.group()
    plain = unicodedata.normalize("NFKC", char)
    return plain if char not in _KEEP_STYLED and plain.isalnum() else char


def normalise(text: str) -> str:
    r"""The text in NFC with plain letters, plain spaces, `\n` line ends, at most one blank line in a row, stripped.

    Invisible characters (zero-width, bidi controls, C0/C1) go; joiners inside emoji and non-European words stay.
    Idempotent. Offsets of entities do not survive it.
    """
    text = _LINE_ENDS.sub("\n", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        text = unicodedata.normalize("NFC", _STYLED.sub(_plain_letter, text))
        text = _JOINER.sub("", text)
        text = unicodedata.normalize("NFC", text).replace("\u2011", "-").replace("\u2010", "-")
    else:
        text = _INVISIBLE.sub("", text)
    text = _TRAILING.sub("", _SPACES.sub(" ", text))
    return _BLANKS.sub("\n\n", text).strip()


# --- emoji and bullets -----------------------------------------------------------------------------------------------

_EMOJI_CHAR = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a\u231b\u2328\u23cf\u23e9-\u23fa\u25b6\u25c0\u25fb-\u25fe"
    "\u2934\u2935\u203c\u2049\u3030\u303d\u3297\u3299\u00a9\u00ae\u2122\u2139\u21a9\u21aa]"
)
_EMOJI = (
    rf"(?:[0-9#*]\ufe0f?\u20e3|{_EMOJI_CHAR}"
    r"(?:[\ufe0e\ufe0f\u20e3\u200d\U0001f3fb-\U0001f3ff]|(?<=\u200d)[\u2640\u2642])*)"
)
EMOJI = re.compile(rf"{_EMOJI}(?:[ \u200d\ufe0f]*{_EMOJI})*[\u200d\ufe0f]*")
_BULLET_CHARS = "•●○◦▪▫■□◾◽◆◇▶►▸▹‣⁃∙·*–—−-+→➜➔➤❯✓✔✅☑✖✗❌➕➖🔹🔸🔷🔶🔵🔴🟢🟡🟠🟣⚫⚪📌📍👉➡⬇👇"
_NUMBER = r"(?:\(?\d{1,2}[.)](?!\d)|\d{1,2}\s+[—–]\s+(?=[А-ЯЁA-Z])|[0-9]\ufe0f?\u20e3|[①-⑳]|🔟)"
_BULLET = rf"[{re.escape(_BULLET_CHARS)}]\ufe0f?(?=[\s\w«\"“(\[`])(?<![-+−](?=\d))"
_MARK = re.compile(rf"\s*(?:(?:{_BULLET}|{_NUMBER}(?=\s|[^\W\d])|{_EMOJI})\s*)+")
_LIST_MARK = re.compile(rf"\s*(?:{_BULLET}|{_NUMBER}(?=\s|[^\W\d]))")


def bare(text: str) -> str:
    """A line or sentence without leading bullets, list numbers and emoji and without emoji at its end."""
    match = _MARK.match(text)
    text = text[match.end() :] if match else text
    return strip_emoji_tail(text).strip()


_EMOJI_TAIL = re.compile(rf"(?:[ \u200d\ufe0f]*{_EMOJI}[\u200d\ufe0f]*)+\s*\Z")


def strip_emoji_tail(text: str) -> str:
    """The text without the emoji (and spaces) it ends with."""
    return text[:-200] + _EMOJI_TAIL.sub("", text[-200:])


# --- sentences -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`text[start:end]` of the text given to `sentences`; `line` counts its lines from 0.

    `is_heading`: a short line without final punctuation above a longer one. `is_item`: part of a list item.
    `is_code`: a fenced block.
    """

    text: str
    start: int
    end: int
    line: int
    is_heading: bool = False
    is_item: bool = False
    is_code: bool = False


_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_PROTECTED = re.compile(
    r"(?:https?|tg|ftp)://\S+|www\.\S+|`[^`\n]{1,500}`|«(?:[^«»\n]|«[^«»\n]*»){1,300}»"
    r"|\([^()\n]{1,300}\)|“[^“”\n]{1,300}”"
    r"|„[^„“”\n]{1,300}[“”]|(?<!\w)\"[^\"\n]{1,300}\"(?!\w)|\[[^\[\]\n]{1,200}\]"
)
_CLOSERS = "[)\\]»\"”“’'」』）】*_]*"
_TERMINAL = re.compile(
    rf"(?P<wide>[。！？｡]+[」』）】”’]*)|(?P<dot>[.!?…‼⁇⁈⁉؟۔।॥։።]+{_CLOSERS})"
    rf"|(?P<smile>[:;=]?\)+(?=\s))|(?P<emoji>{_EMOJI}+)"
)
_AFTER = re.compile(rf"(?P<emoji>(?:[ \t]*{_EMOJI})*)(?P<space>\s+)(?P<open>[«\"“„(\[*_'‘¿¡]*)(?P<dash>[—–-]\s+)?")
_TAIL_EMOJI = re.compile(rf"(?:[ \t]*{_EMOJI})+(?=\s)")
_LAST_TOKEN = re.compile(r"[^\s(«\"“„\[]+\Z")
_FIRST_WORD = re.compile(r"[^\W\d_]+")

# Never the end of a sentence: something must follow.
_OPEN_ABBREVIATIONS = _words(
    "т.е т.к т.н т.о т.ч напр см ср рис илл табл стр с гл п пп разд им проф акад доц канд д-р ул пл "
    "просп пр-т б-р наб д корп кв "
    "обл р-н пос св тов гр гос англ нем фр лат греч кит яп букв e.g i.e cf vs fig figs eq eqs sec "
    "ch vol dr mr mrs ms prof "
    "gen col sgt rev hon st mt viz approx resp dept univ ca tel тел ст ред сост изд вып т зам пом нач авт "
    "z.b d.h bzw vgl usw u.a p.ej sr sra ej напр тобто т.зв вул ім англ тис pp"
)
# May end a sentence: decided by what follows.
_CLOSING_ABBREVIATIONS = _words(
    "г гг в вв т.д т.п др пр тыс млн млрд трлн руб коп долл н.э мин сек ч час al etc inc corp ltd "
    "co llc jr sr a.m p.m u.s "
    "u.k u.n e.u ph.d b.c a.d кг км м см мм экз чел шт д.н к.н i.d no д р usw"
)
_STARTERS = _words(
    "он она оно они это этот эта эти мы вы я но а и в на по для при если когда как так также кроме "
    "однако затем потом теперь "
    "тем после раньше сейчас уже вот там здесь the a an it its this that these those we they he she "
    "i in on at for but and so "
    "however then now when if as with by to our there here meanwhile"
)
_BULLET_EMOJI = frozenset("🔹🔸🔷🔶🔵🔴🟢🟡🟠🟣⚫⚪▪▫◾◽✅☑✔❌➡👉📌📍▶➖➕")


def sentences(text: str) -> list[Sentence]:
    """Sentences of the text in order; each is an exact, stripped slice, and only white space lies between them.

    Lines end sentences (a post's line is its paragraph), except where a long line visibly runs on in the next one.
    Nothing is split inside a link, inline code, short brackets or short quotes; a fenced block is one piece.
    """
    found: list[Sentence] = []
    for start, end, line, is_code in _blocks(text):
        if is_code:
            block = text[start:end].rstrip()
            found.append(Sentence(text=block, start=start, end=start + len(block), line=line, is_code=True))
            continue
        block = text[start:end]
        is_item = _LIST_MARK.match(block) is not None
        cuts = _cuts(block)
        is_heading = not is_item and len(cuts) == 1 and _heads(text, start, end)
        found.extend(_pieces(block, start, line, cuts, is_heading=is_heading, is_item=is_item))
    return found


def _pieces(
    block: str, offset: int, line: int, cuts: Sequence[int], *, is_heading: bool, is_item: bool
) -> Iterator[Sentence]:
    """Stripped slices of the block between its cuts."""
    begin = 0
    for cut in cuts:
        piece = block[begin:cut]
        left = len(piece) - len(piece.lstrip())
        body = piece.strip()
        if body:
            start = offset + begin + left
            number = line + block.count("\n", 0, begin + left)
            yield Sentence(
                text=body, start=start, end=start + len(body), line=number, is_heading=is_heading, is_item=is_item
            )
        begin = cut


_RUN_ON = re.compile(r"[^\s.!?…:;。！？|>\])»\"]\Z")


def _blocks(text: str) -> Iterator[tuple[int, int, int, bool]]:
    """(start, end, line number, is code) of fenced blocks and of lines, run-on lines being joined."""
    position = line = 0
    for fence in _FENCE.finditer(text):
        yield from _lines(text, position, fence.start(), line)
        line += text.count("\n", position, fence.start())
        yield fence.start(), fence.end(), line, True
        line += text.count("\n", fence.start(), fence.end())
        position = fence.end()
    yield from _lines(text, position, len(text), line)


def _lines(text: str, start: int, end: int, line: int) -> Iterator[tuple[int, int, int, bool]]:
    position = start
    opened: tuple[int, int, int] | None = None
    while position <= end:
        stop = text.find("\n", position, end)
        stop = end if stop < 0 else stop
        body = text[position:stop].strip()
        if body:
            if opened and opened[1] + 1 == position and _runs_on(text[opened[0] : opened[1]], body):
                opened = (opened[0], stop, opened[2])
            else:
                if opened:
                    yield *opened, False
                opened = (position, stop, line)
        position = stop + 1
        line += 1
    if opened:
        yield *opened, False


def _runs_on(upper: str, lower: str) -> bool:
    """Is `lower` the rest of a hard-wrapped sentence begun in `upper`?"""
    last = upper.rsplit("\n", 1)[-1].strip()
    return 55 <= len(last) <= 100 and lower[0].islower() and _RUN_ON.search(last) is not None and "://" not in lower[:8]


def _heads(text: str, start: int, end: int) -> bool:
    """Is the line text[start:end] short, unpunctuated, and followed by a longer one?"""
    body = bare(text[start:end]).rstrip("*_ ")
    if not body or len(body) > 120 or body[-1] in ".!?…:;,。！？،؛" or "://" in body:
        return False
    following = text[end : end + 400].lstrip()
    return len(following.split("\n", 1)[0]) > len(body)


def _cuts(block: str) -> list[int]:
    """End offsets of the sentences of one line; the last is its length."""
    protected = [(m.start(), m.end()) for m in _PROTECTED.finditer(block)]
    cuts: list[int] = []
    begin = 0
    mark = _MARK.match(block)
    floor = mark.end() if mark else 0
    for match in _TERMINAL.finditer(block):
        stop = match.end()
        if match.start() < floor or stop >= len(block):
            continue
        if any(left < stop < right for left, right in protected):
            continue
        cut = _cut(block, begin, match)
        if cut is not None and cut > begin and block[begin:cut].strip():
            cuts.append(cut)
            begin = floor = cut
    cuts.append(len(block))
    return cuts


def _cut(block: str, begin: int, match: re.Match[str]) -> int | None:
    """Where the sentence ends that may end at `match`, or None."""
    stop = match.end()
    if match.lastgroup == "wide":
        return stop
    after = _AFTER.match(block, stop)
    if after is None:
        return stop if _glued(block, match) else None
    cut = _with_emoji(block, stop)
    following = block[after.end() :]
    if not following:
        return None if after.group("dash") else cut
    head = following[0]
    starts = not head.islower() and (bool(after.group("open")) or head not in ",.;:)%/&|")
    if not starts:
        return None
    if match.lastgroup in ("emoji", "smile"):
        return cut if _soft_end(block[begin : match.start()], following) else None
    single = match.group().startswith(".") and not match.group().startswith("..")
    return None if single and _abbreviates(block[begin : match.start()], following) else cut


def _with_emoji(block: str, stop: int) -> int:
    """The end moved over emoji that close the sentence; bullets belong to what follows."""
    tail = _TAIL_EMOJI.match(block, stop)
    if tail is None or any(char in _BULLET_EMOJI for char in tail.group()):
        return stop
    return tail.end()


_GLUED = re.compile(r"[а-яёіїєґәқңөұү0-9)»%][.!?…]\Z")
_GLUED_NEXT = re.compile(r"[А-ЯЁІЇЄҐӘҚҢӨҰҮ](?:[а-яёіїєґәқңөұү]+| )")


def _glued(block: str, match: re.Match[str]) -> bool:
    """A lost space between two Cyrillic sentences ("… 2000.Авторы взяли")."""
    stop = match.end()
    return bool(_GLUED.search(block[max(0, stop - 2) : stop]) and _GLUED_NEXT.match(block, stop)) and not re.search(
        r"(?:^|[\s(«])[^\W\d_]{1,2}\.\Z", block[max(0, stop - 5) : stop]
    )


_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")


def _soft_end(before: str, following: str) -> bool:
    """Does a smile or an emoji end the sentence? Only after a real clause and before a capital of the same script."""
    if not following[0].isupper() or len(before.split()) < 3 or before.count("(") > before.count(")"):
        return False
    cyrillic_before = re.search("[а-яё]", before.lower()) is not None
    return not (cyrillic_before and following[0].isascii())


def _abbreviates(before: str, following: str) -> bool:
    """Does the full stop after `before` belong to an abbreviation, an initial or a list number?"""
    token_match = _LAST_TOKEN.search(before[-40:])
    if token_match is None:
        return False
    token = token_match.group()
    lowered = token.lower()
    word = _FIRST_WORD.match(following.lstrip("«\"“„([*_'‘"))
    next_word = word.group().lower() if word else ""
    if lowered in _CLOSING_ABBREVIATIONS:
        return _closing(lowered, before[: -len(token)].rstrip(), following, next_word)
    if lowered in _OPEN_ABBREVIATIONS:
        return True
    if re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", token) and token[-1].isupper():
        return bool(following[:1].isupper()) and next_word not in _STARTERS
    if token.isdigit() and len(token) <= 2 and before.strip() == token:
        return True
    return lowered in {"no", "nr", "art"} and following[:1].isdigit()


def _closing(short: str, left: str, following: str, next_word: str) -> bool:
    """Abbreviations that may close a sentence: do they go on here?"""
    if len(left.split()) < 3:
        return True  # "В 2024 г." alone is no sentence
    numbered = bool(left) and (left[-1].isdigit() or left[-1] in "IVXХ")
    if short in {"г", "в", "д", "с", "м", "р", "см", "ч"} and not numbered:
        return True
    if short == "no":
        return following[:1].isdigit()
    if following[:1].isdigit() or following[:1] == "(":
        return True
    if short in {"inc", "corp", "ltd", "co", "llc", "jr", "sr", "u.s", "u.k", "u.n", "e.u", "ph.d"}:
        return next_word not in _STARTERS
    return False


# --- language --------------------------------------------------------------------------------------------------------

_NOISE = re.compile(
    r"(?:https?|tg)://\S+|www\.\S+|[@#][\w]+|``[^`]*``|`[^`]*`|\S+@\S+|\b[\w-]+\.(?:com|ru|org|net|io|ai|dev"
    r"|me)\b\S*"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_MIN_LETTERS = 12

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ja", "[\u3041-\u30ff]"),
    ("ko", "[\uac00-\ud7af\u1100-\u11ff]"),
    ("zh", "[\u4e00-\u9fff\u3400-\u4dbf]"),
    ("ar", "[\u0620-\u06ff]"),
    ("he", "[\u05d0-\u05ea]"),
    ("hi", "[\u0900-\u097f]"),
    ("bn", "[\u0980-\u09ff]"),
    ("ta", "[\u0b80-\u0bff]"),
    ("th", "[\u0e00-\u0e7f]"),
    ("ka", "[\u10a0-\u10ff]"),
    ("hy", "[\u0530-\u058f]"),
    ("el", "[\u0370-\u03ff]"),
)
_SCRIPT_PATTERNS = tuple((code, re.compile(pattern)) for code, pattern in _SCRIPTS)
_CYRILLIC = re.compile("[\u0400-\u052f]")

_LATIN_WORDS: dict[str, frozenset[str]] = {
    "en": _words(
        "the of and to in is that for with on are this be by as an it from we our at have has was were "
        "which not can will "
        "their its new more than but you your they or if what how when been also into all"
    ),
    "es": _words(
        "el la los las de que y en un una por con para su del se es al como más pero sus fue este esta lo ya hoy"
    ),
    "pt": _words(
        "o a os as de que e em um uma por com para seu do da não se é ao como mais mas foi este esta são dos das no na"
    ),
    "fr": _words(
        "le la les de des et en un une que qui pour dans sur est par avec pas plus du au ce cette sont nous il aux ou"
    ),
    "de": _words(
        "der die das und in den von zu mit ist für auf ein eine des dem nicht sich auch als wird bei nach "
        "im es wir sind"
    ),
    "it": _words("il lo la i gli le di che e un una per con non del della sono è nel alla più dei anche si come da ha"),
    "nl": _words("de het een van en in is dat op te voor met zijn niet aan er door ook bij naar wordt als maar om"),
    "pl": _words("i w na z do się nie że jest to o jak ale po co od za dla przez są który oraz tym"),
    "cs": _words("a v na se je že s z do o k i pro jako by podle které který jsou není také"),
    "tr": _words("ve bir bu için ile de da olarak daha çok en olan gibi ne kadar var sonra yeni ya"),
    "uz": _words("va bu bir uchun bilan ham esa deb yoki boʻlgan bo'lgan haqida edi kerak yangi o'z"),
    "id": _words("yang dan di untuk dengan ini dari itu pada dalam tidak akan adalah ke oleh juga"),
    "vi": _words("của và là có được cho trong các một những với không này đã người"),
    "sv": _words("och att det som en på är av för med den till inte har ett om de"),
    "fi": _words("ja on ei että se oli ovat mutta kun myös joka hän tai kuin sen"),
    "ro": _words("și de la în a cu care pe din pentru este o un nu mai ca au sunt"),
}
_LATIN_LETTERS = {
    "tr": "ğışİ",
    "pl": "łąęśżźćń",
    "de": "ß",
    "es": "ñ¿¡",
    "cs": "řěů",
    "ro": "șță",
    "vi": "ơưđạảấ",
    "pt": "ãõ",
    "fr": "œ",
}
_CYRILLIC_WORDS: dict[str, frozenset[str]] = {
    "ru": _words(
        "и в во на не да со что с по как это для из к от за но а же мы он они его при уже или так если бы чтобы "
        "вы я все ещё еще был "
        "была были может только также можно когда который которые которая до после об у о то их есть "
        "нет без под"
    ),
    "uk": _words(
        "і в у на не що з та як це для із до від за але ми він вони його при вже або так якщо щоб ви є про під які який"
    ),
    "be": _words("і ў на не што з як гэта для да ад за але мы ён яны яго пры ўжо або калі каб вы ёсць пра"),
    "bg": _words(
        "и в на не че с по как това за от да са е се ще към но ние той те при или ако той който които със във"
    ),
    "sr": _words("и у на не да са по као ово за од је су се ће али ми он они при или ако који које са"),
    "mk": _words("и во на не дека со по како ова за од да се ќе кон но ние тој тие при или ако кој кои"),
    "kk": _words("және мен бен пен үшін бұл да де бар жоқ ол деп осы болып туралы бойынша болды еді емес жаңа біз"),
}
_CYRILLIC_LETTERS: tuple[tuple[str, str, float], ...] = (
    ("kk", "әғқңөұүһ", 4.0),
    ("uk", "їєґ", 4.0),
    ("be", "ў", 6.0),
    ("sr", "ђљњћџј", 4.0),
    ("mk", "ѓќѕ", 6.0),
    ("ru", "ыэё", 1.5),
)


def language(text: str) -> str:
    """ISO 639-1 code of the main language, or 'und' for fewer than a dozen letters or an unknown one.

    Links, mentions and code are not read. Russian with many English terms is Russian.
    """
    words = _LETTERS.findall(_NOISE.sub(" ", text[:6000]).lower())
    letters = "".join(words)
    if len(letters) < _MIN_LETTERS:
        return _short_script(letters)
    cyrillic = len(_CYRILLIC.findall(letters)) / len(letters)
    for code, pattern in _SCRIPT_PATTERNS:
        share = len(pattern.findall(letters)) / len(letters)
        # A character of these three scripts says as much as three letters.
        if (share > 0.1 and 3 * share > cyrillic) if code in {"ja", "zh", "ko"} else share > 0.3:
            return "fa" if code == "ar" and len(re.findall("[پچژگکی]", letters)) / len(letters) > 0.03 else code
    if cyrillic > 0.4 or (cyrillic > 0.1 and _hits(words, "ru") + _hits(words, "uk") >= _hits(words, "en")):
        return _cyrillic_language(words, letters)
    return _latin_language(words, letters)


def _short_script(letters: str) -> str:
    """Scripts that tell the language even in a few letters."""
    for code, pattern in _SCRIPT_PATTERNS:
        if len(letters) >= 4 and len(pattern.findall(letters)) / len(letters) > 0.5:
            return code
    return "und"


def _hits(words: Sequence[str], code: str) -> int:
    known = _CYRILLIC_WORDS.get(code) or _LATIN_WORDS[code]
    return sum(word in known for word in words)


# In Russian the hard sign stands only before these vowels.
_HARD_SIGN = re.compile("ъ(?=[а-я])(?![еёюя])")


def _cyrillic_language(words: Sequence[str], letters: str) -> str:
    scores = {code: float(_hits(words, code)) for code in _CYRILLIC_WORDS}
    for code, marks, weight in _CYRILLIC_LETTERS:
        scores[code] += weight * sum(letters.count(mark) for mark in marks) / max(1.0, len(words) / 12)
    dotted = letters.count("і")
    if dotted:
        share = dotted / len(letters)
        for code in ("uk", "be", "kk"):
            scores[code] += 60 * share
        scores["ru"] -= 60 * share
    if "ы" in letters or "э" in letters:
        share = (letters.count("ы") + letters.count("э")) / len(letters)
        for code in ("uk", "bg", "sr", "mk"):
            scores[code] -= 150 * share
    elif len(_HARD_SIGN.findall(letters)) / len(letters) > 0.008:
        scores["bg"] += 3
    best = max(scores, key=lambda code: (scores[code], code == "ru"))
    return best if scores[best] > 0 else "ru"


def _latin_language(words: Sequence[str], letters: str) -> str:
    scores = {code: float(_hits(words, code)) for code in _LATIN_WORDS}
    for code, marks in _LATIN_LETTERS.items():
        scores[code] += 2.0 * sum(letters.count(mark) for mark in marks) / max(1.0, len(words) / 12)
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    if scores[best] > 0:
        return best
    return "en" if letters.isascii() and len(letters) >= 20 else "und"


# --- lines and cleaning ----------------------------------------------------------------------------------------------

_KEY_JUNK = re.compile(r"[^\w\s@]|_")


def line_key(line: str) -> str:
    """What makes two lines the same: letters, digits and @ casefolded, without emoji, punctuation and link targets."""
    plain = _NOISE_LINKS.sub(" ", line)
    return " ".join(_KEY_JUNK.sub(" ", plain.casefold()).split())


_NOISE_LINKS = re.compile(r"(?:https?|tg)://\S+|www\.\S+")


def lines_of(text: str) -> list[str]:
    """Keys of the text's lines, in order, blank ones left out, for counting a channel's boilerplate.

    Digits stay (a rubric's "№ 12" is a different line each time, and so are facts). A last line's tail after its
    final sentence ("… роста. @channel") is a key of its own, since channels sign that way.
    """
    keys: list[str] = []
    for line in normalise(text).split("\n"):
        body, tail = _split_tail(line)
        keys.extend(key for key in (line_key(body), line_key(tail)) if key)
    return keys


_TAIL = re.compile(r"(?<=[.!?…»)\"”])\s+((?:(?:@\w{3,}|(?:https?://)?t\.me/\S+|https?://\S+|#[\w]+)[\s|,]*)+)\Z")


def _split_tail(line: str) -> tuple[str, str]:
    match = _TAIL.search(line[-300:])
    if match is None:
        return line, ""
    cut = max(0, len(line) - 300) + match.start(1)
    return line[:cut].rstrip(), line[cut:].strip()


_CTA = re.compile(
    r"""^(?:
    подпи(?:сывай(?:тесь|ся)|шись|шитесь|саться|сывайся)\b.{0,90}
    | (?:[^.!?]{0,40}[\s—|–-])?подпи(?:саться|шись|шитесь|сывай(?:ся|тесь))(?:\s+на\s+(?:нас|канал|.{0,30}))?
    | (?:не\s+забудь(?:те)?|обязательно)\s+подпи.{0,80}
    | (?:прислать|предложить)\s+(?:новость|тему|пост).{0,40}
    | (?:наш|мой)\s+(?:канал|чат|сайт|бот|youtube|ютуб|вк|дзен|max).{0,60}
    | (?:источник|источники|оригинал|ссылка|ссылки|зеркало|пруф|via|src|source|sources|link|links|via\s+@?\w+)
      (?:\s*[:—–-]?\s*\S{0,60})?
    | (?:читать|читайте|смотреть|смотрите|слушать|подробнее|подробности|узнать|детали|скачать|перейти|изучить
    |продолжение|полный\s+текст)
      (?:\s+(?:далее|дальше|полностью|подробнее|подробности|больше|здесь|тут|там|статью|пост|видео|выпуск
      |полную|лекцию|интервью|текст
        |в|на|о|по|сайте|ссылке|статье|блоге|хабре|хабр|нашей|нашем|канале|канал|оригинал|также|ещё|еще|запись
        |материал|новость|
        youtube|habr|github|репозиторий|комментариях|комментарии|источник|эту|этот|все|весь|целиком|новой|новую
        |:|https?://\S+))*
    | (?:по)?делит(?:есь|ься)\s+(?:с\s+друзьями|в\s+комментариях|своим|мнением|опытом).{0,80}
    | (?:ставь(?:те)?|жми(?:те)?|лайк|голосуй(?:те)?)\b.{0,80}
    | пишите\s+(?:в\s+комментариях|свои|ваши|нам|мне|в\s+личку).{0,60}
    | (?:больше|ещё|еще)\s+(?:новостей|интересного|постов|полезного|материалов)\b.{0,60}
    | (?:как|что)\s+(?:вам|думаете|скажете)\b[^.!]{0,50}\?
    | а\s+(?:вы|ты|у\s+вас)\b[^.!]{0,70}\?
    | (?:subscribe|follow|join)\b.{0,80}
    | (?:read|learn|see|find\s+out|watch|listen|check)\s+(?:more|the\s+full|full|it\s+out|out|on|here|the
    |now)\b.{0,40}
    | (?:details|more\s+(?:info|details|here)|click\s+here|sign\s+up|register\s+here|full\s+(?:story|article
    |post)|continue\s+reading).{0,40}
    | (?:підпис(?:уйтесь|атися|атись)|надіслати\s+новину|читати\s+далі|джерело|детальніше)\b.{0,60}
    | (?:suscríbete|síguenos|leer\s+más|más\s+información|fuente|abonnieren|mehr\s+dazu|quelle|weiterlesen
    |s'abonner|lire\s+la\s+suite)\b.{0,60}
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_LINK_WORDS = (
    "статья статью статье код пейпер paper code github git hf huggingface demo демо arxiv блог "
    "блогпост blog blogpost веса модель "
    "weights model models датасет dataset видео video слайды slides запись сайт site link links "
    "ссылка ссылки тык тыц тут здесь here "
    "docs документация project page проект страница репозиторий repo repository пост post оригинал "
    "источник source website pdf "
    "твит tweet x twitter youtube colab space spaces технический technical report отчет отчёт релиз "
    "release notes abs download "
    "скачать попробовать try read more подробнее читать далее где и and или lib библиотека "
    "реализация препринт preprint "
    "исходники исходный полный обзор разбор article papers linkedin telegram discord vk вк дзен tg "
    "max ok instagram facebook "
    "стаття код відео джерело посилання playground api huggingface.co openreview acl openai билли billy"
)
_LINK_WORD_SET = frozenset(_LINK_WORDS.split())
_BRACKET_ROW = re.compile(r"^(?:[\[(][^\[\]()]{1,40}[\])][\s,|/·•]*){1,8}$")
_GREETING = re.compile(
    r"""^(?:(?:всем\s+)?(?:привет(?:ик|ствую|ствуем)?|здравствуйте|добр(?:ый|ое|ого|ой)\s+(?:день|утро|вечер
    |дня|утра|вечера|ночи)
    |йо|йоу|хай|салют|доброго\s+времени\s+суток|с\s+добрым\s+утром|с\s+понедельником|hi|hello|hey
    |good\s+(?:morning|evening|afternoon)
    |привіт|вітаю|добрий\s+день|сәлем|hola|hallo|bonjour)
    (?:[,\s]+(?:всем|друзья|дорогие|друзья\s+и\s+коллеги|коллеги|народ|ребята|подписчики|читатели|all|everyone
    |folks|friends|guys|team
    |there|everybody|и|наши|мои|уважаемые|любимые|друзі|todos|zusammen)){0,5}
    |друзья|коллеги|ребята|народ|friends|folks|дорогие\s+(?:друзья|подписчики|читатели))$""",
    re.IGNORECASE | re.VERBOSE,
)
_SIGNATURE = re.compile(
    r"""^(?:ваш[аи]?[,\s]+[^.?]{1,40}|с\s+(?:уважением|любовью|вами\s+был[аи]?)\b.{0,40}
    |(?:всем\s+)?(?:хорош(?:их|его|ей)|отличн(?:ых|ого|ой)
    |приятн(?:ых|ого|ой)|прекрасн(?:ых|ого|ой)|продуктивн(?:ых|ого|ой)|удачн(?:ых|ого|ой))\s+(?:выходн\w+
    |недел\w+|дн\w+|вечер\w*|пятниц\w+|чтени\w+|просмотр\w*)
    (?:[,\s]+(?:всем|друзья|коллеги|вам))?|до\s+(?:встречи|связи|завтра|скорого)\b.{0,30}|всем\s+(?:добра|мира
    |спасибо|пока)|спасибо\s+за\s+внимание
    |stay\s+tuned|have\s+a\s+(?:nice|great|good)\s+(?:day|weekend|week|one)|see\s+you(?:\s+\w+){0,3}|cheers
    |best\s+regards.{0,30}|yours?,?\s+.{1,30}
    |следите\s+за\s+(?:обновлениями|новостями).{0,40}|продолжение\s+следует|to\s+be\s+continued|enjoy
    |наслаждайтесь)$""",
    re.IGNORECASE | re.VERBOSE,
)
_WEB_LEFTOVER = re.compile(
    r"^(?:this (?:media|message) is not supported.{0,40}|view in telegram|please open telegram.{0,40}"
    r"|открыть в telegram)$",
    re.IGNORECASE,
)
_HASHTAGS = re.compile(r"#[\w@]+")
_MENTIONS = re.compile(r"(?<![\w@])@[A-Za-z]\w{2,}")
_URLS = re.compile(
    r"(?:https?|tg|ftp)://\S+|www\.\S+|\b(?:t\.me|github\.com|arxiv\.org|youtu\.be|huggingface\.co"
    r"|vk\.cc|clck\.ru|bit\.ly|goo\.gl)/\S+",
    re.IGNORECASE,
)
_LINK_KINDS = frozenset({EntityKind.TEXT_LINK, EntityKind.URL, EntityKind.MENTION, EntityKind.HASHTAG})


def clean(text: str, entities: Sequence[Entity] = (), *, boilerplate: frozenset[str] = frozenset()) -> str:
    """The post's body in normal form: without learned boilerplate, link rows, subscribe tails, greetings and
    signatures.

    `text` is the raw text and `entities` its markup (code points of `text`); `boilerplate` holds keys of `lines_of`.
    Emoji at line starts become "• " where they mark a list, and go elsewhere. Facts stay: when everything would go,
    the normalised text is returned less its links, and an empty string only for a text of nothing but links and tags.
    """
    kept: list[str] = []
    marks: list[str] = []
    for line, spans in _raw_lines(text, entities):
        mark, body = _line_body(line)
        body, _ = _split_tail(body)
        if body and not _droppable(line_key(body), body, spans, boilerplate):
            kept.append(body)
            marks.append(mark)
        elif not line:
            kept.append("")
            marks.append("")
    return normalise("\n".join(_with_bullets(kept, marks)))


def _raw_lines(text: str, entities: Sequence[Entity]) -> Iterator[tuple[str, list[str]]]:
    """Lines of the raw text with the texts of the links, mentions and tags that entities mark in them."""
    spans = sorted((e.offset, e.offset + e.length) for e in entities if e.kind in _LINK_KINDS)
    position = 0
    for line in _LINE_ENDS.sub(lambda m: "\n" * len(m.group()), text).split("\n"):
        end = position + len(line)
        inside = [normalise(text[max(a, position) : min(b, end)]) for a, b in spans if a < end and b > position]
        yield normalise(line), [piece for piece in inside if piece]
        position = end + 1


def _line_body(line: str) -> tuple[str, str]:
    """(leading mark, rest) of a line; the rest loses emoji at its end, since they say nothing."""
    match = _MARK.match(line)
    if match is None or match.end() == len(line):
        return "", strip_emoji_tail(line).strip() if match is None else ""
    return match.group().strip(), strip_emoji_tail(line[match.end() :]).strip()


def _with_bullets(lines: Sequence[str], marks: Sequence[str]) -> Iterator[str]:
    """Lines with "• " where the mark is a list's; a lone emoji before a heading goes."""
    counts: dict[str, int] = {}
    for mark in marks:
        counts[mark] = counts.get(mark, 0) + 1
    for line, mark in zip(lines, marks, strict=True):
        listed = mark and (counts[mark] > 1 or _LIST_MARK.match(mark + " x") is not None)
        number = re.match(r"\(?(\d{1,2})[.)]|(\d)\ufe0f?\u20e3", mark) if mark else None
        if number:
            yield f"{number.group(1) or number.group(2)}. {line}"
        else:
            yield f"• {line}" if listed else line


_LINE_EDGE = " .!…:;,*_~|👇👉👆⬇➡→>-—–\ufe0f"


def _droppable(key: str, body: str, links: Sequence[str], boilerplate: frozenset[str]) -> bool:
    """Is this line (without its leading mark) not part of what the post says?"""
    if key in boilerplate or not key:
        return True
    core = body.strip(_LINE_EDGE)
    if _WEB_LEFTOVER.match(core):
        return True
    rest = _HASHTAGS.sub(" ", _MENTIONS.sub(" ", _URLS.sub(" ", body)))
    words = _LETTERS.findall(rest.lower())
    if not words and not re.search(r"\d", rest):
        return True
    if rest != body and all(word in _LINK_WORD_SET for word in words) and not re.search(r"\d{2}", rest):
        return True
    if len(core) > 140:
        return False
    return _is_link_row(body, links) or any(p.match(core) for p in (_GREETING, _SIGNATURE, _CTA))


def _is_link_row(body: str, links: Sequence[str]) -> bool:
    """A line of nothing but short links: "Статья | Код", "[Paper] [Code]"."""
    words = _LETTERS.findall(body.lower())
    if _BRACKET_ROW.match(body) and len(words) <= 12 and (links or any(word in _LINK_WORD_SET for word in words)):
        return True
    if words and all(word in _LINK_WORD_SET for word in words) and len(words) <= 8 and not re.search(r"[.!?]$", body):
        return bool(links) or (len(words) > 1 and any(mark in body for mark in "|/·"))
    if not links:
        return False
    rest = body
    for link in links:
        rest = rest.replace(link, " ")
    return (
        not _LETTERS.findall(rest)
        and all(len(link.split()) <= 3 and len(link) <= 30 for link in links)
        and len(links) > 1
    )


# --- keywords --------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[^\W_]+(?:[-.‑'’+/][^\W_]+)*(?:\+\+|#(?!\w))?")
_STOP = _words("""и в во не что он на я с со как а то все всё она так его но да ты к у же вы за бы по только ее её мне
    было вот от меня еще ещё
    нет о из ему теперь когда даже ну вдруг ли если уже или ни быть был него до вас нибудь опять уж вам ведь
    там потом себя ничего ей
    может они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе под будет ж
    тогда кто этот того потому
    этого какой совсем ним здесь этом один почти мой тем чтобы нее неё сейчас были куда зачем всех никогда
    можно при наконец два об
    другой хоть после над больше тот через эти нас про всего них какая много разве три эту моя впрочем хорошо
    свою этой перед иногда
    лучше чуть том нельзя такой им более всегда конечно всю между это также который которая которые которых
    которой которое которому
    которым свой свои своих очень просто кстати эта этих этим наш наши нашего нашей ваш ваши например т.е т.к т.д т.п
    the a an of and to in is that for with on are this be by as it from we our at have has had was were which
    not can will would their
    its more than but you your they or if what how when been also into all i he she his her them these those
    there here so no do does
    did just very such some any each about over out up then who whom whose while where why because both between
    through during only own
    same too s t don now й та що це як із до від ми ви вони його або""")


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    """The stem of a lower-cased word by its script; a new stemmer each time, since they keep state between threads."""
    if _CYRILLIC.match(word):
        return str(snowballstemmer.stemmer("russian").stemWord(word.replace("ё", "е")))
    if word.isascii():
        return str(snowballstemmer.stemmer("english").stemWord(word))
    return word


def keywords_stems(text: str, lang: str = "und") -> list[str]:
    """Lower-cased, stemmed tokens in order, with repeats, without stop words, links and single letters.

    Names with a digit, "+" or "#" stay whole ("gpt-4.5", "qwen3-72b", "c++"). Cyrillic words are stemmed as Russian
    unless `lang` is another Cyrillic language, Latin words as English. Scripts without spaces give pairs of
    characters.
    """
    stems: list[str] = []
    foreign = lang in {"uk", "be", "kk", "bg", "sr", "mk"}
    for match in _TOKEN.finditer(_URLS.sub(" ", text).lower()):
        token = match.group()
        if any(char.isdigit() for char in token) or token[-1] in "+#":
            stems.append(token.replace("с++", "c++").replace("с#", "c#").replace("‑", "-"))
        elif token[0] >= "\u3041" and not token.isascii():
            stems.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
        else:
            stems.extend(_word_stems(token, foreign=foreign))
    return stems


def _word_stems(token: str, *, foreign: bool) -> Iterator[str]:
    if token in _STOP:
        return
    for part in re.split(r"[-.‑'’+/]", token):
        if len(part) > 1 and part not in _STOP:
            yield part[: max(4, len(part) - 2)] if foreign and _CYRILLIC.match(part) else _stem(part)


_LISTED = re.compile(r"^(?:(?:[•·▪▫◦‣*–—-]|\d{1,2}[.)])\s+)+")


def unlisted(text: str) -> str:
    """A line without what opens an item of a list."""
    return _LISTED.sub("", text)
