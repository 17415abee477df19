"""The frame of the notice: title, banners, how to object, what is done next, what changed, where figures come from."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
from markupsafe import Markup

from analysis.action.differences import list_differences
from analysis.policy.book import Policy
from analysis.report.differences import differences_table
from analysis.report.edition import Edition
from analysis.report.page.pieces import Column, banner, table
from analysis.report.words import day_name, listing, month_name


def title(policy: Policy) -> Markup:
    """Return the notice's title in two parts, which a narrow line keeps whole."""
    form = Markup("<h1><span>{}机关职能运行监管</span><span>月度考评通报（{}）</span></h1>")
    return form.format(policy.district.name, month_name(policy.period))


def imprint(policy: Policy, edition: Edition) -> Markup:
    """Return the line below the title: office, revision, state, as-of date, until when to object."""
    state = "征求意见稿" if edition.state == "draft" else "定稿"
    return Markup('<p class="source">{} · {}（第{}版） · 数据截至{} · 异议期至{}</p>').format(
        policy.district.office,
        state,
        int(edition.revision[1:]),
        day_name(edition.as_of),
        day_name(edition.objections_until),
    )


def banners(policy: Policy, edition: Edition, units: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the notices across the page: synthetic data, provisional result, units with accepted gaps, small N."""
    told = []
    if policy.district.is_synthetic:
        told.append("本页数据为虚构地区的合成数据，仅供演示，与任何真实单位无关。")
    if edition.state == "draft":
        told.append("月度等次和后五名为暂定结果，供提醒和整改使用；约谈、通报批评和黑名单以年度定稿结果为准（S27）。")
    provisional = units[units["is_provisional"]]["unit_id"].map(names).tolist()
    if provisional:
        told.append(f"{listing(provisional, 6)}有经认可的缺报数据，得分和等次为暂定（S11）。")
    ranked = int(units["total"].notna().sum())
    if ranked < policy.grading.small_district_below:
        told.append(
            f"参评单位{ranked}个，不足{policy.grading.small_district_below}个，后五名范围高于不达标等次（S7）。"
        )
    return Markup("").join(banner(text) for text in told)


def what_must_be_done(edition: Edition, units: pd.DataFrame, ledger: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the first screen's last sentence: what follows this month, by whom and until when (R21, S22).

    Args:
        edition: for the dates.
        units: `unit_scores` of scope `month`.
        ledger: the month's table `ledger`.
        names: id → Chinese name.
    """
    listed = units[units["is_bottom_five"] | (units["tier"] == "fail")]
    dunned = ledger[ledger["is_dunned"]].sort_values(["overdue_working_days", "unit_id"], ascending=[False, True])
    told = []
    if len(listed):
        until = day_name(edition.objections_until)
        told.append(f"列入后五名或不达标的{len(listed)}个单位于{until}前对照失分清单提出整改措施")
    if len(dunned):
        owners = listing([names[unit_id] for unit_id in dunned["unit_id"].unique()], 4)
        until = day_name(date.fromisoformat(dunned["answer_until"].max()))
        told.append(f"{owners}对超期的{len(dunned)}项整改事项于{until}前书面答复")
    return f"本月要办的事：{'；'.join(told)}。" if told else "本月没有需要限期办理的事项。"


def next_steps(
    policy: Policy, edition: Edition, units: pd.DataFrame, names: Mapping[str, str], more: Sequence[Sequence[str]] = ()
) -> Markup:
    """Return 下一步: actions with owner and date.

    Args:
        policy: the month's rules.
        edition: for the dates.
        units: `unit_scores` of scope `month`.
        names: id → Chinese name.
        more: further rows (action, owner, date), such as overdue rectification items.
    """
    listed = units[units["is_bottom_five"] | (units["tier"] == "fail")].sort_values(["total", "unit_id"])
    owners = listing(listed["unit_id"].map(names).tolist(), 15)
    until = day_name(edition.objections_until)
    rows: list[Sequence[str]] = []
    if len(listed):
        rows.append(("对照失分清单分析原因，提出整改措施，防止年度结果触发约谈（R21、S27）", owners, until))
    provisional = units[units["is_provisional"]]["unit_id"].map(names).tolist()
    if provisional:
        rows.append(("补报缺报数据或说明原因，由编办发布修订版", listing(provisional, 8), until))
    rows += [*more, ("对得分有异议的，按规定书面提出", "各被评单位", until)]
    return table([Column("事项"), Column("责任单位"), Column("时限")], rows, "下一步工作事项", css="")


def how_to_object(policy: Policy, edition: Edition) -> str:
    """Return how and until when to object (S21)."""
    objection = policy.district.objection
    return (
        f"各单位对本通报有异议的，请于{day_name(edition.objections_until)}前向{objection.contact}提出。{objection.how}"
    )


def compare_revisions(before: pd.DataFrame | None, after: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return 变更: which units differ from the last published revision (see `list_differences`).

    Args:
        before: `unit_scores` of the revision in force, None where this is the first.
        after: `unit_scores` to be published.
        names: id → Chinese name.
    """
    if before is None:
        return Markup("<p>本期为首次发布，无修订。</p>")
    moved = list_differences(before, after)
    if moved.empty:
        return Markup("<p>与上一版相比，各单位得分、位次和等次均无变化。</p>")
    return differences_table(moved, names, "与上一版相比有变化的单位")


def quality_section(reconciliation: pd.DataFrame, problems: pd.DataFrame) -> Markup:
    """Return 数据质量: what each office delivered, what was used, set aside, corrected, accepted."""
    by_office = reconciliation.groupby("office", sort=True)[["n_read", "n_clean", "n_set_aside", "n_not_data"]].sum()
    actions = problems.pivot_table(index="office", columns="action", values="file", aggfunc="count").reindex(
        columns=["corrected", "accepted"]
    )
    joined = by_office.join(actions).fillna(0).astype(int)
    columns = [
        Column(head, place > 0)
        for place, head in enumerate(("报送单位", "读取", "采用", "搁置", "非数据", "更正", "认可"))
    ]
    rows = ([row.Index or "未识别", *(str(value) for value in row[1:])] for row in joined.itertuples())
    return table(columns, rows, "数据接收与核对（评分表按单元格、其余按行计；读取=采用+搁置+非数据）")


def foot(edition: Edition) -> Markup:
    """Return the foot: revision, hash of inputs and rules, code version."""
    return Markup('<p class="foot">修订版 {} · 数据与规则校验值 {} · 程序 {}（{}）</p>').format(
        edition.revision, edition.inputs, edition.version, edition.code
    )
