from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.catalog import open_source
from collectors.news.gdelt import normal_address, to_post
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author
from tests.support.cases_public import FakeGdelt, article, says, second, words
from tests.support.listening import listened
from tests.support.misbehaving import Says
from textquery.tree import Phrase


@pytest.fixture
def fake(server):
    return FakeGdelt(server)


@pytest.fixture
def opened(server, clock):
    def opened(queries=None, **settings):
        table = {"type": "gdelt", "api": server.url, "query": "north mobile", "allow_private": True} | settings
        return open_source("news", table, clock=clock, environ={}, brands=listened(queries))

    return opened


def numbers(batches):
    return sorted(int(post.native_id.rpartition("/")[2]) for batch in batches for post in batch.posts)


def seen(time):
    return f"{time:%Y%m%dT%H%M%SZ}"


def test_an_article_becomes_a_post():
    post = to_post(article(5))
    assert (post.source, post.instance, post.native_id) == ("gdelt", "", "news.example/5")
    assert (post.text, post.title, post.lang) == ("No signal, day 5", None, "en")
    assert post.created_at == datetime.fromtimestamp(second(5), tz=UTC)
    assert (post.url, post.author) == (article(5)["url"], Author(id="news.example", name="news.example"))
    assert post.attributes["country"] == "United Kingdom"
    assert "GDELT Project" in post.attributes["via"]


@pytest.mark.parametrize(
    "url",
    [
        "http://www.news.example/a/1/",
        "https://NEWS.example:443/a/1?utm_source=x&utm_medium=y#top",
        "https://news.example/a/1?fbclid=1",
    ],
)
def test_addresses_of_the_same_article_are_the_same(url):
    assert normal_address(url) == "news.example/a/1"


def test_what_tells_articles_apart_stays():
    assert normal_address("https://n.example:8080/a?id=1&utm_id=2") == "n.example:8080/a?id=1"
    assert normal_address("https://n.example/A") != normal_address("https://n.example/a")


@given(st.text())
def test_no_address_breaks_more_than_its_own_article(text):
    with suppress(ValueError):
        assert normal_address(f"https://{text}")


def test_a_stretch_with_too_many_articles_is_halved(server, clock, fake, opened):
    start = clock.now() - timedelta(days=20)
    fake.add(*(article(number, seendate=seen(start + timedelta(minutes=number))) for number in range(2000)))
    assert numbers(opened().batches(None)) == list(range(2000))
    assert len(server.asked) < 60


def test_what_a_quarter_of_an_hour_does_not_show_is_named(fake, opened):
    fake.add(*(article(number, seendate=seen(datetime.fromtimestamp(second(0), tz=UTC))) for number in range(300)))
    fake.add(article(400, seendate="20261112T101500Z"))
    batches = list(opened().batches(None))
    assert len(numbers(batches)) == 251
    [error] = [error for batch in batches for error in batch.unreadable]
    assert "the others are not shown" in error.reason


def test_no_more_than_three_months_are_asked_for_and_not_too_fast(server, clock, fake, opened):
    fake.add(*(article(number, seendate=seen(clock.now() - timedelta(hours=number))) for number in range(400)))
    assert len(numbers(opened(since_days=0).batches(None))) == 400
    starts = [asked.query["startdatetime"] for asked in server.asked]
    assert min(starts) == f"{clock.now() - timedelta(days=90):%Y%m%d}" + starts[0][8:]
    assert clock.slept
    assert set(clock.slept) == {6.0}


def test_an_answer_that_resumes_asks_for_the_overlap_only(server, clock, fake, opened):
    fake.add(article(5))
    [batch] = opened(overlap_hours=1).batches(None)
    server.asked.clear()
    assert list(opened(overlap_hours=1).batches(batch.cursor)) == []
    [asked] = server.asked
    assert asked.query["startdatetime"] == f"{datetime.fromtimestamp(second(5) - 3600, tz=UTC):%Y%m%d%H%M%S}"


def test_being_too_fast_is_waited_for(server, clock, fake, opened):
    fake.add(article(5))
    server.trouble.append(words("Please limit requests to one every 5 seconds or contact somebody."))
    server.trouble.append(words("<html><body>This must be a proxy</body></html>"))
    assert numbers(opened().batches(None)) == [5]
    assert sum(clock.slept) == pytest.approx(12)


@pytest.mark.parametrize(
    "said",
    [
        "Your query was too short or too long.",
        "Invalid/Unsupported Country.",
        "Queries containing OR'd terms must be surrounded by ().",
    ],
)
def test_being_wrong_is_a_no_at_once(server, clock, opened, said):
    server.answer = lambda asked: words(said)
    with pytest.raises(SourceRefused, match="does not take the request"):
        list(opened().batches(None))
    assert not clock.slept


def test_words_that_do_not_end_are_busy(server, opened):
    server.answer = lambda asked: words("Please limit requests.", kind="text/plain")
    with pytest.raises(SourceBusy, match="too many requests"):
        list(opened().batches(None))


def test_backslashes_and_line_breaks_in_titles_break_nothing(server, opened):
    body = says({"articles": [article(5, title="TITLE")]}).body.replace(
        b"TITLE", b'It\\\'s a \\\\ day\n\\u00e9 \\"x\\"'
    )
    server.answer = lambda asked: Says(headers={"Content-Type": "application/json"}, body=body)
    [batch] = opened().batches(None)
    assert batch.posts[0].text == 'It\\\'s a \\ day\né "x"'


def test_an_article_that_names_a_brand_only_in_its_text_is_left_out(server, fake, opened):
    fake.add(article(1, title="North Mobile is down"), article(2, title="Masts are down"))
    queries = {"north": Phrase(("north", "mobile"))}
    assert numbers(opened(queries, query="").batches(None)) == [1]
    assert server.asked[0].query["query"] == '"north mobile"'
    assert numbers(opened(queries, everything=True).batches(None)) == [1, 2]


@pytest.mark.parametrize("document", [[], {"articles": 5}])
def test_something_else_than_articles_is_refused(server, opened, document):
    server.answer = lambda asked: says(document)
    with pytest.raises(SourceRefused, match="not a list of articles"):
        list(opened().batches(None))
