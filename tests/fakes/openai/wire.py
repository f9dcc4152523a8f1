"""HTTP/1.1 as far as a client of an endpoint needs it: requests with a length or in chunks, connections that are kept."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from tests.fakes.openai.faults import Response


class BadRequest(Exception):
    """What comes is not HTTP/1.1, or too much of it."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A request; its path is without the query, names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def keep_alive(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


async def read(reader: asyncio.StreamReader) -> Incoming | None:
    """The next request of a connection; None if there is no more."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, target, _ = first.split(" ")
        body = await _body(reader, headers)
    except asyncio.IncompleteReadError:
        return None
    except (ValueError, asyncio.LimitOverrunError) as error:
        raise BadRequest from error
    return Incoming(method=method, path=target.partition("?")[0], headers=headers, body=body)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    chunks = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        chunks.append((await reader.readexactly(size + 2))[:-2])
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return b"".join(chunks)


def _encoded(response: Response) -> bytes:
    phrase = HTTPStatus(response.status).phrase
    headers = {**response.headers, "Content-Length": str(len(response.body))}
    lines = [f"HTTP/1.1 {response.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


async def write(writer: asyncio.StreamWriter, response: Response) -> None:
    writer.write(_encoded(response))
    await writer.drain()


async def begin(writer: asyncio.StreamWriter, headers: dict[str, str]) -> None:
    """Writes the head of an answer whose body comes in chunks."""
    lines = [f"{name}: {value}" for name, value in {**headers, "Transfer-Encoding": "chunked"}.items()]
    writer.write("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1"))
    await writer.drain()


async def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Writes a chunk of a body; an empty one is its end."""
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))
    await writer.drain()


async def trickle(writer: asyncio.StreamWriter, response: Response, seconds: float) -> None:
    """Writes the head at once, and a byte of the body each so many seconds."""
    encoded = _encoded(response)
    head = len(encoded) - len(response.body)
    writer.write(encoded[:head])
    for at in range(head, len(encoded)):
        writer.write(encoded[at : at + 1])
        await writer.drain()
        await asyncio.sleep(seconds)


async def cut(writer: asyncio.StreamWriter, response: Response) -> None:
    """Writes the first half and breaks the connection off."""
    encoded = _encoded(response)
    writer.write(encoded[: len(encoded) - len(response.body) // 2])
    await writer.drain()
    # Half an answer, not none: the bytes leave before the connection does.
    writer.close()
    await writer.wait_closed()
