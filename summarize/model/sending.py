"""Sends requests to an OpenAI-compatible endpoint and hands back what came over the wire. The only module that imports
openai and what openai speaks through, httpx2; they take a second, so that `summarize.model.llm` imports it to open a client.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2  # its errors alone tell whether a connection came about, and openai has no names for them
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    AsyncStream,
    DefaultAsyncHttpxClient,
    Omit,
    Timeout,
)

from core.errors import ModelDenied
from summarize.model.endpoints import Endpoint
from summarize.model.heard import Growing, Heard, Json, Lost, Send, unwrapped
from summarize.model.streamed import Gathered

CONNECT_SECONDS = 10.0


class _Sdk(AsyncOpenAI):
    @property
    def default_headers(self) -> dict[str, str | Omit]:
        """No more than a request needs: the SDK adds facts about this machine, OPENAI_ORG_ID, OPENAI_PROJECT_ID and
        OPENAI_CUSTOM_HEADERS, which are meant for other programs and other endpoints.
        """
        return {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "svodka"}


@asynccontextmanager
async def open_sender(endpoint: Endpoint) -> AsyncIterator[Send]:
    """Open what sends requests to an endpoint; nothing is sent yet.

    Raises:
        ModelDenied: the address or the key cannot be right.
    """
    key = _checked(endpoint)
    timeout = Timeout(endpoint.timeout, connect=min(endpoint.timeout, CONNECT_SECONDS))
    # Redirects are not followed: a POST becomes a GET on the way, and posts go to nobody whom the operator did not name.
    transport = DefaultAsyncHttpxClient(
        verify=_certificates(),
        timeout=timeout,
        follow_redirects=False,
        trust_env=not _is_loopback(urlsplit(endpoint.url).hostname or ""),
    )
    async with _Sdk(api_key=key, base_url=endpoint.url, timeout=timeout, max_retries=0, http_client=transport) as sdk:
        yield partial(_send, sdk, endpoint.timeout)


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: every client would hold up the event loop with it for 50 ms."""
    return httpx2.create_ssl_context()


def _checked(endpoint: Endpoint) -> str:
    """The key to send."""
    try:
        url = httpx2.URL(endpoint.url)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        raise ModelDenied("The address of the model is not one such as https://host/v1", f"{endpoint.settings}_URL")
    key = (endpoint.key or "").strip() or "none"
    if not (key.isascii() and key.isprintable()):
        raise ModelDenied("The key of the model holds characters that no key has", f"{endpoint.settings}_KEY")
    return key


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _Chunks(AsyncStream[object]):
    """The chunks of a stream as far as they can be read, and no signs of life; `is_done` once that was said to be all."""

    is_done = False

    async def _iter_events(self) -> AsyncIterator[Any]:
        try:
            async for event in super()._iter_events():
                if event.data.startswith("[DONE]"):
                    self.is_done = True
                elif event.data.strip():
                    event.json()  # what is no JSON ends the stream here, not in the SDK with an error that holds it
                else:
                    continue
                yield event
        except (ValueError, RecursionError):
            return


@dataclass(slots=True)
class _Watched:
    """An answer that somebody watches, as far as it has come."""

    growing: Growing | None
    gathered: Gathered = field(default_factory=Gathered)

    async def receive(self, sdk: AsyncOpenAI, path: str, request: Json) -> httpx2.Response | Heard:
        """All that comes: a response as it is, if it is not in chunks."""
        posted = await sdk.post(
            path, cast_to=object, body=request, options={"stream_mode": "events"}, stream=True, stream_cls=_Chunks
        )
        async with posted as chunks:
            if "event-stream" not in chunks.response.headers.get("content-type", ""):
                await chunks.response.aread()
                return chunks.response
            async for chunk in chunks:
                self._add(chunk)
            return self.gathered.heard(is_done=chunks.is_done)

    def _add(self, chunk: object) -> None:
        former = self.gathered.text
        self.gathered = self.gathered.with_chunk(chunk)
        if self.growing and self.gathered.text != former:
            self.growing(self.gathered.text)


async def _send(sdk: AsyncOpenAI, seconds: float, path: str, request: Json, growing: Growing | None = None) -> Heard:
    """One request. Errors of the SDK end here: they hold the key and the prompt, which must not get into a traceback."""
    watched = _Watched(growing)
    response: httpx2.Response | Heard
    try:
        # The SDK's own time-outs are between two bytes, so that a trickle would never end.
        async with asyncio.timeout(seconds):
            if "stream" in request:
                response = await watched.receive(sdk, path, request)
            else:
                response = await sdk.post(path, cast_to=httpx2.Response, body=request)
    except APIStatusError as error:
        response = error.response
    # httpx2's own come from where the SDK reads the rest of a response that it did not expect.
    except (APIConnectionError, TimeoutError, httpx2.RequestError, ssl.SSLError) as error:
        return watched.gathered.heard(is_done=False, lost=_loss(error))
    if isinstance(response, Heard):
        return response
    return unwrapped(Heard(status=response.status_code, body=response.text, headers=response.headers))


def _loss(error: Exception) -> Lost:
    """What an error of the SDK, or of what it speaks through, means for the answer."""
    cause = error.__cause__
    if isinstance(error, APITimeoutError):
        return Lost.NO_CONNECTION_YET if isinstance(cause, httpx2.ConnectTimeout | httpx2.PoolTimeout) else Lost.LATE
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return Lost.LATE
    early = isinstance(cause, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol)
    return Lost.NO_CONNECTION if early else Lost.CUT
