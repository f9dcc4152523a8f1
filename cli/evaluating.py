"""`svodka eval`: how well stories and topics are found, on labelled posts."""

from __future__ import annotations

import typer

app = typer.Typer(help="Measure stories and topics on labelled posts.", no_args_is_help=True)
