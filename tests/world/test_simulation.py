"""The simulated operator is what it says: the same for a seed, readable by Earshot, and true to its own truth."""

import json
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from collectors.operator.files import FileCollector
from collectors.operator.records import read_customers, read_events
from configuration.load import load_config
from domain.customer import Customer
from domain.documents import parse_instant
from domain.errors import InputError
from domain.event import Event
from domain.identity import handle_pseudonym
from tests.support.clock import FakeClock
from world.happenings.happening import LOCAL_HOURS, START
from world.network.registers import read_places
from world.simulation import simulate

KEY = b"a key for tests"
CUSTOMERS, DAYS = 30_000, 28
FILES = ("customers.jsonl", "evidence.jsonl", "places.jsonl", "events.jsonl", "posts.jsonl", "earshot.toml")
TRUE = ("truth/incidents.jsonl", "truth/links.jsonl", "truth/events.jsonl", "truth/world.json")


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("world"), seed=5, customers=CUSTOMERS, days=DAYS)


@pytest.fixture(scope="module")
def posts(world):
    [*pages] = FileCollector([world.folder / "posts.jsonl"], "jsonl", clock=FakeClock()).batches(None)
    assert not [error for page in pages for error in page.unreadable]
    return {post.native_id: post for page in pages for post in page.posts}


@pytest.fixture(scope="module")
def customers(world):
    return {row["customer_number"]: row for row in rows(world.folder / "customers.jsonl")}


@pytest.fixture(scope="module")
def incidents(world):
    return {row["id"]: row for row in rows(world.folder / "truth" / "incidents.jsonl")}


@pytest.fixture(scope="module")
def caused(world):
    """Which posts each happening made people write."""
    found = defaultdict(list)
    for row in rows(world.folder / "truth" / "events.jsonl"):
        found[row["incident"]].append(row["post"])
    return found


def test_a_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    first, again, other = (
        simulate(tmp_path / name, seed=seed, customers=2_000, days=9)
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    for name in (*FILES, *TRUE):
        assert (first.folder / name).read_bytes() == (again.folder / name).read_bytes(), name
    assert (first.folder / "posts.jsonl").read_bytes() != (other.folder / "posts.jsonl").read_bytes()


def test_every_file_is_read_by_earshot(world, posts):
    customers = list(read_customers(world.folder / "customers.jsonl", key=KEY))
    events = list(read_events(world.folder / "events.jsonl", key=KEY))
    places = list(read_places(world.folder / "places.jsonl"))
    assert {type(one) for one in customers} == {Customer}
    assert {type(one) for one in events} == {Event}
    assert (len(customers), len(events), len(posts)) == (CUSTOMERS, world.events, world.posts)
    assert len({one.id for one in events}) == len(events)
    assert {one.kind for one in places} == {"site", "cell"}
    assert all(one.h3 and one.latitude for one in places)
    config = load_config(world.config)
    assert [brand.key for brand in config.brands if brand.own] == ["kestrelo"]


def test_customers_live_in_cells_of_the_register(world, customers):
    cells = {place.id: place for place in read_places(world.folder / "places.jsonl") if place.kind == "cell"}
    assert {row["home_cell"] for row in customers.values()} <= cells.keys()
    assert all(cells[row["home_cell"]].name == row["place"] for row in customers.values())


def test_declared_accounts_are_those_of_the_truth(world, customers):
    links = rows(world.folder / "truth" / "links.jsonl")
    assert len({(row["source"], row["handle"]) for row in links}) == len(links)
    declared = [row for row in links if row["declared"]]
    assert 0.17 < len(declared) / len(links) < 0.23
    shown = {row["customer_number"]: row for row in rows(world.folder / "evidence.jsonl")}
    for row in declared:
        if row["evidence"] == "declared_handle":
            assert customers[row["customer_number"]]["handles"] == f"{row['source']}:{row['handle']}"
        else:
            told = ("source", "handle", "evidence", "customer_number")
            assert shown[row["customer_number"]] == {name: row[name] for name in told}
        given, withdrawn = (customers[row["customer_number"]][f"consent_{what}"] for what in ("given", "withdrawn"))
        assert row["consent"] == (bool(given) and not withdrawn)


def test_posts_are_of_the_people_they_say_they_are(world, posts):
    known = {
        handle_pseudonym(KEY, row["source"], row["handle"]): row["customer_number"]
        for row in rows(world.folder / "truth" / "links.jsonl")
    }
    own = [post for post in posts.values() if handle_pseudonym(KEY, post.source, post.author.handle) in known]
    assert len(own) > 0.4 * len(posts)
    assert {post.source for post in own} == {"mastodon", "forum", "chat", "reviews"}


def test_people_of_the_place_speak_of_a_fault_and_only_after_it_began(world, posts, customers, incidents, caused):
    homes = {
        (row["source"], row["handle"]): customers[row["customer_number"]]["place"]
        for row in rows(world.folder / "truth" / "links.jsonl")
    }
    faults = [one for one in incidents.values() if one["verdict"] == "incident"]
    told = [(one, posts[post]) for one in faults for post in caused[one["id"]]]
    assert len(told) > 100
    assert all(post.created_at >= parse_instant(one["start"]) for one, post in told)
    first_hand = [(one, post) for one, post in told if not post.parent_id and not post.shared_id]
    assert all(homes[post.source, post.author.handle] in one["places"] for one, post in first_hand)
    named = [post for one, post in first_hand if any(place.lower() in post.text.lower() for place in one["places"])]
    assert 0.1 < len(named) / len(first_hand) < 0.6
    # Half within a quarter of an hour, by the onset; the night holds some up.
    soon = [post.created_at - parse_instant(one["start"]) <= timedelta(minutes=20) for one, post in first_hand]
    assert 0.35 < sum(soon) / len(soon) < 0.75


def test_the_truth_counts_what_was_written(posts, incidents, caused):
    for one in incidents.values():
        assert one["posts"] == len(caused[one["id"]])
        assert one["people"] == len({posts[post].author.id for post in caused[one["id"]]})


def test_alarms_are_as_late_silent_and_wrong_as_the_truth_says(world, incidents):
    events = {row["event_id"]: row for row in rows(world.folder / "events.jsonl")}
    kinds = Counter(one["kind"] for one in incidents.values())
    assert {"loud", "partial", "silent", "late", "wrong_place"} <= kinds.keys()
    for one in incidents.values():
        told = [events[key] for key in one["events"]]
        if one["kind"] == "silent":
            assert told == []
            assert one["known_by"] == "calls"
            assert one["known_at"] > one["start"]
        elif one["kind"] == "late":
            lag = parse_instant(told[0]["started_at"]) - parse_instant(one["start"])
            assert timedelta(minutes=15) < lag <= timedelta(minutes=90)
            assert told[0]["started_at"] == one["known_at"]
        elif one["kind"] == "wrong_place":
            assert {event["place"] for event in told}.isdisjoint(one["places"])
        elif one["kind"] == "loud":
            assert {event["place"] for event in told} <= set(one["places"])
            assert parse_instant(told[0]["started_at"]) - parse_instant(one["start"]) < timedelta(minutes=5)


def test_customers_whom_a_fault_meets_call_while_it_lasts(world, incidents, customers):
    called = [row for row in rows(world.folder / "events.jsonl") if row["kind"] in {"call", "ticket"}]
    assert len(called) > 200
    for row in called:
        one = incidents[f"H{row['event_id'][1:5]}"]
        assert one["verdict"] != "trap"
        assert one["start"] <= row["started_at"] <= one["end"]
        assert customers[row["customer_number"]]["place"] in one["places"]


def test_traps_are_no_faults_of_the_operator(posts, incidents, caused):
    traps = {one["kind"]: one for one in incidents.values() if one["verdict"] == "trap"}
    assert traps.keys() == {"football", "rival_outage", "joke", "price_rise", "storm", "device_update", "campaign"}
    assert all(traps[kind]["brand"] == "kestrelo" for kind in traps.keys() - {"rival_outage"})
    assert len({one["start"][:10] for one in traps.values()}) == len(traps)
    assert traps["rival_outage"]["brand"] in {"nimbrel", "ozmera"}
    storm = {posts[post].text for post in caused[traps["storm"]["id"]]}
    assert len(caused[traps["storm"]["id"]]) > 2
    assert len({text.rstrip("!") for text in storm}) == 1
    phones = Counter(
        next((key for key in ("kestrelo", "nimbrel", "ozmera") if key in posts[post].text.lower()), "")
        for post in caused[traps["device_update"]["id"]]
    )
    assert phones["kestrelo"]
    assert phones["nimbrel"] + phones["ozmera"]


def test_ordinary_days_have_ten_languages_an_hour_of_the_day_and_hardly_a_position(world, posts):
    languages = Counter(post.lang for post in posts.values() if post.lang)
    assert set(languages) == {"en", "de", "fr", "it", "es", "pt", "pl", "tr", "ar", "th"}
    assert languages["de"] > languages["fr"] > languages["th"]
    hours = Counter((post.created_at + timedelta(hours=LOCAL_HOURS)).hour for post in posts.values())
    assert sum(hours[hour] for hour in range(1, 6)) < 0.06 * len(posts)
    assert sum(hours[hour] for hour in range(17, 22)) > 0.25 * len(posts)
    assert 0 < sum(bool(post.place) for post in posts.values()) < 0.02 * len(posts)
    assert all(START <= post.created_at < START + timedelta(days=DAYS) for post in posts.values())


def test_answers_come_after_what_they_answer(posts):
    answers = [post for post in posts.values() if post.parent_id]
    assert len(answers) > 20
    assert all(posts[answer.parent_id].created_at < answer.created_at for answer in answers)
    shares = [post for post in posts.values() if post.shared_id]
    assert 0.15 < len(shares) / sum(post.source == "mastodon" for post in posts.values()) < 0.4
    assert all(posts[share.shared_id].text == share.text for share in shares)
    assert all(posts[share.shared_id].created_at < share.created_at for share in shares)


def test_few_write_most_and_nobody_writes_all(posts):
    wrote = Counter(post.author.id for post in posts.values() if "help" not in post.author.handle.lower())
    assert max(wrote.values()) < 0.02 * len(posts)
    assert 0.03 < sum(count for _, count in wrote.most_common(len(wrote) // 100)) / len(posts) < 0.2


def test_no_phrase_is_left_unfilled(posts):
    assert not [post.text for post in posts.values() if any(sign in post.text for sign in "{}[|")]


def test_a_folder_is_of_one_operator(tmp_path):
    simulate(tmp_path, seed=1, customers=1_000, days=2)
    simulate(tmp_path, seed=1, customers=1_000, days=2)
    posts = (tmp_path / "posts.jsonl").read_bytes()
    for other in ({"seed": 2, "customers": 1_000, "days": 2}, {"seed": 1, "customers": 1_000, "days": 3}):
        with pytest.raises(InputError, match="holds another simulated operator"):
            simulate(tmp_path, **other)
    assert (tmp_path / "posts.jsonl").read_bytes() == posts


@pytest.mark.parametrize(("customers", "days"), [(999, 28), (5_000_001, 28), (1_000, 0), (1_000, 121)])
def test_too_few_and_too_many_are_refused(tmp_path, customers, days):
    with pytest.raises(InputError, match="can be simulated"):
        simulate(tmp_path, seed=1, customers=customers, days=days)


@pytest.mark.parametrize("days", [1, 3, 8])
def test_few_days_are_simulated_too(tmp_path, days):
    made = simulate(tmp_path, seed=1, customers=1_000, days=days)
    assert made.customers == 1_000
    assert len(rows(tmp_path / "truth" / "incidents.jsonl")) == made.happenings


def test_posts_grow_with_customers_and_not_faster(tmp_path, world):
    twice = simulate(tmp_path, seed=5, customers=2 * CUSTOMERS, days=DAYS)
    assert 1.4 < twice.posts / world.posts < 2.6
