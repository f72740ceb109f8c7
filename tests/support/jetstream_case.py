"""Cases of the contract suite: a Jetstream server, on either wire."""

from __future__ import annotations

from domain.textquery import Or, Phrase
from tests.support.fake_jetstream import NOW, FakeJetstream, commit, micros

SECRET = "s3cr3t-k3y"
START_US = micros(NOW) - 4_000_000
"""Near enough to the end of a round that what comes late is still heard by the next."""


def moment(number):
    """Return a time of its own for each number below 500: the higher, the later."""
    return START_US + number * 5_000


class JetstreamCase:
    """A Jetstream that speaks v1."""

    kind = "jetstream"
    other = ("host", "b.example")
    can_edit, can_repeat, can_fail = True, False, True
    wire = "v1"

    def __init__(self, folder, server):
        self.server = self.fake = FakeJetstream()
        # The one thing that it is told and should tell nobody.
        self.settings = {"host": self.fake.url, "wire": self.wire, "contact": SECRET, "allow_private": True}
        self.environ = {}
        self.queries = {"north": Or((Phrase(("signal",)), Phrase(("works",))))}

    def add(self, *numbers):
        self.fake.add(*(commit(moment(number), f"3k{number}", f"No signal, day {number}") for number in numbers))
        self.fake.add(*(commit(moment(number), f"3n{number}", "Nothing of the kind") for number in numbers))

    def add_broken(self):
        self.fake.first.append('{"did":"did:plc:mouse","time_us":')

    def edit(self, number, text):
        self.fake.add(commit(moment(number + 200), f"3k{number}", text, operation="update"))

    def number_of(self, post):
        return int(post.native_id.rpartition("/3k")[2])

    def close(self):
        self.fake.close()


class JetstreamV2Case(JetstreamCase):
    """A Jetstream that speaks v2."""

    wire = "v2"
