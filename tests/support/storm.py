"""A source that misbehaves by plan: what every polled source must come through without losing or inventing a post.

`Storm` stands before a fake's answers. By a seed it turns some of them into trouble: each dialect of
"slow down", bursts of 5xx, bodies that break off, pages of HTML with 200, half a document, pages whose
records come twice and in another order. `weather` runs a source through it into a store, killed and
resumed on the way, until the server has nothing more to say.
"""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from types import SimpleNamespace

from domain.errors import SourceBusy
from pipeline.cursors import saved_cursor
from pipeline.ingest import keep_page
from tests.support.clock import FakeClock
from tests.support.misbehaving import Says
from tests.support.source_cases import open_case

JSON = {"Content-Type": "application/json"}
SLOW_DOWN = (
    {"Retry-After": "7"},
    {"Retry-After": "Sun, 22 Nov 2026 12:00:20 GMT"},
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-22T12:00:10Z"},
    {"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "5"},
    {"RateLimit": '"burst";r=0;t=3'},
    {},
)
MOST_ROUNDS = 500
CALM_ROUNDS = 2


def _slow_down(chance, _answer):
    return [Says(status=429, headers=JSON | chance.choice(SLOW_DOWN), body=b"{}")]


def _burst(chance, _answer):
    return [Says(status=chance.choice([500, 502, 503, 504]), body=b"<h1>oops</h1>")] * chance.randrange(1, 4)


def _cut(chance, answer):
    return [Says(status=200, headers=answer.headers, body=answer.body, cut=len(answer.body) // 2)]


def _page_of_html(_chance, _answer):
    return [Says(headers={"Content-Type": "text/html"}, body=b"<title>busy</title>")]


def _half(_chance, answer):
    return [Says(headers=answer.headers, body=answer.body[: len(answer.body) // 2])]


def _shuffled(chance, answer):
    """Return an answer whose longest list of objects comes in another order, some of it twice."""
    try:
        document = json.loads(answer.body)
    except ValueError:
        return [answer]
    found = max(_lists(document), key=len, default=[])
    found += chance.sample(found, len(found) // 5)
    chance.shuffle(found)
    return [Says(status=answer.status, headers=answer.headers, body=json.dumps(document).encode())]


TROUBLES = {
    "slow down": _slow_down,
    "5xx": _burst,
    "cut off": _cut,
    "HTML": _page_of_html,
    "half a document": _half,
    "shuffled": _shuffled,
}


@dataclass
class Storm:
    """Stands before the answers of a case's server; `share` of them become trouble. `met` counts which."""

    case: object
    share: float
    chance: random.Random
    met: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self._calm, self._coming = self.case.server.answer, deque()
        self.case.server.answer = self.answer

    def answer(self, asked):
        if self._coming:
            return self._coming.popleft()
        answer = self._calm(asked)
        if self.chance.random() > self.share or answer.status != 200 or not answer.body:
            return answer
        name = self.chance.choice(sorted(TROUBLES))
        self.met[name] += 1
        self._coming.extend(TROUBLES[name](self.chance, answer))
        return self._coming.popleft()


@dataclass(frozen=True)
class Outcome:
    """What a source came through: posts it had, posts and edits missed, posts invented, rounds, troubles met."""

    posts: int
    lost: int
    stale: int
    invented: int
    rounds: int
    kills: int
    troubles: Counter


def weather(case, flow, *, posts, seed=0, share=0.2, kill=0.05):
    """Take all posts of a case through a storm into a store; return what became of them."""
    chance = random.Random(seed)
    clock = FakeClock()
    numbers = range(100, 100 + posts)
    late = numbers[-max(1, posts // 20) :]
    case.add(*numbers[: -len(late)])
    storm = Storm(case, share, chance)
    rounds, kills = _until_calm(case, flow, clock, chance, kill)
    case.add(*late)
    edited = chance.sample(list(numbers[-posts // 10 :]), 3) if case.can_edit else []
    for number in edited:
        case.edit(number, f"It works again {number}")
    more = _until_calm(case, flow, clock, chance, kill)
    stored = {case.number_of(SimpleNamespace(**document)): document for document in flow.store.scan("posts")}
    return Outcome(
        posts=posts,
        lost=len(set(numbers) - stored.keys()),
        stale=sum("works again" not in stored.get(number, {}).get("text", "") for number in edited),
        invented=len(stored.keys() - set(numbers)),
        rounds=rounds + more[0],
        kills=kills + more[1],
        troubles=storm.met,
    )


def _until_calm(case, flow, clock, chance, kill):
    """Collect, cut off now and then, until two whole rounds in a row bring nothing; return rounds and kills."""
    quiet = kills = 0
    for rounds in range(1, MOST_ROUNDS):
        collector, news, whole = open_case(case, clock), 0, True
        try:
            for batch in collector.batches(saved_cursor(flow.store, collector.name)):
                kept = keep_page(collector.name, batch, collector.terms, flow).kept
                news += kept.added + kept.updated
                if chance.random() < kill:
                    kills, whole = kills + 1, False
                    break
        except SourceBusy as busy:
            whole = False
            clock.sleep(busy.retry_after_s or 60)
        quiet = quiet + 1 if whole and not news else 0
        if quiet == CALM_ROUNDS:
            return rounds, kills
    raise AssertionError("the source never comes to an end")


def _lists(value):
    """Yield every list of objects in a JSON value."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _lists(item)
