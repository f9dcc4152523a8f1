"""A Bot API that takes every message and does nothing with it, in a process of its own: `python -m cli.bench_echo` prints
its address. It costs little, so that what is measured is who sends.
"""

from __future__ import annotations

import asyncio
import json

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class _Echo(asyncio.Protocol):
    """Answers each request of a connection with a message."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(_END)) >= 0:
            head = self._held[:end].lower()
            begins = head.find(_LENGTH)
            length = int(head[begins + len(_LENGTH) :].split(b"\r\n", 1)[0]) if begins >= 0 else 0
            if len(self._held) < end + len(_END) + length:
                return
            self._held = self._held[end + len(_END) + length :]
            assert self._transport is not None
            self._transport.write(_ANSWER)


def _answer() -> bytes:
    chat = {"id": 1_000_000, "type": "private", "first_name": "Bench"}
    sender = {"id": 1, "is_bot": True, "first_name": "Svodka", "username": "svodka_bench_bot"}
    # Telegram sends the message back, as it is.
    message = {"message_id": 77, "from": sender, "chat": chat, "date": 1_789_000_000, "text": "Сюжет дня. " * 160}
    body = json.dumps({"ok": True, "result": message}, ensure_ascii=False).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


_ANSWER = _answer()


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(_Echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
