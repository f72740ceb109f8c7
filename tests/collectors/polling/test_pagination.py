import tracemalloc
from datetime import datetime, timedelta

import pytest

from collectors.polling.pagination import BEGINNING, CHUNK, MAX_SEEN, Polled, PolledSettings, SourcePage, thread_floor
from domain.errors import SourceRefused
from domain.post import Deletion, Post
from domain.terms import Terms
from tests.support.cases_forums import JSON, DiscourseCase, moment
from tests.support.misbehaving import Says
from tests.support.source_cases import open_case
from transport.http import MAX_BYTES, Web


class Numbers:
    """A listing of numbers, newest first; its cursors hold for one run where not `lasting`."""

    key = "numbers"
    newest_first = True

    def __init__(self, numbers, *, lasting=True, size=2):
        self.numbers = sorted(numbers, reverse=True)
        self.lasting = lasting
        self.size = size
        self.asked = []

    def page(self, web, place, since):
        start = place["start"] if place else 0
        self.asked.append(start)
        found = [
            Post(source="n", native_id=str(number), text="x", created_at=datetime.fromisoformat(moment(number)))
            for number in self.numbers[start : start + self.size]
        ]
        more = {"start": start + self.size} if self.numbers[start + self.size :] else None
        return SourcePage(found=found, next=more, lasting=self.lasting)


@pytest.fixture
def open_numbers(clock):
    def open_numbers(listing, **settings):
        web = Web(clock=clock, allow_private=True)
        return Polled("n", [listing], PolledSettings(**settings), terms=Terms(), web=web, clock=clock)

    return open_numbers


def ids(batches):
    return [int(post.native_id) for batch in batches for post in batch.posts]


def test_a_walk_goes_on_at_its_position(open_numbers):
    first = next(iter(open_numbers(Numbers(range(6))).batches(None)))
    assert first.cursor["numbers"]["position"] == {"start": 2}
    rest = Numbers(range(6))
    assert sorted(ids(open_numbers(rest).batches(first.cursor))) == [0, 1, 2, 3]
    assert rest.asked == [2, 4]


def test_a_cursor_of_version_0_1_is_understood(open_numbers):
    first = next(iter(open_numbers(Numbers(range(6))).batches(None)))
    kept = dict(first.cursor["numbers"])
    older = {"numbers": kept | {"place": kept.pop("position")}}
    rest = Numbers(range(6))
    assert sorted(ids(open_numbers(rest).batches(older))) == [0, 1, 2, 3]
    assert rest.asked == [2, 4]


def test_a_position_that_does_not_last_is_not_kept_and_the_walk_begins_anew(open_numbers):
    first = next(iter(open_numbers(Numbers(range(6), lasting=False)).batches(None)))
    assert first.cursor["numbers"].keys() == {"start", "top", "seen"}
    rest = Numbers(range(6), lasting=False)
    batches = list(open_numbers(rest).batches(first.cursor))
    assert (sorted(ids(batches)), rest.asked) == ([0, 1, 2, 3], [0, 2, 4])
    assert list(open_numbers(Numbers(range(6), lasting=False)).batches(batches[-1].cursor)) == []


def told(open_numbers, counts):
    """Return how many posts each of several runs tells of, with so many numbers there."""
    cursor, news = None, []
    for count in counts:
        batches = list(open_numbers(Numbers(range(count), size=100)).batches(cursor))
        cursor = batches[-1].cursor if batches else cursor
        news.append(len(ids(batches)))
    return news


def test_what_is_read_again_and_unchanged_is_not_told_again(open_numbers):
    assert told(open_numbers, [1_500, 1_501, 1_502, 1_502]) == [1_500, 1, 1, 0]


def test_after_more_than_can_be_remembered_the_overlap_is_told_once_more(open_numbers):
    first, again, *rest = told(open_numbers, [2_500, 2_501, 2_502, 2_502])
    assert (first, rest) == (2_500, [1, 0])
    assert 1 < again <= 900


def test_a_page_of_a_hundred_thousand_is_handed_on_in_pieces_and_little_of_it_is_remembered(open_numbers):
    class Heap(Numbers):
        def page(self, web, place, since):
            return SourcePage(found=[Deletion(source="n", native_id=str(number)) for number in range(100_000)])

    batches = list(open_numbers(Heap([])).batches(None))
    assert sum(len(batch.deletions) for batch in batches) == 100_000
    assert max(len(batch.deletions) for batch in batches) == CHUNK
    assert len(batches[-1].cursor["numbers"]["seen"]) == MAX_SEEN


def test_a_hundred_thousand_records_at_once_are_refused_before_they_cost_much(server, clock, tmp_path):
    case = DiscourseCase(tmp_path, server)
    body = b'{"latest_posts": [' + b",".join([b'{"id": 1}'] * 100_000) + b"]}"
    server.answer = lambda asked: Says(headers=JSON, body=body)
    tracemalloc.start()
    try:
        with pytest.raises(SourceRefused, match=r"^discourse .* post: an answer holds more than 10000 of them$"):
            list(open_case(case, clock).batches(None))
        assert tracemalloc.get_traced_memory()[1] < 6 * MAX_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("read", "floor"), [("", BEGINNING), (moment(10), moment(10)), (moment(399), moment(40)), (moment(400), moment(40))]
)
def test_a_thread_is_read_back_to_where_it_was_and_over_the_newest_hours(read, floor):
    expected = floor if isinstance(floor, datetime) else datetime.fromisoformat(floor)
    assert thread_floor(read, ["", moment(10), moment(400)], timedelta(hours=1)) == expected


class Pages:
    """A listing of pages made by hand, newest first."""

    key = "pages"
    newest_first = True

    def __init__(self, *pages):
        self.pages = pages

    def page(self, web, place, since):
        number = place["page"] if place else 0
        found = [Post(source="n", native_id=key, text="x", created_at=at) for key, at in self.pages[number]]
        return SourcePage(found=found, next={"page": number + 1} if number + 1 < len(self.pages) else None)


def test_a_pinned_old_post_among_new_ones_does_not_end_a_walk(open_numbers, clock):
    now = clock.now()
    pinned = ("1", now - timedelta(days=400))
    pages = Pages([pinned, ("9", now)], [("8", now - timedelta(hours=1)), ("7", now - timedelta(hours=2))])
    assert sorted(ids(open_numbers(pages).batches(None))) == [7, 8, 9]


def test_a_clock_ahead_of_ours_moves_nobody_past_what_comes_next(open_numbers, clock):
    ahead = ("1", clock.now() + timedelta(hours=20))
    *_, last = open_numbers(Pages([ahead])).batches(None)
    clock.sleep(3600 * 6)
    later = Pages([ahead], [("3", clock.now() - timedelta(hours=3))], [("2", clock.now() - timedelta(hours=4))])
    assert sorted(ids(open_numbers(later).batches(last.cursor))) == [2, 3]
