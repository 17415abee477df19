"""Until when each unit may object (S21): from publication, anew for whoever a revision moves."""

from datetime import date

from analysis.action.objection_periods import Draft, open_periods, renew_periods

FIRST = Draft("2026-10", "r0001", date(2026, 11, 4), date(2026, 11, 11))
SECOND = Draft("2026-10", "r0002", date(2026, 11, 20), date(2026, 11, 27))


def last_days(periods) -> dict[str, tuple[str, str]]:
    return {row.unit_id: (row.revision, row.until) for row in periods.itertuples()}


def test_a_first_draft_is_open_to_all_units_alike():
    assert last_days(open_periods(FIRST, ["A", "B"])) == dict.fromkeys("AB", ("r0001", "2026-11-11"))


def test_a_revision_opens_a_fresh_period_for_whoever_it_moves_and_leaves_the_others_theirs():
    periods = renew_periods(open_periods(FIRST, ["A", "B", "C"]), SECOND, ["A", "B", "C"], {"B"})
    assert last_days(periods) == {
        "A": ("r0001", "2026-11-11"),
        "B": ("r0002", "2026-11-27"),
        "C": ("r0001", "2026-11-11"),
    }


def test_a_unit_that_a_revision_brings_in_has_the_revisions_period_and_one_that_leaves_has_none():
    periods = renew_periods(open_periods(FIRST, ["A", "B"]), SECOND, ["A", "C"], set())
    assert last_days(periods) == {"A": ("r0001", "2026-11-11"), "C": ("r0002", "2026-11-27")}


def test_a_table_without_rows_stays_one():
    assert renew_periods(open_periods(FIRST, []), SECOND, [], set()).empty
