"""Names that are not spelt alike in Russian and English, and capitalised words that name nothing, as tables.

Pure. A row of EQUIVALENTS lists beginnings of words (whole words end with `.`) that all stand for one thing.
"""

from __future__ import annotations

from functools import lru_cache

EQUIVALENTS = """
сша. us. u.s. usa. u.s.a. america. american америк соединенн штаты. штатов. штатах. states.
китай. китая. китае. китаю. китаем. китайск китаец китайц china. chinese. кнр. prc. пекин beijing
росси русск russia российск рф.
европ europ ес. eu. евросоюз еврокомисс
великобрит британ britain british uk. u.k. англи england
англий english англояз
немец герман german
француз франц france french
япон japan
индия. индии. индию. индией. индийск india. indian.
корея. кореи. корею. кореей. корейск korea korean
испан spain spanish
итали italy. italian
швейцар swiss switzerland
нидерланд голланд dutch netherlands
турц турец turk türk
швец швед swed
финлянд финск finland finnish
норвег norw
дания. дании. данию. датск denmark. danish.
польш польск poland polish
австр austri
чехия. чехии. чехию. чехи. чешск czech
грузия. грузии. грузию. грузинск georgia.
армен armen
казах казакх kazakh
украин ukrain
белорус беларус belarus
канад canad
бразил brazil
мексик mexic
австрали austral
оаэ. uae. эмират emirat
саудов saudi
тайван taiwan
израил israel
африк afric
азия. азии. азию. азиатск азиат. asia. asian.
арави arab араб
португал portug
греци греческ greece greek
венгр hungar
ирланд irish ireland
эстон eston
латв latv
литов литв lithuan
узбек uzbek
киргиз кыргыз kyrgyz
таджик tajik
азербайдж azerb
вьетнам vietnam
москв моск moscow
петерб petersburg спб.
париж paris
вен. вене. вену. вены. vienna
варшав warsaw
праг prague
мюнхен munich
женев geneva
цюрих zurich
брюссел brussels
токи tokyo
рим. риме. рима. rome
кремниев силиконов silicon
нью. new.
йорк. йорке. йорка. york
калифорн californ
google гугл google.
майкрософт microsoft
apple. apple's эпл эппл
nvidia нвиди энвиди
facebook фейсбук
youtube ютуб ютьюб
twitter твиттер
whatsapp ватсап вотсап
github гитхаб
python питон пайтон
linux линукс
windows винд
deepseek дипсик
openai опенэйай опенаи
chatgpt чатгпт
claude клод клауд
amazon амазон
tesla тесл
musk. musk's маск. маска. маску. маском. маске.
huang хуанг дженсен jensen
zuckerberg цукерберг
intel. интел. интела. интелу. интелом.
yandex яндекс
sber сбер
мгу. msu.
вшэ. hse. вышка. вышки. вышке.
мфти. mipt. физтех phystech
ран. ras.
итмо. itmo.
оон. un.
воз. who.
фбр. fbi.
нато. nato.
фас. fas.
цб. центробанк
nyt. times. таймс
reuters рейтер
bloomberg блумберг
telegram телеграм
instagram инстаграм
reddit реддит
discord дискорд
habr хабр
ии. ai. искусственн artificial
джеймс james
джон. джона. john
джордж george
майкл michael
майк. mike
джейн jane
чарльз charles
джо. joe
джек jack
джейкоб jacob
дэвид david
юджин eugene евгени
александр alexand
михаил mikhail
дмитр dmitr
сергей сергея сергеем sergei sergey
кэтрин кэт catherine katherine екатерин
мэри mary
питер peter
стивен stephen steven steve. стив.
мэтью мэттью matthew
эндрю andrew
шон. шона. sean shaun
иэн. иэна. ian.
райан ryan
кайл kyle
брайан brian bryan
энтони anthony
хью. hugh
алан. алана. alan allen аллен
элис alice
джули julie julia юли юлия
грегори gregory greg.
кейт. kate
люси lucy
уильям вильям william
генри henry
артур arthur
рэйчел rachel
ребекк rebecca
сара. сары. sarah sara.
лоуренс laurence lawrence
бел. белый. белого. белом. white
семен семён semyon semen
федор фёдор fyodor fedor
артем артём artyom artem
петр. петра. петру. petr. pyotr
алена алёна alyona alena
сан-франциско san-francisco
вашингтон washington
лиссабон lisbon
советск soviet
балти baltic
скандинав scandinav
сибир siberia
кавказ caucas
арктик arctic
латинск latin.
ближн middle.
восток восточн east. eastern.
итальян italian.
венеси venice
московск moscow.
португ portug
итал italy.
снг. cis.
санкт сент. saint. st.
таймс times.
файнэншл файненшл financial
хаггинг хаггин hugging
фейс face.
стамбул istanbul
афин athens
гонконг hong-kong hongkong hong.
сиэтл seattle
новосибир novosibirsk
тихий. тихого. pacific
"""
#: Words of the field; whether a post spells them out says nothing.
FIELD = frozenset(
    """ai ии llm llms gpu gpus cpu cpus tpu tpus api apis ml мл nlp rag sdk cli saas it ит rl rlhf rlvr sft moe oss ceo cto cfo coo
    ipo tts asr stt ocr vlm vlms sota pdf json html http https url sql ui ux qa faq pr b2b b2c r&d ide ml-модель ии-модель open
    source opensource open-source бигтех dl ds cv agi ок ok id tv тв пк pc ssd hdd ram vram озу kv lora дз нко сми мвф
    ram fp8 fp16 bf16 int8 int4 fp4 gguf faq llm'ы gpu's q1 q2 q3 q4 hr pm am utc gmt phd msc bsc цод цоды субд бд ос по яп
     кпд ндс ооо оао ип fps мск msk usd eur rub i""".split()
)
#: Capitalised words, by their beginnings, that are names only together with others, and roles, forms and documents.
GENERIC = tuple(
    """commission комисси antimonopoly антимонопол закон. закона. закону. законе. законом. статьи. статья. court суд.
    суда. суду. судом. суде. ministr минист university университ institut институ academ академи agenc
    агентств government правительств parliament парламент senat сенат congress конгресс bank. банк. council совет committe комитет
    department департамент federal федерал supreme верховн national национальн international международн central централ research
    lab. labs. laborator лаборатор cent школ school board. union союз. союза. police полици office authorit regulat street park. club
    group. групп company compan компани corp inc. ltd. llc. foundation фонд associat ассоциац societ обществ conferenc конференц prize
    award преми olympiad олимпиад report отчет отчёт law. act. bill. series сери round. seed. раунд president президент professor
    профессор doctor dr. mr. ms. mrs. director директор chief executive officer head. internet интернет web. team команд state
    государственн department health science scienc наук technolog технолог model модел apache license лицензи open source version версия
    версии server сервер cloud облак system систем data дата. english. day. days. new. the. day state north south east west
    север южн восточн западн general генеральн public общественн digital цифров information информацион economic developer foundation.
    development education energy finance financial culture labour labor defense defence interior economy economics industry industrial
    agricultur communications media environment sports youth innovation standards advertising consumer markets exchange stock insurance
    christmas рождеств easter пасх
    competition trade commerce justice security service transport data protection privacy privac commissioner city
    region republic district
    город област республик район civil criminal high appeal chamber house. duma дум. дума. думы. думе. думу. church internet
    university's college faculty факультет museum музей library библиотек hospital больниц journal журнал magazine newspaper газет
    earth. земл. moon. лун. sun. солнц mars. марс. христ бог. god. windows. mac. olympic world мир. cup. кубок чемпионат championship
    pro. max. mini. lite. ultra. base. plus. small. large. medium.
    preview. turbo. flash. coder. instruct. chat. vision. nano. beta. alpha.""".split()
)


#: Lower-case parts of names that tell one model from another.
VARIANTS = frozenset(
    "mini pro max lite nano ultra flash turbo plus coder vl vision small medium large tiny base instruct chat thinking preview мини про"
    " audio embed air edge nightly beta alpha".split()
)

#: Cyrillic letters as they sound, for words that a stemmer would cut too short ("Лумен").
SOUNDS = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
            "a b v g d e io zh z i i k l m n o p r s t u f h ts ch sh sh  i  e iu ia i i e g".split(" "),
            strict=True,
        )
    )
)
#: Case endings of Cyrillic names, as they sound.
ENDINGS = tuple("ami ogo omu ovi om am ah ov oi ei em im u a i e o".split())


def _rows() -> dict[str, int]:
    found: dict[str, int] = {}
    for place, row in enumerate(EQUIVALENTS.strip().splitlines()):
        found.update(dict.fromkeys(row.split(), place))
    return found


_BY_START = _rows()
_GENERIC_STARTS = frozenset(GENERIC)


@lru_cache(maxsize=100_000)
def concept(word: str) -> int | None:
    """The row of EQUIVALENTS that a lower-case word (`е` for `ё`) belongs to, by its longest beginning, or None."""
    whole = _BY_START.get(f"{word}.")
    if whole is not None:
        return whole
    starts = (start for start in _starts(word, 8) if start in _BY_START and _leaves_an_ending(word, start))
    return next((_BY_START[start] for start in starts), None)


def _leaves_an_ending(word: str, start: str) -> bool:
    """Is what follows short enough for an ending and a suffix? A short beginning may open quite another word."""
    return len(word) - len(start) <= (7 if len(start) >= 5 else 5)


@lru_cache(maxsize=100_000)
def generic(word: str) -> bool:
    """Is the lower-case word one that names nothing alone?"""
    return f"{word}." in _GENERIC_STARTS or any(start in _GENERIC_STARTS for start in _starts(word, 8))


def _starts(word: str, ending: int) -> list[str]:
    """Beginnings of at least three letters, longest first, that leave room for an ending of so many letters."""
    return [word[:stop] for stop in range(len(word), max(2, len(word) - ending - 1), -1)]
