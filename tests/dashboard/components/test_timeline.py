"""A journey drawn and listed."""

from datetime import UTC, datetime, timedelta

from dashboard.components.timeline import steps_html, timeline
from insights.customers.journey import Journey, Step
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
