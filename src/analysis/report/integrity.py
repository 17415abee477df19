"""Integrity in words (S34): what is out of the ordinary beside a unit's group is asked about, nothing more."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.insight.likeness import MEASURE
from analysis.policy.names import Names
from analysis.policy.trends import IntegrityRules
from analysis.report.page.pieces import number, table, text
from analysis.report.words import DASH, WORDS, by_chance, fixed, listing, month_name

_NO_VERDICT = "以下只是提问，可能另有正当原因；不更改任何数据，不计分，也不影响等次和结果运用。"


def integrity_rule(rules: IntegrityRules) -> str:
    """Return what is compared, over which months, and what the deliveries cannot show (S34)."""
    measures = "、".join(word.name for name, word in WORDS.integrity.items() if name != MEASURE)
    return (
        f"近{rules.months}个月合计，把每个单位与同组单位相比：{measures}。"
        "另将每个单位本月各项指标得分与其他每个单位逐项相比：多项完全相同而其他单位之间很少相同的，可能是误填或误复制。"
        f"临到期指距办理时限不超过{rules.hand_over_days}个工作日；长期未销号指超过整改时限{rules.open_months}个月；"
        f"不足{rules.minimum_cases}件的只列出，不检验（S34）。报送数据没有办理延期的日期，"
        "上月末已逾期、之后才出现的延期记为逾期后办理，当月之内的看不出来。"
    )


def tell_integrity(integrity: pd.DataFrame, false_discovery_pct: float, n_answers: int = 0) -> str:
    """Return how many shares are out of the ordinary, among how many tested, and what chance alone brings (S33).

    Args:
        integrity: table `integrity` of a month.
        false_discovery_pct: the share of false discoveries to which the questions are held.
        n_answers: how many of the questions units answer with other tasks (see `count_answers`).
    """
    n_tested, asked = int(integrity["p_value"].notna().sum()), int(integrity["is_question"].sum())
    if not n_tested:
        return "本月没有件数足够的单位可供核对。"
    tested = by_chance(n_tested, asked, false_discovery_pct)
    if not asked:
        return f"没有发现明显异于其他单位的情形{tested}。"
    rest = f"，其余{asked - n_answers}项另行书面说明" * (asked > n_answers)
    how = f"其中{n_answers}项在超期整改事项的书面答复中一并说明{rest}。" * bool(n_answers)
    return f"明显异于其他单位、请予核实的有{asked}项{tested}。{how}{_NO_VERDICT}"


def alike_units(integrity: pd.DataFrame) -> list[str]:
    """Return the ids of units whose points are another unit's beyond what chance brings."""
    return integrity.loc[integrity["is_question"] & (integrity["measure"] == MEASURE), "unit_id"].tolist()


def refer_alike(integrity: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return whose points are another unit's, where that is told in full elsewhere; empty where nobody's are."""
    who = listing([names[unit] for unit in alike_units(integrity)])
    return f"{who}的得分有与其他单位相同的，是否误填、误复制待核实，见“附三、数据真实性核实”。" * bool(who)


def tell_alike(integrity: pd.DataFrame, names: Mapping[str, str], asked_in: str = "") -> str:
    """Return whose points are another unit's beyond what chance brings, each pair once; empty where nobody's are.

    Args:
        integrity: table `integrity` of a month.
        names: of the units.
        asked_in: of a paper, which asks its reader nothing: where it is that they are asked.
    """
    asked = integrity[integrity["is_question"] & (integrity["measure"] == MEASURE)].sort_values("unit_id")
    pairs = {frozenset((row.unit_id, row.other_unit_id)): row for row in asked.itertuples()}
    told = [
        f"{'、'.join(names[unit] for unit in sorted(pair))}都有得分的{row.n_cases}项指标中"
        f"{'各项' if row.n_events == row.n_cases else f'有{row.n_events}项'}得分完全相同"
        for pair, row in pairs.items()
    ]
    doubt = "：任意两个单位一般不会如此，报送数据是否误填、误复制，请予核实。"
    return ("；".join(told) + (f"，情况异常，已列入{asked_in}。" if asked_in else doubt)) * bool(told)


def question_table(integrity: pd.DataFrame, names: Mapping[str, str]) -> Markup | str:
    """Return what is to be asked, of whom, and the counts behind it, the rarest by chance first; empty if none."""
    asked = integrity[integrity["is_question"]].sort_values(["p_value", "unit_id", "measure"])
    if asked.empty:
        return ""
    words = WORDS.integrity
    columns = [
        text("单位", "unit_id", names),
        text("情形", lambda r: f"{words[r.measure].name}{_other(r, names)}"),
        number("件数", lambda r: f"{r.n_events}/{r.n_cases}{words[r.measure].of}"),
        number("占比", "share_pct", lambda value: f"{fixed(value, 1)}%"),
        number("同组占比", "group_share_pct", lambda value: f"{fixed(value, 1)}%"),
        number("按同组占比约", lambda r: f"{fixed(r.n_expected, 1)}{words[r.measure].of}"),
        text("请核实", lambda r: f"{words[r.measure].ask}？"),
    ]
    first, last = asked["first_period"].min(), asked["period"].max()
    span = month_name(last) if first == last else f"{month_name(first)}至{month_name(last)}合计"
    alike = "；“得分相同”只比本月，其“同组占比”为任意两个单位相同的占比" * bool((asked["measure"] == MEASURE).any())
    return table(columns, asked, f"数据真实性：请予核实的情形（{span}；同组占比含本单位{alike}）")


def _other(row, names: Mapping[str, str]) -> str:
    return f"（与{names[row.other_unit_id]}）" if row.other_unit_id else ""


def integrity_table(integrity: pd.DataFrame, names: Names) -> Markup:
    """Return every unit's shares, each with its group's, for those who check."""
    told = {
        (row.unit_id, row.measure): f"{fixed(row.share_pct, 1)}%（{fixed(row.group_share_pct, 1)}%）"
        for row in integrity.itertuples()
    }
    columns = [
        text("单位", lambda unit_id: names[unit_id]),
        *(number(word.name, lambda unit_id, m=m: told.get((unit_id, m), DASH)) for m, word in WORDS.integrity.items()),
    ]
    units = sorted(integrity["unit_id"].unique())
    return table(columns, units, "各单位占比，括号内为同组占比；“—”为没有件数", css="sortable dense")
