"""What was pushed becomes records on every store: in order, once, whoever is killed, whatever cannot be read."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.operator.cloudevents import cloud_event_reader
from collectors.operator.tmforum.notifications import Notification
from domain.customer import Customer
from domain.documents import NEW, REVISION, parse_instant
from domain.errors import ConfigurationError, RecordUnreadable, StoreRefused
from domain.event import Event
from domain.party import Party
from domain.received import Received, inbox_document
from pipeline import inbox as inbox_module
from pipeline.inbox import Inbox
from pipeline.jobs import Jobs
from tests.support.clock import FakeClock
from tests.support.interleaved import interleavings
from tests.support.pushed import at, inbox, outage

KEY = b"a key for tests"
KEEP = timedelta(days=7)
STARTED = parse_instant(at(0))
SHARED_HANDLE = "a" * 20


def came(store, *events, source="/noc"):
    """Put CloudEvents into the inbox, one after the other."""
    first = len(list(store.scan("inbox", fields=("id",))))
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    documents = [
        inbox_document(
            Received(
                form=event.get("form", "cloudevent"),
                source=source,
                key=(event["id"],),
                body=event.get("body") or json.dumps(event),
                content_type="application/cloudevents+json",
                type=event.get("type"),
            ),
            now,
            first + number,
        )
        for number, event in enumerate(events)
    ]
    store.upsert("inbox", [one | {REVISION: NEW} for one in documents])


def reader(store, clock=None, **readers):
    readers = readers or {"cloudevent": cloud_event_reader(["outage=events", "person=customers"])}
    return Inbox(store, readers, KEY, clock or FakeClock(), keep=KEEP)


def work_off(store, clock=None, **readers):
    return reader(store, clock, **readers).work_off(lambda: None)


def events(store):
    return {one["id"]: one for one in store.scan("events")}


def test_what_came_becomes_records_and_its_body_goes(store):
    came(store, outage(1), outage(2, title="No data"))
    done = work_off(store)
    assert (done["fetched"], done["added"], done["unreadable"]) == (2, 2, 0)
    assert {key: one["title"] for key, one in events(store).items()} == {"o1": "No signal", "o2": "No data"}
    assert [(one["state"], "body" in one, one["about"]) for one in inbox(store)] == [
        ("done", False, ["events:o1"]),
        ("done", False, ["events:o2"]),
    ]
    assert work_off(store)["fetched"] == 0


def test_the_last_that_came_counts_whatever_the_ids_are(store, monkeypatch):
    monkeypatch.setattr(inbox_module, "PAGE", 2)
    monkeypatch.setattr(inbox_module, "IN_HAND", 3)
    came(store, *({**outage(1, title=f"state {number}"), "id": f"n{number}"} for number in range(20)))
    work_off(store)
    assert events(store)["o1"]["title"] == "state 19"


@pytest.mark.parametrize("together", [True, False])
def test_what_is_told_late_does_not_undo_what_is_known(store, together):
    late = {**outage(1, hour=1), "id": "late"}
    over = {**outage(1, hour=2, end=at(2)), "id": "over"}
    came(store, over)
    if not together:
        work_off(store)
    came(store, late)
    assert work_off(store)["stale"] == 1
    assert events(store)["o1"]["ended_at"] == at(2)
    came(store, {**outage(1, hour=3, title="Again"), "id": "again"})
    work_off(store)
    assert (events(store)["o1"]["title"], "ended_at" in events(store)["o1"]) == ("Again", False)


def test_of_the_same_time_or_of_none_the_last_that_came_counts(store):
    same = {**outage(1, title="same time"), "id": "same"}
    none = {**outage(1, title="no time"), "id": "none"}
    del none["time"]
    came(store, outage(1), same)
    work_off(store)
    assert events(store)["o1"]["title"] == "same time"
    came(store, none)
    work_off(store)
    assert events(store)["o1"]["title"] == "no time"


def test_a_record_that_changes_often_costs_no_more_each_time(store):
    for number in range(30):
        came(store, {**outage(1, hour=number % 24), "id": f"n{number}"})
        work_off(store)
    assert sum("about" in one for one in store.scan("inbox")) == 1


def test_of_a_party_what_was_said_of_it_is_late_by_itself(store):
    said = {
        "new handles": Party(id="p1", handles=(SHARED_HANDLE,), says=("handles",)),
        "old handles": Party(id="p1", handles=("b" * 20,), says=("handles",)),
        "old contacts": Party(id="p1", contacts=("c" * 20,), says=("contacts",)),
    }

    def read(payload, key):
        hour = 1 if payload["id"].startswith("old") else 2
        return Notification(event_id="", event_type="", at=parse_instant(at(hour)), records=(said[payload["id"]],))

    came(store, *({"id": name} for name in said))
    work_off(store, cloudevent=read)
    [party] = store.scan("parties")
    assert (party["handles"], party["contacts"]) == ([SHARED_HANDLE], ["c" * 20])


UNREADABLE = {
    "no mapping": ({**outage(1), "type": "strange"}, "names no mapping for the type 'strange'"),
    "no data": ({**outage(1), "data": None}, "neither an object nor a list"),
    "a list of texts": ({**outage(1), "data": ["a"]}, "neither an object nor a list"),
    "a broken record": (outage(1, kind="strange"), "kind 'strange' is none of"),
    "one of several": ({**outage(1), "data": [outage(1)["data"], {}]}, "there is no started_at"),
    "no time": ({**outage(1), "time": "soon"}, "not of the documented shape"),
    "no JSON": ({**outage(1), "body": "{"}, "not of the documented shape"),
}


@pytest.mark.parametrize(("event", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_stays_with_its_reason_and_keeps_nothing_else_away(store, caplog, event, reason):
    came(store, event, {**outage(2), "id": "good"})
    done = work_off(store)
    assert (done["unreadable"], list(events(store))) == (1, ["o2"])
    [refused] = [one for one in inbox(store) if one["state"] == "unreadable"]
    assert reason in refused["reason"]
    assert refused["body"]
    assert "No signal" not in caplog.text


def test_bodies_that_cannot_be_read_are_bounded_and_so_is_the_log(store, monkeypatch, caplog):
    monkeypatch.setattr(inbox_module, "MOST_UNREADABLE", 2)
    came(store, *({**outage(number), "type": "strange"} for number in range(5)))
    work_off(store)
    assert [record.getMessage() for record in caplog.records if record.name == inbox_module.__name__] == [
        "5 documents of the inbox cannot be read; their reasons stand in it"
    ]
    assert [(one["state"], "body" in one, "reason" in one) for one in inbox(store)] == [
        *[("done", False, True)] * 3,
        *[("unreadable", True, True)] * 2,
    ]


def test_forms_that_nobody_reads_wait(store):
    came(store, {"id": "1", "form": "tmforum"})
    assert work_off(store)["fetched"] == 0
    assert [one["state"] for one in inbox(store)] == ["waiting"]


def test_what_is_long_over_is_forgotten_and_what_waits_is_not(store):
    clock = FakeClock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    came(store, outage(1), {"id": "raw", "form": "webhook"}, {"id": "1", "form": "tmforum"}, {**outage(2), "type": "x"})
    work_off(store, clock)
    clock.sleep(KEEP.total_seconds() - 1)
    work_off(store, clock)
    assert len(inbox(store)) == 4
    clock.sleep(2)
    assert work_off(store, clock)["deleted"] == 3
    assert [one["form"] for one in inbox(store)] == ["tmforum"]


class Killed(BaseException):
    """The process is gone."""


def test_whoever_is_killed_anywhere_leaves_the_same_records(store):
    told = [outage(1), {**outage(1, hour=2, end=at(2)), "id": "n1b"}, {**outage(2), "type": "strange"}, outage(3)]

    def killed():
        raise Killed

    def work(store_of):
        for kind in ("inbox", "events", "changes"):
            store.delete(kind, [one["id"] for one in store.scan(kind)])
        came(store, *told)
        try:
            work_off(store_of(store))
        except Killed:
            work_off(store)

    for _ in interleavings(work, killed, most=60):
        assert {key: one.get("ended_at") for key, one in events(store).items()} == {"o1": at(2), "o3": None}
        assert [one["state"] for one in inbox(store)] == ["done", "done", "unreadable", "done"]


def test_what_is_done_again_changes_no_history(store):
    """Killed between the records and the note of them: each is kept as it is, not as it was on the way."""
    states = [
        {"id": f"n{n}", "type": "person", "source": "/crm", "time": at(n), "data": {"customer_id": "7", "place": place}}
        for n, place in enumerate(("Leeds", "York", "Hull"))
    ]
    came(store, *states)

    class Dies:
        def __getattr__(self, name):
            return getattr(store, name)

        def patch(self, kind, changes):
            changes = list(changes)
            noted.append(kind == "inbox" and any(one.get("state") == "done" for one in changes))
            if sum(noted) == 2:
                raise Killed
            return store.patch(kind, changes)

    noted = []
    with pytest.raises(Killed):
        work_off(Dies())
    work_off(store)
    [customer] = store.scan("customers")
    assert customer["place"] == "Hull"
    assert [change["was"] for change in customer["history"]] == [{"place": "Leeds"}, {"place": "York"}]


def test_two_processes_do_nothing_twice(store):
    came(store, *(outage(number) for number in range(5)))
    clock = FakeClock()
    second = []

    def first(run):
        second.append(Jobs(store, clock).attempt("inbox", lambda run: work_off(store)))
        run.count(fetched=reader(store).work_off(run.check)["fetched"])

    assert Jobs(store, clock).attempt("inbox", first).sentence is None
    assert "process" in second[0].elsewhere
    assert Jobs(store, clock).of("inbox")["fetched"] == 5


def test_what_no_store_takes_keeps_nothing_else_away(store):
    class Picky:
        def __getattr__(self, name):
            return getattr(store, name)

        def upsert(self, kind, documents):
            if any(one["id"] == "o2" for one in documents):
                raise StoreRefused("o2 is refused")
            return store.upsert(kind, documents)

    came(store, outage(1), outage(2), outage(3))
    assert work_off(Picky())["unreadable"] == 1
    assert sorted(events(store)) == ["o1", "o3"]
    assert [one.get("reason") for one in inbox(store)] == [None, "o2 is refused", None]


def test_a_store_that_is_away_loses_nothing(store):
    class Away:
        def __getattr__(self, name):
            return getattr(store, name)

        def upsert(self, *_):
            raise StoreRefused("the disk is full")

        patch = upsert

    came(store, outage(1))
    with pytest.raises(StoreRefused):
        work_off(Away())
    assert work_off(store)["added"] == 1


def test_people_are_under_pseudonyms_and_several_records_come_in_one_event(store):
    people = [{"customer_id": "4711", "place": "Leeds"}, {"customer_id": "4712", "place": "York"}]
    came(store, {**outage(1), "type": "person", "data": people})
    work_off(store)
    assert sorted(one["place"] for one in store.scan("customers")) == ["Leeds", "York"]
    assert "4711" not in json.dumps([list(store.scan("customers")), inbox(store)])


def test_what_a_reader_gives_is_kept_whatever_its_kind(store):
    records = (Customer(id="c1", place="Leeds"), Event(id="e1", kind="alarm", title="Down", started_at=STARTED))

    def read(payload, key):
        if payload["id"] != "n1":
            raise RecordUnreadable("a hub", "no")
        return Notification(event_id="n1", event_type="x", at=None, records=records)

    came(store, {"id": "n1", "form": "tmforum"}, {"id": "n2", "form": "tmforum"})
    assert work_off(store, tmforum=read)["unreadable"] == 1
    assert (len(list(store.scan("customers"))), list(events(store))) == (1, ["e1"])


@pytest.mark.parametrize("line", ["outage", "=events", "outage=", "outage=posts", "outage=events:no-such"])
def test_a_line_of_the_configuration_that_means_nothing_is_said(line):
    with pytest.raises(ConfigurationError):
        cloud_event_reader([line])
