"""The commands that ask a model, in processes of their own, against a fake endpoint on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.test_command import SAMPLE, environment, folder
from tests.fakes.openai import FakeEndpoint
from tests.fakes.openai.writers import honest

WINDOW = ("--since", "2026-09-14", "--until", "2026-09-18")


class Archive:
    """A data directory with a channel's posts, and the command with a model to ask."""

    def __init__(self, path: Path, endpoint: FakeEndpoint) -> None:
        self.path = path
        self.endpoint = endpoint

    def environment(self, **settings: str) -> dict[str, str]:
        given = {
            "SVODKA_LLM_URL": self.endpoint.url,
            "SVODKA_LLM_MODEL": "fake-model",
            "SVODKA_LLM_KEY": "sk-secret-of-the-test",
            "SVODKA_LLM_PRICE_IN": "1",
            "SVODKA_LLM_PRICE_OUT": "2",
            "SVODKA_LLM_PER_MINUTE": "10000",
        }
        return {**environment(self.path), **given, **settings}

    async def run(self, *words: str, **settings: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "cli.main", *words],
            capture_output=True,
            text=True,
            env=self.environment(**settings),
            timeout=240,
            check=False,
        )
        assert "sk-secret-of-the-test" not in done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
async def archive() -> AsyncIterator[Archive]:
    async with FakeEndpoint(honest) as endpoint:
        with folder() as path:
            found = Archive(path, endpoint)
            code, _, error = await found.run("import", str(SAMPLE / "exports" / "tensor-vestnik" / "result.json"))
            assert code == 0, error
            yield found


async def test_a_killed_writer_leaves_what_it_wrote_and_the_rest_is_written(archive: Archive) -> None:
    """Killed while the endpoint hangs, its calls stay in the books as open, and another run writes what is left."""
    archive.endpoint.fault = "hang"
    before = len(archive.endpoint.requests)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "write", *WINDOW),
        env=archive.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(archive.endpoint.requests) == before:
        assert process.returncode is None
        await asyncio.sleep(0.1)
    process.kill()
    await process.wait()
    archive.endpoint.fault = None
    code, out, error = await archive.run("write", *WINDOW, SVODKA_LLM_CONCURRENCY="16")
    assert code == 0, error
    assert "written" in out
    _, costs, _ = await archive.run("costs", "--json")
    rows = [json.loads(line) for line in costs.splitlines()]
    assert sum(row["open"] for row in rows) >= 1
    assert sum(row["calls"] - row["open"] for row in rows) >= 1


@pytest.mark.long
async def test_what_is_written_is_shown_and_booked(archive: Archive) -> None:
    """`write` writes once; `digest`, `show`, `why` and `costs` tell of it; a spent budget is a sentence."""
    await archive.run("write", *WINDOW, SVODKA_LLM_CONCURRENCY="16")
    asked = len(archive.endpoint.requests)
    code, out, _ = await archive.run("write", *WINDOW, SVODKA_LLM_CONCURRENCY="16")
    assert code == 0
    assert out.startswith("0 summaries written")
    assert len(archive.endpoint.requests) - asked <= 1  # the story that the killed writer held
    _, out, _ = await archive.run("digest", *WINDOW, "--format", "json")
    stories = [json.loads(line) for line in out.splitlines()]
    written = next(story for story in stories if story["written_by"])
    assert written["written_by"] == "summary.v1, fake-model"
    assert {claim["kind"] for claim in written["claims"]} <= {"agreed", "attributed", "disputed", "verbatim"}
    assert all(set(claim["posts"]) <= {post["id"] for post in written["posts"]} for claim in written["claims"])
    _, out, _ = await archive.run("show", str(written["id"]))
    assert "written by summary.v1, fake-model" in out
    _, out, _ = await archive.run("why", str(written["id"]))
    assert "what was written of it:" in out
    code, out, _ = await archive.run("why", f"p{written['posts'][0]['id']}")
    assert code == 0
    assert "it may stand in a digest" in out
    _, out, _ = await archive.run("costs")
    assert "summary.v1" in out
    assert "of 1 spent" in out
    code, out, _ = await archive.run("write", *WINDOW, SVODKA_LLM_MODEL="another", SVODKA_LLM_DAILY_TOKENS="10")
    assert code == 0
    assert "SVODKA_LLM_DAILY_TOKENS sets it" in out


async def test_mistakes_are_told_in_a_sentence(archive: Archive) -> None:
    """No model, half of one, a post or a prompt that there is not: one line that says what to do."""
    code, _, error = await archive.run("write", SVODKA_LLM_URL="", SVODKA_LLM_MODEL="")
    assert (code, error.count("\n")) == (1, 1)
    assert "set SVODKA_LLM_URL and SVODKA_LLM_MODEL" in error
    code, _, error = await archive.run("costs", SVODKA_LLM_MODEL="")
    assert code == 1
    assert "SVODKA_LLM_MODEL is missing" in error
    code, _, error = await archive.run("why", "p999999")
    assert code == 1
    assert "there is no post p999999" in error
    code, _, error = await archive.run("eval", "summaries", "--prompt", "99")
    assert code == 1
    assert "no version 99" in error
