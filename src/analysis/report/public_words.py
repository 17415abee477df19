"""What every public page says of itself: what it leaves untold, and whom the public turns to (R5, R12, S26)."""

from analysis.policy.consequences import PackRules
from analysis.policy.models import Contacts
from analysis.report.words import WORDS

NOT_REGISTERED = WORDS.values[""]
NO_DRAW = "未公布摇号"  # of a month: nothing else about its draw is known


def contact_lines(contacts: Contacts) -> list[tuple[str, str]]:
    """Return what one may turn to the office for, and to whom; what the district left open is said to be so."""
    return [(what, getattr(contacts, key) or NOT_REGISTERED) for key, what in WORDS.contacts.items()]


def untold_words(packs: PackRules) -> str:
    """Return of which single units the public reads no result, and by whose rule (S26)."""
    if packs.public_units == "departments":
        return "公开版公布区直部门的结果，不公布单个镇街的得分、位次和等次（S26）。"
    return (
        "公开版不公布任何单个单位（部门和镇街）的得分、位次和等次：镇街按考评规则不公布（S26），部门不公布为本区设定。"
    )
