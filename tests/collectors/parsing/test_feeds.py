"""What one hostile entry, or document, does to a feed."""

import pytest

from collectors.parsing.feeds import MAX_ELEMENTS, MAX_VALUE, read_feed
from domain.errors import SourceRefused

GEO = "xmlns:georss='http://www.georss.org/georss' xmlns:gml='http://www.opengis.net/gml'"
LICENCES = "xmlns:creativeCommons='http://backend.userland.com/creativeCommonsRssModule'"
MEDIA = "xmlns:media='http://search.yahoo.com/mrss/'"


def read(body, content_type="application/rss+xml"):
    body = body if isinstance(body, bytes) else body.encode()
    return read_feed(body, content_type=content_type, address="https://a.example/feed")


def rss(*inside):
    items = "".join(f"<item><guid>{number}</guid><title>t</title>{one}</item>" for number, one in enumerate(inside))
    return f"<rss version='2.0' {GEO} {LICENCES} {MEDIA}><channel>{items}</channel></rss>"


def ids(feed):
    return [entry["id"] for entry in feed.entries]


@pytest.mark.parametrize(
    ("hostile", "error"),
    [
        ("<gml:posList>1 2</gml:posList>", "KeyError"),
        ("<gml:pos>1 2</gml:pos>", "KeyError"),
        ("<georss:where/><gml:Point srsDimension='x'/><gml:posList>a</gml:posList>", ""),
        ("&nbsp;&#xD800;", "UnicodeEncodeError"),
        ("&nbsp;&#99999999999999999999;", "OverflowError"),
    ],
)
def test_an_entry_that_breaks_the_library_is_named_and_the_others_are_read(hostile, error):
    feed = read(rss("", hostile, ""))
    assert ids(feed) == ["0", "2"] if error else ["0", "1", "2"]
    assert [str(one) for one in feed.unreadable] == (
        [f"https://a.example/feed 1: it cannot be read ({error})"] if error else []
    )


@pytest.mark.parametrize(
    "body", ["<cdf><creativeCommons:license/>", f"<cdf {LICENCES}><creativeCommons:license/></cdf>", "", "<"]
)
def test_what_breaks_outside_of_entries_ends_nothing(body):
    feed = read(body)
    assert (feed.version, feed.entries, feed.unreadable) == ("", [], [])


@pytest.mark.parametrize("encoding", ["undefined", "idna", "punycode", "unicode_escape", "hex", "klingon"])
def test_an_encoding_that_is_none_is_passed_over(encoding):
    for body, content_type in (
        (rss("é"), f"application/xml; charset={encoding}"),
        (f"<?xml version='1.0' encoding='{encoding}'?>{rss('é')}", "text/xml"),
    ):
        feed = read(body, content_type)
        assert (ids(feed), feed.version) == (["0"], "rss20")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso-8859-1", "cp037"])
def test_documents_in_the_usual_encodings_are_read(encoding):
    body = f"<?xml version='1.0' encoding='{encoding}'?>{rss('<description>Störung</description>')}".encode(encoding)
    assert [entry["summary"] for entry in read(body, "application/xml").entries] == ["Störung"]


def test_a_feed_that_is_nested_without_an_end_is_refused():
    with pytest.raises(SourceRefused, match="nested more than 250 deep"):
        read("<rss><channel><item>" + "<a>" * 300_000)


def test_a_feed_of_more_elements_than_any_has_is_refused():
    with pytest.raises(SourceRefused, match=f"more than {MAX_ELEMENTS} elements"):
        read(rss("<a/>" * MAX_ELEMENTS))
    with pytest.raises(SourceRefused, match=f"more than {MAX_ELEMENTS} elements"):
        read(rss("&nbsp;" + "<a>" * MAX_ELEMENTS))


def test_values_end_and_texts_do_not():
    feed = read(
        rss(f"<link>{'x' * 9_000}</link><description>{'y' * 9_000}</description><author>{'z' * 9_000}</author>")
    )
    [entry] = feed.entries
    assert (len(entry["link"]), len(entry["summary"]), len(entry["author"])) == (MAX_VALUE, 9_000, MAX_VALUE)


def test_an_author_is_told_from_an_address():
    [entry] = read(rss("<author>ann@a.test (Ann)</author>")).entries
    assert entry["author_detail"] == {"name": "Ann", "email": "ann@a.test"}


def test_faults_do_not_add_up_to_depth():
    feed = read(rss(*["<gml:posList>1 2</gml:posList>"] * 400, ""))
    assert (ids(feed), len(feed.unreadable)) == (["400"], 400)


@pytest.mark.parametrize("unit", ["encoding='", "encoding='a' ", " ", "<?"])
def test_a_declaration_without_an_end_is_none(unit):
    assert read(f"<?xml version='1.0' {unit * 20_000}").entries == []
