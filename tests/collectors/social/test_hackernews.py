from datetime import UTC, datetime

import pytest

from collectors.catalog import open_source
from collectors.social.hackernews import PAGE_SIZE, item_to_found, to_post
from domain.errors import ConfigurationError, SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_public import FakeHackerNews, hit, second
from tests.support.listening import listened
from tests.support.misbehaving import Says
from textquery.tree import Or, Phrase

JSON = {"Content-Type": "application/json"}
STORY = hit(
    7,
    title="North Mobile &amp; the mast",
    url="https://news.example/mast",
    comment_text=None,
    story_text=None,
    parent_id=None,
    points=12,
    num_comments=3,
)


@pytest.fixture
def fake(server):
    return FakeHackerNews(server)


@pytest.fixture
def opened(server, clock):
    def opened(queries=None, **settings):
        table = {"type": "hackernews", "search": server.url, "items": server.url, "allow_private": True} | settings
        return open_source("hn", table, clock=clock, environ={}, brands=listened(queries))

    return opened


def numbers(batches):
    return [int(post.native_id) for batch in batches for post in batch.posts]


def test_a_comment_becomes_a_post():
    post = to_post(hit(5, comment_text="No 4G &#x27;here&#x27;<p>again"))
    assert (post.source, post.instance, post.native_id, post.parent_id) == ("hackernews", "", "5", "40")
    assert (post.text, post.title) == ("No 4G 'here'\nagain", None)
    assert post.created_at == datetime.fromtimestamp(second(5), tz=UTC)
    assert post.author == Author(id="ann", handle="ann")
    assert post.url == "https://news.ycombinator.com/item?id=5"
    assert post.metrics == Metrics()


def test_a_story_has_a_title_or_is_one():
    link = to_post(STORY)
    assert (link.text, link.title) == ("North Mobile & the mast", None)
    assert (link.metrics, link.attributes) == (Metrics(likes=12, replies=3), {"link": "https://news.example/mast"})
    asked = to_post(STORY | {"story_text": "<p>Is it down?"})
    assert (asked.text, asked.title) == ("Is it down?", "North Mobile & the mast")


def test_the_site_tells_the_same_of_an_item_as_the_search():
    item = {"id": 5, "type": "comment", "by": "ann", "time": second(5), "text": "No signal, day 5", "parent": 40}
    assert item_to_found(item) == to_post(hit(5))
    story = {"id": 7, "type": "story", "by": "ann", "time": second(7), "score": 12, "descendants": 3}
    assert item_to_found(story | {"title": STORY["title"], "url": STORY["url"]}) == to_post(STORY)


def test_what_is_gone_is_deleted_and_what_was_flagged_away_may_come_back(fake, opened):
    gone, dead = {"id": 1, "deleted": True, "time": second(1)}, {"id": 2, "dead": True, "by": "ann", "time": second(2)}
    fake.items |= {"1": gone, "2": dead, "3": {"id": 3, "by": "ann", "time": second(3), "text": "Still here"}}
    batch = opened(query="north").recheck(["1", "2", "3", "4"])
    assert batch.deletions == (
        Deletion(source="hackernews", native_id="1"),
        Deletion(source="hackernews", native_id="2", final=False),
    )
    assert [post.text for post in batch.posts] == ["Still here"]


def test_more_hits_than_a_search_shows_are_all_found(server, fake, opened):
    fake.add(*(hit(number, created_at_i=second(0) + number // 30) for number in range(1500)))
    assert sorted(numbers(opened(query="north").batches(None))) == list(range(1500))
    assert len(server.asked) < 30


def test_more_hits_in_one_second_than_a_page_holds_do_not_stop_the_walk(fake, opened):
    fake.add(*(hit(number, created_at_i=second(60)) for number in range(100, 130 + PAGE_SIZE)), hit(5))
    found = numbers(opened(query="north").batches(None))
    assert (len(found), found[-1]) == (PAGE_SIZE + 1, 5)


def test_only_what_is_not_read_yet_is_asked_for(server, fake, opened):
    fake.add(hit(5))
    [batch] = opened(query="north", overlap_hours=1).batches(None)
    server.asked.clear()
    assert list(opened(query="north", overlap_hours=1).batches(batch.cursor)) == []
    assert [asked.query["numericFilters"] for asked in server.asked] == [f"created_at_i>={second(5) - 3600}"]


def test_each_brand_is_searched_and_what_was_found_loosely_is_left_out(server, fake, opened):
    fake.add(hit(1, comment_text="North Mobile is down"), hit(2, comment_text="Go north, be mobile"))
    queries = {"north": Or((Phrase(("north", "mobile")), Phrase(("northmobile",))))}
    assert set(numbers(opened(queries).batches(None))) == {1}
    assert {asked.query["query"] for asked in server.asked} == {'"north mobile"', "northmobile"}
    assert set(numbers(opened(queries, everything=True).batches(None))) == {1, 2}


def test_without_a_query_and_without_a_brand_there_is_nothing_to_search_for(opened):
    with pytest.raises(ConfigurationError, match=r"\[source.hn\].*brand"):
        opened()


@pytest.mark.parametrize("body", [b"[]", b'{"message": "no"}', b'{"hits": 5}'])
def test_something_else_than_hits_is_refused(server, opened, body):
    server.answer = lambda asked: Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list of hits"):
        list(opened(query="north").batches(None))


def test_one_broken_hit_breaks_no_other(fake, opened):
    fake.add(hit(1), hit(2, author=5), hit(3, comment_text=None), hit(4, points="many"))
    [batch] = opened(query="north").batches(None)
    assert numbers([batch]) == [1, 4]
    assert [error.where for error in batch.unreadable] == ["hackernews item '3'", "hackernews item '2'"]


def test_a_search_that_is_busy_says_so(server, opened):
    server.answer = lambda asked: Says(status=429)
    with pytest.raises(SourceBusy, match="slow down"):
        list(opened(query="north").batches(None))
