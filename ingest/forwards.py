"""Text dumps of forwarded posts (`Forwarded from NAME`, then the body, often twice) as posts with each body once.

Such a dump is copied from web pages: a body stands once, twice or more, each copy without something that another has,
between leftovers of the page. Copies are told from an author's own repetitions by how they align, and are merged by
the longest common subsequence, so that whatever either copy has stands once, in order.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import combinations, pairwise
from typing import BinaryIO

from core.types import Channel, ChannelKind, Entity, EntityKind, MediaKind, Origin, Post, Problem

LONGEST_CHUNK = 1 << 20
LONGEST_MERGED = 200_000
LONGEST_NAME = 128
MOST_EDITS = 400
MOST_LINES = 1_500
MOST_CANDIDATES = 8
TITLE_LINES = 6

_MARKS = "Forwarded from |Переслано от |Переслано из "
_HEADER = re.compile(rf"^[\s\ufeff\u200b]*(?:{_MARKS})\s*(\S.*)$")
_GLUED = re.compile(rf"(?<=\S)(?:{_MARKS})(?=\S)")
_OPENING = frozenset("([{<«“„‘'`*_~/\\-–—=+@#&|>")
# Scripts that write without spaces count by the character.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"https?://\S+|[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")
_URL = re.compile(r"https?://[^\s<>«»“”]+", re.IGNORECASE)
_HASHTAG = re.compile(r"(?<![\w#/&])#(?=\w*[^\W\d_])\w+")
_LIGHT_LINE = re.compile(r"(?:(?:https?://\S+|#\w+)\s*)+")
_OPENERS = frozenset("([{«“„")
_CLOSERS = frozenset(")]}»”,.;:!?…")
_ENDS = frozenset(".!?…:;")
_SAME = str.maketrans("“”„«»‘’–—", '"""""\'\'--')


def read_forwards(stream: BinaryIO, *, name: str = "forwards") -> Iterator[Post | Problem]:
    """Yield the posts of a text dump in UTF-8, numbered by `position`; `name` names the dump as a channel.

    A post opens at `Forwarded from NAME` (or `Переслано от|из NAME`), spelled exactly so, with a name of at most 128
    characters, at the start of a line, or glued to the end of a text (no space before it, no opening quote or bracket).
    A post that cannot be read is a Problem with its line; the others are not touched by it.
    """
    channel = Channel(tg_id=None, name=name, kind=ChannelKind.DUMP)
    position = 0
    for chunk in _chunks(stream):
        if isinstance(chunk, Problem):
            yield chunk
            continue
        post = _post(chunk, channel=channel, position=position)
        position += isinstance(post, Post)
        yield post


# --- the file's chunks ---------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """What stands between one header and the next; `origin` is None for what precedes the first header."""

    origin: str | None
    line: int
    lines: list[str] = field(default_factory=list)
    size: int = 0
    invalid_line: int | None = None

    def add(self, text: str, *, number: int) -> None:
        self.size += len(text) + 1
        if self.size > LONGEST_CHUNK:
            self.lines.clear()
        else:
            self.lines.append(text)
        if self.invalid_line is None and any("\udc80" <= char <= "\udcff" for char in text):
            self.invalid_line = number


def _chunks(stream: BinaryIO) -> Iterator[_Chunk | Problem]:
    """Split the file at its headers, one chunk in memory at a time."""
    chunk = _Chunk(origin=None, line=1)
    for number, text in _lines(stream):
        if isinstance(text, Problem):
            yield text
            return
        for piece in _pieces(text):
            header = _HEADER.match(piece)
            if header is None or len(header[1].strip()) > LONGEST_NAME:
                chunk.add(piece, number=number)
                continue
            yield from _judge(chunk)
            chunk = _Chunk(origin=header[1].strip(), line=number)
            chunk.add("", number=number)
            if any("\udc80" <= char <= "\udcff" for char in piece):
                chunk.invalid_line = number
    yield from _judge(chunk)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str | Problem]]:
    """Numbered lines without their ends; bytes that are not UTF-8 stay in them as lone surrogates."""
    number, continued = 1, False
    while line := stream.readline(LONGEST_CHUNK):
        if number == 1 and not continued and (problem := _other_encoding(line)):
            yield 1, Problem(where="line 1", message=problem)
            return
        text = line.decode("utf-8", "surrogateescape").replace("\0", "").rstrip("\r\n").replace("\r", "\n")
        yield number, text.lstrip("\ufeff")
        continued = not line.endswith(b"\n")
        number += not continued


def _other_encoding(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[:200].count(0) * 3 > len(head[:200]):
        return "the file looks like UTF-16: save it as UTF-8"
    return None


def _pieces(text: str) -> Iterator[str]:
    """The line, cut where a header is glued to the end of a text."""
    start = 0
    for match in _GLUED.finditer(text):
        before = text[match.start() - 1]
        inside_quotes = before == '"' and text.count('"', start, match.start()) % 2
        if before in _OPENING or inside_quotes or len(text) - match.end() > LONGEST_NAME:
            continue
        yield text[start : match.start()]
        start = match.start()
    yield text[start:]


def _judge(chunk: _Chunk) -> Iterator[_Chunk | Problem]:
    """The chunk if it can be a post, or else the Problem with it."""
    where = f"line {chunk.invalid_line or chunk.line}"
    if chunk.size > LONGEST_CHUNK:
        yield Problem(where=f"line {chunk.line}", message="a text of over a megabyte, longer than any post")
    elif chunk.invalid_line is not None:
        hint = _one_byte("\n".join([chunk.origin or "", *chunk.lines]))
        yield Problem(where=where, message=f"not valid UTF-8{hint}; this post is left out")
    elif chunk.origin is not None:
        yield chunk
    elif any(line.strip() and not _is_leftover(line) for line in chunk.lines):
        first = next(number for number, line in enumerate(chunk.lines, 1) if line.strip())
        yield Problem(where=f"line {first}", message="text before the first 'Forwarded from' belongs to no post")


def _one_byte(text: str) -> str:
    """A guess at the encoding: Russian in Windows-1251 is mostly bytes from 0xC0 on."""
    high = [char for char in text if not char.isascii()]
    letters = sum("\udcc0" <= char <= "\udcff" for char in high)
    return " (it looks like Windows-1251: convert the file to UTF-8)" if letters * 10 > len(high) * 7 else ""


# --- a chunk's post ------------------------------------------------------------------------------------------------


def _post(chunk: _Chunk, *, channel: Channel, position: int) -> Post | Problem:
    lines = [part.strip() for line in chunk.lines for part in line.split("\n")]
    text = merge_copies(lines)
    media = (MediaKind.OTHER,) if any(_MEDIA_LEFTOVER.fullmatch(line) for line in lines) else ()
    if not text and not media:
        return Problem(where=f"line {chunk.line}", message="a forwarded post without text")
    key = _normal(chunk.origin or "") + "\n" + _normal(text)
    return Post(
        channel=channel,
        message_id=None,
        text=text,
        raw={"text": "\n".join(chunk.lines).strip("\n"), "line": chunk.line},
        entities=_entities(text),
        origin=Origin(name=chunk.origin),
        media=media,
        dump_key=hashlib.sha256(key.encode("utf-8")).hexdigest(),
        position=position,
    )


def _normal(text: str) -> str:
    return " ".join(text.casefold().split())


def _entities(text: str) -> tuple[Entity, ...]:
    """The links and tags that stand in the text; a dump keeps no other markup."""
    found: list[Entity] = []
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        found.append(Entity(kind=EntityKind.URL, offset=match.start(), length=len(url)))
    taken = [(entity.offset, entity.offset + entity.length) for entity in found]
    found.extend(
        Entity(kind=EntityKind.HASHTAG, offset=match.start(), length=len(match[0]))
        for match in _HASHTAG.finditer(text)
        if not any(start <= match.start() < end for start, end in taken)
    )
    return tuple(sorted(found, key=lambda entity: entity.offset))


def _trimmed(url: str) -> str:
    """The address without the sentence's punctuation after it."""
    while url and (url[-1] in ".,;:!?…'\"" or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url


# --- leftovers of the page -----------------------------------------------------------------------------------------

_MEDIA_LEFTOVER = re.compile(
    r"this (?:media|message) is not supported(?: in (?:your|the) (?:browser|widget|app))?\.?"
    r"|media is too big\.?|(?:это )?(?:медиа|сообщение)(?:файл)? не поддерживается(?: в(?:ашем|ашим)? .{3,20})?\.?"
    r"|файл слишком большой\.?",
    re.IGNORECASE,
)
_PAGE_LEFTOVER = re.compile(
    r"(?:view|open|watch) in telegram|(?:(?:по)?смотреть|открыть|просмотреть) в telegram"
    r"|please open telegram to view this (?:post|message|media)\.?"
    r"|(?:пожалуйста, )?откройте telegram, чтобы (?:посмотреть|увидеть|просмотреть) (?:эт[оу]|этот) \w+\.?"
    r"|\d[\d.,\s]{0,9}[kmкм]?\s(?:views?|просмотр(?:а|ов)?)|leave a comment|оставить комментарий",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"\d{1,2}:\d\d(?::\d\d)?|\d{1,4}(?:[.,]\d)?[KMКМ]")
_SITES = frozenset(
    {
        "telegram",
        "telegraph",
        "youtube",
        "youtu.be",
        "github",
        "gitlab",
        "gist",
        "medium",
        "habr",
        "хабр",
        "дзен",
        "vk",
        "вконтакте",
        "vc.ru",
        "twitter",
        "x",
        "x (formerly twitter)",
        "facebook",
        "linkedin",
        "reddit",
        "instagram",
        "arxiv",
        "arxiv.org",
        "hugging face",
        "huggingface",
        "kaggle",
        "google docs",
        "google",
        "google drive",
        "wikipedia",
        "википедия",
        "rutube",
        "substack",
        "notion",
        "spotify",
        "apple podcasts",
        "teletype",
        "openreview",
        "bloomberg",
        "reuters",
        "techcrunch",
        "the verge",
        "the guardian",
        "openai",
        "anthropic",
        "яндекс",
        "vimeo",
        "tiktok",
        "boosty",
    }
)
_ITEM = re.compile(r"[-•—–*#]|\d+[.)]\s")
_DOMAIN = re.compile(r"(?:[\w-]{1,40}\.){1,3}[a-zа-я]{2,10}", re.IGNORECASE)


def _is_leftover(line: str) -> bool:
    stripped = line.strip()
    return bool(_MEDIA_LEFTOVER.fullmatch(stripped) or _PAGE_LEFTOVER.fullmatch(stripped))


def _without_leftovers(lines: Sequence[str]) -> list[str]:
    """Lines without the page's; a bare duration or counter goes only where the page puts one, beside such a line."""
    drop = {index for index, line in enumerate(lines) if _is_leftover(line)}
    for index in sorted(drop):
        for beside in (index - 1, index + 1):
            if 0 <= beside < len(lines) and _COUNTER.fullmatch(lines[beside]):
                drop.add(beside)
    return [line for index, line in enumerate(lines) if index not in drop]


def _without_card(lines: list[str], *, others: frozenset[str]) -> list[str]:
    """A copy without the link preview at its end: a site's name, a title, a description.

    `others` are the lines that another copy has: what stands there, or stood before, is the body.
    """
    for index in range(1, len(lines)):
        tail = [line for line in lines[index + 1 :] if line]
        if not 1 <= len(tail) <= 16 or not _is_site(lines[index]) or lines[index - 1].endswith(":"):
            continue
        body = others.union(lines[:index])
        preview = _is_preview(lines[index], tail, alone=not others)
        if preview and not any(line in body for line in [lines[index], *tail]):
            return _collapsed(lines[:index])
    return lines


def _is_site(line: str) -> bool:
    return 0 < len(line) <= 48 and len(line.split()) <= 6 and line[-1] not in ".!?…:;,)" and line[0].isalnum()


def _is_preview(site: str, tail: list[str], *, alone: bool) -> bool:
    """A title that repeats the site's name; or a known site's title and description; or, of a site that we do not
    know, a description that the page has cut, if another copy shows that it is not the body's (not `alone`).
    """
    label = re.split(r"\s[|•·—–-]\s", site)[0].strip().casefold()
    known = label in _SITES or _DOMAIN.fullmatch(label) is not None
    if any(re.search(rf"\s[|•·—–-]\s*{re.escape(label)}\W*$", line.casefold()) for line in tail[:2]):
        return True
    size = len(tail)
    halves = [half for half in range(1, size // 2 + 1) if tail[size - 2 * half : size - half] == tail[size - half :]]
    if any(1 <= size - 2 * half <= 3 for half in halves):
        return known
    prose = not any(_URL.search(line) or line.casefold() in _SITES or _ITEM.match(line) for line in tail)
    plain = 2 <= size <= 6 and prose and not tail[0][0].islower() and len(tail[0]) <= 160
    cut = not alone and len(site.split()) <= 3 and tail[-1].endswith(("…", "..."))
    return plain and (known or cut)


# --- copies --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a sign or an address, with the whitespace before it; equal keys are the same token."""

    text: str
    space: str
    key: str
    line: int


def merge_copies(lines: Sequence[str]) -> str:
    """The body, once, of a chunk's lines: with what any of its copies has, without the page's leftovers.

    A repetition counts as a copy only if the two align line by line from (nearly) the first line on; a sentence that
    an author wrote twice stays twice.
    """
    body = _collapsed(_without_leftovers(lines))
    if sum(map(len, body)) > LONGEST_MERGED or len(body) > MOST_LINES:
        return "\n".join(body).strip()
    copies = _copies(body, depth=0)
    merged = _tokens(copies[0])
    for copy in copies[1:]:
        merged = _merge(merged, _tokens(copy))
    return _render(merged)


def _collapsed(lines: Sequence[str]) -> list[str]:
    """Without blank lines at the ends, and with at most one in a row."""
    kept = [line for before, line in pairwise(["", *lines]) if line or before]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _copies(lines: list[str], *, depth: int) -> list[list[str]]:
    """The copies of a body, each without its link preview; one if it stands once."""
    lines = _without_card(lines, others=frozenset())
    best: list[list[str]] = []
    best_score = 0.0
    for bound, cuts in _candidates(lines):
        if bound <= best_score:
            continue
        parts = _parts(lines, cuts[1:])
        score = _score(parts, skip=cuts[0])
        if score > best_score:
            best, best_score = parts, score
    if not best:
        return [lines]
    return [copy for part in best for copy in (_copies(part, depth=depth + 1) if depth < 3 else [part])]


def _parts(lines: list[str], cuts: Sequence[int]) -> list[list[str]]:
    """Cut the lines into copies, each without its card."""
    edges = [0, *cuts, len(lines)]
    parts = [_collapsed(lines[start:end]) for start, end in pairwise(edges)]
    known = [frozenset(part) for part in parts]
    return [
        _without_card(part, others=frozenset().union(*known[:index], *known[index + 1 :]))
        for index, part in enumerate(parts)
    ]


def _candidates(lines: list[str]) -> list[tuple[int, tuple[int, ...]]]:
    """Ways to cut, the likeliest first: (k, starts of further copies …), each of which begins like line k.

    With each comes the number of tokens that the copies have in common at most.
    """
    keys = [[token.key for token in _tokens([line])] for line in lines]
    scored: list[tuple[float, int, tuple[int, ...]]] = []
    for k in range(min(TITLE_LINES, len(lines))):
        alike = [index for index in range(k + 1, len(lines)) if _alike(keys[k], keys[index])]
        # Neighbours are pieces of one line that the page broke: only the first can open a copy.
        starts = [index for index in alike if index - 1 not in alike or keys[index] == keys[k]][:8]
        options = [(k, *chosen) for size in (1, 2, 3) for chosen in combinations(starts, size)]
        scored.extend((*_overlap(keys, option), option) for option in options)
    scored.sort(key=lambda item: (-item[0], item[2]))
    return [(bound, option) for share, bound, option in scored[:MOST_CANDIDATES] if share > 0.25]


def _alike(left: list[str], right: list[str]) -> bool:
    """Whether two lines may be the same line with different losses."""
    if not left or not right:
        return False
    if left[:2] == right[:2]:
        return True
    common = sum((Counter(left) & Counter(right)).values())
    return common * 2 > min(len(left), len(right))


def _overlap(keys: list[list[str]], option: tuple[int, ...]) -> tuple[float, int]:
    """A cheap estimate of what the copies of a cut share: the least share of a copy, and all tokens shared."""
    counts = [Counter(key for line in keys[start:end] for key in line) for start, end in pairwise([*option, len(keys)])]
    shared = [(counts[0] & other).total() for other in counts[1:]]
    sizes = [max(1, counts[0].total(), other.total()) for other in counts[1:]]
    return min(common / size for common, size in zip(shared, sizes, strict=True)), sum(shared)


def _score(parts: list[list[str]], *, skip: int) -> float:
    """How many tokens the copies share, or 0 if the parts are not copies of one another."""
    whole = _tokens(parts[0])
    first = [token for token in whole if token.line >= skip]
    if not first or not all(parts):
        return 0.0
    # The page's second copy is most often the first without its first line: then even a short one counts.
    if skip == 1 and all(part == parts[0][1:] for part in parts[1:]) and sum(t.key.isalnum() for t in first) >= 2:
        return float(len(first))
    light = all(_LIGHT_LINE.fullmatch(line) for part in parts[1:] for line in part if line)
    share = len(first) / len(whole)
    if not light and share < (0.0 if skip == 0 else 0.2 if skip == 1 else 0.4):
        return 0.0
    shares = [_likeness(first, _tokens(part), light=light) for part in parts[1:]]
    return sum(shares) if all(shares) else 0.0


def _likeness(first: list[_Token], second: list[_Token], *, light: bool) -> float:
    """The number of shared tokens if one text can be the other with losses, else 0.

    Losses leave gaps on one side at a time and touch lines only in part; two passages that merely share a refrain
    have different text at the same place, or whole lines that the other lacks.
    """
    pairs = _align(first, second)
    clash = 0
    last = (-1, -1)
    for left, right in [*pairs, (len(first), len(second))]:
        mine = sum(token.key.isalnum() for token in first[last[0] + 1 : left])
        clash += min(mine, sum(token.key.isalnum() for token in second[last[1] + 1 : right]))
        last = (left, right)
    small = min(len(first), len(second))
    lines = min(len({token.line for token in first}), len({token.line for token in second}))
    # Two lines of one template ("A costs 5", "B costs 6") differ in a word at the same place: no copies.
    if not pairs or clash > (0.05 * small if lines > 1 else 0) or len(pairs) * 2 < small:
        return 0.0
    words = sum(first[left].key.isalnum() for left, _ in pairs)
    if words < 4 and not light:
        return 0.0
    covered = _covered(first, {left for left, _ in pairs}), _covered(second, {right for _, right in pairs})
    cut = lines >= 3 and max(covered) > 0.95 and min(covered) > 0.2 and len(pairs) > 0.9 * small
    exact = lines >= 2 and words >= 10 and len(pairs) == small and pairs[-1][0] - pairs[0][0] == small - 1
    return float(len(pairs)) if cut or exact or min(covered) >= 0.6 else 0.0


def _covered(tokens: list[_Token], matched: set[int]) -> float:
    """The share of lines of which a good part is matched."""
    sizes = Counter(token.line for token in tokens)
    hits = Counter(tokens[index].line for index in matched)
    return sum(hits[line] * 3 >= size for line, size in sizes.items()) / len(sizes)


# --- alignment and merging -----------------------------------------------------------------------------------------


def _tokens(lines: Sequence[str]) -> list[_Token]:
    tokens: list[_Token] = []
    gap = ""
    for number, line in enumerate(lines):
        end = 0
        for match in _TOKEN.finditer(line):
            space = gap if end == 0 and gap else line[end : match.start()]
            key = unicodedata.normalize("NFKC", match[0]).casefold().translate(_SAME)
            tokens.append(_Token(match[0], space, key, number))
            end, gap = match.end(), ""
        gap = (gap + "\n")[-2:] if tokens else ""
    return tokens


def _align(left: Sequence[_Token], right: Sequence[_Token]) -> list[tuple[int, int]]:
    """Pairs of indices of the same token in both, ascending in both: equal lines first, then tokens between them."""
    mine, yours = _line_spans(left), _line_spans(right)
    pairs: list[tuple[int, int]] = []
    at = (0, 0)
    anchors = _common([key for key, _, _ in mine], [key for key, _, _ in yours])
    for i, j in [*anchors, (len(mine), len(yours))]:
        ends = (mine[i][1], yours[j][1]) if i < len(mine) and j < len(yours) else (len(left), len(right))
        keys = [t.key for t in left[at[0] : ends[0]]], [t.key for t in right[at[1] : ends[1]]]
        pairs.extend((at[0] + x, at[1] + y) for x, y in _trusted(_common(*keys), *keys))
        at = ends
        if i < len(mine) and j < len(yours):
            pairs.extend(zip(range(mine[i][1], mine[i][2]), range(yours[j][1], yours[j][2]), strict=True))
            at = mine[i][2], yours[j][2]
    return pairs


def _line_spans(tokens: Sequence[_Token]) -> list[tuple[tuple[str, ...], int, int]]:
    """(keys, start, end) of each line."""
    starts = [i for i, token in enumerate(tokens) if i == 0 or token.line != tokens[i - 1].line]
    edges = [*starts, len(tokens)]
    return [(tuple(token.key for token in tokens[start:end]), start, end) for start, end in pairwise(edges)]


def _common(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Index pairs of a longest common subsequence (Myers), or a good one where the two differ beyond measure.

    Longest matters: a copy that is wholly within the other must be found wholly, else a part would stand twice.
    """
    head = 0
    while head < min(len(left), len(right)) and left[head] == right[head]:
        head += 1
    steps = _edit_steps(left[head:], right[head:])
    pairs = [(i, i) for i in range(head)]
    if steps is None:
        blocks = SequenceMatcher(None, left[head:], right[head:], autojunk=False).get_matching_blocks()
        return pairs + [(head + a + i, head + b + i) for a, b, size in blocks for i in range(size)]
    return pairs + [(head + x, head + y) for x, y in _backtrack(steps, len(left) - head, len(right) - head)]


def _edit_steps(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[dict[int, int]] | None:
    """Myers' furthest reaching x by diagonal, for each number of edits; None past MOST_EDITS."""
    reach = {1: 0}
    steps: list[dict[int, int]] = []
    for edits in range(min(len(left) + len(right), MOST_EDITS) + 1):
        steps.append({k: reach[k] for k in range(-edits - 1, edits + 2) if k in reach})
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            while x < len(left) and x - k < len(right) and left[x] == right[x - k]:
                x += 1
            reach[k] = x
            if x >= len(left) and x - k >= len(right):
                return steps
    return None


def _backtrack(steps: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(steps) - 1, -1, -1):
        reach, k = steps[edits], x - y
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        before = k + 1 if down else k - 1
        start_x, start_y = (reach[before], reach[before] - before) if edits else (0, 0)
        while x > start_x and y > start_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = start_x, start_y
    return pairs[::-1]


def _trusted(pairs: list[tuple[int, int]], left: list[str], right: list[str]) -> list[tuple[int, int]]:
    """Pairs without the chance matches: a lone sign or word between two places where both texts go their own way."""
    runs: list[list[tuple[int, int]]] = []
    for i, j in pairs:
        if runs and runs[-1][-1] == (i - 1, j - 1):
            runs[-1].append((i, j))
        else:
            runs.append([(i, j)])
    ends = [(-1, -1), *(run[-1] for run in runs)]
    begins = [*(run[0] for run in runs[1:]), (len(left), len(right))]
    kept: list[tuple[int, int]] = []
    for run, end, begin in zip(runs, ends, begins, strict=False):
        clash_before = min(run[0][0] - end[0], run[0][1] - end[1]) > 1
        clash_after = min(begin[0] - run[-1][0], begin[1] - run[-1][1]) > 1
        words = sum(left[i].isalnum() for i, _ in run)
        if not (clash_before and clash_after and words < 2):
            kept.extend(run)
    return kept


@dataclass(frozen=True, slots=True)
class _Place:
    """A token of the merged text with its index in either copy (None where that copy lost it)."""

    token: _Token
    left: int | None
    right: int | None


def _merge(left: list[_Token], right: list[_Token]) -> list[_Token]:
    """The union of two copies in order, with the more natural of their spacings."""
    places: list[_Place] = []
    i = j = 0
    for x, y in [*_align(left, right), (len(left), len(right))]:
        mine = [_Place(left[n], n, None) for n in range(i, x)]
        yours = [_Place(right[n], None, n) for n in range(j, y)]
        places.extend(_side_by_side(mine, yours))
        if x < len(left) and y < len(right):
            places.append(_Place(left[x], x, y))
        i, j = x + 1, y + 1
    merged: list[_Token] = []
    line = 0
    for index, place in enumerate(places):
        space = _space(places[index - 1], place, left, right) if index else ""
        line += "\n" in space
        merged.append(_Token(place.token.text, space, place.token.key, line))
    return merged


def _side_by_side(mine: list[_Place], yours: list[_Place]) -> list[_Place]:
    """Both copies' own text at one place; of two variants of a mere sign only one."""
    if not mine or not yours:
        return mine or yours
    if not any(place.token.key.isalnum() for place in [*mine, *yours]):
        return mine if len(mine) >= len(yours) else yours
    if "\n" in mine[0].token.space and "\n" not in yours[0].token.space:
        return yours + mine
    return mine + yours


def _space(before: _Place, after: _Place, left: list[_Token], right: list[_Token]) -> str:
    """The whitespace between two neighbours of the merged text."""
    u, v = before.token.text, after.token.text
    in_left = _adjacent(before.left, after.left, left)
    in_right = _adjacent(before.right, after.right, right)
    if in_left is not None and in_right is not None:
        return _agreed(u, v, in_left, in_right)
    around = [left[n].space for n in _around(before.left, after.left, len(left))]
    around += [right[n].space for n in _around(before.right, after.right, len(right))]
    own = in_left if in_left is not None else in_right
    if own is None:
        own = max([after.token.space, *around], key=lambda space: (space.count("\n"), len(space)))
        own = own or (" " if u[-1].isalnum() and v[0].isalnum() else "")
        return _joined(u, v) if "\n" in own and _torn(u, v) else own
    others = [space for space in around if space is not None]
    if "\n" in own:
        same_line = bool(others) and not any("\n" in space for space in others)
        return _joined(u, v) if _torn(u, v) or same_line else own
    if not own and u in ".!?…" and v[0].isupper() and any("\n" in space for space in others):
        return "\n"
    return own


def _adjacent(before: int | None, after: int | None, tokens: list[_Token]) -> str | None:
    return tokens[after].space if before is not None and after is not None and after == before + 1 else None


def _around(before: int | None, after: int | None, size: int) -> list[int]:
    """Where the copy that lost one of two neighbours breaks: after the first, or before the second."""
    if before is not None and after is not None:
        return [] if after == before + 1 else [before + 1, after]
    if before is not None:
        return [before + 1] if before + 1 < size else []
    return [after] if after else []


def _agreed(u: str, v: str, mine: str, yours: str) -> str:
    """One of two spacings of the same neighbours; the page breaks lines within a sentence, or glues two lines."""
    if ("\n" in mine) == ("\n" in yours):
        return mine if mine.strip("\n") or mine.count("\n") >= yours.count("\n") else yours
    broken, other = (mine, yours) if "\n" in mine else (yours, mine)
    if _torn(u, v):
        return other or _joined(u, v) if v[0].isalnum() and u[-1].isalnum() else other
    mid_sentence = u[-1].isalnum() and v[0].isalnum()
    return other if other and mid_sentence else broken


def _torn(u: str, v: str) -> bool:
    """Whether a line break between two tokens can only be the page's."""
    return u in _OPENERS or v in _CLOSERS or (v[0].islower() and u not in _ENDS and (u[-1].isalnum() or u in ",-–—"))


def _joined(u: str, v: str) -> str:
    return "" if u in _OPENERS or v in _CLOSERS else " "


def _render(tokens: Sequence[_Token]) -> str:
    return "".join(token.space + token.text for token in tokens).strip()
