"""Where a district's folder is, seen from a folder inside it."""

from pathlib import Path

from analysis.policy.errors import UsageError
from analysis.policy.messages import say


def find_root(start: str | Path = ".") -> Path:
    """Return the district's folder: `start`, or the first folder above it that has `params/` and `data/`.

    Raises:
        UsageError: there is none.
    """
    start = Path(start)
    for folder in (start, *start.absolute().parents):
        if (folder / "params").is_dir() and (folder / "data").is_dir():
            return folder
    told = say("{start}: neither this folder nor one above it has params/ and data/; name the district's folder")
    raise UsageError(told.format(start=start.absolute()))
