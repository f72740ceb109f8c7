"""What a source's terms allow us to do with what it gives. The pipeline obeys; nothing else decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


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
