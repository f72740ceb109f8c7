"""`earshot corrections`: what readers of the dashboard corrected, as a file to train from or to look through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from actions.corrections import correction_rows
from cli.screen import say
from domain.errors import InputError
from pipeline.wiring import configured, opened
from reports.wording import many

corrections_app = typer.Typer(help="Labels that readers of the dashboard corrected.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(corrections_app, name="corrections")


@corrections_app.callback()
def _corrections() -> None:
    """Labels that readers of the dashboard corrected."""


@corrections_app.command("export")
def export(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="JSON Lines to write; it holds posts' texts.")]
) -> None:
    """Write one line per corrected post: its text and the labels that were given."""
    with opened(configured(context.obj)) as store:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in correction_rows(store)]
    try:
        file.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from None
    say(f"{many(len(lines), 'corrected post')} in {file}")
