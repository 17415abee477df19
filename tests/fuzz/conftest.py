"""One reading process for the whole fuzz run: thousands of months are cleaned, few of their files differ."""

import hashlib
from pathlib import Path

import pytest

from analysis.intake.readers import files
from analysis.intake.readers.process import WorkbookProcess


class SharedProcess:
    """Stands in for `WorkbookProcess`: the same child reads on, and a workbook read before is not read again."""

    def __init__(self, limits):
        self._real = WorkbookProcess(limits)
        self._known: dict[tuple[str, bytes], object] = {}

    def __call__(self, _limits) -> "SharedProcess":
        return self

    def __enter__(self) -> "SharedProcess":
        return self

    def __exit__(self, *_: object) -> None:
        """Keep the child for the next month."""

    def read(self, path: Path):
        key = path.name, hashlib.sha256(path.read_bytes()).digest()
        if key not in self._known:
            self._known[key] = self._real.read(path)
        return self._known[key]

    def close(self) -> None:
        self._real.__exit__()


@pytest.fixture(scope="session", autouse=True)
def shared_process():
    process = SharedProcess(files.DEFAULT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "WorkbookProcess", process)
        yield
    process.close()
