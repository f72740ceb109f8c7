"""The tokens of a text query on their way from the lexer to the parser: what is not ours is refused, limits are held.

Here a token's position is known, and nothing has been built yet of a query that is too deep or too long.
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
QUOTATION_MARKS: Final = frozenset('"“”„‟＂«»‹›「」『』‘‚‛')
"""What opens or closes a quotation and cannot be an apostrophe."""
_TERMS: Final = frozenset({"TERM", "QUOTED"})
_UNARY: Final = frozenset({"NOT", "_PLUS", "_MINUS"})
_OPERAND_STARTS: Final = frozenset({"TERM", "QUOTED", "_OPEN"})
_OPERAND_ENDS: Final = frozenset({"TERM", "QUOTED", "SLOP", "_CLOSE"})
_OPERATORS: Final = frozenset({"AND", "OR", "NOT", "NEAR", "_PLUS", "_MINUS", "_OPEN"})
"""Who writes one of these writes an expression and not just words."""
_LOWER: Final = re.compile(r"and|or|not|near/[0-9]+", re.IGNORECASE)


def error(reason: str, position: int) -> QueryError:
    """Return the error of a query with the position, counted from 1."""
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
            QueryError: something is not supported, a bracket has no other, a limit is passed, or a word is most
                likely meant as an operator.
        """
        brackets: list[Token] = []
        unary = terms = 0
        before = ""
        doubt = _Doubt()
        for token in stream:
            if token.type in REFUSED:
                raise error(REFUSED[token.type], start(token))
            if token.type == "SLOP" and before != "QUOTED":
                raise error("fuzzy terms are not supported; ~ stands after two words in quotes", start(token))
            _pair(token, brackets)
            unary = unary + 1 if token.type in _UNARY else 0
            terms += token.type in _TERMS
            if len(brackets) + unary > MAX_DEPTH:
                raise error(f"the query is nested deeper than {MAX_DEPTH} levels", start(token))
            if terms > MAX_TERMS:
                raise error(f"the query has more than {MAX_TERMS} terms", start(token))
            doubt.hear(token)
            yield token
            before = token.type
        if brackets:
            raise error(f"the bracket {brackets[-1]} is never closed", start(brackets[-1]))
        doubt.tell()


class _Doubt:
    """Whether words that are operators in capitals are meant as such.

    `or`, `and` and `near/5` between two terms are; `not` is a word as any other (`app not working`) where nothing
    else says that an expression is meant.
    """

    def __init__(self) -> None:
        self._run: list[Token] = []
        self._asked: Token | None = None
        self._not: Token | None = None
        self._expression = self._operand = False

    def hear(self, token: Token) -> None:
        """Take the next token."""
        self._expression |= token.type in _OPERATORS
        if token.type == "TERM" and _LOWER.fullmatch(token):
            self._run.append(token)
            return
        if self._run and token.type in _OPERAND_STARTS:
            self._weigh(token)
        self._run = []
        self._operand = token.type in _OPERAND_ENDS

    def _weigh(self, following: Token) -> None:
        """Decide on words before a term."""
        negates = len(self._run) == 1 and self._run[0].lower() == "not"
        if negates:
            self._not = self._not or self._run[0]
            self._expression |= following.type != "TERM"
        elif self._operand:
            self._asked = self._asked or self._run[0]

    def tell(self) -> None:
        """Ask what is meant, at the end of the query.

        Raises:
            QueryError: a word is most likely meant as an operator.
        """
        asked = self._asked or (self._not if self._expression else None)
        if asked is not None:
            name = asked.upper()
            raise error(f"did you mean {name}? Write it in capitals, or in quotes if the word is meant", start(asked))


def start(token: Token) -> int:
    """Return where a token begins."""
    return token.start_pos or 0


def _pair(token: Token, brackets: list[Token]) -> None:
    """Keep the brackets that are open."""
    if token.type == "_OPEN":
        brackets.append(token)
    elif token.type == "_CLOSE":
        if not brackets:
            raise error(f"the bracket {token} closes nothing", start(token))
        brackets.pop()
