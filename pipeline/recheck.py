"""Ask sources again for posts that we have: edits are kept, what is gone goes, what stayed may stay longer.

Terms say how often, in bands of age. A round of a band walks over its stored posts by id, group by
group; each group's answer is kept together with the id it reached, so a round that was cut off goes
on there. A round begins as soon as the last one of the same band, or of a wider one, is `every` old.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.conditions import Between, equal
from domain.documents import instant, parse_instant
from domain.pages import paged
from domain.ports import Recheckable
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.ingest import Ingested, keep_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Collector, Store
    from domain.terms import Recheck, Terms
    from pipeline.ingest import Flow

FRESH: Final = 0.1
"""Posts seen in the last tenth of `every` before a round began are not asked for: they were just collected."""

_FIELDS: Final = ("id", "native_id", "instance", "observed_at", "terms.store_until")
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class _RecheckRound:
    """A walk over the posts of a band: when it began, the last id that was asked for, None when all were."""

    name: str
    band: Recheck
    begun: datetime
    last: str | None = ""

    def cursor(self) -> dict[str, str | None]:
        return {"begun": instant(self.begun), "last": self.last}


def recheck(collector: Collector, flow: Flow, tell: Callable[[Ingested], None], *, at_once: bool = False) -> Ingested:
    """Ask a source again for what is due, where it can be asked; `tell` hears of each group.

    `at_once` begins a round over all that the terms name, whether it is due or not.

    Raises:
        SourceBusy: the source asks us to come back later; the next call goes on from here.
        SourceRefused: the source will not answer.
    """
    total = Ingested()
    if not isinstance(collector, Recheckable):
        return total
    name, store = collector.name, flow.store
    bands = sorted(collector.terms.rechecks, key=_width, reverse=True)
    for band in bands[:1] if at_once else bands:
        walk = _last_round(name, band, store)
        if walk is None or walk.last is None:
            # None was cut off: a new one begins if it is due.
            now = flow.clock.now()
            wider = [_last_round(name, other, store) for other in bands if _width(other) > _width(band)]
            begun = [one.begun for one in (walk, *wider) if one is not None and one.last is None]
            if begun and not at_once and max(begun) + band.every > now:
                continue
            walk = _RecheckRound(_cursor_name(name, band), band, now)
        for group in paged(_due(collector, collector.terms, walk, store), collector.recheck_size):
            answer = collector.recheck([post["native_id"] for post in group])
            answer = replace(answer, cursor=replace(walk, last=group[-1]["id"]).cursor())
            page = keep_page(walk.name, answer, collector.terms, flow)
            total += page
            tell(page)
        store.upsert("cursors", [], cursor=cursor_document(walk.name, replace(walk, last=None).cursor()))
    return total


def _width(band: Recheck) -> timedelta:
    return timedelta.max if band.up_to is None else band.up_to


def _last_round(name: str, band: Recheck, store: Store) -> _RecheckRound | None:
    state = saved_cursor(store, _cursor_name(name, band))
    if state is None:
        return None
    return _RecheckRound(_cursor_name(name, band), band, parse_instant(state["begun"]), state.get("last"))


def _cursor_name(name: str, band: Recheck) -> str:
    return f"recheck:{name}:{'all' if band.up_to is None else f'{band.up_to / _HOUR:g}h'}"


def _due(source: Recheckable, terms: Terms, walk: _RecheckRound, store: Store) -> Iterator[Document]:
    """Yield the posts of a round that are to be asked for, by ascending id, from where it was left."""
    fresh = walk.begun - walk.band.every * FRESH
    # An empty instance is not stored.
    mine = (equal("source", source.source), equal("instance", source.instance or None))
    start = walk.begun - walk.band.up_to if walk.band.up_to is not None else None
    where = (*mine, Between("created_at", start))
    for post in store.scan("posts", where=where, fields=_FIELDS, after=walk.last or ""):
        seen = [parse_instant(post["observed_at"])] if "observed_at" in post else []
        until = post.get("terms", {}).get("store_until")
        if until is not None and terms.keep is not None:
            seen.append(parse_instant(until) - terms.keep)
        if not seen or max(seen) < fresh:
            yield post
