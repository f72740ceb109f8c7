"""Every reader of what others send, with good documents of its kind: what `tests/` and `proof/` fuzz."""

from __future__ import annotations

import json
import random as chance
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING
from zlib import crc32

from collectors.catalog import open_source
from collectors.news.rss import RssCollector, RssSettings
from collectors.operator.files import FileCollector
from collectors.operator.records import read_customers, read_events
from collectors.operator.tmforum.notifications import read_notification
from collectors.operator.tmforum.resources import RESOURCES
from collectors.parsing.feeds import read_feed
from collectors.parsing.jsonfeed import entries
from collectors.parsing.jsonfeed import read_feed as read_json_feed
from collectors.parsing.mail import read_mail
from collectors.records.posts import read_post_mapping
from collectors.search.stream_filter import StreamFilter
from collectors.social.jetstream import JetstreamCollector, JetstreamSettings
from collectors.social.mastodon_statuses import to_post as status_to_post
from collectors.social.mastodon_stream import heard
from configuration.load import load_config
from domain.config import Brand
from domain.documents import to_document
from domain.errors import EarshotError, RecordUnreadable
from domain.received import inbox_document
from listener import messages
from nlp.encoder.shipped import card_of
from nlp.encoder.weights import load
from nlp.language.detector import LanguageCorrection
from nlp.places.gazetteer import Gazetteer
from pipeline.backup import restore
from tests.support import foreign_documents as good
from tests.support import pushed
from tests.support.clock import FakeClock
from tests.support.counted import measurement_file
from tests.support.fake_jetstream import NOW, as_v1, commit, micros
from tests.support.mangled import mangled, odd_one, restructured, stretched
from tests.support.odd_answers import OddAnswers
from tests.support.source_cases import CASES, id_of, items_of
from textquery.brands import brand_matcher
from textquery.evaluate import matches
from textquery.parser import parse
from transport.foreign import read_json_text
from transport.http import Reply
from transport.rate_limit_headers import allowances
from transport.retry import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TYPES = ("application/rss+xml", "text/xml", "application/xml; charset=undefined", "text/xml; charset=utf-16", ";;=", "")
LIMITS = ("retry-after", "x-ratelimit-remaining", "ratelimit", "x-rate-limit", "x-app-usage", "link")
NUMBERS = range(100, 103)
READ_ELSEWHERE = ("file", "counters", "rss", "jetstream")
"""Kinds of sources whose documents are fuzzed by themselves."""
COUNTED = {"NRCellCU=7": {"RRU.CellUnavailableTime": 9, "ERAB.RelActNbr": 3, "ERAB.SessionTimeUE": 3_600}}
COUNTER_FORMS = ("listed", "single", "new")
COUNTER_TABLE = b"cell,start,RRU.CellUnavailableTime\nNRCellCU=7,2026-11-20T10:00:00Z,9\n"
PUSHED = (
    json.dumps(pushed.notification("1")).encode(),
    json.dumps(pushed.outage(1)).encode(),
    json.dumps([pushed.outage(1), pushed.outage(2)]).encode(),
)


@dataclass(frozen=True, kw_only=True)
class Fuzzed:
    """A reader. `make` is given a `random.Random` and returns an input that follows from it; `read` is given that and
    a folder for files, and raises nothing but errors of ours. `stretch` is as `mangled.stretched`, where it has one."""

    make: Callable[[chance.Random], bytes]
    read: Callable[[bytes, Path], object]
    stretch: Callable[[chance.Random], tuple[bytes, bytes, bytes]] | None = None


def run(reader, body, folder):
    """Read an input; errors of ours are as good as an answer."""
    try:
        reader.read(body, folder)
    except EarshotError as error:
        assert str(error)  # noqa: PT017 - either is fine


def input_of(name, number):
    """Return an input of a reader by its number."""
    return READERS[name].make(chance.Random(f"{name} {number}"))


def reads(read, *documents):
    """Return a reader of documents that are bytes."""
    return Fuzzed(make=partial(odd_one, good=documents), read=read, stretch=partial(stretched, good=documents))


def _feed(body, _folder):
    # Not by the length: the same at every length of what is repeated.
    kind = TYPES[crc32(body[-60:]) % len(TYPES)]
    feed = read_feed(body, content_type=kind, address="https://a.example/feed")
    assert all(isinstance(error, RecordUnreadable) for error in feed.unreadable)


class Answering:
    """A client whose every answer has one body."""

    def __init__(self, body):
        self.body = body

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def read(self, request, reader):
        kind = "application/json" if self.body.startswith(b"{") else "application/rss+xml"
        return reader(Reply(url=request.url, status=200, headers={"content-type": kind}, body=self.body))


def _rss(body, _folder):
    settings = RssSettings(url="https://a.example/feed")
    _taken(RssCollector("news", settings, web=Answering(body), clock=FakeClock()).batches(None))


def _json_feed(body, _folder):
    feed = read_json_feed(body)
    if feed is not None:
        entries(feed)


def _measurements(body, folder):
    file = folder / "A.xml"
    file.write_bytes(body)
    opened = open_source("pm", {"type": "counters", "path": [str(file)]}, clock=FakeClock(), environ={})
    for batch in opened.batches(None):
        for one in batch.measurements:
            assert one.cell.encode()
            assert one.value >= 0 or one.indicator.higher_is_better


def _pushed(body, _folder):
    headers = {"content-type": "application/cloudevents+json", "ce-specversion": "1.0", "ce-id": "1"}
    for kind in ("application/cloudevents+json", "application/cloudevents-batch+json", "text/plain", ""):
        with suppress(EarshotError):
            messages.cloud_events({**headers, "content-type": kind}, body)
    messages.webhook(headers, body, "crm")
    told = messages.notification(headers, body, "alarmCreateEvent")
    stored = inbox_document(told, FakeClock().now(), 1)
    assert json.dumps(stored).encode()
    read_notification(json.loads(told.body), b"key")


def _mail(body, _folder):
    try:
        assert isinstance(read_mail(body)["text"], str)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - who calls it makes an unreadable record of it


def _taken(batches):
    """Go through all batches; what is kept of posts can be encoded."""
    found = []
    for batch in batches:
        for post in batch.posts:
            json.dumps([post.native_id, post.text, post.title, post.author and post.author.handle]).encode()
            post.text.encode()
        _written_down(batch.records)
        found.append(batch)
    return found


def _written_down(records):
    """Write records down as a store does."""
    for record in records:
        json.dumps(to_document(record), ensure_ascii=False, allow_nan=False).encode()


def _posts(ending):
    def read(body, folder):
        file = folder / f"posts.{ending}"
        file.write_bytes(body)
        _taken(FileCollector([file], _jsonl(), clock=FakeClock()).batches(None))

    return read


@cache
def _jsonl():
    return read_post_mapping("jsonl")


def _workbook(random):
    parts = good.unzipped(_workbook_itself())
    name = random.choice(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", *parts])
    way = random.random()
    if way < 0.1:
        return mangled(random, _workbook_itself())
    if way < 0.2:
        del parts[name]
    else:
        parts[name] = mangled(random, parts[name])
    return good.zipped(parts)


@cache
def _workbook_itself():
    return good.workbook()


def _stretched_workbook(random):
    parts = good.unzipped(_workbook_itself())
    before, unit, after = stretched(random, [parts["xl/worksheets/sheet1.xml"]])
    return before, unit, after


def _sheet(body, folder):
    """Read the sheet of a workbook that is given alone."""
    if body[:2] != b"PK":
        body = good.zipped(good.unzipped(_workbook_itself()) | {"xl/worksheets/sheet1.xml": body})
    _posts("xlsx")(body, folder)


def of_weights(read, whole):
    """Return the reader of a file of weights: its bytes change, or its header as JSON does."""

    def make(random):
        if random.random() < 0.3:
            return mangled(random, whole)
        size = int.from_bytes(whole[:8], "little")
        changed = (restructured if random.random() < 0.8 else mangled)(random, whole[8 : 8 + size])
        return len(changed).to_bytes(8, "little") + changed + whole[8 + size :]

    return Fuzzed(make=make, read=read)


def _operators(reader):
    def read(body, folder):
        file = folder / "records.csv"
        file.write_bytes(body)
        assert all(list(map(str, reader(file, key=b"key"))))

    return read


@cache
def _listening():
    return StreamFilter(brand_matcher([Brand(key="north", name="North", query="signal")]))


class Playing:
    """Streams that play some frames after a good one."""

    def __init__(self, *frames):
        self.left = [as_v1(commit(micros(NOW) - 9_000_000, "3kgood", "No signal at all", did="did:plc:other")).encode()]
        self.left += frames

    @contextmanager
    def open(self, url, *, subprotocol=None):
        yield self

    def receive(self, within_s):
        return self.left.pop(0) if self.left else None


def _jetstream(body, _folder):
    streams = Playing(*body.split(b"\n\n"))
    settings = JetstreamSettings()
    collector = JetstreamCollector("b", settings, stream_filter=_listening(), streams=streams, clock=FakeClock(NOW))
    found = []
    try:
        for batch in collector.batches(None):
            found += [post.native_id.rpartition("/")[2] for post in batch.posts]
    except EarshotError:
        pass
    assert "3kgood" in found


class Event:
    """An event as the library for them gives it."""

    def __init__(self, event, data):
        self.event, self.data = event, data


def _mastodon_stream(body, _folder):
    for name in ("update", "delete", "status.update", "x"):
        try:
            told = heard(Event(name, body.decode("utf-8", "surrogateescape")), instance="social.example")
            if isinstance(told, dict):
                status_to_post(told, instance="social.example", now=NOW).text.encode()
        except RecordUnreadable as error:
            assert error.reason  # noqa: PT017 - either is fine


def _notification(body, _folder):
    """Read what a hub tells: a notification, or a resource as one of each kind."""
    try:
        payload = read_json_text(body)
    except ValueError:
        return
    told = [payload] if isinstance(payload, dict) and "event" in payload else []
    told += [{"eventType": f"{name}CreateEvent", "event": {name: payload}} for name in RESOURCES]
    for one in told:
        try:
            _written_down(read_notification(one, b"key").records)
        except RecordUnreadable as error:
            str(error).encode()


def _query(body, _folder):
    text = body.decode("utf-8", "surrogateescape")
    matches(parse(text), ["no", "signal", "down", "mast"])


def _mapping(body, folder):
    file, posts = folder / "shop.toml", folder / "posts.jsonl"
    file.write_bytes(body)
    posts.write_bytes(good.LINES)
    mapping = read_post_mapping(str(file))
    _taken(FileCollector([posts], mapping, clock=FakeClock()).batches(None))


def _configuration(body, folder):
    file = folder / "earshot.toml"
    file.write_bytes(body)
    brand_matcher(load_config(file, {}).brands)


def _written(name, read):
    def reading(body, folder):
        file = folder / name
        file.write_bytes(body)
        return read(file)

    return reading


def _languages(file):
    LanguageCorrection.open(file)


def _places(body, folder):
    file = folder / "places.gz"
    file.write_bytes(good.packed(body))
    Gazetteer.open(file)


class Empty:
    """A store with nothing in it that keeps nothing."""

    def scan(self, kind, *, fields=None):
        return iter(())

    def get(self, kind, ids, *, fields=()):
        return {}

    def upsert(self, kind, documents):
        assert all(isinstance(one, dict) for one in documents)


def _backup(body, folder):
    file = folder / "backup.gz"
    file.write_bytes(good.packed(body))
    restore(Empty(), file, b"key", lambda count: None)


def _headers(body, _folder):
    text = body.decode("latin-1")
    allowances(dict.fromkeys(LIMITS, text), NOW)
    retry_after_s(text, NOW)


def of_source(case):
    """Return the reader of a source: an input names an answer of it, and how that is changed."""
    opened = {}

    def make(random):
        ways = ("value", "value", "value", "bytes")
        return json.dumps([random.randint(0, 4), random.choice(ways), random.getrandbits(64)]).encode()

    def read(body, folder):
        if case not in opened:
            opened[case] = OddAnswers(case, folder, *NUMBERS)
            batches, _ = opened[case].read(lambda number, answer: answer)
            opened[case].ids = [id_of(item) for item in items_of(batches)]
            opened[case].requests = opened[case].asked
        answers = opened[case]
        wanted, way, seed = json.loads(body)
        random = chance.Random(seed)

        def change(number, answer):
            if number != wanted % answers.requests:
                return answer
            if way == "value" and answer[:1] in (b"{", b"["):
                return restructured(random, answer)
            return mangled(random, answer)

        batches, _ = answers.read(change)
        _taken(batches)
        if hasattr(answers.open(), "recheck") and seed % 4 == 0:
            answers.ask_again(answers.ids[:3], change)

    return Fuzzed(make=make, read=read)


READERS = {
    "feeds": reads(_feed, *good.FEEDS),
    "feeds as a source": reads(_rss, *good.FEEDS, good.JSON_FEED),
    "JSON feeds": reads(_json_feed, good.JSON_FEED),
    "measurement files": reads(_measurements, *(measurement_file(COUNTED, form=one) for one in COUNTER_FORMS)),
    "tables of counters": reads(_measurements, COUNTER_TABLE),
    "what is pushed": reads(_pushed, *PUSHED),
    "mails": reads(_mail, good.MAIL),
    "mbox": reads(_posts("mbox"), good.MBOX),
    "JSON Lines": reads(_posts("jsonl"), good.LINES),
    "JSON": reads(_posts("json"), good.LIST),
    "CSV": reads(_posts("csv"), good.TABLE, good.SEMICOLONS),
    "deletes": reads(_posts("deletes.jsonl"), good.DELETES),
    "Excel": Fuzzed(make=_workbook, read=_sheet, stretch=_stretched_workbook),
    "Parquet": reads(_posts("parquet"), good.parquet()),
    "customers": reads(_operators(read_customers), good.CUSTOMERS, good.LINES),
    "events": reads(_operators(read_events), good.EVENTS, good.LINES),
    "Jetstream v1": reads(_jetstream, *good.FRAMES_V1),
    "Jetstream v2": reads(_jetstream, *good.FRAMES_V2),
    "Mastodon's stream": reads(_mastodon_stream, good.STATUS),
    "notifications of the operator's systems": reads(_notification, *good.NOTIFICATIONS),
    "text queries": reads(_query, good.QUERY),
    "mappings": reads(_mapping, good.MAPPING),
    "configuration": reads(_configuration, good.CONFIGURATION),
    "encoder weights": of_weights(_written("small.safetensors", load), good.encoder_weights()),
    "language weights": of_weights(_written("languages.safetensors", _languages), good.language_weights()),
    "model cards": reads(_written("small.json", card_of), good.CARD),
    "index of places": reads(_places, good.places()),
    "backups": reads(_backup, good.backup()),
    "headers of answers": reads(
        _headers, b"Fri, 20 Nov 2026 11:00:00 GMT", b'{"call_count": 5}', b'"a";r=5;t=60', b"17"
    ),
    **{
        f"source {case.kind}": of_source(case)
        for case in CASES
        if case.kind not in {"file", "counters", "rss", "jetstream"}
    },
}
"""By name."""
