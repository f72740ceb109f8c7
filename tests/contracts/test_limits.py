"""Every polled source uses all that its server allows, and never asks for more."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.clock import FakeClock
from tests.support.misbehaving import Says, misbehaving_server
from tests.support.source_cases import CASES, items_of, open_case

POLLED = [case for case in CASES if case.can_fail and not case.kind.startswith("jetstream")]
COUNTED_APART = {"zendesk": "/incremental/"}
"""What is in the paths that a source counts by themselves."""
ALLOWED, WINDOW = 3, timedelta(minutes=1)
POSTS = 150


class Budget:
    """A server that allows so many requests a minute, says what is left, and counts those that come too early."""

    def __init__(self, case, clock):
        self._calm, self._clock, self._begun = case.server.answer, clock, clock.now()
        self._kind, self.used, self.crossed = case.kind, Counter(), 0
        case.server.answer = self.answer

    def answer(self, asked):
        if b"grant_type" in asked.body:
            return self._calm(asked)  # whoever logs in has no credential yet that could be counted
        window = (self._clock.now() - self._begun) // WINDOW
        place = window, COUNTED_APART.get(self._kind, "nowhere") in asked.path
        if self.used[place] == ALLOWED:
            self.crossed += 1
            return Says(status=429)
        self.used[place] += 1
        calm = self._calm(asked)
        ends = (self._begun + WINDOW * (window + 1)).isoformat()
        left = {"X-RateLimit-Remaining": str(ALLOWED - self.used[place]), "X-RateLimit-Reset": ends}
        return replace(calm, headers=calm.headers | left)


@pytest.mark.parametrize("case", POLLED, ids=lambda case: case.kind)
def test_the_limit_is_reached_and_never_crossed(case, tmp_path):
    clock = FakeClock()
    with misbehaving_server() as server:
        source = case(tmp_path, server)
        source.add(*range(100, 100 + POSTS))
        budget = Budget(source, clock)
        found = {item.id for item in items_of(open_case(source, clock).batches(None))}
    assert len(found) > 0
    assert budget.crossed == 0
    *whole, _last = range(max(window for window, _ in budget.used) + 1)
    assert all(ALLOWED in (budget.used[window, False], budget.used[window, True]) for window in whole)
