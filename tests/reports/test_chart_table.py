"""A chart as a table says what the chart says, and opens what a click opens."""

import pytest

from reports import charts
from reports.chart_table import ChartTable, chart_table
from tests.reports.test_charts import ASPECTS, HOSTILE, LANGUAGES, SENTIMENT, SPECS, TOPICS, VOICE, day, table
from tests.support.example_week import BRANDS


def test_row_for_every_mark_with_the_words_of_its_tooltip():
    found = chart_table(charts.share_of_voice(VOICE, brands=BRANDS))
    assert found.columns == ("Brand", "Share of voice")
    assert [row[1] for row in found.rows] == ["60% (6 posts)", "40% (4 posts)"]
    assert list(found.marks.values()) == [{"brand": "north"}, {"brand": "vela"}]


def test_points_over_time_open_their_brand_and_time():
    marks = chart_table(charts.net_sentiment(SENTIMENT, brands=BRANDS)).marks
    assert {"day": day(3), "brand": "north"} in marks.values()
    assert len(marks) == 4


def test_parts_that_open_posts_of_their_own_are_told_apart_and_others_are_one():
    parts = chart_table(charts.aspects(ASPECTS)).marks
    assert parts["price and bills · 4 negative of 5"] == {"aspect_sentiment": "price:negative"}
    assert len(parts) == 9
    whole = chart_table(charts.breakdown(LANGUAGES)).marks
    assert whole["English"] == {"language": "en"}
    assert whole["not known"] == {"language": None}
    assert len(whole) == 3


def test_equal_names_stay_two_marks():
    marks = chart_table(charts.topics(TOPICS)).marks
    assert [keys["topic"] for keys in marks.values()] == ["t2", "t1", "t3", None]


def test_hostile_names_stay_text():
    assert any(HOSTILE in cell for row in chart_table(charts.topics(TOPICS)).rows for cell in row)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_chart_has_a_table(name):
    found = chart_table(SPECS[name])
    assert found.rows
    assert {len(row) for row in found.rows} == {len(found.columns)}


def test_nothing_drawn_is_an_empty_table():
    nothing = table("brand posts of share low high")
    assert chart_table(charts.share_of_voice(nothing, brands=BRANDS)) == ChartTable()
