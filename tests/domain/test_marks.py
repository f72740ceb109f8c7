"""Combining marks: what languages and emoji need of them stays."""

import unicodedata

import pytest

from domain.marks import MOST_MARKS, SHORT, stream_safe


@pytest.mark.parametrize(
    "text",
    [
        "e\u0301tage\u0300re",
        "\u05d1\u05bc\u05b0\u05e8\u05b5\u05d0\u05e9\u05b4\u05c1\u05d9\u05ea",
        "ก็ไม่รู้",
        "👩\u200d👩\u200d👧\ufe0f",
        "a" + "\u0301" * MOST_MARKS,
        "😀" * 40,
        "…" * 40,
    ],
)
def test_what_people_write_stays_as_it_is(text):
    long = text * (SHORT // len(text) + 1)
    assert stream_safe(text) == text
    assert stream_safe(long) == long


@pytest.mark.parametrize("marks", ["\u0301", "\u0301\u0323", "\u064b\u0650", "\U0001e8d0\U0001e8d1"])
def test_more_marks_than_any_letter_bears_are_left_out(marks):
    safe = stream_safe("a" + marks * 5_000 + "b")
    assert (safe[0], safe[-1], len(safe)) == ("a", "b", 2 + MOST_MARKS)
    assert all(map(unicodedata.combining, safe[1:-1]))
