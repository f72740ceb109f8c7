"""Which models read a post, label by label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.correction import READER
from domain.enrichment import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.documents import Document

TASKS: Final = (*LABELS, "places", "topic")
"""The fields of a stored post that say which model gave them."""
BY_HAND: Final = "by hand"


def readers(post: Document) -> Iterator[tuple[str, str, str]]:
    """Yield task, model and revision of every label that a stored post has.

    All that people corrected is of one revision: theirs says when, and nobody wants a line for each.
    """
    for task in TASKS:
        label = post.get(task) or {}
        model = (label[0] if isinstance(label, list) else label).get("model")
        if model:
            yield task, model["name"], BY_HAND if model["name"] == READER else model["revision"]
