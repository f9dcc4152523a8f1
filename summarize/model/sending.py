"""Sends requests to an OpenAI-compatible endpoint and hands back what came over the wire. The only module that imports
openai and what openai speaks through, httpx2; they take a second, so that `summarize.model.llm` imports it to open a client.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2  # its errors alone tell whether a connection came about, and openai has no names for them
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    Omit,
    Timeout,
)

from core.errors import ModelDenied
from summarize.model.endpoints import Endpoint
from summarize.model.heard import Heard, Json, Lost, Send, unwrapped

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


async def _send(sdk: AsyncOpenAI, seconds: float, path: str, request: Json) -> Heard:
    """One request. Errors of the SDK end here: they hold the key and the prompt, which must not get into a traceback."""
    try:
        # The SDK's own time-outs are between two bytes, so that a trickle would never end.
        async with asyncio.timeout(seconds):
            response = await sdk.post(path, cast_to=httpx2.Response, body=request)
    except APIStatusError as error:
        response = error.response
    except APITimeoutError as error:
        early = isinstance(error.__cause__, httpx2.ConnectTimeout | httpx2.PoolTimeout)
        return Heard(lost=Lost.NO_CONNECTION_YET if early else Lost.LATE)
    except APIConnectionError as error:
        early = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol)
        return Heard(lost=Lost.NO_CONNECTION if early else Lost.CUT)
    except TimeoutError:
        return Heard(lost=Lost.LATE)
    return unwrapped(Heard(status=response.status_code, body=response.text, headers=response.headers))
