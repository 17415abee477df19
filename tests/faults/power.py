"""A file system that is cut off: what a folder may hold after the power failed at any moment of some work.

While the work runs, every call that renames, makes, removes or flushes is followed by a look at the folder, so that
what other libraries wrote meanwhile is seen too. Nothing is known to be on the disk but what was flushed: a file's
content since its own fsync, a name since the fsync of the folder that holds it (POSIX promises no more). All else may
have reached the disk or not, names of one folder in their order, contents to any length.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

CALLS = ("rename", "replace", "mkdir", "unlink", "remove", "rmdir", "link", "symlink", "truncate", "ftruncate")
FLUSHES = ("fsync", "fdatasync")
# How much of what was not flushed reached the disk: of names and of contents.
STYLES = (("none", "none"), ("all", "none"), ("all", "some"), ("some", "some"))

Names = dict[str, int]


@dataclass
class Disk:
    """What is known of the files of a folder at one moment; every file and folder has a number of its own.

    Attributes:
        call: what the work had called last.
        names: folder → name → number, as flushed.
        waiting: folder → changes of its names that are not flushed, in their order; None takes a name away.
        flushed: file → content as flushed.
        contents: file → content as the work sees it.
    """

    call: str = "start"
    names: dict[int, Names] = field(default_factory=dict)
    waiting: dict[int, list[dict[str, int | None]]] = field(default_factory=dict)
    flushed: dict[int, bytes] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)

    def restore(self, target: Path, style: tuple[str, str], dice: random.Random) -> None:
        """Write into `target` what the folder may hold when the power is back."""
        of_names, of_contents = style
        for path, number in self._place(0, target, of_names, dice):
            path.write_bytes(self._content(number, of_contents, dice))

    def _place(self, number: int, target: Path, how: str, dice: random.Random) -> Iterator[tuple[Path, int]]:
        """Make a folder and those in it, and yield its files."""
        target.mkdir()
        waiting = self.waiting.get(number, [])
        names: dict[str, int | None] = dict(self.names.get(number, {}))
        for change in waiting[: {"none": 0, "all": len(waiting), "some": dice.randint(0, len(waiting))}[how]]:
            names |= change
        for name, inner in sorted(names.items()):
            if inner in self.contents:
                yield target / name, inner
            elif inner is not None:
                yield from self._place(inner, target / name, how, dice)

    def _content(self, number: int, how: str, dice: random.Random) -> bytes:
        now, flushed = self.contents[number], self.flushed.get(number, b"")
        if now == flushed or how == "none":
            return flushed if number in self.flushed else b""
        return dice.choice([flushed, b"", now[: dice.randint(0, len(now))], now])


class Recorder:
    """Follows the files below a folder; `cuts` holds the disk as it was after each step."""

    def __init__(self, root: Path, *, is_deaf: bool = False) -> None:
        """Take what is there as flushed.

        Args:
            root: the folder.
            is_deaf: pass over every flush, as if the work asked for none.
        """
        self._root, self._is_deaf = root, is_deaf
        self._numbers: dict[tuple[int, int], int] = {}
        self._seen: dict[int, tuple[int, int, int]] = {}
        self._folders: dict[int, Names] = {}
        self._next = count()
        self.cuts: list[Disk] = []
        self._disk = Disk()
        self._look("start")
        self._disk = Disk(
            names=deepcopy(self._folders), flushed=dict(self._disk.contents), contents=self._disk.contents
        )
        self.cuts = [deepcopy(self._disk)]

    @contextmanager
    def follow(self, monkeypatch) -> Iterator["Recorder"]:
        """Record what is done inside."""
        with monkeypatch.context() as patch:
            for name in (*CALLS, *FLUSHES):
                patch.setattr(os, name, self._wrap(name, getattr(os, name)))
            yield self
        self._look("end")

    def _wrap(self, name: str, call):
        def recorded(first, *args, **kwargs):
            self._look(f"before {name}")
            told = call(first, *args, **kwargs)
            if name in FLUSHES:
                self._flush(first)
            self._look(f"{name} {first}")
            return told

        return recorded

    def _flush(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        number = self._numbers.get((status.st_dev, status.st_ino))
        if number is None or self._is_deaf:
            return
        if number in self._folders:
            self._disk.names[number] = dict(self._folders[number])
            self._disk.waiting.pop(number, None)
        else:
            self._disk.flushed[number] = self._disk.contents[number]

    def _look(self, call: str) -> None:
        """Compare the folder with what was seen last and keep the disk as it is now."""
        found: dict[tuple[int, int], int] = {}
        folders: dict[int, Names] = {}
        self._walk(self._root, found, folders)
        self._numbers = found  # the number of a file that is gone is never given again, though its inode may be
        for number, names in folders.items():
            then = self._folders.get(number, {})
            gone = dict.fromkeys(then.keys() - names.keys())
            new = {name: inner for name, inner in names.items() if then.get(name) != inner}
            # A rename is one change; files that were only made are one each, in any order.
            changes = [gone | new] if gone else [{name: inner} for name, inner in new.items()]
            if changes:
                self._disk.waiting.setdefault(number, []).extend(changes)
        self._folders = folders
        self._disk.call = call
        if not self.cuts or (self._disk.waiting, self._disk.flushed, self._disk.contents) != (
            self.cuts[-1].waiting,
            self.cuts[-1].flushed,
            self.cuts[-1].contents,
        ):
            self.cuts.append(deepcopy(self._disk))

    def _walk(self, folder: Path, found: dict, folders: dict[int, Names]) -> int:
        number = self._number(folder.lstat(), found)
        folders[number] = {}
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                status = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    folders[number][entry.name] = self._walk(Path(entry.path), found, folders)
                    continue
                inner = self._number(status, found)
                folders[number][entry.name] = inner
                mark = (status.st_size, status.st_mtime_ns, status.st_ino)
                if self._seen.get(inner) != mark:
                    self._seen[inner] = mark
                    self._disk.contents[inner] = Path(entry.path).read_bytes()
        return number

    def _number(self, status: os.stat_result, found: dict) -> int:
        key = (status.st_dev, status.st_ino)
        if key not in found:
            found[key] = self._numbers[key] if key in self._numbers else next(self._next)
        return found[key]
