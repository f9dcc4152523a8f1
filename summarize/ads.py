"""Tells advertising from news by rules: paid marks, promo codes, sales of courses, mutual promotion, giveaways.

Precision first: a reader loses a story when a post is wrongly called an ad, so a word alone never decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from summarize.text import normalise

AdKind = Literal["none", "grey", "ad"]

_AD_SCORE = 3
_GREY_SCORE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AdVerdict:
    """`kind` "ad" is not shown, "grey" is shown with less weight (vacancies, weak signs); `reasons` name the rules."""

    kind: AdKind
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A sign of advertising: `score` 3 decides alone, 2 makes grey, smaller ones add up."""

    name: str
    score: int
    pattern: re.Pattern[str]


def _rule(name: str, score: int, pattern: str) -> _Rule:
    return _Rule(name=name, score=score, pattern=re.compile(pattern, re.IGNORECASE))


_ERID = re.compile(r"(?:\berid\b|\bерид\b)\s*[:=\-—]?\s*([A-Za-z0-9]{8,})")
_ERID_BARE = re.compile(
    r"\b(?:2Vtz[a-zA-Z0-9]{6,}|2SDn[a-zA-Z0-9]{6,}|2RanY[a-zA-Z0-9]{5,}|LjN8[a-zA-Z0-9]{5,}"
    r"|Kra2[a-zA-Z0-9]{5,})"
)
_ERID_URL = re.compile(r"[?&#](?:utm_)?erid=[A-Za-z0-9]{6,}", re.IGNORECASE)

_RULES: tuple[_Rule, ...] = (
    _rule(
        "#реклама",
        3,
        r"(?:^|\s)#(?:реклама|промо|спонсор|adv|ad|sponsored|рекламныйпост|партн[её]рский(?:_?пост)?)(?![\w])",
    ),
    _rule(
        "advertiser",
        3,
        r"(?:^|\n|[.!?…)»]\s+)реклам(?:а|одатель)\s*[.:,|—–-]?\s*(?:ооо|ао|пао|ип|зао|оао|нко|ано|фгбоу|чуз|чоу)\b",
    ),
    _rule(
        "advertiser",
        2,
        r"(?:^|\n)[^\n]{0,60}\b(?:ооо|ао|пао|ип|ано)\b[^\n]{1,100}\bинн\s*:?\s*\d{10,12}\b[^\n]{0,60}\Z",
    ),
    _rule(
        "advertiser",
        3,
        r"(?:^|\n)\W{0,6}(?:на\s+правах\s+рекламы|реклама\s*\.?\s*16\+|реклама|sponsored(?:\s+post)?|advertisement|paid\s+partnership)\W{0,6}(?:\n|$)",
    ),
    _rule(
        "promo code",
        3,
        r"(?:скидк\w*|бонус\w*|%|выгод\w*)[^.!?\n]{0,60}\bпо\s+(?:нашему\s+|моему\s+)?промокоду?\b\s*[:«\"“—-]*\s*[A-Z0-9А-ЯЁ_]{4,}",
    ),
    _rule("promo code", 2, r"\bпромокод\w*\s*[:«\"“—-]*\s*(?-i:[A-ZА-ЯЁ][A-Z0-9А-ЯЁ_]{3,})\b"),
    _rule(
        "promo code",
        2,
        r"\b(?:use|with|enter)\s+(?:the\s+|my\s+|our\s+)?(?:promo\s*|coupon\s+|discount\s+)?code\s*[:\"“]*\s*(?-i:[A-Z][A-Z0-9_]{3,})\b",
    ),
    _rule(
        "discount",
        1,
        r"(?:скидк\w*\s+(?:до\s+|в\s+)?\d{1,2}\s?%|со\s+скидкой|\d{1,2}\s?%\s+скидк\w*|-\d{2}\s?%|\d{1,2}\s?%\s+off\b|black\s+friday|чёрн\w+\s+пятниц)",
    ),
    _rule(
        "course sale",
        2,
        r"(?:запис(?:аться|ывайтесь|ывайся|ывайте|ь)\s+(?:открыт\w*\s+)?на\s+(?:\S+\s+){0,2}?(?:курс|интенсив|поток|обучени|вебинар|программ|консультац|занят))",
    ),
    _rule(
        "course sale",
        2,
        r"(?:остал(?:ось|ся|ись)\s+(?:всего\s+|только\s+)?\d+\s+(?:мест|слот|дн)|места\s+ограничены|количество\s+мест\s+ограничено|успей(?:те)?\s+(?:купить|записаться|забронировать|занять|по))",
    ),
    _rule(
        "course sale",
        2,
        r"(?:старт(?:ует|уем)?\s+(?:нов\w+\s+|\d+\S*\s+)?(?:поток|курс)\w*|старт\s+(?:нового\s+)?потока|набор\s+на\s+(?:новый\s+)?(?:курс|поток))",
    ),
    _rule(
        "course sale",
        1,
        r"(?:рассрочк\w+|оплат\w+\s+частями|стоимость\s+(?:курса|участия|обучения)|после\s+оплаты|вернём\s+деньги|гарантия\s+трудоустройства)",
    ),
    _rule(
        "course sale",
        2,
        r"\b(?:enroll\s+(?:now|today)|only\s+\d+\s+(?:spots|seats)\s+left|early[\s-]bird\s+(?:price|pricing|discount)|limited[\s-]time\s+offer|buy\s+now|order\s+now)\b",
    ),
    _rule(
        "course sale",
        2,
        r"\d\s*(?:₽|руб\w*)\s*\(?\s*вместо\s+\d|получите\s+вводные\s+занятия|получить\s+вводные\s+занятия|начните\s+с\s+(?:демо-доступа|бесплатн\w+\s+вебинар)",
    ),
    _rule(
        "buy",
        2,
        r"(?:^|\n)\W*(?:купить|заказать|оформить\s+заказ|забронировать|приобрести|оставить\s+заявку|получить\s+(?:скидку|доступ|консультацию|гайд|бонус))\b[^.!?\n]{0,60}(?:\n|$)",
    ),
    _rule(
        "mutual promotion",
        2,
        r"\A\W*подпи(?:шись|шитесь|сывай(?:ся|тесь))\s+на\s+(?:канал\w*|группу|чат|паблик)\s[^\n]{0,60}(?:@\w{4,}|t\.me/\S+)",
    ),
    _rule(
        "mutual promotion",
        2,
        r"(?:подборк\w+|папк\w+)\s+(?:лучших\s+|полезных\s+|топовых\s+|авторских\s+)?(?:телеграм\w*|тг|telegram)[-\s]?канал\w*|полезные\s+каналы[^\n]{0,60}подборк",
    ),
    _rule(
        "own channel",
        2,
        r"(?:запуска\w+|открыва\w+|у\s+нас\s+появился)\s+(?:\S+\s+){0,3}?(?:телеграм-?|тг-?)?канал\b[\s\S]{0,800}подпи(?:сывай|шись|шитесь)",
    ),
    _rule("mutual promotion", 2, r"(?:добав(?:ить|ляй(?:те)?|ьте)\s+(?:себе\s+)?папку|t\.me/addlist/)"),
    _rule(
        "giveaway",
        3,
        r"(?:участвуй(?:те)?|участвовать|прими(?:те)?\s+участие|принять\s+участие)\s+в\s+(?:наш\w+\s+)?(?:розыгрыш|гив)\w*|разыгр(?:ываем|аем)\s|условия\s+(?:участия\s+в\s+)?розыгрыша|наш\w*\s+розыгрыш|(?:провод\w+|провести|запускаем)\s+(?:\S+\s+)?розыгрыш|\bgiveaway\b[^\n]{0,120}\b(?:enter|join|win|follow)",
    ),
    _rule("giveaway", 1, r"участвуй(?:те)?\s+в\s+конкурсе|среди\s+подписчиков|сделай(?:те)?\s+репост"),
    _rule(
        "gambling",
        3,
        r"(?:забира\w+|забрать|получ\w+|дар\w+|бонус\w*)[^.\n]{0,60}(?:фрибет\w*|фриспин\w*)|фрибет\w*[^.\n]{0,60}(?:промокод|регистрац|забра|получ)|бездеп\w*\s+бонус|free\s*spins?\b[^.\n]{0,60}\b(?:sign|bonus|deposit|claim)|депозит\w*\s+и\s+получ\w+",
    ),
    _rule("gambling", 1, r"(?:онлайн[\s-]казино|1xbet|1хбет|букмекер\w*|слоты\b|betting|casino)"),
    _rule(
        "gambling",
        2,
        r"(?:бонус\w*\s+(?:за|при)\s+регистраци|(?:делай|сделай)\s+ставк\w+|играй\s+и\s+выигрывай|welcome\s+bonus|sign[\s-]?up\s+bonus)",
    ),
    _rule(
        "crypto scheme",
        3,
        r"(?:пассивн\w+\s+доход\w*[^.\n]{0,80}(?:пиши|жми|@|t\.me|канал)|сигнал\w*\s+(?:для\s+)?(?:трейд|крипт|бирж)\w+[^.\n]{0,80}(?:канал|@|t\.me)|заработ\w+\s+(?:от\s+)?\d[\d\s.]*(?:₽|руб|\$|usdt)\S*\s+(?:в\s+день|в\s+неделю|за\s+день)|guaranteed\s+(?:profit|returns))",
    ),
    _rule(
        "vacancy",
        2,
        r"(?:#(?:вакансия|вакансии|hiring|vacancy)\b|(?:^|\n)\W*(?:подборка\s+(?:\S+\s+)?вакансий|вакансия\s*[:—–])|(?:мы\s+)?(?:ищем|ищу)\s+(?:в\s+команду\s+|себе\s+в\s+команду\s+)?(?:\S+\s+){0,3}?(?:разработчик|инженер|аналитик|ml|data|senior|middle|junior|python|go\b|golang|стаж[её]р|backend|devops|тестировщик|дизайнер|менеджер|engineer|developer|researcher)|we\s+are\s+hiring|we['’]re\s+hiring|join\s+our\s+team|откликнуться|присылайте\s+резюме|(?:отправ\w+|пришл\w+|жд[её]м)\s+(?:ваше\s+|своё\s+)?(?:резюме|cv)\b)",
    ),
    _rule(
        "vacancy",
        1,
        r"(?:#(?:работа|job|jobs)\b|зарплат\w*\s*[:—–-]|з/?п\s*[:—–-]|вилк\w+\s+(?:от\s+)?\d|(?:требования|обязанности|условия)\s*:|\bfull[\s-]?time\b|\bсалари\b|salary\s*:)",
    ),
)

_ABOUT_ADS = re.compile(
    r"(?:законопроект|закон\w*\s+о\s+рекламе|маркировк\w+\s+(?:интернет-)?рекламы|роскомнадзор\w*"
    r"|фас\b|госдум\w*|штраф\w*|суд\w*\s|"
    r"рынок\s+рекламы|рекламн\w+\s+(?:рынок|рынка|выручк|сет)|мошенник\w*|advertising\s+(?:market"
    r"|revenue|law|law)|ad\s+revenue)",
    re.IGNORECASE,
)
_ANNOUNCED_TEACHING = re.compile(
    r"(?:университет\w*|мгу|мфти|вшэ|итмо|спбгу|сколтех\w*|миан|шад\b|university|stanford|mit\b"
    r"|berkeley|oxford|open\s+lecture|открыт\w+\s+лекци\w+)",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"(?:скидк|рассрочк|тариф|стоимост|₽|\bруб\b|\$\s?\d|€|промокод|оплат|price|discount)", re.IGNORECASE
)
_FREE = re.compile(
    r"(?:бесплатн\w+|открыт\w+\s+(?:курс|лекци)|for\s+free|free\s+(?:course|lecture)|no\s+fee)", re.IGNORECASE
)
_SELLING = frozenset({"promo code", "course sale", "discount", "buy"})
_PAID_MARKS = frozenset({"erid", "#реклама", "advertiser"})
_CHANNEL_LINK = re.compile(r"(?:https?://)?t\.me/(?:\+|joinchat/)?(\w{4,})/?(?:$|\?)", re.IGNORECASE)
_INVITE = re.compile(r"t\.me/(?:\+|joinchat/|addlist/)", re.IGNORECASE)


def verdict(text: str, links: Sequence[str] = ()) -> AdVerdict:
    """Is the post an ad, something like one, or neither? `links` are the targets of its links (text links included).

    Reads the raw text, since cleaning removes the very signs. News about advertising, its law or promo codes
    is "none";
    so is a news post with a subscribe tail, and a free or university lecture.
    """
    plain = normalise(text)
    found = dict(_found(plain, links))
    about = _ABOUT_ADS.search(plain) is not None
    if about:
        found = {name: score for name, score in found.items() if name in _PAID_MARKS or name == "vacancy"}
    if (_ANNOUNCED_TEACHING.search(plain) or _FREE.search(plain)) and not _MONEY.search(plain):
        found.pop("course sale", None)
    return _judged(found)


def _judged(found: dict[str, int]) -> AdVerdict:
    total = sum(score for name, score in found.items() if name != "vacancy")
    selling = sum(score for name, score in found.items() if name in _SELLING)
    reasons = tuple(sorted(found))
    if total >= _AD_SCORE and (selling == 0 or selling >= _AD_SCORE or total > selling):
        return AdVerdict(kind="ad", reasons=reasons)
    if total >= _GREY_SCORE or found.get("vacancy", 0) >= _GREY_SCORE:
        return AdVerdict(kind="grey", reasons=reasons)
    return AdVerdict(kind="none")


def _found(text: str, links: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(rule, score) of the rules that hold; scores of several patterns of one rule add up."""
    scores: dict[str, int] = {}
    if _has_erid(text, links):
        scores["erid"] = _AD_SCORE
    for rule in _RULES:
        if rule.pattern.search(text):
            scores[rule.name] = scores.get(rule.name, 0) + rule.score
    if _lists_channels(text, links):
        scores["mutual promotion"] = _AD_SCORE
    yield from scores.items()


def _has_erid(text: str, links: Sequence[str]) -> bool:
    """A real advertising token: letters and digits together, so that prose about "erid" does not count."""
    for match in _ERID.finditer(text):
        token = match.group(1)
        if any(c.isdigit() for c in token) and any(c.isalpha() for c in token) and not token.islower():
            return True
    return bool(_ERID_BARE.search(text) or _ERID_URL.search(text)) or any(_ERID_URL.search(link) for link in links)


_LINK_POINTER = re.compile(r"t\.me/[\w+]{4,}/?(?:\s|$)", re.IGNORECASE)
_ANY_POINTER = re.compile(r"(?<![\w.])@[A-Za-z]\w{3,}|t\.me/[\w+]{4,}/?(?:\s|$)", re.IGNORECASE)
_CHANNEL_WORD = re.compile(r"(?:канал|паблик|подпис|розыгрыш|channel|subscribe|follow)", re.IGNORECASE)


def _lists_channels(text: str, links: Sequence[str]) -> bool:
    """Mostly a list of other channels: four or more lines that point to channels, and little else."""
    lines = [line for line in text.split("\n") if line.strip()]
    pointer = _ANY_POINTER if _CHANNEL_WORD.search(text) else _LINK_POINTER
    pointing = sum(1 for line in lines if pointer.search(line))
    channels = {m.group(1).lower() for link in links if (m := _CHANNEL_LINK.search(link))}
    invites = sum(1 for link in links if _INVITE.search(link))
    many = len(channels) + invites >= 5 and len(channels) + invites >= 0.5 * len(lines)
    return (pointing >= 4 and pointing >= 0.5 * len(lines)) or many
