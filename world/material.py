"""The hand-written material of the sample, from the TOML files beside: the island, its people, how they talk."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOPICS: Final = (
    *("coverage", "speed", "billing", "service", "app", "roaming"),
    *("broadband", "shop", "price", "device", "outage"),
)


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A fictional operator: how people write its name, and who answers for it."""

    key: str
    name: str
    written: tuple[str, ...]
    arabic: tuple[str, ...]
    terms: tuple[str, ...]
    accounts: tuple[str, ...]
    care: str
    weight: float
    own: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """A town. `names` are those of other languages, `latitude` and `longitude` in degrees, where it has some."""

    name: str
    region: str
    weight: float
    arabic: str = ""
    latitude: float | None = None
    longitude: float | None = None
    names: Mapping[str, str] = field(default_factory=dict, hash=False)

    def written(self, lang: str, *, latin: bool = False) -> str:
        """Return the name as people of a language write it."""
        return self.arabic if lang == "ar" and self.arabic and not latin else self.names.get(lang, self.name)


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """What is said in one language: phrases by topic and mood, and those that fit anywhere.

    `where` is how a place is put behind a phrase.
    """

    code: str
    weight: float
    where: str = " in {place}"
    given: tuple[str, ...]
    family: tuple[str, ...]
    things: tuple[str, ...]
    phrases: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)

    def say(self, topic: str, mood: str) -> tuple[str, ...]:
        """Return the phrases of a topic (or `general`) and a mood."""
        return self.phrases.get(topic, {}).get(mood, ())


@dataclass(frozen=True, kw_only=True)
class World:
    """All of the material, read once."""

    operators: tuple[Operator, ...]
    places: tuple[Place, ...]
    tongues: tuple[Tongue, ...]
    mood: Mapping[str, tuple[str, ...]]
    news: Mapping[str, Any]
    campaign: Mapping[str, Any]
    stories: tuple[Mapping[str, Any], ...]
    events: Mapping[str, Any]

    @property
    def own(self) -> Operator:
        """The operator whose customers and events we have."""
        return next(operator for operator in self.operators if operator.own)

    def place(self, name: str) -> Place:
        """Return a place by its name."""
        return next(place for place in self.places if place.name == name)

    def tongue(self, code: str) -> Tongue:
        """Return a language by its code."""
        return next(tongue for tongue in self.tongues if tongue.code == code)


def brand_tables(operators: Sequence[Operator]) -> str:
    """Return the part of a configuration that listens to operators."""
    lines = []
    for operator in operators:
        lines += [
            f"[brand.{operator.key}]",
            f'name = "{operator.name}"',
            f"terms = {json.dumps(operator.terms, ensure_ascii=False)}",
            f"accounts = {json.dumps(operator.accounts)}",
            *(["own = true"] if operator.own else []),
            "",
        ]
    return "\n".join(lines)


def read_world() -> World:
    """Read the material."""
    island = table("world")
    return World(
        operators=tuple(Operator(**frozen(entry)) for entry in island["brand"]),
        places=tuple(Place(**entry) for entry in island["place"]),
        tongues=tuple(
            Tongue(**frozen(entry), phrases={key: frozen(value) for key, value in table(entry["code"]).items()})
            for entry in island["language"]
        ),
        mood=frozen(island["mood"]),
        news=island["news"],
        campaign=island["campaign"],
        stories=tuple(table("stories")["story"]),
        events=table("events"),
    )


def table(name: str, room: str = "world") -> dict[str, Any]:
    """Return a file of material of a room."""
    return tomllib.loads((resources.files(room) / f"{name}.toml").read_text(encoding="utf-8"))


def frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with tuples for lists."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
