"""A call as it arrives: its parameters from a form, JSON or the query. What aiogram says of them is the business of `models`."""

import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.botapi.errors import bad_request

Json = dict[str, Any]

#: The parameters that are objects or arrays, and in a form JSON; no method has another of these names.
STRUCTURED = frozenset(
    "entities caption_entities reply_markup reply_parameters link_preview_options allowed_updates commands scope "
    "suggested_post_parameters ephemeral_message_parameters rich_message results button".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a multipart form."""

    name: str
    mime: str
    data: bytes


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of a method (its name in small letters) with its parameters decoded."""

    method: str
    params: Json
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.params.get(name)
        return "" if value is None else str(value)

    def number(self, name: str, default: int | None = None) -> int | None:
        """A whole number; as the Bot API reads it, which takes what is none for one that is missing."""
        value = self.params.get(name)
        try:
            return default if value is None else int(value)
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        return str(self.params.get(name, "")).lower() in {"true", "yes", "1"}

    @property
    def chat(self) -> int | None:
        """The chat it is about, if that is given by number: what faults go by."""
        return self.number("chat_id")

    def upload(self, name: str) -> Upload | str | None:
        """A file that came along, or what stands in its place: the id of a stored one, or an address."""
        value = self.params.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.uploads.get(value.removeprefix("attach://"))
        return self.uploads.get(name) or (str(value) if value else None)


# Reading.


async def read(request: web.BaseRequest, method: str) -> Call:
    """The call in a request to /bot<token>/<method>."""
    params: Json = dict(request.query) if request.query_string else {}
    uploads: dict[str, Upload] = {}
    if request.content_type.startswith("multipart/"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                with value.file as opened:
                    uploads[name] = Upload(name=value.filename, mime=value.content_type, data=opened.read())
            else:
                params[name] = value
    elif request.content_type == "application/json":
        params |= _object(await request.read())
    else:
        params |= _form(await request.read())
    return decoded(method, params, uploads)


def _form(body: bytes) -> Json:
    """The fields of a form."""
    fields = (field.partition(b"=") for field in body.replace(b"+", b" ").split(b"&"))
    return {_unquoted(name): _unquoted(value) for name, _, value in fields if name}


def _unquoted(text: bytes) -> str:
    # Half of a Russian form is percent signs. Quoted-printable is the same with another sign, and is read in C.
    return binascii.a2b_qp(text.replace(b"=", b"=3D").replace(b"%", b"=")).decode("utf-8", "replace")


def _object(body: bytes) -> Json:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise bad_request("can't parse request JSON")
    return found


def decoded(method: str, params: Json, uploads: dict[str, Upload] | None = None) -> Call:
    """The call with those parameters decoded that a form carries as JSON."""
    for name in STRUCTURED & params.keys():
        value = params[name]
        if isinstance(value, str):
            try:
                params[name] = json.loads(value) if value else None
            except ValueError:
                raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
    return Call(method=method, params=params, uploads=uploads or {})
