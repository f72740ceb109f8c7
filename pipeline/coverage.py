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
    from collections.abc import Iterator, Mapping
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
    stored = store.get("coverage", [_id(name, hour) for hour in _hours(last - WINDOW, last)])
    before = {parse_instant(one["hour"]): _Hour(one["state"], one["posts"]) for one in stored.values()}
    since = _since(before, came, last, heard=heard)
    after = dict(before)
    for hour in _hours(since, last):
        known = before.get(hour, _Hour("failed"))
        # What was heard stays so when the same hour fails later.
        after[hour] = replace(known, state="heard" if heard or known.state == "heard" else "failed")
    for hour in after.keys() & came.keys():
        state: State = "heard" if after[hour].state == "unknown" else after[hour].state
        after[hour] = _Hour(state, after[hour].posts + came[hour])
    if heard:
        too_quiet = [hour for stretch in _silences(after, since) for hour in stretch]
        after |= {hour: replace(after[hour], state="unknown") for hour in too_quiet}
    changed = [hour for hour in sorted(after) if after[hour] != before.get(hour) or hour == last]
    # Where none came now, the posts of earlier runs say what they carry.
    source = source or (stored[_id(name, max(before))].get("posts_source", "") if before else "")
    checked: Document = {"source": name, "checked_at": instant(now)} | ({"posts_source": source} if source else {})
    documents = [
        {
            **checked,
            "id": _id(name, hour),
            "hour": instant(hour),
            "state": after[hour].state,
            "posts": after[hour].posts,
        }
        for hour in changed
    ]
    store.upsert("coverage", documents)


def _since(before: Mapping[datetime, _Hour], came: Mapping[datetime, int], last: datetime, *, heard: bool) -> datetime:
    """Return the hour up to which all was told before this run."""
    done = [hour for hour, known in before.items() if known.state == "heard"]
    if done:
        return max(done)
    first = min(came, default=last) if heard else last
    return max(min([first, *before]), last - WINDOW)


def _silences(hours: Mapping[datetime, _Hour], since: datetime) -> Iterator[list[datetime]]:
    """Yield the unbroken stretches of hours without posts, reaching to `since` or beyond, that should have had some."""
    # Hours without a gap between them are all as far ahead of their places in the list.
    numbered = [(hours[hour].posts == 0, hour - place * HOUR, hour) for place, hour in enumerate(sorted(hours))]
    for (silent, _), group in groupby(numbered, key=lambda one: one[:2]):
        stretch = [hour for *_, hour in group]
        if silent and stretch[-1] >= since:
            # As many are expected as came in the heard hours at the same times of day. The stretch itself counts
            # among them as heard, so that a few posts once do not make every silence strange.
            inside = set(stretch)
            by_time: dict[int, list[int]] = defaultdict(list)
            for hour, known in hours.items():
                if known.state == "heard" or hour in inside:
                    by_time[hour.hour].append(known.posts)
            if sum(fmean(by_time[hour.hour]) for hour in stretch) >= LEAST_EXPECTED:
                yield stretch


def _hours(first: datetime, last: datetime) -> list[datetime]:
    return [first + n * HOUR for n in range((last - first) // HOUR + 1)]


def _id(name: str, hour: datetime) -> str:
    return f"{name}@{instant(hour)[:13]}"
