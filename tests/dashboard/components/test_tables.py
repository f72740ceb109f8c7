"""A table that is taken along is run by no spreadsheet, and there is no other way to take one."""

import csv
import io
import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.start import command
from tests.support.tree import ROOT

FORMULAS = ("=cmd|'/c calc'!A1", "@SUM(1)", "\uff1d1+1", "bill\r=1+1")

SCRIPT = """
from dashboard.components.tables import table
table([{"author": author, "posts": -3} for author in %r], name="voices")
"""


def test_strangers_names_are_no_formulas(monkeypatch):
    written = []
    monkeypatch.setattr("streamlit.download_button", lambda _label, content, *_, **__: written.append(content))
    AppTest.from_string(SCRIPT % (FORMULAS,)).run(timeout=60)
    (content,) = written
    found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["author"] for row in found] == ["'=cmd|'/c calc'!A1", "'@SUM(1)", "'\uff1d1+1", "bill\n=1+1"]
    assert {row["posts"] for row in found} == {"-3"}


@pytest.mark.parametrize("names", [(), ("ann",)])
def test_what_is_empty_is_not_saved(names):
    page = AppTest.from_string(SCRIPT % (names,)).run(timeout=60)
    assert not page.exception
    assert len(page.get("download_button")) == len(names)


def test_streamlits_own_export_is_off_and_no_table_goes_past_ours():
    assert "--client.disableDataExport=true" in command(port=1)
    drawing = re.compile(r"\bst\.(dataframe|data_editor|table)\(")
    files = [file for file in (ROOT / "dashboard").rglob("*.py") if drawing.search(file.read_text(encoding="utf-8"))]
    assert [file.name for file in files] == ["tables.py"]
