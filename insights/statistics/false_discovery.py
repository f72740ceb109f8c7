"""How much of what was looked at together may be said: the false-discovery rate of Benjamini and Hochberg (1995)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def discoveries(odds: Sequence[float], level: float) -> int:
    """Return how many of the smallest of these odds by chance stand out, where `level` of them may be false."""
    passing = [place for place, one in enumerate(sorted(odds), 1) if one <= level * place / len(odds)]
    return passing[-1] if passing else 0
