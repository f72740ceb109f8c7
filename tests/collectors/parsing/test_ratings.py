"""Ratings in the forms that people and platforms write."""

import pytest

from collectors.parsing.ratings import parse_rating


@pytest.mark.parametrize(
    ("written", "rating"),
    [
        (4, 4.0),
        ("4.5", 4.5),
        ("4,5", 4.5),
        ("4.5/5", 4.5),
        ("4,5 / 5", 4.5),
        ("1 star", 1.0),
        ("3 Stars", 3.0),
        ("2 Sterne", 2.0),
        ("4,5 étoiles", 4.5),
        ("1 estrella", 1.0),
        ("5 gwiazdek", 5.0),
        ("4 von 5", 4.0),
        ("4 out of 5 stars", 4.0),
        ("10/10", 5.0),
        ("0/10", 1.0),
        ("5.5/10", 3.0),
        ("★★★★☆", 4.0),
        ("★☆☆☆☆", 1.0),
        ("⭐⭐⭐", 3.0),
        ("⭐️⭐️", 2.0),
        ("★★★½", 3.5),
        ("5★", 5.0),
    ],
)
def test_the_usual_forms(written, rating):
    assert parse_rating(written) == rating


@pytest.mark.parametrize(
    "written", ["", "great", "7/5", "1/1", "4,500", "12.05.2026", "stars", "☆☆☆☆☆", "4 gb", None, True, "nan"]
)
def test_what_is_no_rating(written):
    assert parse_rating(written) is None
