"""Where there is little to compare: equal scores, missing channels, one indicator; each in words (S6, S11, S13)."""

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.policy.base import CHANNELS
from analysis.report.words import listing, score

_NAMED = 6


def tell_special_cases(
    certainty: pd.DataFrame, channels: pd.DataFrame, indicators: pd.DataFrame, names: Mapping[str, str]
) -> list[str]:
    """Return a sentence for each thing that makes places mean less than they seem; none where there is none.

    One unit alone and units that cannot be told apart are in `certainty_text.describe_certainty`.

    Args:
        certainty: table `certainty` of one scope.
        channels: `channel_scores` of the same scope.
        indicators: `indicator_scores` of the same scope.
        names: id → Chinese name.
    """
    ranked = certainty[certainty["rank"].notna()]
    scored = channels[channels["unit_id"].isin(ranked["unit_id"])]
    return [*_tell_ties(ranked, names), *_tell_missing_channels(scored, names), *_tell_one_indicator(indicators, names)]


def _tell_ties(ranked: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    if len(ranked) > 1 and ranked["total"].nunique() == 1:
        total = score(ranked["total"].iloc[0])
        return [f"{len(ranked)}个单位得分完全相同（{total}分），并列第1，不分先后；等次由同分规则统一评定（S6）。"]
    groups = [rows for _, rows in ranked.groupby("rank", sort=True) if len(rows) > 1]
    told = [f"第{rows['rank'].iloc[0]}名{listing(_named(rows['unit_id'], names), _NAMED)}" for rows in groups]
    if not told:
        return []
    return [f"得分相同而并列的有{len(told)}组：{listing(told, _NAMED)}；并列不分先后，跨等次线的按同分规则评定（S6）。"]


def _tell_missing_channels(scored: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    told = []
    for channel in CHANNELS:
        rows = scored[scored["channel"] == channel]
        without = _named(rows[rows["score"].isna()]["unit_id"], names)
        if without:
            who = f"全部{len(rows)}个单位" if len(without) == len(rows) else listing(without, _NAMED)
            told.append(f"{names[channel]}：{who}")
    if not told:
        return []
    return [
        f"没有数据的渠道，其权重按比例分给本单位其余渠道（S11、S13），得分和位次只由有数据的渠道决定：{'；'.join(told)}。"
    ]


def _tell_one_indicator(indicators: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    found = indicators[indicators["score"].notna()]
    if found["indicator_id"].nunique() == 1:
        name = names[found["indicator_id"].iloc[0]]
        return [f"各单位只有{name}一项指标有得分，总分就是这一项的得分，位次只反映这一项。"]
    counts = found.groupby("unit_id")["indicator_id"].nunique()
    alone = _named(counts.index[counts == 1], names)
    return [f"只有一项指标有得分、总分就是该项得分的单位：{listing(alone, _NAMED)}。"] if alone else []


def _named(unit_ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [names[unit_id] for unit_id in sorted(unit_ids)]
