"""The picture of /stats: days as bars, drawn with matplotlib to be read on a phone.

Pure but slow (it draws in 0.2 s, the first time in 2): call it in a thread.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from bot.texts import words
from bot.typography import figure
from core.store.stats import Day

#: Inches and dots: a phone shows the square about 380 points wide, a third of its size, so that type is three times as large.
_INCHES, _DOTS = 5.4, 200
#: Type in points: of the title, of the captions, and of the numbers and dates.
_TITLE, _CAPTION, _TICK = 17, 15, 13
#: Ink of the chart: what came in, what went out, the letters, and the lines behind.
_IN, _OUT, _INK, _GRID = "#1565a8", "#b8470b", "#111418", "#c9cfd4"


def png(days: Sequence[Day], *, lang: str, title: str, incoming: str, outgoing: str) -> bytes:
    """A square of 1,080 pixels: posts that came in and messages that went out, each day (at least one); captions are given."""
    # It is large and seldom needed, so that it is loaded only when somebody asks.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    layout = ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.12)
    drawing = Figure(figsize=(_INCHES, _INCHES), dpi=_DOTS, layout=layout)
    FigureCanvasAgg(drawing)
    # What is said is no formula, whatever signs stand in it.
    drawing.suptitle(
        title, x=0.03, ha="left", fontsize=_TITLE, fontweight="bold", color=_INK, parse_math=False, wrap=True
    )
    rows = ([day.posts for day in days], incoming, _IN), ([day.sent for day in days], outgoing, _OUT)
    # Each has a scale of its own: there may be a hundred times as many messages as posts.
    for axes, (values, caption, color) in zip(drawing.subplots(2, 1, sharex=True), rows, strict=True):
        axes.bar(range(len(days)), values, 0.8, color=color)
        axes.set_title(caption, loc="left", fontsize=_CAPTION, fontweight="bold", color=color, pad=8, parse_math=False)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
        axes.yaxis.set_major_formatter(lambda value, _: figure(value, lang=lang))
        axes.set_ylim(0, max(*values, 1) * 1.1)
        axes.set_xlim(-0.7, len(days) - 0.3)
        axes.tick_params(labelsize=_TICK, labelcolor=_INK, length=0)
        axes.grid(axis="y", color=_GRID, linewidth=1)
        axes.set_axisbelow(True)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
    axes.tick_params(axis="x", pad=12)
    ticks = sorted({0, (len(days) - 1) // 2, len(days) - 1})
    axes.set_xticks(ticks, [words(lang).day(days[tick].day, year=False) for tick in ticks])
    out = io.BytesIO()
    drawing.savefig(out, format="png")
    return out.getvalue()
