"""Records of two sides that are of one person, by probabilistic linkage (Fellegi and Sunter) with Splink.

Compared is what people wrote about themselves: names, birth, mail, telephone, where they live. Nothing of it is kept:
what comes out are places in the two tables, probabilities, and how much each comparison speaks for or against.

How often people who are one agree in each respect is estimated by expectation maximisation, how often people who are
not do by pairs that are drawn by chance; that many are called Smith and few Zabriskie counts, too. Since an author is
one customer at most, what speaks for several of them is shared among them.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.link import PROFILE, Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pyarrow import Table
    from splink.internals.comparison_creator import ComparisonCreator
    from splink.internals.database_api import DatabaseAPI
    from splink.internals.splink_dataframe import SplinkDataFrame

ROW: Final = "row"
"""The column that a match names a record by: its place, from 0."""
NAMED: Final[Mapping[str, str]] = {
    "name": "name",
    "birth_date": "date of birth",
    "birth_year": "year of birth",
    "email": "mail address",
    "phone": "telephone number",
    "reference": "contract number",
    "house_number": "house number",
}
"""How comparisons are called, where not like their columns."""

PAIRS_COMPARED: Final = 60_000_000
"""So many pairs of records at most are looked at, whatever the size of the two sides."""
MEMORY_GB: Final = 3.0
"""What DuckDB holds in memory at most."""
Block: TypeAlias = tuple[str, ...]
_REVISION: Final = 1
_BLOCKS: Final[tuple[Block, ...]] = (
    ("email",),
    ("phone",),
    ("reference",),
    ("given_name", "family_name", "birth_date"),
    ("given_name", "family_name", "birth_year"),
    ("family_name", "birth_date"),
    ("given_name", "birth_date"),
    ("family_name", "postcode"),
    ("given_name", "postcode"),
    ("birth_date", "postcode"),
    ("street", "house_number"),
    ("given_name", "family_name"),
    ("family_name", "town", "birth_year"),
    ("birth_date",),
    ("given_name", "town", "birth_year"),
    ("postcode",),
    ("family_name",),
    ("given_name",),
)
"""Of what has to be the same for two records to be looked at, one of these; the first are the surest."""
_SURE: Final[tuple[Block, ...]] = (("email",), ("phone",), ("reference",), ("family_name", "birth_date"))
"""What hardly anybody shares with somebody else."""
_SHARE_FOUND_BY_SURE: Final = 0.6
_DRAWN: Final = 5_000_000
"""Pairs that are drawn by chance."""
_MOST_TRAINED: Final = 5_000_000
_FEWEST_TRAINED: Final = 30
_SEED: Final = 1
_TRAINING: Final[tuple[Block, ...]] = (
    *(("given_name", "family_name"), ("birth_date",), ("email",), ("phone",), ("reference",), ("postcode",)),
    *(("town", "birth_year"), ("family_name", "birth_year"), ("family_name",), ("birth_year",)),
)
_SESSIONS: Final = 3
_READ_TOGETHER: Final = 10_000
_LEVEL: Final = "gamma_"
_CONSIDERED: Final = 0.01
"""The probability from which a pair takes its share of what speaks for several."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """Two records that may be of one person, by their places; `probability` is already shared with others'."""

    left: int
    right: int
    probability: float
    comparisons: tuple[Comparison, ...]


class SplinkLinkage:
    """Links two tables with columns of `PROFILE`, all texts, and `ROW`. The backend is Splink's: DuckDB here, Spark
    where there is one. `pairs` is how many pairs are looked at, at most.
    """

    def __init__(self, backend: DatabaseAPI[Any], *, pairs: int = PAIRS_COMPARED) -> None:
        self._backend = backend
        self._pairs = pairs

    def matches(self, left: Table, right: Table, *, at_least: float) -> Iterator[Match]:
        """Yield the pairs whose probability is at least `at_least`, by the left record.

        Columns that are empty or missing on either side are not compared; without any there are no matches.
        """
        from splink import Linker, SettingsCreator, block_on
        from splink.internals.exceptions import SplinkException

        # It warns of levels of likeness that no pair shows.
        logging.getLogger("splink").setLevel(logging.ERROR)
        filled = [{name for name in side.column_names if side[name].null_count < len(side)} for side in (left, right)]
        fields = [name for name in PROFILE if all(name in there for there in filled)]
        compared = comparisons_of(fields)
        sides = [
            self._backend.register(prepared(side, fields), dataset_display_name=name)
            for name, side in (("a_left", left), ("b_right", right))
        ]
        counts = self._counts(sides, [block for block in _BLOCKS if set(block) <= set(fields)])
        blocks = blocks_within(counts, self._pairs)
        if not blocks:
            return
        settings = SettingsCreator(
            link_type="link_only",
            unique_id_column_name=ROW,
            comparisons=[comparison for comparison, _ in compared.values()],
            blocking_rules_to_generate_predictions=[block_on(*block) for block in blocks],
            retain_intermediate_calculation_columns=True,
        )
        linker = Linker(sides, settings, log_level=None)
        if sure := [block for block in _SURE if block in counts]:
            # Of so few records that all agree it cannot be told.
            with suppress(ValueError):
                linker.training.estimate_probability_two_random_records_match(
                    [block_on(*block) for block in sure], recall=_SHARE_FOUND_BY_SURE
                )
        linker.training.estimate_u_using_random_sampling(max_pairs=_DRAWN, seed=_SEED)
        for block in training_blocks(counts, compared):
            before = linker.misc.save_model_to_json()
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(
                    block_on(*block), estimate_without_term_frequencies=True, max_pairs=_MOST_TRAINED
                )
            except (ValueError, SplinkException):
                # Where all in a block agree there is nothing to learn; Splink breaks off and leaves a model in parts.
                linker = Linker(sides, before, log_level=None)
        predicted = linker.inference.predict(threshold_match_probability=_CONSIDERED)
        yield from _read(predicted, list(compared), at_least)

    def _counts(self, sides: Sequence[SplinkDataFrame], blocks: Iterable[Block]) -> dict[Block, int]:
        """Return how many pairs share each block; those that nobody shares are left out."""
        counted = {}
        for block in blocks:
            named = ", ".join(block)
            there = " AND ".join(f"{name} IS NOT NULL" for name in block)
            same = " AND ".join(f"l.{name} = r.{name}" for name in block)
            left, right = (
                f"(SELECT {named}, count(*) AS n FROM {side.physical_name} WHERE {there} GROUP BY {named})"  # noqa: S608  # names of ours
                for side in sides
            )
            sql = f"SELECT sum(l.n * r.n) AS pairs FROM {left} l JOIN {right} r ON {same}"  # noqa: S608
            [row] = self._backend.query_sql(sql).as_record_list()
            counted[block] = int(row["pairs"] or 0)
        return {block: count for block, count in counted.items() if count}


@contextmanager
def duckdb_backend(*, memory_gb: float = MEMORY_GB) -> Iterator[DatabaseAPI[Any]]:
    """Yield a backend in this process. What memory cannot hold lies in a private folder, which goes with the block."""
    from duckdb import connect
    from splink import DuckDBAPI

    with (
        TemporaryDirectory(prefix="earshot-") as folder,
        connect(config={"memory_limit": f"{memory_gb}GB", "temp_directory": folder}) as connection,
    ):
        # It would draw bars over what commands say.
        connection.execute("SET enable_progress_bar = false")
        yield DuckDBAPI(connection)


def method() -> str:
    """Return the version of the method, kept with what it finds."""
    return f"records {_REVISION} (splink {version('splink')})"


def prepared(table: Table, fields: Sequence[str]) -> Table:
    """Return the columns that are needed, and the whole name beside its parts: how frequent it is counts."""
    from pyarrow import compute

    chosen = table.select([ROW, *fields])
    if {"given_name", "family_name"} <= set(fields):
        whole = compute.binary_join_element_wise(table["given_name"], table["family_name"], " ")
        chosen = chosen.append_column("full_name", whole)
    return chosen


def comparisons_of(fields: Sequence[str]) -> dict[str, tuple[ComparisonCreator, tuple[str, ...]]]:
    """Return what is compared by what it is called, with the fields of each.

    Who lives at a postcode lives in its town: of what says the same, one is compared.
    """
    from splink import comparison_library as library

    found: dict[str, tuple[ComparisonCreator, tuple[str, ...]]] = {}
    if {"given_name", "family_name"} <= set(fields):
        names = ("given_name", "family_name")
        found["name"] = (library.ForenameSurnameComparison(*names, forename_surname_concat_col_name="full_name"), names)
    passed = {"given_name", "family_name"} if found else set()
    if "birth_date" in fields:
        passed.add("birth_year")
    if "postcode" in fields:
        passed |= {"town", "street"}
    for field in fields:
        if field not in passed:
            found[NAMED.get(field, field.replace("_", " "))] = (comparison_of(field), (field,))
    return found


def comparison_of(field: str) -> ComparisonCreator:
    """Return how two values of a field are compared."""
    from splink import comparison_library as library

    if field in {"given_name", "family_name"}:
        return library.NameComparison(field).configure(term_frequency_adjustments=True)
    if field == "birth_date":
        return library.DateOfBirthComparison(field, input_is_string=True, invalid_dates_as_null=True)
    if field == "email":
        return library.EmailComparison(field)
    if field in {"phone", "reference"}:
        return library.DamerauLevenshteinAtThresholds(field, [1, 2])
    if field == "postcode":
        return library.DamerauLevenshteinAtThresholds(field, [1, 2]).configure(term_frequency_adjustments=True)
    if field in {"town", "street"}:
        return library.JaroWinklerAtThresholds(field, [0.92, 0.8]).configure(term_frequency_adjustments=True)
    return library.ExactMatch(field).configure(term_frequency_adjustments=True)


def blocks_within(counts: Mapping[Block, int], pairs: int) -> list[Block]:
    """Return the blocks that are looked at: the surest first, as many as there is room for."""
    chosen, left = [], pairs
    for block, count in counts.items():
        if count <= left:
            chosen.append(block)
            left -= count
    return chosen


def training_blocks(
    counts: Mapping[Block, int], compared: Mapping[str, tuple[ComparisonCreator, tuple[str, ...]]]
) -> list[Block]:
    """Return blocks in which it can be learned how people who are one agree in everything else.

    Every comparison is to be learned in one at least that does not hold it fast.
    """
    chosen: list[Block] = []
    left = set(compared)
    for block in _TRAINING:
        learned = {name for name, (_, fields) in compared.items() if not set(fields) & set(block)}
        if counts.get(block, 0) >= _FEWEST_TRAINED and (learned & left or len(chosen) < _SESSIONS):
            chosen.append(block)
            left -= learned
    return chosen


def _read(predicted: SplinkDataFrame, compared: Sequence[str], at_least: float) -> Iterator[Match]:
    # A level, a weight and one for how frequent the value is, for each comparison in their order.
    gammas = [one.unquote().name for one in predicted.columns if one.unquote().name.startswith(_LEVEL)]
    columns = dict(zip(compared, (one.removeprefix(_LEVEL) for one in gammas), strict=True))
    shared = """SELECT *, power(2, match_weight) / (1 + sum(power(2, match_weight)) OVER (PARTITION BY row_l)) AS shared
        FROM {this}"""
    found = predicted.query_sql(shared)
    likely = found.query_sql(f"SELECT * FROM {{this}} WHERE shared >= {float(at_least)} ORDER BY row_l, row_r")  # noqa: S608
    table: Table = likely.as_pyarrow_table()  # type: ignore[no-untyped-call]
    for batch in table.to_batches(max_chunksize=_READ_TOGETHER):
        for row in batch.to_pylist():
            compared_so = tuple(told(name, column, row) for name, column in columns.items())
            yield Match(left=row["row_l"], right=row["row_r"], probability=row["shared"], comparisons=compared_so)


def told(name: str, column: str, row: Mapping[str, Any]) -> Comparison:
    """Return what one comparison of a pair says; `column` is what Splink calls it."""
    level = row[f"{_LEVEL}{column}"]
    weight = row[f"mw_{column}"] + (row.get(f"mw_tf_adj_{column}") or 0.0)
    outcome = "not known" if level < 0 else "different" if level == 0 else "the same or alike"
    return Comparison(name=name, outcome=outcome, weight=round(weight, 2))
