"""What new posts, customers and events have to meet afterwards: withdrawals first, then links, then topics.

Links are looked up from what changed (`actions/changes.py`); topics are found anew where posts changed. The two are
jobs of their own, each in its own rhythm; refreshing does both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from actions.changes import amended, is_empty, worked_off
from actions.identity import note_expired
from domain.documents import parse_instant
from linking.events import event_links
from pipeline.clock import SystemClock
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.topics import find_topics, give_topics, outgrown
from pipeline.upgrade import upgrade
from pipeline.wiring import customer_linker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from domain.config import Config
    from domain.documents import Document, Kind
    from domain.ports import Store
    from pipeline.jobs import Jobs

_CURSOR: Final = "settle"


@dataclass(frozen=True, kw_only=True)
class Joined:
    """On how many posts links changed."""

    with_customer: int = 0
    with_event: int = 0


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """What finding topics gave; `fresh` is False where no post had changed."""

    fresh: bool = True
    topics: int = 0
    with_topic: int = 0


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What refreshing changed; `fresh` is False where there was nothing to do."""

    fresh: bool = True
    joined: Joined = Joined()
    grouped: Grouped = Grouped(fresh=False)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Which process is at what was left to it."""


Tell: TypeAlias = "Callable[[str, float], None]"
"""Hears of each stage and which share of it is done, from 0 to 1."""


def refresh(store: Store, config: Config, tell: Tell, jobs: Jobs, *, anew: bool = False) -> Refreshed:
    """Join posts to customers and events that changed, and find topics where that is due; safe to repeat.

    Topics are found `anew`, where any post changed; otherwise where there are none yet, where posts became many
    more, or where their time has come (`jobs.topics`). What another process is at is left to it.
    """
    upgrade(store, config)
    note_expired(store, jobs.now())
    due = _posts_changed(store) and (anew or topics_are_due(store, config, jobs))
    if is_empty(store) and not due:
        return Refreshed(fresh=False)
    joined, grouped = Joined(), Grouped(fresh=False)

    def links() -> None:
        nonlocal joined
        joined = join(store, config, tell)

    def topics() -> None:
        nonlocal grouped
        grouped = group(store, config, tell)

    steps = {"links": links} | ({"topics": topics} if due else {})
    others = {name: jobs.alone(name, step) for name, step in steps.items()}
    return Refreshed(joined=joined, grouped=grouped, elsewhere={name: who for name, who in others.items() if who})


def topics_are_due(store: Store, config: Config, jobs: Jobs) -> bool:
    """Tell whether topics should be found anew: their time has come, or posts became many more."""
    last = jobs.of("topics").get("succeeded_at")
    at = config.jobs.topics.due(parse_instant(last) if last else None, jobs.now(), config.time_zone)
    return at is not None and ((last is not None and at <= jobs.now()) or outgrown(store))


def topics_are_outgrown(store: Store) -> bool:
    """Tell whether topics should be found before their time."""
    return _posts_changed(store) and outgrown(store)


def join(store: Store, config: Config, tell: Tell) -> Joined:
    """Join posts to customers and events that changed: cheap, each is looked up. Safe to repeat."""
    upgrade(store, config)
    tell("Joining customers and events", 0)
    with_customer = relink_customers(store, config)
    tell("Joining customers and events", 0.5)
    with_event = _relinked(store, "events", partial(event_links, store))
    tell("Joining customers and events", 1)
    return Joined(with_customer=with_customer, with_event=with_event)


def group(store: Store, config: Config, tell: Tell) -> Grouped:
    """Find topics and give every post its own, where posts changed since the last time; safe to repeat."""
    upgrade(store, config)
    if not _posts_changed(store):
        return Grouped(fresh=False)
    tell("Finding topics", 0)
    found = find_topics(store, config.brands)
    tell("Finding topics", 1)
    with_topic = give_topics(store, found, partial(tell, "Giving posts their topics"))
    store.upsert("cursors", [], cursor=cursor_document(_CURSOR, {"posts": store.version()}))
    return Grouped(topics=len(found.topics), with_topic=with_topic)


def relink_customers(store: Store, config: Config) -> int:
    """Give and take the posts of customers who changed, or whose links' time is up; return how many posts that were."""
    note_expired(store, SystemClock().now())
    return _relinked(store, "customers", customer_linker(store, config).relink)


def _relinked(store: Store, kind: Kind, wrong_links: Callable[[Iterable[str]], Iterator[Document]]) -> int:
    changed: set[str] = set()
    for keys in worked_off(store, kind):
        # Several events may change one post.
        changed |= amended(store, partial(wrong_links, keys))
    return len(changed)


def _posts_changed(store: Store) -> bool:
    return saved_cursor(store, _CURSOR) != {"posts": store.version()}
