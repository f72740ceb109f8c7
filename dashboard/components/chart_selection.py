"""What was clicked in a chart, as the keys of the posts behind it.

One pick holds at a time: a click in a second chart takes over and clears the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from dashboard import address
from dashboard.components.table_view import as_table
from dashboard.controls import MARKED_BY, STEPS
from domain.documents import instant, parse_instant
from reports import style
from reports.charts import CHOSEN, EVENT, events_of, notes_of
from reports.series import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.charts import Spec

PICK: Final = "pick"
_ROUNDS: Final = "chart rounds"
_MARK: Final = "mark"
_KEY: Final = "mark."
_PICKS: Final = "picks so far"
_INTO_SIGHT: Final = """
{{ // pick {picks}; names of the page's own stay untouched
  const box = document.querySelector(".st-key-{key}");
  const heading = box.querySelector("h2");
  const above = heading.getBoundingClientRect().top;
  if (above < 0 || above > window.innerHeight / 2) box.scrollIntoView();
  heading.tabIndex = -1;
  heading.focus({{preventScroll: true}});
}}
"""
_SEVERAL: Final = frozenset({"brand", EVENT})
"""Dimensions of which a mark may stand for several keys."""
_FEW_EVENTS: Final = 5
"""More lines than these wait folded up below a chart."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~$:&])")


@dataclass(frozen=True)
class Pick:
    """A mark of a chart: which chart, and the mark's keys by dimension.

    Times are aware, None is not known, several keys of one dimension (brands drawn as one, events) are a tuple.
    """

    chart: str
    keys: Mapping[str, Any]


def chart(spec: Spec, *, name: str) -> None:
    """Draw a chart whose marks can be clicked, in the colours of the page, with what must be said beside it.

    Where there is nothing to draw, a sentence says so.
    """
    if not any(layer.get("data", spec.get("data", {})).get("values") for layer in spec["layer"] if "params" in layer):
        st.text("None of these posts can be shown in this chart.")
        return
    offered = [param["name"] for layer in spec["layer"] for param in layer.get("params", ())]
    st.vega_lite_chart(
        coloured(spec),
        width="stretch",
        theme=None,
        key=_key(name),
        on_select=lambda: _take(name),
        selection_mode=offered,
    )
    as_table(spec, name=_key(name), pick=lambda keys: _pick(name, keys))
    for note in notes_of(spec):
        st.caption(_plain(note))


def coloured(spec: Spec) -> Spec:
    """Return a chart in the colours of the page, as a screen reader hears it."""
    # A base that is configured wins over what the reader's system likes.
    is_dark = (st.get_option("theme.base") or st.context.theme.type) == "dark"
    return spoken(style.in_dark(spec) if is_dark else spec)


def spoken(spec: Spec) -> Spec:
    """Return a chart of which a screen reader hears marks that can be chosen, and words; all else only decorates."""
    layers = []
    for layer in spec["layer"]:
        mark = layer["mark"] if isinstance(layer["mark"], dict) else {"type": layer["mark"]}
        says = mark["type"] == "text" and layer.get("data", spec.get("data", {})).get("values")
        layers.append(layer if says or "params" in layer else layer | {"mark": mark | {"aria": False}})
    return spec | {"layer": layers}


def event_list(spec: Spec, *, name: str, left_out: int) -> None:
    """Write the events of a chart beside their numbers; each opens its posts. Say how many are not drawn."""
    events = events_of(spec)
    every = len(events) + left_out
    if left_out:
        st.caption(f"{len(events)} of {every} events of these days are drawn: those that most posts coincide with.")
    if not events:
        return
    with st.container(key=f"events-{name}", gap=None) if len(events) <= _FEW_EVENTS else st.expander("The events"):
        for event in events:
            keys = {EVENT: event["event"]}
            label = f"{event['number']}. {_plain(event['title'])} ({event['facts']})"
            st.button(label, key=f"event-{name}-{event['number']}", type="tertiary", on_click=_pick, args=(name, keys))


def _plain(text: str) -> str:
    """Return a text whose signs of Markdown a label shows as they are."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def follow(*names: str) -> None:
    """Take the pick of an address that was just followed; say so where it names no mark of these charts."""
    clear()
    words = address.says(_MARK)
    keys = {name.removeprefix(_KEY): address.says(name) for name in address.names() if name.startswith(_KEY)}
    if not words and not keys:
        return
    try:
        picked = {name: _value(name, said) for name, said in keys.items()}
    except ValueError:
        picked = {}
    if picked and picked.keys() <= MARKED_BY and words[:1] and words[0] in names:
        st.session_state[PICK] = Pick(words[0], picked)
    else:
        st.warning("The point or bar of this link cannot be found; these are all posts of the view.")


def note(pick: Pick | None) -> None:
    """Keep a pick for the address."""
    if pick is not None:
        address.note(_MARK, [pick.chart])
        for name, value in pick.keys.items():
            several = value if isinstance(value, tuple) else (value,)
            address.note(_KEY + name, [instant(one) if name in STEPS else address.coded(one) for one in several])


def _value(name: str, words: Sequence[str]) -> Any:
    if name in _SEVERAL and len(words) > 1:
        return tuple(map(address.decoded, words))
    (word,) = words
    return parse_instant(word) if name in STEPS else address.decoded(word)


def current(*names: str) -> Pick | None:
    """Return what is picked now in one of these charts."""
    pick: Pick | None = st.session_state.get(PICK)
    return pick if pick is not None and pick.chart in names else None


def clear() -> None:
    """Forget the pick, and let its chart forget it too."""
    pick = st.session_state.pop(PICK, None)
    if pick is not None:
        _rounds()[pick.chart] = _rounds().get(pick.chart, 0) + 1


def bring_into_sight(key: str) -> None:
    """Scroll to the container of this key after a mark was picked: what a click opens must be seen.

    Its heading takes the keyboard's focus. The script runs anew only after another pick.
    """
    if picks := st.session_state.get(_PICKS):
        st.html(f"<script>{_INTO_SIGHT.format(key=key, picks=picks)}</script>", unsafe_allow_javascript=True)


def keys_of(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mark's keys with aware times. A chart gives times as it was given them, or in ms where it draws them."""
    keys = dict(point)
    for name in keys.keys() & set(STEPS):
        at = keys[name]
        keys[name] = parse_instant(at) if isinstance(at, str) else datetime.fromtimestamp(at / 1000, UTC)
    for name in keys.keys() & _SEVERAL:
        if keys[name] and TOGETHER in keys[name]:
            keys[name] = tuple(keys[name].split(TOGETHER))
    return keys


def _take(name: str) -> None:
    """Keep what a chart says was clicked in it."""
    selected = st.session_state[_key(name)]["selection"]
    # A click on one kind of mark leaves the other kind's selection with a point of no keys.
    points = [point for kind in (CHOSEN, EVENT) for point in selected.get(kind) or () if point]
    if points:
        _pick(name, points[0])
    elif current(name) is not None:
        clear()


def _pick(name: str, point: Mapping[str, Any]) -> None:
    if current(name) is None:
        clear()
    st.session_state[PICK] = Pick(name, keys_of(point))
    st.session_state[_PICKS] = st.session_state.get(_PICKS, 0) + 1


def _key(name: str) -> str:
    """A chart under a new key has nothing selected: the only way to clear a selection."""
    return f"chart-{name}-{_rounds().get(name, 0)}"


def _rounds() -> dict[str, int]:
    rounds: dict[str, int] = st.session_state.setdefault(_ROUNDS, {})
    return rounds
