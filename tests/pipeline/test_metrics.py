"""Whether a process is well is said in a sentence, also where its store does not answer."""

import socket
import urllib.error
import urllib.request

import pytest

from domain.errors import StoreUnreachable
from pipeline.metrics import serving


def page(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def away():
    raise StoreUnreachable("nothing answers at search.example")


@pytest.mark.parametrize(
    ("ill", "answer"),
    [
        (lambda: None, (200, "well\n")),
        (lambda: "the scheduler does nothing any more", (503, "the scheduler does nothing any more\n")),
        (away, (503, "nothing answers at search.example\n")),
    ],
)
def test_health_is_said_in_a_sentence(port, ill, answer):
    with serving(port, away, ill):
        assert page(port, "/healthz") == answer
        assert page(port, "/metrics") == (503, "nothing answers at search.example\n")


def test_nothing_is_served_at_port_nought():
    with serving(0, away, away):
        pass
