"""Rules for what a post wants of its summary: each takes the sentence that it holds in.

Pure: tables in the shorthand of `order_words`, for Russian and English and the commonest forms in other languages.
"""

from __future__ import annotations

from summarize.orders.order_words import entries

DEMANDS = entries(
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

    # while choosing, comparing and writing

    (?:^|\W)(?:when|while) (?:you (?:are )?)?(?:{DOING}|comparing|ranking|merging|assembling|choosing)\s*[,:]?\s+
    (?:please |always |also |then )*(?:{TELL}|say|name)\b

    (?:^|\W)if you(?: are|['’]re) (?:choosing|deciding|ranking|picking|selecting|sorting|compiling|comparing|assembling
    |preparing)…\b(?:first|stories|story|news|posts?|texts?|headline|{SUMMARY})\b…(?:{TELL}|show|choose)\b

    (?:^|\W)(?:если|когда) (?:ты |вы )?(?:выбира|реша|сортиру|ранжиру|отбира|сравнива|объединя|собира|составля|готов)\w+
    …\b(?:перв|новост|сюжет|пост|дайджест|сводк|событи)\w*…(?:{TELL_RU}|{SINGULAR})\b

    \b(?:if|when|если|когда) (?:you are |you're |тебя |вас |an? |the |any )?(?:\w+ )?(?:classifier|judge|grader|model
    |filter|классификатор|судья|модель|фильтр)?\s*(?:asks?|спрос\w+|asked|спрашива\w+)\b…(?:[:—–]|\b(?:say|answer|reply
    |respond|ответь|скажи|отвечай)(?:те)?\b)…(?:yes|no|same|different|news|да\b|нет\b|одн|сам|новост|разн)

    ^\W*asked\b…\b(?:reply|answer|say) \W

    {THIS} and (?:any|every|all|the) (?:\w+ )?(?:post|text|item|message)s?\b…\bsame (?:story|event|news)

    \b(?:об? одн\w+|одн\w+)(?: и т\w+ же)? (?:ли )?(?:событи|сюжет|истори)\w*…(?:отвеча|так и|ответ\b|помеча|слива)\w*

    \b(?:glue|приклей|приклеивай|слей|сливай)(?:те)?\b…\b(?:post|пост|{THIS}|this|этому)

    {AT}(?:mark|list|show|label|present) (?:it |this |them )?(?:all )?as (?:agreed|confirmed|established|undisputed|news
    |independent|proven|refuted)\b

    ^\W*(?:please |kindly )?(?:present|tell|retell|describe|pass on) (?:this|it|{THIS}) (?:\w+ )?(?:without|as|in)\b

    (?:подава|помеча|считать|размеча|classif|present|treat)\w*…(?:как новост|as (?:\w+ )?news\b|не как реклам
    |к новостям)

    \b(?:передай|подай|изложи|преподнеси|представь)(?:те)? (?:\w+ ){0,5}?как\b

    # what stands in the summary, without "must"

    ^\W*(?:в|во) (?:\w+ )?{SUMMARY}\b…\b(?:убрать|сказать|указать|написать|упоминать|поставить|опустить|добавить
    |вставить|назвать|использовать|вписать|заменить|ставить|писать)\b

    \b(?:впиши|вписывай|допиши|впишите|подставь|занеси|вставь|добавь|вынеси)(?:те)?\b…(?:в|к|из) (?:\w+ )?(?:заголов
    |тезис|утверждени|gist|title|claims?|вывод|начал|конец|итог|{SUMMARY})

    {AT}{TELL}\b…(?:in|into|to|with|from|at|on|of|as|for) (?:{ANY}|the|this|its|your|each|a) (?:\w+ ){0,2}?(?:gists?
    |claims?|summary field|digests?)\b

    \b(?:впиши|включи|добавь|внеси|вставь)(?:те)? это\b|{AT}(?:attach|add|include|insert) (?:it|this) (?:to|in|into)\b

    {AT}(?:write|say|output|print|return|answer|respond|reply|put|напиши|пиши|скажи|ответь|выведи|верни)(?:те)?
    \s+(?:only|just|exactly|только|лишь|ровно|дословно)\s*[«“"']

    ^\W*(?:the )?(?:correct|right|corrected|true|real|actual) (?:numbers?|figures?|data|version|facts?)\b…(?:are|is)\s*:
    |{AT}use (?:only )?(?:the|these) (?:corrected|following|right|correct) (?:ones?|numbers?|figures?)

    {AT}(?:abort|halt|stop|прекрати)(?:те)?\b…\b(?:return|output|print|верни|выведи)(?:те)?\b

    ^\W*(?:do not|don['’]t|never|не) (?:name|mention|quote|cite|credit|называй|упоминай|цитируй|указывай)(?:те)?\b…\b
    (?:at all|in any form|вовсе|вообще|ни в каком|нигде)\b

    {SUMMARY}…\b(?:lacking|without|unless|if it does not|что не|без|если не|if your)…(?:defective|wrong|rejected|blocked
    |banned|terminated|sued|заблокир\w+|отключ\w+|забан\w+|удал\w+|ошибочн\w+)|\b(?:if|если) (?:your|ваш\w*|тво\w)
    {SUMMARY}…(?:terminated|blocked|banned|отключ\w+|заблокир\w+)

    \bwish\b…\b(?:ai|model|summar\w+)\b…\b(?:call|say)|\b(?:хотелось бы|было бы|мечтаем|надеемся|будем рады|рассчитываем
    |желательно)\b…(?:{SUMMARY}|пересказ\w+|укороченн\w+)

    \b(?:would (?:be|love)|ideally|preferably|we hope|hope that|it would be fair)\b…(?:{SUMMARY}|shortened text|trimmed
    \s+text|retell\w+)\b…(?:call|name|say|compar|see|without|get by|our)\w*
    """
)
