"""Supervision of how a district's departments perform their statutory functions (机关职能运行监管)."""

import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING


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

__all__ = ["AnalysisError", "DataError", "PolicyError", "UsageError", "load"]


def load(table: str, period: str, root: str | Path = ".") -> "pd.DataFrame":
    """Return a processed table of a published month, for a researcher's session.

    Args:
        table: a name of `docs/data_dictionary.yml`, such as `unit_scores`.
        period: the month, YYYY-MM.
        root: the district's folder; its parent is tried too, so that it works in notebooks/.

    Raises:
        DataError: the month or the table was never built, or a file changed since it was published.
    """
    from analysis.run.store.revisions import Store

    here = Path(root)
    return Store(here if (here / "params").is_dir() else here / "..").load(table, period)
