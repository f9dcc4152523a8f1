"""Which stretches of a post speak to a machine that summarises it, rather than to readers, and the post without them.

Pure: rules for Russian and English and the commonest forms in Ukrainian, German, Spanish, French and Chinese. They
read a shadow of the text, in which tricks of writing are undone, and leave alone what a post reports or quotes.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from summarize.text import Sentence, sentences

# --- the shadow ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shadow:
    """A plain form of a text; `origin[i]` is the offset in the text of its character i, and one past the end."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the shadow's start…end was made of, with what is invisible behind it."""
        return self.origin[start], self.origin[end] if end < len(self.text) else self.origin[-1]


_LATIN_LIKE = "aceopxyABCEHKMOPTXYiIjJsSkmtbrgh"
_CYRILLIC_LIKE = "асеорхуАВСЕНКМОРТХУіІјЈѕЅкмтьгдһ"
_TO_CYRILLIC = str.maketrans("aceopxyABCEHKMOPTXYikmtnbr013469@", "асеорхуАВСЕНКМОРТХУикмтпвгоиечбда")
_TO_LATIN = str.maketrans(
    _CYRILLIC_LIKE + "ԁԛԝɡıοαεινρτυχΑΒΕΗΙΚΜΝΟΡΤΥΧΖ" + "013457@$",
    _LATIN_LIKE + "dqwgioaeivptuxABEHIKMNOPTYXZ" + "oieastas",
)
_DIGITS = frozenset("013456789@$")
_WORD = re.compile(r"[^\W_](?:[\w@$]*\w)?")
_LETTER = re.compile(r"[^\W\d_]")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .\-_*·|/,]{1,4}[^\W\d_](?![^\W_])){4,}")
_KEPT_WIDE = frozenset("！？…")
_EMPHASIS = frozenset("*~\u00ad\u034f\u115f\u1160\u3164\uffa0\u180e")


def _shadow(text: str) -> _Shadow:
    """The text with plain letters of one script a word, no accents, marks or invisible characters, spaced words joined."""
    chars: list[str] = []
    origin: list[int] = []
    for offset, char in enumerate(text):
        for plain in _plain(char):
            chars.append(plain)
            origin.append(offset)
    folded = _WORD.sub(_one_script, "".join(chars))
    return _joined(folded, [*origin, len(text)])


def _plain(char: str) -> str:
    """A character as one without style and accent, or nothing for an invisible one or a mark."""
    if char in "\r\u2028\u2029\x85\v\f":
        return "\n"
    if char.isascii() or char in _KEPT_WIDE:
        return "" if char in _EMPHASIS or (ord(char) < 32 and char not in "\n\t") else char
    if char in "йЙїЇўЎ":
        return char
    plain = unicodedata.normalize("NFKD", char)
    kept = "".join(part for part in plain if unicodedata.category(part) not in {"Mn", "Me", "Cf", "Cc", "Cs", "Co"})
    return "" if char in _EMPHASIS else kept


def _one_script(match: re.Match[str]) -> str:
    """A word of letters of two scripts, or of letters and digits for letters, in the script that most of it has."""
    word = match.group()
    if word.isascii() and word.isalpha():
        return word
    letters = [char for char in word if char.isalpha()]
    cyrillic = sum(1 for char in letters if "\u0400" <= char <= "\u052f")
    leet = len(letters) >= 3 and not word[-1].isdigit() and not _DIGITS.isdisjoint(word)
    if 0 < cyrillic < len(letters) or not all(char.isascii() or "\u0400" <= char <= "\u052f" for char in letters):
        return word.translate(_TO_CYRILLIC if cyrillic * 2 > len(letters) else _TO_LATIN)
    if leet:
        return word.translate(_TO_CYRILLIC if cyrillic else _TO_LATIN)
    return word


def _lower(text: str) -> str:
    """The text in lower case, character for character."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(char.lower()[:1] for char in text)


def _joined(text: str, origin: Sequence[int]) -> _Shadow:
    """The shadow with letters that stand apart ("i g n o r e") made words: the commonest gap goes, others are spaces."""
    dropped: set[int] = set()
    for match in _SPACED.finditer(text):
        gaps = [(m.start(), m.end()) for m in re.finditer(r"[^\w]+|_+", text[match.start() : match.end()])]
        common = Counter(match.group()[a:b] for a, b in gaps).most_common(1)[0][0]
        for start, end in gaps:
            wide = match.group()[start:end] != common
            dropped.update(range(match.start() + start + wide, match.start() + end))
    if not dropped:
        return _Shadow(text=text, origin=origin)
    kept = [i for i in range(len(text)) if i not in dropped]
    return _Shadow(text="".join(text[i] for i in kept), origin=[*(origin[i] for i in kept), origin[-1]])


# --- what is only quoted ---------------------------------------------------------------------------------------------

_QUOTES = re.compile(
    r"«[^«»\n]{1,600}»|“[^“”\n]{1,600}”|„[^„“”\n]{1,600}[“”]|(?<!\w)\"[^\"\n]{1,600}\"(?!\w)|`[^`\n]{1,600}`"
    r"|(?<![\w'’])['‘][^'‘’\n]{6,300}['’](?!\w)"
)
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_TALKS_OF_PROMPTS = re.compile(
    r"prompt|промпт|jailbreak|джейлбрейк|inject|инъекц|example|пример|template|шаблон|\bapi\b|script|скрипт|\bкод|code"
    r"|curl|запрос|request|response|config|конфиг|вот\s+так|like\s+this|следующ|атак|attack|payload|hidden|скрыт",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?|tg)://\S+|www\.\S+")
#: A shorter quotation is no order by itself.
SHORT_QUOTE = 16
_MASK = "□"


def _masked(text: str) -> str:
    """The shadow with quotations blanked that stand in or under a sentence of the author's, and code that is talked of."""
    zones = [match.span() for match in _ADDRESS.finditer(text)]
    zones.extend(match.span() for match in _CODE.finditer(text) if _introduced_code(text, match.start()))
    quoted = (match.span() for match in _QUOTES.finditer(text) if len(match.group()) > SHORT_QUOTE)
    zones.extend((start + 1, end - 1) for start, end in quoted if _reported(text, start, end))
    chars = list(text)
    for start, end in zones:
        chars[start:end] = [char if char == "\n" else _MASK for char in chars[start:end]]
    return "".join(chars)


def _introduced_code(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return bool(before) and (before.endswith(":") or _TALKS_OF_PROMPTS.search(before[-600:]) is not None)


def _reported(text: str, start: int, end: int) -> bool:
    """Has the quotation's line three words besides quotations, or does a line that ends in a colon lead to it?"""
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    line = text[left : right if right >= 0 else len(text)]
    outside = _QUOTES.sub(" ", line)
    if len(re.findall(r"[^\W\d_]{2,}", outside)) >= 3 or _TALKS_OF_PROMPTS.search(outside):
        return True
    before = text[:left].rstrip()
    return before.endswith(":") or (bool(before) and _TALKS_OF_PROMPTS.search(before[-200:]) is not None)


# --- words -----------------------------------------------------------------------------------------------------------


def _p(pattern: str) -> re.Pattern[str]:
    """A rule: `{NAME}` stands for words below, a space for white space, `…` for up to 70 characters of the sentence.

    Rules read lower-cased text, which takes half the time of ignoring case.
    """
    pattern = re.sub(r"\n\s*", "", pattern)
    for _ in range(3):
        pattern = re.sub(r"\{([A-Z_]+)\}", lambda match: _VOCABULARY[match.group(1)], pattern)
    pattern = pattern.replace(" ", r"\s+").replace("…", r"[^\n]{0,70}?")
    return re.compile(pattern, re.MULTILINE)


def _entries(table: str) -> list[str]:
    """The entries of a table, which blank lines part; one that opens with # is a comment."""
    blocks = (textwrap.dedent(block).strip("\n") for block in re.split(r"\n\s*\n", textwrap.dedent(table)))
    return [block for block in blocks if block and not block.startswith("#")]


def _rules(table: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_p, _entries(table)))


_VOCABULARY = {
    # where a sentence or a clause of an order begins
    "START": r"(?:^\W*(?:(?:\w+[ -]){0,4}\w+, )?|[:;]\s+|\b(?:please|then|now|also|just|kindly|instead|simply)\s+)",
    "OFFICE": (
        r"(?:headlines?|titles?|gists?|takeaways?|conclusions?|entry|verdict|line|итог\w*|суть|пункт|запись|topics?|categor\w+|descriptions?|text|wording"
        r"|заголов\w+|текст\w*|тезис\w*|вывод\w*|описани\w+|тем[аы]|формулировк\w+|уточнени\w+|поправк\w+)"
    ),
    # where a clause begins, so that a verb there is an order
    "AT": (
        r"(?:^\s*|(?:[^\w\s'’□-]|\s[-–—])\s*|\b(?:please|and|then|now|also|just|kindly|so|but|first|instead|next"
        r"|must|simply|you should|you must|you need to|you have to|пожалуйста|и|а|но|теперь|также|затем|сначала"
        r"|просто|прошу|лучше|нужно|надо|необходимо|следует|требуется|bitte|und|por favor|y|будь ласка|і|та)\s+)"
    ),
    "SUMMARY": (
        r"(?:summar(?:y|ies)|digests?|recaps?|tl;?dr|synops[ie]s|gists?|retellings?|пересказ\w*|сводк\w*|сводок"
        r"|дайджест\w*|саммари|выжимк\w*|выжимок|кратк\w+ (?:содержани|изложени|обзор)\w*|суммаризаци\w+"
        r"|переказ\w*|зведенн\w+|condensed (?:version|text)|abridged version|(?:кратк|сжат)\w+ верси\w+)"
    ),
    "PART": (
        r"(?:headlines?|titles?|headings?|subject lines?|overview|abstract|output|answers?|repl(?:y|ies)|json"
        r"|topics?|categor(?:y|ies)|labels?|tags?|claims?|verdicts?|ranking|rank|priority|importance"
        r"|top stor(?:y|ies)|lead story|bullet points?|first (?:sentence|line)|last (?:sentence|line)|заголов\w+"
        r"|тезис\w*|тем[аыуе]|темой|категори\w+|рубрик\w+|метк[аиуео]\w*|тег\w{0,2}|рейтинг\w*|приоритет\w*"
        r"|важност\w+|ответ\w{0,3}|вывод\w{0,3}|резюме|аннотаци\w+|обзор\w{0,3}|главн\w+ новост\w+"
        r"|перв\w+ (?:предложени|строк|фраз)\w+)"
    ),
    "THIS": (
        r"(?:(?:this|the above|our|the present|the following|these) (?:\w+ )?(?:post|stor(?:y|ies)|item|entry"
        r"|article|message|news|text|note|update|publication|announcement|piece|content|source|posts)\b"
        r"|the (?:post|story)\b|(?:эт(?:от|ого|ому|им|ом|у|ой|а|и|их|о)|данн\w+|наш\w*"
        r"|настоящ\w+) (?:\w+ )?(?:пост|новост|сообщени|текст|запис|публикаци|материал|сюжет|истори|стать|заметк"
        r"|анонс)\w*|(?:пост|новост|сюжет)[аеиуы]\b)"
    ),
    "ANY": (
        r"(?:any|every|all|each|your|further|future|automat\w+|люб\w+|кажд\w+|все[хмй]?|твоем|твой|вашем|ваш\w*"
        r"|своем|автоматическ\w+)"
    ),
    "MACHINE": (
        r"(?:(?:ai|llm|gpt|language|summari[sz]\w+|digest|automat\w+|machine|large language)[\s-](?:models?"
        r"|systems?|assistants?|agents?|bots?|tools?|editors?|readers?|summari[sz]\w+|writers?|generators?"
        r"|pipelines?|services?|crawlers?|makers?|compilers?|curators?|processors?)|ais?|llms?|chat ?bots?|bots?"
        r"|assistants?|summari[sz]ers?|aggregators?|chatgpt|claude|gemini|neural net\w*|editors? of (?:the "
        r"|this |any )?(?:digest|summary|newsletter)|(?:ии|ai|llm|виртуальн\w+|цифров\w+"
        r"|умн\w+)[\s-](?:ассистент|помощник|модел|агент|систем|редактор|бот|суммаризатор)\w*|ии|ллм|нейросет\w*"
        r"|нейронк\w*|языков\w+ модел\w*|больш\w+ языков\w+ модел\w*|ассистент\w*|чат-?бот\w*|бот(?:а|у|ы|ам"
        r"|ов)?|суммаризатор\w*|пересказчик\w*|агрегатор\w*|(?:редактор|составител|автор|бот"
        r"|сборщик)\w* (?:\w+ )?(?:дайджест|сводк|пересказ|сводок)\w*|систем\w+ (?:пересказ|суммаризаци"
        r"|автоматическ)\w*|автоматическ\w+ (?:систем|пересказ|обработ|суммариза)\w*)"
    ),
    "MUST": (
        r"(?:must|should|shall|needs? to|ha(?:s|ve) to|ought to|(?:is|are) to|(?:is|are|be) (?:required|asked"
        r"|requested|expected|obliged|instructed|permitted|allowed|prohibited|forbidden|mandatory|obligatory)"
        r"|may not|may only|cannot|can only|долж\w+\b(?! был)|следует|слід|нужно|надо|необходимо"
        r"|требу(?:ется (?:указ|упом|напис|включ|сообщ)\w+|ем)|обязан\w*|обязательн\w+|просьба|просим|прошу"
        r"|нельзя|запрещ(?:ено|ается|ен\w|аем)|недопустим\w*|не допуска\w+|разреш\w+|пусть|рекоменду\w+ указ\w+)"
    ),
    "SAY": (
        r"(?:includ\w+|contain\w*|say\w*|said|stat(?:e|es|ed|ing)\b|mention\w*|read\b|list(?:ed)?\b|omit\w*"
        r"|leave\w* out|exclud\w+|skip\w*|note\w*|begin\w*|start\w*|end\b|open\w*|carry|reproduc\w+|quot\w+"
        r"|be written|credit\w*|attribut\w+|indicat\w+|reflect\w*|report\w*|describ\w+|present\w*|refer\w*"
        r"|call(?:ed)?\b|nam(?:e|es|ed)\b|appear\w*|feature\w*|lead\b|stress\w*|emphasi\w+|highlight\w*"
        r"|conclude\w*|reference\w*|add(?:ed)?\b|place\w*|repeat\w*|preserv\w+|указ\w+|упом\w+|содерж\w+"
        r"|включ\w+|напис\w+|писать|сообщ\w+|сказа\w+|говорит\w+|отме[тч]\w+|отраз\w+|отраж\w+|начин\w+"
        r"|заканч\w+|заверш\w+|опус[тк]\w+|исключ\w+|пропус\w+|звуч\w+|выгляде\w+|гласи\w+|назва\w+|называ\w+"
        r"|добав\w+|привод\w+|привест\w+|постав\w+|стоять|быть|подчерк\w+|процитир\w+|цитир\w+|формулир\w+"
        r"|сослаться|ссыл\w+|присутств\w+|сохран\w+)"
    ),
    "TELL": (
        r"(?:write|say|state|mention|include|add|put|insert|append|prepend|report|claim|declare|emphasi[sz]e"
        r"|stress|highlight|describe|present|title|use|set|begin|start|end|finish|conclude|close|open|make"
        r"|return|output|print|respond|reply|answer|produce|generate|translate|treat|mark|label|tag|classify"
        r"|categori[sz]e|rank|rate|score|place|list|feature|lead|replace|change|rewrite|quote|cite|reproduce"
        r"|copy|repeat|omit|leave|exclude|skip|drop|remove|delete|avoid|never|do not|don[’']?t|ensure|make sure"
        r"|be sure|always|conceal|hide|attribute|credit|refer|tell|inform|portray|assume|pretend|obey|keep|name"
        r"|call|note|summari[sz]e|condense|give|prioriti[sz]e|promote|merge|join|group|ignore|disregard|prefer"
        r"|follow)"
    ),
    # Russian imperatives cannot be taken for anything else, wherever they stand
    "TELL_RU": (
        r"(?:(?:(?:на|до|при)?пиши|выдай|скажи|говори|укажи|указывай|упомяни|упоминай|включи|включай|добавь|добавляй"
        r"|вставь|вставляй|помести|помещай|поставь|ставь|отметь|отмечай|сообщи|сообщай|заяви|подчеркни|опиши"
        r"|представь|назови|называй|озаглавь|используй|начни|начинай|закончи|заканчивай|заверши|завершай|сделай"
        r"|верни|возвращай|выведи|выводи|ответь|отвечай|сгенерируй|сформируй|переведи|перескажи|пересказывай"
        r"|суммируй|резюмируй|считай|пометь|помечай|присвой|отнеси|классифицируй|ранжируй|оцени|замени|измени"
        r"|перепиши|процитируй|цитируй|повтори|повторяй|опусти|опускай|исключи|исключай|убери|удали|избегай"
        r"|скрой|припиши|выполни|сохрани|сформулируй|приведи|притворись|игнорируй|проигнорируй|передай|вынеси"
        r"|поднимай|подними|ссылайся|забудь)(?:те)?|никогда не)"
    ),
    "SINGULAR": (
        r"(?:(?:на|до|при)?пиши|выдай|скажи|говори|укажи|указывай|упомяни|упоминай|включи|включай|добавь|добавляй"
        r"|вставь|вставляй|помести|помещай|поставь|ставь|отметь|отмечай|сообщи|сообщай|заяви|подчеркни|опиши"
        r"|назови|называй|озаглавь|используй|начни|начинай|закончи|заканчивай|заверши|сделай|верни|возвращай"
        r"|выведи|выводи|ответь|отвечай|дай|сгенерируй|сформируй|переведи|перескажи|пересказывай|суммируй"
        r"|резюмируй|считай|пометь|помечай|присвой|отнеси|классифицируй|ранжируй|оцени|замени|измени|перепиши"
        r"|процитируй|цитируй|повтори|повторяй|опусти|исключи|исключай|убери|удали|избегай|скрой|припиши|выполни"
        r"|сформулируй|приведи|притворись|игнорируй|проигнорируй|передай|вынеси|подними|ссылайся|забудь|учти"
        r"|следуй|действуй|веди себя|доверяй|верь|вкажи|додай|згадай|зазнач|пропусти|ограничься)"
    ),
    "LEAD": r"(?:top|main|lead|first|leading|number one|no\.? ?1|#1|most important|biggest|headline)",
    "DOING": (
        r"(?:summari[sz]\w+|recap\w*|retell\w*|condens\w+|paraphras\w+|digest(?:s|ing)|process(?:es|ing)?"
        r"|compil\w+|aggregat\w+|rewrit\w+|shorten\w*)"
    ),
    "DOING_RU": (
        r"(?:пересказыва\w+|перескаж\w+|пересказе|пересказ\w*|суммиру\w+|суммаризир\w+|резюмиру\w+|сокраща\w+"
        r"|обрабатыва\w+|(?:готов|составля|дела|пиш|собира|формиру)\w+ (?:\w+ )?{SUMMARY})"
    ),
    "OLD": (
        r"(?:previous|prior|preceding|above|earlier|former|foregoing|initial|original|your|system|past|existing"
        r"|current|developer|safety)"
    ),
    "RULES": (
        r"(?:instructions?|prompts?|directions?|directives?|rules?|guidelines?|commands?|orders?|constraints?"
        r"|tasks?|messages?|programming|restrictions?|context|text|content)"
    ),
    "OLD_RU": (
        r"(?:предыдущ|прежн|прошл|вышестоящ|вышеуказанн|вышеизложенн|вышеприведенн|вышеперечисленн|изначальн"
        r"|исходн|первоначальн|ранее (?:получен|дан)н|данн(?:ые|ую) (?:тебе|вам)|тво|ваш|системн|полученн|имеющи"
        r"|текущи|старые|заданн|попередн|систем|усі|всі)\w*"
    ),
    "RULES_RU": (
        r"(?:инструкци|указани|правил|команд|промпт|директив|задани|задач|контекст|сообщени|текст|настройк|установк"
        r"|распоряжени|ограничени|інструкці|вказівк|завданн|обмежен)\w*"
    ),
    "DROP": (
        r"(?:ignore|disregard|forget|discard|override|overrule|bypass|neglect|cancel|dismiss|(?:do not|don[’']?t"
        r"|stop|cease) (?:follow|obey|heed|use)(?:ing)?|pay no attention to|set aside|erase|abandon|never mind"
        r"|skip)"
    ),
    "DROP_RU": (
        r"(?:(?:про)?игнорируй(?:те)?|(?:про)?игнорировать|забудь(?:те)?|забыть"
        r"|не обращай(?:те)? внимани[яе](?: на)?|отмени(?:те)?|отменить|отбрось(?:те)?|пренебреги(?:те)?"
        r"|не следуй(?:те)?|не учитывай(?:те)?|не учитывать|не выполняй(?:те)?|не слушай(?:те)?"
        r"|не соблюдай(?:те)?|сбрось(?:те)?|перестань(?:те)? (?:следовать|выполнять|соблюдать)|отмена"
        r"|обнули(?:те)?|ігноруй(?:те)?|проігноруй(?:те)?|не звертай(?:те)? уваги(?: на)?)"
    ),
}

# --- rules that take over: what follows in the paragraph belongs to them ---------------------------------------------

_TAKEOVERS = _rules(
    r"""
    # override

    {AT}{DROP} (?:\w+ ){0,4}?{OLD} (?:\w+ ){0,3}?{RULES}\b

    {AT}{DROP} (?:all|any|every)(?: of)?(?: the| these| those)? (?:instructions?|prompts?|directives?|guidelines?)\b

    {AT}{DROP} (?:everything|all|anything|whatever)(?: that)?(?:(?: was| is| has been| came| stands)?(?: written| said
    | stated| given)? (?:above|before this|so far|up to (?:this|here|now)|prior to this|previously)| you (?:were|was
    |have been|are|'ve been) (?:told|given|instructed|asked)| (?:precedes|preceding)| preceding)\b

    {AT}{DROP} (?:what|the (?:text|content|posts?|part)) (?:is |was |came |you were told )?(?:above|before|earlier)\b

    \b(?:previous|prior|above|earlier|preceding|original|your|system) (?:\w+ )?(?:instructions?|prompts?|rules?
    |guidelines?|directives?|task) (?:(?:is|are|were|was|should be|must be|have been
    |has been) (?:now |hereby |to be )*)(?:void|null|cancel\w+|superseded|obsolete|revoked|ignored|disregarded|outdated
    |no longer|overrid\w+|replaced|suspended|lifted|changed|invalid|withdrawn)

    {AT}(?:your|the) (?:new|real|actual|true|only|next|updated) (?:task|job|role|instructions?|objective|goal|mission
    |assignment)(?: (?:is|are|now)\b|:)

    ^\W*(?:new|updated|revised|additional|special|hidden|secret|important|critical
    |urgent) (?:system |developer |user )?(?:instructions?|prompt|task|directive)(?: for (?:the |all |any )?{MACHINE})?
    \s*[:.!—–]

    ^\W*(?:system|admin|administrator|developer|root|operator)[\s-]+(?:override|update|notice|message|alert|command
    |instructions?|prompt|note|mode)\s*[:!.—–\])]

    {AT}from now on,? (?:you|your|reply|write|say|summari[sz]e|respond|answer|act|always|only|every|all)\b

    {AT}you are (?:now|no longer) (?:a|an|the|in|bound|dan|required|my|operating|free)\b

    {AT}(?:enter|switch to|activate|enable) (?:\w+ )?(?:developer|debug|admin|god|jailbreak|dan|maintenance) mode

    {AT}{DROP_RU}(?: \w+){0,3}? {OLD_RU}(?: \w+){0,3}? {RULES_RU}

    {AT}{DROP_RU} (?:абсолютно |вообще )?(?:вс[её]х?|любые|всякие|эти|усі|всі) (?:\w+ )?(?:инструкци|указани|промпт
    |директив|системн|інструкці|вказівк)\w*

    {AT}{DROP_RU}(?: \w+){0,2}? (?:инструкци|указани|сказанно|написанно|правил|текст)\w*,? (?:\w+,? )?(?:выше|до этого
    |ранее|раньше)

    {AT}{DROP_RU} (?:абсолютно |о )?(?:вс[её]м?|то|усе|все),? (?:что |що )?(?:было |було |тебе |вам |сказано |сказали |
    говорили |написано |написанн\w+ |идет |шло |стоит |сказанн\w+ |говорилось |вище |)*(?:выше|до этого|ранее
    |до сих пор|перед этим|сказали|говорили|вище)

    (?:предыдущ|прежн|вышеуказанн|вышеизложенн|исходн|системн|все|твои|ваши)\w* (?:\w+ )?(?:инструкци|указани|правил
    |промпт|команд|директив|задани|задач)\w* (?:\w+ )?(?:отмен\w+|недействительн\w+|больше не действу\w+
    |утратил\w+ силу|устарел\w*|не применя\w+|замен\w+|аннулир\w+|игнорир\w+|теряют силу|не имеют силы)

    {AT}(?:твоя|ваша|твои|ваши|твое|ваше) (?:новая|новые|новое|настоящая|настоящие|единственная|единственное|следующая
    |реальная|истинная)\w* (?:задача|инструкци|роль|задание|цель|работа)\w*

    ^\W*(?:новая|новые|новое|обновленн\w+|дополнительн\w+|скрыт\w+|секретн\w+|особ\w+
    |важн\w+) (?:системн\w+ )?(?:инструкци[яи]|задани[ея]|задача|промпт|указани[ея]
    |директив[аы])(?: для {MACHINE})?\s*[:.!—–]

    ^\W*(?:системн\w+|служебн\w+) (?:сообщение|уведомление|инструкция|промпт|команда|указание|пометка|заметка
    |оповещение|директива)\b\s*(?:[:!—–\])]|для {MACHINE})

    {AT}(?:с этого момента|отныне|с этой минуты|теперь),? ты\b

    \b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*)(?: \w+){0,3}? (?:vorherig|vorig|bisherig|obig|fruher|alle
    |vorangegangen|system)\w*(?: \w+){0,2}? (?:anweisung|instruktion|befehl|regel|vorgabe|anleitung|prompt)\w*

    \b(?:ignor[aeo]\w*|olvid[ae]\w*|descart[ae]|oubli\w+|hagas? caso omiso)(?: \w+){0,4}? (?:instruc|indicacion|orden
    |regla|consigne|directive)\w*(?: \w+){0,2}? (?:anterior|previ|precedent|anterieur|de arriba|ci-dessus|dessus
    |recibid|del sistema|acima)\w*

    \b(?:ignor[aeo]\w*|olvid[ae]\w*|oubli\w+)(?: \w+){0,3}? (?:anterior|previ|precedent)\w*(?: \w+){0,2}? (?:instruc
    |indicacion|consigne)\w*

    (?:忽略|无视|忘记|忘掉|不要理会|不要遵循|忽視|無視|忘記).{0,12}?(?:之前|以上|上述|前面|先前|所有|系统|系統|一切|上面).{0,10}?(?:指令|指示|命令|提示|内容|內容|规则|規則|要求|说明
    |說明)

    {AT}{DROP} (?:all |everything )?(?:of )?(?:the |that )?(?:above|preceding|foregoing)\b(?! \w)

    {AT}{DROP} (?:all |everything )?(?:of )?(?:the |that )?(?:above|preceding|foregoing) (?:and|then|but|text|post)\b

    \binstructions?,? (?:that )?you (?:were|have been|had been|received|follow|got)\b…{TELL}
    |{AT}{TELL}…\binstructions?,? (?:that )?you (?:were|have been) given\b

    \b{TELL_RU}\b…инструкци\w+,? (?:котор\w+|что) (?:тебе|вам|ты)\b

    \b(?:whatever|regardless of what|no matter what|despite what) you (?:were|have been|are|'ve been) (?:told
    |instructed|asked)|(?:что бы тебе ни|независимо от того, что тебе|несмотря на то, что тебе) (?:говорили|сказали
    |велели|писали)

    \b(?:previous|prior|above|earlier|original|your) (?:\w+ )?(?:instructions?|directions?|directives?|prompts?|rules
    |guidelines) (?:no longer|do not|don't) (?:apply|hold|count|matter)

    ^\W*you(?: are|['’]re) (?:an?|the) (?:\w+ ){0,3}?{MACHINE}\b(?! \w*(?:er|ist|or|user)s?\b)

    ^\W*ты\s*[—–-]\s*(?:\w+ ){0,2}?(?:{MACHINE}|редактор\w*|голос|пресс-секретарь)|(?:^|\W)ты больше не\b

    (?:do not|don['’]t|never) (?:tell|mention|reveal|disclose|show|repeat|acknowledge)…(?:this (?:note|instruction
    |message|request|rule)|these (?:instructions|notes|rules))

    \b(?:не|никому не|никогда не) (?:говори|сообщай|упоминай|раскрывай|показывай|рассказывай)(?:те)?…(?:об? )?эт\w+ (?:
    инструкци|заметк|указани|просьб|правил|сообщени)\w*

    \b(?:vergiss|ignorier\w*|vergessen sie)…(?:oben|obige\w*|vorherige\w*|bisher\w*)\b

    \b(?:olvid[ae]\w*|ignor[ae]|oublie[zr]?|ignorez)…(?:anterior\w*|arriba|preced\w+|dessus|todo lo)\b

    \b(?:hinweis|anweisung|nota|note|instruccion|consigne|mensaje|message)\w* (?:an |fur |para |pour |a |aux )(?:\w+ )?
    (?:ki|ia|ai|llm|sprachmodell|assistent|asistente|modelo|modele)\w*(?:-\w+)?\s*[:,!.]

    (?:^|\W)(?:якщо|коли) (?:ти|ви)\s*[—–-]?\s*(?:ші|бот|модель|мовна|штучн|асистент)

    \b(?:takes? (?:precedence|priority)|has (?:precedence|priority)|overrides?
    |supersedes?) (?:over )?(?:all |any |your |every)\w*

    \b(?:имеет|имеют|обладает) (?:высш\w+ )?приоритет\w* (?:над|перед)…{RULES_RU}|\b(?:важнее|отменя\w+
    |заменя\w+) (?:все\w* |люб\w+ )?(?:\w+ )?(?:инструкци|указани|промпт)\w*

    ^\W*you (?:will|shall|must|should|are going to) (?:now )?(?:act|behave|speak|pretend|play|respond|answer|serve
    |become)\b

    ^\W*(?:дальше|далее|ниже|здесь|здесь и далее|below|here|what follows)\b…(?:инструкци\w+|указани\w+|instructions
    |directions) (?:для|for) (?:the )?(?:{MACHINE}|модел\w+|model)

    ^\W*(?:автоматическ\w+|всем|любым|automat\w+|all) (?:{MACHINE}|редактор\w*|читател\w*|систем\w*|editors|readers
    |systems)\s*[:—–]

    \b(?:trusted|authorised|authorized|verified|official) (?:operator|system|admin|developer|editor)(?: note| message
    | instruction)?\w*\s*:

    # leaks

    (?:{START}|, (?:and )?)(?:print|reveal|show|repeat|output|display|disclose|leak|tell (?:me|us)|dump|expose|recite
    |copy|paste|append|include|write(?: out| down)?|quote|give (?:me|us)|list|return
    |share) (?:\w+ ){0,5}?(?:system prompt|system message|(?:your|initial|original|hidden
    |secret) (?:\w+ ){0,2}?(?:instructions|prompt\b|system message|guidelines|configuration)|(?:everything|all text
    |all words|the text|the words) above|your api keys?)

    {AT}(?:выведи|покажи|раскрой|напечатай|повтори|напиши|перечисли|процитируй|скопируй|вставь|сообщи|приведи|выдай
    |опубликуй|добавь|назови)(?:те)? (?:\w+ ){0,4}?(?:системн\w+ (?:промпт|инструкц|сообщен|подсказк|запрос)\w*|(?:сво
    |тво|ваш)\w+ (?:\w+ )?(?:промпт\b|промпта\b|инструкци\w+|правила\b|системн\w+)|(?:вс[её]
    |текст),? (?:что )?(?:написано |стоит |идет |было )?(?:выше|до этого|перед этим)|(?:исходн|скрыт|начальн
    |первоначальн|секретн)\w+ (?:промпт|инструкц)\w*)

    # addresses

    ^\W*(?:(?:important|urgent|special|critical|editorial|private|hidden|short|brief) )?(?:note|notice|message
    |instructions?|attention|attn|memo|reminder|warning|request|guidance|hint|directive|advisory|style guide
    |guidelines?|information|info|addendum)s?\b(?: (?:to|for|of)|,)?(?: the| all| any| every
    | other)*(?: \w+)? {MACHINE}(?: {MACHINE}| and \w+| or \w+)*\s*(?:[:,!.—–\])-]|$|(?:reading|processing|{DOING}|that
    |which|who|tasked|handling|generating|preparing|writing))

    ^\W*(?:dear|hey|hello|hi|ok|okay|listen),? (?:the )?{MACHINE}\s*[:,!.—–-]…(?:{AT}{TELL}\b|{MUST})

    ^\W*(?:{MACHINE})(?: and {MACHINE})?\s*[:!,—–]\s*(?:please |also |you must |you should |you need to |kindly )*{TELL
    }\b

    (?:^|\W)(?:if|when|since|because|as) you(?: are|['’]re) (?:(?:an?|the|any) )?{MACHINE}(?:\s*[,.:;)—–]| (?:or|and
    |that|which|who|reading|processing|tasked|{DOING}))

    {AT}(?:as|being) an? (?:ai|llm|large|language|digest|{MACHINE}|model|assistant| )+,? ?(?:you|please|{TELL})\b

    ^\W*(?:\w+ )?(?:внимани[ею]|заметка|записка|сообщение|инструкци[яи]|обращение|указани[ея]|просьба|памятка
    |примечание|послание|пометка|напоминание|важно|требовани[ея]|правил[оа])(?: \w+)? (?:для|к
    |ко) (?:\w+ )?{MACHINE}\w*(?:\s*[:,!.—–\])-]|$|, котор)

    ^\W*(?:вниманию|внимание,?) (?:всех |все |любых )?{MACHINE}\w*\s*(?:[:,!.—–\])-]|$)

    ^\W*(?:дорог(?:ой|ая|ие)|уважаем(?:ый|ая|ые)|мил(?:ый|ая)|привет,?|эй,?|слушай,?
    |здравствуй,?) {MACHINE}\w*\s*[:,!.—–-]

    ^\W*(?:для )?{MACHINE}\w*\s*[:!,—–]\s*(?:пожалуйста,? )?(?:прошу )?{TELL_RU}\b

    (?:^|\W)если (?:ты|вы|это чита\w+)\s*(?:[—–-]\s*|являешься |являетесь |сейчас )?{MACHINE}\w*(?:\s*[,.:;)—–]|$| (?:и
    |или|котор|чита|обрабаты)\w*)

    ^\W*(?:для|to|for) {MACHINE}\w*(?: {MACHINE})?(?:,? котор\w+[^\n:]{0,40}|,? чита\w+[^\n:]{0,40})?\s*:

    ^\W*(?:к сведению|просьба к|просьба ко|обращение к|обращаюсь к|прошу) (?:\w+ )?{MACHINE}

    ^\W*(?:\w+ )?(?:робот|систем|алгоритм|программ|модел|нейросет|бот|ии)\w*,? (?:котор\w+|чита\w+
    |что) (?:\w+ ){0,2}?(?:это|этот|эти|пост|канал|текст|чита\w+|обрабат\w+|пересказ\w+)\b…(?::|{TELL_RU}\b|{MUST})

    ^\W*(?:style guide|guidelines?|rules?|instructions?|policy|requirements?|notes?|правила|требования|инструкция
    |указания|памятка) (?:for|to|on|для|к) (?:\w+ )?(?:{SUMMARY}|{MACHINE})(?: \w+){0,4}\s*[:—–]

    ^\W*(?:your|твоя|ваша) (?:task|job|role|goal|задача|роль|цель)…(?:write|say|summari[sz]e|output|report|mention|tell
    |state|напис|указ|сказ|сообщ|пересказ|упомян|вывест)

    (?:^|\W)как (?:ии|языковая модель|ассистент|нейросеть|бот),? ты\b
    """
)

# --- rules that take a sentence --------------------------------------------------------------------------------------

_DEMANDS = _rules(
    r"""
    # while doing it

    (?:when(?:ever)?|while|if|before|in|by|for|upon|after) (?:you |you are |anyone |someone |ever )?{DOING} (?:of )?(?:
    \w+ )?(?:{THIS}|this|it|our|the (?:post|above|following))\b…(?:{MUST}|{AT}{TELL}\b|you (?:agree|accept|undertake
    |consent)|{SAY})

    (?:{MUST}|{AT}{TELL}\b)…(?:when(?:ever)?|while|if) (?:you )?{DOING} (?:\w+ )?(?:{THIS}|this|it)\b

    \b(?:anyone|whoever|those|everyone|everybody|all|any \w+|every \w+|models?|systems?|tools?|bots|assistants|editors?
    |summari[sz]ers?|{MACHINE})(?: who| that| which)?(?: is| are| will| may| might)? {DOING}…(?:this|{THIS}
    |it)\b…(?:{MUST}|please|{AT}{TELL}\b)

    (?:^|\W)(?:при|во время|в ходе|для|перед) (?:\w+ )?(?:пересказ|суммаризаци|сокращени|подготовк|составлени|создани
    |обработк|публикаци|включени|цитировани)\w*(?: в)? (?:{THIS}|{SUMMARY}|его|ее|этого)…(?:{MUST}|\b{TELL_RU}\b|{SAY})

    (?:^|\W)(?:тот|тому|тем|те|всем|всех|каждый|каждому|любой|любому|все|кто бы ни),? кто (?:\w+ )?{DOING_RU}…(?:{MUST}
    |\b{TELL_RU}\b|{SAY})

    (?:^|\W)(?:если|когда|кто) (?:ты |вы |кто-то |будете |будешь |решите )*{DOING_RU}…(?:{THIS}|это|его|новость
    |пост)…(?:{MUST}|\b{TELL_RU}\b)

    # what a summary has to say

    (?:{ANY}|the|this|its|a|{MACHINE}) (?:\w+ ){0,2}?{SUMMARY}…{MUST}…{SAY}

    {SUMMARY} (?:of|for|о|об|для|про)?\s*{THIS}…{MUST}

    {MUST}…{SAY}…(?:in|into|from|to|at|of|within) (?:{ANY}|the|this|a|its) (?:\w+ ){0,2}?{SUMMARY}

    (?:^|\W)(?:в|во|из|для|к|на) (?:\w+ ){0,2}?{SUMMARY}…{MUST}…{SAY}

    (?:^|\W){MUST}…{SAY}…(?:в|во|из|для) (?:\w+ ){0,2}?{SUMMARY}

    (?:^|\W)(?:{ANY} )?{SUMMARY} (?:{THIS} )?(?:\w+ )?долж\w+…{SAY}

    {AT}{TELL}\b…(?:in|into|from|to|at|of|with|as|for) (?:{ANY}|the|this|its) (?:\w+ ){0,2}?{SUMMARY}\b

    \b{TELL_RU}\b…(?:в|во|из|от|к|для) (?:\w+ )?{SUMMARY}

    {AT}(?:begin|start|end|finish|open|close|conclude|title|call|write|make|keep|translate|return|output|limit|replace
    |change) (?:the|your|this|any|every|each) (?:\w+ )?(?:{SUMMARY})\b

    {AT}(?:начни|начинай|закончи|заканчивай|заверши|озаглавь|назови|напиши|пиши|сделай|переведи|верни|замени
    |выведи) (?:свой |свою |весь |всю |этот |эту |свое )?(?:\w+ )?{SUMMARY}

    (?:^|\W)(?:в|во) (?:\w+ )?{SUMMARY},? (?:\w+ )?{TELL_RU}\b

    {SUMMARY}…(?:without|omit\w*|that (?:do|does|fail|leave)\w*|lacking|failing|без|не содержащ\w+|котор\w+ не
    |где не)…(?:violat\w+|illegal|incorrect|invalid|infring\w+|prohibit\w+|not permitted|false|mislead\w+|incomplete
    |unlawful|liab\w+|breach\w*|inaccurate|наруш\w+|незакон\w+|недопуст\w+|запрещ\w+|некоррект\w+|неверн\w+|ошибочн\w+
    |неполн\w+|ответственност\w+|искаж\w+|недействит\w+)

    (?:summari[sz](?:e|ed|ation|ing)|reproduc\w+|quot\w+|redistribut\w+)…(?:only (?:if|on condition|provided|with)
    |provided that|on (?:the )?condition|licen[cs]ed? (?:condition|requires|only))…{SAY}

    (?:licen[cs]e|terms of use|copyright|legal notice|лицензи\w+|услови\w+ использовани\w+|правообладател\w+
    |юридическ\w+)…{SUMMARY}…(?:{SAY}|{MUST})

    (?:пересказ|сокращени|цитировани|перепечатк)\w*…(?:только (?:при|если|с)|при условии|допускается|разреш\w+)…{SAY}

    {SUMMARY}…(?:only|solely) (?:state|say|mention|include|contain|read)\b

    (?:in|for|within) (?:{ANY}|the|this|a|its) (?:\w+ )?{SUMMARY},? (?:please |just |only |always )*{TELL}\b

    {MUST} (?:that )?(?:{ANY}|the|a) {SUMMARY}…{SAY}

    \b(?:faithful|correct|accurate|complete|proper|valid|honest|lawful|корректн\w+|точн\w+|честн\w+|полн\w+
    |правильн\w+) (?:\w+ )?{SUMMARY} (?:\w+ )?(?:{SAY}|would|will|всегда)

    (?:пересказ|summari)\w*…\b(?:include it|mention it|say so|укажи\w*|упомян\w+ об этом)\b

    {SUMMARY}…(?:need|нужно|надо)\w*…(?:include it|mention it|include this|say so|указать это|упомянуть это)

    ^\W*(?:\w+ ){0,2}?{OFFICE} (?:for|для) (?:\w+ )?(?:{SUMMARY}|{MACHINE})\s*[:—–]

    ^\W*(?:дайджестам|пересказчикам|суммаризаторам|агрегаторам|ботам|нейросетям|summari[sz]ers|aggregators
    |digests)\s*[:—–]

    (?:тем[аы]|topics?|categor\w+|категори\w+) (?:of |for )?{THIS}\s*(?:[:—–=]|is\b|are\b)…(?:only|nothing else|только
    |другие|больше нич)

    {THIS}…(?:важнее (?:всех|остальн|друг)|more important than|outranks?|belongs (?:at the top|first)|на перв\w+ мест)

    {AT}(?:conclude|end|begin|start|finish|open|close) (?:the \w+ |your \w+ |it )?with\s*[:'\"«“]

    (?:ai|人工智能|语言模型|助手|模型|機器人|机器人).{0,8}?(?:必须|必須|请|請|应该|务必|要).{0,6}?(?:说|說|写|寫|输出|輸出|提到|回答)

    \b(?:let|have) the (?:title|headline|topic|{SUMMARY}|category|claims?|first line)\b

    \b(?:headline|title|{SUMMARY}|topic|category|заголовок|тема)s? to (?:use|be used|print|show)\b|\b(?:required
    |mandatory|official|approved) (?:title|headline|{SUMMARY}|topic)\s*[:—–]

    {START}set [\"'«“]?(?:topics?|title|headline|claims?|category|gist|rank|priority|importance|lang
    |language)\b[\"'»”]? (?:to|=)

    \b(?:if|when|если|когда) (?:you are |you're |тебя )?(?:asked|спрос\w+)…(?:say|answer|reply|respond|ответь|скажи
    |отвечай)\b

    \b(?:other|остальные|другие) (?:posts|sources|channels|посты|источники|каналы)\b…(?:do not|don['’]t|не) (?:use
    |trust|cite|include|используй|верь|доверяй|цитируй|учитывай)

    (?:выше|ранее|above|earlier)\b…(?:долж\w+ быть|must be|should be|следует) (?:про)?(?:игнор\w+|ignored|disregarded
    |забыт\w*|отброш\w+)

    \b(?:en|dans|im|in der|в|у) (?:el |le |la |tu |su |ton |votre )?(?:resumen|resume|titular|zusammenfassung|переказі
    |дайджесті),? (?:di|diga|menciona|escribe|incluye|dis|dites|mentionne\w*|nenne|schreib\w*|erwahn\w*|напиши|вкажи
    |згадай)\b

    \bclaims?(?: array| list| field)? {MUST}

    \b(?:correct|right|proper|expected) classification (?:is|here|of {THIS})\b

    {AT}(?:respond|reply|answer) (?:only )?with (?:only )?(?:the|a|just|exactly) (?:single |following |exact )?(?:words
    ?|phrase|sentence|string|number)\b

    ^\W*(?:твой |ваш )?ответ\w? (?:дай|долж\w+|пиши|верни|начни|выведи)

    ^\W*(?:verdict|answer|decision|вердикт|ответ|решение)\s*[:—–]\s*(?:same|one story|different|not an? ad|тот же
    |один сюжет|не ?реклама|да\b|нет\b|yes\b|no\b)

    {START}(?:skip|ignore|disregard|drop) (?:all |any |the )?(?:{THIS}|other (?:posts|sources|channels|items)
    |rest of the (?:post|text|posts))

    \b(?:остальн|друг|проч)\w+ (?:пост|источник|канал|новост)\w*…(?:игнорируй|не используй|не учитывай|исключи|отбрось)
    |\b(?:игнорируй|не используй|не учитывай|исключи|отбрось)(?:те)? (?:остальн|друг|проч)\w+ (?:пост|источник|канал
    |новост)

    \b(?:настаива|требу|прос|хот)\w*,? чтобы…{SUMMARY}

    {SUMMARY}…\b(?:may|can|could|will)\b…\bonly\b…{SAY}|{SUMMARY}…\b(?:may|can)\b (?:only )?{SAY} only\b

    \b(?:do not|don['’]t|never|не) (?:consent|agree|permit|allow|authori[sz]e|разреша\w+|даем соглас\w+
    |согласны)…{SUMMARY}

    \b(?:it is|it['’]s) (?:essential|important|crucial|vital|critical|imperative|necessary) (?:that|for) (?:{ANY}|the
    |a) {SUMMARY}

    \b(?:важно|необходимо|нужно|надо),? чтобы…{SUMMARY}…(?:назв|указ|упом|звуч|говор|был|стоял|написа)\w*

    \b(?:данные|текст|сказанное|написанное|информация|text|content|post|data|everything) (?:\w+ )?(?:выше
    |above)\b…(?:вместо|instead|удал\w+|removed|устарел\w*|тестов\w+|placeholder|неверн\w+|outdated|is a test|is wrong)

    \b(?:перепиши|измени|подай|преподнеси|изложи|представь)(?:те)? (?:\w+ )?(?:новост|пост|истори|сюжет|все)\w* (?:так
    |как|в пользу)

    {START}(?:rewrite|spin|frame|reframe) (?:this|the) (?:news|story|post|item)\b

    {START}(?:kindly )?refrain from (?:nam|mention|includ|quot|report)\w+

    {SUMMARY} (?:without|без) …(?:incomplete|invalid|wrong|считаться|считается|неполн\w+|недействит\w+|неверн\w+)

    # bare orders to say

    ^\W*(?:please |then |now |also |and |just |simply )*(?:(?:add|say|state|write|report|mention|claim|declare|pretend
    |announce|tell (?:the |your |all |our )?(?:readers?|users?|audience|subscribers|people|them)) that\b|(?:add|say
    |write|mention|tell the (?:readers?|users?)): )

    ^\W*(?:please |then |now |also |just )*(?:write|say|state|output|print|report|return|reply with|respond with
    |answer with|add|include) (?:only |exactly )?(?:the )?(?:following|this|these)\b[^\n]{0,40}:

    ^\W*you (?:must|have to|need to|are required to|are to|shall) (?:also |always |only )?(?:say|write|state|mention
    |report|include|claim|output|add|declare|tell|omit)\b

    (?:^|[,:—–] ?|(?:и|а|затем|также|теперь|пожалуйста) )(?:добавь|скажи|напиши|упомяни|сообщи|укажи|заяви|подчеркни
    |отметь|расскажи)(?: (?:\w+ )?(?:читател|подписчик|пользовател|люд|всем)\w*)?(?:, что\b|: )

    ^\W*(?:сообщите|скажите|расскажите) (?:\w+ )?(?:читател|подписчик|пользовател)\w*,? что\b

    ^\W*(?:укажите|упомяните|добавьте),? что\b

    \b(?:напиши|укажи|выведи|ответь|скажи|пиши|верни|добавь)(?:те)? (?:только |ровно )?(?:следующ\w+|вот (?:это|что)
    |дословно)(?: \w+){0,2}\s*:

    (?:^|\W)(?:ты|тебе) (?:\w+ )?(?:обязан\w?|долж\w+|следует|нужно|надо|необходимо) (?:\w+ )?(?:написать|указать
    |сказать|сообщить|упомянуть|добавить|вывести|включить|отметить|пересказать)

    \b(?:classify|label|mark|answer|respond|report|tag|rank|summari[sz]e) (?:it |this )?accordingly\b
    |\bтак и (?:отвечай|напиши|укажи|пиши|запиши|отметь|скажи|перескажи)

    {AT}(?:merge|join|group|link|combine) (?:this|it|{THIS}) (?:with|to|into)\b

    \b(?:объедини|склей|свяжи|соедини)(?:те)? (?:это|его|эту|этот|{THIS})…\b(?:с|со)\b

    {AT}(?:set|change|make) (?:the|its) (?:headline|title|topics?|category|{SUMMARY}|gist|priority|rank) (?:to|read|say
    |be|as)\b

    (?:^|\W){PART} (?:of |for )?{THIS}…{MUST}

    {MUST}…{PART} (?:of |for )?{THIS}\b

    \b{TELL_RU}\b…(?:тем[уаые]|категори\w+|рубрик\w+|заголов\w+|приоритет\w*)…{THIS}
    |{THIS}…\b{TELL_RU}\b…(?:тем[уаыей]+|категори\w+|рубрик\w+|заголов\w+|приоритет\w*|главн\w+|перв\w+)

    # headline, title, topic, rank, format

    (?:^|\W)(?:(?:the|a|its|your|any|correct|right|proper) )+(?:headline|title|heading|gist|first sentence|first line
    |top line) (?:of {THIS} |for {THIS} |here )?(?:should|must|shall|needs to|has to|ought to|is to
    |will) (?:\w+ )?(?:read|be|say|state|contain|include|mention|start|begin|open|carry|name)\b

    \b(?:correct|right|proper|official|required|mandatory|approved|recommended|accurate) (?:headline|title|heading
    |{SUMMARY}|topics?|category|gist) (?:of {THIS} |for {THIS} |here )?(?:is|reads|would be|should be|must be)\b

    (?:правильн|верн|корректн|официальн|обязательн|единственн|рекоменд|нужн|требуем|утвержденн)\w+ (?:заголов\w+
    |{SUMMARY}|тем[аы]|рубрик\w+|категори\w+)(?: {THIS}|\s*для \w+)?\s*(?:[:—–-]|звучит|должн|гласит|такой|такая)

    (?:^|\W)(?:в )?заголов\w+ (?:\w+ )?(?:{THIS} )?(?:долж\w+\b(?! был)|обязан|следует|нужно|необходимо|надо|пусть
    |обязательно|требуется|напиши|укажи|вынеси|поставь|вставь|сделай|стоит вынести)

    {AT}(?:укажи|напиши|вынеси|поставь|вставь|добавь|включи|помести|используй|возьми
    |сделай)(?:те)?…(?:в |как |в качестве )?(?:заголовк|заголовок)\w*(?! письма| ваканс| объявл| в)

    {AT}(?:use|put|set|place|include|write|add|insert|mention)…(?:in|as|into|to|for) (?:the|its|your|a) (?:headline
    |title|gist|top line|first sentence|first line|lead)\b(?! of (?:your|the (?:issue|email|pr\b|pull)))

    {AT}(?:title|headline) (?:it|this|the (?:story|post|item))\b

    {AT}(?:озаглавь|назови)(?:те)? (?:это|этот|эту|новость|сюжет|пост)\b

    {SUMMARY}…(?:for|для) {MACHINE}…[:—–]

    (?:headline|title|{SUMMARY}|text|заголов\w+|текст\w*|формулировк\w+|тезис\w*)(?: for| для| to use in
    | suitable for) (?:\w+ )?(?:{SUMMARY}|{MACHINE}|aggregators?)\w*\s*[:—–]

    (?:correction|erratum|поправка|исправление|уточнение)s? (?:for|to|для|к) (?:\w+ )?(?:{SUMMARY}|{MACHINE})

    (?:{MACHINE}|{SUMMARY})…{MUST}…(?:{SAY}|treat|rank|classif\w+|consider|рассматрива\w+|считать|классифиц\w+|относить
    |трактовать)…(?:{THIS}|{SUMMARY}|{PART})

    {THIS}…{MUST}…(?:summari[sz]ed|retold|described|presented|ranked|classified|labell?ed|categori[sz]ed|tagged|listed
    |placed|featured|shown|treated|reported) (?:\w+ )?(?:as|under|first|with|above|at|on|in|to)\b

    {THIS}…{MUST}…(?:пересказ\w+|помеч\w+|помест\w+|постав\w+|стоять|идти|классифиц\w+|относ\w+|отнест\w+
    |показ\w+ перв\w+|быть (?:перв|главн|на перв|отнесен|помечен)\w*)

    (?:^|\W){MUST}…(?:перв|главн)\w+ (?:новост|пункт|сюжет|местo|мест)\w*…(?:{SUMMARY}|выпуск\w*)

    {AT}(?:put|place|rank|list|show|keep|feature|run|lead with|open with|move|pin|position|display|prioriti[sz]e
    |promote|sort) (?:this|it|our|{THIS})\b…(?:first|top|#1|number one|no\. ?1|above|before|highest|lead|ahead of
    |over)\b

    {AT}(?:make|treat|consider|mark|present|feature) (?:this|it|{THIS}) (?:\w+ )?(?:as )?(?:the|your
    |today['’]s) {LEAD} (?:stor(?:y|ies)|news|item|headline|topic|post|entry)

    {AT}(?:rank|rate|score|prioriti[sz]e|upvote|boost) (?:this|{THIS})\b

    {AT}(?:give|assign|set) (?:this|it|{THIS})…(?:highest|top|maximum|max) (?:\w+ )?(?:priority|rank|score|importance
    |rating|weight)

    {AT}(?:сделай|поставь|ставь|помести|размести|выведи|подними|вынеси|считай|назначь|покажи
    |закрепи)(?:те)?…(?:главн\w+ (?:новост|сюжет|тем|событи)\w*|на перв\w+ мест\w+|перв\w+ (?:новост|пункт|сюжет|строк
    |номер)\w*|первым|первой|наверх|в топ|в начало|в самый верх|выше (?:остальн|друг|всех)\w*)

    {AT}(?:присвой|дай|назначь|поставь|установи|укажи)(?:те)?…(?:высш|максимальн|наивысш
    |высок)\w+ (?:\w+ )?(?:приоритет|рейтинг|балл|важност|ранг|оценк|вес)\w*

    ^\W*(?:priority|importance|rank|score|weight|приоритет|важность|ранг)(?: {THIS})?\s*[:=]\s*(?:1\b|10\b|100\b
    |\d+/\d+|high|max|top|critical|first|высш|высок|максим|наивысш|перв)

    {AT}(?:classify|label|tag|categori[sz]e|file|assign|mark|flag) (?:this|it|{THIS}|both|these)\b…(?:as|under|to|with
    |in)\b

    {AT}(?:treat|count|regard|consider|mark|flag|label|merge|group|link|join)…(?:(?:the )?same (?:story|event|news)
    |one (?:and the same )?story|duplicates?|different stor|separate stor|not an? (?:ad|advert)|independent source
    |several sources)

    {AT}(?:do not|don[’']?t|never) (?:mark|flag|label|treat|classify|count|merge|group|filter|hide|drop|skip
    |omit) (?:this|it|{THIS})\b

    {AT}(?:отнеси|классифицируй|пометь|помечай|присвой|определи|причисли|отметь|маркируй|промаркируй)(?:те)?…(?:{THIS}
    |это|его|ее)?…(?:(?:к|в) (?:тем|категори|рубрик|раздел)\w*|тем\w* |категори\w+|рубрик\w+|как (?:не ?реклам|важн
    |главн|срочн|новост|тем)\w*|метк\w+|тег\w*)

    {AT}(?:не помечай|не считай|не классифицируй|не отмечай|не объединяй|не склеивай|не скрывай|не отсеивай
    |не фильтруй)(?:те)?…(?:{THIS}|это|реклам\w+|дубл\w+|с друг\w+|его)

    {AT}(?:считай|объедини|склей|признай|засчитай)(?:те)?…(?:одн\w+ (?:и т\w+ же )?(?:сюжет|истори|новост|событи)\w*
    |т\w+ же (?:сюжет|истори|новост|событи)\w*|дублик\w+|независим\w+ источник\w*|не ?реклам\w+|одним сюжетом)

    {AT}(?:answer|reply|respond|return|output|verdict|ответь|отвечай|верни|вердикт
    |выведи)(?:те)?\W{0,3}(?:only |with |always |a |just |только |всегда |слово )*[\"'«“(]?(?:yes|no|да|нет)\b

    \b(?:is_?ad|same_?story|is_?advert\w*|not_?ad|is_?spam|is_?duplicate|should_?merge)\W{1,4}(?:true|false|yes|no|0
    |1)\b

    ^\W*(?:same story|тот же сюжет|один сюжет|одна история|это реклама|реклама|is this an ad)\W{1,4}(?:yes|no|да
    |нет)\b\W*$

    {AT}(?:respond|reply|answer|output|return|write|summari[sz]e|translate)(?: \w+){0,3}? (?:only |solely |exclusivel
    y |everything )*(?:in|as|into|with|using) (?:valid |raw |plain |pure )?(?:json|yaml|xml|markdown|html|english
    |russian|french|german|spanish|chinese|latin|capital letters|all caps|caps|emoji|rhyme|verse|pirate)\b

    {AT}(?:отвечай|ответь|пиши|выведи|верни|перескажи|пересказывай|переведи|суммируй)(?: \w+){0,3}? (?:только |исключит
    ельно |строго )*(?:на (?:английском|русском|немецком|французском|испанском|китайском|украинском|латыни)|в (?:json
    |yaml|xml|html|markdown|стихах|формате|виде)|заглавными|капсом|эмодзи|стихами|по-(?:английски|русски|немецки))

    (?:^|\W)(?:{SUMMARY}|{PART}) {MUST} (?:\w+ )?be (?:written )?(?:in|as) (?:json|english|russian|french|german
    |spanish|chinese|capital|verse|emoji)

    {AT}(?:call|invoke|use|run|execute) the (?:\w+ )?(?:tool|function|plugin)\b…(?:with|to|and)\b

    # other languages

    (?:ц[яеію]|цей|цього|дан\w+) (?:новин|пост|допис)\w*…(?:має|повин|слід|треба)\w*…(?:перш|головн)\w+

    \b(?:переказ|зведенн|дайджест|підсумк|заголов)\w*…(?:повин|має |мають|слід|потрібно|треба|необхідно)\w*…(?:міст
    |вказ|згад|напис|зазнач|бути|включ|почин|звуч)\w*

    {AT}(?:напиши|вкажи|додай|згадай|зазнач|постав|зроби|познач)(?:ть|те|іть)?…(?:переказ|зведенн|дайджест|заголов
    |підсумк|головн\w+ новин|перш\w+ місц)\w*

    \b(?:zusammenfassung\w*|uberschrift\w*|titel|schlagzeile|digest)\b…(?:muss|mussen|soll\w*|darf|durfen
    |hat zu)\b…(?:enthalt|erwahn|laut|nenn|angeb|steh|genannt|beginn|sein|werden)\w*

    {AT}(?:schreib|nenn|erwahn|fug|gib|setz|beginn|behaupt|stell|mach)\w*…(?:zusammenfassung\w*|uberschrift\w*|titel
    |schlagzeile|digest|(?:an )?erste\w* stelle)

    \b(?:resumen(?:es)?|titulares?|titulo|boletin|resumo|titre|resumes?|synthese)\b…(?:debe\w*|deve\w*|tiene que|ha de
    |doit|doivent|devra)\b…(?:inclu|deci|menci|indica|conten|empez|comenz|ser|senala|dire|etre|conteni|dizer)\w*

    {AT}(?:escrib|inclu|mencion|anad|agreg|indic|pon|coloc|ecris|ecrivez|ajout|mentionn|escrev|adicion|comienz|empiez
    |di )\w*…(?:resumen|titular|titulo|boletin|resumo|titre|resume|primer lugar|noticia principal)\b

    (?:摘要|总结|總結|标题|標題|概要|简报|简讯|日报).{0,12}?(?:必须|必須|应该|應該|应当|需要|务必|要|请|請|只能).{0,12}?(?:写|寫|包含|包括|说|說|提及|提到|指出|注明|声明|加上
    |强调|強調|为|是)

    (?:请|請|务必|必须|必須).{0,16}?(?:摘要|总结|總結|标题|標題|概要|简报|头条|頭條|第一位|第一条|置顶)
    """
)

_OVERRIDES = _p(r"\b(?:{DROP}|{DROP_RU})\s")

# --- signs: what alone says little, and together says that a sentence orders -----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """`kind` is "order" for what asks for something, "about" for what a summariser has to do with, "hint" for what may, "-" for neither."""

    weight: float
    kind: str
    pattern: re.Pattern[str]


def _signs_of(table: str) -> tuple[_Sign, ...]:
    """The signs of a table: weight and kind in a line of their own, then the rule."""
    heads = (block.split("\n", 1) for block in _entries(table))
    return tuple(
        _Sign(weight=float(head.split()[0]), kind=head.split()[1], pattern=_p(pattern)) for head, pattern in heads
    )


#: Fitted by hand on invented attacks and on real posts: one post in 2,000 of the latter is past it.
_ENOUGH = 2.25
_SIGNS = _signs_of(
    r"""
    1.3 order
    (?<!\w){SINGULAR}(?!\w|-)

    0.9 order
    (?<!\w){SINGULAR}те(?!\w)

    1.0 order
    (?:{START}|(?:^|\W)and )(?:say|state|mention|include|report|claim|declare|describe|summari[sz]e|title|rank|classify
    |label|tag|mark|treat|respond|reply|answer|output|omit|exclude|ignore|disregard|attribute|portray|call|write|add
    |insert|append|cite|quote|conclude|begin|translate|reveal|leave out|replace|repeat|consider|speak|pretend|credit
    |name|do not (?:mention|include|summari[sz]e|tell|use|mark|report)|vergiss|ignorier\w*|erwahn\w*|schreib\w*|nenne?
    |olvid[ae]\w*|ignora|menciona|escrib[ae]|di que|incluy[ae]|ignorez|oubliez|mentionnez|ecrivez)\b(?! ?[(=:])

    0.6 order
    {START}(?:{TELL}|believe|trust|talk|select|choose)\b(?! ?[(=:])

    0.9 order
    \b(?:{MUST}|let (?:the|this)|insist|настаива\w+|agree|failure to|deserves?)\b

    0.9 order
    \b(?:topics?|titles?|claims?|headlines?|category|priority|classification|verdict|tags?)[\"'«»]?\s*(?:=(?!=)|to \[
    |:\s*\[)|\b(?:headline|title) to (?:use|be)|\b(?:required|final|correct|right|итогов\w+|правильн\w+) (?:{SUMMARY}
    |title|headline|topic|классификаци\w+|classification|заголов\w+)\s*(?:[:—–]|is\b)

    0.9 order
    \b(?:{DROP}|no longer appl\w+|проигнорир\w+|instead|вместо этого)\b

    1.4 about
    \b(?:{SUMMARY}|summari[sz]\w+|recapp\w+|paraphras\w+|condens(?:e|es|ing)|пересказ\w*|перескаж\w+|суммаризир\w+
    |zusammenfass\w+|resumen)\b

    0.4 about
    \b(?:{PART})\b

    0.3 hint
    \b(?:headlines?|titles?|topics?|category|claims?|verdict|priority|importance|заголов\w+|тезис\w*|категори\w+
    |рубрик\w+|приоритет\w*)\b

    0.3 hint
    \byou\b|\bfrom now on\b|с этого момента|отныне

    0.5 hint
    \byour\b

    0.4 about
    (?<!\w)(?:ты|тебя|тебе|тобой|тво\w{1,3})(?!\w)

    0.5 hint
    (?:{THIS}|\bthis (?:note|instruction|paragraph|sentence|line|section|channel)\b|\bэт(?:а|у|ой|от|ого
    |о) (?:инструкци|заметк|абзац|строк|канал|фраз)\w*)

    1.2 about
    \b(?:(?:every|all|any) mentions?\b|claims? \d+|(?:все|всех|любые) упоминани\w+|(?:other|remaining|rest of the
    |another) (?:posts|sources|channels|items|stories|messages)|posts? \d+)\b
    |\b(?:остальн|друг|проч|сосед)\w+ (?:пост|источник|канал|новост|сюжет)\w*

    0.8 about
    \b(?:{MACHINE}|ai-generated|ki(?:-\w+)?|ia|ші)\b

    1.3 about
    ^\W*(?:{MACHINE} ?){1,2}\s*[,:!]|\b(?:to|dear|attention|hinweis fur|nota para) (?:the |any |all |la )?(?:\w+ )?(?:
    {MACHINE}|model|ki-?\w*|ia)\s*[:,!]|\bif you(?: are|'re) (?:an?|the) {MACHINE}\b(?! \w*(?:er|ist|or)\b)
    |\b(?:{MACHINE}|models?|модел\w+|систем\w+),? (?:that |which |who |котор\w+ )(?:is |это |этот текст )?(?:reads?
    |reading|process\w*|чита\w+|обрабатыва\w+|пересказыва\w+)|чита\w+ {MACHINE}|\b(?:уважаем|дорог)\w+ (?:{MACHINE}
    |систем\w+|модел\w+)

    0.7 about
    \b(?:instructions?|directions|system prompt|prompt|guidelines?|you were told|инструкци\w+|указани\w+|промпт\w*)\b

    0.4 about
    \b(?:above|earlier|previous|prior|выше|ранее|предыдущ\w+|вище|oben|obige\w*|anterior\w*)\b

    0.8 about
    \b(?:first (?:place|position|item|line|slot|in)|lead (?:slot|story|with)|number one|(?:at|to) the top|top of
    |above all|на перв\w+ мест\w+|перв\w+ строк\w+|перв(?:ой|ым|ую)|важнее|главн\w+|выше (?:остальн|друг|всех)\w*
    |в (?:самом )?начал\w+|в конец|место в топе)\b

    0.9 about
    \b(?:same story|one story|say (?:yes|no)|answer (?:yes|no)|тот же сюжет|один сюжет|одна (?:история|новость))\b
    |\b(?:advertisement|is_?ad|spam)\W{0,3}[=:]\W{0,2}(?:false|no)\b

    0.5 hint
    \b(?:licen[cs]e|legal|copyright|editorial|errat\w+|correction|лицензи\w+|юрид\w+|поправк\w+|уточнени\w+|редакци\w+
    |запреща\w+)\b

    0.3 -
    [:—–]\s*\S|\bthat\b|, что\b

    0.3 -
    \b(?:only|solely|always|never|exactly|verbatim|whatever|single word|только|лишь|обязательно|дословно|никогда
    |никому)\b

    0.8 about
    {START}(?:respond|reply|answer|output)\b(?! ?[(:=]| (?:tokens?|is|are|costs?)\b)|(?<!\w)(?:ответь|отвечай|выведи
    |верни|выдай)(?!\w)|\b(?:в ответе|твой ответ|your (?:reply|response|answer|output))\b

    -0.8 -
    \b(?:with|using|via|by|с помощью|при помощи|через) {MACHINE}\b|\bнужно знать\b

    -1.2 -
    \b(?:researchers?|authors?|papers?|study|showed?|shows|found|announced|released|said|says|users?|regulations?
    |published|asks whether|исследовател\w+|автор\w*|учен\w+|показал\w*|выпустил\w*|представил\w*|стать[яеию]|научил\w*
    |пользовател\w+|компани\w+|умеет|может|могут|можно|позволяет|закон\w*|сказано|научи\w+|сделали|написали
    |получил\w*)\b

    -1.2 -
    подпис\w+|лайк\w*|репост\w*|\bкоммент\w*|личк\w+|\bпочт\w+|письм\w+|голосован\w+|регистр\w+|in the comments
    |with (?:a|the) links?\b|e-?mail|\bdm (?:me|us)\b|sign up|друзь\w+

    -0.4 -
    \b(?:we|our|us|мы|нам|нас|наш\w*|я|мне)\b

    -0.6 -
    \?\W*$

    -1.5 -
    \b(?:good|great|ideal|perfect|useful|хорош\w+|идеальн\w+|качественн\w+|отличн\w+) (?:\w+ )?{SUMMARY}|\b(?:rouge
    |датасет\w*|datasets?|benchmarks?|бенчмарк\w*)\b

    -1.5 -
    \bprint\(|\b(?:def|import|func|const|class)\b|[;{}]\s*$|\w\(\w*\)|:=
    """
)


def _signs(sentence: str) -> tuple[float, float]:
    """How much speaks for an order (0 if none is given, or not about a summary), and the sum of the signs for one."""
    held = [sign for sign in _SIGNS if sign.pattern.search(sentence)]
    ordered = sorted((sign.weight for sign in held if sign.kind == "order"), reverse=True)
    others = [sign for sign in held if sign.kind != "order"]
    some = sum(ordered) + sum(sign.weight for sign in others if sign.kind != "-")
    if not ordered or all(sign.kind != "about" for sign in others):
        return 0.0, some
    # Several forms of one order say little more than one.
    return ordered[0] + 0.3 * sum(ordered[1:]) + sum(sign.weight for sign in others), some


_GENERAL = _p(
    r"\b(?:good|great|ideal|perfect|useful|хорош\w+|идеальн\w+|качественн\w+|отличн\w+) (?:\w+ )?{SUMMARY}"
    r"|\b(?:rouge|датасет\w*|datasets?|benchmarks?|бенчмарк\w*)\b"
)
_TO_PEOPLE = _p(
    r"(?:в|под) комментари\w+|в коммент\w*|в личк\w+|на почт\w+|по почте|в чат\b|письм\w+|in the comments?\b"
    r"|e-?mail|\bdm (?:me|us)\b|в предложк\w+|резюме на"
)
_TELL = _p(r"{AT}{TELL}\b|\b{TELL_RU}\b")
_SUMMARY = _p(r"\b{SUMMARY}|\bsummari[sz]e|перескаж|суммируй")
_MACHINE = _p(r"\b{MACHINE}\b")
_CONTINUES = _p(
    r"^\W*(?:also|additionally|then|next|moreover|furthermore|finally|likewise|similarly|otherwise|and"
    r"|in addition|besides|do not|don[’']?t|under no|at the end|it (?:must|should)|they (?:must|should)"
    r"|this (?:must|should|is mandatory|is required|instruction|rule|applies)|failure to|thank you|no exceptions"
    r"|кроме того|также|затем|потом|далее|после этого|и еще|еще|в конце|в начале|наконец|дополнительно|иначе"
    r"|а также|ни в коем|это (?:обязательн|требовани|правило|указани|важно|необходим)\w*|не (?:указывай|упоминай"
    r"|сообщай|пиши|раскрывай|говори)|никому|спасибо|без исключений|außerdem|además|tambien)\b"
)


# --- blocks ----------------------------------------------------------------------------------------------------------

_THING = (
    r"(?:posts?|data|documents?|text|input|content|messages?|articles?|source|context|query|stor(?:y|ies)|transcript"
    r"|untrusted \w+|user \w+|channel|quote|prompt|instructions?|fence|сообщени[ея]|пост[аов]*|данных|документа"
    r"|текста|ввода|контента|статьи|сюжета|запроса)"
)
_FORGED = _p(
    (
        r"^[^\S\n]*[<\[{(=\-*#_~|+‹《【⟦\"'`/]+\s*/?\s*(?:[0-9a-f]{6,} )?(?:(?:end|конец|fin|ende|stop|close|begin|start"
        r"|начало)(?: of| the|_of|-of)*[\s_:-]*(?:the )?(?:\w+ )?{X}|/\s*{X})\s*\d*\s*[^\w\n]*$"
    ).replace("{X}", _THING)
)
_FORGED_INLINE = _p(
    (
        r"(?:(?<![-=<\[*#])[-=<\[*#]{2,}\s*(?:[0-9a-f]{6,} )?(?:end|конец|begin|start|начало)(?: of| the"
        r"|_of)*[\s_:-]*(?:the )?(?:\w+ )?{X}\s*\d*\s*[-=>\]*#]{2,}|</?\w*(?:post|message|data|document|system|user"
        r"|assistant|input|content|instruction|prompt|untrusted)\w*>)"
    ).replace("{X}", _THING)
)
_END_LINE = _p(r"^[^\S\n]*(?:end of|конец) (?:the )?{X}\s*\d*[\s.:!]*$".replace("{X}", _THING))
_BEGIN = _p(
    r"(?:begin|start|начало)(?: of)?[\s_]*(?:{SUMMARY}|output|answer|response|ответа"
    r"|вывода)\b[\s\S]{0,1500}?(?:end|конец)(?: of)?[\s_]*(?:{SUMMARY}|output|answer|response|ответа"
    r"|вывода)\b\W*"
)
_TOKEN = re.compile(
    (
        r"^[ \t>*]*(?:<\|?/?\s*(?:im_start|im_end|im_sep|system|user|assistant|endoftext|end_of_turn|start_of_turn"
        r"|start_header_id|eot_id|begin_of_text|begin_of_sentence|tool_call|tool_response|function_calls?"
        r"|instructions?|prompt|think|s)\b[^<>\n]{0,40}>|<[|｜][^<>\n]{1,40}[|｜]>|\[/?(?:INST|SYSTEM_PROMPT|SYS)\]"
        r"|<<\s*/?\s*SYS\s*>>|#{1,6}[ \t]*(?:instruction|system|assistant|response|human|user)s?[ \t]*:)"
    ),
    re.IGNORECASE | re.MULTILINE,
)
_TURN = re.compile(
    (
        r"(?:^[ \t>*_#-]*|(?<=[.!?] ))(?P<role>system|assistant|human|user|ai|developer|система|ассистент"
        r"|пользователь|помощник|ии|llm)[ \t*_]*[:：]"
    ),
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(
    r"^[ \t*_-]*(categor(?:y|ies)|topics?|importance|priority|headline|title|summary|gist|rank|verdict|same story|claims?|is_ad"
    r"|score|тем[аы]|важность|приоритет|заголовок|пересказ|рубрика|сюжет|ранг|тезисы?)[ \t*_]*[:=]",
    re.MULTILINE,
)
_FORM = re.compile(rf"(?:{_FIELD.pattern}[^\n]*(?:\n|\Z))+", re.MULTILINE)
_ODD = frozenset(
    "importance priority gist rank claims claim verdict is_ad важность приоритет ранг тезис тезисы".split()
) | {"same story"}
_MASTERS = frozenset({"system", "developer", "система"})
_COMMENT = re.compile(r"<!--(?:(?!-->)[\s\S]){1,4096}(?:-->|\Z)")
_UNSEEN = re.compile(
    (
        r"<(?P<tag>[a-z][a-z0-9]*)\b[^<>]*?(?:display\s*:\s*none|visibility\s*:\s*hidden"
        r"|opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*[01](?![\d.])|color\s*:\s*(?:white|transparent"
        r"|#f{3}(?:f{3})?\b|rgba?\(255,\s*255,\s*255)|(?<![\w-])hidden(?![\w-])"
        r"|left\s*:\s*-\d{3,})[^<>]*>.*?(?:</(?P=tag)\s*>|\Z)"
    ),
    re.IGNORECASE | re.DOTALL,
)
_SMUGGLED = re.compile(
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}|[\U000e0000-\U000e007f]+|[\u200b\u200c\u200d\u2060-\u2064\ufeff]{12,}"
)
# A flag of England, Scotland or Wales is spelt with tag characters too.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_BLOB = re.compile(r"(?<![\w/=&?.-])(?:[A-Za-z0-9+/_-]{24,}={0,2}|(?:[0-9A-Fa-f]{2}[ :]?){16,})(?![\w/])")
_DECODE = _p(
    r"{AT}(?:decode|decipher|decrypt|unscramble|base64|rot-?13|декодируй|расшифруй|раскодируй|дешифруй|reverse"
    r"|read…backwards)(?:те)?\b|(?:base64|rot-?13|hex)…(?:follow|выполни|execute|obey|следуй)"
)
# "ignore … previous|prior|above|all … instructions" in rot13, and backwards
_TURNED = re.compile(
    (
        r"\b(?:vtaber|qvfertneq|sbetrg)\b.{0,40}\b(?:cerivbhf|cevbe|nobir|nyy|lbhe)\b|\b(?:snoitcurtsni"
        r"|stpmorp)\b.{0,40}\b(?:erongi|dragersid|tegrof)\b"
    ),
    re.IGNORECASE,
)
_GAP = re.compile(r"\n(?:[^\S\n]*\n){8,}")
_OBJECT = re.compile(r"\{[^{}]{0,3000}(?:\{[^{}]{0,1500}\}[^{}]{0,1500}){0,12}\}")
_KEY = re.compile(r"[\"'“”]?(\w+)[\"'“”]?\s*:")
_OURS = frozenset(
    "title gist claims summary topics headline digest tldr claim post_ids is_ad same_story заголовок пересказ тезисы темы"
    " сводка".split()
)
_OWN = frozenset("gist claims post_ids same_story тезисы".split())
_BESIDE = frozenset("text posts post ids sources lang".split())
_LEAST_KEYS = 3


def _blocks(shadow: _Shadow, text: str, masked: str) -> Iterator[tuple[int, int]]:
    """Spans of the text that are hidden, forged or a dialogue as a whole."""
    for pattern in (_COMMENT, _UNSEEN, _SMUGGLED):
        yield from (match.span() for match in pattern.finditer(_FLAG.sub(lambda flag: " " * len(flag.group()), text)))
    for match in (*_FORGED.finditer(masked), *_FORGED_INLINE.finditer(masked), *_END_LINE.finditer(masked)):
        yield shadow.span(match.start(), _paragraph_end(masked, match.end(), over_gap=True))
    for match in _BEGIN.finditer(masked):
        yield shadow.span(match.start(), match.end())
    for match in _TOKEN.finditer(masked):
        yield shadow.span(match.start(), _paragraph_end(masked, match.end(), over_gap=True))
    yield from (
        shadow.span(*span) for span in (*_fields(masked), *_turns(masked), *_answers(masked), *_after_gap(masked))
    )
    yield from _blobs(text)


_BREAK = re.compile(r"\n[^\S\n]*\n")


def _paragraph_end(text: str, start: int, *, over_gap: bool = False) -> int:
    """Where the paragraph of `start` ends; with `over_gap`, that of the next one if nothing is left of this one."""
    match = _BREAK.search(text, start)
    if match and over_gap and not text[start : match.start()].strip(" \t\n=-*#<>[]"):
        match = _BREAK.search(text, match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip()))
    return match.start() if match else len(text)


def _fields(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs that fill in the form of a summary: two fields and more, one of them such as posts do not have."""
    for match in _FORM.finditer(text):
        keys = [key.strip() for key in _FIELD.findall(match.group())]
        if len(keys) > 1 and not _ODD.isdisjoint(keys):
            yield match.span()


def _turns(text: str) -> Iterator[tuple[int, int]]:
    """Turns of a dialogue from the first one on that orders something or speaks of a summary."""
    ordered = -2
    for match in _TURN.finditer(text):
        end = _paragraph_end(text, match.end())
        following = _TURN.search(text, match.end())
        end = min(end, following.start()) if following else end
        turn = text[match.end() : end].strip()
        told = _TELL.search(turn) and (match["role"].lower() in _MASTERS or _signs(turn)[0] >= _ENOUGH)
        if told or _SUMMARY.search(turn) or _is_order(turn) or match.start() - ordered in {0, 1}:
            ordered = end
            yield match.start(), end


def _answers(text: str) -> Iterator[tuple[int, int]]:
    """Objects that look like the answer of a summariser."""
    for match in _OBJECT.finditer(text):
        keys = {key.lower() for key in _KEY.findall(match.group())}
        if len(keys & _OURS) >= _LEAST_KEYS or (keys & _OWN and len(keys & (_OURS | _BESIDE)) >= 2):
            yield match.span()


def _blobs(text: str) -> Iterator[tuple[int, int]]:
    """Encoded text with an order to decode it, or that is an order itself."""
    told = [match.start() for match in _DECODE.finditer(_lower(text))]
    if (match := _TURNED.search(text)) is not None:
        yield match.start(), _paragraph_end(text, match.end())
    for match in _BLOB.finditer(text):
        near = any(-600 <= match.start() - place <= 600 for place in told)
        if near or any(_is_order(_lower(plain)) for plain in _decoded(match.group())):
            yield match.span()
            yield from ((place, _sentence_end(text, place)) for place in told if abs(match.start() - place) <= 600)


def _sentence_end(text: str, start: int) -> int:
    match = re.compile(r"[.!?:]\s|\n|\Z").search(text, start + 1)
    return match.end() if match else len(text)


def _decoded(blob: str) -> Iterator[str]:
    """What the blob spells as base64 or in hexadecimal digits, if that is text."""
    bare = blob.rstrip("=")
    with contextlib.suppress(ValueError, binascii.Error):
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if {"-", "_"} & set(bare) else None)
        yield raw.decode("utf-8")
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(re.sub(r"[ :]", "", blob)).decode("utf-8")


def _after_gap(text: str) -> Iterator[tuple[int, int]]:
    """What stands far below the post, if it orders anything."""
    match = _GAP.search(text)
    if match:
        rest = text[match.end() :]
        if _is_order(rest) or (_TELL.search(rest) and (_SUMMARY.search(rest) or _MACHINE.search(rest))):
            yield match.end(), len(text)


# --- sentences -------------------------------------------------------------------------------------------------------

_TAKES_SENTENCE, _TAKES_REST = 1, 2
#: A sentence with fewer signs than this is not read by the rules.
_SOME = 0.3
_OTHER_SCRIPT = re.compile("[\u3400-\u9fff]")


def _is_order(text: str) -> bool:
    """Does any rule find an order in the piece of a shadow?"""
    return any(rule.search(text) for rule in (*_TAKEOVERS, *_DEMANDS))


def _marks(masked: str, found: Sequence[Sentence]) -> list[int]:
    """For each sentence 0, or how much a rule that holds in it takes."""
    marks = [_mark(_flat(masked, sentence)) for sentence in found]
    # An order may be broken into lines.
    flat = masked.replace("\n", " ")
    for rule in _TAKEOVERS if _OVERRIDES.search(flat) else ():
        for match in rule.finditer(flat):
            for index, sentence in enumerate(found):
                if sentence.start < match.end() - 1 and match.start() + 1 < sentence.end:
                    marks[index] = _TAKES_REST
    return marks


def _flat(masked: str, sentence: Sentence) -> str:
    """A sentence of the lower-cased shadow on one line, unless it is code."""
    text = masked[sentence.start : sentence.end]
    return text if sentence.is_code else " ".join(text.split())


def _mark(sentence: str) -> int:
    """How much the rules that hold in a lower-cased sentence take."""
    enough, some = _signs(sentence)
    if some < _SOME and not _OTHER_SCRIPT.search(sentence):
        return 0
    if any(rule.search(sentence) for rule in _TAKEOVERS):
        return _TAKES_REST
    if enough >= _ENOUGH or any(rule.search(sentence) for rule in _DEMANDS):
        return 0 if _TO_PEOPLE.search(sentence) or _GENERAL.search(sentence) else _TAKES_SENTENCE
    return 0


def _spread(masked: str, found: Sequence[Sentence], marks: Sequence[int]) -> list[bool]:
    """Which sentences belong to orders: those marked, and those that plainly go on with them."""
    taken: list[bool] = []
    holds = 0
    for index, sentence in enumerate(found):
        broken = index > 0 and _BREAK.search(masked, found[index - 1].end, sentence.start) is not None
        colon = (
            index > 0
            and taken[-1]
            and masked[found[index - 1].start : found[index - 1].end].rstrip("□\"”»' ").endswith(":")
        )
        if broken and not colon:
            holds = 0
        if colon:
            holds = _TAKES_REST
        if marks[index]:
            holds = max(holds, marks[index])
        goes_on = holds == _TAKES_REST or (holds == _TAKES_SENTENCE and _goes_on(masked[sentence.start : sentence.end]))
        taken.append(bool(marks[index]) or goes_on)
        holds = holds if taken[-1] else 0
    return taken


def _goes_on(sentence: str) -> bool:
    """Does the sentence go on with an order before it?"""
    return bool(_CONTINUES.match(sentence) or _TELL.match(sentence))


# --- the answer ------------------------------------------------------------------------------------------------------


def orders(text: str) -> list[tuple[int, int]]:
    """Spans (code points) of what speaks to a machine that summarises: orders with what they want said, forged markup.

    Sorted and not overlapping. What a post reports or quotes in a sentence of its own is not an order, nor is a call
    to human readers.
    """
    shadow = _shadow(text)
    masked = _masked(shadow.text)
    found = sentences(masked)
    masked = _lower(masked)
    taken = _spread(masked, found, _marks(masked, found))
    spans = [shadow.span(s.start, s.end) for s, is_taken in zip(found, taken, strict=True) if is_taken]
    spans.extend(_blocks(shadow, text, _lined(masked, found)))
    return _merged(text, spans)


def _lined(masked: str, found: Sequence[Sentence]) -> str:
    """The text with each sentence on a line of its own, character for character."""
    chars = list(masked)
    for sentence in found:
        if sentence.start and chars[sentence.start - 1].isspace():
            chars[sentence.start - 1] = "\n"
    return "".join(chars)


def _merged(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those made one that overlap or have but white space between them."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and (start <= merged[-1][1] or not text[merged[-1][1] : start].strip()):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


_LOOSE = re.compile(r"[ \t]{2,}")
_LOOSE_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n){2,}")


def without_orders(text: str) -> str:
    """The text less its orders, with white space tidied where they stood; empty if nothing with a letter is left."""
    spans = orders(text)
    if not spans:
        return text
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(text[position:start])
        position = end
    pieces.append(text[position:])
    left = _LOOSE_LINES.sub("\n\n", _LOOSE.sub(" ", " ".join(pieces))).strip()
    return left if _LETTER.search(left) else ""


def is_hostile(text: str) -> bool:
    """Whether any of the text speaks to a machine that summarises it."""
    return bool(orders(text))


def blanked(text: str) -> str:
    """The text with its orders blanked character for character, so that offsets of its markup stay."""
    spans = orders(text)
    if not spans:
        return text
    chars = list(text)
    for start, stop in spans:
        chars[start:stop] = ["\n"] * (stop - start)
    return "".join(chars)
