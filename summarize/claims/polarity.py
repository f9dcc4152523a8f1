"""Opposites and negation in a claim and in the sentence that it is drawn from.

Pure. An opposite is known from a table of axes; any other word turns around with a negation before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from summarize.claims.check_posts import key, weight
from summarize.text import keywords_stems

#: An axis a line: beginnings of words of one sense, and after the bar those of the other. A full stop ends a whole word.
AXES = """
разреш позволя можно допуска allow permit legal. | запре нельзя forbid forbad prohibit ban. bans. banned disallow illegal
вырос выраст рост. роста растет растут увелич повыс повыш подня прибав выше. rise. rises. rising rose. risen grew grow. \
grows. grown increas higher raised. raises. gain. gained подорожа удорож | упал упала упали упало паде снизи сниж \
уменьш сокра просел просед fall. falls. fell. fallen decreas drop. drops. dropped lower. lowered reduc cut. cuts. \
shrank shrink подешев удешев ниже. halv
дороже. дорогой дорога. дорогая expensive costlier pricier | дешев cheap cheaper inexpensive
быстр ускор fast faster quick quicker speed | медлен замедл slow slower slowed
лучш best. better. | худш хуже. worst. worse.
улучш improv | ухудш worsen degrad deteriorat
подтвер confirm | опроверг опроверж отриц deny. denies denied refut
согласи agreed. agrees accept одобр approv поддержал endors | отказ отверг отклон refus reject declin decline.
выигра побед победи win. wins. won. beat. beats. обош опереди outperform превзош обогн | проигра уступ lose. loses. lost. lag. lags.
бесплат gratis | платн платный paid.
открыт открыл открыва opens opened. open. | закрыт закрыл закрыва закро clos shut
включ enabl | отключ выключ disabl
добав added. adds. add. появи появля | удал убра убер remov delet dropped.
начал начина начнет start began begin begun begins launch | прекра заверш останов stop. stops. stopped ceas discontinu ended. ends.
назва раскры disclos reveal named. names. | скры утаи conceal hid. hides. withh
успеш удалось удалос смог. смогли смогла получилось succeed success managed. | провал неудач fail. fails. failed failure
больше. больш больше more. larger. bigger. most. | меньше. меньш less. fewer. smaller. least.
много. многие многочис many. numerous lots plenty | мало. немного. few. scarce
нанима нанял наймет найм hire. hires. hired. hiring | уволи увольн fire. fires. fired. laid layoff
обязат обязан mandat compuls required. require. requires. требу | доброволь необяз optional voluntar
всегда always. | никогда never.
доволен довольн нрав понрав enjoy amus like. likes. liked. love. loved. loves. pleas рад. рада. рады. delight | недовол \
разочаров disappoint annoy dislike hate. unhappy angry angered
безопас safe. safer. secure. | опасн уязвим unsafe dangerous insecure vulnerable
онлайн online | офлайн оффлайн offline
публичн общедоступ public. | частн закрыт приват private. confidential
вреден вредит вредят harm hurt. hurts. | полез помога help. helps. helped. useful benefic
раньше досрочн earlier. early. | позже поздн later. late. delayed postpon перенес отлож
сильнее stronger. | слабее weaker.
точнее | менее
верхн upper. maximum максимал макс | нижн lower. minimum минимал
прибыл profit | убыт loss. losses.
доступн available | недоступ unavailable
законн lawful | незаконн unlawful illegal
раскрит критик критико criticis criticiz condemn | похвал хвали prais
""".strip().splitlines()


def _read() -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    whole: dict[str, tuple[int, int]] = {}
    starts: dict[str, tuple[int, int]] = {}
    for axis, line in enumerate(AXES):
        for sign, words in zip((1, -1), line.split("|"), strict=True):
            for word in words.split():
                if word.endswith("."):
                    whole[word[:-1]] = (axis, sign)
                else:
                    starts.setdefault(word, (axis, sign))
    return whole, starts


_WHOLE, _STARTS = _read()


@lru_cache(maxsize=50_000)
def side(word: str) -> tuple[int, int] | None:
    """The axis of a lower-case word and which of its ends it is, or None."""
    if word in _WHOLE:
        return _WHOLE[word]
    return next((_STARTS[word[:stop]] for stop in range(len(word), 2, -1) if word[:stop] in _STARTS), None)


_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’-][^\W_]+)*|[,;:.!?()\n—–]")
_NEGATIONS = frozenset(
    "не ни без нет not no never without cannot can't won't doesn't don't didn't isn't aren't wasn't weren't hasn't haven't wouldn't"
    " couldn't shouldn't nobody none neither nor nothing unable".split()
)
#: How many words a negation reaches, if not three.
_SCOPE = {"не": 1, "ни": 1, "no": 1, "without": 1, "без": 2, "нет": 2}
#: A sentence that denies something in any way is not denied by the lack of a "not".
_DENIES = re.compile(
    r"\b(?:не|ни|нет|без|нельзя|никто|никогда|ничего|отказ\w*|отрица\w+|перестал\w*|прекра\w+|отмен\w+|кроме|только|лишь|вместо|невозмож\w*|not|no|never|none"
    r"|nobody|nothing|neither|nor|without|cannot|\w+n['’]t|fail\w*|refus\w+|unable|except|only|instead|rather|un(?!i|der|til)\w{4,}|non-\w+|lack\w*|zero|hardly|drop\w*"
    r"|stop\w*|ceas\w+|off|without|недо\w+|неу\w+|нерав\w+|мало|few|barely|едва|вряд|запре\w+|forbid\w*|ban|bans|banned|prohibit\w*)\b",
    re.IGNORECASE,
)
#: What is negated passes it on to the verb that it goes with.
_MODALS = frozenset(
    "удалось удастся смог смогли смогла может могут сможет смогут умеет умеют получилось планирует планируют собирается собираются намерен"
    " намерена намерены будет будут стал стала стали хочет хотят готов готова готовы нужно надо требуется приходится обязаны обещает"
    " would will do does did can could be been is are was were has have had yet any longer to the a an it more больше уже еще".split()
)
_FAILS = frozenset(
    "failed fails fail refused refuses declined stopped отказался отказалась отказались отказывается перестал перестали перестала".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What a clause says: axes and keys of words, each with 1, or -1 if negated or at an axis's other end.

    `says`: how much each key says, 0…1.
    """

    signs: Mapping[str, frozenset[int]]
    says: Mapping[str, float]


@lru_cache(maxsize=8192)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text that say anything."""
    found: list[Clause] = []
    for words in _cut(text):
        signs: dict[str, set[int]] = {}
        says: dict[str, float] = {}
        for name, sign, much in _senses(words):
            signs.setdefault(name, set()).add(sign)
            says[name] = max(says.get(name, 0.0), much)
        if signs:
            found.append(Clause(signs={name: frozenset(each) for name, each in signs.items()}, says=says))
    return tuple(found)


def _cut(text: str) -> Iterator[list[str]]:
    """The words of each clause, lower-case."""
    words: list[str] = []
    for match in _TOKEN.finditer(text):
        word = match.group().lower().replace("ё", "е").replace("’", "'")
        if word[0].isalnum() and word not in _TURNS:
            words.append(word)
        elif words:
            yield words
            words = []
    if words:
        yield words


_TURNS = frozenset("а но but while whereas although хотя".split())


def _senses(words: Sequence[str]) -> Iterator[tuple[str, int, float]]:
    """The senses of a clause; "не удалось" turns its infinitives around, wherever they stand."""
    infinitives = any(one == "не" and two in _MODALS for one, two in pairwise(words))
    negated = 0
    for word in words:
        if word in _NEGATIONS or word in _FAILS:
            negated = _SCOPE.get(word, 3)
            continue
        found = side(word)
        if word in _MODALS and found is None:
            continue
        sign = -1 if negated else 1
        negated = max(0, negated - 1)
        if found is not None:
            yield f"axis{found[0]}", sign * found[1], 0.0
        turned = infinitives and word.endswith(("ть", "ться", "ти"))
        for stem in keywords_stems(word)[:1]:
            yield key(stem), -1 if turned else sign, weight(stem)


def opposed(claim: str, sentence: str, others: Sequence[str] = ()) -> bool:
    """Does a clause of the claim say the opposite of one of the sentence, and none that is as near says it so?

    The two clauses must have more in common than the word that is turned around. A word that is no axis counts if of
    claim and sentence only one denies anything at all.
    """
    one_denies = (_DENIES.search(claim) is None) != (_DENIES.search(sentence) is None)
    elsewhere = [clause for other in (sentence, *others) for clause in clauses(other)]
    return any(
        _against(said, there, name)
        and not any(
            said.signs[name] & clause.signs.get(name, frozenset())
            and _common(said, clause, name) >= _common(said, there, name)
            for clause in elsewhere
        )
        for said in clauses(claim)
        for there in clauses(sentence)
        for name in said.signs.keys() & there.signs.keys()
        if _telling(name, one_denies=one_denies)
    )


def _against(said: Clause, there: Clause, name: str) -> bool:
    """Do two clauses say the opposite in this, and have enough in common?"""
    if len(said.signs[name]) > 1 or said.signs[name] & there.signs[name]:
        return False
    return _common(said, there, name) >= COMMON


def _common(said: Clause, there: Clause, but: str) -> float:
    return sum(said.says[name] for name in said.says.keys() & there.says.keys() if name != but)


#: How much two clauses must have in common beside what is turned around.
COMMON = 0.3


def _telling(name: str, *, one_denies: bool) -> bool:
    return name.startswith("axis") or (one_denies and not name[-1].isdigit()) or (one_denies and name[0] in "=@")
