"""Groups of near-identical posts form as posts stream by, the same in every store."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ports import Batch
from domain.post import Deletion
from domain.questions import Filters, Page
from linking import copy_groups as copies
from linking.copies import bands
from linking.said import said
from pipeline.ingest import ingest
from tests.support.flows import START, ListCollector, flow_to, make_post

BEGINNING = "I have been a customer with Northwind for more than ten years now and they are "
DISGRACE, FANTASTIC = f"{BEGINNING}a disgrace, I hate them", f"{BEGINNING}fantastic, love them"
CUT = f"RT @ann: {BEGINNING[:60]}…"


@pytest.fixture
def flow(store):
    return flow_to(store)


def keep(flow, *pages, name="list"):
    """Let pages of texts, by native id, or of anything that is a page, through the flow."""
    collector = ListCollector(
        [
            page if isinstance(page, Batch) else [make_post(key, text, hour=int(key)) for key, text in page.items()]
            for page in pages
        ]
    )
    collector.name = name
    return ingest(collector, flow, lambda _page: None)


def groups(flow):
    """Return which posts are together, by native id, the first of each marked."""
    found = {}
    for post in flow.store.scan("posts", fields=("native_id", "copy")):
        found.setdefault(post["copy"]["key"], []).append(f"{post['native_id']}{'*' * post['copy']['first']}")
    return sorted(sorted(group) for group in found.values())


def once(flow):
    return sum(tally.total for tally in flow.store.count_by(Filters(once=True), ()))


def test_once_is_once_within_what_is_asked_for(flow):
    petition = "We the customers of Northwind want our money back for the days without any signal at all"
    keep(flow, {"1": petition, "30": petition, "31": petition, "32": "another thing that nobody else says at all here"})
    later = Filters(once=True, start=START + timedelta(hours=24))
    store = flow.store
    assert once(flow) == 2
    assert [one.total for one in store.count_by(later, ())] == [2]
    assert [one["native_id"] for one in store.search(later, order="oldest", page=Page()).documents] == ["30", "32"]
    assert sorted(one["native_id"] for one in store.scan("posts", filters=later)) == ["30", "32"]
    assert store.count_values("posts", "source", filters=later, limit=9) == [("forum", 2)]
    assert sum(one.total for one in store.count_by(replace(later, text="petition OR signal"), ("day",))) == 1
    # Within the first day the marked one stands for itself.
    first = Filters(once=True, end=START + timedelta(hours=24))
    assert [one["native_id"] for one in store.scan("posts", filters=first)] == ["1"]


@pytest.mark.parametrize("texts", [(DISGRACE, FANTASTIC), (FANTASTIC, DISGRACE)], ids=["blame-first", "praise-first"])
@pytest.mark.parametrize("pages", [1, 2])
def test_another_end_is_another_post_with_its_own_labels(flow, texts, pages):
    whole = {f"{n}": text for n, text in enumerate(texts, 1)}
    keep(flow, *([whole] if pages == 1 else [{key: text} for key, text in whole.items()]))
    assert groups(flow) == [["1*"], ["2*"]]
    labels = {post["text"]: post["sentiment"]["label"] for post in flow.store.scan("posts")}
    assert labels == {DISGRACE: "neutral", FANTASTIC: "positive"}


def test_posts_that_differ_in_a_number_are_as_many_as_they_are(flow):
    texts = {n: f"My speed with Northwind in Leeds tonight is {n} Mbit, as measured at home" for n in range(200)}
    keep(flow, texts, {1000 + n: f"RT @ann: {text}" for n, text in texts.items()})
    assert once(flow) == 200
    assert groups(flow) == sorted(sorted((f"{n}*", f"{1000 + n}")) for n in range(200))


def test_copies_over_pages_join_the_first(flow):
    keep(
        flow,
        {1: DISGRACE, 2: f"RT @ann: {DISGRACE}", 3: FANTASTIC},
        {4: DISGRACE.replace("customer", "custmoer"), 5: f"{FANTASTIC} #Northwind https://a.example/1", 6: CUT},
    )
    # The piece may be of either text.
    assert groups(flow) in ([["1*", "2", "4", "6"], ["3*", "5"]], [["1*", "2", "4"], ["3*", "5", "6"]])


@pytest.mark.parametrize("pages", [1, 4])
def test_a_piece_that_came_first_does_not_bring_different_texts_together(flow, pages):
    texts = [{1: CUT}, {2: DISGRACE}, {3: FANTASTIC}, {4: f"RT @joe: {DISGRACE}"}]
    keep(flow, *(texts if pages == 4 else [{key: text for page in texts for key, text in page.items()}]))
    assert groups(flow) == [["1*", "2", "4"], ["3*"]]


@pytest.mark.parametrize("size", [1, 3, 50])
def test_groups_are_the_same_wherever_pages_end(flow, size):
    chance = random.Random(11)
    texts = [
        text
        for place in ("Leeds", "York", "Hull", "Selby", "Goole", "Otley")
        for base in [f"Northwind has been down in {place} since this morning and nobody at all says why, I am furious"]
        for text in (
            base,
            f"RT @ann: {base}",
            base.replace("nobody", "nbody"),
            f"RT @a: {base[:70]}…",
            f"{base} #{place}",
        )
    ]
    chance.shuffle(texts)
    posts = list(enumerate(texts))
    keep(flow, *(dict(posts[start : start + size]) for start in range(0, len(posts), size)))
    by_place = {}
    for key, text in posts:
        by_place.setdefault(text.split(" in ")[1].split()[0], []).append(key)
    assert groups(flow) == sorted(
        sorted(f"{key}{'*' * (key == min(keys))}" for key in keys) for keys in by_place.values()
    )


def test_a_copy_that_comes_with_what_is_stored_already_joins_it(flow):
    keep(flow, {1: DISGRACE})
    keep(flow, {2: f"RT @ann: {DISGRACE}", 1: DISGRACE}, name="again")
    assert groups(flow) == [["1*", "2"]]


def gone(*keys):
    return Batch(deletions=tuple(Deletion(source="forum", native_id=str(key)) for key in keys))


def test_what_is_left_of_a_group_still_takes_copies(flow):
    keep(flow, {1: DISGRACE, 2: f"RT @ann: {DISGRACE}", 3: f"RT @joe: {DISGRACE}"}, gone(1), {4: DISGRACE})
    assert groups(flow) == [["2*", "3", "4"]]


def test_a_whole_text_is_followed_by_a_whole_text(flow):
    keep(flow, {1: CUT}, {2: DISGRACE, 3: f"{DISGRACE}!"}, gone(2), {4: FANTASTIC, 5: DISGRACE})
    assert groups(flow) == [["1*", "3", "5"], ["4*"]]


def test_an_edited_post_leaves_its_group(flow):
    keep(flow, {1: DISGRACE, 2: f"RT @ann: {DISGRACE}"}, {1: FANTASTIC}, {3: FANTASTIC, 4: DISGRACE})
    assert groups(flow) == [["1*", "3"], ["2*", "4"]]


def test_posts_without_number_that_begin_alike_make_no_page_dear(flow, monkeypatch):
    """Each post is compared with few others, and few are fetched: what comes later costs what came before."""
    compared, fetched = [], []
    real_alike, real_scan = copies.alike, flow.store.scan
    monkeypatch.setattr(copies, "alike", lambda one, other: compared.append(1) or real_alike(one, other))

    def scan(kind, *, fields=(), **chosen):
        found = list(real_scan(kind, fields=fields, **chosen))
        if fields == ("text", "copy"):
            fetched.append(found)
        return iter(found)

    monkeypatch.setattr(flow.store, "scan", scan)
    names = [
        f"{a}{b}{c}" for a in "bdfgklmn" for b in ("ana", "ope", "ulu", "ire") for c in ("tor", "lin", "mar", "sek")
    ]
    texts = [f"{BEGINNING}in all these years the very best for {name} Q{name}" for name in names]
    pages = [{n: text for n, text in enumerate(texts) if n % 4 == page} for page in range(4)]
    keep(flow, *pages)
    assert once(flow) == len(texts) == 128
    assert len(compared) <= copies.COMPARED * len(texts)
    shared = set(bands(said(texts[0]))) & set(bands(said(texts[1])))
    assert max(map(len, fetched)) <= copies.PER_BAND * len(shared) < 128 * 3 / 4
    again = len(compared)
    keep(flow, {1000 + n: f"RT @ann: {text}" for n, text in enumerate(texts)}, name="shares")
    assert once(flow) == 128
    assert len(compared) - again <= copies.COMPARED * len(texts)
