"""Usage (TMF635) as totals of a day: single calls are nobody's business here.

Of a record of usage nothing is kept but whose it is, its day, its kind and its amounts; with whom, from where and at
what time of the day is not read.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from collectors.operator.tmforum.fields import (
    characteristics,
    listed,
    pseudonymous,
    required_moment,
    required_number,
    word,
)
from collectors.parsing.values import parse_number
from domain.event import Event
from domain.identity import record_pseudonym

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.operator.tmforum.fields import Intake
    from domain.records import Record

_COUNTED: Final = re.compile(
    r"(?!.*(?:time|date|number|party|address))[a-z_\- ]*"
    r"(?:duration|volume|bytes|octets|seconds|minutes|units|quantity|messages)[a-z_\- ]{0,30}"
)
"""What a characteristic is called that can be added up."""
_LARGEST: Final = 1e11
MOST_SUMS: Final = 8
"""Of one kind of usage: how many things are added up."""


def read_usage(_payload: Mapping[str, Any], _intake: Intake) -> tuple[Record, ...]:
    """Return nothing: a single record of usage is a part of its day's total."""
    return ()


@dataclass
class _Total:
    kind: str
    day: datetime
    customer: str | None
    party: str | None
    times: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    money: dict[str, Decimal] = field(default_factory=dict)


class UsageTotals:
    """Totals by customer, kind of usage and day (UTC); each record counts once, however often it is told."""

    def __init__(self) -> None:
        self._totals: dict[tuple[str, str, datetime], _Total] = {}
        self._seen: set[str] = set()

    def add(self, payload: Any, intake: Intake) -> None:
        """Add a record of usage.

        Raises:
            TypeError: it is no object.
            ValueError: it has no id or no time.
        """
        if not isinstance(payload, dict):
            raise TypeError("not an object")
        number = required_number(payload)
        at = required_moment(payload, "usageDate")
        if number in self._seen:
            return
        self._seen.add(number)
        people = payload.get("relatedParty")
        customer, party = intake.customer(people), intake.party(people)
        kind = word(payload, "usageType") or word(payload.get("usageSpecification"), "name") or "usage"
        key = (customer or party or "", kind, day_of(at))
        total = self._totals.setdefault(key, _Total(kind, day_of(at), customer, party))
        total.times += 1
        for name, value in characteristics(payload, "usageCharacteristic").items():
            amount = parse_number(value)
            is_room = name in total.sums or len(total.sums) < MOST_SUMS
            if amount is not None and 0 <= amount < _LARGEST and is_room and _COUNTED.fullmatch(name):
                total.sums[name] += amount  # type: ignore[assignment]  # counters add what is not whole, too
        for rated in listed(payload.get("ratedProductUsage")):
            _add_money(total, rated)

    def records(self, intake: Intake) -> list[Record]:
        """Return an event for each total."""
        return [
            Event(
                id=f"usage:{record_pseudonym(intake.key, 'usage', f'{who} {kind} {day.date()}')}",
                kind="usage",
                title=f"usage: {kind}",
                started_at=day,
                ended_at=day + timedelta(days=1),
                customer=one.customer,
                party=one.party,
                attributes=pseudonymous(
                    type=kind,
                    times=str(one.times),
                    **{re.sub(r"\W", "_", name): f"{amount:g}" for name, amount in sorted(one.sums.items())},
                    **{f"amount_{unit}": f"{value:f}" for unit, value in sorted(one.money.items())},
                ),
            )
            for (who, kind, day), one in self._totals.items()
        ]


def _add_money(total: _Total, rated: Any) -> None:
    """Add what a record of usage costs."""
    told = rated if isinstance(rated, dict) else {}
    money = told.get("taxIncludedRatingAmount") or told.get("taxIncludedAmount")
    value = money.get("value") if isinstance(money, dict) else None
    amount, unit = parse_number(value), word(money, "unit", "units") or ""
    if amount is not None and abs(amount) < _LARGEST and re.fullmatch(r"[A-Za-z]{3}", unit):
        total.money[unit] = total.money.get(unit, Decimal()) + Decimal(str(value))


def day_of(at: datetime) -> datetime:
    """Return when the day of a time (UTC) began."""
    return datetime.combine(at.date(), time(), at.tzinfo)
