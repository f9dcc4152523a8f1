"""
The bytes of MTProto 2.0 on the server's side: frames of the full TCP transport, plain and encrypted envelopes, containers.
Knows nothing of requests, accounts or channels.
"""

import asyncio
import gzip
import os
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.network.mtprotostate import MTProtoState
from telethon.tl import TLObject
from telethon.tl.core import GzipPacked, MessageContainer

RPC_RESULT = 0xF35C6D01
VECTOR = 0x1CB5C415
TRUE = struct.pack("<I", 0x997275B5)
FALSE = struct.pack("<I", 0xBC799737)
UNKNOWN = struct.pack("<I", 0xDEADBEEF)
"""A constructor that no layer has: a client that meets it cannot go on reading."""

KEY_UNKNOWN = struct.pack("<i", -404)
"""The whole of a packet that says: no such authorisation key."""

BUNDLE_MESSAGES = 50
BUNDLE_BYTES = 64 * 1024
GZIP_FROM = 4 * 1024


class BrokenStream(Exception):
    """The peer left, or sent something that is not the full TCP transport or not encrypted with its key."""


class Raw(TLObject):
    """An object that is already encoded, to be put into other objects."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def _bytes(self) -> bytes:
        return self.data


@dataclass(frozen=True)
class Envelope:
    """One decrypted packet of a client."""

    salt: int
    session_id: int
    msg_id: int
    seqno: int
    body: bytes


@dataclass(frozen=True)
class Outgoing:
    """One message to a client. A reply answers a request; it and whatever `counts` is of content, the rest is service."""

    body: bytes
    reply: bool = False
    counts: bool = True


def encode(value: TLObject | bool | Sequence[TLObject]) -> bytes:
    """The bytes of what a method returns: an object, a Bool or a Vector."""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, TLObject):
        return value._bytes()
    return struct.pack("<Ii", VECTOR, len(value)) + b"".join(item._bytes() for item in value)


def rpc_result(request_id: int, body: bytes, *, compress: bool = True) -> bytes:
    """The answer to a request; a large body is packed, as Telegram does."""
    if compress and len(body) > GZIP_FROM:
        body = struct.pack("<I", GzipPacked.CONSTRUCTOR_ID) + TLObject.serialize_bytes(gzip.compress(body, 1))
    return struct.pack("<Iq", RPC_RESULT, request_id) + body


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The payload of the next frame. Raises BrokenStream at the end and on a wrong length or checksum."""
    try:
        head = await reader.readexactly(8)
        length = struct.unpack_from("<i", head)[0]
        if not 12 < length < 1 << 24:
            raise BrokenStream(f"a frame of {length} bytes")
        rest = await reader.readexactly(length - 8)
    except (asyncio.IncompleteReadError, OSError) as left:
        raise BrokenStream("the client left") from left
    if zlib.crc32(head + rest[:-4]) != struct.unpack("<I", rest[-4:])[0]:
        raise BrokenStream("a frame with a wrong checksum")
    return rest[:-4]


def frame(sequence: int, payload: bytes) -> bytes:
    data = struct.pack("<ii", len(payload) + 12, sequence) + payload
    return data + struct.pack("<I", zlib.crc32(data))


def read_plain(packet: bytes) -> TLObject:
    """The request in an unencrypted packet (its key id is zero)."""
    return BinaryReader(packet[20:]).tgread_object()


def write_plain(msg_id: int, answer: TLObject) -> bytes:
    body = answer._bytes()
    return struct.pack("<qqi", 0, msg_id, len(body)) + body


def key_id_of(packet: bytes) -> int:
    """Which authorisation key a packet is encrypted with; 0 for none."""
    if len(packet) < 20:
        raise BrokenStream("a packet without a head")
    return struct.unpack_from("<Q", packet)[0]


def decrypt(key: AuthKey, packet: bytes) -> Envelope:
    """What a client has encrypted for us (x = 0). Raises BrokenStream if the message key does not fit."""
    msg_key = packet[8:24]
    plain = AES.decrypt_ige(packet[24:], *MTProtoState._calc_key(key.key, msg_key, client=True))
    if sha256(key.key[88:120] + plain).digest()[8:24] != msg_key:
        raise BrokenStream("a message key that does not fit")
    salt, session_id, msg_id, seqno, length = struct.unpack_from("<qqqii", plain)
    return Envelope(salt, session_id, msg_id, seqno, plain[32 : 32 + length])


def encrypt(key: AuthKey, salt: int, session_id: int, message: bytes) -> bytes:
    """A packet for the client (x = 8); the message comes with its id, number and length."""
    data = struct.pack("<qq", salt, session_id) + message
    data += os.urandom(-(len(data) + 12) % 16 + 12)
    msg_key = sha256(key.key[96:128] + data).digest()[8:24]
    aes = MTProtoState._calc_key(key.key, msg_key, client=False)
    return struct.pack("<Q", key.key_id) + msg_key + AES.encrypt_ige(data, *aes)


def unpacked(msg_id: int, seqno: int, body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The single messages (id, number, body) of a body that may be a container, packed with gzip, or both."""
    constructor = struct.unpack_from("<I", body)[0]
    if constructor == GzipPacked.CONSTRUCTOR_ID:
        yield from unpacked(msg_id, seqno, gzip.decompress(BinaryReader(body[4:]).tgread_bytes()))
    elif constructor == MessageContainer.CONSTRUCTOR_ID:
        position = 8
        for _ in range(struct.unpack_from("<i", body, 4)[0]):
            inner_id, inner_seqno, length = struct.unpack_from("<qii", body, position)
            position += 16
            yield from unpacked(inner_id, inner_seqno, body[position : position + length])
            position += length
    else:
        yield msg_id, seqno, body


class Numbering:
    """Ids and sequence numbers of what one connection is sent: ids grow with the time, replies ≡ 1, others ≡ 3 (mod 4)."""

    def __init__(self) -> None:
        self._last = 0
        self._content = 0

    def next_id(self, *, reply: bool) -> int:
        now = int(time.time() * (1 << 32)) & ~3
        self._last = max(now, (self._last & ~3) + 4) | (1 if reply else 3)
        return self._last

    def restart(self) -> None:
        """Numbers count from nothing in each session of the client."""
        self._content = 0

    def message(self, outgoing: Outgoing) -> bytes:
        """A message with its head."""
        seqno = self._content * 2 + outgoing.counts
        self._content += outgoing.counts
        head = struct.pack("<qii", self.next_id(reply=outgoing.reply), seqno, len(outgoing.body))
        return head + outgoing.body

    def bundle(self, batch: Sequence[Outgoing]) -> bytes:
        """One message for all of a batch: itself if it is alone, else a container."""
        messages = [self.message(outgoing) for outgoing in batch]
        if len(messages) == 1:
            return messages[0]
        body = struct.pack("<Ii", MessageContainer.CONSTRUCTOR_ID, len(messages)) + b"".join(messages)
        return self.message(Outgoing(body, counts=False))
