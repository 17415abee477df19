"""The monthly run: history first, then the notebooks, then one publication, whole or not at all."""

import shutil
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from analysis.policy.errors import DataError
from analysis.report.html import render_notebooks
from analysis.run.engine import Job, execute_all
from analysis.run.finality import Finality, write_finality
from analysis.run.history import OnProgress, Published, build_history
from analysis.run.manifest import NOTEBOOKS, refuse_changed
from analysis.run.month import Month, describe
from analysis.run.packs import write_packs
from analysis.run.site import list_months, write_site
from analysis.run.store import Store
from analysis.run.verify import find_stale_pages

# Notebooks of one level need what earlier levels made, and nothing of each other.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("1_clean",),
    ("2_score",),
    ("3_trends", "4_hotline", "5_actions"),
    ("bulletin",),
)
BULLETIN = "bulletin"


def run_month(
    month: Month, *, reason: str = "update", finality: Finality | None = None, on_progress: OnProgress | None = None
) -> Published:
    """Run all notebooks of a month and publish tables, notebooks and pages as a new revision.

    Args:
        month: the month, without a working folder; its history is built first where it is missing.
        reason: why this revision is published: `update`, `improvement`, `correction` or `final`.
        finality: what makes the month's year final (S21); None publishes a draft.
        on_progress: called with a word about the work and the share done, 0–1.

    Raises:
        AnalysisError: data, rules or a notebook are wrong; what was published before stays untouched.
    """
    tell = on_progress or (lambda word, share: None)
    with month.store.lock(month.period):
        build_history(month, lambda word, share: tell(word, 0.5 * share))
        list_months(month.store)  # a damaged month that the indexes need stops the run before it has published
        then = describe(month, "published", reason)
        staging = month.store.stage(month.period)
        if finality is not None:
            write_finality(finality, staging)
        fill_folder(month, staging, lambda word, share: tell(word, 0.5 + 0.46 * share))
        tell("publish", 0.96)
        state = "draft" if finality is None else "final"
        manifest = describe(month, "published", reason).model_copy(update={"state": state})
        refuse_changed(then, manifest)
        revision = month.store.publish(staging, manifest)
    try:
        pages = show_pages(month.root, month.period)
    except DataError as error:
        raise DataError(f"{month.period} {revision.name} is published, but {error}; then: analysis site") from None
    tell("done", 1.0)
    return Published(month.period, revision, pages)


def fill_folder(month: Month, staging: Path, tell: OnProgress) -> None:
    """Make all that a published revision holds: tables, executed notebooks, pages, packs.

    Args:
        month: the month; its history is built.
        staging: an empty folder of the month's store, or one that holds `final.json` alone.
        tell: called with a word about the work and the share done, 0–1.
    """
    executed = _run_notebooks(month, staging, lambda word, share: tell(word, 0.87 * share))
    tell("pages", 0.87)
    _write_pages(executed, staging / "pages")
    write_packs(replace(month, folder=staging), staging / "pages")


def _run_notebooks(month: Month, staging: Path, tell: OnProgress) -> dict[str, NotebookNode]:
    # Paths are told from the root, where the kernel works: an executed notebook names no folder of this machine.
    parameters = {
        "root": ".",
        "period": month.period,
        "folder": staging.relative_to(month.root).as_posix(),
        "as_of": month.as_of.isoformat(),
    }
    (staging / "notebooks").mkdir()
    executed: dict[str, NotebookNode] = {}
    for place, level in enumerate(LEVELS):
        tell(" ".join(level), place / len(LEVELS))
        outputs = {name: staging / "notebooks" / f"{name}.ipynb" for name in level}
        jobs = [Job(NOTEBOOKS / file.name, parameters, file, cwd=month.root) for file in outputs.values()]
        executed |= zip(level, execute_all(jobs), strict=True)
    return executed


def _write_pages(executed: dict[str, NotebookNode], folder: Path) -> None:
    (folder / "technical").mkdir(parents=True)
    for name, page in render_notebooks(executed).items():
        file = folder / f"{name}.html" if name == BULLETIN else folder / "technical" / f"{name}.html"
        file.write_text(page, encoding="utf-8", newline="\n")


def show_pages(root: Path, period: str) -> Path:
    """Bring `reports/` up to what was last published of a month, indexes included, and return its folder there.

    Raises:
        DataError: a page cannot be replaced, for instance because it is open, or what is published is damaged.
    """
    pages = copy_pages(Store(root), period)
    write_site(root, period)
    return pages


def copy_pages(store: Store, period: str) -> Path:
    """Copy the pages that were last published of a month, unless they stand already, and return their folder.

    Nobody sees half a copy.

    Raises:
        DataError: the folder cannot be replaced, for instance because a page is open.
    """
    shown, target = store.last_published(period), store.root / "reports" / period
    if not find_stale_pages(store.root, shown):
        return target
    fresh, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    try:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        shutil.copytree(store.folder(period) / shown.revision / "pages", fresh)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        why = error.args[0][0][-1] if isinstance(error, shutil.Error) else error  # of many files the first one
        raise DataError(f"reports/{period}: cannot be written ({why}); close open pages, free space") from None
    return target
