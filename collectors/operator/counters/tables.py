"""Counters from CSV and its like, by a mapping: a column a counter, or a row a counter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from collectors.operator.counters.rows import Row
from collectors.operator.counters.xml_files import number
from collectors.parsing.values import as_text
from collectors.records.mapping import read_mapping
from collectors.records.stream import Record, read_records
from domain.errors import ConfigurationError, RecordUnreadable
from transport.foreign import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from collectors.records.mapping import ColumnMapping

FIELDS: Final = ("cell", "started_at", "ended_at", "duration_s", "suspect", "counter", "value")
"""What a mapping can name. Without `counter` and `value` each column that a formula asks for is a counter;
`[rename.counter]` says which columns or names of a vendor's are which counters."""
QUARTER_S: Final = 900
LONGEST_S: Final = 86_400


def read_counter_mapping(name: str) -> ColumnMapping:
    """Return a mapping of counters.

    Raises:
        ConfigurationError: there is no such mapping, or something in it is wrong.
    """
    mapping = read_mapping(name, known=FIELDS, required=("cell", "started_at"))
    if ("counter" in mapping.fields) != ("value" in mapping.fields):
        raise ConfigurationError(f"the mapping {name} must name both of counter and value, or neither")
    return mapping


def table_rows(
    path: Path, mapping: ColumnMapping, wanted: Callable[[str], str | None]
) -> Iterator[Row | RecordUnreadable]:
    """Yield what each row counted, as `xml_rows` does; a row without length is of a quarter of an hour.

    Raises:
        InputError: the file is missing or may not be read.
    """
    for _, reading in read_records(path, layout=mapping.layout):
        if isinstance(reading, RecordUnreadable):
            yield reading
            continue
        try:
            with recorded(reading.where):
                row = _row(reading, mapping, wanted)
        except RecordUnreadable as error:
            yield error
        else:
            if row.counters:
                yield row


def _row(record: Record, mapping: ColumnMapping, wanted: Callable[[str], str | None]) -> Row:
    mapped = mapping.on(record)
    cell, started_at, ended_at = mapped.required("cell"), mapped.time("started_at"), mapped.time("ended_at")
    if started_at is None:
        raise RecordUnreadable(record.where, "there is no started_at")
    if ended_at is None:
        ended_at = started_at + timedelta(seconds=mapped.number("duration_s") or QUARTER_S)
    if not started_at < ended_at <= started_at + timedelta(seconds=LONGEST_S):
        raise RecordUnreadable(record.where, "it must end after it starts, within a day")
    rename = mapping.rename.get("counter", {})
    if "counter" in mapping.fields:
        told = [(mapped.required("counter"), mapped.text("value"))]
    else:
        told = [(rename.get(column, column), as_text(value)) for column, value in record.values.items()]
    counters: dict[str, float] = {}
    for counter, text in told:
        name = wanted(counter)
        value = number(text or "") if name is not None else None
        if name is not None and value is not None:
            counters[name] = counters.get(name, 0.0) + value
    return Row(cell, cell, started_at, ended_at, counters, bool(mapped.flag("suspect")))
