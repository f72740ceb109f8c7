"""A service problem goes out once, when somebody lets it, and never about what the network knows already."""

import json
from contextlib import closing
from dataclasses import replace

import pytest

from actions.open_problem import open_problem
from domain.documents import to_document
from domain.errors import InputError
from responders.files import FileResponder
from stores.open import open_store
from tests.insights.detection.test_service_problem import INCIDENT
from tests.support.bursts import AT

KNOWN = replace(INCIDENT, id="i2", kind="confirmed", events=("alarm:7",))


@pytest.fixture
def opened(tmp_path):
    """Return what opens a problem, the file that it goes into and the audit."""
    file = tmp_path / "sent.jsonl"
    with closing(open_store(f"sqlite:///{tmp_path / 'e.sqlite'}")) as store:
        store.upsert("incidents", [to_document(INCIDENT), to_document(KNOWN)])

        def run(key, by="ann"):
            return open_problem(store, FileResponder(file), key, brand_name=str.title, by=by, at=AT)

        yield run, file, lambda: [(one["actor"], one["action"], one["target"]) for one in store.scan("audit")]


def test_it_goes_out_once_and_the_audit_says_who_let_it(opened):
    run, file, audit = opened
    assert [run("i1"), run("i1", by="bob")] == ["sent", "sent before"]
    [line] = file.read_text(encoding="utf-8").splitlines()
    message = json.loads(line)
    assert (message["channel"], message["to"], message["approved_by"]) == ("tmf656", "serviceProblem", "ann")
    assert json.loads(message["text"])["externalIdentifier"][0]["id"] == "i1"
    assert audit() == [("ann", "open service problem", "i1")]


@pytest.mark.parametrize(
    ("key", "by", "told"),
    [
        ("i2", "ann", "the network has alarm:7 on record"),
        ("i9", "ann", "there is no incident 'i9'"),
        ("i1", " ", "approved by nobody"),
    ],
)
def test_what_may_not_go_out_does_not(opened, key, by, told):
    run, file, audit = opened
    with pytest.raises(InputError, match=told):
        run(key, by)
    assert not file.exists()
    assert audit() == []
