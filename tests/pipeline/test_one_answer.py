"""Which posts are about a brand: streams, searches, the store, its naming anew and the preview say the same."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.polling.source_context import SourceContext
from collectors.search.stream_filter import StreamFilter
from domain.config import Brand
from domain.enrichment import Model, Trait
from pipeline.preview import preview
from pipeline.retag_brands import name_again
from stores.open import open_store
from tests.support.flows import make_post
from tests.support.stored_posts import stored_post
from textquery.brands import brand_matcher, brand_query

BRANDS = [
    Brand(key="o2", name="O2", terms=("o2",)),
    Brand(key="three", name="Three", terms=("three uk", "three's network")),
    Brand(key="tag", name="Tag", terms=("#three",), ambiguous=("arena",)),
    Brand(key="vodafone", name="Vodafone", query='vodafone* OR #arena NOT "vodafone arena"'),
]
SAID = ["O2", "three", "UK", "network", "Vodafone", "arena", "co2", "https://o2.example/three", "www.", "s", "#"]
APART = [" ", "'s ", "’S ", "'", "", "s ", "\n", "'s\n", "'s'"]
MODEL = Model("hand", "1")


def told_by_each(text):
    """Return whether a text is about any brand, as a source, a stream and what is stored have it."""
    brands, post = brand_matcher(BRANDS), make_post(1, text)
    stream, event = StreamFilter(brands), json.dumps({"text": post.text}, ensure_ascii=False)
    return (
        SourceContext(name="x", settings=None, clock=None, brands=brands).wanted()(post),
        stream.may_pass(event) and stream.passes(post),
        bool(brands.match(post)),
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
        ("three is a number", False),
        ("#Three is a brand", True),
    ],
)
def test_possessives_name_a_brand_everywhere_and_links_nowhere(text, about):
    assert told_by_each(text) == (about, about, about)


@pytest.mark.parametrize("telecom", [True, False])
def test_naming_anew_and_the_preview_agree_with_what_came_in(tmp_path, telecom):
    chance = random.Random(1)
    texts = ["".join(chance.choices(SAID + APART, k=chance.randint(1, 8))) for _ in range(300)]
    brands = brand_matcher(BRANDS)
    stored = {str(i): brands.match(make_post(i, text), telecom=telecom) for i, text in enumerate(texts)}
    assert {key for named in stored.values() for key in named} == {brand.key for brand in BRANDS}

    def read(asked):
        return [Trait(holds=telecom, probability=0.5, model=MODEL) for _ in asked]

    store = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    store.upsert("posts", [stored_post(text, native_id=str(i), brands=()) for i, text in enumerate(texts)])
    name_again(store, BRANDS, read)
    assert {one["native_id"]: tuple(one.get("brands", ())) for one in store.scan("posts")} == stored
    native = {one["id"]: one["native_id"] for one in store.scan("posts")}
    for brand in BRANDS:
        shown = preview(store, brand_query(brand), read, hours=1000)
        caught = shown.caught
        assert shown.posts == len(texts)
        assert shown.relevance is None or (shown.relevance.mean, shown.relevance.read) == (0.5, len(shown.read))
        about = {key for key, named in stored.items() if brand.key in named}
        assert {native[seen.post["id"]] for seen in caught} == about
    store.close()
