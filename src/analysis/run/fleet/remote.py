"""A district's root wherever it lies: a folder is used in place, a URL is fetched, worked on and written back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from analysis.intake.callers import caller_secret
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.run.scratch import scratch_folder
from analysis.run.store.chain import CHAIN
from analysis.run.store.manifest import MANIFEST, hash_tree
from analysis.run.store.shown import RECORD

_PROCESSED = "data/processed"
_POINTER = "current"
_SECRET = PurePosixPath("data/caller.key")


@contextmanager
def open_root(root: str, folders: tuple[str, ...] = ("params", "data")) -> Iterator[Path]:
    """Give a district's root as a folder; what was published in it is written back at the end, if all went well.

    Remote storage renames nothing: a revision's manifest is written last, and a revision without one is neither
    fetched nor counted, so that half a copy is never in force. Writing it again writes the same bytes.

    Args:
        root: a folder, or an fsspec URL (what it needs besides, such as s3fs, must be installed where it runs).
        folders: what is fetched of a remote root.

    Raises:
        DataError: the root cannot be reached, or a name in it leads out of it.
    """
    if local := local_folder(root):
        yield local
        return
    with _storage_errors():
        files, base = fsspec.core.url_to_fs(root)
    with scratch_folder("district") as scratch:
        folder = Path(scratch)
        with _storage_errors():
            _fetch(files, base.rstrip("/"), folder, folders)
            if "data" in folders:
                _keep_secret(files, base.rstrip("/"), folder)
        before = hash_tree(folder, folder)
        yield folder
        with _storage_errors():
            _write_back(files, base.rstrip("/"), folder, before)


def local_folder(root: str) -> Path | None:
    """Return the folder of a root that lies on this machine, None for any other.

    Raises:
        DataError: the URL cannot be understood.
    """
    if "://" not in root and "::" not in root:
        return Path(root)
    with _storage_errors():
        files, base = fsspec.core.url_to_fs(root)
    return Path(base) if isinstance(files, LocalFileSystem) else None


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, ImportError, ValueError) as error:
        # The URL itself may hold a password: the list of districts says which root it is.
        raise DataError(
            say("the root's storage cannot be used ({name}: {error})").format(name=type(error).__name__, error=error)
        ) from None


def _fetch(files: fsspec.AbstractFileSystem, base: str, folder: Path, folders: tuple[str, ...]) -> None:
    files.invalidate_cache()  # a worker may live longer than a listing is true
    found = [name for part in folders for name in files.find(f"{base}/{part}")]
    names = {PurePosixPath(name).relative_to(base) for name in found}
    for name in sorted(names):
        if _revision_of(name) and _revision_of(name) / MANIFEST not in names:
            continue
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise DataError(
                say("{name}: a name in the root's storage leads out of it; remove that file").format(name=name)
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        files.get_file(f"{base}/{name}", str(target))


def _keep_secret(files: fsspec.AbstractFileSystem, base: str, folder: Path) -> None:
    """Give a root without a secret for caller keys one before it runs: with another every time, no caller repeats."""
    if not (folder / _SECRET).exists():
        caller_secret(folder, is_new=not any((folder / _PROCESSED).glob("*/r[0-9]*")))
        files.makedirs(f"{base}/{_SECRET.parent}", exist_ok=True)
        files.put_file(str(folder / _SECRET), f"{base}/{_SECRET}")


def _write_back(files: fsspec.AbstractFileSystem, base: str, folder: Path, before: dict[str, str]) -> None:
    after = hash_tree(folder / _PROCESSED, folder) if (folder / _PROCESSED).is_dir() else {}
    changed = [PurePosixPath(name) for name in after if before.get(name) != after[name]]
    # Of what lies there, revisions, the chain and the pointer are results; the rest is this run's own.
    last = (MANIFEST, RECORD, CHAIN, _POINTER)  # the chain names only what is there whole
    results = [name for name in changed if _revision_of(name) or name.name in last]
    for revision in sorted({_revision_of(name) for name in results} - {None}):
        # A try that was broken off may have left files that this one, from other raw files, does not make.
        there = {PurePosixPath(name).relative_to(base) for name in files.find(f"{base}/{revision}")}
        for name in sorted(there - {PurePosixPath(name) for name in after}):
            files.rm_file(f"{base}/{name}")
    for name in sorted(results, key=lambda name: (name.name in last and last.index(name.name) + 1, str(name))):
        files.makedirs(f"{base}/{name.parent}", exist_ok=True)
        files.put_file(str(folder / name), f"{base}/{name}")


def _revision_of(name: PurePosixPath) -> PurePosixPath | None:
    """Return `data/processed/<period>/r0001` for a file of a revision, None for any other."""
    is_inside = len(name.parts) > 4 and name.is_relative_to(_PROCESSED) and name.parts[3].startswith("r")
    return PurePosixPath(*name.parts[:4]) if is_inside else None
