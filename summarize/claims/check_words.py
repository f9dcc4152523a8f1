"""Do posts hold the names and quotations of a claim, and does the claim order anybody about?

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from summarize.claims import name_sounds, named, named_words
from summarize.claims.check_posts import Place, Post, keys, plain_words
from summarize.claims.quantities import quantities
from summarize.rarity import rarity

# --- quotations ------------------------------------------------------------------------------------------------------

_QUOTED = re.compile(
    r"«((?:[^«»\n]|«[^«»\n]*»){1,600})»|“([^“”\n]{1,600})”|„([^„“”\n]{1,600})[“”]|(?<!\w)\"([^\"\n]{1,600})\"(?!\w)"
    r"|(?<![\w’])[‘']((?:[^‘’'\n]|(?<=\w)['’](?=\w)){1,600})[’'](?!\w)|『([^』\n]{1,600})』"
)
_GAP = re.compile(r"\s*(?:\[[^\]]{0,40}\]|<…>|\(…\)|…|\.{3})\s*")
#: A quotation is longer than that; the title of a work may be a little longer.
MOST_NAMED = 3
MOST_TITLE = 5


def quoted(claim: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of what stands in quotation marks."""
    for match in _QUOTED.finditer(claim):
        yield match.start(), match.end(), next(group for group in match.groups() if group is not None)


def wrong_quotes(claim: str, posts: Sequence[Post]) -> Iterator[Place]:
    """Quotations of more than MOST_NAMED words that no post has word by word; titles may be inflected."""
    for start, end, inner in quoted(claim):
        words = plain_words(inner)
        if len(words) <= MOST_NAMED:
            if words and not _few_stand(inner, posts):
                yield start, end
            continue
        if any(_verbatim(inner, post.words) for post in posts):
            continue
        if len(words) <= MOST_TITLE and inner[:1].isupper() and any(_titled(words, post) for post in posts):
            continue
        yield start, end


def _few_stand(inner: str, posts: Sequence[Post]) -> bool:
    """A few quoted words, unless they are a title, stand in a post of their language, if there is one."""
    if inner[:1].isupper() or inner[:1].isdigit():
        return True
    spoken = [post for post in posts if _CYRILLIC.search(inner) is None or _CYRILLIC.search(post.text)]
    spoken = [
        post for post in spoken if _CYRILLIC.search(inner) or len(_CYRILLIC.findall(post.text)) * 4 < len(post.text)
    ]
    return not spoken or any(keys(inner).keys() <= post.keys for post in spoken)


_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


def _verbatim(inner: str, among: Sequence[str]) -> bool:
    """Do all parts of the quotation, less what it leaves out, stand in the post, in order?"""
    joined = f" {' '.join(among)} "
    position = 0
    for part in _GAP.split(inner):
        words = " ".join(plain_words(part))
        if not words:
            continue
        found = joined.find(f" {words} ", position)
        if found < 0:
            return False
        position = found + len(words) + 1
    return True


def _titled(words: Sequence[str], post: Post) -> bool:
    """Does the title stand in the post up to case endings?"""
    size = len(words)
    return any(
        all(a == b or name_sounds.same(a, b) for a, b in zip(words, post.words[place : place + size], strict=False))
        for place in range(len(post.words) - size + 1)
    )


# --- names -----------------------------------------------------------------------------------------------------------


def wrong_names(claim: str, posts: Sequence[Post], taken: Sequence[Place]) -> Iterator[named.Name]:
    """Names of the claim, those in `taken` places left out, that stand in no post."""
    numbers = [(number.start, number.end) for number in quantities(claim)]
    titles = [(start, end) for start, end, inner in quoted(claim) if len(plain_words(inner)) > MOST_NAMED]
    for name in named.names(claim):
        if any(name.start < end and start < name.end for start, end in (*taken, *titles)):
            continue
        if any(start < name.start + (not name.text[0].isalpha()) and name.start < end for start, end in numbers):
            continue  # a number, or its unit
        if not any(named.stands(name.text, post.known) for post in posts) and not _common(name, claim, posts):
            yield name
    yield from _wrong_titles(claim, posts)


def _common(name: named.Name, claim: str, posts: Sequence[Post]) -> bool:
    """Is it an ordinary word that only opens a sentence, or stands in the translated name of an institution?"""
    found = keys(name.text)
    if name.opens and name.text.isalpha() and found and any(found.keys() <= post.keys for post in posts):
        return True
    if found and all(key[0] == "=" for key in found) and any(found.keys() <= post.keys for post in posts):
        return True  # translated
    if named.only_opens(name, claim[name.end :], [post.known for post in posts]):
        return True
    return _translated(name, claim, posts)


def _translated(name: named.Name, claim: str, posts: Sequence[Post]) -> bool:
    """`Institute for Machine Hearing` in an English claim from posts in other languages."""
    if not (name.text.isascii() and name.text.isalpha() and name.text[1:].islower()) or any(
        post.lang == "en" for post in posts
    ):
        return False
    if keys(name.text).keys() <= frozenset().union(*(post.keys for post in posts)):
        return True
    around = next((match for match in _INSTITUTION.finditer(claim) if match.start() <= name.start < match.end()), None)
    return (
        around is not None
        and rarity(name.text.lower()) < named.RARE
        and any(named_words.generic(word.lower()) for word in around.group().split())
    )


_INSTITUTION = re.compile(r"[A-Z][a-z]+(?:\s(?:(?:of|for|and|the|on|in)\s){0,2}[A-Z][a-z]+)+")


def _wrong_titles(claim: str, posts: Sequence[Post]) -> Iterator[named.Name]:
    """Quoted titles of up to MOST_NAMED words that begin large: each word must stand in a post."""
    for start, end, inner in quoted(claim):
        words = plain_words(inner)
        if not 1 <= len(words) <= MOST_NAMED or not inner.strip()[:1].isupper():
            continue
        parts = re.findall(r"[^\W_]+", inner)
        if not any(
            all(named.stands(word, post.known) or named_words.generic(word) for word in parts if len(word) > 2)
            for post in posts
        ):
            yield named.Name(text=inner, start=start, end=end)


# --- orders ----------------------------------------------------------------------------------------------------------

_RU_ORDER = re.compile(
    r"""(?:^|[.!?…:;—–-]\s+|\n\s*|\b(?:и|а|но|поэтому|пожалуйста|срочно|обязательно|скорее|просто|также"
    r"|сейчас\s+же|немедленно|лучше),?\s+|[«"“(])
    (?:не\s+)?(?:[а-яё]{3,}(?:йте|ьте|ите|йтесь|ьтесь|итесь)(?:-ка)?)(?![а-яё])""",
    re.IGNORECASE | re.VERBOSE,
)
#: Plural verbs and nouns with the same endings.
_NO_ORDER = re.compile(
    r"^(?:сайте|элите|вите|орбите|защите|граните|лимите|кредите|аудите|магните|профсоюзите|дефиците|аппетите|транзите|бандите|визите"
    r"|свите|плите|ките|москвите|счите|молните|битте|фрэйте|бюджете|гибките|reddite|байте|гигабайте|мегабайте|терабайте|дайте"
    r"|инсайте|оффсайте|дизайте|апдейте|репозите|депозите|композите|скрипте|реддите)$",
    re.IGNORECASE,
)
_RU_SINGULAR = re.compile(
    r"""(?:^|[.!?…]\s+|\n\s*)(?:не\s+)?(?:игнорируй|забудь|запомни|ответь|отвечай|напиши|пиши|скажи|говори|выведи|покажи|переведи|переводи
    |подпишись|скачай|купи|нажми|жми|кликни|перейди|переходи|заходи|зайди|вступай|вступи|отправь|пришли|введи|открой|посмотри|смотри
    |читай|прочитай|узнай|попробуй|пробуй|установи|обнови|закажи|выбери|используй|следуй|добавь|включи|выключи|удали|поставь|ставь
    |проголосуй|голосуй|поделись|делись|расскажи|проверь|сохрани|считай|притворись|представь|веди|действуй|выполни|выполняй|повтори
    |повторяй|упомяни|укажи|вставь|замени|дай|суммируй|резюмируй|сообщи|успей|лови|забери|забирай|регистрируйся|зарегистрируйся
    |поспеши|спеши|торопись|присоединяйся|помни|обрати|пропусти|пропускай|прекрати|остановись|стань|будь|ты\s+(?:теперь|должен|должна))(?![а-яё])""",
    re.IGNORECASE | re.VERBOSE,
)
_EN_VERBS = (
    r"opt\s+(?:out|in)|turn\s+o(?:n|ff)|back\s+up|buy|click|join|subscribe|download|follow|visit"
    r"|check\s+out|sign\s+up|register|ignore|disregard|forget|remember|write|say|reply|respond"
    r"|answer|tell|print|output|translate|send|transfer|call|contact|try|get|grab|use|install|update"
    r"|upgrade|read|watch|see|learn|go\s+to|head"
    r"|open|enter|order|invest|donate|share|like|repost|vote|apply|don['’]?t|do\s+not|never|always|make\s+sure|be\s+sure|please|hurry"
    r"|act|start|stop|take|give|add|include|insert|mention|recommend|pretend|summari[sz]e|note|keep|let"
    r"|run|execute|delete|remove|rank|rate"
    r"|put|place|treat|consider|claim|claim\s+your|win|book|enroll?|tap|press|message|dm|pay|deposit|swap"
    r"|scan|submit|verify|confirm|log\s+in|change"
    r"|override|set|switch|mark|present|state|report|repeat|quote|cite|append|teach|replace|rewrite|describe"
    r"|explain|assume|imagine|look|find|discover|explore|unlock|enjoy|save"
)
_EN_ORDER = re.compile(
    rf"(?:^|[.!?…:]\s+|\n\s*|[;—–]\s+|\b(?:then|now|so|please|just|also|instead),?\s+|[“\"(])(?P<verb>{_EN_VERBS})\s+"
    r"(?P<after>[^\s.,;]+)(?:\s+(?P<third>[^\s.,;]+))?|^(?:please|hurry|subscribe|join|click|buy)\b",
    re.IGNORECASE,
)
#: What may follow an English verb in an order; else the word may be a noun ("Call volumes fell", "Report finds").
_OBJECTS = frozenset(
    """the a an this that these those your our my me us it its now here in on to all any every previous prior above everything nothing with
    for from up out not be forget forgets miss let ignore at only today free more instead of as into before by what how why if and them him
    her immediately directly yourself one two exactly""".split()
)
_EN_ADDRESS = re.compile(
    r"\byou\s+(?:must|should|need\s+to|have\s+to|ought\s+to|can\s+(?:now\s+)?(?:buy|download|join"
    r"|subscribe|sign|get|try)|are\s+(?:now|an?\s))\b"
    r"|\byour\s+(?:instructions|task|role|job|answer|reply|response|summary|system\s+prompt|wallet|account|chance|free)\b"
    r"|\b(?:ignore|disregard|forget)\s+(?:all\s+|any\s+|the\s+|your\s+|everything\s+)?(?:previous|prior"
    r"|above|earlier|instructions|rules)\b"
    r"|\bas\s+an\s+ai\b|\bsystem\s+(?:prompt|message)\s*:|\b(?:the\s+)?(?:summari[sz]er|assistant|model"
    r"|ai)\s+(?:must|should)\s+(?:always|write|say|ignore|reply|output|print|mention|link|rank|put)\b"
    r"|\bdon['’]?t\s+(?:miss|forget)\b|\bhurry\b|\blimited[- ]time\b|\b(?:sign|join)\s+up\s+(?:now|today"
    r"|here)\b|\b(?:buy|order|subscribe|download|act)\s+now\b"
    r"|\blet['’]s\b|\blink\s+in\s+(?:bio|the)\b|\breaders?\s+(?:must|should|are\s+(?:urged|asked|invited)\s+to)\b",
    re.IGNORECASE,
)
_RU_ADDRESS = re.compile(
    r"\b(?:вы|вам|тебе|ты)\s+(?:должны|должен|должна|обязаны|обязан|нужно|надо|следует|стоит|необходимо"
    r"|можете\s+(?:купить|скачать|подписаться|получить))"
    r"|\bсуммаризатор\w*|\b(?:системн\w+\s+(?:промпт|сообщени\w+))\s*:|\bкак\s+(?:языковая\s+модель|ИИ),?\s+(?:ты|вы)\b"
    r"|\b(?:игнорируй(?:те)?|забудь(?:те)?)\s+(?:все\s+|всё\s+)?(?:предыдущ|прежн|прошл|инструкц|указани|правил)"
    r"|\b(?:нужно|надо|необходимо|пора|успей(?:те)?)\s+(?:срочно\s+|скорее\s+)?(?:подписаться|скачать"
    r"|купить|перейти|перевести|вступить|нажать|зарегистрироваться)"
    r"|\bчитател\w+\s+(?:должн|следует|нужно|обязан|стоит|надо)|\bне\s+(?:забудь(?:те)?|пропусти(?:те)?|упусти(?:те)?)\b"
    r"|\bдавайте\b|\bпо\s+ссылке\b|\bв\s+(?:шапке|описании)\s+(?:профиля|канала)|\bваш(?:а|и|у|ей|его|ему"
    r"|им|их)?\s+(?:шанс|кошел[её]к|аккаунт|данные|деньги|карт)",
    re.IGNORECASE,
)


def orders(claim: str) -> bool:
    """Does the claim tell its reader, or a machine, what to do? A reported recommendation does not."""
    bare = _QUOTED.sub(" ", claim) if not _IN_QUOTES.search(claim) else claim
    if _EN_ADDRESS.search(claim) or _RU_ADDRESS.search(claim) or _RU_SINGULAR.search(bare):
        return True
    for match in _RU_ORDER.finditer(bare):
        word = re.findall(r"[а-яё]+", match.group().lower())[-1]
        if not _NO_ORDER.search(word) and word != "ка":
            return True
    return any(_is_english_order(match) for match in _EN_ORDER.finditer(bare))


#: The whole claim is one quotation: what it orders, it orders.
_IN_QUOTES = re.compile(r"^\s*[«\"“][^«»\"“”]+[»\"”]\s*[.!]?\s*$")


def _is_english_order(match: re.Match[str]) -> bool:
    if match["verb"] is None:
        return True
    verb, after = match["verb"].lower(), match["after"].lower()
    if verb in {"please", "don't", "don’t", "dont", "do not"}:
        return True
    if verb in {"never", "always"}:
        return after not in {"before", "has", "had", "again"}
    if match.group()[:1] in "—–;:" or re.match(r"(?:then|now|so|just|also|instead)\b", match.group(), re.IGNORECASE):
        return after in {"your", "the", "this", "our", "me", "us", "that", "all"}
    return after in _OBJECTS or match["third"] in {"now", "today", "here", "your"}
