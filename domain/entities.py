"""The one reading of character references (`&amp;`, `&#8217;`) in what strangers wrote."""

from __future__ import annotations

import html
import re
from typing import Final

MOST_ROUNDS: Final = 4
_ESCAPED_AGAIN: Final = re.compile(r"&(?:amp|#38|#x26);(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TOO_LONG: Final = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")


def unescape(text: str) -> str:
    """Return a text with its references resolved, once; a number longer than any character's becomes U+FFFD."""
    # The standard library refuses numbers of more than some thousand digits with an exception.
    return html.unescape(_TOO_LONG.sub("\ufffd", text)) if "&" in text else text


def unescape_all(text: str) -> str:
    """Return a text with its references resolved that was escaped more than once (`&amp;amp;`), as exports have it."""
    for _ in range(MOST_ROUNDS):
        is_escaped_again = _ESCAPED_AGAIN.search(text) is not None
        text = unescape(text)
        if not is_escaped_again:
            break
    return text
