"""`earshot evaluate`: what was found in a simulated operator's posts, held against what is true."""

from __future__ import annotations

import json
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from configuration.keys import key_of
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Form(StrEnum):
    """How the figures are printed."""

    text = "text"
    json = "json"


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("evaluate")(evaluate)


def evaluate(
    context: typer.Context,
    truth: Annotated[Path, typer.Option(help="The folder truth of a simulated operator.")],
    step: Annotated[int, typer.Option(min=1, help="Minutes between looks at history.")] = 5,
    form: Annotated[Form, typer.Option("--format", help="How to print.")] = Form.text,
) -> None:
    """Hold incidents, links to events and links to customers against the truth about a simulated operator."""
    from insights.evaluation.evaluate import evaluated
    from insights.evaluation.truth import Truth
    from pipeline.incidents import watch_of

    known = Truth.read(truth)
    config = configured(context.obj)
    with opened(config) as store:
        found = evaluated(store, watch_of(store, config), known, key_of(config), timedelta(minutes=step))
    typer.echo(json.dumps(found, indent=1) if form is Form.json else "\n".join(_lines(found)))


def _lines(figures: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in figures.items():
        if name == "cases":
            continue
        if isinstance(value, dict):
            yield f"{indent}{name.replace('_', ' ')}"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name.replace('_', ' ')}: {'cannot be measured' if value is None else value}"
