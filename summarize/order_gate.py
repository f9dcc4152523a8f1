"""What a rule cannot do without: pieces of words of which a text must have some, or no search for the rule can succeed.

Pure. They are read off the rule itself (as in Russ Cox, "Regular expression matching with a trigram index"), so that a
rule is only tried where its words are, and none has to be kept in step with a list of cues.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

#: Stands for the edge of a word in what is looked for, and around each word that is looked at.
EDGE = "\x02"
#: More strings than this are not multiplied out.
_MOST = 400
_LEAST = 2
_WORDS = re.compile(r"\w+")
_PIECE = re.compile(rf"[\w{EDGE}]+")
_QUANTIFIER = re.compile(r"[*+?]\??|\{(\d*)(,?)(\d*)\}\??")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")

Clause = frozenset[str]


@dataclass(slots=True)
class _Need:
    """What a piece of a rule matches: exactly one of `exact`, if that is known; and in any case each clause has to hold."""

    exact: frozenset[str] | None = None
    clauses: list[Clause] = field(default_factory=list)

    def all(self) -> list[Clause]:
        """The clauses, with what `exact` says."""
        own = _clause(self.exact) if self.exact is not None else None
        return [*self.clauses, own] if own else self.clauses


_NOTHING = frozenset({""})


def _clause(strings: Iterable[str]) -> Clause | None:
    """The longest piece of a word of each string; none if one of them has no piece worth looking for."""
    pieces: set[str] = set()
    for string in strings:
        inside = [piece for piece in _PIECE.findall(string.replace(" ", f"{EDGE} {EDGE}")) if piece.strip(EDGE)]
        best = max((re.sub(f"{EDGE}+", EDGE, piece) for piece in inside), key=len, default="")
        if len(best) < _LEAST:
            return None
        pieces.add(best)
    return frozenset(pieces)


def _worth(clause: Clause) -> tuple[int, int]:
    return min(map(len, clause)), -len(clause)


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
            if (clause := _clause(run)) is not None:
                clauses.append(clause)
            run = part.exact if part.exact is not None else _NOTHING
        if whole:
            return _Need(run, clauses)
        if (clause := _clause(run)) is not None:
            clauses.append(clause)
        return _Need(None, clauses)

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
        size = 2 if char == "\\" else 1
        token = self._pattern[self._at : self._at + size]
        self._at += size
        return _of_token(token)

    def _group(self) -> _Need:
        head = re.compile(r"\((?:\?(?:[:=!]|<[=!]|P<\w+>|P=\w+))?").match(self._pattern, self._at)
        assert head is not None
        self._at = head.end()
        inside = self.alternatives()
        body = self._pattern[head.end() : self._at]
        self._at += 1
        if head.group() in {"(?=", "(?!", "(?<=", "(?<!"}:
            edge = (head.group(), body) in {("(?<!", r"\w"), ("(?!", r"\w")}
            return _Need(frozenset({EDGE}) if edge else _NOTHING)
        if head.group().startswith("(?P="):
            return _Need()
        return _either(inside)


def _either(parts: Sequence[_Need]) -> _Need:
    """What has to hold if one of the parts does."""
    if len(parts) == 1:
        return parts[0]
    strings = [part.exact for part in parts]
    if all(exact is not None for exact in strings) and not any(part.clauses for part in parts):
        union = frozenset(string for exact in strings if exact is not None for string in exact)
        if len(union) <= _MOST:
            return _Need(union)
    chosen = [max(part.all(), key=_worth, default=None) for part in parts]
    if any(clause is None for clause in chosen):
        return _Need()
    return _Need(None, [frozenset(piece for clause in chosen if clause for piece in clause)])


def _of_class(spelt: str) -> _Need:
    """Characters to choose from: those of a short list, a space for what is no part of a word, or anything."""
    inside = spelt[1:-1]
    if inside.startswith("^"):
        return _Need(frozenset({" "}) if r"\w" in inside else None)
    if re.fullmatch(r"\w{1,6}", inside):
        return _Need(frozenset(inside))
    bare = re.sub(r"\\[sn.\-\]\[tb/]", "", inside)
    return _Need(frozenset({" "}) if not re.search(r"[\w\\]", bare) else None)


def _of_token(token: str) -> _Need:
    if token in {r"\b", "^", "$", r"\Z"}:
        return _Need(frozenset({EDGE if token != r"\Z" else ""}))
    if token in {r"\s", r"\W", r"\n"}:
        return _Need(frozenset({" "}))
    if token == "." or (token.startswith("\\") and token[1].isalnum()):
        return _Need()
    char = token[-1]
    return _Need(frozenset({char if re.match(r"\w", char) else " "}))


def needs(pattern: str) -> list[list[Clause]]:
    """For each alternative of the rule: clauses, each of which a text that it holds in has a piece of a word of.

    Words are those of `\\w+`, in lower case, with an EDGE at both ends.
    """
    return [sorted(set(need.all()), key=_worth, reverse=True) for need in _Reader(pattern).alternatives()]


class Gate:
    """Says from the words of a text which of many rules may hold in it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._bits: dict[Clause, int] = {}
        self._needs = [tuple(self._mask(clauses) for clauses in needs(pattern)) for pattern in patterns]
        self._pieces: dict[str, list[tuple[str, int]]] = {}
        for clause, bit in self._bits.items():
            for piece in clause:
                self._pieces.setdefault(piece[:_LEAST], []).append((piece, bit))
        self._of_word = lru_cache(maxsize=65536)(self._read)

    def _mask(self, clauses: Iterable[Clause]) -> int:
        mask = 0
        for clause in clauses:
            mask |= self._bits.setdefault(clause, 1 << len(self._bits))
        return mask

    def _read(self, word: str) -> int:
        """The clauses that the word is enough for."""
        edged = f"{EDGE}{word}{EDGE}"
        found = 0
        for at in range(len(edged) - 1):
            for piece, bit in self._pieces.get(edged[at : at + _LEAST], ()):
                if not found & bit and edged.startswith(piece, at):
                    found |= bit
        return found

    def clauses(self, low: str) -> int:
        """The clauses that hold in the lower-cased text."""
        found = 0
        for mask in map(self._of_word, _WORDS.findall(low)):
            found |= mask
        return found

    def open(self, clauses: int, among: Iterable[int] | None = None) -> Iterator[int]:
        """The numbers of the rules that may hold where these clauses do."""
        for number in range(len(self._needs)) if among is None else among:
            for mask in self._needs[number]:
                if mask & clauses == mask:
                    yield number
                    break
