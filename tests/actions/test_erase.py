"""What was deleted is gone with everything derived from it, and a late copy does not bring it back."""

from dataclasses import replace

import pytest

from actions import erase as erasing
from domain.correction import Correction, correction_document, text_fingerprint
from domain.documents import canonical_json
from domain.ports import Batch
from domain.post import Deletion
from domain.questions import Filters
from domain.terms import Terms
from pipeline.ingest import keep_page
from tests.support.clock import FakeClock
from tests.support.flows import START, everything, flow_to, make_post

LONG = "we have had no signal at all in the whole village since early this morning"
OF_A_POST = Deletion(source="forum", native_id="1")
OF_AN_AUTHOR = Deletion(source="forum", author_id="eve")
OPEN = Terms()
KINDS = ("posts", "corrections", "reports", "tombstones")


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite", clock=FakeClock())
    yield flow
    flow.store.close()


def keep(flow, *posts, deletions=(), terms=OPEN):
    return keep_page("list", Batch(posts=posts, deletions=deletions), terms, flow)


def ids(store, kind="posts"):
    return [document["id"] for document in store.scan(kind)]


@pytest.mark.parametrize("deletion", [OF_A_POST, OF_AN_AUTHOR], ids=["post", "author"])
def test_a_late_copy_does_not_come_in_and_is_not_read(flow, deletion):
    keep(flow, make_post(1, author="eve"), make_post(2))
    assert keep(flow, deletions=(deletion,)).deleted == 1
    flow.enricher.read.clear()
    tally = keep(flow, make_post(1, "edited meanwhile", author="eve"), make_post(2))
    assert (tally.kept.added, tally.kept.unchanged) == (0, 1)
    assert ids(flow.store) == [make_post(2).id]
    assert flow.enricher.read == []


def test_an_author_who_left_is_another_than_their_namesake_elsewhere(flow):
    keep(flow, make_post(0, author="eve"))
    keep(flow, deletions=(OF_AN_AUTHOR,))
    namesake = make_post(1, author="eve", instance="other.example")
    assert keep(flow, namesake, make_post(2, author="eve")).kept.added == 1
    assert ids(flow.store) == [namesake.id]


def test_a_ticket_takes_its_messages_with_it_and_no_others(flow):
    elsewhere = make_post(3, parent_id="1", instance="other.example")
    keep(flow, make_post(1), make_post("1/2", parent_id="1"), elsewhere, make_post("4/5", parent_id="4"))
    assert keep(flow, deletions=(replace(OF_A_POST, replies=True),)).deleted == 2
    assert set(ids(flow.store)) == {elsewhere.id, make_post("4/5").id}


def test_a_post_leaves_its_replies_behind(flow):
    keep(flow, make_post(1), make_post(2, parent_id="1"))
    assert keep(flow, deletions=(OF_A_POST,)).deleted == 1
    assert ids(flow.store) == [make_post(2).id]


def test_a_tombstone_says_nothing_without_the_key(flow):
    keep(flow, make_post(1, author="eve"), deletions=(OF_A_POST, OF_AN_AUTHOR))
    stones = list(flow.store.scan("tombstones"))
    assert len(stones) == 2
    assert all(stone.keys() == {"id", "at", "source"} for stone in stones)
    assert make_post(1).id not in canonical_json(stones)
    assert "eve" not in canonical_json(stones)


def test_a_tombstone_keeps_its_time(flow):
    keep(flow, deletions=(OF_A_POST,))
    before = list(flow.store.scan("tombstones"))
    flow.clock.sleep(3600)
    keep(flow, deletions=(OF_A_POST,))
    assert list(flow.store.scan("tombstones")) == before


@pytest.mark.parametrize(
    ("deletion", "terms"),
    [(Deletion(source="forum", native_id="1", final=False), Terms()), (OF_A_POST, Terms(tombstone=False))],
    ids=["not-final", "not-allowed"],
)
def test_without_a_tombstone_a_post_may_come_back(flow, deletion, terms):
    keep(flow, make_post(1))
    assert keep(flow, deletions=(deletion,), terms=terms).deleted == 1
    assert ids(flow.store, "tombstones") == []
    assert keep(flow, make_post(1)).kept.added == 1


def test_posts_of_an_author_deleted_in_the_same_page_never_arrive(flow):
    switched_off = Deletion(source="forum", author_id="eve", final=False)
    keep(flow, make_post(1, author="eve"), make_post(2), deletions=(switched_off,))
    assert ids(flow.store) == [make_post(2).id]


def fill(flow):
    """Keep two copies of a text, and what was made of the first: a correction, a report with its words."""
    keep(flow, make_post(1, LONG, author="eve"), make_post(2, LONG, hour=1), make_post(3, "all great"))
    first, other = make_post(1).id, make_post(3).id
    post = flow.store.get("posts", [first])[first]
    said = [Correction(post_id=key, fingerprint=text_fingerprint(post), at=START, irony=True) for key in (first, other)]
    flow.store.upsert("corrections", [correction_document(one) for one in said])
    content = {
        "topics": [{"topic": "t", "examples": [{"post_id": key, "text": f"words of {key}"} for key in (first, other)]}],
        "copied": [{"copy": "k", "copies": 5, "post_id": first, "text": "words of many"}],
        "posts": 3,
    }
    report = {"id": "weekly-2026-W10", "kind": "weekly", "content": content, "quoted": sorted((first, other))}
    flow.store.upsert("reports", [report, {"id": "weekly-2026-W11", "kind": "weekly", "content": {"posts": 0}}])


def test_nothing_that_was_made_of_it_is_left(flow):
    fill(flow)
    keep(flow, deletions=(OF_A_POST,))
    other = make_post(3).id
    assert [one["post_id"] for one in flow.store.scan("corrections")] == [other]
    report = flow.store.get("reports", ["weekly-2026-W10"])["weekly-2026-W10"]
    assert report["quoted"] == [other]
    assert report["content"] == {
        "topics": [{"topic": "t", "examples": [{"post_id": other, "text": f"words of {other}"}]}],
        "copied": [{"copy": "k", "copies": 5}],
        "posts": 3,
    }
    assert sum(tally.total for tally in flow.store.count_by(Filters(once=True), ())) == 2
    left = canonical_json([list(flow.store.scan(kind)) for kind in KINDS])
    assert make_post(1).id not in left


class KilledError(Exception):
    """Stands for the end of the process."""


STEPS = ("pass_on_first", "forget_corrections", "forget_quotes")


@pytest.mark.parametrize("deletion", [OF_A_POST, OF_AN_AUTHOR], ids=["post", "author"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_halfway_and_done_again_it_ends_the_same(flow, tmp_path, monkeypatch, deletion, step, after):
    whole = flow_to(tmp_path / "whole.sqlite", clock=FakeClock())
    for one in (flow, whole):
        fill(one)
    keep(whole, deletions=(deletion,))
    real = getattr(erasing, step)

    def dies(store, found):
        if after:
            real(store, found)
        raise KilledError

    monkeypatch.setattr(erasing, step, dies)
    with pytest.raises(KilledError):
        keep(flow, deletions=(deletion,))
    monkeypatch.undo()
    keep(flow, deletions=(deletion,))
    assert everything(flow.store) == everything(whole.store)
    for kind in KINDS:
        assert list(flow.store.scan(kind)) == list(whole.store.scan(kind))
    whole.store.close()


def test_more_posts_of_an_author_than_a_page_go(flow, monkeypatch):
    monkeypatch.setattr(erasing, "PAGE", 3)
    keep(flow, *(make_post(n, f"post number {n}", author="eve") for n in range(10)), make_post(11))
    assert keep(flow, deletions=(OF_AN_AUTHOR,)).deleted == 10
    assert ids(flow.store) == [make_post(11).id]


class CountingStore:
    """A store that counts how often all posts are looked through."""

    def __init__(self, store):
        self._store = store
        self.scans = 0

    def __getattr__(self, name):
        return getattr(self._store, name)

    def scan(self, kind, **chosen):
        self.scans += kind == "posts"
        return self._store.scan(kind, **chosen)


def test_many_authors_are_looked_for_together(flow):
    keep(flow, make_post(1, author="eve"), make_post(2, author="bob"), make_post(3, author="zoe"))
    store = CountingStore(flow.store)
    gone = [Deletion(source="forum", author_id=f"nobody{n}") for n in range(400)]
    gone += [Deletion(source="forum", author_id="eve"), Deletion(source="forum", author_id="bob")]
    assert erasing.erase(store, gone, flow.tombstones) == 2
    assert store.scans == 2
    assert ids(flow.store) == [make_post(3).id]
    assert len(ids(flow.store, "tombstones")) == 2


def test_a_post_without_author_is_kept(flow):
    keep(flow, deletions=(OF_AN_AUTHOR,))
    assert keep(flow, replace(make_post(1), author=None), make_post(2)).kept.added == 2


def test_a_network_that_tells_of_all_its_deletions_leaves_nothing_behind(flow):
    keep(flow, deletions=(Deletion(source="forum", native_id="77"), Deletion(source="forum", author_id="nobody")))
    assert not list(flow.store.scan("tombstones"))
