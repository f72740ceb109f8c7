"""`earshot ask`: figures and posts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from cli.options import FormatOption, chosen, moment, with_filters
from cli.screen import Format, print_posts, print_records
from domain.errors import InputError
from domain.questions import DIMENSIONS, PUBLIC, Answer, Measure, Order, Page, Question
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from collections.abc import Sequence


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("ask")(with_filters(ask))


def ask(
    context: typer.Context,
    measure: Annotated[str, typer.Argument(help=", ".join(get_args(Measure)))],
    by: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(DIMENSIONS)}.")] = None,
    text: Annotated[str | None, typer.Option(help='Boolean query: (outage OR signal*) AND NOT "price rise".')] = None,
    since: Annotated[str | None, typer.Option(help="From this day or time on, in the configured time_zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time; a day counts whole.")] = None,
    order: Annotated[str, typer.Option(help=f"Of posts: {', '.join(get_args(Order))}.")] = "newest",
    limit: Annotated[int, typer.Option(min=1, help="Most posts listed.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="Posts skipped.")] = 0,
    form: FormatOption = Format.table,
    *,
    once: Annotated[bool, typer.Option(help="Count near-identical texts once.")] = False,
    public: Annotated[bool, typer.Option(help="Leave the brands' own accounts out.")] = False,
    **asked: Any,
) -> None:
    """Answer a question from the stored posts."""
    from insights.ask import answer

    config = configured(context.obj)
    filters = replace(
        chosen(asked),
        start=moment(since, config.time_zone),
        end=moment(until, config.time_zone, whole_day=True),
        text=text,
        once=once,
    )
    filters = replace(filters, speakers=PUBLIC) if public and not filters.speakers else filters
    dimensions = [name.strip() for group in by or () for name in group.split(",")]
    question = Question(
        measure=cast("Measure", _one_of(measure, get_args(Measure), "measure")),
        filters=filters,
        by=tuple(_one_of(name, tuple(DIMENSIONS), "dimension") for name in dimensions),
        order=cast("Order", _one_of(order, get_args(Order), "order")),
        page=Page(limit=limit, offset=offset),
        zone=config.time_zone,
    )
    with opened(config) as store:
        _print(answer(store, question), question.measure, form)


def _print(found: Answer, measure: Measure, form: Format) -> None:
    records, columns = found.records(), [column.name for column in found.columns]
    if form is Format.table and measure == "posts":
        print_posts(records, found.total, found.zone)
        return
    if form is Format.table and measure == "topics":
        # Read by people: the largest first, the id (for --topic) last.
        records.sort(key=lambda record: -record["posts"])
        columns.append(columns.pop(columns.index("topic")))
    print_records(records, columns, form)


def _one_of(value: str, allowed: Sequence[str], what: str) -> str:
    if value not in allowed:
        raise InputError(f"there is no {what} {value!r}; there are: {', '.join(allowed)}")
    return value
