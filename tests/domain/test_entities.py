"""Character references are read in one place, and no number in one is too long for it."""

import pytest

from domain.entities import unescape
from tests.support.tree import ROOT, product_files


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AT&amp;T", "AT&T"),
        ("&amp;lt;", "&lt;"),
        ("5 &lt; 6 &euro; &#128512; &#x1F600; &nbsp;", "5 < 6 € 😀 😀 \xa0"),
        (f"a &#{'9' * 4_400}; b", "a \ufffd b"),
        (f"&#{'9' * 5_000}", "\ufffd"),
        (f"&#x{'f' * 5_000};", "\ufffd"),
        ("R&D & more", "R&D & more"),
    ],
)
def test_references_are_resolved_once(text, shown):
    assert unescape(text) == shown


def test_nobody_else_resolves_them():
    called = "html.unescape("
    assert [str(file) for file in product_files() if called in (ROOT / file).read_text(encoding="utf-8")] == [
        "domain/entities.py"
    ]
