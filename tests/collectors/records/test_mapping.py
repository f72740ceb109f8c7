from collections import Counter
from datetime import UTC, datetime

import pytest

from collectors.records.mapping import built_in
from collectors.records.posts import KNOWN, read_post_mapping, to_post
from collectors.records.stream import Record
from domain.errors import ConfigurationError, RecordUnreadable
from domain.post import Author, Metrics

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEAST = {"id": "1", "text": "no signal", "created_at": "2026-11-20 10:00:00"}


def post_of(values, mapping="jsonl", source="file"):
    return to_post(Record("posts.jsonl:7", values), read_post_mapping(str(mapping)), source=source, now=NOW)


@pytest.fixture
def mapping_of(tmp_path):
    def write(content):
        path = tmp_path / "mine.toml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_the_least_record_is_a_post():
    post = post_of(LEAST)
    assert (post.source, post.native_id, post.text) == ("file", "1", "no signal")
    assert post.created_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (post.author, post.lang, post.attributes, post.mentions) == (None, None, {}, ())


@pytest.mark.parametrize(("written", "rating"), [("4,5", 4.5), ("1 star", 1.0), ("★★★★☆", 4.0), ("8/10", 4.11)])
def test_a_rating_is_read_as_people_write_it(written, rating):
    assert post_of(LEAST | {"rating": written}).rating == rating


def test_everything_that_jsonl_knows_reaches_the_post():
    post = post_of(
        LEAST
        | {
            "author": {"id": "a7", "handle": "@field_mouse", "name": "Field Mouse", "followers": "120"},
            "lang": "en-GB",
            "source": "forum",
            "instance": "forum.example",
            "rating": "4.5",
            "brand": "north",
            "place": "Leeds",
            "title": "Again",
            "url": "https://forum.example/1",
            "parent_id": 12,
            "shared_id": "9",
            "mentions": ["@north_net", "Field_Vole"],
            "metrics": {"likes": 3, "replies": 1, "shares": 0, "views": 50},
            "edited_at": "2026-11-20T11:00:00+01:00",
        },
        source="ignored",
    )
    assert post.author == Author(id="a7", handle="field_mouse", name="Field Mouse", followers=120)
    assert (post.source, post.instance, post.lang, post.brand, post.place) == (
        "forum",
        "forum.example",
        "en",
        "north",
        "Leeds",
    )
    assert (post.title, post.url, post.rating) == ("Again", "https://forum.example/1", 4.5)
    assert (post.parent_id, post.shared_id, post.mentions) == ("12", "9", ("north_net", "Field_Vole"))
    assert post.metrics == Metrics(likes=3, replies=1, shares=0, views=50)
    assert post.edited_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert post.attributes == {}


def test_extra_is_looked_into_and_what_no_field_names_is_dropped():
    post = post_of(LEAST | {"extra": {"brand": "@north", "lang": "fr", "mood": "bad"}, "phone": "0171 2345678"})
    assert (post.brand, post.lang) == ("@north", "fr")
    assert post.attributes == {}


KEEPING = 'keep = ["Stars", "extra", "gone", "likes"]\n[fields]\nid = "id"\ntext = "text"\ncreated_at = "created_at"\n'


def test_columns_that_the_mapping_keeps_are_attributes(mapping_of):
    values = LEAST | {"Stars": 4, "extra": {"mood": "bad", "deep": {"er": 1}}, "Phone": "0171 2345678"}
    post = post_of(values, mapping_of(KEEPING + 'likes = "likes"\n'))
    assert post.attributes == {"Stars": "4", "extra.mood": "bad", "extra.deep.er": "1"}


@pytest.mark.parametrize(
    ("value", "kept", "kind"),
    [
        ("write to ann.lee+x@mail.example, please", "write to [e-mail], please", "e-mail"),
        ("DE89 3704 0044 0532 0130 00", "[IBAN]", "IBAN"),
        ("gb82west12345698765432.", "[IBAN].", "IBAN"),
        ("card 4111-1111-1111-1111 or so", "card [card number] or so", "card number"),
        ("+49 (0) 171 2345678", "[telephone number]", "telephone number"),
        ("call 0171/2345678 now", "call [telephone number] now", "telephone number"),
        ("01 23 45 67 89", "[telephone number]", "telephone number"),
        ("020 7946 0958", "[telephone number]", "telephone number"),
        ("(555) 010-0199", "[telephone number]", "telephone number"),
        ("0044 20 7946 0958", "[telephone number]", "telephone number"),
    ],
)
def test_what_identifies_a_person_in_a_kept_column_is_a_word_and_counted(mapping_of, value, kept, kind):
    notes = Counter()
    mapping = read_post_mapping(str(mapping_of(KEEPING)))
    post = to_post(Record("x:1", LEAST | {"Stars": value}), mapping, source="file", now=NOW, notes=notes)
    assert post.attributes["Stars"] == kept
    assert notes == {f"with a value in a kept column that identifies a person: [{kind}] instead": 1}


@pytest.mark.parametrize(
    "value",
    [
        *(
            "2026-11-20 10:00:00",
            "05.10.2026 09:12",
            "05/10/2026 09:12:33",
            "12.4.5",
            "1791191520",
            "4.5",
            "10115 Berlin",
        ),
        *("4111 1111 1111 1112", "iPhone 15 Pro", "@ann", "https://a.example/1"),
    ],
)
def test_other_numbers_in_a_kept_column_stay(mapping_of, value):
    assert post_of(LEAST | {"Stars": value}, mapping_of(KEEPING)).attributes == {"Stars": value}


@pytest.mark.parametrize(
    "number", ["1.29477E+18", "1,29477E+18", "1.294773812345679e+18", "1E+18", "1.29477381234567885E18", 1.29477e18]
)
def test_an_id_whose_last_digits_are_lost_is_refused(number):
    with pytest.raises(RecordUnreadable, match="id is a number whose last digits"):
        post_of(LEAST | {"id": number})


@pytest.mark.parametrize("number", ["9007199254740992.0", "1294773812345678848.0", 2.0**53])
def test_a_number_that_was_no_exact_one_is_refused(number):
    with pytest.raises(RecordUnreadable, match="id is a number whose last digits"):
        post_of(LEAST | {"id": number})


@pytest.mark.parametrize(
    ("given", "native_id"),
    [
        ("123.0", "123"),
        (123.0, "123"),
        ("9007199254740991.0", "9007199254740991"),
        (2**60, str(2**60)),
        ("12e5", "12e5"),
    ]
    + [(one, one) for one in ("1.5", "12.00", "v1.0", "0x1E+5", "1294773812345678848", "abc1.2E+3")],
)
def test_other_ids_are_what_they_are(given, native_id):
    assert post_of(LEAST | {"id": given}).native_id == native_id


def test_a_reply_whose_parent_is_lost_is_kept_without_it_and_told():
    notes = Counter()
    values = LEAST | {"parent_id": "1.29477E+18", "author_id": "2.5E+17", "handle": "ann", "shared_id": "77.0"}
    post = to_post(Record("x:1", values), read_post_mapping("jsonl"), source="file", now=NOW, notes=notes)
    assert (post.parent_id, post.shared_id, post.author) == (None, "77", Author(id="ann", handle="ann"))
    assert notes == {
        "whose parent_id is a number with its last digits lost: kept without it": 1,
        "whose author is a number with its last digits lost: kept without it": 1,
    }


def test_times_in_several_layouts_and_zones_are_read_as_the_mapping_says(mapping_of):
    own = mapping_of('time_layout = ["%d/%m/%Y %H:%M %Z", "%d/%m/%Y"]\ntimezone = "America/New_York"\n' + GOOD)
    times = {
        "05/10/2026 09:12 CEST": datetime(2026, 10, 5, 7, 12, tzinfo=UTC),
        "05/10/2026 09:12 EDT": datetime(2026, 10, 5, 13, 12, tzinfo=UTC),
        "05/10/2026 09:12 UTC": datetime(2026, 10, 5, 9, 12, tzinfo=UTC),
        "05/10/2026": datetime(2026, 10, 5, 4, tzinfo=UTC),
    }
    assert {text: post_of({"a": "1", "b": "", "c": text}, own).created_at for text in times} == times
    for text in ("05/10/2026 09:12 IST", "2026-10-05"):
        with pytest.raises(RecordUnreadable, match="is not a time"):
            post_of({"a": "1", "b": "", "c": text}, own)


def test_an_author_in_one_word_is_id_and_handle():
    assert post_of(LEAST | {"author": "@field_mouse"}).author == Author(id="field_mouse", handle="field_mouse")
    assert post_of(LEAST | {"handle": "field_mouse"}).author == Author(id="field_mouse", handle="field_mouse")


@pytest.mark.parametrize("text", ["", None])
def test_empty_text_is_allowed(text):
    assert post_of(LEAST | {"text": text}).text == ""


def test_the_text_stays_as_it_is():
    assert post_of(LEAST | {"text": "  two\n lines \u200b& "}).text == "  two\n lines \u200b& "


def test_shares_and_mentions_are_read_off_the_text():
    post = post_of(LEAST | {"text": "RT @north_net: thanks to @field_mouse"})
    assert post.mentions == ("north_net", "field_mouse")
    assert post.attributes == {"shared_from": "north_net"}
    assert post.shared_id is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "there is no id (looked in 'id')"),
        ({"id": "  "}, "there is no id (looked in 'id')"),
        ({"id": {"a": 1}}, "there is no id (looked in 'id')"),
        ({"text": ["a"]}, "text must be a text, not \"['a']\""),
        ({"created_at": ""}, "there is no created_at"),
        ({"created_at": "soon"}, "created_at: 'soon' is not a time"),
        ({"created_at": "2026-11-23T12:00:01Z"}, "created_at '2026-11-23T12:00:01Z' lies in the future"),
        ({"edited_at": "x" * 500}, f"edited_at: '{'x' * 40}...' is not a time"),
    ],
)
def test_what_cannot_be_a_post_says_why(change, reason):
    with pytest.raises(RecordUnreadable) as caught:
        post_of(LEAST | change)
    assert (caught.value.where, caught.value.reason) == ("posts.jsonl:7", reason)


def test_a_day_ahead_of_the_clock_is_let_through():
    assert post_of(LEAST | {"created_at": "2026-11-23T12:00:00Z"}).created_at > NOW


def test_a_record_without_the_text_column_is_unreadable():
    with pytest.raises(RecordUnreadable, match="there is no text"):
        post_of({"id": "1", "created_at": "2026-11-20"})


def test_ten_thousand_columns_become_a_capped_number_of_attributes(mapping_of):
    columns = {f"column {number}": "v" for number in range(10_000)}
    post = post_of({"extra": columns} | LEAST, mapping_of(KEEPING))
    assert post.native_id == "1"
    assert len(post.attributes) == 64


def test_entities_of_exported_texts_become_characters_again():
    assert post_of(LEAST | {"text": "bills &amp; more &lt;3"}).text == "bills & more <3"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("AT&amp;amp;T is down", "AT&T is down"),
        ("AT&amp;amp;amp;T", "AT&T"),
        ("AT&amp;#38;T", "AT&T"),
        ("I don&#39;t, she &quot;does&quot; &amp;lt;3", 'I don\'t, she "does" <3'),
        ("R&amp;D; and more", "R&D; and more"),
        ("caf&amp;eacute;", "café"),
    ],
)
def test_texts_that_were_escaped_more_than_once_are_read_to_the_end(text, read):
    post = post_of(LEAST | {"text": text, "title": text})
    assert (post.text, post.title) == (read, read)


def test_references_in_a_file_whose_mapping_does_not_read_them_are_told(mapping_of):
    notes = Counter()
    values, mapping = {"a": "1", "b": "AT&amp;T", "c": "2026-11-20"}, read_post_mapping(str(mapping_of(GOOD)))
    assert to_post(Record("x:1", values), mapping, source="file", now=NOW, notes=notes).text == "AT&amp;T"
    assert notes == {"whose text holds references such as &amp;; entities = true in the mapping reads them": 1}


@pytest.mark.parametrize("digits", [4_400, 5_000, 100_000])
def test_an_entity_whose_number_has_no_end_is_no_character(digits):
    assert post_of(LEAST | {"text": f"northwind &#{'9' * digits}; &amp; more"}).text == "northwind \ufffd & more"


def test_a_mapping_of_ones_own(mapping_of):
    path = mapping_of("""
        timezone = "Europe/Berlin"
        time_layout = "%d.%m.%Y %H:%M"
        keep = "Stars"
        [fields]
        id = "Review ID"
        text = ["Body", "Summary"]
        created_at = "When"
        brand = "Operator"
        [constants]
        source = "app-store"
        lang = "de"
        [rename.brand]
        "North Mobile GmbH" = "north"
    """)
    values = {
        "Review ID": "5",
        "Body": "",
        "Summary": "ok",
        "When": "25.07.2026 10:00",
        "Operator": "North Mobile GmbH",
    }
    post = post_of(values | {"Stars": "4"}, path)
    assert (post.source, post.text, post.lang, post.brand) == ("app-store", "ok", "de", "north")
    assert post.created_at == datetime(2026, 7, 25, 8, tzinfo=UTC)
    assert post.attributes == {"Stars": "4"}


GOOD = '[fields]\nid = "a"\ntext = "b"\ncreated_at = "c"\n'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[fields", "is not valid TOML"),
        ('[fields]\nid = "a"\ntext = "b"\n', "does not say which column is 'created_at'"),
        (GOOD + 'colour = "d"\n', "there is no field 'colour'"),
        (GOOD + "lang = 7\n", "lang must name a column or a list of columns"),
        (GOOD + "lang = []\n", "lang must name a column or a list of columns"),
        ("speed = 1\n" + GOOD, "there is no setting 'speed'"),
        ("fields = 1\n", "fields must be a table"),
        ('timezone = "Mars/Base"\n' + GOOD, "there is no time zone 'Mars/Base'"),
        ("timezone = 3\n" + GOOD, "there is no time zone 3"),
        (f'timezone = "Europe/{"London/" * 2000}"\n' + GOOD, "there is no time zone"),
        ('time_layout = "%d.%m.%Y %d.%m.%Y"\n' + GOOD, "no layout of times"),
        ('time_layout = ["%Y", "%Q"]\n' + GOOD, "no layout of times"),
        ('time_layout = "%Y %"\n' + GOOD, "no layout of times"),
        ('entities = "yes"\n' + GOOD, "entities must be"),
        ('time_layout = "iso"\n' + GOOD, "time_layout must be"),
        ("time_layout = [1]\n" + GOOD, "time_layout must be"),
        ('encoding = "klingon"\n' + GOOD, "there is no encoding 'klingon'"),
        ('encoding = "hex"\n' + GOOD, "there is no encoding 'hex'"),
        ("skip = -1\n" + GOOD, "skip must be the number of lines"),
        ("skip = true\n" + GOOD, "skip must be the number of lines"),
        ("keep = [1]\n" + GOOD, "keep must name"),
        ("keep = 3\n" + GOOD, "keep must name"),
        ("time_layout = 3\n" + GOOD, "time_layout must be"),
        (GOOD + "[constants]\nsource = []\n", "the constant source must be"),
        (GOOD + '[rename]\nbrand = "x"\n', "rename.brand must be a table of texts"),
    ],
)
def test_a_wrong_mapping_is_one_sentence(mapping_of, content, sentence):
    with pytest.raises(ConfigurationError) as caught:
        read_post_mapping(str(mapping_of(content)))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mapping_that_is_not_there_names_those_that_are():
    with pytest.raises(ConfigurationError, match=r"there is no mapping 'twitter'; built in are .*jsonl"):
        read_post_mapping("twitter")
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml cannot be read"):
        read_post_mapping("nowhere.toml")


def test_jsonl_names_known_fields_only():
    assert "jsonl" in built_in()
    assert set(read_post_mapping("jsonl").fields) <= set(KNOWN)
