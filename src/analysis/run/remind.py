"""`analysis remind`: a letter to each office of which something is missing."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from analysis.intake.describe import missing_deliveries
from analysis.intake.send_back import answer_until, due_on, name_file, speak_to_offices
from analysis.policy.book import Policy, load_policy
from analysis.policy.period import parse_period
from analysis.report.page.html import render_page
from analysis.report.reminder import Reminder, reminder_body
from analysis.run.month import new_month
from analysis.run.steps.intake import take_in
from analysis.run.store.manifest import list_files


def write_reminders(root: Path, period: str, until: date | None = None) -> list[Path]:
    """Write a letter to each office of which something required is missing, into `forms/<period>/催报函/`.

    Letters of before are taken away: who has sent since gets none.

    Args:
        root: the district's folder.
        period: the month.
        until: until when it is to be sent; by default as many working days as an answer has.

    Returns:
        The files written, in the order of the offices.

    Raises:
        AnalysisError: the month's files cannot be taken in at all.
    """
    root, book = Path(root), load_policy(root)
    policy = book.at(parse_period(period))
    missing = _find_missing(root, policy) if list_files(root / "data" / "raw" / period) else _list_required(policy)
    folder = root / "forms" / period / "催报函"
    for stale in folder.glob("*.html"):
        stale.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for office, lines in sorted(missing.items()):
        reminder = Reminder(office, period, lines, due_on(policy), until or answer_until(policy))
        written.append(folder / name_file(office, "催报函.html"))
        written[-1].write_text(render_page(reminder_body(book.district, reminder)), "utf-8", newline="\n")
    return written


def _find_missing(root: Path, policy: Policy) -> Mapping[str, list[str]]:
    """Return office → what it has not sent, in the order of the messages of `check`."""
    clean = take_in(new_month(root, load_policy(root), policy.period), is_look=True)
    found = defaultdict(list)
    for row in speak_to_offices(missing_deliveries(clean)).itertuples():
        found[row.office or policy.district.office].append(row.message)
    return found


def _list_required(policy: Policy) -> Mapping[str, list[str]]:
    """Return office → the sheets that it has to send: nothing has come yet."""
    found = defaultdict(list)
    for delivery in policy.sheets.deliveries:
        if delivery.is_required:
            found[delivery.office].append(f"“{policy.sheets.kinds[delivery.kind].title}”（{delivery.file}）")
    return found
