"""The picture of /stats: days as bars, drawn with matplotlib.

Pure but slow (it draws in 0.2 s, the first time in 2): call it in a thread.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from core.store.stats import Day

#: Ink of the chart: what came in, what went out, and the lines behind.
_IN, _OUT, _GRID = "#2f7fb5", "#e08a3c", "#d9dde1"


def png(days: Sequence[Day], *, incoming: str, outgoing: str, title: str) -> bytes:
    """A picture of 1,000 × 560 points: posts that came in and messages that went out, each day; captions are given."""
    # It is large and seldom needed, so that it is loaded only when somebody asks.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    figure = Figure(figsize=(10, 5.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    rows = ([day.posts for day in days], incoming, _IN), ([day.sent for day in days], outgoing, _OUT)
    # Each has a scale of its own: there may be a hundred times as many messages as posts.
    for axes, (values, caption, color) in zip(figure.subplots(2, 1, sharex=True), rows, strict=True):
        axes.bar(range(len(days)), values, 0.7, color=color)
        axes.set_title(caption, loc="left", fontsize=11, color=color)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        axes.set_ylim(0, max(*values, 1) * 1.1)
        axes.grid(axis="y", color=_GRID)
        axes.set_axisbelow(True)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
    axes.set_xticks(range(len(days)), [f"{day.day:%d.%m}" for day in days])
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
