"""The open store and what was worked out from it, kept between reruns and shared by all sessions."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import streamlit as st

from configuration.load import load_config
from domain.errors import EarshotError
from domain.zones import in_zone
from insights.ask import answer
from stores.open import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.config import Config
    from domain.documents import Kind
    from domain.ports import Store
    from domain.questions import Answer, Question

P = ParamSpec("P")
T = TypeVar("T")

STALE: Final = timedelta(seconds=30)
"""So old what is shown may be. While collecting goes on every second brings posts, and nothing could be kept."""
KEPT_ENTRIES: Final = 500
_SHOWN: Final[tuple[Kind, ...]] = ("posts", "topics", "events", "incidents", "customers", "corrections", "coverage")
"""Kinds that pages are worked out from."""


@dataclass(frozen=True)
class State:
    """What a store held when it was looked at: the versions of its kinds, and when that was."""

    version: str
    at: datetime


@dataclass(frozen=True)
class Session:
    """What a page works with: the configuration, the store, and the state of the store that it shows."""

    config: Config
    store: Store
    state: State

    @property
    def brand_names(self) -> dict[str, str]:
        """What brands are shown as, by key."""
        return {brand.key: brand.name for brand in self.config.brands}

    def ask(self, question: Question) -> Answer:
        """Answer a question in the zone of the configuration, once per state of the store."""
        return self.work_out(answer, replace(question, zone=self.config.time_zone))

    def work_out(self, finding: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `finding(store, ...)` once per state of the store and arguments."""
        name = f"{finding.__module__}.{finding.__qualname__}"
        result: T = _remembered((self.config.store, self.state.version, name), args, kwargs, finding, self.store)
        return result

    def look_again(self) -> None:
        """Let the next rerun show what is stored by then: somebody changed it here and wants to see it."""
        _states().pop(self.config.store, None)


def open_page(title: str) -> Session:
    """Head a page with its title and the time that it shows, and return the session of this rerun (`open_session`)."""
    session = open_session()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(title, width="content")
        st.caption(f"As of {in_zone(session.state.at, session.config.time_zone):%H:%M:%S}", width="content")
    return session


def open_session() -> Session:
    """Return the session of this rerun. It shows what the store held within the last `STALE`.

    Raises:
        ConfigurationError: a setting is wrong.
        StoreError: the store does not answer, or says no.
    """
    config = load_config()
    store = _opened(config.store)
    state, now = _states().get(config.store), datetime.now(UTC)
    if state is None or now - state.at >= STALE:
        state = _states()[config.store] = State(" ".join(store.version(kind) for kind in _SHOWN), now)
    return Session(config, store, state)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Show what goes wrong on purpose as the one sentence that it carries, and end the page there."""
    try:
        yield
    except EarshotError as error:
        st.error("Earshot cannot show this page.", icon=":material/error:")
        st.text(str(error))
        st.stop()


@st.cache_resource(show_spinner="Opening the store ...", on_release=lambda store: store.close())
def _opened(url: str) -> Store:
    return open_store(url)


@st.cache_resource(show_spinner=False)
def _states() -> dict[str, State]:
    """Return the state of each store that is open, by its address; all sessions show the same."""
    return {}


@st.cache_data(max_entries=KEPT_ENTRIES, show_spinner=False)
def _remembered(key: tuple[str, str, str], args: Any, kwargs: Any, _finding: Callable[..., Any], _store: Store) -> Any:
    del key  # a part of what the result is kept under: store, its state and the finding's name
    return _finding(_store, *args, **kwargs)
