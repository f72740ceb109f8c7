"""The `earshot` command: what holds for all commands."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from cli.screen import LogForm, log_to_screen, say
from domain.errors import EarshotError

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMANDS: Final = (
    "demo", "ingest", "collect", "sources", "recheck", "retain", "forget", "export", "store", "load", "refresh",
    "analyse", "query", "brands", "ask", "incidents", "evaluate", "journey", "journeys", "link", "links", "explain",
    "influencers", "run", "serve", "status", "report", "dashboard", "corrections", "models", "train", "bench",
)  # fmt: skip
"""The files of this folder that hold a command, in the order in which help lists them."""
INTERRUPTED = 130


class Commands(TyperGroup):
    """All commands. One that is called is imported alone: the imports of all take longer than many a command."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, or None; where it is in no file of its name, it may be in any."""
        if cmd_name not in self.commands:
            self.commands = commands_in([cmd_name] if cmd_name in COMMANDS else COMMANDS)
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all, in their order."""
        self.commands = commands_in(COMMANDS)
        return super().list_commands(ctx)


def commands_in(files: Iterable[str]) -> dict[str, Any]:
    """Return the commands that some files of this folder hold, by name."""
    part = typer.Typer()
    for file in files:
        import_module(f"cli.{file}").add_to(part)
    return dict(typer.main.get_group(part).commands)


app = typer.Typer(
    name="earshot",
    help="Social listening and sentiment analytics for a telecom operator.",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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
