"""Every number of the bulletin is one of its own sentence's or row's facts, reckoned here anew from the tables.

A sentence is looked for as it must read, number by number, and taken out of the page; where a number is left over, no
fact stands behind it. Each kind of cell is altered once: then the page must be found to say what the tables do not.
"""

import html
import re

import pandas as pd
import pytest

from analysis.policy.book import load_policy

from ..facts import NUMBER, Tables, day_name, moved, signed, text_of, unproved, weekday_after

PERIOD, BEFORE = "2023-02", "2023-01"
# Rule numbers, the month in captions, and what is called by a number (12345) are no figures.
NO_FIGURE = re.compile(r"[RS]\d+(?:[–、][RS]\d+)*|2023-02|第1版|12345")


@pytest.fixture(scope="module")
def page(district) -> str:
    return (district / "reports" / PERIOD / "bulletin.html").read_text("utf-8")


@pytest.fixture(scope="module")
def tables(district) -> Tables:
    return Tables(district, PERIOD)


@pytest.fixture(scope="module")
def names(district) -> dict[str, str]:
    return load_policy(district).names


CAUSES = {
    "performance": "工作成绩",
    "weights": "权重调整",
    "indicator_set": "指标调整",
    "coverage": "考核覆盖",
    "adjustments": "加减分",
    "composition": "单位增减",
}
CRITERIA = {
    "satisfaction": "群众满意率",
    "on_time": "按时办结率",
    "repeats": "重复反映占比",
    "attitude_complaints": "态度投诉占比",
}


def count(change: int, unit: str) -> str:
    return f"环比{'增加' if change > 0 else '减少'}{abs(change)}{unit}" if change else "环比持平"


def score_facts(tables: Tables, names: dict[str, str]):
    units, trends = tables("unit_scores", scope="month"), tables("trends")
    ranked, sure = units.dropna(subset="total"), tables("certainty", scope="month")
    tiers, verdicts = units["tier"].value_counts(), sure["verdict"].value_counts()
    district = trends[(trends["level"] == "district") & (trends["basis"] == "mom")].iloc[0]
    listed = units[units["is_bottom_five"] | (units["tier"] == "fail")]
    mean = f"{ranked['total'].mean():.2f}"
    yield f"2023年2月，全区{len(ranked)}个被评单位平均得分{mean}分，环比{moved(district['change'])}"
    yield f"平均得分 {mean} 分"
    yield f"环比{moved(district['change'])}"
    yield "/".join(str(tiers.get(tier, 0)) for tier in ("excellent", "good", "pass", "fail"))
    shown = "、".join(f"{names[tier]}{tiers.get(tier, 0)}个" for tier in ("excellent", "good", "pass", "fail"))
    quotas = "优秀20%、良好50%、达标20%、不达标10%"  # R19
    yield f"本月参评单位{len(ranked)}个，按名额比例（{quotas}）评定{shown}。"
    # Two months tell nothing of anybody's noise (S32), and visits have not yet been possible for a whole window (S13).
    assert verdicts.to_dict() == {"withheld": len(ranked)}
    yield f"{len(ranked)}个单位数据月数不足"
    yield "随机监管按近12个月的抽查计分，本区自2023年1月起考核，未满12个月"
    for row in ranked[ranked["is_bottom_five"] | (ranked["rank"] <= 3)].itertuples():
        yield f"{names[row.unit_id]}（{row.total:.2f}分）"
    unsure = sure[(sure["margin_interview_points"] > 0) & ~(sure["p_interview"] >= 0.95)]
    assert len(unsure) == len(listed)
    nearest = [
        f"{names[row.unit_id]}（至少再得{row.margin_interview_points:.2f}分）"
        for row in unsure.sort_values(["margin_interview_points", "unit_id"]).head(3).itertuples()
    ]
    line = f"列入后五名或不达标的{len(listed)}个单位均尚不能判断是否只是起伏所致，处理前应核实"
    yield f"{line}。最接近移出的是{'、'.join(nearest)}。"
    yield f"相差{ranked['total'].max() - ranked['total'].min():.2f}分"
    before = tables("unit_scores", BEFORE, "month")["total"].mean()
    yield f"在有得分的2个月中由高到低居第{2 if before > ranked['total'].mean() else 1}位"
    worst = tables("indicator_summary", scope="month").nlargest(1, "lost_points").iloc[0]
    yield f"失分最多的是{names[worst['indicator_id']]}，平均每单位失{worst['lost_points']:.2f}分"
    for row in tables("indicator_summary", scope="month").nlargest(3, "lost_points").itertuples():
        yield f"{names[row.indicator_id]}（平均每单位失{row.lost_points:.2f}分）"
    yield "各项指标可比的月数不足6个，尚不能判断"
    yield "中位单位按定义得80分"


def change_facts(tables: Tables, names: dict[str, str]):
    trends = tables("trends")
    ytd = trends[(trends["level"] == "district") & (trends["basis"] == "ytd")].iloc[0]
    yield f"1至2月累计，全区平均得分{ytd['after']:.2f}分"
    rows = trends[(trends["level"] == "total") & (trends["basis"] == "mom") & trends["change"].notna()]
    up, down = rows[rows["change"] > 0], rows[rows["change"] < 0]
    same = len(rows) - len(up) - len(down)
    yield f"上升的单位{len(up)}个、下降的{len(down)}个{f'、持平的{same}个' if same else ''}"
    assert rows["noise_points"].isna().all()  # of two months: `tell_noise` names no number
    for row in [*up.nlargest(3, "change").itertuples(), *down.nsmallest(3, "change").itertuples()]:
        places = f"位次{'升' if row.rank_change > 0 else '降'}{abs(row.rank_change)}" if row.rank_change else "位次不变"
        yield f"{names[row.unit_id]}（{signed(row.change)}分，{places}）"
    yield from (f"{names[row.unit_id]}（{signed(row.change)}分）" for row in down.nsmallest(3, "change").itertuples())
    for row in (*up.nlargest(1, "change").itertuples(), *down.nsmallest(1, "change").itertuples()):
        yield f"幅最大的是{names[row.unit_id]}（{signed(row.change)}分）"
    drawn = rows[rows["change"] != 0].assign(size=rows["change"].abs()).nlargest(10, "size")
    parts = drawn[list(CAUSES)].abs().sum()
    yield f"变化最大的{len(drawn)}个单位，变化的{100 * parts.max() / parts.sum():.0f}%来自{CAUSES[parts.idxmax()]}"


def tier_facts(tables: Tables, names: dict[str, str]):
    trends, given = tables("trends"), tables("adjustments")
    order = ("fail", "pass", "good", "excellent")
    rows = trends[(trends["level"] == "total") & (trends["basis"] == "mom")]
    rows = rows[rows["change"].notna() & (rows["tier_before"] != "") & (rows["tier_after"] != "")]
    step = [
        order.index(now) - order.index(was) for was, now in zip(rows["tier_before"], rows["tier_after"], strict=True)
    ]
    up, down = sum(n > 0 for n in step), sum(n < 0 for n in step)
    yield f"环比等次上升的单位{up}个、下降的{down}个"
    yield f"环比{len(step) - up - down}个单位等次不变，{up}个上升，{down}个下降"
    for tier, words in (("excellent", ("新进优秀", "退出优秀")), ("fail", ("新增不达标", "脱离不达标"))):
        was, now = rows["tier_before"] == tier, rows["tier_after"] == tier
        for word, ids in zip(words, (rows[now & ~was]["unit_id"], rows[was & ~now]["unit_id"]), strict=True):
            yield f"{word}{len(ids)}个"
            yield f"等{len(ids)}个"
    kinds = given["kind"].value_counts()
    yield f"本月加分{kinds['bonus']}项、扣分{kinds['deduction']}项"
    yield f"等{given['unit_id'].nunique()}个"
    for row in tables("unit_scores", scope="month").query("bonus > 0 or deductions > 0").itertuples():
        points = [f"加分{row.bonus:.2f}分"] * (row.bonus > 0) + [f"扣分{row.deductions:.2f}分"] * (row.deductions > 0)
        yield f"{names[row.unit_id]}{'、'.join(points)}后为{names[row.tier_by_score]}，不计则为{row.base:.2f}分"


def year_facts(tables: Tables, names: dict[str, str]):
    standing = tables("year_standing")
    listed = standing[standing["is_interview"]]
    yield "2023年1至2月累计，年度尚未结束"
    yield f"（约谈范围）的有{len(listed)}个单位"
    for row in listed.itertuples():
        yield f"{names[row.unit_id]}（{row.total:.2f}分）"
    first = standing[standing["rank"] <= 3].sort_values(["rank", "unit_id"])
    yield f"累计得分居前的是{'、'.join(f'{names[row.unit_id]}（{row.total:.2f}分）' for row in first.itertuples())}。"


def work_facts(tables: Tables, names: dict[str, str]):
    channels = {p: tables("hotline_by_channel", p).set_index("channel").loc["all"] for p in (BEFORE, PERIOD)}
    now, last = channels[PERIOD], channels[BEFORE]
    on_time, satisfied = (
        moved(round(now[rate], 2) - round(last[rate], 2), "个百分点") for rate in ("on_time_pct", "satisfaction_pct")
    )
    yield (
        f"2023年2月受理各渠道工单{now['n_received']}件，到期{now['n_due']}件，"
        f"按时办结率{now['on_time_pct']:.2f}%（环比{on_time}），群众满意率{now['satisfaction_pct']:.2f}%（环比{satisfied}），"
        f"月末未办结{now['n_open']}件，其中逾期{now['n_overdue']}件。"
    )
    yield f"群众满意率 {now['satisfaction_pct']:.2f} %"
    yield f"有效回访{now['n_valid_call_backs']}件"
    yield f"环比{satisfied}"
    by_unit = tables("hotline_by_unit")
    repeats, received = by_unit["n_repeats"].sum(), by_unit["n_received"].sum()
    yield f"30天内重复反映{repeats}件，占受理的{100 * repeats / received:.1f}%"
    for row in by_unit[~by_unit["is_small"] & (by_unit["n_repeats"] > 0)].itertuples():
        yield f"{names[row.unit_id]}（{row.n_repeats}件，{row.repeat_pct:.1f}%）"
    whole = names | {"towns": "镇街"}
    for matter, rows in tables("matter_flows").groupby("matter"):
        for row in rows[rows["n_tickets"] == rows["n_tickets"].max()].itertuples():
            yield f"{matter}转办最多的是{whole[row.from_unit_id]}转{whole[row.to_unit_id]}（{row.n_tickets}件）"
    duties, (watch, watched) = tables("duties_by_matter"), (tables("watch_list", p) for p in (PERIOD, BEFORE))
    handled, meeting = int((duties["n_tickets"] > 0).sum()), int(duties["is_for_meeting"].sum())
    yield f"近2个月工单涉及{handled}项事项，其中{meeting}项提请" if meeting else f"近2个月工单涉及的{handled}项事项"
    n_watched = watch["unit_id"].nunique()
    yield f"列入监管异常名录的单位有{n_watched}个" if n_watched else "本月没有单位列入监管异常名录。"
    yield f"监管异常名录单位 {n_watched} 个"
    yield f"本月移出{'、'.join(names[u] for u in sorted({*watched['unit_id']} - {*watch['unit_id']}))}"
    yield count(n_watched - watched["unit_id"].nunique(), "个")
    cleared = int((~watch.groupby("unit_id")["is_met"].any()).sum())
    yield f"；{cleared}个单位本月没有触发情形" if cleared else "监管异常"
    tests = tables("watch_tests")
    yield f"名录情形均经检验（共检验{len(tests)}项"
    heeded = tests[tests["outcome"] == "attention"]
    yield f"另有关注{len(heeded)}项，不列入名录" if len(heeded) else "名录情形"
    for row in heeded.itertuples():
        yield f"{names[row.unit_id]}（{CRITERIA[row.reason]}{row.value:.2f}%）"
    yield f"仅凭偶然也会有至多{0.05 * len(tests):.0f}项"
    asked = tables("integrity")
    n_asked = int(asked["is_question"].sum())
    yield f"请予核实的有{n_asked}项" if n_asked else "没有发现明显异于同组的情形"
    yield f"（共检验{asked['p_value'].notna().sum()}项"
    warned = tables("consequences").query("is_current and basis == 'month'")
    yield f"本月预警{len(warned)}个单位"


def ledger_facts(tables: Tables, names: dict[str, str]):
    ledger = tables("ledger")
    lights = ledger["light"].value_counts()
    red, due = int(lights.get("red", 0)), ledger[ledger["is_due"]]
    in_time, dunned = int(due["is_closed_in_time"].sum()), ledger[ledger["is_dunned"]]
    yield f"台账在办{len(ledger) - lights.get('closed', 0)}项，其中红灯{red}项、黄灯{lights.get('yellow', 0)}项、"
    yield f"绿灯{lights.get('green', 0)}项"
    yield f"本月到期{len(due)}项，按期销号{in_time}项，按期销号率{100 * in_time / max(1, len(due)):.2f}%"
    still = ledger[ledger["light"] != "closed"]  # what is closed is not among the open items that the sentence counts
    yield f"联合督查交办{still['is_joint'].sum()}项"
    yield f"同一单位同类问题重复出现{still['is_repeated'].sum()}项"
    yield f"本月向{dunned['unit_id'].nunique()}个单位督办{len(dunned)}项"
    late, owners = ledger[ledger["light"] == "red"], dunned["unit_id"].value_counts()
    most = late["unit_id"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    where = f"涉及{len(most)}个单位，其中{names[most.index[0]]}{most.iloc[0]}项" if len(most) > 1 else "均在"
    if len(late):
        yield f"超期的{len(late)}项整改事项{where}"
        yield f"最长的已超期{late['overdue_working_days'].max()}个工作日"
        yield f"{len(late)}项中有{(late['due'] < '2023-01-31').sum()}项在1月末已超期、至今未销号"
    if len(owners) > 1:
        yield from (f"{names[unit]}（{n}项）" for unit, n in owners.items())
    yield f"等{len(owners)}个"
    yield f"对超期的{len(dunned)}项整改事项"
    yield f"逐项清单（{ledger['light'].isin(['red', 'yellow']).sum()}项）"
    yield f"红灯整改事项 {red} 项"
    items = tables("ledger_items", BEFORE)
    late = (items["due"] < "2023-01-31") & ((items["closed"] == "") | (items["closed"] > "2023-01-31"))
    yield count(red - int(late.sum()), "项")
    drawn = tables("draw").query("status == 'drawn'")
    named = drawn["stratum"] == "must"  # whom the office named was in no lot
    yield f"摇号抽中{(~named).sum()}个单位"
    yield f"指定必查{named.sum()}个单位"
    due = tables("coverage_plan")["due"]
    soon, later = (due <= "2023-12").sum(), (due > "2023-12").sum()
    spans = [f"2023年底前到期{soon}个"] * bool(soon) + [f"2024年到期{later}个"] * bool(later)
    assert (due >= "2023-03").all()  # nothing is late before it could be
    yield f"监督全覆盖：到2024年底须上门补查的单位{len(due)}个，其中{'、'.join(spans)}，名单"


def day_facts(tables: Tables, names: dict[str, str]):
    """Until when who does what: the heads of the page and the rows of 下一步."""
    published, until = (tables("objection_periods")[column].max() for column in ("published", "until"))
    units, ledger, tickets = tables("unit_scores", scope="month"), tables("ledger"), tables("hotline_by_unit")
    yield f"数据截至2023年2月28日 · {day_name(published)}发布 · 异议期至{day_name(until)}"
    yield f"{day_name(published)}发布，事由："
    yield f"有异议的，请于{day_name(until)}（含当日）前"
    yield f"对得分有异议的，各被评单位于{day_name(until)}前书面提出"
    listed = units[units["is_bottom_five"] | (units["tier"] == "fail")].sort_values(["total", "unit_id"])
    measures, answer = tables("consequences").query("basis == 'month'")["until"].max(), weekday_after(published, 10)
    whose = "、".join(listed["unit_id"].map(names)[:8]) + f"等{len(listed)}个" * (len(listed) > 8)
    yield f"列入后五名或不达标的{whose}于{day_name(measures)}前核实失分原因，属履职问题的报送整改措施"
    yield f"属履职问题的提出整改措施 {'、'.join(listed['unit_id'].map(names))} {day_name(measures)}"
    waiting = ledger[(ledger["state"] == "to_accept") & ledger["light"].isin(["yellow", "red"])]
    ahead = sorted(waiting.loc[waiting["due"] >= published, "due"])
    span = f"（各项时限{day_name(ahead[0])}至{day_name(ahead[-1])}）" * (ahead[0] < ahead[-1])
    until_then = day_name(min(answer, ahead[0])) if len(ahead) == 1 else "各项时限前"
    yield f"验收已报完成、临期的{len(ahead)}项整改事项{span} 澄川区委编办 {until_then}"
    rest = int((ledger["state"] == "to_accept").sum()) - len(ahead)
    if rest:
        yield f"验收已报完成、尚未销号的其余{rest}项整改事项 澄川区委编办 {day_name(answer)}"
    drawn = tables("draw").query("status == 'drawn'").sort_values("unit_id")["unit_id"].map(names)
    yield f"接受随机监管检查 {'、'.join(drawn)} {day_name(answer)}"
    late = tickets[tickets["n_overdue"] > 0].sort_values("unit_id")
    whose = "、".join(f"{names[row.unit_id]}（{row.n_overdue}件）" for row in late.itertuples())
    yield f"办结逾期未办结的{late['n_overdue'].sum()}件工单 {whose} {day_name(answer)}"
    # Named on the first screen are measures alone: nothing is overdue in the ledger.
    others = (len(ahead) > 0) + (rest > 0) + (len(drawn) > 0) + (len(late) > 0)
    yield f"以上1项，其余{others}项见“六、下一步”（共{others + 1}项）。"


TOLD = (score_facts, change_facts, tier_facts, year_facts, work_facts, ledger_facts, day_facts)


@pytest.fixture(scope="module")
def sentences(page) -> str:
    """All sentences, and the rows that say what is to be done by when."""
    text = text_of(re.sub(r"<table\b(?:(?!</caption>|下一步).)*</caption>.*?</table>", " ", page, flags=re.DOTALL))
    return NO_FIGURE.sub(" ", text)


def facts_of(tables: Tables, names: dict[str, str]) -> list[str]:
    return ["2023年2月", *(fact for tell in TOLD for fact in tell(tables, names))]


def test_every_number_in_a_sentence_is_the_one_that_the_tables_give(tables, sentences, names):
    assert unproved(sentences, facts_of(tables, names)) == []


MONTH, ALL = "scope == 'month'", "channel == 'all'"
OF_UNITS, OF_DISTRICT = (f"level == '{level}' and basis == 'mom'" for level in ("total", "district"))


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("unit_scores", "total", MONTH),
        ("unit_scores", "tier", MONTH),
        ("unit_scores", "is_bottom_five", MONTH),
        ("unit_scores", "total", f"{MONTH} and is_bottom_five"),
        ("trends", "change", OF_DISTRICT),
        ("trends", "after", "level == 'district' and basis == 'ytd'"),
        ("trends", "change", OF_UNITS),
        ("trends", "rank_change", f"{OF_UNITS} and change > 5"),
        ("trends", "tier_after", OF_UNITS),
        ("certainty", "margin_interview_points", f"{MONTH} and 0 < margin_interview_points < 0.35"),
        ("indicator_summary", "lost_points", MONTH),
        ("hotline_by_channel", "n_received", ALL),
        ("hotline_by_channel", "n_due", ALL),
        ("hotline_by_channel", "on_time_pct", ALL),
        ("hotline_by_channel", "satisfaction_pct", ALL),
        ("hotline_by_channel", "n_open", ALL),
        ("hotline_by_channel", "n_overdue", ALL),
        ("hotline_by_unit", "n_repeats", ""),
        ("hotline_by_unit", "n_overdue", ""),
        ("matter_flows", "n_tickets", "matter == '烟花爆竹'"),
        ("watch_tests", "value", "outcome == 'attention'"),
        ("adjustments", "kind", ""),
        ("ledger", "light", "light == 'yellow'"),
        ("ledger", "state", "state == 'to_accept' and light == 'yellow'"),
        ("ledger", "is_joint", "light != 'closed'"),
        ("ledger", "is_due", ""),
        ("ledger", "is_closed_in_time", "is_due"),
        ("year_standing", "total", "is_interview"),
        ("year_standing", "is_interview", ""),
        ("consequences", "until", ""),
        ("consequences", "is_current", ""),
        ("draw", "unit_id", ""),
        ("objection_periods", "until", ""),
        ("objection_periods", "published", ""),
    ],
)
def test_a_cell_that_is_another_is_noticed(tables, sentences, names, table, column, where):
    assert unproved(sentences, facts_of(tables.altered(table, column, where), names)) != []


def written(value: object) -> set[str]:
    """A value as a cell may print it: at 0, 1 and 2 decimals, a share in per cent, numbers within a text."""
    if isinstance(value, str):
        return set(NUMBER.findall(value))
    if isinstance(value, bool) or pd.isna(value):
        return set()
    return {f"{abs(float(value)) * times:.{decimals}f}" for times in (1, 100) for decimals in (0, 1, 2)}


def row_facts(tables: Tables, keys: dict[str, str]) -> dict[str, set[str]]:
    """Unit, matter or office by name → the numbers of its own rows in the month's tables."""
    found: dict[str, set[str]] = {}
    for path in sorted((tables.root / f"data/processed/{PERIOD}/r0001").glob("*.parquet")):
        table = tables(path.stem)
        for key in [name for name in ("unit_id", "matter", "office") if name in table]:
            for name, rows in table.groupby(key, observed=True):
                numbers = {n for column in rows for value in rows[column].unique() for n in written(value)}
                sums = {str(int(total)) for total in rows.sum(numeric_only=True)} if key == "office" else set()
                found.setdefault(keys.get(name, name), set()).update(numbers | sums | {str(len(rows))})
    for name, numbers in losses_by_unit(tables).items():
        found[keys[name]] |= numbers
    return found


def losses_by_unit(tables: Tables) -> dict[str, set[str]]:
    """Unit → the points that its indicators lose of its total, and what its group's median would lose."""
    scores, units = tables("indicator_scores", scope="month"), tables("unit_scores", scope="month")
    rows = scores.dropna(subset="score").merge(units[["unit_id", "group"]], on="unit_id")
    rows["lost"] = rows["weight"] * (100 - rows["score"]) / 100
    rows["middle"] = [
        rows[(rows["group"] == row.group) & (rows["indicator_id"] == row.indicator_id)]["score"].median()
        for row in rows.itertuples()
    ]
    rows["middle"] = rows["weight"] * (100 - rows["middle"]) / 100
    return {unit: {f"{n:.2f}" for n in (*own["lost"], *own["middle"])} for unit, own in rows.groupby("unit_id")}


def test_every_number_in_a_row_is_one_of_its_own_units_matters_or_offices(district, tables, page, names):
    facts = row_facts(tables, names)
    stated = {n for file in ("watch", "tickets") for n in NUMBER.findall((district / f"params/{file}.yml").read_text())}
    missing, n_checked = [], 0
    for row in re.findall(r"<tr><th scope=\"row\".*?</tr>", page, flags=re.DOTALL):
        cells = [NO_FIGURE.sub(" ", html.unescape(re.sub(r"<[^>]*>", " ", cell))).strip() for cell in
                 re.findall(r"<t[hd]\b.*?</t[hd]>", row, flags=re.DOTALL)]  # fmt: skip
        owners = [name for name in facts if any(cell == name for cell in cells)]
        known = set().union(*(facts[name] for name in owners)) | (stated if len(owners) else set())
        numbers = {n for cell in cells for n in NUMBER.findall(cell)}
        n_checked += len(numbers) if owners else 0
        missing += [(cells[0], n) for n in sorted(numbers - known)] if owners else []
    assert n_checked > 600  # in a second month the columns of certainty are empty
    assert missing == []
