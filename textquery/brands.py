"""Which of the brands that we listen for a post names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from textquery.evaluate import matches
from textquery.tree import Phrase, without
from textquery.words import spoken, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.config import Brand
    from domain.enrichment import Speaker
    from domain.post import Post
    from textquery.tree import Query

_Terms: TypeAlias = "dict[str, list[tuple[tuple[str, ...], str]]]"


class BrandMatcher:
    """Finds brands by their terms, word by word: `o2` is in `O2's`, not in `co2`, nor in a link.

    A brand's `ambiguous` terms are ordinary words too (three, orange): they name it only where the
    text is about telecoms, or where it is named by a certain term as well. A brand with a `query` is
    named where that says so; `queries` has it read, by brand.
    """

    def __init__(self, brands: Iterable[Brand], queries: Mapping[str, Query] | None = None) -> None:
        self._terms: _Terms = {}
        self._ambiguous: _Terms = {}
        self._queries: dict[str, tuple[Query, Query | None]] = {}
        self._named: dict[str, str] = {}
        self._accounts: set[str] = set()
        for brand in brands:
            self._accounts.update(account.lower() for account in brand.accounts)
            for term in (brand.key, brand.name, *brand.terms, *brand.accounts):
                self._named["".join(words(term))] = brand.key
            if brand.query:
                whole = (queries or {})[brand.key]
                self._queries[brand.key] = (whole, certain(whole, brand))
                continue
            for term in (*brand.terms, *brand.accounts):
                _add(self._terms, tuple(words(term)), brand.key)
            for term in brand.ambiguous:
                _add(self._ambiguous, tuple(words(term)), brand.key)

    def find(self, text: str, *, telecom: bool = True) -> tuple[str, ...]:
        """Return the keys of the brands that the text names, sorted; `telecom` says what it is about."""
        sequence = spoken(text)
        found = _found(self._terms, sequence)
        if telecom and self._ambiguous:
            found |= _found(self._ambiguous, sequence)
        for key, (whole, sure) in self._queries.items():
            query = whole if telecom else sure
            if query is not None and matches(query, sequence):
                found.add(key)
        return tuple(sorted(found))

    def match(self, post: Post, *, telecom: bool = True) -> tuple[str, ...]:
        """Return the brands that the post names, or that its source says it is about."""
        found = set(self.find(f"{post.title or ''} {post.text}", telecom=telecom))
        if post.brand:
            hint = "".join(words(post.brand))
            found.add(self._named.get(hint, hint))
        return tuple(sorted(found - {""}))

    def speaker(self, post: Post) -> Speaker:
        """Tell a brand's own account, by its handle without the server, from everybody else."""
        handle = (post.author.handle or "") if post.author else ""
        return "brand" if handle.lstrip("@").split("@")[0].lower() in self._accounts else "public"


def certain(query: Query, brand: Brand) -> Query | None:
    """Return what names a brand in a text that is not about telecoms: its query without the ambiguous words."""
    return without(query, {Phrase(tuple(words(term))) for term in brand.ambiguous})


def _add(terms: _Terms, term: tuple[str, ...], key: str) -> None:
    if term:
        terms.setdefault(term[0], []).append((term, key))


def _found(terms: _Terms, sequence: Sequence[str]) -> set[str]:
    return {
        key for i, word in enumerate(sequence) for term, key in terms.get(word, ()) if _stands_at(term, sequence, i)
    }


def _stands_at(term: tuple[str, ...], sequence: Sequence[str], start: int) -> bool:
    return tuple(sequence[start : start + len(term)]) == term
