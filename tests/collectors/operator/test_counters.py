"""Counters of the network become measurements of cells: of every form of file, by formulas, and never by guessing."""

import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.operator.counters import source as source_module
from collectors.operator.counters.formulas import NotKnown, Wanted, read_formula
from collectors.operator.counters.kpis import read_kpis
from collectors.operator.counters.rows import CellNames
from collectors.operator.counters.xml_files import duration, xml_rows
from domain.errors import ConfigurationError, InputError, RecordUnreadable
from tests.support.clock import FakeClock
from tests.support.counted import measurement_file

CELL = "NRCellCU=ncgi:234-15:0A1B2C3D4"
KEY = "ncgi:234-15:0a1b2c3d4"
GOOD = {"RRC.Att": 200, "RRC.Succ": 190}
KPIS = """
[access]
title = "Access"
formula = "100 * RRC.Succ / RRC.Att"
unit = "%"
better = "higher"
minimum = 50
tolerance = 1
source = "made up"
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "pm"
    made.mkdir()
    (tmp_path / "kpis.toml").write_text(KPIS)
    return made


def source(folder, **settings):
    table = {"type": "counters", "path": [str(folder)], "kpis": str(folder.parent / "kpis.toml"), **settings}
    return open_source("pm", table, clock=FakeClock(), environ={})


def collected(folder, cursor=None, **settings):
    """Return all measurements, what could not be read, all notes, and the last cursor."""
    found, unreadable, notes = [], [], {}
    for batch in source(folder, **settings).batches(cursor):
        found += batch.measurements
        unreadable += batch.unreadable
        notes |= batch.notes
        cursor = batch.cursor
    return found, unreadable, notes, cursor


def values(folder, **settings):
    return [(one.cell, round(one.value, 6)) for one in collected(folder, **settings)[0]]


@pytest.mark.parametrize("form", ["listed", "single", "new"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_form_of_file_tells_the_same(folder, form, pack):
    body = measurement_file({CELL: GOOD}, form=form, ended_at="2026-11-20T10:15:00+02:00")
    (folder / ("A.xml" if pack is bytes else "A.xml.gz")).write_bytes(pack(body))
    [one], unreadable, _, _ = collected(folder)
    assert (one.cell, one.value, unreadable) == (KEY, 95.0, [])
    assert one.started_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert one.ended_at == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)


def test_blocks_and_objects_of_a_cell_are_added_up_before_anything_is_divided(folder):
    """190/200 and 0/200 are 190/400, and not the mean of two ratios; counters of one cell stand in several blocks."""
    first = measurement_file({CELL: {"RRC.Att": 200}}).replace(b"</measData>", b"")
    head, _, _ = first.partition(b"<fileFooter>")
    other = measurement_file({CELL: {"RRC.Succ": 190}}).partition(b'<managedElement localDn=""/>')[2]
    more = measurement_file({CELL: {"RRC.Att": 200, "RRC.Succ": 0}}).partition(b'<managedElement localDn=""/>')[2]
    (folder / "A.xml").write_bytes(head + other.partition(b"</measData>")[0] + more)
    assert values(folder) == [(KEY, 47.5)]


def test_shorter_periods_of_a_file_are_one_quarter_hour_and_longer_ones_stay(folder):
    for name, length, ends in (("A", "PT5M", ("10:05", "10:10", "10:15")), ("B", "PT1H", ("12:00",))):
        parts = [measurement_file({CELL: GOOD}, ended_at=f"2026-11-20T{end}:00Z", duration=length) for end in ends]
        infos = [part.partition(b"<measInfo")[2].rpartition(b"</measInfo>")[0] for part in parts]
        body = b"</measInfo><measInfo".join(infos)
        whole = parts[0].replace(infos[0], body)
        (folder / f"{name}.xml").write_bytes(whole)
    found, unreadable, _, _ = collected(folder)
    assert unreadable == []
    spans = [(f"{one.started_at:%H:%M}", f"{one.ended_at:%H:%M}", one.value) for one in found]
    assert spans == [("10:00", "10:15", 95.0), ("11:00", "12:00", 95.0)]


UNKNOWN = {
    "a counter is missing": {"RRC.Att": 200},
    "NIL": {"RRC.Att": 200, "RRC.Succ": "NIL"},
    "no number": {"RRC.Att": 200, "RRC.Succ": "nan"},
    "below zero": {"RRC.Att": 200, "RRC.Succ": -1},
    "too little to say anything": {"RRC.Att": 49, "RRC.Succ": 0},
    "nothing at all": {"RRC.Att": 0, "RRC.Succ": 0},
}


@pytest.mark.parametrize("form", ["listed", "single", "new"])
@pytest.mark.parametrize("counters", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_no_value(folder, form, counters):
    (folder / "A.xml").write_bytes(measurement_file({CELL: counters, "NRCellCU=2": GOOD}, form=form))
    found, unreadable, notes, _ = collected(folder)
    assert ([one.cell for one in found], unreadable) == (["NRCellCU=2"], [])
    assert notes == {source_module.MISSING: 1}


@pytest.mark.parametrize("form", ["listed", "single", "new"])
def test_what_the_network_suspects_is_left_out(folder, form):
    (folder / "A.xml").write_bytes(measurement_file({CELL: GOOD, "NRCellDU=2": GOOD}, suspect=[CELL], form=form))
    found, _, notes, _ = collected(folder)
    assert [one.cell for one in found] == ["NRCellDU=2"]
    assert notes == {source_module.SUSPECT: 1}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("GNBDUFunction=1,NRCellDU=7", "DC=n.example,SubNetwork=1,ManagedElement=3,GNBDUFunction=1,NRCellDU=7"),
        ("ENBFunction=1,EUtranCellFDD=234-15-A1B2C3D", "ecgi:234-15:a1b2c3d"),
        ("234-15:0A1B2C3D4", KEY),
        ("ENBFunction=1,UtranCell=Leeds-9", "ncgi:234-15:000000009"),
        ("GNBCUCPFunction=1,NRCellCU=1,NRCellRelation=5", None),
        ("GNBDUFunction=1", None),
    ],
)
def test_cells_are_called_as_the_register_of_places_calls_them(folder, name, key):
    register = folder.parent / "cells.csv"
    register.write_text('dn,cell\n"ENBFunction=1,UtranCell=Leeds-9",NCGI:234-15:000000009\n')
    body = measurement_file({name: GOOD}, prefix="DC=n.example,SubNetwork=1", entity="ManagedElement=3")
    (folder / "A.xml").write_bytes(body)
    assert values(folder, cells=str(register)) == ([(key, 95.0)] if key else [])


def test_a_cell_of_another_measurement_is_not_the_object_of_its_block_alone(folder):
    (folder / "A.xml").write_bytes(measurement_file({"": GOOD}, entity="ManagedElement=1,NRCellCU=3"))
    assert values(folder) == [("ManagedElement=1,NRCellCU=3", 95.0)]


HOSTILE = {
    "a document type": (b'<!DOCTYPE a [<!ENTITY x "y">]><measCollecFile/>', "a document type is declared"),
    "an entity from elsewhere": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><measCollecFile/>', "a document type"),
    "another file": (b"<html><body/></html>", "no file of measurements: it begins with 'html'"),
    "no end": (measurement_file({CELL: GOOD})[:-40], "not well-formed XML"),
    "an encoding that nobody knows": (b'<?xml version="1.0" encoding="nobody"?><measCollecFile/>', "cannot be read"),
    "an encoding that is none": (b'<?xml version="1.0" encoding="zlib"?><measCollecFile/>', "cannot be read"),
    "nesting": (b"<measCollecFile>" + b"<a>" * 500, "nested more than 32 deep"),
    "no period": (measurement_file({CELL: GOOD}, duration="soon"), "there is no period"),
    "no time": (measurement_file({CELL: GOOD}, ended_at="soon"), "there is no period"),
    "a time beyond time": (measurement_file({CELL: GOOD}, ended_at="0001-01-01T00:00:00Z"), "there is no period"),
    "the future": (measurement_file({CELL: GOOD}, ended_at="2036-01-01T00:00:00Z"), "lies in the future"),
    "bytes": (b"<\x00\xff\xfe", "not well-formed XML"),
}


@pytest.mark.parametrize(("body", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_and_the_others_read(folder, body, reason):
    (folder / "A.xml").write_bytes(body)
    (folder / "B.xml").write_bytes(measurement_file({"NRCellCU=2": GOOD}))
    found, unreadable, _, _ = collected(folder)
    assert found[-1].cell == "NRCellCU=2"
    assert [error.where.rpartition("/")[2][:5] for error in unreadable] == ["A.xml"]
    assert reason in unreadable[0].reason


@pytest.mark.parametrize("where", ["attribute", "text", "comment", "types"])
def test_what_never_ends_takes_no_memory(where):
    """Of 40 MB in one place no more is held than a part: the stream is let go when that is over."""
    begin = {
        "attribute": b'<measCollecFile a="',
        "text": b"<measCollecFile><measTypes>",
        "comment": b"<measCollecFile><!--",
        "types": b"<measCollecFile><measInfo>",
    }[where]
    piece = b"<measType>a</measType>" * 3_000 if where == "types" else b"x " * 32_000

    class Endless:
        def __init__(self):
            self.pieces = 0

        def read(self, _size):
            self.pieces += 1
            return begin if self.pieces == 1 else piece if self.pieces < 600 else b""

    stream = Endless()
    tracemalloc.start()
    try:
        [refused] = xml_rows(stream, "a.xml", lambda name: name)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(refused, RecordUnreadable)
    assert stream.pieces < 100
    assert held < 20_000_000


def test_memory_is_that_of_the_cells_and_not_of_the_file():
    """A file ten times as long, of the same cells and counters that nobody asks for, takes no more."""

    def peak(blocks):
        parts = measurement_file({CELL: {**GOOD, **{f"other.{n}": n for n in range(200)}}})
        info = parts.partition(b"<measInfo")[2].rpartition(b"</measInfo>")[0]
        head, _, foot = parts.partition(b"<measInfo" + info + b"</measInfo>")

        def chunks():
            yield head
            for _ in range(blocks):
                yield b"<measInfo" + info + b"</measInfo>"
            yield foot

        class Stream:
            of = chunks()

            def read(self, _size):
                return next(self.of, b"")

        tracemalloc.start()
        try:
            rows = sum(1 for _ in xml_rows(Stream(), "a.xml", lambda name: name if name in GOOD else None))
            return rows, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (few, small), (many, large) = peak(100), peak(1_000)
    assert (few, many) == (100, 1_000)
    assert large < 2 * small


def test_a_table_is_read_by_a_mapping(folder):
    (folder / "wide.csv").write_text(
        "cell,start,RRC.Att,RRC.Succ,suspect,name\n"
        f"{KEY},2026-11-20T10:00:00Z,200,190,,x\n"
        "NRCellCU=2,2026-11-20T10:00:00Z,200,20,true,x\n"
        "NRCellCU=3,soon,200,20,,x\n"
    )
    found, unreadable, notes, _ = collected(folder)
    assert [(one.cell, one.value, one.ended_at - one.started_at) for one in found] == [
        (KEY, 95.0, timedelta(minutes=15))
    ]
    assert ["started_at" in error.reason for error in unreadable] == [True]
    assert notes == {source_module.SUSPECT: 1}


def test_names_of_a_vendor_are_mapped_and_a_row_may_be_a_counter(folder):
    mapping = folder.parent / "vendor.toml"
    mapping.write_text(
        '[fields]\ncell = "CELL"\nstarted_at = "T0"\nended_at = "T1"\ncounter = "KPI"\nvalue = "VAL"\n'
        '[rename.counter]\nrrc_att = "RRC.Att"\nrrc_ok = "RRC.Succ"\n'
    )
    rows = ["rrc_att,200", "rrc_ok,150", "other,7"]
    lines = [f"EUtranCellTDD=4,2026-11-20T10:00:00Z,2026-11-20T11:00:00Z,{row}" for row in rows]
    (folder / "long.csv").write_text("\n".join(["CELL,T0,T1,KPI,VAL", *lines, ""]))
    assert values(folder, mapping=str(mapping)) == [("EUtranCellTDD=4", 75.0)]
    mapping.write_text('[fields]\ncell = "CELL"\nstarted_at = "T0"\ncounter = "KPI"\n')
    with pytest.raises(ConfigurationError, match="both of counter and value"):
        source(folder, mapping=str(mapping))


def test_a_file_that_changed_is_read_again_and_one_that_did_not_is_not(folder):
    file = folder / "A.xml"
    file.write_bytes(measurement_file({CELL: GOOD})[:-30])
    found, unreadable, _, cursor = collected(folder)
    assert (len(found), len(unreadable)) == (1, 1)
    assert collected(folder, cursor)[:2] == ([], [])
    file.write_bytes(measurement_file({CELL: GOOD, "NRCellCU=2": GOOD}))
    assert [one.cell for one in collected(folder, cursor)[0]] == ["NRCellCU=2", KEY]
    file.unlink()
    assert collected(folder, cursor)[:2] == ([], [])


def test_who_may_write_into_the_folder_may_not_read_elsewhere(folder, tmp_path):
    outside = tmp_path / "outside.xml"
    outside.write_bytes(measurement_file({CELL: GOOD}))
    (folder / "A.xml").symlink_to(outside)
    assert collected(folder)[0] == []
    with pytest.raises(InputError, match="does not exist"):
        collected(folder / "nowhere", kpis="")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("8 / 2 / 2", 2),
        ("10 - 3 - 2", 5),
        ("100 * A.b / A.c", 50),
        ("A.sum1 + 1", 3),
        ("D.x.*", 12),
        ("E.x", 4),
        ("E.x.*", 4),
    ],
)
def test_formulas_mean_what_arithmetic_means(text, value):
    counters = {"A.b": 1, "A.c": 2, "A.sum1": 2, "D.x.*": 12, "E.x.sum": 4}
    assert read_formula(text, "t").value(counters, 0) == value


@pytest.mark.parametrize(
    "text", ["", "1 +", "A.b B.c", "__import__('os')", "A ** 2", "A.b; 1", "(" * 500, "a" * 3_000, "1e9"]
)
def test_what_is_no_formula_is_said(text):
    with pytest.raises(ConfigurationError, match="the formula"):
        read_formula(text, "t")


def test_each_denominator_must_be_large_enough():
    formula = read_formula("A / B * C / D", "t")
    assert formula.value({"A": 1, "B": 10, "C": 3, "D": 10}, 10) == pytest.approx(0.03)
    for small in ("B", "D"):
        with pytest.raises(NotKnown):
            formula.value({"A": 1, "B": 10, "C": 3, "D": 10, small: 9}, 10)


@pytest.mark.parametrize(
    ("counter", "name"),
    [
        ("A.b", "A.b"),
        ("A.b.sum", "A.b.sum"),
        ("A.b.Sum", "A.b.sum"),
        ("A.b.1", None),
        ("C.d.5QI1", "C.d.*"),
        ("C.d.1.2", "C.d.*"),
        ("C.d.sum", "C.d.sum"),
        ("C.d", "C.d"),
        ("C.dx", None),
        ("other", None),
    ],
)
def test_counters_add_up_under_the_names_that_formulas_ask_for(counter, name):
    assert Wanted([read_formula("A.b / C.d.*", "t")]).name(counter) == name


def test_the_built_in_indicators_are_what_their_sources_say(folder):
    kpis = {kpi.indicator.key: kpi for kpi in read_kpis("")[0]}
    made = {
        "RRC.ConnEstabAtt.sum": 100,
        "RRC.ConnEstabSucc.sum": 90,
        "S1SIG.ConnEstabAtt": 80,
        "S1SIG.ConnEstabSucc": 72,
        "ERAB.EstabInitAttNbr": 60,
        "ERAB.EstabInitSuccNbr": 54,
        "ERAB.RelActNbr": 2,
        "ERAB.SessionTimeUE": 3_600,
        "RRU.CellUnavailableTime": 90,
        "PERIOD.Seconds": 900,
    }
    told = {
        key: kpis[key].formula.value(made, kpis[key].minimum)
        for key in kpis
        if key.startswith("lte") and "thr" not in key
    }
    assert told == pytest.approx({"lte_accessibility": 72.9, "lte_retainability": 2.0, "lte_availability": 90.0})
    assert {key: kpi.indicator.higher_is_better for key, kpi in kpis.items() if "retain" in key} == {
        "lte_retainability": False,
        "nr_retainability": False,
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("formula =", "formel ="), "there is no setting 'formel'"),
        (('"higher"', '"up"'), 'better must be "higher" or "lower"'),
        (("minimum = 50", "minimum = -1"), "minimum must be a number"),
        (("tolerance = 1", 'tolerance = "1"'), "tolerance must be a number"),
        (('unit = "%"', 'unit = ""'), "unit must be a text"),
        ((KPIS, ""), "there is no indicator"),
    ],
)
def test_what_is_wrong_with_indicators_is_said(tmp_path, change, told):
    file = tmp_path / "kpis.toml"
    file.write_text(KPIS.replace(*change))
    with pytest.raises(ConfigurationError, match=told):
        read_kpis(str(file))


def test_a_register_of_cells_that_is_none_is_said(tmp_path):
    register = tmp_path / "cells.csv"
    for text, told in (("a,b\n1,2\n", "no columns dn and cell"), ("dn,cell\nx,y\n", "cell must read ncgi")):
        register.write_text(text)
        with pytest.raises(ConfigurationError, match=told):
            CellNames(register)
    with pytest.raises(ConfigurationError, match="does not exist"):
        CellNames(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT900S", 900), ("PT15M", 900), ("PT1H30M", 5_400), ("P1D", 86_400), ("", 0), ("900", 0)]
)
def test_lengths_of_time(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)
