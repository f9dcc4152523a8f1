"""One client's TCP connection: requests are read, decrypted and handed on; what goes out is bundled and encrypted."""

import asyncio
import contextlib
import secrets
import struct
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import TLObject, TLRequest
from telethon.tl.functions import (
    DestroyAuthKeyRequest,
    DestroySessionRequest,
    GetFutureSaltsRequest,
    PingDelayDisconnectRequest,
    PingRequest,
    RpcDropAnswerRequest,
)
from telethon.tl.types import (
    BadServerSalt,
    DestroyAuthKeyOk,
    DestroySessionNone,
    DestroySessionOk,
    FutureSalt,
    FutureSalts,
    MsgsStateInfo,
    MsgsStateReq,
    NewSessionCreated,
    Pong,
    RpcAnswerUnknown,
    RpcError,
)

from tests.fakes.telegram import wire
from tests.fakes.telegram.call import Key
from tests.fakes.telegram.faults import Refusal
from tests.fakes.telegram.handshake import Handshake, ServerKey
from tests.fakes.telegram.wire import BrokenStream, Envelope, Outgoing
from tests.fakes.telegram.world import now

if TYPE_CHECKING:
    from tests.fakes.telegram.server import FakeTelegram

WRONG_SALT = 48


class Connection:
    """`listens` says whether it is sent updates, `key` who it is of; a `cut` or the client's leaving ends it."""

    def __init__(
        self, server: "FakeTelegram", key: ServerKey, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._handshake = Handshake(key)
        self._server_key = key
        self._numbers = wire.Numbering()
        self._frames = 0
        self._session: int | None = None
        self._queue: deque[Outgoing] = deque()
        self._wake = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self._leaving = False
        self.key: Key | None = None
        self.listens = False

    # Its life.

    async def serve(self) -> None:
        """Until either side leaves."""
        # drain() is to mean "all is with the kernel": flushed() promises it, and a cut must not tear what was sent.
        self._writer.transport.set_write_buffer_limits(high=0)
        sending = asyncio.get_running_loop().create_task(self._send_loop())
        try:
            while True:
                self._receive(await wire.read_frame(self._reader))
                self._server.something_happened()
        except (BrokenStream, TypeNotFoundError, struct.error):
            pass  # not a client, or one that has left
        finally:
            self._leave()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            self._written.set()
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def cut(self) -> None:
        """Ends it now; what is not written is lost."""
        self._leave()
        self._writer.transport.abort()

    def _leave(self) -> None:
        self._leaving = True
        self.listens = False
        self._queue.clear()

    # What comes in.

    def _receive(self, packet: bytes) -> None:
        key_id = wire.key_id_of(packet)
        if key_id == 0:
            self._shake_hands(packet)
            return
        self.key = self._server.keys.get(key_id)
        if self.key is None:
            self._write(wire.KEY_UNKNOWN)
            return
        envelope = wire.decrypt(self.key.auth, packet)
        self._meet(envelope, self.key)
        if self._server.strict_salt and envelope.salt != self.key.salt:
            self._service(BadServerSalt(envelope.msg_id, envelope.seqno, WRONG_SALT, self.key.salt))
            return
        for msg_id, _, body in wire.unpacked(envelope.msg_id, envelope.seqno, envelope.body):
            if not self._leaving:
                self._message(msg_id, body, self.key)

    def _shake_hands(self, packet: bytes) -> None:
        answer = self._handshake.answer(wire.read_plain(packet))
        self._write(wire.write_plain(self._numbers.next_id(reply=True), answer))
        if self._handshake.key:
            self._server.new_key(self._handshake.key)
            self._handshake = Handshake(self._server_key)

    def _meet(self, envelope: Envelope, key: Key) -> None:
        """Greets a session that is new."""
        if envelope.session_id != self._session:
            self._session = envelope.session_id
            self._numbers.restart()
        if envelope.session_id not in key.sessions:
            key.sessions.add(envelope.session_id)
            self._service(NewSessionCreated(envelope.msg_id, secrets.randbits(62), key.salt))

    def _message(self, msg_id: int, body: bytes, key: Key) -> None:
        try:
            request = BinaryReader(body).tgread_object()
        except TypeNotFoundError:
            self._answer(msg_id, RpcError(400, "INPUT_METHOD_INVALID")._bytes())
            return
        if not self._low_level(msg_id, request, key) and isinstance(request, TLRequest):
            self._call(msg_id, request, key)

    def _low_level(self, msg_id: int, request: TLObject, key: Key) -> bool:
        """Answers what belongs to MTProto and not to the API; acknowledgements need no answer, nor do others."""
        if isinstance(request, PingRequest | PingDelayDisconnectRequest):
            self._service(Pong(msg_id, request.ping_id))
        elif isinstance(request, DestroySessionRequest):
            known = request.session_id in key.sessions
            key.sessions.discard(request.session_id)
            self._service((DestroySessionOk if known else DestroySessionNone)(request.session_id))
        elif isinstance(request, DestroyAuthKeyRequest):
            self._server.keys.pop(key.auth.key_id, None)
            self._service(DestroyAuthKeyOk())
        elif isinstance(request, GetFutureSaltsRequest):
            salt = FutureSalt(now(), now(), key.salt)
            self._service(FutureSalts(msg_id, int(time.time()), [salt]))
        elif isinstance(request, MsgsStateReq):
            self._service(MsgsStateInfo(msg_id, bytes([4]) * len(request.msg_ids)))
        elif isinstance(request, RpcDropAnswerRequest):
            self._answer(msg_id, RpcAnswerUnknown()._bytes())
        else:
            return False
        return True

    def _call(self, msg_id: int, request: TLRequest, key: Key) -> None:
        try:
            result = self._server.handle(request, key, self)
        except Refusal as refusal:
            result = RpcError(refusal.code, refusal.message)._bytes()
        except Exception as error:  # noqa: BLE001 (a client that is cut off would only try again, for ever)
            self._server.crashed(error)
            result = RpcError(400, "FAKE_TELEGRAM_CRASHED")._bytes()
        if result is None:
            self.cut()
        else:
            self._answer(msg_id, result)

    # What goes out.

    def send(self, outgoing: Outgoing) -> None:
        """Queues a message; it is written as soon as the socket takes it, together with its neighbours."""
        if not self._leaving:
            self._queue.append(outgoing)
            self._written.clear()
            self._wake.set()

    @property
    def queued(self) -> int:
        return len(self._queue)

    async def flushed(self) -> None:
        await self._written.wait()

    def _answer(self, msg_id: int, body: bytes) -> None:
        self.send(Outgoing(wire.rpc_result(msg_id, body, compress=self._server.gzip_answers), reply=True))

    def _service(self, message: TLObject) -> None:
        self.send(Outgoing(message._bytes(), reply=True, counts=False))

    async def _send_loop(self) -> None:
        with contextlib.suppress(OSError):
            while not self._leaving:
                await self._wake.wait()
                batch = self._take()
                if not batch:
                    self._wake.clear()
                    self._written.set()
                    continue
                self._write_batch(batch)
                await self._writer.drain()
                if self._server.faults.sent(sum(one.counts for one in batch)):
                    self._leave()
                    self._writer.close()

    def _take(self) -> list[Outgoing]:
        """What is written next in one packet: no more than a bundle, and not past the next cut."""
        batch: list[Outgoing] = []
        size, counted = 0, 0
        most = self._server.faults.left_before_cut()
        while self._queue and len(batch) < wire.BUNDLE_MESSAGES:
            head = self._queue[0]
            if batch and (size + len(head.body) > wire.BUNDLE_BYTES or (most is not None and counted >= most)):
                break
            batch.append(self._queue.popleft())
            size += len(head.body)
            counted += head.counts
        return batch

    def _write_batch(self, batch: Sequence[Outgoing]) -> None:
        if self.key is None or self._session is None:
            return
        message = self._numbers.bundle(batch)
        self._write(wire.encrypt(self.key.auth, self.key.salt, self._session, message))

    def _write(self, payload: bytes) -> None:
        self._writer.write(wire.frame(self._frames, payload))
        self._frames += 1
