"""
An OpenAI-compatible endpoint for tests: an HTTP server on loopback with chat completions and embeddings, whose abilities,
answers and faults a test holds in its hand.
"""

from tests.fakes.openai.abilities import Abilities
from tests.fakes.openai.brains import BRAINS, constant, deaf, obedient, scripted
from tests.fakes.openai.faults import Fault
from tests.fakes.openai.requests import Brain, Request
from tests.fakes.openai.server import FakeEndpoint

__all__ = [
    "BRAINS",
    "Abilities",
    "Brain",
    "FakeEndpoint",
    "Fault",
    "Request",
    "constant",
    "deaf",
    "obedient",
    "scripted",
]
