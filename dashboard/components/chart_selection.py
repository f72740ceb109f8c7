"""What was clicked in a chart, as the keys of the posts behind it.

One pick holds at a time: a click in a second chart takes over and clears the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from dashboard.controls import STEPS
from domain.documents import parse_instant
from reports.charts import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.charts import Spec

PICK: Final = "pick"
_ROUNDS: Final = "chart rounds"


@dataclass(frozen=True)
class Pick:
    """A mark of a chart: which chart, and the mark's keys by dimension (times aware, None: not known)."""

    chart: str
    keys: Mapping[str, Any]


def chart(spec: Spec, *, name: str) -> None:
    """Draw a chart whose marks can be clicked."""
    st.vega_lite_chart(
        spec,
        width="stretch",
        theme=None,
        key=_key(name),
        on_select=lambda: _take(name),
        selection_mode=CHOSEN,
    )


def current(*names: str) -> Pick | None:
    """Return what is picked now in one of these charts."""
    pick: Pick | None = st.session_state.get(PICK)
    return pick if pick is not None and pick.chart in names else None


def clear() -> None:
    """Forget the pick, and let its chart forget it too."""
    pick = st.session_state.pop(PICK, None)
    if pick is not None:
        _rounds()[pick.chart] = _rounds().get(pick.chart, 0) + 1


def keys_of(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mark's keys with aware times. A chart gives times as it was given them, or in ms where it draws them."""
    keys = dict(point)
    for name in keys.keys() & set(STEPS):
        at = keys[name]
        keys[name] = parse_instant(at) if isinstance(at, str) else datetime.fromtimestamp(at / 1000, UTC)
    return keys


def _take(name: str) -> None:
    """Keep what a chart says was clicked in it."""
    points = st.session_state[_key(name)]["selection"].get(CHOSEN)
    if points:
        if current(name) is None:
            clear()
        st.session_state[PICK] = Pick(name, keys_of(points[0]))
    elif current(name) is not None:
        clear()


def _key(name: str) -> str:
    """A chart under a new key has nothing selected: the only way to clear a selection."""
    return f"chart-{name}-{_rounds().get(name, 0)}"


def _rounds() -> dict[str, int]:
    rounds: dict[str, int] = st.session_state.setdefault(_ROUNDS, {})
    return rounds
