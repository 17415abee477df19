"""Small mutations of `scoring`, `insight` and `action`: which of them do the rooms' own tests fail to notice?

`python benchmarks/mutants.py [--count 80] [--seed 1] [--jobs 2]` draws mutations by lot, each room in proportion to
its places, runs the fast tests of the mutated file's room against a copy of `src/`, and prints each survivor.
A survivor is a line that may be wrong without a test failing, or an equivalent mutation: read it before judging.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("scoring", "insight", "action")
SECONDS = 3600  # a mutation that never ends is noticed; a busy machine is not to make it look so
_OPERATORS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One mutation: the file, its line, what it does, and the mutated source."""

    file: Path
    line: int
    change: str
    source: str


def find_mutants(file: Path) -> Iterator[Mutant]:
    """Yield every small mutation of a file."""
    tree = ast.parse(file.read_text("utf-8"))
    aside = {id(inner) for node in ast.walk(tree) for outer in _left_alone(node) for inner in ast.walk(outer)}
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in aside:
            continue
        for variant in range(_count_variants(node)):
            changed = copy.deepcopy(tree)
            target = next(other for place, other in enumerate(ast.walk(changed)) if place == number)
            before = ast.unparse(target)
            _mutate(target, variant)
            yield Mutant(file, node.lineno, f"{before} -> {ast.unparse(target)}", ast.unparse(changed))


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


def is_noticed(mutant: Mutant) -> bool:
    """Run the fast tests of the mutant's room against a copy of the package that holds it."""
    inside = mutant.file.relative_to(ROOT / "src")
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        shutil.copytree(ROOT / "src", Path(folder) / "src", ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / "src" / inside).write_text(mutant.source, "utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-m",
            "not slow and not browser",
            "-p",
            "no:cacheprovider",
        ]
        environment = os.environ | {"PYTHONPATH": f"{folder}/src", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            run = subprocess.run(
                [*command, f"tests/{inside.parts[1]}"],
                cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return True
    return run.returncode != 0


def draw_mutants(count: int, seed: int) -> list[Mutant]:
    """Draw mutations by lot from all of the three rooms."""
    files = [file for room in ROOMS for file in sorted((ROOT / "src/analysis" / room).rglob("*.py"))]
    everything = [mutant for file in files for mutant in find_mutants(file)]
    return random.Random(seed).sample(everything, count)


def main() -> None:
    """Draw, run, print survivors and the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    mutants = draw_mutants(asked.count, asked.seed)
    for file in {mutant.file.relative_to(ROOT).parts[2]: mutant.file for mutant in mutants}.values():
        if is_noticed(Mutant(file, 0, "none", file.read_text("utf-8"))):
            parser.exit(1, f"the tests of {file.parent.name} fail or do not end as they are: nothing can be counted\n")
    with ThreadPoolExecutor(asked.jobs) as pool:
        noticed = list(pool.map(is_noticed, mutants))
    for mutant, seen in zip(mutants, noticed, strict=True):
        if not seen:
            print(f"survived: {mutant.file.relative_to(ROOT)}:{mutant.line}: {mutant.change}", flush=True)
    print(f"{noticed.count(False)} of {len(mutants)} mutations survived")


if __name__ == "__main__":
    main()
