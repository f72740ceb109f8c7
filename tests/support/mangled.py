"""Good documents with something done to them: pieces that harm are put in, parts are left out, come twice or move.

What is done follows from a `random.Random`, so that an input is known by its number and made anew from it.
"""

import json
from copy import deepcopy

from tests.support.hostile import UNITS
from tests.support.odd_answers import DEEP, ODD, places

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


TOO_DEEP = b"[" * 100_000 + b"]" * 100_000
MOST_CHANGES = 6


def mangled(random, good):
    """Return a document after some changes of its bytes."""
    body = good
    for _ in range(random.randint(1, MOST_CHANGES)):
        start = random.randint(0, len(body))
        end = min(start + random.choice((0, 0, 0, 1, 7, 40)), len(body))
        way = random.random()
        if way < 0.6:
            piece = random.choice(PIECES)
        elif way < 0.8:
            piece = random.randbytes(random.randint(0, 6))
        else:
            piece = body[start:end] * 2
        body = body[:start] + piece + body[end:]
    return body


def restructured(random, good):
    """Return a JSON document after a change of its values: one is odd, gone, twice there, or that of another place.

    Raises:
        ValueError: the document is not JSON.
    """
    holder = {"": json.loads(good)}
    for _ in range(random.randint(1, 3)):
        known = places(holder)
        target, key = random.choice(known)
        way = random.random()
        if way < 0.6:
            target[key] = deepcopy(random.choice(ODD))
        elif way < 0.75:
            other, where = random.choice(known)
            # Copied, so that nothing comes to hold itself.
            target[key] = deepcopy(other[where])
        elif way < 0.85:
            target[key] = [deepcopy(target[key]) for _ in range(random.randint(0, 3))]
        elif isinstance(target, dict) and target is not holder:
            target[random.choice(("", "id", "text", "type", "a.b"))] = target.pop(key)
        elif isinstance(target, list):
            target.insert(key, deepcopy(target[key]))
    return json.dumps(holder[""]).encode().replace(json.dumps(DEEP).encode(), TOO_DEEP)


def odd_one(random, good):
    """Return one of the good documents after such changes."""
    body = random.choice(good)
    if body[:1] in b"{[" and random.random() < 0.5:
        try:
            return restructured(random, body)
        except ValueError:
            pass  # lines of JSON, for instance: bytes it is
    return mangled(random, body)


def stretched(random, good):
    """Return a document with a place in it, as what comes before, what to repeat there, and what comes after."""
    body = random.choice(good)
    at = random.randint(0, len(body))
    if random.random() < 0.3:
        unit = body[at : at + random.randint(1, 30)] or b"a"
    elif random.random() < 0.5:
        unit = random.choice(PIECES)[:40] or b" "
    else:
        unit = random.choice(list(UNITS.values())).encode("utf-8", "surrogatepass")
    return body[:at], unit, body[at:]
