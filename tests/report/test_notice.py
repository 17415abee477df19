"""The notice's frame: the sentence that says what must be done."""

from datetime import date

import pandas as pd

from analysis.report.bulletin.notice import what_must_be_done
from analysis.report.edition import Edition

EDITION = Edition("r0001", "draft", date(2026, 10, 31), date(2026, 11, 6), "inputs", "code", "0.1.0")
NAMES = {"D01": "甲局", "D02": "乙局", "D03": "丙局"}


def units(**told) -> pd.DataFrame:
    rows = pd.DataFrame({"unit_id": list(NAMES), "is_bottom_five": False, "tier": "good"})
    return rows.assign(**told)


def ledger(*items: tuple[str, int, str]) -> pd.DataFrame:
    rows = [{"unit_id": u, "overdue_working_days": d, "answer_until": a, "is_dunned": bool(a)} for u, d, a in items]
    return pd.DataFrame(rows, columns=["unit_id", "overdue_working_days", "answer_until", "is_dunned"]).astype(
        {"is_dunned": bool}
    )


def test_units_that_are_listed_have_until_the_end_of_objections():
    told = what_must_be_done(
        EDITION, units(is_bottom_five=[True, False, False], tier=["good", "fail", "good"]), ledger(), NAMES
    )
    assert told == "本月要办的事：列入后五名或不达标的2个单位于2026年11月6日前对照失分清单提出整改措施。"


def test_owners_of_overdue_items_are_named_the_longest_overdue_first_and_once():
    items = ledger(("D01", 3, "2026-11-05"), ("D02", 9, "2026-11-06"), ("D02", 1, "2026-11-06"), ("D03", 0, ""))
    told = what_must_be_done(EDITION, units(), items, NAMES)
    assert told == "本月要办的事：乙局、甲局对超期的3项整改事项于2026年11月6日前书面答复。"


def test_a_month_without_deadlines_says_so():
    assert what_must_be_done(EDITION, units(), ledger(), NAMES) == "本月没有需要限期办理的事项。"
