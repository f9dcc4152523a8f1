"""
The server's half of the two-step password (SRP): telethon/password.py is the client's. The password never travels, and a
proof is good once.
"""

import os
import secrets
from dataclasses import dataclass, field

from telethon.crypto.rsa import get_byte_array
from telethon.password import big_num_for_hash, compute_hash, num_bytes_for_hash, sha256, xor
from telethon.tl.types import InputCheckPasswordSRP
from telethon.tl.types import PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow as Algorithm

from tests.fakes.telegram.handshake import PRIME, G

_P = get_byte_array(PRIME)
_K = int.from_bytes(sha256(_P, big_num_for_hash(G)), "big")


@dataclass
class Lock:
    """The verifier of one password, and the challenges that are open."""

    algorithm: Algorithm
    verifier: int
    _open: dict[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, password: str) -> "Lock":
        """Takes some 50 ms: the key derivation is slow on purpose."""
        algorithm = Algorithm(salt1=os.urandom(16), salt2=os.urandom(16), g=G, p=_P)
        x = int.from_bytes(compute_hash(algorithm, password), "big")
        return cls(algorithm, pow(G, x, PRIME))

    def challenge(self) -> dict[str, object]:
        """The fields of account.password that a client answers to."""
        srp_id = secrets.randbits(62)
        b = int.from_bytes(os.urandom(256), "big")
        srp_b = (_K * self.verifier + pow(G, b, PRIME)) % PRIME
        self._open[srp_id] = (b, srp_b)
        return {
            "has_password": True,
            "current_algo": self.algorithm,
            "srp_B": big_num_for_hash(srp_b),
            "srp_id": srp_id,
        }

    def knows(self, srp_id: int) -> bool:
        """Whether the challenge is one of ours and still unanswered."""
        return srp_id in self._open

    def opens(self, proof: InputCheckPasswordSRP) -> bool:
        """Whether whoever made the proof knows the password. Ends the challenge."""
        b, srp_b = self._open.pop(proof.srp_id)
        a = int.from_bytes(proof.A, "big")
        if a % PRIME == 0:
            return False
        a_bytes, b_bytes = num_bytes_for_hash(proof.A), big_num_for_hash(srp_b)
        u = int.from_bytes(sha256(a_bytes, b_bytes), "big")
        shared = pow(a * pow(self.verifier, u, PRIME), b, PRIME)
        expected = sha256(
            xor(sha256(_P), sha256(big_num_for_hash(G))),
            sha256(self.algorithm.salt1),
            sha256(self.algorithm.salt2),
            a_bytes,
            b_bytes,
            sha256(big_num_for_hash(shared)),
        )
        return secrets.compare_digest(expected, proof.M1)
