"""Whether the same raw files, under the rules that a published month keeps, make it again."""

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.policy.book import load_policy
from analysis.policy.own_notebooks import KEPT
from analysis.run.month import Month, build_steps, describe, new_month
from analysis.run.scratch import scratch_folder
from analysis.run.steps import STEPS
from analysis.run.store.finality import FINAL
from analysis.run.store.history import OnProgress
from analysis.run.store.manifest import Manifest, hash_tree, list_changes, list_differing, read_manifest, read_verified
from analysis.run.store.revisions import CALLER_KEY, Store

_FOOT = re.compile(rb'<p class=\\?"foot\\?">.*?</p>', re.DOTALL)


@dataclass(frozen=True)
class Rerun:
    """What a second run of a revision gave.

    Attributes:
        changes: what it was built from and is no longer as it was, a line each; empty where all is the same.
        differing: files of the revision that come out differently, that only one of the two has included; of its
            tables alone, where `is_excused`.
        n_files: how many files were compared.
        is_excused: whether the code, the packages, what it was built upon, or the rules where it keeps none, are others
            than those of the revision, so that a difference says nothing about it.
    """

    changes: tuple[str, ...]
    differing: tuple[str, ...]
    n_files: int
    is_excused: bool


def rerun(root: Path, period: str, on_progress: OnProgress | None = None) -> Rerun:
    """Make the revision in force again in a folder of its own, under the rules that it keeps, and compare.

    Its raw files are taken as they are now; earlier months, and the chain, as they stood when it was published. Files
    are compared byte for byte, the feet of pages apart. Nothing in the root is written.

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
    with scratch_folder("verify") as scratch:
        twin = Path(scratch).resolve()
        _copy_sources(twin, store, folder, manifest)
        _borrow(twin, store, manifest)
        day = manifest.publication_day.isoformat() if manifest.stage == "published" else manifest.published
        month = new_month(twin, load_policy(twin), period, manifest.as_of, published=day)
        month = replace(month, reason=manifest.reason)
        staging = month.store.stage(period)
        if FINAL in manifest.outputs:
            (staging / FINAL).write_bytes(read_verified(folder, FINAL, manifest))
        now = describe(month, manifest.stage, manifest.reason)
        _make_again(month, manifest, staging, on_progress or (lambda word, share: None))
        is_excused = any(getattr(manifest, of) != getattr(now, of) for of in ("code", "packages", "history", "params"))
        then, found = (
            {name: digest for name, digest in files.items() if _is_compared(name, manifest, is_excused)}
            for files in (manifest.outputs, hash_tree(staging, staging))
        )
        differing = [n for n in list_differing(then, found) if not _differ_in_feet_alone(folder / n, staging / n)]
    return Rerun(list_changes(manifest, now), tuple(differing), len(then), is_excused)


def _is_compared(name: str, manifest: Manifest, is_excused: bool) -> bool:
    return name not in manifest.params and (name.endswith(".parquet") or not is_excused)


def _differ_in_feet_alone(one: Path, other: Path) -> bool:
    """Whether two pages are the same apart from their feet, which name the chain's head (S45)."""
    if not (one.is_file() and other.is_file() and one.suffix in (".html", ".ipynb")):
        return False
    return _FOOT.sub(b"", one.read_bytes()) == _FOOT.sub(b"", other.read_bytes())


def _copy_sources(twin: Path, store: Store, folder: Path, manifest: Manifest) -> None:
    """Copy what the manifest names as gone in and nothing else, so that a rerun proves that it names all.

    The rules and the district's own notebooks are those that the revision keeps; today's rules where it is older than
    that.
    """
    for name in manifest.notebooks:
        if (kept := folder / KEPT / Path(name).name).is_file():
            (twin / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, twin / name)
    for name in (*manifest.inputs, *manifest.params, CALLER_KEY):
        kept = folder if name in manifest.outputs else store.root
        if (kept / name).is_file():
            (twin / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept / name, twin / name)


def _borrow(twin: Path, store: Store, manifest: Manifest) -> None:
    """Make what stood when the revision was published readable in the twin; nothing in it is written.

    A revision older than the chain does not know: it gets what stands of earlier months, and earlier ones of its own.
    """
    folders = store.revision_folders
    chain = store.chain.before(manifest.head)
    stood = chain.standing if manifest.head is not None else folders
    own = (manifest.period, manifest.revision)
    store.lend(twin, [of for of in stood if of in folders and of < own], chain)


def _make_again(month: Month, manifest: Manifest, staging: Path, tell: OnProgress) -> None:
    if manifest.stage == "published":
        from analysis.run.pipeline import fill_folder  # brings the notebook libraries, which tables do without

        fill_folder(month, staging, tell)
        return
    build_steps(
        month, staging, [name for name, step in STEPS.items() if f"{step.tables[0]}.parquet" in manifest.outputs]
    )
