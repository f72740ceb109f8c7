"""The `earshot` command: what holds for all commands."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.screen import LogForm, log_to_screen, say
from domain.errors import EarshotError

app = typer.Typer(
    name="earshot",
    help="Social listening and sentiment analytics for a telecom operator.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
COMMANDS: Final = (
    "demo", "ingest", "collect", "sources", "recheck", "retain", "forget", "export", "store", "load", "refresh",
    "analyse", "query", "brands", "ask", "incidents", "evaluate", "journey", "journeys", "link", "links", "explain",
    "influencers", "run", "serve", "status", "report", "dashboard", "corrections", "models", "train", "bench",
)  # fmt: skip
"""The files of this folder that hold a command, in the order in which help lists them."""
for command in COMMANDS:
    import_module(f"cli.{command}").add_to(app)

INTERRUPTED = 130


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Configuration file; default: earshot.toml here.")] = None,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,  # noqa: FBT002
    log: Annotated[LogForm, typer.Option(envvar="EARSHOT_LOG", help="How to log on standard error.")] = LogForm.text,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say on standard error what is done.")] = False,  # noqa: FBT002
) -> None:
    """Listen to what people say about the operator."""
    log_to_screen(log, verbose=verbose)
    if show_version:
        typer.echo(f"earshot {version('earshot')}")
        raise typer.Exit
    context.obj = config


def run() -> None:
    """Run a command; an error is one sentence and a non-zero exit code."""
    # Whatever is written holds people's words, or keys: its owner's alone.
    os.umask(0o077)
    try:
        app()
    except EarshotError as error:
        say(f"earshot: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("earshot: stopped; run it again to go on from here")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    run()
