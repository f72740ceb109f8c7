"""Readers' corrections: kept on posts that are read again, given out as training rows, gone with the post."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from domain.conditions import among
from domain.correction import corrected_fields, merged, read_correction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from domain.correction import Correction
    from domain.documents import Document
    from domain.ports import Store

PAGE: Final = 500
_KEYS: Final = {"sentiment": "sentiment", "intents": "intents", "irony": "irony", "spam": "spam", "urgency": "urgent"}
"""What a label is called in a training row (`nlp.training.rows.written_row`)."""


def with_corrections(store: Store, documents: Sequence[Document]) -> list[Document]:
    """Return post documents with the labels that readers gave to the same texts in place of the models'."""
    if not documents:
        return []
    given = _by_post(store, {document["id"] for document in documents})
    return [_with(document, given.get(document["id"], [])) for document in documents]


def forget_corrections(store: Store, ids: Collection[str]) -> int:
    """Delete what was said of these posts; return how many corrections there were."""
    gone = [one["id"] for one in store.scan("corrections", where=[among("post_id", ids)], fields=("id",))]
    return store.delete("corrections", gone) if gone else 0


def correction_rows(store: Store) -> Iterator[dict[str, Any]]:
    """Yield one training row per corrected post whose text is still the one that was read, by id."""
    given = _by_post(store, None)
    ids = iter(sorted(given))
    while page := list(islice(ids, PAGE)):
        posts = store.get("posts", page)
        for key in page:
            said = merged(posts[key], given[key]) if key in posts else None
            if said is not None:
                yield _row(posts[key], said)


def _by_post(store: Store, ids: Collection[str] | None) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for document in store.scan("corrections", where=[] if ids is None else [among("post_id", ids)]):
        found.setdefault(document["post_id"], []).append(read_correction(document))
    return found


def _with(document: Document, corrections: Sequence[Correction]) -> Document:
    said = merged(document, corrections)
    if said is None:
        return document
    changed = document | corrected_fields(said)
    return {key: value for key, value in changed.items() if value is not None}


def _row(post: Document, said: Correction) -> dict[str, Any]:
    title = post.get("title")
    labels = {_KEYS[name]: value for name, value in said.labels.items() if name != "aspects"}
    if said.aspects is not None:
        labels["aspects"] = dict(one.split(":") for one in said.aspects)
    return {
        "id": post["id"],
        "text": f"{title}. {post['text']}" if title else post["text"],
        "lang": post.get("language", {}).get("code", ""),
        **labels,
    }
