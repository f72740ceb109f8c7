"""Traits: things that hold of a text or do not (irony, offence, spam, urgency)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.enrichment import Model, Trait
from nlp.tasks.task import DIGITS

if TYPE_CHECKING:
    from collections.abc import Sequence


def trait(probability: float, cut: float, model: Model, reasons: Sequence[str] = ()) -> Trait:
    """Return the stored form of one probability; `reasons` are kept where it holds."""
    holds = probability >= cut
    return Trait(
        holds=bool(holds),
        probability=round(float(probability), DIGITS),
        model=model,
        reasons=tuple(reasons) if holds else (),
    )
