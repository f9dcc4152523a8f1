"""Embeddings of an endpoint on loopback, and everything that goes wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import (
    ModelAnswerError,
    ModelBusy,
    ModelDenied,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
)
from summarize.model import llm
from summarize.model.llm import Spent
from tests.fakes.openai import Abilities, Fault
from tests.fakes.openai.vectors import cosine
from tests.unit.summarize.talking import denied, talking


async def embedded(texts: list[str], dimensions: int | None = None, **options: Any) -> tuple[list[list[float]], Spent]:
    async with talking(**options) as (_, client):
        return await llm.embed(client, texts, dimensions=dimensions)


@pytest.mark.parametrize("fault", [None, Fault.SHUFFLED, Fault.NO_INDEX])
async def test_embeddings_come_in_the_order_of_the_texts(fault: Fault | None) -> None:
    """Each text gets its own vector, in whatever order the endpoint gives them."""
    texts = ["Вышла модель Сверчок-2", "вышла модель сверчок-3", "A paper on bees"]
    vectors, spent = await embedded(texts, fault=fault)
    again, _ = await embedded(texts)
    assert vectors == again
    assert {len(vector) for vector in vectors} == {64}
    assert cosine(vectors[0], vectors[1]) > 0.5 > cosine(vectors[0], vectors[2])
    assert (spent.tokens_in, spent.tokens_out, spent.told) == (sum(map(len, texts)) // 4, 0, True)


async def test_embeddings_may_be_shortened() -> None:
    """The dimension that is asked for is the one that comes."""
    vectors, _ = await embedded(["a", "b"], 16)
    assert [len(vector) for vector in vectors] == [16, 16]


async def test_no_texts_need_no_endpoint() -> None:
    """Nothing to embed is not asked about."""
    assert await embedded([], fault=Fault.ERROR_500) == ([], Spent(tokens_in=0, tokens_out=0, seconds=0.0, told=True))


@pytest.mark.parametrize("fault", [Fault.ONE_SHORT, Fault.RAGGED, Fault.NOT_FINITE, Fault.BASE64])
async def test_wrong_embeddings_are_useless(fault: Fault) -> None:
    """Too few vectors, of several lengths, with numbers that are none, or not even lists, are an error with its price."""
    with pytest.raises(ModelAnswerError) as caught:
        await embedded(["a", "b"], fault=fault)
    assert caught.value.spent.told


async def test_embeddings_of_another_dimension_are_useless() -> None:
    """An endpoint that silently gives another length than was asked for is found out."""
    with pytest.raises(ModelAnswerError, match="128"):
        await embedded(["a"], 128)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.DENIED_401, ModelDenied),
        (Fault.UNKNOWN_MODEL_404, ModelDenied),
        (Fault.RATE_429, ModelBusy),
        (Fault.HTML_502, ModelUnreachable),
        (Fault.HTML_200, ModelUnreachable),
        (Fault.NO_CHOICES, ModelUnreachable),
        (Fault.TOO_LONG_400, ModelRefused),
        (Fault.RESET, ModelUnreachable),
    ],
)
async def test_faults_of_embeddings_are_told_apart(fault: Fault, kind: type[ModelError]) -> None:
    """An endpoint of embeddings fails in the same kinds as one of answers."""
    with pytest.raises(kind):
        await embedded(["a"], fault=fault)


async def test_an_endpoint_may_not_shorten() -> None:
    """An endpoint that rejects a dimension is the operator's to mend."""
    with denied("SVODKA_LLM_MODEL"):
        await embedded(["a"], 16, abilities=Abilities(dimensions=False))


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.SLOW])
async def test_time_runs_out_for_embeddings(fault: Fault) -> None:
    """Embeddings that do not come in time end in a time-out."""
    with pytest.raises(ModelTimeout):
        await embedded(["a"], fault=fault, seconds=0.3)


async def test_untold_tokens_of_embeddings_are_estimated() -> None:
    """Without usage, the tokens of texts are estimated."""
    _, spent = await embedded(["abc"], fault=Fault.NO_USAGE)
    assert spent.told is False
    assert spent.tokens_in > 0
