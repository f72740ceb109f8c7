"""A page of ours on paper."""

import shutil

import pytest

from domain.errors import InputError
from reports import printing
from reports.printing import BROWSERS, pdf


@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no browser to print with: `apt-get install chromium`")
def test_a_browser_prints_it():
    assert pdf("<!doctype html><title>A</title><h1>An incident</h1>").startswith(b"%PDF-")


def test_without_a_browser_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))
    with pytest.raises(InputError, match="needs Chromium"):
        pdf("<p>")


def test_a_browser_that_fails_is_one_sentence(monkeypatch):
    monkeypatch.setattr(printing, "BROWSERS", ("false",))
    with pytest.raises(InputError, match="does not print"):
        pdf("<p>")
