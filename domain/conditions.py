"""What documents of any kind are chosen by: frozen values that both stores translate.

Fields are named by their dotted paths. All conditions of a choice must hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

Comparable: TypeAlias = str | bool | None


@dataclass(frozen=True)
class Among:
    """A keyword or truth value is one of `values`; None among them lets through what has none."""

    field: str
    values: tuple[Comparable, ...]


@dataclass(frozen=True)
class Between:
    """A time lies in [start, end); an end that is None is open, and what has no time is never let through."""

    field: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Exists:
    """A field has a value; not `there`, it has none."""

    field: str
    there: bool = True


Condition: TypeAlias = Among | Between | Exists


def equal(field: str, value: Comparable) -> Among:
    """Return the condition that a field has this value."""
    return Among(field, (value,))


def among(field: str, values: Iterable[Comparable]) -> Among:
    """Return the condition that a field has one of these values; of none of them nothing is let through."""
    return Among(field, tuple(dict.fromkeys(values)))
