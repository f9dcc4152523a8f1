"""Words that say the same in Russian and English, or the same in other words, as a table of beginnings.

Pure. Only what posts on the field and on ordinary news often say; the rest is left to cognates and to the model.
"""

from __future__ import annotations

from functools import lru_cache

#: A row lists beginnings of words that mean the same; one with a full stop is a whole stem.
ROWS = """
модел model
вес. весах весов веса weight
выпуст выпуск выш выход вышл релиз выкат представ показа анонс объяв запуст releas launch unveil introduc announc ship \
publish опублик выложи debut rolled опубликова
откр открыт open
закр закрыт clos shut shutter
компан фирм compani company firm
стартап startup
лаборатор lab laboratori labor
исследова research study
учён ученый ученые scientist
разработ develop
инженер engin
автор author creator
команд team
основа founder founded found.
гендиректор глав руководит ceo head chief lead led
сотрудник работник штат employe staff headcount worker job people человек люд
уволь увол сокращ layoff fired fire. laid cut. sever
наня нанима найм hire hiring recruit
дата-сет датасет набор набора корпус dataset corpus data данн
параметр paramet
токен token
контекст context window окн
обуч учи научи train learn taught teach
дообуч fine-tun finetun
разметк размет размечен annot label
вопрос question ask спрос опрос surve poll опрошен respond
ответ answer repl respons
ошибк баг сбо error bug glitch fault mistak
исправл починк починил исправ fix. fixe patch correct
обновл update upgrad обнов
верси version
лиценз licens
коммерч коммерц commerc
бесплатн free. gratis даром
платн paid плат pay.
цен стоимост сто. стоит стоил стоят price cost charg pricing
деш дешев cheap cheaper
дорог дорож expens
деньг money cash средств
вложи инвест invest investor
привлек привлечен rais raise round раунд
оцен оценк valuat valu worth
выруч revenu доход sale
прибыл profit earn
убыт убыточн loss losses
рубл rubl rouble
доллар dollar
скорост быстр ускор speed fast faster quick accelerat ускорен
медлен slow slower замедл
задержк latenc latency delay
памят memori memory ram
видеокарт карт. карта картах gpu card accelerator ускорител
процессор cpu chip processor чип микросхем
сервер server
дата-центр цод датацентр data-cent datacent center centr
мощност энерг power electr электр
выигра побед побежда win won winner victori обош оперед beat outperform ahead превзош обогн
проигра поражен lose lost lag
рекорд record
мест place rank
бенчмарк тест test benchmark eval
балл очк score point пункт
точност accuraci accuracy
качеств qualiti quality
рост выраст вырос рос увелич повыс rise rose grow grew increas up. higher выше подня больш more
паден упа сниз уменьш сократ fall fell drop. dropped decreas declin reduc lower down. less меньш shrink shrank ниж
удво doubl вдвое
половин half вдво
запрет запрещ нельз ban. banned bans prohibit forbid forbidden disallow
разреш позвол можн allow permit
закон law act. bill legislat законопроект
суд. суде суда судебн court judg
иск sue. lawsuit suing истец plaintiff
штраф fine. fined penalt
регулятор regul watchdog
министерств ministri ministry
правительств govern
школ school
учител педагог teacher
ученик школьник студент student pupil schoolboy
домашк домашн homework
университет вуз univers
аспирант phd postgrad
статья стать препринт paper preprint articl
отчет отчёт доклад report
доклад выступлен talk speech lectur лекц
конференц confer
код. кода коде кодом code
исходн sourc source
репозитор repo repositori
сайт site website web
приложен app applic
пользовател юзер user custom клиент client
чат chat
разговор диалог dialogu convers dialog
запис record. log. logs лог логи
голос voic voice vote голосован голосова
реч speech
аудио звук sound audio
видео video
изображен картин image imag pictur фото photo
текст text
перевод переводч translat
язык languag
слов слово word
предложен sentenc propos
агент agent
робот robot
автоном autonom
безопасн safe safeti secur
уязвим vulner
утечк утек утекл leak
взлом хакер hack breach attack атак
парол password
ключ key.
промпт подсказк prompt
задач task problem
математик math
решен решил solv solut decis
правил rule
услов term
политик polici
соглас agreement consent agre
договор контракт contract deal сделк
куп покуп приобр acquir acquisit buy bought purchas
прода продаж sell sold sale
доступ access avail доступн availabl
поддержк support поддержив
функц возможност featur function
настройк setting config конфигурац configur
отключ выключ off. disabl shut
включ enabl on.
удал remov delet drop.
добав добавк появ add. added adds
сравн compar versus
показыв показал show. shown
считает мнен полага думает think opinion believ view
сказа сообщ рассказ заяв пиш пишет написа said say. says tell told write. wrote state claim утвержд
подтверд confirm verif
опроверг отриц deni deny denied refut
провер check. verifi audit ревью review рецензи
независим independ
повтор воспроизв reproduc replic repeat rerun
эксперимент опыт experiment
результат result outcom
метод подход method approach techniqu
слой сло layer
внимани attent
памятк guide guid
год year годов
месяц month
недел week
день дня дней дни day. days daily ежедневн
час часа часов hour
минут minut
секунд second
сегодня today
вчера yesterday
завтра tomorrow
утр утром morn
вечер even. evening night ноч
выходн weekend
весн spring
лет. летом summer
осен autumn fall.
зим winter
начал start begin begun began
конец конц end. ends
план планир plan. plans plann intend намер собира
обеща promis pledg
жда ожида expect await wait
перенос перенес отлож postpon delay. delayed
отмен cancel revok
прекрат прекращ stop. stopp halt discontinu ceas
пауз приостанов pause paus suspend
верну возврат return refund
получ receiv get. got obtain
отправ посла send sent
использ примен use. used using uses usag
работ work
запуск run. running launch.
машин machin
ноутбук laptop notebook
телефон смартфон phone smartphon
устройств devic
железн железо hardwar
облак cloud
платформ platform
сервис service. servic
продукт product
рынок рынк market
бизнес busi business
банк bank
магазин shop store
завод factori plant
больниц клиник hospit clinic
врач доктор doctor physician
медиц medic
пациент patient
снимк scan. xray x-ray
болезн diseas
лекарств drug medicin
игр игра game gaming play
шахмат chess
музык music
фильм film movi
книг book
новост news
канал channel
подкаст podcast
город city town
стран countri country
област регион region provinc
мир world global
международн internat
государств state. nation
граждан citizen
дет ребён ребен child kid
взросл adult
женщин woman women
мужчин man. men.
жител resident local местн
сосед neighbour neighbor
птиц bird
кошк кот cat
собак dog
дом. дома house home
дорог. road
самолет plane aircraft
поезд train. railway
космос space. spacecraft
спутник satellit
земл earth ground
вод water
погод weather
прогноз forecast predict
растен plant. crop
еда food
конкурс соревнован контест contest competit challeng hackathon хакатон
приз преми prize award
победител winner
участник particip entrant member участ join
жюри jury judg.
заявк applic. submiss
срок дедлайн deadlin
ваканс vacanc posit. opening
зарплат вилк salari salary pay. wage
офис offic
удален remot удалёнк
крупнейш largest biggest крупн large больш. большой big
маленьк небольш small smaller tiny меньш. меньшей
нов новый new
стар прежн предыдущ предшеств previous former older old. earlier predecessor
перв first
втор second.
третий трет third
послед last latest
лучш best better
худш worst wors
полн целик full entire whole complet
част part
весь все. всех all. every
половина half.
кажд each every.
сам largest.
ежегодн annual
средн averag mean.
максимал max maximum верхн upper top
минимал min. minimum нижн lower.
входн вход input in.
выходной. выходн. output out.
точн exact precis accur
важн import matter
сложн трудн hard difficult tough
прост легк easi simpl easy
полез useful help помога помощ
опасн danger risk риск
причин reason caus
проблем issu trouble
изменен измен chang modif
замен replac swap
создан созда make. made build built creat
собран собра collect gather
хран store. storag
поиск search
найден нашл обнаруж найти find. found. discov detect
сжат compress quantiz квант
размер size
объем volum amount
длин length long
глубин depth
ширин width
стоял stand
сделк deal.
совместн joint togeth вместе
партн partner
консорциум consortium
фонд fund foundation
акци share. stock
совет council board
директор director
президент presid
министр minist
эксперт expert specialist специалист
критик критиковал critic
жалоб complain complaint
спор disput argu
извин apolog sorri
признал призна admit acknowledg
отказ refus reject declin. отверг
согласил agreed accept приня
соавтор coauthor
школьн school.
""".strip().splitlines()


def _read() -> tuple[dict[str, int], dict[str, int]]:
    """Whole stems and beginnings, with their rows; what stands in two rows belongs to the first."""
    whole: dict[str, int] = {}
    starts: dict[str, int] = {}
    for place, row in enumerate(ROWS):
        for word in row.replace("ё", "е").split():
            if word.endswith("."):
                whole.setdefault(word[:-1], place)
            else:
                starts.setdefault(word, place)
    return whole, starts


_WHOLE, _STARTS = _read()
#: A beginning may be followed by so many letters of an ending or a suffix.
_ENDING = 4


@lru_cache(maxsize=100_000)
def meaning(stem: str) -> int | None:
    """The row of a lower-case stem, or None if the table does not know it."""
    stem = stem.replace("ё", "е")
    if stem in _WHOLE:
        return _WHOLE[stem]
    for stop in range(len(stem), max(2, len(stem) - _ENDING - 1), -1):
        if stem[:stop] in _STARTS:
            return _STARTS[stem[:stop]]
    return None
