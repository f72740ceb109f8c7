"""Tables as CSV that a spreadsheet may open: the one writer of it, for the command line and the pages."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FORMULAS: Final = frozenset("=+-@")
"""What a cell begins with that a spreadsheet runs."""
_CONTROLS: Final = frozenset("\t\n\0")


def csv_table(records: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return flat records as CSV with a header; no cell of it is run by a spreadsheet."""
    target = io.StringIO()
    writer = csv.DictWriter(target, list(map(defused, columns)), lineterminator="\n")
    writer.writeheader()
    writer.writerows({defused(name): defused(cell) for name, cell in record.items()} for record in records)
    return target.getvalue()


def defused(cell: Any) -> Any:
    """Return a cell of a CSV file so that no spreadsheet runs it: a text that would be a formula gets a `'` in front.

    Strangers choose their names and words; numbers stay numbers.
    """
    if not isinstance(cell, str):
        return cell
    # The writer puts no quotes around a lone carriage return, which spreadsheets read as the end of a row.
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    # Spreadsheets take the full-width signs of East Asian keyboards for the signs, and some pass over blanks.
    begin = unicodedata.normalize("NFKC", cell.lstrip()[:1])
    return f"'{cell}" if begin in _FORMULAS or cell[:1] in _CONTROLS else cell
