"""A simulated operator with known truth: its files, and beside them what is true (`truth/`).

Deterministic by seed. Everything is written as it is made: memory does not grow with customers or days.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.documents import instant
from domain.errors import InputError
from world.happenings.calendar import Calendar
from world.happenings.events import bills, calls, network_events, noise_events
from world.happenings.happening import DAY, START, moment
from world.material import brand_tables
from world.network.country import Country
from world.network.registers import as_line, customer_rows, place_rows
from world.voices.utterances import Stream
from world.voices.writing import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from world.happenings.happening import Happening

FEWEST_CUSTOMERS, MOST_CUSTOMERS = 1_000, 5_000_000
MOST_DAYS: Final = 120
TRUTH: Final = "truth"
ZONE: Final = "Europe/Zurich"


@dataclass(kw_only=True)
class Simulated:
    """Where the files of a simulated operator lie, and how much is in them."""

    folder: Path
    customers: int = 0
    places: int = 0
    events: int = 0
    posts: int = 0
    happenings: int = 0

    @property
    def config(self) -> Path:
        """The configuration that listens to it."""
        return self.folder / "earshot.toml"


def simulate(folder: Path, *, seed: int, customers: int, days: int) -> Simulated:
    """Write the files of a simulated operator into a folder; the same bytes for the same seed and numbers.

    Raises:
        InputError: there are too few or too many customers or days, or the folder holds another operator.
    """
    if not FEWEST_CUSTOMERS <= customers <= MOST_CUSTOMERS:
        raise InputError(f"between {FEWEST_CUSTOMERS:,} and {MOST_CUSTOMERS:,} customers can be simulated")
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"between 1 and {MOST_DAYS} days can be simulated")
    country = Country(seed, customers)
    span = {"seed": seed, "customers": customers, "days": days, "brand": country.own.key}
    span |= {"start": instant(START), "end": instant(moment(days * DAY))}
    about, known = json.dumps(span, indent=1) + "\n", folder / TRUTH / "world.json"
    # What was taken in from one operator's files must not meet the truth about another.
    if known.exists() and known.read_text(encoding="utf-8") != about:
        raise InputError(f"{folder} holds another simulated operator; name another folder, or delete it first")
    known.parent.mkdir(parents=True, exist_ok=True)
    known.write_text(about, encoding="utf-8")
    made = Simulated(folder=folder)
    # Each part has its own chance, so that one does not move when another changes.
    happenings = Calendar(country, days, np.random.default_rng((seed, 1))).draw()
    made.happenings = len(happenings)
    _write_registers(country, made)
    _write_events(country, happenings, days, seed, made)
    _write_posts(country, happenings, days, seed, made)
    with (folder / TRUTH / "incidents.jsonl").open("w", encoding="utf-8", newline="\n") as target:
        target.writelines(as_line(one.truth()) for one in happenings)
    listening = f'time_zone = "{ZONE}"\n\n{brand_tables(country.material.operators)}'
    made.config.write_text(listening, encoding="utf-8", newline="\n")
    return made


def _write_registers(country: Country, made: Simulated) -> None:
    folder = made.folder
    with ExitStack() as files:
        opened = [
            files.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            for path in (
                *(folder / name for name in ("customers.jsonl", "evidence.jsonl", "places.jsonl")),
                folder / TRUTH / "links.jsonl",
            )
        ]
        to_customers, to_evidence, to_places, to_links = opened
        for rows in customer_rows(country, START):
            to_customers.write(as_line(rows.customer))
            made.customers += 1
            if rows.evidence is not None:
                to_evidence.write(as_line(rows.evidence))
            if rows.account is not None:
                to_links.write(as_line(rows.account))
        for place in place_rows(country):
            to_places.write(as_line(place))
            made.places += 1


def _write_events(country: Country, happenings: list[Happening], days: int, seed: int, made: Simulated) -> None:
    with (made.folder / "events.jsonl").open("w", encoding="utf-8", newline="\n") as target:
        for rows in (
            network_events(happenings),
            calls(happenings, np.random.default_rng((seed, 4))),
            noise_events(country, days, np.random.default_rng((seed, 2))),
            bills(country, days),
        ):
            for row in rows:
                target.write(as_line(row))
                made.events += 1


def _write_posts(country: Country, happenings: list[Happening], days: int, seed: int, made: Simulated) -> None:
    stream, writer = Stream(country, happenings, np.random.default_rng((seed, 3))), Writer(country, seed)
    with ExitStack() as files:
        to_posts, to_causes = (
            files.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            for path in (made.folder / "posts.jsonl", made.folder / TRUTH / "events.jsonl")
        )
        for day in range(days):
            for draft, cause in writer.posts(stream.day(day), (day + 1) * DAY):
                row = draft.row()
                to_posts.write(as_line(row))
                made.posts += 1
                if cause is None:
                    continue
                cause.posts += 1
                cause.speakers.add(draft.author.id)
                caused = {"post": row["id"], "source": row["source"], "instance": row.get("instance", "")}
                to_causes.write(as_line(caused | {"incident": cause.id, "events": cause.event_ids}))
