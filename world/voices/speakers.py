"""Who speaks: people with an account, drawn by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from world.network.country import ACCOUNTS
from world.people import Person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world.network.country import Country, Numbers

ABROAD: Final = 10**12
"""Numbers from here on are accounts of no customer of anybody's: crowds from abroad, and bots."""
_EAGER: Final = 3.0
_MOST_EAGER: Final = 5e-4
"""How uneven people write: the exponent of a rank, and the part of the people who write most, all alike (guesses)."""
_STEP: Final = 2_654_435_761
_TRIES: Final = 60
_AT_ONCE: Final = [source for source, _ in ACCOUNTS].index("reviews")
"""Sources before this one are those in which people write while something happens."""


def speakers(country: Country, rng: np.random.Generator, ranges: Sequence[tuple[int, int]], count: int) -> Numbers:
    """Return so many draws of people of some ranges with an account to write at once; nobody where there are none."""
    sizes = np.array([last - first for first, last in ranges], dtype=float)
    found: list[Numbers] = []
    missing = count
    for _ in range(_TRIES):
        if missing <= 0 or not sizes.sum():
            break
        which = rng.choice(len(sizes), size=missing * 5, p=sizes / sizes.sum())
        firsts = np.array([first for first, _ in ranges], dtype=np.int64)[which]
        numbers = firsts + (rng.random(missing * 5) * sizes[which]).astype(np.int64)
        numbers = numbers[country.sources_of(numbers) < _AT_ONCE][:missing]
        found.append(numbers)
        missing -= len(numbers)
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def regulars(country: Country, rng: np.random.Generator, first: int, last: int, count: int) -> Numbers:
    """Return so many draws of people of [first, last) with an account, of whom few write most."""
    size = last - first
    if size <= 0 or not count:
        return np.empty(0, dtype=np.int64)
    draws = count * 12
    ranks = (size * (rng.random(draws) ** _EAGER + _MOST_EAGER * rng.random(draws))).astype(np.int64)
    numbers = first + ranks * _STEP % size
    return numbers[country.sources_of(numbers) < len(ACCOUNTS)][:count]


def person(country: Country, number: int) -> Person:
    """Return somebody by number."""
    if number >= ABROAD:
        return Person(
            source="mastodon",
            handle=f"news_truth_{number - ABROAD:x}",
            name="Truth",
            tongue=country.material.tongue("en"),
            place=country.towns[0].place,
            brand=country.own,
            followers=3,
            zeal=0,
        )
    one = np.array([number], dtype=np.int64)
    words = float(country.drawn(one, "words")[0])
    tongue = country.material.tongues[int(country.tongues_of(one)[0])]
    source = ACCOUNTS[min(int(country.sources_of(one)[0]), len(ACCOUNTS) - 1)][0]
    is_ours = number < country.customers
    if source == "chat" and not is_ours:
        source = "forum"  # the chat is the operator's own
    brand = country.own
    if not is_ours:
        weights = np.cumsum([rival.weight for rival in country.rivals])
        brand = country.rivals[
            int(np.searchsorted(weights, country.drawn(one, "brand")[0] * weights[-1], side="right"))
        ]
    return Person(
        source=source,
        handle=country.handle(number, tongue, words),
        name=country.name(tongue, words),
        tongue=tongue,
        place=country.towns[int(country.towns_of(one)[0])].place,
        brand=brand,
        followers=int(14 / (1 - words * 0.9999) ** 1.2) if source == "mastodon" else None,
        zeal=0,
    )
