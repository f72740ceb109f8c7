"""Colours that can be seen: on light and on dark pages, by every kind of colour vision."""

import itertools

import pytest

from domain.config import Brand
from reports import charts, style
from tests.reports.test_charts import BRANDS, LANGUAGES, SENTIMENT, TOPICS

LIGHT, DARK = ("#ffffff", "#f4f6f8"), ("#12181f", "#1c252f")
"""What pages and reports are written on, and the boxes in them."""
MARKS = (style.OWN, *style.OTHERS, style.UNKNOWN, style.SHADE, *style.MOODS.values())
TEXTS = (style.INK, style.QUIET)
BRANDED = (style.OWN, *style.OTHERS)

# Linear light as people without red, green or blue cones see it (Machado, Oliveira and Fernandes, 2009).
VISION = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TOLD_APART = 15
"""Distance in CIE L*a*b* from which lines are told apart; a hundred is from black to white."""


def linear(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one, other):
    low, high = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(light):
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [value / white for value, white in zip(times(to_xyz, light), (0.9505, 1, 1.089), strict=True)]
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one, other, vision):
    seen = [lab([min(1, max(0, part)) for part in times(VISION[vision], linear(colour))]) for colour in (one, other)]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


def dark(colours):
    return [style.DARK[colour] for colour in colours]


def test_marks_have_a_contrast_of_3_and_texts_of_4_5_to_what_they_stand_on():
    assert min(contrast(mark, LIGHT[0]) for mark in MARKS) >= 3
    assert min(contrast(mark, page) for mark in dark(MARKS) for page in DARK) >= 3
    assert min(contrast(text, page) for text in TEXTS for page in LIGHT) >= 4.5
    assert min(contrast(text, page) for text in dark(TEXTS) for page in DARK) >= 4.5


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("palette", [BRANDED, dark(BRANDED), list(style.MOODS.values()), dark(style.MOODS.values())])
def test_colours_are_told_apart_by_every_colour_vision(palette, vision):
    assert min(distance(a, b, vision) for a, b in itertools.combinations(palette, 2)) >= TOLD_APART


def colours_of(spec):
    if isinstance(spec, dict):
        return {colour for part in spec.values() for colour in colours_of(part)}
    if isinstance(spec, list | tuple):
        return {colour for part in spec for colour in colours_of(part)}
    return {spec} if isinstance(spec, str) and len(spec) == 7 and spec.startswith("#") else set()


@pytest.mark.parametrize(
    "spec",
    [
        charts.net_sentiment(SENTIMENT, brands=BRANDS),
        charts.topics(TOPICS),
        charts.breakdown(LANGUAGES),
    ],
    ids=["lines", "topics", "stacks"],
)
def test_every_colour_of_a_chart_has_another_on_dark_pages(spec):
    assert colours_of(spec) <= style.DARK.keys()
    assert colours_of(style.in_dark(spec)) <= set(style.DARK.values())


def test_a_name_that_looks_like_a_colour_stays_a_name():
    spec = {"data": {"values": [{"name": style.INK, "colour": style.INK}]}, "mark": {"color": style.INK}}
    drawn = style.in_dark(spec)
    assert drawn["data"]["values"] == [{"name": style.INK, "colour": style.DARK[style.INK]}]
    assert drawn["mark"]["color"] == style.DARK[style.INK]


def test_eight_brands_have_eight_colours_and_shapes_whichever_they_are():
    brands = [Brand(key=f"b{number}", name=f"B{number}", own=number == 5) for number in range(54)]
    for drawn in ([f"b{number}" for number in range(5, 13)], [f"b{number}" for number in range(0, 54, 7)]):
        colours = style.brand_colours(brands, drawn)
        assert list(colours) == sorted(drawn, key=lambda key: (key != "b5", int(key[1:])))
        assert len(set(colours.values())) == 8
        assert len({style.shape(colour) for colour in colours.values()}) == 8
