"""How fast a stream is sifted for the brands, measured on a made-up one beside what is usual.

The peer decodes every event and searches its text with one regular expression of all terms. Both read the
same frames in the same run, in turns, each by its best round. Counted is the time that one core worked for
it, not what other programs took meanwhile. Nothing is stored or sent.
"""

from __future__ import annotations

import json
import random
import re
import time
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import clean_text
from collectors.search.stream_filter import StreamFilter
from collectors.social.jetstream_events import POSTS, StreamEvent, sift
from domain.config import Brand
from textquery.brands import brand_matcher
from textquery.words import spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textquery.brands import BrandMatcher

BRANDS: Final = 20
TERMS: Final = 200
SHARE: Final = 0.01
"""How many of the events name a brand."""
GOAL: Final = 20_000
"""Events per second that one core should sift: some ten times what the whole network says at its peaks."""

_SYLLABLES: Final = ("ba", "con", "del", "e", "for", "gi", "ha", "in", "ke", "lo", "mun", "ne", "or", "per", "qui")
_ACCENTED: Final = ("ção", "ñe", "ü", "ğı", "é", "ší")
_UNCASED: Final = "のにはをたがでてとしれさ電話回線網"
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
_FIRST_US: Final = 1_795_000_000_000_000


def bench(count: int = 20_000, *, rounds: int = 3, seed: int = 0) -> dict[str, Any]:
    """Return how many events per second one core sifts, for us and for the peer, and how many each found."""
    chance = random.Random(seed)
    terms = made_terms(chance)
    frames = made_frames(count, terms, chance)
    names = [tuple(terms[i::BRANDS]) for i in range(BRANDS)]
    brands = brand_matcher(Brand(key=f"brand{i}", name=f"Brand {i}", terms=some) for i, some in enumerate(names))
    stream_filter = StreamFilter(brands)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, terms))})\b", re.IGNORECASE)
    works: tuple[Callable[[], int], ...] = (
        lambda: _sifted(frames, stream_filter, brands),
        lambda: sum(1 for frame in frames if pattern.search(json.loads(frame)["commit"]["record"]["text"])),
    )
    best = [(float("inf"), 0)] * len(works)
    for _ in range(rounds):
        for position, work in enumerate(works):
            began = time.process_time()
            found = work()
            best[position] = min(best[position], (time.process_time() - began, found))
    ours, peer = best
    return {
        "events": count,
        "bytes_per_event": round(sum(map(len, frames)) / count),
        "terms": len(terms),
        "goal_per_s": GOAL,
        "ours": {"per_s": round(count / ours[0]), "found": ours[1]},
        "peer": {"name": "json.loads and one regular expression", "per_s": round(count / peer[0]), "found": peer[1]},
        "ratio": round(peer[0] / ours[0], 1),
    }


def made_terms(chance: random.Random) -> list[str]:
    """Return names such as brands have: mostly one word, some of two, a few very short."""
    made: dict[str, None] = {}
    while len(made) < TERMS:
        size = chance.choice((1, 1, 1, 1, 2))
        made[" ".join(_word(chance, 3) + chance.choice("xyz") for _ in range(size))] = None
    return list(made)


def made_frames(count: int, terms: Sequence[str], chance: random.Random) -> list[bytes]:
    """Return events of new posts as a server of the first wire writes them, in several scripts."""
    return [_frame(number, terms, chance) for number in range(count)]


def _frame(number: int, terms: Sequence[str], chance: random.Random) -> bytes:
    script = chance.random()
    if script < 0.15:
        said = ["".join(chance.choices(_UNCASED, k=chance.randint(10, 60)))]
    else:
        said = [_word(chance, 4, accented=script < 0.4) for _ in range(chance.randint(5, 45))]
    if chance.random() < SHARE:
        said.insert(chance.randint(0, len(said)), chance.choice(terms).title())
    text = chance.choice((" ", " ", "\n", ", ")).join(said)[:300]
    reference = {"cid": _id(chance, 59), "uri": f"at://did:plc:{_id(chance, 24)}/{POSTS}/{_id(chance, 13)}"}
    record = {
        "$type": POSTS,
        "createdAt": "2026-11-18T10:00:00.000Z",
        "facets": [
            {
                "features": [{"$type": "app.bsky.richtext.facet#link", "uri": f"https://a.example/{_id(chance, 30)}"}],
                "index": {"byteEnd": 31, "byteStart": 3},
            }
        ],
        "langs": ["en"],
        "reply": {"parent": reference, "root": reference},
        "text": text,
    }
    commit = {"rev": _id(chance, 13), "operation": "create", "collection": POSTS, "rkey": _id(chance, 13)}
    event = {
        "did": f"did:plc:{_id(chance, 24)}",
        "time_us": _FIRST_US + number,
        "kind": "commit",
        "commit": commit | {"record": record, "cid": _id(chance, 59)},
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _word(chance: random.Random, longest: int, *, accented: bool = False) -> str:
    syllables = _SYLLABLES + _ACCENTED if accented else _SYLLABLES
    return "".join(chance.choices(syllables, k=chance.randint(1, longest)))


def _id(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(_BASE32, k=length))


def _sifted(frames: Sequence[bytes], stream_filter: StreamFilter, brands: BrandMatcher) -> int:
    found = 0
    for frame in frames:
        heard = sift(frame.decode("utf-8"), stream_filter)
        if isinstance(heard, StreamEvent) and heard.writes_post:
            found += bool(brands.find(spoken(clean_text(heard.record["text"]))).possible)
    return found
