"""An empty SQLite store."""

from contextlib import closing

import pytest

from stores.open import open_store


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/earshot.sqlite")) as opened:
        yield opened
