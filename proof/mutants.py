"""How many planted faults the tests notice: `python -m proof.mutants` in a clone that nobody works in.

A sample of the mutants that Cosmic Ray's operators make in the rooms where people's data is joined, counted, kept and
erased. Each is met by the tests that run its line alone, as Coverage.py saw them, until the first fails. What survives
is judged by hand in `proof/mutants_judged.json`: `=` begins why a mutant changes nothing that anybody could see, `+`
which test notices it that was not run, or was written since. Needs `cosmic-ray` and `coverage`, and the coverage of the
tests with contexts first:

    python -m coverage run --rcfile=proof/mutants.ini -m pytest -m "not elastic and not browser" tests/linking ...
"""

from __future__ import annotations

import argparse
import difflib
import json
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOMS: Final = ("actions", "insights", "linking", "pipeline", "stores")
LEFT_OUT: Final = ("pipeline/bench/", "stores/elastic/")
"""Benchmarks are no product; a real Elasticsearch for every mutant takes a day."""
OPERATORS: Final = (
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceUnaryOperator_Delete_Not",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "NumberReplacer",
    "ZeroIterationForLoop",
)
NOTHING: Final = re.compile(r"TYPE_CHECKING|@dataclass|^\s*def |(^|[(\[{ ])\*+[\w,]")
"""Lines whose mutants say nothing of the tests: imports for types, whether values are frozen, stars of arguments."""
TIME_OUT_S: Final = 120
MOST_TESTS: Final = 60
JUDGEMENTS: Final = {"=": "equivalent", "+": "noticed later"}
RESULTS: Final = Path("proof/mutants.json")
JUDGED: Final = Path("proof/mutants_judged.json")
PAGE: Final = Path("docs/mutants.md")


def main() -> None:
    """Try the sample, going on where an earlier run stopped, and write the results after each mutant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coverage", type=Path, help="data file of Coverage.py, with contexts")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    asked = parser.parse_args()
    if not asked.page:
        tests = tests_by_line(asked.coverage)
        found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        mutants = all_mutants()
        chosen = random.Random(asked.seed).sample(mutants, asked.sample)
        found |= {"mutants": len(mutants), "sample": asked.sample, "seed": asked.seed}
        tried = found.setdefault("tried", {})
        for mutant in chosen:
            name = ":".join(map(str, mutant))
            if name not in tried:
                tried[name] = outcome(*mutant, tests)
                sys.stdout.write(f"{len(tried)} of {asked.sample}: {name} {tried[name]['became']}\n")
                RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    PAGE.write_text(page(json.loads(RESULTS.read_text()), json.loads(JUDGED.read_text())))


def all_mutants() -> list[tuple[str, str, int, int]]:
    """Return file, operator, occurrence and line of every mutant there is, but for those of types and docstrings."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator

    found = []
    for path in (file for room in ROOMS for file in sorted(Path(room).rglob("*.py"))):
        if str(path).startswith(LEFT_OUT):
            continue
        nodes = list(ast_nodes(get_ast_from_path(path)))
        nothing = {i for i, text in enumerate(path.read_text().splitlines(), 1) if NOTHING.search(text)}
        for name in OPERATORS:
            operator = get_operator(f"core/{name}")()
            lines = [start[0] for node in nodes for start, _ in operator.mutation_positions(node)]
            found += [(str(path), name, number, line) for number, line in enumerate(lines) if line not in nothing]
    return found


def tests_by_line(data: Path) -> dict[tuple[str, int], list[str]]:
    """Return the tests that ran each line; of lines that run at import, those that ran any line of the file."""
    from coverage import CoverageData

    read = CoverageData(str(data))
    read.read()
    tests: dict[tuple[str, int], list[str]] = defaultdict(list)
    for file in read.measured_files():
        path = str(Path(file).relative_to(Path.cwd()))
        by_line = {line: nodes(path, contexts) for line, contexts in read.contexts_by_lineno(file).items()}
        anywhere = sorted({one for some in by_line.values() for one in some})
        for line, some in by_line.items():
            tests[path, line] = some or anywhere
    return tests


def outcome(path: str, operator: str, occurrence: int, line: int, tests: dict[tuple[str, int], list[str]]) -> Any:
    """Put a mutant in its file, run the tests of its line, and put the file back."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    file = Path(path)
    before = file.read_text()
    after = mutate_code(before, get_operator(f"core/{operator}")(), occurrence)
    changed = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[3:]
    told = {"was": changed[0][1:].strip(), "is": changed[-1][1:].strip()}
    try:
        compile(after, path, "exec")
    except SyntaxError:
        return told | {"became": "no Python"}
    # The statement may begin a few lines above.
    ran = next((tests[path, at] for at in range(line, max(line - 12, 0), -1) if tests.get((path, at))), [])
    if not ran:
        return told | {"became": "not run"}
    try:
        file.write_text(after)
        options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider"]
        command = [sys.executable, "-m", "pytest", *options, *ran[:MOST_TESTS]]
        done = subprocess.run(command, capture_output=True, check=False, timeout=TIME_OUT_S)
        became = {0: "survived", 1: "noticed"}.get(done.returncode, "noticed" if done.returncode == 2 else "not run")
        return told | {"became": became}
    except subprocess.TimeoutExpired:
        return told | {"became": "noticed"}
    finally:
        file.write_text(before)


def nodes(path: str, contexts: Iterable[str]) -> list[str]:
    """Return the names of tests, as pytest takes them, from the dotted names that Coverage.py keeps of a line.

    Property tests all have one name there, Hypothesis' own; the file's own tests stand for them and come first.
    """
    room, *rest = Path(path).parts
    own = Path("tests", room, *rest[:-1], f"test_{rest[-1]}")
    first = [str(own)] if own.exists() and any(contexts) else []
    named = (one.split(".") for one in contexts if one.startswith("tests."))
    return first + sorted(
        f"{'/'.join(module)}.py::{test}" for *module, test in named if Path(*module).with_suffix(".py") != own
    )


def page(found: dict[str, Any], judged: dict[str, str]) -> str:
    """Return the page about the results."""
    rooms: dict[str, Counter[str]] = defaultdict(Counter)
    for name, one in found["tried"].items():
        rooms[name.split("/")[0]][JUDGEMENTS.get(judged.get(name, "")[:1], one["became"])] += 1
    every = sum(rooms.values(), Counter())
    counted = every["noticed"] + every["noticed later"] + every["survived"] + every["not run"]
    opening = (
        "Made by `python -m proof.mutants` from `proof/mutants.json`; do not edit. Of the "
        f"{found['mutants']:,} faults that Cosmic Ray's operators plant in `actions/`, `insights/`, `linking/`, "
        f"`pipeline/` and `stores/` (but for Elasticsearch's and the benchmarks), {len(found['tried'])} were drawn by "
        f"chance (seed {found['seed']}). Each met the tests that run its line, without those that need Elasticsearch "
        "or a browser. A planted fault is *noticed* when a test fails, breaks off or does not end; *equivalent* when "
        "it changes nothing that anybody could see, for the reason given."
    )
    score = (
        f"**{every['noticed']} of {counted} noticed, {every['noticed'] / counted:.0%}**, and {every['noticed later']} "
        "more by tests of other rooms or tests written since."
    )
    columns = ("noticed", "noticed later", "survived", "not run", "equivalent")
    lines = [
        "# Faults that the tests notice",
        "",
        fill(opening, 120),
        "",
        score,
        "",
        "| room | noticed | noticed later | survived | no test runs it | equivalent |",
        "| --- | --- | --- | --- | --- | --- |",
        *(f"| `{room}/` | {' | '.join(str(of[column]) for column in columns)} |" for room, of in sorted(rooms.items())),
        "",
        "| what was not noticed | was | is | what we say of it |",
        "| --- | --- | --- | --- |",
    ]
    for name, one in sorted(found["tried"].items()):
        if one["became"] not in {"noticed", "no Python"}:
            path, _, _, line = name.split(":")
            cells = (
                f"`{path}` {line}",
                f"`{one['was']}`",
                f"`{one['is']}`",
                judged.get(name, one["became"]).lstrip("=+ "),
            )
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
