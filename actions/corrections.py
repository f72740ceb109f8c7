"""Readers' corrections: kept on posts that are read again, given out as training rows, gone with the post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from domain.conditions import among
from domain.correction import corrected_fields, merged, read_correction
from domain.pages import paged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

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
    shown = []
    for document in documents:
        said = merged(document, given.get(document["id"], []))
        if said is None:
            shown.append(document)
        else:
            changed = document | corrected_fields(said)
            shown.append({key: value for key, value in changed.items() if value is not None})
    return shown


def history_of(store: Store, post_id: str) -> list[Mapping[str, Any]]:
    """Return what readers changed on a post, latest first: `at`, `by`, `label`, and from what (`before`) to what."""
    lines = [line for one in _by_post(store, {post_id}).get(post_id, []) for line in one.history]
    return sorted(lines, key=lambda line: (line["at"], line["label"]), reverse=True)


def forget_corrections(store: Store, ids: Collection[str]) -> int:
    """Delete what was said of these posts; return how many corrections there were."""
    gone = [one["id"] for one in store.scan("corrections", where=[among("post_id", ids)], fields=("id",))]
    return store.delete("corrections", gone) if gone else 0


def correction_rows(store: Store) -> Iterator[dict[str, Any]]:
    """Yield one training row per corrected post whose text is still the one that was read, by id."""
    given = _by_post(store, None)
    for page in paged(sorted(given), PAGE):
        for key, post in sorted(store.get("posts", page).items()):
            said = merged(post, given[key])
            if said is None or not said.labels:
                continue
            labels = {_KEYS[name]: value for name, value in said.labels.items() if name != "aspects"}
            if said.aspects is not None:
                labels["aspects"] = dict(one.split(":") for one in said.aspects)
            text = f"{post['title']}. {post['text']}" if post.get("title") else post["text"]
            yield {"id": key, "text": text, "lang": post.get("language", {}).get("code", ""), **labels}


def _by_post(store: Store, ids: Collection[str] | None) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for document in store.scan("corrections", where=[] if ids is None else [among("post_id", ids)]):
        found.setdefault(document["post_id"], []).append(read_correction(document))
    return found
