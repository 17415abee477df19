"""The panels of the researcher's notebook show what `scoring.whatif` finds, redraw at once, and save a draft."""

import pytest

from analysis.action.differences import list_differences
from analysis.policy.draft import draft_book, draft_tiers, draft_weights, load_draft
from analysis.policy.errors import PolicyError
from analysis.report.differences import differences_table, tell_differences
from analysis.report.explore import tiers_panel, unit_panel, value_panel, weights_panel
from analysis.report.words import SCOPES
from analysis.scoring.changes import Change
from analysis.scoring.whatif import prepare, regrade, rescore

from ..scoring import frames
from .test_certainty import DISTRICT, GRADING

BOOK, PERIOD, NAMES = frames.BOOK, frames.PERIOD, frames.BOOK.names
WEIGHTS = {"daily": 40, "key_work": 30, "info_system": 20, "random": 10}
QUOTAS = {"excellent": 10, "good": 30, "pass": 30, "fail": 30}


@pytest.fixture(scope="module")
def baseline():
    return prepare(frames.POLICIES, frames.measurements(), frames.adjustments(), PERIOD)


def parts(panel):
    """The panel's controls by their words, and what it tells."""
    named = {part.description: part for part in panel.children if getattr(part, "description", "")}
    html = next(part for part in panel.children if type(part).__name__ == "HTML")
    scope = next(part for part in panel.children if type(part).__name__ == "ToggleButtons")
    return named, scope, html


def shown(movers, scope):
    rows = movers[movers["scope"] == scope]
    return tell_differences(movers, scope, "后五名或不达标"), differences_table(
        rows, NAMES, f"{SCOPES[scope]}有变化的单位"
    )


def drafted(baseline, draft):
    book = draft_book(BOOK, draft)
    after = regrade(baseline, {month: book.at(month) for month in frames.MONTHS})
    return list_differences(baseline.units, after, GRADING)


def test_moved_weights_show_who_moves_and_are_saved_as_a_draft_that_whatif_reads(baseline, tmp_path):
    panel = weights_panel(baseline, BOOK, tmp_path)
    controls, scope, told = parts(panel)
    assert "均无变化" in told.value
    for channel in ("daily", "info_system"):
        controls[NAMES[channel]].value = WEIGHTS[channel]
    expected = drafted(baseline, draft_weights(BOOK, PERIOD, WEIGHTS))
    assert not expected.empty
    for name in ("month", "ytd"):
        scope.value = name
        assert all(piece in told.value for piece in shown(expected, name))
    controls["存为草案"].click()
    (path,) = tmp_path.iterdir()
    assert load_draft(BOOK, path).weights == draft_weights(BOOK, PERIOD, WEIGHTS)
    assert f"{path}" in panel.children[-1].value


def test_weights_beyond_100_are_refused_in_place_of_movers_and_not_saved(baseline, tmp_path):
    panel = weights_panel(baseline, BOOK, tmp_path)
    controls, _, told = parts(panel)
    controls[NAMES["daily"]].value = 70
    assert "<table" not in told.value
    assert "-30" in told.value or "-30" in panel.children[3].value
    controls["存为草案"].click()
    assert not list(tmp_path.iterdir())


def test_moved_quotas_and_bottom_places_show_who_moves(baseline, tmp_path):
    controls, _, told = parts(tiers_panel(baseline, BOOK, tmp_path))
    for tier in ("excellent", "good", "pass"):
        controls[NAMES[tier]].value = QUOTAS[tier]
    controls["后几名"].value = 2
    expected = drafted(baseline, draft_tiers(BOOK, PERIOD, QUOTAS, 2))
    assert all(piece in told.value for piece in shown(expected, "month"))


def test_another_raw_value_shows_who_moves(baseline):
    controls, _, told = parts(value_panel(baseline, NAMES))
    assert "均无变化" in told.value
    controls["单位"].value = "D05"
    controls["指标"].value = f"{PERIOD}/D05/common-01"
    assert "均无变化" in told.value
    controls["改为"].value = 3.0
    expected = list_differences(baseline.units, rescore(baseline, [Change("D05", "common-01", "value", 3.0)]), GRADING)
    assert all(piece in told.value for piece in shown(expected, "month"))
    controls["不适用（S11）"].value = True
    expected = list_differences(baseline.units, rescore(baseline, [Change("D05", "common-01", "value", None)]), GRADING)
    assert all(piece in told.value for piece in shown(expected, "month"))


def test_a_count_is_changed_by_its_numerator_or_denominator_and_an_impossible_one_is_told(baseline):
    controls, _, told = parts(value_panel(baseline, NAMES))
    controls["指标"].value = f"{PERIOD}/D01/common-06"
    assert [name for _, name in controls["原始值"].options] == ["numerator", "denominator"]
    controls["改为"].value = -1.0
    assert "a count is 0 or more" in told.value


def test_a_unit_reads_its_place_and_margins():
    controls, _, told = parts(unit_panel(DISTRICT, GRADING, NAMES, 95, 10))
    assert "稳定：位次第1" in told.value
    controls["单位"].value = DISTRICT["unit_id"][2]
    assert "无法区分：位次第3" in told.value
    assert "将列入约谈范围（后五名或不达标）：再失5.00分" in told.value
    controls["单位"].value = DISTRICT["unit_id"][3]
    assert "没有得分" in told.value


def test_a_draft_holds_from_its_month_on_and_leaves_the_months_before(tmp_path):
    drafted = draft_book(BOOK, draft_weights(BOOK, PERIOD, WEIGHTS))
    before, now = (drafted.at(month).channel_weights_by_unit for month in frames.MONTHS)
    assert before.equals(BOOK.at(frames.MONTHS[0]).channel_weights_by_unit)
    assert now.loc["D01"].to_dict() == WEIGHTS
    # A unit with weights of its own (R18) keeps them.
    assert now.loc["T01"].equals(BOOK.at(PERIOD).channel_weights_by_unit.loc["T01"])
    with pytest.raises(PolicyError, match="sum to 90"):
        draft_weights(BOOK, PERIOD, WEIGHTS | {"daily": 30})
