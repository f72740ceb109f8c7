"""95 % intervals for shares and for net sentiment; they treat posts as independent draws.

Shares: the score interval of Wilson (1927). Net sentiment is the difference of two shares of
one multinomial, as the net promoter score is: the score interval of Tango (1998, Statistics
in Medicine 17:891-908), of the kind that Rocks (2016, The American Statistician 70:365-372)
found among the best for such scores. Unlike the delta method it stays wide where all of a few posts agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z_95: Final = 1.959963984540054
_PRECISION: Final = 1e-9


@dataclass(frozen=True)
class Interval:
    """A closed range that holds the true value in 95 of 100 samples."""

    low: float
    high: float


def bounds(interval: Interval | None) -> tuple[float | None, float | None]:
    """Return both ends, None where there is no interval."""
    return (interval.low, interval.high) if interval else (None, None)


def share(posts: int, of: int) -> float | None:
    """Return posts / of, None where there is nothing to divide by."""
    return posts / of if of else None


def share_interval(posts: int, of: int, *, z: float = Z_95) -> Interval | None:
    """Return the Wilson interval of `posts` among `of`, inside 0..1; None where `of` is 0."""
    if of == 0:
        return None
    ratio, z2 = posts / of, z * z
    middle = ratio + z2 / (2 * of)
    reach = z * sqrt(ratio * (1 - ratio) / of + z2 / (4 * of * of))
    scale = 1 + z2 / of
    # At the ends the exact bounds are 0 and 1; rounding must not push them past the estimate.
    low = 0.0 if posts == 0 else min(ratio, (middle - reach) / scale)
    high = 1.0 if posts == of else max(ratio, (middle + reach) / scale)
    return Interval(low, high)


def net(negative: int, neutral: int, positive: int) -> float | None:
    """Return (positive - negative) / all, -1..1; None where there are none."""
    return share(positive - negative, negative + neutral + positive)


def net_interval(negative: int, neutral: int, positive: int) -> Interval | None:
    """Return the score interval of net sentiment, inside -1..1; None where there are no posts."""
    estimate = net(negative, neutral, positive)
    if estimate is None:
        return None
    posts = negative + neutral + positive
    return Interval(
        _bound(negative, positive, posts, inside=estimate, outside=-1.0),
        _bound(negative, positive, posts, inside=estimate, outside=1.0),
    )


def difference_interval(now: float, of_now: Interval, before: float, of_before: Interval) -> Interval:
    """Return the interval of `now - before` from the intervals of the two, which are independent.

    Newcombe (1998, Statistics in Medicine 17:873-890, method 10); for any two estimates Zou and
    Donner (2008, Statistics in Medicine 27:1693-1702).
    """
    middle = now - before
    down = sqrt((now - of_now.low) ** 2 + (of_before.high - before) ** 2)
    up = sqrt((of_now.high - now) ** 2 + (before - of_before.low) ** 2)
    return Interval(middle - down, middle + up)


def _bound(negative: int, positive: int, posts: int, *, inside: float, outside: float) -> float:
    """Return where the score test just accepts, between the estimate and the end of the scale.

    The chord finds it in few steps (Dowell and Jarratt, 1971, BIT 11:168-174: the end that stays is halved);
    where the chord stands still, halving goes on.
    """
    accepted = _excess(negative, positive, posts, inside)
    refused = _excess(negative, positive, posts, outside)
    if refused <= 0:
        return outside
    last = 0
    while abs(outside - inside) > _PRECISION:
        middle = (inside * refused - outside * accepted) / (refused - accepted)
        # Never nearer to an end than the precision asks for, or the other end would stay for ever.
        nearest = _PRECISION / 2 if outside > inside else -_PRECISION / 2
        low, high = sorted((inside + nearest, outside - nearest))
        middle = min(max(middle, low), high) if accepted else (inside + outside) / 2
        found = _excess(negative, positive, posts, middle)
        if found <= 0:
            inside, accepted = middle, found
            refused, last = refused / 2 if last > 0 else refused, 1
        else:
            outside, refused = middle, found
            accepted, last = accepted / 2 if last < 0 else accepted, -1
    return inside


def _excess(negative: int, positive: int, posts: int, value: float) -> float:
    """Return by how much the score test at 5 % refuses `value` as the net sentiment; 0 or less, it accepts."""
    # The share of negatives that is likeliest if `value` were true: a root of a quadratic (Tango, 1998).
    b = (2 * posts - positive + negative) * value - positive - negative
    c = -negative * value * (1 - value)
    likeliest = (sqrt(max(b * b - 8 * posts * c, 0.0)) - b) / (4 * posts)
    variance = posts * (2 * likeliest + value * (1 - value))
    distance = positive - negative - posts * value
    return distance * distance - Z_95 * Z_95 * variance
