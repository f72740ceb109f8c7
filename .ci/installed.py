"""Prove, in an environment that has only the wheel, that nothing of the checkout is missing from it.

Usage: python .ci/installed.py CHECKOUT, from a folder outside the checkout.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

LINES = '{"id": "1", "text": "Great signal, thank you!"}\n{"id": "2", "text": "No network since noon."}\n'


def run(*command: str, given: str | None = None) -> str:
    """Run a command that must succeed; return what it printed."""
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout


def shipped(checkout: Path, packages: list[str]) -> list[Path]:
    """Return the tracked files that belong to our packages, relative to the checkout."""
    tops = sorted({package.partition(".")[0] for package in packages})
    return [Path(name) for name in run("git", "-C", str(checkout), "ls-files", "-z", *tops).split("\0") if name]


def main(checkout: Path) -> None:
    """Import every package, find every file, use the command."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    tops = [name.removesuffix("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]]
    packages = sorted(
        str(file.parent.relative_to(checkout)).replace("/", ".")
        for top in tops
        for file in (checkout / top).rglob("__init__.py")
    )
    for package in packages:
        origin = importlib.import_module(package).__file__ or ""
        assert not origin.startswith(f"{checkout}/"), f"{package} comes from the checkout"
    home = resources.files("index_mappings")
    for template in (checkout / "index_mappings").glob("*.json"):
        json.loads((home / template.name).read_text(encoding="utf-8"))
    site = Path(str(home)).parent
    lost = [str(file) for file in shipped(checkout, packages) if not (site / file).is_file()]
    assert not lost, f"not in the wheel: {', '.join(lost)}"

    version = run("earshot", "--version").strip()
    assert project["project"]["version"] in version, version
    assert "analyse" in run("earshot", "--help")
    answers = [json.loads(line) for line in run("earshot", "analyse", "-", "--output", "-", given=LINES).splitlines()]
    assert [answer["id"] for answer in answers] == ["1", "2"], answers
    assert all(answer["sentiment"]["label"] in {"negative", "neutral", "positive"} for answer in answers), answers
    sys.stdout.write(f"{version} works from the wheel: {len(packages)} packages, two lines analysed\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
