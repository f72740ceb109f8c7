"""The operator's customers and events at the door: read, checked, and under pseudonyms."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from collectors.operator.records import read_customers, read_events
from domain.errors import ConfigurationError, InputError, RecordUnreadable
from domain.identity import customer_pseudonym, handle_pseudonym

KEY = b"a key for tests"
CUSTOMERS = (
    "customer_number,region,place,segment,plan,since,monthly_value,handle_source,handle,consent_given,consent_withdrawn"
)
EVENTS = "event_id,kind,title,subject,place,region,started_at,ended_at,severity,brand,customer_number"


@pytest.fixture
def customers_of(tmp_path):
    def read(*lines, key=KEY):
        path = tmp_path / "customers.csv"
        path.write_text("\n".join((CUSTOMERS, *lines)) + "\n", encoding="utf-8")
        return list(read_customers(path, mapping="customers", key=key))

    return read


@pytest.fixture
def events_of(tmp_path):
    def read(*lines):
        path = tmp_path / "events.csv"
        path.write_text("\n".join((EVENTS, *lines)) + "\n", encoding="utf-8")
        return list(read_events(path, mapping="events", key=KEY))

    return read


def test_a_customer_has_pseudonyms_for_number_and_handle(customers_of):
    [customer] = customers_of("K-77,North,Hill,family,L,2019-03-11,64.80,mastodon,@Rosie,2026-01-05,")
    assert customer.id == customer_pseudonym(KEY, "K-77")
    assert customer.handles == (handle_pseudonym(KEY, "mastodon", "rosie"),)
    assert (customer.place, customer.monthly_value, customer.attributes) == ("Hill", 64.8, {"plan": "L"})
    assert customer.since == datetime(2019, 3, 11, tzinfo=UTC)


def test_an_event_says_when_it_was_known_and_how_many_it_touches(tmp_path):
    path = tmp_path / "events.csv"
    lines = ["event_id,kind,title,started_at,known_at,affected_customers"]
    lines += [
        "E1,outage,Mast,2026-10-05T08:00:00Z,2026-10-05T08:40:00Z,4200",
        "E2,outage,Mast,2026-10-05T08:00:00Z,,",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    first, second = read_events(path, mapping="events", key=KEY)
    assert (first.reported_at, first.affected) == (datetime(2026, 10, 5, 8, 40, tzinfo=UTC), 4200)
    assert (second.reported_at, second.affected) == (None, None)


def test_nothing_raw_is_left_in_customers_events_or_errors(customers_of, events_of):
    everything = [
        *customers_of("K-77,,,,,,,mastodon,Rosie77,2026-01-05,", "K-78,,,,,never,,,,,", "K-79,,,,,,,,Rosie77,,"),
        *events_of(
            "E1,call,Call,,,,2026-10-05T08:00:00Z,,,,K-77",
            "E2,party,Call,,,,2026-10-05T08:00:00Z,,,,K-77",
            "E3,call,Call,,,,2026-10-05T08:00:00Z,2026-10-01T08:00:00Z,,,K-77",
        ),
    ]
    assert sum(isinstance(item, RecordUnreadable) for item in everything) == 4
    for item in everything:
        shown = f"{item!r} {item}".lower()
        assert "k-7" not in shown
        assert "rosie77" not in shown


def test_columns_that_the_mapping_does_not_name_stay_outside(tmp_path):
    path = tmp_path / "customers.jsonl"
    path.write_text(json.dumps({"customer_number": "K-1", "email": "someone@example.org", "place": "Hill"}) + "\n")
    [customer] = read_customers(path, mapping="customers", key=KEY)
    assert customer.place == "Hill"
    assert "example.org" not in repr(customer)


@pytest.mark.parametrize(("declared", "written"), [("@Rosie", "rosie"), ("ROSIE", "Rosie"), (" rosie ", "@rosie")])
def test_handles_are_the_same_however_they_are_written(declared, written):
    assert handle_pseudonym(KEY, "Mastodon", declared) == handle_pseudonym(KEY, "mastodon", written)


def test_the_same_handle_elsewhere_and_under_another_key_is_another():
    ways = {
        handle_pseudonym(KEY, "mastodon", "rosie"),
        handle_pseudonym(KEY, "forum", "rosie"),
        handle_pseudonym(b"another", "mastodon", "rosie"),
        customer_pseudonym(KEY, "rosie"),
    }
    assert len(ways) == 4


def test_consent_is_what_the_dates_say(customers_of):
    none, given, withdrawn, never = customers_of(
        "K-1,,,,,,,mastodon,a,,",
        "K-2,,,,,,,mastodon,b,2026-01-05,",
        "K-3,,,,,,,mastodon,c,2026-01-05,2026-03-01",
        "K-4,,,,,,,mastodon,d,,2026-03-01",
    )
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert none.linked_with is None
    assert given.linked_with.holds(march)
    assert not withdrawn.linked_with.holds(march)
    assert withdrawn.linked_with.holds(datetime(2026, 2, 1, tzinfo=UTC))
    assert never.linked_with is None


def test_several_handles_in_one_column(tmp_path):
    path = tmp_path / "customers.jsonl"
    path.write_text(json.dumps({"customer_number": "K-1", "handles": ["mastodon:ann", "forum:ann73"]}) + "\n")
    [customer] = read_customers(path, mapping="customers", key=KEY)
    assert customer.handles == (handle_pseudonym(KEY, "mastodon", "ann"), handle_pseudonym(KEY, "forum", "ann73"))


def test_a_broken_line_is_reported_with_its_place_and_the_rest_goes_on(events_of):
    first, broken, last = events_of(
        "E1,outage,Dark,mobile_data,Hill,North,2026-10-05T08:00:00Z,2026-10-05T09:00:00Z,major,own,",
        "E2,outage,Dark,mobile_data,Hill,North,yesterday,,,,",
        "E3,bill,Bill,billing,,,2026-10-05T08:00:00+02:00,,,,K-1",
    )
    assert isinstance(broken, RecordUnreadable)
    assert broken.where.endswith("events.csv:3")
    assert (first.kind, first.place, first.customer) == ("outage", "Hill", None)
    assert last.started_at == datetime(2026, 10, 5, 6, tzinfo=UTC)
    assert last.customer == customer_pseudonym(KEY, "K-1")


def test_an_unknown_kind_names_those_there_are(events_of):
    [error] = events_of("E1,party,Dark,,,,2026-10-05T08:00:00Z,,,,")
    assert "'party' is none of alarm, outage" in error.reason


def test_an_empty_key_is_refused(customers_of):
    with pytest.raises(ConfigurationError, match="EARSHOT_PSEUDONYM_KEY"):
        customers_of("K-1,,,,,,,,,,", key=b"")


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv"):
        list(read_events(tmp_path / "none.csv", mapping="events", key=KEY))
