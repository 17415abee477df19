"""The panels of the researcher's notebook show what `scoring.whatif` finds, redraw at once, and save a draft."""

from operator import attrgetter

import ipywidgets as widgets
import pandas as pd
import pytest

from analysis.action.differences import list_differences
from analysis.policy.draft import draft_book, draft_cases, draft_tiers, draft_weights, load_draft
from analysis.policy.errors import PolicyError
from analysis.policy.tables import TABLES
from analysis.policy.watch import WatchRules
from analysis.report import explore
from analysis.report.differences import differences_table, tell_differences
from analysis.report.explore import (
    cases_panel,
    tiers_panel,
    unit_panel,
    value_panel,
    watch_panel,
    weights_panel,
)
from analysis.report.words import SCOPES
from analysis.scoring.changes import Change
from analysis.scoring.whatif import prepare, regrade, rescore, whatif

from ..action import test_watch_list as watch
from ..scoring import frames
from .test_certainty import DISTRICT, GRADING

BOOK, PERIOD, NAMES = frames.BOOK, frames.PERIOD, frames.BOOK.names
WEIGHTS = {"daily": 40, "key_work": 30, "info_system": 20, "random": 10}
CASES = "common-07"
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


def shown_pieces(movers, scope):
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
        assert all(piece in told.value for piece in shown_pieces(expected, name))
    controls["存为草案"].click()
    (path,) = tmp_path.iterdir()
    assert load_draft(BOOK, path).weights == draft_weights(BOOK, PERIOD, WEIGHTS)
    assert f"{path}" in panel.children[-1].value


def test_no_slider_of_a_share_goes_further_than_the_others_leave_of_100(baseline, tmp_path):
    panel = weights_panel(baseline, BOOK, tmp_path)
    controls, _, _ = parts(panel)
    sliders = [part for part in panel.children if isinstance(part, widgets.IntSlider)]
    for wanted in (70, 100, 3):
        for slider in sliders:
            slider.value = wanted
            assert sum(each.value for each in sliders) <= 100
    assert [slider.value for slider in sliders] == [3, 3, 3]
    assert [slider.max for slider in sliders] == [94, 94, 94]
    assert panel.children[3].value == f"{NAMES['random']}：91（其余归它，合计100）"
    controls["存为草案"].click()
    (path,) = tmp_path.iterdir()
    assert load_draft(BOOK, path).weights.base[-1].weights["random"] == 91


def test_a_weight_that_is_no_whole_number_moves_nobody_before_it_is_touched(baseline, tmp_path):
    halves = draft_weights(BOOK, PERIOD, {"daily": 40.5, "key_work": 29.5, "info_system": 20, "random": 10})
    book = draft_book(BOOK, halves)
    now = prepare({m: book.at(m) for m in frames.MONTHS}, frames.measurements(), frames.adjustments(), PERIOD)
    controls, _, told = parts(weights_panel(now, book, tmp_path))
    assert controls[NAMES["daily"]].value == 40.5
    assert "均无变化" in told.value


def test_sliders_have_room_for_mouse_and_name(baseline, tmp_path):
    for panel in (weights_panel(baseline, BOOK, tmp_path), tiers_panel(baseline, BOOK, tmp_path)):
        for slider in panel.children:
            if isinstance(slider, widgets.IntSlider):
                assert (slider.layout.width, slider.style.description_width) == ("46em", "17em")


def test_other_numbers_of_cases_show_who_moves_and_are_saved(baseline, tmp_path):
    panel = cases_panel(baseline, BOOK, tmp_path)
    chosen, shown = panel.children
    chosen.value = CASES
    (inner,) = shown.children
    controls, _, told = parts(inner)
    assert "均无变化" in told.value
    controls["权重计足所需件数"].value = 150
    controls["以前各月补足到（件）"].value = 60
    controls["最少件数（S30）"].value = 50
    numbers = {"minimum_cases": 50, "fill_cases": 60, "full_cases": 150}
    draft = draft_cases(BOOK, PERIOD, CASES, numbers)
    policies = {month: draft_book(BOOK, draft).at(month) for month in frames.MONTHS}
    _, after = whatif(frames.POLICIES, frames.measurements(), frames.adjustments(), PERIOD, new_policies=policies)
    expected = list_differences(baseline.units, after, GRADING)
    assert len(expected)
    assert all(piece in told.value for piece in shown_pieces(expected, "month"))
    controls["存为草案"].click()
    (path,) = tmp_path.iterdir()
    assert load_draft(BOOK, path).indicators == draft


def test_numbers_of_cases_stay_in_their_order(baseline, tmp_path):
    panel = cases_panel(baseline, BOOK, tmp_path)
    panel.children[0].value = CASES
    sliders = [part for part in panel.children[1].children[0].children if isinstance(part, widgets.IntSlider)]
    before = [slider.value for slider in sliders]
    assert before == sorted(before)
    for at, wanted in ((0, 200), (2, 1), (1, 200), (1, 1)):
        sliders[at].value = wanted
        values = [slider.value for slider in sliders]
        assert values == sorted(values)


def test_other_thresholds_show_who_would_be_on_the_watch_list():
    months = ["2026-01", "2026-02"]
    tickets = pd.concat(watch.by_unit(month, {"A": {"n_on_time": 36}}) for month in months)
    sources, rules = [tickets, *watch.scores([{}, {}]), TABLES["watch_list"].empty()], BOOK.at("2026-02").watch
    names = {unit: f"甲{unit}" for unit in watch.UNITS}
    panel = watch_panel(sources, rules, GRADING, names, "2026-02")
    *sliders, told = panel.children
    named = {slider.description: slider for slider in sliders}
    assert "名录仍为1个单位，没有变化。" in told.value and "甲A" in told.value
    named["按时办结率低于（%）"].value = 60
    assert "名录由1个单位变为0个：不再列入甲A。" in told.value
    named["按时办结率低于（%）"].value = 92
    assert "名录仍为1个单位" in told.value
    assert {slider.value for slider in sliders} >= {rules.minimum_cases, rules.clean_months}


def test_every_threshold_of_the_watch_list_reaches_its_rule():
    rules = BOOK.at("2026-02").watch
    for key, (least, most) in explore._WATCHED.items():
        changed = explore._with(rules, key, most if attrgetter(key)(rules) != most else least)
        before, after = (each.model_dump() for each in (rules, changed))
        outer = key.partition(".")[0]
        assert before != after
        assert {name for name in before if before[name] != after[name]} == {outer}
        assert WatchRules.model_validate(changed.model_dump(by_alias=True)) == changed


def test_moved_quotas_and_bottom_places_show_who_moves(baseline, tmp_path):
    controls, _, told = parts(tiers_panel(baseline, BOOK, tmp_path))
    for tier in ("excellent", "good", "pass"):
        controls[NAMES[tier]].value = QUOTAS[tier]
    controls["后几名"].value = 2
    expected = drafted(baseline, draft_tiers(BOOK, PERIOD, QUOTAS, 2))
    assert all(piece in told.value for piece in shown_pieces(expected, "month"))


def test_another_raw_value_shows_who_moves(baseline):
    controls, _, told = parts(value_panel(baseline, NAMES))
    assert "均无变化" in told.value
    controls["单位"].value = "D05"
    controls["指标"].value = f"{PERIOD}/D05/common-01"
    assert "均无变化" in told.value
    controls["改为"].value = 3.0
    expected = list_differences(baseline.units, rescore(baseline, [Change("D05", "common-01", "value", 3.0)]), GRADING)
    assert all(piece in told.value for piece in shown_pieces(expected, "month"))
    controls["不适用（S11）"].value = True
    expected = list_differences(baseline.units, rescore(baseline, [Change("D05", "common-01", "value", None)]), GRADING)
    assert all(piece in told.value for piece in shown_pieces(expected, "month"))


def test_a_count_is_changed_by_its_numerator_or_denominator_and_is_never_below_0(baseline):
    controls, _, told = parts(value_panel(baseline, NAMES))
    controls["指标"].value = f"{PERIOD}/D01/common-06"
    assert [name for _, name in controls["原始值"].options] == ["numerator", "denominator"]
    controls["改为"].value = -1.0
    assert controls["改为"].value == 0
    assert "<table" in told.value


def test_a_mark_stays_within_what_its_method_admits(baseline):
    controls, _, _ = parts(value_panel(baseline, NAMES))
    controls["指标"].value = f"{PERIOD}/D01/common-01"
    for typed, kept in ((101, 100), (-3, 0), (50, 50)):
        controls["改为"].value = typed
        assert controls["改为"].value == kept


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
