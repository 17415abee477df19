"""The province page: the districts of a fleet side by side, and in what they cannot be compared."""

import math
from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup, escape

from analysis.policy.base import CHANNELS, TIERS
from analysis.policy.fleet import DistrictResult, Reference
from analysis.report.page.html import render_page
from analysis.report.page.pieces import Column, Kpi, banner, bar, kpis, paragraphs, table
from analysis.report.words import DASH, listing, month_name, score

_LONGEST_VALUE = 60
_NAMED_DISTRICTS = 10
_SYNTHETIC = "本页含虚构地区的合成数据，仅供演示，与任何真实单位无关。"


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
    names = reference.names if reference else {}
    parts = [Markup("<h1>{}</h1>").format(title)]
    if any(result.is_synthetic for result in done):
        parts.append(banner(_SYNTHETIC))
    parts += [kpis(_first_figures(results, done)), paragraphs(_summary(results, done, reference))]
    parts += [_heading("一、各区县情况"), _district_table(period, done, names)]
    parts += [_heading("二、相同指标对照"), _indicator_table(done, reference)]
    parts += [_heading("三、规则差异"), _difference_table(done, reference)]
    parts += [_heading("四、未完成的区县"), _failure_table(results)]
    parts += [_heading("附：口径说明"), paragraphs(_notes())]
    return render_page(Markup("\n").join(parts), title=title)


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


def _district_table(period: str, done: Sequence[DistrictResult], names: dict[str, str]) -> Markup:
    heads = ["区县", "被评单位", "平均得分", *(names.get(f"{channel}.short", channel) for channel in CHANNELS)]
    heads += [*(names.get(tier, tier) for tier in TIERS), "暂定"]
    columns = [Column(head, place > 0) for place, head in enumerate(heads)]
    columns += [Column("规则"), Column("修订版")]
    rows = [
        [
            result.name if result.period == period else f"{result.name}（{month_name(result.period)}）",
            str(result.n_units),
            bar(0 if math.isnan(result.mean) else result.mean, score(result.mean)),
            *(score(result.channels.get(channel)) for channel in CHANNELS),
            *(str(result.tiers.get(tier, 0)) for tier in TIERS),
            str(result.n_provisional),
            f"{len(result.differences)}处不同" if result.differences else "一致",
            Markup("{}（{}） <small>{}</small>").format(
                result.revision, "定稿" if result.is_final else "征求意见稿", result.manifest[:8]
            ),
        ]
        for result in done
    ]
    return table(columns, rows, "各区县得分（分）与各等次单位数（个），按名单顺序")


def _indicator_table(done: Sequence[DistrictResult], reference: Reference | None) -> Markup:
    columns = [Column("指标"), Column("可比区县", True), Column("平均", True)]
    columns += [Column("最低", True), Column("最低的区县"), Column("最高", True), Column("最高的区县")]
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
    columns = [Column(head) for head in ("参数文件与键", "参照值", "不同的值", "区县")]
    found = sorted((d.file, d.key, d.reference, d.found, place) for place, r in enumerate(done) for d in r.differences)
    rows = []
    for (file, key, wanted, value), group in groupby(found, key=lambda item: item[:4]):
        who = [done[item[4]].name for item in group]
        rows.append([f"{file}：{key}", _value(wanted), _value(value), listing(who, _NAMED_DISTRICTS)])
    return table(columns, rows, "与参照区县不同的规则参数；“无”表示没有这一项")


def _value(text: str) -> Markup:
    return escape("无" if not text else text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…")


def _failure_table(results: Sequence[DistrictResult]) -> Markup:
    columns = [Column("区县"), Column("月份"), Column("原因")]
    rows = [[r.name, month_name(r.period), r.error] for r in results if r.state == "failed"]
    return table(columns, rows, "未完成的区县及原因；改正后重新运行，已完成的不重复计算")


def _notes() -> list[str]:
    return [
        "平均得分为区县内各被评单位公布得分的算术平均；各渠道、各指标为有得分单位的算术平均，未抽中、不适用的不计入。",
        "等次在各区县内部按比例划定（R19），单位数随比例而定，不能用来比较区县之间的好差；本页不对区县排名。",
        "可比的前提是指标和规则相同：规则差异全部列出，单位名单和职责清单因地而异，不算差异。",
        "修订版后为其清单文件的校验值（SHA-256前8位），可与该区县公布的数据核对。",
    ]


def _heading(text: str) -> Markup:
    return Markup("<h2>{}</h2>").format(text)
