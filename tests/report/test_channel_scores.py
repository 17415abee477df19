"""Channels in words: where they differ, how they weigh, and their heat map."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.report.channel_scores import channel_heatmap, tell_channel_gaps, weight_rule
from analysis.report.page.theme import figure_svg, use_theme

BOOK = load_policy(Path(__file__).resolve().parents[2])
NAMES = BOOK.names


def channels(**scores):
    rows = [(f"D0{place}", name, score) for name in NAMES.channels for place, score in enumerate(scores[name], 1)]
    return pd.DataFrame(rows, columns=["unit_id", "channel", "score"])


def test_the_widest_and_the_narrowest_channel_and_those_with_few_units_are_named():
    table = channels(daily=[90, 70, 80], key_work=[90, 88, 85], info_system=[90, 90, 89], random=[90, np.nan, np.nan])
    assert tell_channel_gaps(table, NAMES) == (
        f"单位之间得分差距最大的渠道是{NAMES['daily']}（70.00至90.00分），最小的是{NAMES['info_system']}（89.00至90.00分）；"
        f"有数据的单位，{NAMES['random']}只有1个。"
    )
    nobody = channels(daily=[90, 70], key_work=[90, 88], info_system=[90, 90], random=[np.nan, np.nan])
    assert tell_channel_gaps(nobody, NAMES).endswith(f"；有数据的单位，{NAMES['random']}没有。")


def test_one_unit_has_nobody_to_differ_from():
    assert "无可比较" in tell_channel_gaps(channels(**{name: [90.0] for name in NAMES.channels}), NAMES)


def test_the_rule_of_weights_has_those_in_force():
    assert weight_rule(BOOK, "2026-10") == (
        "渠道内各指标同权（S2），四个渠道按20/30/30/20加权（R17），职责调整的单位按其文号调整（R18）。"
        "没有数据的指标或渠道，权重按比例分给其余（S11、S13）。"
    )
    (base,) = BOOK.weights.base
    other = base.model_copy(update={"weights": dict(zip(NAMES.channels, (40.0, 25.5, 24.5, 10.0), strict=True))})
    first, *rest = BOOK.indicators.indicators
    heavier = BOOK.indicators.model_copy(update={"indicators": (first.model_copy(update={"weight": 2.0}), *rest)})
    book = replace(BOOK, weights=BOOK.weights.model_copy(update={"base": (other,)}), indicators=heavier)
    told = weight_rule(book, "2026-10")
    assert "按40/25.5/24.5/10加权" in told and "各指标同权" not in told


@pytest.mark.parametrize("missing", [[], ["random"]])
def test_the_heat_map_leaves_a_channel_without_data_empty(missing):
    use_theme()
    units = pd.DataFrame({"unit_id": ["D01", "D02", "D03"], "rank": [1, 2, 3]})
    rows = [(unit, channel, np.nan if channel in missing else 90.0 + place)
            for place, unit in enumerate(units["unit_id"]) for channel in NAMES.channels]  # fmt: skip
    table = pd.DataFrame(rows, columns=["unit_id", "channel", "score"])
    svg = figure_svg(channel_heatmap(units, table, NAMES))
    assert svg.count(">91.0<") == 4 - len(missing)
