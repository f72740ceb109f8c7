"""Write down which hours a source was heard in, at the end of each run.

A run that ends well has heard all hours since the last one that did: sources are read on from where
they were left. A first run is taken to have heard back to the oldest post that it brought. Hours of
a run that failed are `failed`. A stretch without any post is `unknown` where the same hours of the
day brought so many in the last four weeks that `LEAST_EXPECTED` were to be expected in it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from statistics import fmean
from typing import TYPE_CHECKING, Final

from domain.documents import instant, parse_instant
from domain.hours import HOUR, hour_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.hours import State
    from domain.ports import Store

WINDOW: Final = timedelta(days=28)
LEAST_EXPECTED: Final = 8


@dataclass(frozen=True)
class _Hour:
    """What is known of one hour of a source: its state, and its posts that came in then or later."""

    state: State
    posts: int = 0


def note_run(
    store: Store, name: str, came: Mapping[datetime, int], now: datetime, *, heard: bool, source: str = ""
) -> None:
    """Write down a run of a source that ended `now`: `came` are its new posts by the hour of their making.

    `source` is what its posts carry as their source, where any came.
    """
    last = hour_of(now)
    before = _known(store, name, last)
    since = _since(before, came, last, heard=heard)
    after = before | _told(before, since, last, heard=heard)
    for hour in after.keys() & came.keys():
        state: State = "heard" if after[hour].state == "unknown" else after[hour].state
        after[hour] = _Hour(state, after[hour].posts + came[hour])
    if heard:
        after |= {hour: replace(after[hour], state="unknown") for hour in _too_quiet(after, since)}
    changed = [hour for hour in sorted(after) if after[hour] != before.get(hour) or hour == last]
    source = source or _posts_source(store, name, before)
    store.upsert("coverage", [_document(name, hour, after[hour], now, source) for hour in changed])


def _posts_source(store: Store, name: str, hours: Mapping[datetime, _Hour]) -> str:
    """Return what the posts of earlier runs carried as their source."""
    last = [_id(name, hour) for hour in sorted(hours)[-1:]]
    return next((one.get("posts_source", "") for one in store.get("coverage", last).values()), "")


def _known(store: Store, name: str, last: datetime) -> dict[datetime, _Hour]:
    ids = [_id(name, hour) for hour in _hours(last - WINDOW, last)]
    found = store.get("coverage", ids).values()
    return {parse_instant(one["hour"]): _Hour(one["state"], one["posts"]) for one in found}


def _since(before: Mapping[datetime, _Hour], came: Mapping[datetime, int], last: datetime, *, heard: bool) -> datetime:
    """Return the hour up to which all was told before this run."""
    done = [hour for hour, known in before.items() if known.state == "heard"]
    if done:
        return max(done)
    first = min(came, default=last) if heard else last
    return max(min([first, *before]), last - WINDOW)


def _told(before: Mapping[datetime, _Hour], since: datetime, last: datetime, *, heard: bool) -> dict[datetime, _Hour]:
    """Return the hours of a run as it leaves them. What was heard stays so when the same hour fails later."""
    told = {}
    for hour in _hours(since, last):
        known = before.get(hour, _Hour("failed"))
        told[hour] = replace(known, state="heard" if heard or known.state == "heard" else "failed")
    return told


def _too_quiet(hours: Mapping[datetime, _Hour], since: datetime) -> Iterator[datetime]:
    """Yield the hours of stretches without posts, reaching to `since` or beyond, that should have had some."""
    for stretch in list(_silences(hours)):
        if stretch[-1] >= since and _expected(hours, stretch) >= LEAST_EXPECTED:
            yield from stretch


def _silences(hours: Mapping[datetime, _Hour]) -> Iterator[list[datetime]]:
    """Yield every unbroken stretch of hours on record that no post came from."""
    # Hours without a gap between them are all as far ahead of their places in the list.
    numbered = [(hours[hour].posts == 0, hour - place * HOUR, hour) for place, hour in enumerate(sorted(hours))]
    for (silent, _), group in groupby(numbered, key=lambda one: one[:2]):
        if silent:
            yield [hour for *_, hour in group]


def _expected(hours: Mapping[datetime, _Hour], stretch: Sequence[datetime]) -> float:
    """Return how many posts the heard hours at the same times of day lead us to expect.

    The stretch itself counts among them as heard, so that a few posts once do not make every silence strange.
    """
    inside = set(stretch)
    by_time: dict[int, list[int]] = defaultdict(list)
    for hour, known in hours.items():
        if known.state == "heard" or hour in inside:
            by_time[hour.hour].append(known.posts)
    return sum(fmean(by_time[hour.hour]) for hour in stretch)


def _hours(first: datetime, last: datetime) -> list[datetime]:
    return [first + n * HOUR for n in range((last - first) // HOUR + 1)]


def _id(name: str, hour: datetime) -> str:
    return f"{name}@{instant(hour)[:13]}"


def _document(name: str, hour: datetime, known: _Hour, now: datetime, source: str) -> Document:
    return ({"posts_source": source} if source else {}) | {
        "id": _id(name, hour),
        "source": name,
        "hour": instant(hour),
        "state": known.state,
        "posts": known.posts,
        "checked_at": instant(now),
    }
