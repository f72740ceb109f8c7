"""What simpler ways find in the same posts: counted words, an hour against twelve, an hour of the day against its mean.

Each looks at the hour before it every quarter of one, at all posts about the brand; where it is, none of them says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.hours import HOUR
from domain.questions import PUBLIC, Filters
from insights.detection.following import QUIET
from insights.evaluation.matching import Alert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.ports import Store

STEP: Final = timedelta(minutes=15)
FEWEST: Final = 4
"""No way alerts of fewer."""
_DEVIATIONS, _TWICE, _THRICE = 3.0, 2.0, 3.0

WORDS: Final = (
    *("outage", "down", "no signal", "no network", "no service", "no data", "no internet", "not working", "offline"),
    *("störung", "ausgefallen", "kein netz", "kein empfang", "kein internet", "keine daten", "tot"),
    *("panne", "plus de réseau", "plus d'internet", "plus de data", "aucun signal", "hors ligne"),
    *("caíd", "sin red", "sin cobertura", "sin internet", "sin datos", "avería"),
    *("guasto", "niente rete", "niente internet", "niente dati", "nessun segnale"),
    *("em baixo", "avaria", "sem rede", "sem sinal", "sem internet", "sem dados"),
    *("awaria", "padł", "brak sieci", "brak zasięgu", "nie ma internetu", "bez internetu"),
    *("arıza", "çöktü", "şebeke yok", "internet yok", "çekmiyor"),
    *("عطل", "مقطوع", "متوقفة", "لا توجد شبكة", "بدون نت"),
    *("ล่ม", "ไม่มีสัญญาณ", "ไม่มีเน็ต", "ใช้ไม่ได้"),
)
"""Words that people count who count words; a text names a fault that has one of them."""


@dataclass(frozen=True)
class Heard:
    """Posts about a brand in order of time, who wrote each, and whether its words name a fault."""

    times: Sequence[datetime]
    authors: Sequence[str]
    faults: Sequence[bool]

    @classmethod
    def of(cls, store: Store, brand: str, start: datetime, end: datetime) -> Heard:
        """Read the posts of a span."""
        chosen = Filters(brands=(brand,), speakers=PUBLIC, start=start, end=end)
        rows = sorted(
            (
                parse_instant(post["created_at"]),
                post.get("author", {}).get("id") or post["id"],
                any(word in post["text"].lower() for word in WORDS),
            )
            for post in store.scan("posts", filters=chosen, fields=("id", "created_at", "author.id", "text"))
        )
        return cls([at for at, _, _ in rows], [who for _, who, _ in rows], [fault for _, _, fault in rows])

    def posts(self, start: datetime, end: datetime) -> range:
        """Return which posts are in [start, end)."""
        return range(bisect_left(self.times, start), bisect_left(self.times, end))

    def mentions(self, start: datetime, end: datetime) -> int:
        """Return how many posts there are in [start, end)."""
        return len(self.posts(start, end))

    def words(self, start: datetime, end: datetime) -> int:
        """Return how many posts in [start, end) have a word for a fault."""
        return sum(self.faults[n] for n in self.posts(start, end))

    def people(self, start: datetime, end: datetime) -> int:
        """Return how many people used such a word in [start, end)."""
        return len({self.authors[n] for n in self.posts(start, end) if self.faults[n]})


def baselines(heard: Heard, begin: datetime, start: datetime, end: datetime) -> Mapping[str, list[Alert]]:
    """Return the alerts of each way in [start, end); what is usual is learnt from `begin` on."""
    counted = [heard.words(at, at + HOUR) for at in _steps(begin, start, HOUR)]
    limit = fmean(counted) + _DEVIATIONS * pstdev(counted) if counted else 0.0
    by_hour: dict[int, list[int]] = defaultdict(list)
    known = begin

    def keyword_count(at: datetime) -> bool:
        return heard.words(at - HOUR, at) >= max(FEWEST, limit)

    def hour_against_twelve(at: datetime) -> bool:
        before = heard.mentions(at - 13 * HOUR, at - HOUR) / 12
        return heard.mentions(at - HOUR, at) >= max(FEWEST, _TWICE * before)

    def hour_of_day(at: datetime) -> bool:
        nonlocal known
        while known + HOUR <= at - HOUR:
            by_hour[known.hour].append(heard.people(known, known + HOUR))
            known += HOUR
        usual = by_hour[(at - HOUR).hour]
        return heard.people(at - HOUR, at) >= max(FEWEST, _THRICE * fmean(usual) if usual else 0.0)

    ways: Mapping[str, Callable[[datetime], bool]] = {
        "keyword_count": keyword_count,
        "hour_against_twelve": hour_against_twelve,
        "hour_of_day_mean": hour_of_day,
    }
    return {name: as_alerts([at for at in _steps(start, end, STEP) if way(at)]) for name, way in ways.items()}


def _steps(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start < end:
        yield start
        start += step


def as_alerts(times: Sequence[datetime]) -> list[Alert]:
    """Return looks that alerted as alerts: those that are near to each other are one."""
    found: list[Alert] = []
    for at in times:
        if found and at - found[-1].end < QUIET:
            found[-1] = Alert(detected_at=found[-1].detected_at, start=found[-1].start, end=at)
        else:
            found.append(Alert(detected_at=at, start=at - HOUR, end=at))
    return found
