"""Cases of the contract suite: a Jetstream server, on either wire."""

from __future__ import annotations

from tests.support.fake_jetstream import NOW, FakeJetstream, commit, micros
from tests.support.misbehaving import Says
from textquery.tree import Or, Phrase

SECRET = "s3cr3t-k3y"
JSON = {"Content-Type": "application/json"}
START_US = micros(NOW) - 4_000_000
"""Near enough to the end of a round that what comes late is still heard by the next."""
APART_S = 0.05
"""Between two events of a storm."""


def moment(number):
    """Return a time of its own for each number below 500: the higher, the later."""
    return START_US + number * 5_000


class JetstreamCase:
    """A Jetstream that speaks v1."""

    kind = "jetstream"
    other = ("host", "b.example")
    can_edit, can_repeat, can_fail = True, False, True
    window = 100
    """So many of a storm come in twice the time between two rounds."""
    wire = "v1"

    def __init__(self, folder, server):
        self.server = self.fake = FakeJetstream()
        # The one thing that it is told and should tell nobody.
        self.settings = {"host": self.fake.url, "wire": self.wire, "contact": SECRET, "allow_private": True}
        # Where a clock went back a round ends by silence alone.
        self.settings |= {"since_hours": 48, "quiet_seconds": 3}
        self.environ = {}
        self.clock = None
        self.queries = {"north": Or((Phrase(("signal",)), Phrase(("works",))))}

    def begin(self, clock):
        """From now on events have the times at which they are added, and these pass."""
        self.clock = clock

    def at(self, number):
        """Return the time of the next event, that of a number."""
        if self.clock is None:
            return moment(number)
        self.clock.sleep(APART_S)
        return micros(self.clock.now())

    def add(self, *numbers):
        self.fake.add(*(commit(self.at(number), f"3k{number}", f"No signal, day {number}") for number in numbers))
        self.fake.add(*(commit(self.at(number), f"3n{number}", "Nothing of the kind") for number in numbers))

    def add_broken(self):
        self.fake.first.append('{"did":"did:plc:mouse","time_us":')

    def edit(self, number, text):
        self.fake.add(commit(self.at(number + 200), f"3k{number}", text, operation="update"))

    def number_of(self, post):
        return int(post.native_id.rpartition("/3k")[2])

    def close(self):
        self.fake.close()


class JetstreamV2Case(JetstreamCase):
    """A Jetstream that speaks v2, which says so where a cursor is too old."""

    title = "jetstream v2"
    wire = "v2"

    def expire(self):
        self.fake.trouble.append(Says(status=400, headers=JSON, body=b'{"error": "CursorTooOld", "message": "no"}'))
