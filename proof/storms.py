"""Every source through a storm of 10,000 posts: `python -m proof.storms` writes its results and `docs/storms.md`.

The servers are the fakes of the contract suite, which misbehave by plan (`tests/support/storm.py`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.markdown import table
from tests.support.flows import flow_to
from tests.support.misbehaving import misbehaving_server
from tests.support.source_cases import CASES
from tests.support.storm import weather
from tests.support.troubles import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS = Path(__file__).with_name("storms.json")
PAGE = Path("docs/storms.md")
POSTS = 10_000
OPENING = """# Storms

Each source of the catalogue was run against a server of its kind that misbehaves by plan, into a real store, and was
killed on the way: one answer in five is a 429 (each dialect of limits in turn), a burst of 5xx, a body that breaks off,
HTML with status 200, half a document, a page in another order with a fifth of its records twice, or a body that drips
for six minutes. Once in a while the server's clock is an hour off, a few kilobytes unpack to more than 10 MB, or all
cursors expire where the source has such. After the first 95 % the rest of the posts appears and some are edited.
*Lost* are posts that the server has and the store has not, *invented* those that only the store has, *stale* those
whose text is not the server's, edits that did not arrive among them. All must be 0. *Refused* are rounds that the
source gave up with a sentence, for too much at once or an expired cursor; the next one went on.

Feeds show only their newest entries (here 200, Apple's 500), and a stream goes on while we listen: such a server is
given its posts little by little, half of what it shows between two rounds that found nothing more, so that none
leaves unseen. Over a stream the troubles are its own: refused or broken connections, half an event at the end, events
twice and in another order, events so slow that the round's time is up, a frame that is too long, a cursor too old.
Files have no server, and no storm.

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
        if case.can_fail and (not chosen.kinds or case.kind in chosen.kinds):
            name = getattr(case, "title", case.kind)
            results[name] = storm(case, chosen.posts)
            sys.stderr.write(f"{name}: {results[name]}\n")
            RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
            PAGE.write_text(page(results), encoding="utf-8")


def storm(case: Any, posts: int) -> dict[str, Any]:
    """Return what came of one source."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, misbehaving_server() as server, ExitStack() as ends:
        made = case(Path(folder), server)
        # Some bring a server of their own.
        ends.callback(getattr(made, "close", lambda: None))
        outcome = weather(made, flow_to(Path(folder) / "posts.sqlite"), posts=posts)
    found = {**vars(outcome), "troubles": dict(outcome.troubles), "seconds": round(time.monotonic() - began)}
    return {name: value for name, value in found.items() if name != "case"}


def page(results: Mapping[str, Any]) -> str:
    """Return the page with the table of all storms."""
    head = ["source", "posts", "lost", "invented", "stale", "rounds", "kills", "refused", *TROUBLES]
    rows = [
        [
            kind,
            *(f"{found.get(name, 0):,}" for name in head[1:8]),
            *(f"{found['troubles'].get(name, 0):,}" for name in TROUBLES),
        ]
        for kind, found in sorted(results.items())
    ]
    return f"{OPENING}\n{table(head, rows)}\n"


if __name__ == "__main__":
    main()
