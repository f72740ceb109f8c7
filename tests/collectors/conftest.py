import pytest

from tests.support.clock import FakeClock
from tests.support.misbehaving import misbehaving_server


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def server():
    with misbehaving_server() as told:
        yield told
