"""The standing of a year: the order of its months so far, and who has the months that count (S10, S35, S36)."""

from collections.abc import Sequence

import pandas as pd

from analysis.policy.models import Grading
from analysis.policy.tables import TABLES
from analysis.scoring.tiers import apply_vetoes, mark_interview
from analysis.scoring.units import grade

# A tier that a person or a veto decided stands, whoever leaves the order.
_DECIDED = ("judgement", "veto")


def year_standing(
    units: pd.DataFrame, months: pd.DataFrame, vetoed: Sequence[str], grading: Grading, *, is_complete: bool
) -> pd.DataFrame:
    """Return the table `year_standing`: each unit's place and tier in the year so far.

    A finished year counts for units with `minimum_months` of data of their own; a shorter one keeps its total, and has
    no place, tier or part in the quotas. A year in progress is shown as if all its units had them (S36).

    Args:
        units: `unit_scores` of scope `ytd` of the year's last month so far.
        months: `unit_scores` of scope `month` of the year's months.
        vetoed: ids of the units that had a veto in the year (S17).
        grading: the rules of the last month.
        is_complete: whether the last month is December.
    """
    n_months = months[months["total"].notna()].groupby("unit_id")["period"].nunique()
    own = units["unit_id"].map(n_months).fillna(0).astype(int)
    is_counted = units["total"].notna() & (~pd.Series(is_complete, units.index) | (own >= grading.minimum_months))
    order = units if is_counted[units["total"].notna()].all() else _grade_again(units, is_counted, vetoed, grading)
    rows = order.assign(total=units["total"], n_months=own, is_counted=is_counted)
    rows = rows.assign(is_interview=mark_interview(rows, grading))
    return TABLES["year_standing"].check(rows[list(TABLES["year_standing"].columns)])


def _grade_again(units: pd.DataFrame, is_counted: pd.Series, vetoed: Sequence[str], grading: Grading) -> pd.DataFrame:
    graded = grade(units.assign(total=units["total"].where(is_counted)), grading)
    is_decided = is_counted & units["tier_reason"].isin(_DECIDED)
    for name in ("tier", "tier_reason"):
        graded[name] = graded[name].mask(is_decided, units[name])
    # A veto that had nothing to cap in the whole order may have something to cap in this one.
    return apply_vetoes(graded, vetoed, grading)
