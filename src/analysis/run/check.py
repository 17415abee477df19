"""`analysis check`: what a month's deliveries came to, and whether a run would publish it: check is the gate."""

from pathlib import Path

from analysis.intake.month import CleanMonth
from analysis.intake.register import FILE_NAME, Corrections, list_registers, load_corrections
from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.messages import say
from analysis.run.month import Month
from analysis.run.steps.intake import take_in
from analysis.run.store.history import build_history
from analysis.run.store.revisions import save_table


def load_rules(root: Path, period: str) -> PolicyBook:
    """Return the rules; where they are wrong, what is wrong with the month's `corrections.yml` is told at once.

    Raises:
        PolicyError: every fault of every file, one a line.
    """
    try:
        return load_policy(root)
    except PolicyError as wrong:
        try:
            load_corrections(root / "data" / "raw" / period)
        except DataError as also:
            raise PolicyError(f"{wrong}\n{also}") from None
        raise


def check_month(month: Month) -> tuple[CleanMonth, str]:
    """Return what the deliveries of a month came to, and why a run refuses it all the same (S3), in the run's words.

    Only the scores can say whether a judgement starts from the unit's tier. For that alone the months before are built,
    as a run does first, and nothing is published. Where `corrections.yml` is wrong, the deliveries are looked at
    without it.
    """
    try:
        clean = take_in(month, is_look=True)
    except DataError as refused:
        kept = (month.raw_folder / FILE_NAME, *list_registers(month.raw_folder))
        written = [path.name for path in kept if path.exists()]
        if not written:
            raise
        without = say("What {file} settles is listed above all the same").format(file=", ".join(written))
        return take_in(month, is_look=True, corrections=Corrections()), f"{refused}\n{without}"
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
