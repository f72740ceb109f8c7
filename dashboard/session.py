"""The open store and what was worked out from it, kept between reruns and shared by all sessions."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import streamlit as st

from configuration.load import load_config
from domain.errors import EarshotError
from insights.ask import answer
from stores.open import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.config import Config
    from domain.ports import Store
    from domain.questions import Answer, Question

P = ParamSpec("P")
T = TypeVar("T")

# What is stored beside posts (events, names of topics) does not change the store's version.
KEPT_S: Final = 300
KEPT_ENTRIES: Final = 500


@dataclass(frozen=True)
class Session:
    """What a page works with: the configuration, the store, and the store's version at the start of the rerun."""

    config: Config
    store: Store
    version: str

    @property
    def brand_names(self) -> dict[str, str]:
        """What brands are shown as, by key."""
        return {brand.key: brand.name for brand in self.config.brands}

    def ask(self, question: Question) -> Answer:
        """Answer a question in the zone of the configuration, once per version of the store."""
        return self.work_out(answer, replace(question, zone=self.config.time_zone))

    def work_out(self, finding: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `finding(store, ...)` once per version of the store and arguments."""
        name = f"{finding.__module__}.{finding.__qualname__}"
        result: T = _remembered((self.config.store, self.version, name), args, kwargs, finding, self.store)
        return result


def open_session() -> Session:
    """Return the session of this rerun.

    Raises:
        ConfigurationError: a setting is wrong.
        StoreError: the store does not answer, or says no.
    """
    config = load_config()
    store = _opened(config.store)
    return Session(config, store, store.version())


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


@st.cache_data(ttl=KEPT_S, max_entries=KEPT_ENTRIES, show_spinner=False)
def _remembered(key: tuple[str, str, str], args: Any, kwargs: Any, _finding: Callable[..., Any], _store: Store) -> Any:
    del key  # a part of what the result is kept under: store, its version and the finding's name
    return _finding(_store, *args, **kwargs)
