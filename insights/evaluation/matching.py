"""Alerts held against what happened: which faults were found, how soon, and which alerts were false."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from insights.evaluation.truth import TrueIncident

MONTH: Final = timedelta(days=30)
_MILLION: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that was said to be a fault: in which places (nothing: everywhere), from when to when, and since when.

    `says_no_fault`: it says itself that it is none of the operator's.
    """

    detected_at: datetime
    start: datetime
    end: datetime
    places: tuple[str, ...] = ()
    says_no_fault: bool = False


@dataclass(frozen=True)
class Found:
    """A true incident with the first alert of it, if any."""

    incident: TrueIncident
    alert: Alert | None

    @property
    def delay(self) -> float | None:
        """Minutes from the onset to the alert; None where there is none, or one was going on before."""
        if self.alert is None or self.alert.detected_at < self.incident.start:
            return None
        return (self.alert.detected_at - self.incident.start) / timedelta(minutes=1)

    @property
    def lead(self) -> float | None:
        """Minutes from the alert to when the operator knew; None where there is no delay."""
        delay, known = self.delay, self.incident.known_at
        return None if delay is None or known is None else (known - self.incident.start) / timedelta(minutes=1) - delay


@dataclass(frozen=True)
class Matched:
    """All faults that were to be found, and the alerts that are none of them: false ones, with the trap that set them
    off where there is one, and those that say themselves that they are none."""

    found: Sequence[Found]
    false: Sequence[tuple[Alert, TrueIncident | None]]
    recognised: Sequence[tuple[Alert, TrueIncident]]


def matched(alerts: Iterable[Alert], happened: Sequence[TrueIncident]) -> Matched:
    """Hold alerts against what happened to one brand."""
    alerts = sorted(alerts, key=lambda one: one.detected_at)
    faults = [one for one in happened if one.verdict != "trap"]
    traps = [one for one in happened if one.verdict == "trap"]
    false, recognised = [], []
    own: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if met := [one for one in faults if one.meets(alert.start, alert.end, alert.places)]:
            # Of several it is the one in the same place, and of those the one that began last before it.
            here = [one for one in met if not set(alert.places).isdisjoint(one.places)] or met
            before = [one for one in here if one.start <= alert.detected_at] or here
            own[max(before, key=lambda one: one.start).id].append(alert)
            continue
        trap = next((one for one in traps if one.meets(alert.start, alert.end)), None)
        if trap and alert.says_no_fault:
            recognised.append((alert, trap))
        else:
            false.append((alert, trap))
    found = []
    for one in faults:
        if one.verdict == "incident":
            # One that was going on when the fault began is second best: somebody looks already.
            after = [alert for alert in own[one.id] if alert.detected_at >= one.start]
            going = [
                alert
                for alert in alerts
                if alert.detected_at < one.start <= alert.end and one.meets(alert.start, alert.end, alert.places)
            ]
            found.append(Found(one, next(iter(after + going), None)))
    return Matched(found, false, recognised)


def figures(what: Matched, span: timedelta, customers: int) -> dict[str, Any]:
    """Return the figures of alerts: recall among large faults, false alerts a month and million customers, minutes.

    `lead_minutes_median` is over faults without an alarm, or with a late one. None where nothing can be measured.
    """
    large = [one for one in what.found if one.incident.is_large]
    leads = [one.lead for one in large if one.incident.kind in {"silent", "late"} and one.lead is not None]
    delays = [one.delay for one in large if one.delay is not None]
    months = span / MONTH
    return {
        "recall": _share(large),
        "n": len(large),
        "recall_of_all": _share(what.found),
        "n_of_all": len(what.found),
        "false": len(what.false),
        "false_per_month_per_million": round(len(what.false) / months * _MILLION / customers, 2) if months else None,
        "false_by_trap": dict(sorted(Counter(trap.kind if trap else "nothing" for _, trap in what.false).items())),
        "lead_minutes_median": round(median(leads), 1) if leads else None,
        "delay_minutes_median": round(median(delays), 1) if delays else None,
    }


def _share(found: Sequence[Found]) -> float | None:
    return round(sum(one.alert is not None for one in found) / len(found), 3) if found else None
