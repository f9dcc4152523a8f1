"""Answering as the settings have it: with the model that they name, or without one."""

from __future__ import annotations

from concurrent.futures import Executor

from core.db.engine import Database
from core.settings import Settings
from summarize.answers.answer import Answering, Writing
from summarize.embed import Embedder
from summarize.model.meter import Meter
from summarize.search.retrieve import Search


def answering(
    settings: Settings,
    database: Database,
    *,
    writer: Meter | None,
    remote: Embedder | None,
    pool: Executor | None = None,
) -> Answering:
    """What answers questions."""
    writing = None
    if writer is not None:
        writing = Writing(meter=writer, post_tokens=settings.llm_story_tokens, answer_tokens=settings.llm_answer_tokens)
    search = Search(database=database, remote=remote, pool=pool)
    return Answering(database=database, search=search, writing=writing)
