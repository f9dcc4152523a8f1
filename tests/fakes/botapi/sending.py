"""The methods that put something into a chat: messages, documents, photos, drafts, copies, forwards; and the chat action."""

from typing import Any

from tests.fakes.botapi.calls import Call, Upload
from tests.fakes.botapi.chats import Chat, Draft
from tests.fakes.botapi.errors import Refused, bad_request
from tests.fakes.botapi.limits import UPLOAD_BYTES
from tests.fakes.botapi.markup import taken
from tests.fakes.botapi.messages import Message, StoredFile
from tests.fakes.botapi.people import origin, photo_content
from tests.fakes.botapi.texts import caption_of, draft_of, text_of
from tests.fakes.botapi.world import World

Json = dict[str, Any]

ACTIONS = frozenset(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location "
    "record_video_note upload_video_note cancel".split()
)
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8")


def send_message(world: World, call: Call) -> Json:
    text, entities = text_of(world, call)
    chat, fields = _target(world, call)
    preview = call.params.get("link_preview_options")
    content = {"link_preview_options": preview} if preview else {}
    return _send(world, chat, **fields, text=text, entities=entities, content=content)


def send_document(world: World, call: Call) -> Json:
    file = _file(world, call, "document")
    caption, entities = caption_of(world, call)
    chat, fields = _target(world, call)
    content = {"document": file.wire() | {"file_name": file.name, "mime_type": file.mime}}
    return _send(world, chat, **fields, caption=caption or None, entities=entities, content=content, file=file)


def send_photo(world: World, call: Call) -> Json:
    file = _file(world, call, "photo")
    if not file.data.startswith(_IMAGES):
        raise bad_request("IMAGE_PROCESS_FAILED")
    caption, entities = caption_of(world, call)
    chat, fields = _target(world, call)
    content = photo_content(file)
    return _send(world, chat, **fields, caption=caption or None, entities=entities, content=content, file=file)


def send_message_draft(world: World, call: Call) -> bool:
    text, entities = draft_of(world, call)
    chat = world.chat(call.params.get("chat_id"), write=True)
    draft_id = call.number("draft_id", 0)
    if not draft_id:
        raise bad_request("RANDOM_ID_EMPTY")
    if chat.kind != "private":
        raise bad_request("PEER_ID_INVALID")
    thread = call.number("message_thread_id")
    chat.topic(thread, world.bot)
    world.count_against_flood(chat)
    chat.drafts.append(Draft(id=draft_id, text=text, entities=entities, thread=thread))
    world.stir()
    return True


def send_chat_action(world: World, call: Call) -> bool:
    action = call.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = world.chat(call.params.get("chat_id"), write=True)
    chat.actions.append(action)
    world.stir()
    return True


def forward_message(world: World, call: Call) -> Json:
    message = _original(world, call, "message to forward")
    chat, fields = _target(world, call)
    content = {name: value for name, value in message.content.items() if name != "media_group_id"}
    kept = {"text": message.text, "caption": message.caption, "entities": message.entities, "file": message.file}
    came = message.origin or origin(world, message)
    return _send(world, chat, **(fields | {"markup": None}), **kept, content=content, origin=came)


def copy_message(world: World, call: Call) -> Json:
    message = _original(world, call, "message to copy")
    chat, fields = _target(world, call)
    hidden = {"media_group_id", "author_signature"}
    kept: Json = {
        "text": message.text,
        "caption": message.caption,
        "entities": message.entities,
        "file": message.file,
        "content": {name: value for name, value in message.content.items() if name not in hidden},
    }
    if call.params.get("caption") is not None and message.text is None:
        kept["caption"], kept["entities"] = caption_of(world, call)
    return {"message_id": _send(world, chat, **fields, **kept)["message_id"]}


def _original(world: World, call: Call, what: str) -> Message:
    source = world.chat(call.params.get("from_chat_id"))
    message = source.messages.get(call.number("message_id") or 0)
    if message is None:
        raise bad_request(f"{what} not found")
    return message


def _target(world: World, call: Call) -> tuple[Chat, Json]:
    """The chat to write to, and what surrounds a message there: keyboard, thread, what it answers."""
    chat = world.chat(call.params.get("chat_id"), write=True)
    markup = taken(call.params.get("reply_markup"), chat_kind=chat.kind)
    topic = chat.topic(call.number("message_thread_id"), world.bot)
    fields: Json = {"markup": markup, "silent": call.flag("disable_notification")}
    if topic is not None or call.params.get("reply_parameters") or call.params.get("reply_to_message_id"):
        fields |= chat.place(topic, _answered(chat, call))
    return chat, fields


def _answered(chat: Chat, call: Call) -> Message | None:
    """The message that the new one answers."""
    reply = call.params.get("reply_parameters") or {
        "message_id": call.number("reply_to_message_id", 0),
        "allow_sending_without_reply": call.flag("allow_sending_without_reply"),
    }
    wanted = int(reply.get("message_id") or 0)
    message = chat.messages.get(wanted)
    if message is None and wanted and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def _send(world: World, chat: Chat, **fields: Any) -> Json:
    world.count_against_flood(chat)
    sender = None if chat.kind == "channel" else world.bot
    message = world.compose(chat, sender, by_bot=True, **fields)
    return chat.show(world.deliver(chat, message))


def _file(world: World, call: Call, name: str) -> StoredFile:
    given = call.upload(name)
    if isinstance(given, Upload):
        if len(given.data) > UPLOAD_BYTES:
            raise Refused(413, "Request Entity Too Large")
        if not given.data:
            raise bad_request("file must be non-empty")
        return world.store(given.data, given.name, given.mime, is_photo=name == "photo")
    if given is None:
        raise bad_request(f"there is no {name} in the request")
    if given in world.files:
        return world.files[given]
    if "://" in given:
        world.complain(f"{call.method}: {given} is elsewhere, and this fake fetches nothing")
        raise bad_request("failed to get HTTP URL content")
    raise bad_request("wrong file identifier/HTTP URL specified")
