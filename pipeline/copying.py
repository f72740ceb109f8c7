"""One store made equal to another, of whatever kind: what differs is written, what is too much goes.

Both are read side by side by ascending id, so memory holds a page; who was stopped begins again and
finds what was copied equal already. Being equal is checked the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import numpy as np

from domain.documents import ALL, Kind
from domain.pages import paged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.documents import Document
    from domain.ports import Store

PAGE: Final = 500
EMBEDDING_ROUNDING: Final = 1e-3
"""SQLite keeps embeddings as float16, Elasticsearch as float32."""
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_State: TypeAlias = Literal["missing", "other", "surplus", "equal"]
_WHOLE: Final = (ALL, "words", "embedding")


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What copying one kind did, and how many documents both have now."""

    written: int = 0
    deleted: int = 0
    equal: int = 0


def copy(source: Store, target: Store, on_progress: Callable[[Kind, int], None]) -> dict[Kind, Copied]:
    """Make the target hold what the source holds; return what was done, by kind."""
    done = {}
    for kind in _KINDS:
        result = Copied()
        for page in paged(_compared(source, target, kind), PAGE):
            wanted = [document for how, document in page if how in {"missing", "other"}]
            surplus = [document["id"] for how, document in page if how == "surplus"]
            target.upsert(kind, wanted)
            target.delete(kind, surplus)
            equal = len(page) - len(wanted) - len(surplus)
            result = Copied(
                written=result.written + len(wanted),
                deleted=result.deleted + len(surplus),
                equal=result.equal + equal,
            )
            on_progress(kind, result.written + result.equal)
        done[kind] = result
    return done


def differing(source: Store, target: Store) -> dict[Kind, int]:
    """Return how many documents of each kind are not the same in both stores."""
    return {kind: sum(how != "equal" for how, _ in _compared(source, target, kind)) for kind in _KINDS}


def _compared(source: Store, target: Store, kind: Kind) -> Iterator[tuple[_State, Document]]:
    """Yield every document of either store with what it is in the target."""
    ours, theirs = source.scan(kind, fields=_WHOLE), target.scan(kind, fields=_WHOLE)
    here, there = next(ours, None), next(theirs, None)
    while here is not None or there is not None:
        if here is not None and there is not None and here["id"] == there["id"]:
            first, second = here.get("embedding", ()), there.get("embedding", ())
            near = len(first) == len(second) and np.allclose(first, second, rtol=0, atol=EMBEDDING_ROUNDING)
            alike = near and {**here, "embedding": None} == {**there, "embedding": None}
            yield ("equal" if alike else "other"), here
            here, there = next(ours, None), next(theirs, None)
        elif here is not None and (there is None or here["id"] < there["id"]):
            yield "missing", here
            here = next(ours, None)
        elif there is not None:
            yield "surplus", there
            there = next(theirs, None)
