"""Much in pages: so that memory holds one of them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


def paged(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in order, in lists of `size`, the last one shorter."""
    following = iter(items)
    while page := list(islice(following, size)):
        yield page
