"""The monthly run: history first, then the notebooks, then one publication, whole or not at all."""

import shutil
from pathlib import Path

from analysis.policy.errors import DataError
from analysis.report.html import render_notebook
from analysis.run.engine import Job, execute_all
from analysis.run.history import OnProgress, Published, build_history
from analysis.run.manifest import NOTEBOOKS
from analysis.run.month import Month, describe

# Notebooks of one level need what earlier levels made, and nothing of each other.
LEVELS: tuple[tuple[str, ...], ...] = (("1_clean",), ("2_score",), ("3_trends",), ("bulletin",))
BULLETIN = "bulletin"


def run_month(month: Month, *, reason: str = "update", on_progress: OnProgress | None = None) -> Published:
    """Run all notebooks of a month and publish tables, notebooks and pages as a new revision.

    Args:
        month: the month, without a working folder; its history is built first where it is missing.
        reason: why this revision is published: `update`, `improvement` or `correction`.
        on_progress: called with a word about the work and the share done, 0–1.

    Raises:
        AnalysisError: data, rules or a notebook are wrong; what was published before stays untouched.
    """
    tell = on_progress or (lambda word, share: None)
    with month.store.lock(month.period):
        build_history(month, lambda word, share: tell(word, 0.5 * share))
        staging = month.store.stage(month.period)
        _run_notebooks(month, staging, lambda word, share: tell(word, 0.5 + 0.45 * share))
        tell("publish", 0.96)
        revision = month.store.publish(staging, describe(month, "published", reason))
    pages = copy_pages(month, revision)
    tell("done", 1.0)
    return Published(month.period, revision, pages)


def _run_notebooks(month: Month, staging: Path, tell: OnProgress) -> None:
    # Paths are told from the root, where the kernel works: an executed notebook names no folder of this machine.
    parameters = {
        "root": ".",
        "period": month.period,
        "folder": staging.relative_to(month.root).as_posix(),
        "as_of": month.as_of.isoformat(),
    }
    (staging / "notebooks").mkdir()
    (staging / "pages" / "technical").mkdir(parents=True)
    total = sum(len(level) for level in LEVELS)
    done = 0
    for level in LEVELS:
        jobs = [
            Job(NOTEBOOKS / f"{name}.ipynb", parameters, staging / "notebooks" / f"{name}.ipynb", cwd=month.root)
            for name in level
        ]
        tell(" ".join(level), done / total)
        for name, notebook in zip(level, execute_all(jobs), strict=True):
            folder = staging / "pages" if name == BULLETIN else staging / "pages" / "technical"
            (folder / f"{name}.html").write_text(render_notebook(notebook), encoding="utf-8", newline="\n")
        done += len(level)


def copy_pages(month: Month, revision: Path) -> Path:
    """Copy a revision's pages to `reports/<period>`; nobody sees half a copy.

    Raises:
        DataError: the folder cannot be replaced, for instance because a page is open.
    """
    target = month.root / "reports" / month.period
    fresh, old = target.with_name(f".{month.period}.new"), target.with_name(f".{month.period}.old")
    try:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        shutil.copytree(revision / "pages", fresh)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise DataError(f"reports/{month.period}: cannot be written ({error}); close open pages, free space") from None
    return target
