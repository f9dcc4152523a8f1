"""What Telegram makes of a text with entities: control characters and outer spaces go, entities move, merge, split or vanish. Pure."""

import bisect
import re
from collections.abc import Iterable, Sequence
from typing import Any

from tests.fakes.botapi.errors import Refused, bad_request
from tests.fakes.botapi.links import InvalidLink, checked, mentioned_user

Json = dict[str, Any]

SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
PRE = frozenset({"pre", "code"})
CONTINUOUS = frozenset({"text_link", "text_mention", "custom_emoji", "date_time"})
#: What Telegram finds by itself in a text: bots may send such entities, and they are passed over.
FOUND = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"},
)
_PRIORITIES = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
_REMOVED = re.compile("[\r\u2028-\u202e\u030a\u0333\u033f]")
_TO_SPACES = {code: " " for code in range(33) if code not in {10, 13}}
_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def units(text: str) -> int:
    """Length in UTF-16 code units, which is how Telegram counts."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise bad_request("Strings must be encoded in UTF-8") from None


def given(entities: Iterable[Json]) -> list[Json]:
    """Entities as a bot has sent them, with their links checked, without those that Telegram finds by itself."""
    taken = []
    for entity in entities:
        kind = entity.get("type")
        if kind in FOUND:
            continue
        if kind not in _PRIORITIES and kind != "date_time":
            raise bad_request("Can't parse MessageEntity: Unsupported type specified")
        if not (0 <= entity["offset"] <= 1_000_000 and 0 <= entity["length"] <= 1_000_000):
            wrong = "offset" if not 0 <= entity["offset"] <= 1_000_000 else "length"
            raise bad_request(f"Receive an entity with incorrect {wrong} {entity[wrong]}")
        taken.append(_with_link(entity) if kind == "text_link" else entity)
    return taken


def _with_link(entity: Json) -> Json:
    user = mentioned_user(entity["url"])
    if user is not None:
        return {"type": "text_mention", "offset": entity["offset"], "length": entity["length"], "user_id": user}
    try:
        return entity | {"url": checked(entity["url"])}
    except InvalidLink as problem:
        raise bad_request(f"Entity {problem}") from None


def shaped(text: str, entities: Sequence[Json], *, may_be_empty: bool = False) -> tuple[str, list[Json]]:
    """The text and its entities as they are kept. Entities outside of the text or within a character are refused."""
    kept = fixed(entity for entity in entities if entity["length"] > 0) if entities else []
    _check_places(text, kept)
    if _REMOVED.search(text):
        text, kept = _without_removed(text, kept)
    if _CONTROL.search(text):
        text = text.translate(_TO_SPACES)
    bare = text.rstrip(" \n")
    if not bare:
        if may_be_empty:
            return "", []
        raise bad_request("Text must be non-empty")
    return _trimmed(bare, kept)


def _trimmed(bare: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without the spaces before; those within the first entity stay. Nothing of an entity lies behind the text."""
    leading = len(bare) - len(bare.lstrip(" \n"))
    if not entities:
        return bare[leading:], []
    end = units(bare)
    kept = [entity for entity in entities if entity["offset"] < end]
    leading = min([leading, *(entity["offset"] for entity in kept)])
    was_cut = False
    for entity in kept:
        room = end - entity["offset"]
        if entity["length"] > room:
            entity["length"], was_cut = room, True
        entity["offset"] -= leading
    return bare[leading:], sorted(kept, key=_order) if was_cut else kept


def _check_places(text: str, entities: list[Json]) -> None:
    size = units(text)
    if not entities:
        return
    middles = _middles(text) if len(text) != size else frozenset()
    for entity in entities:
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        if begin > size:
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {begin}")
        if end > size:
            place = f"at UTF-16 offset {end}"
            raise bad_request(f"Entity beginning at UTF-16 offset {begin} ends after the end of the text {place}")
        if begin in middles:
            raise _in_the_middle("Entity begins", text, begin)
        if end in middles:
            raise _in_the_middle(f"Entity beginning at UTF-16 offset {begin} ends", text, end)


def _in_the_middle(what: str, text: str, offset: int) -> Refused:
    encoded = text.encode("utf-16-le")[: 2 * (offset + 1)].decode("utf-16-le")
    return bad_request(f"{what} in a middle of a UTF-16 symbol at byte offset {len(encoded.encode())}")


def _middles(text: str) -> frozenset[int]:
    """The offsets that lie within a character of two units."""
    return frozenset(found.start() + before + 1 for before, found in enumerate(_ASTRAL.finditer(text)))


def _without_removed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without the characters that Telegram throws away; entities move along."""
    gone = [units(text[: found.start()]) for found in _REMOVED.finditer(text)]
    for entity in entities:
        before = bisect.bisect_left(gone, entity["offset"])
        until = bisect.bisect_left(gone, entity["offset"] + entity["length"])
        entity["offset"] -= before
        entity["length"] -= until - before
    return _REMOVED.sub("", text), fixed(entity for entity in entities if entity["length"] > 0)


# How entities may overlap.


def _order(entity: Json) -> tuple[int, int, int]:
    return entity["offset"], -entity["length"], _PRIORITIES.get(entity["type"], 50)


def _end(entity: Json) -> int:
    return int(entity["offset"] + entity["length"])


def fixed(entities: Iterable[Json]) -> list[Json]:
    """Sorted, and without forbidden overlaps: links do not nest, code holds nothing, bold is split where a link begins."""
    ordered = sorted((dict(entity) for entity in entities), key=_order)
    if _valid(ordered):
        return ordered
    splittable = [entity for entity in ordered if entity["type"] in SPLITTABLE]
    quotes = _apart([entity for entity in ordered if entity["type"] in QUOTES])
    others = _apart([entity for entity in ordered if entity["type"] in CONTINUOUS or entity["type"] in PRE])
    others = [entity for entity in others if not any(_cuts(quote, entity) for quote in quotes)]
    frame = sorted([*others, *quotes], key=_order)
    return sorted([*frame, *_split(splittable, frame)], key=_order)


def _valid(entities: Sequence[Json]) -> bool:
    """Whether sorted entities may stay as they are, by Telegram's own shortcut."""
    ends = dict.fromkeys(SPLITTABLE, -1)
    around: list[Json] = []
    for entity in entities:
        kind = entity["type"]
        while around and entity["offset"] >= _end(around[-1]):
            around.pop()
        if around and not _may_nest(entity, around):
            return False
        if kind in ends:
            if ends[kind] >= entity["offset"]:
                return False
            ends[kind] = _end(entity)
        around.append(entity)
    return True


def _may_nest(entity: Json, around: Sequence[Json]) -> bool:
    """Whether this entity may lie within those around it, the innermost last."""
    kind, outer = entity["type"], {one["type"] for one in around}
    if _end(entity) > _end(around[-1]) or kind in outer or outer & PRE or outer & set(SPLITTABLE):
        return False
    if kind in PRE and outer - QUOTES:
        return False
    if kind not in SPLITTABLE and kind not in PRE and outer & CONTINUOUS:
        return False
    return not (kind in QUOTES and outer & QUOTES)


def _apart(entities: list[Json]) -> list[Json]:
    """The first of any that touch the same characters."""
    kept: list[Json] = []
    for entity in entities:
        if not kept or entity["offset"] >= _end(kept[-1]):
            kept.append(entity)
    return kept


def _cuts(quote: Json, entity: Json) -> bool:
    """Whether a quote overlaps an entity without holding it."""
    if _end(quote) <= entity["offset"] or _end(entity) <= quote["offset"]:
        return False
    return bool(_end(quote) < _end(entity) or entity["offset"] < quote["offset"])


def _split(splittable: list[Json], frame: list[Json]) -> list[Json]:
    """Bold and its like: joined where they touch, cut at the edges of the frame, gone within code."""
    edges = sorted({entity["offset"] for entity in frame} | {_end(entity) for entity in frame})
    code = [(entity["offset"], _end(entity)) for entity in frame if entity["type"] in PRE]
    pieces: list[Json] = []
    joined = {kind: _joined(entity for entity in splittable if entity["type"] == kind) for kind in SPLITTABLE}
    starts = {begin for stretches in joined.values() for begin, _ in stretches}
    for kind, stretches in joined.items():
        for begin, end in stretches:
            # Telegram cuts at the edges of the frame, and where another of the splittable begins.
            cuts = sorted({cut for cut in (*edges, *starts) if begin < cut < end})
            for left, right in zip([begin, *cuts], [*cuts, end], strict=True):
                if not any(low <= left and right <= high for low, high in code):
                    pieces.append({"type": kind, "offset": left, "length": right - left})
    return pieces


def _joined(entities: Iterable[Json]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    for entity in entities:
        begin, end = entity["offset"], _end(entity)
        if stretches and begin <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((begin, end))
    return stretches


# What people write.

_DETECTED = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,:;!?()'\]])"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/<>])(?P<bot_command>/\w{1,64}(?:@\w{3,32})?)(?![\w/<>])"
    r"|(?<!\w)(?P<mention>@[A-Za-z0-9_]{4,32})(?!\w)"
    r"|(?<!\w)(?P<hashtag>\#\w*[^\W\d_]\w*)"
    r"|(?<![\w/@.])(?P<bare>(?:[A-Za-z0-9-]+\.)+(?:com|org|net|dev|io|me|ru|ai|example)(?:/[^\s<>\"]*[^\s<>\".,:;!?()'])?)"
)


def detected(text: str, entities: Sequence[Json] = ()) -> list[Json]:
    """The entities of a person's message: those they have drawn, and the commands, addresses and names that stand in it."""
    drawn = fixed(entities)
    blocked = [(entity["offset"], _end(entity)) for entity in drawn if entity["type"] not in {*SPLITTABLE, *QUOTES}]
    for found in _DETECTED.finditer(text):
        kind = "url" if found.lastgroup == "bare" else found.lastgroup
        begin, length = units(text[: found.start()]), units(found[0])
        if not any(low < begin + length and begin < high for low, high in blocked):
            drawn.append({"type": kind, "offset": begin, "length": length})
    return sorted(drawn, key=_order)
