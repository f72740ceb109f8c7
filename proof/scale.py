"""How stores hold up at 10,000 to 1,000,000 posts: `python -m proof.scale` writes `docs/scale.md`.

From `proof/bench_store.json` (`earshot bench store`, one run for each store and size), `proof/bench_journey.json`
(`earshot bench journey`, likewise) and `proof/counting.json` (`python -m proof.counting`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

BENCH: Final = Path(__file__).with_name("bench_store.json")
JOURNEYS: Final = Path(__file__).with_name("bench_journey.json")
COUNTING: Final = Path(__file__).with_name("counting.json")
PAGE: Final = Path("docs/scale.md")
P95_MS: Final = {"sqlite": 250, "elasticsearch": 100}
NAMES: Final = {
    "sqlite": "SQLite",
    "sqlite before": "SQLite, counted by rows",
    "elasticsearch": "Elasticsearch",
}
WHOSE: Final = {"anybody": "anybody", "who_posts": "who has linked posts"}
WHOSE_COLUMNS: Final = ("p50", "p95 (goal 100 ms)", "slowest", "steps, p50 and p95", "load of the machine")
STAGES: Final = {
    "journey_ms": "a customer's journey",
    "overlay_ms": "events laid over a chart",
    "settle_idle_ms": "settling with nothing to do",
    "erase_post_ms": "erasing a post",
    "erase_author_ms": "erasing an author",
    "erase_ticket_ms": "erasing a ticket with its messages",
    "expunge_ms": "taking erased bytes out of the files",
}


def main() -> None:
    """Write the page."""
    results = (json.loads(file.read_text()) for file in (BENCH, JOURNEYS, COUNTING))
    PAGE.write_text(page(*results), encoding="utf-8")


def page(bench: Mapping[str, Any], journeys: Mapping[str, Any], counting: Mapping[str, Any]) -> str:
    """Return the page."""
    runs = _runs(bench, "questions")
    return "\n\n".join(
        [
            OPENING,
            "## Loading",
            table(("store", "posts", "posts/s", "customers/s", "events/s", "memory", "on disk"), _loading(runs)),
            _beside_bare(runs),
            LOADING,
            "## Asking",
            table(("store", "posts", "p50", "p95", "goal for p95", "slowest question, typical time"), _asking(runs)),
            ASKING,
            "## One more page, and one more label",
            table(("store", "posts", "processor time, empty -> full", "by the clock", "patches/s"), _pages(runs)),
            PAGES,
            "## Everything else",
            table(("what", *(_run(run) for run in runs)), _others(runs)),
            "## The journey of one customer",
            table(("store", "customers", "events", "whose", *WHOSE_COLUMNS), _journeys(_runs(journeys, "who_posts"))),
            JOURNEY,
            "## Each question",
            table(("question", *(_run(run) for run in runs)), _questions(runs)),
            WAYS,
            _ways(counting),
            WHY,
        ]
    )


def _runs(bench: Mapping[str, Any], last: str) -> dict[tuple[str, int], Any]:
    """Return the figures of the runs that came to a stage, by store and size."""
    return {
        (name, int(size)): figures
        for name in NAMES
        for size, figures in sorted(bench.get(name, {}).items(), key=lambda run: int(run[0]))
        if last in figures
    }


def _journeys(runs: Mapping[tuple[str, int], Any]) -> list[tuple[str, ...]]:
    rows = []
    for (name, customers), one in runs.items():
        for group, told in WHOSE.items():
            asked = one[group]
            steps = f"{asked['p50_steps']:,} and {asked['p95_steps']:,}"
            times = [_ms(asked[figure]) for figure in ("p50_ms", "p95_ms", "slowest_ms")]
            load = f"{one['load_average']:.1f}"
            rows.append((NAMES[name], f"{customers:,}", f"{10 * customers:,}", told, *times, steps, load))
    return rows


def _loading(runs: Mapping[tuple[str, int], Any]) -> list[tuple[str, ...]]:
    return [
        (
            NAMES[name],
            f"{posts:,}",
            f"{one['load']['per_s']:,}",
            f"{one['load_others']['customers_per_s']:,}",
            f"{one['load_others']['events_per_s']:,}",
            f"{one['peak_mb']} MB" if one.get("peak_mb") else "",
            f"{one['disk_mb']:,} MB" if one.get("disk_mb") else "",
        )
        for (name, posts), one in runs.items()
    ]


def _beside_bare(runs: Mapping[tuple[str, int], Any]) -> str:
    told = [
        f"{NAMES[name]}, {posts:,} posts: in turns with the bare client's bulk helper over {one['load']['in_turns']:,}"
        f" of them we loaded {one['load']['ours_per_s']:,} posts a second and it {one['load']['bare_per_s']:,}"
        f" ({one['load']['ours_per_s'] / one['load']['bare_per_s']:.0%}; goal 90%)."
        for (name, posts), one in runs.items()
        if "bare_per_s" in one["load"]
    ]
    return "\n".join(told)


def _asking(runs: Mapping[tuple[str, int], Any]) -> list[tuple[str, ...]]:
    rows = []
    for (name, posts), one in runs.items():
        asked = one["questions"]
        slowest = max(asked["each_ms"], key=lambda question: asked["each_ms"][question])
        goal = P95_MS[name.partition(" ")[0]]
        told = f"{slowest}, {asked['each_ms'][slowest]:.0f} ms"
        rows.append((NAMES[name], f"{posts:,}", _ms(asked["p50_ms"]), _ms(asked["p95_ms"]), f"{goal} ms", told))
    return rows


def _pages(runs: Mapping[tuple[str, int], Any]) -> list[tuple[str, ...]]:
    """Return what a page takes on the empty store and on the full one, by the clock and of our processor time."""
    rows = []
    for (name, posts), one in runs.items():
        if "page_full" in one:
            empty, full = one["page_empty"], one["page_full"]
            taken = [
                f"{_ms(empty[kind])} -> {_ms(full[kind])} ({full[kind] / empty[kind]:.1f}x)"
                for kind in ("cpu_ms", "ms")
            ]
            rows.append((NAMES[name], f"{posts:,}", *taken, f"{one['patch_per_s']:,}"))
    return rows


def _others(runs: Mapping[tuple[str, int], Any]) -> list[tuple[str, ...]]:
    return [
        (told, *(_ms(one[stage]) if stage in one else "" for one in runs.values())) for stage, told in STAGES.items()
    ]


def _questions(runs: Mapping[tuple[str, int], Any]) -> list[tuple[str, ...]]:
    names = next(iter(runs.values()))["questions"]["each_ms"]
    return [(name, *(_ms(one["questions"]["each_ms"][name]) for one in runs.values())) for name in names]


def _ways(counting: Mapping[str, Any]) -> str:
    parts = []
    for posts, found in sorted(counting.items(), key=lambda one: int(one[0])):
        questions = list(next(iter(found["ms"].values())))
        rows = [(way, *(_ms(some[question]) for question in questions)) for way, some in found["ms"].items()]
        parts.append(f"{int(posts):,} posts; a roll-up by day would have {found['cells']:,} rows.")
        parts.append(table(("way", *questions), rows))
    return "\n\n".join(parts)


def _run(run: tuple[str, int]) -> str:
    return f"{NAMES[run[0]]}, {run[1]:,}"


def _ms(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


OPENING: Final = """# How stores hold up

Made by `python -m proof.scale` from `proof/bench_store.json` (`earshot bench store`), `proof/bench_journey.json`
(`earshot bench journey`) and `proof/counting.json`; do not edit. Made-up labelled posts over a year, as many customers
and events, a tenth as many corrections, on two cores and a disk that is shared with others: single times swing, ratios
within one run less. Each of the twenty questions is asked five times in mixed order, as the pages ask them, intervals
included."""

PAGES: Final = """A page goes through the whole flow but the models, as new posts do; the goal was 1.2 times between
an empty store and a full one. What grows by processor time is finding what an empty store does not have: texts of the
same words that a post is compared with (two thirds of it: the made-up posts are more alike than people's), customers
and events that are met. The clock also waits for a disk that was still writing what had been loaded. Tried against it:
counterparts by keyed look-ups in place of listings (kept: it was in step with the store before), a bound on how many
texts share a key and how many are compared (kept), reading only texts and keys of what is compared (kept). Patches give
posts another topic: SQLite writes what changed, and its slow figure is that of a cold file; Elasticsearch writes whole
documents."""

JOURNEY: Final = """A made-up operator (`pipeline/bench/customers.py`): a person behind each customer, a line that
rests on an access node and a site, ten events a customer, nearly all somebody's own and in the order of time, one in
200 of the network. Towns are as unequal as towns are: the largest holds more than a twentieth of all customers, so
the 95th percentile is that of a journey that meets everything on record there, and the steps beside it say how much
that is. Two hundred customers each, drawn by chance of all, and of the 500 with most linked posts; every one asked
once. The load is that of the two processors over five minutes, other people's work included: above two they waited
for each other. Elasticsearch is one node with 512 MB, measured right after loading. Tried: indices of places and
regions that hold those events alone which have one, in the order that scans read in (kept: in turns on the same
100,000 customers p50 went from 17 to 11 ms and p95 from 51 to 43, once more from 23 to 16 and from 85 to 65; before,
every page of a scan walked all events of a town). Most of what is left is proportional to the steps."""

ASKING: Final = """All hundred askings count, also the first of each question in a new process, one in five: these make
SQLite's 95th percentile at a million, where columns and texts are read into memory for the first time (up to 1.6 s);
asked again, no question takes longer than the last column says. Elasticsearch's goal of 100 ms is missed by what has
most groups (days by brands by sentiment); its times hardly grow from 100,000 to 1,000,000 posts."""

LOADING: Final = """Beside the bare helper we look up what is stored, so that nothing is written that did not change,
and check every document's shape. SQLite's goal of 10,000 posts a second is missed: of some 220 µs of processor time
that a post takes, JSON is 44, the check 33, folding into columns 45, words, lists and columns the rest. Tried on
20,000 posts each: JSON by msgspec (28 µs less; it writes a number that is none as `null`), no check at all (a fifth
faster), folding an eighth as often (a quarter faster, and every question then reads eight times as many rows one by
one), transactions of 2,000 posts (a tenth). At a million the disk decides: 6 GB are written three times, through the
log."""

WAYS: Final = """## Ways to count

The posts of one SQLite store, counted by what the filter panel lets through (the first of each group of copies, the
public alone), best of three turns. All ways gave the same figures."""

WHY: Final = """SQLite counts by columns that are kept in its own file: per segment of 65,536 posts and field one
blob of codes, counted with numpy. On counting alone no columnar engine is faster at a million; what comes with counting
decided it. Blobs are written in the transaction that writes the posts, so that a reader in another process sees both or
neither, and nothing has to be kept in step; deleted posts leave every answer at once and the blobs when the file is
expunged, byte by byte, with the same means as everything else in it; a text query's rows and those of authors,
customers and events are masks over the same row numbers. Files of Parquet or Arrow beside the database would need all
of that again. DuckDB is 66 MB more to install, Polars 180 MB; pyroaring keeps what it counts in memory. Roll-ups have
nearly as many rows as there are posts, once all filters of the panel are to be answered from them.
"""


if __name__ == "__main__":
    main()
