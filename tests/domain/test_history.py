"""What a record was before can be had for any time, and a record that did not change gains nothing."""

from hypothesis import given
from hypothesis import strategies as st

from domain.history import MOST_CHANGES, as_of, with_history

PLANS = st.lists(st.fixed_dictionaries({}, optional={"plan": st.sampled_from("abc"), "place": st.sampled_from("xy")}))


def day(number):
    return f"2026-03-{number:02}T00:00:00.000Z"


@given(PLANS.filter(lambda states: 0 < len(states) < 28))
def test_every_day_gives_the_record_of_that_day(states):
    document = None
    for number, state in enumerate(states, 1):
        document = with_history(document, {"id": "c", **state}, day(number))
    assert [as_of(document, day(number)) for number in range(1, len(states) + 1)] == [
        {"id": "c", **state} for state in states
    ]


def test_what_is_told_again_adds_no_history():
    once = with_history(None, {"id": "c", "plan": "a"}, day(1))
    assert with_history(once, {"id": "c", "plan": "a"}, day(2)) == once == {"id": "c", "plan": "a"}


def test_a_change_that_is_told_late_comes_after_the_last_one():
    document = with_history(None, {"id": "c", "plan": "a"}, day(1))
    document = with_history(document, {"id": "c", "plan": "b"}, day(9))
    document = with_history(document, {"id": "c", "plan": "c"}, day(5))
    assert [as_of(document, day(number))["plan"] for number in (1, 8, 9)] == ["a", "a", "c"]


def test_a_record_that_something_writes_all_the_time_does_not_grow_without_end():
    document = None
    for number in range(MOST_CHANGES + 5):
        document = with_history(document, {"id": "c", "plan": str(number)}, day(1))
    assert len(document["history"]) == MOST_CHANGES
    assert document["plan"] == str(MOST_CHANGES + 4)
