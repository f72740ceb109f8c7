from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parsing import values
from collectors.parsing.values import (
    as_texts,
    attributes,
    clean_text,
    mentions,
    parse_flag,
    parse_number,
    parse_time,
    shared_from,
    suspicious,
)

NINE = datetime(2019, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2019-11-25T09:00:00Z",
        "2019-11-25 09:00:00",
        "2019-11-25T10:00:00+01:00",
        "2019-11-25T10:00:00+0100",
        " 2019-11-25T09:00:00.000 ",
        "20191125T090000",
        1574672400,
        1574672400.0,
        1574672400000,
        "1574672400",
        "1574672400000",
        "1574672400000000",
        1574672400000000000,
        "Mon Nov 25 09:00:00 +0000 2019",
        "Mon, 25 Nov 2019 10:00:00 CET",
        "Mon, 25 Nov 2019 04:00 EST",
        "2019-11-25 09:00:00 UTC",
        "2019-11-25 09:00:00.000 UTC",
        "2019-11-25 09:00:00+00",
        "2019/11/25 9:00",
        "2019-11-25 09:00 AM",
        "2019-11-25T09:00:00.000000000Z",
        "25 Nov 2019 09:00",
        "Nov 25, 2019, 9:00 AM",
        "November 25th, 2019 at 9:00 a.m.",
        "Montag, 25. November 2019, 10:00 Uhr MEZ",
        "25.11.2019 10:00 +0100",
        "25.11.2019, 9:00",
        "lundi 25 novembre 2019 à 10h00 CET",
        "25 de noviembre de 2019 09:00",
        "Mon, 25 Nov 2019 10:00:00 +0100 (CET)",
    ],
)
def test_times_are_read_in_every_usual_form(value):
    assert parse_time(value) == NINE


def test_a_time_without_zone_is_in_the_zone_of_the_mapping():
    assert parse_time("2019-07-01 10:00", timezone=ZoneInfo("Europe/London")) == datetime(2019, 7, 1, 9, tzinfo=UTC)
    assert parse_time("2019-07-01 10:00Z", timezone=ZoneInfo("Europe/London")) == datetime(2019, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Mon, 01 Jul 2019 10:00:00 CEST", "2019-07-01T08:00"),
        ("Mon, 01 Jul 2019 10:00:00 BST", "2019-07-01T09:00"),
        ("2019-07-01 10:00:00 EDT", "2019-07-01T14:00"),
        ("2019-07-01 10:00:00 GMT+2", "2019-07-01T08:00"),
        ("2019-07-01 10:00:00 IST", "2019-07-01T04:30"),
        ("2019-07-01 10:00 PM", "2019-07-01T16:30"),
        ("1 Jul 2019 12:00 AM", "2019-06-30T18:30"),
        ("2019-07-01 24:00", "2019-07-01T18:30"),
    ],
)
def test_a_zone_by_name_is_that_zone_and_the_one_of_the_mapping_before_others(text, time):
    assert parse_time(text, timezone=ZoneInfo("Asia/Kolkata")) == datetime.fromisoformat(f"{time}:00+00:00")


@pytest.mark.parametrize(
    "text",
    [
        *("05/10/2026 09:12", "10/5/2026 9:12 PM", "2019-07-01 10:00:00 IST", "2019-07-01 10:00 XYZ", "32.11.2019"),
        *("25 Smarch 2019", "13:00 PM 1 Jul 2019", "1 Jul 2019 13:00 PM", "1 Jul 2019 25:00", "1 Jul 19", "46300.38"),
    ],
)
def test_a_time_whose_meaning_is_not_sure_is_none(text):
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text)


def test_a_layout_reads_other_forms():
    assert parse_time("25/11/2019 09:00", layouts=["%d/%m/%Y %H:%M"]) == NINE


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2019-13-01", None, True, [], "9" * 400, "0001-01-01", float("nan")]
)
def test_what_is_no_time_is_an_error(value):
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(value, timezone=ZoneInfo("Asia/Tokyo"))


@given(st.text())
def test_no_text_breaks_the_reading_of_times(text):
    try:
        assert parse_time(text).tzinfo == UTC
    except ValueError as error:
        assert "is not a time" in str(error)  # noqa: PT017


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_times_come_back_from_iso_and_epoch(time):
    assert parse_time(time.isoformat()) == time
    assert abs((parse_time(time.timestamp()) - time).total_seconds()) < 0.001


@given(st.text(st.characters()))
def test_clean_text_is_encodable_and_stays_so(text):
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned
    assert len(cleaned) == len(text)


@given(st.characters())
def test_every_character_that_cleaning_changes_is_suspected_in_json(character):
    escaped = f'"\\u{ord(character):04x}"' if ord(character) < 0x10000 else f'"{character}"'
    assert clean_text(character) == character or suspicious(escaped)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@O2 and .@ThreeUK, (@o2) again", ("O2", "ThreeUK")),
        ("write to me@example.org or see https://social.example/@ann", ()),
        ("RT @north_net: @ann@social.example. Thanks", ("north_net", "ann@social.example")),
        ("こんにちは@north_netです", ("north_net",)),
        ("@ @@ @-", ()),
    ],
)
def test_mentions_are_read_off_the_text(text, named):
    assert mentions(text) == named


def test_a_share_names_whom_it_passes_on():
    assert shared_from("RT @north_net: we are back") == "north_net"
    assert shared_from("see RT @north_net: we are back") is None


def test_numbers_and_flags_are_read_or_left():
    assert [parse_number(value) for value in ("4.5", 4, "nan", "1e999", "four", True, None)] == [4.5, 4, *[None] * 5]
    assert [parse_flag(value) for value in ("True", 1, "no", 0, "perhaps", None)] == [
        True,
        True,
        False,
        False,
        None,
        None,
    ]


def test_lists_of_texts_come_as_lists_or_in_one_text():
    assert as_texts(["a b", 1, None, {}]) == ["a b", "1"]
    assert as_texts("a, b;c d") == ["a", "b", "c", "d"]
    assert as_texts(None) == []


def test_attributes_are_flat_and_leave_out_what_was_used():
    found = attributes(
        {
            "id": "1",
            "extra": {"brand": "x", "deep": {"er": 1.5}},
            "tags": ["a", True],
            "rows": [{"a": 1}],
            "none": None,
        },
        except_for={"id", "extra.brand"},
    )
    assert found == {"extra.deep.er": "1.5", "tags": "a, true", "rows": '[{"a": 1}]'}


def test_attributes_are_capped_in_number_and_length():
    found = attributes({f"{'n' * 500}{number}"[-400:]: "v" * 5_000 for number in range(10_000)} | {"z": "z"})
    assert len(attributes({f"c{number}": "v" for number in range(10_000)})) == values.MAX_ATTRIBUTES
    assert max(map(len, found)) == values.MAX_ATTRIBUTE_NAME_LENGTH
    assert max(map(len, found.values())) == values.MAX_ATTRIBUTE_LENGTH
