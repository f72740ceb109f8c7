"""What is usual in an hour of the week, and what is worse than that."""

import pytest

from insights.statistics.levels import Level, is_worse, level_of


def test_a_bad_week_does_not_move_what_is_usual():
    assert level_of([98, 99, 98, 10, 99, 98]) == Level(median=98, spread=pytest.approx(0.7413))
    assert level_of([99, 99]) is None


@pytest.mark.parametrize(
    ("value", "higher_is_better", "worse"),
    [
        (95.9, True, True),
        (96.0, True, False),
        (104, True, False),
        (104.1, False, True),
        (104, False, False),
        (0, False, False),
    ],
)
def test_worse_is_what_lies_four_spreads_off_on_the_bad_side(value, higher_is_better, worse):
    known = Level(median=100, spread=1)
    assert is_worse(value, known, higher_is_better=higher_is_better, tolerance=0.5) is worse


def test_where_weeks_never_differed_the_tolerance_alone_counts():
    known = Level(median=100, spread=0)
    told = [is_worse(value, known, higher_is_better=True, tolerance=1) for value in (99.5, 99, 98.9)]
    assert told == [False, False, True]
