"""In which channel units differ, and where few of them have data."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.policy.base import CHANNELS
from analysis.policy.book import load_policy
from analysis.report.score_text import tell_channel_gaps

NAMES = load_policy(Path(__file__).resolve().parents[2]).names


def channels(**scores):
    rows = [(f"D0{place}", name, score) for name in CHANNELS for place, score in enumerate(scores[name], 1)]
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
    assert "无可比较" in tell_channel_gaps(channels(**{name: [90.0] for name in CHANNELS}), NAMES)
