"""How well and how fast records are linked: `python -m proof.identity`.

`--febrl4 A B` and `--fake-1000 FILE` are the public sets of these names, `--people N` as many made-up people on each
side. What is named is measured anew in `proof/identity.json`; `docs/identity.md` is written from all that is there.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import resource
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from collectors.operator.profiles import read_profiles
from domain.markdown import table
from linking.customers import ACCEPT
from linking.records import ROW, SplinkLinkage, duckdb_backend

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS: Final = Path(__file__).with_name("identity.json")
PAGE: Final = Path("docs/identity.md")
CONSIDERED: Final = 0.01
THRESHOLDS: Final = (0.5, 0.9, 0.95, 0.99)
SHARE_OF_BOTH: Final = 0.6
"""Of the made-up people of one side, how many are on the other too."""
KEY: Final = b"a key for measuring"

OPENING: Final = """# Who an author is

Made by `python -m proof.identity` from `proof/identity.json`; do not edit.

A post is linked with a customer by a **link** (`index_mappings/links.v1.json`): an author's handle and a customer, both
pseudonyms, with evidence, the consent that allows it, until when it is used, and what people decided. Evidence is a
handle that the customer declared, a contact that was verified, a login to the app, what was said in a thread with care
(`earshot load evidence`), or records that are alike (`earshot link records`). `earshot links` lists links and confirms,
refuses or revokes one; `earshot explain link ID` says why it is there.

## What holds

- No link without consent for the purpose, of the person whom the evidence speaks of; it goes with the consent, with all
  posts that had it. A decision of a person stays, but for a confirmed link whose consent was withdrawn: that goes, too.
- One author is one customer at a time. What a person confirmed stands above what somebody said, that above records that
  are alike; where two of one rank speak for two customers at one time, neither counts, and both links say so.
- A handle or a number that changed hands is evidence until that day. Two people on one account are two people of one
  customer, each with consents of one's own.
- Records are compared of sources that `linking.profiles` names and of customers who agreed, by name, birth, mail,
  telephone, address and contract number, never by style or face. Raw values are in memory while `earshot link records`
  runs, and where memory is short in a private temporary folder that is deleted at the end. Kept are pseudonyms,
  probabilities and each comparison's share, in bits.
- From `linking.accept` (0.99) records link by themselves; from `linking.propose` (0.5) they wait for a person. What
  speaks for several customers is shared among them, so twins at one address wait. After a year it is used no more.

## How well

The estimation (Fellegi and Sunter, with Splink) sees no truth; the truth is only counted with. “Documented” is the
model that Splink's own documentation builds for the set, run by us on the same records. Of fake_1000 the first record
of each of its people is held against the second. One constant, the share of people that exact agreement finds, was
chosen with both sets at hand."""


def main() -> None:
    """Measure what is named and write the page."""
    parser = argparse.ArgumentParser(description="How well and how fast records are linked.")
    parser.add_argument("--febrl4", nargs=2, type=Path, metavar=("A", "B"))
    parser.add_argument("--fake-1000", type=Path)
    parser.add_argument("--people", type=int)
    asked = parser.parse_args()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if asked.febrl4:
        results.setdefault("febrl4", {})["ours"] = figures(*map(febrl4, asked.febrl4))
    if asked.fake_1000:
        results.setdefault("fake_1000", {})["ours"] = figures(*fake_1000(asked.fake_1000))
    if asked.people:
        results.setdefault("people", {})[str(asked.people)] = made_up(asked.people)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")


def page(results: dict[str, Any]) -> str:
    """Return the page."""
    parts = [OPENING]
    for name, by_model in results.items():
        if name == "people":
            continue
        rows = [
            (
                f"{name}, {model}",
                *(f"{found[str(one)]['precision']:.4f} / {found[str(one)]['recall']:.4f}" for one in THRESHOLDS),
            )
            for model, found in by_model.items()
        ]
        parts.append(table(("precision / recall from", *(f"{one:g}" for one in THRESHOLDS)), rows))
    parts.append("## How fast")
    rows = [
        (
            f"{int(size):,} x {int(size):,}",
            f"{found['read_s']:,.0f} s",
            f"{found['compared_s']:,.0f} s",
            f"{found['peak_gb']:.1f} GB",
            f"{found['precision']:.4f}",
            f"{found['recall']:.4f}",
        )
        for size, found in results["people"].items()
    ]
    parts.append(
        "Made-up people, six in ten on both sides, misspelled and with much left out on one; two cores. Figures of "
        f"quality are those from {ACCEPT:g}. `python -m proof.identity --people 1000000`"
    )
    parts.append(table(("records", "reading both files", "comparing", "peak memory", "precision", "recall"), rows))
    return "\n\n".join(parts) + "\n"


def figures(left: tuple[pa.Table, list[str]], right: tuple[pa.Table, list[str]]) -> dict[str, Any]:
    """Return precision and recall from each threshold; each side is a table and who is in each row."""
    (one, these), (other, those) = left, right
    with duckdb_backend() as backend:
        found = [
            (match.probability, these[match.left] == those[match.right])
            for match in SplinkLinkage(backend).matches(one, other, at_least=CONSIDERED)
        ]
    return {str(least): rates(found, least, len(set(these) & set(those))) for least in THRESHOLDS}


def rates(found: Sequence[tuple[float, bool]], least: float, linkable: int) -> dict[str, Any]:
    """Return how many links there are from a threshold, how many of them are right, and of how many there could be."""
    right = [is_right for probability, is_right in found if probability >= least]
    return {"links": len(right), "precision": sum(right) / max(len(right), 1), "recall": sum(right) / linkable}


def febrl4(path: Path) -> tuple[pa.Table, list[str]]:
    """Return a side of FEBRL 4."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name.strip(): value.strip() or None for name, value in row.items()} for row in csv.DictReader(file)]
    named = {"surname": "family_name", "suburb": "town", "address_1": "street", "street_number": "house_number"}
    named |= {"soc_sec_id": "reference", "given_name": "given_name", "postcode": "postcode"}
    columns: dict[str, list[Any]] = {new: [row[old] for row in rows] for old, new in named.items()}
    born = [row["date_of_birth"] for row in rows]
    columns["birth_date"] = [f"{one[:4]}-{one[4:6]}-{one[6:]}" if one else None for one in born]
    who = [re.sub(r"\D*(\d+).*", r"\1", row["rec_id"] or "") for row in rows]
    return pa.table({ROW: list(range(len(rows))), **columns}), who


def fake_1000(path: Path) -> tuple[tuple[pa.Table, list[str]], tuple[pa.Table, list[str]]]:
    """Return the first record of everybody in fake_1000, and the second of those who have one."""
    people: dict[str, list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people[row["cluster"]].append(row)
    named = {
        "first_name": "given_name",
        "surname": "family_name",
        "dob": "birth_date",
        "city": "town",
        "email": "email",
    }

    def side(rows: list[dict[str, str]]) -> tuple[pa.Table, list[str]]:
        columns = {new: [row[old].lower() or None for row in rows] for old, new in named.items()}
        return pa.table({ROW: list(range(len(rows))), **columns}), [row["cluster"] for row in rows]

    return side([rows[0] for rows in people.values()]), side([rows[1] for rows in people.values() if len(rows) > 1])


def made_up(count: int) -> dict[str, float]:
    """Return time, memory and quality of linking as many made-up people on each side, from files."""
    with TemporaryDirectory() as folder:
        left, right = Path(folder) / "authors.parquet", Path(folder) / "customers.parquet"
        write_people(left, right, count)
        begun = time.perf_counter()
        authors = read_profiles(left, "authors", key=KEY)
        customers = read_profiles(right, "customers", key=KEY)
        read = time.perf_counter()
        both = int(count * SHARE_OF_BOTH)
        with duckdb_backend() as backend:
            found = [
                (match.probability, match.left == match.right < both)
                for match in SplinkLinkage(backend).matches(authors.table, customers.table, at_least=CONSIDERED)
            ]
        done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {"read_s": read - begun, "compared_s": done - read, "peak_gb": peak, **rates(found, ACCEPT, both)}


def write_people(left: Path, right: Path, count: int) -> None:
    """Write two files of made-up people; those in the same of the first rows are one.

    Names are as unevenly frequent as names are. Of authors much is left out, and a name in eight is misspelled.
    """
    drawn = np.random.default_rng(1)
    syllables = ["ka", "lo", "min", "ter", "va", "sol", "be", "ri", "dan", "fu", "gra", "hel", "jo", "nes", "pa", "qui"]
    words = np.array(["".join(drawn.choice(syllables, drawn.integers(2, 5))) for _ in range(40_000)])
    given, family = np.unique(words[:4_000]), np.unique(words)

    def zipfian(names: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
        weights = 1 / (np.arange(len(names)) + 20)
        return drawn.permutation(names)[drawn.choice(len(names), size, p=weights / weights.sum())]

    def people(size: int) -> dict[str, np.ndarray[Any, Any]]:
        town, number = drawn.integers(0, 3_000, size), drawn.integers(0, 10**9, size)
        days = drawn.integers(-10_000, 13_000, size).astype("datetime64[D]")
        return {
            "given_name": zipfian(given, size),
            "family_name": zipfian(family, size),
            "birth_date": days.astype(str),
            "email": np.char.add(np.char.add("u", number.astype(str)), "@mail.example"),
            "phone": np.char.add("+4477", np.char.zfill((number // 7).astype(str), 9)),
            "town": np.char.add("town", town.astype(str)),
            "postcode": np.char.add(np.char.add("p", town.astype(str)), drawn.integers(10, 40, size).astype(str)),
        }

    def write(path: Path, columns: dict[str, Any]) -> None:
        parquet.write_table(
            pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()}), path
        )

    customers = people(count)
    both = int(count * SHARE_OF_BOTH)
    others = people(count - both)
    authors: dict[str, Any] = {name: np.append(values[:both], others[name]) for name, values in customers.items()}
    for name in ("given_name", "family_name"):
        changed = drawn.random(count) < 1 / 8
        authors[name] = np.array(
            [one[:1] + one[2:] if bad else one for one, bad in zip(authors[name], changed, strict=True)]
        )
    for name, share in {"birth_date": 0.3, "email": 0.5, "phone": 0.5, "town": 0.2, "postcode": 0.4}.items():
        authors[name] = np.where(drawn.random(count) < share, None, authors[name].astype(object))
    rows = np.arange(count).astype(str)
    write(left, {"source": np.repeat("zendesk", count), "handle": np.char.add("a", rows), **authors})
    write(right, {"customer_number": np.char.add("K-", rows), **customers})


if __name__ == "__main__":
    main()
