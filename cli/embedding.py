"""The endpoint for embeddings that the settings name, for the commands that index."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.db.engine import Database
from core.settings import Settings
from summarize.embed import RemoteEmbedder, remote


@asynccontextmanager
async def configured(settings: Settings, database: Database) -> AsyncIterator[RemoteEmbedder | None]:
    """The endpoint's model, open for the block; None where the settings name none."""
    if not settings.embed_url:
        yield None
        return
    # The client's library takes a second to import.
    from summarize.model import meter

    async with meter.embedder(settings, database) as client:
        yield remote(settings, client)
