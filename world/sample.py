"""Write the sample of a fictional operator: its posts, customers and events, and a configuration for them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from world.accounts import write_accounts
from world.chance import Chance
from world.material import brand_tables, read_world
from world.posts import write_posts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Where the files of the sample lie, and how much is in them."""

    posts: Path
    places: Path
    customers: Path
    events: Path
    config: Path
    post_count: int
    author_count: int
    customer_count: int
    event_count: int


def write_sample(folder: Path, *, seed: int = 7) -> Sample:
    """Write posts.jsonl, places.jsonl, customers.csv, events.csv and earshot.toml into a folder.

    The same bytes for the same seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    island, chance = read_world(), Chance(seed)
    drafts = write_posts(island, chance)
    accounts = write_accounts(island, chance, drafts)
    sample = Sample(
        posts=folder / "posts.jsonl",
        places=folder / "places.jsonl",
        customers=folder / "customers.csv",
        events=folder / "events.csv",
        config=folder / "earshot.toml",
        post_count=len(drafts),
        author_count=len({draft.author.id for draft in drafts}),
        customer_count=len(accounts.customers),
        event_count=len(accounts.events),
    )
    _write_lines(sample.posts, (draft.row() for draft in drafts))
    _write_lines(
        sample.places,
        (
            {"id": f"town-{town.name}", "kind": "area", "name": town.name, "region": town.region}
            | {"latitude": town.latitude, "longitude": town.longitude, "uncertainty_m": 5_000}
            for town in island.places
        ),
    )
    _write_csv(sample.customers, accounts.customers)
    _write_csv(sample.events, accounts.events)
    sample.config.write_text(brand_tables(island.operators), encoding="utf-8", newline="\n")
    return sample


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as target:
        target.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
