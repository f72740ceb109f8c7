"""The address of a view: all that the reader chose, so that it shows the same figures anywhere and at any time.

The address is followed where it is not the one that was written last: a link that was opened, or the browser's way
back. Then every widget takes its value from it. What no widget can show is said, and never left out in silence.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SAYS: Final = "address says"
_WRITTEN: Final = "address written"
_ROUND: Final = "address round"
_NOTED: Final = "address noted"
_NOBODY: Final = "~"
"""Stands for what is not known; a value that begins with it has one more in front."""


def follow(*widgets: str) -> bool:
    """Take what the address says where it is not what was written last; return whether it was.

    `widgets` are keys of session state that are to take their values from it. An address that says nothing (a page
    chosen from the menu) leaves everything as it is.
    """
    said = {name: st.query_params.get_all(name) for name in st.query_params}
    st.session_state[_NOTED] = set()
    if not said or said == st.session_state.get(_WRITTEN):
        return False
    st.session_state[_SAYS] = said
    st.session_state[_ROUND] = turn() + 1
    for key in widgets:
        st.session_state.pop(key, None)
    return True


def says(name: str) -> list[str]:
    """Return what the view says under a name, in the address's words; empty where it says nothing."""
    return list(_said().get(name, []))


def names() -> list[str]:
    """Return the names that the view says something under."""
    return list(_said())


def note(name: str, values: Sequence[str]) -> None:
    """Keep what a widget says for the address; no values leave the name out."""
    _said()[name] = list(values)
    st.session_state.setdefault(_NOTED, set()).add(name)


def write() -> None:
    """Put what the widgets of this run noted into the address; the browser's Back leads to the one before."""
    noted = st.session_state.get(_NOTED, set())
    address = {name: values for name, values in _said().items() if values and name in noted}
    st.session_state[_WRITTEN] = address
    if address != {name: st.query_params.get_all(name) for name in st.query_params}:
        st.query_params.from_dict(address)


def turn() -> int:
    """Return how many addresses were followed: widgets whose value cannot be set begin anew under another key."""
    number: int = st.session_state.get(_ROUND, 0)
    return number


def coded(value: str | None) -> str:
    """Return a value as it stands in an address."""
    return _NOBODY if value is None else f"{_NOBODY}{value}" if value.startswith(_NOBODY) else value


def decoded(word: str) -> str | None:
    """Return the value that stands in an address as this word."""
    return None if word == _NOBODY else word.removeprefix(_NOBODY)


def chosen(words: Sequence[str], options: Sequence[str | None], named: Callable[[str], str]) -> list[str | None]:
    """Return the values that words of an address choose: keys, or names of options as people type them.

    What is no option stays: it matches nothing, and widening the view would be worse.
    """
    names: Mapping[str, str] = {named(option): option for option in options if option is not None}
    found = []
    for word in words:
        value = decoded(word)
        found.append(value if value is None or value in options else names.get(value, value))
    return list(dict.fromkeys(found))


def days_coded(days: Sequence[date]) -> list[str]:
    """Return the first and the last day for an address, one where they are the same."""
    return list(dict.fromkeys(day.isoformat() for day in days))


def days_decoded(words: Sequence[str]) -> tuple[date, date] | None:
    """Return the first and the last day that an address says, None where it cannot be read. One day is that day."""
    try:
        days = [date.fromisoformat(word) for word in words]
    except ValueError:
        return None
    return (days[0], days[-1]) if 1 <= len(days) <= 2 and days[0] <= days[-1] else None


def _said() -> dict[str, list[str]]:
    said: dict[str, list[str]] = st.session_state.setdefault(_SAYS, {})
    return said
