import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.redaction import RedactUrls, quiet_httpx, redact, redact_url

SECRET = "k3y-of-ours"
AROUND = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Cc", "Zl", "Zp"], exclude_characters="\"'<>"), max_size=8
)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/b/c?key=1#d", "https://a.example/b/c"),
        ("https://user:pass@a.example:8443/b", "https://a.example:8443/b"),
        ("https://a.example?key=1", "https://a.example"),
        ("/b/c?key=1", "/b/c"),
    ],
)
def test_of_an_address_server_and_path_stay(url, shown):
    assert redact_url(url) == shown


@given(AROUND, AROUND, st.sampled_from(["?", "#", "/?key=", "/b?a=1&key=", "/b#"]))
def test_what_stands_in_a_query_never_stays(before, after, place):
    url = f"https://a.example{place}{before}{SECRET}{after}"
    assert SECRET not in redact_url(url)
    assert SECRET not in redact(f"could not read {url} at all")


@given(st.text("abcXYZ019:%._-@", max_size=8), st.text("abcXYZ019:%._-@", max_size=8))
def test_what_stands_before_the_host_never_stays(before, after):
    url = f"https://{before}{SECRET}{after}@a.example/b"
    assert redact_url(url) == "https://a.example/b"
    assert redact(f"<{url}>") == "<https://a.example/b>"


@given(st.text())
def test_a_text_without_addresses_is_left_alone(text):
    assert redact(text) == text or "://" in text


def test_log_records_are_redacted_wherever_the_address_stands():
    record = logging.LogRecord(
        "x", logging.INFO, "x", 1, f"https://a.example/?{SECRET} %s %d", (f"http://b/?{SECRET}", 7), None
    )
    RedactUrls().filter(record)
    assert record.getMessage() == "https://a.example/ http://b/ 7"


def test_the_client_library_is_quietened_once():
    quiet_httpx()
    quiet_httpx()
    assert sum(isinstance(known, RedactUrls) for known in logging.getLogger("httpx").filters) == 1
