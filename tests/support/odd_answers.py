"""A source whose answers are good but for one place, where something stands that nobody foresaw. Nothing is sent."""

from __future__ import annotations

import gzip
import json

import httpx

from collectors.catalog import open_source
from domain.errors import EarshotError
from tests.support.clock import FakeClock
from tests.support.listening import listened
from tests.support.misbehaving import Asked, Misbehaving, Says

NESTED = json.loads("[" * 40 + "]" * 40)
DEEP = "deep"
"""Stands for a list that is nested deeper than any parser follows."""
ODD = (
    *(None, True, 0, -1, 7, 10**30, 1e308, float("inf"), float("nan")),
    *("", "x", "9" * 5_000, "\ud800", "&#" + "9" * 5_000),
    *([], [None], [1, "a"], {}, {"": None}, {"id": None}, NESTED, DEEP),
)
"""What stands where something else is expected."""


def places(value):
    """Return every place of a JSON value, outermost first, as what holds it and where in that."""
    found = []
    level = [value]
    while level:
        inner = []
        for one in level:
            if isinstance(one, dict | list):
                keys = one if isinstance(one, dict) else range(len(one))
                found += [(one, key) for key in keys]
                inner += [one[key] for key in keys]
        level = inner
    return found


def records(document):
    """Return the longest list of objects in a JSON value or text; none: the value itself in a list."""
    document = json.loads(document) if isinstance(document, bytes) else document
    lists = [holder[key] for holder, key in places({"": document}) if isinstance(holder[key], list)]
    lists = [one for one in lists if one and all(isinstance(item, dict) for item in one)]
    return max(lists, key=len, default=[document])


def changed(body, place, odd, *, of=None):
    """Return a JSON text with something odd in one place, counted round; `of` names the record that it is in."""
    holder = {"": json.loads(body)}
    if of is not None:
        listed = records(holder[""])
        target, key = (inside := places(listed[of % len(listed)]))[place % len(inside)]
    else:
        target, key = (known := places(holder))[place % len(known)]
    target[key] = odd
    text = json.dumps(holder[""])
    return text.replace(json.dumps(DEEP), "[" * 100_000 + "]" * 100_000).encode()


class OddAnswers:
    """A case of the contract suite behind a transport that changes one of its answers."""

    def __init__(self, case, folder, *numbers):
        self.server = Misbehaving("http://127.0.0.1:9")
        self.case = case(folder, self.server)
        self.case.add(*numbers)
        self.change = lambda number, body: body
        self.asked = 0
        self.reuses = False
        self._opened = None

    def open(self):
        """Open the source as the configuration would; or, where it `reuses` it, the one from before."""
        if self.reuses and self._opened is not None:
            return self._opened
        self._opened = open_source(
            "listen",
            {"type": self.case.kind, **self.case.settings},
            clock=FakeClock(),
            environ=self.case.environ,
            http_transport=httpx.MockTransport(self._answer),
            brands=listened(getattr(self.case, "queries", None)),
            key=getattr(self.case, "key", b""),
        )
        return self._opened

    def read(self, change):
        """Return the batches that come, and the error of ours that it ended with, if any."""
        self.change, self.asked = change, 0
        batches, coming, error = [], self.open().batches(None), None
        while error is None:
            try:
                batches.append(next(coming))
            except StopIteration:
                break
            except EarshotError as ended:
                error = ended
        return batches, error

    def ask_again(self, native_ids, change):
        """Return what becomes of posts that are asked for again, None where that ended with an error of ours."""
        self.change, self.asked = change, 0
        try:
            return self.open().recheck(native_ids)
        except EarshotError:
            return None

    def _answer(self, request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        pairs = tuple(request.url.params.multi_items())
        asked = Asked(path=request.url.path, query=dict(pairs), headers=headers, body=request.read(), pairs=pairs)
        try:
            says = self.server.say(asked)
        except (ValueError, LookupError, TypeError, AttributeError):
            # What was asked for is odd as well, and our servers are no better than others.
            says = Says(status=404, headers={"Content-Type": "application/json"}, body=b"{}")
        headers = dict(says.headers)
        packed = headers.pop("Content-Encoding", "") == "gzip"
        body = gzip.decompress(says.body) if packed else says.body
        body = self.change(self.asked, body) if says.status == 200 else body
        self.asked += 1
        return httpx.Response(says.status, headers=headers, content=body)
