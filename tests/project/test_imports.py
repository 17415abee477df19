"""A room imports only from itself and the rooms below it, and no two files import each other."""

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "analysis"
# The sample uses every room and belongs to none: no other room imports it.
ROOMS = ("policy", "intake", "scoring", "insight", "action", "report", "run", "sample")
# What stands outside the rooms: the door for researchers, `python -m analysis`, that types are stated, and the
# catalogues of messages, from which every room speaks.
DOORS = {"__init__.py", "__main__.py", "py.typed", "locale"}
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


def list_modules(package: Path) -> dict[str, Path]:
    """Dotted name of each module → its file; a package is the module of its `__init__.py`."""
    names = {path: (package.name, *path.relative_to(package).with_suffix("").parts) for path in package.rglob("*.py")}
    return {".".join(name).removesuffix(".__init__"): path for path, name in names.items()}


def find_circle(sources: Mapping[str, str]) -> list[str]:
    """A circle of modules that import one another, wherever in the file; empty where there is none.

    Args:
        sources: dotted name → source; that of a package ends in `.__init__`.
    """
    modules = {name.removesuffix(".__init__") for name in sources}
    graph = {}
    for name, source in sources.items():
        module = name.removesuffix(".__init__")
        imported = find_imported_modules(source, tuple(name.split(".")[:-1]))
        # `from package import name` imports the package alone, unless the name is a module of it.
        graph[module] = {n if n in modules else n.rpartition(".")[0] for n in imported} & modules - {module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_files_import_each_other():
    paths = list_modules(PACKAGE)
    assert len(paths) > 150
    sources = {f"{name}.__init__" if path.stem == "__init__" else name: path for name, path in paths.items()}
    assert find_circle({name: path.read_text("utf-8") for name, path in sources.items()}) == []


@pytest.mark.parametrize(
    ("sources", "is_circle"),
    [
        ({"p.a": "import p.b", "p.b": "x = 1"}, False),
        ({"p.a": "import p.b", "p.b": "from p.a import x"}, True),
        ({"p.a": "from p import b", "p.b": "def f():\n    from p.a import x"}, True),
        ({"p.a": "from . import b", "p.b": "from .a import x"}, True),
        ({"p.a": "if TYPE_CHECKING:\n    from p.b import X", "p.b": "import p.a"}, True),
        ({"p.a": "import p.b", "p.b": "import p.c", "p.c": "import p.a"}, True),
        ({"p.q.__init__": "from p.q.a import x", "p.q.a": "from p.q import y"}, True),
        ({"p.q.__init__": "from p.q.a import x", "p.q.a": "from p.q.b import y", "p.q.b": ""}, False),
    ],
)
def test_a_circle_is_seen_wherever_its_imports_stand(sources, is_circle):
    assert bool(find_circle(sources)) is is_circle
