"""`analysis explain`: the published score of one unit, from the total to the raw cells."""

from pathlib import Path
from typing import Any

import pandas as pd

from analysis.policy.book import PolicyBook
from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.policy.period import SCOPES, month_range, scope_months
from analysis.report.certainty import margins_of
from analysis.report.explain import explain_unit, find_unit
from analysis.run.store.revisions import Store

_SCORES = ("unit_scores", "channel_scores", "indicator_scores")


def explain_published(root: Path, book: PolicyBook, period: str, unit: str, scope: str = "month") -> dict[str, Any]:
    """Return the tree of a unit's published score (see `explain_unit`), with its `margins` (see `margins_of`).

    Args:
        root: the district's folder.
        book: its rules.
        period: the month, which was run before.
        unit: the unit's id, name or alias.
        scope: `month` or `ytd`.

    Raises:
        UsageError: an unknown unit or scope.
        DataError: the month was never run, or its tables changed since.
    """
    if scope not in SCOPES:
        raise UsageError(say("{scope!r} is no scope: write {scopes}").format(scope=scope, scopes=" or ".join(SCOPES)))
    policy, store = book.at(period), Store(root)
    unit_id = find_unit(policy, unit)
    tables = {name: store.load(name, period) for name in _SCORES}
    scores = tables["indicator_scores"].query("unit_id == @unit_id and scope == @scope and first_period != ''")
    first = min([*scores["first_period"], *scope_months(period, scope)])
    months = month_range(max(first, book.district.start), period)
    for name in ("measurements", "lineage"):
        tables[name] = pd.concat([store.load(name, month) for month in months], ignore_index=True)
    margins = margins_of(_certainty(store, period, scope, unit_id), period, scope, policy.noise.margins.weight_points)
    return {**explain_unit(tables, policy, unit_id, scope), "margins": margins}


def _certainty(store: Store, period: str, scope: str, unit_id: str) -> pd.Series | None:
    """Return the unit's row of `certainty`, None where the month was built without it (tables only)."""
    if "certainty.parquet" not in store.manifest(period).outputs:
        return None
    rows = store.load("certainty", period)
    return rows[(rows["scope"] == scope) & (rows["unit_id"] == unit_id)].iloc[0]
