"""What a source's terms allow us to do with what it gives. The pipeline obeys; nothing else decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.documents import instant

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from domain.documents import Document


@dataclass(frozen=True, kw_only=True)
class Recheck:
    """Stored posts up to this age are asked for again this often; an age of None means all of them."""

    every: timedelta
    up_to: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one source, as its configuration accepted them.

    `keep` is how long a post may stay after it was last seen (None: no limit), `label` whether
    labels may be derived from it, `link` whether it may be linked with a customer, `tombstone`
    whether a keyed hash of a deleted id may stay behind to keep late copies out, `rechecks` how
    often stored posts are asked for again to hear of edits and deletions.
    """

    keep: timedelta | None = None
    label: bool = True
    link: bool = True
    tombstone: bool = True
    rechecks: tuple[Recheck, ...] = ()


def stored_terms(terms: Terms, seen: datetime) -> Document:
    """Return what a post that was seen at a time carries of its source's terms; nothing where nothing is restricted."""
    document: Document = {}
    if terms.keep is not None:
        document["store_until"] = instant(seen + terms.keep)
    if not terms.label:
        document["label"] = False
    if not terms.link:
        document["link"] = False
    return document


def may_label(post: Document) -> bool:
    """Tell whether labels may be derived from a stored post."""
    return bool(post.get("terms", {}).get("label", True))


def may_link(post: Document) -> bool:
    """Tell whether a stored post may be linked with a customer."""
    return bool(post.get("terms", {}).get("link", True))
