"""Addresses in a text: links, bare domains also when disguised, mentions, e-mail, phone numbers, accounts and wallets.

Pure. Names like `Node.js`, versions and file names are none.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from summarize.text import normalise

_SCHEME = re.compile(
    r"\b(?:https?|hxxps?|ftp|tg|ton|ipfs|magnet|mailto|bitcoin)\s?:(?://|\?)?\S|(?<!\w)//\w+\.\w|\bwww\d?\.\w",
    re.IGNORECASE,
)
_TELEGRAM = re.compile(r"(?<![\w.])(?:t|telegram|tlgrm)\s?\.\s?(?:me|dog)\b\s?/?|\bjoinchat\b", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@.])@\s?[A-Za-zА-Яа-яЁё_]\w{2,}")
_EMAIL = re.compile(
    r"[\w.+-]+\s?(?:@|\[at\]|\(at\)|\(собака\)|\sсобака\s|\s\[?собака\]?\s)\s?[\w-]+(?:\s?(?:\.|\[dot\]|\(dot\)|\sточка\s|\sdot\s)\s?[\w-]+)+",
    re.IGNORECASE,
)
#: Endings of domain names that are no words, no file names and no extensions of names ("Node.js").
_ENDINGS = (
    r"com|org|net|ru|рф|io|ai|dev|app|co|me|info|biz|xyz|top|site|online|shop|store|tech|cloud|space|club|pro|link|click|live|news"
    r"|blog|wiki|gg|tv|ly|cc|su|by|ua|kz|uz|de|uk|fr|eu|us|cn|in|jp|kr|br|pl|it|es|nl|ch|se|example|test|invalid|onion|eth|ton|zip|mov"
    r"|рус|сайт|онлайн|москва|дети|edu|gov|mil|int|fm|to|sh|so|gl|id|win|vip|fun|icu|bet|casino|finance|money|promo|bot|chat|page|web"
)  # fmt: skip
_DOMAIN = re.compile(
    rf"(?<![\w@.])(?:[\w-]+\.)*[^\W_][\w-]*\.(?P<ending>{_ENDINGS})(?P<path>/\S*)?(?![\w-]|\.\w)", re.IGNORECASE
)
_DISGUISED = re.compile(
    rf"[^\W_][\w-]*\s?(?:[\[({{<]\s?(?:\.|dot|точка|d0t|тчк)\s?[\])}}>]|\s(?:dot|точка|тчк)\s)\s?(?:{_ENDINGS}|\w{{2,8}}(?=\s?[/\[({{]))(?![\w-])"
    rf"|[^\W_][\w-]*(?:\s\.\s?|\s?。\s?|\s?․\s?|\s?．\s?)(?:com|org|net|ru|рф|io|ai|dev|app|me|xyz|example|top|site|info)(?![\w-])"
    rf"|[^\W_][\w-]*\[\.\][\w-]+",
    re.IGNORECASE,
)
#: Endings that are words of Russian or English as well: after them a full stop may simply lack its space.
_WORDLIKE = frozenset(
    "in it me to so us id co top link live news pro space store by de es se web page bot chat club win fun int test".split()
)
_PHONE = re.compile(
    r"(?<![\w.,])(?:\+\d[\d\s().-]{8,17}\d|8[\s-]?\(?\d{3}\)?[\s-]?\d{3}[\s-]?\d{2}[\s-]?\d{2}|\(\d{3}\)\s?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?![\w.,]\d|\w)"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:\s?[A-Z\d]{4}){3,7}(?:\s?[A-Z\d]{1,3})?(?!\w)")
_CARD = re.compile(r"(?<![\d.,])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\d.,]\d|\d)")
_WALLET = re.compile(
    r"(?<!\w)(?:0x[a-fA-F0-9]{16,}|bc1[a-z0-9]{20,}|T[1-9A-HJ-NP-Za-km-z]{33}|(?:EQ|UQ)[\w-]{46}"
    r"|(?=[1-9A-HJ-NP-Za-km-z]*\d)(?=[1-9A-HJ-NP-Za-km-z]*[a-z])(?=[1-9A-HJ-NP-Za-km-z]*[A-Z])[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)"
)
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5}|/\S+)")
_SURE = (_SCHEME, _TELEGRAM, _EMAIL, _MENTION, _DISGUISED, _PHONE, _IBAN, _CARD, _WALLET, _IP)


def addresses(text: str, *, names: Collection[str] = ()) -> list[str]:
    """The addresses in the text as written; `names`: lower-case words with a dot that are names where they stand.

    Whoever asks whether a summary may be printed passes what its sources call things ("asp.net"), so that a product is
    not taken for a link; a path after such a name makes it a link again.
    """
    text = normalise(text)
    found = [match.group() for pattern in _SURE for match in pattern.finditer(text)]
    found += [match.group() for match in _DOMAIN.finditer(text) if _is_domain(match, names)]
    return found


def _is_domain(match: re.Match[str], names: Collection[str]) -> bool:
    written, ending = match.group(), match["ending"]
    if match["path"] and len(match["path"]) > 1:
        return True
    bare = written.rstrip("/").lower()
    if _PRODUCTS.fullmatch(bare) or (
        bare in names and written != bare and not _AT.search(match.string[: match.start()])
    ):
        return False
    first = bare.split(".", 1)[0]
    if first.isdigit() and ending.isdigit():
        return False
    if ending.lower() in _WORDLIKE:
        # "…released it.In May": a lost space, unless all is small and Latin.
        return written == written.lower() and written.isascii() and ending.islower()
    return not (ending[0].isupper() and ending[1:].islower() and not written.isascii())


#: After these a name with a dot is where to go.
_AT = re.compile(
    r"\b(?:at|on|via|visit|to|from|see|на|по|см|адресу|через|сайт\w*|site|website)[\s:.]+(?:«|\")?$", re.IGNORECASE
)
_PRODUCTS = re.compile(
    r"(?:node|vue|next|nuxt|react|three|d3|express|socket|asp|vb|ml|ado|f|c|character|fly|ie|a|i|u|e|ph|p|m|am|pm)\.(?:js|net|io|ai|app|us|uk|de|e|g|d|s|me|to|in|it|co|so|id)"
)


def dotted(text: str) -> frozenset[str]:
    """Lower-case words with a dot inside, as they stand in a text, links apart: what `addresses` takes as names."""
    plain = _SCHEME.sub(" ", text)
    return frozenset(
        match.group().lower() for match in _DOTTED.finditer(plain) if text[match.end() : match.end() + 1] != "/"
    )


_DOTTED = re.compile(r"(?<![\w/.@])[A-Za-z][\w-]*(?:\.[A-Za-z]\w*)+(?![\w/])")
