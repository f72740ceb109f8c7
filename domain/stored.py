"""How a post with everything known about it becomes the document that stores keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.documents import Document, to_document
from domain.identity import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.customer import CustomerLink
    from domain.enrichment import Enrichment, Model
    from domain.post import Post

VOLATILE = ("observed_at",)
"""Fields that say when we looked and not what is there."""


def post_fingerprint(post: Post, models: Sequence[Model]) -> str:
    """Return what tells whether a stored post is still right: its content and the models' revisions."""
    content = {key: value for key, value in to_document(post).items() if key not in VOLATILE}
    return fingerprint(content, *(f"{model.name}@{model.revision}" for model in models))


def post_document(
    post: Post,
    enrichment: Enrichment,
    link: CustomerLink | None = None,
    *,
    words: str,
    models: Sequence[Model] = (),
    terms: Document | None = None,
    author_key: str | None = None,
) -> Document:
    """Return the stored form of a post: as collected, enriched, linked, searchable.

    `words` is what text queries find it by (`textquery.words.searchable`).

    `aspect_sentiments` says each aspect with the sentiment toward it in one word, `network:negative`:
    in a list of objects a store could not tell which sentiment belongs to which aspect; `brand_sentiments` the same
    of brands whose names stand in the text. `terms` are those of `domain.terms.stored_terms`; they are no part of the
    fingerprint. `author_key` is the keyed pseudonym of the author's handle, which customers' handles are held against.
    """
    document: dict[str, Any] = {
        "id": post.id,
        **to_document(post),
        **to_document(enrichment),
        "aspect_sentiments": [f"{one.aspect}:{one.sentiment.label}" for one in enrichment.aspects],
        "brand_sentiments": brand_sentiments(to_document(one) for one in enrichment.toward),
        "whereabouts": whereabouts(post.place, (place.name for place in enrichment.places)),
        "words": words,
        "reach": reach(post),
        "fingerprint": post_fingerprint(post, models),
    }
    if author_key:
        document["author"] = {**document["author"], "key": author_key}
    if terms:
        document["terms"] = terms
    if link is not None:
        document["customer"] = to_document(link)
    return {key: value for key, value in document.items() if value not in ([], {}, "")} | {"text": post.text}


def brand_sentiments(toward: Iterable[Document]) -> list[str]:
    """Return in one word each what is felt toward brands: `northwind:negative`."""
    return [f"{one['brand']}:{one['sentiment']['label']}" for one in toward]


def whereabouts(place: str | None, mentioned: Iterable[str]) -> list[str]:
    """Return the places that a post is from or names, each once."""
    return list(dict.fromkeys(name for name in (place, *mentioned) if name))


def reach(post: Post) -> int:
    """Return the reactions that the source told us of: likes, replies and shares."""
    metrics = post.metrics
    return sum(count for count in (metrics.likes, metrics.replies, metrics.shares) if count)
