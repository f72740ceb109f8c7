"""A reader corrects the labels of a post: the post shows them at once, training can use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from actions.audit import write_down
from domain.conditions import equal
from domain.correction import (
    INTENTS,
    READER,
    TRAITS,
    Correction,
    corrected_fields,
    correction_document,
    merged,
    read_correction,
    text_fingerprint,
)
from domain.documents import ALL, NEW, REVISION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store

Outcome: TypeAlias = Literal["kept", "nothing changed", "other words", "gone"]
"""`other words`: the post has been edited since it was read. `gone`: it has been erased."""


def labels_now(post: Document) -> dict[str, Any]:
    """Return the labels of a stored post, by the names of `domain.correction.LABELS`."""
    return {
        "sentiment": post.get("sentiment", {}).get("label"),
        "intents": tuple(label for label in INTENTS if label in post.get("intent", {}).get("labels", ())),
        "aspects": tuple(sorted(post.get("aspect_sentiments", ()))),
        **{name: bool(post.get(name, {}).get("holds")) for name in TRAITS},
    }


def correct(store: Store, post: Document, given: Mapping[str, Any], *, by: str, at: datetime) -> Outcome:
    """Keep what a reader says of a post that was read, and show it on the post if it still has the same words.

    Only labels that differ from those read are kept: of the others the reader said nothing.

    Raises:
        StoreError: the store did not do its part.
    """
    shown = labels_now(post)
    changed = {name: value for name, value in given.items() if value != shown[name]}
    if not changed:
        return "nothing changed"
    mistaken = set()
    for name in changed:
        label = post.get("intent" if name == "intents" else name) or {}
        model = (label[0] if isinstance(label, list) else label).get("model")
        if model and model["name"] != READER:
            mistaken.add(f"{model['name']}@{model['revision']}")
    correction = Correction(
        post_id=post["id"],
        fingerprint=text_fingerprint(post),
        at=at,
        by=by.strip(),
        models=tuple(sorted(mistaken)),
        **changed,
    )
    _keep(store, correction)
    outcome = _show(store, correction)
    if outcome == "gone":
        # Erasing took what was said of the post before this was kept.
        store.delete("corrections", [correction.id])
        return outcome
    write_down(store, actor=correction.by, action="correct", target=post["id"], what=changed, at=at)
    return outcome


def _keep(store: Store, correction: Correction) -> None:
    """Keep a correction together with what the same reader said before."""
    while True:
        earlier = store.get("corrections", [correction.id], fields=(ALL, REVISION)).get(correction.id)
        whole = correction if earlier is None else correction.after(read_correction(earlier))
        document = correction_document(whole) | {REVISION: earlier[REVISION] if earlier else NEW}
        if not store.upsert("corrections", [document]).conflicts:
            return


def _show(store: Store, correction: Correction) -> Outcome:
    """Give the post the labels that all its readers say, of each label the last."""
    while True:
        post = store.get("posts", [correction.post_id], fields=(ALL, REVISION)).get(correction.post_id)
        if post is None:
            return "gone"
        readers = store.scan("corrections", where=[equal("post_id", correction.post_id)])
        said = merged(post, map(read_correction, readers))
        if said is None or text_fingerprint(post) != correction.fingerprint:
            return "other words"
        change = {"id": post["id"], REVISION: post[REVISION], **corrected_fields(said)}
        if not store.patch("posts", [change]).conflicts:
            return "kept"
