"""What may be said of a figure against the week before, and what chance alone would explain."""

from __future__ import annotations

from math import log, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Final

from insights.statistics.intervals import Z_95, Interval, difference_interval
from insights.weekly.findings import Change
from insights.wording import count, many, percent, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights.weekly.findings import Direction, Mood

MIN_MOOD_POSTS: Final = 10
MIN_DAYS: Final = 3
MIN_POSTS: Final = 20
# Student's t at 95 % for pairs of up to seven days; the key is the number of pairs.
_T_95: Final = {3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447}


def direction(interval: Interval) -> Direction:
    """Return which way a difference goes, `unclear` where its interval holds zero."""
    if interval.low > 0:
        return "up"
    return "down" if interval.high < 0 else "unclear"


def net_change(now: Mood, before: Mood) -> Change:
    """Return net sentiment against the week before."""
    if now.net is None or now.low is None or now.high is None:
        return Change(now=None, before=before.net, direction="no data", words="no data this week")
    if before.net is None or before.low is None or before.high is None:
        return Change(now=now.net, before=None, direction="no data", words="no data for the week before")
    if min(now.posts, before.posts) < MIN_MOOD_POSTS:
        words = f"too few posts to compare with the week before ({points(before.net)})"
        return Change(now=now.net, before=before.net, direction="unclear", words=words)
    way = direction(
        difference_interval(now.net, Interval(now.low, now.high), before.net, Interval(before.low, before.high))
    )
    said = {
        "up": f"better than the week before ({points(before.net)})",
        "down": f"worse than the week before ({points(before.net)})",
        "unclear": f"no clear change from the week before ({points(before.net)})",
    }
    return Change(now=now.net, before=before.net, direction=way, words=said[way])


def volume_change(days: Sequence[tuple[int, int]], *, of: int) -> Change:
    """Return the number of posts against the week before, day by day: (now, before) of the same weekday.

    `days` are the weekdays that both weeks cover, out of `of` that this week covers. The change of
    each day in per cent is one observation, so a burst on one day is no change of the week.
    """
    if not days:
        return Change(now=None, before=None, direction="no data", words="no data for the week before")
    now, before = (sum(counts) for counts in zip(*days, strict=True))
    way: Direction = "unclear"
    if len(days) >= MIN_DAYS and now + before >= MIN_POSTS:
        way = direction(_growth(days))
    if (way == "up" and now <= before) or (way == "down" and now >= before):
        way = "unclear"
    where = "" if len(days) == of else f" on the {many(len(days), 'day')} that both weeks cover"
    said = "no clear change from"
    if way != "unclear" and before:
        said = f"{percent(abs(now / before - 1))} {'more' if now > before else 'fewer'} than"
    words = f"{said} the week before ({count(now)} against {count(before)}{where})"
    return Change(now=now, before=before, direction=way, words=words)


def _growth(days: Sequence[tuple[int, int]]) -> Interval:
    """Return the 95 % interval of the mean daily growth as a logarithm."""
    # Half a post is added so that a day without any has a logarithm.
    growth = [log((now + 0.5) / (before + 0.5)) for now, before in days]
    by_days = _T_95[len(days)] * stdev(growth) / sqrt(len(days))
    by_posts = Z_95 * sqrt(sum(1 / (sum(counts) + 0.5) for counts in zip(*days, strict=True)))
    middle, reach = fmean(growth), max(by_days, by_posts)
    return Interval(middle - reach, middle + reach)
