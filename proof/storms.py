"""Every source through a storm of 10,000 posts: `python -m proof.storms` writes its results and `docs/storms.md`.

The servers are the fakes of the contract suite, which misbehave by plan (`tests/support/storm.py`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.flows import flow_to
from tests.support.misbehaving import misbehaving_server
from tests.support.source_cases import CASES
from tests.support.storm import TROUBLES, weather

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS = Path(__file__).with_name("storms.json")
PAGE = Path("docs/storms.md")
POSTS = 10_000
OPENING = """# Storms

Each source of the catalogue was run against a server of its kind that misbehaves by plan, into a real store, and was
killed on the way: one answer in five is a 429 (each dialect of limits in turn), a burst of 5xx, a body that breaks off,
HTML with status 200, half a document, or a page in another order with a fifth of its records twice. After the first
95 % the rest of the posts appears and some are edited. *Lost* are posts that the server has and the store has not,
*invented* those that only the store has, *stale* edits that did not arrive. All must be 0.

This page is made by `python -m proof.storms` from `proof/storms.json`; the same on 300 posts is a test.
"""


def main() -> None:
    """Run the storms, all or those named, and write down what came of them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("kinds", nargs="*", help="kinds of source; none: all")
    options.add_argument("--posts", type=int, default=POSTS)
    chosen = options.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for case in CASES:
        if case.can_fail and case.can_repeat and (not chosen.kinds or case.kind in chosen.kinds):
            results[case.kind] = storm(case, chosen.posts)
            sys.stderr.write(f"{case.kind}: {results[case.kind]}\n")
            RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
            PAGE.write_text(page(results), encoding="utf-8")


def storm(case: Any, posts: int) -> dict[str, Any]:
    """Return what came of one source."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, misbehaving_server() as server:
        outcome = weather(case(Path(folder), server), flow_to(Path(folder) / "posts.sqlite"), posts=posts)
    found = {**vars(outcome), "troubles": dict(outcome.troubles), "seconds": round(time.monotonic() - began)}
    return {name: value for name, value in found.items() if name != "case"}


def page(results: Mapping[str, Any]) -> str:
    """Return the page with the table of all storms."""
    head = ["source", "posts", "lost", "invented", "stale", "rounds", "kills", *TROUBLES]
    rows = [
        [
            kind,
            *(f"{found[name]:,}" for name in head[1:7]),
            *(f"{found['troubles'].get(name, 0):,}" for name in TROUBLES),
        ]
        for kind, found in sorted(results.items())
    ]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join([OPENING, *lines, ""])


if __name__ == "__main__":
    main()
