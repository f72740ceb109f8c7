"""What a click in a chart means."""

from datetime import UTC, datetime

from dashboard.components.chart_selection import keys_of

DAY = datetime(2019, 11, 25, tzinfo=UTC)


def test_times_come_as_text_or_as_milliseconds():
    assert keys_of({"day": "2019-11-25T00:00:00.000Z", "brand": "o2"}) == {"day": DAY, "brand": "o2"}
    assert keys_of({"week": DAY.timestamp() * 1000}) == {"week": DAY}


def test_not_known_stays_not_known():
    assert keys_of({"topic": None}) == {"topic": None}
