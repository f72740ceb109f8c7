"""Hours that were not heard are said, and are not zero."""

from datetime import timedelta

import pytest

from domain.documents import instant
from domain.questions import Filters, Question
from insights.ask import answer
from insights.coverage import not_heard
from insights.weekly.report import weekly_report
from reports import charts
from reports.weekly import render_html, render_markdown
from stores.open import open_store
from tests.support.stored_posts import START, stored_post

HOUR = timedelta(hours=1)
MIDNIGHT = START.replace(hour=0)


def record(name, states, first=MIDNIGHT):
    """Return hours on record, one a letter: heard, unknown or failed."""
    named = {"h": "heard", "u": "unknown", "f": "failed"}
    return [
        {
            "id": f"{name}@{n}",
            "source": name,
            "hour": instant(first + n * HOUR),
            "state": named[state],
            "posts": 0,
            "checked_at": instant(first),
        }
        for n, state in enumerate(states)
    ]


@pytest.fixture
def heard(tmp_path):
    """A store of posts on the first and third of three days; on the second nobody listened to the forum."""
    store = open_store(f"sqlite:///{tmp_path}/heard.sqlite")
    store.upsert("posts", [stored_post("No signal", day=0), stored_post("All fine", day=0, hour=3), stored_post(day=2)])
    store.upsert("coverage", record("forum:talk:a.example", "h" * 24 + "f" * 20 + "h" * 28))
    store.upsert("coverage", record("mastodon:tag:b.example:x", "h" * 72))
    yield store
    store.close()


def ask(store, measure, *by, **filters):
    return answer(store, Question(measure=measure, by=by, filters=Filters(**filters)))


def test_a_day_that_was_not_heard_is_not_zero(heard):
    rows = ask(heard, "volume", "day").records()
    assert [(row["posts"], row["once"], row["heard"]) for row in rows] == [(2, 2, 1), (None, None, 0.5833), (1, 1, 1)]


def test_a_source_has_its_own_share(heard):
    rows = ask(heard, "volume", "day", sources=("forum",)).records()
    assert [(row["posts"], row["heard"]) for row in rows] == [(2, 1), (None, 0.1667), (1, 1)]
    rows = ask(heard, "volume", "day", "source").records()
    assert [(row["source"], row["heard"]) for row in rows] == [("forum", 1), ("forum", 1)]


def test_hours_and_weeks_too(heard):
    hours = ask(heard, "volume", "hour", start=MIDNIGHT + 22 * HOUR, end=MIDNIGHT + 26 * HOUR).records()
    assert [(row["hour"][11:13], row["posts"], row["heard"]) for row in hours] == [("00", None, 0.5), ("01", None, 0.5)]
    (week,) = ask(heard, "sentiment", "week").records()
    assert week["heard"] == pytest.approx(124 / 144, abs=1e-4)


def test_hours_on_record_count_where_they_lie_in_the_zone(heard):
    """In Kathmandu the day ends at 18:15 UTC; of the hours 00 to 20 of the second day the forum heard none."""

    def shares(*by, **filters):
        question = Question(
            measure="volume", by=by, filters=Filters(sources=("forum",), **filters), zone="Asia/Kathmandu"
        )
        return [(row[by[0]][:16], row["heard"]) for row in answer(heard, question).records()]

    # 18.25 hours, then 24 of which the first 5.75 were heard, then 24 of which the first 1.75 were not.
    assert shares("day") == [
        ("2026-03-02T00:00", 1),
        ("2026-03-03T00:00", pytest.approx(5.75 / 24, abs=1e-4)),
        ("2026-03-04T00:00", pytest.approx(22.25 / 24, abs=1e-4)),
    ]
    begins = MIDNIGHT + 20.25 * HOUR + 24 * HOUR
    assert shares("hour", start=begins - HOUR, end=begins) == [("2026-03-04T01:00", 0.25)]
    only = MIDNIGHT + 18.25 * HOUR
    assert [at for at, _ in shares("day", start=only, end=only + 24 * HOUR)] == ["2026-03-03T00:00"]


def test_by_brand_every_row_has_its_time(heard):
    assert [row["heard"] for row in ask(heard, "sentiment", "day", "brand").records()] == [1, 1]


def test_a_time_in_which_nobody_was_heard_is_there_beside_the_brands(heard):
    days = ask(heard, "volume", "day", "brand", sources=("forum",)).records()
    assert [(row["day"][8:10], row["posts"], row["heard"]) for row in days] == [
        *(("02", 2, 1), ("03", None, 0.1667), ("04", 1, 1))
    ]
    assert days[1]["brand"] is None


def test_without_times_or_records_nothing_is_said(heard, tmp_path):
    assert "heard" not in ask(heard, "volume", "source").records()[0]
    assert "heard" not in ask(heard, "volume", "day", end=MIDNIGHT).columns
    bare = open_store(f"sqlite:///{tmp_path}/bare.sqlite")
    bare.upsert("posts", [stored_post(day=0)])
    assert [column.name for column in ask(bare, "volume", "day").columns] == ["day", "posts", "once"]
    assert not_heard(bare, Filters()) == ()
    bare.close()


def test_it_is_said_in_one_plain_sentence(heard):
    assert not_heard(heard, Filters()) == ("20 of 72 hours were not heard from talk (forum).",)
    assert not_heard(heard, Filters(sources=("mastodon",))) == ()


def test_the_report_says_it(heard):
    report = weekly_report(heard, week="2026-W10", brands=())
    for text in (render_html(report), render_markdown(report)):
        assert "20 of 72 hours were not heard from talk" in text


def test_the_chart_draws_what_is_known(heard):
    spec = charts.volume(ask(heard, "volume", "day"), brands=())
    rows = [row for data in spec.get("datasets", {}).values() for row in data] or spec["data"]["values"]
    assert [row["posts"] for row in rows] == [2, 1]
