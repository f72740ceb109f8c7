"""How pages and reports write: one sign for minus, the field's capitals, no codes, no figure that nobody asked for."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from domain.documents import to_document
from domain.event import Event
from insights.weekly.report import weekly_report
from reports.weekly import render_html, render_markdown
from stores.open import open_store
from tests.dashboard.conftest import forget
from tests.dashboard.sample import CONFIG, CUSTOMER, START, build
from tests.dashboard.test_views import PAGES, opened, words
from tests.support.example_week import BRANDS, example_week

WRONG = {
    "a hyphen as a minus": r"(?<![\w./:-])-\d",
    "a code": r"\b(?!st_|http)[a-z]+_[a-z_]+\b",
    "small capitals": r"\b(?:Kpi|Sim|Tv|Sms)\b",
    "a programmer's nothing": r"\b(?:None|nan|NaN|null)\b",
    "a ratio of counts": r"\d\.\d times",
}


class Text(HTMLParser):
    """What a reader sees of a page, and what is read aloud."""

    def __init__(self, page):
        super().__init__()
        self.said, self.hidden = [], 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.hidden += tag == "style"
        self.said += [value for name, value in attrs if name in {"aria-label", "title"} and value]

    def handle_endtag(self, tag):
        self.hidden -= tag == "style"

    def handle_data(self, data):
        if not self.hidden:
            self.said.append(data)


def faults(text):
    """The style's breaches in a text, each with the words around it."""
    return [
        (name, text[max(0, found.start() - 30) : found.end() + 30])
        for name, pattern in WRONG.items()
        for found in re.finditer(pattern, text)
    ]


def events():
    """Yield what the network did in the customer's town, of every kind."""
    for number, kind in enumerate(("alarm", "kpi_degradation", "planned_work", "outage")):
        at = START + timedelta(days=8, hours=5 + number)
        values = {"id": f"e{number}", "kind": kind, "title": f"Title of {number}", "started_at": at}
        yield Event(**values, ended_at=at + timedelta(hours=2), place="Ashford", subject="mobile_data")
    yield Event(id="own", kind="service_change", title="SIM changed", started_at=START, customer=CUSTOMER)


@pytest.fixture
def lived(tmp_path, monkeypatch):
    """The small store with events of every kind, and a customer whose last bill was paid back."""
    url = f"sqlite:///{tmp_path / 'posts.sqlite'}"
    build(url)
    store = open_store(url)
    store.upsert("events", [to_document(event) for event in events()])
    store.patch("customers", [{"id": CUSTOMER, "monthly_value": -12.5}])
    linked = [{"id": f"e{n}", "score": 253.8, "reason": "185 different posts where 0 or 1 are usual"} for n in range(4)]
    store.patch("posts", [{"id": post["id"], "events": linked} for post in store.scan("posts") if post.get("events")])
    store.close()
    file = tmp_path / "earshot.toml"
    file.write_text(CONFIG.format(store=url))
    monkeypatch.setenv("EARSHOT_CONFIG", str(file))
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    yield
    forget()


def said(view):
    """All that a page shows as text, in tables and in our own HTML, as one text."""
    page = opened(view)
    pieces = [words(page), *(cell for table in page.dataframe for cell in table.value.astype(str).to_numpy().ravel())]
    pieces += [piece for element in page.get("html") for piece in Text(element.proto.body).said]
    pieces += [piece for element in page.get("iframe") for piece in Text(element.proto.srcdoc).said]
    return "\n".join(pieces)


@pytest.mark.parametrize("view", [page for page in PAGES if page != "about"])
def test_pages_write_as_the_style_wants(lived, view):
    text = said(view)
    assert len(text) > 200
    assert faults(text) == []


def test_customer_page_writes_kinds_and_amounts_in_words(lived):
    text = said("customer")
    assert "KPI degradation: Title of 1" in text
    assert "−12.50" in text
    assert "Service change" in text


def test_report_writes_as_the_style_wants(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'posts.sqlite'}")
    example_week(store)
    store.patch("events", [{"id": "e-outage", "kind": "kpi_degradation"}])
    report = weekly_report(store, week=None, brands=BRANDS)
    store.close()
    page, markdown = "\n".join(Text(render_html(report)).said), render_markdown(report)
    assert faults(page) == []
    assert faults(re.sub(r"<!--.*?-->", "", markdown)) == []
    assert "KPI degradation, Harborough" in page
    assert "(KPI degradation, Harborough)" in markdown


@pytest.mark.parametrize("text", ["net -23", "Kpi degradation", "planned_work", "253.8 times as many", "None"])
def test_what_the_style_does_not_want_is_found(text):
    assert len(faults(text)) == 1
