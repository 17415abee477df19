"""`analysis check`: what a month's deliveries came to, and whether a run would publish it: check is the gate."""

from analysis.intake.month import CleanMonth
from analysis.policy.errors import DataError
from analysis.run.month import Month
from analysis.run.steps.intake import take_in
from analysis.run.store.history import build_history
from analysis.run.store.revisions import save_table


def check_month(month: Month) -> tuple[CleanMonth, str]:
    """Return what the deliveries of a month came to, and why a run refuses it all the same (S3), in the run's words.

    Only the scores can say whether a judgement starts from the unit's tier. For that alone the months before are built,
    as a run does first, and nothing is published.
    """
    clean = take_in(month, is_look=True)
    if clean.is_blocked or not (clean.tables["adjustments"]["kind"] == "judgement").any():
        return clean, ""
    try:
        build_history(month)
        for name, frame in clean.tables.items():
            save_table(name, frame, month.work)
        month.build("score")
    except DataError as refused:
        return clean, str(refused)
    return clean, ""
