"""What goes wrong with answers over HTTP, by name. Each trouble is given the storm, the request and the good answer,
and returns what is said instead: to this request and, where there is more, to the next ones."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from email.utils import format_datetime
from functools import cache

from tests.support.misbehaving import Says
from transport.http import MAX_BYTES

JSON = {"Content-Type": "application/json"}
DRIP_S = 30
"""So long passes before each piece of a body that drips: 360 s for the whole, and 300 s are given."""
_ITEM = re.compile(rb"<item>.*?</item>", re.DOTALL)


def _slow_down(storm, _asked, _answer):
    return [Says(status=429, headers=JSON | storm.chance.choice(limits(storm.clock.now())), body=b"{}")]


def limits(now):
    """Return headers that ask for some seconds of rest, in each dialect."""
    return (
        {"Retry-After": "7"},
        {"Retry-After": format_datetime(now + timedelta(seconds=20), usegmt=True)},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": (now + timedelta(seconds=10)).isoformat()},
        {"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "5"},
        {"RateLimit": '"burst";r=0;t=3'},
        {},
    )


def _burst(storm, _asked, _answer):
    status = storm.chance.choice([500, 502, 503, 504])
    return [Says(status=status, body=b"<h1>oops</h1>")] * storm.chance.randrange(1, 4)


def _cut(storm, _asked, answer):
    return [Says(headers=answer.headers, body=answer.body, cut=len(answer.body) // 2)]


def _page_of_html(_storm, _asked, _answer):
    return [Says(headers={"Content-Type": "text/html"}, body=b"<title>busy</title>")]


def _half(storm, _asked, answer):
    """Return a part of a document that calls itself whole."""
    plain = _plain(answer)
    return [Says(headers=plain.headers, body=plain.body[: storm.chance.randrange(1, len(plain.body))])]


def _shuffled(storm, _asked, answer):
    """Return an answer whose longest list of objects, or whose entries, come in another order, some of them twice."""
    plain = _plain(answer)
    if items := _ITEM.findall(plain.body):
        start, end = plain.body.index(items[0]), plain.body.rindex(items[-1]) + len(items[-1])
        body = plain.body[:start] + b"".join(_disordered(storm.chance, items)) + plain.body[end:]
    else:
        document = json.loads(plain.body)
        found = max(_lists(document), key=len, default=[])
        found[:] = _disordered(storm.chance, found)
        body = json.dumps(document).encode()
    return [Says(headers=plain.headers, body=body)]


def _skewed(storm, _asked, answer):
    """Return an answer from a server whose clock is an hour off: the good one, or one that asks for rest."""
    theirs = storm.clock.now() + storm.chance.choice([-1, 1]) * timedelta(hours=1)
    headers = storm.chance.choice([limits(theirs)[1], limits(theirs)[2]])
    headers = headers | {"Date": format_datetime(theirs, usegmt=True)}
    if storm.chance.random() < 0.5:
        return [Says(status=429, headers=JSON | headers, body=b"{}")]
    return [Says(headers=answer.headers | headers, body=answer.body)]


def _drip(storm, _asked, answer):
    return [Says(headers=answer.headers, body=answer.body, drip=lambda: storm.clock.sleep(DRIP_S))]


def _bomb(_storm, _asked, answer):
    return [Says(headers=answer.headers | {"Content-Encoding": "gzip"}, body=bomb())]


@cache
def bomb():
    """Return a few kilobytes that unpack to more than an answer may have."""
    return gzip.compress(b"[" + b" " * MAX_BYTES + b"]")


def _expired(storm, asked, _answer):
    """Let every cursor that was given so far expire, and return what is said to this request then."""
    storm.case.expire()
    return [storm.calm(asked)]


TROUBLES = {
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
RARE = ("clock skew", "gzip bomb", "expired cursor")
"""Those that end a round, as a rule."""


def _plain(answer):
    """Return an answer as it is unpacked."""
    if answer.headers.get("Content-Encoding") != "gzip":
        return answer
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Encoding"}
    return Says(headers=headers, body=gzip.decompress(answer.body))


def _disordered(chance, found):
    found = [*found, *chance.sample(found, len(found) // 5)]
    chance.shuffle(found)
    return found


def _lists(value):
    """Yield every list of objects in a JSON value."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _lists(item)
