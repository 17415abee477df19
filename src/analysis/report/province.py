"""The province page: the districts of a fleet side by side, and in what they cannot be compared."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from markupsafe import Markup, escape

from analysis.policy.fleet import DistrictResult, Reference
from analysis.policy.names import Names
from analysis.report.page.assets import fill_template
from analysis.report.page.html import render_page
from analysis.report.page.pieces import Kpi, bar, number, table, text
from analysis.report.words import DASH, WORDS, listing, month_name, score

_LONGEST_VALUE = 60
_NAMED_DISTRICTS = 10


def render_province(name: str, period: str, results: Sequence[DistrictResult], reference: Reference | None) -> str:
    """Return the page; it depends on what is published only, not on when or how often the fleet ran.

    Args:
        name: the province's name.
        period: the fleet's month.
        results: the districts in the order of the list.
        reference: the rules with which they were compared; None where no district's could be read.
    """
    title = f"{name}各区县机关职能运行监管月度情况（{month_name(period)}）"
    done = [result for result in results if result.state != "failed"]
    body = fill_template(
        "province.html.j2",
        title=title,
        is_synthetic=any(result.is_synthetic for result in done),
        figures=_first_figures(results, done),
        summary=_summary(results, done, reference),
        districts=_district_table(period, done, reference.names if reference else Names({})),
        indicators=_indicator_table(done, reference),
        differences=_difference_table(done, reference),
        failures=_failure_table(results),
    )
    return render_page(body, title=title)


def comparable_indicators(result: DistrictResult) -> list[str]:
    """Return the district's indicators whose rule is the reference's, so that their points mean the same."""
    changed = {d.key.partition("[")[2].split("]")[0].split("@")[0] for d in result.differences if _is_indicator(d.key)}
    return [indicator for indicator in result.indicators if indicator not in changed]


def _is_indicator(key: str) -> bool:
    return key.startswith("indicators[")


def _first_figures(results: Sequence[DistrictResult], done: Sequence[DistrictResult]) -> list[Kpi]:
    means = [result.mean for result in done if not math.isnan(result.mean)]
    spread = f"{score(min(means))}—{score(max(means))}" if means else DASH
    return [
        Kpi("完成区县", str(len(done)), f"/{len(results)}个"),
        Kpi("被评单位", str(sum(result.n_units for result in done)), "个"),
        Kpi("区县平均得分", spread, "分", note="最低—最高"),
        Kpi("规则有差异", str(sum(bool(result.differences) for result in done)), "个区县"),
    ]


def _summary(
    results: Sequence[DistrictResult], done: Sequence[DistrictResult], reference: Reference | None
) -> list[str]:
    told = [f"名单内{len(results)}个区县，完成{len(done)}个，未完成{len(results) - len(done)}个。"]
    if not reference or not done:
        return told
    yardstick = next(result.name for result in results if result.district == reference.district)
    other = [result.name for result in done if result.differences]
    odd = [result.name for result in done if set(result.indicators) != set(_indicators_of(done, reference))]
    told.append(
        f"以{yardstick}的规则为参照，{len(done) - len(other)}个区县规则完全一致"
        + (f"，{len(other)}个有差异（{listing(other, _NAMED_DISTRICTS)}），逐项列于第三部分。" if other else "。")
    )
    told.append(
        f"指标与参照不同的区县：{listing(odd, _NAMED_DISTRICTS)}，其总分不宜与其他区县比较。"
        if odd
        else "各区县本月使用的指标相同。"
    )
    codes = sorted({(result.stage, result.code) for result in done})
    if len({stage for stage, _ in codes}) < len(codes):
        groups = [f"{code[:8]}（{sum(r.code == code for r in done)}个区县）" for _, code in codes]
        told.append(f"各区县结果由不同版本的程序生成：{listing(groups)}。")
    return told


def _indicators_of(done: Sequence[DistrictResult], reference: Reference) -> list[str]:
    """The reference's indicators of the month; where it failed itself, those of the first district that did not."""
    chosen = next((result for result in done if result.district == reference.district), done[0])
    return list(chosen.indicators)


def _district_table(period: str, done: Sequence[DistrictResult], names: Names) -> Markup:
    channels = _in_order(names.channels, (result.channels for result in done))
    tiers = _in_order(names.tiers, (result.tiers for result in done))
    columns = [
        text("区县", lambda r: r.name if r.period == period else f"{r.name}（{month_name(r.period)}）"),
        number("被评单位", "n_units"),
        number("平均得分", lambda r: bar(0 if math.isnan(r.mean) else r.mean, score(r.mean))),
        *(number(names.get(f"{c}.short", c), lambda r, c=c: score(r.channels.get(c))) for c in channels),
        *(number(names.get(tier, tier), lambda r, tier=tier: str(r.tiers.get(tier, 0))) for tier in tiers),
        number("暂定", "n_provisional"),
        text("规则", lambda r: f"{len(r.differences)}处不同" if r.differences else "一致"),
        text("修订版", _revision),
    ]
    return table(columns, done, "各区县得分（分）与各等次单位数（个），按名单顺序")


def _in_order(ids: Sequence[str], found: Iterable[Iterable[str]]) -> list[str]:
    """Return the reference's ids in its order, then those that only other districts have."""
    return [*dict.fromkeys([*ids, *(id_ for each in found for id_ in each)])]


def _revision(result: DistrictResult) -> Markup:
    state = WORDS.edition_states["final" if result.is_final else "draft"]
    return Markup("{}（{}） <small>{}</small>").format(result.revision, state, result.manifest[:8])


def _indicator_table(done: Sequence[DistrictResult], reference: Reference | None) -> Markup:
    heads = [number("可比区县", itemgetter(1)), number("平均", itemgetter(2)), number("最低", itemgetter(3))]
    heads += [text("最低的区县", itemgetter(4)), number("最高", itemgetter(5)), text("最高的区县", itemgetter(6))]
    columns = [text("指标", itemgetter(0)), *heads]
    comparable = {result.district: set(comparable_indicators(result)) for result in done}
    rows = []
    for indicator in _indicators_of(done, reference) if reference and done else ():
        scores = [
            (result.name, result.indicators[indicator])
            for result in done
            if indicator in comparable[result.district] and not math.isnan(result.indicators[indicator])
        ]
        rows.append([reference.names.get(indicator, indicator), str(len(scores)), *_extremes(scores)])
    return table(columns, rows, "各指标区县平均得分（分）；只比较计分规则与参照相同的区县")


def _extremes(scores: list[tuple[str, float]]) -> list[str]:
    """Return mean, lowest, highest with their districts, by what prints (S4): equal print is equal."""
    if not scores:
        return [DASH] * 5
    printed = [(name, score(value)) for name, value in scores]
    low, high = (score(choose(value for _, value in scores)) for choose in (min, max))
    at = {text: listing([name for name, shown in printed if shown == text], _NAMED_DISTRICTS) for text in (low, high)}
    return [score(math.fsum(value for _, value in scores) / len(scores)), low, at[low], high, at[high]]


def _difference_table(done: Sequence[DistrictResult], reference: Reference | None) -> Markup:
    columns = [text(head, itemgetter(at)) for at, head in enumerate(("参数文件与键", "参照值", "不同的值", "区县"))]
    found = sorted((d.file, d.key, d.reference, d.found, place) for place, r in enumerate(done) for d in r.differences)
    rows = []
    for (file, key, wanted, value), group in groupby(found, key=lambda item: item[:4]):
        who = [done[item[4]].name for item in group]
        rows.append([f"{file}：{key}", _value(wanted), _value(value), listing(who, _NAMED_DISTRICTS)])
    return table(columns, rows, "与参照区县不同的规则参数；“无”表示没有这一项")


def _value(text: str) -> Markup:
    return escape("无" if not text else text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…")


def _failure_table(results: Sequence[DistrictResult]) -> Markup:
    columns = [text("区县", "name"), text("月份", "period", month_name), text("原因", "error")]
    failed = [result for result in results if result.state == "failed"]
    return table(columns, failed, "未完成的区县及原因；改正后重新运行，已完成的不重复计算")
