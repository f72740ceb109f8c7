"""What the operator's registers hold: its customers and its cells, written row by row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from h3 import latlng_to_cell

from domain.place import Place
from world.network.country import ACCOUNTS, CELLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from world.network.country import Country, Numbers, Town

CHUNK: Final = 50_000
"""Customers worked out together."""

DECLARED: Final = 0.20
"""Part of the people with an account who told the operator of it."""
DECLARED_HANDLE: Final = "declared_handle"
WAYS: Final[Mapping[str, float]] = {DECLARED_HANDLE: 0.6, "app_login": 0.25, "reply_thread": 0.15}
"""How: in their record, by a login to the app with that account, or in a thread with care; parts of those."""
_CONSENT: Final = 0.88
_WITHDRAWN: Final = 0.03
"""Of those with consent, who took it back."""
_MISTAKEN: Final = 0.002
"""Part of what was told that is wrong: a handle that nobody has, or somebody else's."""
_H3: Final = 7
_BROADBAND: Final = 0.35
_DEVICES: Final = (
    "Orbin 12", "Orbin 12 Pro", "Orbin 10", "Palto X3", "Palto Lite", "Senn 7", "Senn 7a", "Vireo One", "Vireo Mini",
)  # fmt: skip
_APPS: Final = ("5.2", "5.1", "5.0", "4.9", "")


@dataclass(frozen=True)
class CustomerRows:
    """A customer's rows: of customers.jsonl, of evidence.jsonl, what is true of the account; None: there is none."""

    customer: dict[str, Any]
    evidence: dict[str, Any] | None = None
    account: dict[str, Any] | None = None


@dataclass(frozen=True)
class Declarations:
    """What people with these numbers told the operator of their accounts, an array each; `way` is of `WAYS`."""

    source: Numbers
    way: Numbers
    declared: NDArray[np.bool_]
    consented: NDArray[np.bool_]
    withdrawn: NDArray[np.bool_]
    mistaken: NDArray[np.bool_]

    @classmethod
    def of(cls, country: Country, numbers: Numbers) -> Declarations:
        """Return what customers declared."""
        source = country.sources_of(numbers)
        row = country.drawn(numbers, "row")
        declared = (source < len(ACCOUNTS)) & (row < DECLARED)
        inner = row / DECLARED
        consented = declared & (inner < _CONSENT)
        withdrawn = consented & (inner < _WITHDRAWN * _CONSENT)
        way = np.searchsorted(np.cumsum(list(WAYS.values()))[:-1], inner * 100 % 1, side="right")
        return cls(source, way, declared, consented, withdrawn, declared & (inner * 1000 % 1 < _MISTAKEN))


def customer_rows(country: Country, start: datetime) -> Iterator[CustomerRows]:
    """Yield what is written about each customer."""
    plans = country.material.events["plans"]
    ends = np.cumsum([weight for *_, weight in plans]) / sum(weight for *_, weight in plans)
    for begin in range(0, country.customers, CHUNK):
        numbers = np.arange(begin, min(begin + CHUNK, country.customers), dtype=np.int64)
        words = country.drawn(numbers, "words")
        plan_of = np.searchsorted(ends, words * 31_279 % 1, side="right")
        told, tongues = Declarations.of(country, numbers), country.tongues_of(numbers).tolist()
        handles = [
            country.handle(number, country.material.tongues[tongue], word)
            for number, tongue, word in zip(numbers.tolist(), tongues, words.tolist(), strict=True)
        ]
        columns = zip(
            numbers.tolist(), words.tolist(), plan_of.tolist(), tongues, country.towns_of(numbers).tolist(),
            country.cells_of(numbers).tolist(), told.source.tolist(), told.way.tolist(), told.declared.tolist(),
            told.consented.tolist(), told.withdrawn.tolist(), told.mistaken.tolist(),
            strict=True,
        )  # fmt: skip
        for n, row in enumerate(columns):
            number, word, plan, tongue, town, cell, source, way, declared, consented, withdrawn, mistaken = row
            customer = _customer(country, start, number, word, plans[plan], tongue, country.towns[town], cell)
            if source == len(ACCOUNTS):
                yield CustomerRows(customer)
                continue
            account = {"source": ACCOUNTS[source][0], "handle": handles[n]}
            true = {"customer_number": customer["customer_number"], **account, "evidence": None}
            evidence = None
            if declared:
                customer["consent_given"] = (start - timedelta(days=30 + number % 400)).date().isoformat() * consented
                customer["consent_withdrawn"] = (start + timedelta(days=number % 20)).date().isoformat() * withdrawn
                kind = true["evidence"] = tuple(WAYS)[way]
                if kind == DECLARED_HANDLE:
                    customer["handles"] = f"{account['source']}:{handles[n]}{'x' * mistaken}"
                else:
                    # A mistake is the account of whoever comes before: of the same household, say.
                    shown = account | {"handle": handles[n - 1]} if mistaken else account
                    evidence = {**shown, "evidence": kind, "customer_number": customer["customer_number"]}
            true |= {"declared": declared and not mistaken, "consent": consented and not withdrawn}
            yield CustomerRows(customer, evidence, true)


def customer_number(number: int) -> str:
    """Return a customer's number as the operator writes it."""
    return f"K-{number:07}"


def place_rows(country: Country) -> Iterator[dict[str, Any]]:
    """Yield the sites and cells as rows of places.jsonl."""
    for index, town in enumerate(country.towns):
        for site in range(town.sites):
            latitude, longitude = town.spot(site)
            shared = {"name": town.place.name, "region": town.place.region}
            here = {"latitude": round(latitude, 5), "longitude": round(longitude, 5)}
            yield {"id": f"site-{index:02}-{site:04}", "kind": "site", **shared, **here, "uncertainty_m": 50}
            for cell in range(CELLS):
                key = cell_key(index, site * CELLS + cell)
                parent = f"site-{index:02}-{site:04}"
                yield {"id": key, "kind": "cell", "parent": parent, **shared, **here, "uncertainty_m": 900}


def read_places(path: Path) -> Iterator[Place]:
    """Yield the records of a places.jsonl."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            h3 = (latlng_to_cell(row["latitude"], row["longitude"], _H3),)
            yield Place(**row, source="point", h3=h3)


def cell_key(town: int, cell: int) -> str:
    """Return the canonical key of a cell of a town."""
    return f"ncgi:001-01:{(town << 24) + cell:09x}"


def as_line(row: dict[str, Any]) -> str:
    """Return a row as a line of JSON Lines."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def _customer(
    country: Country, start: datetime, number: int, word: float, plan: list[Any], tongue: int, town: Town, cell: int
) -> dict[str, Any]:
    pick = int(word * 2**40)
    bill = plan[2] + (0, 0, 0, 2.5, 5, 9.9)[pick % 6]
    return {
        "customer_number": customer_number(number),
        "name": country.name(country.material.tongues[tongue], word),
        "region": town.place.region,
        "place": town.place.name,
        "home_cell": cell_key(country.towns.index(town), cell),
        "segment": plan[1],
        "plan": plan[0],
        "since": (start - timedelta(days=30 + pick // 7 % 4200)).date().isoformat(),
        "monthly_value": f"{bill:.2f}",
        "bill_day": 1 + pick // 11 % 28,
        "broadband": pick // 13 % 100 < 100 * _BROADBAND,
        "device": _DEVICES[pick // 17 % len(_DEVICES)],
        "app_version": _APPS[pick // 19 % len(_APPS)],
    }
