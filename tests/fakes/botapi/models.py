"""Calls held against aiogram's own models of the methods. Importing these takes seconds, which a lenient fake does without."""

import inspect
from typing import Any

from aiogram import methods
from aiogram.methods.base import TelegramMethod
from aiogram.types import BufferedInputFile, InputFile
from pydantic import BaseModel, ValidationError

from tests.fakes.botapi.calls import Call, Upload

Json = dict[str, Any]

#: All methods that aiogram knows, by their name in small letters: the Bot API does not care about case.
KNOWN: dict[str, type[TelegramMethod[Any]]] = {
    found.__api_method__.lower(): found
    for _, found in inspect.getmembers(methods, inspect.isclass)
    if issubclass(found, TelegramMethod) and found is not TelegramMethod
}


class Checker:
    """Holds calls against aiogram's models; a call of a shape that was fine before is fine, which makes it quick."""

    def __init__(self) -> None:
        self._fine: set[Any] = set()

    def complaints(self, call: Call) -> list[str]:
        """What the model of the method has against the parameters, and what it does not know; none for a good call.

        A parameter that is missing is no complaint: Telegram says itself what it lacks.
        """
        shape = call.method, _shape(call.params)
        if shape in self._fine:
            return []
        found = _complaints(call)
        if not found:
            self._fine.add(shape)
        return found


#: Values that say more about a shape than their type.
_TELLING = frozenset({dict, list, bool})


def _shape(params: Json) -> Any:
    """What decides whether a model takes these parameters: names, types, and the few values that models ask for."""
    return tuple([(name, _kind(one) if type(one) is str else _inner_shape(one)) for name, one in params.items()])


def _kind(text: str) -> str:
    """What a form's text may stand for."""
    return text if text in {"true", "false"} else "number" if text.lstrip("-").isdigit() else "text"


def _inner_shape(value: Any) -> Any:
    found = type(value)
    if found is list:
        return frozenset(map(_inner_shape, value))
    if found is not dict:
        return value if found is bool else found
    kinds = tuple(map(type, value.values()))
    if _TELLING.isdisjoint(kinds):
        return (*value, *kinds, str(value.get("type")))
    return tuple([(name, one if name == "type" else _inner_shape(one)) for name, one in value.items()])


def _complaints(call: Call) -> list[str]:
    params = call.params
    if call.uploads:
        params = {name: _as_file(call, name, value) for name, value in params.items()}
    try:
        model = KNOWN[call.method].model_validate(params)
    except ValidationError as problem:
        wrong = [one for one in problem.errors() if one["type"] != "missing" or len(one["loc"]) > 1]
        return [f"{call.method}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong]
    return [f"{call.method}: unknown parameter {name}" for name in _unknown(model)]


def _as_file(call: Call, name: str, value: Any) -> Any:
    upload = call.upload(name) if isinstance(value, str) and value.startswith("attach://") else None
    return BufferedInputFile(upload.data, upload.name) if isinstance(upload, Upload) else value


def _unknown(value: Any, path: str = "") -> list[str]:
    """The names in a model, at any depth, that aiogram does not know."""
    if isinstance(value, list):
        return [name for one in value for name in _unknown(one, path)]
    if not isinstance(value, BaseModel) or isinstance(value, InputFile):
        return []
    found = [f"{path}{name}" for name in value.model_extra or ()]
    for name, one in value.__dict__.items():
        if isinstance(one, list | BaseModel):
            found += _unknown(one, f"{path}{name}.")
    return found
