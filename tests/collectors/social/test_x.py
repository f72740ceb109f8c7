from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.polling.pagination import read_each
from collectors.social.x import posted_at, to_post
from domain.errors import ConfigurationError, QueryError, RecordUnreadable, SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import LATER, SECRET, moment, says
from tests.support.cases_social import FakeX, x_id, x_post
from tests.support.drained import drain_ids
from tests.support.listening import listened
from tests.support.misbehaving import Says
from textquery.tree import Not, Or, Phrase

USERS = {"7": {"id": "7", "username": "ann", "name": "Ann", "public_metrics": {"followers_count": 120}}}
PLACES = {"p1": {"id": "p1", "full_name": "Leeds, England"}}


@pytest.fixture
def fake(server):
    return FakeX(server)


@pytest.fixture
def open_search(server, clock):
    def open_search(queries=None, **settings):
        table = {"type": "x", "api": server.url, "allow_private": True, "query": "" if queries else "north"} | settings
        return open_source(
            "x", table, clock=clock, environ={"EARSHOT_SOURCE_X_TOKEN": SECRET}, brands=listened(queries)
        )

    return open_search


def ids(*numbers):
    return [x_id(number) for number in numbers]


def test_what_x_tells_becomes_a_post():
    told = x_post(
        5,
        text="short &amp; cut…",
        note_tweet={"text": "No 4G @north &amp; no answer, the whole story"},
        referenced_tweets=[{"type": "replied_to", "id": "18"}, {"type": "quoted", "id": "17"}],
        entities={"mentions": [{"username": "north"}], "hashtags": [{"tag": "outage"}, {"tag": "leeds"}]},
        geo={"place_id": "p1"},
    )
    post = to_post(told, USERS, PLACES)
    assert (post.source, post.instance, post.native_id) == ("x", "", x_id(5))
    assert (post.text, post.lang, post.place) == ("No 4G @north & no answer, the whole story", "en", "Leeds, England")
    assert (post.created_at, post.edited_at) == (datetime.fromisoformat(moment(5)), None)
    assert post.author == Author(id="7", handle="ann", name="Ann", followers=120)
    assert (post.parent_id, post.shared_id, post.mentions) == ("18", None, ("north",))
    assert post.metrics == Metrics(likes=3, replies=2, shares=5, views=60)
    assert post.url == f"https://x.com/ann/status/{x_id(5)}"
    assert post.attributes == {"conversation": x_id(5), "quoted": "17", "tags": "outage, leeds"}


def test_who_passes_a_post_on_does_not_get_its_figures():
    told = x_post(5, text="RT @bob: out", referenced_tweets=[{"type": "retweeted", "id": "18"}])
    post = to_post(told, {}, {})
    assert (post.shared_id, post.parent_id, post.metrics, post.mentions) == ("18", None, Metrics(), ("bob",))
    assert (post.author, post.url) == (Author(id="7"), f"https://x.com/i/status/{x_id(5)}")


def test_what_is_passed_on_is_whole_though_the_share_is_cut():
    whole = f"After {'a long ' * 20} inquiry the regulator names @north_net &amp; others"
    told = x_post(5, text=f"RT @bob: {whole[:130]}…", referenced_tweets=[{"type": "retweeted", "id": "18"}])
    mentioned = {"mentions": [{"username": "north_net"}]}
    shared = {"18": {"id": "18", "text": whole, "entities": mentioned}}
    post = to_post(told, {}, {}, shared)
    assert post.text == f"RT @bob: {whole.replace('&amp;', '&')}"
    assert "north_net" in post.mentions
    longer = {"18": shared["18"] | {"text": "cut …", "note_tweet": {"text": whole}}}
    assert to_post(told, {}, {}, longer).text == post.text
    assert to_post(told, {}, {}, {}).text.endswith("…")


def test_a_quote_of_a_post_that_is_gone_keeps_its_own_words():
    told = x_post(5, text="this! Northwind", referenced_tweets=[{"type": "quoted", "id": "18"}])
    post = to_post(told, {}, {}, {})
    assert (post.text, post.attributes["quoted"], post.shared_id) == ("this! Northwind", "18", None)


@pytest.mark.parametrize("reference", ["&#" + "9" * 4_400 + ";", "&#x" + "f" * 5_000, "&#" + "9" * 5_000])
def test_an_entity_whose_number_has_no_end_is_no_character(reference):
    assert to_post(x_post(5, text=f"no signal {reference}"), USERS, PLACES).text == "no signal \ufffd"


@pytest.mark.parametrize(
    "answer",
    [
        {"includes": {"users": [{"id": ["7"]}, {"id": None}, None, "7"], "places": 5}},
        {"data": [x_post(1), {"id": None}, {"id": ["1"]}, None, x_post(2, edit_history_tweet_ids=5)]},
        {"errors": [{"parameter": "ids", "value": ["9"]}, {"parameter": "ids", "value": None}, "gone"]},
    ],
)
def test_what_is_odd_in_an_answer_keeps_no_post_away(server, fake, open_search, answer):
    fake.add(x_post(1))
    good = {"data": [x_post(1)], "meta": {"result_count": 1}}
    server.answer = lambda asked: says(good | answer)
    assert drain_ids(open_search())[0] == ids(1)
    batch = open_search().recheck(ids(1))
    assert ([post.native_id for post in batch.posts], batch.deletions) == (ids(1), ())


def test_the_versions_of_a_post_are_one():
    versions = [x_id(5), x_id(5, moment(90))]
    old = x_post(5, edit_history_tweet_ids=versions)
    new = x_post(5, id=versions[1], text="it works", created_at=moment(90), edit_history_tweet_ids=versions)
    assert to_post(old, USERS, PLACES) is None
    post = to_post(new, USERS, PLACES)
    assert (post.native_id, post.text) == (versions[0], "it works")
    assert (post.created_at, post.edited_at) == tuple(map(datetime.fromisoformat, (moment(5), moment(90))))


@pytest.mark.parametrize(("code", "lang"), [("de", "de"), ("in", "id"), ("qme", None), ("und", None), ("zh-TW", "zh")])
def test_codes_that_name_no_language_are_none(code, lang):
    assert to_post(x_post(5, lang=code), USERS, PLACES).lang == lang


@pytest.mark.parametrize("change", [{"text": None}, {"created_at": "soon"}, {"entities": []}, {"public_metrics": 5}])
def test_what_is_not_a_post_is_named(change):
    [error] = read_each([x_post(5) | change], lambda post: to_post(post, USERS, PLACES), "x post")
    assert isinstance(error, RecordUnreadable)


def test_an_id_tells_its_time():
    assert posted_at(x_id(3)) == datetime.fromisoformat(moment(3))


def test_the_search_asks_back_to_the_last_post_less_an_overlap(server, fake, open_search):
    fake.add(*map(x_post, range(150)))
    found, cursor = drain_ids(open_search())
    assert sorted(found) == ids(*range(150))
    assert [asked.query["max_results"] for asked in server.asked] == ["100", "100"]
    assert {asked.query["start_time"] for asked in server.asked} == {"2026-11-15T12:05:00.000Z"}
    server.asked.clear()
    late = x_id(500, moment(20))
    fake.add(x_post(150), x_post(20, id=late, edit_history_tweet_ids=[late]))
    assert sorted(drain_ids(open_search(), cursor)[0]) == [late, x_id(150)]
    assert {asked.query["start_time"] for asked in server.asked} == {"2026-11-20T09:54:50.000Z"}


def test_a_walk_whose_token_has_ended_goes_on_where_it_was(server, fake, open_search):
    fake.add(*map(x_post, range(250)))
    first = next(iter(open_search().batches(None)))
    fake.ends.add(x_id(150))
    fake.add(x_post(300))
    found, cursor = drain_ids(open_search(), first.cursor)
    assert sorted(found) == ids(*range(150))
    assert "until_id" in server.asked[2].query
    assert drain_ids(open_search(), cursor)[0] == ids(300)


def test_a_walk_that_lay_too_long_ends_where_the_search_ends(clock, fake, open_search):
    fake.add(*map(x_post, range(250)))
    first = next(iter(open_search().batches(None)))
    clock.sleep(timedelta(days=8).total_seconds())
    time = "2026-11-29T10:00:00.000Z"
    new = x_id(1, time)
    fake.posts = {new: x_post(1, id=new, created_at=time, edit_history_tweet_ids=[new])}
    assert drain_ids(open_search(), first.cursor)[0] == [new]


def test_no_more_is_read_in_a_day_than_may_be_paid_for(server, fake, clock, open_search):
    fake.add(*map(x_post, range(100)))
    found, cursor = drain_ids(open_search(most_posts_per_day=65))
    assert sorted(found) == ids(*range(35, 100))
    server.asked.clear()
    assert drain_ids(open_search(most_posts_per_day=65), cursor) == ([], cursor)
    assert server.asked == []
    clock.sleep(timedelta(hours=12).total_seconds())
    found, cursor = drain_ids(open_search(most_posts_per_day=65), cursor)
    assert sorted(found) == ids(*range(35))


def test_what_is_read_again_is_not_counted_again(fake, open_search):
    fake.add(*map(x_post, range(50)))
    _, cursor = drain_ids(open_search(most_posts_per_day=70))
    for _ in range(3):
        _, cursor = drain_ids(open_search(most_posts_per_day=70), cursor)
    fake.add(x_post(60))
    assert drain_ids(open_search(most_posts_per_day=70), cursor)[0] == ids(60)


def test_the_brands_are_searched_for_and_held_against_what_comes(server, fake, open_search):
    brands = {"north": Or((Phrase(("north", "mobile")), Phrase(("signal",)))), "south": Phrase(("south",))}
    fake.add(x_post(1), x_post(2, text="a southern town"))
    assert set(drain_ids(open_search(brands))[0]) == set(ids(1))
    assert [asked.query["query"] for asked in server.asked] == ['("north mobile" OR signal)', "south"]
    assert set(drain_ids(open_search(brands, everything=True))[0]) == set(ids(1, 2))


@pytest.mark.parametrize(
    ("settings", "queries", "sentence"),
    [
        ({"most_posts_per_day": 19}, {"a": Phrase(("a1",)), "b": Not(Phrase(("b1",)))}, "cannot be searched"),
        ({"most_posts_per_day": 9}, {"a": Phrase(("a1",))}, "must be at least 10, 10 for each of 1 searches"),
        ({"query": ""}, None, "configure a .brand.NAME"),
    ],
)
def test_a_search_that_cannot_be_is_one_sentence(open_search, settings, queries, sentence):
    with pytest.raises((ConfigurationError, QueryError), match=sentence):
        open_search(queries, **settings)


def test_links_with_customers_need_a_contract(open_search):
    assert not open_search().terms.link
    assert open_search(linking_contract="opt-in of 2026").terms.link
    assert [rule.up_to for rule in open_search(recheck_days=3).terms.rechecks] == [timedelta(days=3), None]


def test_posts_that_are_gone_are_deletions(server, fake, open_search):
    versions = [x_id(2), x_id(2, LATER)]
    edited = x_post(2, edit_history_tweet_ids=versions)
    fake.add(x_post(1), edited, edited | {"id": versions[1], "text": "it works", "created_at": LATER})
    batch = open_search().recheck([x_id(1), versions[0], x_id(3)])
    assert [(post.native_id, post.text) for post in batch.posts] == [
        (x_id(1), "No signal, day 1"),
        (x_id(2), "it works"),
    ]
    assert batch.deletions == (Deletion(source="x", native_id=x_id(3)),)
    assert [asked.query["ids"] for asked in server.asked] == [",".join(ids(1, 2, 3)), versions[1]]


def test_a_post_that_is_no_longer_ours_to_see_may_come_back(server, open_search):
    kind = "https://api.x.example/2/problems/not-authorized-for-resource"
    body = f'{{"errors":[{{"value":"7","parameter":"ids","type":"{kind}"}},{{"value":"9","parameter":"author_id"}}]}}'
    server.answer = lambda asked: Says(headers={"Content-Type": "application/json"}, body=body.encode())
    batch = open_search().recheck(["7", "8"])
    assert batch.deletions == (Deletion(source="x", native_id="7", final=False),)


def test_the_limit_of_the_search_is_waited_for(server, fake, clock, open_search):
    fake.add(x_post(1))
    reset = int(datetime(2026, 11, 22, 12, 5, tzinfo=UTC).timestamp())
    server.trouble.append(Says(status=429, headers={"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}))
    assert drain_ids(open_search())[0] == ids(1)
    assert clock.now() == datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "error"), [(400, SourceRefused), (402, SourceRefused), (403, SourceRefused), (503, SourceBusy)]
)
def test_a_refusal_is_told_from_trouble(server, open_search, status, error):
    server.answer = lambda asked: Says(status=status, headers={"Content-Type": "application/json"}, body=b"{}")
    with pytest.raises(error, match=str(status)):
        drain_ids(open_search())


@pytest.mark.parametrize("body", [b"[]", b'{"data": []}', b'{"errors": [{"title": "Partial"}]}'])
def test_something_else_than_a_list_of_posts_is_refused(server, open_search, body):
    server.answer = lambda asked: Says(headers={"Content-Type": "application/json"}, body=body)
    with pytest.raises(SourceRefused, match="not a list of posts"):
        drain_ids(open_search())
