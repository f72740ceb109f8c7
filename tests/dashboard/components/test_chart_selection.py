"""What a click in a chart means."""

from datetime import UTC, datetime

from dashboard.components.chart_selection import keys_of, spoken
from reports.series import TOGETHER

DAY = datetime(2019, 11, 25, tzinfo=UTC)


def test_times_come_as_text_or_as_milliseconds():
    assert keys_of({"day": "2019-11-25T00:00:00.000Z", "brand": "o2"}) == {"day": DAY, "brand": "o2"}
    assert keys_of({"week": DAY.timestamp() * 1000}) == {"week": DAY}


def test_not_known_stays_not_known():
    assert keys_of({"topic": None}) == {"topic": None}


def test_screen_readers_hear_the_marks_and_the_words_of_a_chart():
    """A mark that says nothing is a picture without a name."""
    layers = [
        {"mark": {"type": "rect", "opacity": 0.2}},
        {"mark": "rule"},
        {"mark": {"type": "text"}, "data": {"values": []}},
        {"mark": {"type": "text"}, "data": {"values": [{"title": "Outage"}]}},
        {"mark": {"type": "point"}, "params": [{"name": "chosen"}]},
    ]
    said = spoken({"layer": layers, "description": "Posts"})
    assert said["description"] == "Posts"
    assert [layer["mark"].get("aria", True) for layer in said["layer"]] == [False, False, False, True, True]
    assert said["layer"][0]["mark"]["opacity"] == 0.2


def test_a_mark_of_several_brands_or_events_has_all_their_keys():
    assert keys_of({"event": f"a{TOGETHER}b"}) == {"event": ("a", "b")}
    assert keys_of({"day": "2019-11-25T00:00:00.000Z", "brand": f"x{TOGETHER}y{TOGETHER}z"})["brand"] == ("x", "y", "z")


def test_what_strangers_wrote_stays_one_key():
    assert keys_of({"source": f"a{TOGETHER}b"}) == {"source": f"a{TOGETHER}b"}
    assert keys_of({"brand": None}) == {"brand": None}
