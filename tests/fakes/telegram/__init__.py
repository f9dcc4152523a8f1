"""
A Telegram for tests: an MTProto server on loopback that the unmodified telethon.TelegramClient logs in to, reads channels
from and is pushed updates by, and whose world and faults a test holds in its hand.
"""

from tests.fakes.telegram.faults import Refusal
from tests.fakes.telegram.handshake import ServerKey
from tests.fakes.telegram.server import FakeTelegram, Request
from tests.fakes.telegram.world import Account, Channel, Person

__all__ = ["Account", "Channel", "FakeTelegram", "Person", "Refusal", "Request", "ServerKey"]
