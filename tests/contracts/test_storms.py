"""Every polled source comes through a storm (`tests/support/storm.py`): nothing lost or invented, edits arrive."""

import pytest

from tests.support.flows import flow_to
from tests.support.misbehaving import misbehaving_server
from tests.support.source_cases import CASES
from tests.support.storm import weather

POLLED = [case for case in CASES if case.can_fail and case.can_repeat]


@pytest.mark.parametrize("case", POLLED, ids=lambda case: case.kind)
def test_a_storm_loses_and_invents_nothing(case, tmp_path):
    with misbehaving_server() as server:
        outcome = weather(case(tmp_path, server), flow_to(tmp_path / "posts.sqlite"), posts=300)
    assert (outcome.lost, outcome.invented, outcome.stale) == (0, 0, 0)
    assert outcome.troubles
