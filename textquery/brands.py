"""Which of the brands that we listen for a text names: the one answer, for streams, searches and what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import ConfigurationError, QueryError
from textquery.anchors import Anchor, AnchorIndex
from textquery.evaluate import PositionalIndex, matches
from textquery.forms import Allowed, NameForms, is_rare
from textquery.mentions import Meant, MentionReader
from textquery.parser import parse_anchored, phrase
from textquery.places import places_of
from textquery.tree import Near, Or, Phrase, positive, without
from textquery.words import HASH, spoken, whole, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from domain.config import Brand
    from domain.enrichment import Speaker
    from domain.post import Post
    from textquery.evaluate import Text
    from textquery.places import Span
    from textquery.tree import Query


@dataclass(frozen=True, kw_only=True)
class BrandQuery:
    """What names a brand: `whole` in a text about telecoms, `certain` in any; None: nothing is certain.

    The two differ by the brand's ambiguous terms, which are ordinary words too (three, orange).
    """

    brand: Brand
    whole: Query
    certain: Query | None

    @property
    def names(self) -> tuple[str, ...]:
        """What the brand is called in a text: its terms and accounts, else what its expression asks for."""
        called = (*self.brand.terms, *self.brand.ambiguous, *(one.lstrip("@") for one in self.brand.accounts))
        asked_for = (" ".join(leaf.words) for leaf in positive(self.whole) if isinstance(leaf, Phrase))
        return called or (self.brand.name, *asked_for)


@dataclass(frozen=True, kw_only=True)
class Named:
    """The keys of brands that a text names: in any case, and `possible`, all of them, if it is about telecoms.

    `ordinary`: those whose ambiguous names stand there as the mere words that they are too; they are not named.
    """

    certain: frozenset[str]
    possible: frozenset[str]
    ordinary: frozenset[str] = frozenset()

    @property
    def is_doubtful(self) -> bool:
        """Whether it hangs on what the text is about."""
        return self.certain != self.possible

    def where(self, *, telecom: bool) -> tuple[str, ...]:
        """Return the brands named, sorted; `telecom` says what the text is about."""
        return tuple(sorted(self.possible if telecom else self.certain))


def brand_query(brand: Brand) -> BrandQuery:
    """Return what a brand is listened for by: its expression, else any of its names.

    Raises:
        ConfigurationError: the expression cannot be read, or asks for no word; the names have no letters.
    """
    where = f"[brand.{brand.key}]"
    ambiguous = _phrases(brand.ambiguous)
    if brand.query:
        try:
            whole = parse_anchored(brand.query)
        except QueryError as error:
            raise ConfigurationError(f"{where} query: {error}") from None
        return BrandQuery(brand=brand, whole=whole, certain=without(whole, ambiguous))
    certain = _phrases((*brand.terms, *brand.accounts))
    phrases = dict.fromkeys((*certain, *ambiguous))
    if not phrases:
        raise ConfigurationError(f"{where}: its terms have no letters or digits to listen for")
    return BrandQuery(brand=brand, whole=_any(tuple(phrases)), certain=_any(tuple(certain)) if certain else None)


def brand_matcher(brands: Iterable[Brand]) -> BrandMatcher:
    """Return what finds brands as they are configured.

    Raises:
        ConfigurationError: see `brand_query`.
    """
    return BrandMatcher(map(brand_query, brands))


class BrandMatcher:
    """Finds brands word by word: `o2` is in `O2's`, not in `co2`, nor in a link."""

    def __init__(self, brands: Iterable[BrandQuery]) -> None:
        self._asked = {one.brand.key: one for one in brands}
        self._known: dict[str, str] = {}
        self._accounts: set[str] = set()
        for brand in (one.brand for one in self._asked.values()):
            self._accounts.update(account.lower() for account in brand.accounts)
            for term in (brand.key, brand.name, *brand.terms, *brand.accounts):
                self._known["".join(words(term))] = brand.key
        self._parts = [part for one in self._asked.values() for part in _parts(one)]
        self._index = AnchorIndex(query for _, query, _ in self._parts)
        self._forms = _forms(self._asked.values())
        ambiguous = {key: one.brand.ambiguous for key, one in self._asked.items() if one.brand.ambiguous}
        self._mentions = MentionReader(ambiguous) if ambiguous else None
        self._names = {key: one.names for key, one in self._asked.items()}

    @property
    def reads_mentions(self) -> bool:
        """Whether a name may be a mere word: then `textquery.mentions` decides."""
        return self._mentions is not None

    @property
    def queries(self) -> Mapping[str, Query]:
        """What texts about telecoms are searched for by, by brand."""
        return {key: one.whole for key, one in self._asked.items()}

    @property
    def anchors(self) -> Iterable[Anchor] | None:
        """Words of which every text that names a brand holds one; None where there are no such.

        They may stand within a longer word too, where that may be a form of it.
        """
        if self._index.always:
            return None
        return (
            Anchor(
                self._forms.stem(anchor.word),
                anchor.whole and not self._forms.may_go_on(anchor.word),
                self._forms.may_begin_within(anchor.word),
            )
            for anchor in self._index.anchors
        )

    def read(self, text: Text) -> PositionalIndex:
        """Return a text by its words, in which the forms of names are these names too."""
        return text if isinstance(text, PositionalIndex) else PositionalIndex(text, self._forms)

    def find(self, text: Text, written: str | None = None) -> Named:
        """Return the brands that a text names, by its words (`textquery.words.spoken`).

        `written` is the text itself, which shows whether an ambiguous name is meant; without it, each may be.
        """
        index = self.read(text)
        certain: set[str] = set()
        possible: set[str] = set()
        for number in self._index.near(index.vocabulary):
            brand, query, sure = self._parts[number]
            if brand not in (certain if sure else possible) and matches(query, index):
                possible.add(brand)
                if sure:
                    certain.add(brand)
        doubtful = possible - certain
        meant = self._mentions.read(written, doubtful) if self._mentions and written and doubtful else Meant()
        return Named(
            certain=frozenset(certain) | meant.sure,
            possible=frozenset(possible) - meant.ordinary,
            ordinary=meant.ordinary,
        )

    def named(self, post: Post) -> Named:
        """Return the brands that a post names, or that its source says it is about."""
        written = whole(post.title, post.text)
        found = self.find(spoken(written), written)
        if not post.brand or not (hint := "".join(words(post.brand))):
            return found
        about = {self._known.get(hint, hint)}
        return Named(certain=found.certain | about, possible=found.possible | about, ordinary=found.ordinary - about)

    def match(self, post: Post, *, telecom: bool = True) -> tuple[str, ...]:
        """Return the keys of the brands that a post is about, sorted; `telecom` says what its text is about."""
        return self.named(post).where(telecom=telecom)

    def places(self, brand: str, text: str) -> list[Span]:
        """Return where the names of a brand stand in a text as written."""
        return places_of(self._names[brand], text)

    def speaker(self, post: Post) -> Speaker:
        """Tell a brand's own account, by its handle without the server, from everybody else."""
        handle = (post.author.handle or "") if post.author else ""
        return "brand" if handle.lstrip("@").split("@")[0].lower() in self._accounts else "public"


def _forms(asked: Iterable[BrandQuery]) -> NameForms:
    """Return what finds the forms of names: of terms by their brand's setting, of ambiguous ones but prefixes."""
    allowed: dict[str, Allowed] = {}
    known: set[str] = set()
    for one in asked:
        certain = _words_of(one.certain) if one.certain else frozenset()
        ambiguous = {word for term in one.brand.ambiguous for word in words(term)}
        accounts = {word for account in one.brand.accounts for word in words(account)}
        alone = {leaf.words[0] for leaf in positive(one.whole) if isinstance(leaf, Phrase) and len(leaf.words) == 1}
        for word in _words_of(one.whole):
            known.add(word)
            if word in accounts or word[0] == HASH:
                continue
            wanted = is_rare(word) if one.brand.compounds is None else one.brand.compounds
            free = word in certain and word not in ambiguous
            here = Allowed(endings=free, compounds=free and wanted and word in alone)
            allowed[word] = allowed.get(word, here) | here
    return NameForms(allowed, known)


def _words_of(query: Query) -> set[str]:
    """Return the words that a query asks for, but for those that are but a beginning."""
    found: set[str] = set()
    for leaf in positive(query):
        if isinstance(leaf, Near):
            found.update(leaf.left, leaf.right)
        elif isinstance(leaf, Phrase):
            found.update(leaf.words)
    return found


def _phrases(terms: Iterable[str]) -> dict[Phrase, None]:
    """Return terms as what they ask for, each once, in order."""
    return {asked: None for term in terms if (asked := phrase(term))}


def _any(phrases: tuple[Phrase, ...]) -> Query:
    return phrases[0] if len(phrases) == 1 else Or(phrases)


def _parts(asked: BrandQuery) -> Iterable[tuple[str, Query, bool]]:
    """Yield what any text may hold to name a brand, with whether it is certain then; each part is looked for alone."""
    certain = dict.fromkeys(_alternatives(asked.certain)) if asked.certain else {}
    yield from ((asked.brand.key, part, True) for part in certain)
    yield from ((asked.brand.key, part, False) for part in _alternatives(asked.whole) if part not in certain)


def _alternatives(query: Query) -> tuple[Query, ...]:
    return query.parts if isinstance(query, Or) else (query,)
