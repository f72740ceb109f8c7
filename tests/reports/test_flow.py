"""Sequences drawn as a flow, and the same as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from insights.customers.sequences import Preceding, StepSequence
from reports.draw import svg
from reports.flow import MOST_DRAWN, WIDEST_PX, flow, flow_table

START = datetime(2026, 3, 2, tzinfo=UTC)


def sequence(*steps, customers=100, low=2.0):
    counts = {"customers": customers, "occurrences": customers, "followed": 30, "confidence": 0.3, "base": 0.1}
    return StepSequence(steps=steps, **counts, lift=3.0, low=low, high=4.5, median_hours=26.0)


def preceding(*sequences):
    what = {"target": "call", "start": START, "end": START + timedelta(days=28), "within": timedelta(days=14)}
    return Preceding(**what, read=1000, customers=1000, targets=90, tested=40, sequences=sequences)


def test_widths_are_those_of_customers_and_every_sequence_ends_at_the_target():
    found = preceding(sequence("outage", "call", customers=50), sequence("dearer_bill", customers=200))
    links = flow(found)["layer"][0]["data"]["values"]
    assert [(one["step"], one["width"]) for one in links] == [
        ("Outage", WIDEST_PX / 4),
        ("Call", WIDEST_PX / 4),
        ("Dearer bill", WIDEST_PX),
    ]
    assert {max(one["to"] for one in links if one["row"] == row) for row in (0, 1)} == {3.0}


def test_it_is_drawn_with_lift_in_words_and_says_that_it_precedes():
    picture = svg(flow(preceding(sequence("outage", "visit"))) | {"width": 600})
    for said in ("precede: call", "Outage", "Visit", "3.0 times (2.0 to 4.5)"):
        assert said in picture


def test_the_table_has_what_the_picture_leaves_out():
    found = preceding(*(sequence(f"step_{number}") for number in range(MOST_DRAWN + 1)))
    assert len({one["row"] for one in flow(found)["layer"][0]["data"]["values"]}) == MOST_DRAWN
    rows = flow_table(found).rows
    assert len(rows) == MOST_DRAWN + 1
    assert rows[0] == ("Step 0", "100", "100", "30", "30%", "10%", "3.0 times (2.0 to 4.5)", "26.0")


@pytest.mark.parametrize("sequences", [(), (sequence("outage", customers=5),)])
def test_it_draws_however_few_there_are(sequences):
    assert svg(flow(preceding(*sequences)) | {"width": 300}).startswith("<svg")
