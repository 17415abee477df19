"""Supervision of how a district's departments perform their statutory functions (机关职能运行监管)."""

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.policy.errors import AnalysisError, DataError, PolicyError, UsageError

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
