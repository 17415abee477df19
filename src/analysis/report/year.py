"""年度: the order of the year so far, or of a finished one, and who would be interviewed for it (R21, S35, S36)."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.policy.names import Names
from analysis.policy.period import month_range
from analysis.report.adjustments import list_deciding
from analysis.report.edition import Edition
from analysis.report.grading import bottom_name, listed_name
from analysis.report.page.pieces import Column, link, number, table, text, tier_badge
from analysis.report.words import DASH, WORDS, chance, listing, month_name, months_so_far, numeral, score

# What the notice of a year is made from, and what it tells besides; of a revision of an older version it tells less.
NEEDED_TABLES = (
    "unit_scores",
    "year_standing",
    "certainty",
    "trends",
    "consequences",
    "annual_states",
    "objection_periods",
)
ANNUAL_TABLES = (
    *NEEDED_TABLES,
    "indicator_scores",
    "staffing",
    "staffing_moves",
    "monthly_loads",
    "coverage",
    "coverage_plan",
    "hotline_by_channel",
    "ledger",
    "duties_by_matter",
    "matter_loops",
)
TRULY_LISTED = "剔除偶然起伏后，实际水平在列入范围内的可能性"  # what p_interview is
LEADERS = 3  # so many places are named as leading, of a month and of a year
LISTED = 10  # units in a clause; the table of the year has the others
_FEW = 30  # a longer table begins a sheet of its own on paper
_FIGURES = ["margin_interview_points", "p_bottom_five", "p_interview"]


def final_year(states: pd.DataFrame) -> int | None:
    """Return the last year that is final; None where there is none.

    Args:
        states: table `annual_states` of a month.
    """
    final = states.loc[states["state"] != "draft", "year"]
    return int(final.max()) if len(final) else None


def two_years(period: str) -> list[str]:
    """Return the months of a year and of the one before it, up to its last one (`period`)."""
    return month_range(f"{int(period[:4]) - 1}-01", period)


def annual_page(year: int) -> str:
    """Return the file of a year's notice; it lies in the folder of each audience that has one."""
    return f"annual-{year}.html"


def annual_link(year: int | None) -> Markup:
    """Return the link to a final year's notice, beside the page that shows it; empty where there is none."""
    return Markup("<p>{}</p>").format(link(annual_page(year), f"{year}年度通报（定稿）")) if year else Markup("")


def year_rows(standing: pd.DataFrame, sure: pd.DataFrame) -> pd.DataFrame:
    """Return the units in the order of the year, with the gap to the line and how likely the bottom places are.

    Neither is said of an order that leaves units out: `certainty` reads all (S35).

    Args:
        standing: the month's table `year_standing`.
        sure: the month's table `certainty`.
    """
    of_year = sure.loc[sure["scope"] == "ytd", ["unit_id", *_FIGURES]]
    rows = standing.merge(of_year, on="unit_id", how="left")
    if not standing.loc[standing["total"].notna(), "is_counted"].all():
        rows[_FIGURES] = float("nan")
    return rows.sort_values(["is_counted", "rank", "unit_id"], ascending=[False, True, True])


def near_the_line(rows: pd.DataFrame, policy: Policy, count: int = 3) -> pd.DataFrame:
    """Return what a leader looks at: who is listed, and the `count` lowest places above; of a whole year all (S36)."""
    if policy.period.endswith("-12"):
        return rows
    others = rows[rows["is_counted"] & ~rows["is_interview"]].sort_values("rank", kind="stable").tail(count)
    return rows[rows["is_interview"] | rows.index.isin(others.index)]


def year_finding(rows: pd.DataFrame, policy: Policy, edition: Edition, names: Mapping[str, str]) -> str:
    """Return who is, or would be, interviewed for the year, and who is left out (R21, S35, S36).

    Args:
        rows: see `year_rows`.
        policy: the month's rules.
        edition: whether the year is final.
        names: id → Chinese name.
    """
    year, month = int(policy.period[:4]), int(policy.period[5:])
    so_far = months_so_far(policy.period, policy.district.start)
    listed = rows[rows["is_interview"]].sort_values(["total", "unit_id"])
    likely = {row.unit_id: f"，{chance(row.p_interview)}" for row in _likely(listed, policy).itertuples()}
    named = [
        f"{names[row.unit_id]}（{score(row.total)}分{likely.get(row.unit_id, '')}）" for row in listed.itertuples()
    ]
    who = listing(named, 15)
    range_ = f"{listed_name(policy.grading, names)}（约谈范围）"
    if month < 12:
        told = f"{year}年{so_far}累计，年度尚未结束，位次和等次均为暂定（视各单位全年数据月数均达到要求，S35、S36）。"
        told += _tell_leaders(rows, names)
        what = f"（括号内为累计得分和{TRULY_LISTED}）" * bool(likely)
        told += f"若年度就此结束，列入{range_}的有{len(listed)}个单位{what}：{who}。" if len(listed) else ""
        told += _tell_sure(rows, policy, names)
        is_told = rows["p_bottom_five"].notna().any() or not policy.grading.bottom_places
        return told + ("" if is_told else f"月份尚少，{bottom_name(policy.grading)}把握尚不能估计，只列分差。")
    state = "定稿" if edition.state == "final" else "征求意见，未定稿"
    told = [f"{year}年度结果（{state}）：列入{range_}的有{len(listed)}个单位" + (f"：{who}" if len(listed) else "")]
    short = rows[~rows["is_counted"] & rows["total"].notna()]
    if len(short):
        units = listing([f"{names[row.unit_id]}（{row.n_months}个月）" for row in short.itertuples()], 15)
        told.append(f"数据不满{policy.grading.minimum_months}个月、不计位次和等次的有{units}，按未参评处理（S35、S9）")
    return "；".join(told) + "。"


def tell_relisted(rows: pd.DataFrame, before: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> str:
    """Return whom the year so far lists anew, and whom no more, since the month before, and why a month may do so.

    Empty where nobody changed, in a whole year, and where the month before is of another year or unknown.

    Args:
        rows: see `year_rows`.
        before: the table `year_standing` of the month before.
        policy: the month's rules.
        names: id → Chinese name.
    """
    then = before[before["period"].str[:4] == policy.period[:4]]
    if then.empty or policy.period.endswith("-12"):
        return ""
    now, listed = (set(each.loc[each["is_interview"], "unit_id"]) for each in (rows, then))
    told = [
        f"{word}的有{listing([names[unit] for unit in policy.unit_ids if unit in moved], LISTED)}"
        for word, moved in (("新列入约谈范围", now - listed), ("不再列入", listed - now))
        if moved & set(policy.unit_ids)
    ]
    latest = [each.name for each in policy.indicators if each.over_year == "latest"]
    why = f"：累计不是各月得分的平均，{listing(latest)}全年按最新一次计，一个月的变动可使累计变动较多" * bool(latest)
    return f"与上月的累计相比，{'；'.join(told)}{why}。" * bool(told)


def _tell_leaders(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return who leads the year so far; nothing where that is all of a small district."""
    counted = rows[rows["is_counted"]]
    first = counted[counted["rank"] <= LEADERS].sort_values(["rank", "unit_id"])
    told = listing([f"{names[row.unit_id]}（{score(row.total)}分）" for row in first.itertuples()], 5)
    return f"累计得分居前的是{told}。" if len(first) < len(counted) else ""


def _tell_sure(rows: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> str:
    """Return who is among the bottom places of the year so far as surely as a tier is called sure (S36)."""
    if not policy.grading.bottom_places or rows["p_bottom_five"].isna().all():
        return ""
    confidence, bottom = policy.noise.confidence_pct, bottom_name(policy.grading)
    sure = rows[rows["p_bottom_five"] >= confidence / 100].sort_values(["rank", "unit_id"])
    if sure.empty:
        return f"没有单位居{bottom}的可能性达到{confidence:g}%。"
    who = listing([names[unit] for unit in sure["unit_id"]])
    return f"其中居{bottom}的可能性达到{confidence:g}%的有{len(sure)}个：{who}。"


def tell_listed(rows: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> list[str]:
    """Return in a clause whom an open year would list if it ended now, the likeliest first (R21, S36).

    As soon as months are enough to say how likely it is; empty before, where nobody is listed, and of a whole year.

    Args:
        rows: see `year_rows`.
        policy: the month's rules.
        names: id → Chinese name.
    """
    listed = rows[rows["is_interview"]].sort_values(["p_interview", "rank"], ascending=[False, False], kind="stable")
    who = [f"{names[row.unit_id]}（{chance(row.p_interview)}）" for row in _likely(listed, policy).itertuples()]
    range_ = f"{listed_name(policy.grading, names)}（约谈范围）"
    head = f"若年度就此结束，列入{range_}的有{len(listed)}个单位（括号内为{TRULY_LISTED}）："
    return [f"{head}{listing(who, LISTED)}"] * bool(who)


def listed_by_deductions(rows: pd.DataFrame, totals: pd.DataFrame) -> dict[str, float]:
    """Return unit → the points deducted without which the year would not list it, other units as they are (S17).

    None of whom a judgement lists, which no points lift (S3).

    Args:
        rows: see `year_rows`.
        totals: `unit_scores` of scope `ytd`.
    """
    # Of a total that ended at nothing the deductions took no more than there was.
    taken = totals["deductions"].where(totals["total"] > 0, totals["base"] + totals["bonus"])
    taken = taken.set_axis(totals["unit_id"])
    listed = rows[rows["is_interview"] & (rows["tier"] == rows["tier_by_score"])]
    found = {row.unit_id: (row.margin_interview_points, taken.get(row.unit_id, 0.0)) for row in listed.itertuples()}
    return {unit_id: points for unit_id, (gap, points) in found.items() if 0 < gap <= points}


def tell_deducted(rows: pd.DataFrame, totals: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return in a clause whom the year so far would not list but for its deductions; arguments as above."""
    found = listed_by_deductions(rows, totals)
    who = [f"{names[unit_id]}（扣{score(points)}分）" for unit_id, points in found.items()]
    told = f"其中{listing(who, LISTED)}{'任一单位' * (len(who) > 1)}如未被扣分（其他单位不变），即不列入"
    return [told] * bool(who)


def tell_blacklist(
    rows: pd.DataFrame, consequences: pd.DataFrame, policy: Policy, names: Mapping[str, str]
) -> list[str]:
    """Return in clauses who would enter the blacklist if the year ended now, and who of those listed is on it (R22).

    Args:
        rows: see `year_rows`.
        consequences: the month's table, whose warnings of years tell how many a unit has been listed in.
        policy: the month's rules.
        names: id → Chinese name.
    """
    listed = rows[rows["is_interview"]]
    is_told = len(_likely(listed, policy)) > 0  # then the clause on who is listed stands before
    near, black = (
        listing([names[unit] for unit in listed.loc[listed["unit_id"].isin(found), "unit_id"]])
        for found in (_one_year_short(consequences, policy), _blacklisted(consequences))
    )
    span = f"连续{numeral(policy.consequences.blacklist_years, of_things=True)}年列入"
    span += listed_name(policy.grading, names) * (not is_told)
    head = f"{near}如列入，" if is_told else f"若年度就此结束，{near}"
    told = [f"{head}将{span}，进入机构编制黑名单并予问责"] * bool(near)
    still = "本年累计仍列入" + listed_name(policy.grading, names) * (not is_told)
    return told + [f"{black}已列入机构编制黑名单，{still}"] * bool(black)


def _likely(listed: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return those of whom it can be said how likely they are listed; in December nothing is still ahead."""
    return listed[listed["p_interview"].notna() & (not policy.period.endswith("-12"))]


def tell_spared(rows: pd.DataFrame, consequences: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> list[str]:
    """Return in a clause whom another listed year would blacklist, but this one does not list, and how likely it is.

    Arguments as for `tell_blacklist`. Empty where there is nobody, and of months too few to say how likely.
    """
    is_near = rows["unit_id"].isin(_one_year_short(consequences, policy)) & rows["is_counted"]
    near = rows[is_near & ~rows["is_interview"]]
    near = _likely(near, policy)
    who = [
        f"{names[row.unit_id]}（累计第{row.rank}位，列入的可能性{chance(row.p_interview)}）"
        for row in near.sort_values("rank", ascending=False).itertuples()
    ]
    return [f"{listing(who, LISTED)}再次列入也将进入黑名单，目前不列入"] * bool(who)


def tell_ruled(rows: pd.DataFrame, adjustments: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> list[str]:
    """Return in a clause whose tier of the year a judgement or veto holds below that of its score, and why (S3, S17).

    Who leads the month may be one of them: praise of it would be wrong. Empty where there is nobody.

    Args:
        rows: see `year_rows`.
        adjustments: the table's rows of the year so far, and of other months.
        policy: the month's rules.
        names: id → Chinese name.
    """
    place = {tier: at for at, tier in enumerate(policy.grading.tiers)}
    so_far = "累计" * (not policy.period.endswith("-12"))
    held = rows[rows["is_counted"] & (rows["tier"].map(place) > rows["tier_by_score"].map(place))]
    who = [
        f"{names[row.unit_id]}（{so_far}第{row.rank}位，按得分为{names[row.tier_by_score]}，现为{names[row.tier]}"
        f"{_why_ruled(adjustments[adjustments['unit_id'] == row.unit_id], policy)}）"
        for row in held.sort_values("rank").itertuples()
    ]
    return [f"本年度等次经定性调整或一票否优低于得分的有{listing(who, LISTED)}"] * bool(who)


def _why_ruled(own: pd.DataFrame, policy: Policy) -> str:
    """Return the vetoes of the year so far and the judgement of its result, with month, reason and document."""
    # A veto's reason may speak of its month alone, and its month need not be that of the page.
    cap = policy.names[policy.grading.veto_cap]
    return "".join(
        f"；{month_name(row.period)}{WORDS.adjustments[row.kind]}：{row.reason}，{row.document}"
        + f"，按考评规则{month_name(row.period)}和{policy.period[:4]}年度的等次最高均为{cap}" * (row.kind == "veto")
        for row in list_deciding(own, policy.period, "ytd").itertuples()
    )


def _one_year_short(consequences: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return the units of which one listed year more makes a blacklisted one (R22)."""
    is_last = consequences["is_current"] & (consequences["basis"] == "annual") & (consequences["kind"] == "warning")
    is_last &= consequences["streak_years"] == policy.consequences.blacklist_years - 1
    # In December the table may tell of the year itself already.
    return consequences.loc[is_last & (consequences["year"] == int(policy.period[:4]) - 1), "unit_id"]


def _blacklisted(consequences: pd.DataFrame) -> pd.Series:
    return consequences.loc[consequences["is_current"] & (consequences["kind"] == "blacklist"), "unit_id"]


def year_table(
    rows: pd.DataFrame, policy: Policy, edition: Edition, names: Names, more: Sequence[Column] = ()
) -> Markup:
    """Return the order of the year: place, tier, months, and while it is open the gap to the line (S35, S36).

    Args:
        rows: see `year_rows`.
        policy: the month's rules.
        edition: whether the year is final.
        names: id → Chinese name.
        more: columns beside the tier.
    """
    is_open = edition.state != "final"
    columns = [
        text("单位", "unit_id", names),
        number("位次", lambda r: DASH if pd.isna(r.rank) else str(r.rank)),
        number("得分", "total", score),
        text(tier := "等次（暂定）" if is_open else "等次", lambda r: tier_badge(r.tier, names)),
        *more,
        number("类别位次", lambda r: DASH if pd.isna(r.group_rank) else str(r.group_rank)),
        *([number("有数据月数", "n_months")] if rows["n_months"].nunique() > 1 else []),
        text("约谈范围", lambda r: "列入" if r.is_interview else DASH),
    ]
    has_gaps = is_open and rows["margin_interview_points"].notna().any()
    if has_gaps:
        columns.append(number("距约谈线（分）", _gap))
    if has_gaps and rows["p_interview"].notna().any():
        columns.append(number("约谈范围概率", lambda r: _chance_words(r.p_interview)))
    if has_gaps and policy.grading.bottom_places:
        chance = f"{bottom_name(policy.grading)}概率"
        columns.append(number(chance, lambda r: _chance_words(r.p_bottom_five)))
    if (rows["tier"] != rows["tier_by_score"]).any() or rows[["is_provisional", "is_tied"]].to_numpy(bool).any():
        columns.append(text("说明", lambda r: _remark(r, names)))
    word = "年累计（年度未结束）" if not policy.period.endswith("-12") else "年度结果"
    return table(
        columns,
        rows,
        f"{policy.period[:4]}{word}：位次、等次和约谈范围（R21、S10、S35）",
        css="sortable dense" if len(rows) > _FEW else "sortable",
        first=("位次", "得分", tier, "距约谈线（分）", "说明"),
    )


def _remark(row, names: Names) -> str:
    """Return a unit's tier without judgement or veto (S3, S17), that it is tied (S7), or provisional (S11)."""
    ruled = [f"按得分为{names[row.tier_by_score]}，经定性调整或一票否优"] * bool(row.tier != row.tier_by_score)
    return "；".join([*ruled, *["并列"] * bool(row.is_tied), *["暂定（S11）"] * bool(row.is_provisional)])


def _chance_words(probability: float) -> str:
    return "尚不能估计" if pd.isna(probability) else chance(probability)


def _gap(row) -> str:
    gap = row.margin_interview_points
    if pd.isna(gap):
        return DASH
    return f"还差{score(gap)}" if gap > 0 else f"高出{score(-gap)}"
