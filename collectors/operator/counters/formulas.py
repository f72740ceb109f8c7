"""Formulas over counters, as data: numbers, counters by name, `+ - * /` and brackets. Sums first, division last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from lark import Lark, Transformer, v_args
from lark.exceptions import LarkError

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lark import Token

LONGEST: Final = 2_000
MOST_NAMES: Final = 100_000
"""Names of counters whose meaning is remembered."""
ALL_CAUSES: Final = ".*"
SUM: Final = ".sum"
PERIOD_S: Final = "PERIOD.Seconds"
"""What the length of what was measured is called in formulas."""
_GRAMMAR: Final = r"""
    ?start: sum
    ?sum: product | sum "+" product -> add | sum "-" product -> subtract
    ?product: atom | product "*" atom -> multiply | product "/" atom -> divide
    ?atom: NUMBER -> number | COUNTER -> counter | "(" sum ")"
    NUMBER: /\d+(\.\d+)?/
    COUNTER: /[A-Za-z]\w*(\.\w+)*(\.\*)?/
    %ignore /\s+/
"""

_Term: TypeAlias = "Callable[[Mapping[str, float], float], float]"
"""Gives a value of counters, and of what a denominator must reach."""


class NotKnown(ValueError):
    """A value cannot be told: a counter is missing, or a denominator is too small to say anything."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A formula that was read. `counters` are the names in it; those that end in `.*` stand for all below."""

    text: str
    counters: frozenset[str]
    term: _Term

    def value(self, counters: Mapping[str, float], minimum: float) -> float:
        """Return its value.

        Raises:
            NotKnown: a counter is missing, or a denominator is below the minimum.
        """
        return self.term(counters, minimum)


def read_formula(text: str, where: str) -> Formula:
    """Read a formula.

    Raises:
        ConfigurationError: it is none.
    """
    meaning = _Meaning()
    if len(text) > LONGEST:
        raise ConfigurationError(f"{where}: the formula is longer than {LONGEST} characters")
    try:
        term: _Term = meaning.transform(_parser().parse(text))
    except (LarkError, RecursionError) as error:
        place = getattr(error, "column", None)
        at = f" at character {place}" if isinstance(place, int) and place > 0 else ""
        raise ConfigurationError(f"{where}: the formula cannot be read{at}: {text[:100]!r}") from None
    return Formula(text=text, counters=frozenset(meaning.counters), term=term)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


@v_args(inline=True)
class _Meaning(Transformer):  # type: ignore[type-arg]  # lark knows no return types of its own
    def __init__(self) -> None:
        super().__init__()
        self.counters: set[str] = set()

    def number(self, token: Token) -> _Term:
        value = float(token)
        return lambda _counters, _minimum: value

    def counter(self, token: Token) -> _Term:
        name = str(token)
        self.counters.add(name)

        def counted(counters: Mapping[str, float], _minimum: float) -> float:
            # What the network adds up itself goes before what is added up here.
            for known in (name.removesuffix(ALL_CAUSES), name.removesuffix(ALL_CAUSES) + SUM, name):
                if known in counters:
                    return counters[known]
            raise NotKnown(f"the counter {name} is missing")

        return counted

    def add(self, one: _Term, other: _Term) -> _Term:
        return lambda counters, minimum: one(counters, minimum) + other(counters, minimum)

    def subtract(self, one: _Term, other: _Term) -> _Term:
        return lambda counters, minimum: one(counters, minimum) - other(counters, minimum)

    def multiply(self, one: _Term, other: _Term) -> _Term:
        return lambda counters, minimum: one(counters, minimum) * other(counters, minimum)

    def divide(self, one: _Term, other: _Term) -> _Term:
        def divided(counters: Mapping[str, float], minimum: float) -> float:
            below = other(counters, minimum)
            if below < minimum or below == 0:
                raise NotKnown("a denominator is too small")
            return one(counters, minimum) / below

        return divided


class Wanted:
    """Which counters of a file matter to any of some formulas, and what they add to."""

    def __init__(self, formulas: list[Formula]) -> None:
        names = {name for formula in formulas for name in formula.counters}
        self._whole = {name.removesuffix(ALL_CAUSES) for name in names}
        self._known: dict[str, str | None] = {}
        self._causes = {name.removesuffix(ALL_CAUSES) for name in names if name.endswith(ALL_CAUSES)}

    def name(self, counter: str) -> str | None:
        """Return the name under which a counter of a file adds up, None where no formula asks for it."""
        if counter in self._known:
            return self._known[counter]
        base, _, last = counter.rpartition(".")
        if counter in self._whole:
            found: str | None = counter
        elif last.lower() in {"sum", "_sum"}:
            found = base + SUM if base in self._whole else None
        else:
            while base and base not in self._causes:
                base = base.rpartition(".")[0]
            found = base + ALL_CAUSES if base else None
        if len(self._known) < MOST_NAMES:
            self._known[counter] = found
        return found
