"""Every number of the public page, the copied offices' and a unit's own is a fact of the tables, reckoned here anew.

Rows of tables are read as sentences are, cell after cell, but for what is quoted: the words of a method, raw cells and
advice. Each kind of cell is altered once: then the page must be found to say what the tables do not.
"""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.report.measures import clear_words
from analysis.report.words import WORDS

from ..facts import Tables, day_name, moved, signed, text_of, two, unproved, weekday_after

PERIOD, BEFORE = "2023-02", "2023-01"
TIERS = ("excellent", "good", "pass", "fail")
CAUSES = {"performance": "工作成绩", "coverage": "可计指标及权重变化", "adjustments": "加减分"}
LIGHTS = {"closed": "已销号", "green": "绿灯", "yellow": "黄灯", "red": "红灯"}
STATES = {"unassigned": "待分解", "rectifying": "整改中", "to_accept": "待验收", "returned": "验收退回"}
TICKETS = ("common-10", "related-05")
# Rules, numbers of documents, and what is called by a number.
NO_FIGURE = re.compile(
    r"\b[RS]\d+\b|\b[0-9a-f]{64}\b|数据与规则校验值：[0-9a-f]{12}|SHA-256|〔\d{4}〕\d+号|第1版|得分满分100分|失分＝（100－得分）|2023-02-1号摇号"
)
QUOTED = {"失分明细": 6, "失分最多的指标": 4}


@pytest.fixture(scope="module")
def tables(district) -> Tables:
    return Tables(district, PERIOD)


@pytest.fixture(scope="module")
def policy(district):
    return load_policy(district).at(PERIOD)


def read_page(tables: Tables, name: str) -> str:
    """The page's text; of `QUOTED` tables, whose captions begin so, only the first cells of each row."""
    (file,) = (tables.root / "reports" / PERIOD).glob(name)
    page = file.read_text("utf-8")

    def cut(found: re.Match) -> str:
        (kept,) = [n for caption, n in QUOTED.items() if f"<caption>{caption}" in found[0]] or [99]
        rows = found[0].split("<tr>")
        return "<tr>".join("</t".join(row.split("</t")[:kept]) + "</td>" for row in rows)

    return NO_FIGURE.sub(" ", text_of(re.sub(r"<table\b.*?</table>", cut, page, flags=re.DOTALL)))


def head_facts(tables: Tables):
    published, until = (tables("objection_periods")[column].max() for column in ("published", "until"))
    yield "2023年2月"
    yield "数据截至2023年2月28日"
    yield f"数据截至2023年2月28日 · {day_name(published)}发布 · 异议期至{day_name(until)}"
    yield f"受考评的部门和镇街对本月结果有异议的，在{day_name(until)}（含当日）前"


def public_facts(tables: Tables, policy):
    names, grading = policy.names, policy.grading
    units, ledger = tables("unit_scores", scope="month"), tables("ledger")
    district = tables("trends").query("level == 'district' and basis == 'mom'").iloc[0]
    mean = two(units["total"].mean())
    yield f"2023年2月，全区参评的{len(units)}个单位平均得分{mean}分，{beside(moved(district['change']))}"
    before = two(tables("unit_scores", BEFORE, "month")["total"].mean())
    yield f"全区平均得分{mean}分，近2个月在{min(mean, before)}至{max(mean, before)}分之间"
    yield f"等次按得分先后确定（{'、'.join(f'{names[t]}{grading.quotas[t]:g}%' for t in TIERS)}）"
    yield f"指得分排在最后约{grading.quotas['fail']:g}%的单位"
    weights = tables("channel_scores", scope="month").groupby("channel")["policy_weight"].median()
    yield "、".join(f"{names[channel]}{weights[channel]:g}%" for channel in policy.channel_ids)
    scored = tables("channel_scores", scope="month").groupby("unit_id")["score"].count()
    yield f"本月各部分齐全的单位{(scored == len(policy.channel_ids)).sum()}个"
    now, last = (tables("hotline_by_channel", p).set_index("channel").loc["all"] for p in (PERIOD, BEFORE))
    more = now["n_received"] - last["n_received"]
    rates = [(f"{two(row['on_time_pct'])}%", f"{two(row['satisfaction_pct'])}%") for row in (now, last)]
    kept = tables("tickets").query("is_due and extended_to != '' and is_on_time and closed > due")["unit_id"]
    is_told = len(kept) and len(kept) - kept.value_counts().max() >= 5
    yield f"2月受理群众诉求{now['n_received']}件；到期的{rates[0][0]}按时办结{'（含延期）' if is_told else ''}"
    yield f"已评价回访{now['n_valid_call_backs']}件，{rates[0][1]}满意"
    yield f"受理群众诉求{now['n_received']}件（比上月{'增加' if more > 0 else '减少'}{abs(more)}件）"
    late = f"（其中{len(kept)}件在原时限之后、延期时限之内办结）" if is_told else ""
    for word, rate in (
        (f"到期{now['n_due']}件，按时办结{now['n_on_time']}件{late}，按时办结率", "on_time_pct"),
        (f"已评价回访{now['n_valid_call_backs']}件，满意{now['n_satisfied']}件，群众满意率", "satisfaction_pct"),
    ):
        yield f"{word}{two(now[rate])}%（{beside(moved(round(now[rate], 2) - round(last[rate], 2), '个百分点'))}）"
    for word, pair in zip(("按时办结率", "群众满意率"), zip(*rates, strict=True), strict=True):
        yield f"{word}在{min(pair)}至{max(pair)}之间"
    middle, most = now["median_handling_days"], now["p90_handling_days"]
    yield f"办理时长中位数{middle:g}个工作日，九成在{most:g}个工作日内办结"
    by_unit, ticketed = tables("hotline_by_unit"), tables("tickets").query("is_due and extended_to != ''")
    late, rest = by_unit["n_overdue"], by_unit["n_open"] - by_unit["n_overdue"]
    assert all(count.sum() - count.max() >= 5 for count in (by_unit["n_open"], by_unit["n_handled"], rest))
    over = f"，其中已超过时限{late.sum()}件" if late.sum() - late.max() >= 5 else "。"
    yield f"截至2023年2月28日尚未办结{by_unit['n_open'].sum()}件{over}"
    yield f"至多延长{policy.ticket_rules.extension_max_working_days}个工作日"
    yield f"延期的有{len(ticketed)}件"
    channel = policy.tickets.channels[0]
    own = tables("hotline_by_channel").set_index("channel").loc[channel.id]
    yield f"其中{channel.name}受理{own['n_received']}件"
    yield f"按时办结率{two(own['on_time_pct'])}%"
    yield f"群众满意率{two(own['satisfaction_pct'])}%"
    yield from vars(policy.district.contacts).values()
    drawn = tables("draw").query("status == 'drawn'")["stratum"].eq("must")
    by_lot = f"{(~drawn).sum()}个由公开号码摇号抽出"
    named = f"{drawn.sum()}个指定必查、不摇号（有问题线索或属重点监管的可以指定）"
    yield f"本月{len(drawn)}个单位接受检查：{named}，{by_lot}"
    yield from effect_facts(policy)
    for month, row in (("2023年2月", now), ("2023年1月", last)):
        yield f"{month} {row['n_received']} {two(row['on_time_pct'])}% {two(row['satisfaction_pct'])}%"
    matters, before = (tables("hotline_by_matter", p).set_index("matter") for p in (PERIOD, BEFORE))
    for row in matters.nlargest(8, "n_received").itertuples():
        said = ((str(before["n_received"].get(row.Index, 0)), "—"), (f"{two(row.satisfaction_pct)}%", "—"))
        yield from (f"{row.Index} {row.n_received} {past} {rate}" for past, rate in itertools.product(*said))
    due, still = ledger[ledger["is_due"]], ledger[ledger["light"] != "closed"]
    each = "、".join(f"{word}{n}项" for state, word in STATES.items() if (n := (still["state"] == state).sum()))
    over = still[still["light"] == "red"]
    late = "、".join(f"{word}{n}项" for state, word in STATES.items() if (n := (over["state"] == state).sum()))
    longest = f"最长超期{over['overdue_working_days'].max()}个工作日"
    yield f"尚未销号{len(still)}项：{each}；{'' if len(over) else '其中没有超期的'}"
    yield f"其中已超期{len(over)}项（{late}），{longest}"
    for state, word in STATES.items():
        if len(over) and set(over["state"]) == {state}:
            yield f"{word}的{len(over)}项{'全部' * (len(over) > 1)}已超期，{longest}"
            yield f"其中已超期{len(over)}项，{'都' * (len(over) > 1)}是{word}的，{longest}"
    yield f"本月到期{len(due)}项，按期整改完成{due['is_closed_in_time'].sum()}项"
    for group, rows in units.groupby("group"):
        yield f"{names[group]} {len(rows)} {two(rows['total'].mean())}"
    for tier in TIERS:
        yield f"{names[tier]} {(units['tier'] == tier).sum()} "
    for row in tables("indicator_summary", scope="month").nlargest(8, "lost_points").itertuples():
        yield f"{names[row.indicator_id]} {row.n_units} {two(row.mean_score)} {two(row.lost_points)}"


def beside(change: str) -> str:
    return f"{'与' if change == '持平' else '比'}上月{change}"


def effect_facts(policy):
    watch = policy.watch
    yield "您通过12345热线等渠道反映的问题"
    rules = policy.ticket_rules
    yield f"工单未另定时限的，{rules.limit_working_days}个工作日内办结"
    yield f"延期的，至多再计{rules.extension_max_working_days}个工作日"
    lines = f"群众满意率明显低于{watch.satisfaction.below_pct:g}%、按时办结率明显低于{watch.on_time.below_pct:g}%"
    yield f"近{watch.window_months}个月合计，{lines}"
    yield f"各月均居其中的可能性不低于{watch.bottom_five.probability_pct:g}%"
    yield f"名额按约{policy.draw.watch_factor:g}倍"
    yield f"本年已查满{policy.draw.maximum_per_year}次"
    yield "中位单位按定义得80分"


def offices_facts(tables: Tables, policy):
    names, units = policy.names, tables("unit_scores", scope="month")
    tiers = units["tier"].value_counts()
    yield f"本月参评单位{len(units)}个，等次（暂定）：{'、'.join(f'{names[t]}{tiers[t]}个' for t in TIERS)}"
    rules, until = policy.consequences, tables("objection_periods")["until"].max()
    yield f"异议期（至{day_name(until)}）内可能修订"
    yield f"年度定稿后{rules.interview_working_days}个工作日内约谈"
    yield f"年度定稿后{rules.rectify_working_days}个工作日内整改到位"
    yield f"月度结果发布后{rules.measures_working_days}个工作日内"
    yield f"对本件有疑问的，{policy.district.contacts.pages}。"
    yield f"其后{clear_words(rules)}"
    yield from WORDS.rules.values()  # what the rules say, as on the method page
    yield f"本月预警（暂定）{tables('consequences')['is_current'].sum()}个单位"
    last = tables("consequences")["until"].unique()
    yield from [f"报送措施时限：{day_name(last[0])}"] * (len(last) == 1)
    for row in tables("consequences").itertuples():
        listed = units.set_index("unit_id").loc[row.unit_id]
        why = "且".join(["后五名"] * int(listed["is_bottom_five"]) + ["不达标"] * (listed["tier"] == "fail"))
        yield f"{names[row.unit_id]} 本月{why}（暂定）"
    for row in units[units["is_bottom_five"]].itertuples():
        yield f"{names[row.unit_id]} {row.rank} {names[row.tier]}"
    for tier in TIERS:
        ids = units.loc[units["tier"] == tier, "unit_id"]
        yield f"{names[tier]} {len(ids)} {'、'.join(ids.map(names))}"


def unit_facts(tables: Tables, policy, unit_id: str):
    names = policy.names
    sure, trends = tables("certainty"), tables("trends")
    month = tables("unit_scores", scope="month").set_index("unit_id")
    own = month.loc[unit_id]
    peers, margins = month[month["group"] == own["group"]], sure[sure["unit_id"] == unit_id].set_index("scope")
    up, down = margins.loc["month", ["margin_up_points", "margin_down_points"]].astype(float)
    (change,) = trends.query(f"unit_id == '{unit_id}' and level == 'total' and basis == 'mom'").itertuples()
    place, group = TIERS.index(own["tier_by_score"]), names[own["group"]]
    above, below = names[TIERS[max(0, place - 1)]], names[TIERS[min(3, place + 1)]]
    yield f"环比{moved(change.change)}"
    yield from (f"{cause}{signed(getattr(change, part))}分" for part, cause in CAUSES.items())
    yield f"得分 {two(own['total'])} 分"
    yield f"全区位次 {own['rank']} /{len(month)}"
    yield f"上月第{change.rank_before}位"
    yield f"{group}类别位次 {own['group_rank']} /{len(peers)}"
    yield f"距{above} {two(up)} 分"
    yield f"再降{two(down)}分落入{below}"
    yield f"高出{below} {two(down)} 分"
    standing = tables("year_standing").set_index("unit_id").loc[unit_id]
    yield (
        f"2023年1至2月累计（暂定，不是各月得分的平均）：得分{two(standing['total'])}分，位次第{standing['rank']}，等次{names[standing['tier']]}"
    )
    gap = margins.loc["ytd", "margin_interview_points"]
    yield f"列入约谈范围（后五名或不达标），{f'再提高{two(gap)}分可移出' if gap > 0 else f'高出约谈线{two(-gap)}分'}"
    yield f"列入约谈范围（后五名或不达标）；如其他单位不变，累计得分再提高{two(gap)}分可不列入"
    yield f"再提高{two(up)}分可进入{above}"
    yield f"再降低{two(down)}分将落入{below}"
    shares = "、".join(f"{names[tier]}{share:g}%" for tier, share in policy.grading.quotas.items())
    last = policy.grading.tiers[-1]
    yield f"等次按名额比例（{shares}）评定，本月全区{names[last]}{month['tier'].eq(last).sum()}个"
    yield from change_facts(tables, policy, unit_id)
    yield f"把握 位次第{own['rank']}；"
    yield f"得分在{group}{len(peers)}个单位中居第{own['group_rank']}位 "
    yield f"按{policy.packs.peer_step_points:g}分归并"
    mean = round(own["total"] - month["total"].mean(), 2)
    yield f"本月{'高于' if mean > 0 else '低于'}全区平均{two(abs(mean))}分"
    yield f"{two(own['total'])}分，{names[own['tier']]}，第{own['rank']}位"
    yield from loss_facts(tables, policy, unit_id, own, peers.index, up)
    yield from to_do_facts(tables, policy, unit_id)


def change_facts(tables: Tables, policy, unit_id: str):
    """What performed otherwise, what counts now and did not then, and what was given beside the indicators."""
    names = policy.names
    parts = tables("change_parts").query(f"unit_id == '{unit_id}' and basis == 'mom' and indicator_id != ''")
    parts = parts[parts["performance"] != 0].assign(size=parts["performance"].abs())
    largest = parts.sort_values(["size", "indicator_id"], ascending=[False, True])
    told = [f"{names[row.indicator_id]}{signed(row.performance)}分" for row in largest.head(3).itertuples()]
    others = largest["performance"].iloc[3:]
    told += [f"其余{len(others)}项合计{signed(others.sum())}分"] * bool(len(others))
    yield f"工作成绩{signed(largest['performance'].sum())}分：{'、'.join(told)}。"
    busy = [tables("indicator_scores", p, "month").query(f"unit_id == '{unit_id}'") for p in (BEFORE, PERIOD)]
    busy = [rows[(rows["indicator_id"] == "common-08") & (rows["weight"] > 0)] for rows in busy]
    if all(map(len, busy)) and "common-08" in set(largest["indicator_id"]):
        then, now = (rows.iloc[0] for rows in busy)
        figures = [("工作量", f"{then['numerator']:g}", f"{now['numerator']:g}")]
        figures += [("在编人数", f"{then['denominator']:g}", f"{now['denominator']:g}")]
        figures += [("人均", *(two(each["numerator"] / each["denominator"]) for each in (then, now)))]
        told = [f"{name}{a}未变" if a == b else f"{name}由{a}变为{b}" for name, a, b in figures]
        yield f"工作量比：{'，'.join(told)}"
    weights = [
        rows[(rows["unit_id"] == unit_id) & (rows["weight"] > 0)].groupby("channel")["weight"].sum()
        for rows in (tables("indicator_scores", p, "month") for p in (PERIOD, BEFORE))
    ]
    for channel in policy.channel_ids:
        for rows in weights:
            if channel in rows:
                yield f"{names[f'{channel}.short']}渠道（权重{rows[channel]:.4g}%）"
                yield f"{names[f'{channel}.short']}渠道权重{rows[channel]:.4g}%，"
    of_year = []
    for word, period in (("上月", BEFORE), ("本月", PERIOD)):
        given = tables("adjustments", period).query(f"unit_id == '{unit_id}'").sort_values("adjustment_id")
        kinds = given["kind"].map({"bonus": "加分", "deduction": "扣分"})
        rows = zip(kinds, given["points"], given["reason"], given["document"], strict=True)
        items = [f"{kind}{two(points)}分（{reason}，{document}）" for kind, points, reason, document in rows]
        yield NO_FIGURE.sub(" ", f"{word}{'、'.join(items)}") if items else ""
        of_year += [f"{period[:4]}年{int(period[5:])}月{item}" for item in items]
    yield NO_FIGURE.sub(" ", f"其中已计入{'、'.join(of_year)}") if of_year else ""


def loss_facts(tables: Tables, policy, unit_id: str, own, peers, up: float):
    """What was lost by which indicator, beside last month's score and the median of the group."""
    names = policy.names
    rows, before = (tables("indicator_scores", p, "month") for p in (PERIOD, BEFORE))
    middle = rows[rows["unit_id"].isin(peers)].dropna(subset="score").groupby("indicator_id")["score"]
    step = policy.packs.peer_step_points
    middle = (middle.median() / step).round()[middle.size() > policy.packs.minimum_group] * step
    cells = tables("lineage").merge(tables("measurements").query(f"unit_id == '{unit_id}'")["measurement_id"])
    for file, sheet in set(zip(cells["file"], cells["sheet"], strict=True)):
        yield file if sheet == file.rpartition(".")[0] else f"{file}·{sheet}"
    last = before[(before["unit_id"] == unit_id) & (before["weight"] > 0)].set_index("indicator_id")["score"]
    mine = rows[rows["unit_id"] == unit_id].dropna(subset="score").set_index("indicator_id")
    lost = mine["weight"] * (100 - mine["score"]) / 100
    yield (
        f"指标共失{two(lost.sum())}分；加分{two(own['bonus'])}分，扣分{two(own['deductions'])}分，得分{two(own['total'])}分"
    )
    worst = lost[lost.round(9).sort_index().sort_values(ascending=False, kind="stable").index]
    worst = worst[worst > 0]
    lost_by = {i: f"{names[i]}（{two(points)}分）" for i, points in worst.items()}
    relative = lost_by.pop("common-08", "")
    apart = f"；相对指标{relative}另列，含在总失分内" if relative else ""
    yield f"失分最多的是{'、'.join(list(lost_by.values())[:3])}{apart}。"
    whole = mine[(mine["weight"] > 0) & (mine["score"] >= 100)]["weight"]
    yield from (
        f"{n}（权重合计{two(whole.sum())}%）" for n in ([*whole.index.map(names)][-1:] if len(whole) < 9 else [])
    )
    yield f"等{len(whole)}个（权重合计{two(whole.sum())}%）"
    yield from year_facts(tables, policy, unit_id)
    contacts = policy.district.contacts
    yield f"受理单位联系方式 {contacts.section}，电话{contacts.phone}"
    yield from (f"□{names[i]}{two(mine['score'][i])}分" for i in [*worst.index, *whole.index])
    taken = tables("adjustments").query(f"unit_id == '{unit_id}' and kind == 'deduction'")
    yield from (f"□扣分（{row.reason}）{two(row.points)}分" for row in taken.itertuples())
    for i, points in worst.items():
        figures = (mine["weight"][i], mine["score"][i], last.get(i), points, middle.get(i))
        yield f"{names[i]} {' '.join('—' if pd.isna(n) else f'{two(n)}' for n in figures)} "
    below = middle.reindex(mine.index) - mine["score"]
    below = below[below > step / 2]  # of the others the true median, which is told on a grid, may be no higher
    gain = (mine["weight"] * below / 100).drop("common-08", errors="ignore")
    gain = gain[gain >= 0.005].sort_values(ascending=False)
    slack = (mine["weight"] * step / 2 / 100).reindex(gain.index)
    yield from step_facts(policy, worst, gain, cells)
    yield from (f"{names[i]}（约{two(points)}分）" for i, points in gain.items())
    words = ("即可补足", "约可补足")
    sure, near = (gain - slack).max() >= up - 0.01, gain.max() >= up - 0.01  # the score before it was rounded decides
    yield from (f"达到同类中位，{word}这{two(up)}分" for word, is_so in zip(words, (sure, near), strict=True) if is_so)
    enough = gain.cumsum()[gain.cumsum() >= up - 0.01].head(2)  # the first, but for the rounding
    for i, points in enough.items():
        least = points - slack.cumsum()[i]
        for word, is_so in zip(words, (least >= up - 0.01, least < up + 0.01), strict=True):
            yield f"都达到同类中位，合计约{two(points)}分，{word}这{two(up)}分" * bool(is_so)
    yield f"须高出中位，才能补足这{two(up)}分" if gain.empty else ""
    if gain.sum() < up:
        word = "尚不足" if gain.sum() + slack.sum() < up else "与所需大体相当，约需"
        yield f"低于同类中位的{len(gain)}项都达到中位，合计约{two(gain.sum())}分，{word}{two(up)}分"
    channels = tables("channel_scores", scope="month").query(f"unit_id == '{unit_id}'").set_index("channel")
    for words, column in (("本月渠道权重", "weight"), ("规定权重", "policy_weight")):
        parts = [f"{names[f'{c}.short']}{channels[column][c]:.4g}%" for c in policy.channel_ids if channels[column][c]]
        yield f"{words}：{'、'.join(parts)}"
    for row in rows[(rows["unit_id"] == unit_id) & (rows["status"] == "too_few_cases")].itertuples():
        months, least = int(row.first_period < PERIOD) + 1, policy.indicator_by_id[row.indicator_id].minimum_cases
        shown = "" if policy.indicator_by_id[row.indicator_id].data.sheet == "tickets" else f"仅{row.n_cases:.0f}件，"
        yield f"{names[row.indicator_id]}（近{months}个月{shown}不足{least}件）"


def step_facts(policy, worst: pd.Series, gain: pd.Series, cells: pd.DataFrame):
    """Which loss of the month could be mended most: a state's whole, else what the group's median brings."""
    of = policy.indicator_by_id
    mended = worst[[i for i in worst.index if of[i].method.name == "state"]].combine_first(gain)
    mended = mended[[i for i in mended.index if not of[i].window_months]]
    for i in mended[mended.round(9) == mended.round(9).max()].index:
        yield f"今后可少失分最多的是{policy.names[i]}（本月失{two(worst[i])}分）"
        yield f"；达到同类中位约可少失{two(gain[i])}分" if i in gain else ""
        yield "的100%" if of[i].method.name == "ratio" else ""
        marks = pd.to_numeric(cells["raw"], errors="coerce").dropna()
        yield from {f"（{mark:g}）" for mark in marks}


def year_facts(tables: Tables, policy, unit_id: str):
    """What costs most of the year so far, and what the latest state would bring back of it."""
    rows = (
        tables("indicator_scores", scope="ytd").query(f"unit_id == '{unit_id}' and weight > 0").dropna(subset="score")
    )
    rows = rows.assign(lost=rows["weight"] * (100 - rows["score"]) / 100)
    costly = rows[rows["indicator_id"] != "common-08"].sort_values(["lost", "indicator_id"], ascending=[False, True])
    told = [
        f"{policy.names[row.indicator_id]}（权重{two(row.weight)}%，失{two(row.lost)}分）"
        for row in costly.head(3).itertuples()
        if row.lost >= 0.01
    ]
    yield f"年度累计失分最多的是{'、'.join(told)}。"
    yield f"年度结果另有异议期：2023年度结果征求意见后{policy.district.objection.working_days}个工作日内"
    yield "2023年度累计失分明细"
    peers = [unit for unit, group in policy.group_of.items() if group == policy.group_of[unit_id]]
    year = tables("indicator_scores", scope="ytd").query("unit_id in @peers").dropna(subset="score")
    step, year = policy.packs.peer_step_points, year.groupby("indicator_id")["score"]
    middle = (year.median() / step).round()[year.size() > policy.packs.minimum_group] * step
    yield f"同类中位按{step:g}分归并"
    below, visits = [], pd.concat([tables("inspections", period) for period in (BEFORE, PERIOD)])
    for row in costly.itertuples():
        yield from lowest_facts(tables, policy, row, visits[visits["unit_id"] == unit_id])
        own = middle.get(row.indicator_id)
        told = "—" if pd.isna(own) else two(own)
        yield f"{policy.names[row.indicator_id]} {two(row.weight)} {two(row.score)} {two(row.lost)} {told}"
        if own is not None and row.score < own - step / 2:
            below.append((-row.weight * (own - row.score) / 100, row.indicator_id))
    # What a latest state or mark would bring back is told as such.
    rest = [each for each in sorted(below) if policy.indicator_by_id[each[1]].over_year != "latest"]
    for kind in (rest, sorted(below)):
        told = "、".join(f"{policy.names[indicator_id]}（约{two(-gain)}分）" for gain, indicator_id in kind[:3])
        whole = sum(round(-gain, 2) for gain, _ in kind[:3])  # ten months of twelve are left
        marks = rows.set_index("indicator_id")["n_measurements"]
        left = sum(-gain * 10 / (10 + marks[indicator_id]) for gain, indicator_id in kind[:3])
        back = f"大体可补回{'合计' * (len(kind) > 1)}{two(whole)}分中的{two(left)}分"
        yield f"{told}；余下10个月每月各有一次数据（当月、任务或抽查的）且都达到同类中位的，{back}" * bool(kind)
    total = tables("unit_scores", scope="ytd").set_index("unit_id").loc[unit_id]
    busy = rows[(rows["indicator_id"] == "common-08") & (rows["lost"] >= 0.005)]["lost"]
    beside = [("－", each, f"{policy.names['common-08']}失分") for each in busy]
    beside += [(s, total[k], w) for s, k, w in (("－", "deductions", "扣分"), ("＋", "bonus", "加分")) if total[k]]
    left = 100 - total["total"] + sum(round(points, 2) * (1 if sign == "＋" else -1) for sign, points, _ in beside)
    assert left == pytest.approx(costly["lost"].sum(), abs=0.02)
    parts = "".join(f"{sign}{two(points)}（{word}）" for sign, points, word in beside)
    yield f"累计得分{two(total['total'])}分＝100－{two(left)}（上列各项失分合计）{parts}"
    given = pd.concat([tables("adjustments", p) for p in (BEFORE, PERIOD)]).query(f"unit_id == '{unit_id}'")
    for kind, word, points in (("deduction", "扣分", total["deductions"]), ("bonus", "加分", total["bonus"])):
        own = given[given["kind"] == kind].sort_values(["period", "adjustment_id"])
        months = [f"{r.period[:4]}年{int(r.period[5:])}月" for r in own.itertuples()]
        why = [f"{m}{two(r.points)}分，{r.reason}，{r.document}" for m, r in zip(months, own.itertuples(), strict=True)]
        yield NO_FIGURE.sub(" ", f"另有{word}{two(points)}分，事由：{'；'.join(why)}")
    for row in rows[rows["indicator_id"] == "common-08"].itertuples():  # which only says how busy units are
        yield f"另有{policy.names['common-08']}失{two(row.lost)}分，是相对指标"
        yield f"除相对指标{policy.names['common-08']}（权重{two(row.weight)}%，失{two(row.lost)}分）外，"
    month = tables("indicator_scores", scope="month").dropna(subset="score")
    month = month[month["unit_id"].isin(peers)]
    gains = []
    for row in costly.itertuples():
        if policy.indicator_by_id[row.indicator_id].method.name == "state":
            gains.append(row.lost)
            yield f"“全部公布”的，年度约可少失{two(row.lost)}分"
        elif policy.indicator_by_id[row.indicator_id].over_year == "latest":
            own = month[month["indicator_id"] == row.indicator_id]["score"]
            middle = round(own.median() / step) * step
            gain = row.weight * (middle - row.score) / 100
            gains.append(gain)
            yield f"达到同类中位（{two(middle)}分）的，年度约可少失{two(gain)}分"
    sure = tables("certainty", scope="ytd").set_index("unit_id").loc[unit_id]
    gap = sure["margin_interview_points"]
    yield f"（再提高{two(sure['margin_up_points'])}分为"
    gained = sum(each for each in gains if each >= 0.01)
    left = gap - gained
    taken = tables("unit_scores", scope="ytd").set_index("unit_id").at[unit_id, "deductions"]
    reasons = given[given["kind"] == "deduction"].sort_values(["period", "adjustment_id"])["reason"]
    more = f"（超过所需的{two(gap)}分）" if taken > gap else ""
    yield f"年度累计已计扣分{two(taken)}分{more}，事由：{'、'.join(reasons)}"
    # Points given or taken count once over the year: months without any are measured against the indicators alone.
    best = tables("unit_scores", scope="month")["total"].max()
    more = 12 * left / 10 + gained  # what the latest values bring is in the score of these months too
    need = total["total"] - total["bonus"] + total["deductions"] + more
    given = "、".join(word for kind, word in (("bonus", "加分"), ("deductions", "扣分")) if total[kind])
    given += "前" * bool(given)
    beyond = "，高于本月各单位的得分，难以补足" * bool(best < need <= 100)
    spread = round(need, 2) - round(need - more, 2) - round(gained, 2)
    parts = f"累计{given}{two(need - more)}分，加上述少失的{two(gained)}分，加{two(spread)}分"
    parts += f"（其余约{two(left)}分，按12个月分到余下10个月）"
    months = [tables("unit_scores", each, scope="month") for each in (BEFORE, PERIOD)]
    own = pd.concat(months).query(f"unit_id == '{unit_id}'")["total"].dropna()
    best = f"（本单位近两个月最高{two(own.max())}分，含加减分）" * (len(own) > 1)
    more = f"，各月没有加分、扣分的，大体每月须得{two(need)}分{best}{beyond}：{parts}"
    enough = "已超过" if left <= -0.01 else "约可补足"
    yield f"其余约{two(left)}分须由2023年3月起的得分补足{more}" if left >= 0.01 else f"{enough}所需的{two(gap)}分。"


def lowest_facts(tables: Tables, policy, row, visits: pd.DataFrame):
    """In which months, or on which visits, a loss of the year came: of what counts by its latest value that month."""
    indicator = policy.indicator_by_id[row.indicator_id]
    own = (
        f"unit_id == '{row.unit_id}' and indicator_id == '{row.indicator_id}' and weight > 0 and first_period == period"
    )
    months = pd.concat([tables("indicator_scores", each, scope="month").query(own) for each in (BEFORE, PERIOD)])
    found = [(each.score, f"{int(each.period[5:])}月") for each in months.itertuples()]
    if indicator.over_year == "latest":
        found = [(row.score, f"{int(row.first_period[5:])}月")]
    if indicator.window_months:
        seen = visits[visits["indicator_id"] == row.indicator_id]
        found = [(each.points, f"{int(each.date[5:7])}月{int(each.date[8:])}日") for each in seen.itertuples()]
    yield "、".join(f"{when}{two(points)}" for points, when in sorted(each for each in found if each[0] <= 99.99)[:2])


def to_do_facts(tables: Tables, policy, unit_id: str):
    """What the unit has to do by when, its tickets, items, points given, and what follows."""

    def mine(name: str) -> pd.DataFrame:
        rows = tables(name)
        return rows[rows["unit_id"] == unit_id]

    (period,) = mine("objection_periods").itertuples()
    answer = short_day(weekday_after(period.published, 10))
    yield f"有异议的，请于{day_name(period.until)}（含当日）前"
    yield f"有异议的，请于{short_day(period.until)}（含当日）前提出"
    yield f"属实的尽快改正 {last_day(period.until)}"
    yield f"{day_name(period.until)}（含当日）止"
    (tickets,) = mine("hotline_by_unit").itertuples()
    yield "；超期工单的最迟日期为发布后第10个工作日" * bool(tickets.n_overdue)
    yield from ticket_facts(tables, unit_id, tickets.n_overdue, answer, period.published)
    yield from [f"接受随机监管检查 {answer}"] * len(mine("draw"))
    rates = [f"{two(n)}%" if pd.notna(n) else "—" for n in (tickets.on_time_pct, tickets.satisfaction_pct)]
    counts = (tickets.n_due, tickets.n_on_time, rates[0], tickets.n_valid_call_backs, tickets.n_satisfied, rates[1])
    yield " ".join(map(str, ("本月", *counts, tickets.n_repeats, tickets.n_attitude_complaints, tickets.n_overdue)))
    yield f"；同类指发现之日前{policy.ledger.repeat_months}个月内本单位（含并入的单位）文字相近的事项"
    for row in mine("ledger").itertuples():
        left = f"，剩余{row.working_days_left}" if row.light in ("green", "yellow") else ""
        is_ahead = row.light != "closed" and row.due >= period.published
        yield f"{row.problem}（{row.item_id}） {row.source} {(last_day if is_ahead else short_day)(row.due)} "
        yield f"{row.item_id}（{row.problem}）"
        yield f" {last_day(row.due)} " if row.due >= period.published else f" {last_day(row.due)}（时限已过） "
        yield f"{LIGHTS[row.light]}{left} "
        yield "按工作日计，计至2月28日"
        if alike := row.repeat_of.split():
            yield f"与{alike[-1]}{f'等{len(alike)}项' if len(alike) > 1 else ''}同类"
    for row in mine("adjustments").itertuples():
        yield f"{'加分' if row.kind == 'bonus' else '扣分'} {two(row.points)} {row.reason}"
        yield row.date
    for row in mine("consequences").itertuples():
        yield f"请先核实失分原因 {short_day(period.published)} 报送措施：{short_day(row.until)}"
        yield f"（暂定）：核实失分原因，属履职问题的报送整改措施 {last_day(row.until)}"
        for doubt in ("", *(f"；{each}，请先核实失分原因" for each in WORDS.doubts.values())):
            yield f"（暂定）{doubt} {short_day(period.published)} 报送措施：{short_day(row.until)}"


def ticket_facts(tables: Tables, unit_id: str, n_overdue: int, answer: str, published: str):
    """What is to be closed by when, and the tickets that are late, unsatisfied, complained of or repeated."""
    whole = tables("tickets").sort_values(["due_final", "ticket_id"])
    own = whole[whole["unit_id"] == unit_id]
    is_over = ~own["is_closed"] & (own["counted_in"] != "")
    over = [
        [f"{name}，应于{short_day(row.due_final)}办结" for name in names_of(row)] for row in own[is_over].itertuples()
    ]
    days = max((int(np.busday_count(due, "2023-02-28")) for due in own[is_over]["due_final"]), default=0)
    late = f"（至2月28日已超期{days}个工作日）" * (days > 0)
    for named in itertools.product(*over[:4]):
        many = f"{n_overdue}件，最早的{named[0]}" if n_overdue > 3 else f"：{'；'.join(named)}"
        yield f"办结超期工单{many} 立即办结{late}，最迟{answer}"
    for due, rows in own[~own["is_closed"] & ~is_over].groupby("due_final"):
        over = due < published
        what = "至2月28日未办结的工单，仍未办结的立即办结" if over else "办结工单"
        for named in itertools.product(*map(names_of, rows.head(4).itertuples())):
            many = f"{len(rows)}件" if len(rows) > 3 else f"：{'、'.join(named)}"
            yield f"{what}{many} {last_day(due)}{'（时限已过）' if over else ''}"
        yield f"{short_day(due)} {len(rows)} {numbers_of(rows['ticket_id'])}"
    yield f"至2月28日未到期、未办结的工单，共{(~own['is_closed'] & ~is_over).sum()}件"
    yield from noted_facts(own, repeats_of(tables))


def names_of(row) -> list[str]:
    """A ticket by its number, with its matter where that may be told, and that several units share it."""
    if row.is_shared:
        return [f"{row.ticket_id}（跨部门）", f"{row.ticket_id}（{row.matter}，跨部门）"]
    return [row.ticket_id, f"{row.ticket_id}（{row.matter}）"]


def repeats_of(tables: Tables) -> set[str]:
    """The tickets of a caller who had asked about the same matter within thirty days before (R9)."""
    rows = pd.concat([tables("tickets", BEFORE), tables("tickets")])
    rows = rows[rows["is_first_delivery"] & (rows["caller_key"] != "")].sort_values("received")
    before = pd.to_datetime(rows.groupby(["caller_key", "matter"])["received"].shift())
    gap = (pd.to_datetime(rows["received"]) - before).dt.days
    assert (gap != 0).all()  # which of two of a day comes first nobody can tell
    return set(rows.loc[(gap <= 30) & (rows["period"] == PERIOD), "ticket_id"])


def numbers_of(ids) -> str:
    """The sample's numbers of tickets, of which the last three digits differ; of more than two in a row the ends."""
    ids = sorted(ids)
    if len({each[:-3] for each in ids}) > 1:
        return ".+"  # of two months: told as a whole
    last = [int(each[-3:]) for each in ids]
    firsts = dict.fromkeys(n - place for place, n in enumerate(last))
    runs = [[n for place, n in enumerate(last) if n - place == first] for first in firsts]
    told = [f"{run[0]:03}至{run[-1]:03}" if len(run) > 2 else "、".join(f"{n:03}" for n in run) for run in runs]
    return ids[0][:-3] + "、".join(told)


def noted_facts(own: pd.DataFrame, repeats: set[str]):
    """The table of a unit's tickets to be heeded, row by row, those of which all is alike in one."""
    count, alike = 0, {}
    for row in own.itertuples():
        marks = {
            "超期未结": not row.is_closed and row.counted_in,
            "超期办结": row.is_due and row.is_closed and not row.is_on_time,
            "态度投诉": row.is_due and row.is_attitude_complaint,
            "不满意": row.is_due and row.is_call_back_valid and not row.is_satisfied,
            "重复诉求": row.ticket_id in repeats,
        }
        if told := "、".join(mark for mark, is_borne in marks.items() if is_borne):
            count += 1
            closed = short_day(row.closed) if row.is_closed else "未办结"
            days = f"{short_day(row.received)} {short_day(row.due_final)} {closed}"
            for matter in ("", f"{row.matter} ", "— "):
                alike.setdefault(f"{told} {matter}{days}", []).append(row.ticket_id)
    for rest, ids in alike.items():
        for some in itertools.chain.from_iterable(itertools.combinations(ids, n) for n in range(1, len(ids) + 1)):
            yield f"{numbers_of(some)} {rest}"  # of some the matter may not be told
    yield f"须关注的工单，共{count}件"
    yield from (f"，列前{n}件" for n in range(15, count))  # fifteen lines, of one ticket or of several


def last_day(day: str) -> str:
    """A last day, with its name where nobody is in the office."""
    return short_day(day) + {5: "（周六）", 6: "（周日）"}.get(pd.Timestamp(day).weekday(), "")


def short_day(day: str) -> str:
    """A day of the year of publication as the page has it."""
    return f"{int(day[5:7])}月{int(day[8:])}日" if day[:4] == "2023" else day_name(day)


MONTH, ALL = "scope == 'month'", "channel == 'all'"
TOWN = "unit_id == 'T12'"  # with tickets, items of the ledger, and a bonus
TOWN_MONTH, TOWN_TOTAL = f"{TOWN} and {MONTH}", f"{TOWN} and level == 'total' and basis == 'mom'"
MOST_LOST = f"{TOWN_MONTH} and indicator_id == 'related-02'"


def test_every_number_of_the_public_page_is_a_fact(tables, policy):
    assert unproved(read_page(tables, "public/index.html"), [*head_facts(tables), *public_facts(tables, policy)]) == []


def test_method_and_public_page_count_the_same_units_also_one_that_is_merged_later(tables):
    method, public = (
        (tables.root / "reports" / name).read_text("utf-8")
        for name in ("public/method.html", f"{PERIOD}/public/index.html")
    )
    by_group = re.findall(r"<h4[^>]*>[^<（]+（(\d+)个）</h4>", method)
    (told,) = re.findall(r"全区参评的(\d+)个单位", public)
    assert len(by_group) == 5 and sum(map(int, by_group)) == int(told)


def test_every_number_of_the_offices_page_is_a_fact(tables, policy):
    facts = [*head_facts(tables), *offices_facts(tables, policy)]
    assert unproved(read_page(tables, "offices/index.html"), facts) == []


def unproved_of_unit(tables: Tables, shown: Tables, policy, unit_id: str) -> list[str]:
    page = read_page(shown, f"feedback/{unit_id}_*.html")
    return unproved(page, [*head_facts(tables), *unit_facts(tables, policy, unit_id)])


def test_every_number_of_each_units_page_is_a_fact(tables, policy):
    found = {unit_id: unproved_of_unit(tables, tables, policy, unit_id) for unit_id in policy.unit_ids}
    assert len(found) > 80
    assert {unit_id: left for unit_id, left in found.items() if left} == {}


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("unit_scores", "total", MONTH),
        ("unit_scores", "tier", MONTH),
        ("trends", "change", "level == 'district' and basis == 'mom'"),
        ("hotline_by_channel", "n_received", ALL),
        ("hotline_by_channel", "on_time_pct", ALL),
        ("hotline_by_channel", "satisfaction_pct", ALL),
        ("hotline_by_matter", "n_received", ""),
        ("ledger", "light", "light != 'closed'"),
        ("ledger", "is_due", ""),
        ("ledger", "is_closed_in_time", "is_due"),
        ("indicator_summary", "lost_points", MONTH),
        ("indicator_summary", "n_units", f"{MONTH} and lost_points > 2"),
        ("indicator_summary", "mean_score", f"{MONTH} and lost_points > 2"),
    ],
)
def test_a_cell_that_is_another_is_noticed_on_the_public_page(tables, policy, table, column, where):
    other = tables.altered(table, column, where)
    assert unproved(read_page(tables, "public/index.html"), [*head_facts(other), *public_facts(other, policy)]) != []


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("unit_scores", "tier", MONTH),
        ("unit_scores", "rank", f"{MONTH} and is_bottom_five"),
        ("unit_scores", "is_bottom_five", f"{MONTH} and is_bottom_five"),
        ("consequences", "until", ""),
        ("consequences", "is_current", ""),
        ("objection_periods", "until", ""),
    ],
)
def test_a_cell_that_is_another_is_noticed_on_the_offices_page(tables, policy, table, column, where):
    other = tables.altered(table, column, where)
    assert unproved(read_page(tables, "offices/index.html"), [*head_facts(other), *offices_facts(other, policy)]) != []


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        *(("unit_scores", column, TOWN_MONTH) for column in ("total", "tier", "rank", "group_rank", "bonus")),
        *(("trends", column, TOWN_TOTAL) for column in ("change", "performance", "adjustments", "rank_before")),
        *(("certainty", f"margin_{way}_points", TOWN_MONTH) for way in ("up", "down")),
        ("certainty", "margin_interview_points", f"{TOWN} and scope == 'ytd'"),
        *(("year_standing", column, TOWN) for column in ("total", "rank", "tier")),
        ("change_parts", "performance", f"{TOWN} and performance < -1"),
        *(("indicator_scores", column, MOST_LOST) for column in ("score", "weight")),
        ("indicator_scores", "n_cases", f"{TOWN_MONTH} and indicator_id == 'common-12'"),
        ("channel_scores", "weight", TOWN_MONTH),
        ("channel_scores", "policy_weight", "unit_id == 'D10' and scope == 'month'"),
        *(("hotline_by_unit", column, TOWN) for column in
          ("n_due", "n_on_time", "on_time_pct", "n_valid_call_backs", "n_satisfied", "n_repeats", "n_overdue")),
        ("tickets", "due_final", f"{TOWN} and not is_closed and counted_in == ''"),
        ("tickets", "is_satisfied", f"{TOWN} and is_due and is_satisfied"),
        *(("ledger", column, f"{TOWN} and light != 'closed'") for column in ("due", "light", "working_days_left")),
        *(("adjustments", column, TOWN) for column in ("points", "date")),
        ("objection_periods", "until", TOWN),
        ("objection_periods", "published", TOWN),
        ("consequences", "until", "unit_id == 'D05'"),
        ("draw", "unit_id", "unit_id == 'D12'"),
    ],
)  # fmt: skip
def test_a_cell_that_is_another_is_noticed_on_a_units_page(tables, policy, table, column, where):
    (unit_id,) = re.findall("unit_id == '(.*?)'", where)
    assert unproved_of_unit(tables.altered(table, column, where), tables, policy, unit_id) != []
