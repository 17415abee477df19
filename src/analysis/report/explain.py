"""One unit's score from the total down to the raw cells, with the rule of each step (R16–R19, S2–S17)."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.policy.models import Grading
from analysis.policy.names import index_units
from analysis.policy.period import scope_months
from analysis.policy.visible import escape_unseen
from analysis.report.certainty import margin_lines
from analysis.report.grading import listed_name
from analysis.report.indicators import case_words, method_words
from analysis.report.words import SCOPES, WORDS, fixed, numeral, score, signed
from analysis.scoring.grid import RAW
from analysis.scoring.score_tables import score_parents

_REASONS = {"judgement": "定性调整（S3）", "veto": "一票否优（S17）"}


def find_unit(policy: Policy, text: str) -> str:
    """Return the unit id that a person means: an id, a name or an alias.

    Raises:
        UsageError: nobody of that name is assessed in the month; names some who are.
    """
    found = index_units(policy.units).get(text) or index_units(policy.units).get(text.strip().replace(" ", ""))
    if found is None:
        some = ", ".join(f"{unit.id} {unit.name}" for unit in policy.units[:3])
        told = say("{text!r} is no unit assessed in {period}; write an id or a name, such as {some}")
        raise UsageError(told.format(text=text, period=policy.period, some=some))
    return found


def explain_unit(tables: Mapping[str, pd.DataFrame], policy: Policy, unit_id: str, scope: str) -> dict[str, Any]:
    """Return the score of a unit as a tree: total → channels → indicators → values → raw cells.

    Args:
        tables: unit_scores, channel_scores, indicator_scores of the month; measurements and lineage of every month
            that its scores rest on.
        policy: the month's rules.
        unit_id: the unit.
        scope: `month` or `ytd`.

    Returns:
        Plain values only, ready for JSON; scores are numbers, missing ones None.
    """
    mine = {name: frame[frame["unit_id"] == unit_id] for name, frame in tables.items() if "unit_id" in frame}
    scoped = {name: frame[frame["scope"] == scope] for name, frame in mine.items() if "scope" in frame}
    unit = scoped["unit_scores"].iloc[0]
    measured = tables["measurements"][tables["measurements"]["unit_id"].map(policy.heir_of) == unit_id]
    cells = tables["lineage"][tables["lineage"]["measurement_id"].isin(measured["measurement_id"])]
    parents = score_parents(scoped["indicator_scores"], policy)
    channels = []
    for channel in dict.fromkeys([*policy.channel_ids, *scoped["channel_scores"]["channel"]]):
        row = scoped["channel_scores"].query("channel == @channel").iloc[0]
        indicators = scoped["indicator_scores"].query("channel == @channel")
        channels.append(
            {
                "channel": channel,
                **{name: _plain(row[name]) for name in ("score", "policy_weight", "weight")},
                "parents": [
                    {"parent": each.parent, "score": _plain(each.score), "weight": _plain(each.weight)}
                    for each in parents[parents["channel"] == channel].itertuples()
                ],
                "indicators": [
                    _explain_indicator(indicator, policy, measured, cells) for indicator in indicators.itertuples()
                ],
            }
        )
    kept = (
        "period scope unit_id group base bonus deductions total rank group_rank tier_by_score tier tier_reason is_tied "
        "is_bottom_five is_provisional"
    )
    return {**{name: _plain(unit[name]) for name in kept.split()}, "channels": channels}


def _explain_indicator(row, policy: Policy, measured: pd.DataFrame, cells: pd.DataFrame) -> dict[str, Any]:
    indicator = policy.indicator_by_id.get(row.indicator_id)
    # The months that a score rests on; without one those of the scope.
    first = row.first_period or scope_months(policy.period, row.scope)[0]
    rests_on = (measured["indicator_id"] == row.indicator_id) & (measured["period"] >= first)
    # A predecessor's cases fill up a month; in a year they are its own (S9, S30).
    if not (row.scope == "month" and indicator and indicator.minimum_cases):
        rests_on &= measured["unit_id"] == row.unit_id
    values = measured[rests_on].sort_values("measurement_id")
    return {
        "indicator": row.indicator_id,
        "name": indicator.name if indicator else row.indicator_id,
        "score": _plain(row.score),
        "weight": _plain(row.weight),
        "lost_points": _plain(row.weight * (100 - row.score) / 100),
        "status": row.status,
        "n_cases": _plain(row.n_cases),
        "first_period": row.first_period or None,
        "cases": case_words(row, indicator, policy.period) if indicator else "",
        "method": method_words(indicator.method) if indicator else "",
        "rule": indicator.rule if indicator else "",
        "values": [
            {
                **{name: _plain(getattr(value, name)) for name in ("measurement_id", "period", "item_id", "status")},
                **{name: _plain(getattr(value, name)) for name in RAW if hasattr(value, name)},
                "cells": [
                    {name: getattr(cell, name) for name in ("role", "file", "sheet", "cell", "raw")}
                    for cell in cells[cells["measurement_id"] == value.measurement_id].itertuples()
                ],
            }
            for value in values.itertuples()
        ],
    }


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def explain_lines(
    told: Mapping[str, Any], grading: Grading, names: Mapping[str, str], cells_shown: int = 6
) -> Iterable[str]:
    """Yield the tree of `explain_unit` as lines for a terminal, in Chinese, its `margins` after the total.

    Args:
        told: the tree, with `margins` (see `margins_of`).
        grading: what the bottom places are called.
        names: id → Chinese name.
        cells_shown: of a value with many raw cells (tickets), how many are listed; `--json` has all.
    """
    tier, by_score = names.get(told["tier"], "无等次"), names.get(told["tier_by_score"], "无等次")
    yield f"{names[told['unit_id']]}（{told['unit_id']}） {told['period']} {SCOPES[told['scope']]}"
    yield f"总分 {score(told['total'])}  位次 {told['rank']}  等次 {tier}（R19、S4–S6）"
    if tier != by_score:
        yield f"  按得分为{by_score}，因{_REASONS[told['tier_reason']]}改为{tier}"
    weighted = f"{numeral(len(told['channels']))}渠道加权 {score(told['base'])}"
    yield f"  {weighted}，加分 {signed(told['bonus'])}，扣分 −{score(told['deductions'])}（S17）"
    yield from margin_lines(told["margins"], by_score, listed_name(grading, names))
    for channel in told["channels"]:
        yield (
            f"{names[channel['channel']]}：{score(channel['score'])}，权重{channel['policy_weight']:g}%，"
            f"实际权重{fixed(channel['weight'])}%（R17、R18、S11）"
        )
        for parent in channel["parents"]:
            yield f"  {names[parent['parent']]}：{score(parent['score'])}，权重{fixed(parent['weight'])}%"
        for indicator in channel["indicators"]:
            yield from _indicator_lines(indicator, cells_shown)


def _indicator_lines(indicator: Mapping[str, Any], cells_shown: int) -> Iterable[str]:
    told = f"；{indicator['cases']}" if indicator["cases"] else ""
    if indicator["score"] is None:
        yield f"  {indicator['name']}：{WORDS.status_effects[indicator['status']]}{told}"
    else:
        yield (
            f"  {indicator['name']}：{score(indicator['score'])}，权重{fixed(indicator['weight'])}%，"
            f"失{score(indicator['lost_points'])}分；{indicator['method']}（{indicator['rule']}）{told}"
        )
    for value in indicator["values"]:
        if value["status"] != "ok":
            continue
        ratio = (
            f"{value['numerator']:g}/{value['denominator']:g}"
            if value["denominator"] is not None
            else f"{value['value']:g}"
        )
        if value.get("standard") is not None:
            ratio += f"（{WORDS.roles['standard']}{value['standard']:g}）"
        yield f"    {' '.join(filter(None, (value['period'], value['item_id'])))}：{ratio}"
        for cell in value["cells"][:cells_shown]:
            place = "·".join(filter(None, (cell["file"], cell["sheet"], cell["cell"])))
            yield escape_unseen(f"      {cell['role']} {cell['raw']} ← {place}")
        if len(value["cells"]) > cells_shown:
            yield f"      … 共{len(value['cells'])}处，全部见 --json"
