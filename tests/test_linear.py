"""Whatever reads a text takes a time that grows with its length and no faster, whatever the text is.

Measured is how much longer sixteen times as much takes: some sixteen times, where quadratic work takes 256 times as
long. The bound, 64, lies between these, far from both.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest

from collectors.helpdesks.tickets import without_cards
from collectors.news.gdelt import normal_address
from collectors.operator.counters.rows import CellNames
from collectors.operator.counters.xml_files import duration, number
from collectors.operator.files import FileCollector
from collectors.operator.identifiers import Cell, Imei, Imsi, Msisdn, Plmn, Tai
from collectors.operator.tmforum.fields import Intake, kept_aside, plain
from collectors.operator.tmforum.handles import handle_in
from collectors.operator.tmforum.notifications import read_notification
from collectors.operator.tmforum.usage import UsageTotals
from collectors.parsing.feeds import read_feed
from collectors.parsing.mail import read_mail
from collectors.parsing.markup import html_to_text
from collectors.parsing.ratings import parse_rating
from collectors.parsing.replies import own_markup, own_words
from collectors.parsing.values import (
    as_texts,
    brief,
    clean_text,
    language_code,
    mentions,
    parse_number,
    parse_time,
    shared_from,
)
from collectors.records.identifiers import masked
from collectors.search.stream_filter import StreamFilter
from collectors.social.jetstream_events import sift
from collectors.social.mastodon_statuses import linked
from domain.config import Brand
from domain.entities import unescape
from domain.errors import EarshotError, RecordUnreadable
from domain.identity import register_id
from domain.marks import stream_safe
from domain.post import Post
from domain.quoted import quote_begins, without_quotes
from insights.masking import excerpt, mask
from linking.copies import bands, copy_of
from linking.said import said
from linking.subjects import any_of, names_of
from nlp.clean import has_words, model_text, titled
from nlp.encoder.names import model_text_and_names
from nlp.language.detector import LanguageDetector
from nlp.language.ngrams import grams, readable
from nlp.places.finder import PlaceFinder
from nlp.places.gazetteer import fold as folded_name
from nlp.places.gazetteer import phrase
from nlp.places.inflections import base_forms, inner_names
from nlp.spam import signs
from nlp.tasks.stars import by_stars, is_stars_alone
from tests.support.clock import FakeClock
from tests.support.fake_jetstream import NOW, as_v1, commit, micros
from tests.support.hostile import UNITS, grows_too_fast, run
from tests.support.odd_answers import OddAnswers
from tests.support.source_cases import CASES, items_of
from textquery.brands import brand_matcher
from textquery.contacts import E164, Mail
from textquery.evaluate import matches
from textquery.explain import why_missed
from textquery.parser import parse
from textquery.places import places_of
from textquery.tree import And, Near, Not, Phrase, Prefix
from textquery.words import fold, hashtags, searchable, spelt, spoken, words
from transport.addresses import is_public
from transport.rate_limit_headers import allowances
from transport.redaction import redact, redact_url
from transport.retry import retry_after_s

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
QUERY = And((Near(("north",), ("wind",), 3), Prefix(("sig",)), Not(Phrase(("a", "a")))))
BRANDS = brand_matcher(
    [Brand(key="north", name="North", query="signal"), Brand(key="wind", name="Wind", query='"north wi*" OR #wind')]
)
RARE = brand_matcher([Brand(key="north", name="Northwind", terms=("Northwind", "오로라통신", "نورثويند"))])
WORDS = brand_matcher([Brand(key="north", name="North", ambiguous=("a", "north wind", "的"))])
WANTED = StreamFilter(BRANDS)
LANGUAGES = LanguageDetector()
PLACES = PlaceFinder()


def post(text):
    return Post(source="x", native_id="1", text=text, created_at=AT)


def or_error(read):
    """Return a reader whose errors of its own are as good as an answer."""

    def reading(text):
        try:
            return read(text)
        except (EarshotError, ValueError):
            return None

    return reading


READERS = {
    "textquery.words.fold": fold,
    "textquery.words.words": words,
    "textquery.words.spoken": spoken,
    "textquery.words.spelt": spelt,
    "textquery.words.searchable": searchable,
    "domain.marks": stream_safe,
    "domain.entities": unescape,
    "textquery.matches": lambda text: matches(QUERY, text.split()),
    "textquery.matches near": lambda text: matches(Near(("a",), ("a", "b"), 3), list(text)),
    "nlp.clean.model_text": lambda text: model_text(titled(text, text)),
    "nlp.clean.has_words": has_words,
    "textquery.places": lambda text: places_of(("a", "north wind", "的", "aaaa"), text),
    "nlp.encoder.names": lambda text: model_text_and_names(
        f"@a {text}", [places_of((name,), f"@a {text}") for name in ("a", "@", "http", "的")]
    ),
    "linking.copies": lambda text: copy_of(post(text.replace("\ud800", " "))),
    "linking.copies.bands": lambda text: bands(said(text)),
    "textquery.words.hashtags": hashtags,
    "textquery.brands in longer words": lambda text: RARE.match(post(text)),
    "collectors.records.identifiers": lambda text: masked(text, Counter()),
    "textquery.brands": lambda text: BRANDS.match(post(text)),
    "textquery.mentions": lambda text: WORDS.match(post(text)),
    "nlp.spam": signs,
    "nlp.language.ngrams.readable": readable,
    "nlp.language.ngrams.grams": lambda text: grams([text], bits=15),
    "nlp.language.detector": lambda text: LANGUAGES.detect([text], ["en"]),
    "nlp.places.gazetteer.fold": folded_name,
    "nlp.places.gazetteer.phrase": phrase,
    "nlp.places.inflections.base_forms": lambda text: list(base_forms(text, led=True)),
    "nlp.places.inflections.inner_names": lambda text: list(inner_names(text, lambda name: None)),
    "nlp.places.inflections.inner_names known": lambda text: list(inner_names(text, {"東京", "天天"}.__contains__)),
    "nlp.places.finder": lambda text: PLACES.find(text, author_place=text),
    "linking.subjects.any_of": lambda text: any_of([text]),
    "linking.subjects.names_of": names_of,
    "insights.masking.mask": mask,
    "insights.masking.excerpt": excerpt,
    "textquery.explain": lambda text: why_missed(QUERY, words(text)),
    "collectors.parsing.markup": html_to_text,
    "collectors.parsing.replies.own_words": own_words,
    "collectors.parsing.replies.own_markup": own_markup,
    "transport.redaction.redact": redact,
    "transport.redaction.redact_url": redact_url,
    "collectors.helpdesks.tickets": without_cards,
    "collectors.parsing.values.clean_text": clean_text,
    "collectors.parsing.values.mentions": mentions,
    "collectors.parsing.values.shared_from": shared_from,
    "collectors.parsing.values.as_texts": as_texts,
    "collectors.parsing.values.language_code": language_code,
    "collectors.parsing.values.parse_number": parse_number,
    "collectors.parsing.values.parse_time": or_error(parse_time),
    "collectors.parsing.values.parse_time in a layout": or_error(
        lambda text: parse_time(text, layouts=["%d %B %Y, %H:%M"])
    ),
    "collectors.parsing.values.brief": brief,
    "collectors.news.gdelt": or_error(normal_address),
    "transport.addresses": or_error(is_public),
    "collectors.search.stream_filter.may_pass": lambda text: WANTED.may_pass(
        json.dumps({"text": text}, ensure_ascii=False)
    ),
    "collectors.search.stream_filter.passes": lambda text: WANTED.passes(post(text)),
    "transport.retry": lambda text: retry_after_s(text, AT),
    "transport.rate_limit_headers": lambda text: [allowances({name: text}, AT) for name in LIMITS],
    "collectors.social.mastodon_statuses.linked": lambda text: linked(Answer(text), "next", "max_id"),
    "collectors.social.jetstream": or_error(lambda text: sift(as_v1(commit(micros(NOW), "3k1", text)), WANTED)),
    "collectors.operator.identifiers": lambda text: [
        kind.parse(text) for kind in (E164, Mail, Imsi, Msisdn, Imei, Plmn, Cell, Tai)
    ],
    "collectors.operator.counters.rows": lambda text: [CELLS.key(dn, "") for dn in (text, f"{text}=1", f"a,{text}=1")],
    "collectors.operator.counters.xml_files": lambda text: (or_error(duration)(f"PT{text}S"), number(text)),
    "collectors.operator.tmforum.fields": lambda text: (plain(text), kept_aside({"a": text, text: "a"}, ())),
    "collectors.operator.tmforum.handles": lambda text: handle_in({"contactType": text, "socialNetworkId": text}),
    "collectors.operator.tmforum.notifications": or_error(
        lambda text: read_notification({"eventType": f"alarm{text}Event", "event": {"alarm": {"id": text}}}, b"key")
    ),
    "collectors.operator.tmforum.usage": lambda text: UsageTotals().add(
        {"id": "1", "usageDate": "2026-11-20T10:00:00Z", "usageCharacteristic": [{"name": text, "value": "1"}]}, INTAKE
    ),
    "domain.identity.register_id": lambda text: register_id(b"key", text),
    "collectors.parsing.ratings": parse_rating,
    "nlp.tasks.stars": lambda text: (is_stars_alone(text), by_stars(5.0, text)),
    "domain.quoted": lambda text: without_quotes(f"{quote_begins('a')}{text}", ["b"]),
    "domain.errors.kind": lambda text: RecordUnreadable("here", text).kind,
    "textquery.parser": or_error(parse),
    "collectors.social.jetstream raw": or_error(lambda text: sift(text, WANTED)),
}
CELLS = CellNames()
INTAKE = Intake(key=b"key", now=AT)
LIMITS = ("x-ratelimit-remaining", "ratelimit", "x-rate-limit", "x-app-usage", "x-bazaarvoice-qpm-allotted")


class Answer:
    """An answer with a link in its header."""

    def __init__(self, link):
        self.headers = {"link": link}


@pytest.mark.parametrize("reader", READERS)
def test_a_text_takes_as_long_as_it_is_long(reader):
    assert [name for name in UNITS if grows_too_fast(READERS[reader], name)] == []


HEAD = "From: ann@a.example\nMessage-ID: <1@a.example>\nDate: Fri, 20 Nov 2026 11:00:00 +0100\n"
FIELDS = ("From", "Date", "Subject", "Message-ID", "References", "Content-Type", "Content-Disposition", "X")
MAILS = {
    **{name: f"{name}: {{}}\n\nNo signal" for name in FIELDS},
    "charset": "Content-Type: text/plain; charset={}\n\nNo signal",
    "text": HEAD + "\n{}",
    "markup": HEAD + "Content-Type: text/html\n\n{}",
    "quoted-printable": HEAD + "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n{}",
    "base64": HEAD + "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{}",
    "parts": HEAD + 'Content-Type: multipart/mixed; boundary="b"\n\n{}',
}


@pytest.mark.parametrize("where", MAILS)
def test_a_mail_takes_as_long_as_it_is_long(where):
    def read(text):
        return or_error(read_mail)(MAILS[where].replace("{}", text).encode())

    assert [name for name in UNITS if grows_too_fast(read, name)] == []


@pytest.mark.parametrize(
    "unit",
    ["--b\nContent-Type: multipart/mixed; boundary=b\n\n", "--b\nContent-Type: message/rfc822\n\n", "--b\n", "a\n "],
)
def test_parts_within_parts_take_no_longer(unit, monkeypatch):
    monkeypatch.setitem(UNITS, "parts", unit)
    begins = HEAD + 'Content-Type: multipart/mixed; boundary="b"\n\n'
    assert not grows_too_fast(lambda text: read_mail((begins + text).encode()), "parts")
    assert not grows_too_fast(lambda text: read_mail(f"From: {text}".encode()), "parts")


ITEM = "<rss version='2.0'><channel><item><guid>1</guid>{}</item></channel></rss>"
ENTRY = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id>{}</entry></feed>"
FEEDS = {
    "all": "{}",
    "declaration": "<?xml version='1.0' {}?><rss/>",
    "encoding": "<?xml version='1.0' encoding='{}'?><rss/>",
    "before the first element": "<?xml version='1.0'?>{}<rss/>",
    "doctype": "<!DOCTYPE rss {}><rss version='2.0'/>",
    "entity": "<!DOCTYPE rss [<!ENTITY a '{}'>]><rss version='2.0'/>",
    "item": ITEM,
    "attribute": "<rss version='2.0'><channel><item a='{}'></item></channel></rss>",
    **{name: ITEM.replace("{}", f"<{name}>{{}}</{name}>") for name in ("title", "description", "link", "author")},
    **{name: ITEM.replace("{}", f"<{name}>{{}}</{name}>") for name in ("pubDate", "category", "guid", "source")},
    "character data": ITEM.replace("{}", "<description><![CDATA[{}]]></description>"),
    "nearly XML": ITEM.replace("{}", "<description>&nbsp;{}</description>"),
    "XHTML": ENTRY.replace("{}", "<content type='xhtml'>{}</content>"),
    "name": ENTRY.replace("{}", "<author><name>{}</name><email>{}</email></author>"),
}


@pytest.mark.parametrize("escaped", [False, True], ids=["raw", "escaped"])
@pytest.mark.parametrize("where", FEEDS)
def test_a_feed_takes_as_long_as_it_is_long(where, escaped):
    def read(text):
        body = FEEDS[where].replace("{}", escape(text, {"'": "&apos;"}) if escaped else text).encode()
        return or_error(lambda body: read_feed(body, content_type="application/rss+xml", address="a"))(body)

    assert [name for name in UNITS if grows_too_fast(read, name, 5_000, 80_000)] == []


LINES = {
    "posts.jsonl": '{"id":"1","created_at":"2026-11-20","text":"{}"}\n',
    "broken.jsonl": '{"id":{}\n',
    "names.jsonl": '{"{}":1,"id":"1","created_at":"2026-11-20","text":"a"}\n',
    "posts.csv": 'id,created_at,text\n1,2026-11-20,"{}"\n',
    "raw.csv": "id,created_at,text\n{}\n",
    "head.csv": "{}\n1,2\n",
    "posts.mbox": "From a 11:11 2026\n" + HEAD + "\n{}\n",
    "first.mbox": "\nFrom {}\n\n",
}


@pytest.mark.parametrize("name", LINES)
def test_a_file_takes_as_long_as_it_is_long(name, tmp_path):
    file = tmp_path / name

    def read(text):
        text = json.dumps(text)[1:-1] if name in {"posts.jsonl", "names.jsonl"} else text
        file.write_text(LINES[name].replace("{}", text), encoding="utf-8", newline="")
        return list(FileCollector([file], "jsonl", clock=FakeClock()).batches(None))

    assert [name for name in UNITS if grows_too_fast(read, name)] == []


ASKED = [case for case in CASES if case.kind not in {"counters", "file", "jetstream"}]


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.kind)
def test_what_a_source_tells_takes_as_long_as_it_is_long(case, tmp_path):
    answers = OddAnswers(case, tmp_path, 100)
    answers.reuses = True

    def read(text):
        told = escape(escape(text)) if case.kind == "rss" else json.dumps(text)[1:-1]
        return answers.read(lambda number, body: body.replace(b"No signal, day 100", told.encode("utf-8", "replace")))

    assert items_of(read("signal")[0])
    assert [name for name in UNITS if grows_too_fast(read, name, 4_000, 64_000)] == []


def test_a_run_is_as_long_as_it_says_and_quadratic_work_is_seen():
    assert len(run("names of hosts", 100)) == 100
    assert grows_too_fast(lambda text: [text.count("b", i) for i in range(0, len(text), 100)], "letters")
    assert not grows_too_fast(lambda text: [ord(letter) for letter in text], "letters")
