"""Tables of papers: a row a unit, spans in columns of their own, past months told as such, posts and no persons."""

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analysis.report.packs.offices import office_tables
from analysis.report.papers.paper import leave_out
from analysis.report.papers.tables import (
    load_annex,
    measures_annex,
    moves_annex,
    plan_annex,
    recent_years,
)
from analysis.report.staffing_moves import tell_without

from ..packs.years import BUSY, IDLE, make_year


@pytest.fixture(scope="module")
def year(whole_book):
    return make_year(whole_book)


def column(shown, head):
    return dict(
        zip([row[0] for row in shown.cells], [row[shown.heads.index(head)] for row in shown.cells], strict=True)
    )


def test_a_month_that_is_over_is_told_as_overdue(year):
    plan = year.tables["coverage_plan"].head(2).assign(due=["2025-12", "2026-01"])
    shown = plan_annex(plan, year.policy, date(2026, 1, 14))
    assert list(column(shown, "应查不迟于").values()) == ["2025年12月（已逾期）", "2026年1月"]


def test_need_and_load_stand_beside_their_spans(year):
    shown = load_annex(year.tables["staffing"], year.policy)
    assert [row[0] for row in shown.cells] == [year.names[unit] for unit in year.policy.unit_ids]
    for head, cell in {
        "所需编制": "84",
        "编制区间": "76–92",
        "负荷": "151%",
        "负荷区间": "136%–166%",
        "忙闲": "忙",
    }.items():
        assert column(shown, head)[year.names[BUSY]] == cell
    staffing = year.tables["staffing"]
    shown = load_annex(staffing.assign(posts=staffing["in_post"] - 3 * (staffing["unit_id"] == BUSY)), year.policy)
    assert column(shown, "超编空编")[year.names[BUSY]] == "+3" and "超编为正、空编为负" in shown.caption


def test_moves_are_of_authorised_posts_with_the_staff_in_them_step_by_step(year):
    first = year.tables["staffing_moves"]
    moves = pd.concat([first, first.assign(move=2, n_posts=2)], ignore_index=True)
    posts = year.tables["staffing"].assign(posts=40).set_index("unit_id", drop=False)
    shown = moves_annex(moves, posts.reset_index(drop=True), year.names)
    told = [(row[0], row[1], row[shown.heads.index("核定编制")]) for row in shown.cells]
    idle, busy = year.names[IDLE], year.names[BUSY]
    assert told == [
        ("1．调出编制3名", idle, "40→37"),
        ("1．调入编制3名", busy, "40→43"),
        ("2．调出编制2名", idle, "37→35"),
        ("2．调入编制2名", busy, "43→45"),
    ]
    at = shown.heads.index("假定实有人数")
    assert {row[at] for row in shown.cells} == {"56→59"} and "不涉及具体人员" in shown.caption
    assert "先补满自有空编" not in shown.caption  # none of the busy has any
    free = posts.assign(posts=60).reset_index(drop=True)
    caption = moves_annex(moves.assign(in_post_before=60), free, year.names).caption
    assert (
        "实有人数（忙的单位按补满自有空编计）为起点" in caption
        and f"；{tell_without(moves, free, year.names)[:-1]}）" in caption
    )
    assert "忙的单位应先补满自有空编" in caption


def test_measures_have_a_row_a_unit_and_their_last_days_once(year):
    told = year.tables["consequences"]
    ids = told[told["is_current"] & (told["basis"] == "annual")]["unit_id"].unique()
    shown = measures_annex(year)
    assert sorted(row[0] for row in shown.cells) == sorted(year.names[unit] for unit in ids)
    assert not [cell for row in shown.cells for cell in row if "列入（" in cell]
    until = sorted({*told[told["is_current"] & (told["basis"] == "annual")]["until"]} - {""})
    assert all(day in str(shown.caption) + str(shown.cells) for day in until)


def test_the_years_of_units_that_differ_are_shown_and_all_others_counted(year):
    states = year.tables["annual_states"]
    listed = states[states["state"] == "listed"]["unit_id"].unique()
    told, shown = recent_years(year)
    assert {row[0] for row in shown.cells} == {year.names[unit] for unit in listed}
    others = len(year.policy.unit_ids) - len(listed)
    assert told == f"近三个年度曾列入的{len(listed)}个单位见附件〔近三个年度列入情况〕，其余{others}个单位均未列入。"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"state": "clear", "is_blacklisted": False, "is_provisional": False}, "近三个年度没有单位列入。"),
        ({"state": "draft", "is_blacklisted": False, "is_provisional": False}, "近三个年度没有单位列入。"),
    ],
)
def test_years_in_which_nobody_is_listed_need_no_table(year, change, sentence):
    states = year.tables["annual_states"].astype({"state": str}).assign(**change)
    assert recent_years(replace(year, tables=year.tables | {"annual_states": states})) == (sentence, None)


def test_units_that_are_provisional_or_have_no_result_are_told_as_such(year):
    states = year.tables["annual_states"].astype({"state": str})
    states = states.assign(state="clear", is_blacklisted=False, is_provisional=False)
    first, second, third = year.policy.unit_ids[:3]
    is_first = (states["unit_id"] == first) & (states["year"] == 2025)
    states.loc[is_first, "is_provisional"] = True
    states.loc[(states["unit_id"] == second) & (states["year"] == 2025), "state"] = "unassessed"
    states = states[~((states["unit_id"] == third) & (states["year"] == 2023))]
    told, shown = recent_years(replace(year, tables=year.tables | {"annual_states": states}))
    assert told == (
        "近三个年度曾未参评的1个单位见附件〔近三个年度列入情况〕，"
        f"其余{len(year.policy.unit_ids) - 1}个单位均未列入（其中{year.names[first]}有年度结果暂定）。"
    )
    assert [row[0] for row in shown.cells] == [year.names[second]]


def test_no_year_yet_says_nothing(year):
    none = year.tables["annual_states"].head(0)
    assert recent_years(replace(year, tables=year.tables | {"annual_states": none})) == ("", None)


def test_copied_offices_read_the_years_on_paper_as_on_their_page(year):
    """One count, one order, one vocabulary."""
    told, shown = recent_years(year)
    name, page = office_tables(year)[-1]
    assert shown.cells == leave_out(page).cells and name == "近三个年度列入情况"
    (rest,) = re.findall(r"其余(\d+)个单位", page.caption)
    assert f"其余{rest}个单位均未列入" in told and f"曾列入的{len(page.cells)}个单位" in told


def test_a_listed_year_says_why_alone(year):
    told = [cell for row in measures_annex(year).cells for cell in row]
    assert "不达标" in told and not [cell for cell in told if cell.startswith("列入（")]
    states = year.tables["annual_states"]
    unsure = states.assign(is_provisional=states["is_provisional"].astype(bool) | (states["state"] == "listed"))
    told = measures_annex(replace(year, tables=year.tables | {"annual_states": unsure})).cells
    assert [cell for row in told for cell in row if cell.endswith("不达标，暂定")]
