"""Brands are found word by word."""

from datetime import UTC, datetime

import pytest

from domain.config import Brand
from domain.post import Post
from nlp.brands import BrandMatcher

MATCHER = BrandMatcher(
    [
        Brand(key="nova", name="Nova Mobile", terms=("nova", "nova mobile"), accounts=("NovaCare",)),
        Brand(key="o9", name="O9", terms=("o9",)),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Nova is down", ("nova",)),
        ("#Nova vs @O9: who wins?", ("nova", "o9")),
        ("@novacare please help", ("nova",)),
        ("supernova o99", ()),
        ("see https://nova.example/o9", ()),
        ("NÓVA!", ("nova",)),
        ("", ()),
    ],
)
def test_what_is_named(text, found):
    assert MATCHER.find(text) == found


@pytest.mark.parametrize(("hint", "key"), [("@NovaCare", "nova"), ("Nova Mobile", "nova"), ("Zed", "zed")])
def test_what_the_source_says_counts_too(hint, key):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert MATCHER.match(Post(source="s", native_id="1", text="hi", created_at=moment, brand=hint)) == (key,)
