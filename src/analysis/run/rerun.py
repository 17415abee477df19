"""Whether the same raw files and rules make a published month again, byte for byte."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.policy.book import load_policy
from analysis.policy.period import month_range, shift
from analysis.run.month import Month, build_steps, describe, new_month
from analysis.run.steps import STEPS
from analysis.run.store.finality import FINAL
from analysis.run.store.history import OnProgress
from analysis.run.store.manifest import Manifest, hash_tree, list_changes, list_differing, read_manifest, read_verified
from analysis.run.store.revisions import CALLER_KEY, Store


@dataclass(frozen=True)
class Rerun:
    """What a second run of a revision gave.

    Attributes:
        changes: what it was built from and is no longer as it was, a line each; empty where all is the same.
        differing: files of the revision that come out differently, that only one of the two has included.
        n_files: how many files the revision has.
    """

    changes: tuple[str, ...]
    differing: tuple[str, ...]
    n_files: int


def rerun(root: Path, period: str, on_progress: OnProgress | None = None) -> Rerun:
    """Make the revision in force again in a folder of its own, from what is there now, and compare byte for byte.

    Earlier months stand as they are published. Nothing in the root is written.

    Args:
        root: the district's folder.
        period: the month.
        on_progress: called with a word about the work and the share done, 0–1.

    Raises:
        AnalysisError: nothing is published, or what is there now cannot be run.
    """
    root = root.resolve()
    store = Store(root)
    folder = store.revision(period)
    manifest = read_manifest(folder)
    now = describe(new_month(root, load_policy(root), period, manifest.as_of), manifest.stage, manifest.reason)
    with TemporaryDirectory(prefix="analysis-verify-") as scratch:
        twin = Path(scratch).resolve()
        _copy_named(twin, store, now)
        _borrow(twin, store, manifest)
        month = new_month(twin, load_policy(twin), period, manifest.as_of)
        staging = month.store.stage(period)
        if FINAL in manifest.outputs:
            (staging / FINAL).write_bytes(read_verified(folder, FINAL, manifest))
        _make_again(month, manifest, staging, on_progress or (lambda word, share: None))
        found = hash_tree(staging, staging)
    made = {name: digest for name, digest in manifest.outputs.items() if name not in manifest.params}
    return Rerun(list_changes(manifest, now), tuple(list_differing(made, found)), len(made))


def _copy_named(twin: Path, store: Store, now: Manifest) -> None:
    """Copy what a manifest names as gone in and nothing else, so that a rerun proves that it names all."""
    key = [CALLER_KEY] if (store.root / CALLER_KEY).exists() else []
    for name in (*now.inputs, *now.params, *key):
        (twin / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(store.root / name, twin / name)


def _borrow(twin: Path, store: Store, manifest: Manifest) -> None:
    """Make earlier months and this month's earlier revisions readable in the twin; nothing in them is written."""
    period = manifest.period
    months = month_range(load_policy(store.root).district.start, shift(period, -1))
    places = [store.folder(month) for month in months]
    places += [store.folder(period) / name for name in store.revisions(period) if name < manifest.revision]
    for place in (place for place in places if place.is_dir()):
        target = twin / place.relative_to(store.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.symlink_to(place, target_is_directory=True)
        except OSError:  # Windows lets few accounts make links
            shutil.copytree(place, target)


def _make_again(month: Month, manifest: Manifest, staging: Path, tell: OnProgress) -> None:
    if manifest.stage == "published":
        from analysis.run.pipeline import fill_folder  # brings the notebook libraries, which tables do without

        fill_folder(month, staging, tell)
        return
    build_steps(
        month, staging, [name for name, step in STEPS.items() if f"{step.tables[0]}.parquet" in manifest.outputs]
    )
