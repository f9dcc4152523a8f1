"""A digest in words: neutral blocks with every sentence's source, and from them plain text and terminal text.

Pure. Blocks hold clean text (no control characters, nothing that reverses or hides text) and only links that may be
opened; markup is the business of whoever draws them.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from bot.select import Digest, title_key
from bot.texts import Words, words
from core.types import CitedSentence, ClaimKind, StoryCard, StoryPost

#: Sources of a story that are named outright, and those beyond that a reader may unfold.
SHOWN, UNFOLDED = 4, 10
#: Sentences of a story that are shown.
SENTENCES = 3
#: Longest title, sentence and name, in UTF-16 units: a story with all of its sources stays below Telegram's 4,096.
TITLE_UNITS, SENTENCE_UNITS, NAME_UNITS = 240, 500, 60
_URL_LENGTH = 2048
_TERMINAL_WIDTH = 80


class Kind(enum.StrEnum):
    """What a stretch of text is: how it is drawn is up to the medium."""

    PLAIN = "plain"
    BOLD = "bold"
    LINK = "link"
    CITE = "cite"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one kind. `url` is safe to open, or None; `lang` is set on text in another language."""

    text: str
    kind: Kind = Kind.PLAIN
    url: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The digest's own title (level 1) or a section's (level 2)."""

    text: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence said instead of stories."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBlock:
    """A story: `title` is bold and links to its best source; each of `sources` and `further` names one source.

    `further` holds the first of the sources beyond those shown (an ellipsis ends a list that is cut), `more` says how
    many there are ("" for none), and `when` when it was posted.
    """

    id: int
    title: Span
    sentences: tuple[tuple[Span, ...], ...]
    sources: tuple[tuple[Span, ...], ...]
    further: tuple[tuple[Span, ...], ...]
    more: str
    when: str


Block = Heading | Note | StoryBlock


def render_blocks(digest: Digest, *, now: datetime, tz: ZoneInfo) -> list[Block]:
    """The digest as blocks in reading order. `now` is aware; days and hours are those of `tz`."""
    said = words(digest.lang)
    blocks: list[Block] = [Heading(text=heading(digest, now=now, tz=tz), level=1)]
    for section in digest.sections:
        if not section.cards:
            continue
        topic = clean(section.topic.title(said.lang)) if section.topic else ""
        blocks.append(Heading(text=topic or said.other, level=2))
        blocks += [_story(card, lang=digest.lang, now=now, tz=tz) for card in section.cards]
    if len(blocks) == 1:
        blocks.append(Note(text=said.empty))
    return blocks


def render_text(digest: Digest, *, now: datetime, tz: ZoneInfo, width: int | None = None) -> str:
    """Plain text for pipes and files, addresses written out, no escapes; wrapped if `width` (in cells) is given."""
    lines: list[str] = []
    for block in render_blocks(digest, now=now, tz=tz):
        for line in _layout(block, addresses=True):
            lines += ["".join(piece.text for piece in row) for row in _wrap(line, width)]
    return "\n".join(lines) + "\n"


def render_terminal(digest: Digest, *, now: datetime, tz: ZoneInfo, width: int | None = None, color: bool) -> str:
    """Text for a terminal `width` cells wide: with `color`, bold titles and hyperlinks (OSC 8), else plain."""
    width = _TERMINAL_WIDTH if width is None else width
    if not color:
        return render_text(digest, now=now, tz=tz, width=width)
    lines: list[str] = []
    for block in render_blocks(digest, now=now, tz=tz):
        for line in _layout(block, addresses=False):
            lines += ["".join(_ansi(piece) for piece in row) for row in _wrap(line, width)]
    return "\n".join(lines) + "\n"


def heading(digest: Digest, *, now: datetime, tz: ZoneInfo) -> str:
    """`Дайджест · 14–17 сентября 2026 · 12 сюжетов из 63`; an empty digest has no count."""
    said = words(digest.lang)
    shown = sum(len(section.cards) for section in digest.sections)
    count = said.count(shown, said.stories) if shown else ""
    if count and digest.considered > shown:
        count = f"{count} {said.of} {digest.considered}"
    return " · ".join(part for part in (said.digest, _window(digest, now=now, tz=tz), count) if part)


# --- clean text and safe links ---------------------------------------------------------------------------------------

_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)")
# direction marks and overrides, soft hyphen, zero-width space and byte order mark, invisible operators, annotations
_INVISIBLE = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\ufeff\ufff9\ufffa\ufffb") | frozenset(
    chr(code) for span in (range(0x202A, 0x202F), range(0x2060, 0x2070)) for code in span
)
_MARKS_IN_A_ROW = 4
_JOINERS = "\u200c\u200d\ufe0f"
_SCHEMES = frozenset({"http", "https", "tg"})


def clean(text: str) -> str:
    """One line of visible text: no controls, escapes, direction overrides, stray surrogates or piled-up marks."""
    out: list[str] = []
    marks = 0
    for char in _ESCAPES.sub("", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in {"Zl", "Zp"} or char in "\t\n\r\v\f\x85":
            out.append(" ")
        elif category in {"Cc", "Cs"} or char in _INVISIBLE or marks > _MARKS_IN_A_ROW:
            continue
        else:
            out.append(char)
    return " ".join("".join(out).split())


def safe_url(url: str | None) -> str | None:
    """The address if it is one that a reader may open (http, https or tg, with a host, nothing hidden), else None."""
    if not url or len(url) > _URL_LENGTH or clean(url) != url or any(char in " <>\"'`\\^{|}" for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in _SCHEMES and parts.netloc else None


def units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> str:
    """At most `limit` units, cut between words where there is a gap near, an ellipsis in the last place."""
    if units(text) <= limit:
        return text
    room, end = limit - 1, 0
    for char in text:
        room -= units(char)
        if room < 0:
            break
        end += 1
    gap = text.rfind(" ", end // 2, end + 1)
    return text[: gap if gap > 0 else end].rstrip(_JOINERS + " ,;:–—-") + "…"


# --- sources ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Posts with one text: the post that stands for them, and how often it is repeated."""

    lead: StoryPost
    posts: tuple[StoryPost, ...]

    @property
    def name(self) -> str:
        return clean(self.lead.origin or "") or clean(self.lead.channel)

    @property
    def forwarded(self) -> bool:
        return bool(clean(self.lead.origin or ""))

    @property
    def dump(self) -> bool:
        """Whether it stands in a text dump: only its posts have no number."""
        return self.lead.message_id is None

    @property
    def name_url(self) -> str | None:
        """Where the named source itself can be read."""
        if not self.forwarded:
            own = safe_url(self.lead.url)
            return own or _first(post.origin_url for post in self.posts if clean(post.origin or "") == self.name)
        return _first([self.lead.origin_url, *(p.origin_url for p in self.posts if clean(p.origin or "") == self.name)])

    @property
    def url(self) -> str | None:
        """Where this text can be read, the source itself first."""
        return self.name_url or _first([self.lead.url, *(url for p in self.posts for url in (p.url, p.origin_url))])


def _first(urls: Iterable[str | None]) -> str | None:
    return next((safe for url in urls if (safe := safe_url(url))), None)


def _groups(card: StoryCard) -> list[_Group]:
    """The story's posts by the text they share, in the order of their leads' times."""
    posts = sorted(card.posts, key=_by_time)
    parents = {post.id: post.copy_of for post in posts}
    addresses: dict[str, int] = {}
    for post in posts:  # a forward of a post we have is a copy of it, whether or not it is marked so
        address = safe_url(post.origin_url) if post.origin else safe_url(post.url)
        root = _root(post.id, parents)
        same = _root(addresses.setdefault(address, root), parents) if address else root
        if same != root:
            parents[root] = same
    found: dict[int, list[StoryPost]] = {}
    for post in posts:
        found.setdefault(_root(post.id, parents), []).append(post)
    return [_Group(lead=_lead(same_text), posts=tuple(same_text)) for same_text in found.values()]


def _by_time(post: StoryPost) -> tuple[datetime, int]:
    return (post.date or post.first_seen, post.id)


def _root(post_id: int, parents: dict[int, int | None]) -> int:
    seen = {post_id}
    while (parent := parents.get(post_id)) is not None and parent not in seen:
        seen.add(parent)
        post_id = parent
    return post_id


def _lead(posts: Sequence[StoryPost]) -> StoryPost:
    """Who said it first: the post that others forward, else a forward (it names its origin), else the first."""
    origins = {clean(post.origin or "") for post in posts} - {""}
    own = [post for post in posts if not post.origin and clean(post.channel) in origins]
    forwards = [post for post in posts if clean(post.origin or "")]
    firsts = [post for post in posts if post.copy_of is None]
    return next(iter(own or sorted(forwards, key=lambda post: post.copy_of is not None) or firsts or posts))


class _Ref(NamedTuple):
    """A group of a source with its number among those a story shows; 0 for one that is not cited by a number."""

    group: _Group
    number: int


def _sources(card: StoryCard) -> list[list[_Group]]:
    """The groups by who said them, each source once: the cited first, then the title's, then by time."""
    wanted = [post for sentence in card.sentences[:SENTENCES] for post in sentence.post_ids] + [card.title_post]
    groups = _groups(card)
    groups.sort(key=lambda group: min((wanted.index(p.id) for p in group.posts if p.id in wanted), default=len(wanted)))
    by_name: dict[str, list[_Group]] = {}
    for group in groups:
        by_name.setdefault(group.name.casefold(), []).append(group)
    return list(by_name.values())


def _numbered(sources: Sequence[Sequence[_Group]], cited: set[int]) -> list[list[_Ref]]:
    """Every source with its first group, and with those others that a sentence cites; numbered in order."""
    kept = [[g for i, g in enumerate(groups) if i == 0 or cited & {p.id for p in g.posts}] for groups in sources]
    if sum(map(len, kept)) == 1:
        return [[_Ref(group, 0) for group in groups] for groups in kept]
    numbers = iter(range(1, len(kept) * (SENTENCES + 1) + 1))
    return [[_Ref(group, next(numbers)) for group in groups] for groups in kept]


# --- stories ---------------------------------------------------------------------------------------------------------


def _story(card: StoryCard, *, lang: str, now: datetime, tz: tzinfo) -> StoryBlock:
    said = words(lang)
    title = cut(clean(card.title), TITLE_UNITS)
    sources = _sources(card)
    shown = [sentence for sentence in card.sentences[:SENTENCES] if title_key(clean(sentence.text)) != title_key(title)]
    refs = _numbered(sources, {post for sentence in shown for post in sentence.post_ids})
    lines = [_source(ref, hidden=len(groups) - len(ref), said=said) for ref, groups in zip(refs, sources, strict=True)]
    best = next((g.url for gs in sources for g in gs if card.title_post in {p.id for p in g.posts}), None)
    best = best or _first(group.url for groups in sources for group in groups)
    rest = lines[SHOWN:]
    return StoryBlock(
        id=card.id,
        title=Span(title or said.untitled, Kind.BOLD, best),
        sentences=tuple(_sentences(shown, refs, card.lang, said)),
        sources=tuple(lines[:SHOWN]),
        further=(*rest[:UNFOLDED], *([(Span("…"),)] if len(rest) > UNFOLDED else [])),
        more=said.and_more(len(rest), said.sources) if rest else "",
        when=_when(card, said=said, now=now, tz=tz),
    )


def _sentences(
    shown: Sequence[CitedSentence], refs: Sequence[Sequence[_Ref]], card_lang: str, said: Words
) -> Iterator[tuple[Span, ...]]:
    """The sentences with their citations. Before those that one source alone says stands who says it, once in a row."""
    speakers: list[str] = []
    was_new = False
    for sentence in shown:
        spans = _sentence(sentence, refs, card_lang, said.lang)
        if not spans:
            continue
        lead = [Span(f"{said.update}. ", Kind.BOLD)] if sentence.is_new and not was_new else []
        named = _speakers(sentence, refs)
        if named and (named != speakers or lead):
            lead.append(Span(f"{said.say(named)}: "))
        speakers, was_new = named, sentence.is_new
        yield (*lead, *spans)


def _speakers(sentence: CitedSentence, refs: Sequence[Sequence[_Ref]]) -> list[str]:
    """Who has to be named with the sentence: those who say it, unless independent sources agree, or it is their own."""
    if sentence.kind in {None, ClaimKind.AGREED}:
        return []
    names = (ref.group.name for ref in _cited(sentence, refs))
    return [cut(name, NAME_UNITS) for name in dict.fromkeys(names) if name]


def _cited(sentence: CitedSentence, refs: Sequence[Sequence[_Ref]]) -> list[_Ref]:
    """The groups that a sentence cites, in the order of their numbers."""
    wanted = set(sentence.post_ids)
    return [ref for source in refs for ref in source if wanted & {post.id for post in ref.group.posts}]


def _sentence(sentence: CitedSentence, refs: Sequence[Sequence[_Ref]], card_lang: str, lang: str) -> tuple[Span, ...]:
    text = cut(clean(sentence.text), SENTENCE_UNITS)
    if not text:
        return ()
    foreign = _foreign(text, sentence.lang or card_lang, lang)
    spans = [Span(text, lang=foreign)]
    if foreign:
        spans += [Span(" "), Span(f"({foreign})", Kind.MARK)]
    for group, number in _cited(sentence, refs):
        if number:
            post = next(post for post in group.posts if post.id in sentence.post_ids)
            url = group.url if post is group.lead else _first([post.url, post.origin_url, group.url])
            spans += [Span("\u00a0"), Span(f"[{number}]", Kind.CITE, url)]
    return tuple(spans)


def _source(refs: Sequence[_Ref], *, hidden: int, said: Words) -> tuple[Span, ...]:
    """`[1] Имя ← переслано в Имя, и ещё 2 копии, [2] ещё пост`; a name is a link where one can open.

    A dump is named as the file that it is, not as a channel: `Имя, из файла Имя`.
    """
    first, number = refs[0]
    spans = [Span(f"[{number}]", Kind.CITE), Span("\u00a0")] if number else []
    if first.dump and not first.forwarded:
        spans.append(Span(f"{said.from_file} "))
    spans.append(_name(first.name, first.name_url, said))
    if first.forwarded:
        spans.append(Span(f", {said.from_file} " if first.dump else f" ← {said.forwarded} "))
        spans.append(_name(clean(first.lead.channel), safe_url(first.lead.url), said))
    spans += _copies(first, alone=not number and not first.forwarded, said=said)
    for group, other in refs[1:]:
        spans += [Span(", "), Span(f"[{other}]", Kind.CITE), Span("\u00a0"), _link(said.another_post, group.url)]
    if hidden:
        spans.append(Span(f", {said.and_more(hidden, said.posts)}"))
    return tuple(spans)


def _copies(group: _Group, *, alone: bool, said: Words) -> list[Span]:
    """How often it was repeated; a link to a copy where the source itself cannot be opened."""
    repeats = len(group.posts) - 1
    if not repeats:
        return []
    unreachable = group.name_url is None and safe_url(group.lead.url) is None
    count = said.count(repeats, said.copies) if alone else said.and_more(repeats, said.copies)
    return [Span(" · " if alone else ", "), _link(count, group.url if unreachable else None)]


def _name(name: str, url: str | None, said: Words) -> Span:
    return _link(cut(name, NAME_UNITS) or said.nameless, url)


def _link(text: str, url: str | None) -> Span:
    return Span(text, Kind.LINK, url) if url else Span(text)


# --- language --------------------------------------------------------------------------------------------------------

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LATIN_WORDS = re.compile(r"\b[a-z]{2,}\b")
_CYRILLIC_LANGS = frozenset({"ru", "uk", "be", "kk", "ky", "bg", "sr", "mk", "tg", "mn", "tt"})
_TELLING = (
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("kk", re.compile(r"[әғқңөұүһӘҒҚҢӨҰҮҺ]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ar", re.compile(r"[\u0620-\u064a]")),
    ("he", re.compile(r"[\u05d0-\u05ea]")),
    ("hi", re.compile(r"[\u0904-\u0939]")),
)


def _foreign(text: str, card_lang: str, lang: str) -> str | None:
    """The code of the sentence's language if it is another than the reader's and the text itself shows it."""
    found = _language(text, card_lang)
    return found if found and found != lang else None


def _language(text: str, card_lang: str) -> str | None:
    """By script, with the story's own language as the hint; None for names and numbers alone."""
    letters = sum(map(str.isalpha, text))
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    told = next((code for code, pattern in _TELLING if len(pattern.findall(text)) * 20 >= max(letters, 1)), None)
    if told in {"uk", "kk"}:  # languages that share these letters are known only to who read the whole post
        return card_lang if card_lang in _CYRILLIC_LANGS - {"ru"} else told
    if told and letters > 2 * (cyrillic + latin):
        return told
    if cyrillic * 4 >= letters > 0:
        return card_lang if card_lang in _CYRILLIC_LANGS else "ru"
    if latin * 2 > letters and len(_LATIN_WORDS.findall(text)) > 1:
        return "en" if card_lang in _CYRILLIC_LANGS or not re.fullmatch("[a-z]{2}", card_lang) else card_lang
    return None


# --- time ------------------------------------------------------------------------------------------------------------


def local(when: datetime, tz: tzinfo) -> datetime:
    """The moment on the reader's clock (as it is, at the ends of the calendar, where it has none)."""
    try:
        return when.astimezone(tz)
    except OverflowError:
        return when


def _when(card: StoryCard, *, said: Words, now: datetime, tz: tzinfo) -> str:
    """The hour of a story of one day, the days of a longer one, the day of import of one without a date."""
    first, last, this = local(card.first_seen, tz), local(card.last_seen, tz), local(now, tz)
    if not card.dated:
        return f"{said.undated} {said.day(first, year=first.year != this.year)}"
    days = said.days(first.date(), last.date(), year=last.year != this.year)
    return days if first.date() < last.date() else f"{days}, {first:%H:%M}"


def _window(digest: Digest, *, now: datetime, tz: tzinfo) -> str:
    """The days of the digest: its window, or, where that is open, what its dated stories span."""
    said = words(digest.lang)
    cards = [card for section in digest.sections for card in section.cards if card.dated]
    first = digest.since or min((card.first_seen for card in cards), default=None)
    until = _last_moment(digest.until, first)
    last = until or (now if digest.since else max((card.last_seen for card in cards), default=None))
    if first and last:
        return said.days(local(first, tz).date(), local(last, tz).date(), year=True)
    return f"{said.until} {said.day(local(last, tz), year=True)}" if last else ""


def _last_moment(until: datetime | None, first: datetime | None) -> datetime | None:
    """`until` is not part of the window: one that ends at midnight ends on the day before."""
    if until is None or until <= (first or datetime.min.replace(tzinfo=UTC)):
        return until
    return until - timedelta(microseconds=1)


# --- lines -----------------------------------------------------------------------------------------------------------


class _Style(enum.StrEnum):
    """How a terminal draws a piece."""

    PLAIN = ""
    BOLD = "\x1b[1m"
    DIM = "\x1b[2m"
    SECTION = "\x1b[1;36m"


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    style: _Style = _Style.PLAIN
    url: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph to be wrapped; `indent` cells before every row, `bullet` in place of the first row's."""

    pieces: tuple[_Piece, ...] = ()
    indent: int = 0
    bullet: str = ""


def _layout(block: Block, *, addresses: bool) -> Iterator[_Line]:
    """A block's paragraphs, an empty one before each but the first."""
    if isinstance(block, Heading):
        if block.level == 1:
            yield _Line((_Piece(block.text, _Style.BOLD),))
        else:
            yield from (_Line(), _Line((_Piece(block.text.upper(), _Style.SECTION),)))
    elif isinstance(block, Note):
        yield from (_Line(), _Line((_Piece(block.text),)))
    else:
        yield from _story_lines(block, addresses=addresses)


def _story_lines(block: StoryBlock, *, addresses: bool) -> Iterator[_Line]:
    yield _Line()
    yield _Line((_Piece(block.title.text, _Style.BOLD, block.title.url),), 2, "• ")
    spans = [span for sentence in block.sentences for span in (Span(" "), *sentence)][1:]
    if spans:
        yield _Line(_pieces(spans, _Style.PLAIN, addresses=False), 2)
    tail = [(Span(text),) for text in (block.more, block.when) if text]
    if addresses and len(block.sources) > 1:  # with addresses written out, one long line would be hard to read
        for source in block.sources:
            yield _Line(_pieces(source, _Style.DIM, addresses=True), 2)
        yield _Line(_pieces(_join(tail), _Style.DIM, addresses=True), 2)
    else:
        yield _Line(_pieces(_join([*block.sources, *tail]), _Style.DIM, addresses=addresses), 2)


def _join(parts: Iterable[Iterable[Span]]) -> list[Span]:
    return [span for part in parts for span in (Span(" · "), *part)][1:]


def _pieces(spans: Iterable[Span], style: _Style, *, addresses: bool) -> tuple[_Piece, ...]:
    found = []
    for span in spans:
        dim = _Style.DIM if span.kind in {Kind.CITE, Kind.MARK} else style
        address = f" ({span.url})" if addresses and span.kind is Kind.LINK else ""
        found.append(_Piece(span.text + address, dim, span.url))
    return tuple(found)


def _ansi(piece: _Piece) -> str:
    """A piece with its style, and as a hyperlink if it has an address (bytes beyond ASCII are encoded in it)."""
    text = f"{piece.style}{piece.text}\x1b[0m" if piece.style else piece.text
    if piece.url is None:
        return text
    return f"\x1b]8;;{quote(piece.url, safe=':/?#[]@!$&()*+,;=%~-._')}\x1b\\{text}\x1b]8;;\x1b\\"


def _wrap(line: _Line, width: int | None) -> Iterator[list[_Piece]]:
    """The rows of a paragraph as pieces: broken between words, and inside a word only if it is no address."""
    text = "".join(piece.text for piece in line.pieces)
    room = None if width is None else max(width - line.indent, 1)
    for index, (start, end) in enumerate(_rows(text, room)):
        lead = line.bullet if index == 0 and line.bullet else " " * line.indent
        yield ([_Piece(lead)] if lead and end > start else []) + list(_slice(line.pieces, start, end))


def _slice(pieces: Iterable[_Piece], start: int, end: int) -> Iterator[_Piece]:
    offset = 0
    for piece in pieces:
        text = piece.text[max(start - offset, 0) : max(end - offset, 0)]
        offset += len(piece.text)
        if text:
            yield _Piece(text, piece.style, piece.url)


def _rows(text: str, room: int | None) -> list[tuple[int, int]]:
    """Where the rows of `text` begin and end, each at most `room` cells but for addresses."""
    if room is None:
        return [(0, len(text))]
    rows: list[tuple[int, int]] = []
    start = end = 0
    for word in re.finditer(r"[^ ]+", text):
        if end > start and cell_len(text[start : word.end()]) > room:
            rows.append((start, end))
            end = start
        start = word.start() if end == start else start
        end = word.end()
        while cell_len(text[start:end]) > room and "://" not in word.group():
            cut = start + _fitting(text[start:end], room)
            rows.append((start, cut))
            start = cut
    return [*rows, (start, end)]


def _fitting(word: str, room: int) -> int:
    """How many characters fit into `room` cells; at least one, and no joiner or mark is parted from its base."""
    cells = count = 0
    for char in word:
        cells += cell_len(char)
        if cells > room and count:
            break
        count += 1
    while 1 < count < len(word) and (word[count] in _JOINERS or word[count - 1] == "\u200d"):
        count -= 1
    return count
