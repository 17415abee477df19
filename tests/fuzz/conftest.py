"""One reading process for the whole fuzz run, and what does not differ is not read and cleaned again.

Thousands of months are cleaned, and in each one file differs; a sheet's cleaning depends on the sheet and the rules
of the month alone.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.intake import month
from analysis.intake.readers import files
from analysis.intake.readers.process import WorkbookProcess


class SharedProcess:
    """Stands in for `WorkbookProcess`: the same child reads on, and a workbook read before is not read again."""

    def __init__(self, limits):
        self.is_learning = True  # until the months are known as they are
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
        if key in self._known:
            return self._known[key]
        result = self._real.read(path)
        if self.is_learning:
            self._known[key] = result
        return result

    def close(self) -> None:
        self._real.__exit__()


class SharedSheets:
    """Stands in for `clean_sheet`: the very same sheet under the same rules is cleaned once."""

    def __init__(self, clean, process: SharedProcess):
        self._clean, self._process = clean, process
        self._known: dict[tuple[int, str], tuple] = {}

    def __call__(self, sheet, labels):
        key = id(sheet), labels.policy.period
        if key in self._known:
            return self._known[key][1]
        result = self._clean(sheet, labels)
        if self._process.is_learning:
            self._known[key] = sheet, result  # the sheet is kept, so that its id is not given to another
        return result


class SharedTickets:
    """Stands in for `clean_tickets`: the very same files under the same rules are cleaned once."""

    def __init__(self, clean, process: SharedProcess):
        self._clean, self._process = clean, process
        self._known: dict[tuple, object] = {}

    def __call__(self, items, policy, **rules):
        paths = [getattr(item, "path", item) for item in items]
        if not all(isinstance(path, Path) for path in paths):  # a sheet of a workbook
            return self._clean(items, policy, **rules)
        told = [(path.name, hashlib.sha256(path.read_bytes()).digest()) for path in paths]
        key = policy.period, *told, *sorted((name, str(rule)) for name, rule in rules.items())
        if key in self._known:
            return self._known[key]
        result = self._clean(items, policy, **rules)
        if self._process.is_learning:
            self._known[key] = result
        return result


@pytest.fixture(scope="module", autouse=True)
def shared_work() -> Iterator[SharedProcess]:
    process = SharedProcess(files.DEFAULT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "WorkbookProcess", process)
        patch.setattr(month, "clean_sheet", SharedSheets(month.clean_sheet, process))
        patch.setattr(month, "clean_tickets", SharedTickets(month.clean_tickets, process))
        yield process
    process.close()
