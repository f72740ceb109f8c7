"""What brands are listened for by, from the configuration."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.opening import Opening
from collectors.wanted import Wanted
from domain.config import Brand, load_config
from domain.errors import ConfigurationError, QueryError
from pipeline.wiring import brand_queries, read_query
from tests.support.flows import make_post
from tests.support.markdown import blocks
from tests.support.tree import ROOT
from textquery.brands import BrandMatcher
from textquery.evaluate import matches
from textquery.parser import parse
from textquery.tree import Or, Phrase
from textquery.words import spoken


def configured(folder, text):
    file = folder / "earshot.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, {"EARSHOT_HOME": str(folder)})


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
    assert brand_queries(config) == {
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
        brand_queries(config)
    assert str(refused.value).startswith("[brand.north] query: ")
    assert told in str(refused.value)
    with pytest.raises(QueryError, match="text query"):
        read_query(query)


def test_names_without_letters_are_nothing_to_listen_for(tmp_path):
    with pytest.raises(ConfigurationError, match=r"\[brand.hand\]: its terms have no letters"):
        brand_queries(configured(tmp_path, '[brand.hand]\nterms = ["👋"]'))


WORDS = ["three", "uk", "three-uk", "ThreeHelp", "signal", "https://three.example", "@three_help", "Three's", "uk’s"]


@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_names_as_an_expression_mean_what_names_mean(text):
    brand = Brand(key="three", name="Three", terms=("three uk",), ambiguous=("three",), accounts=("ThreeHelp",))
    (query,) = brand_queries(type("Config", (), {"brands": [brand]})).values()
    assert matches(query, spoken(text)) == (BrandMatcher([brand]).find(text) == ("three",))


BRANDS = [
    Brand(key="o2", name="O2", terms=("o2",)),
    Brand(key="three", name="Three", terms=("three uk", "three's network")),
    Brand(key="vodafone", name="Vodafone", query='vodafone* NOT "vodafone arena"'),
]
SAID = ["O2", "three", "UK", "network", "Vodafone", "arena", "co2", "https://o2.example/three", "www.", "s"]
APART = [" ", "'s ", "’S ", "'", "", "s ", "\n", "'s\n", "'s'"]


def told_by_each(text):
    """Return whether a text is about any brand, as a source, a stream and what is stored have it."""
    queries = brand_queries(type("Config", (), {"brands": BRANDS}))
    post = make_post(1, text)
    wanted, event = Wanted(queries), json.dumps({"text": post.text}, ensure_ascii=False)
    return (
        Opening(name="x", settings=None, clock=None, queries=queries).wanted()(post),
        wanted.may_match(event) and bool(wanted.names(post.text)),
        bool(BrandMatcher(BRANDS, queries).match(post)),
    )


@given(st.lists(st.sampled_from(SAID) | st.sampled_from(APART), max_size=8).map("".join))
def test_a_source_a_stream_and_the_store_agree_which_posts_are_about_a_brand(text):
    assert len(set(told_by_each(text))) == 1


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("O2's network is down", True),
        ("Vodafone’s", True),
        ("Three UK's masts", True),
        ("three network", True),
        ("threes network", False),
        ("https://o2.example", False),
        ("O2https://three.example", True),
    ],
)
def test_possessives_name_a_brand_everywhere_and_links_nowhere(text, about):
    assert told_by_each(text) == (about, about, about)


def test_the_expressions_of_the_readme_can_be_read(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (table,) = [block for block in blocks(readme, "toml") if "query = " in block]
    assert matches(brand_queries(configured(tmp_path, table))["north"], ["no", "signal", "up", "north"])
