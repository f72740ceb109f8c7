"""An empty store for what is pushed."""

import pytest

from stores.open import open_store


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/earshot.sqlite", synced=True)
    yield opened
    opened.close()
