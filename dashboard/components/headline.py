"""The big numbers of the Brand page, with intervals and the change against the period before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from dashboard.controls import period_before
from domain.questions import Question
from domain.zones import DEFAULT_ZONE
from reports.wording import MINUS, NO_DATA, count, percent, points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.config import Brand
    from domain.questions import Answer, Filters
    from domain.zones import ZoneName

    Ask = Callable[[Question], Answer]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number to show large: its label, how sure it is, and the change where there is something to compare with."""

    label: str
    value: str
    range: str = ""
    change: str | None = None


def figures(
    ask: Ask, filters: Filters, *, brand: Brand | None, comparable: bool, zone: ZoneName = DEFAULT_ZONE
) -> list[Figure]:
    """Return the numbers of a view; `comparable` tells that the period before is covered by posts too."""
    before = period_before(filters, zone) if comparable else None
    now = _one(ask, Question(measure="volume", filters=filters))
    then = _one(ask, Question(measure="volume", filters=before)) if before else {}
    posts, earlier = now.get("posts", 0), then.get("posts")
    change = f"{_signed(100 * (posts - earlier) / earlier)}%" if earlier else None
    different = "near-identical texts counted once" if filters.once else f"{count(now.get('once', 0))} different texts"
    shown = [
        Figure(label="Posts", value=count(posts), range=different, change=change),
        _mood(ask, filters, before, label="Net sentiment, all posts"),
    ]
    if brand is not None:
        mine, mine_before = (f and replace(f, brands=(brand.key,)) for f in (filters, before))
        if mine is not None:
            shown.append(_mood(ask, mine, mine_before, label=f"Net sentiment, {brand.name}"))
        now = _of_brand(ask(Question(measure="share-of-voice", filters=filters)), brand)
        then = _of_brand(ask(Question(measure="share-of-voice", filters=before)), brand) if before else {}
        shown.append(_estimate(now, then, "share", percent, label=f"Share of voice, {brand.name}"))
    return shown


def figures_html(shown: Sequence[Figure]) -> str:
    """Return the numbers as a row of escaped cards."""
    cards = []
    for figure in shown:
        change = f'<dd class="change">{escape(figure.change)} on the period before</dd>' if figure.change else ""
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


def _mood(ask: Ask, filters: Filters, before: Filters | None, *, label: str) -> Figure:
    now = _one(ask, Question(measure="sentiment", filters=filters))
    then = _one(ask, Question(measure="sentiment", filters=before)) if before else {}
    return _estimate(now, then, "net", points, label=label)


def _estimate(
    now: Mapping[str, Any], then: Mapping[str, Any], name: str, written: Callable[[float], str], *, label: str
) -> Figure:
    """Return an estimate of this name with its range, and by how many points it has changed."""
    if now.get(name) is None:
        return Figure(label=label, value=NO_DATA)
    earlier = then.get(name)
    return Figure(
        label=label,
        value=written(now[name]),
        range=f"95% range {written(now['low'])} to {written(now['high'])}",
        change=None if earlier is None else f"{_signed(100 * (now[name] - earlier))} points",
    )


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
