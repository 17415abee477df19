"""The letter that reminds an office of what it has not sent (催报函)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from analysis.policy.models import District
from analysis.report.page.assets import fill_template


@dataclass(frozen=True)
class Reminder:
    """What one office has not sent for a month.

    Attributes:
        office: who was to send it.
        period: the month.
        missing: what is missing, a line each; nothing of other offices.
        due: until when it was to be sent; None where the calendar ends before.
        until: until when it is to be sent now; None likewise.
    """

    office: str
    period: str
    missing: Sequence[str]
    due: date | None
    until: date | None


def reminder_body(district: District, reminder: Reminder) -> Markup:
    """Return the content of the letter, which goes to this office alone (S23)."""
    return fill_template("reminder.html.j2", district=district, reminder=reminder)
