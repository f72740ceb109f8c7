"""Work that repeats: one process at a time does a piece of it, and what became of it stands in the store.

Each piece has one document. Who begins it takes its lease: writes its name into it where nobody else's stands, by the
revision that was read. While it goes on the lease is moved on; a process that dies loses it when its time is over and
`CLOCKS_DIFFER` has passed too. Whoever finds its lease taken leaves its work: everything that is done here can be done
again.
"""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Final

from domain.documents import ALL, NEW, REVISION, instant, parse_instant
from domain.errors import EarshotError, SourceBusy, StoreError
from pipeline.faults import fault_of, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Clock, Store
    from pipeline.ingest import Ingested

HELD: Final = timedelta(seconds=60)
"""How long a lease holds that is not moved on."""
CLOCKS_DIFFER: Final = timedelta(seconds=120)
"""How much longer others respect it: clocks of two machines may differ by nearly as much."""
BEAT_S: Final = 15.0
"""How often leases are moved on, and counts written down."""
LETTING_GO_S: Final = 2.0
_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a piece of work ended: with an error that says what to do, with one of ours, or well.

    `elsewhere` says which process was at it already: then nothing was done.
    """

    error: EarshotError | None = None
    fault: Exception | None = None
    elsewhere: str | None = None
    faults: int = 0
    """How often in a row it ended with an error, this time included."""

    @property
    def sentence(self) -> str | None:
        """What is said of an end that is no good one."""
        return in_words(self.fault) if self.fault else str(self.error) if self.error else None


class LeaseLost(SourceBusy):
    """Another process has taken over what this one was at."""


class Stopped(BaseException):
    """This process was told to stop: what runs ends behind a whole page. No error: nothing went wrong."""


class Jobs:
    """The work of this process that repeats. Safe to use from several threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._process = f"{socket.gethostname()}, process {os.getpid()}"
        self._running: dict[str, Run] = {}
        self._stopping = Event()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Move on the leases of what runs for the length of a block; behind it this process holds none.

        A store that does not take that in a moment is not waited for: leases end by themselves.
        """
        stopped = Event()

        def beat_on() -> None:
            while not stopped.wait(BEAT_S):
                fault_of("moving leases on", self.beat)

        Thread(target=beat_on, name="leases", daemon=True).start()
        try:
            yield
        finally:
            stopped.set()
            leaving = Thread(target=fault_of, args=("giving up leases", self.let_go), name="leases", daemon=True)
            leaving.start()
            leaving.join(LETTING_GO_S)

    def attempt(self, name: str, step: Callable[[Run], object], *, source: str | None = None) -> Ended:
        """Do a step under the lease of its name, and write down what became of it. `source`: its name in the settings.

        Raises:
            StoreError: there is no writing down. Errors of the step itself are returned.
        """
        run = self._begin(name, source)
        if isinstance(run, Ended):
            return run
        ended = None
        try:
            ended = Ended(fault=fault_of(name, partial(step, run)))
        except EarshotError as failed:
            ended = Ended(error=failed)
        finally:
            self._running.pop(name, None)
            if ended is None:
                run.let_go()
        return run.end(ended)

    def alone(self, name: str, step: Callable[[], object]) -> str | None:
        """Do a step under the lease of its name, for somebody who waits for it: its errors are raised.

        Return which process is at it already, if one is: then nothing is done.
        """
        run = self._begin(name, None)
        if isinstance(run, Ended):
            return run.elsewhere
        done = False
        try:
            step()
            done = True
        finally:
            self._running.pop(name, None)
            if not done:
                run.let_go()
        run.end(Ended())
        return None

    def now(self) -> datetime:
        """Return the time by which work is due."""
        return self._clock.now()

    def known(self) -> dict[str, Document]:
        """Return what stands in the store of every piece of work, by its name."""
        return {document["id"]: document for document in self._store.scan("jobs")}

    def of(self, name: str) -> Document:
        """Return what stands in the store of one piece of work; nothing where it was never begun."""
        return self._store.get("jobs", [name]).get(name, {})

    def stop(self) -> None:
        """Tell what runs to end behind its page."""
        self._stopping.set()

    def plan(self, name: str, at: datetime | None, *, source: str | None = None) -> None:
        """Write down when a piece of work is next due."""
        planned: Document = {"id": name, "next_at": at and instant(at), "source": source}
        if name not in self._store.get("jobs", [name], fields=("id",)):
            self._store.upsert("jobs", [{**_without_none(planned), REVISION: NEW}])
        self._store.patch("jobs", [planned])

    def beat(self) -> None:
        """Move on the leases of all that runs, and write down what was counted."""
        for run in list(self._running.values()):
            try:
                run.move_on()
            except StoreError as error:
                _LOGGER.warning("the lease of %s was not moved on: %s", run.name, error)

    def let_go(self) -> None:
        """Give up every lease: what still runs is cut off, and may be begun by others."""
        for name in list(self._running):
            run = self._running.pop(name, None)
            if run is not None:
                try:
                    run.let_go()
                except StoreError as error:
                    _LOGGER.warning("the lease of %s was not given up: %s", name, error)

    def _begin(self, name: str, source: str | None) -> Run | Ended:
        now = self._clock.now()
        run = Run(name, self._store, self._clock, self._stopping)
        taken = {**run.lease(), "id": name, "process": self._process, "started_at": instant(now), "source": source}
        known = self._store.get("jobs", [name], fields=(ALL, REVISION)).get(name)
        if known is None:
            conflicts = self._store.upsert("jobs", [_without_none({**taken, REVISION: NEW})]).conflicts
        elif is_held(known, now):
            return Ended(elsewhere=known["process"])
        else:
            conflicts = self._store.patch("jobs", [{**taken, REVISION: known[REVISION]}]).conflicts
        if conflicts:
            now_there = self._store.get("jobs", [name]).get(name, {})
            return Ended(elsewhere=now_there.get("process", "another process"))
        self._running[name] = run
        return run


class Run:
    """A piece of work while it runs, under its lease."""

    def __init__(self, name: str, store: Store, clock: Clock, stopping: Event) -> None:
        self.name = name
        self._stopping = stopping
        self._store = store
        self._clock = clock
        self._holder = uuid.uuid4().hex
        self._writing = Lock()
        self._counted: Counter[str] = Counter()
        self._written: Counter[str] = Counter()
        self._newest: str | None = None
        self._requests_left: int | None = None
        self._held_until = clock.now() + HELD

    def lease(self) -> Document:
        """Return what a lease is in the document of the work, from now on."""
        self._held_until = self._clock.now() + HELD
        return {"holder": self._holder, "held_until": instant(self._held_until)}

    def came(self, page: Ingested, requests_left: int | None = None) -> None:
        """Count a page of a source.

        Raises:
            LeaseLost: another process has taken over.
        """
        kept = page.kept
        self.count(fetched=page.fetched, added=kept.added, updated=kept.updated, deleted=page.deleted)
        self.count(unreadable=len(page.unreadable))
        if page.newest is not None:
            self._newest = max(self._newest or "", instant(page.newest))
        self._requests_left = requests_left
        self.check()

    def count(self, **numbers: int) -> None:
        """Add to what the work has done, by field of its document."""
        self._counted.update(numbers)

    def check(self) -> None:
        """See that the work is still ours, and is to go on.

        Raises:
            LeaseLost: another process has taken over.
            Stopped: this process is to stop.
        """
        if self._stopping.is_set():
            raise Stopped
        left = self._held_until - self._clock.now()
        # More is left than there ever was where the clock went back.
        if not HELD / 2 < left <= HELD and not self.move_on():
            raise LeaseLost(f"{self.name}: another process has taken over")

    def move_on(self) -> bool:
        """Write the lease anew, with what was counted; tell whether it was still ours."""
        return self._write(lambda _: self.lease())

    def let_go(self) -> None:
        """Give up the lease."""
        self._write(lambda _: {"holder": None, "held_until": None})

    def end(self, ended: Ended) -> Ended:
        """Write down how the work ended and give up the lease; return it with how often in a row it went wrong."""
        now, faults = instant(self._clock.now()), 0

        def result(stored: Document) -> Document:
            nonlocal faults
            # Who was given something before it went wrong is no worse off than the first time.
            before = 0 if self._counted.total() else stored.get("faults", 0)
            faults = before + 1 if ended.sentence else 0
            how = {"failed_at": now, "error": ended.sentence} if ended.sentence else {"succeeded_at": now}
            return {**how, "faults": faults, "holder": None, "held_until": None}

        self._write(result)
        return Ended(error=ended.error, fault=ended.fault, faults=faults)

    def _write(self, changes_of: Callable[[Document], Document]) -> bool:
        """Change the document while the lease is ours; tell whether it was."""
        with self._writing:
            while True:
                stored = self._store.get("jobs", [self.name], fields=(ALL, REVISION)).get(self.name)
                if stored is None or stored.get("holder") != self._holder:
                    return False
                counted = self._counted.copy()
                new = counted - self._written
                changes: dict[str, Any] = {name: stored.get(name, 0) + number for name, number in new.items()}
                if self._newest is not None:
                    changes["newest_at"] = max(self._newest, stored.get("newest_at", ""))
                if self._requests_left is not None:
                    changes["requests_left"] = self._requests_left
                changes |= changes_of(stored)
                change = {"id": self.name, REVISION: stored[REVISION], **changes}
                if not self._store.patch("jobs", [change]).conflicts:
                    self._written = counted
                    return True


def is_held(known: Document, now: datetime) -> bool:
    """Tell whether somebody is at it, as far as a clock that may be another can say.

    A lease that ends later than any that is taken now was taken before the clock went back: who still works under it
    moves it on, and one that died does not.
    """
    if "holder" not in known:
        return False
    return abs(parse_instant(known["held_until"]) - now - HELD / 2) <= HELD / 2 + CLOCKS_DIFFER


def _without_none(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
