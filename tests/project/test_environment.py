"""The lists of packages agree: pyproject.toml, the locks in requirements/ and environment.yml."""

import ast
import itertools
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]

# conda-forge's name where it is not PyPI's ("matplotlib" itself pulls in a desktop toolkit there).
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "matplotlib": "matplotlib-base",
    "playwright": "playwright-python",
}
PYPI_NAMES = {conda: pypi for pypi, conda in CONDA_NAMES.items()}


# What each lock installs beside the project's own dependencies, as extras of pyproject.toml.
LOCKS = {
    "run": ("setup",),
    "lab": ("setup", "lab"),
    "fleet": ("setup", "fleet"),
    "dev": ("setup", "lab", "fleet", "dev"),
}


def read_project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def read_direct_requirements(purpose: str = "dev") -> dict[str, Requirement]:
    project = read_project()
    extras = itertools.chain.from_iterable(project["optional-dependencies"][extra] for extra in LOCKS[purpose])
    lines = [*project["dependencies"], *extras]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def read_text_of_lock(purpose: str) -> str:
    return (ROOT / "requirements" / f"{purpose}.lock").read_text("utf-8")


def read_lock(purpose: str = "dev") -> dict[str, list[str]]:
    """Versions per package: more than one where Python versions differ."""
    pins: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", read_text_of_lock(purpose), re.MULTILINE):
        pins.setdefault(canonicalize_name(name), []).append(version)
    return pins


def read_environment() -> tuple[list[str], list[str]]:
    """Specs of the conda section and lines of the pip section."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    conda = [entry for entry in dependencies if isinstance(entry, str)]
    (pip_section,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    return conda, pip_section


def find_imported_roots(folder: Path) -> set[str]:
    nodes = [n for path in folder.rglob("*.py") for n in ast.walk(ast.parse(path.read_text("utf-8")))]
    plain = {alias.name.split(".")[0] for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    return plain | {n.module.split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom) and not n.level}


def pin_environment() -> dict[str, str]:
    """Version per direct dependency as environment.yml pins it, under PyPI's names."""
    conda, pip_lines = read_environment()
    specs = [rattler.MatchSpec(spec, strict=True) for spec in conda]
    pins = {
        canonicalize_name(PYPI_NAMES.get(spec.name.normalized, spec.name.normalized)): str(spec.version).removeprefix(
            "=="
        )
        for spec in specs
        if spec.name.normalized not in {"python", "pip"}
    }
    pip_pins = [Requirement(line) for line in pip_lines if not line.startswith("-e ")]
    return pins | {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in pip_pins}


def test_environment_has_only_known_keys_and_the_community_channel():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert set(environment) == {"name", "channels", "dependencies"}
    assert [rattler.Channel(name).name for name in environment["channels"]] == ["conda-forge", "nodefaults"]


def test_every_conda_spec_parses_strictly_and_names_a_package_once():
    conda, _ = read_environment()
    names = [rattler.MatchSpec(spec, strict=True).name.normalized for spec in conda]
    assert len(names) == len(set(names))
    assert {"python", "pip"} <= set(names)


def test_conda_python_is_one_that_the_project_supports():
    (python,) = [spec for spec in read_environment()[0] if spec.startswith("python=")]
    series = python.removeprefix("python=")
    assert Requirement(f"python{read_project()['requires-python']}").specifier.contains(f"{series}.99")


def test_a_broken_conda_spec_would_be_refused():
    with pytest.raises(Exception, match="unable to parse"):
        rattler.MatchSpec("pandas = = 3", strict=True)


def test_pip_section_ends_with_the_project_itself_and_pins_the_rest():
    *pinned, project = read_environment()[1]
    assert project == "-e ."
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pinned)


def test_environment_pins_exactly_what_run_and_lab_depend_on():
    assert set(pin_environment()) == set(read_direct_requirements("lab"))


def test_lock_and_environment_pin_the_same_versions():
    lock = read_lock("lab")
    in_lock = {name: lock.get(name) for name in read_direct_requirements("lab")}
    in_environment = {name: [version] for name, version in pin_environment().items()}
    differing = {n: (v, in_environment.get(n)) for n, v in in_lock.items() if v != in_environment.get(n)}
    assert not differing, f"copy the lock's versions (first) to environment.yml (second): {differing}"


def test_locks_are_those_of_the_extras():
    files = {path.stem for path in (ROOT / "requirements").iterdir()}
    assert files == set(LOCKS) and set(LOCKS["dev"]) == set(read_project()["optional-dependencies"])


@pytest.mark.parametrize("purpose", LOCKS)
def test_lock_satisfies_every_requirement_of_its_purpose(purpose):
    lock = read_lock(purpose)
    unmet = [str(r) for n, r in read_direct_requirements(purpose).items() if not r.specifier.contains(lock[n][0])]
    assert not unmet


@pytest.mark.parametrize("purpose", LOCKS)
def test_a_smaller_lock_pins_what_the_whole_one_pins(purpose):
    whole, lock = read_lock(), read_lock(purpose)
    assert {name: whole.get(name) for name in lock} == lock


@pytest.mark.parametrize("name", ["jupyterlab", "polars", "playwright", "py-rattler", "statsmodels", "dask", "uv"])
def test_what_a_monthly_run_does_not_need_is_not_installed_for_it(name):
    assert name not in read_lock("run") and (name in read_lock("dev"))


def test_every_requirement_has_a_lower_and_an_upper_bound():
    for requirement in read_direct_requirements().values():
        operators = {s.operator for s in requirement.specifier}
        assert operators == {">=", "<"}, requirement


def test_the_package_imports_only_what_it_declares():
    project = read_project()
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["fleet"], *extras["lab"]]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    declared |= {"distributed"}  # comes by dask's own extra of that name
    owners = packages_distributions()
    undeclared = {
        module
        for module in find_imported_roots(ROOT / "src") - sys.stdlib_module_names - {"analysis"}
        if not declared & {canonicalize_name(owner) for owner in owners.get(module, [])}
    }
    assert not undeclared, "declare them in pyproject.toml, then `make lock` and environment.yml"


@pytest.mark.parametrize("purpose", LOCKS)
def test_every_pin_of_a_lock_is_hashed(purpose):
    entries = re.split(r"\n(?=\S)", read_text_of_lock(purpose).strip())
    bare = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert not bare


@pytest.mark.parametrize("purpose", LOCKS)
def test_a_lock_names_no_index_and_no_host(purpose):
    lines = read_text_of_lock(purpose).splitlines()
    pin = re.compile(r"[\w.-]+==[\w.+!]+( ; [^\\/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert not [line for line in lines if not pin.fullmatch(line)]


def test_tools_beside_the_lock_are_pinned_and_stand_in_an_environment_of_their_own():
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    installs = [line for line in lines if " -m pip install " in line and " -e ." not in line and " -r " not in line]
    named = [word for line in installs for word in line.split("pip install ")[1].split() if not word.startswith("--")]
    assert {re.split(r"[^\w-]", word)[0] for word in named} == {"cyclonedx-bom", "pip-audit"}
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", word) for word in named)
    assert all("$(TOOLS)/bin/python" in line for line in installs)
