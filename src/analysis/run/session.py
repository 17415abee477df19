"""A month opened for work: by a notebook of the monthly run, or in a researcher's session, which never writes a store.

A session reads what is published. Months that never were are built once in scratch: a root of its own in the user's
cache folder, named by the hash of all that it is made from, so that it can never be stale.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.policy.book import load_policy
from analysis.policy.durable import make_folder
from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import choose_language, say
from analysis.policy.period import month_range
from analysis.policy.root import find_root
from analysis.report.session import tell_building, tell_opened
from analysis.run.month import Month, describe, new_month
from analysis.run.store import rights
from analysis.run.store.history import build_tables
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import (
    NOTEBOOKS,
    Manifest,
    hash_bytes,
    hash_code,
    hash_sources,
    hash_tree,
    list_differing,
    package_versions,
)
from analysis.run.store.revisions import CALLER_KEY, Store

_LOOK_SECONDS = 1.0
_KEPT_SECONDS = 14 * 24 * 3600  # scratch that no session opened for so long is removed


def open_month(
    root: str | Path = "",
    period: str = "",
    folder: str = "",
    as_of: str = "",
    published: str = "",
    *,
    today: bool = False,
    reason: str = "",
) -> Month:
    """Open a month for work; the first line of every notebook.

    In a session `month.table` reads the revision in force, and `month.build` makes a step's tables anew, with the code
    as it stands, for this session alone. What is out of date is said in one line.

    Args:
        root: the district's folder, or one inside it; empty is the one around the current folder, else the project's.
        period: the month, YYYY-MM.
        folder: where the runner works; empty in a researcher's session.
        as_of: the date from which lights and overdue days count, YYYY-MM-DD (S21); empty means the revision's, else the
            month's end.
        published: the day from which objections count; empty means the revision's, else the policy's (S21).
        today: makes all tables of the month with today's raw files, rules and code, on earlier months as they stand.
        reason: why the runner publishes the month; empty in a researcher's session.

    Raises:
        AnalysisError: the rules or the raw files of a month are missing or wrong.
    """
    if folder:
        month = new_month(Path(root), load_policy(Path(root)), period, as_of, Path(root) / folder, published)
        return replace(month, reason=reason)
    root = session_root(root)
    month = new_month(root, load_policy(root), period, as_of, published=published)
    missing = [p for p in month_range(month.book.district.start, period) if month.store.current(p) is None]
    if missing:
        month = replace(month, shelf=_build_in_scratch(month, missing))
    present = month.store.manifest(period)
    if not as_of:
        month = replace(month, as_of=date.fromisoformat(present.as_of))
    if not published and present.stage == "published":
        month = replace(month, published_on=present.publication_day)
    if today or month.as_of.isoformat() != present.as_of:
        print(tell_opened(period, "", {}))
        return month
    opened = "scratch" if period in missing else present.revision
    print(tell_opened(period, opened, _list_changed(month, present)))
    return replace(month, opened=present.revision)


def session_root(root: str | Path = "") -> Path:
    """Return the district's folder that a session works on (see `open_month`), and speak its language.

    Raises:
        UsageError: a folder is named, and neither it nor one above it is a district's.
    """
    try:
        found = find_root(root or ".").resolve()
    except UsageError:
        if root:
            raise
        found = NOTEBOOKS.parent
    choose_language(found)
    return found


def _list_changed(month: Month, then: Manifest) -> dict[str, list[str]]:
    """Return which of what a revision was made from is not there as it was → names of its files, where it has any."""
    now = describe(month, then.stage, "")
    files = {
        "inputs": [Path(name).name for name in list_differing(then.inputs, now.inputs)],
        "params": [Path(name).name for name in KeptRules(month.store).list_changed(then, now, month.book)],
    }
    others = {"code": then.code != hash_sources(then.stage), "history": then.history != now.history}
    return {of: names for of, names in files.items() if names} | {of: [] for of, differs in others.items() if differs}


def _build_in_scratch(month: Month, missing: Sequence[str]) -> Path:
    """Return a root in the user's cache folder that holds all months; the missing ones are built, once."""
    place = _scratch_folder(month)
    with _hold(place, missing):
        wanted = [period for period in missing if Store(place).current(period) is None]
        if wanted:
            if hash_sources("tables") != hash_code("tables"):
                raise DataError(
                    say(
                        "src/: changed since this session began, and earlier months are not built yet: "
                        "restart the kernel"
                    )
                )
            _furnish(place, month.root)
            at_work = new_month(place, load_policy(place), month.period)
            build_tables(at_work, wanted, lambda period, share: _show(place, missing))
        _show(place, missing, end="\n")
        os.utime(place)
    return place


def _scratch_folder(month: Month) -> Path:
    from platformdirs import user_cache_path

    root = month.root
    sources = hash_tree(root / "data" / "raw", root) | hash_tree(root / "params", root)
    made_from = [str(root), sources, hash_code("tables"), package_versions(), month.store.chain.head]
    name = hash_bytes(json.dumps(made_from, sort_keys=True).encode())[:32]
    return user_cache_path("analysis", appauthor=False) / "scratch" / name


def _furnish(place: Path, root: Path) -> None:
    """Lay out a root that has the district's rules, raw files and published months, none of which is written."""
    shutil.copytree(root / "params", place / "params", dirs_exist_ok=True)
    raw = place / "data" / "raw"
    if not raw.exists():
        make_folder(raw.parent, rights.FOLDER)
        try:
            raw.symlink_to(root / "data" / "raw", target_is_directory=True)
        except OSError:  # Windows lets few accounts make links
            shutil.copytree(root / "data" / "raw", raw)
    if (root / CALLER_KEY).is_file():
        shutil.copy(root / CALLER_KEY, place / CALLER_KEY)
    store, lent = Store(root), Store(place)
    if not lent.chain.entries:
        store.lend(place, store.revision_folders, store.chain)


@contextmanager
def _hold(place: Path, missing: Sequence[str]) -> Iterator[None]:
    """Hold the lock of a scratch folder; while another session builds there, show how far it is."""
    make_folder(place.parent, rights.FOLDER)
    for old in place.parent.iterdir():
        if old.is_dir() and time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    lock = FileLock(place.with_suffix(".lock"))
    while not lock.is_locked:
        try:
            lock.acquire(timeout=_LOOK_SECONDS)
        except Timeout:
            _show(place, missing)
    try:
        place.mkdir(rights.FOLDER, exist_ok=True)
        yield
    finally:
        lock.release()


def _show(place: Path, missing: Sequence[str], end: str = "") -> None:
    n_done = sum(Store(place).current(period) is not None for period in missing)
    print(f"\r{tell_building(n_done, len(missing))}", end=end, flush=True)
