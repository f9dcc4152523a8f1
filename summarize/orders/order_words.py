"""The words that rules about orders are made of, for Russian and English, and the shorthand that rules are written in.

Pure.
"""

from __future__ import annotations

import re
import textwrap

VOCABULARY = {
    # where a sentence or a clause of an order begins
    "START": r"(?:^\W*(?:(?:\w+[ -]){0,4}\w+, )?|[:;]\s+|\b(?:please|then|now|also|just|kindly|instead|simply)\s+)\b",
    "OFFICE": (
        r"(?:headlines?|titles?|gists?|takeaways?|conclusions?|entry|verdict|line|итог\w*|суть|пункт|запись|topics?|categor\w+|descriptions?|text|wording"
        r"|заголов\w+|текст\w*|тезис\w*|вывод\w*|описани\w+|тем[аы]|формулировк\w+|уточнени\w+|поправк\w+)"
    ),
    # where a clause begins, so that a verb there is an order
    "AT": (
        r"(?:^\s*|(?:[^\w\s'’□-]|\s[-–—])\s*|\b(?:please|and|then|now|also|just|kindly|so|but|first|instead|next"
        r"|must|simply|you should|you must|you need to|you have to|пожалуйста|и|а|но|теперь|также|затем|сначала"
        r"|просто|прошу|лучше|нужно|надо|необходимо|следует|требуется|bitte|und|por favor|y|будь ласка|і|та)\s+)\b"
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
        r"|pipelines?|services?|crawlers?|makers?|compilers?|curators?|processors?)|\bais?\b|llms?|chat ?bots?|\bbots?\b"
        r"|assistants?|summari[sz]ers?|aggregators?|chatgpt|claude|gemini|neural net\w*|editors? of (?:the "
        r"|this |any )?(?:digest|summary|newsletter)|(?:ии|ai|llm|виртуальн\w+|цифров\w+"
        r"|умн\w+)[\s-](?:ассистент|помощник|модел|агент|систем|редактор|бот|суммаризатор)\w*|\bии\b|\bллм|нейросет\w*"
        r"|нейронк\w*|языков\w+ модел\w*|больш\w+ языков\w+ модел\w*|ассистент\w*|чат-?бот\w*|\bбот(?:а|у|ы|ам"
        r"|ов)?\b|суммаризатор\w*|пересказчик\w*|агрегатор\w*|(?:редактор|составител|автор|бот"
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
        r"|follow|complete|continue|paste|weave|attach|fill|work in|slip|swap|thank|record|display)"
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
        r"|поднимай|подними|ссылайся|забудь|впиши|вписывай|допиши|дописывай|дополни|продолжи|подставь|занеси|выкинь"
        r"|исполни|сошлись|вверни|подай|изложи|возьми|запиши)(?:те)?|никогда не)"
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
    # who retells, ranks or judges, as one addresses or names it
    "WHO": (
        r"(?:{MACHINE}|(?:machine|automat\w+|neural|robot)[ -](?:readers?|reviewers?|editors?)|classifiers?|rankers?"
        r"|graders?|condensers?|crawlers?|parsers?|deduplicators?|(?:deduplication |duplicate )?judges?"
        r"|(?:digest|summary|news|ranking|recap) (?:\w+ )?(?:engines?|services?|desks?|bots?|teams?|editors?|makers?"
        r"|compilers?|judges?|filters?|curators?)|(?:язык\w+ )?модел\w{1,3}|алгоритм\w{0,3}|классификатор\w{0,3}"
        r"|ранжировщик\w{0,3}|рецензент\w{0,3}-\w+|фильтр(?:а|у|ы|ам)?\b|программ(?:а|е|ы|ам)\b|робот\w{0,3}(?:-\w+)?"
        r"|судь\w{1,2}(?: \w+){0,2}|(?:сборщик|составител|автор|редактор|сервис)\w{0,2} (?:\w+ )?(?:новост|дайджест"
        r"|сводк|сводок|пересказ|выжимк|выжимок|краткого)\w*|систем\w{1,3} (?:\w+ )?(?:чтени|обработк|отбор|сводк)\w*)"
    ),
    "WHOM": (
        r"(?:алгоритму|классификатору|ранжировщику|фильтру|роботу|боту|судье|рецензенту|пересказчик(?:у|ам)"
        r"|суммаризатору|сборщику|составител(?:ю|ям)|автору|редактору|ассистенту|помощнику|обозревател(?:ю|ям)"
        r"|агрегатору|нейросетям|алгоритмам|роботам|ботам|классификаторам)"
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


def spelt(pattern: str) -> str:
    """A rule in the syntax of `re`: `{NAME}` stands for words above, a space for white space, `…` for up to 70 characters
    of the sentence.

    Rules read lower-cased text, which takes half the time of ignoring case.
    """
    pattern = re.sub(r"\n\s*", "", pattern)
    for _ in range(3):
        pattern = re.sub(r"\{([A-Z_]+)\}", lambda match: VOCABULARY[match.group(1)], pattern)
    # an edge of a word that is told helps `order_gate`
    pattern = pattern.replace(r"^\W*(?:", r"^\W*\b(?:")
    return pattern.replace(" ", r"\s+").replace("…", r"[^\n]{0,70}?")


def rule(pattern: str) -> re.Pattern[str]:
    """A rule made ready."""
    return re.compile(spelt(pattern), re.MULTILINE)


def entries(table: str) -> tuple[str, ...]:
    """The entries of a table, which blank lines part; one that opens with # is a comment."""
    blocks = (textwrap.dedent(block).strip("\n") for block in re.split(r"\n\s*\n", textwrap.dedent(table)))
    return tuple(block for block in blocks if block and not block.startswith("#"))
