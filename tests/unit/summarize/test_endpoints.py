"""What an endpoint can do is kept as JSON."""

from __future__ import annotations

import json

import pytest

from summarize.model.endpoints import Ability, Mode, Streaming


@pytest.mark.parametrize(
    "held",
    [
        *(None, [], "text", {}, {"mode": "xml"}, {"mode": "text", "limit": "tokens"}, {"schema": True}),
        *({"temperature": []}, {"mode": "text", "streaming": "fast"}),
    ],
)
def test_an_unknown_ability_is_the_default(held: object) -> None:
    """What an older version has kept, or anything else, reads as an endpoint that can do everything."""
    assert Ability.from_json(held) == Ability()


@pytest.mark.parametrize("mode", list(Mode))
def test_an_ability_is_kept_as_json(mode: Mode) -> None:
    """An ability comes back from JSON as it went."""
    for streaming in Streaming:
        ability = Ability(mode=mode, limit="max_completion_tokens", temperature=False, streaming=streaming)
        assert Ability.from_json(json.loads(json.dumps(ability.to_json()))) == ability


def test_an_ability_that_knows_nothing_of_streams_is_kept() -> None:
    """What was found out before anything was streamed is not lost."""
    held = {"mode": "json_object", "limit": "max_completion_tokens", "temperature": False}
    expected = Ability(mode=Mode.OBJECT, limit="max_completion_tokens", temperature=False, streaming=Streaming.COUNTED)
    assert Ability.from_json(held) == expected
