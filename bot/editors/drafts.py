"""What an admin is writing in an editor, between one message and the next.

Pure; `bot.editors.editing` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an admin is writing: `of` names the editor, `step` what was asked last, `values` (JSON) what was said so far,
    `request` the preview that is, or was, waited for.
    """

    of: str
    step: str
    values: Mapping[str, Any] = field(default_factory=dict)
    request: int | None = None
    id: int = 0

    def at(self, step: str, *, request: int | None = None, **values: Any) -> Draft:  # noqa: ANN401  JSON
        """The draft at another step, with some values changed."""
        return replace(self, step=step, request=request, values={**self.values, **values})
