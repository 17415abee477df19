"""What is said and drawn of changes follows the figures of its table, also where there is little or nothing (S25)."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.names import Names
from analysis.report.movers import (
    causes_chart,
    causes_figure,
    causes_title,
    largest_movers,
    movers_chart,
    movers_figure,
    movers_table,
    movers_title,
)
from analysis.report.page.theme import figure_svg, use_theme
from analysis.report.trends import (
    annual_table,
    levels_table,
    tell_causes,
    tell_month,
    tell_movers,
    tell_noise,
    tell_performance,
    tell_rule_changes,
    tell_tiers,
    tell_unusual_year,
    tell_year_to_date,
    tiers_chart,
    tiers_figure,
    tiers_title,
)
from analysis.report.words import WORDS

BOOK = load_policy(Path(__file__).resolve().parents[2])
POLICY, RULES = BOOK.at("2026-10"), BOOK.trends
TIERS = {"excellent": "优秀", "good": "良好", "pass": "达标", "fail": "不达标"}
NAMES = Names({"A": "甲局", "B": "乙局", "C": "丙镇", "D": "丁<b>局"} | TIERS, tiers=list(TIERS))
NAMES |= {"common-01": "“三定”规定落实", "daily": "日常监管", "common": "共性指标", "social": "社会事业"}


def unit_row(unit_id: str, change: float, **given) -> dict:
    row = {"period": "2026-10", "basis": "mom", "level": "total", "level_id": "", "unit_id": unit_id}
    row |= {"before_period": "2026-09", "after_period": "2026-10", "before": 85.0, "after": 85.0 + change}
    row |= {"change": change, "like_for_like_change": change, "is_rule_changed": False} | dict.fromkeys(
        WORDS.causes, 0.0
    )
    row |= {"performance": change, "noise_points": 1.0, "is_within_noise": abs(change) <= 1.0}
    row |= {"rank_before": 10, "rank_after": 10, "rank_change": 0, "tier_before": "good", "tier_after": "good"}
    return row | given


def trends_of(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows)


def test_movers_are_named_by_size_and_direction():
    trends = trends_of(unit_row("A", 2.5, rank_change=3), unit_row("B", -4.0, rank_change=-5), unit_row("C", 0.0))
    assert tell_movers(trends, "mom", NAMES) == (
        "环比得分上升的单位1个、下降的1个、持平的1个；升幅最大的是甲局（+2.50分，位次升3）；"
        "降幅最大的是乙局（−4.00分，位次降5）。"
    )
    assert largest_movers(trends, "mom", 1)["unit_id"].tolist() == ["B"]
    assert largest_movers(trends, "mom", 9)["unit_id"].tolist() == ["A", "B"]


def test_the_largest_movers_that_stay_within_their_noise_are_named_as_such():
    # As published once: a town was among the largest rises and within its own noise.
    quiet, loud = unit_row("A", 0.4), unit_row("B", -4.0)
    assert tell_movers(trends_of(quiet, loud), "mom", NAMES).endswith("）；甲局的变化均在自身正常波动以内。")
    assert tell_movers(trends_of(quiet), "mom", NAMES).endswith("）；上述单位的变化均在自身正常波动以内。")
    assert "正常波动" not in tell_movers(trends_of(loud), "mom", NAMES)


@pytest.mark.parametrize("tell", [tell_movers, tell_rule_changes, tell_tiers])
def test_without_a_period_before_it_is_said_that_there_is_none(tell):
    alone = trends_of(unit_row("A", np.nan, basis="yoy", before_period=""))
    assert tell(alone, "yoy", NAMES).startswith("无同比")


def test_causes_add_up_in_words():
    row = pd.Series(unit_row("A", 1.5, performance=2.0, coverage=-0.5))
    assert tell_causes(row, NAMES) == "甲局本月环比上升1.50分，其中工作成绩+2.00分、可计指标及权重变化−0.50分。"


def test_a_fall_by_weights_alone_is_told_as_such():
    row = pd.Series(
        unit_row("A", -2.22, performance=0.0, weights=-2.22, is_rule_changed=True, like_for_like_change=0.0)
    )
    assert tell_causes(row, NAMES) == "甲局本月环比下降2.22分，全部来自规定权重调整；按可比口径持平。"


def test_a_change_within_noise_is_told_as_such():
    assert tell_causes(pd.Series(unit_row("A", 0.4)), NAMES).endswith("；属正常波动（±1.00分以内）。")
    assert "正常波动" not in tell_causes(pd.Series(unit_row("A", 1.4)), NAMES)


def test_noise_is_counted_and_unknown_noise_is_no_calm():
    trends = trends_of(unit_row("A", 0.4), unit_row("B", 3.0))
    told = tell_noise(trends, "mom", RULES)
    assert told.startswith("1个单位的环比变化在正常波动以内（")
    assert told.endswith("1个超出正常波动（共检验2个，列出的1个中仅凭偶然的预计不超过0.1个）。")
    calm, beyond = (tell_noise(trends_of(*[unit_row(u, size) for u in "AB"]), "mom", RULES) for size in (0.4, 3.0))
    assert calm.startswith("2个单位的环比变化都在正常波动以内（") and "检验" not in calm
    assert beyond.startswith("2个单位的环比变化都超出正常波动（共检验2个")
    unknown = trends.assign(noise_points=np.nan, is_within_noise=False)
    assert "暂无法判断" in tell_noise(unknown, "mom", RULES)


def test_rule_changes_are_named():
    trends = trends_of(unit_row("A", 1.0, is_rule_changed=True), unit_row("B", 1.0))
    assert "甲局的指标或权重有调整" in tell_rule_changes(trends, "mom", NAMES)
    assert "全部单位的" in tell_rule_changes(trends.assign(is_rule_changed=True), "mom", NAMES)
    assert "可直接比较" in tell_rule_changes(trends.assign(is_rule_changed=False), "mom", NAMES)


def test_tiers_that_changed_are_counted_and_named():
    trends = trends_of(
        unit_row("A", 1.0, tier_after="excellent"), unit_row("B", -1.0, tier_after="fail"), unit_row("C", 0.0)
    )
    assert tell_tiers(trends, "mom", NAMES) == (
        "环比等次上升的单位1个、下降的1个；新进优秀的有甲局；新增不达标的有乙局。"
    )


def test_of_years_only_the_last_is_told():
    years = [
        unit_row("A", 9.0, basis="annual", after_period="2024-12", before_period="2023-12"),
        unit_row("A", 1.0, basis="annual", after_period="2025-12", before_period="2024-12"),
    ]
    assert "+1.00" in tell_movers(trends_of(*years), "annual", NAMES)


def mean_rows() -> list[dict]:
    levels = [("district", ""), ("group", "social"), ("channel", "daily"), ("family", "common")]
    return [
        unit_row("", 0.5, level=level, level_id=key, basis=basis, before_period="2025-10")
        for level, key in levels
        for basis in ("mom", "yoy", "ytd")
    ]


def test_the_year_to_date_is_told_like_for_like_where_rules_changed():
    trends = trends_of(*mean_rows())
    assert tell_year_to_date(trends, POLICY) == "1至10月累计，全区平均得分85.50分，比上年同期上升0.50分。"
    changed = trends.assign(is_rule_changed=True, like_for_like_change=0.2)
    assert "按可比口径上升0.20分" in tell_year_to_date(changed, POLICY)
    alone = trends.assign(change=np.nan)
    assert tell_year_to_date(alone, POLICY).endswith("上年没有可比数据。")


def test_whose_year_to_date_moved_by_more_than_months_bring_is_named_the_furthest_first():
    of_year = {"basis": "ytd", "after_period": "2026-10"}
    rows = [unit_row(unit, change, **of_year, rank_change=2) for unit, change in (("A", 2.0), ("B", -4.0), ("C", 0.4))]
    rows.append(unit_row("D", 9.0))  # of the month alone
    told = tell_unusual_year(trends_of(*rows), NAMES)
    assert told == "累计得分与上年同期相比超出正常波动的有乙局（−4.00分，位次升2）、甲局（+2.00分，位次升2）"
    assert tell_unusual_year(trends_of(*rows), NAMES, 1).endswith("乙局（−4.00分，位次升2）等2个")
    assert tell_month(trends_of(*rows, *mean_rows()), POLICY, NAMES)[0].endswith(f"上升0.50分。{told}。")
    changed = unit_row("A", 0.1, **of_year, like_for_like_change=-3.0, is_rule_changed=True, is_within_noise=False)
    assert tell_unusual_year(trends_of(changed), NAMES).endswith("甲局（−3.00分，位次不变，可比口径）")
    given = trends_of(changed).assign(adjustments=-2.5, noise_points=1.0)
    assert tell_unusual_year(given, NAMES).endswith("，可比口径，其中加减分−2.50分，不计加减分未超出）")
    assert "加减分" not in tell_unusual_year(given.assign(adjustments=-1.5), NAMES)
    unknown = trends_of(*rows).assign(noise_points=np.nan, is_within_noise=False)  # no calm, and no storm
    assert tell_unusual_year(unknown, NAMES) == tell_unusual_year(trends_of(*rows[2:]), NAMES) == ""


def test_tables_escape_names_and_show_all_levels():
    html = movers_table(trends_of(unit_row("D", 2.0)), "mom", NAMES)
    assert "丁&lt;b&gt;局" in html
    levels = levels_table(trends_of(*mean_rows()), NAMES)
    assert all(name in levels for name in ("全区", "社会事业", "日常监管", "共性指标"))


def test_the_table_of_years_holds_every_year_and_a_dash_where_a_unit_was_not_there():
    rows = [
        unit_row("A", np.nan, after_period="2024-12", after=90.0, rank_after=1),
        unit_row("A", 1.0, after_period="2025-12", rank_after=2),
        unit_row("B", np.nan, after_period="2025-12", after=91.0, rank_after=1),
    ]
    rows = [row | {"basis": "annual", "period": row["after_period"]} for row in rows]
    rows.append(rows[0] | {"period": "2025-12"})  # what another year's December tells of this one does not count twice
    html = annual_table(trends_of(*rows), NAMES)
    assert "2024年得分" in html
    assert html.index("乙局") < html.index("甲局")
    assert "—" in html
    assert "尚无完整年度" in annual_table(trends_of(unit_row("A", 1.0)), NAMES)


def test_the_indicators_that_performed_otherwise_are_named_and_with_the_others_add_up():
    ids, performance = ["common-01", "A", "B"], [1.0, -0.4, 0.15]
    moving = list(pd.DataFrame({"indicator_id": ids, "performance": performance, "change": 9.0}).itertuples())
    names = [NAMES[i] for i in ids]
    assert tell_performance(moving, NAMES, 1) == f"工作成绩+0.75分：{names[0]}+1.00分、其余2项合计−0.25分。"
    assert tell_performance(moving[:1], NAMES) == f"工作成绩+1.00分：{names[0]}+1.00分。"
    assert tell_performance([], NAMES) == ""


@pytest.fixture(autouse=True)
def _theme():
    use_theme()
    yield
    plt.close("all")


TRENDS = trends_of(
    unit_row("A", 2.5, performance=3.0, coverage=-0.5, tier_after="excellent"),
    unit_row("B", -4.0, weights=-1.0, performance=-3.0, tier_after="fail"),
    unit_row("C", 2.5, after=87.5),
)


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_every_mover_is_named_at_its_line_and_labels_do_not_lie_on_each_other():
    figure = movers_figure(TRENDS, "mom", NAMES)
    assert "甲局 87.50（+2.50）" in texts(figure)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if "局" in text.get_text()]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def test_bars_of_causes_add_up_to_the_change():
    axes = causes_figure(TRENDS, "mom", NAMES).axes[0]
    widths = {}
    for bar in axes.patches:
        place = round(bar.get_y() + bar.get_height() / 2)
        widths[place] = widths.get(place, 0.0) + bar.get_width()
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert {name: pytest.approx(widths[place]) for place, name in enumerate(names)} == {
        "甲局": 2.5,
        "乙局": -4.0,
        "丙镇": 2.5,
    }


def test_a_figure_s_title_says_what_it_finds():
    assert movers_title(TRENDS, "mom", NAMES) == "环比升幅最大的是甲局（+2.50分），降幅最大的是乙局（−4.00分）"
    assert causes_title(TRENDS, "mom") == "变化最大的3个单位，变化的85%来自工作成绩"
    usual = TRENDS.assign(is_within_noise=True)
    assert causes_title(usual, "mom") == "变化最大的3个单位均在正常波动以内"
    assert tiers_title(TRENDS, "mom", NAMES) == "环比1个单位等次不变，1个上升，1个下降"


def test_without_a_year_before_a_title_says_so():
    alone = trends_of(unit_row("A", np.nan, basis="yoy", before_period="", tier_before=""))
    titles = {movers_title(alone, "yoy", NAMES), causes_title(alone, "yoy"), tiers_title(alone, "yoy", NAMES)}
    assert titles == {"无同比数据：没有可比的上年同期得分"}


@pytest.mark.parametrize(("basis", "before", "word"), [("mom", "上月", "环比"), ("yoy", "上年同期", "同比")])
def test_what_a_change_is_measured_from_has_one_name_in_tables_figures_and_captions(basis, before, word):
    trends = TRENDS.assign(basis=basis)
    charts = [movers_chart(trends, NAMES), causes_chart(trends, NAMES), tiers_chart(trends, NAMES)]
    drawn = [label for chart in charts for label in labels_of(chart.draw())]
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", movers_table(trends, basis, NAMES))
    heads += [head for chart in charts for head in re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", str(chart.data))]
    told = [*drawn, *heads, *(WORDS.captions[chart.name] for chart in charts), *(chart.title for chart in charts)]
    assert not [each for each in told if "上期" in each]
    assert heads.count(before) == 3 and f"{before}等次" in heads and f"{before}等次" in drawn
    assert all(word in chart.title for chart in (charts[0], charts[2]))


def test_no_caption_tells_of_the_period_before_without_saying_which():
    assert not [caption for caption in WORDS.captions.values() if "上期" in caption]


def labels_of(figure) -> list[str]:
    figure.canvas.draw()
    shown = [text.get_text() for axes in figure.axes for text in axes.findobj(plt.Text)]
    plt.close(figure)
    return shown


def test_tiers_are_counted():
    assert sorted(texts(tiers_figure(TRENDS, "mom", NAMES))) == sorted(["1", "1", "1", *["·"] * 13])


@pytest.mark.parametrize("draw", [movers_figure, causes_figure, tiers_figure])
def test_nothing_to_draw_is_an_empty_chart_and_no_error(draw):
    alone = trends_of(unit_row("A", np.nan, basis="yoy", before_period="", tier_before=""))
    assert figure_svg(draw(alone, "yoy", NAMES)).startswith("<svg")
