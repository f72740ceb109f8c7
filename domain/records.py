"""What the operator's own systems tell: each record is of one kind of document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from domain.customer import Customer
from domain.event import Event
from domain.party import Party
from domain.place import Place
from domain.service import Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.documents import Kind

Record: TypeAlias = Place | Service | Party | Customer | Event

KIND_OF: Final[Mapping[type[Record], Kind]] = {
    Place: "places",
    Service: "services",
    Party: "parties",
    Customer: "customers",
    Event: "events",
}
"""In the order in which they are kept: what others refer to comes first."""


def name_of(record: Record) -> str:
    """Return what a record is called among those of all kinds; of a party, what is said of it counts, too."""
    name = f"{KIND_OF[type(record)]}:{record.id}"
    return f"{name}:{','.join(sorted(record.says))}" if isinstance(record, Party) else name
