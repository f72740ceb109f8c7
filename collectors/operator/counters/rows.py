"""What one object of the network counted in one period, as files tell it, and which cell it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from collectors.operator.identifiers import Cell
from collectors.records.stream import Record, read_records
from domain.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUARTER: Final = timedelta(minutes=15)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_CELL_CLASS: Final = re.compile(r"\w*cell(?:cu|du|fdd|tdd)?", re.IGNORECASE)
"""The classes of TS 28.541 and its like that are cells: NRCellCU, EUtranCellFDD, UtranCell; relations are none."""


@dataclass(frozen=True, slots=True)
class Row:
    """Counters of an object, those alone that formulas ask for. `dn` is its distinguished name, `local` its last part.

    `is_suspect` where the network says itself that they cannot be trusted.
    """

    dn: str
    local: str
    started_at: datetime
    ended_at: datetime
    counters: Mapping[str, float]
    is_suspect: bool = False

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The quarter hour that a shorter period belongs to; a longer one is as it is."""
        if self.ended_at - self.started_at >= QUARTER:
            return self.started_at, self.ended_at
        started_at = _FIRST + (self.started_at - _FIRST) // QUARTER * QUARTER
        return started_at, started_at + QUARTER


class CellNames:
    """What cells are called here, by their names in the network; a register of the operator's (CSV: dn, cell) wins.

    Raises:
        ConfigurationError: the register cannot be read.
    """

    def __init__(self, register: Path | None = None) -> None:
        self._keys: dict[str, str] = {}
        if register is None:
            return
        try:
            for _, reading in read_records(register):
                if isinstance(reading, Record) and (dn := reading.values.get("dn")):
                    cell = Cell.parse(reading.values.get("cell"))
                    if cell is None:
                        raise ConfigurationError(f"{reading.where}: cell must read ncgi:234-15:0a1b2c3d4 or ecgi:...")
                    self._keys[str(dn).strip()] = cell.key
        except InputError as error:
            raise ConfigurationError(str(error)) from None
        if not self._keys:
            raise ConfigurationError(f"{register}: there are no columns dn and cell in it")

    def key(self, dn: str, local: str) -> str | None:
        """Return the id of the cell that an object is, its name where no better one is known, None where it is none."""
        known = self._keys.get(dn) or self._keys.get(local)
        if known is not None:
            return known
        name, equals, value = (local or dn).rpartition(",")[2].partition("=")
        cell = Cell.parse(dn) or Cell.parse(local) or Cell.parse(value)
        if cell is not None:
            return cell.key
        return dn if equals and _CELL_CLASS.fullmatch(name.strip()) else None
