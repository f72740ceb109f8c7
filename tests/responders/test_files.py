"""Messages into a file: each once, whole, and none that nobody approved."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import InputError
from domain.message import Message
from responders.files import FileResponder

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "out" / "messages.jsonl"


def message(number=1, **changes):
    told = Message(
        id=f"m{number}", channel="forum", to="ann", text="Üzgünüz", approved_by="kim", approved_at=NOON, answers="p1"
    )
    return replace(told, **changes)


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_message_is_written_down_once(file):
    assert [FileResponder(file).send(message(n)) for n in (1, 2, 1)] == ["sent", "sent", "sent before"]
    first, second = lines(file)
    assert (first["id"], first["text"], first["approved_at"], second["id"]) == (
        "m1",
        "Üzgünüz",
        "2026-03-03T12:00:00.000Z",
        "m2",
    )


def test_who_sends_the_same_at_the_same_time_sends_it_once(file):
    with ThreadPoolExecutor(8) as threads:
        ends = list(threads.map(lambda n: FileResponder(file).send(message(n % 4)), range(32)))
    assert ends.count("sent") == 4
    assert sorted(line["id"] for line in lines(file)) == ["m0", "m1", "m2", "m3"]


def test_a_line_that_was_cut_off_is_written_over(file):
    FileResponder(file).send(message(1))
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:20])
    assert FileResponder(file).send(message(2)) == "sent"
    assert [line["id"] for line in lines(file)] == ["m1", "m2"]


def test_what_nobody_approved_is_not_sent(file):
    with pytest.raises(InputError, match="approved by nobody"):
        FileResponder(file).send(message(approved_by=" "))
    assert not file.exists()


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="the message cannot be written"):
        FileResponder(tmp_path).send(message())
