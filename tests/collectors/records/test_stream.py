import gzip
import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.records.lines import MAX_LINE_BYTES
from collectors.records.stream import MAX_DEPTH, Record, json_records, read_records
from domain.errors import InputError, RecordUnreadable

GOOD = b'{"id": "1", "text": "no signal since nine"}\n'
GOOD_TOO = '{"id": "2", "text": "back again at the café"}\n'.encode()


def read(path, **options):
    return [reading for _, reading in read_records(path, **options)]


def good(readings):
    return [reading.values for reading in readings if isinstance(reading, Record)]


def bad(readings):
    return [(reading.where, reading.reason) for reading in readings if isinstance(reading, RecordUnreadable)]


@pytest.fixture
def file_of(tmp_path):
    def write(content, name="posts.jsonl"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b'{"id": "x", "text": "\xff\xfe"}\n', "invalid UTF-8 at byte 22", id="invalid bytes"),
        pytest.param(b'{"id": "x", "text": \n', "not valid JSON", id="broken JSON"),
        pytest.param(b'["not", "an", "object"]\n', "not an object", id="a list"),
        pytest.param(b"7\n", "not an object", id="a number"),
        pytest.param(b'{"id": NaN}\n', "NaN is not a JSON value", id="NaN"),
        pytest.param(b'{"id": -Infinity}\n', "-Infinity is not a JSON value", id="infinity"),
        pytest.param(b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "nested more than", id="a bomb of depth"),
        pytest.param(b'{"id": ' + b'{"a":' * 100_000 + b"\n", "nested more than", id="an open bomb of depth"),
        pytest.param(b'{"id": ' + b"9" * 5_000 + b"}\n", "not valid JSON", id="a number of 5,000 digits"),
        pytest.param(b'{"text": "' + b"a" * MAX_LINE_BYTES + b'"}\n', "longer than 4 MB", id="above the cap"),
    ],
)
def test_a_broken_line_is_named_and_the_rest_goes_on(file_of, line, reason):
    path = file_of(GOOD + line + GOOD_TOO)
    readings = read(path)
    assert [values["id"] for values in good(readings)] == ["1", "2"]
    [(where, why)] = bad(readings)
    assert where == f"{path}:2"
    assert reason in why


def test_nesting_up_to_the_limit_is_read_and_brackets_in_texts_do_not_count(file_of):
    nested = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    readings = read(file_of(f'{{"id": {nested}, "text": "{"[{" * 500} \\"{"[" * 90}"}}\n'.encode()))
    assert len(good(readings)) == 1


def test_depth_does_not_depend_on_how_deep_the_caller_is(file_of):
    path = file_of(b'{"id": ' + b"[" * 60 + b"]" * 60 + b"}\n")

    def deeper(levels):
        return read(path) if levels == 0 else deeper(levels - 1)

    assert len(good(deeper(sys.getrecursionlimit() - 400))) == 1


def test_lone_surrogates_become_replacement_characters(file_of):
    [values] = good(read(file_of(rb'{"id": "\ud800", "te\udfffxt": ["\uDBFF and \ud83d\ude00"]}')))
    assert values == {"id": "\ufffd", "te\ufffdxt": ["\ufffd and \U0001f600"]}
    json.dumps(values, ensure_ascii=False).encode("utf-8")


def test_control_characters_become_spaces_and_zero_width_ones_stay(file_of):
    [values] = good(read(file_of('{"text": "a\\u0000b\tc\\u0007\\nd\u200b\u200de\x7f"}'.encode())))
    assert values == {"text": "a b\tc \nd\u200b\u200de "}


def test_a_megabyte_of_text_is_kept(file_of):
    [values] = good(read(file_of(b'{"text": "' + b"x" * 1_000_000 + b'"}')))
    assert len(values["text"]) == 1_000_000


def test_a_line_above_the_cap_is_never_in_memory_whole(file_of):
    class Counting(io.BytesIO):
        longest = 0

        def readline(self, size=-1):
            line = super().readline(size)
            self.longest = max(self.longest, len(line))
            return line

    stream = Counting(b'{"text": "' + b"a" * (3 * MAX_LINE_BYTES) + b'"}\n' + GOOD)
    readings = list(json_records(stream, "standard input"))
    assert bad(readings) == [("standard input:1", "longer than 4 MB")]
    assert len(good(readings)) == 1
    assert stream.longest <= MAX_LINE_BYTES + 1


def test_blank_lines_and_a_byte_order_mark_are_nothing(file_of):
    assert [values["id"] for values in good(read(file_of(b"\xef\xbb\xbf" + GOOD + b"\n  \r\n" + GOOD_TOO)))] == [
        "1",
        "2",
    ]


def test_gzip_is_known_by_its_content(file_of):
    assert len(good(read(file_of(gzip.compress(GOOD + GOOD_TOO), "posts.jsonl")))) == 2
    assert len(good(read(file_of(GOOD, "posts.jsonl.gz")))) == 1


def test_of_a_truncated_gzip_all_that_can_be_read_counts(file_of):
    content = b"".join(b'{"id": "%d", "text": "%x"}\n' % (n, hash(str(n * n))) for n in range(5_000))
    whole = gzip.compress(content)
    path = file_of(whole[: len(whole) // 2], "posts.jsonl.gz")
    readings = read(path)
    assert [values["id"] for values in good(readings)] == [str(n) for n in range(len(readings) - 1)]
    assert len(readings) > 1_000
    [(where, reason)] = bad(readings)
    assert where == f"{path}:{len(readings)}"
    assert "gzip" in reason


@pytest.mark.parametrize("keep", [2, 5, 11, 25])
def test_a_gzip_cut_at_its_start_is_one_clear_word(file_of, keep):
    assert len(bad(read(file_of(gzip.compress(GOOD)[:keep])))) == 1


def test_a_gzip_with_a_wrong_checksum_is_told(file_of):
    damaged = bytearray(gzip.compress(GOOD))
    damaged[-6] ^= 0xFF
    readings = read(file_of(bytes(damaged)))
    assert len(bad(readings)) == 1


def test_an_empty_file_has_no_records(file_of):
    assert read(file_of(b"")) == []
    assert read(file_of(b"", "posts.csv")) == []
    assert read(file_of(gzip.compress(b""), "posts.csv.gz")) == []


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv does not exist"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)


def test_reading_goes_on_after_a_line(file_of):
    path = file_of(GOOD + b"broken\n" + GOOD_TOO)
    behind = [behind for behind, _ in read_records(path)]
    assert behind == [1, 2, 3]
    assert [len(read(path, after_line=line)) for line in behind] == [2, 1, 0]


def test_a_last_line_without_newline_is_not_behind_us_yet(file_of):
    assert [behind for behind, _ in read_records(file_of(GOOD + b'{"id": "2", "te'))] == [1, 1]
    assert [behind for behind, _ in read_records(file_of(b'id,text\n1,"two\nlines"', "posts.csv"))] == [1]


@given(st.lists(st.dictionaries(st.text(), st.text()), max_size=20))
def test_whatever_json_says_comes_back_encodable(records):
    stream = io.BytesIO("".join(json.dumps(record) + "\n" for record in records).encode())
    readings = list(json_records(stream, "x"))
    assert len(readings) == len(records)
    for record in good(readings):
        json.dumps(record, ensure_ascii=False).encode("utf-8")


@given(st.binary(max_size=400))
def test_no_bytes_stop_the_reading(content):
    lines = [line for line in content.split(b"\n") if line.strip()]
    assert len(list(json_records(io.BytesIO(content), "x"))) == len(lines)
