import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from domain.errors import SourceRefused
from domain.post import Author, Deletion
from tests.support.cases_forums import LATER, SECRET, moment
from tests.support.cases_tickets import FakeZendesk, refuses, second
from tests.support.drained import drain
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}
EXPORT = "/api/v2/incremental/tickets/cursor.json"


@pytest.fixture
def fake(server):
    return FakeZendesk(server)


@pytest.fixture
def opened(server, clock):
    def opened(**settings):
        table = {"type": "zendesk", "site": server.url, "email": "agent@north.example", "allow_private": True}
        return open_source("desk", table | settings, clock=clock, environ={"EARSHOT_SOURCE_DESK_TOKEN": SECRET})

    return opened


def test_a_ticket_is_a_post_and_its_comments_reply_to_it(fake, opened, server):
    reply = fake.comment(5001, 7, author_id=4, html_body="<p>Is it <b>plugged</b> in?</p>")
    fake.add(5, reply, fake.comment(5002, 8, author_id=7, html_body=None, body="Pay with 4111 1111 1111 1111?"))
    posts, _, _, _ = drain(opened(brand="north"))
    host = server.url.removeprefix("http://")
    ticket, answer, friend = posts["5"], posts["5/5001"], posts["5/5002"]
    assert (ticket.source, ticket.instance, ticket.brand) == ("zendesk", host, "north")
    assert (ticket.title, ticket.text, ticket.parent_id) == ("Signal", "No signal, day 5", None)
    assert ticket.author == Author(id="9", handle="9")
    assert ticket.url == f"{server.url}/agent/tickets/5"
    assert ticket.created_at == datetime.fromtimestamp(second(moment(5)), tz=UTC)
    assert ticket.attributes == {
        "role": "customer",
        "channel": "email",
        "public": "true",
        "status": "open",
        "priority": "high",
        "tags": "outage, north",
        "satisfaction": "unoffered",
    }
    assert (answer.text, answer.title, answer.parent_id) == ("Is it plugged in?", None, "5")
    assert (answer.author, answer.attributes["role"]) == (Author(id="4"), "agent")
    assert (friend.text, friend.attributes["role"]) == ("Pay with [card number]?", "customer")


def test_more_comments_than_a_page_holds_all_come(fake, opened):
    fake.add(5, *(fake.comment(5000 + number, 10 + number) for number in range(1, 7)))
    assert len(drain(opened())[0]) == 7


def test_notes_of_agents_are_read_only_where_that_is_wanted(fake, opened):
    fake.add(5, fake.comment(5001, 7, author_id=4, public=False))
    assert set(drain(opened())[0]) == {"5"}
    assert set(drain(opened(notes=True))[0]) == {"5", "5/5001"}


def test_who_is_not_known_is_the_customer_only_if_the_ticket_is_theirs(fake, opened):
    fake.add(5, fake.comment(5001, 7, author_id=77), fake.comment(5002, 8, author_id=78), requester_id=77)
    posts = drain(opened())[0]
    assert [posts[key].attributes["role"] for key in ("5/5001", "5/5002")] == ["customer", "agent"]


def test_a_new_comment_comes_alone(fake, opened):
    fake.add(5)
    cursor = drain(opened())[3]
    fake.add(5, fake.comment(5001, 7), updated_at=LATER)
    assert set(drain(opened(), cursor)[0]) == {"5/5001"}


def test_a_deleted_ticket_takes_its_messages_with_it(fake, opened, server):
    fake.add(5)
    cursor = drain(opened())[3]
    fake.add(5, status="deleted", subject="SCRUBBED", updated_at=LATER)
    posts, deletions, _, _ = drain(opened(), cursor)
    host = server.url.removeprefix("http://")
    assert deletions == [Deletion(source="zendesk", instance=host, native_id="5", replies=True, final=False)]
    assert posts == {}


def test_a_ticket_that_goes_between_two_requests_is_passed_over(fake, opened):
    fake.add(5)
    fake.add(6)
    del fake.comments[5]
    assert set(drain(opened())[0]) == {"6"}


def test_exports_are_asked_for_ten_times_a_minute_and_comments_at_once(fake, opened, clock):
    for number in range(100):
        fake.add(number)
    drain(opened())
    assert clock.slept == pytest.approx([6.0, 6.0])


def test_a_cursor_that_expired_begins_again_where_it_was(fake, opened, server):
    for number in range(3):
        fake.add(number)
    cursor = drain(opened())[3]
    fake.add(9)
    server.asked.clear()
    server.trouble.append(refuses(400))
    posts = drain(opened(), cursor)[0]
    assert set(posts) == {"9"}
    starts = [asked.query["start_time"] for asked in server.asked if "start_time" in asked.query]
    assert starts == [str(second(moment(2)))]


def test_a_source_that_forgets_every_cursor_is_not_asked_forever(fake, opened):
    for number in range(100):
        fake.add(number)
    fake.forgets = True
    with pytest.raises(SourceRefused, match="answered 400"):
        drain(opened())


def test_the_first_collection_goes_back_as_far_as_it_is_told(fake, opened, server, clock):
    fake.add(5)
    drain(opened(since_days=0))
    assert server.asked[0].query["start_time"] == "0"
    server.asked.clear()
    drain(opened(since_days=1))
    day = timedelta(days=1)
    assert server.asked[0].query["start_time"] == str(int((clock.now() - day).timestamp()))


def test_an_oauth_token_needs_no_user(fake, opened):
    fake.shown = f"Bearer {SECRET}"
    fake.add(5)
    assert set(drain(opened(email=""))[0]) == {"5"}


@pytest.mark.parametrize("ticket", [None, {}, {"id": 5}, {"status": "open"}])
def test_what_is_no_ticket_is_named(server, opened, ticket):
    export = json.dumps({"tickets": [ticket], "end_of_stream": True}).encode()
    server.answer = lambda asked: Says(headers=JSON, body=export if asked.path == EXPORT else b'{"comments": []}')
    posts, _, unreadable, _ = drain(opened())
    assert posts == {}
    assert len(unreadable) == 1


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"tickets": null}'])
def test_something_else_than_tickets_is_refused(server, opened, body):
    server.answer = lambda asked: Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list of tickets"):
        drain(opened())
