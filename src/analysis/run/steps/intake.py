"""The step `clean` of a month: from deliveries to tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.intake.month import clean_month

if TYPE_CHECKING:
    from analysis.run.month import Month


def earlier_tickets(month: Month, *, only_built: bool = False) -> list[Path]:
    """Return the verified ticket tables of the months in which a ticket due now may have been delivered (S20).

    Args:
        month: the month at work.
        only_built: leave out months that were never built, for a look at deliveries without any history.
    """
    periods = month.earlier(month.hotline.rules.lookback_months)
    return [month.path("tickets", p) for p in periods if not only_built or month.store.current(p)]


def make_clean(month: Month) -> dict[str, pd.DataFrame]:
    """Return the tables of a month's deliveries; an office that delivered nothing usable stops the month."""
    earlier = earlier_tickets(month)
    clean = clean_month(
        month.raw_folder, month.policy, as_of=month.as_of, earlier_tickets=earlier, hotline=month.hotline
    )
    clean.refuse_if_blocked()
    return clean.tables
