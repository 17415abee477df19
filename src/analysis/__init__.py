"""Supervision of how a district's departments perform their statutory functions (机关职能运行监管).

A researcher begins here; nothing of this writes into the district:

    d = analysis.open_district()                   the district around the current folder
    d.months                                       which months are published
    d.tables                                       which tables there are, and what a row of each is
    d.load("unit_scores", "2023-01..2026-10")      a table over months, with names beside ids
    d.load("trends", "2026-10", basis="yoy", level="channel")
    d.whatif("2026-10", ["D01/common-01=90"])      who would differ, in score, rank, tier and consequence

`docs/data_dictionary.yml` says what every column means; the notebooks in `notebooks/` show a month.
"""

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

# openpyxl writes other bytes where lxml is installed (python-docx brings it): a workbook must not depend on that.
os.environ["OPENPYXL_LXML"] = "False"


class _FromSource(SourceFileLoader):
    """Compiles a module of this package whenever it is loaded: bytecode in `__pycache__` may be another's (S45)."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class _OwnModules:
    """Finds the modules of this package, in source alone; libraries keep their bytecode."""

    @staticmethod
    def find_spec(fullname: str, path=None, target=None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname.startswith("analysis.") else None
        if spec and spec.loader:
            if not isinstance(spec.loader, SourceFileLoader):
                raise ImportError(f"{spec.origin}: no source of this package; move it away")
            spec.loader = _FromSource(fullname, spec.origin)
        return spec


sys.meta_path.insert(0, _OwnModules)

from analysis.policy.errors import AnalysisError, DataError, PolicyError, UsageError  # noqa: E402  found as above

if TYPE_CHECKING:
    import pandas as pd

    from analysis.run.research import District

__all__ = ["AnalysisError", "DataError", "PolicyError", "UsageError", "load", "open_district"]


def open_district(root: str | Path = "") -> "District":
    """Return a district for reading: its months, its tables over months, what-ifs (see `help(analysis)`).

    Args:
        root: its folder, or one inside it; empty is the one around the current folder, else the project's own.

    Raises:
        UsageError: the folder is in no district.
    """
    from analysis.run.research import District
    from analysis.run.session import session_root

    return District(session_root(root))


def load(table: str, months: str = "", root: str | Path = "", **choice: Any) -> "pd.DataFrame":
    """Return a table over months: `open_district(root).load(table, months, **choice)`."""
    return open_district(root).load(table, months, **choice)
