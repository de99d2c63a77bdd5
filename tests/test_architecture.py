"""Contract: the folders show the architecture. Imports go one way; each foreign library has its place."""

import ast
import re
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
    "rich": ("bot/cli/",),
    "babel": ("model/labels.py",),
    "pickle": ("model/imagenet.py",),
}
"""The only places that may import a library, as beginnings of paths."""

DETAILS = ("bot/cli/", "bot/migrations/", "bot/sandbox/")
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
    users = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in modules(package)
        if library in {found.split(".")[0] for found in imports(path)}
    ]
    assert [name for name in users if not name.startswith(HOMES[library])] == []
    assert [home for home in HOMES[library] if not any(name.startswith(home) for name in users)] == []


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


def on_the_map() -> set[str]:
    """The paths of the modules in the map, where a line may name a package, or a folder in it, first."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```\n")[1]
    package = folder = ""
    paths = set()
    for line in text.splitlines():
        if named := re.match(r"\w+/", line):
            package, folder = named[0], ""
        elif named := re.match(r"  \w+/", line):
            folder = named[0].strip()
        paths |= {package + folder + name for name in re.findall(r"\w+\.py\b", line)}
    return paths


def test_the_map_names_every_module_and_no_other() -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in modules(package)
        if path.name != "__init__.py"
    }
    assert on_the_map() == {name for name in there if not name.startswith(DETAILS)}


@pytest.mark.parametrize("module", ["bot.app", "bot.cli.main", "training.data.dataset", "model.predictor"])
def test_importing_starts_no_tensorflow(module: str) -> None:
    code = f"import sys, {module}; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()
