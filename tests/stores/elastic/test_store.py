"""What is particular to Elasticsearch: months, embeddings, deep pages, many groups, several handles."""

import random
from contextlib import closing
from datetime import timedelta

import pytest

from domain.questions import Filters, Page
from stores.elastic import store as module
from stores.elastic.store import ElasticStore
from tests.support.stored_posts import START, stored_post

pytestmark = pytest.mark.elastic


def embedding(seed):
    """Return 384 random numbers of unit length."""
    chance = random.Random(seed)
    values = [chance.gauss(0, 1) for _ in range(384)]
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]


def indices(store):
    hits = store._search("posts", size=100, source=False)["hits"]["hits"]
    return sorted((hit["_id"], hit["_index"].rpartition("-posts-")[2]) for hit in hits)


def test_a_post_that_moves_to_another_month_leaves_no_copy(elastic_store):
    early = stored_post(native_id="1")
    late = stored_post(native_id="1", created_at=START + timedelta(days=40))
    elastic_store.upsert("posts", [early])
    assert elastic_store.upsert("posts", [late]).updated == 1
    assert indices(elastic_store) == [(early["id"], "2026-04")]


def test_a_move_between_months_that_was_cut_off_is_finished(elastic_store):
    post = stored_post(native_id="1", created_at=START + timedelta(days=40))
    elastic_store.upsert("posts", [post, stored_post(native_id="2")])
    prefix = elastic_store._cluster.address.prefix
    elastic_store._client.index(index=f"{prefix}-posts-2026-03", id=post["id"], document=post, refresh=True)
    assert (
        "fingerprint" not in elastic_store.get("posts", [post["id"]])[post["id"]]
    )  # so that the next run keeps it again
    assert elastic_store.upsert("posts", [post]).updated == 1
    assert (post["id"], "2026-04") in indices(elastic_store)
    assert len(indices(elastic_store)) == 2
    assert elastic_store.get("posts", [post["id"]])[post["id"]]["fingerprint"] == post["fingerprint"]


@pytest.fixture
def refreshes(elastic_store, monkeypatch):
    """The refreshes that a store asks for from now on."""
    asked = []
    refresh = elastic_store._client.indices.refresh

    def counted(**options):
        asked.append(options)
        return refresh(**options)

    monkeypatch.setattr(elastic_store._client.indices, "refresh", counted)
    return asked


def test_new_posts_are_loaded_without_waiting_for_searches_to_see_them(elastic_store, refreshes):
    for page in range(5):
        posts = [stored_post(native_id=f"{page}-{n}", day=n) for n in range(3)]
        assert elastic_store.upsert("posts", posts).added == 3
    assert len(refreshes) == 1
    assert elastic_store.count_by(Filters(), ())[0].total == 15
    assert len(refreshes) == 2


def test_what_was_just_written_is_known_when_it_comes_again(elastic_store, refreshes):
    first, second = (stored_post(native_id=str(n)) for n in range(2))
    elastic_store.upsert("posts", [first])
    assert elastic_store.upsert("posts", [first, second]).unchanged == 1
    # Also in another month, where its old place can only be searched for.
    moved = stored_post(native_id="1", created_at=START + timedelta(days=40))
    assert elastic_store.upsert("posts", [moved]).updated == 1
    elastic_store.delete("posts", [moved["id"]])
    assert elastic_store.upsert("posts", [moved]).added == 1
    assert indices(elastic_store) == sorted([(first["id"], "2026-03"), (moved["id"], "2026-04")])


def test_embeddings_survive_amendments(elastic_store):
    posts = [stored_post() | {"embedding": embedding(seed)} for seed in range(3)]
    elastic_store.upsert("posts", posts)
    for place in ("Leeds", "York"):
        assert elastic_store.patch("posts", ({"id": post["id"], "place": place} for post in posts)).changed == 3
    stored = {one["id"]: one["embedding"] for one in elastic_store.scan("posts", fields=("embedding",))}
    assert stored == {post["id"]: pytest.approx(post["embedding"], abs=1e-3) for post in posts}
    nearest = elastic_store.knn(embedding(1), Filters(places=("York",)), limit=1)
    assert [one["id"] for one in nearest.documents] == [posts[1]["id"]]


def test_most_of_the_nearest_are_found(elastic_store):
    posts = [stored_post() | {"embedding": embedding(seed)} for seed in range(300)]
    elastic_store.upsert("posts", posts)
    target = embedding(1000)

    def cosine(post):
        return sum(a * b for a, b in zip(post["embedding"], target, strict=True))

    exact = {post["id"] for post in sorted(posts, key=cosine, reverse=True)[:20]}
    found = elastic_store.knn(target, Filters(), limit=20)
    assert found.total == 300
    assert len(exact & {one["id"] for one in found.documents}) >= 16


def test_pages_deeper_than_the_window(elastic_store, monkeypatch):
    posts = [stored_post(hour=hour) for hour in range(60)]
    elastic_store.upsert("posts", posts)
    monkeypatch.setattr(module, "WINDOW", 20)
    monkeypatch.setattr(module, "SCAN_PAGE", 7)
    names = f"{elastic_store._cluster.address.prefix}-posts"
    elastic_store._client.indices.put_settings(index=names, settings={"index.max_result_window": 20})
    listing = elastic_store.search(Filters(), order="oldest", page=Page(limit=25, offset=30))
    assert listing.total == 60
    assert [one["id"] for one in listing.documents] == [post["id"] for post in posts[30:55]]


def test_all_groups_are_counted(elastic_store, monkeypatch):
    monkeypatch.setattr(module, "GROUPS_PAGE", 3)
    brands = [("north",), ("south",), ("north", "south"), ()]
    elastic_store.upsert("posts", [stored_post(day=day, brands=brands[day % 4]) for day in range(12)])
    tallies = elastic_store.count_by(Filters(), ("day", "brand"))
    expected = [
        (START.replace(hour=0) + timedelta(days=day), brand)
        for day in range(12)
        for brand in brands[day % 4] or (None,)
    ]
    assert [one.keys for one in tallies] == expected
    assert {one.total for one in tallies} == {1}


def test_a_short_prefix_in_quotes_finds_all_of_many_words(elastic_store):
    # More words begin so than Elasticsearch is willing to try one by one (8192).
    posts = [stored_post("go " + " go ".join(f"a{place}x{n}" for n in range(100))) for place in range(90)]
    elastic_store.upsert("posts", posts)
    assert elastic_store.count_by(Filters(text='"go a*"'), ())[0].total == 90


def test_another_handle_sees_what_was_kept(elastic, elastic_url, elastic_store):
    elastic_store.upsert("posts", [stored_post()])
    with closing(ElasticStore.connect(elastic_url, elastic.environ)) as other:
        assert other.count_by(Filters(), ())[0].total == 1
        assert other.version() == elastic_store.version()


def test_awkward_texts_come_back(elastic_store):
    texts = ["", "\ud800 lone \udfff", "a\x00b\x1f", "\u202eright\u200dto", "x" * 1_000_000]
    posts = [stored_post("any") | {"text": text} for text in texts]
    elastic_store.upsert("posts", posts)
    stored = elastic_store.get("posts", [post["id"] for post in posts])
    assert [stored[post["id"]]["text"] for post in posts] == texts
    assert elastic_store.upsert("posts", posts).unchanged == len(posts)
