"""Fixtures that several folders share."""

import os
import uuid
from contextlib import contextmanager

import pytest

from stores.elastic import ElasticStore
from tests.support.elastic_server import ServerMissing, elastic_server


@pytest.fixture(scope="session")
def elastic():
    """A real Elasticsearch, started once: its `url` and `environ`."""
    with _started() as server:
        yield server


@pytest.fixture(scope="module")
def secured_elastic():
    """A second one, with TLS and a password; only for the tests that need these."""
    with _started(secured=True) as server:
        yield server


@pytest.fixture
def elastic_url(elastic):
    """The address of a store of one's own in the shared server; what it kept goes afterwards."""
    prefix = f"test-{uuid.uuid4().hex[:12]}"
    yield f"{elastic.url}/{prefix}"
    erase(elastic, prefix)


@pytest.fixture
def elastic_store(elastic, elastic_url):
    """An empty store in Elasticsearch."""
    store = ElasticStore.connect(elastic_url, elastic.environ)
    yield store
    store.close()


def erase(elastic, prefix):
    """Delete all indices and templates of a prefix."""
    store = ElasticStore.connect(f"{elastic.url}/eraser", elastic.environ)
    client = store._client
    try:
        for prefix in (prefix, "eraser"):
            names = list(client.indices.get(index=f"{prefix}-*", features="aliases"))
            if names:
                client.indices.delete(index=names)
            client.indices.delete_index_template(name=f"{prefix}-*")
    finally:
        store.close()


@contextmanager
def _started(**flavour):
    try:
        with elastic_server(**flavour) as server:
            yield server
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
