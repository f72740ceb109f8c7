"""Every source that is asked over HTTP, given its own answers with something odd in one place of them."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.fuzz import runs
from tests.support.odd_answers import DEEP, ODD, OddAnswers, changed, records
from tests.support.source_cases import CASES, id_of, items_of

NUMBERS = range(100, 106)
ASKED = [case for case in CASES if case.kind not in {"counters", "file", "rss", "jetstream"}]
EACH_FOR_ITSELF = [case for case in ASKED if case.kind not in {"meta", "youtube"}]
"""Sources of which each record is a post; the comments of an odd video or post cannot be asked for."""
PLACES = st.integers(0, 500)
ANSWERS = st.integers(0, 15)


def answers_of(request, tmp_path_factory):
    answers = OddAnswers(request.param, tmp_path_factory.mktemp("case"), *NUMBERS)
    batches, error = answers.read(lambda number, body: body)
    assert error is None
    items = items_of(batches)
    assert sorted(map(answers.case.number_of, items)) == list(NUMBERS)
    answers.ids = [id_of(item) for item in items]
    answers.requests = answers.asked
    return answers


@pytest.fixture(scope="module", params=ASKED, ids=lambda case: case.kind)
def answers(request, tmp_path_factory):
    return answers_of(request, tmp_path_factory)


@pytest.fixture(scope="module", params=EACH_FOR_ITSELF, ids=lambda case: case.kind)
def separate(request, tmp_path_factory):
    return answers_of(request, tmp_path_factory)


def odd_in(wanted, place, odd, *, of=None):
    """Return what changes one answer, and the bodies that it was asked to change."""
    before = []

    def change(number, body):
        if number != wanted or not body.startswith((b"{", b"[")):
            return body
        before.append(body)
        return changed(body, place, odd, of=of)

    return change, before


@runs(25)
@given(answer=ANSWERS, place=PLACES, odd=st.sampled_from(ODD))
def test_an_odd_answer_is_no_more_than_an_error_of_ours(answers, answer, place, odd):
    change, _ = odd_in(answer % answers.requests, place, odd)
    answers.read(change)


@runs(25)
@given(answer=ANSWERS, record=st.integers(0, 5), place=PLACES, odd=st.sampled_from(ODD).filter(lambda odd: odd != DEEP))
def test_an_odd_record_keeps_none_of_the_others_away(separate, answer, record, place, odd):
    change, before = odd_in(answer % separate.requests, place, odd, of=record)
    batches, error = separate.read(change)
    assume(before and len(records(before[0])) == len(NUMBERS))
    assert error is None
    found = {id_of(item) for item in items_of(batches)}
    assert len(set(separate.ids) - found) <= 1


@runs(15)
@given(answer=st.integers(0, 3), place=PLACES, odd=st.sampled_from(ODD))
def test_an_odd_answer_to_who_asks_again_is_no_more_than_that(answers, answer, place, odd):
    if hasattr(answers.open(), "recheck"):
        answers.ask_again(answers.ids[:3], odd_in(answer, place, odd)[0])


@runs(15)
@given(record=st.integers(0, 2), place=PLACES, odd=st.sampled_from([None, [], {}, [None], {"id": None}]))
def test_of_what_cannot_be_read_nothing_is_deleted(answers, record, place, odd):
    """What a source shows of a post may be unreadable; that it is gone is something else."""
    if not hasattr(answers.open(), "recheck"):
        return
    good = answers.ask_again(answers.ids[:3], lambda number, body: body)
    change, _ = odd_in(answers.asked - 1, place, odd, of=record)
    batch = answers.ask_again(answers.ids[:3], change)
    if batch is not None:
        assert len([deletion for deletion in batch.deletions if deletion.final]) == len(good.deletions)
