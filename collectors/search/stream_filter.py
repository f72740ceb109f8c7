"""Which posts of a stream are about a brand, told fast enough for all that a network says.

Nearly nothing in such a stream is, so it is told apart in two steps. `may_pass` looks at the JSON of an event as
it came, for words without which no brand can be named (the anchors of their queries); it is wrong only in
letting some through. `passes` then asks what everybody asks, the brands.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import ahocorasick

from textquery.words import MAX_WORD, fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.post import Post
    from textquery.anchors import Anchor
    from textquery.brands import BrandMatcher

TEXT: Final = '"text"'
"""The key that the text of a post stands under."""

_WORD: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
# A link ends the word that it follows without a space, behind a possessive too.
_LINK_BEHIND: Final = ("http", "www.", "shttp", "swww.")
_SAID: Final = re.compile(rf'{TEXT}\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
# Letters of ASCII that are escaped though nothing wants it: keys can be hidden so.
_HIDDEN: Final = re.compile(r"\\u00[4-7]")


class StreamFilter:
    """Lets through what is about one of the brands."""

    def __init__(self, brands: BrandMatcher) -> None:
        self._brands = brands
        anchors = brands.anchors
        self._lets_all_through = anchors is None
        self._automaton = _automaton(anchors or ())

    def may_pass(self, raw: str) -> bool:
        """Tell whether the text in an event could be about a brand; `raw` is the JSON of the event as it came."""
        if self._lets_all_through:
            return True
        found = _SAID.findall(raw)
        if not found or ("\\u" in raw and _HIDDEN.search(raw)):
            return True
        said = " ".join(found)
        if "\\" in said:
            try:
                said = json.loads(f'"{said}"', strict=False)
            except ValueError:
                return True
        folded = fold(said)
        # An anchor must stand there as a word, at the beginning of one or within one.
        for last, (length, whole, inner) in self._automaton.iter(folded) if self._automaton else ():
            start = last - length + 1
            begins = inner or start == 0 or folded[start - 1] not in _WORD
            goes_on = whole and folded[last + 1 : last + 2] in _WORD
            if begins and not (goes_on and not folded.startswith(_LINK_BEHIND, last + 1)):
                return True
        return False

    def passes(self, post: Post) -> bool:
        """Tell whether a post is about a brand."""
        return bool(self._brands.match(post))


def _automaton(anchors: Iterable[Anchor]) -> Any:
    """Return what finds all of these at once, each with its length, whether it ends a word and may begin within one."""
    known: dict[str, tuple[bool, bool]] = {}
    for anchor in anchors:
        whole, inner = known.get(anchor.word, (True, False))
        # A word that was cut goes on in the text.
        known[anchor.word] = (whole and anchor.whole and len(anchor.word) < MAX_WORD, inner or anchor.inner)
    made = ahocorasick.Automaton()
    for word, where in known.items():
        made.add_word(word, (len(word), *where))
    if not made:
        return None
    made.make_automaton()
    return made
