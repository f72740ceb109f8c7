"""Good documents with something done to their bytes: pieces that harm are put in, parts are left out or come twice."""

from hypothesis import strategies as st

MARKUP = """< > & ' " </ /> <!-- --> <![CDATA[ ]]> <? ?> &#0; &#xD800; &#99999999999999999999; &nbsp; &x; &amp;#1;
<gml:posList>1</gml:posList> <gml:pos>a</gml:pos> <georss:point> <creativeCommons:license/> <media:content/>
<media:thumbnail>x</media:thumbnail> <itunes:image/> <psc:chapter/> <link/> <enclosure/> <source> <category/> <image>
<textInput> <cloud/> <item> </item> <entry> </entry> <author>a@b.c</author> <content> <svg> <div> <x:y> <pubDate/>
<updated>99999</updated> <dc:date>0000-00-00</dc:date> <guid/> <id>[</id>"""
IN_MARKUP = [
    *(" xml:base='http://['", " xmlns=''", " xmlns:x='u'", " type='xhtml'", " type='application/x'", "<!DOCTYPE ["),
    "<pubDate>Mon, 99 Foo 99999 99:99:99 +9999</pubDate>",
]
MAILS = [
    *("--b\n", "--b--\n", "\nFrom x Mon 10:00 2026\n", ">From ", "Content-Type: ", "message/rfc822\n", "From: <@,@:;>"),
    *("multipart/mixed; boundary=b\n\n", "; charset=undefined", "; charset=idna", "Date: ", "+9999999", "References"),
    *("Content-Transfer-Encoding: base64\n", "=?utf-8?q?", "=?x?b?a?=", "?=", "=\n", "=ZZ", "filename*0*=''%"),
    "Date: Mon, 1 Jan 99999999999999999999 00:00:00 +0000\n",
]
VALUES = (
    """"" , ; | { } \\" \\ud800 \\u0000 1e999 NaN null true -1 2026-13-45T99:99 0001-01-01T00:00:00+23:59 {} [] :"""
)
PIECES = [
    *(piece.encode() for piece in [*MARKUP.split(), *IN_MARKUP, *MAILS, *VALUES.split()]),
    *(b"\n", b"\r", b"\r\n\r\n", b"\t", b" " * 300, b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"[" * 200, b"9" * 5_000),
]


@st.composite
def mangled(draw, *good):
    """Return one of the good documents after some such changes."""
    body = draw(st.sampled_from(good))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(body)))
        end = min(start + draw(st.sampled_from([0, 0, 0, 1, 7, 40])), len(body))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6), st.just(body[start:end] * 2)))
        body = body[:start] + piece + body[end:]
    return body
