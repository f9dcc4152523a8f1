"""
The fake endpoint started by hand: `python -m tests.fakes.openai --port 8099` from the project's folder, to point Svodka at
a model that costs nothing, or at one that fails.
"""

import argparse
import asyncio
import contextlib
import signal

from tests.fakes.openai.abilities import MODES, Abilities
from tests.fakes.openai.brains import BRAINS
from tests.fakes.openai.faults import Fault
from tests.fakes.openai.requests import Request
from tests.fakes.openai.server import FakeEndpoint
from tests.fakes.openai.streams import Dialect
from tests.fakes.openai.writers import Inventor, honest

#: What answers, by name.
CHOICES = BRAINS | {"honest": honest, "inventing": Inventor()}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.openai", description="A model of one's own.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--brain", choices=sorted(CHOICES), default="obedient", help="what answers (default obedient)")
    parser.add_argument("--fault", choices=[fault.value for fault in Fault], help="what goes wrong with each request")
    parser.add_argument("--no-schema", action="store_true", help="reject response_format json_schema")
    parser.add_argument("--no-stream", action="store_true", help="reject answers in chunks")
    parser.add_argument(
        "--dialect", choices=[one.value for one in Dialect], default="openai", help="whose chunks to send"
    )
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two chunks (default 0)")
    parser.add_argument("--dimension", type=int, default=64, help="numbers of an embedding (default 64)")
    parser.add_argument("--quiet", action="store_true", help="no line per request")
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> None:
    """Serves until SIGINT or SIGTERM."""
    endpoint = FakeEndpoint(
        CHOICES[chosen.brain],
        abilities=Abilities(
            modes=MODES - {"json_schema"} if chosen.no_schema else MODES,
            streams="refused" if chosen.no_stream else "yes",
        ),
        dialect=chosen.dialect,
        pause=chosen.pause,
        fault=chosen.fault,
        dimension=chosen.dimension,
        port=chosen.port,
    )
    if not chosen.quiet:
        endpoint.on_request = lambda request: show(f"  ← {told(request)}")
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with endpoint:
        show(f"A fake model listens. Set:\n\nSVODKA_LLM_URL={endpoint.url}\nSVODKA_LLM_MODEL=fake-model\n")
        await stop.wait()


def told(request: Request) -> str:
    if request.path.endswith("/embeddings"):
        return f"{request.path} {request.model}"
    how = ", in chunks" if request.body.get("stream") else ""
    return f"{request.path} {request.model} {request.mode}, {len(request.messages)} messages{how}"


def show(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (it is a command)


if __name__ == "__main__":
    asyncio.run(main(options()))
