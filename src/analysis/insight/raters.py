"""Findings on those who give marks: leniency, compression, missing data; evidence, never a correction.

A finding says that marks deserve a look, not that anyone did wrong: offices mark different indicators, so a gap
between them may be real. Inspectors are drawn by lot (R12), so theirs can be compared with more right.
"""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import pandas as pd

from analysis.insight.missingness import FINDING_COLUMNS, find_gains, find_often_missing
from analysis.insight.scope import read_scope
from analysis.policy.book import Policy, PolicyBook
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.policy.trends import CompressionRules, LeniencyRules, TrendRules

# Sheets whose marks are somebody's judgement; counts from systems, tickets and ledgers are nobody's.
_JUDGED = ("scores", "key_work", "inspections")
_DIMENSIONS = ("attitude", "measures", "time_nodes", "effect", "coordination")
# How intake joins the people of a visit.
PEOPLE = "、"


def rater_months(period: str, start: str, rules: TrendRules) -> list[str]:
    """Return the months that findings of `period` look at: the last `rules.raters.months` since `start`."""
    return [month for month in month_range(shift(period, 1 - rules.raters.months), period) if month >= start]


def find_rater_problems(
    book: PolicyBook,
    rules: TrendRules,
    scores: Mapping[str, pd.DataFrame],
    marks: Mapping[str, pd.DataFrame],
    period: str,
) -> pd.DataFrame:
    """Return the table `rater_findings`: a row per code, subject (office, inspector or unit) and item.

    `figure` and `reference` are: for `lenient`/`severe` the gap in points to others' marks (`low`, `high` its interval,
    all raters looked at together) and nothing; for `compressed` the share in % of marks between `low` and `high`; for
    `gains_by_missing` points gained and the total without; for `often_missing` shares in % of unit and group.

    Args:
        book: the policy.
        rules: `params/trends.yml`.
        scores: score tables of the month.
        marks: `indicator_scores`, `key_work` and `inspections` of the months of `rater_months`.
        period: the month.
    """
    policy = book.at(period)
    monthly = marks["indicator_scores"].query("scope == 'month'")
    year = read_scope(book, scores, period, "ytd")
    judged = judge_marks(monthly, marks["inspections"], policy)
    limits, confidence = rules.raters, rules.confidence
    findings = [
        find_lenient_offices(judged, limits.leniency, confidence),
        find_lenient_inspectors(marks["inspections"], policy.group_of, limits.leniency, confidence),
        find_compressed(pd.concat([judged, _dimension_marks(marks["key_work"], policy)]), limits.compression),
        find_gains(year, limits.missingness),
        find_often_missing(monthly, policy.group_of, policy.unit_ids, limits.missingness),
    ]
    table = pd.concat([found for found in findings if len(found)] or findings)
    return TABLES["rater_findings"].check(table.assign(period=period))


def judge_marks(monthly: pd.DataFrame, inspections: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the marks that somebody gave: columns period, unit_id, item_id, office, points.

    A month's score of inspected work is the mean of a window of visits (S13): its marks are those of its own visits.
    """
    office_of, keys = _office_of(policy), ["period", "unit_id", "indicator_id"]
    visited = [indicator.id for indicator in policy.indicators if indicator.data.sheet == "inspections"]
    visits = inspections.dropna(subset="points").groupby(keys, as_index=False)["points"].mean()
    rows = pd.concat([monthly[~monthly["indicator_id"].isin(visited)].rename(columns={"score": "points"}), visits])
    named = rows[rows["indicator_id"].isin(list(office_of)) & rows["points"].notna()].rename(
        columns={"indicator_id": "item_id"}
    )
    return named.assign(office=named["item_id"].map(office_of))[["period", "unit_id", "item_id", "office", "points"]]


def _office_of(policy: Policy) -> dict[str, str]:
    offices = {}
    for indicator in policy.indicators:
        if indicator.data.sheet in _JUDGED and indicator.method.reads == "points":
            for delivery in policy.sheets.deliveries:
                by_column = policy.sheets.kinds[delivery.kind].has_indicator_columns
                named = not by_column or indicator.id in delivery.indicators
                if delivery.kind == indicator.data.sheet and named:
                    offices[indicator.id] = delivery.office
    return offices


def _dimension_marks(key_work: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    office = next((d.office for d in policy.sheets.deliveries if d.kind == "key_work"), "")
    long = key_work.melt(["period", "unit_id"], list(_DIMENSIONS), "item_id", "points").dropna(subset="points")
    return long.assign(office=office)


def find_lenient_offices(marks: pd.DataFrame, rules: LeniencyRules, confidence: float) -> pd.DataFrame:
    """Return offices whose marks lie clearly above or below what others give the same units in the same months.

    Args:
        marks: period, unit_id, item_id, office, points.
        rules: how many marks, which gap.
        confidence: of all offices' intervals together; units are the sample.
    """
    by_office = marks.groupby(["office", "period", "unit_id"])["points"].mean().unstack("office")
    gaps = {}
    for office in by_office.columns:
        others = by_office.drop(columns=office).mean(axis=1)
        gaps[office] = (by_office[office] - others).dropna()
    by_unit = {office: gap.groupby("unit_id").mean() for office, gap in gaps.items()}
    facts = pd.DataFrame(
        {
            "subject": list(gaps),
            "n_marks": [len(gap) for gap in gaps.values()],
            "figure": [gap.mean() for gap in by_unit.values()],
            "error": [gap.std() / np.sqrt(len(gap)) if len(gap) else np.nan for gap in by_unit.values()],
        }
    )
    return _lenient(facts, "office", rules, confidence)


def list_people(visits: pd.Series) -> pd.DataFrame:
    """Return who was at each visit: a column a named inspector, 1 where the inspector was there, else 0."""
    return visits.str.get_dummies(PEOPLE).drop(columns="", errors="ignore")


def find_lenient_inspectors(
    inspections: pd.DataFrame, group_of: Mapping[str, str], rules: LeniencyRules, confidence: float
) -> pd.DataFrame:
    """Return inspectors whose visits end clearly higher or lower than others' visits to the same group of units.

    A visit is one mark, whatever it looked at: each of its points against the mean of other visits for that indicator
    and group. Visits' own spread tells the interval, so that few visits suffice to say that nothing is known.

    Args:
        inspections: table `inspections` of several months.
        group_of: unit id → group.
        rules: how many visits, which gap.
        confidence: of all inspectors' intervals together.
    """
    rows = inspections.assign(group=inspections["unit_id"].map(dict(group_of)))
    rows = rows.dropna(subset=["points", "group"]).reset_index(drop=True)
    keys = {"item": ["indicator_id", "group"], "visit": ["period", "visit_id"]}
    marks = rows[["points"]].assign(**{name: rows.groupby(key).ngroup() for name, key in keys.items()})
    people = list_people(rows["inspectors"])
    facts = _compare_inspectors(marks, people)
    centred = marks["points"] - marks.groupby("item")["points"].transform("mean")
    spread = centred.groupby(marks["visit"]).mean().std()
    return _lenient(facts.assign(error=spread / np.sqrt(facts["n_marks"])), "inspector", rules, confidence)


def _compare_inspectors(marks: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return each inspector's visits and their mean gap to others' marks: columns subject, n_marks, figure.

    Args:
        marks: a row a mark: item (indicator and group), visit, points.
        people: (marks × inspectors) 1 where the inspector was there.
    """
    was_there = people.to_numpy(dtype=bool).T
    pairs = (np.nonzero(was_there), np.nonzero(~was_there))
    mine, theirs = (marks.iloc[places].assign(person=persons) for persons, places in pairs)
    usual = theirs.groupby(["person", "item"])["points"].mean().rename("usual")
    gaps = mine.join(usual, on=["person", "item"]).dropna(subset="usual")
    visits = (gaps["points"] - gaps["usual"]).groupby([gaps["person"], gaps["visit"]]).mean()
    # numpy's plain mean; a grouping's own is compensated and differs in the last bit of what was published.
    facts = visits.groupby("person").agg(n_marks="size", figure=np.mean).reset_index()
    return facts.assign(subject=people.columns.to_numpy()[facts["person"]])


def _lenient(facts: pd.DataFrame, kind: str, rules: LeniencyRules, confidence: float) -> pd.DataFrame:
    enough = facts[(facts["n_marks"] >= rules.least_marks) & facts["error"].notna()]
    joint = confidence ** (1 / max(1, len(enough)))
    reach = NormalDist().inv_cdf(0.5 + joint / 2) * enough["error"]
    found = enough.assign(low=enough["figure"] - reach, high=enough["figure"] + reach)
    is_clear = ((found["low"] > 0) | (found["high"] < 0)) & (found["figure"].abs() >= rules.least_gap_points)
    found = found[is_clear]
    code = np.where(found["figure"] > 0, "lenient", "severe")
    return found.assign(code=code, subject_kind=kind, item_id="", reference=np.nan)[FINDING_COLUMNS]


def find_compressed(marks: pd.DataFrame, rules: CompressionRules) -> pd.DataFrame:
    """Return the items of which nearly all marks lie in a narrow band: they tell units apart by chance only.

    Args:
        marks: item_id, office, points.
        rules: how many marks, which band, which share.
    """
    found = []
    for (office, item_id), points in marks.groupby(["office", "item_id"])["points"]:
        share, low = _densest(np.sort(points.to_numpy(dtype=float)), rules.band_points)
        if len(points) >= rules.least_marks and share >= rules.share_pct:
            facts = {"subject": office, "item_id": item_id, "n_marks": len(points), "figure": share}
            found.append(facts | {"low": low, "high": low + rules.band_points})
    table = pd.DataFrame(found, columns=["subject", "item_id", "n_marks", "figure", "low", "high"])
    return table.assign(code="compressed", subject_kind="office", reference=np.nan)[FINDING_COLUMNS]


def _densest(ordered: np.ndarray, width: float) -> tuple[float, float]:
    inside = np.searchsorted(ordered, ordered + width + 1e-9, side="right") - np.arange(len(ordered))
    best = int(inside.argmax())
    return 100 * inside[best] / len(ordered), float(ordered[best])
