"""Bursts of people who speak of a fault, as they stand at a time: the same answer whenever and however often asked.

Nothing is kept between two looks. Each look counts people (not posts: copies, spam and the brands' own accounts are
out) in stretches that end at that time, by subject and place, and holds them against what is usual (`rates.py`): the
odds of so many by chance, under a negative binomial. Of all that is looked at together, as much may be said as
Benjamini and Hochberg (1995) allow for one false look in `FALSE_LOOKS`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.questions import GENUINE, PUBLIC, Filters, Page
from domain.zones import DEFAULT_ZONE
from insights.coverage import heard_shares
from insights.detection.nature import nature_of
from insights.statistics.false_discovery import discoveries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.incident import IncidentNature
    from domain.ports import Store
    from insights.detection.rates import Rates

STRETCHES: Final = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))


@dataclass(frozen=True)
class Subject:
    """What a fault can be of: the aspects of posts that speak of it, and the subjects of events that touch it."""

    aspects: tuple[str, ...]
    touched_by: tuple[str, ...]


SUBJECTS: Final[Mapping[str, Subject]] = {
    "mobile network": Subject(("network", "data", "calls", "roaming"), ("mobile_data", "voice")),
    "broadband": Subject(("broadband",), ("broadband",)),
    "app": Subject(("app",), ("app",)),
}
SERVICE: Final = "service"
"""Any of them: of one fault some people say that there is no internet, some no data, and some that nothing works."""
LOOKED_AT: Final[Mapping[str, Subject]] = {
    **SUBJECTS,
    SERVICE: Subject(
        tuple(aspect for one in SUBJECTS.values() for aspect in one.aspects),
        tuple(touched for one in SUBJECTS.values() for touched in one.touched_by),
    ),
}
FALSE_LOOKS: Final = 50_000
"""One look in so many may be false; a month of looks every minute is 43,000."""
FEWEST_PEOPLE: Final = 4
LEAST_RATIO: Final = 3.0
"""Against what is usual: less is no incident, however sure it is."""
MOST_PLACES: Final = 3
"""More places at once are not each an incident: something larger happens."""
EXAMPLES: Final = 3
_MOODS: Final = ("negative", "neutral")


@dataclass(frozen=True, kw_only=True)
class Burst:
    """People who speak of a fault in [started_at, at). `places` are where, nothing where it is everywhere.

    `people` and `expected` are those of the stretch in which it stands out most, `odds` how likely so many are by
    chance. `examples` are ids of posts.
    """

    brand: str
    subject: str
    places: tuple[str, ...]
    started_at: datetime
    at: datetime
    people: int
    expected: float
    odds: float
    nature: IncidentNature = "fault"
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """Something that is looked at: people in a place (None: everywhere) in a stretch."""

    subject: str
    where: str | None
    stretch: timedelta
    people: int
    expected: float
    odds: float


def complaints(brand: str, subject: str) -> Filters:
    """Return which posts speak of a fault: of the public, each text once, not pleased with one of the aspects."""
    felt = tuple(f"{aspect}:{mood}" for aspect in LOOKED_AT[subject].aspects for mood in _MOODS)
    return Filters(brands=(brand,), aspect_sentiments=felt, speakers=PUBLIC, spam=GENUINE, once=True)


def was_heard(store: Store, at: datetime) -> bool:
    """Tell whether sources were heard in the hour before a time: a silent collector is no sign of anything."""
    shares = heard_shares(store, Filters(start=at - STRETCHES[-1], end=at), ("hour",), DEFAULT_ZONE)
    return all(share > 0.5 for share in shares.values())


def bursts(store: Store, brand: str, at: datetime, usual: Mapping[str, Rates]) -> tuple[Burst, ...]:
    """Return the bursts about a brand that stand at a time; `usual` has what is usual by subject."""
    cells = [cell for subject, what in usual.items() for cell in _cells(store, brand, subject, at, what)]
    # The surest come first: of each place the stretch in which it stands out most is told.
    firing = standing_out(cells)
    found: list[Burst] = []
    # The one of all together comes last: the others go before it.
    for subject in sorted(usual, key=SERVICE.__eq__):
        best: dict[str | None, Cell] = {}
        for cell in firing:
            if cell.subject == subject:
                best.setdefault(cell.where, cell)
        places = [where for where in best if where is not None]
        everywhere = best.get(None)
        told = sum(best[where].people for where in places)
        if everywhere and (len(places) > MOST_PLACES or everywhere.people > 2 * told or not places):
            chosen = [(everywhere, tuple(sorted(places)))]
        else:
            chosen = [(best[where], (where,)) for where in places]
        found += [
            _burst(store, brand, cell, there, at)
            for cell, there in chosen
            # What one subject stands out by is told by its name.
            if subject != SERVICE or not any(meet(there, other.places) for other in found)
        ]
    return tuple(found)


def may_be_one(subject: str, other: str) -> bool:
    """Tell whether faults of two subjects may be one; the service is all of them."""
    return subject == other or SERVICE in {subject, other}


def meet(some: Collection[str], others: Collection[str]) -> bool:
    """Tell whether two things can be in one place; no places are everywhere."""
    return not some or not others or not set(some).isdisjoint(others)


def _cells(store: Store, brand: str, subject: str, at: datetime, usual: Rates) -> Iterator[Cell]:
    people: Mapping[str | None, int] = {}
    for stretch in sorted(STRETCHES, reverse=True):
        start = at - stretch
        chosen = replace(complaints(brand, subject), start=start, end=at)
        # Where a longer stretch has hardly anybody, a shorter one need not be asked for.
        is_quiet = stretch != STRETCHES[-1] and people.get(None, 0) < FEWEST_PEOPLE
        people = {} if is_quiet else _people(store, chosen)
        # What had nobody is looked at as well: it counts among what could have been false.
        for where in {None, *usual.shares, *people}:
            expected = usual.expected(where, start, at)
            count = people.get(where, 0)
            yield Cell(subject, where, stretch, count, expected, odds_of(count, expected, usual.spread))


def _people(store: Store, chosen: Filters) -> dict[str | None, int]:
    """Return how many people wrote these posts, in all (None) and by place; each post of nobody known is one more."""
    people: Counter[str | None] = Counter()
    # A post has several places: in all it counts once.
    for one in store.count_by(chosen, ("author",)):
        people[None] += one.total if one.keys[0] is None else 1
    for one in store.count_by(chosen, ("whereabouts", "author")):
        where, author = one.keys
        if where is not None:
            people[where] += one.total if author is None else 1
    return people


def odds_of(people: int, expected: float, spread: float) -> float:
    """Return the probability of so many or more under a negative binomial with a mean and a spread."""
    if people <= 0:
        return 1.0
    from scipy.special import betainc  # takes long to import

    size = 1 / spread
    return float(betainc(people, size, expected / (size + expected)))


def standing_out(cells: Sequence[Cell]) -> list[Cell]:
    """Return what is no chance among all that was looked at together, and large enough to matter; the surest first."""
    ranked = sorted(cells, key=lambda cell: cell.odds)
    passing = discoveries([cell.odds for cell in ranked], 1 / FALSE_LOOKS)
    return [
        cell for cell in ranked[:passing] if cell.people >= FEWEST_PEOPLE and cell.people >= LEAST_RATIO * cell.expected
    ]


def _burst(store: Store, brand: str, cell: Cell, places: tuple[str, ...], at: datetime) -> Burst:
    chosen = replace(complaints(brand, cell.subject), start=at - cell.stretch, end=at)
    if cell.where is not None:
        chosen = replace(chosen, whereabouts=(cell.where,))
    first = store.search(chosen, order="oldest", page=Page(limit=EXAMPLES)).documents
    return Burst(
        brand=brand,
        subject=cell.subject,
        places=places,
        started_at=parse_instant(first[0]["created_at"]) if first else at - cell.stretch,
        at=at,
        people=cell.people,
        expected=cell.expected,
        odds=cell.odds,
        nature=nature_of(store, chosen),
        examples=tuple(post["id"] for post in first),
    )
