import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from reports import style
from reports.weekly import render_html, render_markdown

HOSTILE = (
    '<script>alert(1)</script><img src="http://evil.example/x" onerror="x"> | `code` [a](http://evil.example) {{ 7*7 }}'
)
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Collects what a page is made of and whether its tags match."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.text, self.captions = [], [], [], [], 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def page(report):
    return render_html(report)


def hostile(report):
    """Return the report with hostile text wherever text comes from outside."""
    topics = tuple(
        replace(topic, name=HOSTILE, examples=tuple(replace(e, text=HOSTILE, source=HOSTILE) for e in topic.examples))
        for topic in report.topics
    )
    return replace(
        report,
        topics=topics,
        incidents=tuple(replace(incident, title=HOSTILE, place=HOSTILE) for incident in report.incidents),
        copied=tuple(replace(copied, text=HOSTILE) for copied in report.copied),
        brands=tuple(replace(brand, name=HOSTILE) for brand in report.brands),
        sentences=tuple(replace(sentence, text=HOSTILE) for sentence in report.sentences),
    )


def test_the_page_stands_alone_and_may_run_nothing(page):
    parsed = Page(page)
    assert not {"script", "iframe", "object", "embed", "link", "form", "img"} & set(parsed.tags)
    (policy,) = [value for name, value in parsed.attributes if name == "content" and "default-src" in value]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert not [name for name, _ in parsed.attributes if name in {"src", "href"} or name.startswith("on")]
    assert "url(" not in page


def test_the_page_is_well_formed_and_can_be_read_aloud(page):
    parsed = Page(page)
    assert parsed.open == []
    assert parsed.tags.count("h1") == 1
    assert parsed.tags.count("table") == parsed.tags.count("caption")
    drawings = re.findall(r"<svg[^>]*>", page)
    assert len(drawings) == 5
    assert all('role="img"' in drawing and 'aria-label="' in drawing for drawing in drawings)


def test_the_summary_comes_first_and_says_what_the_report_says(page, report):
    text = " ".join("".join(Page(page).text).split())
    for sentence in report.sentences:
        assert text.index(sentence.text) < text.index("How to read this")
    assert text.index("The week in three sentences") < text.index("Brands")
    for topic in report.topics:
        assert topic.name in text
    assert f"{report.posts:,}" in text


def test_hostile_text_stays_text_in_the_page(report):
    rendered = render_html(hostile(report))
    parsed = Page(rendered)
    assert not {"script", "img"} & set(parsed.tags)
    assert "{{ 7*7 }}" in "".join(parsed.text)
    assert not [name for name, _ in parsed.attributes if name == "onerror"]


def test_hostile_text_stays_text_in_markdown(report):
    rendered = render_markdown(hostile(report))
    assert not re.search(r"(?<!\\)<script", rendered)
    assert not re.search(r"(?<!\\)\]\(http", rendered)
    table = [line for line in rendered.splitlines() if line.startswith("| ") and "code" in line]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {8, 6}


def test_markdown_has_the_same_figures(report):
    rendered = render_markdown(report)
    assert rendered.startswith("# What people said, 9 to 15 March 2026\n")
    for number, sentence in enumerate(report.sentences, start=1):
        assert f"\n{number}. {sentence.text}\n" in rendered
    assert "| Northtel (own) |" in rendered
    assert "\n\n\n\n" not in rendered


def test_a_note_on_a_partial_week_is_at_the_top(report):
    note = "This week is covered in part."
    partial = replace(report, coverage=replace(report.coverage, note=note))
    assert render_html(partial).index(note) < render_html(partial).index("The week in three sentences")
    assert render_markdown(partial).index(note) < 200


def test_a_report_with_nothing_to_say_is_a_page_too(report):
    bare = replace(report, brands=(), aspects=(), topics=(), incidents=(), copied=())
    text = "".join(Page(render_html(bare)).text)
    assert "No brands are configured." in text
    assert "No topics have been found in these posts yet." in text
    assert "No event of the week" in text
    assert "No text was repeated" in text
    assert "No post of the week speaks about a part of the service" in text
    assert "No topics have been found" in render_markdown(bare)
    assert "No post of the week speaks about a part of the service" in render_markdown(bare)


def test_parts_of_the_service_are_named_with_figures_and_change(page, report):
    rows = re.findall(r"<tr><th[^>]*>(?:price and bills|mobile data)</th>.*?</tr>", page)
    data, price = (" ".join(" ".join(Page(row).text).split()) for row in rows)
    assert price.startswith("price and bills 30 4% ▲ appeared (was 0) 100% −100 (")
    week = next(week for week in report.aspects if week.aspect == "data")
    assert data.startswith(f"mobile data {week.posts} ")
    assert f" no clear change (was {week.posts_before}) 0% +100 (" in data
    lines = {line.split(" | ")[0]: line for line in render_markdown(report).splitlines() if line.startswith("| ")}
    assert lines["| price and bills"].startswith("| price and bills | 30 | 4% | ▲ appeared (was 0) | 100% | −100 (")
    assert "no clear change from the week before (+100)" in lines["| mobile data"]


def test_charts_of_the_page_name_their_events_and_have_colours_for_the_dark(page):
    css = page[page.index("<style>") : page.index("</style>")]
    dark = css[css.index("prefers-color-scheme: dark") :]
    assert f"figure svg [fill='{style.INK}'] {{ fill: {style.DARK[style.INK]}; }}" in dark
    assert re.search(r'<p class="legend">1\. [^<]+ \((outage|alarm|planned work|KPI degradation), ', page)
