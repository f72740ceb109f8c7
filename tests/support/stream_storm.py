"""The storm over a stream: the same troubles as over HTTP, as far as there are such; each connection may have one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.support.fake_jetstream import micros
from tests.support.misbehaving import Says
from tests.support.troubles import limits
from transport.streams import MAX_FRAME

if TYPE_CHECKING:
    from random import Random

    from tests.support.clock import FakeClock

NEAR = 20
"""Events come nearly in order: so many of them are disordered among each other."""
DRIP_S = 100


def _slow_down(storm, fake):
    fake.trouble.append(Says(status=429, headers=storm.chance.choice(limits(storm.clock.now())[:2])))


def _burst(storm, fake):
    status = storm.chance.choice([500, 502, 503, 504])
    fake.trouble.extend([Says(status=status, body=b"<h1>oops</h1>")] * storm.chance.randrange(1, 4))


def _cut(storm, fake):
    fake.leaves_after.append(storm.chance.randrange(40))


def _page_of_html(_storm, fake):
    fake.trouble.append(Says(headers={"Content-Type": "text/html"}, body=b"<title>busy</title>"))


def _half(storm, fake):
    """Let the stream end in the middle of an event."""
    at = storm.chance.randrange(40)
    fake.leaves_after.append(at + 1)
    fake.mangles = lambda place, frame: frame[: len(frame) // 2] if place == at else frame


def _shuffled(storm, fake):
    """Let events come twice and in another order."""

    def tells(events):
        for start in range(0, len(events), NEAR):
            near = events[start : start + NEAR]
            near += storm.chance.sample(near, len(near) // 5)
            storm.chance.shuffle(near)
            yield from near

    fake.tells = tells


def _skewed(storm, fake):
    """Let a server whose clock is an hour off ask for rest."""
    theirs = storm.clock.now() + storm.chance.choice([-1, 1]) * timedelta(hours=1)
    headers = limits(theirs)[1] | {"Date": format_datetime(theirs, usegmt=True)}
    fake.trouble.append(Says(status=503, headers=headers))


def _drip(storm, fake):
    """Let events come so slowly that the time for a round is up after a few."""
    pauses = iter([DRIP_S] * 4)
    fake.between = lambda: storm.clock.sleep(next(pauses, 0))


def _bomb(_storm, fake):
    """Send a frame that is longer than we take: frames are not packed, so nothing smaller grows to it."""
    fake.first = ["x" * (MAX_FRAME + 1)]


def _expired(storm, _fake):
    storm.case.expire()


STREAM_TROUBLES = {
    "slow down": _slow_down,
    "5xx": _burst,
    "cut off": _cut,
    "HTML": _page_of_html,
    "half a document": _half,
    "shuffled": _shuffled,
    "slow drip": _drip,
    "clock skew": _skewed,
    "gzip bomb": _bomb,
    "expired cursor": _expired,
}


@dataclass
class StreamStorm:
    """Decides about each connection to a case's server; `share` of them meet trouble."""

    case: object
    share: float
    chance: Random
    clock: FakeClock
    deck: object
    due: bool = False

    def __post_init__(self):
        self.case.server.before = self.decide

    def decide(self):
        """Make the server ready for one more connection."""
        fake = self.case.server
        if fake.trouble:
            return
        fake.calm()
        fake.tip_us = micros(self.clock.now())
        if self.due or self.chance.random() < self.share:
            self.due = False
            STREAM_TROUBLES[self.deck.deal()](self, fake)
