"""What goes over the wire, and what does not: secrets, surroundings, impossible addresses."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from core.errors import ModelError
from summarize.model import llm
from summarize.model.endpoints import Endpoint
from tests.fakes.openai import FakeEndpoint, Fault, constant
from tests.unit.summarize.talking import GOOD, KEY, QUESTION, Note, ask, denied, failure, talking


def everything(error: BaseException) -> str:
    """All that an error, and those behind it, would show to anybody who looks."""
    shown = traceback.format_exception(error)
    seen: BaseException | None = error
    while seen is not None:
        shown += [str(seen), repr(seen), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(shown)


async def test_key_and_prompt_are_nowhere_to_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    """Neither errors with all that lies behind them, nor any log line of any library holds the key or the prompt."""
    with caplog.at_level(logging.DEBUG):
        async with talking(seconds=0.5) as (endpoint, client):
            shown = repr(client) + repr(QUESTION)
            for growing in (None, [].append):
                for endpoint.fault in Fault:
                    try:
                        await ask(client, growing=growing)
                    except ModelError as error:
                        shown += everything(error)
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert "ModelTimeout" in shown
    assert "HTTP" in logged
    for secret in (KEY, "Сверчок", "перескажи"):
        assert secret not in shown
        assert secret not in logged


async def test_errors_hide_the_address_but_for_its_host() -> None:
    """A password in the address, or its path, is not in an error."""
    held = Endpoint(url="http://user:secret@127.0.0.1:9/hidden/v1", model="m", key=None, timeout=5)
    async with llm.open_client(held, pause=0) as client:
        error = await failure(client)
    assert "127.0.0.1:9" in str(error)
    assert "secret" not in everything(error)
    assert "hidden" not in str(error)


async def test_variables_of_openai_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is meant for other programs changes neither where a question goes nor what goes with it."""
    async with talking() as (endpoint, client):
        await ask(client)
        plain = endpoint.last.headers
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "theirs")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer theirs\nX-Theirs: theirs")
    async with talking() as (endpoint, client):
        await ask(client)
        assert endpoint.last.headers | {"host": ""} == plain | {"host": ""}
    async with talking(key=None) as (endpoint, client):
        await ask(client)
    assert endpoint.last.headers["authorization"] == "Bearer none"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_loopback_needs_no_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model on this machine is reached directly, whatever proxy the environment names."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with FakeEndpoint(constant(GOOD)) as endpoint:
        url = endpoint.url.replace("127.0.0.1", host)
        async with llm.open_client(Endpoint(url=url, model="m", key=KEY, timeout=5)) as client:
            assert (await ask(client)).value == Note(**GOOD)


@pytest.mark.parametrize(
    "url", ["", "host:8080/v1", "ftp://host/v1", "http://", "http://host:port/v1", "http://[::1/v1"]
)
async def test_an_impossible_address_is_an_operators_mistake(url: str) -> None:
    """An address that cannot be one is said to be wrong before anything is sent."""
    with denied("SVODKA_LLM_URL"):
        async with llm.open_client(Endpoint(url=url, model="m", key=None, timeout=5)):
            pass


async def test_an_impossible_key_is_an_operators_mistake() -> None:
    """A key with characters that no header can hold is said to be wrong; blanks around it do not matter."""
    for key in ("ключ", "a\nb"):
        with denied("SVODKA_LLM_KEY"):
            async with llm.open_client(Endpoint(url="http://h/v1", model="m", key=key, timeout=5)):
                pass
    async with talking(key=f" {KEY}\n") as (endpoint, client):
        await ask(client)
    assert endpoint.last.headers["authorization"] == f"Bearer {KEY}"


def test_the_sdk_is_imported_to_open_a_client() -> None:
    """Who imports `summarize.model.llm` and opens no client does not wait for openai."""
    code = "import sys, summarize.model.llm; sys.exit(not sys.modules.keys().isdisjoint({'openai', 'httpx2'}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0
