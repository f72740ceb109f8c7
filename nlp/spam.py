"""The readable reasons for which a post looks like spam or automated.

The trained head says how likely it is; the signs say what a reader can see. Each sign asks for
two things at once (a prize and a request, a number and an offer) wherever one alone is
ordinary in a complaint: people name WhatsApp, discounts and competitions without selling any.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nlp.places.gazetteer import fold
from textquery.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Sign: TypeAlias = Literal[
    "asks to follow, share or tag to win",
    "many hashtags",
    "many mentions",
    "link with a call to buy",
    "phone number or messenger contact with an offer",
    "shouting",
    "same text posted by several authors",
    "job advert",
    "referral or promo code",
    "crypto or betting or loan offer",
]

SIGNS: Final[Mapping[Sign, float]] = {
    "asks to follow, share or tag to win": 2.2,
    "many hashtags": 0.9,
    "many mentions": 0.9,
    "link with a call to buy": 1.4,
    "phone number or messenger contact with an offer": 2.2,
    "shouting": 0.3,
    "same text posted by several authors": 1.6,
    "job advert": 2.2,
    "referral or promo code": 1.6,
    "crypto or betting or loan offer": 1.8,
}
"""Every sign there is, in the order in which they are told, with the log odds of spam that it adds."""

NO_SIGN_SEEN: Final = "reads like an advert or automated post"
"""The reason where the head is sure and a reader sees none of the signs."""

NO_SIGN: Final = -0.4
"""Log odds where none was seen: most spam bears one."""
MOST_FROM_SIGNS: Final = 4.0
"""Signs come together; their sum is cut here so that they never outvote a head that is sure of the opposite."""
LEAST_PROBABILITY: Final = 0.01
LIKELY: Final = 0.5

MAX_CHARACTERS: Final = 4_000
MANY_HASHTAGS: Final = 5
MANY_MENTIONS: Final = 5
LEAST_LETTERS_SHOUTED: Final = 20
SHARE_SHOUTED: Final = 0.8

_LINK: Final = re.compile(r"(?:https?://|www\.)\S+|\bbit\.ly/\S+|\bwa\.me/\S+|\bt\.me/\S+", re.IGNORECASE)
_LEADING_MENTIONS: Final = re.compile(r"^(?:\s*@\w[\w.]*[,:]?)+")
_MENTION: Final = re.compile(r"(?<![\w@])@\w[\w.]*")
_HASHTAG: Final = re.compile(r"(?<![\w#&])#\w*[^\W\d]\w*")
_PHONE: Final = re.compile(r"(?<![\w/.,-])\+?\(?\d(?:[ ().-]{0,2}[\dx*]){8,13}(?![\w/])", re.IGNORECASE)
_PROMO_CODE: Final = re.compile(
    r"\b(?:code|código|codigo|codice|kode|kodu|gutschein|промокод|كود|कोड)\b\W{0,3}(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,12}\b"
)


def signs(post_text: str, *, is_copied: bool = False) -> tuple[Sign, ...]:
    """Return the signs that a text bears, in the order of `SIGNS`.

    `is_copied`: several authors posted the same text; a single post cannot tell.
    """
    text = post_text[:MAX_CHARACTERS]
    seen: set[Sign] = {"same text posted by several authors"} if is_copied else set()
    if len(set(map(str.lower, _HASHTAG.findall(text)))) >= MANY_HASHTAGS:
        seen.add("many hashtags")
    # A reply begins with all who take part in the conversation; only those named on purpose count.
    if len(set(map(str.lower, _MENTION.findall(_LEADING_MENTIONS.sub("", text))))) >= MANY_MENTIONS:
        seen.add("many mentions")
    plain = _HASHTAG.sub(" ", _MENTION.sub(" ", _LINK.sub(" ", text)))
    lower, upper = sum(map(str.islower, plain)), sum(map(str.isupper, plain))
    if lower + upper >= LEAST_LETTERS_SHOUTED and upper >= SHARE_SHOUTED * (lower + upper):
        seen.add("shouting")
    seen.update(_seen_in_words(text))
    return tuple(sign for sign in SIGNS if sign in seen)


def combined(probability: float, seen: Iterable[Sign]) -> float:
    """Return one probability of spam from the head's and the signs.

    Log odds add up: those of the head, and for each sign what `SIGNS` gives, `MOST_FROM_SIGNS`
    at most in all; where there is none, `NO_SIGN`. So an unsure head follows the signs, and a
    head that is sure of a person needs more than one to be overruled.

    Raises:
        ValueError: the probability is not between 0 and 1.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    held = min(max(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
    weights = [SIGNS[sign] for sign in set(seen)]
    odds = math.log(held / (1 - held)) + (min(math.fsum(weights), MOST_FROM_SIGNS) if weights else NO_SIGN)
    return 1 / (1 + math.exp(-odds))


def reasons(probability: float, seen: Sequence[Sign]) -> tuple[str, ...]:
    """Return what to tell a reader: the signs; a general reason where spam is likely without any.

    `probability` is the combined one.
    """
    if seen:
        return tuple(seen)
    return (NO_SIGN_SEEN,) if probability >= LIKELY else ()


def _seen_in_words(text: str) -> Iterable[Sign]:
    """Yield the signs that lie in what is said, each with what makes it more than a word in passing."""
    cues = _counted(text)
    has_link, has_phone = bool(_LINK.search(text)), bool(_PHONE.search(_LINK.sub(" ", text)))
    if (cues["draw"] and cues["ask"]) or (cues["prize"] and cues["ask"] > 1):
        yield "asks to follow, share or tag to win"
    if cues["job"] or (cues["job_word"] and cues["apply"] and (has_link or has_phone)):
        yield "job advert"
    if cues["protest"]:
        return
    if has_link and cues["buy"]:
        yield "link with a call to buy"
    if cues["offer"] and (has_phone or cues["messenger"]):
        yield "phone number or messenger contact with an offer"
    if cues["code"] and (has_link or cues["invite"] or _PROMO_CODE.search(text)):
        yield "referral or promo code"
    if cues["money"] and (has_link or has_phone or cues["invite"]):
        yield "crypto or betting or loan offer"


@dataclass(frozen=True)
class _CueTable:
    """The cues by their first word: the others, their beginning where the ending is open, and the list.

    Those of one word with an open ending by their beginning.
    """

    phrases: Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]]
    beginnings: Mapping[str, tuple[str, ...]]
    lengths: tuple[int, ...]


@cache
def _cue_table() -> _CueTable:
    phrases: dict[str, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
    beginnings: dict[str, list[str]] = defaultdict(list)
    lists = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    for name, cues in lists.items():
        for cue in {cue.strip() for cue in cues.split("|")} - {""}:
            first, *rest = _read_words(cue)
            if cue.endswith("*") and not rest:
                beginnings[first].append(name)
            else:
                is_open = cue.endswith("*")
                phrases[first].append((tuple(rest[:-1] if is_open else rest), rest[-1] if is_open else "", name))
    lengths = tuple(sorted({len(beginning) for beginning in beginnings}))
    frozen = {first: tuple(found) for first, found in phrases.items()}
    return _CueTable(frozen, {first: tuple(found) for first, found in beginnings.items()}, lengths)


def _read_words(text: str) -> list[str]:
    return [fold(word) for word in words(text)]


def _counted(text: str) -> Counter[str]:
    """Return of each list how many different cues the text has, links and handles left out."""
    table = _cue_table()
    sequence = _read_words(_MENTION.sub(" ", _LINK.sub(" ", text)))
    found: set[tuple[str, str]] = set()
    for i, word in enumerate(sequence):
        for rest, beginning, name in table.phrases.get(word, ()):
            end = i + 1 + len(rest)
            last = sequence[end] if beginning and end < len(sequence) else ""
            if tuple(sequence[i + 1 : end]) == rest and last.startswith(beginning):
                found.add((name, word))
        for length in table.lengths:
            found.update((name, word[:length]) for name in table.beginnings.get(word[:length], ()))
    return Counter(name for name, _ in found)
