import copy
import itertools
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from domain.documents import canonical_json
from domain.questions import Answer, Column
from reports import charts, style
from reports.draw import png, svg
from tests.support.example_week import BRANDS

HOSTILE = "</text></svg><script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>"
EVENT = {"id": "e", "kind": "outage", "title": HOSTILE, "started_at": "2026-03-03T10:00:00.000Z"}


def table(names, *rows):
    return Answer(columns=tuple(Column(name, "text") for name in names.split()), rows=rows, total=len(rows))


def day(number):
    return f"2026-03-{number:02}T00:00:00.000Z"


SENTIMENT = table(
    "day brand posts negative neutral positive net low high",
    (day(2), "north", 10, 5, 3, 2, -0.3, -0.6, 0.1),
    (day(3), "north", 10, 5, 3, 2, -0.3, -0.6, 0.1),
    (day(5), "north", 10, 5, 3, 2, -0.3, -0.6, 0.1),
    (day(5), "vela", 10, 2, 3, 5, 0.3, -0.1, 0.6),
    (day(5), None, 10, 2, 3, 5, 0.3, -0.1, 0.6),
    (day(5), "forgotten", 10, 2, 3, 5, 0.3, -0.1, 0.6),
)
VOLUME = table("day posts once", (day(2), 5, 4), (day(3), 9, 9))
VOICE = table("brand posts of share low high", ("north", 6, 10, 0.6, 0.4, 0.8), ("vela", 4, 10, 0.4, 0.2, 0.6))
TOPICS = table(
    "topic name posts share negative neutral positive net low high",
    ("t1", HOSTILE, 5, 0.1, 5, 0, 0, -1.0, -1.0, -0.4),
    ("t2", "Twin", 9, 0.2, 3, 3, 3, 0.0, -0.5, 0.5),
    ("t3", "Twin", 2, 0.1, 0, 0, 2, 1.0, 0.1, 1.0),
    (None, "not assigned", 30, 0.6, 10, 10, 10, 0.0, -0.3, 0.3),
)
LANGUAGES = table(
    "language posts negative neutral positive net low high",
    ("en", 9, 3, 3, 3, 0.0, -0.5, 0.5),
    (HOSTILE, 1, 1, 0, 0, -1.0, -1.0, 0.5),
    (None, 2, 1, 1, 0, -0.5, -0.9, 0.5),
)
ASPECTS = table(
    "aspect posts negative neutral positive net low high",
    ("data", 3, 1, 0, 2, 0.3, -0.5, 0.9),
    ("price", 5, 4, 1, 0, -0.8, -0.9, -0.1),
    (HOSTILE, 1, 1, 0, 0, -1.0, -1.0, 0.5),
    (None, 30, 0, 0, 0, None, None, None),
)
SPECS = {
    "net_sentiment": charts.net_sentiment(SENTIMENT, brands=BRANDS, events=[EVENT]),
    "volume": charts.volume(VOLUME, brands=BRANDS, events=[EVENT]),
    "volume by brand": charts.volume(SENTIMENT, brands=BRANDS),
    "share_of_voice": charts.share_of_voice(VOICE, brands=BRANDS),
    "topics": charts.topics(TOPICS),
    "breakdown": charts.breakdown(LANGUAGES),
    "aspects": charts.aspects(ASPECTS),
}
EMPTY = {
    "net_sentiment": charts.net_sentiment(table("day brand posts net low high"), brands=BRANDS, events=[EVENT]),
    "volume": charts.volume(table("day posts once"), brands=()),
    "share_of_voice": charts.share_of_voice(table("brand posts of share low high"), brands=()),
    "topics": charts.topics(table("topic name posts net")),
    "breakdown": charts.breakdown(table("source posts negative neutral positive")),
    "aspects": charts.aspects(table("aspect posts negative neutral positive")),
}


def values(spec, name):
    return [row[name] for row in spec["data"]["values"]]


def marks(spec, kind):
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == kind]


@pytest.mark.parametrize("spec", [*SPECS.values(), *EMPTY.values()], ids=[*SPECS, *(f"empty {name}" for name in EMPTY)])
def test_every_chart_is_drawn_as_well_formed_svg_without_anything_that_acts(spec):
    drawing = ET.fromstring(svg(copy.deepcopy(spec)))
    kinds = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert kinds <= {"svg", "title", "g", "path", "rect", "text", "line", "clipPath", "defs", "tspan"}
    names = {name.lower() for element in drawing.iter() for name in element.attrib}
    assert not any(name.startswith("on") or name.endswith("href") for name in names)
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == spec["description"]


@pytest.mark.parametrize("name", SPECS)
def test_specifications_are_json_with_named_axes_and_tooltips(name):
    spec = SPECS[name]
    text = canonical_json(spec)
    assert '"tooltip"' in text
    assert '"url"' not in text
    assert any(layer.get("params", [{}])[0].get("name") == charts.CHOSEN for layer in spec["layer"])


def test_a_chart_can_be_a_picture():
    assert png(SPECS["topics"]).startswith(b"\x89PNG")


def corners(spec, kind="line"):
    """The corners of the steps of a chart's lines, in order."""
    return [row for layer in marks(spec, kind) for row in layer["data"]["values"]]


def test_a_line_breaks_where_a_day_has_no_posts():
    spec = SPECS["net_sentiment"]
    assert list(dict.fromkeys(row["run"] for row in corners(spec))) == ["north 0", "north 1", "vela 0"]
    (line,) = marks(spec, "line")
    assert line["encoding"]["detail"]["field"] == "run"


def test_only_configured_brands_are_drawn_each_always_in_its_colour():
    spec = SPECS["net_sentiment"]
    assert set(values(spec, "name")) == {"Northtel", "Vela Mobile"}
    colours = style.brand_colours(BRANDS)
    assert len(set(colours.values())) == len(BRANDS)
    assert colours["north"] == style.OWN
    assert dict(zip(values(spec, "brand"), values(spec, "colour"), strict=True)) == {
        "north": colours["north"],
        "vela": colours["vela"],
    }
    assert set(values(SPECS["share_of_voice"], "colour")) == {colours["north"], colours["vela"]}


def test_net_sentiment_is_in_points_with_its_range():
    row = SPECS["net_sentiment"]["data"]["values"][0]
    assert (row["net"], row["low"], row["high"]) == (-30, -60, 10)
    assert row["shown"] == "−30 (−60 to +10)"


def test_what_is_chosen_has_the_keys_of_the_answer():
    spec = SPECS["net_sentiment"]
    selects = {one["name"]: one["select"] for layer in spec["layer"] for one in layer.get("params", ())}
    assert selects[charts.CHOSEN]["fields"] == ["day", "brand"]
    assert selects[charts.EVENT]["fields"] == ["event"]
    assert values(spec, "day")[0] == SENTIMENT.rows[0][0]


def test_an_event_with_an_end_is_shaded_and_others_are_ruled():
    (shade,) = marks(SPECS["volume"], "rect")
    row = shade["data"]["values"][0]
    assert row["from"] == row["to"] == EVENT["started_at"]
    lasting = EVENT | {"ended_at": "2027-01-01T00:00:00.000Z"}
    (shade,) = marks(charts.volume(VOLUME, brands=(), events=[lasting]), "rect")
    assert shade["data"]["values"][0]["to"] == day(4)


def test_events_outside_the_time_drawn_are_left_out():
    early = EVENT | {"started_at": day(1)}
    late = EVENT | {"started_at": day(4)}
    spec = charts.volume(VOLUME, brands=(), events=[early, late])
    assert marks(spec, "rect") == []
    assert charts.events_of(spec) == []


def test_names_at_the_ends_of_lines_do_not_cover_each_other():
    rows = [(day(2), key, 10, 1, 1, 1, net, net, net) for key, net in (("north", 0.1), ("vela", 0.1), ("orbit", 0.11))]
    spec = charts.net_sentiment(table("day brand posts negative neutral positive net low high", *rows), brands=BRANDS)
    (labels,) = marks(spec, "text")
    heights = sorted(row["y"] for row in labels["data"]["values"])
    assert len(heights) == 3
    assert min(high - low for low, high in itertools.pairwise(heights)) >= 11 / 18 - 1e-9


def test_topics_are_by_size_with_the_unassigned_last_and_equal_names_apart():
    spec = SPECS["topics"]
    assert values(spec, "name") == ["Twin", HOSTILE, "Twin (2)", "not assigned"]
    assert values(spec, "colour")[-1] == style.UNKNOWN
    assert values(spec, "colour")[1] == style.NEGATIVE
    assert values(charts.topics(TOPICS, limit=1), "name") == ["Twin", "not assigned"]


def test_languages_are_named_and_the_unknown_is_said():
    assert list(dict.fromkeys(values(SPECS["breakdown"], "name"))) == ["English", "not known", HOSTILE]


def test_each_part_of_an_aspect_opens_the_posts_that_feel_so_about_it():
    spec = SPECS["aspects"]
    assert list(dict.fromkeys(values(spec, "name"))) == ["price and bills", "mobile data", HOSTILE]
    first = spec["data"]["values"][0]
    assert (first["aspect_sentiment"], first["count"], first["shown"]) == ("price:negative", 4, "4 negative of 5")
    (select,) = [layer["params"][0]["select"] for layer in spec["layer"] if "params" in layer]
    assert select["fields"] == ["aspect_sentiment"]


def test_times_stand_where_clocks_of_the_zone_show_them():
    """Three days of London, the second of 25 hours: no line breaks, and an event stands at its hour."""
    days = ("2026-10-24T00:00:00.000+01:00", "2026-10-25T00:00:00.000+01:00", "2026-10-26T00:00:00.000Z")
    rows = [(at, "north", 10, 5, 3, 2, -0.3, -0.6, 0.1) for at in days]
    answer = replace(table("day brand posts negative neutral positive net low high", *rows), zone="Europe/London")
    event = {"id": "e", "kind": "outage", "title": "Outage", "started_at": "2026-10-24T10:00:00.000Z"}
    spec = charts.net_sentiment(answer, brands=BRANDS, events=[event])
    axis = spec["encoding"]["x"]
    assert axis["scale"]["domain"] == ["2026-10-24T00:00:00.000Z", "2026-10-27T00:00:00.000Z"]
    assert [at[:10] for at in axis["axis"]["values"]] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    rows = spec["data"]["values"]
    assert {row["run"] for row in corners(spec)} == {"north 0"}
    assert [row["when"] for row in rows] == ["Sat 24 Oct 2026", "Sun 25 Oct 2026", "Mon 26 Oct 2026"]
    assert [row["day"] for row in rows] == list(days)
    drawn = [row["from"] for layer in spec["layer"] for row in layer.get("data", {}).get("values", []) if "from" in row]
    assert set(drawn) == {"2026-10-24T11:00:00.000Z"}
    (line,) = marks(spec, "line")
    assert line["mark"]["interpolate"] == "step-after"


def test_hours_are_told_as_clocks_show_them():
    hours = ("2026-10-25T01:00:00.000+01:00", "2026-10-25T01:00:00.000Z", "2026-10-25T02:00:00.000Z")
    answer = replace(table("hour posts once", *((at, 1, 1) for at in hours)), zone="Europe/London")
    rows = charts.volume(answer, brands=BRANDS)["data"]["values"]
    assert [row["when"][-5:] for row in rows] == ["01:00", "01:00", "02:00"]
