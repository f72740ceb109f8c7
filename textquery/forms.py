"""Names inside longer words: with the endings and prefixes of a language, in compounds and in hashtags.

`Elisan`, `بأورنج` and `노스윈드가` are names with grammar on them. `Northwindnetz` and `#FixNorthwind` are compounds:
words of their own in which a name can be seen only where it is rare enough not to be there by chance.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from textquery.words import HASH, MAX_WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_REMEMBERED: Final = 20_000
RARE: Final = 6
"""Letters from which on a name is rare enough to be looked for in compounds."""
_KNOWN: Final = tomllib.loads((resources.files("textquery") / "forms.toml").read_text(encoding="utf-8"))
ORDINARY: Final = frozenset(_KNOWN["ordinary"].split())
"""Words that operators are named after and that longer words begin with."""

_RARE_SYLLABLES: Final = 3
_RARE_BEHIND: Final = 8
"""The same where it stands behind other letters: words have more endings in common than beginnings."""
_FEWEST_LATIN: Final = 5
_FEWEST_OTHER: Final = 4
_LATIN: Final = frozenset(_KNOWN["latin"].split())
_CYRILLIC: Final = frozenset(_KNOWN["cyrillic"].split())
_VOWELS: Final = frozenset("aeiouy")
_STEMS: Final = {letter: frozenset(endings.split()) for letter, endings in _KNOWN["stems"].items()}
_KOREAN: Final = re.compile(
    "(?:들|측|님|사)?(?:은|는|이|가|을|를|에|의|도|만|로|으로|와|과|랑|이랑|하고|에서|에게|한테|께|까지|부터|처럼|보다|이나|나"
    "|라고|이라고|라는|이라는|라면|이라면|라서|이라서|야|아|이야|네|요|이요|예요|이에요|입니다|인데|인가|인지|마저|조차|밖에|들"
    "|측|뿐|대로|같은|같이|에선|에는|에도|에서는|에서도|에서만|으로는|로는|으로도|로도|으로만|로만|으로부터|로부터|이란|란|든지"
    "|이든|꺼|거|건|껀|때문에|이라|라|고|이고|였|였다|이다|다)"
)
_ARABIC: Final = re.compile("(?:[وف]?(?:[بكلس]|ال|وال|بال|كال|لل|فال)|[وف]|ه?ال|عال)")
_HEBREW: Final = re.compile("ו?(?:כש|מש|שכ|לכש|של|ש)?(?:[בכלמ]?ה?|[במ]ה)")
# Georgian, Armenian, and the scripts of India, whose words are joined with what follows them.
_LONG_TAILED: Final = re.compile(r"[\u0530-\u058f\u0900-\u0dff\u10a0-\u10ff]{1,6}")
_DIGITS: Final = re.compile(r"[0-9]{1,2}g?")


@dataclass(frozen=True)
class Allowed:
    """In which longer words a word of a name may be: with `endings` of its language, in `compounds`."""

    endings: bool = True
    compounds: bool = False

    def __or__(self, other: Allowed) -> Allowed:
        return Allowed(self.endings and other.endings, self.compounds and other.compounds)


def is_rare(word: str) -> bool:
    """Tell whether a word of a name is rare enough to be the same name within longer words."""
    enough = _RARE_SYLLABLES if "\uac00" <= word[0] <= "\ud7a3" else RARE
    return len(word) >= enough and word not in ORDINARY and not word.isdecimal()


class NameForms:
    """Tells which name a longer word is a form of."""

    def __init__(self, names: Mapping[str, Allowed], known: Iterable[str]) -> None:
        """Take words of names, and all words that are known as they are: those are forms of nothing."""
        self._names = names
        self._known = frozenset(known) | names.keys()
        self._compounds = {name for name, allowed in names.items() if allowed.compounds}
        self._stems = {name[:-1]: name for name, allowed in names.items() if allowed.endings and _has_stem(name)}
        self._lengths = sorted({len(name) for name in (*names, *self._stems) if len(name) < MAX_WORD}, reverse=True)
        self._told: dict[str, str] = {}

    def of(self, words: Iterable[str]) -> dict[str, str]:
        """Return the words that are forms of a name, each with that name: the longest one."""
        return {word: name for word in words if (name := self._of(word))}

    def may_go_on(self, name: str) -> bool:
        """Tell whether letters of its own alphabet may stand behind a name."""
        allowed = self._names.get(name)
        if allowed is None or not name.isascii():
            return allowed is not None
        return allowed.compounds or (allowed.endings and _takes_latin_endings(name))

    def stem(self, name: str) -> str:
        """Return what of a name all its forms have in common."""
        return name[:-1] if name[:-1] in self._stems else name

    def may_begin_within(self, name: str) -> bool:
        """Tell whether letters of its own alphabet may stand before a name."""
        return name in self._compounds

    def _of(self, word: str) -> str:
        told = self._told.get(word)
        if told is None:
            told = "" if word in self._known else self._found(word)
            if len(self._told) < MAX_REMEMBERED:
                self._told[word] = told
        return told

    def _found(self, word: str) -> str:
        tag = word.startswith(HASH)
        bare = word[1:] if tag else word
        for length in self._lengths:
            if length > len(bare) or (length == len(bare) and not tag):
                continue
            begins, ends = bare[:length], bare[-length:]
            if begins in self._names and not tag and self._is_ending(begins, bare[length:]):
                return begins
            if ends in self._names and not tag and _is_prefix(ends, bare[:-length]):
                return ends
            if begins in self._stems and not tag and bare[length:] in _STEMS[self._stems[begins][-1]]:
                return self._stems[begins]
            if begins in self._compounds:
                return begins
            if ends in self._compounds and (tag or length >= _RARE_BEHIND):
                return ends
            pieces = (bare[at : at + length] for at in range(1, len(bare) - length)) if tag else ()
            if inner := next((piece for piece in pieces if piece in self._compounds), ""):
                return inner
        return ""

    def _is_ending(self, name: str, tail: str) -> bool:
        """Tell whether what stands behind a name is an ending, or says nothing of itself (`5g`)."""
        last = name[-1]
        if "\uac00" <= tail[0] <= "\ud7a3":
            return len(name) > 1 and bool(_KOREAN.fullmatch(tail))
        if not self._names[name].endings:
            return False
        if tail.isascii():
            doubled = tail[0] == last and tail[1:] in {"al", "el"}
            # A vowel alone makes other words of short names ("le Iliadi").
            if tail in _VOWELS and len(name) < RARE:
                return False
            return _takes_latin_endings(name) and (tail in _LATIN or doubled or bool(_DIGITS.fullmatch(tail)))
        if len(name) >= _FEWEST_OTHER and _LONG_TAILED.fullmatch(tail):
            return True
        return tail in _CYRILLIC and len(name) >= (_FEWEST_OTHER if not name.isascii() else 2)


def _is_prefix(name: str, head: str) -> bool:
    """Tell whether what stands before a name is what Arabic or Hebrew write before a word."""
    if len(name) < 3:
        return False
    first = name[0]
    if "\u0620" <= first <= "\u06d3":
        return bool(_ARABIC.fullmatch(head))
    return "\u05d0" <= first <= "\u05ea" and bool(_HEBREW.fullmatch(head))


def _takes_latin_endings(name: str) -> bool:
    return len(name) >= _FEWEST_LATIN and name not in ORDINARY


def _has_stem(name: str) -> bool:
    if name.isascii():
        return len(name) > _FEWEST_LATIN and name[-1] in _STEMS and name not in ORDINARY
    return len(name) >= _FEWEST_OTHER and name[-1] in _STEMS
