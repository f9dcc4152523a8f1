"""What `svodka reembed` says before, and when it is stopped."""

from __future__ import annotations

import pytest

from cli import reembedding
from core.errors import UsageError
from core.settings import Settings
from core.store.vectors import LOCAL, EmbeddingModel

REMOTE = EmbeddingModel(id=2, name="m-1@https://h.example/v1", dimension=512, scale=None)


def test_only_the_bundled_model_can_be_named() -> None:
    """Another model is named by the settings, not by an option."""
    with pytest.raises(UsageError, match="SVODKA_EMBED_URL"):
        reembedding.reembed(to="m-1")


def test_the_cost_is_told_beforehand() -> None:
    """Posts, tokens and their price, as far as the settings say one."""
    settings = Settings(embed_price=0.02)
    told = reembedding._estimate(settings, REMOTE, 1200, 400_000)
    assert told == "1200 posts to embed by m-1@https://h.example/v1: about 400,000 tokens, 0.0080 at SVODKA_EMBED_PRICE"
    assert "does not say at what price" in reembedding._estimate(Settings(), REMOTE, 1, 300)


def test_more_than_a_day_may_cost_is_told() -> None:
    """Whoever has a budget for a day learns that it will not be enough."""
    assert "SVODKA_LLM_DAILY_TOKENS" in reembedding._estimate(Settings(), REMOTE, 30_000, 9_000_000)
    assert "SVODKA_LLM_DAILY_TOKENS" not in reembedding._estimate(Settings(), REMOTE, 30, 9_000)


def test_the_bundled_model_costs_nothing() -> None:
    """Nothing leaves the machine, and nothing is paid."""
    local = EmbeddingModel(id=LOCAL, name="ours", dimension=512, scale=None)
    assert reembedding._estimate(Settings(), local, 1, 9_000_000) == "1 post to embed by ours, on this machine"


def test_who_stops_it_learns_what_is_kept() -> None:
    """Before the switch and after it, the sentence says who serves and how to go on."""
    done = reembedding._Done("svodka reembed")
    done.posts = 128
    assert str(done).startswith("128 posts embedded and kept, and the former model goes on serving")
    done.switched = True
    assert str(done).startswith("the new model serves")
    assert str(done).endswith("run `svodka reembed` again to go on")
