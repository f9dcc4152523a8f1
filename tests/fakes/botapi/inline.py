"""What is typed inline (`@bot words`, in any chat), and the method that answers it with results that can be sent."""

import re
from typing import Any

from tests.fakes.botapi.calls import Call
from tests.fakes.botapi.errors import bad_request
from tests.fakes.botapi.limits import INLINE_BYTES, INLINE_CHARACTERS, INLINE_RESULTS
from tests.fakes.botapi.queries import Query, Results
from tests.fakes.botapi.texts import words_of
from tests.fakes.botapi.world import World

Json = dict[str, Any]

_START = re.compile(r"[A-Za-z0-9_-]{1,64}")


def typed(world: World, who: Json, words: str, *, offset: str = "", chat_type: str = "private") -> Query[Results]:
    """Somebody has typed words after the bot's name, and waits; `offset`: they want more of what these have brought."""
    query = world.inline.ask(words[:INLINE_CHARACTERS], now=world.clock())
    asked = {"id": query.id, "from": who, "query": query.data, "offset": offset, "chat_type": chat_type}
    world.updates.push("inline_query", asked, ("inline", who["id"]))
    world.stir()
    return query


def answer_inline_query(world: World, call: Call) -> bool:
    results = call.params.get("results") or []
    if len(results) > INLINE_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    ids = [str(result.get("id") or "") for result in results]
    if not all(1 <= len(one.encode()) <= INLINE_BYTES for one in ids):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(call.text("next_offset").encode()) > INLINE_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    answer = Results(
        results=tuple(_article(world, result) for result in results),
        next_offset=call.text("next_offset"),
        button=_button(call.params.get("button")),
        cache_time=call.number("cache_time", 300) or 0,
        personal=call.flag("is_personal"),
    )
    world.inline.answer(call.text("inline_query_id"), answer, now=world.clock())
    world.stir()
    return True


def _article(world: World, result: Json) -> Json:
    """A result with the message that it would send, as that would be kept; this fake knows articles alone."""
    if result.get("type") != "article":
        world.complain(f"answerinlinequery: this fake knows no result of type {result.get('type')}")
        raise bad_request("RESULT_TYPE_INVALID")
    if not str(result.get("title") or "").strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content") or {}
    text, entities = words_of(world, Call(method="answerinlinequery", params=content))
    return result | {"input_message_content": content | {"message_text": text, "entities": list(entities)}}


def _button(button: Json | None) -> Json | None:
    if button is not None and not button.get("web_app") and not _START.fullmatch(str(button.get("start_parameter"))):
        raise bad_request("START_PARAM_INVALID")
    return button
