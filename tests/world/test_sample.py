"""The sample is what it says: deterministic, big enough, many-voiced, and its stories are in it."""

import csv
import json
import re
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from collectors.operator.files import FileCollector
from collectors.operator.records import read_customers, read_events
from configuration.load import load_config
from domain.customer import Customer
from domain.event import Event
from domain.identity import handle_pseudonym
from linking.subjects import subjects
from tests.support.clock import FakeClock
from textquery.words import words
from world.chance import END, START
from world.incidents import OUTAGE_END, OUTAGE_START, OUTAGE_TOWN
from world.sample import write_sample

KEY = b"a key for tests"
LANGUAGES = {"en", "fr", "de", "es", "ar"}
ACCIDENTAL_SHARE = 0.08
"""At most this share of the posts that nobody copied have a near-identical one."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def posts(sample):
    [*pages] = FileCollector([sample.posts], "jsonl", clock=FakeClock()).batches(None)
    assert not [error for page in pages for error in page.unreadable]
    return [post for page in pages for post in page.posts]


@pytest.fixture(scope="module")
def customers(sample):
    return list(read_customers(sample.customers, key=KEY))


@pytest.fixture(scope="module")
def events(sample):
    return list(read_events(sample.events, key=KEY))


def test_a_seed_gives_the_same_bytes_and_another_seed_others(sample, tmp_path):
    again, other = write_sample(tmp_path / "again"), write_sample(tmp_path / "other", seed=8)
    for name in ("posts", "customers", "events", "config"):
        assert getattr(sample, name).read_bytes() == getattr(again, name).read_bytes()
    assert sample.posts.read_bytes() != other.posts.read_bytes()


def test_the_counts_are_true_and_large_enough(sample, posts, customers, events):
    assert len(posts) == sample.post_count >= 2400
    assert len({post.author.id for post in posts}) == sample.author_count >= 550
    assert len(customers) == sample.customer_count == 500
    assert len(events) == sample.event_count >= 700
    assert {len({post.id for post in posts}), len({post.native_id for post in posts})} == {len(posts)}


def test_posts_cover_fourteen_days_by_an_ordinary_rhythm(posts):
    assert min(post.created_at for post in posts) >= START
    assert max(post.created_at for post in posts) < END
    days = Counter(post.created_at.date() for post in posts)
    assert len(days) == 14
    assert min(days.values()) >= 90
    hours = Counter(post.created_at.hour for post in posts)
    assert sum(hours[hour] for hour in range(1, 6)) < 0.1 * len(posts)


def test_languages_sources_and_brands_are_mixed(sample, posts):
    languages = Counter(post.lang for post in posts if post.lang)
    assert set(languages) == LANGUAGES
    assert min(languages.values()) >= 0.07 * sum(languages.values())
    sources = Counter(post.source for post in posts)
    assert set(sources) == {"mastodon", "reviews", "forum", "chat", "news"}
    assert 0.5 < sources["mastodon"] / len(posts) < 0.75
    terms = {key: table["terms"] for key, table in tomllib.loads(sample.config.read_text())["brand"].items()}
    named = Counter(key for post in posts for key in terms if any(term in post.text.lower() for term in terms[key]))
    assert set(named) == {"kestrelo", "nimbrel", "ozmera"}
    assert min(named.values()) >= 200
    assert {post.rating for post in posts if post.source == "reviews"} == {1, 2, 4, 5}


def test_the_configuration_reads(sample, tmp_path):
    config = load_config(sample.config, {"EARSHOT_HOME": str(tmp_path)})
    assert [brand.key for brand in config.brands if brand.own] == ["kestrelo"]
    assert len(config.brands) == 3


def test_the_outage_is_a_burst_in_its_town_in_many_languages(posts):
    def complaints(start):
        end = start + (OUTAGE_END - OUTAGE_START)
        return [p for p in posts if start <= p.created_at < end and re.search(f"{OUTAGE_TOWN}|بورت ألميرا", p.text)]

    usual = [len(complaints(OUTAGE_START + timedelta(days=shift))) for shift in range(-10, 3) if shift]
    during = complaints(OUTAGE_START)
    assert len(during) >= 20 * max(1, sum(usual) / len(usual))
    assert {post.lang for post in during} >= LANGUAGES
    assert len({post.author.id for post in during}) >= 60


def test_people_talk_to_each_other(posts):
    by_native = {post.native_id: post for post in posts}
    answers = [post for post in posts if post.parent_id]
    shares = [post for post in posts if post.shared_id]
    assert len(answers) >= 300
    assert len(shares) >= 150
    for post in answers + shares:
        earlier = by_native[post.parent_id or post.shared_id]
        assert earlier.created_at < post.created_at
        assert (earlier.source, earlier.instance) == (post.source, post.instance)
    assert all(post.text == by_native[post.shared_id].text for post in shares)
    asked = Counter(handle for post in posts for handle in post.mentions)
    assert asked.most_common(1)[0][1] >= 20


def test_followers_are_heavy_tailed(posts):
    followers = sorted({post.author.id: post.author.followers or 0 for post in posts}.values())
    assert sum(followers[-len(followers) // 20 :]) > 0.5 * sum(followers)


def test_copies_are_where_they_are_meant_and_hardly_elsewhere(posts):
    copied = [p for p in posts if p.shared_id or p.source == "news" or "KestreloDoubleData" in p.text]
    assert sum("KestreloDoubleData" in post.text for post in copied) >= 60
    assert Counter(post.title for post in copied if post.source == "news").most_common()[-1][1] == 12
    chosen = {post.native_id for post in copied}
    said = [
        (post.lang, frozenset(words(re.sub(r"@\w+", "", post.text))))
        for post in posts
        if post.native_id not in chosen and words(post.text)
    ]
    assert share_with_a_twin([text for _, text in said]) < ACCIDENTAL_SHARE


def share_with_a_twin(texts, alike=0.8):
    """Return the share of the texts that have at least `alike` of the words in common with another one."""
    by_word = {}
    for place, text in enumerate(texts):
        for word in text:
            by_word.setdefault(word, set()).add(place)
    twins = set()
    for place, text in enumerate(texts):
        # A twin has one of the rarest words too, unless only these differ.
        rarest = sorted(text, key=lambda word: len(by_word[word]))[: len(text) // 5 + 1]
        near = set().union(*(by_word[word] for word in rarest)) - {place}
        if any(len(text & texts[other]) >= alike * len(text | texts[other]) for other in near):
            twins.add(place)
    return len(twins) / len(texts)


def test_twins_are_recognised():
    one, two, other = frozenset("abcdefghij"), frozenset("abcdefghik"), frozenset("uvwxyz")
    assert share_with_a_twin([one, two, other, other - {"z"}]) == 1
    assert share_with_a_twin([one, other]) == 0


def test_some_posts_have_no_words(posts):
    silent = [post for post in posts if not words(post.text)]
    assert len(silent) >= 8
    assert any(post.text == "" for post in silent)


def test_customers_declare_and_agree_as_stated(sample, customers):
    assert all(isinstance(customer, Customer) for customer in customers)
    declared = [customer for customer in customers if customer.handles]
    agreed = [customer for customer in declared if customer.linked_with]
    assert len(declared) == 60
    assert len(agreed) == 50
    assert sum(customer.linked_with.withdrawn_at is not None for customer in agreed) == 1
    with sample.customers.open(encoding="utf-8", newline="") as rows:
        assert len({row["customer_number"] for row in csv.DictReader(rows)}) == 500


def test_those_who_agreed_wrote_several_posts_and_some_sat_in_the_outage(posts, customers):
    wrote = {}
    for post in posts:
        wrote.setdefault(handle_pseudonym(KEY, post.source, post.author.handle), []).append(post)
    agreed = {c.id: wrote.get(c.handles[0], []) for c in customers if c.handles and c.linked_with}
    assert all(len(own) >= 3 for own in agreed.values())
    in_town = [agreed[c.id] for c in customers if c.id in agreed and c.place == OUTAGE_TOWN]
    through = [
        own
        for own in in_town
        if any(post.created_at < OUTAGE_START for post in own)
        and any(OUTAGE_START <= post.created_at < OUTAGE_END for post in own)
        and any(post.created_at >= OUTAGE_END for post in own)
    ]
    assert len(through) >= 4


def test_events_are_well_formed_and_of_every_kind(events, customers):
    assert all(isinstance(event, Event) for event in events)
    kinds = Counter(event.kind for event in events)
    assert kinds["outage"] == 1
    assert kinds["bill"] >= 490
    assert {"alarm", "planned_work", "kpi_degradation", "campaign", "call", "ticket", "visit"} <= set(kinds)
    known = {customer.id for customer in customers}
    assert {event.customer for event in events if event.customer} <= known
    [outage] = [event for event in events if event.kind == "outage"]
    assert (outage.place, outage.started_at, outage.ended_at) == (OUTAGE_TOWN, OUTAGE_START, OUTAGE_END)
    assert {e.subject for e in events if e.subject and not e.customer} <= set(subjects())


def test_no_phrase_is_left_unfilled(sample):
    with sample.posts.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    assert [text for text in texts if re.search(r"[{}\[\]|]", text)] == []


def test_the_dates_are_fixed():
    assert (datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 10, 19, tzinfo=UTC)) == (START, END)
