"""
An OpenAI-compatible endpoint for tests: an HTTP server on loopback with chat completions, at once or in chunks, and
embeddings, whose abilities, answers and faults a test holds in its hand.
"""

from tests.fakes.openai.abilities import Abilities
from tests.fakes.openai.brains import BRAINS, constant, deaf, obedient, scripted
from tests.fakes.openai.faults import Fault
from tests.fakes.openai.requests import Brain, Request
from tests.fakes.openai.server import FakeEndpoint
from tests.fakes.openai.streams import Dialect, Hold

__all__ = [
    "BRAINS",
    "Abilities",
    "Brain",
    "Dialect",
    "FakeEndpoint",
    "Fault",
    "Hold",
    "Request",
    "constant",
    "deaf",
    "obedient",
    "scripted",
]
