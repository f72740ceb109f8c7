"""Brands are found word by word."""

from datetime import UTC, datetime

import pytest

from domain.config import Brand
from domain.post import Post
from textquery.brands import BrandMatcher
from textquery.parser import parse

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


def asked(expression, *, ambiguous=()):
    """Return a matcher for one brand with this expression."""
    brand = Brand(key="north", name="North Mobile", ambiguous=ambiguous, accounts=("NorthCare",), query=expression)
    return BrandMatcher([brand, Brand(key="o9", name="O9", terms=("o9",))], {"north": parse(expression)})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NorthMobile is down", ("north",)),
        ("up north there is no signal", ("north",)),
        ("north of here, over the hills and far away, no signal", ()),
        ("a north wind, signal lost on the north sea", ()),
        ("#NorthMobile on the North Sea", ("north",)),
        ("see https://northmobile.example", ()),
        ("@NorthCare hello?", ()),
        ("o9 or north mobile", ("north", "o9")),
    ],
)
def test_an_expression_says_alone_what_names_a_brand(text, found):
    matcher = asked('northmobile OR "north mobile" OR (north NEAR/5 signal) NOT "north sea"')
    assert matcher.find(text) == matcher.find(text, telecom=False) == found


@pytest.mark.parametrize(
    ("text", "telecom", "found"),
    [
        ("north is down", True, ("north",)),
        ("north is down", False, ()),
        ("northmobile is down", False, ("north",)),
        ("north signal", False, ("north",)),
        ("north sea signal", True, ()),
    ],
)
def test_an_ambiguous_word_of_an_expression_counts_where_the_text_is_about_telecoms(text, telecom, found):
    matcher = asked('(north OR northmobile OR north NEAR/5 signal) NOT "north sea"', ambiguous=("North",))
    assert matcher.find(text, telecom=telecom) == found


def test_an_expression_of_ambiguous_words_alone_finds_nothing_elsewhere():
    matcher = asked("north", ambiguous=("north",))
    assert (matcher.find("north"), matcher.find("north", telecom=False)) == (("north",), ())


def test_a_source_may_name_a_brand_that_has_an_expression():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    post = Post(source="s", native_id="1", text="hi", created_at=moment, brand="North Mobile")
    assert asked("northmobile").match(post) == ("north",)
