"""The monthly run: history first, then the notebooks, then one publication, whole or not at all."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from analysis.policy.errors import DataError
from analysis.policy.period import month_range, shift
from analysis.report.html import render_notebook
from analysis.run.engine import Job, execute_all
from analysis.run.manifest import Manifest, hash_code, hash_tree, package_versions
from analysis.run.month import Month, new_month
from analysis.run.steps import STEPS

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"

# Notebooks of one level need what earlier levels made, and nothing of each other.
LEVELS: tuple[tuple[str, ...], ...] = (("1_clean",), ("2_score",), ("3_trends",), ("bulletin",))
BULLETIN = "bulletin"

OnProgress = Callable[[str, float], None]


@dataclass(frozen=True)
class Published:
    """What a run left behind.

    Attributes:
        period: the month.
        revision: its folder in `data/processed/<period>/`.
        pages: its folder in `reports/`; None where only tables were built.
    """

    period: str
    revision: Path
    pages: Path | None


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
    parameters = {
        "root": str(month.root.resolve()),
        "period": month.period,
        "folder": str(staging.resolve()),
        "as_of": month.as_of.isoformat(),
    }
    (staging / "notebooks").mkdir()
    (staging / "pages" / "technical").mkdir(parents=True)
    total = sum(len(level) for level in LEVELS)
    done = 0
    for level in LEVELS:
        jobs = [Job(NOTEBOOKS / f"{name}.ipynb", parameters, staging / "notebooks" / f"{name}.ipynb") for name in level]
        tell(" ".join(level), done / total)
        for name, notebook in zip(level, execute_all(jobs), strict=True):
            folder = staging / "pages" if name == BULLETIN else staging / "pages" / "technical"
            (folder / f"{name}.html").write_text(render_notebook(notebook), encoding="utf-8", newline="\n")
        done += len(level)


def build_history(month: Month, on_progress: OnProgress | None = None) -> list[Published]:
    """Build the tables of every earlier month that has none yet, or whose tables are out of date.

    A month that was published with its pages stands as published, whatever changed since; months built only as
    history are built anew when their inputs, rules or the code changed.

    Returns:
        The months that were built.
    """
    return build_tables(month, month_range(month.book.district.start, shift(month.period, -1)), on_progress)


def build_tables(month: Month, periods: Sequence[str], on_progress: OnProgress | None = None) -> list[Published]:
    """Build the tables of `periods` in order, without notebooks, where they are missing or out of date."""
    tell = on_progress or (lambda word, share: None)
    built = []
    for number, period in enumerate(periods):
        earlier = new_month(month.root, month.book, period)
        wanted = describe(earlier, "tables", "history")
        present = month.store.manifest(period)
        if present is None or (present.stage == "tables" and not present.is_built_from(wanted)):
            tell(period, number / len(periods))
            built.append(_build_one(earlier, wanted))
    return built


def _build_one(month: Month, manifest: Manifest) -> Published:
    with month.store.lock(month.period):
        staging = month.store.stage(month.period)
        at_work = new_month(month.root, month.book, month.period, month.as_of.isoformat(), staging)
        for step in STEPS:
            at_work.build(step)
        return Published(month.period, month.store.publish(staging, manifest), None)


def describe(month: Month, stage: str, reason: str) -> Manifest:
    """Return the manifest of what a run would publish now, still without revision and outputs."""
    return Manifest(
        period=month.period,
        revision="",
        stage=stage,
        state="draft",
        reason=reason,
        as_of=month.as_of.isoformat(),
        inputs=hash_tree(month.raw_folder, month.root),
        params=hash_tree(month.root / "params", month.root),
        outputs={},
        packages=package_versions(),
        version=metadata.version("analysis"),
        code=hash_code(NOTEBOOKS),
    )


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
