"""May a Latin and a Cyrillic word be one name, by how each letter group is usually written in the other script?

Pure. Both ways at once: a Russian name in Latin letters by any of the usual systems, and a foreign one as Russian hears it.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Latin letters, and after them the Cyrillic ones that they are written with; a `?` before these makes them less usual.
PAIRS = """
a а я ?э ?е ?о ?эй ?ей
ai ай аи ?эй ?ей ?е ?э
ay эй ей ай ?е
ae аэ ае ?э ?е
au ау о ?ав
ah а
aw о ау
all олл ол алл
al аль ал ?ол
ar ар ?а
augh о
b б бб
bb б
c к ц с ?ч
ce се ц с ?че
ch ч х к ?ш ?тч
chi чи ки ши хи
ck к
cc к ч кч
ci си чи ци
cy си ци сай
cz ч
d д
dd д
dge дж
dg дж
dj дж
dz дз
dh д
dt т дт
e е э ё ?и ь йе
ee и ии ?е
ea и еа ?е ?э ?ей
eau о
eaux о
ei ей ай эй ?и ?е
ey ей эй ?и
eo ео ио ё
er ер эр ёр ?р
eu ой эу ё еу ?ю ?е
ew ью ю у
er ер
f ф
ff ф
g г дж ж ?й
ge дж ж ге
gg г
gh г х
ght т
gi ги джи
gl ль гл
gn нь гн н
gu г гу
h х г
i и й ай ?ь ?ё ы
ia ия иа ья я
ie ие ье и ?ай ?е
ier ье ьер ир
ii ий ии
iy ий ый ы
io ио ьо ё йо
iu ию ю
ij ий ей
igh ай
j й дж дз ж х ?ь
ja я джа дза
je е дже
ji джи дзи и йи
jo ё джо йо хо дзо
ju ю джу дзу
k к
kh х
kn н кн
ks кс
l л ль
ll л лль ль й
m м
mb м мб
mm м
mc мак ма
n н нь
nn н
ng нг н
o о ё ?а ?оу ?у ?е ь
oa оу о
oe ё оэ ?е ?у
oi уа ой ои
ois уа
oix уа
ou у ау ?о ю
ough о
oux у
ow ов оу ау ?о
oy ой ?уа
oo у ?оо
os ос ?о
p п
ph ф
pp п
q к ц
qu кв к
que к
r р
rzh рж
rh р
rr р
s с з ш ?ж
ss с
sch ш щ ск
sci ши сци
sc ск с
sh ш
shch щ
sk ск
ski ский ски
sky ский ски
skiy ский
sz ш
t т
th т ?с ?ф ?з
tt т
ts ц тс
tz ц
tsch ч
tch ч
tia ша тия
u у ю ?а ?и ?ью
ue ю у ?уэ
ui уи ?и
ugh ью
v в ?ф
w в у ?
wa уо ва
wh у в
wi уи ви
wr р
wu у ву
x кс х с икс ?ш ?з
xi си кси
y ы и й ий ый ?ай ь
ya я ья ия
ye е ье э ие йе
yi и йи
yo ё ьё йо
yu ю ью
yy ый
z з ц с
zh ж чж
zz цц ц
""".strip().splitlines()
#: How much an unusual writing costs, and a letter that has no counterpart: silent in Latin, or dropped.
UNUSUAL = 0.3
_SILENT = {
    "e": 0.1,
    "h": 0.2,
    "g": 0.4,
    "t": 0.3,
    "s": 0.3,
    "d": 0.3,
    "b": 0.3,
    "p": 0.3,
    "'": 0.0,
    "’": 0.0,
    "-": 0.0,
    "i": 0.3,
    "y": 0.3,
    "u": 0.4,
    "w": 0.3,
}
_LOST = {"ь": 0.0, "ъ": 0.0, "й": 0.1, "-": 0.0, "’": 0.0, "'": 0.0}
#: Case endings of the Cyrillic word, and what an adjective adds.
_ENDING = re.compile(
    r"(?:а|у|ы|и|е|о|ю|я|й|ой|ей|ою|ом|ем|ём|ам|ям|ами|ями|ах|ях|ов|ев|ого|его|ому|ему|ым|им|ых|их|ии|ию|ией|ье|ью|ьи|ья"
    r"|(?:ов|ев|ин|н|ан|ян)?ск(?:ий|ая|ое|ие|ого|ой|ому|им|их|ую|ими|ом))?"
)
#: The Latin word may have a last vowel that Russian turns into a case ending.
_LATIN_ENDING = frozenset({"", "a", "e", "o", "y", "ia", "ya", "s", "us", "a's"})


def _read() -> dict[str, tuple[tuple[str, float], ...]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for line in PAIRS:
        latin, *written = line.split()
        for one in written:
            found.setdefault(latin, []).append((one.lstrip("?"), UNUSUAL if one.startswith("?") else 0.0))
    return {latin: tuple(written) for latin, written in found.items()}


_PAIRS = _read()
_LONGEST = max(map(len, _PAIRS))
_FIRST = {
    letter: frozenset(
        cyrillic[0] for latin, written in _PAIRS.items() if latin[0] == letter for cyrillic, _ in written if cyrillic
    )
    for letter in "abcdefghijklmnopqrstuvwxyz"
}
_DOUBLED = re.compile(r"([а-я])\1")


def alike(latin: str, cyrillic: str) -> bool:
    """May the two lower-case words, without accents, be one name in two scripts, the Cyrillic one in any case?"""
    if not latin or not cyrillic or abs(len(latin) - len(cyrillic)) > 6:
        return False
    first = _FIRST.get(latin[0], frozenset()) | ({"х", "о", "э", "у"} if latin[0] == "h" else frozenset())
    if cyrillic[0] not in first and latin[:2] not in {"kn", "wr", "ps"}:
        return False
    return _cost(latin, _DOUBLED.sub(r"\1", cyrillic)) <= _allowed(min(len(latin), len(cyrillic)))


def _allowed(size: int) -> float:
    return 0.2 if size < 5 else 0.35 if size < 7 else 0.65 if size < 10 else 0.9


@lru_cache(maxsize=100_000)
def _cost(latin: str, cyrillic: str) -> float:
    """The least cost of writing one as the other, endings left out; 9 if it cannot be."""
    best: dict[tuple[int, int], float] = {(0, 0): 0.0}
    least = 9.0
    for place in range(len(latin) + 1):
        for other in range(len(cyrillic) + 1):
            cost = best.get((place, other), 9.0)
            if cost > 1.0:
                continue
            if latin[place:] in _LATIN_ENDING and other >= 2 and _ENDING.fullmatch(cyrillic[other:]):
                least = min(least, cost)
            for wrote, read, more in _steps(latin, cyrillic, place, other):
                step = (place + wrote, other + read)
                best[step] = min(best.get(step, 9.0), cost + more)
    return least


def _steps(latin: str, cyrillic: str, place: int, other: int) -> list[tuple[int, int, float]]:
    """(Latin letters, Cyrillic letters, cost) that may be taken next."""
    found = []
    for size in range(1, _LONGEST + 1):
        for written, cost in _PAIRS.get(latin[place : place + size], ()) if place + size <= len(latin) else ():
            if cyrillic.startswith(written, other):
                found.append((size, len(written), cost))
    if place < len(latin) and latin[place] in _SILENT:
        found.append((1, 0, _SILENT[latin[place]]))
    if other < len(cyrillic) and cyrillic[other] in _LOST:
        found.append((0, 1, _LOST[cyrillic[other]]))
    return found
