"""What a unit's page names: its tickets and items to be brought to an end, findings, relative losses, its lists."""

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analysis.policy.tables import TABLES
from analysis.report.packs.content import PackContent
from analysis.report.packs.evidence import evidence
from analysis.report.packs.feedback import feedback_body, items_table
from analysis.report.packs.losses import kept_words, lost_points_table
from analysis.report.packs.own_tickets import coming_tickets, number_words, tickets_table
from analysis.report.packs.results import past_years_words, status_words
from analysis.report.packs.to_do import best_step, to_do_table
from analysis.report.tasks import Task

from .months import PERIOD, make_content, mark
from .years import standing_of

OPEN = {"is_closed": False, "closed": "", "is_on_time": False}


@pytest.fixture(scope="module")
def unit_id(policy) -> str:
    return next(unit.id for unit in policy.units if unit.is_town)


def ticket(unit_id: str, number: int, **values) -> dict:
    """A ticket that was closed in time and to the caller's satisfaction, but for what is given."""
    told = {
        "ticket_id": f"GD{number:03}",
        "period": PERIOD,
        "matter_id": "M009",
        "matter": "路灯照明",
        "unit_id": unit_id,
    }
    days = {"received": "2026-10-12", "due_final": "2026-10-19", "due_period": PERIOD, "closed": "2026-10-16"}
    marks = {"is_closed": True, "is_due": True, "is_on_time": True, "is_call_back_valid": True, "is_satisfied": True}
    marks |= {"counted_in": PERIOD, "is_shared": False, "is_attitude_complaint": False, "is_repeat": False}
    whole = told | days | marks | values
    return whole | {"is_overdue": not whole["is_closed"] and bool(whole["counted_in"])}


def coming(unit_id: str, number: int, due: str = "2026-11-06") -> dict:
    return ticket(unit_id, number, **OPEN, due_final=due, due_period=due[:7], counted_in="", is_due=False)


def with_tickets(content, rows: list[dict], tasks: dict | None = None) -> PackContent:
    made = replace(content, tickets=pd.DataFrame(rows)) if rows else replace(content)
    made.__dict__["tasks"] = tasks or {}
    return made


@pytest.fixture
def none_hidden(monkeypatch):
    monkeypatch.setattr(PackContent, "hidden_counts", set())


def rows_of(shown: str) -> list[tuple[str, str]]:
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th><td>(.*?)</td></tr>", str(shown))
    return [(re.sub("<[^>]+>", "", what), when) for what, when in rows]


def bare(policy, **tables):
    return make_content(policy, **{name: TABLES[name].empty() for name in ("ledger", "consequences")} | tables)


def test_a_ticket_that_several_units_share_says_so(policy, unit_id, none_hidden):
    """One of them more or less in time can decide a year's place."""
    rows = [coming(unit_id, 769), coming(unit_id, 770) | {"is_shared": True}, *(coming("D01", n) for n in range(4))]
    ((told, _),) = rows_of(to_do_table(with_tickets(bare(policy), rows), unit_id))
    assert "GD769、" in told and "GD770（跨部门）" in told


def test_tickets_to_be_closed_are_named_the_late_ones_at_once(policy, unit_id, none_hidden):
    late = ticket(unit_id, 546, **OPEN, due_final="2026-10-27")
    rows = [late, coming(unit_id, 769), *(coming("D01", n) for n in range(4))]
    tasks = {unit_id: [Task("watch", date(2026, 11, 18), unit_id), Task("tickets", date(2026, 11, 18), unit_id, 1)]}
    shown = to_do_table(with_tickets(bare(policy), rows, tasks), unit_id)
    based = f"超期工单的最迟日期为发布后第{policy.consequences.answer_working_days}个工作日"
    assert based in shown and based not in to_do_table(with_tickets(bare(policy), rows[1:]), unit_id)
    assert rows_of(shown) == [
        ("办结超期工单：GD546，应于10月27日办结", "立即办结（至10月31日已超期3个工作日），最迟11月18日"),
        ("办结工单：GD769", "11月6日"),
        ("查明列入监管异常名录的原因，报送整改情况", "11月18日"),
    ]


def test_many_tickets_are_counted(policy, unit_id, none_hidden):
    rows = [ticket(unit_id, n, **OPEN, due_final=f"2026-10-{20 + n}") for n in range(5)]
    rows += [coming(unit_id, 10 + n) for n in range(6)]
    tasks = {unit_id: [Task("tickets", date(2026, 11, 18), unit_id, 5)]}
    (late, _), (soon, _) = rows_of(to_do_table(with_tickets(bare(policy), rows, tasks), unit_id))
    assert late.startswith("办结超期工单5件，最早的GD000，应于10月20日办结") and soon == "办结工单6件"


def test_a_list_of_tickets_bounds_no_withheld_count(policy, unit_id, monkeypatch):
    rows = [ticket(unit_id, 1, **OPEN), ticket(unit_id, 2, is_satisfied=False), *(coming(unit_id, n) for n in (3, 4))]
    monkeypatch.setattr(PackContent, "hidden_counts", set())
    made = with_tickets(bare(policy), rows)
    assert coming_tickets(made, unit_id) == []  # so few fall due then that their number may be withheld
    assert "GD001" in tickets_table(made, unit_id) and "路灯照明" not in tickets_table(made, unit_id)
    for hidden, listed in (
        ({"n_due"}, []),
        ({"n_on_time"}, ["GD002"]),
        ({"n_satisfied"}, ["GD001"]),
        ({"n_received"}, []),
    ):
        monkeypatch.setattr(PackContent, "hidden_counts", hidden)
        assert re.findall(r"GD\d+", str(tickets_table(with_tickets(bare(policy), rows), unit_id))) == listed


def test_a_matter_is_named_where_the_districts_figures_of_it_are_told(policy, unit_id, none_hidden):
    counts = {"n_received": 40, "n_due": 40, "n_on_time": 20, "n_valid_call_backs": 30, "n_satisfied": 15}
    rates = {"on_time_pct": 50.0, "satisfaction_pct": 50.0, "period": PERIOD}
    matters = pd.DataFrame([{"matter_id": "M009", "matter": "路灯照明"}]).assign(**counts, **rates)
    channels = pd.DataFrame([{"channel": "hotline"}, {"channel": "all"}]).assign(**counts, **rates)
    channels[list(counts)] *= 3  # what other matters brought
    found = {"hotline_by_matter": matters, "hotline_by_channel": channels}
    content = bare(policy)
    shown = tickets_table(
        with_tickets(replace(content, tables=content.tables | found), [ticket(unit_id, 1, **OPEN)]), unit_id
    )
    assert '<td data-head="事项">路灯照明</td>' in shown
    few = found | {"hotline_by_matter": matters.assign(n_on_time=37, on_time_pct=92.5)}
    shown = tickets_table(
        with_tickets(replace(content, tables=content.tables | few), [ticket(unit_id, 1, **OPEN)]), unit_id
    )
    assert "GD001" in shown and 'data-head="事项"' not in shown


def test_a_units_noted_tickets_are_listed_the_gravest_first(policy, unit_id, none_hidden):
    rows = [
        ticket(unit_id, 1, is_repeat=True),
        ticket(unit_id, 8, is_repeat=True, received="2026-10-13"),
        ticket(unit_id, 2, is_satisfied=False, is_repeat=True),
        ticket(unit_id, 3, is_attitude_complaint=True),
        ticket(unit_id, 4, is_on_time=False, closed="2026-10-21"),
        ticket(unit_id, 5, **OPEN),
        ticket(unit_id, 6),
        ticket("D01", 7, **OPEN),
    ]
    shown = tickets_table(with_tickets(bare(policy), rows), unit_id)
    assert [row[:2] for row in shown.cells] == [
        ("GD005", "超期未结"),
        ("GD004", "超期办结"),
        ("GD003", "态度投诉"),
        ("GD002", "不满意、重复诉求"),
        ("GD001", "重复诉求"),
        ("GD008", "重复诉求"),
    ]
    assert shown.cells[0][2:] == ("10月12日", "10月19日", "未办结") and "共6件" in shown.caption
    days = [f"2026-09-{1 + n // 2:02}" for n in range(40)]
    rows = [ticket(unit_id, n, is_repeat=True, received=day) for n, day in enumerate(days)]
    many = tickets_table(with_tickets(bare(policy), rows), unit_id)
    assert "共40件，列前30件" in many.caption and len(many.cells) == 15 and many.cells[0][0] == "GD000、001"


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        (["GD20261000249"], "GD20261000249"),
        (["GD20261000249", "GD20261000251", "GD20261000253", "GD20261000254", "GD20261000255"],
         "GD20261000249、251、253至255"),
        (["GD0999", "GD1000", "GD1001"], "GD0999至1001"),
        (["A-7", "B-8"], "A-7、B-8"),
        (["12a", "12b"], "12a、12b"),
        (["7", "8"], "7、8"),
    ],
)  # fmt: skip
def test_of_numbers_alike_only_what_differs_is_told(numbers, told):
    assert number_words(numbers) == told


def test_open_tickets_that_are_counted_alone_stand_by_number_and_day_below(policy, unit_id, none_hidden):
    rows = [*(coming(unit_id, n) for n in (11, 12, 13, 20)), *(coming(unit_id, n, "2026-11-09") for n in (30, 31))]
    made = with_tickets(bare(policy), [*rows, *(coming("D01", n, "2026-11-09") for n in range(40, 45))])
    body = str(feedback_body(made, unit_id))
    assert '<a href="#open">办结工单4件</a>' in body and "办结工单：GD030、GD031" in body
    folded = body[body.index('<details id="open">') :]
    assert "GD011至013、020" in folded and "GD030、031" in folded and "共6件" in folded and "GD040" not in body
    assert 'id="open"' not in feedback_body(with_tickets(bare(policy), rows[:3]), unit_id)


def test_why_a_ticket_has_no_matter_is_told_where_it_is_named_and_does_not_say_which_reason(
    policy, unit_id, none_hidden
):
    others = [coming("D01", n) for n in range(40, 45)]
    for matter_id in ("M009", ""):
        made = with_tickets(bare(policy), [coming(unit_id, 11) | {"matter_id": matter_id}, *others])
        first = str(feedback_body(made, unit_id)).partition("二、得分与位次")[0]
        assert "未归入事项目录，或为防止与公开数据相互推算，可凭编号在工单系统查看" in first
        marked = ticket(unit_id, 12, is_repeat=True) | {"matter_id": matter_id}
        assert "相互推算" in tickets_table(with_tickets(bare(policy), [marked]), unit_id).caption
    assert "件数较少" not in first
    assert "相互推算" not in feedback_body(with_tickets(bare(policy), others), unit_id)


def item(content, unit_id: str, **values) -> pd.DataFrame:
    row = content.tables["ledger"].iloc[0].to_dict() | {"unit_id": unit_id, "is_dunned": False, "answer_until": ""}
    return pd.DataFrame([row | values])


def test_open_items_are_named_by_their_day_those_to_be_accepted_too(content, policy, unit_id):
    waiting = {
        "item_id": "ZG009",
        "problem": "下放无依据",
        "due": "2026-11-06",
        "light": "yellow",
        "state": "to_accept",
    }
    green = {"item_id": "ZG010", "problem": "机构未清理", "due": "2026-11-22", "light": "green", "state": "rectifying"}
    closed = {"item_id": "ZG011", "due": "2026-11-09", "light": "closed", "state": "closed"}
    items = pd.concat([item(content, unit_id, **row) for row in (green, waiting, closed)])
    made = with_tickets(bare(policy, ledger=items), [])
    assert rows_of(to_do_table(made, unit_id)) == [
        ("整改事项待验收，请备好材料：ZG009（下放无依据）", "11月6日"),
        ("办结整改事项：ZG010（机构未清理）", "11月22日（周日）"),
    ]


@pytest.mark.parametrize(("repeat_of", "told"), [("ZG1", "与ZG1同类"), ("ZG1 ZG2 ZG3", "与ZG3等3项同类"), ("", "")])
def test_an_item_names_the_last_of_those_that_it_repeats_and_how_many_they_are(content, unit_id, repeat_of, told):
    rows = content.tables["ledger"]
    own = rows[rows["unit_id"] == unit_id].head(1).assign(is_repeated=bool(repeat_of), repeat_of=repeat_of)
    shown = items_table(replace(content, tables=content.tables | {"ledger": own.assign(is_dunned=False)}), unit_id)
    months = content.policy.ledger.repeat_months
    assert [cells[-1] for cells in shown.cells] == [told]
    assert (f"；同类指发现之日前{months}个月内本单位（含并入的单位）文字相近的事项）" in shown.caption) == bool(
        repeat_of
    )


def test_a_unit_with_nothing_to_do_has_no_table_of_it(policy, unit_id):
    body = str(feedback_body(with_tickets(bare(policy), []), unit_id))
    first = body[body.index("一、本月须办") : body.index("二、得分与位次")]
    assert "本单位本月没有须办事项。" in first and "<table" not in first
    assert "有异议的，请于11月11日（含当日）前提出" in first


@pytest.mark.parametrize(
    ("reason", "asked"),
    [
        ("repeats", "查明列入监管异常名录的原因，报送减少重复诉求的措施"),
        ("attitude_complaints", "查明列入监管异常名录的原因，报送减少态度投诉的措施"),
    ],
)
def test_a_listed_unit_is_asked_for_measures_against_its_own_reason(policy, unit_id, reason, asked):
    told = {"reason": reason, "rule": "R9", "since": "2026-03", "last_met": "2026-10", "first_period": "2026-08"}
    numbers = {"value": 26.315789, "threshold": 3.606817, "n_cases": 114, "low_pct": 19.1, "high_pct": 35.1}
    row = {"period": PERIOD, "unit_id": unit_id, "is_met": True, "n_clean_months": 0, "p_value": 0.0} | told | numbers
    listed = bare(policy, watch_list=pd.DataFrame([row]))
    made = with_tickets(listed, [], {unit_id: [Task("watch", date(2026, 11, 18), unit_id)]})
    assert rows_of(to_do_table(made, unit_id)) == [(asked, "11月18日")]
    body = str(feedback_body(made, unit_id))
    assert "2026年3月起列入监管异常名录" in body and "最近三个月（8月至10月）" in body
    assert "114件，其中" in body and "30件，占26.32%，全区3.61%，出于偶然的可能性低于0.1%。" in body


def test_measures_of_a_low_place_are_asked_for_once(policy, unit_id):
    told = {"rule": "R9", "since": "2026-03", "last_met": "2026-10", "first_period": "2026-10", "is_met": True}
    numbers = {"value": 3.0, "threshold": 5.0, "n_cases": 2, "low_pct": 0.0, "high_pct": 0.0, "p_value": 0.0}
    row = {"period": PERIOD, "unit_id": unit_id, "n_clean_months": 0} | told | numbers
    listed = bare(policy, watch_list=pd.DataFrame([row | {"reason": each} for each in ("bottom_five", "repeats")]))
    tasks = [Task(kind, date(2026, 11, 18), unit_id) for kind in ("measures", "watch")]
    for held, asked in (
        (tasks, "查明列入监管异常名录的原因，报送减少重复诉求的措施"),
        (tasks[1:], "查明列入监管异常名录的原因，报送减少重复诉求、提高考评得分的措施"),
    ):
        assert rows_of(to_do_table(with_tickets(listed, [], {unit_id: held}), unit_id))[-1][0] == asked


def test_an_answer_to_dunning_says_why_items_stay_open_and_no_second_one_is_asked_for(policy, unit_id):
    what = "对超期的20项整改事项书面答复并明确销号时间"
    for n_answers, told in ((1, "；并说明长期未销号的原因（说明本身不另计分）"), (0, "")):
        task = Task("dunned", date(2026, 11, 11), unit_id, 20, n_answers=n_answers)
        made = with_tickets(bare(policy), [], {unit_id: [task]})
        assert rows_of(to_do_table(made, unit_id)) == [(what + told, "11月11日")]


def test_cells_name_their_file_by_a_number_that_stands_below_with_who_sent_it(content, unit_id):
    body = str(feedback_body(content, unit_id))
    name = f"{mark(unit_id, 'file')}·{mark(unit_id, 'sheet')}"
    (told,) = re.findall(r"数据依据中的文件：(.*?)</p>", body)
    assert told.startswith(f"①{name}（由") and told.endswith("报送）。") and body.count(name) == 1
    assert f"①C9： {mark(unit_id, 'raw-common-01')}" in body and "由区委编办监督检查科报送</td>" not in body
    assert name in str(lost_points_table(content, unit_id))  # on paper, where they are not listed, by their names


def test_of_many_marks_the_lowest_are_shown_and_of_counts_the_first(content, unit_id):
    """Eight marks, of which the page showed the first five, explained a loss by marks that were none."""
    (cell,), marks = content.sources[unit_id, "common-01"], ["95", "88", "—", "79.5", "90", "61", "92", "100"]
    cells = [cell._replace(cell=f"C{at}", raw=raw) for at, raw in enumerate(marks, 1)]
    made, few = replace(content), replace(content)
    for each, n in ((made, 8), (few, 5)):
        vars(each)["sources"] = {(unit_id, "common-01"): cells[:n]}
    indicator = content.policy.indicator_by_id["common-01"]
    lines = str(evidence(made, unit_id, indicator)).split("<br>")
    assert [line.rpartition(" ")[2] for line in lines] == ["61", "79.5", "88", "90", "92", "等8处，所列为最低的"]
    of_counts = indicator.model_copy(update={"method": content.policy.indicator_by_id["common-10"].method})
    lines = str(evidence(made, unit_id, of_counts)).split("<br>")
    assert [line.rpartition(" ")[2] for line in lines] == [*marks[:5], "等8处"]
    assert [line.rpartition(" ")[2] for line in str(evidence(few, unit_id, indicator)).split("<br>")] == marks[:5]


def visit(unit_id: str, indicator_id: str, day: str, finding: str) -> dict:
    told = {"visit_id": f"V{day}", "period": day[:7], "unit_id": unit_id, "indicator_id": indicator_id, "date": day}
    return told | {"inspectors": "甲、乙", "assessor": "", "document": "", "points": 80.0, "finding": finding}


def advice(content, unit_id: str, indicator_id: str) -> str:
    shown = lost_points_table(content, unit_id)
    (row,) = [row for row in shown.cells if row[0] == content.names[indicator_id]]
    return row[shown.heads.index("怎样可不失分")]


def test_what_a_visit_found_stands_beside_the_lost_point(content, unit_id):
    rows = [
        visit(unit_id, "common-01", "2026-10-28", "告知内容不全"),
        visit("D01", "common-01", "2026-10-28", "别家的"),
    ]
    told = advice(replace(content, inspections=pd.DataFrame(rows)), unit_id, "common-01")
    assert "10月28日抽查得80.00分：告知内容不全" in told and "别家的" not in told and "未附扣分事由" not in told


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (["2026-04-24"], "；月度计至2027年3月，年度计至2028年3月"),
        (["2026-04-24", "2026-08-28"], "；最近一次月度计至2027年7月，年度计至2028年7月"),
        (["2025-10-20"], ""),  # no longer counted
    ],
)
def test_a_visits_mark_says_until_when_it_counts_as_no_rectifying_brings_it_back(content, unit_id, days, told):
    seen = next(each for each in content.policy.indicators if each.window_months.get("month") == 12)
    scores = content.tables["indicator_scores"]
    own = scores[scores["unit_id"] == unit_id].iloc[[0]].assign(indicator_id=seen.id, score=50.0)
    others = scores[~((scores["unit_id"] == unit_id) & (scores["indicator_id"] == seen.id))]
    made = replace(
        content,
        tables=content.tables | {"indicator_scores": pd.concat([others, own])},
        inspections=pd.DataFrame([visit(unit_id, seen.id, day, "台账不完整") for day in days]),
    )
    assert (told in advice(made, unit_id, seen.id)) if told else "计至" not in advice(made, unit_id, seen.id)
    assert lost_points_table(made, unit_id).caption.count("其间再次抽查的取平均") == bool(told)
    assert "年度另含" not in advice(made, unit_id, seen.id)
    year = own.assign(scope="ytd", n_measurements=own["n_measurements"] + 2, first_period="2025-01")
    rows = pd.concat([made.tables["indicator_scores"], year])
    longer = advice(replace(made, tables=made.tables | {"indicator_scores": rows}), unit_id, seen.id)
    assert ("；年度另含此前2次（最早2025年1月）" in longer) == bool(told)
    alike = seen.model_copy(update={"window_months": {"month": 12, "ytd": 12}})
    policy = replace(
        made.policy, indicators=tuple(alike if each.id == seen.id else each for each in made.policy.indicators)
    )
    same = advice(replace(made, policy=policy), unit_id, seen.id)
    assert "月度" not in same and ("计至2027年" in same) == bool(told)


def test_indicators_that_lost_nothing_are_named_with_what_they_weigh(content, unit_id):
    assert kept_words(content, unit_id) == ""
    made = below(below(content, unit_id, common_01=100.0), unit_id, common_10=100.0)
    names = content.names
    told = f"未失分的指标：{names['common-01']}、{names['common-10']}（权重合计10.00%）。"
    assert kept_words(made, unit_id) == told and told in feedback_body(made, unit_id)


@pytest.mark.parametrize(("finding", "record"), [("未发现问题", "记录为“未发现问题”"), ("", "没有记录")])
def test_a_mark_below_the_full_one_without_a_finding_names_who_can_explain_it(content, unit_id, finding, record):
    rows = [visit(unit_id, "common-01", "2026-10-28", finding)]
    made = below(replace(content, inspections=pd.DataFrame(rows)), unit_id, common_01=70.0)
    told = advice(made, unit_id, "common-01")
    assert told.startswith(f"10月28日抽查得80.00分，{record}；未附扣分事由，可请区委编办监督检查科说明")
    rows.append(visit(unit_id, "common-01", "2026-04-28", "台账不完整"))
    told = advice(replace(made, inspections=pd.DataFrame(rows)), unit_id, "common-01")
    assert f"{record}；4月28日抽查得80.00分：台账不完整；10月28日抽查未附扣分事由，可请" in told
    whole = [rows[0] | {"points": 100.0}, rows[1]]  # nothing was found and nothing lost
    assert "未附扣分事由" not in advice(replace(made, inspections=pd.DataFrame(whole)), unit_id, "common-01")


def below(content, unit_id: str, **scores: float):
    rows = content.tables["indicator_scores"].copy()
    for indicator_id, score in scores.items():
        rows.loc[(rows["unit_id"] == unit_id) & (rows["indicator_id"] == indicator_id.replace("_", "-")), "score"] = (
            score
        )
    return replace(content, tables=content.tables | {"indicator_scores": rows})


def test_a_judged_mark_without_a_reason_says_whom_to_ask_and_at_the_median_nothing(content, unit_id):
    assert advice(below(content, unit_id, common_01=80.25), unit_id, "common-01") == ""
    told = advice(below(content, unit_id, common_01=70.0), unit_id, "common-01")
    assert told == "未附扣分事由，可请区委编办监督检查科说明；达到同类中位约可少失0.50分"
    for score in (79.75, 80.0, 80.24):  # the true median lies within half a step of the one that is told
        made = below(content, unit_id, common_01=score)
        assert advice(made, unit_id, "common-01").startswith("接近同类中位；未附扣分事由")
        assert "少失" not in advice(made, unit_id, "common-01")
    step = content.rules.peer_step_points
    assert f"；同类中位按{step:g}分归并；" in lost_points_table(content, unit_id).caption
    assert "满分100分；" not in str(lost_points_table(content, unit_id)).replace("得分÷满分100", "")


def test_a_head_reads_first_which_loss_could_be_mended_most_and_how(content, unit_id):
    of, names = content.policy.indicators, content.names
    made = below(content, unit_id, common_01=70.0, common_06=60.0, common_08=10.0)  # how busy a unit is nobody mends
    (lost,) = [row.lost_points for row in made.losses[unit_id] if row.indicator_id == "common-06"]
    told = f"今后可少失分最多的是{names['common-06']}（本月失{lost:.2f}分）：{advice(made, unit_id, 'common-06')}。"
    assert best_step(made, unit_id) == [told] and "达到同类中位约可少失" in told
    body = str(feedback_body(made, unit_id))
    assert body.index("一、本月须办") < body.index(told) < body.index("二、得分与位次") and body.count(told) == 1
    assert best_step(below(content, unit_id, common_01=80.0, common_06=80.0), unit_id) == []
    # Points that may be another's are verified before anybody mends them.
    asked = {"unit_id": unit_id, "measure": "same_values", "is_question": True, "other_unit_id": "D99"}
    doubted = replace(made, tables=made.tables | {"integrity": pd.DataFrame([asked])})
    assert best_step(doubted, unit_id) == []
    assert best_step(
        replace(doubted, tables=made.tables | {"integrity": pd.DataFrame([asked | {"is_question": False}])}), unit_id
    )
    rows = made.tables["indicator_scores"]

    def instead(indicator_id: str):
        """What lost most is another indicator's."""
        moved = rows.assign(indicator_id=rows["indicator_id"].replace("common-06", indicator_id))
        return best_step(replace(made, tables=made.tables | {"indicator_scores": moved}), unit_id)

    visited, state = (next(i for i in of if i.window_months), next(i for i in of if i.method.states))
    assert names["common-01"] in instead(visited.id)[0]  # nothing but another visit moves it
    assert f"：状态为“{max(state.method.states, key=state.method.states.get)}”" in instead(state.id)[0]


def test_a_relative_loss_stands_last_and_asks_for_nothing_that_nobody_can_do(content, unit_id):
    made = below(content, unit_id, common_08=10.0)
    shown = lost_points_table(made, unit_id)
    assert shown.cells[-1][0] == content.names["common-08"] and f"，{content.names['common-08']}列最后" in shown.caption
    told = advice(made, unit_id, "common-08")
    assert "整改不能提高" in told and "1.25倍；" not in told
    lead = re.search(r'<div class="lead">(.*?)</div>', str(feedback_body(made, unit_id)), re.DOTALL)[1]
    assert f"；相对指标{content.names['common-08']}（4.50分）另列，含在总失分内。" in lead


def test_a_channel_that_rests_on_one_task_says_so_and_the_task_has_its_title(content, policy, unit_id):
    row = content.tables["indicator_scores"].query(f"unit_id == '{unit_id}' and indicator_id == 'common-01'")
    own = row.assign(indicator_id="individual-03", channel="key_work", family="individual", weight=37.5, score=89.2)
    measured = (
        content.tables["measurements"]
        .iloc[:1]
        .assign(measurement_id="m", unit_id=unit_id, indicator_id="individual-03", channel="key_work", item_id="ZD014")
    )
    cells = [
        ("effect", "J46", "91"),
        ("attitude", "G46", "85"),
        ("measures", "AA46", "92"),
        ("time_nodes", "H46", "89"),
    ]
    lineage = pd.DataFrame(cells, columns=["role", "cell", "raw"]).assign(measurement_id="m", file="f.xlsx", sheet="s")
    task = {"measurement_id": "m", "period": PERIOD, "task_id": "ZD014", "title": "巡察整改督办", "unit_id": unit_id}
    task |= {"category": "individual-03", "role": "lead", "due": "", "done": ""}
    marks = dict.fromkeys(("attitude", "measures", "time_nodes", "effect", "coordination"), 90.0)
    made = make_content(
        policy,
        indicator_scores=pd.concat([content.tables["indicator_scores"], own]),
        measurements=measured, lineage=lineage, key_work=pd.DataFrame([task | marks]),
    )  # fmt: skip
    shown = lost_points_table(made, unit_id)
    (row,) = [row for row in shown.cells if row[0] == content.names["individual-03"]]
    assert f"{policy.names['key_work.short']}渠道权重37.5%，本月仅此一项任务" in row[7]
    assert "G46：ZD014（巡察整改督办） 工作态度 85；H46：" in row[8] and re.findall(r"([A-Z]+46)：", row[8]) == [
        "G46", "H46", "J46", "AA46",
    ]  # fmt: skip
    assert "最低的一项是巡察整改督办 工作态度（85）" in row[6]


def test_the_first_screen_of_a_blacklisted_unit_says_so_and_what_this_year_would_add(content, policy, unit_id):
    row = content.tables["consequences"].iloc[0].to_dict() | {"unit_id": unit_id, "kind": "blacklist", "until": ""}
    row |= {"reason": "streak", "streak_years": 3, "years": "2023 2024 2025", "year": 2025}
    standing = standing_of(policy, 2026)
    standing.loc[standing["unit_id"] == unit_id, "is_interview"] = True
    made = make_content(policy, consequences=pd.DataFrame([row]), year_standing=standing)
    (told,) = status_words(made, unit_id)
    assert told.startswith(
        "本单位已列入机构编制黑名单（2023、2024、2025年度连续三年列入后五名或不达标），按规定应予问责；"
    )
    assert told.endswith("若年度就此结束，为连续第四年列入。")
    body = str(feedback_body(made, unit_id))
    assert told in body[: body.index("二、得分与位次")]
    near = pd.DataFrame([row | {"kind": "warning", "streak_years": 2, "years": "2024 2025"}])
    (told,) = status_words(make_content(policy, consequences=near, year_standing=standing), unit_id)
    assert told.endswith("连续三年的列入机构编制黑名单并问责。若年度就此结束，为连续第三年列入，并列入黑名单。")
    safe = standing.assign(is_interview=False)
    assert status_words(make_content(policy, consequences=near, year_standing=safe), unit_id)[0].endswith(
        "本年度不列入。"
    )
    assert status_words(bare(policy), unit_id) == []
    longer = policy.consequences.model_copy(update={"blacklist_years": 4})  # a third year only warns once more
    later = make_content(policy, consequences=near, year_standing=standing)
    (told,) = status_words(replace(later, policy=replace(policy, consequences=longer)), unit_id)
    assert told.endswith("为连续第三年列入，将按规定给予黑名单预警。")


def test_years_in_which_a_unit_was_listed_are_told_though_the_last_one_is_clear(content, policy, unit_id):
    states = content.tables["annual_states"].query(f"unit_id == '{unit_id}'")
    clear = states.assign(state="clear", reason="", year=2025, streak_years=0)
    made = make_content(policy, annual_states=pd.concat([states.assign(year=2023), clear]))
    assert past_years_words(made, unit_id) == "近年年度结果（约谈范围）：2023年度列入（不达标）、2025年度未列入。"
    assert past_years_words(make_content(policy, annual_states=clear), unit_id) == ""
