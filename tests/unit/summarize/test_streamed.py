"""Chunks are put together to what would have been said at once."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

import pytest

from summarize.model import answers
from summarize.model.heard import Heard, Lost
from summarize.model.streamed import Gathered


def gathered(*chunks: object) -> Gathered:
    return reduce(Gathered.with_chunk, chunks, Gathered())


def chunk(delta: object, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def completion(heard: Heard) -> Any:
    assert heard.status == 200
    return json.loads(heard.body)


def test_content_and_its_end_and_its_tokens_are_kept() -> None:
    """Content is joined; why it ends and the tokens are as the last chunk has them that tells."""
    found = gathered(
        chunk({"role": "assistant", "content": "a"}),
        {**chunk({"content": "b", "reasoning_content": "hm"}), "usage": {"prompt_tokens": 1}},
        {**chunk({"content": [{"type": "text", "text": "c"}, {"type": "thinking"}]}, "length"), "usage": None},
        {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 3}},
    ).heard(is_done=True)
    assert completion(found)["choices"][0]["message"]["content"] == "abc"
    assert answers.said(found.payload) == answers.Said(text="abc", is_cut=True, is_refusal=False)
    assert (found.tokens("prompt_tokens"), found.tokens("completion_tokens"), found.grown) == (5, 3, "abc")


def test_a_refusal_is_joined() -> None:
    """A refusal in pieces is a refusal."""
    found = gathered(chunk({"refusal": "I'm "}), chunk({"refusal": "sorry"}), chunk({}, "stop")).heard(is_done=True)
    assert completion(found)["choices"][0]["message"]["refusal"] == "I'm sorry"
    said = answers.said(found.payload)
    assert said
    assert said.is_refusal


@pytest.mark.parametrize(
    "odd",
    [
        *(
            None,
            5,
            [],
            "text",
            {},
            {"choices": None},
            {"choices": []},
            {"choices": [None]},
            {"choices": {}},
            {"usage": 7},
        ),
        *(
            chunk(None),
            chunk("text"),
            chunk({"content": None}),
            chunk({"content": 5}),
            chunk({"content": [None, {"text": 5}]}),
        ),
        *({"choices": [{}]}, {"choices": [{"finish_reason": 5}]}, chunk({}, "")),
    ],
)
def test_what_is_no_chunk_changes_nothing(odd: object) -> None:
    """Chunks without anything, or of any other shape, add nothing to an answer, wherever they come."""
    found = gathered(odd, chunk({"content": "a"}), odd, chunk({"content": "b"}, "stop"), odd).heard(is_done=True)
    assert answers.said(found.payload) == answers.Said(text="ab", is_cut=False, is_refusal=False)


def test_a_character_that_came_in_halves_is_whole() -> None:
    """Half a character is not shown; with its other half, it is there."""
    half = gathered(chunk({"content": "a\ud83d"}))
    whole = half.with_chunk(chunk({"content": "\ude00\0"}, "stop"))
    assert (half.text, whole.text) == ("a", "a😀")
    said = answers.said(whole.heard(is_done=True).payload)
    assert said
    assert said.text == "a😀"


@pytest.mark.parametrize("lost", [None, *Lost])
def test_an_answer_that_says_why_it_ends_is_whole(lost: Lost | None) -> None:
    """Nothing that happens after the reason for its end takes an answer back."""
    known = gathered(chunk({"content": "a"}, "stop"), {"error": {"message": "late", "code": 500}})
    found = known.heard(is_done=False, lost=lost)
    assert answers.said(found.payload) == answers.Said(text="a", is_cut=False, is_refusal=False)


def test_a_stream_that_ends_before_its_answer_is_cut() -> None:
    """Without a reason for its end, and without the last word of the endpoint, an answer is cut, however it ended."""
    known = gathered(chunk({"content": "a"}))
    assert known.heard(is_done=False) == Heard(lost=Lost.CUT, grown="a")
    assert known.heard(is_done=False, lost=Lost.LATE) == Heard(lost=Lost.LATE, grown="a")
    assert known.heard(is_done=True).is_ok
    assert gathered(chunk({"role": "assistant"})).heard(is_done=False).lost is Lost.CUT
    assert Gathered().heard(is_done=False, lost=Lost.NO_CONNECTION) == Heard(lost=Lost.NO_CONNECTION)


@pytest.mark.parametrize(
    ("error", "begun", "status", "lost"),
    [
        ({"message": "too long", "code": 400}, False, 400, None),
        ({"message": "too long", "code": 400}, True, 400, None),
        ({"message": "slow down", "code": 429}, True, 429, None),
        ({"message": "broken", "code": 503}, False, 503, None),
        ({"message": "broken", "code": 503}, True, 0, Lost.CUT),
        ({"message": "broken", "code": "server_error"}, False, 500, None),
        ({"message": "broken", "code": True}, True, 0, Lost.CUT),
        ("broken", False, 500, None),
        ("broken", True, 0, Lost.CUT),
    ],
)
def test_an_error_is_one_of_its_status(error: object, begun: bool, status: int, lost: Lost | None) -> None:
    """An error is as if it had come instead of an answer; one of the server, in the middle, cuts the answer."""
    known = gathered(*([chunk({"content": "a"})] if begun else []), {"error": error})
    found = known.heard(is_done=True)
    assert (found.status, found.lost, found.grown) == (status, lost, "a" if begun else "")
    assert found.body == ("" if lost else json.dumps({"error": error}))


def test_an_error_without_wrapping_is_one() -> None:
    """Older vLLM sends an error as the event itself."""
    found = gathered({"object": "error", "message": "too long", "code": 400}).heard(is_done=True)
    assert found.status == 400
    assert "too long" in found.body


def test_nothing_is_no_answer() -> None:
    """A stream of which nothing could be read ends as an answer that holds none."""
    for is_done in (True, False):
        found = Gathered().heard(is_done=is_done)
        assert found.is_ok
        assert answers.said(found.payload) is None
