"""`earshot journeys`: which sequences of steps precede complaints, calls and leaving, over all customers."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import timedelta
from typing import Annotated

import typer

from cli.options import FormatOption, moment
from cli.screen import Format, print_records, say
from pipeline.wiring import configured, opened


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("journeys")(show_sequences)


def show_sequences(
    context: typer.Context,
    leading_to: Annotated[str, typer.Option(help="What follows: complaint, call or leaving.")],
    since: Annotated[str | None, typer.Option(help="From this day or time on; else 90 days before the end.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Before this time; a day counts whole; else the newest post.")
    ] = None,
    within: Annotated[int, typer.Option(min=1, max=366, help="Days before it in which the steps lie.")] = 14,
    fewest: Annotated[int, typer.Option(min=5, help="Customers that a sequence must have.")] = 20,
    form: FormatOption = Format.table,
) -> None:
    """List sequences of steps that precede something more often than chance explains, most lift first."""
    from insights.customers.sequences import StepSequence, preceding

    config = configured(context.obj)
    zone = config.time_zone
    with opened(config) as store:
        found = preceding(
            store,
            leading_to,
            config.linking.purposes,
            start=moment(since, zone),
            end=moment(until, zone, whole_day=True),
            within=timedelta(days=within),
            fewest=fewest,
        )
    records = [asdict(one) | {"steps": " > ".join(one.steps)} for one in found.sequences]
    print_records(records, [field.name for field in fields(StepSequence)], form)
    say(
        f"{len(records):,} of {found.tested:,} sequences precede {found.target} more often than chance explains; "
        f"{found.read:,} of {found.customers:,} customers read, {found.targets:,} times {found.target}"
    )
