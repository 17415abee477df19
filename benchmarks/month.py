"""What the monthly run of the sample takes beside the same code as one plain script, stock tools, and the packs.

`python benchmarks/month.py [--root DIR] [--rounds 2]` works on a copy of the sample whose history is built first (or
on DIR, a root whose history is built already), and takes the best of the rounds, each case in a process of its own, of
- the code cells of all notebooks as one plain script in one process, without pages: the limit;
- the monthly run: all notebooks through papermill and all pages, without packs;
- the packs: 85 feedback pages and every other audience's folder;
- the bulletin alone: its notebook through papermill and its page;
- stock command-line papermill and nbconvert, one process each per notebook.
The tables of ratios go into docs/performance.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PERIOD = "2026-10"
PLAIN, RUN, PACKS, BULLETIN, STOCK = "plain script", "monthly run", "packs", "bulletin alone", "command-line tools"


def open_staged(root: Path, folder: Path):
    from analysis.policy.book import load_policy
    from analysis.run.month import new_month

    return new_month(root, load_policy(root), PERIOD, folder=folder)


def stories() -> list[Path]:
    from analysis.run.manifest import NOTEBOOKS
    from analysis.run.pipeline import LEVELS

    return [NOTEBOOKS / f"{name}.ipynb" for level in LEVELS for name in level]


def run_plain(root: Path, folder: Path) -> None:
    """Run the cells in one interactive shell, so that figures and tables are made as in a notebook."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(root)
    for path in stories():
        shell = InteractiveShell()
        shell.run_cell("%matplotlib inline", silent=True)
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "code" and not shell.run_cell(_cell(cell, folder), silent=True).success:
                raise SystemExit(f"{path.name}: a cell failed")


def _cell(cell, folder: Path) -> str:
    if "parameters" not in cell.metadata.get("tags", []):
        return cell.source
    return f"root, period, folder, as_of = '.', {PERIOD!r}, {folder.as_posix()!r}, ''"


def run_notebooks(root: Path, folder: Path) -> None:
    from analysis.run import pipeline

    month = open_staged(root, None)
    pipeline._write_pages(pipeline._run_notebooks(month, folder, lambda word, share: None), folder / "pages")


def run_packs(root: Path, folder: Path) -> None:
    from analysis.run.packs import write_packs

    month = open_staged(root, folder)
    write_packs(replace(month, folder=folder), folder / "pages")


def run_bulletin(root: Path, folder: Path) -> None:
    from analysis.report.html import render_notebooks
    from analysis.run.engine import execute_notebook

    parameters = {"root": ".", "period": PERIOD, "folder": folder.relative_to(root).as_posix(), "as_of": ""}
    render_notebooks({"bulletin": execute_notebook(stories()[-1], parameters, cwd=root)})


def run_stock(root: Path, folder: Path) -> None:
    binary = Path(sys.executable).parent
    given = {"root": ".", "folder": folder.relative_to(root).as_posix()}
    parameters = [word for name, value in given.items() for word in ("-p", name, value)]
    for path in stories():
        out = folder / path.name
        papermill = [binary / "papermill", path, out, *parameters, "-k", "python3", "--cwd", root, "--no-progress-bar"]
        subprocess.run(papermill, check=True, capture_output=True)
        subprocess.run([binary / "jupyter", "nbconvert", "--to", "html", out], check=True, capture_output=True)


CASES: dict[str, Callable[[Path, Path], None]] = {
    PLAIN: run_plain,
    RUN: run_notebooks,
    PACKS: run_packs,
    BULLETIN: run_bulletin,
    STOCK: run_stock,
}


def run_child(case: str, root: Path, made: Path | None) -> tuple[float, float, Path]:
    """Run a case in a process of its own; return its seconds, its own peak memory in GB, and its folder of tables."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=root / "data" / "processed"))
    if made is not None:  # what the case tells must be there
        shutil.copytree(made, folder, dirs_exist_ok=True)
    command = [sys.executable, __file__, "--root", str(root), "--case", case, "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        told = child.stdout.read().splitlines()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{case}: the child ended with {child.returncode}")
    return json.loads(told[-1]), usage.ru_maxrss / 2**20, folder


def build_root(folder: Path) -> Path:
    from analysis.policy.book import load_policy
    from analysis.run.history import build_history
    from analysis.run.month import new_month

    shutil.copytree(ROOT / "params", folder / "params")
    shutil.copytree(ROOT / "data" / "raw", folder / "data" / "raw")
    build_history(new_month(folder, load_policy(folder), PERIOD))
    return folder


def compare(root: Path, rounds: int) -> None:
    best: dict[str, float] = {}
    peaks: dict[str, float] = {}
    made = None
    for _ in range(rounds):
        for case in CASES:
            seconds, peak, folder = run_child(case, root, made if case in (PACKS, BULLETIN) else None)
            best[case] = min(best.get(case, seconds), seconds)
            peaks[case] = max(peaks.get(case, 0), peak)
            print(f"{case}: {seconds:.1f} s", file=sys.stderr, flush=True)
            if case == RUN and made is None:
                made = folder
            else:
                shutil.rmtree(folder)
    shutil.rmtree(made)
    print(f"| case | s | × {PLAIN} | × {RUN} | × {BULLETIN} | peak GB of its largest process |")
    print("|---|---|---|---|---|---|")
    for case, seconds in best.items():
        ratios = " | ".join(f"{seconds / best[other]:.2f}" for other in (PLAIN, RUN, BULLETIN))
        print(f"| {case} | {seconds:.1f} | {ratios} | {peaks[case]:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.case:
        start = time.perf_counter()
        CASES[asked.case](asked.root.resolve(), asked.folder.resolve())
        print("\n" + json.dumps(time.perf_counter() - start))
    elif asked.root:
        compare(asked.root.resolve(), asked.rounds)
    else:
        with tempfile.TemporaryDirectory(prefix="bench-month-") as name:
            compare(build_root(Path(name)), asked.rounds)


if __name__ == "__main__":
    main()
