"""A journey drawn and listed."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.components.timeline import MOST_TITLES, TITLE_PX, steps_html, timeline
from insights.customers.journey import Journey
from insights.customers.steps import Step
from reports.charts import CHOSEN
from reports.draw import svg
from tests.dashboard.sample import HOSTILE

NOON = datetime(2019, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONSENT = Step(at=datetime(2015, 3, 1, tzinfo=UTC), kind="consent_given", title="Consent given to link posts")
POST = Step(at=NOON, kind="post", title="Post on forum", detail=HOSTILE, sentiment="negative", evidence=("a handle",))
BILL = Step(at=NOON + 30 * HOUR, kind="bill", title="Bill of 34.50")


def outage(start, end):
    return Step(at=start, kind="outage", title="Power failure", ended_at=end, shade=True)


def drawn(*steps):
    return timeline(
        Journey(
            customer_id="c",
            place=None,
            region=None,
            segment=None,
            plan=None,
            since=None,
            monthly_value=None,
            steps=steps,
        )
    )


def layer(spec, mark):
    return next(layer for layer in spec["layer"] if layer["mark"]["type"] == mark)


def test_mark_leads_back_to_its_step():
    points = layer(drawn(CONSENT, POST, BILL), "point")
    assert [(row["step"], row["lane"]) for row in points["data"]["values"]] == [("1", "Post"), ("2", "Bill")]
    assert points["params"][0] == {"name": CHOSEN, "select": {"type": "point", "fields": ["step"]}}


def test_consent_of_long_ago_does_not_stretch_the_line():
    (start, _) = layer(drawn(CONSENT, POST), "point")["encoding"]["x"]["scale"]["domain"]
    assert start == "2019-11-26T00:00:00.000Z"


def test_network_events_are_cut_to_the_line_and_those_outside_left_out():
    spec = drawn(outage(NOON - 90 * HOUR, NOON - 80 * HOUR), outage(NOON - 90 * HOUR, NOON), POST)
    (shade,) = layer(spec, "rect")["data"]["values"]
    assert (shade["from"], shade["to"]) == ("2019-11-26T00:00:00.000Z", "2019-11-26T12:00:00.000Z")


def test_event_without_an_end_lasts():
    (shade,) = layer(drawn(outage(NOON, None), POST), "rect")["data"]["values"]
    assert shade["to"] == "2019-11-27T00:00:00.000Z"
    assert "not known" in shade["when"]


def titles(spec):
    """The titles above the line with the height that each stands at, and the spec's own height."""
    texts = [layer for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    return {layer["data"]["values"][0]["title"]: layer["encoding"]["y"]["value"] for layer in texts}


def incident(title, start, kind="outage"):
    return Step(at=NOON + start * HOUR, kind=kind, title=title, ended_at=NOON + (start + 2) * HOUR, shade=True)


def test_titles_of_incidents_stand_in_rows_of_their_own_and_take_nothing_from_the_line():
    alone = drawn(POST)
    several = drawn(incident("Power failure", 0), incident("Link down", 0.1), incident("Mast refit", 4), POST)
    heights = titles(several)
    assert len(set(heights.values())) == len(heights) == 3
    assert all(height < 0 for height in heights.values())
    assert several["height"] - alone["height"] == 3 * TITLE_PX


def test_of_many_incidents_those_are_titled_that_customers_feel_most():
    alarms = [incident(f"Alarm {n}", n / 10, kind="alarm") for n in range(20)]
    spec = drawn(*alarms, incident("Power failure", 3), POST)
    assert len(titles(spec)) == MOST_TITLES
    assert "Power failure" in titles(spec)
    assert len(layer(spec, "rect")["data"]["values"]) == 21


@pytest.mark.parametrize("start", [19, 30, 41])
def test_long_title_ends_inside_the_line_wherever_it_begins(start):
    spec = drawn(incident("A very long title that goes on about the failure of a transmission node" * 3, start), BILL)
    spec |= {"width": 300}
    texts = re.findall(r"<text[^>]*>(A very[^<]*)</text>", svg(spec))
    assert texts
    assert all(text.endswith("…") and len(text) < 60 for text in texts)


def test_nothing_but_consent_is_no_line():
    assert drawn(CONSENT) is None


def test_line_can_be_drawn():
    assert "Power failure" in svg(drawn(outage(NOON - HOUR, NOON + HOUR), POST, BILL))


def test_steps_say_when_what_and_why_and_quote_safely():
    listed = steps_html([POST, BILL])
    assert "Tue 26 Nov 2019, 12:00" in listed
    assert "<li>a handle</li>" in listed
    assert "&lt;script&gt;" in listed
    assert "<script>" not in listed
