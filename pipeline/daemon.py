"""A process that stays up: every piece of work in a thread of its own, when it is due, until it is told to stop.

When that is follows from what stands in the store, so a process that begins anew, or a second one beside it, goes on in
the same rhythm. What goes wrong with one piece of work is logged, stands in the store and is tried again later; it ends
nothing else.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

from apscheduler.schedulers.background import BackgroundScheduler

from domain.documents import parse_instant
from domain.errors import EarshotError
from domain.zones import DEFAULT_ZONE
from pipeline.faults import LONGEST_PAUSE_S, fault_of, pause_after_s
from pipeline.jobs import CLOCKS_DIFFER, LeaseLost, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.documents import Document
    from domain.ports import Clock
    from domain.rhythm import Rhythm
    from domain.zones import ZoneName
    from pipeline.jobs import Ended, Jobs

LOOK_AGAIN: Final = timedelta(seconds=60)
"""When it is seen again whether another process is still at it."""
LOOK_EARLY: Final = timedelta(minutes=10)
PULSE_S: Final = 5.0
"""How often the scheduler shows that it lives."""
LONGEST_SILENCE_S: Final = 60.0
WEEKS_OF_A_CENTURY: Final = 5_218
_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Work:
    """A piece of work that repeats: `do` does it once, under its lease. `source` is whose it is, in the settings."""

    name: str
    rhythm: Rhythm
    do: Callable[[], Ended]
    source: str | None = None
    zone: ZoneName = DEFAULT_ZONE
    """Whose clocks the rhythm means."""
    early: Callable[[], bool] | None = None
    """Whether it is wanted before its time; looked at every `LOOK_EARLY`."""

    @property
    def job(self) -> str:
        """What is done, whoever it is done for."""
        return self.name.partition(":")[0]

    def due(self, stored: Document, now: datetime) -> datetime | None:
        """Return when it is due by what stands of it in the store, None where it never is."""
        times = {name: parse_instant(stored[name]) for name in ("succeeded_at", "failed_at") if name in stored}
        # The clock went back since a time that is to come: who waited for that again might wait for a year.
        times = {name: at for name, at in times.items() if at <= now + CLOCKS_DIFFER}
        last, failed = times.get("succeeded_at"), times.get("failed_at")
        due = self.rhythm.due(last, now, self.zone)
        if due is not None and last is None and "next_at" in stored:
            # The first time comes at the hour that was planned, not at the next one from whenever it is asked.
            due = min(due, parse_instant(stored["next_at"]))
        faults = stored.get("faults", 0)
        if due is None or failed is None or not faults:
            return due
        # What comes often is not tried more often because it went wrong; what comes seldom is not left for a day.
        pause_s = self.rhythm.every.total_seconds() if self.rhythm.every else 0.0
        wait_s = pause_after_s(faults, pause_s if pause_s <= LONGEST_PAUSE_S else 0.0)
        return max(due, failed + timedelta(seconds=wait_s))


class Daemon:
    """Does work when it is due, until it is stopped."""

    def __init__(self, works: Sequence[Work], jobs: Jobs, clock: Clock) -> None:
        self._works = works
        self._jobs = jobs
        self._clock = clock
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._threads: dict[str, Thread] = {}
        self._failures: Counter[str] = Counter()
        self._stopping = Event()
        self._beginning = Lock()
        self._pulse_at = time.monotonic()

    def start(self) -> None:
        """Begin: what is due is done at once."""

        def pulse() -> None:
            self._pulse_at = time.monotonic()

        self._scheduler.add_job(pulse, "interval", seconds=PULSE_S, id="pulse", misfire_grace_time=None, coalesce=True)
        for work in self._works:
            self._at(work, self._clock.now())
        self._scheduler.start()

    @property
    def is_alive(self) -> bool:
        """Whether the scheduler still does what is due."""
        return not self._stopping.is_set() and time.monotonic() - self._pulse_at < LONGEST_SILENCE_S

    def stop(self, until: float) -> list[str]:
        """Begin nothing more and wait for what runs, to a time of `time.monotonic`; return what is still running.

        Sources are not waited for: they may listen for hours, and a page of theirs is kept whole or not at all.
        """
        with self._beginning:
            self._stopping.set()
        self._jobs.stop()
        self._scheduler.shutdown(wait=False)
        for work in self._works:
            if work.source is None and (thread := self._threads.get(work.name)) is not None:
                thread.join(max(until - time.monotonic(), 0.0))
        return [name for name, thread in self._threads.items() if thread.is_alive()]

    def turn(self, work: Work) -> datetime | None:
        """Do a piece of work if it is due; return when it is next.

        Raises:
            EarshotError: of the store or of a model.
        """
        due = work.due(self._jobs.of(work.name), self._clock.now())
        if due is None or (due > self._clock.now() and not (work.early is not None and work.early())):
            return due
        ended = work.do()
        now = self._clock.now()
        if ended.elsewhere or isinstance(ended.error, LeaseLost):
            return now + min(work.rhythm.every or LOOK_AGAIN, LOOK_AGAIN)
        if ended.error is not None and work.source is None:
            _LOGGER.error("%s: %s", work.name, ended.error)
        return work.due(self._jobs.of(work.name), now)

    def run(self, work: Work) -> datetime | None:
        """Do a piece of work if it is due, whatever comes of it; return when to look at it again."""
        next_at: datetime | None = None

        def step() -> None:
            nonlocal next_at
            next_at = self.turn(work)
            self._jobs.plan(work.name, next_at, source=work.source)

        try:
            failed = fault_of(work.name, step) is not None
        except EarshotError as error:
            _LOGGER.error("%s: %s", work.name, error)  # noqa: TRY400  # the sentence says what to do
            failed = True
        if not failed:
            del self._failures[work.name]
            return next_at
        # The store may not know of it: the store may be what failed.
        self._failures[work.name] += 1
        return self._clock.now() + timedelta(seconds=pause_after_s(self._failures[work.name], 0.0))

    def _at(self, work: Work, at: datetime) -> None:
        # With a trigger that has no next time the scheduler takes the job out once it has begun, and its thread breaks
        # over that if it is shut down in the same moment.
        self._scheduler.add_job(
            self._begin,
            "interval",
            weeks=WEEKS_OF_A_CENTURY,
            args=(work,),
            next_run_time=at,
            id=work.name,
            misfire_grace_time=None,
            replace_existing=True,
        )

    def _begin(self, work: Work) -> None:
        """Give the work a thread that does not keep the process alive."""

        def run_and_plan() -> None:
            try:
                next_at = self.run(work)
            except Stopped:
                return
            if next_at is not None and not self._stopping.is_set():
                self._at(work, next_at if work.early is None else min(next_at, self._clock.now() + LOOK_EARLY))

        with self._beginning:
            if self._stopping.is_set():
                return
            thread = Thread(target=run_and_plan, name=work.name, daemon=True)
            thread.start()
            self._threads[work.name] = thread
