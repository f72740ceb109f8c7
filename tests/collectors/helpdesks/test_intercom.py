import pytest

from collectors.catalog import open_source
from domain.errors import SourceRefused
from domain.post import Author, Deletion
from tests.support.cases_forums import LATER, SECRET, moment
from tests.support.cases_tickets import FakeIntercom, refuses, second
from tests.support.drained import drain
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake(server):
    return FakeIntercom(server)


@pytest.fixture
def opened(server, clock):
    def opened(**settings):
        table = {"type": "intercom", "workspace": "w1", "api": server.url, "allow_private": True} | settings
        return open_source("chat", table, clock=clock, environ={"EARSHOT_SOURCE_CHAT_TOKEN": SECRET})

    return opened


def searches(server):
    """Return the seconds that searches began from, and where they went on."""
    asked = [one.document for one in server.asked if one.path == "/conversations/search"]
    return [(one["query"]["value"][0]["value"], one["pagination"].get("starting_after")) for one in asked]


def test_a_conversation_is_a_post_and_its_parts_reply_to_it(fake, opened):
    bot = fake.part(3, 7, author={"type": "bot", "id": "5"}, body="One moment")
    fake.add(1, fake.part(2, 6), bot, conversation_rating={"rating": 2, "remark": None})
    posts, _, _, _ = drain(opened(brand="north"))
    first, answer, machine = posts["1"], posts["1/2"], posts["1/3"]
    assert (first.source, first.instance, first.brand) == ("intercom", "w1", "north")
    assert (first.title, first.text, first.parent_id) == ("Signal", "No signal, day 1", None)
    assert first.author == Author(id="u9", handle="u9", is_bot=False)
    assert first.url == "https://app.intercom.com/a/inbox/w1/inbox/conversation/1"
    assert first.attributes == {
        "role": "customer",
        "status": "open",
        "channel": "email",
        "tags": "outage",
        "satisfaction": "2",
    }
    assert (answer.text, answer.title, answer.parent_id) == ("Is it plugged in?", None, "1")
    assert answer.attributes == {"role": "agent", "type": "comment"}
    assert answer.author == Author(id="4", is_bot=False)
    assert (machine.author.is_bot, machine.attributes["role"]) == (True, "agent")


def test_a_remark_on_the_help_is_a_rated_post(fake, opened):
    rating = {"rating": 1, "remark": "Nobody came", "created_at": second(moment(8)), "contact": {"id": "u9"}}
    fake.add(1, conversation_rating=rating)
    remark = drain(opened())[0]["1/rating"]
    assert (remark.text, remark.rating, remark.parent_id) == ("Nobody came", 1.0, "1")
    assert remark.author.handle == "u9"


def test_what_has_no_words_is_no_post_and_notes_are_for_those_who_want_them(fake, opened):
    note = fake.part(3, 7, part_type="note", body="Angry")
    fake.add(1, fake.part(2, 6, part_type="close", body=None), note)
    assert set(drain(opened())[0]) == {"1"}
    assert set(drain(opened(notes=True))[0]) == {"1", "1/3"}


def test_what_was_redacted_is_deleted(fake, opened):
    fake.add(1, fake.part(2, 6), fake.part(3, 7))
    cursor = drain(opened())[3]
    fake.conversations[1]["parts"][0] |= {"redacted": True, "body": None}
    source = fake.conversations[1]["source"] | {"redacted": True, "body": None}
    fake.add(1, source=source, updated_at=second(LATER))
    posts, deletions, _, _ = drain(opened(), cursor)
    assert posts == {}
    assert deletions == [Deletion(source="intercom", instance="w1", native_id=one) for one in ("1", "1/2")]


def test_deleted_conversations_take_their_parts_with_them_once(fake, opened, clock):
    fake.add(1)
    cursor = drain(opened())[3]
    del fake.conversations[1]
    long_ago = clock.now().timestamp() - 86400 * 90
    fake.deleted = [{"id": "1", "type": "conversation", "deleted_at": second(LATER), "metrics_retained": False}]
    fake.deleted += [{"id": str(number), "deleted_at": int(long_ago) + number} for number in range(2, 150)]
    posts, deletions, _, cursor = drain(opened(), cursor)
    gone = [one.native_id for one in deletions if one.replies]
    assert posts == {}
    assert gone[0] == "1"
    assert len(gone) == 120, "pages that are all older than what is wanted are not turned"
    assert drain(opened(), cursor)[1] == []


def test_a_conversation_that_goes_between_two_requests_is_passed_over(fake, opened, server):
    fake.add(1)
    fake.add(2)
    calm = server.answer
    server.answer = lambda asked: Says(status=404) if asked.path == "/conversations/1" else calm(asked)
    assert set(drain(opened())[0]) == {"2"}


def test_the_next_walk_begins_a_little_earlier(fake, opened, server):
    fake.add(1000)
    cursor = drain(opened())[3]
    server.asked.clear()
    assert drain(opened(overlap_hours=0.5), cursor)[0] == {}
    assert searches(server) == [(second(moment(1000)) - 1800 - 1, None)]


def test_a_cursor_that_expired_begins_again_where_it_was(fake, opened, server):
    for number in range(100):
        fake.add(number)
    first = next(iter(opened().batches(None)))
    server.asked.clear()
    server.trouble.append(refuses(400))
    posts = opened().batches(first.cursor)
    assert [post.native_id for post in next(posts).posts] == [str(number) for number in range(40, 79)]
    assert searches(server)[1] == (second(moment(39)) - 1, None)


def test_a_source_that_forgets_every_cursor_is_not_asked_forever(fake, opened):
    for number in range(150):
        fake.add(number)
    fake.forgets = True
    with pytest.raises(SourceRefused, match="answered 400"):
        drain(opened())


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"conversations": null}'])
def test_something_else_than_conversations_is_refused(server, opened, body):
    server.answer = lambda asked: Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list"):
        drain(opened())


@pytest.mark.parametrize("change", [{"source": {"body": "x"}}, {"source": 5}, {"created_at": "soon"}])
def test_what_is_no_conversation_is_named(fake, opened, change):
    fake.add(1, **change)
    posts, _, unreadable, _ = drain(opened())
    assert posts == {}
    assert [error.where.startswith("intercom w1 conversation") for error in unreadable] == [True]
