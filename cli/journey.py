"""`earshot journey`: all that happened to one customer."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import FormatOption
from cli.screen import Format, print_records
from domain.documents import to_document
from pipeline.wiring import configured, opened


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("journey")(show_journey)


def show_journey(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's pseudonym.")],
    form: FormatOption = Format.table,
) -> None:
    """List all that happened to one customer, in order."""
    from insights.customers.journey import journey

    config = configured(context.obj)
    with opened(config) as store:
        steps = [to_document(step) for step in journey(store, customer, config.linking.purposes).steps]
    columns = list(dict.fromkeys(key for step in steps for key in step))
    print_records([{column: step.get(column) for column in columns} for step in steps], columns, form)
