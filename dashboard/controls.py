"""From what the widgets say to what is asked: pure functions, without Streamlit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast, get_args

from domain.questions import ASKED, GENUINE, PUBLIC, Filters
from domain.zones import DEFAULT_ZONE, day_start, end_of, in_zone

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from dashboard.components.overlay import Overlay
    from domain.questions import Answer, Dimension
    from domain.zones import ZoneName

Step: TypeAlias = Literal["hour", "day", "week"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)
SENTIMENTS: Final = ("negative", "neutral", "positive")
UNKNOWN: Final = "not known"

_FILTER_OF: Final[Mapping[str, str]] = {one.name: one.filter for one in ASKED}
MARKED_BY: Final = _FILTER_OF.keys() | STEPS
"""What the keys of a chart's mark may be."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the filter panel says. Empty means everything; `days` are the first and the last day, both included.

    The days are those of `zone`. `chosen` are the values chosen of brands, topics and all else that has a control of
    its own. `once` counts near-identical texts once, `public` leaves the brands' own accounts out, `genuine` what was
    read as spam or automated.
    """

    days: tuple[date, ...] = ()
    chosen: Filters = field(default_factory=Filters)
    text: str = ""
    once: bool = True
    public: bool = True
    genuine: bool = False
    step: Step = "day"
    overlay: Overlay = "main"
    zone: ZoneName = DEFAULT_ZONE


def filters_of(choices: Choices) -> Filters:
    """Return the filters that the panel asks for. One day so far is that day."""
    first, last = (choices.days[0], choices.days[-1]) if choices.days else (None, None)
    return replace(
        choices.chosen,
        start=day_start(first, choices.zone) if first else None,
        end=day_start(last + timedelta(days=1), choices.zone) if last else None,
        speakers=PUBLIC if choices.public else (),
        spam=GENUINE if choices.genuine else (),
        text=choices.text.strip() or None,
        once=choices.once,
    )


def period_before(filters: Filters, zone: ZoneName = DEFAULT_ZONE) -> Filters | None:
    """Return the same filters for as many days of the zone just before, or None where the period is open."""
    if filters.start is None or filters.end is None:
        return None
    first, behind = (in_zone(at, zone).date() for at in (filters.start, filters.end))
    return replace(filters, start=day_start(first - (behind - first), zone), end=filters.start)


def narrowed(filters: Filters, picked: Mapping[str, Any], zone: ZoneName = DEFAULT_ZONE) -> Filters:
    """Return the filters of the posts behind one mark of a chart.

    `picked` has the mark's keys by the names of dimensions: times as aware times, None for what is not known, a tuple
    where the mark stands for several. Days and weeks are those of the zone. The period stays within the one chosen.
    """
    kept = {
        _FILTER_OF[name]: value if isinstance(value, tuple) else (value,)
        for name, value in picked.items()
        if name in _FILTER_OF
    }
    spans = [(value, end_of(name, value, zone)) for name, value in picked.items() if name in STEPS]
    starts = [start for start, _ in spans] + ([filters.start] if filters.start else [])
    ends = [end for _, end in spans] + ([filters.end] if filters.end else [])
    return replace(filters, start=max(starts, default=None), end=min(ends, default=None), **cast("Any", kept))


def chosen_alone(asked: Answer, dimension: Dimension, chosen: Collection[str | None]) -> Answer:
    """Return an answer by a dimension with the rows of the chosen values alone, all where nothing is chosen.

    A post that names two brands is among the posts of each: chosen by one it brings a row of the other.
    """
    if not chosen:
        return asked
    place = [column.name for column in asked.columns].index(dimension)
    return replace(asked, rows=tuple(row for row in asked.rows if row[place] in chosen))


def default_step(first: date, last: date) -> Step:
    """Return the step that gives a readable number of points for a period."""
    days = (last - first).days + 1
    return "hour" if days <= 2 else "day" if days <= 120 else "week"


def weeks_between(first: date, last: date) -> list[str]:
    """Return the ISO weeks that two days and all between them lie in, latest first: `2019-W48`."""
    monday = first - timedelta(days=first.weekday())
    count = (last - monday).days // 7 + 1
    weeks = [monday + timedelta(weeks=number) for number in range(count)]
    return [f"{year}-W{week:02}" for year, week, _ in (day.isocalendar() for day in reversed(weeks))]
