"""The restricted store is its owner's alone: no other account reads free text or caller keys (S47)."""

import os
import tempfile
from pathlib import Path

from analysis.policy.messages import say

RESTRICTED = ("data/raw", "data/processed", "data/caller.key")
FOLDER, FILE = 0o700, 0o600
_OTHERS = 0o077


def close_to_others(folder: Path, *, shown: str = "pages") -> None:
    """Give all that is in a staged revision to its owner alone, but for the pages, which are copied to `reports/`."""
    for path in (folder, *folder.rglob("*")):
        if path == folder or path.relative_to(folder).parts[0] != shown:
            path.chmod(FOLDER if path.is_dir() else FILE)


def tell_open(root: Path) -> str:
    """Return a line that names what of the restricted store other accounts may read, empty where nothing is open.

    A folder within one that is closed is closed. A file system without rights has nothing to tell.
    """
    places = [Path(root).resolve() / name for name in RESTRICTED]
    found = [place for place in places if place.exists() and _is_open(place)]
    if not found or not _has_rights(found[0].parent):
        return ""
    names = " ".join(str(place.relative_to(Path(root).resolve())) for place in found)
    return say(
        "warning: other accounts of this machine can read {names}, which may hold free text and caller keys (S47); "
        "in {folder} run: chmod -R go= {names}"
    ).format(names=names, folder=Path(root).resolve())


def _is_open(place: Path) -> bool:
    return all(each.stat().st_mode & _OTHERS for each in (place, *place.parents))


def _has_rights(folder: Path) -> bool:
    """Say whether the system keeps the rights of a file: it does not on Windows, nor on many a network share."""
    if os.name != "posix":
        return False
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            return not os.fstat(probe.fileno()).st_mode & _OTHERS
    except OSError:  # nothing may be written here: what the system says of rights is all there is
        return True
