"""
Telegram's Bot API for tests: an HTTP server on loopback that an aiogram bot, or a whole process of ours, is pointed at, and
whose people, chats, limits and faults a test holds in its hand.
"""

from tests.fakes.botapi.faults import Fault, Rule
from tests.fakes.botapi.messages import Message
from tests.fakes.botapi.people import Person
from tests.fakes.botapi.places import Channel, Group, Supergroup
from tests.fakes.botapi.queries import Answer, Results
from tests.fakes.botapi.remote import Remote
from tests.fakes.botapi.server import FakeBotApi

__all__ = [
    "Answer",
    "Channel",
    "FakeBotApi",
    "Fault",
    "Group",
    "Message",
    "Person",
    "Remote",
    "Results",
    "Rule",
    "Supergroup",
]
