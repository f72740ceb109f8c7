"""Everything that is found held against the truth about a simulated operator."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from domain.documents import instant
from insights.detection.rates import FEWEST_WEEKS
from insights.evaluation.baselines import Heard, baselines
from insights.evaluation.links import customer_links, event_links
from insights.evaluation.matching import Alert, Matched, figures, matched
from insights.evaluation.replaying import replayed

if TYPE_CHECKING:
    from domain.ports import Store
    from insights.detection.watch import Watch
    from insights.evaluation.truth import Truth


def evaluated(store: Store, watch: Watch, truth: Truth, key: bytes, step: timedelta) -> dict[str, Any]:
    """Return the figures of incidents, of links to events and of links to customers; None where there are none.

    History is replayed with a look every `step`, from the first week on: before it nothing is usual yet.
    """
    return {
        "incidents": incident_figures(store, watch, truth, step),
        "events": event_links(store, truth),
        "links": customer_links(store, truth, key),
    }


def incident_figures(store: Store, watch: Watch, truth: Truth, step: timedelta) -> dict[str, Any]:
    """Return how well faults are found, beside simpler ways on the same posts, and each case."""
    start = truth.start + timedelta(weeks=FEWEST_WEEKS)
    span = max(truth.end - start, timedelta())
    happened = [one for one in truth.incidents if one.start >= start]
    # What happens to other operators is a trap to ours.
    own = [one if one.brand == truth.brand else replace(one, verdict="trap") for one in happened]
    replay = replayed(store, watch, (truth.brand,), start, truth.end, step)
    alerts = [
        Alert(
            detected_at=one.detected_at,
            start=one.started_at,
            end=one.last_at,
            places=one.places,
            says_no_fault=bool(one.elsewhere) or one.nature != "fault",
        )
        for one in replay
        if one.brand == truth.brand
    ]
    found = matched(alerts, own)
    ways = baselines(Heard.of(store, truth.brand, truth.start, truth.end), truth.start, start, truth.end)
    return figures(found, span, truth.customers) | {
        "baselines": {name: figures(matched(alerts, own), span, truth.customers) for name, alerts in ways.items()},
        "cases": cases(found),
    }


def cases(what: Matched) -> dict[str, Any]:
    """Return each fault that was to be found, and each alert that was of none."""
    return {
        "faults": [
            {
                "id": one.incident.id,
                "kind": one.incident.kind,
                "start": instant(one.incident.start),
                "places": list(one.incident.places),
                "people": one.incident.people,
                "delay_minutes": None if one.delay is None else round(one.delay, 1),
                "lead_minutes": None if one.lead is None else round(one.lead, 1),
            }
            for one in what.found
        ],
        "false": [
            {
                "detected_at": instant(alert.detected_at),
                "places": list(alert.places),
                "trap": trap.kind if trap else None,
            }
            for alert, trap in what.false
        ],
        "recognised": [
            {"detected_at": instant(alert.detected_at), "trap": trap.kind} for alert, trap in what.recognised
        ],
    }
