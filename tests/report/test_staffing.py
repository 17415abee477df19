"""Posts where they are needed, in words: who is busy, who idle, what a move would change, and what is not known."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.policy.tables import TABLES
from analysis.report.packs.own_load import tell_load
from analysis.report.page.charts import PHONE_WIDTH_INCHES
from analysis.report.page.theme import use_theme
from analysis.report.staffing import (
    UNKNOWN,
    course_chart,
    course_figure,
    quadrant_chart,
    quadrant_figure,
    staffing_rule,
    staffing_table,
    tell_changed_posts,
    tell_posts,
    tell_quadrants,
    tell_staffing,
)
from analysis.report.staffing_moves import moves_table, tell_move, tell_moves

from ..rows import table_of

UNIT = {
    "period": "2026-10", "group": "law", "n_months": 12, "posts": 51, "in_post": 56, "posts_needed": 84.3,
    "posts_needed_low": 76.2, "posts_needed_high": 92.4, "load": 1.514, "load_low": 1.365, "load_high": 1.664,
    "load_state": "usual", "load_trend": "steady", "score_gap": -0.3, "score_gap_low": -2.0, "score_gap_high": 1.4,
    "score_state": "unclear", "is_seasonal": False, "peak_months": "",
}  # fmt: skip
BUSY = UNIT | {"unit_id": "D57", "load_state": "busy"}
GOOD = UNIT | {"unit_id": "D61", "load_state": "busy", "score_state": "good"}
IDLE = UNIT | {"unit_id": "D13", "load_state": "idle", "score_state": "poor", "load": 0.64, "group": "party"}
PEAK = UNIT | {"unit_id": "T04", "load": 1.05, "is_seasonal": True, "peak_months": "6 7 8", "group": "town"}
UNKNOWN_UNIT = UNIT | {
    "unit_id": "D01", "n_months": 3, "load_state": "unknown", "load_trend": "unknown", "score_state": "unknown",
    **dict.fromkeys(["load", "load_low", "load_high", "posts_needed", "posts_needed_low", "posts_needed_high"]),
}  # fmt: skip
SIDE = {
    "period": "2026-10", "move": 1, "n_posts": 3, "posts_needed": 84.3, "load_before": 1.505, "load_after": 1.429,
    "in_post_before": 56, "in_post_after": 59, "workload_per_head_before": 34.9, "workload_per_head_after": 33.2,
    "load_rank_before": 1, "load_rank_after": 2, "spread_before": 0.1402, "spread_after": 0.1349,
}  # fmt: skip


@pytest.fixture(scope="module")
def policy(whole_book):
    return whole_book.at("2026-10")


def units(*rows: dict) -> pd.DataFrame:
    return table_of("staffing", rows)


def moves() -> pd.DataFrame:
    sides = {"from": ("D13", "D57"), "to": ("D57", "D13")}
    rows = [SIDE | {"side": side, "unit_id": own, "other_unit_id": other} for side, (own, other) in sides.items()]
    return table_of("staffing_moves", rows)


def test_busy_and_idle_units_are_told_with_interval_posts_and_what_chance_brings(policy):
    usual = UNIT | {"unit_id": "D02", "load": 1.0, "load_low": 0.9, "load_high": 1.1}
    busy, idle, others = tell_staffing(units(BUSY, IDLE, usual), policy)
    assert busy == (
        f"工作量长期超出在岗人员的单位1个：{policy.names['D57']}（负荷151%，区间137%至166%；核定编制51名、实有56人、"
        "所需约84名，区间76至92名）。"
    )
    assert idle.startswith(f"在岗人员长期多于工作量所需的单位1个：{policy.names['D13']}（负荷64%")
    assert others == (
        "其余1个单位的负荷尚不能确认高于120%或低于80%（共检验3个，列出的2个中仅凭偶然的预计不超过0.1个）。"
    )


def test_posts_held_beyond_those_approved_and_head_counts_unlike_their_year_are_told(policy):
    """A unit of 24 heads, whose year had 38, stood beside a load of 97 % and a need of 37 posts without a word."""
    free = UNIT | {"unit_id": "D02", "posts": 30, "in_post": 28, "load": 1.0, "load_low": 0.9, "load_high": 1.1}
    free |= {"posts_needed": 28.0}
    none = TABLES["monthly_loads"].empty()
    told, apart = tell_posts(units(BUSY, free, free | {"unit_id": "D29", "in_post": 18}), none, policy)
    assert told == (
        f"核定编制合计111名、实有102人，空编14名；实有超过核定编制的单位1个、共超5名：{policy.names['D57']}（超5名）。"
    )
    who = f"{policy.names['D29']}（18人，十二个月平均约28人）"
    assert apart.startswith(f"本月实有人数与近十二个月平均相差较大、与负荷不可直接对照的：{who}；")
    assert tell_posts(units(free), none, policy) == ["核定编制合计30名、实有28人，空编2名。"]
    assert tell_posts(units(UNKNOWN_UNIT), none, policy)[1:] == [] == tell_posts(units(free).head(0), none, policy)


def monthly_posts(*rows: tuple) -> pd.DataFrame:
    names = ("period", "unit_id", "posts", "in_post")
    return table_of("monthly_loads", [dict(zip(names, row, strict=True)) for row in rows])


def test_posts_that_are_others_than_the_month_before_are_asked_about_with_both_figures(policy):
    """A unit fell from 34 posts to 24 within a month: all that the district's fell, and no document was asked for."""
    cut = UNIT | {"unit_id": "D29", "posts": 24, "in_post": 24, "posts_needed": 37.0}
    cut |= {"load": 0.97, "load_low": 0.92, "load_high": 1.02}
    same, name = UNIT | {"unit_id": "D02", "posts": 30, "in_post": 28, "load": None}, policy.names["D29"]
    monthly = monthly_posts(
        ("2026-09", "D29", 34, 40), ("2026-09", "D02", 30, 27), ("2026-08", "D02", 20, 27), ("2026-10", "D29", 24, 24),
        ("2026-10", "D02", 30, 28), ("2026-10", "D03", 9, 8),
    )  # fmt: skip
    *_, changed, apart = tell_posts(units(cut, same), monthly, policy)
    assert changed == (
        f"核定编制比上月有变动的单位1个：{name}（核定编制由34名变为24名，实有由40人变为24人），请核对有无批准文件。"
    )
    assert f"的：{name}（24人，上月40人，十二个月平均约38人）；" in apart
    (clause,) = tell_changed_posts(monthly, policy, TABLES["integrity"].empty())
    asked = {"period": "2026-10", "group": "law", "first_period": "2026-10", "n_events": 10, "n_cases": 10}
    asked |= dict.fromkeys(("share_pct", "group_share_pct", "n_expected", "p_value", "q_value"), 0.0)
    asked |= {"measure": "same_values", "is_question": True, "other_unit_id": "D28"}
    doubts = [{"unit_id": "D29"}, {"unit_id": "D02"}, {"unit_id": "D29", "measure": "extended"}]
    told = [tell_changed_posts(monthly, policy, table_of("integrity", [asked | doubt])) for doubt in doubts]
    assert told == [[f"{clause}；{name}的报送数据另与其他单位相同，编制变动也可能是误填"], [clause], [clause]]
    many = units(*(UNIT | {"unit_id": f"D{n:02}", "load": None} for n in range(1, 11)))
    moved = monthly_posts(
        *((at, f"D{n:02}", posts, 56) for at, posts in (("2026-09", 50), ("2026-10", 51)) for n in range(1, 11))
    )
    assert "比上月有变动的单位10个：" in (told := tell_posts(many, moved, policy)[1]) and "等10个，" in told


def test_how_many_hold_more_than_their_posts_is_told_beside_a_year_ago_and_january(policy):
    now = units(UNIT | {"unit_id": "D02", "load": None}, UNIT | {"unit_id": "D03", "in_post": 50, "load": None})
    monthly = monthly_posts(
        ("2025-09", "D02", 51, 99), ("2025-10", "D02", 51, 53), ("2025-10", "D03", 51, 52), ("2025-10", "D04", 9, 8),
        ("2026-01", "D02", 51, 55), ("2026-10", "D02", 51, 56), ("2026-10", "D03", 51, 50),
    )  # fmt: skip
    _, told = tell_posts(now, monthly, policy)
    assert told == ("超编的变化：2025年10月2个单位、共超3名，2026年1月1个单位、共超4名，本月1个单位、共超5名。")
    january = replace(policy, period="2026-01")
    _, told = tell_posts(now, monthly.assign(period=monthly["period"].replace("2025-10", "2025-01")), january)
    assert told == "超编的变化：2025年1月2个单位、共超3名，本月1个单位、共超5名。"


def test_a_fall_that_one_doubtful_head_count_makes_is_told_without_it_too(policy):
    """113 beyond their posts in January and 107 now: six of one unit whose head count fell by sixteen in a month."""
    odd = UNIT | {"unit_id": "D02", "posts": 24, "in_post": 24, "posts_needed": 37.0}
    odd |= {"load": 0.97, "load_low": 0.92, "load_high": 1.02}
    now = units(odd, UNIT | {"unit_id": "D03", "in_post": 55, "load": None})
    monthly = monthly_posts(("2026-01", "D02", 34, 40), ("2026-01", "D03", 51, 55))
    _, told, apart = tell_posts(now, monthly, policy)
    assert told == (
        "超编的变化：2026年1月2个单位、共超10名，本月1个单位、共超4名；"
        f"不计人数待核对的{policy.names['D02']}，2026年1月1个单位、共超4名，本月1个单位、共超4名。"
    )
    assert policy.names["D02"] in apart
    never_over = monthly.assign(in_post=[30, 55])  # without it nothing is otherwise
    assert tell_posts(now, never_over, policy)[1] == ("超编的变化：2026年1月1个单位、共超4名，本月1个单位、共超4名。")


@pytest.mark.parametrize(("load", "is_beyond"), [(1.33, True), (0.79, True), (1.2, False), (0.8, False)])
def test_a_load_beyond_a_line_that_chance_may_have_brought_is_not_said_to_be_like_the_staff(policy, load, is_beyond):
    own = {
        "load": load,
        "load_low": load - 0.14,
        "load_high": load + 0.13,
        "in_post": round(UNIT["posts_needed"] / load),
    }
    row = UNIT | {"unit_id": "D02"} | own
    (told,) = tell_staffing(units(row), policy)
    assert told.startswith("各单位的负荷尚不能确认高于120%或低于80%") and "大体相当" not in told
    assert (f"其中{policy.names['D02']}（负荷{100 * load:.0f}%" in told and "已越线" in told) == is_beyond
    word = ("偏忙未定" if load > 1 else "偏闲未定") if is_beyond else "适中"
    assert f">{word}<" in staffing_table(units(row), policy)
    # A head count that is unlike the year's puts another load beside it: who copies the row reads so.
    assert f">{word}（人数待核）<" in staffing_table(units(row | {"in_post": 30}), policy)


def test_a_peak_is_told_as_one_and_missing_data_as_missing(policy):
    told = tell_staffing(units(PEAK, UNKNOWN_UNIT), policy)
    assert told[0].startswith("各单位的负荷尚不能确认高于120%或低于80%（共检验1个")
    assert told[1].startswith(
        f"只有季节性高峰、全年并不缺人的单位1个：{policy.names['T04']}（6、7、8月为高峰，全年负荷105%"
    )
    assert told[2] == "另有1个单位数据不足十二个月，不作判断。"
    assert tell_staffing(units(UNKNOWN_UNIT), policy)[0].startswith("编制与工作量数据不足十二个月")


def test_load_and_score_make_four_quadrants(policy):
    told = tell_quadrants(units(BUSY, GOOD, IDLE, PEAK), policy)
    names = policy.names
    assert told == f"忙而优：{names['D61']}；忙，得分与同组未见明显差别：{names['D57']}；闲而差：{names['D13']}。"
    assert tell_quadrants(units(PEAK), policy) == "没有明显忙或闲的单位，不分类。"


def test_the_rule_tells_standards_and_lines_of_params(policy):
    told = staffing_rule(policy)
    for word in ("每日8小时", "在岗比例85%", "澄编办发〔2022〕25号", "高于120%为忙", "低于80%为闲"):
        assert word in told
    without = policy.workload.model_copy(update={"standards": ()})
    assert "没有工时标准" in staffing_rule(type(policy)(**{**vars_of(policy), "workload": without}))


def vars_of(policy) -> dict:
    return {name: getattr(policy, name) for name in policy.__dataclass_fields__}


def test_moves_are_told_within_their_limits_as_evidence_and_no_proposal(policy):
    names, rules, staffing = policy.names, policy.workload.moves, units(BUSY, IDLE)
    told = tell_moves(moves(), staffing, names, rules)
    assert f"{names['D13']}调出编制3名至{names['D57']}" in told
    assert "至多调整10名编制，编制连同在岗人员一并调整" in told
    assert "14.0%降至13.5%" in told
    assert "不是调整建议，不涉及具体人员；未区分行政编制、事业编制和垂直管理单位" in told
    page = moves_table(moves(), staffing, names)
    assert "51 → 54" in page and "51 → 48" in page  # authorised posts
    assert "56 → 59" in page and "151% → 143%" in page and "1 → 2" in page
    none = TABLES["staffing_moves"].empty()
    assert "没有可以缩小负荷差距的调整" in tell_moves(none, staffing, names, rules)
    assert moves_table(none, staffing, names) == ""


def test_empty_posts_and_those_held_beyond_are_told_beside_the_moves(policy):
    """A unit of 17 heads on 22 posts gave three posts as if somebody had to leave for them to be free."""
    names, rules = policy.names, policy.workload.moves
    free, idle = BUSY | {"unit_id": "D55", "posts": 61, "posts_needed": 83.6}, IDLE | {"posts": 22, "in_post": 17}
    told = tell_moves(moves(), units(free, BUSY, idle), names, rules)
    assert f"忙的单位应先补满自有空编，补空编无须调整编制（{names['D55']}空编5名，补满后负荷137%）；" in told
    assert f"调出单位中{names['D13']}有空编5名，收回空编不涉及人员，也不改变负荷；" in told
    assert f"调入单位中{names['D57']}超编5名，只调编制不调人的，仅使超编转为编内，负荷不变。" in told
    assert "忙的单位先补满自有空编，" in told
    assert "；忙的单位先补满自有空编；" in moves_table(moves(), units(free, BUSY, idle), names)
    beyond = tell_moves(
        moves(), units(free, BUSY, IDLE), names, rules
    )  # who gives posts may itself hold more than it has
    assert f"调出单位中{names['D13']}超编5名，先消化超编；" in beyond and "先消化超编" not in told
    unlike = free | {"posts_needed": None, "load": 1.5}  # without standards: the usual load of 56 heads times 1.5
    assert "空编5名，补满后负荷138%" in tell_moves(moves(), units(unlike, BUSY, idle), names, rules)
    full = tell_moves(moves(), units(BUSY | {"posts": 56}, IDLE | {"in_post": 51}), names, rules)
    assert "空编" not in full.replace("空编不足以弥补", "") and "超编" not in full


def test_moves_that_an_older_version_found_are_not_said_to_fill_empty_posts_first(policy):
    staffing = units(BUSY | {"posts": 60}, IDLE)
    for before, is_filled in ((60, True), (56, False)):
        rows = moves().assign(in_post_before=before)
        told = tell_moves(rows, staffing, policy.names, policy.workload.moves)
        page = moves_table(rows, staffing, policy.names)
        assert ("忙的单位先补满自有空编" in told, "忙的单位先补满自有空编" in page) == (is_filled, is_filled)


def test_all_units_stand_in_the_order_of_the_list_without_ranks(policy):
    page = staffing_table(units(GOOD, BUSY, IDLE, UNKNOWN_UNIT), policy)
    places = [page.index(f">{policy.names[unit_id]}<") for unit_id in ("D01", "D13", "D57", "D61")]
    assert places == sorted(places)
    # That no trend is shown shows no steadiness; short words leave room for names on a sheet.
    assert "走向“不明显”为未见明显趋势" in page and ">不明显<" in page and "平稳" not in page
    assert "“未定”为与同组未见明显差别" in page and page.count("与同组未见明显差别") == 1
    assert ">+5<" in page
    assert "84（76–92）" in page and "151%（137%–166%）" in page and "数据不足" in page
    assert "名次" not in page.replace("不排名次", "")
    for word in ("工作质量", "没有登记的工作", "突发任务", "不涉及具体人员"):
        assert word in UNKNOWN


def test_a_unit_reads_its_own_load_and_nobody_elses(policy):
    (row,) = units(PEAK).itertuples()
    told = tell_load([row], policy)
    assert told.startswith("近十二个月本单位负荷105%，区间137%至166%；6、7、8月为高峰；核定编制51名")
    assert not [name for id_, name in policy.names.items() if id_ in policy.unit_ids and name in told]
    (short,) = units(UNKNOWN_UNIT).itertuples()
    (fallen,) = units(BUSY | {"in_post": 24}).itertuples()
    assert "本月实有人数与近十二个月平均（约56人）相差较大，与负荷不可直接对照，编制和人数请核对。" in tell_load(
        [fallen], policy
    )
    assert "不可直接对照" not in told
    assert tell_load([short], policy) == "近十二个月编制与工作量数据不全，不计算工作负荷。"
    assert tell_load([], policy) == tell_load([*units(UNKNOWN_UNIT | {"n_months": 0}).itertuples()], policy) == ""


def test_figures_name_those_who_are_singled_out_and_stand_empty_without_any(policy):
    monthly = table_of(
        "monthly_loads", [{"period": f"2026-{m:02}", "unit_id": "D57", "load": 1.5} for m in range(1, 11)]
    )
    shown = quadrant_figure(units(BUSY, PEAK), policy.names, policy.workload.load)
    assert [note.get_text() for note in shown.axes[0].texts] == [policy.names["D57"]]
    assert course_figure(units(BUSY), monthly, policy).axes[0].get_title(loc="left") == policy.names["D57"]
    for empty in (
        quadrant_figure(units(UNKNOWN_UNIT), policy.names, policy.workload.load),
        course_figure(units(UNKNOWN_UNIT), monthly, policy),
    ):
        assert empty.axes[0].texts[0].get_text() == "没有可以画出的单位"


def test_charts_say_what_they_find_and_on_a_phone_no_name_lies_beyond_the_edge(policy):
    monthly = table_of(
        "monthly_loads",
        [
            {"period": f"2026-{m:02}", "unit_id": u, "load": m / 5 + (u == "D57")}
            for m in (1, 2)
            for u in ("D57", "D02")
        ],
    )
    rows = units(BUSY, GOOD | {"load": 1.7}, IDLE, PEAK, *(UNIT | {"unit_id": f"D{n:02}", "load": 1.0} for n in (2, 3)))
    assert quadrant_chart(rows, policy).title == "长期忙的单位2个、长期闲的单位1个"
    assert quadrant_chart(units(PEAK), policy).title == "没有单位可以确认长期忙或闲"
    assert course_chart(rows, monthly, policy).title == f"{policy.names['D57']}2026年2月负荷最高，为140%"
    assert course_chart(units(UNKNOWN_UNIT), monthly, policy).title.startswith("没有可以确认")
    use_theme()
    phone = quadrant_chart(rows, policy).draw(width=PHONE_WIDTH_INCHES)
    phone.canvas.draw()
    edge = phone.get_window_extent()
    for note in phone.axes[0].texts:
        box = note.get_window_extent()
        assert edge.x0 <= box.x0 and box.x1 <= edge.x1, note.get_text()
    months = pd.concat([monthly, monthly[monthly["unit_id"] == "D57"].assign(unit_id="D61")])
    panels = course_chart(units(BUSY, GOOD), months, policy).draw(width=PHONE_WIDTH_INCHES).axes
    panels[0].figure.canvas.draw()
    labels = [[label.get_window_extent() for label in axes.get_xticklabels()] for axes in panels]
    assert len(panels) == 2 and labels[0][-1].x1 < labels[1][0].x0  # no month runs into the next panel's


def test_a_move_by_hand_says_whether_loads_come_nearer(policy):
    told = tell_move(moves(), policy.names)
    assert told.startswith("由区档案馆调出编制3名至") and "由14.0%至13.5%，缩小。" in told
    worse = moves().assign(spread_before=0.1, spread_after=0.2)
    assert "由10.0%至20.0%，扩大。" in tell_move(worse, policy.names)
    assert "，不变。" in tell_move(moves().assign(spread_after=0.1402), policy.names)
