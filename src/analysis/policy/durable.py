"""Files that outlast a power cut: a system may keep new content and new names in memory alone until they are flushed.

A name is kept by its folder: a file that was flushed in a folder that was not is lost all the same.
"""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all, so that it outlasts a power cut; folders that are missing are made."""
    make_folder(path.parent)
    fresh = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it that are missing, so that their names outlast a power cut."""
    if not folder.parent.is_dir():
        make_folder(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    sync_folder(folder.parent)


def rename_whole(fresh: Path, target: Path) -> None:
    """Give a complete folder its name, after all that is in it was flushed."""
    for path in sorted(fresh.rglob("*")):
        if path.is_file():
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(path)
    sync_folder(fresh)
    fresh.rename(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Flush the names that a folder holds."""
    if os.name == "posix":  # Windows cannot open a folder for this
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
