"""Small mutations of `scoring`, `insight` and `action`: which of them do the rooms' own tests fail to notice?

`python benchmarks/mutants.py [--count 80] [--seed 1] [--jobs 2]` draws mutations by lot, each room in proportion to
its places. One run of each room's fast tests, unmutated, says which tests reach which statement. Each mutation is then
made in a process of its own, before the package is imported there, and meets the tests of its room that reach it (all
of the room's, where the statement runs at import). Hypothesis draws the same examples in each run.
A survivor is a line that may be wrong without a test failing, or an equivalent mutation: read it before judging.
"""

import argparse
import ast
import importlib.util
import multiprocessing
import os
import random
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

# Imported before the forks, so that no mutation waits for them.
import duckdb  # noqa: F401
import hypothesis
import hypothesis.strategies
import openpyxl  # noqa: F401
import pandera.pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401
import pytest
import scipy.optimize
import scipy.stats  # noqa: F401
from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("scoring", "insight", "action")
FORK = multiprocessing.get_context("fork")
BYTES = 8 << 30  # of memory for one mutation: one that never stops to append ends itself, not the machine
_OPERATORS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One mutation: the file, the mutated place of its syntax tree (in the order of `ast.walk`), and which variant."""

    file: Path
    place: int
    variant: int

    @property
    def room(self) -> str:
        """The room that the file belongs to."""
        return self.file.relative_to(ROOT / "src/analysis").parts[0]

    def make(self) -> tuple[ast.Module, str]:
        """Return the mutated syntax tree, and the mutation in words."""
        tree, target = self._find()
        before = ast.unparse(target)
        _mutate(target, self.variant)
        return ast.fix_missing_locations(
            tree
        ), f"{self.file.relative_to(ROOT)}:{target.lineno}: {before} -> {ast.unparse(target)}"

    def lines(self) -> range | None:
        """Return the lines of the mutated statement (of a compound one, its head), or None where it runs at import."""
        tree, target = self._find()
        lines = None
        for node in ast.walk(tree):  # outer before inner
            if isinstance(node, ast.FunctionDef):
                for statement in (inner for top in node.body for inner in ast.walk(top) if isinstance(inner, ast.stmt)):
                    if any(inner is target for inner in ast.walk(statement)):
                        body = getattr(statement, "body", None)
                        last = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno
                        lines = range(statement.lineno, last + 1)
        return lines

    def _find(self) -> tuple[ast.Module, ast.AST]:
        tree = ast.parse(self.file.read_text("utf-8"))
        return tree, list(ast.walk(tree))[self.place]


@dataclass
class Outcome:
    """What a run of tests ended with: failed tests, seconds of each, and the tests that reached each line."""

    failed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    reached: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def find_tests(self, mutant: Mutant) -> list[str]:
        """Return the tests that reach the mutated statement: those of the module first, then of the cheapest files."""
        lines = mutant.lines()
        by_line = self.reached.get(str(mutant.file), {})
        tests = {test for line in lines or () for test in by_line.get(line, ())}
        if lines is None or "" in tests:  # it runs while tests are imported: any of them may depend on it
            tests = set(self.seconds)
        seconds = defaultdict(float)
        for test in tests:
            seconds[_file_of(test)] += self.seconds[test]
        return sorted(tests, key=lambda test: (mutant.file.stem not in _file_of(test), seconds[_file_of(test)], test))


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def find_mutants(file: Path) -> Iterator[Mutant]:
    """Yield every small mutation of a file."""
    tree = ast.parse(file.read_text("utf-8"))
    aside = {id(inner) for node in ast.walk(tree) for outer in _left_alone(node) for inner in ast.walk(outer)}
    for place, node in enumerate(ast.walk(tree)):
        if id(node) not in aside:
            yield from (Mutant(file, place, variant) for variant in range(_count_variants(node)))


def _left_alone(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield from node.decorator_list
    if isinstance(node, ast.FunctionDef) and node.returns is not None:
        yield node.returns
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):  # a union of types
        yield node


def _count_variants(node: ast.AST) -> int:
    if isinstance(node, ast.Compare):
        return sum(type(op) in _OPERATORS for op in node.ops[:1])
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return int(type(node.op) in _OPERATORS)
    if isinstance(node, ast.UnaryOp):
        return int(isinstance(node.op, ast.Not | ast.Invert))
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, bool | int | float))
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Name) and node.func.id in _CALLS
        return int(named) or int(len(_attributes(node)) > 1)
    return 0


def _attributes(call: ast.Call) -> list[ast.keyword]:
    return [keyword for keyword in call.keywords if isinstance(keyword.value, ast.Attribute)]


def _mutate(node: ast.AST, variant: int) -> None:
    if isinstance(node, ast.Compare):
        node.ops[variant] = _OPERATORS[type(node.ops[variant])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = _OPERATORS[type(node.op)]()
    elif isinstance(node, ast.UnaryOp):
        node.operand = ast.UnaryOp(node.op, node.operand)
    elif isinstance(node, ast.Constant):
        node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        node.func.id = _CALLS[node.func.id]
    else:
        first, second = _attributes(node)[:2]
        first.value, second.value = second.value, first.value


class _Tests:
    """A plugin of pytest that runs the chosen tests alone and notes what became of them."""

    def __init__(self, chosen: Collection[str], coverage: Coverage | None) -> None:
        self.outcome = Outcome()
        self.users: dict[str, set[str]] = defaultdict(set)  # of each fixture that outlives a test
        self._chosen, self._coverage, self._contexts = frozenset(chosen), coverage, [""]

    def pytest_sessionstart(self) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutants", database=None, deadline=None, derandomize=True, phases=phases)
        hypothesis.settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not self._chosen or item.nodeid in self._chosen]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        for name in item.fixturenames:
            self.users[f"fixture {name}"].add(item.nodeid)
        if self._coverage:
            _clear_caches()
        return (yield from self._within(item.nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef) -> Iterator[None]:
        outlives = fixturedef.scope != "function"
        return (yield from self._within(f"fixture {fixturedef.argname}" if outlives else self._contexts[-1]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.outcome.seconds[report.nodeid] += report.duration
        self.pytest_collectreport(report)

    def pytest_collectreport(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.failed:
            self.outcome.failed.append(report.nodeid)

    def _within(self, context: str) -> Iterator[None]:
        self._contexts.append(context)
        self._switch()
        try:
            return (yield)
        finally:
            self._contexts.pop()
            self._switch()

    def _switch(self) -> None:
        if self._coverage:
            self._coverage.switch_context(self._contexts[-1])


def _clear_caches() -> None:
    """Forget what functions of the package remember, so that each test reaches all that it depends on."""
    for module in [module for name, module in sys.modules.items() if name.startswith("analysis.")]:
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def _run_here(room: str, tests: Collection[str], mutant: Mutant | None, seconds: float | None, sender) -> None:
    """Run a room's fast tests in this process, or those asked for, and send the outcome."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    if seconds:  # it ends also where whoever started it was killed
        resource.setrlimit(resource.RLIMIT_CPU, 2 * (int(4 * seconds),))
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))  # as `python -m pytest` does
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1), os.dup2(null, 2)
    coverage = None
    if not tests:
        coverage = Coverage(data_file=None, config_file=False, include=[f"{ROOT}/src/analysis/{room}/*"])
        coverage.start()
    if mutant and (broken := _import_mutated(mutant)):
        sender.send(Outcome([broken]))
        return
    plugin = _Tests(tests, coverage)
    with TemporaryDirectory(prefix="mutants-") as folder:
        options = ["-q", "-m", "not slow and not browser", "-p", "no:cacheprovider", f"--basetemp={folder}/tmp"]
        files = dict.fromkeys(map(_file_of, tests)) or [f"tests/{room}"]
        ended = pytest.main([*options, *(["-x"] if mutant else []), *files], plugins=[plugin])
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not plugin.outcome.failed:
        plugin.outcome.failed.append(f"pytest ended with {ended!r}")
    if coverage:
        coverage.stop()
        plugin.outcome.reached = _read_lines(coverage, plugin.users)
    sender.send(plugin.outcome)


def _import_mutated(mutant: Mutant) -> str:
    """Import the mutated module in place of the real one; return what it ends in, if it cannot be imported."""
    name = ".".join(mutant.file.relative_to(ROOT / "src").with_suffix("").parts)
    spec = importlib.util.find_spec(name)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        exec(compile(mutant.make()[0], mutant.file, "exec"), vars(module))
    except Exception as error:  # noqa: BLE001  whatever it is, no test would pass
        return f"import: {error}"
    package, _, own = name.rpartition(".")
    setattr(sys.modules[package], own, module)
    return ""


def _read_lines(coverage: Coverage, users: dict[str, set[str]]) -> dict[str, dict[int, set[str]]]:
    data = coverage.get_data()
    return {
        file: {
            line: set().union(*(users.get(context, {context}) for context in contexts))
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }


def run_tests(
    room: str, tests: Collection[str] = (), mutant: Mutant | None = None, seconds: float | None = None
) -> Outcome | None:
    """Run a room's fast tests, or those asked for, in a process of its own; None where the time is up."""
    receiver, sender = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_run_here, args=(room, tests, mutant, seconds, sender))
    child.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(seconds) else None
    except EOFError:
        return Outcome(["the process ended"])
    finally:
        child.kill()
        with suppress(ProcessLookupError):  # and the processes that its tests began
            os.killpg(child.pid, signal.SIGKILL)
        child.join()


def judge(mutant: Mutant, unmutated: dict[str, Outcome]) -> tuple[str, str]:
    """Return what became of a mutation: "noticed" and by which test, "survived" or "undecided"."""
    tests = unmutated[mutant.room].find_tests(mutant)
    if not tests:
        return "survived", "no test reaches it"
    seconds = 60 + 3 * sum(unmutated[mutant.room].seconds[test] for test in tests)
    outcome = run_tests(mutant.room, tests, mutant, seconds)
    if outcome is None:  # a busy machine is not to look like a mutation that never ends
        ends = run_tests(mutant.room, tests, None, seconds / 3)
        return ("noticed", "") if ends and not ends.failed else ("undecided", f"no end within {seconds:.0f} s")
    return ("noticed", outcome.failed[0]) if outcome.failed else ("survived", f"{len(tests)} tests reach it")


def main() -> None:
    """Draw, run, print survivors and the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    files = [file for room in ROOMS for file in sorted((ROOT / "src/analysis" / room).rglob("*.py"))]
    everything = [mutant for file in files for mutant in find_mutants(file)]
    mutants = random.Random(asked.seed).sample(everything, asked.count)
    counts, noticing = defaultdict(int), defaultdict(set)
    with ThreadPoolExecutor(asked.jobs) as pool:
        unmutated = dict(zip(ROOMS, pool.map(run_tests, ROOMS), strict=True))
        _refuse_failing(parser, unmutated.values())
        for mutant, (word, why) in zip(mutants, pool.map(partial(judge, unmutated=unmutated), mutants), strict=True):
            counts[word] += 1
            if word != "noticed":
                print(f"{word}: {mutant.make()[1]} ({why})", flush=True)
            elif "::" in why:
                noticing[mutant.room].add(why)
        _refuse_failing(parser, pool.map(run_tests, noticing, noticing.values()))
    print(f"{counts['survived']} of {len(mutants)} mutations survived, {counts['undecided']} undecided")


def _refuse_failing(parser: argparse.ArgumentParser, outcomes: Iterable[Outcome]) -> None:
    failed = [test for outcome in outcomes for test in outcome.failed]
    if failed:
        parser.exit(1, f"tests fail as they are, nothing can be counted: {', '.join(failed)}\n")


if __name__ == "__main__":
    main()
