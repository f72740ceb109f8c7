"""Where a reader corrects the labels of a post: the post shows them at once, training can use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from domain.correction import (
    ASPECTS,
    INTENTS,
    READER,
    SENTIMENTS,
    TRAITS,
    Correction,
    corrected_fields,
    correction_document,
    read_correction,
    text_fingerprint,
)
from domain.terms import may_label
from reports.wording import felt, intent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.state import Desk
    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Answer

LONGEST_NAME: Final = 40
SHOWN: Final = 60
"""Characters of a post in the list to choose from."""
_OTHER: Final = "other"
_OPINIONS: Final = tuple(f"{aspect}:{tone}" for aspect in ASPECTS for tone in SENTIMENTS)
_QUESTIONS: Final = {"irony": "Ironic", "spam": "Spam or automated", "urgency": "Urgent"}


def correction_box(desk: Desk, found: Answer) -> None:
    """Draw the box in which the labels of one of these posts are corrected."""
    box = st.popover("Correct a label", icon=":material/edit_note:", key="correct", on_change="rerun")
    if not box.open:
        return
    texts = {post["id"]: post["text"] for post in found.records()}
    with box:
        chosen = st.selectbox(
            "Post", list(texts), format_func=lambda key: " ".join(texts[key].split())[:SHOWN], key="correct-post"
        )
        post = desk.store.get("posts", [chosen]).get(chosen)
        if post is None:
            st.info("This post has been deleted.")
            return
        if not may_label(post):
            st.info("The terms of this post's source allow no labels.")
            return
        given, by = _form(post)
        if given is None:
            return
        if record(desk.store, post, given, by=by, at=datetime.now(UTC)):
            st.rerun()
        st.info("Nothing was changed.")


def labels_now(post: Document) -> dict[str, Any]:
    """Return the labels of a stored post as the form shows them, by the names of `domain.correction.LABELS`."""
    return {
        "sentiment": post.get("sentiment", {}).get("label"),
        "intents": tuple(label for label in INTENTS if label in post.get("intent", {}).get("labels", ())),
        "aspects": tuple(sorted(post.get("aspect_sentiments", ()))),
        **{name: bool(post.get(name, {}).get("holds")) for name in TRAITS},
    }


def record(store: Store, post: Document, given: Mapping[str, Any], *, by: str, at: datetime) -> bool:
    """Keep what a reader says of a post and show it on the post; return False where nothing differs.

    Only labels that differ from those shown are kept: of the others the reader said nothing.

    Raises:
        StoreError: the store did not do its part.
    """
    now = labels_now(post)
    changed = {name: value for name, value in given.items() if value != now[name]}
    if not changed:
        return False
    correction = Correction(
        post_id=post["id"],
        fingerprint=text_fingerprint(post),
        at=at,
        by=by.strip(),
        models=tuple(sorted(_wrong_models(post, changed))),
        **changed,
    )
    earlier = store.get("corrections", [correction.id]).get(correction.id)
    if earlier is not None:
        correction = correction.after(read_correction(earlier))
    store.keep("corrections", [correction_document(correction)])
    store.amend("posts", [{"id": post["id"], **corrected_fields(correction)}])
    return True


def _form(post: Document) -> tuple[dict[str, Any] | None, str]:
    """Draw the form; return the labels that were handed in, None where nothing was, and by whom."""
    now, key = labels_now(post), f"{post['id']}-{post.get('fingerprint')}"
    with st.form(f"correct-{key}", border=False):
        tone = st.segmented_control("Sentiment", SENTIMENTS, default=now["sentiment"], key=f"correct-sentiment-{key}")
        intents = st.multiselect(
            "What the author wants", INTENTS, default=now["intents"], format_func=intent, key=f"correct-intents-{key}"
        )
        aspects = st.multiselect(
            "What it is about, with the sentiment toward it",
            _OPINIONS,
            default=now["aspects"],
            format_func=felt,
            key=f"correct-aspects-{key}",
        )
        with st.container(horizontal=True):
            traits = {
                name: st.checkbox(_QUESTIONS[name], value=now[name], key=f"correct-{name}-{key}") for name in TRAITS
            }
        by = st.text_input("Your name or role (optional)", max_chars=LONGEST_NAME, key="correct-by")
        if not st.form_submit_button("Save", key=f"correct-save-{key}"):
            return None, by
    labels = {"intents": _intents(intents, now["intents"]), "aspects": _opinions(aspects), **traits}
    return labels | ({"sentiment": tone} if tone else {}), by


def _intents(picked: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """Return intents in their order; `other` holds alone, and where all others were taken away."""
    some = tuple(label for label in INTENTS if label in picked and label != _OTHER)
    return some or ((_OTHER,) if picked or now else ())


def _opinions(picked: Sequence[str]) -> tuple[str, ...]:
    """Return one sentiment per aspect, the one picked last, sorted."""
    return tuple(sorted(f"{aspect}:{tone}" for aspect, tone in dict(one.split(":") for one in picked).items()))


def _wrong_models(post: Document, changed: Mapping[str, Any]) -> set[str]:
    fields = {"intents": "intent"}
    found = set()
    for name in changed:
        label = post.get(fields.get(name, name)) or {}
        model = (label[0] if isinstance(label, list) else label).get("model")
        if model and model["name"] != READER:
            found.add(f"{model['name']}@{model['revision']}")
    return found
