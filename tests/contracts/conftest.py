"""An empty store of each kind, for the test bodies that hold for all of them."""

import pytest

from stores.open import open_store


@pytest.fixture(params=["sqlite", pytest.param("elastic", marks=pytest.mark.elastic)])
def store_name(request):
    return request.param


@pytest.fixture
def store(store_name, request, tmp_path):
    """An empty store."""
    if store_name == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path}/new/folder/posts.sqlite")
    else:
        url = request.getfixturevalue("elastic_url")
        opened = open_store(url, environ=request.getfixturevalue("elastic").environ)
    yield opened
    opened.close()
