"""Every code of the tables and of the rules has its Chinese word, in one file."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.action.draw.result import CodeStatus, InspectorReason, UnitReason
from analysis.policy.dictionary import load_dictionary
from analysis.policy.draw import DrawStratum
from analysis.policy.indicators import Indicator
from analysis.policy.methods import METHODS
from analysis.policy.tables import TABLES
from analysis.report.words import (
    WORDS,
    by_chance,
    caption,
    fixed,
    months_so_far,
    near_days,
    percent,
    rose_or_fell,
    score,
    signed,
)

# Words of the choices of each column; a column that is not named here is not shown as it is.
CHOICES = {
    "statuses": ["measurements.status", "indicator_scores.status"],
    "status_effects": ["measurements.status", "indicator_scores.status"],
    "scopes": ["adjustments.scope", "unit_scores.scope", "channel_scores.scope", "certainty.scope"],
    "adjustments": ["adjustments.kind"],
    "problem_actions": ["problems.action"],
    "grains": ["reconciliation.grain"],
    "verdicts": ["certainty.verdict"],
    "bases": ["trends.basis", "change_parts.basis"],
    "directions": ["long_trends.direction"],
    "rater_findings": ["rater_findings.code"],
    "duty_lists": ["duties_by_matter.list"],
    "evidence": ["duties_by_matter.strength"],
    "handler_roles": ["matter_handlers.role"],
    "consequences": ["consequences.kind"],
    "consequence_reasons": ["consequences.reason", "annual_states.reason"],
    "year_states": ["annual_states.state"],
    "item_states": ["ledger_items.state", "ledger.state"],
    "lights": ["ledger.light"],
    "load_states": ["staffing.load_state"],
    "load_trends": ["staffing.load_trend"],
    "score_states": ["staffing.score_state"],
    "move_sides": ["staffing_moves.side"],
}
# Drawn places are listed, skipped ones are told on the draw's own page; the total stands for the unit itself.
LEFT_OUT = {"draw.status": {"skipped"}, "trends.level": {"total"}}
CHOICES |= {"draw_statuses": ["draw.status"], "levels": ["trends.level"]}
COLUMNS = [(words, column) for words, columns in CHOICES.items() for column in columns]


def choices(column: str) -> set[str]:
    table, name = column.split(".")
    (check,) = (check for check in TABLES[table].columns[name].checks if check.name == "isin")
    return set(check.statistics["allowed_values"])


@pytest.mark.parametrize(("words", "column"), COLUMNS)
def test_every_choice_of_a_shown_column_has_a_word(words, column):
    assert choices(column) - LEFT_OUT.get(column, set()) <= set(getattr(WORDS, words))


@pytest.mark.parametrize("words", CHOICES)
def test_no_word_stands_for_a_choice_that_there_is_not(words):
    assert set(getattr(WORDS, words)) - {""} <= set().union(*map(choices, CHOICES[words])) - {""}


def test_every_method_of_points_has_its_words_and_none_is_left_over():
    assert set(WORDS.methods) == set(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_words_of_a_method_name_its_own_parameters(name):
    words, method = WORDS.methods[name], METHODS[name]
    used = set(re.findall(r"{([\w.]+)", words.told + words.kept))
    own = {f"method.{value}" for value in [*method.model_fields, *vars(method)]}
    assert (
        used - {"numerator", "denominator", "states", "best", "places", "rounding", "parts", "target", "target_pct"}
        <= own
    )


CODES = {
    "over_year": get_args(Indicator.model_fields["over_year"].annotation),
    "origins": get_args(Indicator.model_fields["origin"].annotation),
    "strata": get_args(DrawStratum.model_fields["kind"].annotation),
    "skip_reasons": [*get_args(UnitReason), *get_args(InspectorReason)],
    "violations": [status for status in get_args(CodeStatus) if status != "revealed"],
}


@pytest.mark.parametrize("words", CODES)
def test_codes_that_stand_in_no_table_have_their_words(words):
    assert set(getattr(WORDS, words)) == set(CODES[words])


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (["2026-05-04", date(2026, 6, 20)], ["5月4日", "6月20日"]),
        (["2025-12-15", "2026-02-11"], ["2025年12月15日", "2026年2月11日"]),  # `12月15日、2月11日` would be one year
        ([], []),
    ],
)
def test_days_in_a_row_all_have_their_years_where_one_needs_it(days, told):
    assert near_days(days, date(2026, 11, 4)) == told


def test_caption_names_the_month_that_its_table_is_of():
    assert "2026年10月结果确定性" in caption("intervals", "2026-10")


@pytest.mark.parametrize(("listed", "at_most"), [(1, "0.1"), (5, "0.3"), (6, "0.3"), (21, "1.1"), (100, "5.0")])
def test_what_chance_brings_at_most_is_rounded_up(listed, at_most):
    assert f"不超过{at_most}项" in by_chance(200, listed, 5)


@pytest.mark.parametrize(
    ("period", "start", "told"),
    [
        ("2026-10", "2023-01", "1至10月"),
        ("2026-10", "2026-01", "1至10月"),
        ("2026-10", "2026-08", "8至10月"),
        ("2026-10", "2026-10", "10月"),
        ("2026-10", "2025-11", "1至10月"),
        ("2026-01", "2023-01", "1月"),
    ],
)
def test_a_year_so_far_begins_where_the_district_does(period, start, told):
    assert months_so_far(period, start) == told


def test_every_chart_says_its_unit_and_its_source():
    assert [name for name, told in WORDS.captions.items() if "；单位：" not in told or "；来源：" not in told] == []


def test_one_measure_has_one_name_on_pages_in_the_dictionary_and_in_the_method():
    dictionary, name = load_dictionary(), WORDS.rates["on_time"]
    columns = [f for of in (dictionary.tables, dictionary.open_data) for t in of.values() for f in t.fields.items()]
    assert {column.title for id_, column in columns if id_ == "on_time_pct"} == {name}
    assert WORDS.keys["watch.rules.on_time.below_pct"][0].startswith(name)
    assert not [column.title for _, column in columns if "按期办结" in column.title]


@given(st.integers(-(10**7), 10**7), st.sampled_from([1, 2, 3]))
def test_a_figure_is_printed_half_up_whatever_its_binary_form(thousandths, decimals):
    by_hand = Decimal(thousandths).scaleb(-3).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert Decimal(fixed(thousandths / 1000, decimals)) == by_hand
    assert not (fixed(thousandths / 1000, decimals).startswith("-") and by_hand == 0)


def test_words_of_figures_round_as_a_unit_does_by_hand():
    assert score(8.33 * 11.1 / 100 + 0.00037) == "0.93"  # 0.925: in binary a hair below
    assert (signed(-0.125), rose_or_fell(0.775), percent(1 / 32), score(None)) == ("−0.13", "上升0.78分", "3.13%", "—")


def test_no_page_or_paper_rounds_its_figures_in_another_way():
    """Drawings may: their coordinates and ems are no figures."""
    report = Path(__file__).resolve().parents[2] / "src" / "analysis" / "report"
    drawn = {report / "packs" / "drawings.py", report / "page" / "pieces.py"}
    assert not [p.name for p in {*report.rglob("*.py")} - drawn if re.search(r":\.[1-8]f", p.read_text("utf-8"))]
