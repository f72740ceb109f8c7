"""What may be in a post, and what becomes of a text without an end."""

import dataclasses
from datetime import UTC, datetime

import pytest

from domain.documents import to_document
from domain.post import MAX_CHARACTERS, Author, Deletion, Metrics, Post

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def post(**fields):
    return Post(**{"source": "forum", "native_id": "1", "text": "No signal", "created_at": AT} | fields)


def test_a_text_that_is_too_long_is_cut_and_the_post_says_so():
    whole, cut = post(text="x" * MAX_CHARACTERS), post(text="x" * (MAX_CHARACTERS + 1), attributes={"thread": "7"})
    assert (whole.is_cut, whole.attributes, len(whole.text)) == (False, {}, MAX_CHARACTERS)
    assert (cut.is_cut, len(cut.text)) == (True, MAX_CHARACTERS)
    assert to_document(cut)["attributes"] == {"thread": "7", "cut_from": str(MAX_CHARACTERS + 1)}


def test_what_was_cut_is_cut_once():
    cut = post(text="x" * 1_000_000)
    assert dataclasses.replace(cut, url="https://a.example/1").attributes == {"cut_from": "1000000"}


def test_a_title_is_cut_too_and_its_post_is_whole():
    titled = post(title="x" * 70_000)
    assert (len(titled.title), titled.attributes, titled.is_cut) == (MAX_CHARACTERS, {"title_cut_from": "70000"}, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"native_id": None},
        {"native_id": ""},
        {"native_id": 7},
        {"text": None},
        {"text": "half \ud83d of a pair"},
        {"url": ["https://a.example"]},
        {"title": {"en": "x"}},
        {"parent_id": 7},
        {"shared_id": []},
        {"lang": 5},
        {"brand": True},
        {"place": {"city": "Leeds"}},
        {"instance": None},
        {"mentions": ("ann", None)},
        {"rating": "5"},
        {"rating": float("nan")},
        {"created_at": None},
        {"created_at": datetime(2026, 11, 20)},  # noqa: DTZ001 - that is what is wrong with it
        {"edited_at": "yesterday"},
        {"attributes": {"link": ["a"]}},
        {"attributes": {"\udc00": "a"}},
    ],
    ids=str,
)
def test_what_is_of_another_kind_makes_no_post(fields):
    with pytest.raises(ValueError, match=r"is no|is none|has no|no number|neither yes|can't encode"):
        post(**fields)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Author, {"id": None}),
        (Author, {"id": "7", "handle": ["ann"]}),
        (Author, {"id": "7", "followers": "many"}),
        (Author, {"id": "7", "is_bot": "no"}),
        (Metrics, {"likes": "3"}),
        (Metrics, {"likes": 10**30}),
        (Metrics, {"views": True}),
        (Deletion, {"source": "x", "native_id": {"id": "7"}}),
        (Deletion, {"source": "x", "author_id": 7}),
    ],
)
def test_nor_an_author_nor_counts_nor_a_deletion(kind, fields):
    with pytest.raises(ValueError, match=r"is no|is none|has no|no number|neither yes|can't encode"):
        kind(**fields)
