"""The repository as data: where it is, its packages, their files, its declared project."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def project() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def packages() -> tuple[str, ...]:
    """Return the names of our top-level packages."""
    declared = project()["tool"]["setuptools"]["packages"]["find"]["include"]
    return tuple(sorted(name.removesuffix("*") for name in declared))


@cache
def product_files() -> tuple[Path, ...]:
    """Return every Python file of our packages, relative to the repository."""
    return tuple(sorted(file.relative_to(ROOT) for package in packages() for file in (ROOT / package).rglob("*.py")))


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return what git tracks or would track, relative to the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout
    return tuple(sorted(Path(name) for name in names.split("\0") if name and (ROOT / name).is_file()))
