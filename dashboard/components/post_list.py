"""Posts as a list to read. Their texts come from strangers: everything is escaped, nothing is markup."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from domain.documents import parse_instant
from domain.zones import in_zone
from reports.wording import NOT_KNOWN, count, felt, intent, language, many, moment, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.questions import Answer

LONGEST: Final = 1500
"""Characters of a text that are shown; the rest is only counted."""

_NO_INTENT: Final = "other"
_TONES: Final = ("negative", "neutral", "positive")


def posts_html(answer: Answer, *, brand_names: Mapping[str, str], topic_names: Mapping[str | None, str]) -> str:
    """Return an answer of the measure `posts` as escaped HTML, one article per post."""
    articles = []
    for post in answer.records():
        told = [
            moment(in_zone(parse_instant(post["created_at"]), answer.zone)),
            ", ".join(brand_names.get(key, key) for key in _values(post["brands"])) or "no brand",
            post["source"],
            language(post["language"]),
            *([topic_names.get(post["topic"], post["topic"])] if post["topic"] else []),
            *([many(post["reach"], "reaction")] if post["reach"] else []),
            *([f"{count(post['copies'])} copies of this text"] if post["copies"] > 1 else []),
        ]
        facts = "".join(f"<span>{safe(fact)}</span>" for fact in told)
        url, link = post["url"] or "", ""
        # Only web addresses become links; anything else (`javascript:`) is left out.
        if url.lower().startswith(("https://", "http://")):
            link = f'<a href="{safe(url)}" target="_blank" rel="noopener noreferrer nofollow">open</a>'
        articles.append(
            f'<article><p class="facts">{tone_html(post["sentiment"], post["probability"], post["model"])}'
            f"{facts}{link}</p>{text_html(post['text'], post['language'])}{_labels(post, brand_names)}"
            f'<p class="model">{safe(post["model"] or f"model {NOT_KNOWN}")}</p></article>'
        )
    return f'<div class="earshot-posts">{"".join(articles)}</div>'


def text_html(text: str, written_in: str | None = None) -> str:
    """Return a text as escaped HTML, cut after `LONGEST` characters, in its own writing direction and language."""
    left_out = f"{count(len(text) - LONGEST)} more characters"
    note = f'<span class="cut" lang="en"> ... {left_out}</span>' if len(text) > LONGEST else ""
    spoken = f' lang="{safe(written_in)}"' if written_in else ""
    return f'<p class="text" dir="auto"{spoken}>{safe(text[:LONGEST])}{note}</p>'


def tone_html(sentiment: str | None, probability: float | None = None, model: str | None = None) -> str:
    """Return a sentiment label with its probability where there is one; the model is what the pointer shows."""
    if sentiment is None:
        return '<span class="tone">sentiment not known</span>'
    tone = sentiment if sentiment in _TONES else ""
    by = f' title="{safe(f"Read by {model}")}"' if model else ""
    sure = "" if probability is None else f" {percent(probability)}"
    return f'<span class="tone {tone}"{by}>{safe(sentiment)}{sure}</span>'


def _labels(post: Mapping[str, Any], brand_names: Mapping[str, str]) -> str:
    """Return what was read off a post besides its sentiment, as small chips; nothing where there is nothing to say.

    What is felt toward a brand is said where it is not what the whole post feels.
    """
    toward = [said.rpartition(":") for said in _values(post["toward"])]
    chips = [
        _chip(f"{brand_names.get(key, key)}: {tone}", tone) for key, _, tone in toward if tone != post["sentiment"]
    ]
    chips += [_chip(felt(said), said.partition(":")[2]) for said in _values(post["aspects"])]
    chips += [_chip(intent(code)) for code in _values(post["intents"]) if code != _NO_INTENT]
    chips += [_chip("urgent")] if post["urgent"] else []
    if post["spam"]:
        chips.append(_chip("spam or automated" + (f": {post['spam_reasons']}" if post["spam_reasons"] else "")))
    chips += [_chip("corrected by a reader")] if post["corrected"] else []
    return f'<p class="labels">{"".join(chips)}</p>' if chips else ""


def _chip(text: str, tone: str = "") -> str:
    return f'<span class="chip {tone if tone in _TONES else ""}">{safe(text)}</span>'


def _values(joined: str | None) -> list[str]:
    return joined.split(", ") if joined else []


def safe(text: str) -> str:
    """Return a text escaped for HTML.

    Half of a surrogate pair cannot be sent to a browser; it shows as a question mark.
    """
    return escape(text.encode("utf-8", "replace").decode(), quote=True)
