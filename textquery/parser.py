"""The language of text queries: what people type, as a tree of frozen values that both stores translate.

    no signal                      posts with both words: AND is meant between neighbours
    outage OR "no signal"          either; quotes ask for words next to each other, in this order
    signal NOT wifi, signal -wifi  AND, OR, NOT in capitals; + and - before a term; brackets group
    outag*, "no sig*"              words that begin so; the star stands at the end only
    "signal down"~5                both words, in any order, at most five words between them
    signal NEAR/5 "since monday"   the same with phrases
    (a OR b) NEAR/5 (c OR "d e")   one of the first near one of the others
    #northwind, #north*            the hashtag alone; northwind finds it too

NEAR binds most, then NOT, AND, OR. Query texts are cut by `textquery.words` as the posts were, so
a term of several words (`5g-mast`) is a phrase. A term without letters or digits (an emoji, `&`)
is an error, because there is nothing it could find. Only uppercase AND, OR, NOT, NEAR are operators; a lower-case
one that is most likely meant as such is asked about (`textquery.tokens`). The grammar is in `grammar.lark`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from lark import Lark, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from domain.errors import QueryError
from textquery.tokens import MAX_LENGTH, QUOTATION_MARKS, Checks, distance, error, start
from textquery.tree import And, Near, Not, Or, Phrase, Prefix, anchored
from textquery.words import HASH, hashtag, spelt, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lark import Token

    from textquery.tree import Query


def parse(text: str) -> Query:
    """Return the meaning of a text query.

    Raises:
        QueryError: one sentence that says what is wrong and at which character.
    """
    if not text.strip():
        raise QueryError("the text query is empty")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the text query is longer than {MAX_LENGTH} characters")
    try:
        meaning: _Part = _parser().parse(text)  # type: ignore[assignment]  # the transformer's, no tree
    except UnexpectedCharacters as found:
        at = found.pos_in_stream or 0
        if text[at] in QUOTATION_MARKS:
            raise error(f"the quotation mark {text[at]} is never closed", at) from None
        raise error(f"{text[at]} cannot stand here; put the text in quotes if it belongs to it", at) from None
    except UnexpectedToken as found:
        raise _misplaced(text, found.token) from None
    if _pairs(meaning.query) > MAX_PAIRS:
        raise QueryError(f"the text query has NEAR between more than {MAX_PAIRS} pairs of words")
    return meaning.query


MAX_PAIRS: Final = 400
_BETWEEN: Final = "NEAR stands between two words, phrases in quotes, or groups of these joined by OR"
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def parse_anchored(text: str) -> Query:
    """Return the meaning of a text query that texts can be looked for by.

    Raises:
        QueryError: it cannot be read, or it is also met by texts that hold none of its words.
    """
    query = parse(text)
    if not anchored(query):
        raise QueryError("the text query is also met by posts with none of its words; ask for a word as well")
    return query


def phrase(text: str) -> Phrase | None:
    """Return what a text asks for as it stands: a hashtag, or its words next to each other; None: it has none."""
    found = words(text)
    tag = hashtag(text)
    return Phrase((tag,) if tag else tuple(found), spelt(text)) if found else None


class _Part(NamedTuple):
    """What a part of a query means, where it begins, and what OR joins in it."""

    query: Query
    at: int
    options: tuple[_Part, ...] = ()


@v_args(inline=True)
class _Meaning(Transformer):  # type: ignore[type-arg]  # lark knows no return types of its own
    """Makes the tree from its leaves up while the parser reads."""

    def either(self, *parts: _Part) -> _Part:
        return _Part(_flat(Or, parts), parts[0].at, parts) if len(parts) > 1 else parts[0]

    def both(self, *parts: _Part) -> _Part:
        return _Part(_flat(And, parts), parts[0].at) if len(parts) > 1 else parts[0]

    def negated(self, part: _Part) -> _Part:
        return _Part(part.query.part if isinstance(part.query, Not) else Not(part.query), part.at)

    def near(self, left: _Part, sign: Token, right: _Part) -> _Part:
        at = start(sign)
        if sign == "NEAR":
            raise error("NEAR needs a distance in words: NEAR/5", at)
        sides = _side(left, at), _side(right, at)
        apart = distance(sign[len("NEAR/") :], at)
        if len(sides[0]) * len(sides[1]) > MAX_PAIRS:
            raise error(f"NEAR joins more than {MAX_PAIRS} pairs of words here", at)
        pairs = dict.fromkeys(_near(one, other, apart, left.at) for one, other in product(*sides))
        return _Part(next(iter(pairs)) if len(pairs) == 1 else Or(tuple(pairs)), left.at)

    def slop(self, quoted: Token, sign: Token) -> _Part:
        at = start(quoted)
        (both,) = _side(self.term(quoted), at)
        if len(both.words) != 2:
            raise error(f"~ takes exactly two words in the quotes, not {len(both.words)}", at)
        left, right = (Phrase(both.words[i : i + 1], both.spelt[i : i + 1]) for i in range(2))
        return _Part(_near(left, right, distance(sign[1:], start(sign)), at), at)

    def term(self, token: Token) -> _Part:
        at = start(token)
        raw, quoted = (token[1:-1], True) if token.type == "QUOTED" else (str(token), False)
        bare = _ESCAPED.sub("", raw)
        inside = next((sign for sign in bare if sign in QUOTATION_MARKS), None)
        if not quoted and inside:
            raise error(f"the quotation mark {inside} stands inside a word", at)
        if not quoted and ("?" in bare or "*" in bare[:-1]):
            raise error("the only wildcard is a * at the end of a word", at)
        prefix = bare.endswith("*") and raw.endswith("*")
        asked = phrase(_ESCAPED.sub(r"\1", raw[:-1] if prefix else raw))
        if asked is None:
            raise error(f"{token} has no letters or digits to search for", at)
        return _Part(Prefix(asked.words, asked.spelt) if prefix else asked, at)


@cache
def _parser() -> Lark:
    grammar = (resources.files("textquery") / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", postlex=Checks(), transformer=_Meaning())


def _misplaced(text: str, token: Token) -> QueryError:
    position = start(token)
    if token.type == "NEAR":
        return error(_BETWEEN, position)
    if token.type == "$END":  # it has the place of the last token
        return error(f"a word is missing after {text[position : token.end_pos]}", position)
    return error(f"{token} comes where a word is expected", position)


def _pairs(query: Query) -> int:
    """Return how often NEAR is asked for; recursion is safe because nesting is limited."""
    match query:
        case And(parts) | Or(parts):
            return sum(map(_pairs, parts))
        case Not(part):
            return _pairs(part)
    return int(isinstance(query, Near))


def _flat(kind: type[And | Or], parts: Iterable[_Part]) -> Query:
    """Return parts joined; those that are joined so already are taken apart."""
    flat: list[Query] = []
    for part in parts:
        flat += part.query.parts if isinstance(part.query, kind) else (part.query,)
    return kind(tuple(flat))


def _side(part: _Part, near: int) -> tuple[Phrase, ...]:
    """Return the phrases of which one must be near; nothing else has one place in a text."""
    if part.options:
        return tuple(phrase for option in part.options for phrase in _side(option, near))
    if isinstance(part.query, Prefix):
        raise error("a word with * cannot be near another", part.at)
    if not isinstance(part.query, Phrase):
        raise error(_BETWEEN, near)
    if part.query.words[0].startswith(HASH):
        raise error("a hashtag cannot be near another word; without the # it can", part.at)
    return (part.query,)


def _near(left: Phrase, right: Phrase, apart: int, position: int) -> Near:
    if left == right:
        raise error("two different words are needed to be near each other", position)
    accented = (*(left.spelt or left.words), *(right.spelt or right.words)) if left.spelt or right.spelt else ()
    return Near(left.words, right.words, apart, accented)
