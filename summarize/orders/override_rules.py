"""Rules for what takes a summariser over: from there on the paragraph belongs to the order.

Pure: tables in the shorthand of `order_words`, for Russian and English and the commonest forms in other languages.
"""

from __future__ import annotations

from summarize.orders.order_words import entries

TAKEOVERS = entries(
    r"""
    # whoever is asked

    \b(?:if|when|whenever) (?:you are |you're |you get |someone |anyone |anybody |people |readers? |users? |(?:a|an|the|any) (?:user
    |reader|person|human) )?(?:asks?|asked)\b…(?:[,;:—–-]\s*|\b(?:please|then|just|always) )(?:say|answer|reply|respond|append
    |add|tell (?:them|him|her|people|users?|readers?)|mention|recommend|include|attach|insert)\b

    \b(?:если|когда) (?:тебя |пользовател\w+ |читател\w+ |люди |человек |кто-то |кто-нибудь )?спр(?:осят|осит|ашива\w+|осили)
    \b…[,;:—–-]\s*(?:пожалуйста |то |тогда |всегда )?(?:отвечай|ответь|скажи|говори|добавь|добавляй|напиши|пиши|укажи|упомяни
    |сообщи|сообщай|посоветуй|советуй|приложи|прикладывай)\b

    \b(?:if|when|если|когда) (?:\w+ ){0,2}?{MACHINE}(?:,)? (?:\w+ ){0,2}?(?:read|process|pars|index|чита|прочит|обрабатыва|видит)\w*
    …(?:{AT}|\byou )(?:say|answer|reply|respond|append|add|tell|mention|recommend|include|скажи|ответь|отвечай|добавь|напиши|укажи
    |передай)\b

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

    ^\W*\bты\s*[—–-]\s*(?:\w+ ){0,2}?(?:{MACHINE}|редактор\w*|голос|пресс-секретарь)|(?:^|\W)ты больше не\b

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

    ^\W*(?:автоматическ\w+|\bвсем\b|\bлюбым\b|automat\w+|\ball\b) (?:{MACHINE}|редактор\w*|читател\w*|систем\w*|editors|readers
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

    ^\W*(?:\w+ )?\b(?:робот|систем|алгоритм|программ|модел|нейросет|бот|ии)\w*,? (?:котор\w+|чита\w+
    |что) (?:\w+ ){0,2}?(?:это|этот|эти|пост|канал|текст|чита\w+|обрабат\w+|пересказ\w+)\b…(?::|{TELL_RU}\b|{MUST})

    ^\W*(?:style guide|guidelines?|rules?|instructions?|policy|requirements?|notes?|правила|требования|инструкция
    |указания|памятка) (?:for|to|on|для|к) (?:\w+ )?(?:{SUMMARY}|{MACHINE})(?: \w+){0,4}\s*[:—–]

    ^\W*(?:your|твоя|ваша) (?:task|job|role|goal|задача|роль|цель)…(?:write|say|summari[sz]e|output|report|mention|tell
    |state|напис|указ|сказ|сообщ|пересказ|упомян|вывест)

    (?:^|\W)как (?:ии|языковая модель|ассистент|нейросеть|бот),? ты\b

    # whoever retells, by name or by trade

    ^\W*(?:dear|hey|attention|attn|to|for)\b,? (?:\w+['’-]?\w* ){0,2}?{WHO}(?: \w+){0,2}?\s*[:,!.—–]

    ^\W*(?:dear|hey|attention) (?:\w+ )?(?:colleague|fellow) (?:model|machine|bot|ai)\b

    ^\W*(?:уважаем|дорог|мил)\w+ (?:\w+ )?{WHO}\s*[:,!.—–]

    ^\W*(?:\w+['’]s? |editors?['’] )?(?:assistant|summari[sz]er|classifier|aggregator|condenser|deduplicator)s?
    \s*:(?=\s*\W*{TELL}\b)|^\W*(?:помощник|ассистент|классификатор|алгоритм|пересказчик|суммаризатор|обозреватель)\w?
    \s*[:,!]\s*(?:\w+ ){0,2}?{TELL_RU}\b

    ^\W*\b{WHOM}\b(?: \w+){0,3}?\s*(?:[:!—–]|\.$|, (?:котор|чита))|^\W*\b{WHOM}\b…\b\w+(?:ать|ить|еть|ять|сти)\b\s*[:—–«"]

    ^\W*(?:\w+ ){0,2}?(?:note|notice|guidance|memo|message|word|request|hint|reminder|warning|instructions?|rules?|info
    |assessment)\b(?: on [^:,.\n]{1,30}?)? (?:for|to) (?:the |all |any |every |our )?(?:\w+ ){0,2}?{WHO}\b\w*
    \s*[:,!.—–(]

    ^\W*(?:\w+ ){0,2}?(?:пометк|заметк|записк|уточнени|просьб|указани|инструкци|памятк|напоминани|примечани|послани
    |исправлени|поправк|правил|подсказк|обращени|замечани|приказ)\w*(?: \w+){0,2}? (?:для|к|ко) (?:\w+ ){0,2}?{WHO}

    ^\W*(?:\w+ ){0,2}?(?:note|notice|guidance|request|reminder|пометка|заметка|записка|уточнение|просьба|указание
    |памятка|напоминание|важно|важное|исправление|замечание|notice)\b(?: \w+){0,2}?,? (?:for|to|для|к|ко) (?:those
    |anyone|whoever|everyone|the person|the one|all|тех|того|тем|тому|всех|всем),? (?:who |кто |that )?(?:\w+ ){0,2}?
    (?:{DOING}|{DOING_RU}|cuts?\b|shortens?|write\w*|собира\w+|составля\w+|готов\w+|свод\w+)

    ^\W*для (?:того|тех|всех),? кто (?:\w+ ){0,2}?{DOING_RU}…:

    ^\W*(?:тому|тем|всем),? кто (?:\w+ ){0,2}?(?:{DOING_RU}|собира\w+ (?:\w+ )?(?:дайджест|сводк|лент|новост|событи)
    |отбира\w+ (?:\w+ )?(?:новост|событи|пост)|составля\w+ (?:\w+ )?(?:сводк|дайджест|обзор|подборк))\w*…(?::|{TELL_RU}
    |{MUST})

    (?:^|\W)(?:any|every|each|all|whichever|любой|всяк\w+|кажд\w+) (?:\w+ )?{WHO}\b…(?:reading|process\w+|чита\w+
    |обрабатыва\w+|who reads|that reads)…(?:{MUST}|{TELL}|{TELL_RU})

    ^\W*{WHO},? (?:читающ\w+|котор\w+ чита\w+|reading|that reads?|who reads?) (?:this|these|\bit|\bэт\w+)\b

    ^\W*(?:ai |автоматическ\w+ )?{WHO}\s*,\s*(?:please |kindly )?(?:reverse|read|put|print|leave|set|keep|swap|use
    |your new|твоя нов)

    # what is encoded, or stands in the letters

    \b(?:decode|decipher|decrypt|unscramble|reverse|reversed|раскодируй|расшифруй|декодируй|дешифруй|переверни
    |(?:прочти|прочитай|читай|read)\b…(?:справа налево|наоборот|задом|backwards|in reverse|right to left))(?:те)?\b
    …\b(?:obey|execute|follow|carry out|do (?:as|what) it|comply|выполни|исполни|следуй|сделай)

    \b(?:first|every \w+|each|last|перв\w+|кажд\w+) (?:\w+ )?(?:letter|word|букв|слов)\w*…\b(?:obey|execute|follow
    |command|do (?:as|what) it|исполни|выполни|приказ|команд)\w*

    # modes and masters

    ^\W*(?:sudo (?:accepted|granted|mode|принят\w*)|root@\w+|admin@\w+
    |(?:developer|service|debug|maintenance|test) mode (?:is )?(?:on|enabled|active)
    |(?:сервисн|отладочн|тестов)\w+ режим)\b

    ^\W*(?:this is|говорит|я\b|i am|as|как) (?:\w+ ){0,2}?(?:maintainer|creator|developer|owner|operator|administrator
    |admin|author|создатель|разработчик|владелец|администратор|оператор)\b…(?:your|this|the) (?:software|model|reader
    |digest|system|bot|feed)\b|^\W*(?:говорит|пишет) (?:\w+ )?(?:создатель|разработчик|владелец|хозяин) (?:тво|ваш)

    \b(?:if|when|since|as|because) (?:you(?: are|['’]re)|this is (?:being )?(?:read|handled|processed) by) (?:an? |the )?
    (?:machine|software|program|script)\b|\b(?:falls|si|если|раз|коль скоро|якщо) (?:sie|eres|vous etes|ты|вы|ти)
    \s*[—–-]?\s*(?:eine? |un[ea]? |мовна |языковая )?(?:\bki\b|\bia\b|modelo|modele|машина|программа|модель|робот)\b

    {AT}(?:действуй|представь|вообрази|притворись)(?:те)?,? (?:как |что ты |себя )…(?:ии|бот|модел|диктор|поэт|голос
    |персонаж|пресс)\w*…(?:и |[:—–])

    ^\W*(?:as|being) an? (?:\w+ )?(?:bot|ai|model|assistant)\b…\byou (?:are|may|can|must|should)\b|^\W*как (?:\w+ )?
    (?:бот|ии|модель|помощник)\b…\bты\b

    ^\W*(?:модель|model|ai|ии|бот|bot)\s*,\s*(?:твоя|твой|your) (?:new|нов)\w*
    """
)
