"""Where a reader corrects the labels of a post: the post shows them at once, training can use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from actions.correct import correct, labels_now, undo
from actions.corrections import history_of
from domain.correction import ASPECTS, INTENTS, SENTIMENTS, TRAITS, changed_labels
from domain.documents import parse_instant
from domain.terms import may_label
from domain.zones import in_zone
from reports.wording import begun, felt, intent, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.session import Session
    from domain.documents import Document

LONGEST_NAME: Final = 40
LINES: Final = 10
"""Changes of a post that are listed."""
_NOTICE: Final = "correction notice"
_ROUND: Final = "correction round"
_READER: Final = "correction reader"
"""The name that was given last: who corrects several posts gives it once."""
_OTHER: Final = "other"
_OPINIONS: Final = tuple(f"{aspect}:{tone}" for aspect in ASPECTS for tone in SENTIMENTS)
_SAID: Final = {
    "nothing changed": "Nothing was changed.",
    "other words": "This post has been edited since you read it; your correction is kept for what you read.",
    "gone": "This post has been deleted.",
}
_QUESTIONS: Final = {"irony": "Ironic", "spam": "Spam or automated", "urgency": "Urgent"}
_NAMES: Final = {
    "sentiment": "sentiment",
    "intents": "what the author wants",
    "aspects": "what it is about",
    **{name: question.lower() for name, question in _QUESTIONS.items()},
}


def correction_box(session: Session, post_id: str) -> None:
    """Draw, beside a post, the button and the box in which its labels are corrected, with what was changed before."""
    # A box under another key is closed: so it closes when its work is done.
    key = f"correct-{post_id}-{st.session_state.get(_ROUND, 0)}"
    box = st.popover("Correct a label", icon=":material/edit_note:", key=key, on_change="rerun", type="tertiary")
    if not box.open:
        return
    with box:
        post = session.store.get("posts", [post_id]).get(post_id)
        if post is None:
            st.info(_SAID["gone"])
            return
        if not may_label(post):
            st.info("The terms of this post's source allow no labels.")
            return
        given, by = _form(post)
        if given is not None:
            now = datetime.now(UTC)
            outcome = correct(session.store, post, given, by=by, at=now)
            if outcome != "kept":
                st.info(_SAID[outcome])
                return
            session.look_again()
            changed = changed_labels(labels_now(post), given, by=by.strip(), at=now)
            _say(f"Saved. {begun('; '.join(map(_change_in_words, changed)))}.", undo=(post_id, by))
        _history(session, post_id)


def correction_notice(session: Session) -> None:
    """Say what was corrected or undone last, with the button that undoes it; the post may be out of sight by then."""
    said = st.session_state.get(_NOTICE)
    if said is None:
        return
    text, undoes = said
    with st.container(horizontal=True, vertical_alignment="center", key="correction-notice"):
        st.text(text)
        if undoes is not None and st.button("Undo", icon=":material/undo:", key="correction-undo"):
            _undo(session, *undoes)
        if st.button("Close", icon=":material/close:", key="correction-close", type="tertiary"):
            del st.session_state[_NOTICE]
            st.rerun()


def _undo(session: Session, post_id: str, by: str) -> None:
    outcome = undo(session.store, post_id, by=by, at=datetime.now(UTC))
    session.look_again()
    _say("Undone: the labels are what they were before." if outcome == "undone" else _SAID[outcome], undo=None)


def _say(text: str, *, undo: tuple[str, str] | None) -> None:
    """Keep what is said about the last correction, close the boxes and draw everything anew."""
    st.session_state[_NOTICE] = (text, undo)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _history(session: Session, post_id: str) -> None:
    """Draw who changed what on a post and when, and the button that takes the last change back."""
    lines = history_of(session.store, post_id)
    if not lines:
        return
    st.caption("What readers changed, latest first")
    for line in lines[:LINES]:
        when = moment(in_zone(parse_instant(line["at"]), session.config.time_zone))
        # A name is somebody's words: plain text.
        st.text(f"{when}, {line['by'] or 'a reader without a name'}: {_change_in_words(line)}")
    if st.button("Undo the last correction", icon=":material/undo:", key=f"correct-undo-{post_id}"):
        _undo(session, post_id, st.session_state.get(_READER, ""))


def _change_in_words(line: Mapping[str, Any]) -> str:
    """Return what was changed: `sentiment: positive → negative`."""
    return f"{_NAMES[line['label']]}: {_labels_in_words(line, 'before')} → {_labels_in_words(line, 'after')}"


def _labels_in_words(line: Mapping[str, Any], side: str) -> str:
    value = line.get(side)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    written = felt if line["label"] == "aspects" else intent
    return ", ".join(map(written, value or ())) or "none"


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
        # It stays in sight where the box is higher than the screen.
        with st.container(horizontal=True, vertical_alignment="bottom", key=f"correct-end-{key}"):
            by = st.text_input(
                "Your name or role (optional)",
                value=st.session_state.get(_READER, ""),
                max_chars=LONGEST_NAME,
                key=f"correct-by-{key}",
            )
            saved = st.form_submit_button("Save", key=f"correct-save-{key}", type="primary")
    if not saved:
        return None, by
    st.session_state[_READER] = by
    # In their order; `other` holds alone, and where all others were taken away.
    wanted = tuple(label for label in INTENTS if label in intents and label != _OTHER)
    wanted = wanted or ((_OTHER,) if intents or now["intents"] else ())
    # Of each aspect the sentiment that was picked last.
    felt_last = dict(one.split(":") for one in aspects)
    opinions = tuple(sorted(f"{aspect}:{feeling}" for aspect, feeling in felt_last.items()))
    return {"intents": wanted, "aspects": opinions, **traits} | ({"sentiment": tone} if tone else {}), by
