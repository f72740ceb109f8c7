import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parsing.markup import MAX_HTML_CHARACTERS, html_to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>No <b>signal</b></p><p>since nine</p>", "No signal\nsince nine"),
        ("one<br>two<br/>three<br />four", "one\ntwo\nthree\nfour"),
        ("a &amp; b &lt;3 &euro; &#128512;", "a & b <3 € 😀"),
        ("<script>alert('x')</script>safe<style>p{}</style>", "safe"),
        ("<svg><title>t</title><script>x</script></svg>after", "after"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ('<a href="javascript:alert(1)">@<span>north</span></a> hello', "@north hello"),
        ("line\n broken  in\tsource", "line broken in source"),
        ("<!-- hidden --><![CDATA[x]]>shown", "shown"),
        ("5 < 6 and <unknown>kept</unknown", "5 < 6 and kept</unknown"),
        ("&#xD800; \x00", "\ufffd"),
        ("<a title='a > b' href=x>shown</a> &lt;b&gt; <a title=don't>too</a>", "shown <b> too"),
        ("shown <!-- <b>never closed", "shown"),
        ("shown <script>never closed <b>", "shown"),
        (f"a&#{'9' * 5_000};b", "a\ufffdb"),
        ("", ""),
    ],
)
def test_what_a_reader_would_see(markup, text):
    assert html_to_text(markup) == text


@given(st.text(st.characters(exclude_characters="<&"), max_size=200))
def test_plain_text_keeps_its_words(text):
    assert html_to_text(text).split() == html_to_text(f"<p>{text}</p>").split()


@given(st.text("<>/!-&;#apdivscript \n'\"=", max_size=200))
def test_no_markup_breaks_the_reading(markup):
    html_to_text(markup).encode("utf-8")


@pytest.mark.parametrize("unit", ["<div>", "<!--", "<a href='", "<a ", "'<a \"", "&#9", "<![CDATA[", "</p", "<"])
def test_hostile_length_ends(unit):
    started = time.process_time()
    assert len(html_to_text(unit * 100_000)) <= MAX_HTML_CHARACTERS
    assert time.process_time() - started < 5
