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
from transport.foreign import read_json_text

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
# What servers that mean HTML escape without need parts words either way. Any other escape may be a letter.
_HIDDEN: Final = re.compile(r"\\u(?!0026|003[ceCE]|202[89])")


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
        if "\\u" in raw and _HIDDEN.search(raw):
            try:
                raw = json.dumps(read_json_text(raw), ensure_ascii=False)
            except ValueError:
                return True
        start = raw.find(TEXT)
        if start < 0:
            return True
        # An anchor must stand there as a word, or at the beginning of one.
        folded = fold(raw[start + len(TEXT) :])
        for last, (length, whole) in self._automaton.iter(folded) if self._automaton else ():
            start = last - length + 1
            # What stands before it may be the end of an escape (`\n`, `\u0026`) and no letter.
            escaped = folded[max(start - 2, 0)] == "\\" or folded[max(start - 6, 0) : max(start - 4, 0)] == "\\u"
            begins = start == 0 or escaped or folded[start - 1] not in _WORD
            goes_on = whole and folded[last + 1 : last + 2] in _WORD
            if begins and not (goes_on and not folded.startswith(_LINK_BEHIND, last + 1)):
                return True
        return False

    def passes(self, post: Post) -> bool:
        """Tell whether a post is about a brand."""
        return bool(self._brands.match(post))


def _automaton(anchors: Iterable[Anchor]) -> Any:
    """Return what finds all of these at once, each with its length and whether it must end where it ends."""
    whole: dict[str, bool] = {}
    for anchor in anchors:
        # A word that was cut goes on in the text.
        whole[anchor.word] = whole.get(anchor.word, True) and anchor.whole and len(anchor.word) < MAX_WORD
    made = ahocorasick.Automaton()
    for word, ends in whole.items():
        made.add_word(word, (len(word), ends))
    if not made:
        return None
    made.make_automaton()
    return made
