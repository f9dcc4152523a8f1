"""`svodka bench`: speed and memory as ratios within one run."""

from __future__ import annotations

import typer

app = typer.Typer(help="Measure speed and memory as ratios within one run.", no_args_is_help=True)
