"""The one reading of character references (`&amp;`, `&#8217;`) in what strangers wrote."""

from __future__ import annotations

import html
import re
from typing import Final

_TOO_LONG: Final = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")


def unescape(text: str) -> str:
    """Return a text with its references resolved, once; a number longer than any character's becomes U+FFFD."""
    # The standard library refuses numbers of more than some thousand digits with an exception.
    return html.unescape(_TOO_LONG.sub("\ufffd", text)) if "&" in text else text
