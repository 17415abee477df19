"""Whose result of a final year is verified before anything is done about it: chance may have listed it (R21)."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from analysis.report.packs.content import PackContent
from analysis.report.words import WORDS


def certainty_of_year(content: PackContent) -> pd.DataFrame:
    """Return how sure the year's places are; nothing of an order that leaves units out: all were reckoned (S35)."""
    standing, sure = content.table("year_standing"), content.table("certainty", "ytd")
    is_whole = standing.loc[standing["total"].notna(), "is_counted"].all()
    return sure if is_whole else sure.head(0)


def _called(content: PackContent, kind: str = "interview") -> pd.DataFrame:
    """Return what follows of a kind from the year that ends with the month; none as long as it is not final."""
    rows, year = content.table("consequences"), int(content.policy.period[:4])
    is_own = rows["is_current"] & (rows["basis"] == "annual") & (rows["year"] == year)
    return rows[is_own & (rows["kind"] == kind) & (rows["until"] != "")]


def called_units(content: PackContent) -> list[str]:
    """Return whom a final year calls to an interview, the lowest total first (see `unsure_units`)."""
    return _called(content).sort_values(["total", "unit_id"])["unit_id"].tolist()


def unsure_units(content: PackContent) -> list[str]:
    """Return who is called to an interview and may be listed by chance, the lowest total first.

    Args:
        content: the year's December; of other months, whose certainty is another year's, the list is empty.
    """
    called = called_units(content)
    if not called:
        return []
    sure = certainty_of_year(content)
    is_sure = sure["p_interview"] >= content.policy.noise.confidence_pct / 100
    unsure = set(sure.loc[~is_sure, "unit_id"])
    return [unit for unit in called if unit in unsure]


def is_own(content: PackContent, year: int) -> bool:
    """Tell whether content is that of a year's December."""
    return content.policy.period == f"{year}-12"


def year_at_hand(content: PackContent, year: int) -> PackContent | None:
    """Return the content of a year's December: this one or the last final year's; None of any other year."""
    own = content if is_own(content, year) else content.annual
    return own if own and is_own(own, year) else None


def unsure_of(content: PackContent, year: int) -> list[str]:
    """Return who was called by a final year and may be listed by chance; none where the year is not at hand."""
    own = year_at_hand(content, year)
    return unsure_units(own) if own else []


def verify_until(content: PackContent) -> date | None:
    """Return the day by which results are verified: that for answers to the edition, None unless interviews follow."""
    until, called = content.edition.answer_until, _called(content)["until"]
    return until if len(called) and until.isoformat() < called.min() else None


def measure_until(content: PackContent, kind: str) -> date | None:
    """Return the last day of the measures of a kind that follow from the year, None where none do."""
    days = sorted(_called(content, kind)["until"])
    return date.fromisoformat(days[-1]) if days else None


def doubt_words(content: PackContent, units: Sequence[str]) -> str:
    """Return what is doubtful about the results of units."""
    sure = certainty_of_year(content)
    is_known = sure.loc[sure["unit_id"].isin(units), "p_interview"].notna().any()
    return WORDS.doubts["known" if is_known else "unknown"]


def doubt_of_month(content: PackContent, unit_id: str) -> str:
    """Return what is doubtful about a unit that the month lists; empty of one that is surely among the last."""
    sure = content.table("certainty", "month")
    for chance in sure.loc[sure["unit_id"] == unit_id, "p_interview"]:
        if not chance >= content.policy.noise.confidence_pct / 100:
            return WORDS.doubts["known" if pd.notna(chance) else "unknown"]
    return ""
