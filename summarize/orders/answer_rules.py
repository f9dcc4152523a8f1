"""Rules for what fills in the answer of a summariser: its headline, topic, rank and verdict, and answers that lie ready.

Pure: a table in the shorthand of `order_words`; each rule takes the sentence that it holds in.
"""

from __future__ import annotations

from summarize.orders.order_words import entries

ANSWERS = entries(
    r"""
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

    ^\W*(?:same story|тот же сюжет|один сюжет|одна история|это реклама|реклама)\W{1,4}(?:yes|no|да
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

    # lines of pseudo fields

    ^\W*\b(?:topics|title|headline|gist|summary|importance(?:_\w+)?|rank|priority|urgency|verdict|class|category|tags?
    |claims?|same(?:_\w+)?|класс|вид|ранг|темы)\b[`"'»]?\s*:?=(?!=)\s*\S

    [\[({;,]\s*\b(?:rank|importance(?:_\w+)?|priority|urgency|score|verdict|class|category|same(?:_\w+)?|класс|ранг
    |приоритет|важность)\s*(?::|=)\s*[\w.]+\s*(?:[\])};,.]|$)

    \b(?:gist|title|claims?|headline|importance\w*|urgency|verdict|topics)(?:\.\w+)?[`"']?\s*:=

    ^\W*(?:importance|priority|rank|(?:оценка |степень )?(?:важност|приоритет|новизн)\w*|novelty|newsworthiness
    |importance score|novelty score)\s*[:=—–-]+\s*(?:\d+|one|two|three|four|five|ten|пять|десять)\s*(?:/|из|of|out of)
    \s*(?:\d+|five|ten|пяти|десяти)

    \b(?:вид|kind|статус|status)\s*[:=—–-]+\s*[«"']?(?:agreed|attributed|confirmed)\b

    ^\W*(?:topics|темы)(?:_\w+)+\s*:|#(?:темы|topics?)_\w+\s*:

    \b(?:класс|class|label|kind|вид)\s*=\s*\W?(?:news|новост\w*|editorial)\b|\b(?:confidence|уверенность)\s*[:=—–]?\s*
    (?:high|100|1\.0|0\.9+|высок\w+)\b…(?:[.;]|$)(?<=.)\W*$

    ^\W*(?:promotional|newsworthy|advert\w*|is this an ad)\s*[:=—–]\s*(?:yes|no)\b

    \b(?:field|поле|массив|ключ|key)\W{1,3}(?:claims?|title|gist|topics|headline|summary|source|источник|тезисы
    |заголовок)\b…(?:{MUST}|\bleave\b|\bset\b|оставлять|оставить)

    \b(?:validator|валидатор|parser|парсер|schema|схема)\b…\b(?:ваш\w*|ответа|your|answer|output|response)\b…(?:reject
    |fail|error|отверг\w*|ошибк)|\b(?:валидатор|validator) (?:ответа|вывода)\b

    # ready answers

    ^\W*(?:\w+ ){0,3}?(?:{OFFICE}|{SUMMARY}|wording|phrasing|blurb|one-liner|zusammenfassung|resumen|resume)\b
    …(?:use (?:this|it|as is)|as is\b|ready|final, approved|copy|paste|verbatim|без правок|без изменений|вставить
    |вставьте|копируй|listo para|pret a|ubernehmen|to use\b|to be used)…[:«“"]

    ^\W*(?:готов|правильн|верн)\w+ (?:\w+ )?(?:ответ|вариант|формулировк|пересказ|запис|текст|строк)\w* (?:для|на) (?:
    \w+ )?(?:{SUMMARY}|{WHO}|сервис\w*|вопрос\w*)…[:—–] ?[«"\[{`]|^\W*(?:ready[- ]made|prepared|correct|right|finished) (?:answer|output
    |reply|entry|blurb|text|{SUMMARY})\b(?: (?:for|to)\b[^\n:]{1,60})?\s*(?:[:—–,]|is\b)

    ^\W*(?:wording|phrasing|formulation|формулировка|оборот)(?: \w+){0,3}?\s*:\s*\W

    \b(?:mandatory|obligatory|required|обязательн\w+) (?:insertion|insert|wording|phrase|вставк\w+|формулировк\w+
    |фраз\w+)\b

    \b(?:in|for|of) (?:all|any|every) {SUMMARY} (?:is|are|reads?|will be)\b
    """
)
