"""The language of text queries: what people type, as a tree of frozen values that both stores translate.

    no signal                      posts with both words: AND is meant between neighbours
    outage OR "no signal"          either; quotes ask for words next to each other, in this order
    signal NOT wifi, signal -wifi  AND, OR, NOT in capitals; + and - before a term; brackets group
    outag*, "no sig*"              words that begin so; the star stands at the end only
    "signal down"~5                both words, in any order, at most five words between them
    signal NEAR/5 "since monday"   the same with phrases

NEAR binds most, then NOT, AND, OR. Query texts are cut by `textquery.words` as the posts were, so
a term of several words (`5g-mast`) is a phrase. A term without letters or digits (an emoji, `&`)
is an error, because there is nothing it could find. Only uppercase AND, OR, NOT, NEAR are operators.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from luqum import tree
from luqum.exceptions import ParseError
from luqum.parser import parser

from domain.errors import QueryError
from textquery.tokens import MAX_LENGTH, NearItem, Tokens, distance, error
from textquery.tree import And, Near, Not, Or, Phrase, Prefix
from textquery.words import spelt, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textquery.tree import Leaf, Query


def parse(text: str) -> Query:
    """Return the meaning of a text query.

    Raises:
        QueryError: one sentence that says what is wrong and at which character.
    """
    if not text.strip():
        raise QueryError("the text query is empty")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the text query is longer than {MAX_LENGTH} characters")
    tokens = Tokens(text)
    try:
        parsed = parser.parse(text, lexer=tokens)
    except ParseError as failure:
        raise _misplaced(tokens, at_end="end of expression" in str(failure)) from None
    return _query(parsed)


def _misplaced(tokens: Tokens, *, at_end: bool) -> QueryError:
    place = tokens.last.lexpos
    if at_end:
        return error(f"a word is missing after {tokens.last.value}", place)
    return error(f"{tokens.last.value} comes where a word is expected", place)


def _query(item: Any) -> Query:
    # Recursion is safe: the tokens' nesting was limited.
    if isinstance(item, tree.AndOperation):
        return And(tuple(_parts(And, map(_query, item.children))))
    if isinstance(item, tree.OrOperation):
        return Or(tuple(_parts(Or, map(_query, item.children))))
    if isinstance(item, tree.Not | tree.Prohibit):
        inner = _query(item.a)
        return inner.part if isinstance(inner, Not) else Not(inner)
    if isinstance(item, tree.Group | tree.Plus):
        return _query(item.children[0])
    return _leaf(item)


def _parts(kind: type[And | Or], parts: Iterable[Query]) -> Iterable[Query]:
    for part in parts:
        yield from part.parts if isinstance(part, kind) else (part,)


def _leaf(item: Any) -> Leaf:
    if isinstance(item, NearItem):
        return _near(_side(item.left), _side(item.right), item.distance, item.pos)
    if isinstance(item, tree.Proximity):
        both = _side(item.term)
        if len(both.words) != 2:
            raise error(f"~ takes exactly two words in the quotes, not {len(both.words)}", item.term.pos)
        left, right = (Phrase(both.words[i : i + 1], both.spelt[i : i + 1]) for i in range(2))
        return _near(left, right, distance(str(item.degree), item.term.pos), item.term.pos)
    text, prefix = _plain(item)
    phrase = _phrase(text, item)
    return Prefix(phrase.words, phrase.spelt) if prefix else phrase


def _near(left: Phrase, right: Phrase, apart: int, position: int) -> Near:
    if left == right:
        raise error("two different words are needed to be near each other", position)
    accented = (*(left.spelt or left.words), *(right.spelt or right.words)) if left.spelt or right.spelt else ()
    return Near(left.words, right.words, apart, accented)


def _side(item: Any) -> Phrase:
    text, prefix = _plain(item)
    if prefix:
        raise error("a word with * cannot be near another", item.pos)
    return _phrase(text, item)


def _phrase(text: str, item: Any) -> Phrase:
    found = tuple(words(text))
    if not found:
        raise error(f"{item.value} has no letters or digits to search for", item.pos)
    return Phrase(found, spelt(text))


def _plain(item: Any) -> tuple[str, bool]:
    """Return the text of a Word or Phrase without quotes and escapes, and whether it ends in a star."""
    raw = str(item.value)
    if isinstance(item, tree.Phrase):
        raw = raw[1:-1]
        bare = re.sub(r"\\.", "", raw, flags=re.DOTALL)
    else:
        bare = re.sub(r"\\.", "", raw, flags=re.DOTALL)
        if '"' in bare:
            raise error('the quotation mark " stands inside a word', item.pos)
        if "?" in bare or "*" in bare[:-1]:
            raise error("the only wildcard is a * at the end of a word", item.pos)
    prefix = bare.endswith("*") and raw.endswith("*")
    text = raw[:-1] if prefix else raw
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL), prefix
