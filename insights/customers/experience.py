"""The running experience score of a journey: what each step does to it, and how that is forgotten.

After Bolton and Drew (1991), who found that what a customer holds of a service is what they held before, moved by what
happened since. The effects are data (`experience.toml`): an operator's own judgement, not estimates, and shown step by
step beside the score, so that nobody has to believe the sum.
"""

from __future__ import annotations

import heapq
import tomllib
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from domain.event import OPEN_END

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from insights.customers.steps import Step

POINTS: Final = 200
"""How finely the score is drawn between steps."""


@cache
def _effects() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("insights.customers") / "experience.toml").read_text(encoding="utf-8"))


def effect_of(kind: str, lasted: timedelta | None = None, severity: str | None = None) -> float:
    """Return what a step of a kind does to the score, in points; 0 of a kind that does nothing.

    `lasted` is how long it went on, None where nobody recorded an end; `severity` is what the operator calls it.
    """
    effects = _effects()
    if kind not in effects["lasting"]:
        return float(effects["once"].get(kind, 0.0))
    rule, hours = effects["lasting"][kind], (OPEN_END if lasted is None else lasted) / timedelta(hours=1)
    share = effects["severity"].get((severity or "").lower(), 1.0)
    return float(share * max(min(rule["an_hour"] * hours, rule["least"]), rule["most"]))


def effect_of_post(sentiment: Mapping[str, Any] | None) -> float:
    """Return what a post with this stored sentiment does to the score, in points."""
    if not sentiment:
        return 0.0
    label = sentiment["label"]
    # What a reader corrected has no probability of its own: it is sure.
    return float(_effects()["post"].get(label, 0.0) * sentiment.get("probabilities", {}).get(label, 1.0))


def _score(moved: float) -> float:
    return float(min(max(_effects()["start"] + moved, 0.0), 100.0))


def remembered(effect: float, since: timedelta) -> float:
    """Return what is left of an effect after a time, in points."""
    return float(effect * 0.5 ** (since / timedelta(days=_effects()["half_life_days"])))


def scored(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return steps, by time, with the score (0 to 100) after each."""
    found: list[Step] = []
    moved = 0.0
    for step in steps:
        moved = remembered(moved, step.at - found[-1].at) if found else 0.0
        moved += step.effect
        found.append(replace(step, score=round(_score(moved), 1)))
    return tuple(found)


def course(steps: Sequence[Step], start: datetime, end: datetime) -> list[tuple[datetime, float]]:
    """Return the score (0 to 100) in [start, end] as the points of a line: around each step, and between them."""
    every = max((end - start) / POINTS, timedelta(minutes=1))
    times = [start + n * every for n in range(int((end - start) / every) + 1)]
    happened = sorted((step.at, step.effect) for step in steps if step.at <= end and step.effect)
    found: list[tuple[datetime, float]] = []
    moved, since = 0.0, happened[0][0] if happened else start
    for at, effect in heapq.merge(((at, None) for at in times), happened, key=lambda one: one[0]):
        moved, since = remembered(moved, max(at - since, timedelta())), max(at, since)
        if at >= start:
            found.append((at, _score(moved)))
        if effect is not None:
            moved += effect
            if at >= start:
                found.append((at, _score(moved)))
    return found


def weighing(steps: Sequence[Step], at: datetime) -> list[tuple[Step, float]]:
    """Return the steps that move the score by half a point or more at a time, and by how much each, most first."""
    left = ((step, remembered(step.effect, at - step.at)) for step in steps if step.at <= at)
    return sorted(((step, points) for step, points in left if abs(points) >= 0.5), key=lambda part: -abs(part[1]))
