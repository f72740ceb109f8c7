"""A source that misbehaves by plan: what every source must come through without losing or inventing a post.

`Storm` stands before a fake's answers and turns some of them into trouble (`tests/support/troubles.py`); a stream has
a storm of its own (`tests/support/stream_storm.py`). `weather` runs a source through it into a store, killed and
resumed on the way, until the server has nothing more to say and every trouble was met. A source that shows only its
newest posts is given them little by little, so that none leaves its window unseen.
"""

from __future__ import annotations

import random
import re
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from domain.errors import SourceBusy, SourceRefused
from pipeline.cursors import saved_cursor
from pipeline.ingest import keep_page
from pipeline.recheck import recheck
from tests.support.clock import FakeClock
from tests.support.fake_jetstream import FakeJetstream
from tests.support.source_cases import open_case
from tests.support.stream_storm import STREAM_TROUBLES, StreamStorm
from tests.support.troubles import RARE, TROUBLES

MOST_ROUNDS = 500
CALM_ROUNDS = 2
OFTEN = 10
"""How many of an ordinary trouble come to one of a rare one, once each was there."""
_TOO_MUCH = re.compile(r"more than \d+ bytes")


class Deck:
    """Deals troubles: each once, then the ordinary ones more often."""

    def __init__(self, names, chance):
        self._chance = chance
        self._names = sorted(names)
        self._cards = chance.sample(self._names, len(self._names))
        self.met = Counter()

    @property
    def is_through(self):
        """Whether each was dealt."""
        return len(self.met) == len(self._names)

    def deal(self):
        """Return the name of the next trouble."""
        if not self._cards:
            self._cards = [name for name in self._names for _ in range(1 if name in RARE else OFTEN)]
            self._chance.shuffle(self._cards)
        name = self._cards.pop()
        self.met[name] += 1
        return name


@dataclass
class Storm:
    """Stands before the answers of a case's server; `share` of them become trouble, the next one where it is due."""

    case: object
    share: float
    chance: random.Random
    clock: FakeClock
    due: bool = False

    def __post_init__(self):
        self.deck = Deck(meets(self.case, TROUBLES), self.chance)
        self.calm, self._coming = self.case.server.answer, deque()
        self.case.server.answer = self.answer

    def answer(self, asked):
        if self._coming:
            return self._coming.popleft()
        answer = self.calm(asked)
        if not self.due and self.chance.random() > self.share:
            return answer
        if answer.status == 304:
            # Nobody must answer so: all of it will do as well.
            unconditional = {name: value for name, value in asked.headers.items() if not name.startswith("if-")}
            answer = self.calm(replace(asked, headers=unconditional))
        if answer.status not in {200, 206} or len(answer.body) < 2:
            return answer
        self.due = False
        self._coming.extend(TROUBLES[self.deck.deal()](self, asked, answer))
        return self._coming.popleft()


def can_expire(case):
    """Tell whether a case has cursors that expire."""
    return hasattr(case, "expire")


def meets(case, troubles):
    """Return the names of the troubles that a case can meet."""
    return [name for name in troubles if name != "expired cursor" or can_expire(case)]


def storm_over(case, share, chance, clock):
    """Return the storm of a case's own kind."""
    if isinstance(case.server, FakeJetstream):
        return StreamStorm(case, share, chance, clock, Deck(meets(case, STREAM_TROUBLES), chance))
    return Storm(case, share, chance, clock)


@dataclass(frozen=True)
class Outcome:
    """What a source came through: posts it had, posts and edits missed, posts invented, rounds, troubles met.

    `refused` is how often it gave a round up with a sentence: for too much at once, or a cursor that expired.
    """

    posts: int
    lost: int
    stale: int
    invented: int
    rounds: int
    kills: int
    refused: int
    troubles: Counter


@dataclass
class Journey:
    """A case on its way through a storm into a store."""

    case: object
    flow: object
    storm: object
    kill: float
    rounds: int = 0
    kills: int = 0
    refused: int = 0
    expired: int = field(default=0, init=False)

    def until_calm(self, *, through=False):
        """Collect, cut off now and then, until two whole rounds in a row bring nothing, and the storm is `through`.

        A round that was cut off goes on where it was: with those that follow it is one.
        """
        came, quiet, self.storm.due = 0, 0, True
        for _ in range(MOST_ROUNDS):
            self.rounds += 1
            news, whole = self._round()
            came += news
            if whole:
                came, quiet = 0, quiet + 1 if came == 0 else 0
            if quiet >= CALM_ROUNDS and (self.storm.deck.is_through or not through):
                return
            self.storm.due = quiet >= CALM_ROUNDS
        raise AssertionError("the source never comes to an end")

    def _round(self):
        """Collect once; return how many posts were news, and whether the round came to its end."""
        collector, news = open_case(self.case, self.storm.clock), 0
        try:
            for batch in collector.batches(saved_cursor(self.flow.store, collector.name)):
                page = keep_page(collector.name, batch, collector.terms, self.flow)
                news += sum(kept.added + kept.updated for kept in (page.kept, page.records))
                if self.storm.chance.random() < self.kill:
                    self.kills += 1
                    return news, False
        except SourceBusy as busy:
            self.storm.clock.sleep(busy.retry_after_s or 60)
            return news, False
        except SourceRefused as refused:
            if not self._explains(refused):
                raise
            self.refused += 1
            return news, False
        return news, True

    def ask_again(self):
        """A day later, ask for all posts again as the terms want it, as often as it takes."""
        clock = self.storm.clock
        clock.sleep(86_400)
        for _ in range(MOST_ROUNDS):
            try:
                recheck(open_case(self.case, clock), self.flow, lambda _page: None, at_once=True)
            except SourceBusy as busy:
                clock.sleep(busy.retry_after_s or 60)
            except SourceRefused as refused:
                if not self._explains(refused):
                    raise
                self.refused += 1
            else:
                return
        raise AssertionError("asking again never comes to an end")

    def _explains(self, refused):
        """Tell whether a refusal is what the storm was to bring about: too much at once, a cursor that expired."""
        before, self.expired = self.expired, self.storm.deck.met["expired cursor"]
        return bool(_TOO_MUCH.search(str(refused))) or self.expired > before


def weather(case, flow, *, posts, seed=0, share=0.2, kill=0.05):
    """Take all posts of a case through a storm into a store; return what became of them."""
    chance, clock = random.Random(seed), FakeClock()
    getattr(case, "begin", lambda _: None)(clock)
    journey = Journey(case, replace(flow, clock=clock), storm_over(case, share, chance, clock), kill)
    numbers = range(100, 100 + posts)
    at_once = getattr(case, "window", 2 * posts) // 2
    late = max(1, posts // 20)
    *early, last = [*in_parts(numbers[:-late], at_once), *in_parts(numbers[-late:], at_once)]
    for some in early:
        case.add(*some)
        journey.until_calm()
    case.add(*last)
    edited = chance.sample(list(numbers[-min(posts // 10, at_once) :]), 3) if case.can_edit else []
    for number in edited:
        case.edit(number, f"It works again {number}")
    journey.until_calm(through=True)
    if getattr(case, "asked_again_for_edits", False):
        journey.ask_again()
    kind, said = getattr(case, "stored", "posts"), getattr(case, "said", "text")
    stored = {case.number_of(SimpleNamespace(**document)): document for document in flow.store.scan(kind)}
    expected = {number: f"day {number}" for number in numbers} | {number: f"works again {number}" for number in edited}
    return Outcome(
        posts=posts,
        lost=len(set(numbers) - stored.keys()),
        stale=sum(expected.get(number, "") not in document[said] for number, document in stored.items()),
        invented=len(stored.keys() - set(numbers)),
        rounds=journey.rounds,
        kills=journey.kills,
        refused=journey.refused,
        troubles=journey.storm.deck.met,
    )


def in_parts(numbers, size):
    """Return a range in parts of so many."""
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]
