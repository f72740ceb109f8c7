"""Templates, aliases and what is done with indices that were there before."""

from contextlib import closing

import pytest

from domain.errors import ConfigurationError, StoreRefused
from domain.questions import Filters
from stores.elastic.cluster import Address, Cluster, Layout
from stores.elastic.migrations import _Move
from stores.elastic.store import ElasticStore
from stores.mapping import KINDS, shape
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
        store.upsert("posts", [stored_post(day=day) for day in (0, 40, 80)])
        assert store.count_by(Filters(), ())[0].total == 3
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
    assert "earshot store migrate" in str(caught.value)


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
        store.upsert("posts", [stored_post(sentiment="negative")])
        assert store.count_by(Filters(text="signal"), ())[0].negative == 1


def test_a_template_of_an_older_version_of_ours_is_replaced(elastic, new_elastic_url, bare):
    client, prefix = bare
    body = {"index_patterns": [f"{prefix}-posts-*"], "priority": 201}
    client.indices.put_index_template(name=f"{prefix}-posts.v1", **body)
    with connected(elastic, new_elastic_url) as store:
        store.upsert("posts", [stored_post()])
        assert store.count_by(Filters(), ())[0].total == 1


OTHERWISE = shape("posts").template["template"]["mappings"]["properties"] | {"place": {"type": "text"}}


def test_an_index_with_another_mapping_is_copied_while_it_serves(elastic, new_elastic_url, bare, monkeypatch):
    client, prefix = bare
    name = f"{prefix}-posts-2026-03"
    documents = {one["id"]: one for one in (stored_post(f"no signal {n}", place="Leeds") for n in range(600))}
    client.indices.create(index=name, mappings={"properties": OTHERWISE}, aliases={f"{prefix}-posts": {}})
    for key, document in documents.items():
        client.index(index=name, id=key, document=document)
    keys = list(documents)
    edited, late = documents[keys[1]] | {"place": "Hull"}, stored_post("late") | {"id": "late"}
    meanwhile = [
        lambda: (client.delete(index=name, id=keys[0]), client.index(index=name, id=keys[1], document=edited)),
        lambda: client.index(index=name, id="late", document=late),
    ]
    copied = _Move._copied_behind

    def copied_while_others_write(move, last):
        newest = copied(move, last)
        if meanwhile:
            meanwhile.pop()()
        return newest

    monkeypatch.setattr(_Move, "_copied_behind", copied_while_others_write)
    with closing(ElasticStore.connect(new_elastic_url, elastic.environ, migrating=True)) as store:
        assert meanwhile == []
        assert sum(one.total for one in store.count_by(Filters(), ())) == 600
        assert store.get("posts", [keys[0]]) == {}
        assert [one.total for one in store.count_by(Filters(places=("Hull",)), ())] == [1]
        # It is written to by the same name, and a second time there is nothing to do.
        assert (
            store.upsert("posts", [stored_post("new", place="York"), documents[keys[2]] | {"place": "York"}]).updated
            == 1
        )
        assert store.patch("posts", [{"id": keys[3], "place": "York"}]).changed == 1
        assert store.delete("posts", [keys[4]]) == 1
        assert [one.total for one in store.count_by(Filters(places=("York",)), ())] == [3]
        assert sum(kind == "posts" for kind, _ in store.dump()) == 600
        assert store.faults() == []
    assert sorted(client.indices.get(index=f"{prefix}*")) == [f"{prefix}.g2-posts-2026-03"]
    connected(elastic, new_elastic_url).thing.close()


def test_a_copy_that_was_stopped_leaves_the_old_index_serving(elastic, new_elastic_url, bare, monkeypatch):
    client, prefix = bare
    name = f"{prefix}-posts-2026-03"
    client.indices.create(index=name, mappings={"properties": OTHERWISE}, aliases={f"{prefix}-posts": {}})
    client.index(index=name, id="1", document=stored_post("no signal") | {"id": "1"})

    def stop(move):
        raise KeyboardInterrupt

    monkeypatch.setattr(_Move, "_delete_what_went", stop)
    with pytest.raises(KeyboardInterrupt):
        ElasticStore.connect(new_elastic_url, elastic.environ, migrating=True)
    client.index(index=name, id="2", document=stored_post("late") | {"id": "2"})
    monkeypatch.undo()
    with closing(ElasticStore.connect(new_elastic_url, elastic.environ, migrating=True)) as store:
        assert sum(one.total for one in store.count_by(Filters(), ())) == 2


def test_parts_copies_and_order_are_configuration(elastic, new_elastic_url, bare):
    client, prefix = bare
    environ = {**elastic.environ, "EARSHOT_ELASTICSEARCH_SHARDS": "2", "EARSHOT_ELASTICSEARCH_REFRESH": "5s"}
    with closing(ElasticStore.connect(new_elastic_url, environ)) as store:
        store.upsert("posts", [stored_post()])
        assert store.count_by(Filters(), ())[0].total == 1
    name = f"{prefix}-posts-2026-03"
    settings = client.indices.get_settings(index=name)[name]["settings"]["index"]
    # One node alone has no place for a copy.
    assert (settings["number_of_shards"], settings["number_of_replicas"], settings["refresh_interval"]) == (
        "2",
        "0",
        "5s",
    )
    assert settings["sort"]["field"] == "created_at"


def test_a_write_to_any_part_is_another_version(elastic, new_elastic_url):
    environ = {**elastic.environ, "EARSHOT_ELASTICSEARCH_SHARDS": "3"}
    with closing(ElasticStore.connect(new_elastic_url, environ)) as store:
        posts = [stored_post() | {"id": f"p{number}"} for number in range(12)]
        store.upsert("posts", posts)
        versions = [store.version()]
        # One part gets far ahead of the others, whose numbers of writes then stay below its own.
        for text in ("one", "two", "three"):
            store.upsert("posts", [posts[0] | {"text": text}])
            versions.append(store.version())
        for post in posts[1:]:
            store.upsert("posts", [post | {"text": "changed"}])
            versions.append(store.version())
        assert len(set(versions)) == len(versions)


@pytest.mark.parametrize(("nodes", "replicas", "expected"), [(1, None, 0), (3, None, 1), (1, 2, 2), (5, 0, 0)])
def test_replicas_are_one_where_there_is_a_second_node(nodes, replicas, expected):
    assert Layout(replicas=replicas).settings(nodes)["number_of_replicas"] == expected


@pytest.mark.parametrize(("name", "value"), [("SHARDS", "0"), ("SHARDS", "two"), ("REPLICAS", "-1")])
def test_a_number_that_is_none_is_said(name, value):
    with pytest.raises(ConfigurationError, match=name):
        Layout.of({f"EARSHOT_ELASTICSEARCH_{name}": value})
