from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from collectors.catalog import open_source
from collectors.reviews.bazaarvoice import to_post
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import LATER, SECRET, moment
from tests.support.cases_reviews import FakeBazaarvoice, second
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake(server):
    return FakeBazaarvoice(server)


@pytest.fixture
def opened(server, clock):
    def opened(transport=None, **settings):
        table = {"type": "bazaarvoice", "client": "shop", "api": server.url, "allow_private": True} | settings
        environ = {"EARSHOT_SOURCE_REVIEWS_PASSKEY": SECRET}
        return open_source("reviews", table, clock=clock, environ=environ, http_transport=transport)

    return opened


def drain(collector, cursor=None):
    """Return the posts by id, the deletions, and the cursor behind all."""
    posts, deletions = {}, []
    for batch in collector.batches(cursor):
        posts |= {post.native_id: post for post in batch.posts}
        deletions += batch.deletions
        cursor = batch.cursor
    return posts, deletions, cursor


def test_a_review_becomes_a_post(fake):
    fake.add(5, LastModificationTime=LATER, ClientResponses=[{"Response": "Sorry"}], IsSyndicated=True)
    post = to_post(fake.reviews["5"], instance="shop", brand="north")
    assert (post.source, post.instance, post.native_id, post.brand) == ("bazaarvoice", "shop", "5", "north")
    assert (post.title, post.text, post.rating) == ("Router", "No signal, day 5", 2.0)
    assert (post.lang, post.place) == ("en", "Leeds")
    assert post.created_at == datetime.fromtimestamp(second(moment(5)), tz=UTC)
    assert post.edited_at is None, "votes move the time of change, too"
    assert post.author == Author(id="a1", name="Ann")
    assert post.metrics == Metrics(likes=3, replies=1)
    assert post.attributes == {"product": "P1", "source_client": "shop", "syndicated": "true"}


def test_stars_alone_are_a_review_and_other_ranges_become_five(fake):
    fake.add(5, ReviewText=None, Title=None, IsRatingsOnly=True, Rating=10, RatingRange=10)
    post = to_post(fake.reviews["5"], instance="shop", brand="")
    assert (post.text, post.title, post.rating) == ("", None, 5.0)


def test_a_copy_keeps_the_name_of_the_client_it_came_from(fake, opened):
    fake.add(5, IsSyndicated=True, SourceClient="maker")
    assert drain(opened())[0]["5"].attributes["source_client"] == "maker"


def test_what_is_moderated_away_is_deleted_and_may_come_back(fake, opened):
    fake.add(5)
    cursor = drain(opened())[2]
    fake.add(5, ModerationStatus="REJECTED", LastModificationTime=LATER)
    posts, deletions, _ = drain(opened(), cursor)
    assert posts == {}
    assert deletions == [Deletion(source="bazaarvoice", instance="shop", native_id="5", final=False)]


def test_slices_go_forward_by_the_time_of_change(fake, opened, server):
    for number in range(250):
        fake.add(number)
    assert len(drain(opened())[0]) == 250
    slices = [asked.query["Filter"] for asked in server.asked]
    assert slices[1:] == [f"LastModificationTime:gte:{second(moment(number))}" for number in (99, 198)]
    assert {asked.query["Offset"] for asked in server.asked} == {"0"}


def test_the_time_to_go_by_can_be_another(fake, opened, server):
    fake.add(5)
    drain(opened(time_field="SubmissionTime"))
    assert server.asked[0].query["Sort"] == "SubmissionTime:asc"
    assert server.asked[0].query["Filter"].startswith("SubmissionTime:gte:")


def test_all_filters_are_sent(opened):
    asked = []

    def answer(request):
        asked.append(parse_qs(urlsplit(str(request.url)).query))
        return httpx.Response(200, headers=JSON, json={"HasErrors": False, "Results": []})

    drain(opened(transport=httpx.MockTransport(answer), filters=["ProductId:eq:P1", "ContentLocale:eq:en_GB"]))
    assert asked[0]["Filter"][1:] == ["ProductId:eq:P1", "ContentLocale:eq:en_GB"]
    assert len(asked[0]["Filter"]) == 3


def test_reviews_are_asked_again_together(fake, opened, server):
    fake.add(5, ReviewText="Better now")
    batch = opened().recheck(["5", "6"])
    assert [(post.native_id, post.text) for post in batch.posts] == [("5", "Better now")]
    assert batch.deletions == (Deletion(source="bazaarvoice", instance="shop", native_id="6", final=False),)
    assert server.asked[0].query["Filter"] == "Id:eq:5,6"


def test_where_something_cannot_be_read_nothing_is_deleted(fake, opened):
    fake.add(5, Rating=None)
    batch = opened().recheck(["5", "6"])
    assert (batch.deletions, len(batch.unreadable)) == ((), 1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ERROR_REQUEST_LIMIT_REACHED", SourceBusy),
        ("ERROR_UNKNOWN", SourceBusy),
        ("ERROR_PARAM_INVALID_API_KEY", SourceRefused),
        ("ERROR_PARAM_INVALID_FILTER_ATTRIBUTE", SourceRefused),
    ],
)
def test_an_error_inside_a_200_is_an_error(fake, server, opened, code, kind):
    server.answer = lambda asked: fake.error(code, f"key {SECRET} is not good")
    with pytest.raises(kind, match=f"answered '{code}'") as caught:
        drain(opened())
    assert SECRET not in str(caught.value)


def test_an_error_that_passes_is_waited_for(fake, server, opened):
    fake.add(5)
    server.trouble.append(fake.error("ERROR_REQUEST_LIMIT_REACHED", "slow down"))
    assert set(drain(opened())[0]) == {"5"}


def test_the_next_request_waits_where_none_are_left(fake, server, opened, clock):
    for number in range(150):
        fake.add(number)
    calm = server.answer
    headers = JSON | {"X-Bazaarvoice-QPM-Allotted": "60", "X-Bazaarvoice-QPM-Current": "60"}
    server.answer = lambda asked: Says(headers=headers, body=calm(asked).body)
    drain(opened())
    assert clock.slept == [60.0]


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"Results": null}', b'{"HasErrors": true, "Errors": [1]}'])
def test_something_else_than_reviews_is_refused(server, opened, body):
    server.answer = lambda asked: Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match=r"not a list of reviews|without a name"):
        drain(opened())
