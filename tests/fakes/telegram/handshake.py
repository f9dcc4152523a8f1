"""
How a client and the server come to share an authorisation key: the RSA key of the server, and the Diffie-Hellman exchange
of MTProto as one small state machine per connection.
"""

import functools
import os
import random
import time
from dataclasses import dataclass
from hashlib import sha1

import rsa as rsa_keys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from telethon.crypto import AES, AuthKey
from telethon.crypto.rsa import _compute_fingerprint, get_byte_array
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import TLObject
from telethon.tl.functions import ReqDHParamsRequest, ReqPqMultiRequest, SetClientDHParamsRequest
from telethon.tl.types import (
    ClientDHInnerData,
    DhGenOk,
    DhGenRetry,
    PQInnerData,
    ResPQ,
    ServerDHInnerData,
    ServerDHParamsFail,
    ServerDHParamsOk,
)

from tests.fakes.telegram.wire import BrokenStream

PRIME_HEX = """
C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DB
FA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64
2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B41
0DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4
E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF
6F4FADF034B10403119CD8E3B92FCC5B
"""
PRIME = int("".join(PRIME_HEX.split()), 16)
"""The safe prime that Telegram publishes: clients take it without testing it."""

G = 3
SAFETY = 1 << (2048 - 64)


class ServerKey:
    """The RSA key by which clients know the server. Takes the private key as PEM, or makes a new one."""

    def __init__(self, pem: str | None = None) -> None:
        key = _load(pem) if pem else rsa.generate_private_key(65537, 2048)
        numbers = key.private_numbers()
        self._d = numbers.d
        self._n = numbers.public_numbers.n
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
        self.public_pem = public.decode()
        """PKCS#1, "BEGIN RSA PUBLIC KEY": what `telethon.crypto.rsa.add_key` takes."""
        self.fingerprint: int = _compute_fingerprint(rsa_keys.PublicKey.load_pkcs1(public))

    def decrypt(self, block: bytes) -> bytes:
        """The data of a block of 256 bytes: what stands between its SHA-1 and its padding is told by the hash."""
        return pow(int.from_bytes(block, "big"), self._d, self._n).to_bytes(256, "big")[1:]


@functools.cache
def process_key() -> ServerKey:
    """One key for all servers of this process, as making one takes a tenth of a second."""
    return ServerKey()


def _load(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the server's key must be an RSA key")
    return key


@dataclass
class _Secret:
    new_nonce: int
    a: int


class Handshake:
    """The exchange on one connection. `answer` takes each plain request; `key` is set once there is one."""

    def __init__(self, server_key: ServerKey) -> None:
        self._server_key = server_key
        self._nonce = 0
        self._server_nonce = _signed(os.urandom(16))
        self._pq = b""
        self._secret: _Secret | None = None
        self.key: AuthKey | None = None

    def answer(self, request: TLObject) -> TLObject:
        """Raises BrokenStream for anything that does not belong here, as Telegram would drop the connection."""
        if isinstance(request, ReqPqMultiRequest):
            return self._res_pq(request)
        if isinstance(request, ReqDHParamsRequest):
            return self._dh_params(request)
        if isinstance(request, SetClientDHParamsRequest) and self._secret:
            return self._dh_gen(request, self._secret)
        raise BrokenStream(f"{type(request).__name__} in the plain")

    def _res_pq(self, request: ReqPqMultiRequest) -> ResPQ:
        self._nonce = request.nonce
        self._pq = get_byte_array(_composite())
        return ResPQ(self._nonce, self._server_nonce, self._pq, [self._server_key.fingerprint])

    def _dh_params(self, request: ReqDHParamsRequest) -> TLObject:
        block = self._server_key.decrypt(request.encrypted_data)
        reader = BinaryReader(block[20:])
        inner = reader.tgread_object() if sha1_fits(block) else None
        if not isinstance(inner, PQInnerData) or inner.pq != self._pq or inner.server_nonce != self._server_nonce:
            return ServerDHParamsFail(self._nonce, self._server_nonce, new_nonce_hash=0)
        a = _exponent()
        self._secret = _Secret(inner.new_nonce, a)
        answer = bytes(
            ServerDHInnerData(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                g=G,
                dh_prime=get_byte_array(PRIME),
                g_a=get_byte_array(pow(G, a, PRIME)),
                server_time=int(time.time()),
            )
        )
        answer = sha1(answer).digest() + answer
        answer += os.urandom(-len(answer) % 16)
        return ServerDHParamsOk(
            self._nonce, self._server_nonce, AES.encrypt_ige(answer, *self._temporary(inner.new_nonce))
        )

    def _dh_gen(self, request: SetClientDHParamsRequest, secret: _Secret) -> TLObject:
        plain = AES.decrypt_ige(request.encrypted_data, *self._temporary(secret.new_nonce))
        if not sha1_fits(plain):
            raise BrokenStream("a wrong hash in the exchange of keys")
        inner = BinaryReader(plain[20:]).tgread_object()
        if not isinstance(inner, ClientDHInnerData):
            raise BrokenStream("no client_DH_inner_data")
        shared = get_byte_array(pow(int.from_bytes(inner.g_b, "big"), secret.a, PRIME))
        key = AuthKey(shared)
        if len(shared) < 256:
            # One in 256 begins with a zero byte, which Telethon drops and a saved session loses: make another.
            return DhGenRetry(self._nonce, self._server_nonce, key.calc_new_nonce_hash(secret.new_nonce, 2))
        self.key = key
        return DhGenOk(self._nonce, self._server_nonce, key.calc_new_nonce_hash(secret.new_nonce, 1))

    def _temporary(self, new_nonce: int) -> tuple[bytes, bytes]:
        return generate_key_data_from_nonce(self._server_nonce, new_nonce)


def sha1_fits(block: bytes) -> bool:
    """Whether a block is a SHA-1, the object it is of, and padding."""
    reader = BinaryReader(block[20:])
    reader.tgread_object()
    return sha1(block[20 : 20 + reader.tell_position()]).digest() == block[:20]


def new_auth_key() -> AuthKey:
    """A key out of nothing, for sessions that never shook hands."""
    return AuthKey(b"\x01" + os.urandom(255))


def _exponent() -> int:
    while True:
        a = int.from_bytes(os.urandom(256), "big")
        if SAFETY <= pow(G, a, PRIME) <= PRIME - SAFETY:
            return a


def _composite() -> int:
    """
    A product of two primes that a client factorises in a millisecond. Telethon reads it as a signed number, so its first bit
    must be zero: 42 to 46 bits in six bytes.
    """
    p, q = _prime(), _prime()
    return p * q if p != q else _composite()


def _prime() -> int:
    candidate = random.randrange(1 << 21, 1 << 23) | 1
    while any(candidate % divisor == 0 for divisor in range(3, int(candidate**0.5) + 1, 2)):
        candidate += 2
    return candidate


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)
