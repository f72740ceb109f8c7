"""What commands show: progress on standard error, tables on standard output."""

from __future__ import annotations

import json
import logging
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import typer

from domain.documents import parse_instant
from domain.zones import in_zone
from reports.csv_table import csv_table
from transport.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.progress import Progress

    from domain.errors import RecordUnreadable
    from domain.zones import ZoneName

NOT_KNOWN: Final = "not known"
MOST_BROKEN_SHOWN: Final = 20
UNBROKEN: Final = 400
"""Characters of a line that goes into a file or a pipe."""
_LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SAID: Final = logging.getLogger("earshot")
"""What commands say, where everything is logged."""
INCOMPLETE_EXIT: Final = 3
"""Exit code where all that could be read was done and something could not be read."""


class Format(StrEnum):
    """How a table is printed."""

    table = "table"
    json = "json"
    csv = "csv"


class LogForm(StrEnum):
    """How is logged: lines for people, or a JSON object a line for machines."""

    text = "text"
    json = "json"


def say(text: str) -> None:
    """Tell the user something on standard error; standard output is for results."""
    if _SAID.isEnabledFor(logging.INFO):
        _SAID.info("%s", text)
    else:
        typer.echo(text, err=True)


def log_to_screen(form: LogForm = LogForm.text, *, verbose: bool = False) -> None:
    """Say what is logged, warnings and errors, where commands say everything; `verbose`: what is done, too.

    As JSON, everything that commands say is logged: whoever reads it finds nothing else on standard error.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Said)]:
        root.removeHandler(handler)
    said = _Said()
    said.setFormatter(_as_json() if form is LogForm.json else _Printable(_LINE))
    root.addHandler(said)
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    _SAID.setLevel(logging.INFO if form is LogForm.json else logging.CRITICAL)


def _as_json() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class Redacted(JsonFormatter):
        """Writes records, tracebacks too, without the secrets of addresses."""

        def process_log_record(self, log_record: dict[str, Any]) -> dict[str, Any]:
            return {name: redact(value) if isinstance(value, str) else value for name, value in log_record.items()}

    return Redacted(
        "{asctime}{levelname}{name}{message}",
        style="{",
        rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
        static_fields={},
    )


class _Said(logging.Handler):
    """Says records one by one, on what is standard error then: a table may stand there."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


class _Printable(logging.Formatter):
    """Writes records, tracebacks too, without the secrets of addresses and without control characters."""

    def format(self, record: logging.LogRecord) -> str:
        return "".join(c if c.isprintable() or c == "\n" else " " for c in redact(super().format(record)))


def progress() -> Progress:
    """Return progress bars on standard error, gone when done; silent where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )


def print_records(records: Sequence[Mapping[str, Any]], columns: Sequence[str], form: Format) -> None:
    """Print flat records as a table, one JSON array or CSV."""
    if form is Format.json:
        typer.echo(json.dumps(list(records), ensure_ascii=False, indent=2))
    elif form is Format.csv:
        typer.echo(csv_table(records, columns), nl=False)
    else:
        _print_table(records, columns)


def print_posts(records: Sequence[Mapping[str, Any]], total: int, zone: ZoneName) -> None:
    """Print posts to be read: a line about each, when as clocks of a zone showed it, then its text."""
    for record in records:
        mood = "sentiment not known"
        if record["sentiment"] is not None:
            mood = f"{record['sentiment']} {record['probability']:.2f}"
        about = [
            f"{in_zone(parse_instant(record['created_at']), zone):%Y-%m-%d %H:%M}",
            record["brands"] or "no brand",
            record["source"],
            record["author"] or "author not known",
            record["language"] or "language not known",
            mood,
        ]
        copies = [f"{record['copies']:,} copies"] if record["copies"] > 1 else []
        read = [record[name] for name in ("intents", "aspects") if record[name]]
        holds = [name for name in ("urgent", "ironic", "offensive", "spam") if record[name]]
        typer.secho("  ".join(map(shown, [*about, *read, *holds, *copies])), bold=True)
        typer.echo(f"    {shown(record['text'])}")
    typer.echo(f"{len(records):,} of {total:,} posts")


def tell_unreadable(unreadable: Iterable[RecordUnreadable]) -> int:
    """Print what could not be read, the first of it whole; return how many there were."""
    count = 0
    for count, error in enumerate(unreadable, start=1):
        if count <= MOST_BROKEN_SHOWN:
            say(str(error))
    if count > MOST_BROKEN_SHOWN:
        say(f"... and {count - MOST_BROKEN_SHOWN:,} more that could not be read")
    return count


def _print_table(records: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        numeric = any(isinstance(record.get(column), int | float) for record in records)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for record in records:
        # Posts are hostile input: plain text, never markup.
        table.add_row(*(Text(shown(record.get(column))) for column in columns))
    console = Console()
    if not console.is_terminal:
        # Into a file or a pipe nothing needs to be broken to fit a window.
        console = Console(width=UNBROKEN)
    console.print(table)


def shown(value: Any) -> str:
    """Return a value as it may be printed: without control characters, figures readable, None in words."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, int):
        return f"{value:,}"
    return "".join(c if c.isprintable() else " " for c in str(value))
