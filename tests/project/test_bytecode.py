"""Planted bytecode does nothing: the package is compiled from its source whenever it is loaded (S45)."""

import importlib.machinery
import importlib.util
import marshal
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "analysis"


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """A copy of the package without bytecode."""
    target = tmp_path_factory.mktemp("planted") / "src" / "analysis"
    return shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))


def plant(module: Path, code: str) -> Path:
    """Write bytecode of other code, which says that it is up to date, where Python looks for a module's."""
    stat = module.stat()
    head = importlib.util.MAGIC_NUMBER + bytes(4)
    head += int(stat.st_mtime).to_bytes(4, "little") + stat.st_size.to_bytes(4, "little")
    cached = Path(importlib.util.cache_from_source(module))
    cached.parent.mkdir(exist_ok=True)
    cached.write_bytes(head + marshal.dumps(compile(code, module, "exec")))
    return cached


def run(package: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_a_planted_module_is_not_run(package):
    module = package / "policy" / "period.py"
    cached = plant(module, "raise SystemExit('planted')")
    done = run(package, "-c", "from analysis.policy.period import shift; print(shift('2026-01', -1))")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "2025-12", "")
    cached.unlink()


def test_a_planted_start_is_not_run(package):
    cached = plant(package / "__main__.py", "raise SystemExit('planted')")
    assert "planted" not in run(package, "-m", "analysis", "--help").stderr
    cached.unlink()


def test_nothing_of_the_package_is_written_as_bytecode_but_its_first_file(package):
    run(package, "-c", "import analysis.run.store.verify")
    written = {path.name.partition(".")[0] for path in package.rglob("*.pyc")}
    assert written == {"__init__"}
    assert {path.parent.parent for path in package.rglob("*.pyc")} == {package}


def test_libraries_keep_their_bytecode(package):
    done = run(package, "-c", "import analysis, json.tool as m; print(type(m.__loader__).__name__)")
    assert done.stdout.strip() == "SourceFileLoader"


@pytest.mark.parametrize("name", ["planted.pyc", "planted.so"])
def test_a_module_without_source_is_refused(package, name):
    suffix = name.partition(".")[2]
    file = package / (name if suffix == "pyc" else f"planted{importlib.machinery.EXTENSION_SUFFIXES[0]}")
    file.write_bytes(b"x")
    done = run(package, "-c", "import analysis.planted")
    assert "no source of this package; move it away" in done.stderr
    file.unlink()


def test_planted_bytecode_of_the_first_file_stops_a_run(package):
    cached = plant(package / "__init__.py", (package / "__init__.py").read_text("utf-8") + "\nPLANTED = 1\n")
    done = run(package, "-c", "from analysis.run.store.manifest import hash_code; hash_code('tables')")
    assert "not what __init__.py says; remove that folder" in done.stderr
    cached.unlink()
    assert run(package, "-c", "from analysis.run.store.manifest import hash_code; hash_code('tables')").returncode == 0
