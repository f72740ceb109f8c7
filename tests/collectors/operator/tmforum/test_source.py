"""A system of the operator's as a source: lists that slide, servers that misbehave, logins, what it is asked for."""

import base64
from datetime import timedelta

import pytest

from collectors.catalog import open_source
from domain.errors import ConfigurationError, SourceRefused
from domain.identity import customer_pseudonym
from pipeline.ingest import ingest
from tests.support.cases_forums import LATER, moment, says
from tests.support.cases_tmforum import FakeTmForum
from tests.support.clock import FakeClock
from tests.support.flows import flow_to
from tests.support.misbehaving import Says, misbehaving_server
from tests.support.tmforum_payloads import CUSTOMER, CUSTOMER_DOCUMENT, INDIVIDUAL, OURS, SECRETS, USAGE

KEY = b"a key for tests"
ALARMS = "/tmf-api/alarmManagement/v4/alarm"


@pytest.fixture
def server():
    with misbehaving_server() as told:
        yield told


def opened(server, clock=None, key=KEY, environ=None, **settings):
    table = {"type": "tmforum", "url": server.url, "resources": ["alarm"], "allow_private": True} | settings
    environ = {"EARSHOT_SOURCE_NET_TOKEN": "s3cr3t-k3y"} if environ is None else environ
    return open_source("net", table, clock=clock or FakeClock(), environ=environ, key=key)


def records(batches):
    return [record for batch in batches for record in batch.records]


def listing(server, found, **more):
    """Let the server list these, whole, at every address."""
    server.answer = lambda asked: Says(headers=says([]).headers | more, body=says(found).body)


def test_it_asks_for_what_changed_by_each_field_that_tells_and_then_goes_on_from_there(server):
    fake, clock = FakeTmForum(server), FakeClock()
    fake.add(100)
    fake.add(101, alarmChangedTime=moment(500))
    batches = list(opened(server, clock).batches(None))
    assert sorted(record.id for record in records(batches)) == ["alarm:100", "alarm:101"]
    asked = [name for one in server.asked for name in one.query if name.endswith(".gte")]
    assert list(dict.fromkeys(asked)) == ["alarmChangedTime.gte", "alarmRaisedTime.gte"]
    server.asked.clear()
    assert list(opened(server, clock).batches(batches[-1].cursor)) == []
    # From the newest change, less the overlap.
    assert server.asked[0].query["alarmChangedTime.gte"] == "2026-11-20T09:23:20.000Z"


def test_what_changed_while_the_list_was_read_is_asked_for_again(server):
    fake, clock = FakeTmForum(server), FakeClock()

    def slowly(asked):
        clock.sleep(100)
        fake.add(100, alarmChangedTime=clock.now().isoformat())
        return fake.answer(asked)

    server.answer = slowly
    cursor = list(opened(server, clock, overlap_hours=0).batches(None))[-1].cursor
    server.answer = fake.answer
    server.asked.clear()
    list(opened(server, clock, overlap_hours=0).batches(cursor))
    # When the reading began.
    assert server.asked[0].query["alarmChangedTime.gte"] == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize("gone", [1, 3, 25])
def test_a_list_that_slides_while_it_is_read_loses_nothing(server, gone):
    fake, clock = FakeTmForum(server), FakeClock()
    for number in range(100, 230):
        fake.add(number)
    found, cursor = set(), None
    for place, batch in enumerate(opened(server, clock, overlap_hours=0).batches(None)):
        found |= {record.id for record in batch.records}
        cursor = batch.cursor
        if place == 1:
            # What was read already is deleted: the rest comes forward.
            for number in range(100, 100 + gone):
                del fake.records[number]
    # Where it slid by more than the overlap, the next round reads it all again.
    found |= {record.id for record in records(opened(server, clock, overlap_hours=0).batches(cursor))}
    assert found == {f"alarm:{number}" for number in range(100, 230)}


def test_a_list_that_was_cut_off_goes_on_from_the_same_time(server):
    fake, clock = FakeTmForum(server), FakeClock()
    for number in range(100, 200):
        fake.add(number)
    first = next(iter(opened(server, clock).batches(None)))
    clock.sleep(86_400)
    server.asked.clear()
    list(opened(server, clock).batches(first.cursor))
    assert {one.query.get("alarmChangedTime.gte") or one.query["alarmRaisedTime.gte"] for one in server.asked} == {
        "2026-10-23T12:00:00.000Z"
    }


def test_a_server_that_filters_nothing_is_asked_for_all_and_gives_what_is_new(server):
    fake = FakeTmForum(server)
    fake.filters_nothing = True
    fake.add(100, alarmRaisedTime="2025-01-01T00:00:00Z")
    fake.add(101)
    fake.add(102, alarmRaisedTime="2025-01-01T00:00:00Z", alarmChangedTime=LATER)
    for settings in ({}, {"filters": False}):
        found = records(opened(server, **settings).batches(None))
        assert sorted(record.id for record in found) == ["alarm:101", "alarm:102"]
    assert not any(name.endswith(".gte") for name in server.asked[-1].query)


def test_a_server_that_gives_fewer_than_asked_and_no_totals_is_read_to_its_end(server):
    alarms = [{"id": number, "alarmRaisedTime": moment(number)} for number in range(100, 150)]

    def answer(asked):
        start = int(asked.query["offset"])
        return says(alarms[start : start + 7])

    server.answer = answer
    assert len(records(opened(server).batches(None))) == 50


def test_a_list_that_never_ends_does(server):
    def answer(asked):
        start = int(asked.query["offset"])
        page = [{"id": number, "alarmRaisedTime": moment(1)} for number in range(start, start + 100)]
        return Says(status=206, headers=says([]).headers, body=says(page).body)

    server.answer = answer
    batches = list(opened(server, most=1_000).batches(None))
    assert len({record.id for record in records(batches)}) == 1_000
    assert [str(error) for batch in batches for error in batch.unreadable] == [
        f"{server.url.removeprefix('http://')}{ALARMS}: there are more than 1000 of them; the rest is not read"
    ]


@pytest.mark.parametrize("body", [b"{}", b"7", b"null", b'{"alarm": []}'])
def test_what_is_no_list_is_refused(server, body):
    server.answer = lambda asked: Says(headers={"Content-Type": "application/json"}, body=body)
    with pytest.raises(SourceRefused, match="not a list"):
        list(opened(server).batches(None))


def test_one_record_of_a_page_that_cannot_be_read_takes_no_other_with_it(server):
    listing(server, [{"id": 1, "alarmRaisedTime": moment(1)}, {"id": 2}, "x", None, {"alarmRaisedTime": moment(3)}])
    batches = list(opened(server).batches(None))
    assert [record.id for record in records(batches)] == ["alarm:1"]
    assert len([error for batch in batches for error in batch.unreadable]) == 4


@pytest.mark.parametrize(
    ("version", "resource", "path"),
    [
        ("v4", "alarm", ALARMS),
        ("v5", "customer", "/tmf-api/customer/v5/customer"),
        ("v4", "customer", "/tmf-api/customerManagement/v4/customer"),
        ("v5", "individual", "/tmf-api/partyManagement/v5/individual"),
        ("v4", "serviceProblem", "/tmf-api/serviceProblemManagement/v4/serviceProblem"),
    ],
)
def test_where_the_standard_has_resources(server, version, resource, path):
    listing(server, [])
    list(opened(server, version=version, resources=[resource]).batches(None))
    assert {one.path for one in server.asked} == {path}


def test_where_a_vendor_has_them(server):
    listing(server, [])
    paths = ["alarm = /faults/v1/alarms/", "service=inventory/service"]
    list(opened(server, resources=["service", "alarm"], paths=paths).batches(None))
    assert list(dict.fromkeys(one.path for one in server.asked)) == ["/inventory/service", "/faults/v1/alarms"]


def test_what_others_refer_to_comes_first_and_of_people_no_name_is_asked_for(server):
    listing(server, [])
    list(opened(server, resources=["alarm", "customer", "individual", "geographicSite"]).batches(None))
    names = list(dict.fromkeys(one.path.rpartition("/")[2] for one in server.asked))
    assert names == ["geographicSite", "individual", "customer", "alarm"]
    asked_for = {one.path.rpartition("/")[2]: one.query.get("fields", "") for one in server.asked}
    assert asked_for["individual"] == "id,contactMedium,externalReference,languageAbility,status"
    assert "name" not in asked_for["customer"].split(",")
    assert asked_for["alarm"] == ""
    server.asked.clear()
    list(opened(server, resources=["individual"], select=False).batches(None))
    assert "fields" not in server.asked[0].query


def test_people_come_under_pseudonyms_and_no_cursor_names_them(server, tmp_path):
    people = {"/tmf-api/party/v4/individual": INDIVIDUAL, "/tmf-api/customerManagement/v4/customer": CUSTOMER_DOCUMENT}
    server.answer = lambda asked: says([people[asked.path]])
    flow = flow_to(tmp_path / "earshot.sqlite")
    tally = ingest(opened(server, resources=["individual", "customer"], region="GB"), flow, lambda _page: None)
    assert tally.records.added == 2
    [customer], [party] = flow.store.scan("customers"), flow.store.scan("parties")
    assert customer["id"] == customer_pseudonym(KEY, CUSTOMER)
    assert party["id"] in customer["parties"]
    everything = str(list(flow.store.dump()))
    assert [secret for secret in SECRETS if secret in everything] == []
    # No posts are listened for: an hour without any says nothing.
    assert list(flow.store.scan("coverage")) == []


def test_usage_comes_as_totals_of_whole_days_however_often_it_is_cut_off(server):
    calls = [USAGE | {"id": f"u-{number}", "usageDate": moment(number)} for number in range(100)]

    def answer(asked):
        start = int(asked.query["offset"])
        return Says(status=206, headers=says([]).headers, body=says(calls[start : start + 30]).body)

    server.answer = answer
    [total] = records(opened(server, resources=["usage"], page_size=30).batches(None))
    assert (total.kind, total.attributes["times"]) == ("usage", "100")
    assert total.attributes["duration_seconds"] == "1200"
    assert server.asked[0].query["usageDate.gte"] == "2026-10-23T00:00:00.000Z"
    calls.append(USAGE | {"id": "broken", "usageDate": None})
    batches = list(opened(server, resources=["usage"], page_size=30).batches(None))
    assert [total.attributes["times"] for total in records(batches)] == ["100"]
    assert len([error for batch in batches for error in batch.unreadable]) == 1
    # As far as a cursor goes, a list that was not read to its end is not read.
    assert all("position" not in str(batch.cursor) for batch in batches)


def test_usage_of_the_same_day_that_comes_later_replaces_the_days_total(server, tmp_path):
    calls = [USAGE | {"id": f"u-{number}", "usageDate": moment(number), "relatedParty": OURS} for number in range(3)]
    server.answer = lambda asked: says(calls if asked.query["offset"] == "0" else [])
    flow, clock = flow_to(tmp_path / "earshot.sqlite"), FakeClock()
    for _ in range(2):
        ingest(opened(server, clock, resources=["usage"]), flow, lambda _page: None)
        calls.append(USAGE | {"id": "u-later", "usageDate": moment(600), "relatedParty": OURS})
    [event] = flow.store.scan("events")
    assert event["attributes"]["times"] == "4"


def test_it_logs_in_with_a_token_that_is_granted(server):
    listing(server, [])

    def answer(asked):
        return says({"access_token": "t-1", "expires_in": 3600}) if asked.path == "/token" else says([])

    server.answer = answer
    environ = {"EARSHOT_SOURCE_NET_CLIENT_SECRET": "s3cr3t"}
    table = {"client_id": "ours", "login": f"{server.url}/token", "scope": "read"}
    list(opened(server, environ=environ, **table).batches(None))
    login, *rest = server.asked
    assert login.form == {"grant_type": "client_credentials", "scope": "read"}
    assert login.headers["authorization"] == f"Basic {base64.b64encode(b'ours:s3cr3t').decode()}"
    assert {one.headers["authorization"] for one in rest} == {"Bearer t-1"}


@pytest.mark.parametrize(
    ("settings", "environ", "shown"),
    [
        ({"user": "ann"}, {"EARSHOT_SOURCE_NET_PASSWORD": "pw"}, f"Basic {base64.b64encode(b'ann:pw').decode()}"),
        ({}, {"EARSHOT_SOURCE_NET_TOKEN": "t-2"}, "Bearer t-2"),
        ({}, {}, None),
    ],
)
def test_it_shows_what_the_server_wants(server, settings, environ, shown):
    listing(server, [])
    list(opened(server, environ=environ, **settings).batches(None))
    assert server.asked[0].headers.get("authorization") == shown


@pytest.mark.parametrize(
    ("settings", "says_"),
    [
        ({"key": b""}, "EARSHOT_PSEUDONYM_KEY"),
        ({"resources": ["alarms"]}, "'alarms' is none of alarm"),
        ({"resources": []}, "resources names nothing"),
        ({"version": "v3"}, "v4 or v5"),
        ({"paths": ["alarm"]}, "paths are written as"),
        ({"paths": ["mast=/x"]}, "'mast' is none of"),
        ({"page_size": 1}, "page_size must be"),
        ({"client_id": "ours"}, "client_id needs"),
        ({"user": "ann"}, "user needs password"),
    ],
)
def test_settings_that_cannot_be_are_said(server, settings, says_):
    with pytest.raises(ConfigurationError, match=says_):
        opened(server, environ={}, **settings)


def test_the_overlap_is_read_again_and_a_late_change_is_found(server):
    fake, clock = FakeTmForum(server), FakeClock()
    fake.add(100, alarmChangedTime="2026-11-22T11:00:00Z")
    cursor = list(opened(server, clock).batches(None))[-1].cursor
    clock.sleep(timedelta(hours=3).total_seconds())
    fake.add(101, alarmRaisedTime="2026-11-22T09:00:00Z", alarmChangedTime="2026-11-22T09:30:00Z")
    assert [record.id for record in records(opened(server, clock).batches(cursor))] == ["alarm:101"]


@pytest.mark.parametrize("many", [3, 250])
def test_a_server_that_knows_no_pages_gives_all_at_once(server, many):
    listing(server, [{"id": number, "alarmRaisedTime": moment(number)} for number in range(many)])
    assert len(records(opened(server).batches(None))) == many


def test_one_that_gives_the_same_full_page_again_is_refused(server):
    listing(server, [{"id": number, "alarmRaisedTime": moment(number)} for number in range(100)])
    with pytest.raises(SourceRefused, match="the same page twice"):
        list(opened(server).batches(None))
