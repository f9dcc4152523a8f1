"""Embedders: what an endpoint answers becomes unit rows, and what it refuses is asked for in smaller pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from core.errors import ModelError, ModelRefused
from core.settings import Settings
from summarize import embed


class Endpoint:
    """Takes texts of up to `longest` characters, a few at a time; answers two numbers for each, or `answer`."""

    def __init__(self, *, longest: int = 400, answer: list[list[float]] | None = None) -> None:
        self.longest = longest
        self.answer = answer
        self.asked: list[list[str]] = []

    async def embed(self, texts: Sequence[str], *, subject: str, dimensions: int | None = None) -> list[list[float]]:
        assert subject
        assert dimensions in {None, 2}
        self.asked.append(list(texts))
        if any(len(text) > self.longest for text in texts):
            raise ModelRefused("fake.example does not take the question (HTTP 400)")
        return self.answer if self.answer is not None else [[3.0, 4.0 * len(text)] for text in texts]


def embedded(endpoint: Endpoint, texts: Sequence[str], dimension: int | None = None) -> embed.Vectors:
    return asyncio.run(embed.RemoteEmbedder(name="m@h", client=endpoint, dimension=dimension).embed(texts))


def test_rows_are_of_length_one_and_as_they_are_stored() -> None:
    """Vectors are normalised and rounded to half precision, in the order of the texts."""
    found = embedded(Endpoint(), ["a", "bb"])
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx([1.0, 1.0], abs=1e-3)
    assert (found == found.astype(np.float16).astype(np.float32)).all()
    assert found[0] == pytest.approx([0.6, 0.8], abs=1e-3)


def test_nothing_is_asked_for_no_texts() -> None:
    """No texts cost no request."""
    endpoint = Endpoint()
    assert embedded(endpoint, []).shape == (0, 0)
    assert endpoint.asked == []


def test_a_text_that_is_refused_is_shortened_alone() -> None:
    """One text that is too long for the model costs its end, not the batch."""
    endpoint = Endpoint(longest=400)
    texts = ["a" * 10, "b" * 700, "c" * 20, "d" * 30]
    found = embedded(endpoint, texts)
    whole = embedded(Endpoint(longest=1000), ["a" * 10, "b" * 350, "c" * 20, "d" * 30])
    assert (found == whole).all()


def test_a_text_that_is_refused_however_short_is_an_error() -> None:
    """An endpoint that refuses everything is not asked for ever."""
    endpoint = Endpoint(longest=3)
    with pytest.raises(ModelRefused):
        embedded(endpoint, ["word " * 40] * 64)
    assert len(endpoint.asked) < 20


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([[1.0, 0.0]], "2 vectors of one length"),
        ([[1.0, 0.0], [1.0]], "2 vectors of one length"),
        ([[0.0, 0.0], [1.0, 0.0]], "no vectors"),
        ([[float("nan"), 1.0], [1.0, 0.0]], "no vectors"),
        ([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], "SVODKA_EMBED_DIMENSION"),
    ],
)
def test_answers_that_are_no_vectors_are_errors(answer: list[list[float]], says: str) -> None:
    """Too few, of different lengths, empty, not numbers, or longer than was asked for."""
    with pytest.raises(ModelError, match=says):
        embedded(Endpoint(answer=answer), ["a", "b"], dimension=2)


def test_the_name_tells_what_makes_other_vectors() -> None:
    """Model, address and length are the name; a password in the address is not."""
    assert embed.remote_name("m-1", "https://me:secret@h.example:8080/v1", None) == "m-1@https://h.example:8080/v1"
    assert embed.remote_name("m-1", "https://h.example/v1", 512) == "m-1@https://h.example/v1 512"


def test_an_embedder_is_made_of_the_settings() -> None:
    """The settings name model, address and length; without them, or without a client, there is none."""
    settings = Settings(embed_url="https://h.example/v1", embed_model="m-1", embed_dimension=64)
    found = embed.remote(settings, Endpoint())
    assert found is not None
    assert (found.name, found.dimension) == ("m-1@https://h.example/v1 64", 64)
    assert embed.remote(settings, None) is None
    assert embed.remote(Settings(), Endpoint()) is None


def test_a_request_holds_so_many_texts() -> None:
    """Texts are asked for in requests of at most MOST_TEXTS, in their order."""
    cut = embed.requests(list(range(300)))
    assert [len(some) for some in cut] == [128, 128, 44]
    assert [text for some in cut for text in some] == list(range(300))
