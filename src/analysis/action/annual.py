"""Annual results and the record of each unit, year by year (R21, R22, S7, S9, S27).

Only a final year counts or clears; a year without assessment does neither. Years before one that is not final yet
cannot be counted on, because it may turn out to clear them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import pandas as pd

from analysis.policy.book import Policy, PolicyBook
from analysis.policy.consequences import ConsequenceRules
from analysis.policy.models import Grading
from analysis.policy.period import shift


@dataclass(frozen=True)
class AnnualResult:
    """What a year came to.

    Attributes:
        units: `year_standing` of the year's December; of an older one its `unit_scores` of scope `ytd`.
        final_on: the day on which it became final (S21); None while it is a draft.
        evidence: where it is published, such as `data/processed/2025-12/r0002/year_standing.parquet`.
    """

    units: pd.DataFrame
    final_on: date | None
    evidence: str


class Listed(NamedTuple):
    """A final year on the list, and the unit that was on it: a predecessor's where it was taken over (S9)."""

    year: int
    unit_id: str


@dataclass(frozen=True)
class Record:
    """What a unit carries from year to year.

    Attributes:
        years: final years on the list without a clear one between them.
        n_clear: final years off the list, running.
        is_blacklisted: whether an entry of the blacklist is in force (R22).
    """

    years: tuple[Listed, ...] = ()
    n_clear: int = 0
    is_blacklisted: bool = False


@dataclass(frozen=True)
class UnitYear:
    """A unit's outcome in one year.

    Attributes:
        state: listed | clear | unassessed | draft.
        reason: why it is listed: bottom_five | fail | bottom_five_and_fail; short_year: why it is unassessed (S35).
        before, after: its record when the year begins (with what it took over) and when it ends.
        inherited_from: the unit whose record it took over in this year, if any (S9).
        row: its row of the annual result, None where there is none.
        since: the day on which the outcome was certain, empty where it is not.
    """

    unit_id: str
    year: int
    state: str
    reason: str
    before: Record
    after: Record
    inherited_from: str
    row: object
    since: str


def reason_listed(row, grading: Grading) -> str:
    """Return why a result lists a unit: a bottom place, its tier, or both (R21, S7); empty where it does not.

    Args:
        row: a row of `unit_scores`.
        grading: the rules in force.
    """
    words = {(True, False): "bottom_five", (False, True): "fail", (True, True): "bottom_five_and_fail"}
    return words.get((bool(row.is_bottom_five), row.tier in grading.interview_tiers), "")


def follow_years(book: PolicyBook, results: Mapping[int, AnnualResult], last: int) -> list[UnitYear]:
    """Return every unit's years from the district's first to `last`, in order (S9).

    Args:
        book: the rules of all months; units keep their ids through renames, a merger names its successor.
        results: year → annual result; a year that is missing counts as a draft.
        last: the last year followed.
    """
    records: dict[str, Record] = {}
    told = []
    for year in range(int(book.district.start[:4]), last + 1):
        policy = book.at(f"{year}-12")
        rules = policy.consequences
        records, inherited = take_over(book, records, year, rules)
        result = results.get(year)
        rows = {} if result is None else {row.unit_id: row for row in result.units.itertuples()}
        for unit in book.units.units:
            if int(unit.from_[:4]) <= year and (unit.to is None or int(unit.to[:4]) >= year):
                before = records.get(unit.id, Record())
                outcome = _outcome(unit.id, before, year, rows.get(unit.id), results, policy)
                told.append(
                    UnitYear(unit.id, year, before=before, inherited_from=inherited.get(unit.id, ""), **outcome)
                )
                records = records | {unit.id: outcome["after"]}
    return told


def take_over(
    book: PolicyBook, records: Mapping[str, Record], year: int, rules: ConsequenceRules
) -> tuple[dict[str, Record], dict[str, str]]:
    """Return the records after the mergers that take effect in the year, and who took over from whom (S9).

    A successor takes over the longer run of listed years and an entry of the blacklist, as far as the policy
    `successor_inherits` lets it; the predecessor's record ends with it.
    """
    merged = [u for u in book.units.units if u.merged_into in book.unit_by_id and shift(u.to, 1)[:4] == str(year)]
    taken, inherited = dict(records), {}
    for unit in sorted(merged, key=lambda unit: (unit.to, unit.id)):
        heir, old = book.unit_by_id[unit.merged_into], taken.get(unit.id, Record())
        own = taken.get(heir.id, Record())
        is_new = int(heir.from_[:4]) >= year
        may = rules.successor_inherits == "always" or (rules.successor_inherits == "new_only" and is_new)
        if may and (len(old.years) > len(own.years) or old.is_blacklisted > own.is_blacklisted):
            years = max(old.years, own.years, key=len)
            taken[heir.id] = replace(own, years=years, is_blacklisted=old.is_blacklisted or own.is_blacklisted)
            inherited[heir.id] = unit.id
    return taken, inherited


def _outcome(
    unit_id: str, before: Record, year: int, row, results: Mapping[int, AnnualResult], policy: Policy
) -> dict[str, object]:
    result, rules = results.get(year), policy.consequences
    told = {"state": "draft", "reason": "", "row": row, "since": ""}
    if result is None or result.final_on is None:
        return told | {"after": Record(is_blacklisted=before.is_blacklisted)}
    is_left_out = row is not None and row.is_provisional and rules.provisional_year == "neither"
    if row is None or pd.isna(row.rank) or is_left_out:
        is_short = row is not None and pd.isna(row.rank) and pd.notna(row.total)
        return told | {"state": "unassessed", "reason": "short_year" if is_short else "", "after": before}
    reason = reason_listed(row, policy.grading)
    if not reason:
        n_clear = before.n_clear + 1
        stays = before.is_blacklisted and n_clear < rules.clear_years
        after = Record(n_clear=n_clear, is_blacklisted=stays)
        return told | {"state": "clear", "after": after, "since": result.final_on.isoformat()}
    years = (*before.years, Listed(year, unit_id))
    # A year may become final later than the ones after it: a run is certain with the last of them.
    since = max(results[each.year].final_on for each in years).isoformat()
    after = Record(years, 0, before.is_blacklisted or len(years) >= rules.blacklist_years)
    return told | {"state": "listed", "reason": reason, "after": after, "since": since}
