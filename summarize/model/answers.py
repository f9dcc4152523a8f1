"""Reads what a model said: the JSON of an answer or what is wrong with it, and the vectors of embeddings. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, TypeAdapter, ValidationError

from core.errors import ModelAnswerError
from summarize.model.asking import Answer, Flaw, Question, clean
from summarize.model.heard import Json, at, words
from summarize.model.strict_schema import strict_schema

#: Of a bad answer, as many characters are shown to the model again; of what is wrong with it, as many problems.
BAD_ANSWER_SHOWN = 4000
PROBLEMS_SHOWN = 5
#: Of the braces in an answer, as many are tried as the beginning of an object.
MOST_OBJECTS = 200

#: Types of pydantic's errors that a schema rules out; the others are about bounds and the meaning of values.
_SHAPE = re.compile(r"missing|extra_forbidden|enum|literal_error|union_tag_\w+|\w+_type|\w+_parsing")
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>|\A\s*<think(?:ing)?>.*\Z", re.DOTALL)
_END_OF_THOUGHT = re.compile(r"</think(?:ing)?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words of a model, and how they ended."""

    text: str
    is_cut: bool
    is_refusal: bool


def said(payload: object) -> Said | None:
    """What a model says in a chat completion; None if nothing in it is an answer of a model."""
    choice = at(payload, "choices", 0)
    if not isinstance(choice, dict):
        return None
    finish = choice.get("finish_reason")
    return Said(
        text=clean(words(at(choice, "message", "content"))),
        is_cut=finish == "length",
        is_refusal=bool(at(choice, "message", "refusal")) or finish == "content_filter",
    )


def read(told: Said, question: Question[Answer]) -> Answer | Flaw:
    """The answer to a question in what was said, or why there is none that is of use."""
    spoken = without_thoughts(told.text)
    found = first_object(spoken, question.schema)
    if isinstance(found, BaseModel):
        return found
    if told.is_cut:
        wish = (
            f"Your answer was cut off after {question.most_tokens} tokens. Answer again, and much shorter: JSON only."
        )
        return Flaw(name="cut off", wish=wish)
    if not spoken.strip():
        return Flaw(name="empty", wish="Your answer was empty. Answer now: the JSON object only.")
    answer = spoken[:BAD_ANSWER_SHOWN]
    if found is None:
        wish = "There is no JSON object of the schema in your answer. Answer again: the JSON object only."
        return Flaw(name="not the JSON that was asked for", wish=wish, answer=answer, is_shapeless=True)
    problems = found.errors(include_url=False, include_input=False, include_context=False)[:PROBLEMS_SHOWN]
    lines = "\n".join(f"- {'.'.join(map(str, one['loc']))}: {one['msg']}"[:300] for one in problems)
    return Flaw(
        name=f"JSON that does not fit ({', '.join(sorted({one['type'] for one in problems}))})",
        wish=f"Your JSON does not fit:\n{lines}\nAnswer again with all of it, corrected: the JSON object only.",
        answer=answer,
        is_shapeless=any(_SHAPE.fullmatch(one["type"]) for one in problems),
    )


# --- JSON among other words ------------------------------------------------------------------------------------------


def without_thoughts(text: str) -> str:
    """An answer without what the model thought aloud; where JSON comes first, such words belong to its strings."""
    if text.lstrip().startswith(("{", "```")):
        return text
    # Some chat templates open the thought themselves, so that only its end is in the answer.
    return _END_OF_THOUGHT.split(_THOUGHT.sub("", text))[-1]


def first_object(text: str, schema: type[Answer]) -> Answer | ValidationError | None:
    """The first JSON object in a text that the schema accepts; else what is wrong with the first one, if there is any."""
    known = strict_schema(schema).get("properties", {}).keys()
    problem: ValidationError | None = None
    start = -1
    for _ in range(MOST_OBJECTS):
        start = text.find("{", start + 1)
        if start < 0:
            break
        held = object_at(text, start)
        # Any object would do for a schema of nothing but defaults.
        if held and (not known or known & held[0].keys()):
            try:
                return schema.model_validate_json(held[1])
            except ValidationError as error:
                problem = problem or error
    return problem


def object_at(text: str, start: int) -> tuple[Json, str] | None:
    """The JSON object that begins at `start`, and its text, without up to 20 trailing commas; None if there is none."""
    for _ in range(21):
        try:
            held, end = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            comma = _trailing_comma(text, error.pos)
            if comma is None:
                return None
            text = text[:comma] + text[comma + 1 :]
        except (ValueError, RecursionError):  # NaN, a number of thousands of digits, or nested without end
            return None
        else:
            return held, text[start:end]
    return None


def _no_constant(name: str) -> float:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _trailing_comma(text: str, position: int) -> int | None:
    """Where the comma is, if one between a value and a closing bracket is what a decoder stumbled over at a position."""
    # Python 3.13 points to the comma, older ones to the bracket.
    comma = position if text[position : position + 1] == "," else len(text[:position].rstrip()) - 1
    before, after = text[: max(comma, 0)].rstrip()[-1:], text[comma + 1 :].lstrip()[:1]
    is_trailing = text[comma : comma + 1] == "," and after in {"}", "]"} and before not in {"", ",", ":", "[", "{"}
    return comma if is_trailing else None


# --- vectors ---------------------------------------------------------------------------------------------------------


def vectors(data: Sequence[object], count: int, dimensions: int | None) -> list[list[float]]:
    """The vectors of an answer, in the order of the texts.

    Raises:
        ModelAnswerError: they are not as many, or not as long, as was asked for, or no vectors at all.
    """
    order = [at(one, "index") for one in data]
    if all(index is None for index in order):
        order = list(range(len(data)))
    found = dict(zip(order, (at(one, "embedding") for one in data), strict=True))
    if len(data) != count or found.keys() != set(range(count)):
        raise ModelAnswerError(f"Asked for the embeddings of {count} texts, the model gives others")
    rows = [_vector(found[index]) for index in range(count)]
    lengths = {len(row) for row in rows}
    if len(lengths) != 1 or lengths == {0} or (dimensions is not None and lengths != {dimensions}):
        wanted = "one length" if dimensions is None else f"{dimensions} numbers each"
        raise ModelAnswerError(f"The embeddings are not of {wanted} (there are {', '.join(map(str, sorted(lengths)))})")
    return rows


def _vector(held: object) -> list[float]:
    try:
        return _VECTOR.validate_python(held)
    except ValidationError:
        pass
    raise ModelAnswerError("An embedding is not a list of finite numbers")


_VECTOR = TypeAdapter(list[float], config={"strict": True, "allow_inf_nan": False})
