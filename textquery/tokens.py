"""The tokens of a text query on their way from the lexer to the parser: what is not ours is refused, limits are held.

Here a token's place is known, and nothing has been built yet of a query that is too deep or too long.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from domain.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark import Token

MAX_LENGTH: Final = 4000
MAX_TERMS: Final = 200
MAX_DEPTH: Final = 20
MAX_DISTANCE: Final = 1000

REFUSED: Final = {
    "FIELD": "fields are not supported; put the text in quotes if the colon belongs to it",
    "REGEX": "regular expressions are not supported",
    "BOOST": "boosts are not supported",
    "RANGE": "ranges are not supported",
}
"""What other languages of this kind have, by the type of its token, and why it is refused."""
_TERMS: Final = frozenset({"TERM", "QUOTED"})
_UNARY: Final = frozenset({"NOT", "PLUS", "MINUS"})


def error(reason: str, position: int) -> QueryError:
    """Return the error of a query with the place, counted from 1."""
    return QueryError(f"text query, character {position + 1}: {reason}")


def distance(text: str, position: int) -> int:
    """Return how many words may lie between two others.

    Raises:
        QueryError: it is no such number.
    """
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > MAX_DISTANCE:
        raise error(f"the distance must be a whole number from 0 to {MAX_DISTANCE}", position)
    return int(text)


class Checks:
    """Checks the tokens as they pass (lark calls this a postlex)."""

    always_accept: Final = tuple(REFUSED)
    """Tokens that the grammar has no use for but the lexer has to know."""

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Yield the tokens of a query.

        Raises:
            QueryError: something is not supported, a bracket has no other, or a limit is passed.
        """
        brackets: list[int] = []
        unary = terms = 0
        before = ""
        for token in stream:
            place = token.start_pos or 0
            _refuse(token, before, place)
            if token.type == "LPAR":
                brackets.append(place)
            elif token.type == "RPAR":
                if not brackets:
                    raise error("the bracket ) closes nothing", place)
                brackets.pop()
            unary = unary + 1 if token.type in _UNARY else 0
            terms += token.type in _TERMS
            if len(brackets) + unary > MAX_DEPTH:
                raise error(f"the query is nested deeper than {MAX_DEPTH} levels", place)
            if terms > MAX_TERMS:
                raise error(f"the query has more than {MAX_TERMS} terms", place)
            yield token
            before = token.type
        if brackets:
            raise error("the bracket ( is never closed", brackets[-1])


def _refuse(token: Token, before: str, place: int) -> None:
    if token.type in REFUSED:
        raise error(REFUSED[token.type], place)
    if token.type == "SLOP" and before != "QUOTED":
        raise error("fuzzy terms are not supported; ~ stands after two words in quotes", place)
