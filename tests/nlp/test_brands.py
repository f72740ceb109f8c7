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
AMBIGUOUS = BrandMatcher(
    [
        Brand(key="three", name="Three", terms=("threeuk",), ambiguous=("three",), accounts=("ThreeUKSupport",)),
        Brand(key="mint", name="Mint", terms=("mint mobile",), ambiguous=("mint", "fresh mint")),
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


@pytest.mark.parametrize(
    ("text", "telecom", "found"),
    [
        ("three hours on hold with three", True, ("three",)),
        ("three hours on hold with three", False, ()),
        ("ThreeUK are three hours late", False, ("three",)),
        ("@ThreeUKSupport hello?", False, ("three",)),
        ("tea with fresh mint", False, ()),
        ("Mint is down, back to Three", True, ("mint", "three")),
        ("mint mobile, or threes and peppermint", True, ("mint",)),
        ("#three", True, ("three",)),
        ("see https://three.example", True, ()),
    ],
)
def test_a_word_that_is_also_a_name_counts_where_the_text_is_about_telecoms(text, telecom, found):
    assert AMBIGUOUS.find(text, telecom=telecom) == found


def test_what_the_source_says_needs_no_text_about_telecoms():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    post = Post(source="s", native_id="1", text="two or three eggs", created_at=moment, brand="Three")
    assert AMBIGUOUS.match(post, telecom=False) == ("three",)
