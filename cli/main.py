"""The `svodka` command: composes the programs. Every error that we raise on purpose ends as one sentence, exit code 1."""

from __future__ import annotations

import os
import sys

# Before numpy is first imported, here or in a worker process: its products are small, workers run side by side, and
# threads that wait for each other on the same cores cost more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before zoneinfo is: clocks by the pinned wheel, the same on every machine, and not by a system that is years behind.
os.environ.setdefault("PYTHONTZPATH", "")

import typer

from cli import (
    asking,
    bench,
    botting,
    channels,
    chatting,
    demo,
    digest,
    evaluating,
    importing,
    indexing,
    reembedding,
    searching,
    shell,
    stories,
    telegram,
    working,
    writing,
)
from core.errors import SvodkaError

app = typer.Typer(
    name="svodka",
    help="Reads Telegram channels on ML and AI, finds which posts tell one story, and prints a digest with sources.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("import")(importing.import_)
app.command("login")(telegram.login_)
app.command("logout")(telegram.logout)
app.command("ingest")(telegram.ingest)
app.command("reparse")(telegram.reparse_)
app.add_typer(channels.app, name="channels")
app.command("index")(indexing.index)
app.command("summarize")(working.summarize)
app.command("reembed")(reembedding.reembed)
app.command("bot")(botting.bot)
app.command("send")(botting.send)
app.command("chat")(chatting.chat)
app.command("up")(botting.up)
app.command("write")(writing.write_)
app.command("costs")(writing.costs)
app.command("digest")(digest.digest)
app.command("stories")(stories.stories)
app.command("show")(stories.show)
app.command("search")(searching.search)
app.command("ask")(asking.ask)
app.command("why")(stories.why)
app.command("demo")(demo.demo)
app.add_typer(evaluating.app, name="eval")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
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
