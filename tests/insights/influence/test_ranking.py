import numpy as np
import pytest

from domain.post import Author
from domain.questions import Filters
from insights.influence.interactions import Links, _Reading
from insights.influence.ranking import pagerank, voices
from tests.support.stored_posts import stored_post


@pytest.fixture
def keep(store):
    return lambda *posts: store.upsert("posts", list(posts))


def people(store, *brands, **filters):
    return {voice.author_id: voice for voice in voices(store, Filters(**filters), limit=50, brands=brands).people}


def test_whom_others_turn_to_comes_first_and_the_reason_says_so(store, keep):
    keep(
        stored_post(native_id="1", author="ann"),
        stored_post(native_id="2", author="bob", parent_id="1"),
        stored_post(native_id="3", author="cy", mentions=("Ann",)),
        stored_post(native_id="4", author="dan", shared_id="1"),
    )
    ranked = voices(store, Filters(), limit=2).people
    assert [voice.rank for voice in ranked] == [1, 2]
    ann = ranked[0]
    assert (ann.author_id, ann.listeners, ann.mentions, ann.replies, ann.shares) == ("ann", 3, 1, 1, 1)
    assert ann.why == "3 authors turned to them: 1 mention, 1 answer, 1 share; 1 post."
    assert sum(voice.score for voice in people(store).values()) == pytest.approx(1)


def test_one_vote_a_day_however_often_someone_calls(store, keep):
    calm = [stored_post(author=f"calm{i}", mentions=("ann",)) for i in range(3)]
    loud = [stored_post(author="loud", mentions=("bob",), hour=hour) for hour in range(9)]
    keep(*calm, *loud, stored_post(author="ann"), stored_post(author="bob"))
    found = people(store)
    assert (found["ann"].mentions, found["bob"].mentions) == (3, 1)
    assert found["ann"].score > found["bob"].score


def test_nobody_lifts_themselves(store, keep):
    keep(
        stored_post(native_id="1", author="ann", mentions=("ann",)),
        stored_post(author="ann", parent_id="1", day=1),
        stored_post(author="bob"),
    )
    found = people(store)
    assert found["ann"].score == found["bob"].score
    assert found["ann"].listeners == 0
    assert found["ann"].why.startswith("Nobody in these posts turned to them")


def test_bots_neither_rank_nor_vote_and_are_counted(store, keep):
    bot = Author(id="bot", handle="bot", is_bot=True)
    keep(
        stored_post(author=bot, mentions=("ann",)),
        stored_post(author="ann", mentions=("bot",)),
        stored_post(author="bob"),
        stored_post(author=None),
    )
    found = voices(store, Filters(), limit=9)
    assert {voice.author_id for voice in found.people} == {"ann", "bob"}
    assert {voice.listeners for voice in found.people} == {0}
    assert (found.posts, found.by_bots, found.without_author, found.authors) == (4, 1, 1, 2)


def test_brands_own_accounts_are_kept_apart(store, keep, brands):
    help_desk = Author(id="77", handle="Northtel_Help", followers=9000)
    keep(
        stored_post(author=help_desk),
        stored_post(author="ann", mentions=("northtel_help", "vela")),
        stored_post(author="bob", mentions=("ann",)),
    )
    found = voices(store, Filters(), limit=9, brands=brands)
    assert [voice.author_id for voice in found.people] == ["ann", "bob"]
    assert [(voice.brand, voice.author_id, voice.posts) for voice in found.brand_accounts] == [
        ("north", "77", 1),
        ("vela", None, 0),
    ]


def test_who_is_only_talked_about_is_not_listed(store, keep):
    keep(stored_post(author="ann", mentions=("a_private_person",)))
    assert set(people(store)) == {"ann"}


def test_an_answer_to_a_post_outside_the_choice_still_finds_its_author(store, keep):
    keep(
        stored_post(native_id="1", author="ann", topic="t1", day=-3),
        stored_post(native_id="2", author="bob", topic="t2", parent_id="1"),
        stored_post(native_id="3", author="ann", topic="t2"),
    )
    assert people(store, topics=("t2",))["ann"].replies == 1
    assert people(store, topics=("t2",))["ann"].posts == 1


def test_the_same_handle_at_another_source_is_someone_else(store, keep):
    keep(
        stored_post(author="ann", source="forum"),
        stored_post(author="bob", source="tweet", mentions=("ann",)),
    )
    assert people(store)["ann"].listeners == 0


def test_figures_are_of_their_posts_with_the_largest_followers_known(store, keep):
    keep(
        stored_post(author=Author(id="a", handle="ann", followers=10), likes=2, sentiment="negative"),
        stored_post(author=Author(id="a", handle="ann"), sentiment="positive"),
        stored_post(author=Author(id="a", handle="ann", followers=7), likes=1, sentiment="negative"),
    )
    ann = people(store)["a"]
    assert (ann.followers, ann.reach, ann.negative, ann.positive, ann.net) == (10, 3, 2, 1, pytest.approx(-1 / 3))
    assert people(store, brands=("vela",)) == {}


def test_reactions_that_the_source_does_not_tell_are_unknown_and_not_zero(store, keep):
    keep(stored_post(author="ann"), stored_post(author="bob", likes=0))
    assert (people(store)["ann"].reach, people(store)["bob"].reach) == (None, 0)


def test_ranks_are_those_of_the_textbook():
    """Four pages of Page and others: a ring of three, and one that only turns to others."""
    links = Links(np.array([0, 1, 2, 3]), np.array([1, 2, 0, 0]), np.array([1, 1, 1, 2]), np.zeros((4, 3), np.int64))
    first, second, third, last = pagerank(4, links).tolist()
    assert last == pytest.approx(0.15 / 4)
    assert first == pytest.approx(0.15 / 4 + 0.85 * (third + last))
    assert (second, third) == (pytest.approx(0.15 / 4 + 0.85 * first), pytest.approx(0.15 / 4 + 0.85 * second))
    # Who is shown twice as much by the same author gets twice as much of them; who is silent gives to all alike.
    shared = Links(np.array([0, 0]), np.array([1, 2]), np.array([1, 2]), np.zeros((2, 3), np.int64))
    giver, less, more = pagerank(3, shared).tolist()
    assert more - giver == pytest.approx(2 * (less - giver))
    assert giver + less + more == pytest.approx(1)


def test_a_link_costs_tens_of_bytes():
    reading = _Reading()
    for n in range(20_000):
        reading.hear(stored_post(native_id=str(n), author=f"a{n % 500}", mentions=(f"a{n % 499}",), day=n % 20))
    held = sum(len(part) * part.itemsize for part in (reading.written, reading.writers, reading.mentions))
    assert held == 20_000 * (8 + 8 + 24)
    assert len(reading.speakers) == 500


def test_net_sentiment_of_an_author_is_not_given_where_the_filters_decide_it(store, keep):
    keep(*(stored_post(author="ann", sentiment=label) for label in ("positive", "negative", "negative")))
    assert people(store)["ann"].net == pytest.approx(-1 / 3)
    ann = people(store, sentiments=("positive",))["ann"]
    assert (ann.positive, ann.net, ann.low, ann.high) == (1, None, None, None)
