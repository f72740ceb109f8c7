"""What is generated is current, and what is said twice is said the same."""

from __future__ import annotations

import re

import pytest

from stores.fields import field_reference
from tests.support.tree import ROOT, product_files, project

REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?P<marker>.*?) \\$")


def locked(name):
    """Return every pinned requirement of a lock file."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return {match["name"] + match["marker"]: match["version"] for line in lines if (match := REQUIREMENT.match(line))}


def names(declared):
    """Return the bare names of declared requirements."""
    return {re.match(r"[\w-]+", requirement)[0] for requirement in declared}


def test_field_reference_is_current():
    page = (ROOT / "index_mappings" / "README.md").read_text(encoding="utf-8")
    assert page == field_reference(), "run: .venv/bin/python -m stores.fields > index_mappings/README.md"


def test_version_is_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert released[0] == project()["project"]["version"]


def test_every_package_is_declared():
    found = {".".join(file.parent.parts) for file in product_files()}
    assert found == set(project()["tool"]["setuptools"]["packages"])


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
