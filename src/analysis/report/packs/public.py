"""The public edition: how the district does, without the rank of a single town (S26)."""

from operator import itemgetter

import pandas as pd
from markupsafe import Markup

from analysis.policy.period import month_range, shift
from analysis.report.edition import foot
from analysis.report.indicators import LOSSES_SHOWN
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import WITHHELD, merge_small_groups
from analysis.report.packs.drawings import course_svg
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Table, number, table, text, tier_badge
from analysis.report.site.open_tickets import WHOLE, hotline_tables, withheld_totals
from analysis.report.words import listing, month_name, percent, rose_or_fell, score

DRAWS = "draws"
_MATTERS = 8


def public_body(content: PackContent) -> Markup:
    """Return the content of the public page; which single units it names is policy (`public_units`)."""
    return fill_template(
        "packs/public.html.j2",
        policy=content.policy,
        edition=content.edition,
        about=about(content),
        overview=overview(content),
        course=_course(content),
        groups=groups_table(content),
        tiers=tiers_table(content),
        losses=_losses(content),
        citizens=_citizens(content),
        matters=_matters(content),
        draws=content.draws,
        folder=DRAWS,
        departments=departments_table(content),
        annual=content.annual_page,
        foot=foot(content.edition),
    )


def about(content: PackContent) -> str:
    """Return in plain words what the page is: who is assessed by whom, what a score and a tier are."""
    district, grading, names = content.policy.district, content.policy.grading, content.names
    shares = "、".join(f"{names[tier]}{share:g}%" for tier, share in grading.quotas.items())
    tiers = (
        f"等次按得分先后确定（{shares}）"
        if shares
        else f"等次按分数线确定，分为{listing([*map(names.get, names.tiers)])}"
    )
    return (
        f"{district.office}每月考评{district.name}各部门和镇街履行职责的情况。得分满分100分，越高越好；{tiers}。"
        "以下只列全区和各类单位的汇总结果。"
    )


def overview(content: PackContent) -> str:
    """Return how the district did: units, mean, change against the month before."""
    means, period = content.means, content.policy.period
    ranked = int(content.units["total"].notna().sum())
    sentence = f"{month_name(period)}，参评单位{ranked}个，平均得分{score(means.get(period))}分"
    before = means.get(shift(period, -1))
    return sentence + ("。" if before is None else f"，环比{rose_or_fell(means[period] - before)}。")


def _course(content: PackContent) -> Markup:
    months = month_range(shift(content.policy.period, -12), content.policy.period)
    means = content.means.reindex(months)
    return course_svg(months, means.tolist(), [float("nan")] * len(months), name="全区平均", other="")


def groups_table(content: PackContent) -> Table:
    """Return the mean of each group of units; small groups are told together."""
    scored = content.units[content.units["total"].notna()]
    order = [group.id for group in content.policy.groups if (scored["group"] == group.id).any()]
    sizes = scored["group"].value_counts().reindex(order)
    rows = []
    for part in merge_small_groups(sizes, content.rules.minimum_group):
        members = scored[scored["group"].isin(part)]
        rows.append((listing([content.names[group] for group in part]), len(members), members["total"].mean()))
    columns = [
        text("类别", itemgetter(0)),
        number("参评单位", lambda r: str(r[1])),
        number("平均得分", lambda r: score(r[2])),
    ]
    return table(columns, rows, "各类单位平均得分（单位少的类别合并列示）", css="")


def tiers_table(content: PackContent) -> Table:
    """Return how many units each tier has."""
    counts = content.units["tier"].value_counts()
    columns = [
        text("等次", lambda tier: tier_badge(tier, content.names)),
        number("单位数", lambda tier: str(counts.get(tier, 0))),
    ]
    return table(columns, content.names.tiers, "各等次单位数（R19）", css="")


def _losses(content: PackContent) -> Markup:
    summary = content.table("indicator_summary", "month")
    # An indicator that few units have would tell of them.
    enough = summary[summary["n_units"] >= content.rules.minimum_group]
    worst = enough.sort_values(["lost_points", "indicator_id"], ascending=[False, True]).head(LOSSES_SHOWN)
    columns = [
        text("指标", "indicator_id", content.names),
        number("参评单位", "n_units"),
        number("平均得分", "mean_score", score),
        number("平均失分", "lost_points", score),
    ]
    return table(columns, worst, "失分最多的指标（失分：按当期权重折算为总分的分值）", css="")


def _citizens(content: PackContent) -> list[str]:
    ledger, told = content.table("ledger"), []
    for row in content.table("hotline_by_channel").query(f"channel == {WHOLE!r} and n_received > 0").to_dict("records"):
        hidden = withheld_totals(content.ticket_history, content.rules)
        rates = {
            name: WITHHELD if name in hidden else percent(row[name] / 100)
            for name in ("on_time_pct", "satisfaction_pct")
        }
        received = WITHHELD if "n_received" in hidden else f"{row['n_received']}件"
        rest = f"到期工单按时办结率{rates['on_time_pct']}，有效回访满意率{rates['satisfaction_pct']}"
        told.append(f"受理群众诉求{received}，{rest}。")
    if len(ledger):
        still = int((ledger["light"] != "closed").sum())
        due, done = int(ledger["is_due"].sum()), int((ledger["is_due"] & ledger["is_closed_in_time"]).sum())
        told.append(f"整改台账在办{still}项，本月到期{due}项，按期销号{done}项。")
    return told


def _matters(content: PackContent) -> Markup:
    """Return what citizens asked about most, as far as the open data tell it (S46)."""
    shown = hotline_tables(content.ticket_history, content.rules)["hotline_by_matter"]
    most = shown[(shown["matter"] != "") & shown["n_received"].notna()]
    most = most.sort_values(["n_received", "matter"], ascending=[False, True]).head(_MATTERS)
    if most.empty:
        return Markup("")
    columns = [
        text("事项", "matter"),
        number("受理（件）", "n_received", "{:.0f}".format),
        number("按时办结率", lambda r: percent(r.on_time_pct / 100)),
        number("满意率", lambda r: percent(r.satisfaction_pct / 100)),
    ]
    return table(columns, most, "受理较多的事项（“—”为件数少，不予列示）", css="")


def departments_table(content: PackContent) -> Markup:
    """Return the tiers of departments where policy publishes them (`public_units`), else nothing (S26)."""
    if content.rules.public_units == "none":
        return Markup("")
    towns = {unit.id for unit in content.policy.units if unit.is_town}
    rows = content.units[~content.units["unit_id"].isin(towns) & (content.units["tier"] != "")]
    order = pd.Categorical(rows["tier"], categories=list(content.names.tiers), ordered=True)
    columns = [text("单位", "unit_id", content.names), text("等次", "tier", lambda t: tier_badge(t, content.names))]
    ordered = rows.assign(order=order).sort_values(["order", "unit_id"])
    return table(columns, ordered, "区直部门等次（同一等次内按编号排列）")
