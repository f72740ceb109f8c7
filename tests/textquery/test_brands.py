"""Brands are found word by word."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.load import load_config
from domain.config import Brand
from domain.errors import ConfigurationError, QueryError
from domain.post import Post
from tests.support.markdown import blocks
from tests.support.tree import ROOT
from textquery.brands import brand_matcher, brand_query
from textquery.evaluate import matches
from textquery.parser import parse, parse_anchored
from textquery.tree import Or, Phrase
from textquery.words import spoken

MATCHER = brand_matcher(
    [
        Brand(key="nova", name="Nova Mobile", terms=("nova", "nova mobile"), accounts=("NovaCare",)),
        Brand(key="o9", name="O9", terms=("o9",)),
    ]
)
AMBIGUOUS = brand_matcher(
    [
        Brand(key="three", name="Three", terms=("threeuk",), ambiguous=("three",), accounts=("ThreeUKSupport",)),
        Brand(key="mint", name="Mint", terms=("mint mobile",), ambiguous=("mint", "fresh mint")),
    ]
)


def said_of(matcher, text, *, telecom=True):
    """Return the brands that a text names."""
    return matcher.find(spoken(text)).where(telecom=telecom)


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
    assert said_of(MATCHER, text) == found


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
    assert said_of(AMBIGUOUS, text, telecom=telecom) == found


def test_what_the_source_says_needs_no_text_about_telecoms():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    post = Post(source="s", native_id="1", text="two or three eggs", created_at=moment, brand="Three")
    assert AMBIGUOUS.match(post, telecom=False) == ("three",)


def asked(expression, *, ambiguous=()):
    """Return a matcher for one brand with this expression."""
    brand = Brand(key="north", name="North Mobile", ambiguous=ambiguous, accounts=("NorthCare",), query=expression)
    return brand_matcher([brand, Brand(key="o9", name="O9", terms=("o9",))])


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
    assert said_of(matcher, text) == said_of(matcher, text, telecom=False) == found


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
    assert said_of(matcher, text, telecom=telecom) == found


def test_an_expression_of_ambiguous_words_alone_finds_nothing_elsewhere():
    matcher = asked("north", ambiguous=("north",))
    assert (said_of(matcher, "north"), said_of(matcher, "north", telecom=False)) == (("north",), ())


def test_a_source_may_name_a_brand_that_has_an_expression():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    post = Post(source="s", native_id="1", text="hi", created_at=moment, brand="North Mobile")
    assert asked("northmobile").match(post) == ("north",)


def configured(folder, text):
    file = folder / "earshot.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, {"EARSHOT_HOME": str(folder)})


def queries_of(config):
    return brand_matcher(config.brands).queries


def test_every_brand_is_an_expression(tmp_path):
    config = configured(
        tmp_path,
        """
        [brand.north]
        query = 'northmobile OR (north NEAR/5 signal) NOT "north sea"'
        [brand.three]
        terms = ["ThreeUK", "Three UK", "threeuk"]
        ambiguous = ["three"]
        accounts = ["@Three-Help"]
        [brand.o2]
        terms = ["o2"]
        """,
    )
    three = (Phrase(("threeuk",)), Phrase(("three", "uk")), Phrase(("three", "help")), Phrase(("three",)))
    assert queries_of(config) == {
        "north": parse('northmobile OR (north NEAR/5 signal) NOT "north sea"'),
        "three": Or(three),
        "o2": Phrase(("o2",)),
    }


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("(north", "text query, character 1: the bracket ( is never closed"),
        ("north AND", "text query, character 7: a word is missing after AND"),
        ("brand:north", "fields are not supported"),
        ("NOT north", "also met by posts with none of its words"),
        ("north OR NOT south", "also met by posts with none of its words"),
    ],
)
def test_an_expression_that_cannot_be_read_is_named_with_its_fault(tmp_path, query, told):
    config = configured(tmp_path, f"[brand.south]\nterms = ['south']\n[brand.north]\nquery = '{query}'")
    with pytest.raises(ConfigurationError) as refused:
        queries_of(config)
    assert str(refused.value).startswith("[brand.north] query: ")
    assert told in str(refused.value)
    with pytest.raises(QueryError, match="text query"):
        parse_anchored(query)


def test_names_without_letters_are_nothing_to_listen_for(tmp_path):
    with pytest.raises(ConfigurationError, match=r"\[brand.hand\]: its terms have no letters"):
        queries_of(configured(tmp_path, '[brand.hand]\nterms = ["👋"]'))


WORDS = ["three", "uk", "three-uk", "ThreeHelp", "signal", "https://three.example", "@three_help", "Three's", "uk’s"]


@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_names_as_an_expression_mean_what_names_mean(text):
    brand = Brand(key="three", name="Three", terms=("three uk",), ambiguous=("three",), accounts=("ThreeHelp",))
    asked = brand_query(brand)
    named = brand_matcher([brand]).find(spoken(text))
    assert matches(asked.whole, spoken(text)) == ("three" in named.possible)
    assert matches(asked.certain, spoken(text)) == ("three" in named.certain)


def test_the_expressions_of_the_readme_can_be_read(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (table,) = [block for block in blocks(readme, "toml") if "query = " in block]
    assert matches(queries_of(configured(tmp_path, table))["north"], ["no", "signal", "up", "north"])
