"""What events can touch, and the words that people use for it, from `subjects.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from textquery.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, kw_only=True)
class EventSubject:
    """What of the service it is about: how it is called, the terms that mention it, the aspects of posts about it."""

    name: str
    terms: tuple[str, ...]
    aspects: tuple[str, ...]


@cache
def subjects() -> Mapping[str, EventSubject]:
    """Return the subjects by their codes."""
    table = tomllib.loads((resources.files("linking") / "subjects.toml").read_text(encoding="utf-8"))
    return {
        code: EventSubject(name=entry["name"], terms=tuple(entry["terms"]), aspects=tuple(entry["aspects"]))
        for code, entry in table.items()
    }


def any_of(terms: Iterable[str]) -> str:
    """Return a text query for posts with any of the terms, each a phrase; a star at the end stays one."""
    phrases = {f'"{" ".join(words(term))}{"*" * term.endswith("*")}"' for term in terms if words(term)}
    return f"({' OR '.join(sorted(phrases))})"


def names_of(*names: str | None) -> tuple[str, ...]:
    """Return the ways a place is written: as words, and joined as in a hashtag."""
    spelled = [" ".join(words(name)) for name in names if name and words(name)]
    return tuple(dict.fromkeys([*spelled, *("".join(name.split()) for name in spelled)]))
