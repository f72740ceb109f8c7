"""Tables as they are printed."""

import csv
import io

import pytest

from cli.screen import Format, print_records


def as_csv(capsys, *records):
    print_records(records, list(records[0]), Format.csv)
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x.example","bill")',
        "=cmd|'/c calc'!A1",
        "@SUM(1)",
        "+1",
        "-1+1",
        "\t=1+1",
        "  =1+1",
        "\uff1d1+1",
        "\u00a0@SUM(1)",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_defused_in_every_column(capsys, text):
    assert as_csv(capsys, {"author": text, "text": f"so {text}", "place": text}) == [
        {"author": f"'{text}", "text": f"so {text}", "place": f"'{text}"}
    ]


def test_carriage_return_begins_no_row_of_its_own(capsys):
    assert as_csv(capsys, {"text": "bill\r=1+1\r\nend", "posts": 1}) == [{"text": "bill\n=1+1\nend", "posts": "1"}]
    assert as_csv(capsys, {"text": "\r=1+1", "posts": 1}) == [{"text": "'\n=1+1", "posts": "1"}]


def test_numbers_and_other_texts_stay_what_they_are_in_csv(capsys):
    row = {
        "net": -0.25,
        "posts": 3,
        "low": None,
        "author": "o'neill",
        "text": "5 = 5",
        "at": "2019-11-18T00:00:00.000Z",
    }
    assert as_csv(capsys, row) == [
        {"net": "-0.25", "posts": "3", "low": "", "author": "o'neill", "text": "5 = 5", "at": row["at"]}
    ]


def test_json_is_for_machines_and_holds_the_text_as_it_is(capsys):
    print_records([{"text": "=1+1"}], ["text"], Format.json)
    assert '"=1+1"' in capsys.readouterr().out
