"""Addresses of stores."""

import subprocess
import sys

import pytest

from domain.errors import ConfigurationError, StoreUnreachable
from stores.open import open_store
from stores.sqlite.store import SqliteStore


def test_a_relative_address_is_a_file_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///data/posts.sqlite").close()
    assert (tmp_path / "data" / "posts.sqlite").is_file()


def test_an_absolute_address_may_have_odd_characters(tmp_path):
    file = tmp_path / "über uns?#%20" / "posts & more.sqlite"
    store = open_store(f"sqlite:///{file}")
    assert isinstance(store, SqliteStore)
    store.upsert("posts", [])
    store.close()
    assert file.is_file()
    assert [item.name for item in tmp_path.rglob("*") if item.is_file()] == [file.name]


@pytest.mark.parametrize(
    "url",
    ["", "posts.sqlite", "sqlite:posts", "sqlite://posts", "sqlite:///", "mysql://host", "elasticsearch://", "://x"],
)
def test_other_addresses_are_refused_with_the_forms_that_hold(url):
    with pytest.raises(ConfigurationError) as refused:
        open_store(url)
    for form in (
        "sqlite:///relative/path",
        "sqlite:////absolute",
        "elasticsearch://host:port",
        "elasticsearch+https://",
    ):
        assert form in str(refused.value)


def test_an_elasticsearch_that_is_not_there():
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1:9"):
        open_store("elasticsearch://127.0.0.1:9", environ={})


def test_sqlite_needs_no_client_of_elasticsearch():
    script = "import sys, stores.open; print('elasticsearch' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
