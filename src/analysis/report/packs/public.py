"""The public edition: how the district does, without the rank of a single town (S26)."""

import pandas as pd
from markupsafe import Markup

from analysis.policy.base import TIERS
from analysis.policy.period import month_range, shift
from analysis.report.bulletin.notice import foot
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import merge_small_groups, shown_count, shown_share
from analysis.report.packs.drawings import course_svg, figure
from analysis.report.page.pieces import Column, banner, paragraphs, table, tier_badge
from analysis.report.score_text import LOSSES_SHOWN
from analysis.report.words import day_name, listing, month_name, rose_or_fell, score

DRAWS = "draws"
_NUMBERS = "一二三四五"


def public_body(content: PackContent) -> Markup:
    """Return the content of the public page; which single units it names is policy (`public_units`)."""
    policy = content.policy
    title = f"{policy.district.name}机关职能运行监管情况（{month_name(policy.period)}）"
    parts = [Markup("<h1>{}</h1>").format(title), _source(content)]
    if policy.district.is_synthetic:
        parts.append(banner("本页数据为虚构地区的合成数据，仅供演示，与任何真实单位无关。"))
    overview = [paragraphs(overview_sentences(content)), _course(content), _groups(content), _tiers(content)]
    sections = {
        "总体情况": overview,
        "主要失分指标": [_losses(content)],
        "群众诉求与整改": _citizens(content),
        "随机监管摇号": _draws(content),
        "区直部门等次": _named_units(content),
    }
    told = [(title, pieces) for title, pieces in sections.items() if pieces]
    for number, (title, pieces) in zip(_NUMBERS, told, strict=False):
        parts += [Markup("<h2>{}、{}</h2>").format(number, title), *pieces]
    parts.append(paragraphs(["本页不公布单个镇街的得分、位次和等次（S26）。"]))
    return Markup("\n").join([*parts, foot(content.edition)])


def _source(content: PackContent) -> Markup:
    edition = content.edition
    state = "暂定结果" if edition.state == "draft" else "定稿"
    form = Markup('<p class="source">{} · {} · 数据截至{}</p>')
    return form.format(content.policy.district.office, state, day_name(edition.as_of))


def overview_sentences(content: PackContent) -> list[str]:
    """Return how the district did: units, mean, change against the month before."""
    means, period = content.means, content.policy.period
    ranked = int(content.units["total"].notna().sum())
    sentence = f"{month_name(period)}，参评单位{ranked}个，平均得分{score(means.get(period))}分"
    before = means.get(shift(period, -1))
    if before is not None:
        sentence += f"，环比{rose_or_fell(means[period] - before)}"
    return [sentence + "。"]


def _course(content: PackContent) -> Markup:
    months = month_range(shift(content.policy.period, -12), content.policy.period)
    means = content.means.reindex(months)
    drawing = course_svg(months, means.tolist(), [float("nan")] * len(months), name="全区平均", other="")
    return figure(drawing, "全区平均得分近十三个月走势", "全区平均得分近十三个月走势；单位：分")


def _groups(content: PackContent) -> Markup:
    scored = content.units[content.units["total"].notna()]
    order = [group.id for group in content.policy.groups if (scored["group"] == group.id).any()]
    sizes = scored["group"].value_counts().reindex(order)
    rows = []
    for part in merge_small_groups(sizes, content.rules.minimum_group):
        members = scored[scored["group"].isin(part)]
        rows.append(
            [listing([content.names[group] for group in part]), str(len(members)), score(members["total"].mean())]
        )
    columns = [Column("类别"), Column("参评单位", True), Column("平均得分", True)]
    return table(columns, rows, "各类单位平均得分（单位少的类别合并列示）", css="")


def _tiers(content: PackContent) -> Markup:
    counts = content.units["tier"].value_counts()
    columns = [Column("等次"), Column("单位数", True)]
    rows = [[tier_badge(tier, content.names[tier]), str(counts.get(tier, 0))] for tier in TIERS]
    return table(columns, rows, "各等次单位数（R19）", css="")


def _losses(content: PackContent) -> Markup:
    summary = content.table("indicator_summary", "month")
    # An indicator that few units have would tell of them.
    enough = summary[summary["n_units"] >= content.rules.minimum_group]
    worst = enough.sort_values(["lost_points", "indicator_id"], ascending=[False, True]).head(LOSSES_SHOWN)
    columns = [Column("指标"), Column("参评单位", True), Column("平均得分", True), Column("平均失分", True)]
    rows = (
        [content.names[row.indicator_id], str(row.n_units), score(row.mean_score), score(row.lost_points)]
        for row in worst.itertuples()
    )
    return table(columns, rows, "失分最多的指标（失分：按当期权重折算为总分的分值）", css="")


def _citizens(content: PackContent) -> list[Markup]:
    small, hotline, ledger = content.rules.small_count, content.table("hotline_by_unit"), content.table("ledger")
    told = []
    if len(hotline):
        sums = hotline[["n_received", "n_due", "n_on_time", "n_valid_call_backs", "n_satisfied"]].sum()
        on_time = shown_share(int(sums["n_on_time"]), int(sums["n_due"]), small)[2]
        satisfied = shown_share(int(sums["n_satisfied"]), int(sums["n_valid_call_backs"]), small)[2]
        received = shown_count(int(sums["n_received"]), small)
        told.append(f"受理群众诉求{received}件，到期工单按时办结率{on_time}，有效回访满意率{satisfied}。")
    if len(ledger):
        still = int((ledger["light"] != "closed").sum())
        due, done = int(ledger["is_due"].sum()), int((ledger["is_due"] & ledger["is_closed_in_time"]).sum())
        told.append(f"整改台账在办{still}项，本月到期{due}项，按期销号{done}项。")
    return [paragraphs(told or ["本月没有工单和整改数据。"])]


def _draws(content: PackContent) -> list[Markup]:
    """Return the links to the month's public draws: each page checks itself in the reader's browser (R12)."""
    if not content.draws:
        return []
    link = Markup('<li><a href="{0}/{1}/draw.html">{1}号摇号公示页</a></li>')
    links = Markup("").join(link.format(DRAWS, name) for name in content.draws)
    told = "随机监管的被查单位和检查人员公开摇号产生（R12）；公示页在浏览器中自行复核，不需要网络。"
    return [paragraphs([told]), Markup("<ul>{}</ul>").format(links)]


def _named_units(content: PackContent) -> list[Markup]:
    if content.rules.public_units == "none":
        return []
    towns = {unit.id for unit in content.policy.units if unit.is_town}
    rows = content.units[~content.units["unit_id"].isin(towns) & (content.units["tier"] != "")]
    order = pd.Categorical(rows["tier"], categories=list(TIERS), ordered=True)
    rows = rows.assign(order=order).sort_values(["order", "unit_id"])
    cells = ([content.names[row.unit_id], tier_badge(row.tier, content.names[row.tier])] for row in rows.itertuples())
    return [table([Column("单位"), Column("等次")], cells, "区直部门等次（同一等次内按编号排列）")]
