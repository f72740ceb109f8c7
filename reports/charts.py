"""Answers as charts: pure functions from an `Answer` to a Vega-Lite specification (a plain dict).

Colours are fixed by a brand's place among the configured brands. `events` are stored documents
of the kind `events`; they are shaded (or ruled, where no end is known) and labelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.config import Brand
    from domain.documents import Document
    from domain.questions import Answer

Spec: TypeAlias = dict[str, Any]


def net_sentiment(answer: Answer, *, brands: Sequence[Brand], events: Sequence[Document] = ()) -> Spec:
    """Draw `sentiment` by a time (hour, day or week), and brand where asked, with 95 % bands."""
    raise NotImplementedError


def volume(answer: Answer, *, brands: Sequence[Brand], events: Sequence[Document] = ()) -> Spec:
    """Draw `volume` by a time, and brand where asked."""
    raise NotImplementedError


def share_of_voice(answer: Answer, *, brands: Sequence[Brand]) -> Spec:
    """Draw `share-of-voice` as bars with 95 % intervals, the own brand in the accent colour."""
    raise NotImplementedError


def topics(answer: Answer, *, limit: int = 12) -> Spec:
    """Draw `topics` as bars of posts, largest first, coloured by net sentiment."""
    raise NotImplementedError


def breakdown(answer: Answer, *, limit: int = 10) -> Spec:
    """Draw `sentiment` by one dimension (language, source, place) as stacked bars of posts."""
    raise NotImplementedError
