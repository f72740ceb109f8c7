"""What a chart shows, as a table: for who reads with a screen reader or by keyboard, and for exact figures.

It is made from the chart's specification, so it says what the chart says: the marks that can be chosen, with the
words of their tooltips.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reports import wording
from reports.layers import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.charts import Spec

_NAMED_BY: Final = ("name", "when", "title")
"""Fields of a row that tell its mark from the others of a chart."""


@dataclass(frozen=True)
class ChartTable:
    """Column headings, a row of cells per mark, and the keys that a click on a mark sets, by the mark's name."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def chart_table(spec: Spec) -> ChartTable:
    """Return a chart's marks as a table; an empty one where nothing is drawn."""
    for layer in spec["layer"]:
        chosen = next((one for one in layer.get("params", ()) if one["name"] == CHOSEN), None)
        rows = layer.get("data", spec.get("data", {})).get("values", ())
        if chosen and rows:
            shown = layer["encoding"]["tooltip"]
            cells = tuple(tuple(_cell(row.get(column["field"])) for column in shown) for row in rows)
            columns = tuple(column["title"] for column in shown)
            return ChartTable(columns, cells, marks_by_name(rows, chosen["select"]["fields"]))
    return ChartTable()


def marks_by_name(rows: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the keys of each mark by its name; marks that open the same posts are one."""
    opened: dict[str, dict[tuple[Any, ...], str]] = {}
    for row in rows:
        name = " · ".join(_cell(row[field]) for field in _NAMED_BY if row.get(field))
        opened.setdefault(name, {}).setdefault(tuple(row.get(field) for field in fields), _cell(row.get("shown")))
    # Parts of one bar that open posts of their own are told apart by what they show.
    return {
        name if len(marks) == 1 else f"{name} · {shown}": dict(zip(fields, keys, strict=True))
        for name, marks in opened.items()
        for keys, shown in marks.items()
    }


def _cell(value: Any) -> str:
    if value is None:
        return wording.NO_DATA
    return wording.count(value) if isinstance(value, int) else " ".join(str(value).split())
