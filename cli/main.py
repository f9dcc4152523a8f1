"""The `svodka` command: composes the programs. Every error that we raise on purpose ends as one sentence, exit code 1."""

from __future__ import annotations

import os
import sys

# Before numpy is first imported, here or in a worker process: its products are small, workers run side by side, and
# threads that wait for each other on the same cores cost more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before zoneinfo is: clocks by the pinned wheel, the same on every machine, and not by a system that is years behind.
os.environ.setdefault("PYTHONTZPATH", "")

from importlib import import_module
from typing import Final

import typer

from cli import shell
from core.errors import SvodkaError

#: Each command's module, and its function or group there. Only that module is loaded when the command is named: all of them take
#: longer to load than most commands run.
COMMANDS: Final = {
    "import": ("importing", "import_"),
    "login": ("telegram", "login_"),
    "logout": ("telegram", "logout"),
    "ingest": ("telegram", "ingest"),
    "reparse": ("telegram", "reparse_"),
    "channels": ("channels", "app"),
    "index": ("indexing", "index"),
    "summarize": ("working", "summarize"),
    "reembed": ("reembedding", "reembed"),
    "bot": ("botting", "bot"),
    "send": ("botting", "send"),
    "chat": ("chatting", "chat"),
    "up": ("botting", "up"),
    "write": ("writing", "write_"),
    "costs": ("writing", "costs"),
    "digest": ("digest", "digest"),
    "stories": ("stories", "stories"),
    "show": ("stories", "show"),
    "search": ("searching", "search"),
    "ask": ("asking", "ask"),
    "why": ("stories", "why"),
    "demo": ("demo", "demo"),
    "eval": ("evaluating", "app"),
    "bench": ("bench", "app"),
}


def app(named: str | None = None) -> typer.Typer:
    """The command line: with the one command that is named, or, where that is none, with all."""
    built = typer.Typer(
        name="svodka",
        help="Reads Telegram channels on ML and AI, finds which posts tell one story, and prints a digest with sources.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    built.callback()(_nothing)  # else typer takes the only command for the program itself
    for name in [named] if named in COMMANDS else COMMANDS:
        module, attribute = COMMANDS[name]
        found = getattr(import_module(f"cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            built.add_typer(found, name=name)
        else:
            built.command(name)(found)
    return built


def _nothing() -> None:
    """Before a command nothing is done."""


def main() -> None:
    """Entry point of the console script."""
    try:
        app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except SvodkaError as error:
        print(f"svodka: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        # The reader of a pipe (`svodka stories | head`) has left; the interpreter must not complain on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except shell.Stopped:
        print("svodka: stopped; what was done is kept", file=sys.stderr)
        raise SystemExit(143) from None
    except KeyboardInterrupt:
        print("svodka: stopped; what was done is kept", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
