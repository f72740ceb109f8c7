import pytest

from collectors.catalog import open_source
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author, Deletion
from tests.support.cases_forums import LATER, SECRET, moment
from tests.support.cases_tickets import FakeFreshdesk
from tests.support.drained import drain
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake(server):
    return FakeFreshdesk(server)


@pytest.fixture
def opened(server, clock):
    def opened(**settings):
        table = {"type": "freshdesk", "site": server.url, "allow_private": True} | settings
        return open_source("desk", table, clock=clock, environ={"EARSHOT_SOURCE_DESK_API_KEY": SECRET})

    return opened


def test_a_ticket_is_a_post_and_its_conversations_reply_to_it(fake, opened, server):
    again = fake.conversation(8, 7, user_id=9, incoming=True, body_text=None, body="<p>Yes &amp; no</p>")
    fake.add(3, fake.conversation(7, 6), again)
    posts, _, _, _ = drain(opened(brand="north"))
    ticket, answer, customer = posts["3"], posts["3/7"], posts["3/8"]
    host = server.url.removeprefix("http://")
    assert (ticket.source, ticket.instance, ticket.brand) == ("freshdesk", host, "north")
    assert (ticket.title, ticket.text, ticket.parent_id) == ("Signal", "No signal, day 3", None)
    assert (ticket.author, ticket.url) == (Author(id="9", handle="9"), f"{server.url}/a/tickets/3")
    assert ticket.attributes == {
        "role": "customer",
        "channel": "email",
        "status": "open",
        "priority": "high",
        "tags": "outage",
    }
    assert (answer.text, answer.parent_id, answer.author) == ("Is it plugged in?", "3", Author(id="4"))
    assert answer.attributes == {"role": "agent", "public": "true"}
    assert (customer.text, customer.attributes["role"]) == ("Yes & no", "customer")


@pytest.mark.parametrize("nothing", [{"description_text": None, "description": None}, {"description_text": None}])
def test_a_ticket_without_a_description_keeps_its_subject_and_its_replies(fake, opened, nothing):
    empty = fake.conversation(8, 7, body_text=None, body=None)
    fake.add(3, fake.conversation(7, 6), empty, **nothing)
    posts, _, unreadable, _ = drain(opened())
    assert sorted(posts) == ["3", "3/7", "3/8"]
    assert (posts["3"].title, posts["3/7"].text, posts["3/8"].text) == ("Signal", "Is it plugged in?", "")
    assert not unreadable


@pytest.mark.parametrize("broken", [{"created_at": "soon"}, {"description_text": 7}, {"requester_id": [1]}])
def test_what_is_wrong_with_a_ticket_takes_nothing_from_its_replies(fake, opened, broken):
    fake.add(3, fake.conversation(7, 6), **broken)
    posts, _, unreadable, _ = drain(opened())
    assert sorted(posts) == ["3/7"]
    assert len(unreadable) == 1


def test_a_ticket_that_an_agent_sent_out_is_the_agents_word(fake, opened):
    fake.add(3, source=10)
    ticket = drain(opened())[0]["3"]
    assert (ticket.author, ticket.attributes["role"]) == (Author(id="4"), "agent")


def test_statuses_of_ones_own_have_no_name(fake, opened):
    fake.add(3, status=12, source=99)
    assert "status" not in drain(opened())[0]["3"].attributes


def test_more_conversations_than_a_page_holds_all_come(fake, opened):
    fake.add(3, *(fake.conversation(number, 6) for number in range(1000, 1150)))
    assert len(drain(opened())[0]) == 151


def test_notes_of_agents_are_read_only_where_that_is_wanted(fake, opened):
    fake.add(3, fake.conversation(7, 6, private=True))
    assert set(drain(opened())[0]) == {"3"}
    assert set(drain(opened(notes=True))[0]) == {"3", "3/7"}


def test_deleted_tickets_take_their_messages_with_them_once_and_may_come_back(fake, opened, server):
    fake.add(3)
    cursor = drain(opened())[3]
    fake.add(3, deleted=True, updated_at=LATER)
    posts, deletions, _, cursor = drain(opened(), cursor)
    host = server.url.removeprefix("http://")
    assert deletions == [Deletion(source="freshdesk", instance=host, native_id="3", replies=True, final=False)]
    assert posts == {}
    assert drain(opened(), cursor)[:2] == ({}, [])


def test_spam_is_no_ticket(fake, opened):
    fake.add(3, spam=True)
    posts, deletions, _, _ = drain(opened())
    assert (posts, [one.native_id for one in deletions]) == ({}, ["3"])


def test_a_whole_page_of_one_second_is_counted_through(fake, opened, server):
    for number in range(250):
        fake.add(number, updated_at=moment(900))
    assert len(drain(opened())[0]) == 250
    pages = [asked.query["page"] for asked in server.asked if asked.query.get("order_type") == "asc"]
    assert pages == ["1", "1", "2", "3"]


def test_a_ticket_that_changes_meanwhile_hides_no_other(fake, opened):
    for number in range(150):
        fake.add(number)
    batches = opened().batches(None)
    first = next(batches)
    fake.add(0, updated_at=LATER)
    found = [post.native_id for batch in [first, *batches] for post in batch.posts]
    assert set(found) == {str(number) for number in range(150)}


def test_more_pages_than_are_shown_are_a_clear_error(fake, opened):
    place = {"since": 1, "skip": 300, "last": "1"}
    cursor = {f"{opened()._listings[0].key}": {"position": place}}
    with pytest.raises(SourceRefused, match="no more than 300 pages"):
        drain(opened(), cursor)


def test_the_next_request_waits_where_none_are_left(server, opened, clock):
    headers = JSON | {"X-RateLimit-Total": "50", "X-RateLimit-Remaining": "0"}
    server.answer = lambda asked: Says(headers=headers, body=b"[]")
    drain(opened())
    assert clock.slept == [60.0]


def test_patience_has_an_end(server, opened):
    server.answer = lambda asked: Says(status=429, headers=JSON | {"Retry-After": "3600"}, body=b"{}")
    with pytest.raises(SourceBusy) as caught:
        drain(opened())
    assert caught.value.retry_after_s == 3600


@pytest.mark.parametrize("body", [b"{}", b'"x"', b"null"])
def test_something_else_than_tickets_is_refused(server, opened, body):
    server.answer = lambda asked: Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list"):
        drain(opened())
