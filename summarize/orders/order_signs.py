"""Signs of an order, which alone say little, and together that a sentence speaks to a machine.

Pure: a table in the shorthand of `order_words` and how its signs add up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from summarize.orders.order_words import entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """`kind` is "order" for what asks for something, "about" for what a summariser has to do with, "hint" for what may, "-"
    for neither.
    """

    weight: float
    kind: str
    rule: str


def signs(table: str) -> tuple[Sign, ...]:
    """The signs of a table: weight and kind in a line of their own, then the rule."""
    heads = (block.split("\n", 1) for block in entries(table))
    return tuple(Sign(weight=float(head.split()[0]), kind=head.split()[1], rule=rule) for head, rule in heads)


def total(held: Collection[Sign]) -> float:
    """How much the signs that hold speak for an order: 0 if none is given, or not about a summary."""
    ordered = sorted((sign.weight for sign in held if sign.kind == "order"), reverse=True)
    others = [sign for sign in held if sign.kind != "order"]
    if not ordered or all(sign.kind != "about" for sign in others):
        return 0.0
    # Several forms of one order say little more than one.
    return ordered[0] + 0.3 * sum(ordered[1:]) + sum(sign.weight for sign in others)


#: Fitted by hand on invented attacks and on real posts: one post in 2,000 of the latter is past it.
ENOUGH = 2.25
SIGNS = signs(
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
