"""How the claim checks do on labelled claims: on those that they were made with, and on those that they were not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from summarize.claims.claim_figures import Figures, claims, figures
from summarize.embed import local_encoder

DATA = Path(__file__).parents[2] / "data" / "summaries"


def similar(text: str, others: Sequence[str]) -> list[float]:
    """Cosines by the bundled model, each text embedded once."""
    return [float(vector(text) @ vector(other)) for other in others]


@cache
def vector(text: str) -> NDArray[np.float32]:
    return local_encoder()([text])[0]


#: The claims that the checks were made with tell less than the others, and are twice as many.
FIT = pytest.mark.long


@cache
def measured(name: str) -> Figures:
    rows = (json.loads(line) for line in (DATA / f"claims_{name}.jsonl").read_text("utf-8").splitlines())
    return figures(claims(rows), similar=similar)


@pytest.mark.parametrize(("name", "floor"), [pytest.param("fit", 0.98, marks=FIT), ("held", 0.92)])
def test_true_claims_survive(name: str, floor: float) -> None:
    """Nearly all true claims have no fault."""
    assert measured(name).survive.value >= floor


@pytest.mark.parametrize(("name", "floor"), [pytest.param("fit", 0.98, marks=FIT), ("held", 0.96)])
def test_facts_are_looked_up(name: str, floor: float) -> None:
    """Nearly all claims with a false number, version, name, quotation, date or link are caught."""
    assert measured(name).looked_up.value >= floor


@pytest.mark.parametrize(("name", "floor"), [pytest.param("fit", 0.88, marks=FIT), ("held", 0.85)])
def test_false_claims_are_caught(name: str, floor: float) -> None:
    """Most false claims are caught, whatever is false in them."""
    assert measured(name).caught.value >= floor
