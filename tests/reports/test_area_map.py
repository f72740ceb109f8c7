"""Complaints by place on a map that asks nobody for its ground."""

from insights.detection.areas import Area
from reports.area_map import EVENT_ALONE, NO_EVENT, WITH_EVENT, area_map
from reports.chart_table import chart_table
from reports.draw import png
from reports.outlines import MADE_OF, View, mercator, outlines

LEEDS = Area(place="Leeds", complaints=90, events=1, latitude=53.8, longitude=-1.55)
YORK = Area(place="York", complaints=40, events=0, latitude=53.96, longitude=-1.08)
HULL = Area(place="Hull", complaints=0, events=2, latitude=53.74, longitude=-0.33)
SYDNEY = Area(place="Sydney", complaints=2, events=0, latitude=-33.9, longitude=151.2)
NOWHERE = Area(place="<b>Upper</b> Nowhere", complaints=1, events=0)


def corners(part):
    """All points of a GeoJSON geometry."""
    if isinstance(part[0], (int, float)):
        return [part]
    return [point for inner in part for point in corners(inner)]


def test_marks_say_how_many_complain_and_what_is_on_record():
    spec = area_map([LEEDS, YORK, HULL])
    rows = {row["name"]: row for row in spec["data"]["values"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "Leeds": WITH_EVENT,
        "York": NO_EVENT,
        "Hull": EVENT_ALONE,
    }
    assert chart_table(spec).rows[0] == ("Leeds", "90", "1", WITH_EVENT)
    assert chart_table(spec).marks["York"] == {"whereabouts": "York"}


def test_few_complaints_from_far_away_are_told_and_do_not_make_the_rest_a_dot():
    spec = area_map([LEEDS, YORK, SYDNEY, NOWHERE])
    assert [row["name"] for row in spec["data"]["values"]] == ["Leeds", "York"]
    assert spec["usermeta"]["notes"] == [
        "Beyond the map: Sydney.",
        "Nobody said where these are: <b>Upper</b> Nowhere.",
    ]
    easts = [east for east, _ in corners(spec["projection"]["fit"]["coordinates"])]
    assert -3 < min(easts) < LEEDS.longitude < YORK.longitude < max(easts) < 1


def test_where_most_are_far_apart_the_map_shows_all_of_them():
    far = Area(place="Perth", complaints=80, events=0, latitude=-31.9, longitude=115.9)
    spec = area_map([LEEDS, far])
    assert {row["name"] for row in spec["data"]["values"]} == {"Leeds", "Perth"}


def test_a_place_alone_and_none_at_all_are_drawn():
    assert png(area_map([LEEDS]))[:4] == b"\x89PNG"
    assert area_map([])["data"]["values"] == []


def test_outlines_end_where_the_view_does():
    view = View(5.0, mercator(45.5), 11.0, mercator(48.0))
    for kind in MADE_OF:
        for feature in outlines(kind, view):
            for east, north in corners(feature["geometry"]["coordinates"]):
                assert view.west - 0.01 <= east <= view.east + 0.01
                assert view.south - 0.01 <= north <= view.north + 0.01
    assert len(outlines("borders", view)) >= 4
    assert outlines("land", View(-40.0, 20.0, -35.0, 25.0)) == []
