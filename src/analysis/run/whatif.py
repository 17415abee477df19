"""`analysis whatif`: who would move in a published month if raw values or the policy were others (S21)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.action.differences import list_differences
from analysis.policy.book import PolicyBook
from analysis.policy.draft import Draft, draft_book, load_draft
from analysis.run.month import Month
from analysis.run.steps.scoring import score_sources
from analysis.run.store.revisions import Store
from analysis.scoring.changes import parse_change
from analysis.scoring.whatif import Baseline, prepare, whatif


def open_baseline(month: Month) -> Baseline:
    """Return a month at work as it is, ready for any number of what-ifs (a researcher's session)."""
    return prepare(*score_sources(month), month.period)


def whatif_published(
    root: Path, book: PolicyBook, period: str, changes: Sequence[str], draft: Path | Draft | None = None
) -> pd.DataFrame:
    """Return the units that would differ, in what and with what consequence (see `list_differences`).

    Args:
        root: the district's folder.
        book: its rules.
        period: a month that was run before.
        changes: texts `UNIT/INDICATOR[/ROLE][@ITEM]=VALUE`.
        draft: a changed copy of a file of `params/`, or a draft of one; None leaves the rules as they are.

    Raises:
        UsageError: a change names what is not there.
        PolicyError: the draft is wrong.
        DataError: the month was never run.
    """
    store = Store(root)
    months = book.months_that_score(period)
    measurements, adjustments = (
        pd.concat([store.load(name, month) for month in months], ignore_index=True)
        for name in ("measurements", "adjustments")
    )
    policies = {month: book.at(month) for month in months}
    read = load_draft if isinstance(draft, Path) else draft_book
    drafted = read(book, draft) if draft else None
    before, after = whatif(
        policies,
        measurements,
        adjustments,
        period,
        changes=[parse_change(text, policies[period]) for text in changes],
        new_policies={month: drafted.at(month) for month in months} if drafted else None,
    )
    new_grading = drafted.at(period).grading if drafted else None
    return list_differences(before, after, policies[period].grading, new_grading)
