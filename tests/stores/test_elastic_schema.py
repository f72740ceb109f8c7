"""Templates, aliases and what is done with indices that were there before."""

from contextlib import closing

import pytest

from domain.errors import StoreRefused
from domain.questions import Filters
from stores.elastic import ElasticStore
from stores.elastic_cluster import Address, Cluster
from stores.mapping import KINDS
from tests.support.stored_posts import stored_post

pytestmark = pytest.mark.elastic


@pytest.fixture
def bare(elastic, new_elastic_url):
    """A client and a prefix that nothing was put under."""
    cluster = Cluster(Address.parse(new_elastic_url), elastic.environ)
    with closing(cluster.client):
        yield cluster.client, cluster.address.prefix


def connected(elastic, url):
    return closing(ElasticStore.connect(url, elastic.environ))


def test_every_kind_has_a_template_with_its_alias(elastic, new_elastic_url, bare):
    client, prefix = bare
    connected(elastic, new_elastic_url).thing.close()
    found = client.indices.get_index_template(name=f"{prefix}-*")["index_templates"]
    aliases = {item["name"]: list(item["index_template"]["template"]["aliases"]) for item in found}
    assert aliases == {f"{prefix}-{kind}.v1": [f"{prefix}-{kind}"] for kind in KINDS}


def test_months_stand_behind_one_alias(elastic, new_elastic_url, bare):
    client, prefix = bare
    with connected(elastic, new_elastic_url) as store:
        store.keep("posts", [stored_post(day=day) for day in (0, 40, 80)])
        assert store.tally(Filters(), ())[0].total == 3
    assert sorted(client.indices.get_alias(name=f"{prefix}-posts")) == [
        f"{prefix}-posts-2026-03",
        f"{prefix}-posts-2026-04",
        f"{prefix}-posts-2026-05",
    ]


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"brands": {"type": "text"}}, "brands"),
        ({"words": {"type": "text", "analyzer": "standard"}}, "words"),
        ({"embedding": {"type": "dense_vector", "dims": 768}}, "embedding"),
        ({"sentiment": {"properties": {"label": {"type": "keyword", "index": False}}}}, "sentiment.label"),
        ({"author": {"type": "keyword"}}, "author"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_index_with_another_mapping_is_refused(elastic, new_elastic_url, bare, mapping, field):
    client, prefix = bare
    name = f"{prefix}-posts-2019-11"
    client.indices.create(index=name, mappings={"properties": mapping})
    with pytest.raises(StoreRefused) as caught:
        ElasticStore.connect(new_elastic_url, elastic.environ)
    assert f"the field {field} of the index {name}" in str(caught.value)
    assert "delete" in str(caught.value)


def test_an_index_where_the_alias_belongs_is_refused(elastic, new_elastic_url, bare):
    client, prefix = bare
    client.indices.create(index=f"{prefix}-posts")
    with pytest.raises(StoreRefused, match="where an alias of that name belongs"):
        ElasticStore.connect(new_elastic_url, elastic.environ)


def test_an_index_without_a_new_field_or_the_alias_gets_them(elastic, new_elastic_url, bare):
    client, prefix = bare
    old = {"properties": {"id": {"type": "keyword"}, "created_at": {"type": "date"}}}
    client.indices.create(index=f"{prefix}-posts-2026-03", mappings={"dynamic": "strict", **old})
    with connected(elastic, new_elastic_url) as store:
        store.keep("posts", [stored_post(sentiment="negative")])
        assert store.tally(Filters(text="signal"), ())[0].negative == 1


def test_a_template_of_an_older_version_of_ours_is_replaced(elastic, new_elastic_url, bare):
    client, prefix = bare
    body = {"index_patterns": [f"{prefix}-posts-*"], "priority": 201}
    client.indices.put_index_template(name=f"{prefix}-posts.v1", **body)
    with connected(elastic, new_elastic_url) as store:
        store.keep("posts", [stored_post()])
        assert store.tally(Filters(), ())[0].total == 1
