"""稳定, 临界, 无法区分, margins and special cases: each case is worded, and the figure draws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.noise import SOURCES
from analysis.policy.tables import TABLES
from analysis.report.certainty import (
    count_verdicts,
    describe_certainty,
    describe_line,
    describe_noise,
    describe_unit,
    margin_lines,
    margins_of,
    place_words,
    rank_interval_figure,
    tell_claims,
    tell_special_cases,
)
from analysis.report.page.theme import figure_svg, use_theme

ROOT = Path(__file__).resolve().parents[2]
BOOK = load_policy(ROOT)
GRADING = BOOK.at("2025-12").grading
NAMES = BOOK.names
MODEL = BOOK.at("2025-12").noise


def certainty(*rows):
    """A table of one scope: (rank, low, high, tier, verdict, interview margin)."""
    base = {
        "period": "2025-12",
        "scope": "month",
        **{f"p_{tier}": 0.25 for tier in NAMES.tiers},
        "p_bottom_five": 0.1,
        "p_interview": 0.3,
        "margin_up_points": 0.74,
        "margin_down_points": 1.02,
        "weight_margin_up_points": 3.5,
        "weight_margin_down_points": np.nan,
        "weight_margin_interview_points": np.nan,
        "noise_points": 0.4,
        **{f"share_{source}_pct": 20.0 for source in SOURCES},
        **{"months_points": 0.3, "visits_points": 0.1, "months_degrees": 30, "months_tail": 8, "months_correlation": 0},
    }
    units = [unit.id for unit in BOOK.at("2025-12").units]
    table = [
        {
            **base,
            "unit_id": units[number],
            "total": 90.0 - number,
            "rank": rank,
            "rank_low": low,
            "rank_high": high,
            "rank_low_all": low,
            "rank_high_all": high,
            "rank_low_posterior": None,
            "rank_high_posterior": None,
            "tier_by_score": tier,
            "tier_best": tier,
            "tier_worst": tier,
            "verdict": verdict,
            "margin_interview_points": interview,
        }
        for number, (rank, low, high, tier, verdict, interview) in enumerate(rows)
    ]
    return TABLES["certainty"].check(pd.DataFrame(table).astype({"rank": "Int64"}))


DISTRICT = certainty(
    (1, 1, 1, "excellent", "stable", -9.0),
    (2, 2, 3, "good", "borderline", -8.0),
    (3, 2, 6, "good", "indistinct", -5.0),
    (None, None, None, "", "", np.nan),
)


def withheld(table, *places):
    """The table with verdicts withheld at some places: what rests on noise is empty."""
    empty = [name for name in table if name.startswith(("rank_", "p_", "share_", "months_")) or name == "noise_points"]
    found = table.copy()
    found.loc[list(places), empty] = np.nan
    found.loc[list(places), ["tier_best", "tier_worst"]] = ""
    found.loc[list(places), "verdict"] = "withheld"
    return TABLES["certainty"].check(found)


def test_verdicts_are_counted_and_named():
    assert count_verdicts(DISTRICT) == {"stable": 1, "borderline": 1, "indistinct": 1, "withheld": 0}
    text = describe_certainty(DISTRICT, NAMES, 95)
    assert text == (
        "受偶然因素影响，3个单位中1个的等次可以确认（稳定，把握95%以上），1个介于相邻两个等次之间（临界），"
        f"1个尚不能定等（无法区分）。等次可以确认的是{NAMES[DISTRICT['unit_id'].iloc[0]]}，其余不宜单独用于区分高低。"
    )
    unsure = DISTRICT.assign(verdict=DISTRICT["verdict"].replace("stable", "borderline"))
    assert describe_certainty(unsure, NAMES, 95).endswith("1个尚不能定等（无法区分），不宜单独用于区分高低。")
    sure = describe_certainty(DISTRICT.assign(verdict="stable"), NAMES, 95)
    assert "不宜" not in sure and "其余" not in sure and sure.endswith("。") and "。。" not in sure


def test_a_district_in_which_nobody_can_be_confirmed_is_told_without_counts_of_none():
    found = DISTRICT.assign(verdict=DISTRICT["verdict"].replace({"stable": "indistinct", "borderline": "indistinct"}))
    told = "受偶然因素影响，3个单位位次的95%区间都跨两个及以上等次，等次不能确认，不宜单独用于区分高低。"
    assert describe_certainty(found, NAMES, 95) == told


def units_of(table: pd.DataFrame, *listed: int) -> pd.DataFrame:
    """`unit_scores` of the table's units, of which some are in the last tier."""
    tiers = ["fail" if place in listed else "good" for place in range(len(table))]
    return table[["unit_id"]].assign(is_bottom_five=False, tier=tiers)


def test_the_only_unit_of_a_district_is_listed_though_it_has_no_margin():
    alone = certainty((1, 1, 1, "fail", "stable", float("nan")))
    text = describe_line(alone.head(1), units_of(alone.head(1), 0), GRADING, NAMES, 95)
    assert text == "列入后五名或不达标的1个单位均不能排除只是偶然起伏所致，处理前应核实。"


@pytest.mark.parametrize("margin", [float("nan"), -0.5, 0.0])
def test_who_is_listed_follows_from_tiers_and_places_never_from_a_margin(margin):
    table = certainty(*[(place, 1, 5, "fail", "indistinct", margin) for place in range(1, 6)])
    table["p_interview"] = 0.5
    told = describe_line(table, units_of(table, *range(5)), GRADING, NAMES, 95)
    assert "没有单位列入" not in told and "5个单位" in told
    assert describe_line(table, units_of(table), GRADING, NAMES, 95) == "没有单位列入后五名或不达标。"


def test_what_is_withheld_is_said():
    one, every = withheld(DISTRICT, 2), withheld(DISTRICT, 0, 1, 2)
    assert "1个数据月数不足，尚不能估计。" in describe_certainty(one, NAMES, 95)
    assert describe_certainty(every, NAMES, 95).startswith("3个单位数据月数不足，偶然起伏尚不能估计")
    text = describe_unit(one.iloc[2], NAMES, 95)
    assert text.startswith("尚不能估计：位次第3，数据月数不足")
    assert "再得0.74分升一等次" in text
    assert "nan" not in text.lower()
    use_theme()
    assert NAMES[one["unit_id"][2]] in figure_svg(rank_interval_figure(one, NAMES, GRADING))


def test_a_listed_unit_whose_verdict_is_withheld_is_not_called_confirmed():
    listed = certainty((1, 1, 1, "good", "stable", -9.0), (2, 2, 2, "fail", "stable", 4.0))
    told = describe_line(withheld(listed, 1), units_of(listed, 1), GRADING, NAMES, 95)
    name = NAMES[listed["unit_id"][1]]
    assert told == (
        f"列入后五名或不达标的1个单位均尚不能判断是否只是起伏所致，处理前应核实。最接近移出的是{name}（至少再得4.00分）。"
    )


def test_beside_a_listed_unit_that_is_sure_one_withheld_is_not_judged():
    listed = certainty((1, 1, 1, "fail", "stable", 9.0), (2, 2, 2, "fail", "stable", 4.0))
    listed["p_interview"] = 0.97
    table = withheld(listed, 1)
    told = describe_line(table, units_of(table, 0, 1), GRADING, NAMES, 95)
    assert told == (
        "列入后五名或不达标的2个单位中，1个尚不能判断是否只是起伏所致："
        f"{NAMES[listed['unit_id'][1]]}（至少再得4.00分方可移出）；处理前应核实。"
    )


def test_where_no_listed_unit_is_sure_the_three_nearest_to_the_line_are_named():
    table = certainty(*[(place, 1, 5, "fail", "indistinct", float(gap)) for place, gap in enumerate((4, 1, 3, 2), 1)])
    table["p_interview"] = 0.5
    told = describe_line(table, units_of(table, 0, 1, 2, 3), GRADING, NAMES, 95)
    second, fourth, third = (NAMES[table["unit_id"][place]] for place in (1, 3, 2))
    assert told == (
        "列入后五名或不达标的4个单位均不能排除只是偶然起伏所致，处理前应核实。"
        f"最接近移出的是{second}（至少再得1.00分）、{fourth}（至少再得2.00分）、{third}（至少再得3.00分）。"
    )


def test_likely_places_stand_beside_the_guaranteed_ones():
    table = DISTRICT.assign(rank_low_posterior=2, rank_high_posterior=4)
    assert "95%的把握在第2至第6位之间，较可能在第2至第4位之间" in place_words(table.iloc[2], 95)
    assert place_words(table.iloc[0], 95) == "稳定：位次第1，可以确认"


def test_one_unit_alone_is_said_to_have_nobody_beside_it():
    assert "没有可比对象" in describe_certainty(certainty((1, 1, 1, "good", "stable", np.nan)), NAMES, 95)


def test_all_equal_is_said_to_be_no_order():
    equal = certainty(*[(1, 1, 3, "good", "indistinct", np.nan)] * 3)
    assert "3个单位的得分无法区分先后" in describe_certainty(equal, NAMES, 95)


def test_no_scores_at_all_is_said():
    assert "均无得分" in describe_certainty(certainty((None, None, None, "", "", np.nan)), NAMES, 95)
    assert describe_unit(DISTRICT.iloc[3], NAMES, 95) == "本期无得分，不排位次。"


def test_a_unit_reads_its_place_its_chances_and_its_margins():
    text = describe_unit(DISTRICT.iloc[2], NAMES, 95)
    assert text.startswith("无法区分：位次第3，95%的把握在第2至第6位之间")
    assert "良好25%" in text
    assert "再得0.74分升一等次（或本单位渠道权重变动3.50个百分点以内即可）" in text
    assert text.endswith("；再失1.02分降一等次。")
    assert "可以确认" in describe_unit(DISTRICT.iloc[0], NAMES, 95)


def test_who_may_be_listed_by_chance_alone_is_named():
    rows = [(place, 1, 12, "good", "indistinct", -1.0) for place in range(1, 11)]
    table = certainty(*rows, (11, 9, 12, "fail", "borderline", 0.3), (12, 12, 12, "fail", "stable", 4.0))
    table["p_interview"] = [0.3] * 10 + [0.6, 0.97]
    text = describe_line(table, units_of(table, 10, 11), GRADING, NAMES, 95)
    assert "列入后五名或不达标的2个单位中，1个不能排除只是偶然起伏所致" in text
    assert "（至少再得0.30分方可移出）" in text
    assert "没有单位列入" in describe_line(DISTRICT, units_of(DISTRICT), GRADING, NAMES, 95)
    assert "1个单位都可以确认" in describe_line(table, units_of(table, 11), GRADING, NAMES, 95)


def test_the_noise_is_named_with_its_shares_and_with_what_it_is_not():
    lines = describe_noise(DISTRICT, MODEL.only("counts", "weights"))
    assert "回访和计数的偶然性20.0%、渠道权重的取舍20.0%" in lines[0]
    assert lines[1] == "未计入：抽查次数少、评分等逐月起伏、公布时的舍入。"
    assert "不是对任何总体的随机抽样" in lines[-1]


def test_figures_draw_every_unit_with_a_score():
    use_theme()
    svg = figure_svg(rank_interval_figure(DISTRICT, NAMES, GRADING))
    for unit_id in DISTRICT["unit_id"][:3]:
        assert NAMES[unit_id] in svg
    assert NAMES[DISTRICT["unit_id"][3]] not in svg


@pytest.mark.parametrize(
    "odd", [["W" * 34, "i" * 36, "区财政局"], ["M" * 28, "区" * 15, "甲镇"], ["青山口镇街道", "㙍㙍塘镇", "甲镇"]]
)
def test_no_name_of_a_row_leaves_the_picture(odd):
    use_theme()
    names = NAMES | dict(zip(DISTRICT["unit_id"][:3], odd, strict=True))
    figure = rank_interval_figure(DISTRICT, names, GRADING)
    figure.canvas.draw()
    drawn = {text.get_text(): text.get_window_extent().x0 for text in figure.axes[0].texts if text.get_text() in odd}
    assert set(drawn) == set(odd)
    assert min(drawn.values()) >= 0


def test_the_lines_have_the_places_and_the_tier_of_the_policy():
    table = certainty(*[(place, 1, 12, "good", "indistinct", 0.3) for place in range(1, 4)])
    grading = GRADING.model_copy(update={"bottom_places": 0})
    for frame in (table, table.assign(p_interview=0.99), DISTRICT):
        listed = [] if frame is DISTRICT else [0]
        text = describe_line(frame, units_of(frame, *listed), grading, NAMES | {"fail": "末档"}, 95)
        assert "列入末档" in text and "不达标" not in text and "后" not in text.split("；")[0]


ROW = pd.Series(
    {
        "verdict": "borderline",
        "margin_up_points": 0.78,
        "margin_down_points": 1.9,
        "margin_interview_points": -2.4,
        "weight_margin_up_points": 5.1057,
        "weight_margin_down_points": np.nan,
        "weight_margin_interview_points": np.nan,
    }
)


def lines(row, scope="month"):
    return list(margin_lines(margins_of(row, "2026-10", scope, 10), "达标", "后五名或不达标"))


def test_a_margin_is_told_in_points_and_in_weights_within_the_bounds():
    told = margins_of(ROW, "2026-10", "ytd", 10)
    assert told["up"] == {"points": 0.78, "weights_points": 5.1057}
    assert told["down"] == {"points": 1.9, "weights_points": None}
    assert told["interview"] == {"points": 2.4, "weights_points": None}
    assert (told["is_listed"], told["weights_bound_points"], told["scope"]) == (False, 10, "ytd")
    head, up, down, interview = lines(ROW, "ytd")
    assert "本年累计" in head and "按得分为达标" in head and "±10个百分点" in head
    assert up == "  升入更高等次：再得0.78分，或调整权重（任一渠道最多变动5.11个百分点）"
    assert down == "  降入更低等次：再失1.90分，仅调权重达不到"
    assert interview == "  将列入约谈范围（后五名或不达标）：再失2.40分，仅调权重达不到"


def test_a_listed_unit_reads_what_takes_it_off_the_list():
    listed = ROW.replace(-2.4, 0.31).drop("weight_margin_interview_points")
    told = margins_of(listed, "2026-10", "month", 10)
    assert told["is_listed"] is True
    # The margin in weights was not reckoned by the version that published the month: no word, not a false one.
    assert lines(listed)[-1] == "  可退出约谈范围（后五名或不达标）：再得0.31分"


def test_a_line_that_cannot_be_reached_is_said_so():
    alone = ROW.copy()
    alone[["margin_up_points", "margin_down_points", "margin_interview_points"]] = np.nan
    assert lines(alone)[1:] == [
        "  已无更高等次可升",
        "  已无更低等次可降",
        "  约谈范围（后五名或不达标）：得分再变也不进不出",
    ]
    assert margins_of(alone, "2026-10", "month", 10)["is_listed"] is None


@pytest.mark.parametrize(
    ("row", "word"),
    [(None, "没有 certainty 表，不知余量；先运行 analysis run 2026-10"), (ROW.replace("borderline", ""), "没有得分")],
)
def test_where_there_is_nothing_to_say_the_reason_is_told(row, word):
    told = margins_of(row, "2026-10", "month", 10)
    assert word in told["note"]
    assert told["up"] is told["down"] is told["interview"] is None
    assert lines(row) == [f"余量（当月）：{told['note']}"]


UNITS = ("D01", "D02", "D03")


def special(totals, missing=(), indicator_scores=(("D01", "common-01", 90.0), ("D01", "common-02", 90.0))):
    units = UNITS[: len(totals)]
    series = pd.Series(totals, dtype=float)
    ranks = series.rank(method="min", ascending=False).astype("Int64")
    certainty = pd.DataFrame({"unit_id": units, "total": series, "rank": ranks})
    pairs = [(unit, channel) for unit in units for channel in NAMES.channels]
    scores = [np.nan if pair in missing else 90.0 for pair in pairs]
    channels = pd.DataFrame(pairs, columns=["unit_id", "channel"]).assign(score=scores)
    indicators = pd.DataFrame(indicator_scores, columns=["unit_id", "indicator_id", "score"])
    return tell_special_cases(certainty, channels, indicators, NAMES)


def test_where_nothing_is_special_nothing_is_said():
    assert special([92, 91, 90]) == []


def test_a_tie_is_named_with_its_place():
    (sentence,) = special([92, 90, 90])
    assert sentence.startswith(f"得分相同而并列的有1组：第2名{NAMES['D02']}、{NAMES['D03']}；并列不分先后")


def test_all_equal_is_one_place_for_all():
    assert special([88, 88, 88]) == [
        "3个单位得分完全相同（88.00分），并列第1位，不分先后；等次由同分规则统一评定（S6）。"
    ]


def test_one_unit_alone_ties_with_nobody():
    assert special([88]) == []


def test_a_unit_without_data_in_a_channel_is_named_with_the_channel():
    (sentence,) = special([92, 91, 90], missing=[("D02", "random")])
    assert sentence.endswith(f"只由有数据的渠道决定：{NAMES['random']}：{NAMES['D02']}。")
    (sentence,) = special([92, 91, 90], missing=[(unit, "random") for unit in UNITS])
    assert sentence.endswith(f"{NAMES['random']}：全部3个单位。")


def test_a_unit_without_any_score_is_not_said_to_lack_a_channel():
    assert special([92, 91, np.nan], missing=[("D03", channel) for channel in NAMES.channels]) == []


def test_one_indicator_is_said_to_be_the_total():
    scores = [(unit, "common-01", 90.0) for unit in UNITS] + [("D01", "common-02", np.nan)]
    (sentence,) = special([92, 91, 90], indicator_scores=scores)
    assert sentence == f"各单位只有{NAMES['common-01']}一项指标有得分，总分就是这一项的得分，位次只反映这一项。"
    (sentence,) = special([92, 91, 90], indicator_scores=[*scores[:3], ("D01", "common-02", 80.0)])
    assert sentence == f"只有一项指标有得分、总分就是该项得分的单位：{NAMES['D02']}、{NAMES['D03']}。"


def test_claims_stand_beside_what_came_of_them_and_a_month_that_ends_no_year_says_so():
    row = {"period": "2025-12", "scope": "ytd", "claim": "stable", "n_claims": 17, "claimed_pct": 99.6}
    note, table = tell_claims(TABLES["claims"].check(pd.DataFrame([row | {"realised_pct": 94.1}])))
    assert "年终结果本身也有偶然起伏" in note
    for words in ("2025年", "等次稳定", ">17<", "99.6%", "94.1%"):
        assert words in table
    assert tell_claims(TABLES["claims"].empty()) == ["各月结论是否应验，在年度终了的月份对照全年结果（S32）。"]
