"""`earshot journey`: all that happened to one customer."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from actions.find_customer import find_customers
from cli.options import FormatOption
from cli.screen import Format, print_records
from configuration.keys import key_of
from domain.documents import to_document
from domain.errors import InputError
from pipeline.clock import SystemClock
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from domain.config import Config
    from domain.ports import Store


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("journey")(show_journey)


def show_journey(
    context: typer.Context,
    customer: Annotated[str | None, typer.Argument(help="The customer's pseudonym.")] = None,
    form: FormatOption = Format.table,
    *,
    identifier: Annotated[
        bool,
        typer.Option(
            "--identifier",
            help="Ask for a number, a mail address or a handle in place of the pseudonym, at a prompt or on the "
            "standard input: so it is in no history of the shell. Only where linking.search_identifiers allows it.",
        ),
    ] = False,
) -> None:
    """List all that happened to one customer, in order."""
    from insights.customers.journey import journey

    config = configured(context.obj)
    if identifier == (customer is not None):
        raise InputError("name a customer by the pseudonym, or write --identifier alone")
    with opened(config) as store:
        key = _searched(store, config) if customer is None else customer
        steps = [to_document(step) for step in journey(store, key, config.linking.purposes).steps]
    columns = list(dict.fromkeys(key for step in steps for key in step))
    print_records([{column: step.get(column) for column in columns} for step in steps], columns, form)


def _searched(store: Store, config: Config) -> str:
    """Return the customer whose identifier is typed."""
    if not config.linking.search_identifiers:
        raise InputError("search by identifiers is off; linking.search_identifiers = true allows it")
    typed = (
        typer.prompt("Number, mail address or handle", hide_input=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.readline()
    )
    found = find_customers(
        store,
        typed,
        key=key_of(config),
        region=config.listener.region,
        by=getpass.getuser(),
        at=SystemClock().now(),
    )
    if not found:
        raise InputError("no customer here declared that")
    if len(found) > 1:
        raise InputError(f"that belongs to {len(found)} customers; name one: {', '.join(found)}")
    return found[0]
