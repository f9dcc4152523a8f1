"""Number words, scales and units of Russian and English, as tables: what `quantities` reads by.

Pure. Words are lower-case and written with `е` for `ё`.
"""

from __future__ import annotations

import re


def _forms(*rows: str) -> dict[str, float]:
    """Rows of a value and its words: `2 два две`."""
    found: dict[str, float] = {}
    for row in rows:
        value, *words = row.split()
        found.update(dict.fromkeys(words, float(value)))
    return found


#: Below a hundred, and the hundreds: they add up ("сто сорок восемь").
ADDED = _forms(
    "0 ноль нуль zero", "1 один одна одно одного одной одному одну одним one",
    "2 два две двух двум двумя двое двоих двоим two", "3 три трех трем тремя трое троих three",
    "4 четыре четырех четырем четырьмя четверо четверых four", "5 пять пяти пятью пятеро пятерых five",
    "6 шесть шести шестью шестеро six", "7 семь семи семеро seven", "8 восемь восьми восемью восьмью eight",
    "9 девять девяти девятью nine", "10 десять десяти десятью ten",
    "11 одиннадцать одиннадцати одиннадцатью eleven", "12 двенадцать двенадцати двенадцатью twelve",
    "13 тринадцать тринадцати тринадцатью thirteen", "14 четырнадцать четырнадцати четырнадцатью fourteen",
    "15 пятнадцать пятнадцати пятнадцатью fifteen", "16 шестнадцать шестнадцати шестнадцатью sixteen",
    "17 семнадцать семнадцати семнадцатью seventeen", "18 восемнадцать восемнадцати восемнадцатью eighteen",
    "19 девятнадцать девятнадцати девятнадцатью nineteen", "20 двадцать двадцати двадцатью twenty",
    "30 тридцать тридцати тридцатью thirty", "40 сорок сорока forty",
    "50 пятьдесят пятидесяти пятьюдесятью fifty", "60 шестьдесят шестидесяти шестьюдесятью sixty",
    "70 семьдесят семидесяти семьюдесятью seventy", "80 восемьдесят восьмидесяти восемьюдесятью eighty",
    "90 девяносто девяноста ninety", "100 сто ста", "200 двести двухсот двумстам двумястами двухстах",
    "300 триста трехсот тремстам тремястами трехстах",
    "400 четыреста четырехсот четыремстам четырьмястами четырехстах", "500 пятьсот пятисот пятистам пятьюстами пятистах",
    "600 шестьсот шестисот шестистам шестьюстами шестистах", "700 семьсот семисот семистам семьюстами семистах",
    "800 восемьсот восьмисот восьмистам восемьюстами восьмистах",
    "2 zwei dva dvě дві дво", "3 drei tři трьох", "4 vier čtyři чотири", "5 fünf pět", "6 sechs šest шість", "7 sieben sedm сім",
    "8 osm вісім", "9 neun devět", "10 zehn deset", "12 zwölf dvanáct дванадцять", "20 zwanzig dvacet двадцять",
    "30 dreißig třicet тридцять",
    "900 девятьсот девятисот девятистам девятьюстами девятистах",
)  # fmt: skip

#: They multiply what stands before them.
SCALES = _forms(
    "100 hundred сотни сотен", "1000 тысяча тысячи тысяч тысячу тысячам тысячами тысячах тысячей тыс thousand k",
    "1e6 миллион миллиона миллионов миллиону миллионом миллионе миллионам миллионами миллионах млн million mln mn",
    "1e9 миллиард миллиарда миллиардов миллиарду миллиардом миллиарде миллиардам миллиардами миллиардах млрд billion bn",
    "1e7 crore crores", "1e5 lakh lakhs",
    "1e12 триллион триллиона триллионов триллиону триллионом триллионе трлн trillion tn",
    "12 дюжина дюжины дюжину дюжин dozen", "10 десяток десятка десятком", "100 сотня сотню сотней",
)  # fmt: skip
#: Scale words that are a number on their own; the plural ("тысячи людей") is none.
LONE_SCALES = frozenset(
    (
        "тысяча тысячу тысячей тысяче миллион миллионом миллиону миллиард миллиардом миллиарду триллион дюжина дюжину"
        " десяток десятка десятком сотня сотню сотней"
    ).split()
)

#: Glued to a number, or after it when capital.
SHORT_SCALES = {
    "k": 1e3, "к": 1e3, "m": 1e6, "м": 1e6, "b": 1e9, "в": 1e9, "t": 1e12, "т": 1e12, "bn": 1e9, "mn": 1e6, "mln": 1e6,
    "млн": 1e6, "млрд": 1e9, "тыс": 1e3, "трлн": 1e12, "tn": 1e12,
}  # fmt: skip

#: Scales in any form, also of German, Ukrainian, French and Spanish posts, by their beginnings.
SCALE_STARTS = {
    "тысяч": 1e3, "миллион": 1e6, "миллиард": 1e9, "триллион": 1e12, "мільйон": 1e6, "мільярд": 1e9, "тисяч": 1e3,
    "milliard": 1e9, "miliard": 1e9, "miljard": 1e9, "mrd": 1e9, "mld": 1e9, "million": 1e6, "milion": 1e6, "millon": 1e6,
    "mio": 1e6, "tausend": 1e3, "tisíc": 1e3, "tisic": 1e3, "tysi": 1e3, "tys": 1e3,
}  # fmt: skip

#: Shares of a whole.
SHARES = _forms(
    "0.5 половина половины половину половине половиной половинку half наполовину вполовину", "0.25 четверть четверти четвертью",
    "0.3333333 треть", "1.5 полтора полторы полутора",
)  # fmt: skip

#: How many times: they hold of a pair of numbers that stands in the post.
TIMES = _forms(
    "2 вдвое дважды twice double doubles doubled doubling twofold удвоить удвоил удвоила удвоили удвоило удвоился удвоилась"
    " удвоились удвоилось удваивает удваивают удвоение двукратно двукратный двукратное двукратного двукратным двукратную",
    "3 втрое трижды thrice triple triples tripled tripling threefold утроить утроил утроила утроили утроило утроился утроилась"
    " утроились утроилось утраивает трехкратный трехкратное трехкратно трехкратного трехкратным",
    "4 вчетверо quadruple quadrupled quadruples fourfold четырехкратный четырехкратно четырехкратное",
    "5 впятеро fivefold пятикратный пятикратно пятикратное", "6 вшестеро sixfold", "7 всемеро", "8 ввосьмеро eightfold",
    "10 вдесятеро tenfold десятикратный десятикратно десятикратное",
    "0.5 halve halves halved halving",
)  # fmt: skip

_ORDINAL_STEMS = {
    3: "трет", 4: "четверт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм", 9: "девят", 10: "десят", 11: "одиннадцат",
    12: "двенадцат", 13: "тринадцат", 14: "четырнадцат", 15: "пятнадцат", 16: "шестнадцат", 17: "семнадцат",
    18: "восемнадцат", 19: "девятнадцат", 20: "двадцат", 30: "тридцат", 40: "сороков", 50: "пятидесят", 100: "сот",
}  # fmt: skip
_ADJECTIVE = "ый ая ое ого ой ому ую ым ом ые ых ыми"
_SOFT = "ий ья ье ьего ьей ьему ью ьим ьем ьи ьих ьими"
ORDINALS = {
    **{
        stem + end: float(value)
        for value, stem in _ORDINAL_STEMS.items()
        for end in (_SOFT if value == 3 else _ADJECTIVE).split()
    },
    "шестой": 6.0, "седьмой": 7.0, "восьмой": 8.0, "сороковой": 40.0,
    **_forms(
        "2 второй вторая второе второго второму вторую вторым втором вторые вторых вторыми", "1 first",
        "3 third", "4 fourth", "5 fifth", "6 sixth", "7 seventh", "8 eighth", "9 ninth", "10 tenth", "11 eleventh",
        "12 twelfth", "13 thirteenth", "14 fourteenth", "15 fifteenth", "20 twentieth", "100 hundredth",
    ),
    **{f"перв{end}": 1.0 for end in _ADJECTIVE.split()},
}  # fmt: skip

#: First halves of adjectives: "двухлетний", "пятидневный", "полуторачасовой".
PREFIXES = {
    "одно": 1.0, "двух": 2.0, "трех": 3.0, "четырех": 4.0, "пяти": 5.0, "шести": 6.0, "семи": 7.0, "восьми": 8.0,
    "девяти": 9.0, "десяти": 10.0, "двенадцати": 12.0, "пятнадцати": 15.0, "двадцати": 20.0, "тридцати": 30.0, "сорока": 40.0,
    "пятидесяти": 50.0, "сто": 100.0, "полутора": 1.5, "пол": 0.5,
}  # fmt: skip

CURRENCIES = frozenset({"usd", "eur", "rub", "gbp", "cny", "jpy", "inr", "krw", "kzt", "chf"})
SIGNS = {"$": "usd", "€": "eur", "₽": "rub", "£": "gbp", "¥": "cny", "₹": "inr", "₩": "krw", "₸": "kzt"}
#: Seconds in each unit of time; months and years count as what people mean by them.
SECONDS = {
    "ms": 1e-3, "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0, "month": 2629800.0,
    "quarter": 7889400.0, "year": 31557600.0,
}  # fmt: skip
#: Bytes and watts in units of which the next is a thousand times the one before.
THOUSANDS = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15}
CENTS = {"cent": 0.01, "usd": 1.0}
EUROCENTS = {"cent": 0.01, "eur": 1.0}
KOPECKS = {"kopeck": 0.01, "rub": 1.0}
WATTS = {"w": 1.0, "kw": 1e3, "mw": 1e6, "gw": 1e9}
#: Units that can be told in one another.
FAMILIES = (SECONDS, THOUSANDS, WATTS, CENTS, EUROCENTS, KOPECKS)

#: Units by the words that name them, each a whole word.
UNITS = (
    ("%", r"%|проц\.?|prozent|procent\w*|відсотк\w*|процент(?:а|ов|ам|ами|ах|у|ом|е|ный|ная|ное|ной|ного|ную)?|percent|per\s?cent|pct"),
    ("pp", r"п\.\s?п\.?|процентн\w+ пункт\w*|percentage[- ]points?|pp|pts?|пункт(?:а|ов|ам|ами|ы)?|points?"),
    ("cent", r"цент(?:а|ов|ы)?|cents?|¢"), ("kopeck", r"копе(?:йк\w|ек)|коп\."),
    ("usd", r"\$|долл(?:ар\w*|\.)?|dollars?|usd|бакс\w*|us\$"), ("eur", r"€|евро|euros?|eur"),
    ("rub", r"₽|руб(?:л\w+|\.)?|р\.|ro?ubles?|rub"), ("gbp", r"£|фунт\w*(?: стерлингов)?|pounds?|gbp"),
    ("cny", r"¥|юан\w*|yuan|rmb|cny"), ("jpy", r"иен\w?|yen|jpy"), ("inr", r"₹|рупи\w+|rupees?|inr"),
    ("krw", r"₩|вон(?:а|ы)?|won|krw"), ("kzt", r"₸|тенге|tenge|kzt"), ("chf", r"франк\w*|francs?|chf"),
    ("x", r"[x×хX](?![\w])|раза?(?!\w)|times(?!\w)|-?fold|-?кратн\w+"),
    ("ms", r"мс|ms|миллисекунд\w*|milliseconds?"),
    ("second", r"сек(?:унд\w*|\.)?|с|секунд\w*|sekunden?|seconds?|secs?|s"),
    ("minute", r"мин(?:ут\w*|\.)?|хвилин\w*|minuten|minutes?|mins?"),
    ("hour", r"час(?:а|ов|ам|ами|ах|у|ом|ы|овой|овая|овое|ового|овую|овых)?|ч\.?|годин\w?|stunden?|hodin\w?|hours?|hrs?|h"),
    ("day", r"день|дня|дней|дню|днем|дням|днями|днях|дни|дневн\w+|сут(?:ки|ок|кам|ками|ках|очн\w+)|днів|tagen?|dní|days?"),
    ("week", r"недел\w+|тижн\w+|wochen?|týdn\w+|weeks?"), ("month", r"месяц\w*|місяц\w*|monaten?|měsíc\w*|месячн\w+|months?"),
    ("quarter", r"квартал(?:а|ов|ам|ами)|quarters"),
    ("year", r"года?|лет|років|рок[иу]|jahren?|годам|годами|годах|годом|году|годы|летн\w+|летия|летие|years?|yrs?|year-olds?"),
    ("kb", r"[kк][bб]|килобайт\w*|kilobytes?|kib"), ("mb", r"[mм][bб]|мегабайт\w*|megabytes?|mib"),
    ("gb", r"[gг][bб]|гигабайт\w*|gigabytes?|gib|гигов"), ("tb", r"[tт][bб]|терабайт\w*|terabytes?|tib"),
    ("pb", r"[pп][bб]|петабайт\w*|petabytes?"),
    ("kw", r"квт|kw|киловатт\w*|kilowatts?"), ("mw", r"мвт|mw|мегаватт\w*|megawatts?"), ("gw", r"гвт|gw|гигаватт\w*|gigawatts?"),
    ("w", r"вт|ватт\w*|watts?"), ("km", r"км|km|километр\w*|kilomet(?:re|er)s?"), ("nm", r"нм|nm|нанометр\w*|nanomet(?:re|er)s?"),
    ("mm", r"мм|mm|миллиметр\w*"), ("meter", r"метр(?:а|ов|ы)?|met(?:re|er)s?"), ("kg", r"кг|kg|килограмм\w*"),
    ("ton", r"тонн\w*|tons?|tonnes?"), ("ghz", r"ггц|ghz"), ("mhz", r"мгц|mhz"),
)  # fmt: skip
UNIT = re.compile(
    "|".join(f"(?P<u{place}>(?:{words})(?![^\\W_]))" for place, (_, words) in enumerate(UNITS)), re.IGNORECASE
)

#: What a number may stand for that is no sum: the word before it, and what the number is then to the true one.
ABOUT = re.compile(
    r"(?:\b(?:около|примерно|порядка|приблизительно|где-то|ориентировочно|about|around|roughly|approximately|approx\.?|circa|some"
    r"|близко к|в районе|almost exactly)|[~≈])\s*(?:[$€£₽]\s*)?$",
    re.IGNORECASE,
)
OVER = re.compile(
    r"(?:\b(?:более(?: чем)?|больше(?: чем)?|свыше|не менее|не меньше|как минимум|over|more than|at least|upwards of"
    r"|exceed(?:s|ed|ing)?|превы(?:сил|шает|шают|сила|сило|сили)\w*|past|north of|no fewer than)|[>≥])\s*(?:[$€£₽]\s*)?$",
    re.IGNORECASE,
)
UNDER = re.compile(
    r"(?:\b(?:почти|менее(?: чем)?|меньше(?: чем)?|не более|не больше|nearly|almost|under|less than|fewer than"
    r"|at most|close to|just under|just shy of|без малого|чуть меньше|near)|[<≤])\s*(?:[$€£₽]\s*)?$",
    re.IGNORECASE,
)
