"""What the monthly run of the sample takes beside the same code as one plain script, stock tools, and the packs.

`python benchmarks/month.py [--period 2026-10] [--root DIR] [--rounds 2]` works on a copy of the sample whose history is
built first (or on DIR, a root whose history is built already), and takes the best of the rounds, each case in a process
of its own, of
- the code cells of all notebooks as one plain script in one process, without pages: the limit;
- the monthly run: all notebooks through papermill and all pages, without packs;
- the packs: 85 feedback pages and every other audience's folder, and the feedback pages alone, as the process of a run
  makes them, which has imported notebooks and pages already;
- the bulletin alone: its notebook through papermill and its page;
- stock command-line papermill and nbconvert, one process each per notebook.
A second table tells where the time goes, notebook by notebook.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psutil

ROOT = Path(__file__).resolve().parents[1]
PLAIN, RUN, PACKS, UNITS, BULLETIN, STOCK = "plain", "run", "packs", "units", "bulletin", "stock"
NAMES = {
    PLAIN: "code cells of all notebooks as one plain script, no pages",
    RUN: "monthly run: all notebooks through papermill, a kernel each, and their pages",
    PACKS: "packs: the folders of all audiences",
    UNITS: "of these the units' feedback pages alone",
    BULLETIN: "the bulletin alone: its notebook and its page",
    STOCK: "command-line papermill and nbconvert, a process each per notebook",
}
# Seconds of the parts of a case, filled by the process that runs it.
PARTS: dict[str, float] = {}


@contextmanager
def timed(part: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    PARTS[part] = time.perf_counter() - start


def open_staged(root: Path, period: str, folder: Path | None):
    from analysis.policy.book import load_policy
    from analysis.run.month import new_month

    return new_month(root, load_policy(root), period, folder=folder)


def stories() -> list[Path]:
    from analysis.run.steps import plan_notebooks
    from analysis.run.store.manifest import NOTEBOOKS

    return [NOTEBOOKS / f"{name}.ipynb" for name in plan_notebooks()]


def run_plain(root: Path, period: str, folder: Path) -> None:
    """Run the cells in one interactive shell, so that figures and tables are made as in a notebook."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(root)
    for path in stories():
        shell = InteractiveShell()
        with timed(path.stem):
            for cell in nbformat.read(path, 4).cells:
                if cell.cell_type == "code" and not shell.run_cell(_cell(cell, period, folder), silent=True).success:
                    raise SystemExit(f"{path.name}: a cell failed")


def _cell(cell, period: str, folder: Path) -> str:
    if "parameters" not in cell.metadata.get("tags", []):
        return cell.source
    return f"{cell.source}\nroot, period, folder, as_of = '.', {period!r}, {folder.as_posix()!r}, ''"


def run_notebooks(root: Path, period: str, folder: Path) -> None:
    """As `analysis run` does, without packs and publication; a notebook's seconds are those from its turn on."""
    from analysis.run.notebooks.forks import prepare_kernels

    prepare_kernels()
    from analysis.run import pipeline
    from analysis.run.notebooks import schedule

    execute = schedule.execute_notebook

    def execute_timed(path: Path, *given, on_kernel: Callable[[], None], **named):
        began = []

        def wait_for_turn() -> None:
            on_kernel()
            began.append(time.perf_counter())

        executed = execute(path, *given, on_kernel=wait_for_turn, **named)
        PARTS[path.stem] = time.perf_counter() - began[0]
        return executed

    write = pipeline.write_page

    def write_timed(*given) -> None:
        start = time.perf_counter()
        write(*given)
        PARTS["pages"] = PARTS.get("pages", 0.0) + time.perf_counter() - start

    schedule.execute_notebook = execute_timed
    pipeline.write_page = write_timed
    pipeline._run_notebooks(open_staged(root, period, None), folder, lambda word, share: None)


def import_pages() -> None:
    """What the process of a run has imported before it writes packs."""
    with timed("before"):
        import analysis.run.pages
        import analysis.run.pipeline  # noqa: F401


def run_packs(root: Path, period: str, folder: Path) -> None:
    import_pages()
    from analysis.run.packs import write_packs

    write_packs(open_staged(root, period, folder), folder / "pages")


def run_units(root: Path, period: str, folder: Path) -> None:
    import_pages()
    from analysis.report.packs import write
    from analysis.run.packs import pack_content

    for name, page in write._render(write.feedback_bodies(pack_content(open_staged(root, period, folder)))).items():
        write._write(folder / "units" / name, page)


def run_bulletin(root: Path, period: str, folder: Path) -> None:
    from analysis.report.page.html import render_notebook
    from analysis.run.notebooks.engine import execute_notebook

    parameters = {"root": ".", "period": period, "folder": folder.relative_to(root).as_posix(), "as_of": ""}
    render_notebook(execute_notebook(stories()[-1], parameters, cwd=root))


def run_stock(root: Path, period: str, folder: Path) -> None:
    binary = Path(sys.executable).parent
    given = {"root": ".", "period": period, "folder": folder.relative_to(root).as_posix()}
    parameters = [word for name, value in given.items() for word in ("-p", name, value)]
    for path in stories():
        out = folder / path.name
        papermill = [binary / "papermill", path, out, *parameters, "-k", "python3", "--cwd", root, "--no-progress-bar"]
        subprocess.run(papermill, check=True, capture_output=True)
        subprocess.run([binary / "jupyter", "nbconvert", "--to", "html", out], check=True, capture_output=True)


CASES: dict[str, Callable[[Path, str, Path], None]] = {
    PLAIN: run_plain,
    RUN: run_notebooks,
    PACKS: run_packs,
    UNITS: run_units,
    BULLETIN: run_bulletin,
    STOCK: run_stock,
}


def run_child(case: str, root: Path, period: str, made: Path | None) -> tuple[dict[str, float], float, Path]:
    """Run a case in a process of its own; return seconds by part, peak memory in GB, folder of tables."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=root / "data" / "processed"))
    if made is not None:  # what the case tells must be there
        shutil.copytree(made, folder, dirs_exist_ok=True)
    command = [
        sys.executable,
        __file__,
        "--root",
        str(root),
        "--period",
        period,
        "--case",
        case,
        "--folder",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        peaks, ended = [0.0], Event()
        watch = Thread(target=_watch_memory, args=(child.pid, peaks, ended))
        watch.start()
        told = child.stdout.read().splitlines()
        ended.set()
        watch.join()
    if child.returncode:
        raise SystemExit(f"{case}: the child ended with {child.returncode}; run it alone: {' '.join(command)}")
    return json.loads(told[-1]), max(peaks), folder


def _watch_memory(pid: int, found: list[float], ended: Event) -> None:
    """Add up, every second, what a process and all below it hold; what several share counts once."""
    while not ended.wait(1):
        with suppress(psutil.NoSuchProcess):
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            found.append(sum(map(_held, family)) / 2**30)


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.Error:  # it ended in between
        return 0


def build_root(folder: Path, period: str) -> Path:
    from analysis.policy.book import load_policy
    from analysis.run.month import new_month
    from analysis.run.store.history import build_history

    shutil.copytree(ROOT / "params", folder / "params")
    shutil.copytree(ROOT / "data" / "raw", folder / "data" / "raw")
    build_history(new_month(folder, load_policy(folder), period))
    return folder


def compare(root: Path, period: str, rounds: int, cases: Sequence[str]) -> None:
    best: dict[str, dict[str, float]] = {}
    peaks: dict[str, float] = {}
    made = None
    for _ in range(rounds):
        for case in cases:
            parts, peak, folder = run_child(case, root, period, made if case in (PACKS, UNITS, BULLETIN) else None)
            best[case] = min(best.get(case, parts), parts, key=lambda each: each["all"])
            peaks[case] = max(peaks.get(case, 0), peak)
            print(f"{case}: {parts['all']:.1f} s", file=sys.stderr, flush=True)
            if case == RUN and made is None:
                made = folder
            else:
                shutil.rmtree(folder)
    shutil.rmtree(made)
    others = [case for case in (PLAIN, RUN, BULLETIN) if case in best]
    print(f"| {period} | s | {' | '.join(f'× {case}' for case in others)} | peak GB, all processes |")
    print("|---" * (3 + len(others)) + "|")
    for case, parts in best.items():
        ratios = " | ".join(f"{parts['all'] / best[other]['all']:.2f}" for other in others)
        print(f"| {NAMES[case]} | {parts['all']:.1f} | {ratios} | {peaks[case]:.2f} |")
    shown = [case for case in (PLAIN, RUN) if case in best]
    print(f"\n| s by part | {' | '.join(shown)} |\n{'|---' * (1 + len(shown))}|")
    for part in best[RUN]:
        print(f"| {part} | {' | '.join(f'{best[case].get(part, 0):.1f}' for case in shown)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path)
    parser.add_argument("--period", default="2026-10")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--case", choices=CASES, help="run this one, in this process")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.case:
        with timed("all"):
            CASES[asked.case](asked.root.resolve(), asked.period, asked.folder.resolve())
        PARTS["all"] -= PARTS.pop("before", 0)
        print("\n" + json.dumps(PARTS))
    elif asked.root:
        compare(asked.root.resolve(), asked.period, asked.rounds, asked.cases)
    else:
        with tempfile.TemporaryDirectory(prefix="bench-month-") as name:
            compare(build_root(Path(name), asked.period), asked.period, asked.rounds, asked.cases)


if __name__ == "__main__":
    main()
