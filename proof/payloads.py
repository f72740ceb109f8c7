"""Recorded answers of real interfaces through the readers of the sources: `python -m proof.payloads FOLDER`.

The folder holds a folder per interface with answers as JSON or JSON Lines, as they were recorded. Every
record in them that has the shape of a post goes through the source's own reader, as it is. Writes
`proof/payloads.json` and `docs/payloads.md`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collectors.polling.pagination import read_each
from collectors.reviews import appstore_feed
from collectors.social import discourse, jetstream_events, mastodon_statuses, reddit, x, youtube
from collectors.social.youtube_videos import Video
from domain.errors import RecordUnreadable
from domain.markdown import table
from domain.post import Deletion, Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RESULTS: Final = Path(__file__).with_name("payloads.json")
PAGE: Final = Path("docs/payloads.md")
NOW: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""After all of them."""
VIDEO: Final = Video("a video", "a channel", "2010-01-01T00:00:00Z")
OPENING: Final = """# Recorded answers

Answers of real interfaces that others recorded (their clients' test data, and 152 events of Bluesky's Jetstream) went
through the readers of our sources as they are, without a special case. *Records* are those with the shape of a post or
an event, *passed over* what is none for us (likes, follows, older versions, sections that are not public), *unreadable*
what the reader named as broken: Apple's feed of 2020 gave no times (today's does), and two messages of a Reddit inbox
and an excerpt from a search of Discourse are not what our sources ask for.

This page is made by `python -m proof.payloads FOLDER` from `proof/payloads.json`.
"""


def _has(*keys: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda value: value.keys() >= set(keys)


READERS: Final[Mapping[str, tuple[Callable[[Mapping[str, Any]], bool], Callable[[Any], Any]]]] = {
    "appstore_rss": (
        _has("im:rating", "content"),
        lambda one: appstore_feed.to_post(one, app="1", country="us", brand=""),
    ),
    "discourse": (
        _has("cooked", "topic_id", "username"),
        lambda one: discourse.to_found(one, instance="forum.example", base="https://forum.example"),
    ),
    "mastodon": (
        _has("account", "content", "visibility"),
        lambda one: mastodon_statuses.to_post(one, instance="social.example", now=NOW),
    ),
    "reddit": (lambda value: value.get("kind") in ("t1", "t3") and "data" in value, reddit.to_found),
    "youtube": (
        lambda value: value.get("kind") == "youtube#comment",
        lambda one: youtube.to_post(one, "a video", VIDEO, None),
    ),
}
"""By folder: what is a record of it, and how it is read."""


def main() -> None:
    """Read all, and write down what came of it."""
    folder = Path(sys.argv[1])
    results = {name: dict(_counted(_read(folder / name, name))) for name in sorted(READERS)}
    results["bluesky (Jetstream)"] = dict(_counted(_heard(folder / "bluesky")))
    results["x_v2"] = dict(_counted(_tweets(folder / "x_v2")))
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    PAGE.write_text(page(results), encoding="utf-8")


def _read(folder: Path, name: str) -> Iterator[Any]:
    is_record, reader = READERS[name]
    for file in sorted(folder.glob("*.json")):
        for record in _records(json.loads(file.read_text(encoding="utf-8")), is_record):
            yield from read_each([record], reader, name) or [None]


def _heard(folder: Path) -> Iterator[Any]:
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                event = jetstream_events.read_event(line)
                told = jetstream_events.to_post(event, now=NOW) if event.writes_post else None
                yield told or jetstream_events.to_deletion(event)
            except RecordUnreadable as unreadable:
                yield unreadable


def _tweets(folder: Path) -> Iterator[Any]:
    for file in sorted(folder.glob("*.json")):
        answer = json.loads(file.read_text(encoding="utf-8"))
        told = answer.get("data", []) if isinstance(answer, dict) else []
        users = {one["id"]: one for one in answer.get("includes", {}).get("users", [])}
        places = {one["id"]: one for one in answer.get("includes", {}).get("places", [])}
        for post in told if isinstance(told, list) else [told]:
            # We always ask for the time; some of these recordings did not.
            if isinstance(post, dict) and {"text", "id", "created_at"} <= post.keys():
                yield from read_each([post], lambda one: x.to_post(one, users, places), "x") or [None]  # noqa: B023


def _records(value: Any, is_record: Callable[[Mapping[str, Any]], bool]) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict) and is_record(value):
        yield value
        return
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _records(inner, is_record)


def _counted(found: Iterator[Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in found:
        counts["records"] += 1
        kind = "posts" if isinstance(one, Post) else "deletions" if isinstance(one, Deletion) else "passed over"
        counts["unreadable" if isinstance(one, RecordUnreadable) else kind] += 1
        if isinstance(one, RecordUnreadable):
            sys.stderr.write(f"{one}\n")
    return counts


def page(results: Mapping[str, Mapping[str, int]]) -> str:
    """Return the page with the table."""
    head = ["interface", "records", "posts", "deletions", "passed over", "unreadable"]
    rows = [[name, *(f"{found.get(column, 0):,}" for column in head[1:])] for name, found in sorted(results.items())]
    return f"{OPENING}\n{table(head, rows)}\n"


if __name__ == "__main__":
    main()
