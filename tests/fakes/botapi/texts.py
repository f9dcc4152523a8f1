"""A text or a caption of a call, on its way to what a message holds. Addresses and hashtags in it, which Telegram would mark, are left."""

from typing import Any

from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.entities import given, shaped, units
from tests.fakes.botapi.errors import bad_request
from tests.fakes.botapi.limits import CAPTION_UNITS, ENTITIES, ENTITY_BYTES, TEXT_BYTES, TEXT_UNITS
from tests.fakes.botapi.parsing import CannotParse, parse_html
from tests.fakes.botapi.world import World

Json = dict[str, Any]
Words = tuple[str, tuple[Json, ...]]


def text_of(world: World, call: Call) -> Words:
    """The text of a message, which must not be empty."""
    if not call.text("text"):
        raise bad_request("message text is empty")
    return _words(world, call, "text", "entities", most=TEXT_UNITS, refusal="message is too long")


def words_of(world: World, call: Call) -> Words:
    """The text of a message that somebody sends by tapping a result."""
    if not call.text("message_text"):
        raise bad_request("message text is empty")
    return _words(world, call, "message_text", "entities", most=TEXT_UNITS, refusal="MESSAGE_TOO_LONG")


def caption_of(world: World, call: Call) -> Words:
    """A caption, which may be empty."""
    most, refusal = CAPTION_UNITS, "message caption is too long"
    return _words(world, call, "caption", "caption_entities", most=most, refusal=refusal, may_be_empty=True)


def draft_of(world: World, call: Call) -> Words:
    """The text of a draft; an empty one shows that the bot is thinking."""
    if not call.text("text"):
        return "", ()
    return _words(world, call, "text", "entities", most=TEXT_UNITS, refusal="message is too long")


def _words(
    world: World, call: Call, name: str, drawn: str, *, most: int, refusal: str, may_be_empty: bool = False
) -> Words:
    source, mode = call.text(name), call.text("parse_mode").lower()
    if len(source.encode("utf-8", "replace")) > TEXT_BYTES:
        raise bad_request("text is too long")
    if source and mode not in {"", "none"}:
        source, entities = _parsed(world, source, mode)
    else:
        entities = given(call.params.get(drawn) or ())
    text, entities = shaped(source, entities, may_be_empty=may_be_empty)
    if units(text) > most:
        raise bad_request(refusal)
    return text, _kept(world, call, entities)


def _parsed(world: World, source: str, mode: str) -> tuple[str, list[Json]]:
    if mode in {"markdown", "markdownv2"}:
        world.complain(f"parse_mode {mode}: this fake reads HTML alone")
        raise bad_request("can't parse entities: this fake reads HTML alone")
    if mode != "html":
        raise bad_request("unsupported parse_mode")
    try:
        return parse_html(source)
    except CannotParse as problem:
        raise bad_request(f"can't parse entities: {problem}") from None


def _kept(world: World, call: Call, entities: list[Json]) -> tuple[Json, ...]:
    """At most a hundred entities, and mentions of people that the bot has met."""
    if len(entities) > ENTITIES:
        world.complain(
            f"{call.method}: {len(entities)} entities, of which Telegram drops all after the first {ENTITIES}"
        )
        entities = entities[:ENTITIES]
    kept = []
    weight = 0
    for entity in entities:
        weight += 12 + len(entity.get("url", ""))
        if entity["type"] == "text_mention":
            user_id = entity.pop("user_id", None) or entity["user"]["id"]
            if user_id not in world.accounts:
                continue  # nobody whom the bot has met: plain text
            entity["user"] = world.accounts[user_id].wire()
        kept.append(entity)
    if weight > ENTITY_BYTES:
        raise bad_request("ENTITIES_TOO_LONG")
    return tuple(kept)
