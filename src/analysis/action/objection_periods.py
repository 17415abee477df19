"""Until when each unit may object to a draft: from publication, anew for whoever a revision moves (S21)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analysis.policy.tables import TABLES


@dataclass(frozen=True)
class Draft:
    """A draft that is published.

    Attributes:
        revision: its number.
        published: the day on which it is published.
        until: the last day for objections to what is new in it.
    """

    period: str
    revision: str
    published: date
    until: date


def open_periods(draft: Draft, unit_ids: Sequence[str]) -> pd.DataFrame:
    """Return the table `objection_periods` of a draft that is new to all units."""
    told = {"period": draft.period, "revision": draft.revision}
    told |= {"published": draft.published.isoformat(), "until": draft.until.isoformat()}
    return TABLES["objection_periods"].check(pd.DataFrame({"unit_id": list(unit_ids)}).assign(**told))


def renew_periods(before: pd.DataFrame, draft: Draft, unit_ids: Sequence[str], moved: Collection[str]) -> pd.DataFrame:
    """Return the periods after a revision: a fresh one for the units that it moves, the others keep theirs (S21).

    Args:
        before: `objection_periods` of the draft that it follows.
        draft: the revision.
        unit_ids: the units assessed in the month.
        moved: those whose result differs.
    """
    kept = before[before["unit_id"].isin(unit_ids) & ~before["unit_id"].isin(list(moved))]
    fresh = [unit_id for unit_id in unit_ids if unit_id not in set(kept["unit_id"])]
    return TABLES["objection_periods"].check(pd.concat([kept, open_periods(draft, fresh)]))
