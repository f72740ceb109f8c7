"""Where a reader corrects the labels of a post: the post shows them at once, training can use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from actions.correct import correct, labels_now
from domain.correction import ASPECTS, INTENTS, SENTIMENTS, TRAITS
from domain.terms import may_label
from reports.wording import felt, intent

if TYPE_CHECKING:
    from dashboard.session import Session
    from domain.documents import Document
    from domain.questions import Answer

LONGEST_NAME: Final = 40
SHOWN: Final = 60
"""Characters of a post in the list to choose from."""
_OTHER: Final = "other"
_OPINIONS: Final = tuple(f"{aspect}:{tone}" for aspect in ASPECTS for tone in SENTIMENTS)
_SAID: Final = {
    "nothing changed": "Nothing was changed.",
    "other words": "This post has been edited since you read it; your correction is kept for what you read.",
    "gone": "This post has been deleted.",
}
_QUESTIONS: Final = {"irony": "Ironic", "spam": "Spam or automated", "urgency": "Urgent"}


def correction_box(session: Session, found: Answer) -> None:
    """Draw the box in which the labels of one of these posts are corrected."""
    box = st.popover("Correct a label", icon=":material/edit_note:", key="correct", on_change="rerun")
    if not box.open:
        return
    texts = {post["id"]: post["text"] for post in found.records()}
    with box:
        chosen = st.selectbox(
            "Post", list(texts), format_func=lambda key: " ".join(texts[key].split())[:SHOWN], key="correct-post"
        )
        post = session.store.get("posts", [chosen]).get(chosen)
        if post is None:
            st.info(_SAID["gone"])
            return
        if not may_label(post):
            st.info("The terms of this post's source allow no labels.")
            return
        given, by = _form(post)
        if given is None:
            return
        outcome = correct(session.store, post, given, by=by, at=datetime.now(UTC))
        if outcome == "kept":
            session.look_again()
            st.rerun()
        st.info(_SAID[outcome])


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
    # In their order; `other` holds alone, and where all others were taken away.
    wanted = tuple(label for label in INTENTS if label in intents and label != _OTHER)
    wanted = wanted or ((_OTHER,) if intents or now["intents"] else ())
    # Of each aspect the sentiment that was picked last.
    felt_last = dict(one.split(":") for one in aspects)
    opinions = tuple(sorted(f"{aspect}:{feeling}" for aspect, feeling in felt_last.items()))
    return {"intents": wanted, "aspects": opinions, **traits} | ({"sentiment": tone} if tone else {}), by
