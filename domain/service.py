"""What the operator provides to a customer, and from where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service or a resource of the operator's inventory, as it is now; what it was before stands in its history.

    `customer` and `party` are the pseudonyms of whose it is and of the person behind that, None of what belongs to
    nobody. `places` are ids of the places that it is provided from or at, `supported_by` ids of the services and
    resources that it rests on: the way from an alarm to the customers is alarm, resource, service, customer.
    """

    id: str
    kind: str
    name: str | None = None
    state: str | None = None
    customer: str | None = None
    party: str | None = None
    places: tuple[str, ...] = ()
    supported_by: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
