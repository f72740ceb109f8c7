"""`earshot status`: what became of all that repeats."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.live import age
from cli.screen import Format, print_records
from domain.documents import parse_instant
from pipeline.clock import SystemClock
from pipeline.status import COUNTS, status
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("status")(show_status)


COLUMNS: Final = ("job", "source", "state", "last success", "next run", "lag", "waiting", "left", "came", "error")


def show_status(
    context: typer.Context, form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table
) -> None:
    """Show each source and job: when it last ended well, what went wrong, when it is next due, how far behind it is."""
    config = configured(context.obj)
    now = SystemClock().now()
    with opened(config) as store:
        records = status(store, config, now)
    if form is not Format.table:
        print_records(records, list(records[0]), form)
        return
    print_records([_readable(record, now) for record in records], COLUMNS, form)


def _readable(record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a record as people read it: times as ages, counts in words; empty where there is nothing to say."""
    came = [f"{record[name]:,} {name}" for name in COUNTS if record[name]]
    next_run = parse_instant(record["next_run"]) - now if record["next_run"] else None
    return {
        "job": record["job"],
        "source": record["source"] or "",
        "state": f"running ({record['process']})" if record["process"] else record["state"],
        "last success": f"{age(now - parse_instant(record['last_success']))} ago" if record["last_success"] else "",
        "next run": "" if next_run is None else f"in {age(next_run)}" if next_run > timedelta() else "due",
        "lag": "" if record["lag_s"] is None else age(timedelta(seconds=record["lag_s"])),
        "waiting": "" if record["waiting_s"] is None else age(timedelta(seconds=record["waiting_s"])),
        "left": "" if record["requests_left"] is None else record["requests_left"],
        "came": ", ".join(came),
        "error": record["error"] or "",
    }
