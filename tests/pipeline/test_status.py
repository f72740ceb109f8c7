"""What stands in the store of work that repeats, as it is said to people."""

from datetime import UTC, datetime, timedelta

import pytest

from configuration.load import load_config
from domain.documents import instant
from pipeline.status import status
from stores.open import open_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE = """
[source.forum]
kind = "file"
path = "forum.jsonl"
mapping = "jsonl"
"""


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "earshot.toml"
    file.write_text(FILE)
    return load_config(file)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/earshot.sqlite")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("newest", "lag_s"),
    [(NOW - timedelta(hours=1), 3600), (NOW, 0), (NOW + timedelta(minutes=5), 0)],
    ids=["an hour ago", "now", "by a clock that is ahead"],
)
def test_how_far_behind_a_source_is(store, config, newest, lag_s):
    store.upsert("jobs", [{"id": "collect:forum", "source": "forum", "newest_at": instant(newest)}])
    (record, *_) = status(store, config, NOW)
    assert (record["job"], record["source"], record["lag_s"]) == ("collect", "forum", lag_s)


def test_of_a_source_that_brought_nothing_it_is_not_known(store, config):
    (record, *_) = status(store, config, NOW)
    assert (record["state"], record["lag_s"]) == ("not yet done", None)
