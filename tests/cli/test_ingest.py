"""What whoever brings a file is told of it."""

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.support.flows import flow_to

MAP = """
timezone = "Europe/Berlin"
keep = "City"
fields = { id = "ID", text = "Text", created_at = "Date", author = "Author" }
constants = { source = "export" }
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.delenv("EARSHOT_CONFIG", raising=False)
    monkeypatch.setattr("cli.ingest.flow_into", lambda store, _config: flow_to(store))
    (tmp_path / "earshot.toml").write_text('[brand.north]\nterms = ["northwind"]\n', encoding="utf-8")
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")

    def ingest(content, *words, name="posts.csv"):
        (tmp_path / name).write_bytes(content)
        result = CliRunner().invoke(app, ["ingest", "--no-refresh", "--path", name, "--mapping", "map.toml", *words])
        return result.exit_code, result.output

    return ingest


ROWS = (
    "sep=;\r\nID;Text;Date;Author;City;Phone\r\n"
    "a1;läuft nicht;2026-11-02 10:00;ann;Köln;0171 2345678\r\n"
    "a2;läuft;2.11.2026 11:30;bob;mail me at bob@mail.example\r\n"
    "a1;anderer Text;2026-11-02 10:00;ann\r\n"
    "1.29477E+18;rounded;2026-11-02;bob\r\n1.29477E+18;rounded too;2026-11-02;bob\r\n"
    "a3;when;05/10/2026;bob\r\n"
).encode("cp1252")


def test_everything_that_a_file_holds_is_counted_at_the_end(run, tmp_path):
    code, output = run(ROWS)
    assert code == 3
    assert "2 posts added, 0 updated, 0 deleted" in output
    assert "1 record with the id of an earlier one of its file and another text: the last one stays" in output
    assert "1 record with a value in a kept column that identifies a person: [e-mail] instead" in output
    assert "3 records could not be read" in output
    assert "  2: id is a number whose last digits a spreadsheet has rounded away" in output
    assert "  1: created_at: ... is not a time" in output
    stored = next(tmp_path.rglob("*.sqlite")).read_bytes()
    assert b"2345678" not in stored
    assert b"bob@mail" not in stored


def test_a_preview_shows_rows_as_they_will_be_read_and_keeps_nothing(run, tmp_path):
    code, output = run(ROWS, "--preview")
    assert code == 3
    assert "2026-11-02 10:30:00" in output
    assert "City=mail me at [e-mail]" in output
    assert "columns that the mapping does not name, dropped: 'Phone'" in output
    assert "posts.csv:8: created_at: '05/10/2026' is not a time" in output
    assert not list(tmp_path.rglob("*.sqlite"))


def test_of_a_file_that_cannot_be_read_nobody_says_that_it_is_stored(run):
    code, output = run("ID,Text,Date\n1,Żadnego zasięgu,2026-11-02\n".encode("cp1250"))
    assert code == 3
    assert "its encoding is not sure" in output
    assert "nothing was stored: nothing of it could be read" in output
    assert "nothing new" not in output


def test_a_file_that_was_read_has_nothing_new(run):
    run(b"ID,Text,Date\n1,one,2026-11-02\n")
    assert run(b"ID,Text,Date\n1,one,2026-11-02\n") == (0, "nothing new: every post is stored already\n")
