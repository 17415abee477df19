"""A room imports only from itself and the rooms below it: policy is the ground, run the top."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "analysis"
# The sample uses every room and belongs to none: no other room imports it.
ROOMS = ("policy", "intake", "scoring", "insight", "action", "report", "run", "sample")
# What stands outside the rooms: the door for researchers, and `python -m analysis`.
DOORS = {"__init__.py", "__main__.py"}
ROOM_FILES = [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]


def find_imported_modules(source: str, package: tuple[str, ...]) -> set[str]:
    """Dotted names that a module imports, relative ones resolved against its package."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *filter(None, [node.module])])
            names |= {f"{stem}.{alias.name}" for alias in node.names}
    return names


def find_forbidden_imports(source: str, package: tuple[str, ...]) -> set[str]:
    """Imports of a higher room, or of `analysis` itself, by a module of `package`."""
    allowed = ROOMS[: ROOMS.index(package[1]) + 1]
    inside = {n for n in find_imported_modules(source, package) if n.split(".")[0] == "analysis"}
    return {name for name in inside if [*name.split("."), ""][1] not in allowed}


def test_the_rooms_and_the_doors_are_all_there_is():
    found = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert set(ROOMS) <= found
    assert found - set(ROOMS) <= DOORS


@pytest.mark.parametrize("path", ROOM_FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_module_imports_only_from_its_own_room_and_those_below(path: Path):
    package = ("analysis", *path.relative_to(PACKAGE).parts[:-1])
    assert not find_forbidden_imports(path.read_text("utf-8"), package)


@pytest.mark.parametrize(
    ("source", "is_forbidden"),
    [
        ("from analysis.policy.errors import AnalysisError", False),
        ("from analysis.scoring import tiers", False),
        ("from . import tiers", False),
        ("from ..policy import period", False),
        ("import pandas", False),
        ("from analysis.report import figures", True),
        ("import analysis.run.store.revisions", True),
        ("from analysis import load", True),
        ("import analysis", True),
        ("from ..run import store", True),
        ("from .. import run", True),
        ("def f():\n    from analysis.insight import trends", True),
    ],
)
def test_walker_sees_every_way_to_import(source: str, is_forbidden: bool):
    assert bool(find_forbidden_imports(source, ("analysis", "scoring"))) is is_forbidden
