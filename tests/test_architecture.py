"""The import rule of ARCHITECTURE.md, held by reading every file, and proof that each part of it bites."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.tree import ROOT, packages, product_files

if TYPE_CHECKING:
    from collections.abc import Iterator

MAY_IMPORT = {
    "domain": set(),
    "index_mappings": set(),
    "configuration": {"domain"},
    "textquery": {"domain"},
    "transport": {"domain"},
    "collectors": {"domain", "configuration", "textquery", "transport"},
    "responders": {"domain", "transport"},
    "listener": {"domain", "transport"},
    "nlp": {"domain", "textquery"},
    "linking": {"domain", "textquery"},
    "stores": {"domain", "textquery"},
    "insights": {"domain", "textquery"},
    "reports": {"domain", "insights"},
    "actions": {"domain", "textquery", "linking", "insights"},
    "dashboard": {"domain", "configuration", "insights", "reports", "stores", "actions"},
}
ALL = {*MAY_IMPORT, "pipeline", "world", "cli"}
MAY_IMPORT |= {
    "pipeline": ALL - {"dashboard", "cli", "world"},
    "world": ALL - {"dashboard", "cli"},
    "cli": ALL - {"dashboard"},
}
ONLY_TO_OPEN_ONE = "stores.open"
LIGHT = ("insights", "reports", "dashboard")
HEAVY = {"torch", "transformers", "bertopic", "sentence_transformers", "nlp", "collectors"}


def import_faults(file: Path, tree: ast.Module) -> Iterator[str]:
    """Yield what a file imports against the rule."""
    home = file.parts[0]
    for node, module in imports(tree):
        top = module.partition(".")[0]
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "imports relatively"
        elif top in MAY_IMPORT and isinstance(node, ast.Import):
            yield f"says `import {module}`; write `from {module} import ...`"
        elif top in MAY_IMPORT and top != home and top not in MAY_IMPORT[home]:
            yield f"imports {top}"
        elif home == "dashboard" and top == "stores" and opened(node, module) != ONLY_TO_OPEN_ONE:
            yield f"imports {module}; the dashboard only opens a store"
        elif home == "domain" and top != "domain" and top not in sys.stdlib_module_names:
            yield f"imports {top}; domain needs the standard library alone"
        elif home == "dashboard" and neighbour(file, top):
            yield f"imports its neighbour {top} by its bare name"


def imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Yield every import statement, wherever it stands, with each module that it names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


def neighbour(file: Path, name: str) -> bool:
    """Tell whether a module or package of this name stands beside a file."""
    return (ROOT / file).with_name(f"{name}.py").exists() or (ROOT / file).with_name(name).is_dir()


def opened(node: ast.Import | ast.ImportFrom, module: str) -> str:
    """Return the module that an import reaches: `from stores import open` reaches `stores.open`."""
    return f"{module}.{node.names[0].name}" if module == "stores" else module


def binding_faults(tree: ast.Module) -> Iterator[str]:
    """Yield module-level names and parameters that hide one of our packages."""
    for name in [*module_names(tree), *(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))]:
        if name in MAY_IMPORT:
            yield f"binds {name}, the name of a package"


def module_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a file binds outside functions and classes, and by any import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname for alias in node.names if alias.asname)
            yield from (alias.name for alias in node.names if isinstance(node, ast.ImportFrom) and not alias.asname)
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def name_faults(file: Path) -> Iterator[str]:
    """Yield what is wrong with the name of a file: Streamlit puts `dashboard/` first on the path."""
    if file.parts[0] == "dashboard" and (file.stem in MAY_IMPORT or file.stem in sys.stdlib_module_names):
        yield f"hides the module {file.stem}"


def faults(file: Path, source: str) -> list[str]:
    """Return every fault of a file, in words."""
    tree = ast.parse(source)
    return [*import_faults(file, tree), *binding_faults(tree), *name_faults(file)]


def late_imports(package: str) -> list[str]:
    """Return the modules that a package imports, at any time but for type checking; pages are not run for it."""
    found = set()
    for file in product_files():
        if file.parts[0] == package:
            tree = without_type_checking(ast.parse((ROOT / file).read_text(encoding="utf-8")))
            found.update(module for _, module in imports(tree))
    return sorted(module for module in found if module and module.partition(".")[0] != package)


def without_type_checking(tree: ast.Module) -> ast.Module:
    """Return a file without the imports that only a type checker reads."""
    kept = [node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))]
    return ast.Module(body=kept, type_ignores=[])


def test_every_package_has_its_row():
    assert set(packages()) == set(MAY_IMPORT)


@pytest.mark.parametrize("file", product_files(), ids=str)
def test_file_keeps_the_rule(file):
    assert faults(file, (ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("package", LIGHT)
def test_what_is_shown_never_needs_a_model(package):
    script = f"""
import importlib, sys
for module in {late_imports(package)!r}:
    importlib.import_module(module)
print(*sorted({HEAVY!r} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize(
    ("file", "source", "fault"),
    [
        ("stores/a.py", "from nlp.clean import x", "imports nlp"),
        ("insights/a.py", "def f():\n    from stores.open import open_store", "imports stores"),
        ("reports/a.py", "from stores.open import open_store", "imports stores"),
        ("stores/a.py", "from pipeline.ingest import ingest", "imports pipeline"),
        ("pipeline/a.py", "from dashboard.start import start", "imports dashboard"),
        ("pipeline/a.py", "from cli.screen import say", "imports cli"),
        ("actions/a.py", "from pipeline.wiring import opened", "imports pipeline"),
        ("collectors/a.py", "from pipeline.wiring import opened", "imports pipeline"),
        ("stores/a.py", "from .open import open_store", "imports relatively"),
        ("nlp/a.py", "import nlp", "says `import nlp`"),
        ("pipeline/a.py", "import stores.open as opener", "says `import stores.open`"),
        ("domain/a.py", "import numpy as np", "imports numpy"),
        ("dashboard/a.py", "from stores.sqlite.store import SqliteStore", "only opens a store"),
        ("dashboard/a.py", "from stores import sqlite", "only opens a store"),
        ("nlp/a.py", "nlp = 3", "binds nlp"),
        ("nlp/a.py", "if True:\n    for nlp in range(3): pass", "binds nlp"),
        ("nlp/a.py", "def load(nlp): ...", "binds nlp"),
        ("nlp/a.py", "load = lambda *, stores: stores", "binds stores"),
        ("nlp/a.py", "def reports(): ...", "binds reports"),
        ("nlp/a.py", "from spacy import load as nlp", "binds nlp"),
        ("nlp/a.py", "from spacy import reports", "binds reports"),
        ("dashboard/statistics.py", "", "hides the module statistics"),
        ("dashboard/views/reports.py", "", "hides the module reports"),
    ],
)
def test_planted_fault_is_found(file, source, fault):
    assert any(fault in found for found in faults(Path(file), source))


def test_bare_neighbour_is_found():
    assert any("bare name" in fault for fault in faults(Path("dashboard/a.py"), "import views"))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("dashboard/a.py", "from stores.open import open_store\nfrom stores import open"),
        ("domain/a.py", "from domain.errors import InputError\nimport json"),
        ("nlp/a.py", "class Config:\n    nlp: int = 3"),
        ("pipeline/a.py", "def f(config):\n    return config.nlp"),
    ],
)
def test_what_is_allowed_is_no_fault(file, source):
    assert faults(Path(file), source) == []
