"""The `earshot` command: one file of commands per question a user has."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import EarshotError
from pipeline.commands import (
    asking,
    benching,
    collecting,
    correcting,
    demonstrating,
    forgetting,
    keeping,
    learning,
    loading,
    models,
    naming,
    querying,
    reading,
    running,
    showing,
    sources,
    storing,
)
from pipeline.commands.screen import LogForm, log_to_screen, say

app = typer.Typer(
    name="earshot",
    help="Social listening and sentiment analytics for a telecom operator.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
PARTS = (
    demonstrating,
    collecting,
    sources,
    keeping,
    forgetting,
    storing,
    loading,
    reading,
    querying,
    naming,
    asking,
    running,
    showing,
    correcting,
    models,
    learning,
    benching,
)
for part in PARTS:
    part.add_to(app)

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
