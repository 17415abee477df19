"""Whom the public turns to, at the foot of every public page (R5, R12)."""

from analysis.policy.models import Contacts
from analysis.report.words import WORDS

NOT_REGISTERED = WORDS.values[""]


def contact_lines(contacts: Contacts) -> list[tuple[str, str]]:
    """Return what one may turn to the office for, and to whom; what the district left open is said to be so."""
    return [(what, getattr(contacts, key) or NOT_REGISTERED) for key, what in WORDS.contacts.items()]
