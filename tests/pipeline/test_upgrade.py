"""Stored words are made anew where words are cut otherwise than when they were stored; names of authors go."""

from contextlib import closing

import pytest

from configuration.load import load_config
from domain.customer import Consent, Customer
from domain.documents import to_document
from domain.identity import handle_pseudonym, link_id
from domain.questions import Filters
from pipeline.cursors import cursor_document
from pipeline.refresh import relink_customers
from pipeline.upgrade import upgrade
from stores.open import open_store
from tests.support.flows import KEY, START, make_post
from textquery.words import searchable

TEXTS = ("Le réseau d'Orange", "Turkcell'den bıktım", "شبكة أورنـــج", "plain words")


def test_words_of_the_last_revision_are_made_anew_and_a_cut_off_walk_goes_on(tmp_path):
    config = load_config(None, {"EARSHOT_HOME": str(tmp_path)})
    with closing(open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")) as store:
        posts = [make_post(number, text) for number, text in enumerate(TEXTS)]
        stored = [{**to_document(post), "id": f"p{n}", "words": "cut as before"} for n, post in enumerate(posts)]
        store.upsert("posts", stored)
        # What revision 2 left behind when it was done with its own words.
        for name, state in (("documents", {"revision": 2}), ("documents:words", {"after": "\U0010ffff"})):
            store.upsert("cursors", [], cursor=cursor_document(name, state))
        # Today's walk was cut off behind the first post, whose words somebody has seen to.
        store.upsert("cursors", [], cursor=cursor_document("documents:words:3", {"after": "p0"}))
        assert upgrade(store, config) >= 3
        words = {post["id"]: post["words"] for post in store.scan("posts", fields=("words",))}
        assert words == {"p0": "cut as before"} | {f"p{n}": searchable(TEXTS[n]) for n in (1, 2, 3)}
        assert upgrade(store, config) == 0


@pytest.mark.parametrize("names", [False, True])
def test_names_of_authors_stay_only_where_the_configuration_says_so(tmp_path, names):
    environ = {"EARSHOT_HOME": str(tmp_path), "EARSHOT_PRIVACY_AUTHOR_NAMES": str(names).lower()}
    kept_before = load_config(None, {**environ, "EARSHOT_PRIVACY_AUTHOR_NAMES": "true"})
    author = {"id": "a1", "handle": "ann", "name": "Ann Nguyễn", "followers": 3}
    with closing(open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")) as store:
        store.upsert("posts", [to_document(make_post(1)) | {"id": "p1", "author": author}])
        upgrade(store, kept_before)
        assert store.get("posts", ["p1"])["p1"]["author"]["name"] == "Ann Nguyễn"
        changed = upgrade(store, load_config(None, environ))
        left = store.get("posts", ["p1"])["p1"]["author"]
        assert {key: value for key, value in left.items() if key != "key"} == {
            key: value for key, value in author.items() if names or key != "name"
        }
        assert changed == (0 if names else 1)


def test_events_that_were_stored_before_get_where_they_are_and_are_held_against_posts_again(tmp_path):
    config = load_config(None, {"EARSHOT_HOME": str(tmp_path)})
    with closing(open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")) as store:
        store.upsert("places", [{"id": "cell:1", "kind": "cell", "latitude": 53.8, "longitude": -1.55}])
        stored = {"title": "Slow", "kind": "kpi_degradation", "subject": "mobile_data", "places": ["cell:1"]}
        store.upsert("events", [stored | {"id": "E1", "started_at": "2026-03-02T09:00:00.000Z", "region": "Yorkshire"}])
        assert upgrade(store, config) == 1
        assert store.get("events", ["E1"])["E1"]["place"] == "Leeds"
        assert [(one["kind"], one["key"]) for one in store.scan("changes")] == [("events", "E1")]
        assert upgrade(store, config) == 0


def test_posts_that_were_stored_before_are_counted_by_the_places_that_they_are_from_and_name(tmp_path):
    config = load_config(None, {"EARSHOT_HOME": str(tmp_path)})
    with closing(open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")) as store:
        named = {"places": [{"name": "York"}, {"name": "Leeds"}]}
        stored = {"p0": {}, "p1": {"place": "Leeds"}, "p2": named, "p3": named | {"place": "Leeds"}}
        store.upsert("posts", [to_document(make_post(n)) | {"id": f"p{n}"} | stored[f"p{n}"] for n in range(4)])
        upgrade(store, config)
        found = {post["id"]: post.get("whereabouts") for post in store.scan("posts", fields=("whereabouts",))}
        assert found == {"p0": None, "p1": ["Leeds"], "p2": ["York", "Leeds"], "p3": ["Leeds", "York"]}
        counted = {one.keys[0]: one.total for one in store.count_by(Filters(), ("whereabouts",))}
        assert counted == {None: 1, "Leeds": 3, "York": 2}
        assert upgrade(store, config) == 0


def test_posts_that_were_linked_before_there_were_links_get_theirs(tmp_path):
    config = load_config(None, {"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    handle = handle_pseudonym(KEY, "forum", "ann")
    agreed = Consent(purpose="link posts", given_at=START)
    with closing(open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")) as store:
        store.upsert("customers", [to_document(Customer(id="c1", handles=(handle,), linked_with=agreed))])
        before = {"id": "c1", "reason": "declared handle", "consent_given_at": "2026-03-02T09:00:00.000Z"}
        post = to_document(make_post(1, hour=1)) | {"id": "p1", "customer": before}
        store.upsert("posts", [post | {"author": post["author"] | {"key": handle}}])
        assert relink_customers(store, config) == 0
        upgrade(store, config)
        assert relink_customers(store, config) == 1
        assert store.get("posts", ["p1"])["p1"]["customer"]["link"] == link_id(handle, "c1")
        assert [one["state"] for one in store.scan("links")] == ["made"]
