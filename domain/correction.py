"""What a reader says that a model got wrong, and what a stored post becomes by it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, get_args

from domain.documents import instant, parse_instant, to_document
from domain.enrichment import AspectCode, IntentLabel, SentimentLabel
from domain.identity import fingerprint
from domain.terms import may_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from domain.documents import Document

READER: Final = "correction"
"""Name of the model of a label that a reader gave; its revision is when."""
SENTIMENTS: Final[tuple[str, ...]] = get_args(SentimentLabel)
INTENTS: Final[tuple[str, ...]] = get_args(IntentLabel)
ASPECTS: Final[tuple[str, ...]] = get_args(AspectCode)
TRAITS: Final = ("irony", "spam", "urgency")
LABELS: Final = ("sentiment", "intents", "aspects", *TRAITS)
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sentiment": ("sentiment", "toward", "brand_sentiments"),
    "intents": ("intent",),
    "aspects": ("aspects", "aspect_sentiments"),
    **{name: (name,) for name in TRAITS},
}
"""The fields of a stored post that hold each label."""
LONGEST_HISTORY: Final = 100
"""Lines that are kept of what one reader changed on one post, the latest."""

_SCORES: Final = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


@dataclass(frozen=True, kw_only=True)
class Correction:
    """The labels that one reader gives one post; None where nothing was said.

    `fingerprint` is that of the text that was read. `intents` and `aspects` are whole lists: what
    is not among them does not hold. An aspect stands with the sentiment toward it,
    `network:negative`. `by` is the reader's name or role, if given; `models` are the models that
    were wrong, as `name@revision`. `times` says when a label was given that was not given at `at`.
    `history` has a line for each label that was changed, oldest first (`changed_labels`); `replaced` is what the last
    change replaced, for as long as it can be undone: the names of the `labels` that changed, the `fields` of the post
    that held them, and the reader's `correction` that stood before.
    """

    post_id: str
    fingerprint: str
    at: datetime
    by: str = ""
    models: tuple[str, ...] = ()
    sentiment: str | None = None
    intents: tuple[str, ...] | None = None
    aspects: tuple[str, ...] | None = None
    irony: bool | None = None
    spam: bool | None = None
    urgency: bool | None = None
    times: Mapping[str, datetime] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()
    replaced: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """The stored id: a reader who thinks again replaces what they said."""
        return f"{self.post_id}:{self.by.casefold()}"

    @property
    def labels(self) -> dict[str, Any]:
        """What was said, by the names of `LABELS`."""
        return {name: getattr(self, name) for name in LABELS if getattr(self, name) is not None}

    def given_at(self, label: str) -> datetime:
        """Return when a label was given."""
        return self.times.get(label, self.at)

    def after(self, other: Correction) -> Correction:
        """Return this correction together with another of the same text: of each label what was given last."""
        if other.fingerprint != self.fingerprint:
            return self
        # What was given at the same time is this one's.
        theirs = [
            name for name in other.labels if name not in self.labels or other.given_at(name) > self.given_at(name)
        ]
        said: dict[str, Any] = {name: other.labels[name] for name in theirs}
        times = {name: self.given_at(name) for name in self.labels} | {name: other.given_at(name) for name in theirs}
        at = max(self.at, other.at)
        return replace(
            self,
            at=at,
            models=tuple(dict.fromkeys((*other.models, *self.models))),
            times={name: time for name, time in times.items() if time != at},
            **said,
        )


def changed_labels(
    before: Mapping[str, Any], after: Mapping[str, Any], *, by: str, at: datetime
) -> tuple[Mapping[str, Any], ...]:
    """Return the lines of a history: each label that differs, from what to what, by whom and when."""
    return tuple(
        {"at": instant(at), "by": by, "label": name, "before": before[name], "after": after[name]}
        for name in LABELS
        if name in after and before[name] != after[name]
    )


def correction_document(correction: Correction) -> Document:
    """Return the stored form of a correction."""
    return {"id": correction.id, **to_document(correction)}


def read_correction(document: Document) -> Correction:
    """Return the correction that `correction_document` wrote."""
    values = {one.name: document[one.name] for one in fields(Correction) if one.name in document}
    values["at"] = parse_instant(values["at"])
    values |= {name: tuple(values[name]) for name in ("models", "intents", "aspects", "history") if name in values}
    values["times"] = {name: parse_instant(time) for name, time in document.get("times", {}).items()}
    return Correction(**values)


def is_corrected(post: Document) -> bool:
    """Tell whether a reader gave a label of a stored post."""
    labels = [post.get(name) for name in ("sentiment", "intent", *TRAITS)] + list(post.get("aspects", ()))
    return any(label and label.get("model", {}).get("name") == READER for label in labels)


def text_fingerprint(post: Document) -> str:
    """Return what tells whether a stored post still says what a reader read."""
    return fingerprint({"title": post.get("title") or "", "text": post["text"]})


def merged(post: Document, corrections: Iterable[Correction]) -> Correction | None:
    """Return what all readers of the post's text said, the last word counting, or None.

    It is None too where the post's terms allow no labels, whoever gives them.
    """
    if not may_label(post):
        return None
    read = text_fingerprint(post)
    result: Correction | None = None
    for correction in sorted(corrections, key=lambda one: (one.at, one.id)):
        if correction.fingerprint == read:
            result = correction if result is None else correction.after(result)
    return result


def corrected_fields(correction: Correction) -> Document:
    """Return the fields of a stored post that a correction sets; None where a field goes."""
    changes: Document = {}

    def model(label: str) -> Document:
        return {"name": READER, "revision": instant(correction.given_at(label))}

    if correction.sentiment is not None:
        changes["sentiment"] = {
            **_tone(correction.sentiment),
            "probabilities": {label: float(label == correction.sentiment) for label in SENTIMENTS},
            "model": model("sentiment"),
        }
        # What a reader says of a post they say of all that it names.
        changes |= {"toward": None, "brand_sentiments": None}
    if correction.intents is not None:
        changes["intent"] = {
            "labels": list(correction.intents),
            "probabilities": {label: float(label in correction.intents) for label in INTENTS},
            "model": model("intents"),
        }
    if correction.aspects is not None:
        pairs = [one.split(":") for one in correction.aspects]
        changes["aspects"] = [
            {"aspect": aspect, "probability": 1.0, "sentiment": _tone(tone), "model": model("aspects")}
            for aspect, tone in pairs
        ] or None
        changes["aspect_sentiments"] = list(correction.aspects) or None
    for name in TRAITS:
        holds = getattr(correction, name)
        if holds is not None:
            changes[name] = {"holds": holds, "probability": float(holds), "model": model(name)}
    return changes


def _tone(label: str) -> Document:
    return {"label": label, "score": _SCORES[label]}
