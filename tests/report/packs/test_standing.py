"""What a unit's page says of where the unit stands: last month, the next tier, the year so far, why, what is to do."""

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analysis.policy.channels import ChannelWeights
from analysis.policy.tables import TABLES
from analysis.report.packs.feedback import feedback_body
from analysis.report.packs.losses import found_words, lost_points_table
from analysis.report.packs.objection import objectionable
from analysis.report.packs.results import ruled_words, watch_words, year_words
from analysis.report.packs.standing import (
    change_words,
    lead_words,
    margin_words,
    sure_words,
    weight_words,
)
from analysis.report.packs.year_losses import lever_steps, way_out, year_loss_words, year_losses_table, year_sum_words
from analysis.report.packs.year_moves import year_moves_table
from analysis.report.tasks import Task
from analysis.report.words import chance, signed

from ...rows import table_of
from .months import PERIOD, make_content
from .years import standing_of

KPIS = re.compile(r'<ul class="kpis">.*?</ul>', re.DOTALL)
LOST = ("common-01", "common-06", "common-08")


@pytest.fixture(scope="module")
def unit_id(policy) -> str:
    """A unit in the middle, of a group that is large enough to have a median."""
    units = [unit.id for unit in policy.units if unit.is_town]
    return units[len(units) // 2]


def doubted(content, unit_id: str):
    """The content, the unit asked about points that are another's."""
    asked = {"unit_id": unit_id, "measure": "same_values", "is_question": True, "other_unit_id": "D99"}
    return replace(content, tables=content.tables | {"integrity": pd.DataFrame([asked])})


def tell_levers(content, unit_id: str) -> str:
    return "".join(lever_steps(content, unit_id))


def told_of(content, unit_id, table: str, **values):
    """The month with other values in a unit's rows of a table."""
    rows = content.tables[table].copy()
    rows.loc[rows["unit_id"] == unit_id, list(values)] = list(values.values())
    return replace(content, tables=content.tables | {table: rows})


def sure_of(content, unit_id, **values):
    """The month with a row of `certainty` for a unit, of scope `month` and one of the year so far."""
    same = {"period": PERIOD, "unit_id": unit_id, "rank": 3, "rank_low": 1, "rank_high": 9, "verdict": "borderline"}
    same |= dict.fromkeys((f"p_{tier}" for tier in content.names.tiers), 0.0)
    rows = TABLES["certainty"].empty().reindex(range(2)).assign(**same | values, scope=["month", "ytd"])
    return replace(content, tables=content.tables | {"certainty": rows})


def below_median(content, unit_id, up: float, scores: dict[str, float], **values):
    """The month in which a unit lacks `up` points to the next tier and has these scores, its group 80.00 in each."""
    rows = content.tables["indicator_scores"].copy()
    for indicator_id, score in scores.items():
        rows.loc[(rows["unit_id"] == unit_id) & (rows["indicator_id"] == indicator_id), "score"] = score
    changed = replace(content, tables=content.tables | {"indicator_scores": rows})
    return sure_of(changed, unit_id, margin_up_points=up, margin_down_points=0.4, **values)


def way_up(content, unit_id) -> str:
    (row,) = content.own("unit_scores", unit_id)
    return margin_words(content, unit_id, row)[1]


def test_tier_and_place_stand_beside_last_months_and_last_years(content, unit_id):
    changed = told_of(content, unit_id, "trends", tier_before="pass", rank_before=7)
    body = str(feedback_body(changed, unit_id))
    assert f"上月{content.names['pass']}" in body and "上月第7位" in body
    assert "上月第" not in str(feedback_body(content, unit_id)).replace("上月第—", "")


@pytest.mark.parametrize(("change", "told"), [(1.25, "上升1.25分"), (-2.5, "下降2.50分"), (0.0, "持平")])
def test_the_change_against_last_year_stands_beside_that_against_last_month(content, unit_id, change, told):
    months = content.tables["trends"]
    years = months.assign(basis="yoy", change=change, tier_before="pass", rank_before=7)
    last = content.history.assign(period="2025-10", total=71.23)
    tables = content.tables | {"trends": pd.concat([months, years])}
    changed = replace(content, tables=tables, history=pd.concat([content.history, last]))
    score, tier = re.findall(r"<li.*?</li>", KPIS.search(feedback_body(changed, unit_id))[0], re.DOTALL)[:2]
    assert re.search(r"环比\S+", score) and f"同比{told}" in score and "上年同期71.23" in score
    assert f"上年同期{content.names['pass']}" in tier and "上年同期第7" in feedback_body(changed, unit_id)
    assert "上年同期无数据" in feedback_body(content, unit_id) and "同比" not in feedback_body(content, unit_id)


def test_the_distance_to_the_next_tier_is_a_figure_of_its_own(content, unit_id):
    (row,) = content.own("unit_scores", unit_id)
    tiers, names = content.names.tiers, content.names
    place = tiers.index(row.tier_by_score)
    body = str(feedback_body(sure_of(content, unit_id, margin_up_points=1.37, margin_down_points=0.46), unit_id))
    assert re.search(rf"距{names[tiers[place - 1]]}</\w+>.{{0,80}}1\.37", body, re.DOTALL)
    assert f"再降0.46分落入{names[tiers[place + 1]]}" in body
    best = content.units.loc[content.units["tier_by_score"] == tiers[0], "unit_id"].iloc[0]
    assert f">高出{names[tiers[1]]}<" in feedback_body(content, best)


@pytest.mark.parametrize(
    ("up", "scores", "told"),
    [
        (0.9, {LOST[0]: 60.0, LOST[1]: 70.0}, "{0}（约1.00分）达到同类中位，即可补足这0.90分。"),
        (0.99, {LOST[0]: 60.0, LOST[1]: 70.0}, "{0}（约1.00分）达到同类中位，约可补足这0.99分。"),
        (0.4, {LOST[0]: 60.0, LOST[1]: 70.0},
         "{0}（约1.00分）、{1}（约0.50分）任一项达到同类中位，即可补足这0.40分。"),
        (1.4, {LOST[0]: 60.0, LOST[1]: 70.0},
         "{0}（约1.00分）、{1}（约0.50分）都达到同类中位，合计约1.50分，即可补足这1.40分。"),
        (1.49, {LOST[0]: 60.0, LOST[1]: 70.0},
         "{0}（约1.00分）、{1}（约0.50分）都达到同类中位，合计约1.50分，约可补足这1.49分。"),
        (1.51, {LOST[0]: 60.0, LOST[1]: 70.0},
         "低于同类中位的2项都达到中位，合计约1.50分，与所需大体相当，约需1.51分。"),
        (1.6, {LOST[0]: 60.0, LOST[1]: 70.0}, "低于同类中位的2项都达到中位，合计约1.50分，尚不足1.60分。"),
        (0.2, {}, "失分指标都不低于同类中位，或与之接近，须高出中位，才能补足这0.20分。"),
        (0.2, dict.fromkeys((*LOST, "common-10"), 81.0), "失分指标都不低于同类中位，须高出中位，才能补足这0.20分。"),
    ],
)  # fmt: skip
def test_the_way_up_a_tier_is_told_by_indicators_at_the_groups_median(content, unit_id, up, scores, told):
    names = [content.names[indicator_id] for indicator_id in LOST]
    assert way_up(below_median(content, unit_id, up, scores), unit_id) == told.format(*names)


@pytest.mark.parametrize(
    ("state", "told"), [("draft", "得分除异议成立、补报或更正数据外不再变动。"), ("final", "得分定稿后不再变动。")]
)
def test_what_would_have_brought_a_unit_up_brings_nothing_back_of_the_month(content, unit_id, state, told):
    """The month is over: the page must not read as if its tier could still be reached by work."""
    made = below_median(content, unit_id, 0.4, {LOST[0]: 60.0})
    (row,) = made.own("unit_scores", unit_id)
    made = replace(made, edition=replace(made.edition, state=state))
    assert margin_words(made, unit_id, row)[2:] == [f"以上供今后改进参考：当月数据已截止，{told}"]


def test_where_no_median_is_told_nothing_is_said_of_it(content):
    """A group of few has no median on any page (S23): its units are not said to be no worse than it."""
    of_few = next(unit.id for unit in content.policy.units if unit.group == "law")
    losses = content.losses[of_few]
    assert losses and all(pd.isna(content.group_median(of_few, row.indicator_id)) for row in losses)
    told = way_up(below_median(content, of_few, 0.2, {}), of_few)
    assert told.startswith("同类单位少，不列同类中位，须从失分的指标入手，才能补足这0.20分")


def test_how_much_work_there_is_brings_no_unit_up(content, unit_id):
    scores = {LOST[0]: 60.0, LOST[1]: 70.0}
    made = below_median(content, unit_id, 0.4, scores)
    of_work = next(each.method for each in content.policy.indicators if each.method.name == "workload")
    indicators = tuple(
        each.model_copy(update={"method": of_work}) if each.id == LOST[0] else each
        for each in content.policy.indicators
    )
    told = way_up(replace(made, policy=replace(content.policy, indicators=indicators)), unit_id)
    work, other = content.names[LOST[0]], content.names[LOST[1]]
    assert told == f"{other}（约0.50分）达到同类中位，即可补足这0.40分（{work}是相对值，不计在内）。"


def test_of_the_best_tier_there_is_no_way_up(content):
    best = content.units.loc[content.units["tier_by_score"] == content.names.tiers[0], "unit_id"].iloc[0]
    (row,) = content.own("unit_scores", best)
    assert len(margin_words(content, best, row)) == 1


def year_of(content, unit_id, verdict: dict, **standing):
    rows = standing_of(content.policy, 2026)
    rows.loc[rows["unit_id"] == unit_id, list(standing)] = list(standing.values())
    found = sure_of(content, unit_id, **verdict)
    return replace(found, tables=found.tables | {"year_standing": rows})


SAFE = {"total": 88.12, "rank": 4, "tier": "good", "tier_by_score": "good", "is_interview": False}


@pytest.mark.parametrize(
    ("verdict", "standing", "told"),
    [
        ({"margin_interview_points": -6.5, "p_interview": 0.001}, {},
         "若年度就此结束，不列入约谈范围（后五名或不达标），高出约谈线6.50分；剔除偶然起伏后，实际水平在列入范围内的可能性不足1%。"),
        ({"margin_interview_points": 1.25, "p_interview": 0.64}, {"is_interview": True},
         ""),  # the first screen says it already
        ({}, {}, "若年度就此结束，不列入约谈范围（后五名或不达标）。"),
    ],
)  # fmt: skip
def test_a_unit_reads_where_the_year_so_far_would_leave_it(content, unit_id, verdict, standing, told):
    made = year_of(content, unit_id, verdict, **SAFE | standing)
    made = replace(made, tables=made.tables | {"adjustments": made.tables["adjustments"].iloc[:0]})
    words = year_words(made, unit_id)
    assert words == f"2026年1至10月累计（暂定，不是各月得分的平均）：得分88.12分，位次第4，等次良好。{told}"
    assert words in feedback_body(made, unit_id)


def year_scores_of(content, unit_id, **values):
    """The unit's indicators of the month as those of the year so far, with some other values."""
    rows = content.tables["indicator_scores"]
    own = rows[rows["unit_id"] == unit_id].assign(scope="ytd", **values)
    return replace(content, tables=content.tables | {"indicator_scores": pd.concat([rows, own], ignore_index=True)})


def test_a_unit_reads_what_costs_most_of_the_year_and_what_its_latest_state_would_bring(content, unit_id):
    of, names = content.policy.indicators, content.names
    state = next(each for each in of if each.over_year == "latest" and each.method.states)
    points = {"common-01": 90.0, "common-06": 80.0, "common-08": 10.0, "common-10": 100.0}
    made = year_of(year_scores_of(content, unit_id, weight=7.5), unit_id, {}, **SAFE)
    rows = made.tables["indicator_scores"]
    rows.loc[rows["scope"] == "ytd", "score"] = rows["indicator_id"].map(points)
    told = [f"{names[i]}（权重7.50%，失{lost}分）" for i, lost in (("common-06", "1.50"), ("common-01", "0.75"))]
    relative = f"除相对指标{names['common-08']}（权重7.50%，失6.75分）外，"  # told, and not as what can be mended
    told = f"{relative}年度累计失分最多的是{'、'.join(told)}。"
    assert year_loss_words(made, unit_id) == told and told in feedback_body(made, unit_id)
    shown = str(feedback_body(made, unit_id))
    assert shown.index("三、失分明细") < shown.index("<summary>年度累计失分明细</summary>") < shown.index("四、工单")
    losses = year_losses_table(made, unit_id)
    assert [row[:5] for row in losses.cells] == [
        (names["common-06"], "7.50", "80.00", "1.50", "—"),
        (names["common-01"], "7.50", "90.00", "0.75", "—"),
    ]
    assert losses.caption.startswith("2026年度累计失分明细（") and f"{names['common-08']}失6.75分" in losses.caption
    (best, *_), worst = sorted(state.method.states, key=state.method.states.get, reverse=True), 60.0
    of_state = rows[rows["scope"] == "ytd"].iloc[[0]].assign(indicator_id=state.id, score=worst, weight=3.55)
    with_state = replace(made, tables=made.tables | {"indicator_scores": pd.concat([rows, of_state])})
    restored = f"{state.name}年度按最新状态计，以后月份状态为“{best}”的，年度约可少失1.42分。"
    assert tell_levers(with_state, unit_id) == restored and way_out(with_state, unit_id) == []
    assert f"（权重7.50%，失0.75分）。{restored}" in feedback_body(with_state, unit_id)
    # Of marks that somebody gives the latest counts alike: what its group reaches is what can be expected (S10, S23).
    mark, middle = made.policy.indicator_by_id["common-01"], content.group_median(unit_id, "common-01")
    latest = tuple(each.model_copy(update={"over_year": "latest"}) if each.id == mark.id else each for each in of)
    changed = replace(made, policy=replace(made.policy, indicators=latest))
    is_mark = (rows["scope"] == "ytd") & (rows["indicator_id"] == mark.id)
    for below, is_told in ((20, True), (0, False)):
        worse = rows.assign(
            score=rows["score"].mask(is_mark, middle - below), weight=rows["weight"].mask(is_mark, 3.75)
        )
        with_mark = replace(changed, tables=made.tables | {"indicator_scores": worse})
        how = f"{mark.name}年度按最新一次计，以后月份达到同类中位（{middle:.2f}分）的，年度约可少失0.75分。"
        assert tell_levers(with_mark, unit_id).endswith(how) == is_told == ("最新" in tell_levers(with_mark, unit_id))
    for policy, is_told in (
        (replace(made.policy, period="2026-12"), True),
        (replace(made.policy, period="2026-01"), False),
    ):
        moved = replace(with_state, policy=policy)
        assert bool(year_loss_words(moved, unit_id)) is is_told
        assert tell_levers(moved, unit_id) == ""  # of a whole year nothing can be restored
    alone = with_state.policy.district.model_copy(update={"start": content.policy.period})
    begun = replace(with_state, policy=replace(with_state.policy, district=alone))
    short = year_of(with_state, unit_id, {}, **SAFE | {"is_counted": False})
    assert all("年度累计失分明细" not in feedback_body(each, unit_id) for each in (begun, short, content))
    assert year_loss_words(begun, unit_id) == year_loss_words(short, unit_id) == year_loss_words(content, unit_id) == ""


def test_a_loss_of_the_year_has_the_months_in_which_it_came_the_lowest_first(content, unit_id):
    """A mark below 100 for discipline without a month told a head nothing that could be checked."""
    points = {"common-01": 90.0, "common-06": 95.0}
    made = year_of(year_scores_of(content, unit_id, weight=7.5), unit_id, {}, **SAFE)
    rows = made.tables["indicator_scores"]
    rows.loc[rows["scope"] == "ytd", "score"] = rows["indicator_id"].map(points)
    row = rows[(rows["unit_id"] == unit_id) & (rows["scope"] == "month")].iloc[0].to_dict() | {"weight": 7.5}
    told = [
        ("common-01", "2025-12", "2025-12", 10.0),  # another year's
        ("common-01", "2026-03", "2026-03", 88.0),
        ("common-01", "2026-05", "2026-05", 80.0),
        ("common-01", "2026-07", "2026-07", 86.5),
        ("common-01", "2026-08", "2026-08", 100.0),
        ("common-06", "2026-05", "2026-04", 60.0),  # filled up with another month's cases (S30)
        ("common-06", "2026-07", "2026-07", 70.0),  # its own, but no lowest one beside that
    ]
    heads = ("indicator_id", "period", "first_period", "score")
    before = pd.DataFrame([row | dict(zip(heads, each, strict=True)) for each in told])
    others = before.assign(unit_id="D01", score=1.0)
    this = rows.assign(score=rows["score"].mask(rows["scope"] == "month", 100.0))
    made = replace(made, marks_before=pd.concat([before, others]))
    made = replace(made, tables=made.tables | {"indicator_scores": this})
    shown = year_losses_table(made, unit_id)
    months = {row[0]: row[shown.heads.index("得分最低的月份或抽查")] for row in shown.cells}
    assert months[content.names["common-01"]] == "5月80.00、7月86.50"
    assert months[content.names["common-06"]] == "—" and "；最后一栏“—”为合并多个月" in shown.caption
    of = tuple(
        i.model_copy(update={"over_year": "latest"}) if i.id == "common-01" else i for i in made.policy.indicators
    )
    latest = this.assign(first_period=this["first_period"].mask(this["scope"] == "ytd", "2026-09"))
    made = replace(made, policy=replace(made.policy, indicators=of), tables=made.tables | {"indicator_scores": latest})
    (own,) = [row for row in year_losses_table(made, unit_id).cells if row[0] == content.names["common-01"]]
    assert own[-1] == "9月90.00"
    # Not all months at hand, as in an older version: the lowest may be another, and none is told.
    alone = replace(
        made, policy=content.policy, tables=made.tables | {"indicator_scores": this}, marks_before=before.head(2)
    )
    higher = replace(alone, marks_before=before.iloc[[1]].assign(score=95.0))
    for each, months in ((alone, "3月88.00"), (higher, "—")):
        (own,) = [row for row in year_losses_table(each, unit_id).cells if row[0] == content.names["common-01"]]
        assert own[-1] == months


@pytest.mark.parametrize(("bonus", "deductions"), [(0.0, 0.3), (0.5, 0.0), (0.0, 0.0)])
def test_the_year_adds_up_in_the_order_in_which_one_does_the_sum(content, unit_id, bonus, deductions):
    points = {"common-01": 90.0, "common-06": 80.0, "common-08": 70.0, "common-10": 100.0}
    made = year_of(year_scores_of(content, unit_id, weight=7.5), unit_id, {}, **SAFE)
    rows, units = made.tables["indicator_scores"], made.tables["unit_scores"]
    rows.loc[rows["scope"] == "ytd", "score"] = rows["indicator_id"].map(points)
    own = units[units["unit_id"] == unit_id].assign(scope="ytd", bonus=bonus, deductions=deductions)
    total = 100 - 2.25 - 2.25 + bonus - deductions
    made = replace(made, tables=made.tables | {"unit_scores": pd.concat([units, own.assign(total=total)])})
    beside = "－0.30（扣分）" * bool(deductions) + "＋0.50（加分）" * bool(bonus)
    relative = f"－2.25（{content.names['common-08']}失分）"
    told = f"累计得分{total:.2f}分＝100－2.25（上列各项失分合计）{relative}{beside}。"
    assert year_sum_words(made, unit_id) == told and f"<p>{told}</p></details>" in feedback_body(made, unit_id)
    assert "“—”为" not in year_losses_table(made, unit_id).caption  # every row has its month
    full = replace(made, tables=made.tables | {"unit_scores": pd.concat([units, own.assign(total=100.0)])})
    assert year_sum_words(full, unit_id) == year_sum_words(content, unit_id) == ""


def test_visits_are_told_with_a_loss_of_the_year_where_all_that_count_are_at_hand(content, unit_id):
    """The lowest of those at hand had lain above the mean of all."""
    visited = next(each for each in content.policy.indicators if each.window_months)
    made = year_of(year_scores_of(content, unit_id, weight=7.5), unit_id, {}, **SAFE)
    rows = made.tables["indicator_scores"]
    own = rows[(rows["unit_id"] == unit_id) & (rows["scope"] == "ytd")].iloc[[0]]
    visits = [
        {"unit_id": unit_id, "indicator_id": visited.id, "visit_id": f"V{n}", "date": day, "points": points}
        for n, (day, points) in enumerate((("2026-04-24", 86.1), ("2026-01-27", 84.3)))
    ]
    visits = table_of(
        "inspections", [{"period": "2026-04", "inspectors": "甲 乙", "finding": "有问题"} | v for v in visits]
    )
    for n, told in ((2, "1月27日84.30、4月24日86.10"), (3, "—")):
        year = pd.concat([rows, own.assign(indicator_id=visited.id, score=85.2, n_measurements=n)])
        seen = replace(made, tables=made.tables | {"indicator_scores": year}, inspections=visits)
        (cells,) = [row for row in year_losses_table(seen, unit_id).cells if row[0] == visited.name]
        assert cells[-1] == told


# A mark a month; from July on a year has six months; of one task another a month is most of the year's mean.
@pytest.mark.parametrize(("n_marks", "back"), [(10, "0.13"), (4, "0.25"), (1, "0.50")])
def test_the_year_is_measured_beside_the_group_s_year_not_its_month(content, unit_id, n_marks, back):
    mark = "common-01"
    rows = content.tables["indicator_scores"]
    year = rows.assign(scope="ytd", score=rows["score"].where(rows["indicator_id"] != mark, 60.0), weight=7.5)
    year["score"] = year["score"].mask((year["unit_id"] == unit_id) & (year["indicator_id"] == mark), 50.0)
    year["n_measurements"] = n_marks
    made = year_of(content, unit_id, {}, **SAFE)
    made = replace(made, tables=made.tables | {"indicator_scores": pd.concat([rows, year], ignore_index=True)})
    assert made.group_median(unit_id, mark, "ytd") == 60.0 != made.group_median(unit_id, mark)
    left = f"；余下2个月每月各有一次数据（当月、任务或抽查的）且都达到同类中位的，大体可补回0.75分中的{back}分。"
    assert f"年度累计低于同类中位的主要是{made.names[mark]}（约0.75分）{left}" in tell_levers(made, unit_id)
    losses = year_losses_table(made, unit_id)
    (own,) = [row for row in losses.cells if row[0] == made.names[mark]]
    assert own[losses.heads.index("同类中位")] == "60.00" and "同类中位按0.5分归并" in losses.caption
    of = tuple(i.model_copy(update={"over_year": "latest"}) if i.id == mark else i for i in made.policy.indicators)
    told = tell_levers(replace(made, policy=replace(made.policy, indicators=of)), unit_id)
    assert "年度按最新一次计" in told and "低于同类中位较多" not in told  # once is enough


@pytest.mark.parametrize(("noise", "is_told"), [(3.69, True), (5.0, False), (float("nan"), False)])
def test_a_year_that_moved_by_more_than_months_bring_says_by_what(content, unit_id, noise, is_told):
    made = year_of(content, unit_id, {}, **SAFE)
    trends = made.tables["trends"]
    row = trends[(trends["unit_id"] == unit_id) & (trends["level"] == "total")].iloc[[0]]
    row = row.assign(basis="ytd", change=-4.96, noise_points=noise, is_within_noise=noise > 4.96, is_rule_changed=False)
    row = row.assign(performance=-3.06, coverage=-1.9, weights=0.0, indicator_set=0.0, adjustments=0.0)
    words = year_words(replace(made, tables=made.tables | {"trends": pd.concat([trends, row])}), unit_id)
    told = "与上年同期之差中，工作成绩−3.06分、可计指标及权重变化−1.90分；单看工作成绩在正常波动以内。"
    assert "比上年同期下降4.96分" in words and (told in words) is is_told and "超出正常波动" not in words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "等次良好（再提高1.34分为优秀）。"),
        ({"margin_interview_points": float("nan")}, "等次良好。"),  # an order that leaves units out
        ({"margin_up_points": float("nan")}, "等次良好。"),
    ],
)
def test_a_year_so_far_says_how_far_the_next_tier_is(content, unit_id, told, words):
    """The month's distance alone was told, and the year's counts."""
    verdict = {"margin_up_points": 1.34, "margin_interview_points": -4.5, "p_interview": 0.001} | told
    assert words in year_words(year_of(content, unit_id, verdict, **SAFE), unit_id)


@pytest.mark.parametrize(("moved", "is_told"), [(-1.3, True), (0.0, False)])
def test_a_year_that_moved_by_last_years_bonus_names_it(content, unit_id, moved, is_told):
    """The size of last year's bonus was told, and no reason."""
    made = year_of(content, unit_id, {}, **SAFE)
    trends = made.tables["trends"]
    row = trends[(trends["unit_id"] == unit_id) & (trends["level"] == "total")].iloc[[0]]
    row = row.assign(basis="ytd", change=-4.96, noise_points=3.69, is_within_noise=False, adjustments=moved)
    usual = {"unit_id": unit_id, "kind": "bonus", "points": 1.0, "document": "2号", "scope": ""}
    given = [("2025-02", "获表彰"), ("2025-12", "其后"), ("2024-12", "此前"), ("2026-05", "改革试点")]
    rows = [usual | {"period": each, "reason": why, "adjustment_id": each} for each, why in given]
    rows = pd.DataFrame(rows)
    made = replace(made, tables=made.tables | {"trends": pd.concat([trends, row])}, adjustments=rows)
    told = "加减分−1.30分：上年同期计入2025年2月加分1.00分（获表彰，2号），本年"
    assert (f"{told}见上。" in year_words(made, unit_id)) is is_told
    before = replace(made, adjustments=rows.iloc[:1])
    assert (f"{told}没有加分、扣分。" in year_words(before, unit_id)) is is_told
    assert "上年同期计入" not in year_words(replace(made, adjustments=rows.iloc[1:]), unit_id)


def test_a_paper_s_reasons_are_what_visits_found_and_a_visit_that_found_nothing_is_none(content, unit_id):
    visited = next(each for each in content.policy.indicators if each.window_months)
    nothing = content.policy.sheets.no_finding[0]
    usual = {"period": "2026-04", "unit_id": unit_id, "indicator_id": visited.id, "inspectors": "甲 乙", "points": 86.1}
    told = [("2026-04-24", "流程图未及时更新"), ("2026-01-27", nothing), ("2025-12-03", "")]
    visits = [usual | {"visit_id": day, "date": day, "finding": found} for day, found in told]
    row = content.table("indicator_scores").iloc[[0]].assign(unit_id=unit_id, indicator_id=visited.id)
    (row,) = row.itertuples()
    without = f"12月3日抽查得86.10分，未附扣分事由；2026年1月27日抽查得86.10分，记录为“{nothing}”，未附扣分事由"
    full = [each | {"points": 100.0} for each in visits[1:]]
    for rows, words in (
        (visits, f"2025年{without}；2026年4月24日抽查：流程图未及时更新"),
        (visits[:1] + full, "4月24日抽查：流程图未及时更新"),
        (visits[1:], "—"),
    ):
        assert found_words(replace(content, inspections=table_of("inspections", rows)), row) == words


@pytest.mark.parametrize(("within", "is_told"), [(False, True), (True, False)])
@pytest.mark.parametrize("adjusted", [0.0, -1.3, -0.5])
def test_a_year_that_moved_beyond_months_stands_first_with_its_places(content, unit_id, within, is_told, adjusted):
    """A head read of a normal month while leaders read that its year had fallen by 25 places."""
    made = year_of(content, unit_id, {}, **SAFE | {"total": 91.92, "rank": 27})
    trends = made.tables["trends"]
    row = trends[(trends["unit_id"] == unit_id) & (trends["level"] == "total")].iloc[[0]]
    row = row.assign(basis="ytd", change=-4.96, noise_points=3.69, is_within_noise=within, rank_before=2, rank_after=27)
    row = row.assign(like_for_like_change=-4.96, adjustments=adjusted)
    made = replace(made, tables=made.tables | {"trends": pd.concat([trends, row])})
    known = "；其中加减分−1.30分，不计加减分未超出" * (adjusted == -1.3)  # decided, and not brought by chance
    told = f"2026年1至10月累计得分91.92分，比上年同期下降4.96分，超出正常波动（±3.69分{known}）；位次由第2变为第27。"
    assert (lead_words(made, unit_id)[0] == told) is is_told
    lead = re.search(r'<div class="lead">(.*?)</div>', str(feedback_body(made, unit_id)), re.DOTALL)[1]
    assert (told in lead) is is_told
    assert str(feedback_body(made, unit_id)).count("超出正常波动") == is_told  # once is enough


@pytest.mark.parametrize("within", [False, True])
def test_what_moved_a_year_stands_whole_and_adds_up(content, unit_id, within):
    """A head read of a third of it."""
    made, ids = year_of(content, unit_id, {}, **SAFE), [each.id for each in content.policy.indicators]
    row = made.tables["trends"].query("unit_id == @unit_id and level == 'total'").iloc[[0]]
    row = row.assign(basis="ytd", before=96.88, after=91.92, change=-4.96, noise_points=3.69, is_within_noise=within)
    points = [-0.05 * (n + 1) for n in range(14)] + [0.24 + 0.05]
    parts = TABLES["change_parts"].empty().reindex(range(16)).assign(unit_id=unit_id, basis="ytd")
    parts = parts.assign(indicator_id=["", *ids[:15]], adjustments=0.0, weights=0.0, indicator_set=0.0)
    parts = parts.assign(performance=[0.0, *points], coverage=[0.0, 0.1, *[0.0] * 14])
    parts = parts.assign(change=[0.0, points[0] + 0.1, *points[1:]])
    parts.loc[0, ["adjustments", "change"]] = left = round(-4.96 - parts["change"].sum(), 2)
    ago = {
        "period": "2025-10",
        "scope": "ytd",
        "unit_id": unit_id,
        "indicator_id": ids[13],
        "score": 97.31,
        "status": "ok",
    }
    tables = {"trends": pd.concat([made.tables["trends"], row]), "change_parts": parts}
    made = replace(made, tables=made.tables | tables, marks_before=table_of("indicator_scores", [ago]))
    shown = year_moves_table(made, unit_id)
    assert (str(shown) in str(feedback_body(made, unit_id))) and bool(shown) is not within
    if within:
        return
    assert shown.heads == ("指标", "上年同期", "本年", "工作成绩", "可计指标及权重变化", "合计")
    names, *_, sums = zip(*shown.cells, strict=True)
    assert shown.cells[0] == (made.names[ids[13]], "97.31", "—", "−0.70", "0.00", "−0.70")
    assert names[12:] == ("其余3项合计", "加减分", "累计得分") and sums[13:] == (signed(left), "−4.96")
    figures = [float(each.replace("−", "-")) for each in sums]
    assert round(sum(figures[:-1]), 2) == figures[-1] and shown.cells[-1][1:3] == ("96.88", "91.92")
    assert sorted(figures[:12], key=abs, reverse=True) == figures[:12]


def with_one_loss(made, indicator_id):
    """The year so far has one indicator, which lost 1.42 points."""
    rows = made.tables["indicator_scores"]
    own = rows[rows["scope"] == "ytd"].iloc[[0]].assign(indicator_id=indicator_id, score=60.0, weight=3.55)
    return replace(made, tables=made.tables | {"indicator_scores": pd.concat([rows[rows["scope"] != "ytd"], own])})


@pytest.mark.parametrize(
    ("gap", "left"),
    [
        (
            2.0,
            "。其余约0.58分须由2026年11月起的得分补足，各月没有加分、扣分的，大体每月须得93.02分："
            "累计88.12分，加上述少失的1.42分，加3.48分（其余约0.58分，按12个月分到余下2个月）。",
        ),
        (1.0, "，已超过所需的1.00分。"),
        (1.42, "，约可补足所需的1.42分。"),
    ],
)
def test_a_unit_that_the_year_would_list_reads_its_way_out_first(content, unit_id, gap, left):
    state = next(each for each in content.policy.indicators if each.over_year == "latest" and each.method.states)
    verdict, listed = (
        {"margin_interview_points": gap, "p_interview": 0.64},
        SAFE | {"is_interview": True, "n_months": 10},
    )
    made = year_of(year_scores_of(content, unit_id, weight=7.5), unit_id, verdict, **listed)
    made = with_one_loss(made, state.id)
    best = max(state.method.states, key=state.method.states.get)
    told = f"{state.name}年度按最新状态计，以后月份状态为“{best}”的，年度约可少失1.42分{left}"
    assert "".join(way_out(made, unit_id)) == told == tell_levers(made, unit_id)
    body = re.sub("</p>\\s*<p>", "", feedback_body(made, unit_id))
    assert body.count(told) == 1 and body.index(told) < body.index("二、得分与位次")


def test_of_a_year_too_short_to_count_there_is_no_place(content, unit_id):
    made = year_of(content, unit_id, {}, **SAFE | {"is_counted": False, "n_months": 2})
    assert year_words(made, unit_id).endswith(
        f"有数据的月数2个，不足{content.policy.grading.minimum_months}个，不计位次和等次。"
    )
    assert year_words(content, unit_id) == ""  # no order of the year


def test_a_whole_year_is_told_as_it_is_until_it_is_final(content, unit_id):
    made = year_of(content, unit_id, {}, **SAFE)
    december = replace(made, policy=replace(content.policy, period="2026-12"))
    assert "若年度就此结束" not in year_words(december, unit_id) and "第4" in year_words(december, unit_id)
    final = replace(content.edition, state="final")
    assert year_words(replace(december, edition=final), unit_id) == ""  # the notice of the year says it
    assert "若年度就此结束" in year_words(replace(made, edition=final), unit_id)


@pytest.mark.parametrize(
    ("probability", "told"), [(0.0, "不足1%"), (0.0049, "不足1%"), (0.2, "20%"), (0.994, "99%"), (1.0, "99%以上")]
)
def test_nothing_is_said_to_be_impossible_or_certain(probability, told):
    assert chance(probability) == told


def test_how_sure_a_place_is_stands_in_plain_words(content, unit_id):
    values = {"rank_low_posterior": 2, "rank_high_posterior": 5, "p_good": 0.7, "p_excellent": 0.299, "p_pass": 0.001}
    made = sure_of(content, unit_id, **values)
    (row,) = made.own("certainty", unit_id)
    told = sure_words(made, pd.Series(row._asdict()))
    assert told == (
        "单看本月，位次第3，95%的把握在第1至第9位之间，等次介于相邻两个等次之间，不能确认；"
        "考虑偶然因素后，良好的可能性（70%）高于本月的优秀（30%）。"
    )
    body = feedback_body(made, unit_id)
    assert f"<strong>把握</strong> {told}" in body and "圆点为本单位位次，色带为位次区间" in body
    assert "区间1–9，等次介于相邻两个等次之间，不能确认" in KPIS.search(body)[0]
    assert "<strong>把握</strong>" not in feedback_body(content, unit_id)  # a month without certainty
    (row,) = sure_of(content, unit_id, verdict="withheld").own("certainty", unit_id)
    assert sure_words(made, pd.Series(row._asdict())) == "位次第3；已有月份不足，等次是否稳定尚不能估计。"


@pytest.mark.parametrize(
    ("chances", "told"),
    [
        (
            {"p_pass": 0.42, "p_good": 0.31, "p_fail": 0.27},
            "达标的可能性（42%）高于本月的良好（31%）；其余为不达标27%。",
        ),
        ({"p_pass": 0.999}, "达标的可能性（99%以上）高于本月的良好（不足1%）。"),
        ({"p_pass": 0.401, "p_good": 0.399, "p_fail": 0.2}, "达标与本月的良好可能性相当（都是40%）；其余为不达标20%。"),
        ({"p_good": 1.0}, "最可能仍是本月的良好（99%以上）。"),
    ],
)
def test_where_another_tier_is_likelier_than_the_months_own_the_page_says_which(content, unit_id, chances, told):
    good = told_of(content, unit_id, "unit_scores", tier="good", tier_by_score="good")
    made = sure_of(good, unit_id, verdict="indistinct", **chances)
    (row,) = made.own("certainty", unit_id)
    assert sure_words(made, pd.Series(row._asdict())).partition("考虑偶然因素后，")[2] == told


def test_a_tier_that_the_score_alone_gave_is_called_so(content, unit_id):
    chances = sure_of(content, unit_id, p_good=0.9, p_pass=0.1)
    made = told_of(chances, unit_id, "unit_scores", tier="pass", tier_by_score="good")
    (row,) = made.own("certainty", unit_id)
    assert "最可能仍是本月按得分的良好（90%）" in sure_words(made, pd.Series(row._asdict()))


def test_a_place_has_one_interval_everywhere_the_bulletins_and_a_wide_one_is_not_told(content, unit_id):
    wide = {"rank": 56, "rank_low": 2, "rank_high": 85, "rank_low_posterior": 13, "rank_high_posterior": 82}
    made = sure_of(content, unit_id, verdict="indistinct", **wide, p_good=0.6, p_pass=0.4)
    (row,) = made.own("certainty", unit_id)
    told = sure_words(made, pd.Series(row._asdict()))
    assert told.startswith("单看本月，位次第56，等次尚不能确认；考虑偶然因素后，")
    body = str(feedback_body(made, unit_id))
    # A span of nearly all places says nothing, and beside a likely tier it reads like a contradiction.
    assert "等次尚不能确认，最可能为良好（60%）" in body and "区间2–85" not in body and "位次区间，虚线" not in body
    assert not re.search(r"第13(?!\d)|第82(?!\d)|13–82", body)  # the narrower span holds on average alone
    sure = made.tables["certainty"].assign(p_good=0.007, p_excellent=0.993, p_pass=0.0)
    body = str(feedback_body(replace(made, tables=made.tables | {"certainty": sure}), unit_id))
    assert "位次区间第2至第85位</strong>" in body and not re.search(r"第13(?!\d)|第82(?!\d)", body)


def stood_before(content, unit_id, indicator_id: str, method: str, now: float, **then) -> str:
    """What the page says that the sheet of the month before held, of an indicator of a method whose score is `now`."""
    method = next(each.method for each in content.policy.indicators if each.method.name == method)
    indicators = tuple(
        each.model_copy(update={"method": method, "unit": "分"}) if each.id == indicator_id else each
        for each in content.policy.indicators
    )
    rows = content.table("indicator_scores")
    is_own = (rows["unit_id"] == unit_id) & (rows["indicator_id"] == indicator_id)
    before = rows[is_own].assign(**{"period": "2026-09", "first_period": "2026-09", "n_measurements": 1} | then)
    rows = rows.assign(score=rows["score"].mask(is_own, now))
    made = replace(content, tables=content.tables | {"indicator_scores": rows}, marks_before=before)
    shown = lost_points_table(replace(made, policy=replace(content.policy, indicators=indicators)), unit_id)
    (cells,) = [cells for cells in shown.cells if cells[0] == content.names[indicator_id]]
    return "".join(re.findall("；?(上月.*)$", cells[shown.heads.index("数据依据")]))


@pytest.mark.parametrize(
    ("method", "now", "then", "told"),
    [
        ("state", 60.0, {"score": 100.0, "value": 100.0}, "上月：全部公布"),
        ("state", 60.0, {"score": 0.0, "value": 0.0}, ""),  # it rose
        ("quoted", 60.0, {"score": 83.0, "value": 16.6}, "上月：16.6分"),
        ("quoted", 60.0, {"score": 83.0, "value": 16.6, "n_measurements": 2}, ""),
        ("points", 60.0, {"score": 83.0, "value": 83.0}, ""),  # its own column says it
    ],
)
def test_of_an_indicator_that_fell_the_page_says_what_the_sheet_held_before(content, unit_id, method, now, then, told):
    assert stood_before(content, unit_id, LOST[0], method, now, **then) == told


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ({"first_period": "2026-09"}, "上月：应填报人日 1298、实填报人日 1243"),
        ({"first_period": "2026-07"}, ""),  # a rate over several months is no count of one
        ({"numerator": float("nan")}, ""),
    ],
)
def test_of_a_rate_that_fell_the_page_says_both_counts_of_the_month_before(content, unit_id, then, told):
    then = {"score": 95.76, "numerator": 1243.0, "denominator": 1298.0} | then
    assert stood_before(content, unit_id, LOST[1], "ratio", 60.0, **then) == told


def test_each_lost_point_has_its_weight_and_last_months_score(content, unit_id, policy):
    before = content.table("indicator_scores").assign(score=71.23, period="2026-09")
    before.loc[before["unit_id"] != unit_id, "score"] = 64.56
    before.loc[before["indicator_id"] == LOST[1], "weight"] = 0.0  # what did not count then has no score of then
    shown = str(lost_points_table(replace(content, marks_before=before), unit_id))
    assert "失分＝（100－得分）×权重%" in shown
    rows = shown.split("<tr>")[2:]
    shown = {i: next(row for row in rows if f">{content.names[i]}<" in row) for i in LOST}
    assert "5.00" in shown[LOST[0]] and "71.23" in shown[LOST[0]]
    assert "71.23" not in shown[LOST[1]] and "64.56" not in "".join(rows)


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (
            (821, 40, 68.42),
            (864, 24, 100.0),
            "工作量由821变为864，在编人数由40变为24，人均由20.53变为36.00，主要由于在编人数减少。",
        ),
        ((900, 30, 60.0), (1200, 30, 80.0), "人均由30.00变为40.00，主要由于工作量增加。"),
        (
            (900, 30, 80.0),
            (900, 30, 70.0),
            "工作量900未变，在编人数30未变，人均30.00未变，主要由于同类单位人均中位数上升。",
        ),
        ((900, 30, 100.0), (900, 30, 70.0), "人均30.00未变。"),  # at the cap the median does not show
        ((float("nan"), 30, 80.0), (900, 30, 70.0), ""),
    ],
)
def test_a_change_of_how_busy_a_unit_is_says_what_it_comes_from(content, unit_id, then, now, told):
    """A head read +3.03 and could not tell work from a wrong head count."""
    (busy,) = content.policy.relative_indicators

    def of(frame, figures):
        is_own = (frame["unit_id"] == unit_id) & (frame["indicator_id"] == busy)
        values = dict(zip(("numerator", "denominator", "score"), figures, strict=True)) | {
            "value": figures[0] / figures[1]
        }
        return frame.assign(**{name: frame[name].mask(is_own, value) for name, value in values.items()})

    rows, parts = content.table("indicator_scores"), content.table("change_parts").assign(indicator_id=busy)
    tables = content.tables | {"indicator_scores": of(rows, now), "change_parts": parts}
    made = replace(content, tables=tables, marks_before=of(rows, then).assign(period="2026-09"))
    words = "".join(change_words(made, unit_id))
    assert told in words and (f"。{content.names[busy]}：" in words) is bool(told)
    still = replace(made, tables=tables | {"change_parts": parts.assign(indicator_id="common-01")})
    assert "人均" not in "".join(change_words(still, unit_id))
    # Of points that may be another's the counts stand, and no cause.
    asked = doubted(made, unit_id)
    assert "主要由于" not in "".join(change_words(asked, unit_id))
    assert (f"{content.names[busy]}：" in "".join(change_words(asked, unit_id))) is bool(told)


def test_indicators_new_and_gone_explain_what_coverage_moved(content, unit_id):
    before = content.table("indicator_scores").assign(period="2026-09")
    before = before[before["indicator_id"] != LOST[0]]
    gone = before[before["indicator_id"] == LOST[1]].assign(indicator_id="common-02")
    made = told_of(content, unit_id, "trends", coverage=-0.4)
    made = replace(made, marks_before=pd.concat([before, gone]))
    said = change_words(made, unit_id)[-1]
    new, old = content.names[LOST[0]], content.names["common-02"]
    assert said == f"可计指标及权重变化−0.40分：本月新计分的指标有{new}；本月没有数据的指标有{old}。"
    unmoved = replace(content, marks_before=made.marks_before)
    assert not [each for each in change_words(unmoved, unit_id) if "可计指标及权重变化" in each]


def test_a_whole_channel_that_comes_or_goes_is_told_with_its_weight(content, unit_id, policy):
    (task,) = [each.id for each in policy.indicators if each.id == "individual-02"]
    gone = content.table("indicator_scores").iloc[:1].assign(unit_id=unit_id, indicator_id=task, weight=30.0)
    before = pd.concat([content.table("indicator_scores"), gone])
    made = replace(told_of(content, unit_id, "trends", coverage=0.7), marks_before=before.assign(period="2026-09"))
    short = policy.names["key_work.short"]
    said = f"可计指标及权重变化+0.70分：{short}渠道（权重30%）本月没有数据，其权重转给其余渠道。"
    assert change_words(made, unit_id)[-1] == said
    rows = content.tables["indicator_scores"]
    now = replace(made, tables=made.tables | {"indicator_scores": pd.concat([rows, gone])})
    now = replace(now, marks_before=rows.assign(period="2026-09"))
    assert f"{short}渠道（权重30%）上月没有数据、本月计分" in change_words(now, unit_id)[-1]


def test_bonus_and_deductions_of_both_months_explain_what_they_moved(content, unit_id):
    row = content.tables["adjustments"].iloc[0].to_dict() | {"unit_id": unit_id, "kind": "bonus", "points": 0.8}
    last = row | {"period": "2026-09", "reason": "获省级以上表彰", "document": "某办〔2026〕34号"}
    made = told_of(content, unit_id, "trends", adjustments=-0.8)
    made = replace(made, adjustments=pd.DataFrame([last]))
    said = "加减分−0.80分：上月加分0.80分（获省级以上表彰，某办〔2026〕34号），本月没有加分、扣分。"
    assert change_words(made, unit_id)[-1] == said


def test_a_tier_that_a_veto_decided_names_month_reason_and_document(content, unit_id):
    row = content.tables["adjustments"].iloc[0].to_dict() | {"unit_id": unit_id, "kind": "veto", "points": float("nan")}
    veto = row | {
        "period": "2026-09",
        "reason": "发生较大责任事件",
        "document": "某办〔2026〕21号",
        "date": "2026-09-24",
    }
    ruled = SAFE | {"tier_by_score": "excellent"}
    made = replace(year_of(content, unit_id, {}, **ruled), adjustments=pd.DataFrame([veto]))
    assert (
        "等次良好（按得分为优秀；2026年9月一票否优：发生较大责任事件（某办〔2026〕21号，2026年9月24日）；"
        "一票否优限制当月和所在年度的等次，最高为良好）。"
    ) in year_words(made, unit_id)
    # Of the month itself another month's veto decides nothing, a judgement of the year so far neither.
    others = pd.DataFrame([veto, row | {"kind": "judgement", "scope": "ytd", "reason": "年度的"}])
    told = ruled_words(replace(content, adjustments=others), unit_id, "month")
    assert "较大" not in told and "年度的" not in told
    assert "年度的" in ruled_words(replace(content, adjustments=others), unit_id, "ytd")


def test_weights_of_the_month_stand_beside_those_ruled_with_reason_and_document(content, unit_id, policy):
    first, *_, last = policy.channel_ids
    rows = content.tables["channel_scores"].copy()
    own = rows["unit_id"] == unit_id
    rows.loc[own, ["policy_weight", "weight"]] = [20.0, 25.0]
    rows.loc[own & (rows["channel"] == last), "weight"] = 0.0
    made = replace(content, tables=content.tables | {"channel_scores": rows})
    short = {channel: policy.names[f"{channel}.short"] for channel in policy.channel_ids}
    (told,) = weight_words(made, unit_id)
    assert told.startswith(f"本月渠道权重：{short[first]}25%") and f"规定权重：{short[first]}20%" in told
    assert f"{short[last]}本月无数据，权重按比例分给其余渠道。" in told
    rule = ChannelWeights(
        **{"from": "2026-05"}, unit=unit_id, reason="承担专项任务", document="某办发〔2026〕5号", weights={first: 100}
    )
    ruled = replace(made, policy=replace(policy, channel_rules={**policy.channel_rules, unit_id: rule}))
    assert "规定权重自2026年5月起调整，原因：承担专项任务（某办发〔2026〕5号）。" in weight_words(ruled, unit_id)[0]
    (plain,) = weight_words(content, policy.unit_ids[0])  # as the base has it, all channels with data
    assert plain.startswith("本月渠道权重") and "规定权重" not in plain


def test_tasks_stand_by_date_lead_to_their_rows_and_say_where_papers_go(content, unit_id):
    made = replace(content)
    days = {"watch": date(2026, 11, 20), "dunned": date(2026, 11, 6), "interview": date(2026, 1, 23)}
    made.__dict__["tasks"] = {unit_id: [Task(kind, day, unit_id) for kind, day in days.items()]}
    body = str(feedback_body(made, unit_id))
    shown = re.search(r"<caption>须办事项(.*?)</table>", body, re.DOTALL)[1]
    assert f"书面材料报{content.policy.district.office}" in shown
    assert re.findall(r'href="#(\w+)"', shown) == ["measures", "items", "watch"]
    assert all(f'id="{place}"' in body for place in ("measures", "items", "watch", "object"))
    assert "<td>1月23日（时限已过）</td>" in shown and shown.count("（时限已过）") == 1
    # The right to object is nothing that must be done: a sentence, wherever its day lies.
    assert "异议" not in shown and "有异议的，请于11月11日（含当日）前提出（见" in body


@pytest.mark.parametrize(("window", "clean", "month"), [(3, 0, "2027年1月"), (6, 0, "2027年4月"), (6, 2, "2027年2月")])
def test_what_is_met_over_a_longer_window_is_met_until_its_bad_month_has_left_it(policy, unit_id, window, clean, month):
    told = {"reason": "on_time", "rule": "R9", "since": "2026-09", "last_met": "2026-10", "first_period": "2026-08"}
    numbers = {"value": 90.0, "threshold": 92.0, "n_cases": 50, "low_pct": 78.6, "high_pct": 95.7, "p_value": 0.00004}
    row = {"period": PERIOD, "unit_id": unit_id, "is_met": True, "n_clean_months": clean} | told | numbers
    longer = replace(policy, watch=policy.watch.model_copy(update={"window_months": window}))
    assert watch_words(make_content(longer, watch_list=pd.DataFrame([row])), unit_id)[0].endswith(f"，最早为{month}。")


@pytest.mark.parametrize(("clean", "month"), [(0, "2027年1月"), (2, "2026年11月"), (5, "2026年11月")])
def test_a_listed_unit_reads_in_which_month_it_can_leave_at_the_earliest(policy, unit_id, clean, month):
    told = {"reason": "on_time", "rule": "R9", "since": "2026-09", "last_met": "2026-10", "first_period": "2026-08"}
    numbers = {"value": 90.0, "threshold": 92.0, "n_cases": 50, "low_pct": 78.6, "high_pct": 95.7, "p_value": 0.00004}
    row = {"period": PERIOD, "unit_id": unit_id, "is_met": True, "n_clean_months": clean} | told | numbers
    listed = make_content(policy, watch_list=pd.DataFrame([row]), consequences=TABLES["consequences"].empty())
    told = feedback_body(listed, unit_id).partition("、结果运用</h2>")[2].partition("<h2")[0]
    assert "本单位2026年9月起列入监管异常名录。" in told and f"），最早为{month}。" in told
    assert "<p>最近三个月（8月至10月）到期50件，" in told
    assert "除列入监管异常名录外，本单位没有" in told and "<p>本单位没有" not in told  # on the list is not nothing


def test_where_nothing_is_to_be_listed_a_sentence_says_so(policy, content, unit_id):
    tables = ("ledger", "consequences")
    bare = make_content(policy, **{name: TABLES[name].empty() for name in tables})
    body = feedback_body(bare, unit_id)
    for sentence, there in (
        ("本单位没有整改事项。", "整改台账"),
        ("本单位没有现行结果运用措施。", "本单位现行结果运用措施（"),
    ):
        assert sentence in body and there not in body
        assert sentence not in feedback_body(content, unit_id) and there in feedback_body(content, unit_id)


def test_the_form_to_object_is_filled_in_and_stands_on_a_sheet_of_its_own(content, unit_id):
    body = str(feedback_body(content, unit_id))
    (row,) = content.own("unit_scores", unit_id)
    (form,) = re.findall(r'<table class="form">.*?</table>', body, re.DOTALL)
    losses = {f"□{content.names[r.indicator_id]}{r.score:.2f}分" for r in content.losses[unit_id]}
    taken = {
        f"□扣分（{r.reason}）{r.points:.2f}分" for r in content.own("adjustments", unit_id) if r.kind == "deduction"
    }
    assert (
        losses and taken and {*re.findall("<span>(.*?)</span>", form)} == losses | taken | {"□其他（未列出的也可提出）"}
    )
    for told in (
        f"<td>{content.names[unit_id]}</td>",
        "<td>2026年10月，第1版（征求意见稿）</td>",
        f"<td>{row.total:.2f}分，{content.names[row.tier]}，第{row.rank}位</td>",
        f"<td>{content.policy.district.objection.contact}，2026年11月11日（含当日）止</td>",
    ):
        assert told in form
    assert '<h2 id="object" class="page-break">' in body
    final = replace(content, edition=replace(content.edition, state="final"))
    assert "page-break" not in feedback_body(final, unit_id)


def test_a_unit_may_object_to_what_cost_it_nothing(content, unit_id):
    """A doubtful value that cost no point was no line of the form."""
    rows = content.tables["indicator_scores"]
    own = (rows["unit_id"] == unit_id) & (rows["indicator_id"] == "common-08")
    uncounted = (rows["unit_id"] == unit_id) & (rows["indicator_id"] == "common-10")
    rows = rows.assign(score=rows["score"].mask(own, 100.0), weight=rows["weight"].mask(uncounted, 0.0))
    made = replace(content, tables=content.tables | {"indicator_scores": rows})
    body, name = str(feedback_body(made, unit_id)), content.names["common-08"]
    assert (
        f"<span>□{name}100.00分</span>" in body and content.names["common-10"] not in body.partition("考评结果异议")[2]
    )
    assert "没有失分的指标也可提出。" in body
    assert [row.indicator_id for row in objectionable(made, unit_id)] == ["common-01", "common-06", "common-08"]


def test_drawings_have_their_finding_as_title(content, unit_id):
    (row,) = content.own("unit_scores", unit_id)
    body = str(feedback_body(content, unit_id))
    name, peers = content.peers(unit_id)
    titles = re.findall(r"<figcaption><strong>(.*?)</strong>", body)
    assert f"得分在{name}{len(peers)}个单位中居第{row.group_rank}位" in titles
    gap = round(row.total - content.means[PERIOD], 2)
    assert f"本月{'高于' if gap > 0 else '低于'}全区平均{abs(gap):.2f}分" in titles
    low = told_of(content, unit_id, "channel_scores", score=0.0)
    assert any(
        re.match(f"与{name}单位相比，.*偏低$", each)
        for each in re.findall(r"<strong>(.*?)</strong>", str(feedback_body(low, unit_id)))
    )


def test_of_few_peers_nothing_is_said_of_a_middle_half(content, unit_id):
    few = replace(content, rules=content.rules.model_copy(update={"minimum_group": 1000}))
    body = str(feedback_body(few, unit_id))
    assert "<strong>各考核渠道得分</strong>" in body and "中间一半单位的范围内" not in body


@pytest.mark.parametrize(
    ("total", "margin", "n_months", "told"),
    [
        (
            88.12,
            2.0,
            10,
            "。其余约0.58分须由2026年11月起的得分补足，各月没有加分、扣分的，大体每月须得93.02分："
            "累计88.12分，加上述少失的1.42分，加3.48分（其余约0.58分，按12个月分到余下2个月）。",
        ),
        (
            88.12,
            2.0,
            4,
            "大体每月须得91.28分：累计88.12分，加上述少失的1.42分，加1.74分（其余约0.58分，按6个月分到余下2个月）。",
        ),  # a year that began in July has six months
        (
            88.12,
            9.0,
            10,
            "大体每月须得135.02分，超过满分，实际难以补足：累计88.12分，加上述少失的1.42分，加45.48分（其余约7.58分，按12个月分到余下2个月）。",
        ),
        (
            94.9,
            2.0,
            10,
            "大体每月须得99.80分，高于本月各单位的得分，难以补足："
            "累计94.90分，加上述少失的1.42分，加3.48分（其余约0.58分，按12个月分到余下2个月）。",
        ),
        (88.12, -3.2, 10, ""),  # listed by a judgement: no points lift it
    ],
)
def test_what_is_left_is_told_with_how_much_a_month_that_is(content, unit_id, total, margin, n_months, told):
    state = next(each for each in content.policy.indicators if each.over_year == "latest" and each.method.states)
    listed = SAFE | {"is_interview": True, "total": total, "n_months": n_months}
    verdict = {"margin_interview_points": margin, "p_interview": 0.64}
    made = year_of(year_scores_of(content, unit_id, weight=7.5), unit_id, verdict, **listed)
    made = with_one_loss(made, state.id)
    words = tell_levers(made, unit_id)
    assert f"{max(made.totals.values()):.2f}" not in words  # another unit's score (S23)
    assert words.endswith(told) and ("须由" in words) == bool(told) and "-" not in words


@pytest.mark.parametrize(
    ("deductions", "bonus", "need", "named"),
    [
        (0.3, 0.0, "89.38", "扣分前"),
        (0.0, 0.5, "88.58", "加分前"),
        (0.3, 0.5, "88.88", "加分、扣分前"),
        (0.0, 0.0, "89.08", ""),
    ],
)
def test_a_month_to_come_is_measured_against_the_year_before_what_counts_once(
    content, unit_id, deductions, bonus, need, named
):
    """A unit that reached what its page asked for, the deductions spread over the months, was listed all the same."""
    state = next(each for each in content.policy.indicators if each.over_year == "latest" and each.method.states)
    listed = SAFE | {"is_interview": True, "total": 87.18, "n_months": 10}
    verdict = {"margin_interview_points": 1.50, "p_interview": 0.5}
    made = year_of(year_scores_of(content, unit_id, weight=7.5), unit_id, verdict, **listed)
    made = with_one_loss(made, state.id)  # brings 1.42 back, so that 0.08 are left for two months of twelve
    rows = made.tables["unit_scores"]
    own = rows[rows["unit_id"] == unit_id].assign(scope="ytd", deductions=deductions, bonus=bonus)
    made = replace(made, tables=made.tables | {"unit_scores": pd.concat([rows, own], ignore_index=True)})
    told = tell_levers(made, unit_id)
    before = 87.18 + deductions - bonus
    assert (
        f"大体每月须得{need}分：累计{named}{before:.2f}分，加上述少失的1.42分，加0.48分（其余约0.08分，按12个月" in told
    )
    # The latest state counts for all ten months; two as asked for, with what was given and taken: the line.
    restored = 87.18 + deductions - bonus + 1.42
    assert round((10 * restored + 2 * float(need)) / 12 + bonus - deductions, 2) == round(87.18 + 1.50, 2)


@pytest.mark.parametrize(
    ("deductions", "margin", "told"),
    [
        (2.5, 2.33, "年度累计已计扣分2.50分（超过所需的2.33分）。"),
        (0.3, 0.38, "年度累计已计扣分0.30分。"),
        (0.5, -3.2, "年度累计已计扣分0.50分。"),  # listed by a judgement: nothing is missing
        (0.0, 2.0, ""),
    ],
)
def test_a_listed_unit_first_reads_what_was_deducted_and_whether_that_alone_lists_it(
    content, unit_id, deductions, margin, told
):
    made = year_of(content, unit_id, {"margin_interview_points": margin}, **SAFE | {"is_interview": True})
    units = made.tables["unit_scores"]
    own = units[units["unit_id"] == unit_id].assign(scope="ytd", deductions=deductions)
    made = replace(made, tables=made.tables | {"unit_scores": pd.concat([units[units["scope"] != "ytd"], own])})
    assert way_out(made, unit_id) == [told] * bool(told)
    # What was deducted leads to what would bring points back, and is no paragraph of its own.
    gap = {"margin_interview_points": margin}
    state = next(each for each in content.policy.indicators if each.over_year == "latest" and each.method.states)
    other = year_of(year_scores_of(made, unit_id, weight=7.5), unit_id, gap, **SAFE | {"is_interview": True})
    other = with_one_loss(other, state.id)
    levers = lever_steps(other, unit_id)
    assert levers and way_out(other, unit_id) == [told + levers[0], *levers[1:]]
    spared = year_of(made, unit_id, {"margin_interview_points": -1.0}, **SAFE)
    assert way_out(spared, unit_id) == []


@pytest.mark.parametrize(("others", "told"), [([91.0, 86.94], "（本单位近两个月最高91.00分，含加减分）"), ([], "")])
def test_beside_the_points_that_each_month_needs_stands_the_best_month_that_the_unit_had(
    content, unit_id, others, told
):
    """97 points a month stood without a word to a head whose best month of a year had been 87."""
    state = next(each for each in content.policy.indicators if each.over_year == "latest" and each.method.states)
    gap = {"margin_interview_points": 2.0}
    made = year_of(
        year_scores_of(content, unit_id, weight=7.5), unit_id, gap, **SAFE | {"is_interview": True, "n_months": 10}
    )
    made = with_one_loss(made, state.id)
    made.__dict__["course"] = {unit_id: {f"2026-{9 - n:02}": total for n, total in enumerate([*others, float("nan")])}}
    assert f"大体每月须得93.02分{told}：累计" in "".join(way_out(made, unit_id))


def test_a_unit_reads_that_tiers_are_shares_of_all_or_of_its_group_and_nothing_of_shares_where_lines_count_too(
    content, unit_id
):
    """Heads asked why they were in the last tier: about a tenth of the units is, whatever they score."""
    (row,) = content.units[content.units["unit_id"] == unit_id].itertuples()
    grading, last = content.policy.grading, content.policy.grading.tiers[-1]
    shares = "、".join(f"{content.names[tier]}{share:g}%" for tier, share in grading.quotas.items())
    count = (content.units["tier"] == last).sum()

    def said(**rules):
        other = grading.model_copy(update=rules)
        return margin_words(replace(content, policy=replace(content.policy, grading=other)), unit_id, row)[0]

    assert said().endswith(f"等次按名额比例（{shares}）评定，本月全区{content.names[last]}{count}个。")
    assert said(tier_scope="group").endswith(f"等次在同类单位内按名额比例（{shares}）评定。")
    assert "名额" not in said(lines={grading.tiers[0]: 90.0}) and "名额" not in said(quotas={})
