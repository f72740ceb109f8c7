"""The tokens of a text query, between luqum's lexer and luqum's grammar.

Everything of Lucene's syntax that we do not take (fields, ranges, fuzzy terms, boosts, regular
expressions) is refused here, where its place is known. `a b` gets the AND that it means, and
`a NEAR/5 b` becomes one term, so that luqum's grammar needs no change. Nesting is limited here
too, before anything recursive sees the query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from luqum.exceptions import IllegalCharacterError
from luqum.head_tail import TokenValue
from luqum.parser import lexer
from luqum.tree import Item, Word

from domain.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LENGTH: Final = 4000
MAX_TERMS: Final = 200
MAX_DEPTH: Final = 20
MAX_DISTANCE: Final = 1000

_REFUSED: Final = {
    "COLUMN": "fields are not supported; put the text in quotes if the colon belongs to it",
    "REGEX": "regular expressions are not supported",
    "BOOST": "boosts are not supported",
    "LBRACKET": "ranges are not supported",
    "RBRACKET": "ranges are not supported",
    "LESSTHAN": "ranges are not supported",
    "GREATERTHAN": "ranges are not supported",
}
_OPERAND_ENDS: Final = {"TERM", "PHRASE", "APPROX", "RPAREN"}
_OPERAND_STARTS: Final = {"TERM", "PHRASE", "LPAREN", "NOT", "PLUS", "MINUS"}
_UNARY: Final = {"NOT", "PLUS", "MINUS"}
_NEAR: Final = re.compile(r"NEAR(?:/(.*))?", re.DOTALL)


class NearItem(Item):  # type: ignore[misc]  # luqum is untyped
    """`left NEAR/distance right`, where the sides are a luqum Word or Phrase."""

    def __init__(self, left: Any, right: Any, distance: int, **place: Any) -> None:
        super().__init__(**place)
        self.left = left
        self.right = right
        self.distance = distance


class Tokens:
    """What luqum's parser reads instead of its own lexer. `last` is the token it took last."""

    def __init__(self, text: str) -> None:
        self._tokens = _joined(_near(_checked(text)))
        self.last: Any = None

    def input(self, text: str) -> None:
        """Do nothing: the text came with the construction (the parser calls this)."""

    def token(self) -> Any:
        """Return the next token, None at the end."""
        following = next(self._tokens, None)
        self.last = following or self.last
        return following


def error(reason: str, position: int) -> QueryError:
    """Return the error of a query with the place, counted from 1."""
    return QueryError(f"text query, character {position + 1}: {reason}")


def distance(text: str | None, position: int) -> int:
    """Return how many words may lie between two others."""
    if text is None or not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > MAX_DISTANCE:
        raise error(f"the distance must be a whole number from 0 to {MAX_DISTANCE}", position)
    return int(text)


def _lexed(text: str) -> list[Any]:
    # luqum's lexer keeps its place in itself: every query reads with its own copy.
    own = lexer.clone()
    own.input(text)
    try:
        return list(own)
    except IllegalCharacterError:
        reason = 'the quotation mark " is never closed' if text[own.lexpos] == '"' else _misplaced(text[own.lexpos])
        raise error(reason, own.lexpos) from None


def _misplaced(character: str) -> str:
    return f"{character} cannot stand here; put the text in quotes if it belongs to it"


def _checked(text: str) -> Iterator[Any]:
    """Yield luqum's tokens, the syntax that is not ours refused, brackets and nesting checked."""
    brackets: list[int] = []
    unary = terms = 0
    before = None
    for token in _lexed(text):
        _refuse(token, before)
        if token.type == "TO":
            token.type, token.value = "TERM", _word(token)
        if token.type == "LPAREN":
            brackets.append(token.lexpos)
        elif token.type == "RPAREN":
            if not brackets:
                raise error("the bracket ) closes nothing", token.lexpos)
            brackets.pop()
        unary = unary + 1 if token.type in _UNARY else 0
        terms += token.type in {"TERM", "PHRASE"}
        if len(brackets) + unary > MAX_DEPTH:
            raise error(f"the query is nested deeper than {MAX_DEPTH} levels", token.lexpos)
        if terms > MAX_TERMS:
            raise error(f"the query has more than {MAX_TERMS} terms", token.lexpos)
        yield token
        before = token.type
    if brackets:
        raise error("the bracket ( is never closed", brackets[-1])


def _refuse(token: Any, before: str | None) -> None:
    if token.type in _REFUSED:
        raise error(_REFUSED[token.type], token.lexpos)
    if token.type == "APPROX" and before != "PHRASE":
        raise error("fuzzy terms are not supported; ~ stands after two words in quotes", token.lexpos)
    if token.type == "APPROX":
        distance(token.value.value, token.lexpos)


def _word(token: Any) -> Any:
    return Word(str(token.value), pos=token.lexpos, size=len(str(token.value)))


def _near(tokens: Iterator[Any]) -> Iterator[Any]:
    """Yield the tokens with each `left NEAR/n right` made one."""
    left: Any = None
    for token in tokens:
        match = _NEAR.fullmatch(str(token.value)) if token.type == "TERM" else None
        if match is None:
            if left is not None:
                yield left
            left = token
            continue
        right: Any = next(tokens, None)
        if not (_is_side(left) and _is_side(right)):
            raise error("NEAR stands between exactly two words or quoted phrases", token.lexpos)
        if match[1] is None:
            raise error("NEAR needs a distance in words: NEAR/5", token.lexpos)
        left.value = NearItem(left.value, right.value, distance(match[1], token.lexpos), pos=left.lexpos, size=0)
    if left is not None:
        yield left


def _is_side(token: Any) -> bool:
    if getattr(token, "type", None) not in {"TERM", "PHRASE"} or isinstance(token.value, NearItem):
        return False
    return token.type == "PHRASE" or _NEAR.fullmatch(str(token.value)) is None


def _joined(tokens: Iterator[Any]) -> Iterator[Any]:
    """Yield the tokens with AND written between neighbours."""
    before = None
    for token in tokens:
        if before is not None and before.type in _OPERAND_ENDS and token.type in _OPERAND_STARTS:
            yield _and(before)
        yield token
        before = token


def _and(after: Any) -> Any:
    joint = type(after)()
    joint.type, joint.value = "AND_OP", TokenValue("AND")
    joint.lineno, joint.lexpos = after.lineno, after.lexpos
    joint.value.pos, joint.value.size = after.lexpos, 0
    return joint
