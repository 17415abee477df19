"""Warning, interview, notice and blacklist, each with rule, date and evidence (R21, R22, S7, S9, S21, S27)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd

from analysis.action.annual import AnnualResult, Listed, Record, UnitYear, follow_years, reason_listed
from analysis.policy.book import PolicyBook
from analysis.policy.period import month_end, shift
from analysis.policy.tables import TABLES

LISTED_RULE = "R21 S7 S27"
BLACKLIST_RULE = "R22 S9 S27"
WARNING_RULE = "R21 S7 S27"
MERGER_RULE = "R22 S9"
SUCCESSOR_RULE = "R21 S9 S35"


def build_consequences(
    book: PolicyBook,
    annual_results: Mapping[int, AnnualResult],
    units: pd.DataFrame,
    period: str,
    as_of: date,
    evidence: str = "",
    told_on: date | None = None,
) -> dict[str, pd.DataFrame]:
    """Return what follows from the results that are known at the as-of date (R21, R22, S27).

    Monthly results only warn. Interview and notice follow from one final year, the blacklist from a run of them.

    Args:
        book: the rules of all months.
        annual_results: year → annual result; missing years are drafts, and so are those final after `as_of` (S21).
        units: `unit_scores` of the month; its scope `month` warns.
        period: the month.
        as_of: the day up to which results are known.
        evidence: where the month's `unit_scores` are published.
        told_on: the day on which units learn of a warning, from which their measures count; the as-of date by default.

    Returns:
        `consequences`, a row per unit, kind, basis, year and reason: the whole history, `is_current` marks what is
        in force; `annual_states`, a row per unit and year.
    """
    known = {year: _as_known(result, as_of) for year, result in annual_results.items()}
    year = int(period[:4])
    last = year if year in known else year - 1
    told = follow_years(book, known, last)
    warned = _monthly(units, period, as_of, book, evidence, told_on or as_of)
    rows = [*warned, *_annual(book, known, told, as_of)]
    stamp = {"period": period}
    return {
        "consequences": _table("consequences", [stamp | row for row in rows]),
        "annual_states": _table("annual_states", [stamp | _state(item, known) for item in told]),
    }


def _as_known(result: AnnualResult, as_of: date) -> AnnualResult:
    is_later = result.final_on is not None and result.final_on > as_of
    return replace(result, final_on=None) if is_later else result


def _table(name: str, rows: Sequence[dict]) -> pd.DataFrame:
    return TABLES[name].check(pd.DataFrame(rows)) if rows else TABLES[name].empty()


def _monthly(
    units: pd.DataFrame, period: str, as_of: date, book: PolicyBook, evidence: str, told_on: date
) -> Iterator[dict]:
    policy = book.at(period)
    until = policy.calendar.add_working_days(told_on, policy.consequences.measures_working_days).isoformat()
    shared = {"basis": "month", "year": int(period[:4]), "document": policy.consequences.document}
    for row in units[units["scope"] == "month"].itertuples():
        if reason := reason_listed(row, policy.grading):
            told = shared | {"unit_id": row.unit_id, "reason": reason, "row": row, "since": as_of.isoformat()}
            place = f"{evidence} scope=month unit_id={row.unit_id}".strip()
            yield _row(told, "warning", WARNING_RULE, evidence=place, until=until)


def _annual(
    book: PolicyBook, results: Mapping[int, AnnualResult], told: Sequence[UnitYear], as_of: date
) -> Iterator[dict]:
    latest = max((year for year, result in results.items() if result.final_on is not None), default=0)
    by_unit: dict[str, list[tuple[UnitYear, dict]]] = {}
    for item in told:
        rules = book.at(f"{item.year}-12").consequences
        shared = _shared(item, results) | {"document": rules.document, "is_current": item.year == latest}
        by_unit.setdefault(item.unit_id, []).append((item, shared))
        if item.state == "listed":
            yield from _interview(book, item, shared, results[item.year].final_on, as_of)
            if rules.warn_years <= len(item.after.years) and not item.after.is_blacklisted:
                yield _row(shared | {"reason": "streak"}, "warning", BLACKLIST_RULE, since=item.since)
    for years in by_unit.values():
        yield from _blacklist(book, years)


def _interview(book: PolicyBook, item: UnitYear, shared: Mapping, final_on: date, as_of: date) -> Iterator[dict]:
    """Yield what a listed year leads to; a unit that is gone is not interviewed, its successor is told (S35)."""
    rules, unit = book.at(f"{item.year}-12").consequences, book.unit_by_id[item.unit_id]
    gone = month_end(unit.to) if unit.to and month_end(unit.to) < as_of else None
    if gone is None or gone >= final_on:
        days = {"interview": rules.interview_working_days, "notice": rules.rectify_working_days}
        is_current = shared["is_current"] and gone is None
        for kind, count in days.items():
            until = book.calendar.add_working_days(final_on, count).isoformat()
            yield _row(shared, kind, LISTED_RULE, since=final_on.isoformat(), until=until, is_current=is_current)
    if gone and unit.merged_into and shared["is_current"]:
        since = max(final_on, gone + timedelta(days=1)).isoformat()
        heir = {"unit_id": book.heir(unit.id, f"{as_of:%Y-%m}"), "inherited_from": unit.id}
        yield _row(shared | heir, "told", SUCCESSOR_RULE, since=since)


def _blacklist(book: PolicyBook, years: Sequence[tuple[UnitYear, dict]]) -> Iterator[dict]:
    """Yield one unit's entries of the blacklist, each with its end, and what ended them."""
    opened = None
    for item, shared in years:
        if opened is None and item.before.is_blacklisted:
            opened = shared | {"reason": "inherited", "rule": MERGER_RULE} | _merged(book, item.inherited_from)
        elif opened is None and item.after.is_blacklisted:
            opened = shared | {"reason": "streak", "rule": BLACKLIST_RULE, "since": item.since}
        if opened and not item.after.is_blacklisted:
            yield _row(opened | {"is_current": False, "until": item.since}, "blacklist")
            yield _row(shared | {"reason": "clear_years"}, "cleared", BLACKLIST_RULE, since=item.since)
            opened = None
    item, shared = years[-1]
    ended = book.unit_by_id[item.unit_id].to
    if opened and ended and int(ended[:4]) <= item.year:
        day = month_end(ended).isoformat()
        evidence = f"params/units.yml id={item.unit_id} to={ended}"
        end = {"reason": "ended", "is_current": False, "since": day, "evidence": evidence}
        yield _row(opened | {"is_current": False, "until": day}, "blacklist")
        yield _row(shared | end, "cleared", MERGER_RULE)
    elif opened:
        yield _row(opened | {"is_current": True}, "blacklist")


def _merged(book: PolicyBook, unit_id: str) -> dict[str, str]:
    unit = book.unit_by_id[unit_id]
    evidence = f"params/units.yml id={unit_id} to={unit.to} merged_into={unit.merged_into}"
    return {"since": f"{shift(unit.to, 1)}-01", "evidence": evidence}


def _shared(item: UnitYear, results: Mapping[int, AnnualResult]) -> dict:
    counted = item.after.years or ((Listed(item.year, item.unit_id),) if item.state == "clear" else item.before.years)
    places = [(results[each.year].evidence, each.unit_id) for each in counted]
    return {
        "unit_id": item.unit_id,
        "basis": "annual",
        "year": item.year,
        "reason": item.reason,
        "row": item.row,
        "streak_years": len(item.after.years),
        "years": _years(item.after),
        "inherited_from": item.inherited_from,
        "is_final": True,
        "evidence": "; ".join(f"{place} unit_id={unit_id}" for place, unit_id in places),
    }


def _years(record: Record) -> str:
    return " ".join(str(each.year) for each in record.years)


def _row(told: Mapping, kind: str, rule: str = "", **more) -> dict:
    """Return a row of `consequences`; `row` in what is told is the result behind it."""
    defaults = {"until": "", "is_current": True, "is_final": False, "streak_years": 0, "years": ""}
    defaults |= {"inherited_from": "", "document": "", "rule": rule, "kind": kind}
    whole = defaults | dict(told) | more
    return {name: value for name, value in whole.items() if name != "row"} | _result(whole["row"])


def _result(row) -> dict:
    if row is None:
        return {"total": float("nan"), "rank": pd.NA, "tier": "", "is_provisional": False}
    return {name: getattr(row, name) for name in ("total", "rank", "tier", "is_provisional")}


def _state(item: UnitYear, results: Mapping[int, AnnualResult]) -> dict:
    result = results.get(item.year)
    final_on = result.final_on.isoformat() if result and result.final_on else ""
    # The years before a draft are shown beside it, though they are not counted on after it.
    record = item.before if item.state == "draft" else item.after
    return {
        "unit_id": item.unit_id,
        "year": item.year,
        "state": item.state,
        "reason": item.reason,
        "rule": "R21 R22 S7 S9 S27",
        "final_on": final_on,
        "streak_years": len(record.years),
        "years": _years(record),
        "is_blacklisted": item.after.is_blacklisted,
        "inherited_from": item.inherited_from,
        "evidence": f"{result.evidence} unit_id={item.unit_id}" if result else "",
        **_result(item.row),
    }
