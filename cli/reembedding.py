"""`svodka reembed`: moves the archive to the endpoint's embedding model, or back to the bundled one, while the former serves."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from cli import embedding, feed, indexing, progress, shell
from core.db.engine import Database
from core.errors import ModelError, UsageError
from core.settings import Settings
from core.store import vectors as store
from core.store.vectors import EmbeddingModel
from summarize import embed, prepare
from summarize import index as indexer
from summarize import reembed as mover
from summarize.embed import Embedder

#: Characters of a token, about; Russian and English are alike enough for an estimate.
CHARACTERS = 3


def reembed(
    *,
    to: Annotated[str | None, typer.Option("--to", help="`local`: back to the bundled model")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="keep the vectors of the model before")] = False,
) -> None:
    """Move the archive to the embedding model that SVODKA_EMBED_MODEL names; the former one serves until all is done."""
    if to not in {None, "local"}:
        raise UsageError(f"--to {to}: only `local` can be named here; SVODKA_EMBED_URL and _MODEL name any other model")
    done = _Done("svodka reembed --to local" if to else "svodka reembed")
    try:
        shell.run(_reembed(done, to_local=to == "local", keep=keep))
    except (KeyboardInterrupt, shell.Stopped):
        print(f"svodka: {done}", file=sys.stderr)
        raise


class _Done:
    """How far the command has come, for whoever stops it or sees it fail."""

    def __init__(self, command: str) -> None:
        self.posts = 0
        self.switched = False
        self._command = command

    def __str__(self) -> str:
        if self.switched:
            return f"the new model serves, but not all stories are found anew: run `{self._command}` again to go on"
        kept = f"{shell.counted(self.posts, 'post')} embedded and kept"
        return f"{kept}, and the former model goes on serving: run `{self._command}` again to go on"


async def _reembed(done: _Done, *, to_local: bool, keep: bool) -> None:
    async with (
        shell.database() as (settings, database),
        store.moving(database) as alone,
        _embedder(settings, database, to_local=to_local) as embedder,
    ):
        if not alone:
            raise UsageError("another `svodka reembed` is at work on this database: wait for it, or stop it")
        async with database.begin() as session:
            former = await store.active(session)
        model = await _target(database, embedder)
        with progress.bars() as bars:
            if model.id == former.id:
                await _fill(database, embedder, bars, done)
            else:
                await _move(settings, database, model, embedder, bars, done)
            done.switched = True
            counts = await indexing.work(settings, database, bars)
        dropped = 0 if keep else await mover.drop_others(database, model)
    print(
        f"{shell.counted(done.posts, 'post')} embedded, {shell.counted(counts.matched, 'post')} matched; "
        f"{model.name} is the embedding model" + (f"; vectors of {dropped:,} posts dropped" if dropped else "")
    )


@asynccontextmanager
async def _embedder(settings: Settings, database: Database, *, to_local: bool) -> AsyncIterator[Embedder]:
    if to_local:
        with indexer.executor(indexing.worker_processes(settings)) as pool:
            yield embed.LocalEmbedder(pool=pool)
        return
    async with embedding.configured(settings, database) as remote:
        if remote is None:
            raise UsageError(
                "no endpoint for embeddings is named: set SVODKA_EMBED_URL and SVODKA_EMBED_MODEL, or give --to local"
            )
        yield remote


async def _target(database: Database, embedder: Embedder) -> EmbeddingModel:
    if isinstance(embedder, embed.LocalEmbedder):
        async with database.begin() as session:
            return await store.local(session)
    return await mover.target(database, embedder)


async def _fill(database: Database, embedder: Embedder, bars: progress.Bars, done: _Done) -> None:
    """The archive is there already: only what lacks vectors is embedded."""

    def count(posts: int) -> None:
        done.posts += posts
        bars.advance("embed", posts)

    await mover.fill(database, embedder, progress=count)


async def _move(
    settings: Settings, database: Database, model: EmbeddingModel, embedder: Embedder, bars: progress.Bars, done: _Done
) -> None:
    async with database.begin() as session:
        posts, characters = await store.lacking(session, model.id, longest=mover.MOST_CHARACTERS)
    print(_estimate(settings, model, posts, characters // CHARACTERS))
    bars.expect("embed", posts)

    def count(posts: int) -> None:
        done.posts += posts
        bars.advance("embed", posts)

    sample = [prepare.read(post, boilerplate=frozenset()) for post in feed.posts(feed.folder())]
    like = [post.passages for post in sample]
    try:
        await mover.move(database, model, embedder, like=like, progress=count)
    except ModelError as error:
        raise ModelError(f"{str(error).rstrip('.')}; {done}") from error


def _estimate(settings: Settings, model: EmbeddingModel, posts: int, tokens: int) -> str:
    """What is to come, and what it may cost."""
    told = f"{shell.counted(posts, 'post')} to embed by {model.name}"
    if model.id == store.LOCAL:
        return f"{told}, on this machine"
    price = tokens * settings.embed_price / 1e6
    cost = (
        f"{price:.4f} at SVODKA_EMBED_PRICE"
        if settings.embed_price
        else "SVODKA_EMBED_PRICE does not say at what price"
    )
    told = f"{told}: about {tokens:,} tokens, {cost}"
    if tokens > settings.llm_daily_tokens or price > settings.llm_daily_money:
        told += "; more than a day's budget (SVODKA_LLM_DAILY_TOKENS, SVODKA_LLM_DAILY_MONEY), where it will stop"
    return told
