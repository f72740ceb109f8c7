"""Take out of a text what could point to a person, for reports that are passed on.

Links, e-mail addresses, names of accounts, and runs of six or more digits (telephone, account,
card and device numbers, however they are grouped) become a word in brackets. Names of persons
written in plain words stay: finding those needs a model and would still miss some.
"""

from __future__ import annotations

import re
from typing import Final

LINK: Final = "[link]"
EMAIL: Final = "[e-mail]"
ACCOUNT: Final = "[account]"
NUMBER: Final = "[number]"

# Invisible characters would hide an address from the patterns; joiners stay, emoji are made with them.
_INVISIBLE: Final = re.compile(r"[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The order counts: a link may hold an address, an address looks like an account.
_PATTERNS: Final = (
    (re.compile(r"\w[\w+.\-]{0,30}://\S*|www\.\S+|\b(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}/\S*", re.IGNORECASE), LINK),
    (re.compile(r"(?<![\w.+\-@@])[\w.+\-]{1,64}[@@][\w\-]{1,63}(?:\.[\w\-]{1,63})+"), EMAIL),
    (re.compile(r"[@@]\w[\w\-]*(?:[.@@][\w\-]+)*|(?<!\w)/?u/[\w\-]+"), ACCOUNT),
    (re.compile(r"\+?\(?\d(?:[\s().\-–/\u200c\u200d]{0,3}\d){5,}"), NUMBER),
)
_SPACE: Final = re.compile(r"\s+")


def mask(text: str) -> str:
    """Return the text with links, e-mail addresses, accounts and long numbers replaced."""
    text = _INVISIBLE.sub("", text)
    for pattern, word in _PATTERNS:
        text = pattern.sub(word, text)
    return text


def excerpt(text: str, *, limit: int = 240) -> str:
    """Return a masked text on one line, cut at a word to at most `limit` characters."""
    # What is cut off is far behind what is shown, so no half of an address can slip through.
    masked = _SPACE.sub(" ", mask(text[: 20 * limit])).strip()
    if len(masked) <= limit:
        return masked
    return masked[: limit - 1].rsplit(" ", 1)[0] + "…"
