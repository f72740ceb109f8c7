"""The boundaries between what strangers send and what is ours."""

import pytest

from domain.errors import RecordUnreadable, SourceBusy, SourceRefused
from transport.foreign import MAX_DEPTH, Foreign, TooDeep, answered, is_encoding, read_json_text, recorded


def dug(value, *keys):
    """Return what lies inside a value, without looking what it is."""
    for key in keys:
        value = value[key]
    return value


ODD = {
    "missing": lambda: dug({}, "id"),
    "null": lambda: dug(None, "id"),
    "text": lambda: dug("text", "id"),
    "empty list": lambda: dug([], 0),
    "no method": lambda: object().get("id"),
    "no number": lambda: int("x"),
    "infinite": lambda: int(float("inf")),
    "half a pair": "\ud800".encode,
    "no text": b"\xff".decode,
    "no key": lambda: {frozenset([1]): 1, "a": {[]: 2}},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_value_is_said_of_its_record(name):
    said = r"^x item 7: not of the documented shape \(\w+Error: "
    with pytest.raises(RecordUnreadable, match=said), recorded("x item 7"):
        ODD[name]()


@pytest.mark.parametrize("name", ODD)
def test_an_odd_value_is_said_of_its_answer(name):
    with pytest.raises(SourceRefused, match="x answered with something not of the documented shape"), answered("x"):
        ODD[name]()


@pytest.mark.parametrize("error", [MemoryError(), KeyError("links"), RuntimeError("?"), AssertionError(), OSError()])
def test_whatever_a_library_throws_is_kept(error):
    with Foreign() as library:
        raise error
    assert library.error is error


@pytest.mark.parametrize("error", [SourceBusy("later"), KeyboardInterrupt(), SystemExit(), GeneratorExit()])
def test_errors_of_ours_and_of_the_user_go_on(error):
    with pytest.raises(type(error)), Foreign():
        raise error


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("text", [nested(MAX_DEPTH), nested(MAX_DEPTH).encode(), '{"a": "' + "[" * 500 + '"}'])
def test_json_is_read_as_deep_as_anybody_means(text):
    assert read_json_text(text) is not None


@pytest.mark.parametrize(
    "text", [nested(MAX_DEPTH + 1), nested(500).encode(), nested(100_000), '{"a":' * 70 + "{" + "}" * 71]
)
def test_json_that_is_nested_deeper_is_not(text):
    with pytest.raises(TooDeep, match=f"nested more than {MAX_DEPTH} deep"):
        read_json_text(text)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, b"\xff\xfe\xff", "9" * 5_000, '{"a": \ud800}'])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"\w"):
        read_json_text(text)


@pytest.mark.parametrize("name", ["utf-8", "latin-1", "windows-1252", "koi8-r", "utf-16", "shift_jis", "UTF8"])
def test_encodings_of_documents(name):
    assert is_encoding(name)


@pytest.mark.parametrize("name", ["undefined", "idna", "punycode", "unicode_escape", "hex", "klingon", "a\0b", ""])
def test_what_is_known_as_an_encoding_and_is_none(name):
    assert not is_encoding(name)
