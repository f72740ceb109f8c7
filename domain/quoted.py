"""Marks around the words of posts in written reports, so that they can be taken out when a post has to go.

A mark is a comment, which neither a browser nor a reader of Markdown shows. It names the post by a hash.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

# What a post says cannot end a mark: both kinds of page escape the angle brackets of texts.
_QUOTE: Final = re.compile(r"<!--quote (?P<key>[0-9a-f]{16})-->.*?<!--/quote-->\n?", re.DOTALL)
QUOTE_ENDS: Final = "<!--/quote-->"
"""What stands behind the words of a post."""


def quote_begins(post_id: str) -> str:
    """Return what stands before the words of a post."""
    return f"<!--quote {_key(post_id)}-->"


def without_quotes(page: str, ids: Collection[str]) -> str:
    """Return a written report without the words of these posts; its figures stay as they were."""
    keys = set(map(_key, ids))
    return _QUOTE.sub(lambda quote: "" if quote["key"] in keys else quote[0], page)


def _key(post_id: str) -> str:
    return hashlib.sha256(post_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
