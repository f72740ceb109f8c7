"""Transcripts of Zendesk's chats."""

from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from domain.errors import SourceRefused
from domain.post import Author
from tests.support.cases_forums import SECRET, says
from tests.support.cases_tickets import FakeZendesk
from tests.support.drained import drain

CHATS = "/api/v2/chat/incremental/chats"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class FakeChats:
    """A helpdesk without tickets, whose chats are shown by when they ended, a thousand at once."""

    def __init__(self, server):
        self.chats = {}
        tickets = FakeZendesk(server).answer
        server.answer = lambda asked: self.export(asked.query) if asked.path == CHATS else tickets(asked)

    def add(self, number, *said, **changes):
        ended = NOON + timedelta(seconds=number)
        self.chats[number] = {
            "id": f"26.{number}",
            "type": "chat",
            "timestamp": ended.isoformat(),
            "visitor": {"id": "v9", "name": "Ann"},
            "zendesk_ticket_id": 5,
            "rating": "good",
            "history": [
                {"type": "chat.memberjoin", "name": "Ann", "timestamp": ended.isoformat()},
                *({"type": "chat.msg", "timestamp": ended.isoformat(), "msg_id": str(n), **one} for n, one in said),
            ],
        } | changes

    def export(self, query):
        start, last = int(query["start_time"]), query.get("start_id", "")
        behind = [n for n in sorted(self.chats) if (self.second(n), f"{n:05}") > (start - (not last), last)]
        page = behind[: int(query["limit"])]
        ends = {"end_time": self.second(page[-1]), "end_id": f"{page[-1]:05}"} if page else {}
        return says({"chats": [self.chats[n] for n in page], "count": len(page), **ends})

    def second(self, number):
        return int((NOON + timedelta(seconds=number)).timestamp())


def says_visitor(text, number=1):
    """Return a message of the visitor."""
    return number, {"sender_type": "Visitor", "name": "Ann", "msg": text}


@pytest.fixture
def fake(server):
    return FakeChats(server)


@pytest.fixture
def opened(server, clock):
    def opened(**settings):
        table = {"type": "zendesk", "site": server.url, "email": "agent@north.example", "allow_private": True}
        environ = {"EARSHOT_SOURCE_DESK_TOKEN": SECRET}
        return open_source("desk", table | {"chats": True} | settings, clock=clock, environ=environ)

    return opened


def test_a_chat_is_a_post_and_what_is_said_then_replies_to_it(fake, opened):
    answer = (2, {"sender_type": "Agent", "nick": "agent:77", "msg": "Is it plugged in?"})
    fake.add(1, says_visitor("No signal, pay with 4111 1111 1111 1111"), answer)
    posts, _, _, _ = drain(opened(brand="north"))
    first, reply = posts["chat/26.1"], posts["chat/26.1/2"]
    assert (first.text, first.author, first.brand) == (
        "No signal, pay with [card number]",
        Author(id="v9", handle="v9"),
        "north",
    )
    assert first.attributes == {"role": "customer", "channel": "chat", "ticket": "5", "satisfaction": "good"}
    assert (reply.text, reply.parent_id, reply.author) == ("Is it plugged in?", "chat/26.1", Author(id="agent:77"))
    assert len(posts) == 2


def test_who_found_nobody_left_a_message(fake, opened):
    fake.add(1, history=[], message="Call me back", type="offline_msg")
    assert drain(opened())[0]["chat/26.1"].text == "Call me back"


def test_more_chats_than_one_answer_holds_all_come_and_nothing_twice(fake, opened):
    for number in range(1_003):
        fake.add(number, says_visitor(f"No signal {number}"))
    posts, cursor = {}, None
    for batch in opened().batches(None):
        posts |= {post.native_id: post for post in batch.posts}
        cursor = batch.cursor
    assert len(posts) == 1_003
    fake.add(2_000, says_visitor("again"))
    assert [post.native_id for batch in opened().batches(cursor) for post in batch.posts] == ["chat/26.2000"]


def test_a_deleted_chat_takes_its_messages_with_it(fake, opened):
    fake.add(1, deleted=True)
    [deletion] = [one for batch in opened().batches(None) for one in batch.deletions]
    assert (deletion.native_id, deletion.replies) == ("chat/26.1", True)


def test_a_broken_chat_is_named_and_the_rest_comes(fake, opened):
    fake.add(1, history="broken")
    fake.add(2, says_visitor("No signal"))
    batches = list(opened().batches(None))
    assert [post.native_id for batch in batches for post in batch.posts] == ["chat/26.2"]
    assert ["26.1" in str(one) for batch in batches for one in batch.unreadable] == [True]


def test_chats_are_left_alone_unless_they_are_asked_for(fake, opened, server):
    fake.add(1, says_visitor("No signal"))
    assert drain(opened(chats=False))[0] == {}
    assert CHATS not in {asked.path for asked in server.asked}


def test_what_is_no_list_of_chats_is_refused(fake, opened, server):
    calm = server.answer
    server.answer = lambda asked: says([]) if asked.path == CHATS else calm(asked)
    with pytest.raises(SourceRefused, match="not a list of chats"):
        list(opened().batches(None))
