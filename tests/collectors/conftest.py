import pytest
from hypothesis import settings

from tests.support.clock import FakeClock
from tests.support.misbehaving import misbehaving_server

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def server():
    with misbehaving_server() as told:
        yield told
