"""How prose and figures are set in Russian and English: which words a row must not part, and how numbers are written.

Pure. What keeps words together is a no-break space in the place of a space, so that no text changes its length: offsets
of entities stay right, and what has no spaces (addresses, @names, versions, names of files) cannot change at all. Where
sentences follow each other, each ends as a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

NO_BREAK = "\u00a0"

#: What may stand before a word, and after it, without being a part of it.
_OPENING, _CLOSING = "«»„“”\"'(‘[", ".,:;!?…»”“\"'’)]"

#: `3 100 000`, but no telephone number and no row of numbers.
_THOUSANDS = re.compile(r"(?<![\w.,:+/-])(?<!\d )\d{1,3}(?: \d{3})+(?![\w/-]| \d)")
_FIGURE = rf"(?:\d{{1,3}}(?:[,{NO_BREAK}]\d{{3}})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
#: `275`, `~14–15`, `$1.5`, `<1,200`: nothing that is a part of a name or a version.
_NUMBER = re.compile(rf"[~≈±<>≤≥+−–]?(?:US)?[$€£¥₽]?{_FIGURE}(?:[–—-][$€£¥₽]?{_FIGURE})?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_TIME = re.compile(r"\d{1,2}:\d\d(?:[–-]\d{1,2}:\d\d)?")
#: A capital Latin letter begins a name, and a number after a name is its version.
_NAME = re.compile(r"[A-Z][\w.+-]*")
_INITIALS = re.compile(r"(?:[A-ZА-ЯЁ]\.)+")

#: Units and other words that belong to the number before them whatever stands before it.
_UNITS = frozenset(
    "млн млрд трлн тыс тысяч тысячи тысяча миллион миллиона миллионов миллиард миллиарда миллиардов hundred thousand million "
    "billion trillion bn mn k B K M T К М Б % ‰ ° °C °F °С руб рубль рубля рублей долл доллар доллара долларов евро $ € £ ¥ ₽ "
    "USD EUR GBP RUB CNY percent процент процента процентов кБ Кб КБ Мб МБ Гб ГБ Тб ТБ ПБ kB KB MB GB TB PB KiB MiB GiB TiB "
    "КБ/с МБ/с ГБ/с ТБ/с kB/s KB/s MB/s GB/s TB/s Мбит Гбит Мбит/с Гбит/с Mbps Gbps Tbps нс мкс мс с сек мин ч ns µs us ms s "
    "sec min h нм мкм мм см м км nm µm mm cm m km кг г kg Гц кГц МГц ГГц Hz kHz MHz GHz Вт кВт МВт ГВт кВт·ч ТВт·ч W kW MW GW "
    "kWh MWh GWh TWh V A fps FLOP FLOPS TFLOPS PFLOPS GPU GPUs TPU TPUs CPU CPUs ×".split()
)
_MONTHS = frozenset("января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split())
_MONTHS_EN = frozenset(
    "January February March April May June July August September October November December "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec".split()
)
_YEARS = frozenset("г гг год года году годом годы годов годах".split())
_HOURS = frozenset("UTC GMT MSK МСК CET CEST ET PT EST PST am pm AM PM a.m p.m".split())
#: A word of small letters after a number mostly tells what is counted (`12 сюжетов`, `41 язык`, `64 steps`); these do not.
_COUNTED = re.compile(r"[a-zа-яё]{2,10}")
_NOT_COUNTED = frozenset(
    "about after all also among an and any are as at be before being both but by can did do does during each for from had has "
    "have he here if in into is it its just less more most no not now of on only or our out over per she since so still such "
    "than that the their then there they this through to under until up via was we were when where which while who will with "
    "would you "
    "без более больше был была были было вместо во для до если есть ещё же за из или их как когда которая которое которые который "
    "меньше менее на над не ни но об около от перед по под после при против со так те то только уже что чем через это эти".split()
)
#: What a number belongs to that stands after it.
_BEFORE_NUMBERS = frozenset(
    "№ № § ~ ≈ ± × > < ≥ ≤ $ € £ ¥ US$ стр. рис. табл. гл. п. пп. ст. т. вып. ок. No. Nos. no. p. pp. Fig. fig. Sec. Eq. "
    "vol. ch. ca. approx.".split()
)
#: Words of one letter do not end a row in Russian.
_SHORT = frozenset("в к о с у а и В К О С У А И".split())
#: Particles belong to the word before them.
_PARTICLES = frozenset("бы б же ж ли ль".split())
_DASHES = frozenset("—–")
#: `т. е.`, `и т. д.`, `до н. э.`, `P. S.`
_HALVES = {"т.": ("е.", "д.", "п.", "к.", "ч.", "н.", "о."), "н.": ("э.",)}
_NONE = ("\0",)
#: Besides letters and digits, signs that a word ends in and a sentence does not.
_OF_WORDS = frozenset("%‰°+#&€$£¥₽")
#: What closes a quotation or a bracket, also before a full stop.
_ENDS = '»”")]'


@lru_cache(maxsize=4096)
def bound(text: str) -> str:
    """The text with no-break spaces where a row must not end: between a number and what it counts, before a dash, …

    Of one length with the text, which differs in nothing but the kind of spaces; code between backticks stays as it is.
    """
    if " " not in text:
        return text
    has_code = "`" in text
    words = (text if has_code else _THOUSANDS.sub(_thousands, text)).split(" ")
    out, before, in_code = [words[0]], "", False
    for left, right in pairwise(words):
        in_code ^= has_code and left.count("`") % 2 == 1
        out += [NO_BREAK if not in_code and left and right and _belong(before, left, right) else " ", right]
        before = left
    return "".join(out)


def stopped(sentence: str) -> str:
    """The sentence with a full stop, if it ends in a word, quoted or in brackets or not: any other mark, or an emoji, parts it
    from the next.
    """
    last = sentence.rstrip(_ENDS)[-1:]
    is_word = last in _OF_WORDS or (last != "" and unicodedata.category(last)[0] in "LN")
    return f"{sentence}." if is_word else sentence


def figure(value: float, *, lang: str, digits: int = 0) -> str:
    """A number as a language writes it: `12 345,60` in Russian (four digits stand together), else `12,345.60`."""
    told = f"{value:,.{digits}f}".replace("-", "−")
    if lang != "ru":
        return told
    whole, point, rest = told.partition(".")
    whole = whole.replace(",", "" if abs(value) < 10_000 else NO_BREAK)
    return f"{whole},{rest}" if point else whole


def _thousands(found: re.Match[str]) -> str:
    return found[0].replace(" ", NO_BREAK)


def _belong(before: str, left: str, right: str) -> bool:
    """Whether two words stay on one row; `before` is the word before them."""
    if right in _DASHES or (len(right) <= 4 and right.rstrip(_CLOSING) in _PARTICLES):
        return True
    first = left.lstrip(_OPENING)
    if first in _SHORT or _is_numbered(first, right.lstrip(_OPENING)):
        return True
    if left[-1].isdigit():
        return _is_counted(before, first, right.rstrip(_CLOSING))
    if left[-1] == ".":
        return right.startswith(_HALVES.get(first.lower(), _NONE)) or (
            right[0].isupper() and _INITIALS.fullmatch(first) is not None
        )
    return False


def _is_counted(before: str, number: str, word: str) -> bool:
    """A number before its unit, its month, or what it counts."""
    if _TIME.fullmatch(number):
        return word in _HOURS
    if not _NUMBER.fullmatch(number):
        return False
    if word in _UNITS or word in _MONTHS or word in _MONTHS_EN or word in _HOURS:
        return True
    if _YEAR.fullmatch(number):
        return word in _YEARS
    counts = _COUNTED.fullmatch(word) is not None and word not in _NOT_COUNTED
    return counts and not _NAME.fullmatch(before)


def _is_numbered(word: str, number: str) -> bool:
    """A sign or an abbreviation before its number, an English month before its day."""
    if not number[:1].isdigit():
        return False
    day = number.rstrip(_CLOSING)
    return word in _BEFORE_NUMBERS or (word.rstrip(".") in _MONTHS_EN and day.isdigit() and len(day) <= 2)
