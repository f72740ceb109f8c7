"""A reader corrects the labels of a post: the post shows them at once, training can use them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from actions.audit import write_down
from domain.conditions import equal
from domain.correction import (
    FIELDS,
    INTENTS,
    LONGEST_HISTORY,
    READER,
    TRAITS,
    Correction,
    changed_labels,
    corrected_fields,
    correction_document,
    merged,
    read_correction,
    text_fingerprint,
)
from domain.documents import ALL, NEW, REVISION, to_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store

Outcome: TypeAlias = Literal["kept", "undone", "nothing changed", "other words", "gone"]
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
    before = {name: post[name] for label in changed for name in FIELDS[label] if name in post}
    correction = Correction(
        post_id=post["id"],
        fingerprint=text_fingerprint(post),
        at=at,
        by=by.strip(),
        models=tuple(sorted(mistaken)),
        history=changed_labels(shown, changed, by=by.strip(), at=at),
        replaced={"labels": list(changed), "fields": before},
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
        whole = correction
        if earlier is not None:
            said = read_correction(earlier)
            whole = replace(
                correction.after(said),
                history=(*said.history, *correction.history)[-LONGEST_HISTORY:],
                replaced={
                    **(correction.replaced or {}),
                    "correction": correction_document(replace(said, history=(), replaced=None)),
                },
            )
        document = correction_document(whole) | {REVISION: earlier[REVISION] if earlier else NEW}
        if not store.upsert("corrections", [document]).conflicts:
            return


def undo(store: Store, post_id: str, *, by: str, at: datetime) -> Outcome:
    """Take back the last correction of a post: of its labels what stood before stands again.

    What others said since stays. A post that a newer model has read meanwhile gets back what it had before.

    Raises:
        StoreError: the store did not do its part.
    """
    while True:
        last = max(
            (one for one in _said_of(store, post_id) if "replaced" in one), key=lambda one: one["at"], default=None
        )
        if last is None:
            return "nothing changed"
        given, replaced = read_correction(last), last["replaced"]
        taken = {name: given.labels[name] for name in replaced["labels"]}
        earlier = replaced.get("correction") or {name: last[name] for name in ("id", "post_id", "fingerprint", "at")}
        restored = labels_now(replaced.get("fields", {}))
        lines = changed_labels(taken, {name: restored[name] for name in taken}, by=by.strip(), at=at)
        history = (*given.history, *lines)[-LONGEST_HISTORY:]
        document = earlier | {"by": given.by, "history": to_document({"lines": history})["lines"]}
        if not store.upsert("corrections", [document | {REVISION: last[REVISION]}]).conflicts:
            break
    outcome = _restore(store, given, taken, replaced)
    if outcome == "gone":
        store.delete("corrections", [given.id])
    else:
        write_down(store, actor=by.strip(), action="undo correction", target=post_id, what=taken, at=at)
    return outcome


def _said_of(store: Store, post_id: str) -> Iterable[Document]:
    return store.scan("corrections", where=[equal("post_id", post_id)], fields=(ALL, REVISION))


def _restore(store: Store, given: Correction, taken: Mapping[str, Any], replaced: Document) -> Outcome:
    """Put back the fields of a post that a correction replaced, where it still shows what was taken back."""
    while True:
        post = store.get("posts", [given.post_id], fields=(ALL, REVISION)).get(given.post_id)
        if post is None:
            return "gone"
        if text_fingerprint(post) != given.fingerprint:
            return "other words"
        said = merged(post, map(read_correction, _said_of(store, given.post_id)))
        others = corrected_fields(said) if said else {}
        shown = labels_now(post)
        names = [name for label in taken if shown[label] == taken[label] for name in FIELDS[label]]
        back = {name: others.get(name, replaced.get("fields", {}).get(name)) for name in names}
        if not store.patch("posts", [{"id": post["id"], REVISION: post[REVISION], **back}]).conflicts:
            return "undone"


def _show(store: Store, correction: Correction) -> Outcome:
    """Give the post the labels that all its readers say, of each label the last."""
    while True:
        post = store.get("posts", [correction.post_id], fields=(ALL, REVISION)).get(correction.post_id)
        if post is None:
            return "gone"
        said = merged(post, map(read_correction, _said_of(store, correction.post_id)))
        if said is None or text_fingerprint(post) != correction.fingerprint:
            return "other words"
        change = {"id": post["id"], REVISION: post[REVISION], **corrected_fields(said)}
        if not store.patch("posts", [change]).conflicts:
            return "kept"
