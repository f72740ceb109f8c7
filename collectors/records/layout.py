"""What a mapping says of the files that it is for, beside their columns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a file before it is looked at.

    `encoding` is None where the bytes decide, `skip` the number of lines (or rows of a sheet) above the header, None
    where the header is looked for. A header has, of each group in `columns`, at least one.
    """

    encoding: str | None = None
    skip: int | None = None
    columns: tuple[tuple[str, ...], ...] = ()

    def is_header(self, cells: set[str]) -> bool:
        """Tell whether these are the names of columns of such a file."""
        return bool(self.columns) and all(cells.intersection(group) for group in self.columns)

    def missing(self, shown: list[str]) -> str:
        """Return the sentence about a file in which no header was found, whose first row is `shown`."""
        wanted = ", ".join(" or ".join(map(repr, group)) for group in self.columns)
        first = ", ".join(repr(cell[:40]) for cell in shown[:12])
        return f"no header with the columns of the mapping ({wanted}); the first line has {first or 'nothing'}"
