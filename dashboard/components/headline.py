"""The big numbers of the Brand page, with intervals and the change against the period before.

A change is shown where the weekly report would speak of one, by the same rules; else it is said that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any, Final

from dashboard.controls import period_before
from domain.documents import parse_instant
from domain.questions import Question
from domain.zones import DEFAULT_ZONE
from insights.statistics.comparing import MIN_DAYS, MIN_MOOD_POSTS, MIN_POSTS, direction, volume_change
from insights.statistics.intervals import Interval, difference_interval
from reports.wording import MINUS, NO_DATA, count, percent, points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.config import Brand
    from domain.questions import Answer, Filters
    from domain.zones import ZoneName

    Ask = Callable[[Question], Answer]

NOT_SHOWN: Final = "not shown"
DECIDED: Final = "the filter on sentiment decides it"
UNCLEAR: Final = "no clear change on the period before"
TOO_FEW: Final = "too few posts to compare with the period before"
_WEEK: Final = 7

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number to show large: its label, how sure it is, and its change where chance alone would not explain it.

    `unchanged` says why no change is shown though there is something to compare with.
    """

    label: str
    value: str
    range: str = ""
    change: str | None = None
    unchanged: str = ""


def figures(
    ask: Ask, filters: Filters, *, brand: Brand | None, comparable: bool, zone: ZoneName = DEFAULT_ZONE
) -> list[Figure]:
    """Return the numbers of a view; `comparable` tells that the period before is covered by posts too."""
    before = period_before(filters, zone) if comparable else None
    now = _one(ask, Question(measure="volume", filters=filters))
    change, unchanged = growth(ask, filters, before, zone) if before else (None, "")
    different = "near-identical texts counted once" if filters.once else f"{count(now.get('once', 0))} different texts"
    shown = [
        Figure(label="Posts", value=count(now.get("posts", 0)), range=different, change=change, unchanged=unchanged),
        _mood(ask, filters, before, label="Net sentiment, all posts"),
    ]
    if brand is not None:
        mine, mine_before = (f and replace(f, brands=(brand.key,)) for f in (filters, before))
        if mine is not None:
            shown.append(_mood(ask, mine, mine_before, label=f"Net sentiment, {brand.name}"))
        now = _of_brand(ask(Question(measure="share-of-voice", filters=filters)), brand)
        then = _of_brand(ask(Question(measure="share-of-voice", filters=before)), brand) if before else {}
        shown.append(_estimate(now, then, "share", percent, of="of", label=f"Share of voice, {brand.name}"))
    return shown


def figures_html(shown: Sequence[Figure]) -> str:
    """Return the numbers as a row of escaped cards."""
    cards = []
    for figure in shown:
        change = f'<dd class="change">{escape(figure.change)} on the period before</dd>' if figure.change else ""
        change += f'<dd class="range">{escape(figure.unchanged)}</dd>' if figure.unchanged else ""
        cards.append(
            f'<div><dt>{escape(figure.label)}</dt><dd class="value">{escape(figure.value)}</dd>'
            f'<dd class="range">{escape(figure.range)}</dd>{change}</div>'
        )
    return f'<dl class="earshot-figures">{"".join(cards)}</dl>'


def headline_brand(brands: Sequence[Brand], chosen: Sequence[str | None]) -> Brand | None:
    """Return the brand whose numbers are shown large: the only one chosen, else the own one, else the first."""
    if len(chosen) == 1:
        return next((brand for brand in brands if brand.key == chosen[0]), None)
    return next((brand for brand in brands if brand.own), brands[0] if brands else None)


def growth(ask: Ask, filters: Filters, before: Filters, zone: ZoneName = DEFAULT_ZONE) -> tuple[str | None, str]:
    """Return the change of the number of posts, or why there is none to show.

    Days are compared with the days before in their places; of more than a week, those of one weekday are added up.
    """
    counted = [posts_by_day(ask, one, zone) for one in (filters, before)]
    length = round((filters.end - filters.start) / _DAY) if filters.start and filters.end else 0
    days = [(0, 0)] * min(length, _WEEK)
    for place in range(length):
        now, then = (found.get(place, 0) for found in counted)
        days[place % _WEEK] = (days[place % _WEEK][0] + now, days[place % _WEEK][1] + then)
    found = volume_change(days, of=len(days))
    if found.direction in {"up", "down"} and found.now is not None and found.before:
        return f"{_signed(100 * (found.now / found.before - 1))}%", ""
    few = len(days) < MIN_DAYS or (found.now or 0) + (found.before or 0) < MIN_POSTS
    return None, TOO_FEW if few else UNCLEAR


def posts_by_day(ask: Ask, filters: Filters, zone: ZoneName) -> dict[int, int]:
    """Return how many posts each day of a period has, by its place in the period."""
    found = ask(Question(measure="volume", filters=filters, by=("day",), zone=zone)).records()
    start = filters.start
    # Rounded: where clocks are changed a day is an hour longer or shorter.
    return {round((parse_instant(row["day"]) - start) / _DAY): row["posts"] or 0 for row in found if start is not None}


def _mood(ask: Ask, filters: Filters, before: Filters | None, *, label: str) -> Figure:
    if filters.decides_sentiment:
        return Figure(label=label, value=NOT_SHOWN, range=DECIDED)
    now = _one(ask, Question(measure="sentiment", filters=filters))
    then = _one(ask, Question(measure="sentiment", filters=before)) if before else {}
    return _estimate(now, then, "net", points, of="posts", label=label)


def _estimate(
    now: Mapping[str, Any], then: Mapping[str, Any], name: str, written: Callable[[float], str], *, of: str, label: str
) -> Figure:
    """Return an estimate of this name, made `of` so many posts, with its range and its change in points."""
    if now.get(name) is None:
        return Figure(label=label, value=NO_DATA)
    shown = Figure(
        label=label, value=written(now[name]), range=f"95% range {written(now['low'])} to {written(now['high'])}"
    )
    if then.get(name) is None:
        return shown
    if min(now[of], then[of]) < MIN_MOOD_POSTS:
        return replace(shown, unchanged=TOO_FEW)
    change = difference_interval(
        now[name], Interval(now["low"], now["high"]), then[name], Interval(then["low"], then["high"])
    )
    if direction(change) == "unclear":
        return replace(shown, unchanged=UNCLEAR)
    certain = f"{points(change.low)} to {points(change.high)}"
    return replace(shown, change=f"{_signed(100 * (now[name] - then[name]))} points ({certain})")


def _one(ask: Ask, question: Question) -> dict[str, Any]:
    return next(iter(ask(question).records()), {})


def _of_brand(answer: Answer, brand: Brand) -> dict[str, Any]:
    return next((row for row in answer.records() if row["brand"] == brand.key), {})


def _signed(value: float) -> str:
    """Return a change with an arrow and its sign, so that nothing hangs on a colour."""
    whole = round(value)
    if whole == 0:
        return "±0"
    return f"▲ +{whole}" if whole > 0 else f"▼ {MINUS}{abs(whole)}"
