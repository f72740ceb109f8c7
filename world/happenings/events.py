"""What the operator's own systems tell of what happens: the rows of events.jsonl, right or wrong as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.documents import instant
from world.happenings.happening import moment
from world.happenings.rates import CALLS, ONSET_MINUTES, ONSET_SPREAD
from world.network.registers import CHUNK, Declarations, customer_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from world.happenings.happening import Happening
    from world.network.country import Country, Town

_TICKETS: Final = 0.2
"""Part of the calls that become a ticket."""
_NOISE: Final = 0.02
"""Alarms a day and site that nobody feels."""
_ALARMS: Final = (
    ("Rectifier failure, battery discharging", "voice", "major"),
    ("Cell out of service", "voice", "minor"),
    ("Downlink throughput below target", "mobile_data", "minor"),
    ("High temperature in the equipment room", "broadband", "warning"),
    ("Link errors above threshold", "mobile_data", "warning"),
    ("Fan failure", "voice", "warning"),
)
_TITLES: Final = {
    "mobile_data": "Cells without user data",
    "voice": "Sites out of service",
    "broadband": "Line terminal unreachable",
}


def network_events(happenings: Sequence[Happening]) -> Iterator[dict[str, Any]]:
    """Yield what systems and people of the network wrote of happenings, and note their numbers in these."""
    for one in happenings:
        for number, row in enumerate(told(one), start=1):
            row["event_id"] = f"N{one.id[1:]}{number}"
            one.event_ids.append(row["event_id"])
            yield row


def noise_events(country: Country, days: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield alarms that nobody feels."""
    for day in range(days):
        for town in country.towns:
            for _ in range(int(rng.poisson(_NOISE * town.sites))):
                title, subject, severity = _ALARMS[int(rng.integers(len(_ALARMS)))]
                at = day * 1440 + float(rng.uniform(0, 1440))
                row = _row(
                    "alarm", title, subject, town, at, at + float(rng.uniform(10, 240)), severity, country.own.key
                )
                yield row | {"event_id": f"Q{day:03}{int(rng.integers(1 << 40)):010x}"}


def bills(country: Country, days: int) -> Iterator[dict[str, Any]]:
    """Yield the bills of the customers who declared an account: those whose journeys can be told."""
    for begin in range(0, country.customers, CHUNK):
        numbers = np.arange(begin, min(begin + CHUNK, country.customers), dtype=np.int64)
        for number in numbers[Declarations.of(country, numbers).declared].tolist():
            for day in range(number % 28, days, 28):
                yield {
                    "event_id": f"B{number:07}-{day:03}",
                    "kind": "bill",
                    "title": "Monthly bill",
                    "subject": "billing",
                    "started_at": instant(moment(day * 1440 + 360)),
                    "brand": country.own.key,
                    "customer_number": customer_number(number),
                }


def calls(happenings: Sequence[Happening], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield the calls of customers whom faults met, and the tickets that some of them became."""
    for one in happenings:
        if not one.is_own_fault:
            continue
        firsts, lasts = np.array(one.ranges, dtype=np.int64).T
        many = int(rng.poisson(one.affected * CALLS * one.severity))
        which = rng.choice(len(firsts), size=many, p=(lasts - firsts) / (lasts - firsts).sum())
        numbers = rng.integers(firsts[which], lasts[which])
        delays = 1.5 * ONSET_MINUTES * np.exp(ONSET_SPREAD * rng.standard_normal(many))
        tickets = rng.random(many) < _TICKETS
        for n, (number, delay, is_ticket) in enumerate(zip(numbers.tolist(), delays.tolist(), tickets, strict=True)):
            if delay <= one.end - one.start:
                yield {
                    "event_id": f"C{one.id[1:]}-{n:05}",
                    "kind": "ticket" if is_ticket else "call",
                    "title": f"{'Ticket' if is_ticket else 'Call'}: no service",
                    "subject": one.subject,
                    "started_at": instant(moment(one.start + delay)),
                    "brand": one.brand,
                    "customer_number": customer_number(number),
                }


def told(one: Happening) -> Iterator[dict[str, Any]]:
    """Yield what is written of one happening, without numbers; nothing of what nobody noticed."""
    if one.kind == "campaign":
        yield _row("campaign", "Double data: share and win", "", None, one.start, one.end, "", one.brand)
    elif one.kind == "price_rise":
        yield _row("campaign", "Letters about the new prices", "price", None, one.start, one.end, "", one.brand)
    elif one.verdict == "trap" or one.alarm_at is None or one.alarm_town is None:
        return
    elif one.kind == "planned":
        yield from (
            _row("planned_work", "Planned work at sites", one.subject, town, one.start, one.end, "minor", one.brand)
            for town in one.towns
        )
    elif one.kind == "degradation":
        yield from (
            _row(
                "kpi_degradation",
                "Level below that of past weeks",
                one.subject,
                town,
                one.alarm_at,
                one.end,
                "minor",
                one.brand,
            )
            for town in one.towns
        )
    else:
        severity = "major" if one.kind in {"partial", "small"} else "critical"
        for town in [one.alarm_town] if one.kind == "wrong_place" else one.towns:
            yield _row("alarm", _TITLES[one.subject], one.subject, town, one.alarm_at, one.end, severity, one.brand)
        if one.kind == "loud":
            yield _row(
                "outage",
                "Outage under repair",
                one.subject,
                one.towns[0],
                one.alarm_at + 10,
                one.end,
                severity,
                one.brand,
            )


def _row(
    kind: str, title: str, subject: str, town: Town | None, start: float, end: float, severity: str, brand: str
) -> dict[str, Any]:
    return {
        "event_id": "",
        "kind": kind,
        "title": title,
        "subject": subject,
        "place": town.place.name if town else "",
        "region": town.place.region if town else "",
        "place_names": ";".join(sorted(set(town.place.names.values()))) if town else "",
        "started_at": instant(moment(start)),
        "ended_at": instant(moment(max(start, end))),
        "severity": severity,
        "brand": brand,
    }
