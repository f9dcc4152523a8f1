"""aiogram's models, each built when it is first used.

Importing aiogram builds the validators of all its 700 models, of which a bot uses a few dozen: five of the six seconds that a
process of the bot took to start. aiogram declares them with pydantic's `defer_build`, which puts that off, and then rebuilds
every one all the same to acquaint them with each other's names (the end of `aiogram/types/__init__.py`; issue 1876 there asks
for less). Here the names are kept, and looked up when a model is built.

Pydantic cannot build models in two threads at once, and digests are made ready in threads beside the event loop: one builds at
a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel

_AIOGRAM: Final = "aiogram."
#: Pydantic's own, which builds a model at once.
_BUILD: Final[Callable[..., bool | None]] = BaseModel.__dict__["model_rebuild"].__func__
#: What aiogram's models call each other.
_names: dict[str, Any] = {}
#: Held by who builds a model; building one may ask for another.
_building = threading.RLock()


def defer() -> None:
    """From now on models of aiogram are built late, those of others as ever.

    To be called before aiogram is imported: there is nothing to put off after that.
    """
    BaseModel.model_rebuild = classmethod(_rebuild)  # type: ignore[assignment,method-assign]


def _rebuild(
    cls: type[BaseModel],
    *,
    force: bool = False,
    raise_errors: bool = True,
    _parent_namespace_depth: int = 2,
    _types_namespace: Mapping[str, Any] | None = None,
) -> bool | None:
    """As `BaseModel.model_rebuild`, which says what it returns; a model of aiogram that is told names keeps them for later."""
    if cls.__module__.startswith(_AIOGRAM) and not force:
        if _types_namespace is not None:
            _names.update(_types_namespace)
            return None
        _types_namespace = _names or None
    with _building:
        return _BUILD(
            cls,
            force=force,
            raise_errors=raise_errors,
            _parent_namespace_depth=_parent_namespace_depth + 1,
            _types_namespace=_types_namespace,
        )
