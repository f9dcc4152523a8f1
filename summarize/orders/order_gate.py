"""What a rule cannot do without: pieces of words of which a text must have some, or no search for the rule can succeed.

Pure. They are read off the rule itself (as in Russ Cox, "Regular expression matching with a trigram index"), so that a
rule is only tried where its words are, and none has to be kept in step with a list of cues.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

#: Stands for the edge of a word in what is looked for, and around each word that is looked at.
EDGE = "\x02"
#: More strings than this are not multiplied out.
_MOST = 400
_LEAST = 2
#: Pieces are looked up by so many characters; there are few that are shorter.
_LONG = 3
#: From here on scripts write words without spaces, and one character may be a word.
_WIDE = "\u3400"
#: Marks that count as words.
_MARKS = "=:#<>"
_WORDS = re.compile(rf"\w+|[{_MARKS}]")
_PIECE = re.compile(rf"[\w{EDGE}]+|[{_MARKS}]")
_COMMON = frozenset(
    "что это эту как для если когда кто все так также теперь затем пожалуйста при the this that with for you your are and"
    " not new please then now also just only when which will would have does it of to in".split()
)
_QUANTIFIER = re.compile(r"[*+?]\??|\{(\d*)(,?)(\d*)\}\??")
_HEAD = re.compile(r"\((?:\?(?:[:=!]|<[=!]|P<\w+>|P=\w+))?")
_BRACKET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]")
_LETTERS = re.compile(r"[^\W\d_]+(?![*+?{])")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")

Clause = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Need:
    """What a piece of a rule matches: exactly one of `exact`, if that is known; and in any case each clause has to hold."""

    exact: frozenset[str] | None = None
    clauses: tuple[Clause, ...] = ()

    def all(self) -> tuple[Clause, ...]:
        """The clauses, with what `exact` says."""
        return self.clauses if self.exact is None else (*self.clauses, *_clauses(self.exact))


_NOTHING = frozenset({""})


@cache
def _clauses(strings: frozenset[str]) -> tuple[Clause, ...]:
    """The first piece of each string, then the second, and so on; of strings of unequal length the rarest first."""
    found = [_pieces(string) for string in strings]
    if len(set(map(len, found))) > 1:
        found = [tuple(sorted(pieces, key=_commonness)) for pieces in found]
    shortest = min(map(len, found), default=0)
    return tuple(frozenset(pieces[place] for pieces in found) for place in range(shortest))


@cache
def _pieces(string: str) -> tuple[str, ...]:
    """Pieces of words that are worth looking for, in order."""
    edged = re.sub(rf"([ {_MARKS}])", rf"{EDGE}\1{EDGE}", string)
    found = (re.sub(f"{EDGE}+", EDGE, piece) for piece in _PIECE.findall(edged))
    return tuple(p for p in found if p != EDGE and (len(p) >= _LEAST or p in _MARKS or p > _WIDE))


def _commonness(piece: str) -> float:
    """A guess at how often a text has a word with the piece."""
    return 0.5 if piece.strip(EDGE) in _COMMON else 3.0 ** -len(piece)


def _chance(clause: Clause) -> float:
    """A guess at how often the clause holds."""
    return sum(map(_commonness, clause))


class _Reader:
    """Reads a rule: literals, groups, classes and repetition of the syntax of `re`, all that rules are made of."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def alternatives(self) -> list[_Need]:
        """What each alternative needs, up to the end or to a closing bracket."""
        found = [self._sequence()]
        while self._at < len(self._pattern) and self._pattern[self._at] == "|":
            self._at += 1
            found.append(self._sequence())
        return found

    def _sequence(self) -> _Need:
        clauses: list[Clause] = []
        run: frozenset[str] = _NOTHING
        whole = True
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            part = self._repeated(self._atom())
            clauses.extend(part.clauses)
            if part.exact is not None and len(run) * len(part.exact) <= _MOST:
                run = frozenset(left + right for left in run for right in part.exact)
                continue
            whole = False
            clauses.extend(_clauses(run))
            run = part.exact if part.exact is not None else _NOTHING
        if whole:
            return _Need(run, tuple(clauses))
        return _Need(None, (*clauses, *_clauses(run)))

    def _repeated(self, part: _Need) -> _Need:
        """The part as often as the quantifier after it says."""
        match = _QUANTIFIER.match(self._pattern, self._at)
        if match is None:
            return part
        self._at = match.end()
        sign = match.group()[0]
        if sign == "?" and part.exact is not None:
            return _Need(part.exact | _NOTHING)
        if sign in "?*" or (sign == "{" and int(match.group(1) or 0) == 0):
            return _Need()
        if part.exact is not None and all(not string.strip() for string in part.exact):
            return part
        return _Need(None, part.all())

    def _atom(self) -> _Need:
        char = self._pattern[self._at]
        if char == "(":
            return self._group()
        if char == "[":
            match = _CLASS.match(self._pattern, self._at)
            assert match is not None
            self._at = match.end()
            return _of_class(match.group())
        if match := _LETTERS.match(self._pattern, self._at):
            self._at = match.end()
            return _Need(frozenset({match.group()}))
        size = 2 if char == "\\" else 1
        sign = self._pattern[self._at : self._at + size]
        self._at += size
        return _of_sign(sign)

    def _group(self) -> _Need:
        head = _HEAD.match(self._pattern, self._at)
        assert head is not None
        end = self._closing(head.end())
        body = self._pattern[head.end() : end]
        self._at = end + 1
        if head.group() in {"(?=", "(?!", "(?<=", "(?<!"}:
            edge = (head.group(), body) in {("(?<!", r"\w"), ("(?!", r"\w")}
            return _Need(frozenset({EDGE}) if edge else _NOTHING)
        return _Need() if head.group().startswith("(?P=") else _of_group(body)

    def _closing(self, start: int) -> int:
        """Where the bracket stands that closes the group whose inside begins at `start`."""
        depth = 1
        for match in _BRACKET.finditer(self._pattern, start):
            depth += {"(": 1, ")": -1}.get(match.group(), 0)
            if depth == 0:
                return match.start()
        raise AssertionError(self._pattern)


@cache
def _of_group(body: str) -> _Need:
    """What a group needs; the words that rules share are read once."""
    return _either(_Reader(body).alternatives())


def _either(parts: Sequence[_Need]) -> _Need:
    """What has to hold if one of the parts does."""
    if len(parts) == 1:
        return parts[0]
    strings = [part.exact for part in parts]
    if all(exact is not None for exact in strings) and not any(part.clauses for part in parts):
        union = frozenset(string for exact in strings if exact is not None for string in exact)
        if len(union) <= _MOST:
            return _Need(union)
    chosen = [min(part.all(), key=_chance, default=None) for part in parts]
    if any(clause is None for clause in chosen):
        return _Need()
    return _Need(None, (frozenset(piece for clause in chosen if clause for piece in clause),))


def _of_class(spelt: str) -> _Need:
    """Characters to choose from: those of a short list, a space for what is no part of a word, or anything."""
    inside = spelt[1:-1]
    if inside.startswith("^"):
        return _Need(frozenset({" "}) if r"\w" in inside else None)
    if re.fullmatch(r"\w{1,6}", inside):
        return _Need(frozenset(inside))
    bare = re.sub(r"\\[sn.\-\]\[tb/]", "", inside)
    return _Need(frozenset({" "}) if not re.search(r"[\w\\]", bare) else None)


def _of_sign(sign: str) -> _Need:
    if sign in {r"\b", "^", "$", r"\Z"}:
        return _Need(frozenset({EDGE if sign != r"\Z" else ""}))
    if sign in {r"\s", r"\W", r"\n"}:
        return _Need(frozenset({" "}))
    if sign == "." or (sign.startswith("\\") and sign[1].isalnum()):
        return _Need()
    char = sign[-1]
    return _Need(frozenset({char if re.match(rf"[\w{_MARKS}]", char) else " "}))


def needs(pattern: str) -> list[list[Clause]]:
    r"""For each alternative of the rule: clauses, each of which a text that it holds in has a piece of a word of.

    Words are those of `\w+`, in lower case, with an EDGE at both ends.
    """
    return [sorted(set(need.all()), key=_chance) for need in _Reader(pattern).alternatives()]


class Gate:
    """Says from the words of a text which of many rules may hold in it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._bits: dict[Clause, int] = {}
        # Rules under the bit of the rarest clause of theirs; those without any under 0.
        self._under: dict[int, list[tuple[int, int]]] = {}
        for number, pattern in enumerate(patterns):
            for clauses in needs(pattern):
                mask = sum(self._bit(clause) for clause in clauses)
                rarest = self._bit(clauses[0]) if clauses else 0
                self._under.setdefault(rarest, []).append((number, mask))
        self._keys = sum(self._under)
        # What each piece is enough for: pieces by their first three characters, shorter ones by all that they have.
        self._pieces: dict[str, list[tuple[str, int]]] = {}
        self._short: list[tuple[str, int]] = []
        of_piece: dict[str, int] = {}
        for clause, bit in self._bits.items():
            for piece in clause:
                of_piece[piece] = of_piece.get(piece, 0) | bit
        for piece, bits in of_piece.items():
            if len(piece) >= _LONG:
                self._pieces.setdefault(piece[:_LONG], []).append((piece, bits))
            else:
                self._short.append((piece, bits))
        # Words of letters that are written apart have no pieces of those that are not.
        self._alphabetic = [(piece, bits) for piece, bits in self._short if piece < _WIDE]
        self._of_word = lru_cache(maxsize=1 << 17)(self._read)

    def _bit(self, clause: Clause) -> int:
        return self._bits.setdefault(clause, 1 << len(self._bits))

    def _read(self, word: str) -> int:
        """The clauses that the word is enough for."""
        edged = f"{EDGE}{word}{EDGE}"
        found = 0
        for at in range(len(edged) - 2):
            for piece, bits in self._pieces.get(edged[at : at + _LONG], ()):
                if edged.startswith(piece, at):
                    found |= bits
        for piece, bits in self._alphabetic if max(edged) < _WIDE else self._short:
            if piece in edged:
                found |= bits
        return found

    def clauses(self, low: str) -> int:
        """The clauses that hold in the lower-cased text, as bits."""
        found = 0
        for bits in set(map(self._of_word, _WORDS.findall(low))):
            found |= bits
        return found

    def opened(self, clauses: int) -> list[int]:
        """The numbers, in order, of the rules that may hold where these clauses do."""
        opened = {number for number, _ in self._under.get(0, ())}
        keys = clauses & self._keys
        while keys:
            key = keys & -keys
            keys ^= key
            opened.update(number for number, mask in self._under[key] if mask & clauses == mask)
        return sorted(opened)
