"""What the grading in force calls things: its bottom places, who is listed for an interview (R19, R21, S7)."""

from collections.abc import Mapping

import pandas as pd

from analysis.policy.models import Grading
from analysis.report.words import listing, numeral

_NAMED = 6


def bottom_name(grading: Grading) -> str:
    """Return what the bottom places are called, such as `后五名`; `末位` where the grading has none (R21)."""
    return f"后{numeral(grading.bottom_places)}名" if grading.bottom_places else "末位"


def listed_name(grading: Grading, names: Mapping[str, str]) -> str:
    """Return what lists a unit, such as `后五名或不达标`: the bottom places, where there are any, and tiers (R21)."""
    tiers = interview_names(grading, names)
    return f"{bottom_name(grading)}或{tiers}" if tiers and grading.bottom_places else tiers or bottom_name(grading)


def interview_names(grading: Grading, names: Mapping[str, str]) -> str:
    """Return the tiers that are listed together with the bottom places, such as `不达标` (R21)."""
    return "或".join(names[tier] for tier in grading.interview_tiers)


def provisional_name(grading: Grading) -> str:
    """Return what of a month is provisional, such as `月度等次和后五名` (S27)."""
    return f"月度等次和{bottom_name(grading)}" if grading.bottom_places else "月度等次"


def tell_provisional(units: pd.DataFrame, names: Mapping[str, str], problems: pd.DataFrame | None = None) -> list[str]:
    """Return whose result is provisional, as data of it are accepted as missing (S11); none where nobody's is.

    Args:
        units: rows of `unit_scores` or of a year.
        names: id → Chinese name.
        problems: the month's table, where it is said too which data are missing and what settles it.
    """
    ids = units.loc[units["is_provisional"].astype(bool), "unit_id"].tolist()
    missing = {} if problems is None else _missing(problems, names)
    who = listing([f"{names[unit]}{missing.get(unit, '')}" for unit in ids], _NAMED)
    settled = "，补报后以修订版重新计算" * (problems is not None)
    return [f"{who}有经确认缺报的数据，得分和等次为暂定{settled}（S11）。"] * bool(ids)


def _missing(problems: pd.DataFrame, names: Mapping[str, str]) -> dict[str, str]:
    """Return unit → in brackets whose file lacks which of its indicators by what was accepted."""
    rows = problems[(problems["action"] == "accepted") & (problems["indicator_id"] != "")]
    found: dict[str, list[str]] = {}
    for (unit, office, file), own in rows.groupby(["unit_id", "office", "file"]):
        what = listing(own["indicator_id"].drop_duplicates().map(names).tolist(), _NAMED)
        found.setdefault(unit, []).append(f"{office}《{file}》：{what}")
    return {unit: f"（{'；'.join(told)}）" for unit, told in found.items()}
