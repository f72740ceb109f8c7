"""Bulk requests are bounded, patient with a busy server, and complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import StoreRefused
from domain.questions import Filters
from stores.elastic.bulk import Patience, Write, chunks
from stores.elastic.store import ElasticStore
from tests.support.elastic_proxy import proxy
from tests.support.stored_posts import stored_post

CURSOR = {"id": "somewhere", "source": "somewhere", "state": {"line": 7}}


def write(place, size):
    return Write(index="i", id=str(place), document={"text": "x" * size})


@given(st.lists(st.integers(0, 200), max_size=40), st.integers(1, 7), st.integers(1, 500))
def test_chunks_hold_everything_in_order_within_their_bounds(sizes, max_items, max_bytes):
    writes = [write(place, size) for place, size in enumerate(sizes)]
    found = list(chunks(writes, max_items=max_items, max_bytes=max_bytes))
    assert [one for chunk in found for one in chunk] == writes
    for chunk in found:
        assert 1 <= len(chunk) <= max_items
        assert len(chunk) == 1 or sum(len(one.lines) for one in chunk) <= max_bytes


@given(st.integers(0, 100))
def test_waits_grow_to_a_limit(attempt):
    patience = Patience(base_s=0.5, limit_s=30)
    assert 0 <= patience.delay_s(attempt) <= min(30, 0.5 * 2**attempt)


def test_lone_surrogates_travel_as_escapes():
    assert Write(index="i", id="1", document={"text": "a\ud800b"}).lines.isascii()


@pytest.mark.parametrize("broken", [float("nan"), object(), {1, 2}])
def test_what_is_not_json_is_refused_by_name(broken):
    with pytest.raises(StoreRefused, match="document p1 is not valid JSON"):
        _ = Write(index="i", id="p1", document={"rating": broken}).lines


@pytest.fixture
def busy(elastic, elastic_url):
    """A store behind a proxy, the proxy, and the seconds that the store slept."""
    slept = []
    with proxy(elastic.url) as between:
        url = f"{between.url}/{elastic_url.rpartition('/')[2]}"
        store = ElasticStore.connect(url, elastic.environ, sleep=slept.append)
        yield store, between, slept
        store.close()


@pytest.mark.elastic
def test_a_busy_server_is_asked_again_after_a_wait(busy):
    store, between, slept = busy
    posts = [stored_post() for _ in range(5)]
    between.turn_away = 2
    assert store.upsert("posts", posts, cursor=CURSOR).added == 5
    assert len(slept) == 2
    assert set(store.get("posts", [post["id"] for post in posts])) == {post["id"] for post in posts}


@pytest.mark.elastic
def test_only_the_documents_that_were_turned_away_are_written_again(busy):
    store, between, slept = busy
    between.turn_away_every_second_item = 2
    assert store.upsert("posts", [stored_post() for _ in range(8)]).added == 8
    assert len(slept) == 2
    last = {"max": {"field": "_seq_no"}}
    written = store._search("posts", size=0, aggs={"last": last})["aggregations"]["last"]["value"]
    assert written == 7  # eight writes, counted from 0
    assert store.count_by(Filters(), ())[0].total == 8


@pytest.mark.elastic
def test_a_server_that_stays_busy_gets_no_cursor(busy):
    store, between, slept = busy
    between.turn_away = 1000
    with pytest.raises(StoreRefused, match=r"overloaded and stayed so \(2 more documents were not taken\)"):
        store.upsert("posts", [stored_post() for _ in range(3)], cursor=CURSOR)
    assert len(slept) == Patience().attempts - 1
    between.turn_away = 0
    assert store.get("cursors", [CURSOR["id"]]) == {}


@pytest.mark.elastic
def test_connecting_again_writes_nothing(busy, elastic):
    store, between, _ = busy
    store.upsert("posts", [stored_post()])
    between.asked.clear()
    prefix = store._cluster.address.prefix
    ElasticStore.connect(f"{between.url}/{prefix}", elastic.environ).close()
    assert between.asked
    assert {method for method, _ in between.asked} == {"GET"}
