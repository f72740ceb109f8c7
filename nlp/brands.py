"""Which of the brands that we listen for a post names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from domain.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.config import Brand
    from domain.enrichment import Speaker
    from domain.post import Post

_LINK: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


class BrandMatcher:
    """Finds brands by their terms, word by word: `o2` is not in `co2`, nor in a link."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self._terms: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._named: dict[str, str] = {}
        self._accounts: set[str] = set()
        for brand in brands:
            self._accounts.update(account.lower() for account in brand.accounts)
            for term in (brand.key, brand.name, *brand.terms, *brand.accounts):
                self._named["".join(words(term))] = brand.key
            for term in (*brand.terms, *brand.accounts):
                self._add(tuple(words(term)), brand.key)

    def _add(self, term: tuple[str, ...], key: str) -> None:
        if term:
            self._terms.setdefault(term[0], []).append((term, key))

    def find(self, text: str) -> tuple[str, ...]:
        """Return the keys of the brands that the text names, sorted."""
        found: set[str] = set()
        sequence = words(_LINK.sub(" ", text))
        for i, word in enumerate(sequence):
            found.update(key for term, key in self._terms.get(word, ()) if _stands_at(term, sequence, i))
        return tuple(sorted(found))

    def match(self, post: Post) -> tuple[str, ...]:
        """Return the brands that the post names, or that its source says it is about."""
        found = set(self.find(f"{post.title or ''} {post.text}"))
        if post.brand:
            hint = "".join(words(post.brand))
            found.add(self._named.get(hint, hint))
        return tuple(sorted(found - {""}))

    def speaker(self, post: Post) -> Speaker:
        """Tell a brand's own account, by its handle without the server, from everybody else."""
        handle = (post.author.handle or "") if post.author else ""
        return "brand" if handle.lstrip("@").split("@")[0].lower() in self._accounts else "public"


def _stands_at(term: tuple[str, ...], sequence: Sequence[str], start: int) -> bool:
    return tuple(sequence[start : start + len(term)]) == term
