"""The proof run: real posts through the whole flow, on each store; `python -m proof.run --posts PATH ...`.

Writes `proof/results.json`, from which `proof/readme.py` makes the README's figures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from domain.documents import canonical_json
from domain.questions import Filters
from pipeline.timed import TimedRun, earshot, first_line_s
from proof.commands import killed
from proof.paint import first_paints
from stores.open import open_store
from tests.support.elastic_server import elastic_server

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).with_name("results.json")
BRANDS = Path("examples/uk-operators.toml")
LINES = 2_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """A store to prove the flow on: a fresh one, and one for the run that is killed."""

    name: str
    whole: str
    cut: str


def main() -> None:
    """Prove what can be proved and write it down."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", action="append", required=True, help="files of posts; repeatable")
    options.add_argument("--only", help="sqlite, elasticsearch or analyse")
    chosen = options.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["machine"] = f"{platform.machine()}, 2 cores, Python {platform.python_version()}"
    with tempfile.TemporaryDirectory() as folder, elastic_server() as server:
        home = Path(folder)
        address = server.url
        places = [
            Place(name="sqlite", whole=f"sqlite:///{home}/whole.sqlite", cut=f"sqlite:///{home}/cut.sqlite"),
            Place(name="elasticsearch", whole=f"{address}/whole", cut=f"{address}/cut"),
        ]
        for place in places:
            if chosen.only in {None, place.name}:
                results[place.name] = prove(place, chosen.posts, home)
                RESULTS.write_text(json.dumps(results, indent=2) + "\n")
        if chosen.only in {None, "analyse"}:
            results["analyse"] = prove_analyse(chosen.posts[0], home)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


def prove(place: Place, posts: Sequence[str], home: Path) -> dict[str, Any]:
    """Ingest once, again, and once with a kill in the middle; paint the dashboard."""
    words = ["--config", str(BRANDS), "ingest"]
    for path in posts:
        words += ["--path", path]
    environ = {"EARSHOT_STORE": place.whole, "EARSHOT_HOME": str(home)}
    before = earshot([*words, "--no-refresh"], environ)
    plain = digest(place.whole)
    afterwards = earshot([*words[:2], "refresh"], environ)
    state = digest(place.whole)
    again = earshot(words, environ)
    count = total(place.whole)
    figures = {
        "posts": count,
        "once": total(place.whole, Filters(once=True)),
        "ingest": shown(before),
        "posts_per_s": round(count / before.wall_s, 1),
        "settle": shown(afterwards),
        "again": shown(again),
        "again_changed_nothing": digest(place.whole) == state,
        "first_paint_s": first_paints(environ, BRANDS),
    }
    print(place.name, figures)  # noqa: T201 - a long run shows what it has
    return figures | prove_kill(place, words, environ, plain, count)


def prove_kill(place: Place, words: Sequence[str], environ: dict[str, str], whole: str, count: int) -> dict[str, Any]:
    """Kill an ingest half-way, start it again, and compare everything with the run that was left alone."""
    environ = environ | {"EARSHOT_STORE": place.cut}
    command = [*words, "--no-refresh"]
    with closing(open_store(place.cut)) as store:
        killed(command, environ, lambda: sum(t.total for t in store.count_by(Filters(), ())) >= count // 2)
    at = total(place.cut)
    earshot(command, environ)
    return {"killed_at": at, "killed_and_again_is_the_same": digest(place.cut) == whole}


def prove_analyse(path: str, home: Path) -> dict[str, Any]:
    """Time the first line (median of five) and the rate of `earshot analyse`."""
    import gzip

    environ = {"EARSHOT_HOME": str(home)}
    with gzip.open(path, "rt") as file:
        lines = [next(file) for _ in range(LINES)]
    one = [first_line_s(["analyse", "-"], environ, lines[0]) for _ in range(5)]
    many = earshot(["analyse", "-"], environ, given="".join(lines))
    rate = (LINES - 1) / (many.wall_s - median(one))
    return {"first_line_s": round(median(one), 2), "posts_per_s": round(rate, 1), "peak_mb": round(many.peak_mb)}


def shown(run: TimedRun) -> dict[str, float]:
    """Return the figures of a run as they are written down."""
    return {"wall_s": round(run.wall_s, 1), "peak_mb": round(run.peak_mb)}


def total(url: str, filters: Filters | None = None) -> int:
    """Return how many posts a store holds."""
    with closing(open_store(url)) as store:
        return sum(tally.total for tally in store.count_by(filters or Filters(), ()))


def digest(url: str) -> str:
    """Return a digest of all posts with their embeddings, and of the topics."""
    found = hashlib.sha256()
    with closing(open_store(url)) as store:
        for document in store.scan("posts"):
            found.update(canonical_json(document).encode())
        for document in store.scan("posts", fields=("id", "embedding")):
            rounded = [f"{x:.3f}" for x in document.get("embedding", ())]
            found.update(f"{document['id']} {rounded}".encode())
        for document in store.scan("topics"):
            found.update(canonical_json(document).encode())
    return found.hexdigest()


if __name__ == "__main__":
    main()
