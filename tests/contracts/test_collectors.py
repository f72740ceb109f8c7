"""What every source promises. To join: one class in `tests/support/source_cases.py`, one name in its CASES."""

import json
import logging
from datetime import datetime, timedelta

import pytest

from collectors.catalog import CATALOG
from domain.errors import SourceBusy, SourceRefused
from tests.support.clock import FakeClock
from tests.support.misbehaving import misbehaving_server
from tests.support.source_cases import CASES, SECRET, items_of, open_case, trouble

MANY = range(100, 230)
"""More than three pages of the smallest page size."""


@pytest.fixture(scope="module")
def server():
    with misbehaving_server() as told:
        yield told


def those_that(ability):
    """Return the mark for tests of what not every source can do."""
    return pytest.mark.parametrize(
        "case", [case for case in CASES if getattr(case, ability)], indirect=True, ids=lambda case: case.kind
    )


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request, tmp_path, server):
    server.asked.clear()
    server.trouble.clear()
    made = request.param(tmp_path, server)
    yield made
    # Some bring a server of their own.
    getattr(made, "close", lambda: None)()


def drain(case, cursor=None):
    """Return all batches after a cursor, their cursors as a store gives them back."""
    return list(open_case(case, FakeClock()).batches(json.loads(json.dumps(cursor))))


def numbers_of(case, batches):
    return sorted(case.number_of(post) for post in items_of(batches))


def end_of(batches):
    return dict(batches[-1].cursor)


def test_every_kind_of_source_is_here():
    assert {case.kind for case in CASES} == set(CATALOG)


def test_all_is_found_once(case):
    case.add(*MANY)
    batches = drain(case)
    assert numbers_of(case, batches) == list(MANY)
    assert len({post.id for post in items_of(batches)}) == len(MANY)


def test_times_are_utc(case):
    case.add(*MANY)
    for item in items_of(drain(case)):
        times = [value for value in vars(item).values() if isinstance(value, datetime)]
        assert times
        assert {time.utcoffset() for time in times} == {timedelta(0)}


def test_a_second_run_yields_nothing(case):
    case.add(*MANY)
    assert drain(case, end_of(drain(case))) == []


def test_resuming_at_any_page_yields_the_rest_and_misses_nothing(case):
    case.add(*MANY)
    batches = drain(case)
    for place, batch in enumerate(batches):
        rest = drain(case, batch.cursor)
        assert numbers_of(case, rest) == numbers_of(case, batches[place + 1 :])


def test_the_same_cursor_gives_the_same_page(case):
    case.add(*MANY)
    for batch in drain(case):
        assert drain(case, batch.cursor) == drain(case, batch.cursor)


def test_after_a_resume_only_what_is_new_comes(case):
    case.add(*MANY)
    cursor = end_of(drain(case))
    case.add(230, 231)
    assert numbers_of(case, drain(case, cursor)) == [230, 231]


def test_what_is_broken_is_named_and_the_rest_comes(case):
    case.add(100)
    case.add_broken()
    batches = drain(case)
    assert numbers_of(case, batches) == [100]
    assert len([error for batch in batches for error in batch.unreadable if error.where and error.reason]) >= 1


@those_that("can_edit")
def test_an_edit_is_the_same_post_with_another_text(case):
    case.add(*MANY)
    batches = drain(case)
    case.edit(225, "It works again")
    [edited] = items_of(drain(case, end_of(batches)))
    assert getattr(edited, getattr(case, "said", "text")) == "It works again"
    assert edited.id in {post.id for post in items_of(batches)}


@those_that("can_repeat")
def test_a_repeated_cursor_is_an_error(case):
    case.add(*MANY)
    case.repeat_cursor()
    with pytest.raises(SourceRefused, match="repeats its cursor"):
        drain(case)


@those_that("can_fail")
@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_secrets_are_in_no_error_and_no_log(case, status, caplog):
    caplog.set_level(logging.DEBUG)
    case.add(100)
    case.server.trouble.extend([trouble(status)] * 10)
    with pytest.raises((SourceBusy, SourceRefused)) as caught:
        drain(case)
    # A source that does not send its secret as it is sends what it makes of it, which is as secret.
    shown = getattr(case, "shown", SECRET)
    assert shown in str([(asked.query, asked.headers, asked.body) for asked in case.server.asked])
    assert "127.0.0.1" in caplog.text
    for secret in (SECRET, shown):
        assert secret not in f"{caught.value!r} {caught.value}"
        assert secret not in caplog.text


@those_that("can_fail")
def test_trouble_that_passes_loses_nothing(case):
    case.add(*MANY)
    case.server.trouble.extend([trouble(503), trouble(429), trouble(200)])
    assert numbers_of(case, drain(case)) == list(MANY)


def test_the_name_stays_and_holds_no_secret(case):
    case.add(100)
    names = {open_case(case, FakeClock()).name for _ in range(2)}
    assert len(names) == 1
    assert SECRET not in str(names)
    name, value = case.other
    case.settings[name] = value
    assert open_case(case, FakeClock()).name not in names
