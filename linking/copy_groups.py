"""Put near-identical posts into groups as they come, and keep exactly one of each group marked as the first.

A post is compared with those alone that it shares a band with (`linking.copies`), and of a group only one or
two posts have bands. `PER_BAND` and `COMPARED` bound what a page costs however many posts begin alike:
a band that enough groups have takes no more, and newer groups are found by their other bands.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from domain.conditions import among
from domain.documents import REVISION
from domain.enrichment import Copy
from domain.questions import Filters, Page
from linking.copies import alike, bands, copy_of
from linking.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from domain.documents import Document
    from domain.ports import Store
    from domain.post import Post

PER_BAND: Final = 8
"""How many posts have the same band."""
COMPARED: Final = 8
"""How many posts one is compared with: those that it shares most with."""
HEIRS: Final = 20
"""Among how many of a group, the oldest, the post is looked for that takes the place of one that goes."""


@dataclass(frozen=True)
class _Candidate:
    """A post that others are compared with."""

    id: str
    text: str
    copy: Copy

    @cached_property
    def said(self) -> Said:
        return said(self.text)


class _Candidates:
    """What the posts of a page are compared with: posts of the store and, as they come, of the page."""

    def __init__(self, stored: Sequence[Document]) -> None:
        self._by_band: dict[str, list[_Candidate]] = defaultdict(list)
        for document in stored:
            copy = document["copy"]
            self._add(_Candidate(document["id"], document["text"], Copy(key=copy["key"], bands=tuple(copy["bands"]))))

    def placed(self, post: Post, copy: Copy) -> Copy:
        """Return a new post's copy with the group that it belongs to; it is a candidate for those that follow."""
        own = _Candidate(post.id, post.text, copy)
        # What shares most with it comes first, the same in every store. A band says the more the fewer have it:
        # that of an equal text one, that of a common beginning many.
        found: dict[str, _Candidate] = {}
        shared: dict[str, float] = defaultdict(float)
        for band in copy.bands:
            having = self._by_band.get(band, ())
            for other in having:
                found[other.id] = other
                shared[other.id] += 1 / len(having)
        near = [found[key] for key in sorted(shared, key=lambda key: (-shared[key], key))[:COMPARED]]
        same = [other for other in near if alike(own.said, other.said)]
        # A piece of a text says nothing of how it goes on: whole posts of its group do.
        whole = {other.copy.key for other in near if not other.said.cut}
        fitting = [other for other in same if own.said.cut or not other.said.cut or other.copy.key not in whole]
        joined = min(fitting, key=lambda other: other.said.cut, default=None)
        if joined is None:
            placed = replace(copy, bands=self._free(copy.bands))
        elif joined.said.cut and not own.said.cut:
            placed = Copy(key=joined.copy.key, first=False, bands=self._free(copy.bands))
        else:
            return Copy(key=joined.copy.key, first=False)
        self._add(replace(own, copy=placed))
        return placed

    def _free(self, wanted: Sequence[str]) -> tuple[str, ...]:
        return tuple(band for band in wanted if len(self._by_band.get(band, ())) < PER_BAND)

    def _add(self, candidate: _Candidate) -> None:
        for band in candidate.copy.bands:
            self._by_band[band].append(candidate)


def grouped(store: Store, posts: Sequence[Post]) -> list[Copy]:
    """Return for each new or changed post the group of the first post it is a copy of, in the store and in this page.

    The same posts in the same order make the same groups, wherever pages end.
    """
    copies = [copy_of(post) for post in posts]
    bands_asked = dict.fromkeys(band for copy in copies for band in copy.bands)
    own = {post.id for post in posts}
    stored = (
        store.scan("posts", where=[among("copy.bands", bands_asked)], fields=("text", "copy")) if bands_asked else ()
    )
    candidates = _Candidates([document for document in stored if document["id"] not in own])
    return [candidates.placed(post, copy) for post, copy in zip(posts, copies, strict=True)]


def pass_on_first(store: Store, ids: Collection[str]) -> None:
    """Before these stored posts change or go, let other posts of their groups stand for these."""
    for document in store.get("posts", sorted(ids), fields=("text", "copy")).values():
        if document["copy"]["first"] or document["copy"].get("bands"):
            while not _is_passed_on(store, document, ids):
                pass  # somebody else changed the heir


def _is_passed_on(store: Store, document: Document, ids: Collection[str]) -> bool:
    chosen = Filters(copies=(document["copy"]["key"],))
    group = store.search(chosen, order="oldest", page=Page(limit=len(ids) + HEIRS)).documents
    staying = [post["id"] for post in group if post["id"] not in ids]
    found = store.get("posts", staying, fields=("text", "copy", REVISION))
    fitting = [found[key] for key in staying if key in found and found[key]["copy"]["key"] == document["copy"]["key"]]
    if not fitting:
        return not staying
    # Whole where that was whole, if there is one.
    leaving = said(document["text"])
    heir = next((post for post in fitting if said(post["text"]).cut == leaving.cut), fitting[0])
    copy = {
        "key": heir["copy"]["key"],
        "first": heir["copy"]["first"] or document["copy"]["first"],
        "bands": heir["copy"].get("bands") or list(bands(said(heir["text"]))),
    }
    return not store.patch("posts", [{"id": heir["id"], REVISION: heir[REVISION], "copy": copy}]).conflicts
