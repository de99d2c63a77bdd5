"""Contract: the folders show the architecture. Imports go one way; each foreign library has its place."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("model", "training", "bot")
"""From the bottom to the top: each may import itself and what stands before it."""

HOMES = {
    "telegram": ("bot/",),
    "sqlalchemy": ("bot/store/", "bot/migrations/"),
    "alembic": ("bot/store/", "bot/migrations/"),
    "tensorflow": ("model/evidence.py", "model/network.py", "model/runtime.py"),
    "keras": (
        "model/efficientnet.py",
        "model/evidence.py",
        "model/network.py",
        "model/seed_cnn.py",
        "training/fitting/fit.py",
        "training/fitting/reporter.py",
        "training/version.py",
    ),
    "matplotlib": ("training/measuring/plots.py",),
    "sklearn": ("training/cross_validation.py", "training/measuring/metrics.py"),
    "starlette": ("bot/sandbox/",),
    "typer": ("bot/cli/",),
    "rich": ("bot/cli/", "bot/logs.py"),
    "babel": ("model/labels.py",),
    "pickle": ("model/imagenet.py",),
}
"""The only places that may import a library, as beginnings of paths."""


DETAILS = {"cli", "sandbox", "store", "migrations", "simulation"}
"""Folders that the map names as one thing."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The absolute modules that a file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way(package: str) -> None:
    above = PACKAGES[PACKAGES.index(package) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imports(path)
        if name.split(".")[0] in (*above, "tests")
    ]
    assert wrong == []


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_its_place(library: str) -> None:
    wrong = [
        name
        for package in PACKAGES
        for path in modules(package)
        if library in {found.split(".")[0] for found in imports(path)}
        and not (name := path.relative_to(ROOT).as_posix()).startswith(HOMES[library])
    ]
    assert wrong == []


def test_nothing_from_data_is_run() -> None:
    """No eval, no shell, no arrays with pickles; what unpickles the one foreign file lets no code in."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in PACKAGES
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec", "compile"})
            or any(
                key.arg in {"allow_pickle", "shell"} and getattr(key.value, "value", None) is not False
                for key in node.keywords
            )
        )
    ]
    assert wrong == []


def test_packages_hold_a_docstring_and_nothing_else() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("__init__.py"):
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1, path
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_every_module_is_on_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    parts = [
        path.name
        for package in PACKAGES
        for path in modules(package)
        if path.name != "__init__.py" and not DETAILS & {folder.name for folder in path.parents}
    ]
    assert [name for name in parts if name not in text] == []


@pytest.mark.parametrize("module", ["bot.app", "bot.cli.main", "training.data.dataset", "model.predictor"])
def test_importing_starts_no_tensorflow(module: str) -> None:
    code = f"import sys, {module}; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()
