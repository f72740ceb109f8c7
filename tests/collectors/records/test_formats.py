"""What a file is, its bytes say: encodings, ends of lines, JSON over many lines, workbooks, Parquet."""

import gzip
import io
import json
import zipfile
from datetime import datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.records.encoding import encoding_of
from collectors.records.jsonvalues import values
from collectors.records.layout import Layout
from collectors.records.lines import MAX_LINE_BYTES
from collectors.records.stream import Record, read_records

COLUMNS = Layout(columns=(("ID",), ("Text",)))
GERMAN = 'ID;Text\r\nb1;läuft nicht\r\nb2;"50 € für nichts, “super”"\r\nb3;plain\r\n'


@pytest.fixture
def read(tmp_path):
    def reading(content, name="posts.csv", layout=COLUMNS, **options):
        path = tmp_path / name
        path.write_bytes(content)
        told = [one for _, one in read_records(path, layout=layout, **options)]
        rows = [one.values for one in told if isinstance(one, Record)]
        return rows, [one.reason for one in told if not isinstance(one, Record)]

    return reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_letters_are_read_in_the_encoding_that_the_bytes_say(read, encoding, packed):
    content = GERMAN.encode(encoding)
    rows, wrong = read(gzip.compress(content) if packed else content)
    assert wrong == []
    assert [row["Text"] for row in rows] == ["läuft nicht", "50 € für nichts, “super”", "plain"]
    assert list(rows[0]) == ["ID", "Text"]


WESTERN = [
    "Der Empfang ist weg, größer, Süd, 5 °C – „nichts“ geht… 50 €",
    "Ça ne marche pas: réseau très lent, où êtes-vous? Noël, cœur, l’été, créée",
    "¿Por qué no hay señal? Año, pingüino, ¡nada!",
    "Perché non c'è più segnale? Lunedì però così",
    "Não há ligação, três operações à espera",
    "Nätet är nere på ön; blåbærsyltetøy, Ærø",
]
OTHER = [
    ("Żadnego zasięgu dziękuję łącze źle działa", "cp1250"),
    ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250"),
    ("Nincs térerő köszönöm gyűlölöm", "cp1250"),
    ("Sunt foarte supărat pe voi și țara", "iso8859-16"),
    ("Çok yavaş şebeke yok ağ kötü", "cp1254"),
    ("Связи нет второй день", "cp1251"),
    ("Связи нет второй день", "koi8-r"),
    ("Δεν υπάρχει σήμα", "cp1253"),
    ("אין קליטה", "cp1255"),
    ("لا توجد شبكة", "cp1256"),
    ("電波がない", "shift-jis"),
    ("没有信号", "gb18030"),
    ("신호가 없어요", "cp949"),
    ("Le réseau est très lent ça suffit", "mac-roman"),
    ("Das Netz ist überall für Größe weg", "cp850"),
]


@pytest.mark.parametrize("text", WESTERN)
def test_western_letters_are_windows_1252(text):
    assert encoding_of(io.BufferedReader(io.BytesIO(f"id,text\n1,{text}\n".encode("cp1252")))) == "cp1252"


@pytest.mark.parametrize(("text", "encoding"), OTHER)
def test_of_letters_that_are_not_sure_nothing_is_read_and_one_sentence_says_what_helps(read, tmp_path, text, encoding):
    content = f"ID,Text\n1,plain\n2,{text}\n".encode(encoding, "replace")
    rows, [reason] = read(content)
    assert rows == []
    assert reason.startswith("not UTF-8, and its encoding is not sure; name it in the mapping")
    rows, wrong = read(content, layout=Layout(encoding=encoding, columns=COLUMNS.columns))
    assert [row["Text"] for row in rows] == ["plain", content.decode(encoding).split("2,")[1].strip()]
    assert wrong == []


def test_a_damaged_line_of_utf_8_is_named_and_the_rest_is_read(read):
    rows, wrong = read("ID,Text\n1,läuft\n2,".encode() + b"caf\xe9\n" + "3,über\n".encode())
    assert [row["ID"] for row in rows] == ["1", "3"]
    assert wrong == ["invalid UTF-8 at byte 6 of the line"]


def test_a_byte_order_mark_goes_before_what_the_mapping_says(read):
    rows, _ = read("\ufeffID,Text\n1,läuft\n".encode(), layout=Layout(encoding="cp1252", columns=COLUMNS.columns))
    assert rows == [{"ID": "1", "Text": "läuft"}]


def test_ends_of_lines_of_an_old_mac_are_ends_of_lines(read):
    content = b"ID,Text\rd1,Northwind ok\rd2,Northwind bad\r"
    assert read(content) == ([{"ID": "d1", "Text": "Northwind ok"}, {"ID": "d2", "Text": "Northwind bad"}], [])
    assert len(read(content.decode().encode("utf-16"))[0]) == 2
    assert len(read(b'{"id": 1}\r{"id": 2}\r', "posts.jsonl")[0]) == 2


PRETTY = json.dumps([{"ID": "1", "Text": '[{,}] \\ " läuft'}, {"ID": 2, "Text": "two", "more": {"a": [1]}}], indent=2)


@pytest.mark.parametrize(
    "content",
    [
        PRETTY,
        json.dumps(json.loads(PRETTY)),
        json.dumps(json.loads(PRETTY), ensure_ascii=False, indent="\t"),
        "[\n" + ",\n".join(json.dumps(one) for one in json.loads(PRETTY)) + "\n]\n",
        "\n".join(json.dumps(one, indent=1) for one in json.loads(PRETTY)),
        "\n".join(json.dumps(one) for one in json.loads(PRETTY)),
        "\n".join(json.dumps([one]) for one in json.loads(PRETTY)),
    ],
)
@pytest.mark.parametrize("name", ["posts.json", "posts.jsonl", "posts.csv", "posts"])
def test_json_is_read_over_many_lines_and_in_one(read, content, name):
    assert read(content.encode(), name) == (json.loads(PRETTY), [])


def test_a_long_array_is_read_in_pieces_and_goes_on_after_what_is_behind(read):
    many = [{"ID": number, "Text": "é" * (number % 700)} for number in range(3_000)]
    content = json.dumps(many, ensure_ascii=False, indent=1).encode()
    assert read(content, "posts.json") == (many, [])
    assert read(content, "posts.json", after_line=2_998)[0] == many[2_998:]


@pytest.mark.parametrize(
    ("inside", "ids", "reason"),
    [
        ('{"ID": NaN}, {"ID": "2"}', ["2"], "NaN is not a JSON value"),
        ('7, "x", {"ID": "2"}', ["2"], "JSON but not an object"),
        ('{"ID": ' + "[" * 80 + "]" * 80 + '}, {"ID": "2"}', ["2"], "nested more than 64 deep"),
        ('{"ID": "2"}, {"ID": oops}, {"ID": "3"}', ["2"], "what follows could not be read"),
        ('{"ID": "2"}, {"ID": "3', ["2"], "what follows could not be read"),
        ('{"ID": "2"}, {"ID": ' + "[" * 100_000, ["2"], "what follows could not be read"),
        ('{"ID": "2"}, {"ID": "' + "x" * (MAX_LINE_BYTES + 1_000_000) + '"}', ["2"], "longer than 4 MB"),
    ],
)
def test_what_an_array_holds_beside_objects_is_told_and_the_rest_is_read(read, inside, ids, reason):
    rows, wrong = read(f"[{inside}]".encode(), "posts.json")
    assert [row["ID"] for row in rows] == ids
    assert reason in wrong[0]


def test_where_an_object_stands_is_its_line(tmp_path):
    path = tmp_path / "posts.json"
    path.write_text(PRETTY, encoding="utf-8")
    assert [one.where for _, one in read_records(path)] == [f"{path}:2", f"{path}:6"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=8), st.sampled_from([None, 0, 2]))
def test_objects_come_back_from_any_array(objects, indent):
    text = json.dumps(objects, indent=indent).encode()
    assert len(list(values(io.BytesIO(text), "x", after=0))) == len(objects)


def workbook(sheets):
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(target)
    return target.getvalue()


def test_a_workbook_is_read_whatever_it_is_called(read):
    when = datetime(2026, 10, 5, 9, 12)  # noqa: DTZ001 - cells have no zone
    content = workbook(
        {
            "First": [
                ["Reviews"],
                [],
                ["ID", "Text", "When", "Stars"],
                [1, "läuft", when, 4.5],
                [],
                ["2", "two", None],
            ],
            "Second": [["Text", "ID"], ["three", "3"]],
            "Notes": [["made by ann"]],
        }
    )
    for name in ("posts.xlsx", "posts.csv"):
        rows, [reason] = read(content, name)
        assert rows == [
            {"ID": 1, "Text": "läuft", "When": "2026-10-05T09:12:00", "Stars": 4.5},
            {"ID": "2", "Text": "two", "When": "", "Stars": ""},
            {"Text": "three", "ID": "3"},
        ]
        assert reason == "no header with the columns of the mapping ('ID', 'Text'); the first line has 'made by ann'"
    assert [row["ID"] for row in read(content, after_line=3)[0]] == ["3"]


def test_a_broken_workbook_and_other_archives_are_one_sentence(read):
    good = workbook({"A": [["ID", "Text"], *([number, "x" * 50] for number in range(500))]})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("posts.csv", "ID,Text\n1,one\n")
    cut = bytearray(good)
    cut[len(cut) // 3 : len(cut) // 3 + 40] = b"\0" * 40
    for content in (archive.getvalue(), good[: len(good) // 2]):
        rows, [reason] = read(content, "posts.xlsx")
        assert rows == []
        assert reason == "the file is a ZIP archive; unpack it and give the files in it"
    assert read(bytes(cut), "posts.xlsx")[1]


def test_a_bomb_of_a_workbook_is_not_unpacked(read):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000_000)
    assert read(target.getvalue(), "posts.xlsx")[1] == [
        "the workbook is many times its size when it is unpacked; save it anew"
    ]


def test_parquet_is_read_with_its_types(read):
    when = pa.array([datetime(2026, 10, 5, 9, 12)] * 2, pa.timestamp("us", tz="UTC"))  # noqa: DTZ001
    table = pa.table({"ID": [2**60, 1], "Text": ["one", None], "When": when, "Tags": [["a", "b"], []]})
    target = io.BytesIO()
    pq.write_table(table, target)
    rows, wrong = read(target.getvalue(), "posts.parquet")
    assert wrong == []
    assert rows[0] == {"ID": 2**60, "Text": "one", "When": "2026-10-05T09:12:00+00:00", "Tags": ["a", "b"]}
    assert [row["ID"] for row in read(target.getvalue(), "posts.csv", after_line=1)[0]] == [1]
    assert "the Parquet file cannot be read on" in read(target.getvalue()[:200], "posts.parquet")[1][0]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old or protected Excel file"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\n <!DOCTYPE html><table><tr><td>ID</td></tr></table>", "HTML or XML"),
        ("<table><tr><td>ID</td></tr></table>".encode("utf-16"), "HTML or XML"),
        (b"SQLite format 3\0" + b"\0" * 100, "a SQLite database"),
        (b"\x28\xb5\x2f\xfd" + b"abc" * 9, "compressed with Zstandard"),
        (bytes(range(256)) * 8, "binary"),
        (gzip.compress(gzip.compress(b"ID,Text\n1,one\n", mtime=0), mtime=0), "compressed twice"),
    ],
)
def test_what_is_no_table_is_one_sentence(read, content, what):
    rows, [reason] = read(content, "posts.xls")
    assert rows == []
    assert what in reason


def test_a_table_that_is_called_json_is_read_as_a_table(read):
    assert read(b"ID,Text\n1,one\n", "posts.json") == ([{"ID": "1", "Text": "one"}], [])
