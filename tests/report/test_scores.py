"""Totals and tiers in words, the table and the figure: who is where, and by which rules."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.report.page.assets import asset
from analysis.report.page.charts import plt
from analysis.report.page.pieces import gap_dot
from analysis.report.page.sanitise import clean_html
from analysis.report.page.theme import figure_svg, use_theme
from analysis.report.scores import (
    quota_reasons,
    quota_words,
    standing_figure,
    standing_finding,
    standing_rows,
    standing_table,
    standing_title,
    tell_ties,
    tier_kpi,
    tier_rule,
    tier_table,
)

BOOK = load_policy(Path(__file__).resolve().parents[2])
NAMES, GRADING = BOOK.names, BOOK.at("2026-10").grading
OTHERS = NAMES | {"excellent": "甲等", "good": "乙等", "pass": "丙等", "fail": "丁等"}


def units(*rows):
    """Units of one scope: (total, tier, reason)."""
    table = pd.DataFrame(rows, columns=["total", "tier", "tier_reason"])
    table = table.assign(unit_id=[f"D{n:02d}" for n in range(1, len(rows) + 1)], tier_by_score=table["tier"])
    return table.assign(
        rank=range(1, len(rows) + 1), is_tied=False, is_provisional=False, group="economy", group_rank=1
    )


@pytest.mark.parametrize(
    ("keys", "lines", "told"),
    [
        (("workload_per_head", "key_work_score", "deductions"), ("down", "up", "up"),
         "依次比较人均工作量、重点工作得分、扣分，仍相同的在甲等线就低、其余就高（S6）。"),
        (("deductions",), ("down", "down", "up"), "依次比较扣分，仍相同的在甲等、乙等线就低、其余就高（S6）。"),
        ((), ("up", "up", "up"), "同分跨线的，就高（S6）。"),
        ((), ("down", "down", "down"), "同分跨线的，就低（S6）。"),
    ],
)  # fmt: skip
def test_the_rule_of_tiers_has_keys_and_lines_of_the_policy(keys, lines, told):
    at_line = dict(zip(("excellent", "good", "pass"), lines, strict=True))
    assert tier_rule(GRADING.model_copy(update={"tie_keys": keys, "tie_at_line": at_line}), OTHERS).endswith(told)


NAN = float("nan")
DOWN = ("good", "tie_down")
FIRST, SECOND = ("excellent", "tie_key"), ("good", "tie_key")


def tied(*rows) -> pd.DataFrame:
    """Units with one score: (tier, reason, workload a head, score of key work, deductions), the last one apart."""
    columns = ["tier", "tier_reason", "workload_per_head", "key_work_score", "deductions"]
    keys = pd.DataFrame([*rows, ("fail", "", 1.0, 1.0, 0.0)], columns=columns)
    totals = [90.0] * len(rows) + [70.0]
    return units(*zip(totals, keys["tier"], keys["tier_reason"], strict=True)).assign(**keys[columns[2:]])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([(*DOWN, 20.0, 90.0, 0.0), (*DOWN, 20.0, 90.0, 0.0)],
         "甲、乙同为90.00分且跨甲等线，人均工作量、重点工作得分、扣分都相同，就低评为乙等"),
        ([("good", "tie_up", 20.0, NAN, 0.0), ("good", "tie_up", 20.0, 90.0, 0.0)],
         "甲、乙同为90.00分且跨乙等线，人均工作量相同，重点工作得分有缺项、不比较，扣分相同，就高评为乙等"),
        ([(*SECOND, 20.0, NAN, 0.0), (*FIRST, 21.5, 90.0, 0.0)],
         "甲、乙同为90.00分且跨甲等线，人均工作量高者优先：乙（21.50）评为甲等，甲（20.00）评为乙等"),
        ([(*SECOND, 20.0, 90.0, 0.8), (*FIRST, 20.0, 90.0, 0.3)],
         "甲、乙同为90.00分且跨甲等线，人均工作量、重点工作得分都相同，扣分少者优先：乙（0.30）评为甲等，甲（0.80）评为乙等"),
        ([(*SECOND, 20.001, 90.0, 0.0), (*FIRST, 20.004, 80.0, 0.0)],
         "甲、乙同为90.00分且跨甲等线，人均工作量高者优先：乙（20.004）评为甲等，甲（20.001）评为乙等"),
        ([(*FIRST, 30.0, 90.0, 0.0), (*DOWN, 20.0, 90.0, 0.0), (*DOWN, 20.0, 90.0, 0.0)],
         "甲、乙、丙同为90.00分且跨甲等线，人均工作量高者优先，重点工作得分、扣分都相同："
         "甲（30.00）评为甲等，乙（20.00）、丙（20.00）就低评为乙等"),
        ([(*FIRST, 30.0, 90.0, 0.0), (*FIRST, 20.0, 95.0, 0.0), (*SECOND, 20.0, 90.0, 0.0)],
         "甲、乙、丙同为90.00分且跨甲等线，人均工作量、重点工作得分依次高者优先："
         "甲（30.00、90.00）、乙（20.00、95.00）评为甲等，丙（20.00、90.00）评为乙等"),
        ([("good", "judgement", 20.0, 90.0, 0.0), (*FIRST, 21.0, 90.0, 0.0)],
         "甲、乙同为90.00分且跨甲等线，人均工作量高者优先：乙（21.00）评为甲等，甲（20.00）评为乙等"),
    ],
)  # fmt: skip
def test_a_tie_is_told_with_the_keys_that_were_compared_and_the_one_that_decided(rows, told):
    names = OTHERS | {"D01": "甲", "D02": "乙", "D03": "丙", "D04": "丁"}
    found = standing_finding(tied(*rows), GRADING, names)
    assert found.endswith(f"丁等1个。{told}（S6）。")


def test_keys_and_their_order_are_the_policys():
    names, table = OTHERS | {"D01": "甲", "D02": "乙"}, tied((*SECOND, 30.0, 90.0, 0.8), (*FIRST, 20.0, 90.0, 0.3))
    told = tell_ties(table, GRADING.model_copy(update={"tie_keys": ("deductions", "workload_per_head")}), names)
    assert told == "甲、乙同为90.00分且跨甲等线，扣分少者优先：乙（0.30）评为甲等，甲（0.80）评为乙等（S6）。"
    alike = table.assign(tier="good", tier_by_score="good", tier_reason=["tie_down", "tie_down", ""])
    told = tell_ties(alike, GRADING.model_copy(update={"tie_keys": ()}), names)
    assert told == "甲、乙同为90.00分且跨甲等线，就低评为乙等（S6）。"


def test_why_a_tier_has_other_numbers_than_its_quota_is_told_without_a_name():
    quotas = dict(zip(GRADING.tiers, (20, 30, 30, 20), strict=True))
    grading = GRADING.model_copy(update={"quotas": quotas})
    rows = [(98.0, "excellent", ""), *[(90.0, *DOWN)] * 2, (89.0, "good", ""), (88.0, "good", "")]
    rows += [(80.0 - n, "pass", "") for n in range(3)] + [(60.0 - n, "fail", "") for n in range(2)]
    first, second = (OTHERS[tier] for tier in GRADING.tiers[:2])
    told = quota_reasons(units(*rows), grading, OTHERS)
    assert told == f"按比例{first}2个、{second}3个，实有数不同：2个单位同分且跨{first}线，就低评为{second}（S6）。"
    assert quota_reasons(units(rows[0], rows[0], rows[3], *rows[3:]), grading, OTHERS) == ""
    vetoed = units((98.0, "excellent", ""), (97.0, "good", "veto"), *rows[3:], (85.0, "good", ""))
    assert quota_reasons(vetoed, grading, OTHERS).endswith("实有数不同：1个单位一票否优（S6）。")
    assert quota_reasons(units(*rows), grading.model_copy(update={"quotas": {}}), OTHERS) == ""


def test_a_month_without_ties_tells_of_none():
    table = units((90.0, "good", ""), (90.0, "good", ""), (80.0, "pass", "line"))
    assert tell_ties(table, GRADING, NAMES) == ""


def test_a_note_says_why_and_where_with_the_policys_words():
    table = units((90.0, "good", "tie_key"), (80.0, "good", ""), (np.nan, "", "")).assign(
        is_bottom_five=[False, True, False]
    )
    trends = pd.DataFrame(columns=["unit_id", "level", "basis", "change", "rank_change"])
    sure = pd.DataFrame(columns=["unit_id", "rank_low", "rank_high", "verdict"])
    grading = GRADING.model_copy(update={"tie_keys": ("deductions",), "bottom_places": 3})
    rows = [("D01", name, 90.0) for name in NAMES.channels]
    wide = pd.DataFrame(rows, columns=["unit_id", "channel", "score"])
    notes = standing_rows(table, wide, trends, sure, table.assign(period="2026-10"), grading, NAMES)["notes"].tolist()
    assert notes == ["同分，按扣分等次序分出", "后三名", "无数据"]


def standing(totals: dict[str, list[float]], verdict: str = "stable", yoy: float = 1.0) -> pd.DataFrame:
    """Rows of the table of all units: unit → its totals of the months."""
    usual = {
        "rank": 1,
        "rank_low": 1.0,
        "rank_high": 2.0,
        "total": 90.0,
        "tier": "good",
        "verdict": verdict,
        "notes": "",
    }
    usual |= {"group_name": "经济", "group_rank": 1, "channel_scores": [90.0] * 4, "channel_gaps": [0.0] * 4}
    usual |= {"mom": 0.1, "yoy": yoy}
    return pd.DataFrame([usual | {"name": unit, "course": np.array(course)} for unit, course in totals.items()])


def test_each_unit_has_a_line_of_its_months_and_all_lines_have_one_scale():
    shown = standing_table(standing({"甲局": [80.0, 90.0], "乙局": [84.0, 86.0], "丙局": [np.nan, 85.0]}), NAMES)
    assert "走势" in shown.heads
    lines = re.findall(r'<polyline points="([^"]*)"', shown)
    assert lines == ["2,17 6,1", "2,11 6,7"]  # ±5 fill the height, ±1 a fifth of it; one month is no line
    assert shown.cells[2][shown.heads.index("走势")] == "—"


def test_paper_that_hides_the_dots_does_not_explain_them():
    shown = standing_table(standing({"甲局": [80.0, 90.0], "乙局": [84.0, 86.0]}), NAMES)
    css = asset("page.css")
    (hidden,) = re.findall(r"([^{}]*\.dot\b[^{}]*)\{\s*display:\s*none", css)
    assert ".spark" not in hidden and "caption .dots" in hidden
    (explained,) = re.findall(r'<span class="dots">(.*?)</span>', shown)
    assert "圆点" in explained and shown.count("圆点") == 1 and "圆点" in shown.caption


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({}, set()),
        ({"verdict": "withheld"}, {"区间", "把握"}),
        ({"verdict": "indistinct"}, {"把握"}),  # where all are alike, a sentence says it
        ({"yoy": np.nan}, {"同比"}),
        ({"totals": {"甲局": [90.0]}}, {"走势", "类别", "组内", "把握"}),
    ],
)
def test_a_column_in_which_nothing_can_stand_is_left_out(told, missing):
    whole = {"区间", "把握", "同比", "走势", "类别", "组内"}
    rows = standing(**{"totals": {"甲局": [80.0, 90.0], "乙镇": [80.0, 90.0]}} | told)
    if "verdict" not in told:
        rows["verdict"] = ["stable", "indistinct"][: len(rows)]
    shown = standing_table(rows.assign(group_name=rows["name"]), NAMES)
    heads = set(shown.heads)
    assert whole - heads == missing
    assert {head for head in ("区间", "同比", "走势") if head in shown.caption} == {"区间", "同比", "走势"} & heads


def ranked(count: int) -> pd.DataFrame:
    """Units of two groups, a point apart, the best first."""
    ids = list(NAMES.keys() & {unit.id for unit in BOOK.units.units})
    return units(*[(90.0 - place, "good", "") for place in range(count)]).assign(
        unit_id=sorted(ids)[:count], group=["economy", "town"] * (count // 2) + ["economy"] * (count % 2)
    )


@pytest.mark.parametrize(("width", "shown"), [(9.0, (0, 1, 4, 5)), (3.4, (0, 5))])
def test_the_figure_names_who_stands_at_its_ends_and_every_dot_has_its_name(width, shown):
    use_theme()
    table = ranked(6)
    groups = [group for group in BOOK.units.groups if group.id in ("economy", "town")]
    figure = standing_figure(table, groups, NAMES, width)
    texts = {text.get_text() for text in figure.axes[0].texts}
    names = [NAMES[unit] for unit in table["unit_id"]]
    assert {name for name in names if name in texts} == {names[place] for place in shown}
    svg = clean_html(figure_svg(figure))
    dots = set(re.findall(r'data-name="([^"]*)"', svg))
    assert dots == {f"{name} {90.0 - place:.2f}" for place, name in enumerate(names)}
    assert "<a " not in svg


def test_whoever_sees_no_colour_knows_the_last_tier_by_its_mark():
    use_theme()
    table = ranked(6)
    table.loc[table.index[-2:], "tier"] = NAMES.tiers[-1]
    figure = standing_figure(table, BOOK.units.groups, NAMES, 9.0)
    shapes = [(len(marks.get_offsets()), len(marks.get_paths()[0].vertices)) for marks in figure.axes[0].collections]
    plt.close(figure)
    (round_,) = {n for count, n in shapes if count == 4 or n > 5}
    assert sum(count for count, n in shapes if n == round_) == 4
    assert sum(count for count, n in shapes if n < round_) == 2


def test_one_unit_alone_stands_at_no_end():
    use_theme()
    figure = standing_figure(ranked(1), BOOK.units.groups, NAMES, 9.0)
    assert list(figure.axes[0].texts) == []
    plt.close(figure)


def test_the_table_of_tiers_has_quota_line_and_counts():
    page = str(tier_table(units(*[(90.0 - n, "good", "") for n in range(10)]), GRADING, OTHERS))
    assert "乙等" in page and ">50%<" in page and ">81.00<" in page and ">10<" in page


def test_the_scores_ends_are_named_in_the_title():
    ranked = pd.DataFrame({"unit_id": ["A", "B", "C"], "total": [90.5, 80.25, np.nan]})
    assert standing_title(ranked, {"A": "甲局", "B": "乙局"}) == "最高的甲局与最低的乙局相差10.25分"
    assert standing_title(ranked.iloc[2:], {}) == "本月没有单位取得得分"
    assert standing_title(ranked.iloc[:1], {"A": "甲局"}) == "只有甲局一个单位有得分"


def test_tiers_stand_beside_those_of_last_year():
    names = BOOK.names
    now, last = (pd.DataFrame({"tier": tiers, "scope": "month"}) for tiers in (["good"], ["good", "fail"]))
    both = pd.concat([last, last.assign(scope="ytd")])
    told = "优秀、良好、达标、不达标，按名额比例评定；上年同期0/1/0/1"
    assert tier_kpi(now, GRADING, names, both).note == told
    assert tier_kpi(now, GRADING, names).note.endswith("上年同期无数据")
    by_score = GRADING.model_copy(update={"quotas": {}})
    assert tier_kpi(now, by_score, names, both).note == "优秀、良好、达标、不达标；上年同期0/1/0/1"
    assert quota_words(by_score, names) == ""
    assert quota_words(GRADING, names) == "按名额比例（优秀20%、良好50%、达标20%、不达标10%）评定"


def test_a_channel_s_dot_shows_the_gap_to_the_groups_median():
    assert 'style="left:50%"' in gap_dot(0.0, "90.00") and 'style="left:60%"' in gap_dot(3.0, "93.00")
    assert 'style="left:0%"' in gap_dot(-40.0, "50.00")
    assert gap_dot(float("nan"), "—") == "—"
