"""What is usual in an hour of the week, and whether a value is worse: by medians, which one bad week does not move."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_WEEKS: Final = 3
"""Of fewer weeks nothing is usual yet."""
DEVIATIONS: Final = 4.0
"""A value is worse that lies so many spreads off."""
_TO_DEVIATION: Final = 1.4826
"""The median absolute deviation times this is the standard deviation, where values are spread normally."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """The median of past weeks, and their spread: the median absolute deviation, as a standard deviation."""

    median: float
    spread: float


def level_of(past: Sequence[float]) -> Level | None:
    """Return what is usual by the values of past weeks, one each; None where these are too few."""
    if len(past) < LEAST_WEEKS:
        return None
    median = statistics.median(past)
    return Level(median=median, spread=_TO_DEVIATION * statistics.median(abs(value - median) for value in past))


def is_worse(value: float, known: Level, *, higher_is_better: bool, tolerance: float) -> bool:
    """Tell whether a value is worse than usual, by more than weeks differ and by more than anybody tolerates."""
    worse_by = known.median - value if higher_is_better else value - known.median
    return worse_by > max(tolerance, DEVIATIONS * known.spread)
