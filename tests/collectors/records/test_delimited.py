import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.records.delimited import DelimitedRow, rows
from collectors.records.layout import Layout
from collectors.records.lines import MAX_LINE_BYTES, lines


def read(content):
    content = content if isinstance(content, bytes) else content.encode()
    return list(rows(lines(io.BytesIO(content)), "x.csv"))


def good(content):
    return [item.values for item in read(content) if isinstance(item, DelimitedRow)]


def bad(content):
    return [(item[1].where, item[1].reason) for item in read(content) if not isinstance(item, DelimitedRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_read_off_the_header(delimiter):
    content = f"id,text,lang\n1,{'a b'},en\n".replace(",", delimiter)
    assert good(content) == [{"id": "1", "text": "a b", "lang": "en"}]


def test_delimiters_inside_quoted_column_names_do_not_count():
    assert good('"a;b;c;d",text\n1,hello\n') == [{"a;b;c;d": "1", "text": "hello"}]


def test_one_column_is_a_table_too():
    assert good("text\nhello\n") == [{"text": "hello"}]


def test_columns_without_a_name_or_with_the_same_one_keep_their_values():
    assert good("id,,text,text\n1,2,3,4\n") == [{"id": "1", "column 2": "2", "text": "3", "text (4)": "4"}]


def test_cells_that_are_missing_at_the_end_are_empty_and_empty_ones_too_many_are_nothing():
    content = "id,text,note\n1,one,x\n2,two\n3,three,x,\n4,four,,,\n5\n"
    assert [list(row.values()) for row in good(content)] == [
        ["1", "one", "x"],
        ["2", "two", ""],
        ["3", "three", "x"],
        ["4", "four", ""],
        ["5", "", ""],
    ]
    assert bad(content) == []


def test_a_row_with_more_values_than_columns_is_named_and_the_rest_goes_on():
    content = "id,text\n1,one\n3,three,more\n4,four\n"
    assert [row["id"] for row in good(content)] == ["1", "4"]
    assert bad(content) == [("x.csv:3", "3 values for 2 columns")]


@pytest.mark.parametrize("hint", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_the_hint_of_a_spreadsheet_names_the_delimiter(hint):
    assert good(f"{hint}\r\nid;a,b,c\r\n1;2\r\n") == [{"id": "1", "a,b,c": "2"}]


COLUMNS = Layout(columns=(("ID", "Number"), ("Text",)))


def below(content, layout=COLUMNS):
    return list(rows(lines(io.BytesIO(content.encode())), "x.csv", layout=layout))


def test_the_header_is_found_below_other_lines_by_the_columns_of_the_mapping():
    above = 'Reviews of "Northwind"\nExported on 5 Oct 2026; by ann\n\nRows,2\n'
    [one, two] = below(f'{above}Text;Number\n"no, really";1\ntwo;2\n')
    assert (one.values, one.where) == ({"Text": "no, really", "Number": "1"}, "x.csv:6")
    assert two.values == {"Text": "two", "Number": "2"}


def test_a_header_may_have_names_of_two_lines():
    [row] = below('"Text","ID","Country\nor region"\nhello,1,GB\n')
    assert row.values == {"Text": "hello", "ID": "1", "Country\nor region": "GB"}
    assert row.where == "x.csv:3"


def test_a_file_without_the_columns_of_the_mapping_is_one_sentence():
    [(behind, error)] = below("name,body\n1,2\n3,4\n")
    assert behind == 0
    assert str(error) == (
        "x.csv:1: no header with the columns of the mapping ('ID' or 'Number', 'Text'); "
        "the first line has 'name', 'body'"
    )


def test_lines_that_the_mapping_skips_are_no_header():
    [row] = below("ID,Text\nID,Text\n1,one\n", Layout(skip=1, columns=COLUMNS.columns))
    assert row.values == {"ID": "1", "Text": "one"}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (r'"he said \"hello\" to me"', 'he said "hello" to me'),
        (r'"a \"b\", and c:\temp"', 'a "b", and c:\\temp'),
        (r'"two\\ways, \"one\" way"', 'two\\ways, "one" way'),
        ('"he said \\"hel\nlo\\" to me"', 'he said "hel\nlo" to me'),
        (r'"C:\temp\\"', "C:\\temp\\\\"),
        (r"C:\"x", 'C:\\"x'),
        ('"a ""b\\""c"', 'a "b\\"c'),
    ],
)
def test_quotes_behind_backslashes_are_quotes_where_no_other_csv_has_them(cell, value):
    assert good(f"id,text,more\n1,{cell},z\n2,two,z\n") == [
        {"id": "1", "text": value, "more": "z"},
        {"id": "2", "text": "two", "more": "z"},
    ]


def test_of_columns_with_the_same_name_the_first_that_is_not_empty_counts():
    assert [row["text"] for row in good("text,id,text\none,1,other\n,2,two\n")] == ["one", "two"]


def test_values_may_hold_lines_delimiters_and_quotes():
    content = 'id,text\r\n1,"two\nlines, and ""quotes"""\r\n\r\n2,plain "quotes" inside\r\n'
    assert good(content) == [
        {"id": "1", "text": 'two\nlines, and "quotes"'},
        {"id": "2", "text": 'plain "quotes" inside'},
    ]
    assert [item.where for item in read(content)] == ["x.csv:2", "x.csv:5"]


@pytest.mark.parametrize("behind", ["2,two\n3,three\n", "2,two\n3," + "x" * MAX_LINE_BYTES + "\n4,four\n"])
def test_a_quote_that_is_never_closed_costs_its_own_line_only(behind):
    content = 'id,text\n1,"open\n' + behind
    assert [row["id"] for row in good(content)] == ["2", "3" if "three" in behind else "4"]
    assert bad(content)[0] == ("x.csv:2", "a quote is opened and never closed")


def test_invalid_bytes_cost_their_own_row_only():
    content = b'id,text\n1,"a\n\xff"\n2,good\n'
    assert good(content) == [{"id": "2", "text": "good"}]
    assert bad(content) == [("x.csv:2", "invalid UTF-8 at byte 1 of the line")]


def test_a_huge_value_is_kept_and_one_above_the_cap_is_not():
    content = "id,text\n1," + "x" * 1_000_000 + "\n2," + "x" * MAX_LINE_BYTES + "\n3,short\n"
    assert [(row["id"], len(row["text"])) for row in good(content)] == [("1", 1_000_000), ("3", 5)]
    assert bad(content) == [("x.csv:3", "longer than 4 MB")]


def test_ten_thousand_columns_are_read():
    header = ",".join(f"c{n}" for n in range(10_000))
    [row] = good(f"{header}\n{','.join(['v'] * 10_000)}\n")
    assert len(row) == 10_000


def test_nul_bytes_and_lone_carriage_returns_stop_nothing():
    content = b"id,text\n1,a\x00b\n2,a\rb\n3,three\n"
    assert good(content) == [{"id": "1", "text": "a b"}, {"id": "3", "text": "three"}]
    assert [where for where, _ in bad(content)] == ["x.csv:3"]


@pytest.mark.parametrize("header", [b"id,\xff\n", b"id\rtext\n", b"x" * (MAX_LINE_BYTES + 1) + b"\n"])
def test_an_unreadable_header_is_told_once(header):
    [(where, reason)] = bad(header + b"1,2\n3,4\n")
    assert where == "x.csv:1"
    assert reason.startswith("the header is unreadable")


def test_rows_start_again_after_a_line():
    content = b'id,text\n1,"two\nlines"\n2,two\n3,three\n'
    behind = [item.behind for item in read(content)]
    assert behind == [3, 4, 5]
    for place, line in enumerate(behind):
        again = list(rows(lines(io.BytesIO(content)), "x.csv", after_line=line))
        assert again == read(content)[place + 1 :]


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda cell: cell.strip())


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=10), st.sampled_from(",;\t|"))
def test_what_a_csv_writer_writes_comes_back(table, delimiter):
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows([["a", "b", "c"], *table])
    assert [list(row.values()) for row in good(target.getvalue())] == table


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reading(content):
    for item in read(b"id,text\n" + content):
        assert isinstance(item, DelimitedRow) or item[1].where.startswith("x.csv:")
