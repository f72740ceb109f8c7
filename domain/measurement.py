"""How a cell did in a quarter hour, by one key performance indicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A key performance indicator: its key, how people call it, the unit of its values, and which are better.

    Less than `tolerance` (in its unit) is no difference that anybody would notice. `subject` is what of the service it
    touches, with the codes of `linking/subjects.toml`; `source` is where its formula is defined.
    """

    key: str
    title: str
    unit: str
    higher_is_better: bool
    tolerance: float
    subject: str | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """The value of an indicator in one cell and period. `cell` is the id of its place, or its name in the network."""

    cell: str
    indicator: Indicator
    value: float
    started_at: datetime
    ended_at: datetime

    @property
    def id(self) -> str:
        """What it is called among all."""
        return f"{self.cell} {self.indicator.key} {self.started_at.isoformat()}"
