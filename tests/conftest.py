"""Fixtures that several folders share."""

import os
import uuid
from contextlib import closing, contextmanager

import pytest
from hypothesis import settings

from tests.support.clock import FakeClock
from tests.support.elastic_server import ServerMissing, elastic_server, erase
from tests.support.misbehaving import misbehaving_server

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


# With `--no-loadscope-reorder`, as CI runs: xdist would begin with the files of many tests, which are the quick ones.
LONGEST = (
    "test_browser.py",
    "test_linear.py",
    "test_identity.py",
    "test_views.py",
    "test_troubles.py",
    "test_store_answers.py",
    "test_accessibility.py",
    "test_discovery.py",
    "test_training.py",
    "test_stores.py",
    "test_models.py",
    "test_storms.py",
    "test_student.py",
    "test_collectors.py",
    "test_encoder.py",
    "test_clock_back.py",
    "test_races.py",
)


def pytest_collection_modifyitems(items):
    """Begin with the files that take minutes: at the end nobody waits for one that another worker has just begun."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def server():
    with misbehaving_server() as told:
        yield told


@pytest.fixture(scope="session")
def elastic():
    """A real Elasticsearch, started once: its `url` and `environ`."""
    with started(elastic_server) as server:
        yield server


@pytest.fixture(scope="module")
def secured_elastic():
    """A second one, with TLS and a password; only for the tests that need these."""
    with started(elastic_server, secured=True) as server:
        yield server


@pytest.fixture(scope="session")
def elastic_home(elastic):
    """The address of this run's own store in the shared server: its templates are put once."""
    url = f"{elastic.url}/test-{uuid.uuid4().hex[:12]}"
    yield url
    erase(url, elastic.environ)


@pytest.fixture
def elastic_url(elastic, elastic_home):
    """The address of an empty store; what it kept goes afterwards."""
    yield elastic_home
    erase(elastic_home, elastic.environ, templates=False)


@pytest.fixture
def new_elastic_url(elastic):
    """An address where no store was before."""
    url = f"{elastic.url}/test-{uuid.uuid4().hex[:12]}"
    yield url
    erase(url, elastic.environ)


@pytest.fixture
def elastic_store(elastic, elastic_url):
    """An empty store in Elasticsearch."""
    # Imported late: most tests need no client.
    from stores.elastic.store import ElasticStore

    with closing(ElasticStore.connect(elastic_url, elastic.environ)) as store:
        yield store


@contextmanager
def started(run, **flavour):
    """Yield a running server; where none can be had, the tests that need one are skipped, in CI they fail."""
    try:
        with run(**flavour) as server:
            yield server
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
