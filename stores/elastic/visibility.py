"""Which writes searches may not see yet: making them visible costs much, so it is done only where somebody looks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from domain.errors import StoreError
from stores.mapping import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from domain.documents import Kind

MOST_WRITTEN: Final = 100_000


class Visibility:
    """What this process wrote and searches may not see; at first also the writes of a process that died."""

    def __init__(self) -> None:
        self._kinds: set[str] = set(KINDS)
        self._posts: set[str] = set()
        self._posts_known = False

    def wrote(self, kind: Kind, ids: Collection[str]) -> None:
        """Remember that documents were written or deleted."""
        if ids:
            self._kinds.add(kind)
        if kind == "posts":
            self._posts.update(ids)
            if len(self._posts) > MOST_WRITTEN:
                self._posts, self._posts_known = set(), False

    def doubt(self, *kinds: Kind) -> None:
        """Forget what is known of kinds, so that the next look sees also what others wrote a moment ago."""
        self._kinds.update(kinds)

    def hidden(self, kind: Kind) -> bool:
        """Tell whether anything of a kind may be hidden."""
        return kind in self._kinds

    def hidden_post(self, ids: Collection[str]) -> bool:
        """Tell whether one of these posts may be hidden."""
        return not self._posts_known or not self._posts.isdisjoint(ids)

    @contextmanager
    def showing(self, kind: Kind) -> Iterator[None]:
        """Make writes visible within the block; where that fails all is as it was."""
        # Taken off first: what another thread writes meanwhile puts the kind on again.
        self._kinds.discard(kind)
        before = frozenset(self._posts)
        try:
            yield
        except StoreError:
            self._kinds.add(kind)
            raise
        if kind == "posts":
            self._posts, self._posts_known = self._posts - before, True
