"""A summary without a model: a title and a few whole sentences taken verbatim from a story's posts.

Pure and deterministic: the order of the sources does not matter. Sentences are chosen by what the sources
    share, by how
much they tell (names, numbers, verbs) and by whether they can be read on their own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.types import Entity, EntityKind
from summarize.text import EMOJI, Sentence, bare, clean, keywords_stems, line_key, normalise, sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One post of a story: its raw text and markup (code points of `text`), as stored.

    `post_key` is unique in a story. `independent` is False for a post that repeats another source; copies support
    nothing. `boilerplate` holds line keys of the channel (see `summarize.text.lines_of`).
    """

    post_key: int
    channel: str
    text: str
    lang: str
    entities: tuple[Entity, ...] = ()
    date: datetime | None = None
    is_copy: bool = False
    independent: bool = True
    boilerplate: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedSentence:
    """A sentence as it stands in the post `post_key`, less its bullet and markdown marks, white space made single."""

    text: str
    post_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """`title` comes from the post `title_post`; `sentences` are in reading order; `lang` is theirs."""

    title: str
    title_post: int
    sentences: tuple[ExtractedSentence, ...]
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A sentence of a cleaned post with what choosing needs: `index` counts units of its post, `rank` its source."""

    text: str
    rank: int
    index: int
    stems: tuple[str, ...]
    is_first: bool
    is_heading: bool
    is_bold: bool
    is_item: bool
    follows_intro: bool
    ends_line: bool
    is_foreign: bool
    is_copied: bool


def extract(sources: Sequence[Source], *, lang: str | None, max_sentences: int = 2, title_limit: int = 80) -> Extract:
    """Title and up to `max_sentences` sentences of a story told by `sources` (at least one, else ValueError).

    Texts in `lang` are preferred when some source has it, else the language most independent sources use. The title
    keeps to `title_limit` code points wherever it can be shortened at a clause boundary and stay true. A
    one-line post
    gives a title and no sentences; a post without words gives an empty title.
    """
    if not sources:
        raise ValueError("a summary needs at least one source")
    ordered = _spoken(sorted(sources, key=_source_order), lang)
    units = [unit for rank, source in enumerate(ordered) for unit in _units(source, rank)]
    weights = _weights(units, ordered)
    heading = _title(units, weights, ordered, title_limit)
    chosen = _choose(units, weights, heading, max_sentences)
    return Extract(
        title=heading.text,
        title_post=ordered[heading.rank].post_key,
        sentences=tuple(ExtractedSentence(text=u.text, post_key=ordered[u.rank].post_key) for u in chosen),
        lang=ordered[0].lang,
    )


def _source_order(source: Source) -> tuple[bool, float, int]:
    """Originals before copies, early before late."""
    return (
        source.is_copy or not source.independent,
        source.date.timestamp() if source.date else math.inf,
        source.post_key,
    )


def _spoken(ordered: list[Source], lang: str | None) -> list[Source]:
    """The sources of one language: the reader's, else the one with most independent sources."""
    counts = Counter(source.lang for source in ordered if not source.is_copy and source.independent)
    counts = counts or Counter(source.lang for source in ordered)
    known = {source.lang for source in ordered if normalise(source.text)}
    best = lang if lang in known else max(counts, key=lambda code: (counts[code], code != "und", code))
    return [source for source in ordered if source.lang == best] or ordered


# --- units -----------------------------------------------------------------------------------------------------------


def _units(source: Source, rank: int) -> list[_Unit]:
    """Sentences of the cleaned post."""
    text = clean(_without_code(source), source.entities, boilerplate=source.boilerplate)
    bold = _bold_keys(source)
    found = _headline_joined(text, [s for s in sentences(text) if not s.is_code])
    lines = text.split("\n")
    intro = _under_intro(found)
    units: list[_Unit] = []
    for index, sentence in enumerate(found):
        starts = index == 0 or found[index - 1].line != sentence.line
        units.append(
            _Unit(
                text=_shown(sentence.text),
                rank=rank,
                index=index,
                stems=tuple(keywords_stems(sentence.text, source.lang)),
                is_first=index == 0,
                is_heading=sentence.is_heading,
                is_bold=(starts and line_key(lines[sentence.line]) in bold) or line_key(sentence.text) in bold,
                is_item=sentence.is_item,
                follows_intro=intro[index],
                ends_line=index + 1 == len(found) or found[index + 1].line != sentence.line,
                is_copied=source.is_copy or not source.independent,
                is_foreign=source.lang in _CYRILLIC_LANGS and _latin(sentence.text),
            )
        )
    return units


_CYRILLIC_LANGS = frozenset({"ru", "uk", "be", "kk", "bg", "sr", "mk"})


def _latin(text: str) -> bool:
    """Has the text hardly any Cyrillic?"""
    letters: list[str] = _LETTER.findall(text)
    return sum(1 for letter in letters if "\u0400" <= letter <= "\u052f") < len(letters) / 5


def _headline_joined(text: str, found: list[Sentence]) -> list[Sentence]:
    """The sentences, those of a short first line ("LLM with diffusion. Nearly there.") made one."""
    first = [s for s in found if s.line == found[0].line]
    if len(first) < 2 or _length(text[first[0].start : first[-1].end]) > 80 or any("?" in s.text for s in first):
        return found
    start, end = first[0].start, first[-1].end
    whole = Sentence(text=text[start:end], start=start, end=end, line=first[0].line, is_item=first[0].is_item)
    return [whole, *found[len(first) :]]


def _under_intro(found: Sequence[Sentence]) -> list[bool]:
    """For each sentence: is it in a list that a line ending in a colon opens?"""
    flags: list[bool] = []
    for index, sentence in enumerate(found):
        previous = found[index - 1].text.rstrip() if index else ""
        flags.append(previous.endswith((":", "：")) or (sentence.is_item and index > 0 and flags[-1]))
    return flags


def _without_code(source: Source) -> str:
    """The raw text with code blocks blanked, character for character, so that offsets of entities stay."""
    chars = list(source.text)
    for entity in source.entities:
        stop = min(len(chars), entity.offset + entity.length)
        block = "".join(chars[entity.offset : stop])
        if entity.kind is EntityKind.PRE or (entity.kind is EntityKind.CODE and "\n" in block.strip()):
            chars[entity.offset : stop] = ["\n"] * (stop - entity.offset)
    return "".join(chars)


def _bold_keys(source: Source) -> frozenset[str]:
    """Keys of lines that are bold (or headings) as a whole."""
    keys: set[str] = set()
    for entity in source.entities:
        if entity.kind in (EntityKind.BOLD, EntityKind.HEADING):
            keys.update(
                line_key(line) for line in source.text[entity.offset : entity.offset + entity.length].split("\n")
            )
    return frozenset(keys - {""})


_MARKUP = re.compile(r"\*\*|__|~~|\|\||`{3}")
_FOOTNOTE = re.compile(r"^\*+(?=\w)")


def _shown(text: str) -> str:
    """A sentence as it is printed: one line, without bullet, markdown pairs and emoji at its ends."""
    plain = " ".join(_MARKUP.sub("", text).split())
    return bare(_FOOTNOTE.sub("", bare(plain)))


# --- weights ---------------------------------------------------------------------------------------------------------


def _weights(units: Sequence[_Unit], ordered: Sequence[Source]) -> dict[str, float]:
    """How central a stem is: in how many independent sources, then how often, headings and openings counting more."""
    spread: dict[str, set[int]] = {}
    often: Counter[str] = Counter()
    for unit in units:
        source = ordered[unit.rank]
        weight = 2 if unit.is_first or unit.is_heading else 1
        for stem in set(unit.stems):
            often[stem] += weight
            if source.independent and not source.is_copy:
                spread.setdefault(stem, set()).add(unit.rank)
    many = max(1, len({rank for ranks in spread.values() for rank in ranks}))
    return {
        stem: (1.0 + math.log(count)) * (1.0 + 2.0 * (len(spread.get(stem, ())) - 1) / many if many > 1 else 1.0)
        for stem, count in often.items()
    }


def _centrality(stems: Iterable[str], weights: dict[str, float]) -> float:
    """Mean weight of the stems, damped for very short sentences; 0..1 of the heaviest stem."""
    unique = set(stems)
    if not unique:
        return 0.0
    top = max(weights.values(), default=1.0)
    return sum(weights.get(stem, 0.0) for stem in unique) / (len(unique) + 3) / top


# --- can it stand alone? ---------------------------------------------------------------------------------------------

_DANGLING = re.compile(
    r"""^(?:и|а|но|он|она|оно|они|его|её|ее|их|им|ему|ей|это|этот|эта|эти|этого|этому|этим|этой|эту|тот|та|те
    |так|такой|такая|такое
    |такие|также|тоже|ещё|еще|кроме\s+(?:того|этого)|при\s+(?:этом|том)|поэтому|потому|однако|зато|затем|потом
    |тогда|там|туда|тут|здесь
    |например|к\s+примеру|в\s+частности|в\s+(?:нём|нем|ней|них|нее)|для\s+(?:этого|него|неё|нее|них)
    |после\s+(?:этого|чего)|в\s+(?:этом(?!\s+(?:году|месяце))|том(?!\s+числе)|итоге|результате)
    |таким\s+образом|то\s+есть|т\.е|иными|другими|впрочем|причём|причем|притом|более\s+того|к\s+тому\s+же|ведь
    |вот|именно|оба|обе|первый|второй
    |во-первых|во-вторых|в-третьих|с\s+(?:ним|ней|ними|этим|другой)|за\s+(?:это|этим)|на\s+(?:этом|это|нём|нем
    |ней)|об\s+этом|из\s+(?:этого|них)|у\s+(?:него|неё|нее|них)
    |по\s+(?:его|её|ее|их)\s|кажд(?:ый|ая|ое)\s+из\s+(?:них|этих)|внутри\s+также|\w+\s+(?:также\s+|ещё\s+
    |еще\s+)?(?:он|она|они)|\w+\s+\w+\s+(?:он|она|они)|сначала|первоначально|напомню|мол|речь|ну|да|нет|короче|вообще
    |кстати|собственно|соответственно|итак|значит|плюс|наконец|далее|дальше|теперь|тем\s+(?:не|временем|более)
    |среди\s+них|всё\s+это|все\s+это|или|либо|чтобы|хотя|зато|иначе|аналогично|последн(?:ий|яя|ее)
    |it|its|in\s+it|this(?!\s+(?:week|year|month|morning|paper))|that|these|those|they|their|them|he|she|his|her|also|but|and|so|however|then|therefore|thus
    |moreover|furthermore|besides
    |instead|meanwhile|otherwise|or|here|there|such|both|in\s+(?:this|that|addition|other)|for\s+(?:example
    |instance|this)|as\s+a\s+result|on\s+the\s+other
    |він|вона|воно|вони|це|цей|ця|ці|та|також|однак|проте|тому|але)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BACKWARD = re.compile(
    r"(?:как\s+(?:я|мы)\s+(?:уже\s+)?(?:писал|говорил|рассказыв|упомина)|выше|ниже"
    r"|об\s+этом\s+(?:сообщ|пис|рассказ)|вышеупомян|above|below|as\s+(?:i|we)\s+(?:said|wrote"
    r"|mentioned)"
    r"|в\s+прошлый\s+раз|last\s+time|прошл(?:ом|ый)\s+пост|предыдущ\w+\s+пост|previous\s+post|в\s+комментар|👇|⬇)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"""(?:^(?:хотите|хочешь|ищете|откликаетесь|активир|забираем|качаем|пользуемся|готовимся|фиксируем|спойлер
    |дисклеймер|disclaimer|spoiler|want\b|looking\s+for|читай|смотри|узна(?:й|ть|ем)|подроб|ссылк|листай|держи
    |лови|забира|сохраня|делись|пиши|напиши|жми|кликай|перейд|переход|зарегистр|регистр|запис(?:ыва|а)
    |присоедин|приход|не\s+пропуст
    |рассказыва(?:ем|ю)\b|показыва(?:ем|ю)\b|расскаж|разбира(?:ем|ю)|разбер|делимся|давайте|посмотр|поговор
    |предлага(?:ем|ю)|рекоменд|напомина|представ(?:ьте|ляете)|угадай|вспомин|поделит|подели|готовим|готовьтесь
    |оставля|ставь|проверьте|попробуйте|изуча
    |check|read|see|watch|join|follow|subscribe|learn|stay|let'?s|find\s+out|click|register|share|don'?t\s+miss)
    |в\s+(?:этой|новой|нашей|данной|своей)?\s*(?:стать(?:е|и)|материале|видео|посте|гайде|подкасте)\s*(?:$|[.!]
    |рассказ|разб|вы\s+узна|узна|собра|мы\b|подроб)
    |по\s+ссылке|в\s+статье\b|подробн(?:ее|ости)\b.{0,25}$|читайте|смотрите|узнаете|на\s+хабре
    |по\s+этой\s+ссылке|тут\s*[.!]?$|здесь\s*[.!]?$|подпис(?:ыва|ат|ка)|промокод|на\s+сайте\s*[.!]?$)""",
    re.IGNORECASE | re.VERBOSE,
)
_CHATTY = re.compile(
    r"\b(?:я|мне|меня|мной|думаю|кажется|честно|имхо|лол|кек|жиза|блин|офигенн\w*|крут\w+|ребят\w*"
    r"|друзья|ну\s+и|надеюсь|спасибо|поздравля\w+|i|i'm|my|lol|btw|imho)\b",
    re.IGNORECASE,
)
_GREETS = re.compile(
    r"^\W*(?:всем\s+)?(?:привет|здравствуйте|добр(?:ый|ое|ого)\s|hi\b|hello\b|hey\b|друзья|коллеги|ребят|меня\s+зовут|с\s+праздник|поздравля)",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?!(?:модел|цел|недел|школ|сил|числ|дел|канал|материал|отдел|раздел|стол|персонал|потенциал"
    r"|сигнал|журнал|финал|интервал|интернет|бюджет|совет|запрет"
    r"|кредит|лимит|сайт|чат|результат|формат|аппарат|кандидат|депутат|автомат|факультет|университет"
    r"|комитет|пакет|ответ|отч[её]т|сч[её]т|лет|нет|билет"
    r"|цвет|свет|предмет|сюжет|датасет|таргет|токен|цен|член|обмен|домен|ген|план|экран|стран"
    r"|ресторан|сцен|смен|перемен|приставк|если|или|ли|сутки)\w{0,2}\b)"
    r"[а-яёіїє]+(?:[аеиоуыяё]л[аои]?|[аеиоуыяё]л(?:ся|ась|ось|ись)|[бвгдзкпрст]ся|ет|ёт|ит|ют|ут|ят"
    r"|ат|ется|ится|ются|утся|ятся|атся|ём|аем|уем|яем|еем|ан[аоы]?|ен[аоы]?)\b"
    r"|\b(?:могут|может|есть|стал|это|будет|будут|is|are|was|were|has|have|had|will|can|does|did"
    r"|beats|releases|launches|introduces|shows|finds|raises|says|announces"
    r"|outperforms|makes|gets|adds|brings|open-sources|unveils|publishes|acquires|[a-z]{3,}ed)\b",
    re.IGNORECASE,
)


def _finite(text: str) -> bool:
    """Does the text seem to hold a finite verb? Decided by endings; other scripts and languages count as yes."""
    if not re.search(r"[a-zа-яё]", text, re.IGNORECASE):
        return True
    return _FINITE.search(text) is not None


_VERB = re.compile(
    r"\b\w{2,}(?:ет|ёт|ит|ют|ут|ят|ат|ал|ял|ил|ел|ыл|ул|ла|ло|ли|лся|лась|лось|лись|ется|ится|ются"
    r"|ятся|утся|атся|ть|ться|ен|ан|на|но|ны|ает|мо)\b"
    r"|\b(?:is|are|was|were|has|have|had|will|can|does|did|\w{2,}(?:ed|es|s|ing))\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=\s)[«\"“(]?(?:[A-ZА-ЯЁІЇЄҐ][\w.-]+)|\b[A-Z][A-Za-z]*[0-9A-Z][\w.-]*|\b[a-z]+[A-Z]\w*")
_DIGITS = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_CODEY = re.compile(
    r"[{}=<>]{2,}|\w+\([^)\s]*\)[.;{]|;\s*$|^\s*(?:def|class|import|from|func|var|let|const|return"
    r"|SELECT|pip|git|npm|docker)\b.*[=({.;]|->|::|\$ "
)
_WIDE_SCRIPT = re.compile("[\u3041-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def _length(text: str) -> int:
    """Code points, a wide character counting as three: it tells about as much as three letters."""
    return len(text) + 2 * len(_WIDE_SCRIPT.findall(text))


def _balanced(text: str) -> bool:
    return all(text.count(a) == text.count(b) for a, b in ("()", "«»", "“”", "[]")) and text.count('"') % 2 == 0


_FINAL = (".", "!", "…", "。", "！", "।", "۔", "։", ".»", ".)", ".”", '."', "!»", "!)", "。」", "。”")


def _whole(unit: _Unit) -> bool:
    """A complete statement: opens and ends as one, with its brackets closed.

    Authors often leave out the full stop at the end of a line; a clause with a verb is a sentence even so.
    """
    text = unit.text
    first = _LETTER.search(text)
    if first is None or not _balanced(text):
        return False
    if first.group().islower() and first.start() <= 1 and not re.match(r"[a-z]+[A-Z0-9.-]", text):
        return False
    if text.endswith(_FINAL):
        return True
    return unit.ends_line and not unit.is_heading and len(text) >= 50 and _finite(text) and text[-1] not in ",;—–-/&+"


def _printable(unit: _Unit) -> bool:
    """May this unit be one of the summary's sentences at all?"""
    text = unit.text
    if not 25 <= _length(text) <= 420 or len(unit.stems) < 3:
        return False
    if re.search(r"[?？؟][)»”\"]*$", text) or text.endswith((":", "…", "...")) or "?" in text:
        return False
    if not _whole(unit) or (unit.is_item and unit.follows_intro and (len(text) < 60 or not _finite(text))):
        return False
    if _CODEY.search(text) or "://" in text or "t.me/" in text or text.count("#") > 1 or text.count("|") > 1:
        return False
    return sum(map(len, _LETTER.findall(text))) >= 0.6 * len(text.replace(" ", "")) and not _BACKWARD.search(text)


def _score(unit: _Unit, weights: dict[str, float]) -> float:
    """How good a summary's sentence this is; comparable within one call."""
    text = unit.text
    score = (
        1.6 * _centrality(unit.stems, weights)
        + 0.45 / (1 + 0.35 * unit.index)
        + 0.12 * min(3, len(_NAME.findall(text)))
    )
    score += 0.15 if _DIGITS.search(text) else 0.0
    score += 0.1 if _VERB.search(text) else -0.25
    length = _length(text)
    score -= 0.4 if length < 40 else 0.0
    score -= max(0.0, (length - 240) / 300)
    score -= 0.3 if _DANGLING.match(text) else 0.0
    score -= 0.8 if _CALL.search(text) or _GREETS.match(text) else 0.0
    score -= 0.3 if length < 60 and not _DIGITS.search(text) and not _NAME.search(text) else 0.0
    score -= 0.12 * min(3, len(_CHATTY.findall(text)))
    score -= 0.15 if text.endswith("!") else 0.0
    score -= 0.2 if unit.is_item else 0.0
    score -= 0.5 if unit.is_foreign else 0.0
    score -= 0.3 if unit.is_copied else 0.0
    return score


# --- choosing sentences ----------------------------------------------------------------------------------------------

_MIN_SCORE = 0.25


def _overlap(a: Iterable[str], b: Iterable[str]) -> float:
    """Share of the smaller stem set found in the other."""
    left, right = set(a), set(b)
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def _choose(units: Sequence[_Unit], weights: dict[str, float], heading: _Title, limit: int) -> list[_Unit]:
    """The best sentences that say different things, in reading order.

    One that leans on the sentence before it ("He…", "At that…") is taken only together with that sentence.
    """
    pool = [u for u in units if _printable(u) and _score(u, weights) >= _MIN_SCORE and not _repeats_title(u, heading)]
    # A title cut from a sentence makes that sentence half a repetition: it comes only if nothing else does.
    pool.sort(key=lambda u: (heading.text[1:] in u.text, -_score(u, weights), u.rank, u.index))
    chosen: list[_Unit] = []
    shown = {(heading.rank, heading.index)}
    while pool and len(chosen) < limit:
        unit = next((u for u in pool if (u.rank, u.index - 1) in shown or not _DANGLING.match(u.text)), None)
        if unit is None:
            break
        if chosen and heading.text[1:] in unit.text:
            break
        chosen.append(unit)
        shown.add((unit.rank, unit.index))
        pool = [u for u in pool if _overlap(u.stems, unit.stems) < 0.6]
    return sorted(chosen, key=lambda u: (u.rank, u.index))


def _repeats_title(unit: _Unit, heading: _Title) -> bool:
    """Does the sentence say no more than the title (whose first letter may be a capital now)?"""
    left, right = set(unit.stems), set(heading.stems)
    if heading.text and heading.text[1:] in unit.text:
        return len(left - right) < 3
    return len(left - right) < max(3, 0.3 * len(left)) or (bool(right) and right <= left and len(left - right) < 5)


# --- the title -------------------------------------------------------------------------------------------------------

_RUBRIC = re.compile(
    r"^(?:выходные|подборка(?:\s+недели)?|дайджест(?:\s+\w+)?|новости(?:\s+\w+)?|итоги(?:\s+\w+)?"
    r"|введение|метод(?:ы)?(?:\s+и\s+эксперименты)?|эксперименты|вывод(?:ы)?|заключение|результаты"
    r"|анонс|вакансия|"
    r"мем(?:\s+дня)?|цитата(?:\s+дня)?|пятница|понедельник|важно|срочно|молния|статья|обзор|разбор"
    r"|часть\s+\d+|новость|"
    r"introduction|conclusions?|results?|methods?|abstract|news|digest|breaking|weekly(?:\s+\w+)?"
    r"|update|summary|tl;?dr)$",
    re.IGNORECASE,
)
_TITLE_EDGE = " \t*_~`|•·–—-:;,.。"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Title:
    """A title and the unit it was made of."""

    text: str
    rank: int
    index: int
    stems: tuple[str, ...]


def _title(units: Sequence[_Unit], weights: dict[str, float], ordered: Sequence[Source], limit: int) -> _Title:
    """The best heading or sentence, fitted to the limit; for a post without any, what its first line says."""
    best: tuple[float, int, int, str] | None = None
    for unit in units:
        text = _fit(_titled(unit.text), limit)
        if not text:
            continue
        key = (-_title_score(unit, text, weights, limit), unit.rank, unit.index, text)
        best = key if best is None or key < best else best
    if best is None:
        plain = normalise(ordered[0].text).split("\n", 1)[0]
        return _Title(text=_cut_words(_titled(_shown(plain)), limit), rank=0, index=-2, stems=())
    stems = tuple(keywords_stems(best[3], ordered[best[1]].lang))
    return _Title(text=best[3], rank=best[1], index=best[2], stems=stems)


_HASHTAG_TAIL = re.compile(r"(?:\s+#\w+)+\s*\Z")


def _titled(text: str) -> str:
    """A sentence or heading as a title: no hashtags, links, bullets, emoji, final full stop or colon."""
    plain = re.sub(r"(?:https?|tg)://\S+", " ", _HASHTAG_TAIL.sub("", text)).replace("#", " #")
    plain = re.sub(r"(?<!\w) *#(?=[^\W\d])", " ", plain).replace(" #", "#")
    plain = " ".join(EMOJI.sub(lambda m: m.group() if m.group().isalnum() else " ", plain).split())
    plain = re.sub(r" (?=[,.!?;:](?:\s|$))", "", plain)
    ending = re.search(r"(?:\.\.\.|…|\b(?:т\.\s?[дп]|г|др|Inc|etc)\.)$", plain)
    if not re.match(r"[-+−–]\d", plain):
        plain = plain.lstrip(_TITLE_EDGE)
    plain = plain.rstrip(_TITLE_EDGE if not ending else " \t*_~`|•·–—-:;,")
    return plain[:1].upper() + plain[1:] if re.match("[а-яёіїєґ]", plain) else plain


def _title_score(unit: _Unit, text: str, weights: dict[str, float], limit: int) -> float:
    """How well the text names the story."""
    length = _length(text)
    score = 1.2 * _centrality(unit.stems, weights) + 0.08 * min(3, len(_NAME.findall(" " + text)))
    score += 0.9 if unit.is_first else 0.6 / (1 + unit.index)
    score += 0.35 if (unit.is_heading or unit.is_bold) and unit.index <= 2 else 0.0
    score += 0.1 if _DIGITS.search(text) else 0.0
    score -= 0.9 if _RUBRIC.match(text.strip(" !?.")) else 0.0
    score -= 0.5 if len(unit.stems) < 2 else (0.2 if length < 20 else 0.0)
    score -= 0.6 if text.endswith(("?", "？", "؟")) else 0.0
    score -= 0.5 if text.endswith(("…", "...")) else 0.0
    score -= 0.2 if unit.text.endswith(":") else 0.0
    score -= 0.8 if _DANGLING.match(text) or _BACKWARD.search(text) else 0.0
    score -= 0.6 if _CALL.search(text) else 0.0
    score -= 0.9 if _GREETS.match(text) else 0.0
    score -= 0.6 if text.endswith("…") else 0.0
    score -= 0.1 * min(3, len(_CHATTY.findall(text)))
    score -= 0.6 if unit.is_item and not unit.is_first else 0.0
    score -= 0.5 if not _balanced(text) or _CODEY.search(text) else 0.0
    return score - max(0.0, (len(text) - limit) / 120) - (0.2 if len(text) > limit else 0.0)


# A clause may be left out when what stands before it is a statement of its own.
_CLAUSE = re.compile(
    r"\s+[—–]\s+(?=\D)|;\s+|,\s+(?=(?:котор|включая|причём|причем|поскольку|так\s+как|потому\s+что"
    r"|чтобы|где\s|из-за\s|несмотря|хотя|но\s|а\s|и\s|благодаря|"
    r"после\s|сообща|сообщил|пишет|пишут|заявил|передаёт|передает|следует\s+из|according|which|who"
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
    r"^(?:если|когда|хотя|пока|чтобы|поскольку|так\s+как|несмотря|в\s+то\s+время|if|when|although|while|since|because|despite|as)\b",
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
_HALF = re.compile(
    r"\b(?:не\s+только|не\s+столько|not\s+only|либо|как\s+(?:в|для|на)\b.*,\s*так|either|neither|если|столько)\b",
    re.IGNORECASE,
)


def _fit(text: str, limit: int) -> str:
    """The text, or its longest leading clauses within the limit that make a statement of their own.

    A whole sentence a little over the limit is better than a doubtful cut; an ellipsis is the last resort.
    """
    if len(text) <= limit:
        return text
    before_colon = text.split(": ", 1)[0]
    if 25 <= len(before_colon) <= limit and before_colon != text and _stands(before_colon):
        return before_colon
    if not _SUBORDINATE.match(text):
        attempts = (
            (_CLAUSE, limit),
            (_COMMA, limit),
            (None, limit * 3 // 2),
            (_CLAUSE, limit * 3 // 2),
            (_PHRASE, limit),
        )
        for pattern, reach in attempts:
            head = _head(text, pattern, reach) if pattern else (text if len(text) <= reach else "")
            if head:
                return head
    return text if len(text) <= limit * 2 else _cut_words(text, limit)


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
    if _SUBORDINATE_LINK.match(clauses[-1]) and not _FINITE.search(clauses[-1]):
        return False
    if pattern is _CLAUSE:
        rest = ",".join(clauses)
        return bool(_FINITE.search(rest)) or bool(re.search(r"\s[—–-]\s", rest))
    if pattern is _PHRASE and _NEGATED.search(head):
        return False
    return _FINITE.search(clauses[0]) is not None


def _stands(head: str) -> bool:
    """Can the head of a longer sentence be a title of its own?"""
    if _TELLS.search(head) or _UNFINISHED.search(head) or _HALF.search(head):
        return False
    return len(head) >= 25 and len(head.split()) >= 4 and _balanced(head)


def _cut_words(text: str, limit: int) -> str:
    """The last resort: whole words and an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: max(1, limit - 1)]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(_TITLE_EDGE) + "…"


__all__ = ["Extract", "ExtractedSentence", "Sentence", "Source", "extract"]
