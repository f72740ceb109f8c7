"""Query rewriting: a text query in the language of a source that says less; wider where it must be, never narrower.

A query becomes alternatives, of which each says what a text must hold and what it must not. Those that
differ in one place become one again where the source knows OR, and as many as fit go into one request.
What comes back is held against the query itself, so all that width costs is traffic.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise, product
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from domain.errors import QueryError
from textquery.tree import And, Near, Not, Or, Phrase
from textquery.words import spelt, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textquery.tree import Leaf, Query

Piece: TypeAlias = Phrase | Near
"""What a request can ask for in one place."""
OPERATORS: Final = frozenset({"and", "or", "not", "near"})
"""Words that a source might read as something else, so they go in quotes."""
MOST_REQUESTS: Final = 24
"""As many alternatives ORs that AND joins may multiply to where each costs a request; past that, ORs are left out."""
MOST_MERGED: Final = 100
"""The same where they become few requests again."""
MOST_ACCENTS: Final = 2
"""Words of a phrase that are asked for with and without their accents."""


@dataclass(frozen=True)
class SearchRequest:
    """A text must hold one piece of every clause and no excluded phrase."""

    clauses: tuple[tuple[Piece, ...], ...] = ()
    excluded: tuple[Phrase, ...] = ()

    def __add__(self, other: SearchRequest) -> SearchRequest:
        clauses, excluded = (*self.clauses, *other.clauses), (*self.excluded, *other.excluded)
        return SearchRequest(tuple(dict.fromkeys(clauses)), tuple(dict.fromkeys(excluded)))

    def implies(self, other: SearchRequest) -> bool:
        """Tell whether the other plainly finds all that this one finds."""
        return {*other.clauses} <= {*self.clauses} and {*other.excluded} <= {*self.excluded}

    def wider(self) -> SearchRequest:
        """Return a shorter request that finds all of this one, and more."""
        if self.excluded:
            return SearchRequest(self.clauses, self.excluded[:-1])
        if len(self.clauses) > 1:
            return SearchRequest(self.clauses[:-1])
        piece = self.clauses[0][0]
        return SearchRequest(((Phrase(piece.left if isinstance(piece, Near) else piece.words[:-1]),),))

    def joined(self, other: SearchRequest) -> SearchRequest | None:
        """Return what finds as much as the two together; None where that is not one request."""
        mine = [clause for clause in self.clauses if clause not in other.clauses]
        theirs = [clause for clause in other.clauses if clause not in self.clauses]
        if not len(mine) == len(theirs) == 1 or {*self.excluded} != {*other.excluded}:
            return None
        both = (*mine[0], *theirs[0])
        if any(isinstance(piece, Near) for piece in both):
            return None
        position = self.clauses.index(mine[0])
        return SearchRequest((*self.clauses[:position], both, *self.clauses[position + 1 :]), self.excluded)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a source writes what is asked of it, and what it has no words for.

    `max_length` is in characters. `or_operator` stands between words of which one is enough ("": each needs a
    request of its own) and `group` around them; `nests` says that whole alternatives can stand so too.
    `and_operator` stands between what must all be there, `not_operator` before what must not be there ("": that
    cannot be said). `near_operator` takes a distance and words. `min_word_length` is in letters. `quotes` stand
    around a phrase `always`, only where it is `alone` in its request, or `never`; without them it is its words.
    Where the source `folds_accents`, a word is found however it is written; elsewhere it is asked for with and
    without them.
    """

    source: str
    max_length: int
    or_operator: str = ""
    group: str = "({})"
    nests: bool = False
    and_operator: str = " "
    not_operator: str = ""
    near_operator: str = ""
    min_word_length: int = 1
    quotes: Literal["always", "alone", "never"] = "always"
    folds_accents: bool = True

    def rewrite(self, query: Query) -> tuple[str, ...]:
        """Return what to send: every text that the query asks for is found by one of them.

        Raises:
            QueryError: the source cannot be asked for that without being asked for everything.
        """
        found = self._alternatives(query, negated=False)
        if not all(one.clauses for one in found):
            size = f" of at least {self.min_word_length} letters" if self.min_word_length > 1 else ""
            raise QueryError(f"{self.source} cannot be searched for what may be said without any whole word{size}")
        fitting: list[SearchRequest] = []
        for request in found:
            shorter = request
            while len(self.render(shorter)) > self.max_length:
                shorter = shorter.wider()
            fitting.append(shorter)
        packs: list[list[SearchRequest]] = []
        for request in self._merged(fitting):
            if self.nests and packs and len(self._joint([*packs[-1], request])) <= self.max_length:
                packs[-1].append(request)
            else:
                packs.append([request])
        return tuple(dict.fromkeys(self._joint(pack) if len(pack) > 1 else self.render(pack[0]) for pack in packs))

    def render(self, request: SearchRequest) -> str:
        """Return a request as the source reads it."""
        alone = len(request.clauses) == 1
        needed = []
        for clause in request.clauses:
            pieces = [self._piece(piece, alone=alone) for piece in clause]
            needed.append(pieces[0] if len(pieces) == 1 else self.group.format(self.or_operator.join(pieces)))
        excluded = [self.not_operator + self._piece(one, alone=alone) for one in request.excluded]
        return self.and_operator.join([*needed, *excluded])

    def _piece(self, piece: Piece, *, alone: bool) -> str:
        if isinstance(piece, Near):
            both = dict.fromkeys((*piece.left, *piece.right))
            # Sources count in ways of their own; by each of them this is far enough.
            return self.near_operator.format(piece.distance + 2 * (len(piece.left) + len(piece.right)), " ".join(both))
        text = _spelled(piece.words)
        quoted = self.quotes == "always" or (self.quotes == "alone" and alone)
        return f'"{text}"' if quoted and (len(piece.words) > 1 or text in OPERATORS) else text

    def _alternatives(self, query: Query, *, negated: bool) -> list[SearchRequest]:
        if isinstance(query, Not):
            return self._alternatives(query.part, negated=not negated)
        if isinstance(query, And | Or):
            said = query.parts if negated else self._without_many_nears(query)
            parts = [self._alternatives(part, negated=negated) for part in said]
            if isinstance(query, Or) is not negated:
                return _least(one for part in parts for one in part)
            return _product(parts, MOST_MERGED if self.or_operator else MOST_REQUESTS)
        accents: dict[str, str] = {}
        if not self.folds_accents:
            plain = (*query.left, *query.right) if isinstance(query, Near) else query.words
            # Cut anew, so that no sign gets through: a hashtag is asked for by its words.
            written = zip(words(" ".join(plain)), query.spelt, strict=False)
            accents = {word: said for word, said in written if spelt(said) == (said,)}
        if negated:
            # Nothing where that would keep out more.
            if not isinstance(query, Phrase) or not self.not_operator or self._run(query.words) != query.words:
                return [SearchRequest()]
            kept_out = [one for one in _spellings(query, accents) if len(one.words) == len(query.words)]
            return [SearchRequest(excluded=tuple(kept_out))]
        spellings: list[Sequence[Piece]] = [
            [piece] if isinstance(piece, Near) else _spellings(piece, accents) for piece in self._pieces(query, accents)
        ]
        return [SearchRequest(tuple((piece,) for piece in said)) for said in product(*spellings)]

    def _without_many_nears(self, query: And | Or) -> Sequence[Query]:
        """Return the parts of a query: of the pairs that NEAR between groups makes, where many, the smaller group.

        Each pair would be asked for in a place of its own, most sources need a request for each.
        """
        nears = [part for part in query.parts if isinstance(part, Near)]
        if isinstance(query, And) or len(nears) <= (
            MOST_MERGED if self.or_operator and not self.near_operator else MOST_REQUESTS
        ):
            return query.parts
        group = min(({near.sides[i]: None for near in nears} for i in range(2)), key=len)
        return [*(part for part in query.parts if not isinstance(part, Near)), *group]

    def _pieces(self, leaf: Leaf, accents: Mapping[str, str]) -> tuple[Piece, ...]:
        """Return what a text that has a leaf must hold, as far as the source can be asked for it."""
        if not isinstance(leaf, Near):
            return self._phrases(leaf.words if isinstance(leaf, Phrase) else leaf.words[:-1])
        sides = (leaf.left, leaf.right)
        if not self.near_operator or accents or any(self._run(side) != side for side in sides):
            return tuple(dict.fromkeys(phrase for side in sides for phrase in self._phrases(side)))
        return (leaf, *(Phrase(side) for side in sides if len(side) > 1))

    def _phrases(self, wanted: Sequence[str]) -> tuple[Phrase, ...]:
        run = self._run(wanted)
        return (Phrase(run),) if run else ()

    def _run(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the longest run of words that are long enough; cut anew, so that no sign gets through."""
        plain = words(" ".join(wanted))
        runs = [tuple(run) for long, run in groupby(plain, lambda word: len(word) >= self.min_word_length) if long]
        return max(runs, key=lambda run: len(_spelled(run)), default=())

    def _merged(self, requests: Sequence[SearchRequest]) -> list[SearchRequest]:
        """Return requests that can be one as one, as long as that fits."""
        merged: list[SearchRequest] = []
        for request in requests:
            for position, other in enumerate(merged):
                joint = other.joined(request) if self.or_operator else None
                if joint is not None and len(self.render(joint)) <= self.max_length:
                    merged[position] = joint
                    break
            else:
                merged.append(request)
        return merged if len(merged) == len(requests) else self._merged(merged)

    def _joint(self, pack: Iterable[SearchRequest]) -> str:
        return self.or_operator.join(
            self.render(one) if len(one.clauses) == 1 and not one.excluded else self.group.format(self.render(one))
            for one in pack
        )


def _spellings(phrase: Phrase, accents: Mapping[str, str]) -> list[Phrase]:
    """Return a phrase in all the ways that people write it; with many accents in it, only its beginning."""
    choices = [(word, accents[word]) if word in accents else (word,) for word in phrase.words]
    accented = [position for position, choice in enumerate(choices) if len(choice) > 1]
    end = accented[MOST_ACCENTS] if len(accented) > MOST_ACCENTS else len(choices)
    return [Phrase(one) for one in product(*choices[:end])]


def _least(requests: Iterable[SearchRequest]) -> list[SearchRequest]:
    """Return requests without those that another one answers as well."""
    kept: list[SearchRequest] = []
    for request in requests:
        if not any(request.implies(one) for one in kept):
            kept = [*(one for one in kept if not one.implies(request)), request]
    return kept


def _product(parts: Iterable[list[SearchRequest]], most: int) -> list[SearchRequest]:
    """Return all parts joined by AND, the shortest first; parts that would make it more than `most` are left out."""
    whole = [SearchRequest()]
    for part in sorted(parts, key=len):
        if len(whole) * len(part) <= most or not all(one.clauses for one in whole):
            whole = _least(one + other for one in whole for other in part)
    return whole


def _spelled(parts: Sequence[str]) -> str:
    """Return words as people write them: apart from each other, ideographs together."""
    text = "".join(parts[:1])
    for before, part in pairwise(parts):
        together = len(before) == len(part) == 1 and len(words(before + part)) > 1
        text += part if together else f" {part}"
    return text
