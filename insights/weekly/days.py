"""A week beside the week before, day by day: where moods and changes come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights.statistics.comparing import net_change, volume_change
from insights.weekly.findings import Mood

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.questions import Count
    from insights.weekly.findings import Change
    from insights.weekly.weeks import Week


@dataclass(frozen=True)
class Days:
    """Some posts of a week and of the week before by day. `covered` are the days with any post at all."""

    week: Week
    tallies: Mapping[datetime, Count]
    covered: frozenset[datetime]

    @property
    def posts(self) -> int:
        """Posts of the week."""
        return sum(tally.total for tally in self._of(self.week))

    @property
    def mood(self) -> Mood:
        """Mood of the week."""
        return _mood(self._of(self.week))

    @property
    def net_change(self) -> Change:
        """Net sentiment against the week before."""
        return net_change(self.mood, _mood(self._of(self.week.before)))

    @property
    def volume_change(self) -> Change:
        """Posts against the week before, on the weekdays that both cover."""
        pairs = list(zip(self.week.days, self.week.before.days, strict=True))
        both = [pair for pair in pairs if self.covered.issuperset(pair)]
        counts = [(self._posts(day), self._posts(day_before)) for day, day_before in both]
        return volume_change(counts, of=len(self.covered.intersection(self.week.days)))

    def _posts(self, day: datetime) -> int:
        return self.tallies[day].total if day in self.tallies else 0

    def _of(self, week: Week) -> list[Count]:
        return [self.tallies[day] for day in week.days if day in self.tallies]


def _mood(tallies: Sequence[Count]) -> Mood:
    return Mood.counted(
        sum(tally.negative for tally in tallies),
        sum(tally.neutral for tally in tallies),
        sum(tally.positive for tally in tallies),
    )
