"""Keyboards as Telegram takes them: buttons it refuses, buttons it drops. Pure."""

import json
from typing import Any

from tests.fakes.botapi.errors import bad_request
from tests.fakes.botapi.limits import BUTTONS, CALLBACK_BYTES, MARKUP_BYTES
from tests.fakes.botapi.links import InvalidLink, checked, mentioned_user

Json = dict[str, Any]

_ACTIONS = frozenset(
    "web_app login_url switch_inline_query switch_inline_query_current_chat switch_inline_query_chosen_chat copy_text "
    "callback_game pay disabled".split()
)
#: Keyboard buttons that ask for something work in private chats alone.
_REQUESTS = frozenset("request_users request_chat request_contact request_location request_poll web_app".split())


def taken(markup: Json | None, *, chat_kind: str) -> Json | None:
    """The keyboard as it is kept: empty rows gone, links completed; None for none. What Telegram refuses is refused."""
    if not markup:
        return None
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    if chat_kind == "channel":
        raise bad_request("Inline keyboard expected")
    if "keyboard" in markup:
        rows = [[_plain(button, chat_kind) for button in row if _text(button)] for row in markup["keyboard"]]
        rows = [row for row in rows if row]
        return markup | {"keyboard": rows} if rows else None
    return markup if markup.get("remove_keyboard") or markup.get("force_reply") else None


def _text(button: Json | str) -> str:
    return button if isinstance(button, str) else button["text"]


def _plain(button: Json | str, chat_kind: str) -> Json:
    button = {"text": button} if isinstance(button, str) else button
    if chat_kind != "private" and any(button.get(name) for name in _REQUESTS):
        asked = next(name for name in _REQUESTS if button.get(name))
        word = {"request_contact": "phone number can be requested", "request_location": "location can be requested"}
        raise bad_request(f"{word.get(asked, 'such a button can be used')} in private chats only")
    return button


def _inline(rows: list[list[Json]]) -> Json | None:
    kept = [[_button(button) for button in row if button.get("text")] for row in rows]
    kept = [row for row in kept if row]
    if not kept:
        return None
    # These are the server's checks, and their order is its own.
    size = len(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())
    if sum(map(len, kept)) > BUTTONS or size > MARKUP_BYTES:
        raise bad_request("reply markup is too long")
    if any(len(button.get("callback_data", "").encode()) > CALLBACK_BYTES for row in kept for button in row):
        raise bad_request("BUTTON_DATA_INVALID")
    return {"inline_keyboard": kept}


def _button(button: Json) -> Json:
    if button.get("url"):
        if mentioned_user(button["url"]) is not None:
            return button
        try:
            return button | {"url": checked(button["url"])}
        except InvalidLink as problem:
            raise bad_request(f"Inline keyboard button {problem}") from None
    if button.get("callback_data") or _ACTIONS & button.keys():
        return button
    # With callback_data "" there is no action either: Telegram does not tell the two apart.
    reason = "Text buttons are unallowed in the inline keyboard"
    raise bad_request(f"Can't parse inline keyboard button: {reason}")


def buttons(markup: Json | None) -> list[Json]:
    """All buttons of an inline or a reply keyboard, row after row."""
    rows: list[list[Json]] = (markup or {}).get("inline_keyboard") or (markup or {}).get("keyboard") or []
    return [button for row in rows for button in row]
