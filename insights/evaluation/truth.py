"""The truth beside a simulated operator: a folder of files that nothing else reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.documents import parse_instant
from domain.errors import InputError
from domain.identity import customer_pseudonym, handle_pseudonym, post_id
from insights.detection.bursts import meet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

HEARD: Final = 10
"""A fault of which so many people speak is large: it can be asked for to be found."""
AFTERWARDS: Final = timedelta(hours=3)
"""People speak of a fault for so long after it ended."""


@dataclass(frozen=True, kw_only=True)
class TrueIncident:
    """Something that happened. `verdict`: `incident` is to be found, `explained` may be, `trap` is no fault of ours.

    `known_at` is when the operator knew, by an alarm or by calls; `people` is how many wrote of it.
    """

    id: str
    kind: str
    verdict: str
    brand: str
    places: tuple[str, ...]
    start: datetime
    end: datetime
    known_at: datetime | None
    people: int

    @property
    def is_large(self) -> bool:
        """Tell whether enough people spoke of it."""
        return self.people >= HEARD

    def meets(self, start: datetime, end: datetime, places: Sequence[str] = ()) -> bool:
        """Tell whether something in [start, end], in places or everywhere, can be this."""
        if end < self.start or start > self.end + AFTERWARDS:
            return False
        return meet(places, self.places)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A folder with the truth about a simulated operator: its customers, its span, what happened."""

    folder: Path
    brand: str
    customers: int
    start: datetime
    end: datetime
    incidents: tuple[TrueIncident, ...]

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """Read a folder.

        Raises:
            InputError: it holds no truth, or what it holds cannot be read.
        """
        try:
            world = json.loads((folder / "world.json").read_text(encoding="utf-8"))
            incidents = tuple(
                TrueIncident(
                    id=row["id"],
                    kind=row["kind"],
                    verdict=row["verdict"],
                    brand=row["brand"],
                    places=tuple(row["places"]),
                    start=parse_instant(row["start"]),
                    end=parse_instant(row["end"]),
                    known_at=parse_instant(row["known_at"]) if row["known_at"] else None,
                    people=row["people"],
                )
                for row in _rows(folder / "incidents.jsonl")
            )
            return cls(
                folder=folder,
                brand=world["brand"],
                customers=world["customers"],
                start=parse_instant(world["start"]),
                end=parse_instant(world["end"]),
                incidents=incidents,
            )
        except OSError as error:
            raise InputError(f"there is no truth in {folder}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"the truth in {folder} cannot be read ({type(error).__name__})") from None

    def caused(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the stored id of each post that something made somebody write, and which events tell of that."""
        for row in _rows(self.folder / "events.jsonl"):
            yield post_id(row["source"], row["instance"], row["post"]), frozenset(row["events"])

    def accounts(self, key: bytes) -> Iterator[tuple[str, str, bool]]:
        """Yield the pseudonym of each account, whose it is, and whether its owner said so and agreed to be linked."""
        for row in _rows(self.folder / "links.jsonl"):
            handle = handle_pseudonym(key, row["source"], row["handle"])
            yield handle, customer_pseudonym(key, row["customer_number"]), row["declared"] and row["consent"]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
