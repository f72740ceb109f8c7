"""Charts over time: steps over their time, few posts, silence, many brands, events."""

import copy
import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
import vl_convert

from domain.config import Brand
from domain.questions import Answer, Column
from reports import charts
from reports.draw import svg
from reports.series import TOGETHER
from tests.reports.test_charts import EMPTY, SPECS, corners, day, marks, table

START = datetime(2026, 3, 2, tzinfo=UTC)
OURS = Brand(key="north", name="Northtel", own=True)
VELA = Brand(key="vela", name="Vela Mobile")
COUNTED = "brand posts once negative neutral positive net low high"


def hour(number):
    return (START + timedelta(hours=number)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def felt(at, brand, negative, neutral, positive):
    """Return a row of sentiment; its range is not what is looked at."""
    posts = negative + neutral + positive
    net = (positive - negative) / posts
    return (at, brand, posts, posts, negative, neutral, positive, net, max(-1, net - 0.1), min(1, net + 0.1))


def outage(key, first, last=None, title="Outage"):
    found = {"id": key, "kind": "outage", "title": title, "started_at": hour(first)}
    return found | ({"ended_at": hour(last)} if last is not None else {})


def steps(spec, name, run="Northtel"):
    return [(row["at"], row[name]) for row in corners(spec) if row["name"] == run]


def told(spec):
    """What is pointed at: from where to where, which events, and what the tooltip says of them."""
    layers = [layer for layer in spec["layer"] if layer.get("params", [{}])[0].get("name") == charts.EVENT]
    return [row for layer in layers for row in layer["data"]["values"]]


# Steps


def test_a_day_stands_from_its_beginning_to_its_end_so_that_no_dip_comes_before_its_day():
    rows = [felt(day(2), "north", 2, 4, 6), felt(day(3), "north", 10, 0, 2), felt(day(4), "north", 2, 4, 6)]
    spec = charts.net_sentiment(table(f"day {COUNTED}", *rows), brands=[OURS])
    expected = [(day(2), 33.33), (day(3), -66.67), (day(4), 33.33), (day(5), 33.33)]
    assert steps(spec, "net") == expected
    (line,) = marks(spec, "line")
    (band,) = marks(spec, "area")
    assert line["mark"]["interpolate"] == band["mark"]["interpolate"] == "step-after"


def test_columns_stand_within_their_day_and_a_week_is_seven_days_wide():
    spec = charts.volume(table("day posts once", (day(2), 5, 4), (day(3), 9, 9)), brands=())
    first, second = spec["data"]["values"]
    assert day(2) < first["from"] < first["to"] < day(3) < second["from"] < second["to"] < day(4)
    # As drawn: the second column is 9 of 5 posts high, and reaches the ground with the first.
    paths = re.findall(r'd="M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)h', svg(copy.deepcopy(spec)))
    shapes = [tuple(map(float, path)) for path in paths if float(path[3]) > 0]
    (_, top, _, height), (_, second_top, _, second_height) = sorted(shapes)[-2:]
    assert second_height / height == pytest.approx(9 / 5)
    assert top + height == pytest.approx(second_top + second_height)
    spec = charts.volume(table(f"week {COUNTED}", felt(day(2), "north", 1, 1, 1)), brands=[OURS])
    assert steps(spec, "posts") == [(day(2), 3), (day(9), 3)]


# Few posts, and nobody listening


def test_hours_without_posts_are_zero_posts():
    rows = [felt(hour(0), "north", 1, 0, 1), felt(hour(3), "north", 1, 0, 2), felt(hour(3), "vela", 0, 0, 1)]
    spec = charts.volume(table(f"hour {COUNTED}", *rows), brands=[OURS, VELA])
    assert steps(spec, "posts") == [(hour(0), 2), (hour(1), 0), (hour(3), 3), (hour(4), 3)]
    assert steps(spec, "posts", "Vela Mobile") == [(hour(0), 0), (hour(3), 1), (hour(4), 1)]
    assert len(spec["data"]["values"]) == 3, "zero has no point: it has no posts to open"


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_time_that_was_not_heard_throughout_is_a_gap_and_grey(share):
    rows = [
        (*felt(hour(0), "north", 1, 0, 1), 1),
        (hour(1), None, None, None, None, None, None, None, None, None, share),
        (*felt(hour(2), "vela", 1, 0, 1), share),
        (*felt(hour(4), "north", 0, 1, 0), 1),
    ]
    spec = charts.volume(table(f"hour {COUNTED} heard", *rows), brands=[OURS, VELA])
    ours = [(row["at"], row["posts"], row["run"]) for row in corners(spec) if row["name"] == "Northtel"]
    assert ours == [
        *((hour(0), 2, "north 0"), (hour(1), 2, "north 0")),
        *((hour(3), 0, "north 1"), (hour(4), 1, "north 1"), (hour(5), 1, "north 1")),
    ]
    (grey,) = marks(spec, "rect")
    assert [(row["from"], row["to"]) for row in grey["data"]["values"]] == [(hour(1), hour(3))]


def test_sentiment_of_one_post_an_hour_is_drawn_of_ten_together_and_says_so():
    labels = [(1, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 0)] * 4
    rows = [felt(hour(number), "north", *label) for number, label in enumerate(labels)]
    spec = charts.net_sentiment(table(f"hour {COUNTED}", *rows), brands=[OURS])
    # Of ten posts six are negative and two positive, in both stretches.
    assert steps(spec, "net") == [(hour(0), -40), (hour(20), -40)]
    (note,) = charts.notes_of(spec)
    assert note == (
        "Northtel: where one hour after the other has fewer than 10 posts, the line and its range are of as many "
        "together as have 10. A point is one hour."
    )
    assert [row["net"] for row in spec["data"]["values"][:3]] == [-100, 100, 0], "each hour can still be opened"


def test_an_hour_of_many_posts_is_by_itself_so_that_its_dip_does_not_come_before_it():
    quiet = [felt(hour(number), "north", 0, 0, 1) for number in (0, 1, 2, 5, 6)]
    storm = [felt(hour(number), "north", 30, 0, 10) for number in (3, 4)]
    spec = charts.net_sentiment(table(f"hour {COUNTED}", *sorted([*quiet, *storm])), brands=[OURS])
    assert steps(spec, "net") == [(hour(0), 100), (hour(3), -50), (hour(5), 100), (hour(7), 100)]


def test_days_of_few_posts_are_pooled_and_days_of_many_are_not():
    days = [(START + timedelta(days=number)).isoformat(timespec="milliseconds") for number in range(14)]
    texts = [at.replace("+00:00", "Z") for at in days]
    few = [felt(at, "north", number % 2, 0, 2 - number % 2) for number, at in enumerate(texts)]
    many = [felt(at, "vela", 5, 0, 5 + number) for number, at in enumerate(texts)]
    spec = charts.net_sentiment(table(f"day {COUNTED}", *few, *many), brands=[OURS, VELA])
    assert steps(spec, "net") == [(texts[0], 60), (texts[5], 40), (texts[10], 50), (day(16), 50)]
    assert len(steps(spec, "net", "Vela Mobile")) == 15
    (note,) = charts.notes_of(spec)
    assert note.startswith("Northtel: where one day after the other ")


def test_posts_far_apart_are_not_one_stretch():
    rows = [felt(hour(0), "north", 1, 0, 0), felt(hour(30), "north", 0, 0, 1)]
    spec = charts.net_sentiment(table(f"hour {COUNTED}", *rows), brands=[OURS])
    assert steps(spec, "net") == [(hour(0), -100), (hour(1), -100), (hour(30), 100), (hour(31), 100)]
    assert charts.notes_of(spec) == []


# Axes


@pytest.mark.parametrize(
    ("posts", "ticks"),
    [(1, [0, 1]), (2, [0, 1, 2]), (5, [0, 1, 2, 3, 4, 5]), (1234, [0, 200, 400, 600, 800, 1000, 1200, 1400])],
)
def test_ticks_of_counts_are_whole_and_reach_over_the_highest(posts, ticks):
    y = marks(charts.volume(table("day posts once", (day(2), posts, posts)), brands=()), "bar")[0]["encoding"]["y"]
    assert y["axis"]["values"] == ticks
    assert y["scale"]["domain"] == [0, ticks[-1]]


@pytest.mark.parametrize(("share", "high"), [(1.0, 1.0), (0.02, 0.1), (0.6, 0.8)])
def test_shares_are_drawn_from_0_to_100(share, high):
    spec = charts.share_of_voice(table("brand posts of share low high", ("north", 4, 4, share, 0, high)), brands=[OURS])
    x = marks(spec, "bar")[0]["encoding"]["x"]
    assert (x["scale"]["domain"], x["axis"]["values"]) == ([0, 100], [0, 20, 40, 60, 80, 100])


def test_bars_of_few_posts_have_whole_ticks():
    topics = table("topic name posts share negative neutral positive net low high", ("t", "T", 2, 1, 0, 2, 0, 0, 0, 0))
    assert marks(charts.topics(topics), "bar")[0]["encoding"]["x"]["axis"]["values"] == [0, 1, 2]
    parts = table("source posts negative neutral positive", ("forum", 1, 0, 1, 0))
    assert marks(charts.breakdown(parts), "bar")[0]["encoding"]["x"]["axis"]["values"] == [0, 1]


def test_points_of_one_value_stand_beside_each_other_within_their_day():
    rows = [felt(day(2), brand, 1, 1, 1) for brand in ("north", "vela")]
    ours, theirs = charts.net_sentiment(table(f"day {COUNTED}", *rows), brands=[OURS, VELA])["data"]["values"]
    assert ours["net"] == theirs["net"]
    assert day(2) < ours["at"] < theirs["at"] < day(3)
    assert ours["shape"] != theirs["shape"]


# Many brands

MANY = [
    OURS,
    *(
        Brand(key=f"b{number:02}", name=f"Telecommunications of the Northern Region {number:02}")
        for number in range(52)
    ),
    Brand(key="arab", name="شركة الاتصالات المتنقلة في الشمال الشرقي"),
]


def fifty(measure):
    rows = [felt(day(2), brand.key, 1, number, number) for number, brand in enumerate(MANY)]
    return getattr(charts, measure)(table(f"day {COUNTED}", *rows), brands=MANY)


@pytest.mark.parametrize("measure", ["volume", "net_sentiment"])
def test_of_many_brands_own_and_largest_are_drawn_and_the_others_as_one(measure):
    spec = fifty(measure)
    names = list(dict.fromkeys(row["name"] for row in spec["data"]["values"]))
    assert names == ["Northtel", *(brand.name for brand in MANY[-7:]), "46 other brands"]
    assert len({row["colour"] for row in spec["data"]["values"]}) == 9, "each in a colour of its own"
    rest = spec["data"]["values"][-1]
    assert rest["brand"].split(TOGETHER) == [brand.key for brand in MANY[1:-7]]
    assert rest["posts"] == sum(2 * number + 1 for number in range(1, 47))
    assert charts.notes_of(spec)[-1].startswith("46 other brands are drawn as one")


@pytest.mark.parametrize("measure", ["volume", "net_sentiment"])
def test_names_at_line_ends_stay_within_the_axis_apart_and_different(measure):
    spec = fifty(measure)
    (labels,) = marks(spec, "text")
    rows = labels["data"]["values"]
    low, high = labels["encoding"]["y"]["scale"]["domain"]
    assert all(low <= row["y"] <= high for row in rows)
    assert low == 0 or measure == "net_sentiment"
    heights = sorted(row["y"] for row in rows)
    assert min(b - a for a, b in itertools.pairwise(heights)) >= (high - low) / 18 - 1e-9
    assert len({row["label"] for row in rows}) == 9
    assert all(len(row["label"]) <= 18 for row in rows)


def test_share_of_voice_of_many_brands_is_as_short():
    rows = [(brand.key, 10 + number, 2000, (10 + number) / 2000, 0, 0.1) for number, brand in enumerate(MANY)]
    spec = charts.share_of_voice(table("brand posts of share low high", *rows), brands=MANY)
    names = [row["name"] for row in spec["data"]["values"]]
    assert len(names) == 9
    assert names[-1] == "46 other brands"
    assert len({row["label"] for row in spec["data"]["values"]}) == 9


def test_eight_brands_are_all_named():
    rows = [felt(day(2), brand.key, 1, 1, 1) for brand in MANY[:8]]
    spec = charts.volume(table(f"day {COUNTED}", *rows), brands=MANY)
    assert len({row["name"] for row in spec["data"]["values"]}) == 8
    assert charts.notes_of(spec) == []


def test_a_single_other_brand_is_said_to_be_one():
    rows = [(brand.key, 10 + number, 200, 0.1, 0, 0.2) for number, brand in enumerate(MANY[:9])]
    spec = charts.share_of_voice(table("brand posts of share low high", *rows), brands=MANY)
    assert (spec["data"]["values"][-1]["name"], spec["data"]["values"][-1]["brand"]) == ("1 other brand", "b00")
    assert charts.notes_of(spec) == []


# Events


def test_a_tooltip_names_all_that_lie_there_in_full():
    long = "Mobile data outage in the whole of the northern region: transmission node down"
    events = [outage("a", 1, 20, long), outage("b", 4, 8, "Link down"), outage("c", 30, title="No end")]
    spec = charts.volume(table("day posts once", (day(2), 5, 4), (day(3), 9, 9)), brands=(), events=events)
    assert [(row["from"], row["to"], row["event"]) for row in told(spec)[:3]] == [
        (hour(1), hour(4), "a"),
        (hour(4), hour(8), f"a{TOGETHER}b"),
        (hour(8), hour(20), "a"),
    ]
    assert list(told(spec)[1]["told"].values()) == [
        f"{long} (outage, Mon 2 Mar 2026, 01:00 to 20:00)",
        "Link down (outage, Mon 2 Mar 2026, 04:00 to 08:00)",
    ]
    assert [(one["number"], one["event"]) for one in charts.events_of(spec)] == [(1, "a"), (2, "b"), (3, "c")]
    assert charts.events_of(spec)[0]["title"] == long
    assert told(spec)[3]["event"] == "c", "an event without an end can be pointed at too"


def test_every_event_has_its_number_also_where_many_begin_together():
    events = [outage(f"e{number}", 1 + number % 2 / 10) for number in range(22)]
    spec = charts.volume(table("day posts once", (day(2), 5, 4), (day(3), 9, 9)), brands=(), events=events)
    (numbers,) = marks(spec, "text")
    assert [row["number"] for row in numbers["data"]["values"]] == ["1–22"]
    assert len(charts.events_of(spec)) == 22
    tip = told(spec)[1]["told"]
    assert len(tip) == 13
    assert tip["…"] == "and 10 more events"


def test_charts_of_one_view_have_the_same_numbers():
    events = [outage("early", 1, 2), outage("late", 30, 31)]
    both = charts.volume(table("day posts once", (day(2), 5, 4), (day(3), 9, 9)), brands=(), events=events)
    second = charts.volume(table("day posts once", (day(3), 9, 9)), brands=(), events=events)
    assert [one["number"] for one in charts.events_of(both)] == [1, 2]
    assert [(one["number"], one["event"]) for one in charts.events_of(second)] == [(2, "late")]


# What the chart library would warn of


@pytest.mark.parametrize("spec", [*SPECS.values(), *EMPTY.values()], ids=[*SPECS, *(f"empty {name}" for name in EMPTY)])
def test_no_scale_has_two_domains_and_none_is_made_of_nothing(spec):
    drawn = vl_convert.vegalite_to_vega(copy.deepcopy(spec))
    for scale in drawn.get("scales", ()):
        domain = scale["domain"]
        parts = domain.get("fields", [None]) if isinstance(domain, dict) else [None]
        assert not any(isinstance(part, list) for part in parts), scale
    assert all(layer.get("data", spec["data"])["values"] for layer in spec["layer"])


def test_zero_width_of_time_is_no_error():
    empty = Answer(columns=tuple(Column(name, "text") for name in f"day {COUNTED}".split()), rows=(), total=0)
    assert charts.notes_of(charts.net_sentiment(empty, brands=[OURS], events=[outage("a", 1)])) == []
