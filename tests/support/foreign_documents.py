"""Good documents of every kind that readers read: what fuzzing changes."""

import base64
import gzip
import io
import json
import zipfile

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save

from nlp.encoder.weights import FORMAT, head_shapes
from nlp.places.gazetteer import SECTION
from pipeline.backup import FORM
from tests.support.fake_feed import item, rss
from tests.support.fake_jetstream import NOW, account, as_v1, as_v2, commit, micros
from tests.support.fake_mastodon import status
from tests.support.stored_posts import stored_post
from tests.support.tmforum_payloads import ALL as RESOURCES

NAMESPACES = (
    "xmlns:georss='http://www.georss.org/georss' xmlns:gml='http://www.opengis.net/gml' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/DTDs/PodCast-1.0.dtd' "
    "xmlns:psc='http://podlove.org/simple-chapters' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:creativeCommons='http://backend.userland.com/creativeCommonsRssModule'"
)
RSS = rss(*map(item, range(3))).replace(b'<rss version="2.0">', f'<rss version="2.0" {NAMESPACES}>'.encode())
ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" {NAMESPACES}>
<title>Status</title><entry><id>tag:a.example,2026:7</id><title type="text">St&#246;rung</title><link href="/7"/>
<author><name>Ann</name><email>ann@a.example</email></author><published>2026-11-20T10:00:00+01:00</published>
<content type="html">&lt;p&gt;Kein Netz&lt;/p&gt;</content></entry></feed>""".encode()
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>t</title></channel>
<item rdf:about="http://a.example/1"><title>No signal</title><dc:date>2026-11-20</dc:date></item></rdf:RDF>"""
FEEDS = (RSS, ATOM, RDF)
JSON_FEED = (
    b'{"items": [{"id": "1", "url": "x", "authors": [{"name": "a"}], "content_html": "<p>No</p>", "tags": ["a"], '
    b'"date_published": "2026-11-20T10:00:00Z"}], "language": "en", "title": "Status"}'
)

MAIL = b"""From: =?utf-8?q?J=C3=B6rg?= <joerg@a.example>
Date: Fri, 20 Nov 2026 11:00:00 +0100
Message-ID: <1@a.example>
References: <a@x> <b@x>
Subject: Re: No signal
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<p>Kein Netz</p>
--b
Content-Type: text/plain

On Friday ann wrote:
> hello
No signal
--b--

"""
MBOX = b"From ann@a.example Fri Nov 20 10:00:00 2026\n" + MAIL
POSTS = [
    {"id": str(number), "text": "No &amp; signal @bob", "created_at": "2026-11-20T10:00:00Z", "likes": 3, "lang": "en"}
    for number in range(3)
]
LINES = b"".join(json.dumps(one).encode() + b"\n" for one in POSTS)
LIST = json.dumps(POSTS).encode()
TABLE = b'id,text,created_at,likes\n1,"No ""signal""",2026-11-20T10:00:00Z,3\n2,"two\nlines",2026-11-20T10:00:00Z,\n'
SEMICOLONS = "\ufeffid;text;created_at\n1;Störung;20.11.2026 10:00\n".encode("utf-16")
DELETES = b'{"id": "1"}\n{"author": "ann", "source": "x", "instance": "a"}\n'
CUSTOMERS = b"id,since,consent_given_at,handles,monthly_value\n1,2020-01-01,2026-01-01,x:ann,12.5\n"
EVENTS = b"id,kind,title,started_at,ended_at\n1,outage,Mast,2026-11-20T10:00:00Z,2026-11-20T12:00:00Z\n"

FRAMES_V1 = (as_v1(commit(micros(NOW), "3k1", "No signal")).encode(),)
FRAMES_V2 = (
    as_v2(commit(micros(NOW), "3k2", "No signal")).encode(),
    as_v2(account(micros(NOW), active=False, status="deleted")).encode(),
)
STATUS = json.dumps(status(1)).encode()
NOTIFICATIONS = (
    *(json.dumps(payload).encode() for _, payload in RESOURCES),
    json.dumps({"eventId": "1", "eventType": "AlarmCreateEvent", "event": {"alarm": RESOURCES[0][1]}}).encode(),
)

QUERY = b'"no sig*" OR (outage NEAR/5 (#north* OR "since monday")) NOT wifi AND +mast "signal down"~5'
MAPPING = b"""entities = true
timezone = "Europe/London"
encoding = "utf-8"
skip = 0
time_layout = ["%d.%m.%Y"]
keep = ["shop"]
[fields]
id = "id"
text = ["text", "body.text"]
created_at = "created_at"
[constants]
source = "shop"
[rename.lang]
english = "en"
"""
CONFIGURATION = b"""home = "earshot"
store = "sqlite:///earshot.sqlite"
time_zone = "Europe/London"
[brand.north]
name = "Northwind"
terms = ["Northwind", "#north*"]
ambiguous = ["north"]
query = '"north wind" OR northwind'
own = true
accounts = ["x:northwind"]
[source.forum]
type = "rss"
url = "https://a.example/feed"
[source.board]
type = "mastodon"
instance = "social.example"
tag = "north"
[nlp]
languages = ["en"]
[linking]
copies = true
[jobs]
collect = "15 minutes"
report = "weekly"
"""


def workbook():
    """Return a workbook of Excel with two posts."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    for row in (("id", "text", "created_at"), ("1", "No signal", "2026-11-20"), (2, "Slow & dear", 46_000.5)):
        book.active.append(row)
    book.save(target)
    return target.getvalue()


def parquet():
    """Return a Parquet file with three posts."""
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(POSTS), target)
    return target.getvalue()


def encoder_weights():
    """Return a file of weights that is whole, though no encoder is so small."""
    arrays = {f"heads.{name}": np.ones(shape, np.float32) for name, shape in head_shapes(2).items()}
    arrays |= {"layers.norm": np.ones(2, np.float32), "layers.a": np.ones((2, 2), np.int8)}
    arrays |= {f"layers.a.{part}": np.ones(2, np.float32) for part in ("scale", "smooth")}
    arrays |= {f"layers.a.{part}": np.array(1, kind) for part, kind in (("step", np.float32), ("zero", np.int32))}
    return save(arrays, metadata={"format": FORMAT, "name": "small"})


def language_weights():
    """Return a file of weights of the language model, of two buckets."""
    arrays = {"vectors": np.ones((2, 3), np.int8), "unit": np.ones(3, np.float32)}
    arrays |= {"scores": np.ones((3, 2), np.float32), "bias": np.ones(2, np.float32)}
    about = {"languages": ["en", "de"], "floor": -9.0, "temperature": 1.5}
    return save(arrays, metadata={"earshot": json.dumps(about)})


CARD = b'{"revision": "0123456789ab", "licence": "MIT", "name": "small", "rows": {"dev": 3}, "results": [0.5]}'


def places():
    """Return an index of one place, unpacked."""
    head = json.dumps({"format": "earshot-places-v1"})
    return SECTION.join([head, "Leeds|GB", "leeds", "0", "new leeds", "0", "new leeds", "ann"]).encode()


def backup():
    """Return the lines of a backup."""
    vector = base64.b64encode(np.ones(3, "<f4").tobytes()).decode()
    lines = [
        {"form": FORM, "made_at": "2026-11-20T10:00:00Z", "by": "earshot 0"},
        {"kind": "tombstones", "document": {"id": "a"}},
        {"kind": "posts", "document": stored_post() | {"embedding": vector}},
        {"counts": {"tombstones": 1, "posts": 1}},
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def unzipped(raw):
    """Return the parts of a ZIP archive by name."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts):
    """Return a ZIP archive of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def packed(raw):
    """Return bytes as gzip has them."""
    return gzip.compress(raw, compresslevel=1, mtime=0)
