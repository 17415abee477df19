"""Sizes, names and the style of notebooks, counted rather than remembered."""

import ast
import json
import re
import shutil
import statistics
import subprocess
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
RECIPES = sorted((ROOT / "notebooks" / "research").glob("*.ipynb"))
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MAX_FILE_LINES = 400  # a subject that reads well in 350 lines is not cut into files that import each other
MAX_BODY_LINES = 32  # without signature and docstring
MAX_CODE_CELLS = 20
MAX_MEDIAN_LINES = 3
MAX_TASK_LINES = 6  # of a question that a researcher often has, its imports included
STATEMENTS_FOR_MODULES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Try,
    ast.TryStar,
)

each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT / "src").as_posix())
# Where there is no notebook, pytest reports a skipped parameter set: nothing passes unseen.
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
each_story = pytest.mark.parametrize("path", [*NOTEBOOKS, *RECIPES], ids=lambda p: p.name)


def read_code_cells(path: Path) -> list[dict]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def parse_cell(cell: dict) -> ast.Module:
    """The cell as Python, without its magics."""
    lines = "".join(cell["source"]).splitlines()
    return ast.parse("\n".join(line for line in lines if not line.lstrip().startswith(("%", "!"))))


def count_lines(cell: dict) -> int:
    return len([line for line in "".join(cell["source"]).splitlines() if line.strip()])


def count_body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - statements[0].lineno + 1 if statements else 0


def find_parameters_cells(path: Path) -> list[dict]:
    cells = read_code_cells(path)
    return [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]


@each_source
def test_a_dataclass_cannot_be_changed_in_place(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        for decorator in map(ast.unparse, getattr(node, "decorator_list", ())):
            assert not decorator.startswith("dataclass") or "frozen=True" in decorator, node.name


@each_source
def test_source_file_is_short(path: Path):
    n_lines = len(path.read_text("utf-8").splitlines())
    assert n_lines <= MAX_FILE_LINES, f"{n_lines} lines: the room wants a better division"


@each_source
def test_functions_are_short(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {f.name: count_body_lines(f) for f in functions}
    assert not {name: n for name, n in lengths.items() if n > MAX_BODY_LINES}


def test_no_module_is_a_drawer_for_odds_and_ends():
    assert not [p for p in SOURCES if p.stem in {"utils", "util", "helpers", "common", "misc"}]


def test_no_scratch_file_lies_beside_the_notebooks():
    found = {p.name for p in (ROOT / "notebooks").glob("[!.]*")}
    assert found == {"research", *(p.name for p in NOTEBOOKS)}


def test_researchers_find_a_template_and_ten_recipes():
    assert len(RECIPES) == 11
    assert ROOT / "notebooks" / "research" / "template.ipynb" in RECIPES


@pytest.mark.parametrize("name", ["panel", "weights", "transfers", "regression", "chart"])
def test_what_a_researcher_often_asks_takes_six_lines(name):
    path = ROOT / "notebooks" / "research" / f"{name}.ipynb"
    assert sum(count_lines(cell) for cell in read_code_cells(path)) <= MAX_TASK_LINES


@each_story
def test_notebook_is_committed_without_outputs(path: Path):
    cells = read_code_cells(path)
    assert not [c for c in cells if c["outputs"] or c["execution_count"] is not None]


@each_story
def test_notebook_has_few_and_short_cells(path: Path):
    lengths = [count_lines(cell) for cell in read_code_cells(path)]
    assert len(lengths) <= MAX_CODE_CELLS
    assert statistics.median(lengths) <= MAX_MEDIAN_LINES


@each_story
def test_notebook_leaves_logic_to_the_package(path: Path):
    nodes = [node for cell in read_code_cells(path) for node in ast.walk(parse_cell(cell))]
    assert not [type(n).__name__ for n in nodes if isinstance(n, STATEMENTS_FOR_MODULES)]


@each_story
def test_notebook_opens_with_a_title_in_words(path: Path):
    first = json.loads(path.read_text("utf-8"))["cells"][0]
    assert first["cell_type"] == "markdown"
    assert "".join(first["source"]).startswith("# ")


@pytest.mark.parametrize("name", ["1_clean", "2_score", "3_trends", "4_hotline", "5_actions", "6_staffing"])
def test_a_researcher_sees_frames_behind_the_findings_and_a_run_passes_them_over(name):
    cells = read_code_cells(ROOT / "notebooks" / f"{name}.ipynb")
    shown = [c for c in cells if c["metadata"].get("tags") == ["skip-execution"] and "%" not in c["source"][0]]
    assert shown
    assert all(isinstance(parse_cell(cell).body[-1], ast.Expr) and count_lines(cell) == 1 for cell in shown)


@each_notebook
def test_parameters_are_typed_literals_each_with_its_help(path: Path):
    (cell,) = find_parameters_cells(path)
    source = "".join(cell["source"])
    for node in ast.parse(source).body:
        assert isinstance(node, ast.AnnAssign), ast.unparse(node)
        ast.literal_eval(node.value)  # raises where a value is derived
    lines = iter(source.splitlines(keepends=True))
    tokens = list(tokenize.generate_tokens(lambda: next(lines, "")))
    commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    assert commented >= {node.end_lineno for node in ast.parse(source).body}


@each_story
def test_notebook_types_no_value_or_name_of_the_policy(path: Path):
    typed = (
        "20/30/30/20|20/50/20/10|四个渠道|四个考核渠道|不足20件|连续[两三]|两个月|三个月|满三年|十分之一|后五名"
        "|优秀|良好|达标|就低|就高"
    )
    assert re.findall(f".{{0,8}}(?:{typed}).{{0,8}}", path.read_text("utf-8")) == []


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_what_a_run_writes_is_never_offered_for_a_commit(district, tmp_path):
    def git(*args: str, told: str = "") -> str:
        return subprocess.run(["git", *args], cwd=tmp_path, input=told, capture_output=True, text=True).stdout

    own = {path.relative_to(district) for path in district.rglob("*") if path.is_file()}
    written = {path.as_posix() for path in own if path.parts[0] != "params" and path.parts[:2] != ("data", "raw")}
    git("init", "--quiet")
    shutil.copy(ROOT / ".gitignore", tmp_path)
    ignored = git("check-ignore", "--no-index", "--stdin", "-z", told="\0".join(written)).split("\0")
    assert written - set(ignored) == set()
    assert written
