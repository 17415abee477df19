"""What a unit's page says of rules and results: changes that rules made, vetoes, measures, interviews, questions."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from analysis.policy.channels import ChannelWeights
from analysis.policy.models import Contacts
from analysis.policy.tables import TABLES
from analysis.report.packs.content import PackContent
from analysis.report.packs.evidence import evidence
from analysis.report.packs.feedback import feedback_body, items_table
from analysis.report.packs.losses import keep_words
from analysis.report.packs.office_terms import use_rows
from analysis.report.packs.own_load import own_load
from analysis.report.packs.own_tickets import loop_words, missed_tickets
from analysis.report.packs.questions import alike_table, question_words
from analysis.report.packs.results import consequences_table, status_words, year_words
from analysis.report.packs.standing import change_words, last_year_words, lead_words
from analysis.report.packs.to_do import to_do_table
from analysis.report.tasks import Task
from analysis.report.words import WORDS, weekend_mark

from ...rows import table_of
from .months import EDITION, PERIOD, make_content
from .test_own_page import bare, ticket, with_tickets
from .test_standing import KPIS, SAFE, year_of


@pytest.fixture(scope="module")
def unit_id(policy) -> str:
    return next(unit.id for unit in policy.units if unit.is_town)


def ruled(content, unit_id, basis: str, **values):
    """The month with a unit's row of `trends` on a basis, in between of which rules changed."""
    months = content.tables["trends"]
    told = {"is_rule_changed": True, "change": -2.22, "weights": -2.22, "performance": 0.0, "like_for_like_change": 0.0}
    row = months[months["unit_id"] == unit_id].assign(basis=basis, before_period="2025-10", is_within_noise=True)
    changed = pd.concat([months, row.assign(**told | values)])
    return replace(content, tables=content.tables | {"trends": changed})


def test_a_change_that_rules_made_is_told_beside_what_performance_did_with_what_ruled_it(content, unit_id, policy):
    made = ruled(content, unit_id, "yoy")
    body = str(feedback_body(made, unit_id))
    assert "同比下降2.22分（可比口径持平）" in KPIS.search(body)[0]
    assert f"{content.names[unit_id]}本月同比下降2.22分，全部来自规定权重调整；按可比口径持平。" in body
    told = {"unit": unit_id, "reason": "职责划出", "document": "澄编办发〔2026〕7号"}
    rule = ChannelWeights(**{"from": "2026-05"}, weights={policy.channel_ids[0]: 100}, **told)
    for first, is_told in (("2026-05", True), ("2025-10", False)):
        rules = dict(policy.channel_rules) | {unit_id: rule.model_copy(update={"from_": first})}
        told = last_year_words(replace(made, policy=replace(policy, channel_rules=rules)), unit_id)
        assert ("原因：职责划出（澄编办发〔2026〕7号）" in "".join(told)) is is_told
    plain = ruled(content, unit_id, "yoy", is_rule_changed=False)
    assert "可比口径" not in feedback_body(plain, unit_id) and last_year_words(plain, unit_id) == []
    made = year_of(ruled(content, unit_id, "ytd", change=-0.69, like_for_like_change=0.38), unit_id, {}, **SAFE)
    assert "得分88.12分，比上年同期下降0.69分（可比口径上升0.38分），位次第4" in year_words(made, unit_id)


def test_the_course_says_that_rules_made_a_change_and_marks_all_months_of_it(content, unit_id):
    earlier = [content.history.assign(period=month) for month in ("2025-10", "2026-04", "2026-05", "2026-09")]
    made = replace(ruled(content, unit_id, "yoy"), history=pd.concat([*earlier, content.history]))
    same = f"{content.names[unit_id]}本月同比下降2.22分，全部来自规定权重调整"
    for months, title, marks in (
        (["2026-05"], "；2026年5月起权重调整，同比下降2.22分，可比口径持平", ["5月起权重调整"]),
        (
            ["2026-04", "2026-09"],
            "；2026年4月、2026年9月起权重调整，同比下降2.22分，可比口径持平",
            ["4月起权重调整", "9月起权重调整"],
        ),
        (
            ["2025-10"],
            "；指标或权重有调整，同比下降2.22分，可比口径持平",
            [],
        ),  # the first month shown: nothing is unlike it
    ):
        body = str(feedback_body(replace(made, weights_moved={unit_id: months, "D01": ["2026-08"]}), unit_id))
        (found,) = re.findall(r"<strong>(本月[^<]*全区平均[^<]*)</strong>(.*?)</figure>", body, re.DOTALL)
        assert same in body and found[0].endswith(title) and "最高" not in found[0]
        assert re.findall("([0-9]+月起权重调整)</text>", found[1]) == marks
        assert ("竖线为权重调整的月份" in found[1]) == bool(marks)
    plain = str(feedback_body(replace(made, tables=content.tables), unit_id))
    assert "最高" in re.search(r"<strong>本月[^<]*全区平均[^<]*</strong>", plain)[0] and "起权重调整" not in plain


def veto(unit_id: str, period: str) -> pd.DataFrame:
    told = {"unit_id": unit_id, "adjustment_id": "a", "period": period, "kind": "veto", "points": 0.0, "scope": ""}
    told |= {"from_tier": "", "to_tier": "", "reason": "发生较大责任事件", "document": "澄考办〔2026〕21号"}
    return pd.DataFrame([told | {"date": f"{period}-24"}])


def test_a_veto_of_the_year_stands_first_and_among_what_is_in_force(policy, unit_id):
    made = replace(with_tickets(bare(policy), []), adjustments=veto(unit_id, "2026-09"))
    told = "2026年9月一票否优（发生较大责任事件，澄考办〔2026〕21号）：当月和2026年度的等次最高为良好"
    assert status_words(made, unit_id) == [f"{told}。"]
    body = str(feedback_body(made, unit_id))
    assert told in body[: body.index("<h2>二、")] and told in body[body.index("、结果运用</h2>") :]
    assert "除一票否优外，本单位没有现行结果运用措施。" in body
    last_year = replace(made, adjustments=veto(unit_id, "2025-12"))
    assert status_words(last_year, unit_id) == [] and "除一票否优" not in feedback_body(last_year, unit_id)


def test_points_of_earlier_months_that_are_in_the_years_total_are_told_beside_it(policy, unit_id):
    """The month's own page says 扣分0.00分, while the year's total lacks what August took."""
    taken = veto(unit_id, "2026-08").assign(kind="deduction", points=0.3, reason="填报失实")
    given = taken.assign(kind="bonus", points=0.5, reason="试点", period="2026-10", adjustment_id="b")
    others = taken.assign(unit_id="D01", reason="别家的")
    last = taken.assign(period="2025-12", reason="去年的")
    made = year_of(bare(policy), unit_id, {}, **SAFE)
    assert "其中已计入" not in year_words(replace(made, adjustments=others), unit_id)
    told = year_words(replace(made, adjustments=pd.concat([given, others, last, taken])), unit_id)
    paper = "澄考办〔2026〕21号"
    assert f"。其中已计入2026年8月扣分0.30分（填报失实，{paper}）、2026年10月加分0.50分（试点，{paper}）。若" in told
    assert "别家" not in told and "去年" not in told


def test_a_year_that_is_over_is_not_said_to_be_mended_by_a_better_score(policy, unit_id):
    verdict, listed = {"margin_interview_points": 1.25, "p_interview": 0.64}, SAFE | {"is_interview": True}
    made = year_of(bare(policy), unit_id, verdict, **listed)
    assert "，累计得分再提高1.25分可不列入；" in "".join(status_words(made, unit_id))
    december = replace(made, policy=replace(policy, period="2026-12"))
    over = "".join(status_words(december, unit_id))
    assert "；累计得分与不列入相差1.25分；" in over and "再提高" not in over
    assert "若年度" not in year_words(made, unit_id)  # the first screen says it
    assert "，与移出相差1.25分；" in year_words(december, unit_id)


@pytest.mark.parametrize(("streak", "warns"), [(1, True), (0, False)])
def test_a_unit_that_the_year_before_listed_reads_what_another_listing_brings(policy, unit_id, streak, warns):
    state = {"unit_id": unit_id, "year": 2025, "state": "listed", "streak_years": streak, "reason": "fail"}
    rows = bare(policy).tables["annual_states"].head(1).assign(**state)
    made = year_of(bare(policy, annual_states=rows), unit_id, {}, **SAFE | {"is_interview": True})
    (told,) = status_words(made, unit_id)
    assert f"，为连续第{'二' if streak else '一'}年列入" in told and ("将按规定给予黑名单预警" in told) == warns
    (told,) = status_words(replace(made, tables=made.tables | {"annual_states": rows.assign(year=2024)}), unit_id)
    assert "连续" not in told
    rules = policy.consequences.model_copy(update={"blacklist_years": streak + 1})
    (told,) = status_words(replace(made, policy=replace(policy, consequences=rules)), unit_id)
    assert "年列入，并列入黑名单" in told and "预警" not in told  # where so many years make a blacklist


def test_a_tier_that_a_veto_decided_says_so_beside_it(content, unit_id):
    months = content.tables["trends"].assign(tier_before="good", before_period="2026-09")
    before = content.history.assign(period="2026-09", tier="good", tier_reason="veto")
    tables = content.tables | {"trends": months}
    made = replace(content, tables=tables, history=pd.concat([content.history, before]))
    assert "上月良好（一票否优）" in KPIS.search(feedback_body(made, unit_id))[0]
    rows = content.tables["unit_scores"].assign(tier_reason="veto")
    made = replace(content, tables=content.tables | {"unit_scores": rows})
    assert '<span class="note">一票否优' in KPIS.search(feedback_body(made, unit_id))[0]


def measure(content, unit_id: str, **values) -> pd.DataFrame:
    row = content.tables["consequences"].iloc[0].to_dict() | {"unit_id": unit_id}
    return pd.DataFrame([row | values])


def test_a_measure_says_what_is_to_be_done_by_when_and_a_months_begins_when_it_is_told(content, policy, unit_id):
    month = {"kind": "warning", "basis": "month", "since": "2026-10-31", "until": "2026-11-11"}
    black = {"kind": "blacklist", "reason": "streak", "until": ""}
    kinds = ({"kind": "interview"}, {"kind": "notice", "until": "2026-03-03"}, month, black)
    rows = pd.concat([measure(content, unit_id, **each) for each in kinds])
    body = str(feedback_body(with_tickets(bare(policy, consequences=rows), []), unit_id))
    shown = body[body.index("<caption>本单位现行结果运用措施") :]
    cells = [re.sub("<[^>]+>", "|", row) for row in re.findall('<tr><th scope="row".*?</tr>', shown)[:4]]
    cells = [*cells[1:], cells[0]]  # by kind, the blacklist first
    assert "|约谈|" in cells[0] and "|1月9日|" in cells[0] and "|约谈：1月23日（已过，办理情况未登记）|" in cells[0]
    assert "|通报批评、整改|" in cells[1] and "|整改：3月3日（已过，办理情况未登记）|" in cells[1]
    assert "|11月4日|" in cells[2] and "|报送措施：11月11日|" in cells[2] and "10月31日" not in cells[2]
    assert "|机构编制黑名单|" in cells[3] and "|—|" in cells[3]
    by_paper = "；时限已过的以书面通知为准，未收到通知的无须办理，办理情况由澄川区委编办于2026年11月18日前查明登记"
    assert by_paper in shown[: shown.index("</caption>")] and "须先核实" not in shown
    for ahead in ({"until": "2026-12-23"}, month | {"until": "2026-11-03"}):  # a month's is on no such paper
        made = bare(policy, consequences=measure(content, unit_id, **ahead))
        assert by_paper not in consequences_table(made, unit_id).caption
    assert consequences_table(made, unit_id).cells[0][3] == "报送措施：11月3日（时限已过）"


@pytest.mark.parametrize(("chance", "is_told"), [(0.5, True), (0.99, False)])
def test_a_measure_that_waits_for_its_result_to_be_verified_says_so_as_the_papers_do(
    content, policy, unit_id, chance, is_told
):
    """A unit would take a last day that is over as its own delay, while the office has yet to verify the result."""
    interview, notice = measure(content, unit_id), measure(content, unit_id, kind="notice", until="2026-03-03")
    older = measure(content, unit_id, kind="notice", year=2024, until="2025-03-03")
    month = measure(content, unit_id, kind="warning", basis="month", until="2026-11-11")
    rows = pd.concat([interview, notice, older, month], ignore_index=True)
    sure = {"unit_id": unit_id, "total": 80.0, "p_interview": chance, "verdict": "borderline"}
    of_month, of_year = (
        TABLES["certainty"].empty().reindex(range(1)).assign(**sure, scope=s) for s in ("month", "ytd")
    )
    standing = TABLES["year_standing"].empty().reindex(range(1)).assign(unit_id=unit_id, total=80.0, is_counted=True)
    made = bare(policy, consequences=rows)
    made = replace(made, tables=made.tables | {"certainty": of_month})
    december = {"consequences": rows, "certainty": of_year, "year_standing": standing}
    year = replace(made, policy=replace(policy, period="2025-12"), tables=made.tables | december)
    whys = [row[1] for row in consequences_table(replace(made, annual=year), unit_id).cells]
    doubt = "；不能排除只是偶然起伏所致，"
    assert [why.endswith(f"{doubt}须先核实") for why in whys] == [is_told, False, is_told, False]
    assert whys[3].endswith(f"{doubt}请先核实失分原因") == is_told
    assert not any("须先核实" in row[1] for row in consequences_table(made, unit_id).cells)  # no final year at hand


@pytest.mark.parametrize(("basis", "word"), [("annual", "黑名单预警"), ("month", "预警")])
def test_a_unit_reads_a_measure_by_the_name_that_all_others_read(content, policy, unit_id, basis, word):
    """A year warns of the blacklist, a month of what the year may bring: one word for both would confuse them."""
    row = measure(content, unit_id, kind="warning", basis=basis, until="", reason="streak", streak_years=2)
    body = str(feedback_body(with_tickets(bare(policy, consequences=row), []), unit_id))
    assert f'<th scope="row">{word}</th>' in body[body.index("<caption>本单位现行结果运用措施") :]


def test_a_listed_unit_first_reads_why_and_whether_the_year_would_list_it(content, policy, unit_id):
    month = measure(content, unit_id, kind="warning", basis="month", reason="bottom_five_and_fail", until="2026-11-11")
    made = bare(policy, consequences=month)
    made = year_of(
        made, unit_id, {"margin_interview_points": 0.16, "p_interview": 0.43}, **SAFE | {"is_interview": True}
    )
    until = EDITION.answer_until
    made.__dict__["tasks"] = {unit_id: [Task("measures", until, unit_id)]}
    body = str(feedback_body(made, unit_id))
    first = re.sub("<[^>]+>", "", body[: body.index("<h2>二、")])
    assert "本月后五名且不达标（暂定）：核实失分原因，属履职问题的报送整改措施" in first
    assert "若年度就此结束，列入约谈范围（后五名或不达标），" in first
    assert "，累计得分再提高0.16分可不列入；" in first
    assert "；剔除偶然起伏后，实际水平在列入范围内的可能性43%。" in first
    assert "为暂定结果，供提醒和整改使用，是否约谈以年度定稿结果为准（S27）。" in first
    safe = year_of(bare(policy), unit_id, {}, **SAFE)
    assert status_words(safe, unit_id) == []


def question(unit_id: str, measure: str, **values) -> dict:
    told = {"period": PERIOD, "unit_id": unit_id, "group": "towns", "measure": measure, "first_period": "2025-11"}
    told |= {"n_events": 51, "n_cases": 104, "share_pct": 49.038, "group_share_pct": 12.7, "n_expected": 13.2}
    return told | {"p_value": 0.0, "q_value": 0.0, "is_question": True, "other_unit_id": ""} | values


def district_counts(months: list[str], **values) -> pd.DataFrame:
    counts = dict.fromkeys(("n_received", "n_due", "n_valid_call_backs"), 90)
    rows = pd.DataFrame({"period": months, "channel": "all"})
    return rows.assign(**counts, on_time_pct=95.0, satisfaction_pct=95.0, **values)


def test_a_question_stands_with_the_units_own_counts_and_is_linked(policy, unit_id, monkeypatch):
    months = [f"2025-{n}" for n in (11, 12)] + [f"2026-{n:02}" for n in range(1, 11)]
    rows = [question(unit_id, "handed_over_late"), question(unit_id, "extended", is_question=False)]
    rows += [
        question("D01", "handed_over_late", n_events=77),
        question(unit_id, "never_closed", n_events=12, n_cases=12),
    ]
    made = with_tickets(bare(policy, integrity=pd.DataFrame(rows)), [])
    tasks = {unit_id: [Task("verify", EDITION.answer_until, unit_id, subject="临到期转办")]}
    made.__dict__["tasks"] = tasks
    monkeypatch.setattr(PackContent, "open_tickets", {"hotline_by_channel": district_counts(months)})
    late, never = question_words(made, unit_id)
    assert late.startswith("2025年11月至2026年10月转出工单104件次，其中临到期转办51件次，占49.0%。请核实：")
    assert never.startswith("整改时限在2025年8月至2026年7月的事项12项，其中至今未销号12项")
    body = str(feedback_body(made, unit_id))
    assert '<a href="#questions">核实' in body and late in body[body.index('id="questions"') :] and "77件" not in body
    # A month of which a count of the district's is withheld would follow from a year's sum (S46).
    few = district_counts(months)
    few.loc[3, "n_due"] = None
    for counts in (few, district_counts(months[1:])):
        monkeypatch.setattr(PackContent, "open_tickets", {"hotline_by_channel": counts})
        assert question_words(made, unit_id) == [never]
    # Points bound no count of tickets: that they are another's is asked whatever is withheld.
    monkeypatch.setattr(PackContent, "open_tickets", {"hotline_by_channel": district_counts(months[:-1])})
    alike = question(unit_id, "same_values", first_period=PERIOD, n_events=10, n_cases=10, share_pct=100.0)
    (told,) = question_words(bare(policy, integrity=pd.DataFrame([alike])), unit_id)
    assert told.startswith("2026年10月与另一单位都有得分的指标10项，其中得分完全相同10项")


@pytest.mark.parametrize("measure", ["same_values", "never_closed"])
def test_who_is_asked_whether_its_points_are_its_own_reads_first_that_they_may_change(content, unit_id, measure):
    """Its page called the change of a month that was another unit's a normal one."""
    rows = pd.DataFrame([question(unit_id, measure, first_period=PERIOD)])
    made = replace(content, tables=content.tables | {"integrity": rows})
    told = "本月得分与另一单位多项完全相同，数据待核实（见四），得分、位次、环比和年度累计均可能更正。"
    assert (lead_words(made, unit_id)[0] == told) is (measure == "same_values")
    change = {"unit_id": unit_id, "basis": "mom", "change": 0.4, "is_rule_changed": False, "like_for_like_change": 0.4}
    change |= dict.fromkeys(WORDS.own_causes, 0.0) | {"is_within_noise": True, "noise_points": 1.0, "coverage": 0.0}
    moved = replace(made)
    moved.__dict__["changes"] = {(unit_id, "mom"): pd.Series(change | {"adjustments": 0.0})}
    usual = "属正常波动（±1.00分以内）" in "".join(change_words(moved, unit_id))
    assert usual is (measure == "never_closed")  # no comfort where the points may be another's
    assert (told in str(feedback_body(made, unit_id))) is (measure == "same_values")


def test_who_has_anothers_points_finds_its_own_cells_behind_each_and_nothing_of_the_other(content, unit_id):
    """The page named no indicator: nobody could check which."""
    other = next(each for each in content.policy.unit_ids if each != unit_id)
    rows = pd.DataFrame([question(unit_id, "same_values", first_period=PERIOD, other_unit_id=other)])
    scores = content.tables["indicator_scores"]
    is_apart = (scores["unit_id"] == other) & (scores["indicator_id"] == "common-06")
    scores = scores.assign(score=scores["score"].mask(is_apart, 81.0))
    made = replace(content, tables=content.tables | {"integrity": rows, "indicator_scores": scores})
    then = scores.assign(period="2026-09", first_period="2026-09", numerator=16.0, score=78.5, value=78.5)
    made = replace(made, marks_before=then[then["indicator_id"] != "common-10"])
    shown = alike_table(made, unit_id)
    held = shown.heads.index("本单位上月")
    assert [row[held] for row in shown.cells] == ["78.50分", "78.50分（在编人数 20、工作量 16）", "—"]
    apart = content.names["common-06"]
    assert [row[0] for row in shown.cells] == [content.names[i] for i in ("common-01", "common-08", "common-10")]
    assert shown.cells[0][1] == "80.00" and f"{unit_id}-file" in shown.cells[0][3] and "C9" in shown.cells[0][3]
    assert apart not in str(shown) and other not in str(shown) and content.names[other] not in str(shown)
    body = str(feedback_body(made, unit_id))
    assert str(shown) in body and "<summary>得分相同的指标及本单位数据</summary>" in body
    for each in (question(unit_id, "never_closed"), question(unit_id, "same_values", is_question=False)):
        assert alike_table(replace(content, tables=content.tables | {"integrity": pd.DataFrame([each])}), unit_id) == ""


def test_a_unit_reads_that_its_posts_moved_and_in_which_cell_they_stand(content, unit_id):
    held = {"unit_id": unit_id, "n_months": 12, "posts": 24.0, "in_post": 24.0, "load_state": "unknown"}
    staffing = pd.DataFrame([held | {"unit_id": each} for each in content.policy.unit_ids])
    last, now = ({"unit_id": unit_id, "posts": n, "in_post": m} for n, m in ((34.0, 40.0), (24.0, 24.0)))
    months = pd.DataFrame([last | {"period": "2026-09"}, now | {"period": "2026-10"}])
    cell = {"period": PERIOD, "kind": "staffing", "amount": 24.0, "file": "编制.csv", "sheet": "编制"}
    counts = [cell | {"unit_id": unit_id, "field": "posts", "cell": "E30"}]
    counts += [cell | {"unit_id": unit_id, "field": "in_post", "cell": "F30"}]
    own = {"staffing": staffing, "monthly_loads": months, "unit_counts": pd.DataFrame(counts)}
    made = replace(content, tables=content.tables | own)
    told = "比上月，核定编制由34名变为24名，实有由40人变为24人"
    told += f"（编制.csv·E30；由区委编办机构编制科报送），有批准文件的请附送{content.policy.district.office}核对。"
    assert own_load(made, unit_id).startswith(told)
    asked = f"核对编制、人数是否属实并书面确认：{told[4:].split('，有批准')[0]}"
    (until,) = [task.until for task in made.tasks[""] if task.kind == "posts"]
    body = str(feedback_body(made, unit_id))
    assert f'<a href="#load">{asked}</a></th><td>{until.month}月{until.day}日</td>' in body and 'id="load"' in body
    alike = {"integrity": pd.DataFrame([question(unit_id, "same_values", other_unit_id="D01")])}
    table_of_alike = str(to_do_table(replace(made, tables=made.tables | alike), unit_id))
    assert asked not in table_of_alike  # with the question on all points, by the same day
    together = asked.replace("并书面确认：", "，与“得分相同”情形一并说明：")
    assert f"{together}</a></th><td>{until.month}月{until.day}日</td>" in table_of_alike
    other = next(each for each in content.policy.unit_ids if each != unit_id)
    assert "核定编制由" not in own_load(made, other) and "核定编制由" not in str(to_do_table(made, other))
    same = replace(made, tables=made.tables | {"monthly_loads": months.assign(posts=24.0)})
    assert "核定编制由" not in own_load(same, unit_id)


def test_every_measure_of_integrity_has_words_for_the_unit_itself(policy, unit_id, monkeypatch):
    monkeypatch.setattr(PackContent, "open_tickets", {"hotline_by_channel": district_counts([PERIOD])})
    measures = TABLES["integrity"].entry.fields["measure"].constraints.enum
    for each in measures:
        rows = pd.DataFrame([question(unit_id, each, first_period=PERIOD)])
        (told,) = question_words(bare(policy, integrity=rows), unit_id)
        assert "104" in told and "51" in told and "49.0%" in told


def test_a_unit_reads_that_tickets_go_round_with_it_and_when_that_is_discussed_without_the_others_names(
    policy, unit_id
):
    usual = {"period": PERIOD, "strength": "none"}
    matters = [usual | {"matter": each, "is_for_meeting": each == "充电"} for each in ("充电", "停车")]
    found = [
        ("充电", f"D01>{unit_id}>D02", True),
        ("停车", f"{unit_id}>D02", True),
        ("噪声", f"{unit_id}>D03", False),
        ("预付卡", "D04>D05", True),
    ]
    loops = [
        {"period": PERIOD, "matter": matter, "loop": loop, "n_units": loop.count(">") + 1, "is_named": is_named}
        for matter, loop, is_named in found
    ]
    tables = {"duties_by_matter": matters, "matter_loops": loops}
    made = bare(policy, **{name: table_of(name, rows) for name, rows in tables.items()})
    parking, charging = sorted(loop_words(made, unit_id))
    assert charging == (
        "“充电”有工单在包括本单位的3个单位之间依次转办、又转回原单位；"
        "澄川区委编办于11月18日前会商职责边界，请备好承办和转办的依据。"
    )
    assert parking == "“停车”有工单在包括本单位的2个单位之间依次转办、又转回原单位。"
    body = str(feedback_body(with_tickets(made, []), unit_id))
    assert charging in body and policy.names["D02"] not in body
    assert loop_words(made, "D06") == []


def of_measure(content, measure: str):
    return next(each for each in content.policy.indicators if each.data.measure == measure)


def test_items_not_closed_in_time_stand_for_the_close_off_rate_from_the_months_that_it_holds(content, unit_id):
    rate = of_measure(content, "close_off")
    days = [
        ("2026-03", "2026-03-02", "2026-04-01"),
        ("2026-09", "2026-09-05", "2026-09-30"),
        (PERIOD, "2026-10-30", ""),
    ]
    told = {"unit_id": unit_id, "source": "", "problem": "", "state": "rectifying", "found": "2026-01-01"}
    late = [told | {"item_id": f"ZG{n}", "period": p, "due": due, "closed": on} for n, (p, due, on) in enumerate(days)]
    late += [late[1] | {"unit_id": "D01", "item_id": "ZG9"}]
    scores = content.tables["indicator_scores"]
    row = scores[scores["unit_id"] == unit_id].iloc[[0]].assign(indicator_id=rate.id, first_period="2026-09")
    tables = content.tables | {"indicator_scores": pd.concat([scores, row])}
    made = replace(content, tables=tables, late_items=pd.DataFrame(late))
    assert evidence(made, unit_id, rate) == (
        "未按期销号的整改事项（时限、销号日）：ZG1（9月5日、9月30日）<br>ZG2（10月30日、未销号）"
    )
    many = pd.concat([made.late_items.iloc[[2]].assign(item_id=f"ZG1{n}") for n in range(7)])
    assert evidence(replace(made, late_items=many), unit_id, rate).endswith("ZG14（10月30日、未销号）<br>等7项")
    assert keep_words(content, rate) == "到期整改事项全部按期销号（逾期的，销号后也不计按期）"  # S22
    assert "未按期" not in evidence(content, unit_id, rate)  # a month opened again does not have them at hand


def test_tickets_that_keep_a_share_from_being_whole_are_named_those_of_several_units_apart(
    policy, unit_id, monkeypatch
):
    monkeypatch.setattr(PackContent, "hidden_counts", set())
    late = {"is_on_time": False, "closed": "2026-10-21"}
    rows = [
        ticket(unit_id, 1, **late),
        ticket(unit_id, 2, **late, is_shared=True),
        ticket(unit_id, 3, is_satisfied=False),
    ]
    made = with_tickets(bare(policy), rows)
    for measure, told in (("shared_on_time", "GD002（"), ("satisfaction", "GD003（")):
        shown = evidence(made, unit_id, of_measure(made, measure))
        assert f"工单：{told}时限、办结日见反馈单" in shown and "按件明细由" in shown
    assert missed_tickets(made, unit_id, "on_time") == ["GD001", "GD002"]
    none = with_tickets(bare(policy), [ticket(unit_id, 4, is_repeat=True)])
    assert "本月没有未按时办结的跨部门工单" in evidence(none, unit_id, of_measure(none, "shared_on_time"))
    monkeypatch.setattr(PackContent, "hidden_counts", {"n_on_time"})
    for content in (with_tickets(bare(policy), rows), bare(policy)):  # withheld, and not at hand
        assert "未按时办结" not in evidence(content, unit_id, of_measure(content, "shared_on_time"))


def test_a_units_page_names_its_own_last_day_and_no_other_page(policy, unit_id):
    rows = pd.DataFrame({"unit_id": policy.unit_ids, "period": PERIOD, "revision": "r0002", "published": "2026-11-04"})
    made = make_content(policy, objection_periods=rows.assign(until="2026-11-11"))
    made = replace(made, edition=replace(EDITION, revision="r0002", is_first=False))
    body = str(feedback_body(made, unit_id))
    assert "异议期至2026年11月11日</p>" in body and "以各单位反馈单为准" not in body
    own = rows.assign(until=["2026-11-09" if each == unit_id else "2026-11-11" for each in policy.unit_ids])
    body = str(feedback_body(replace(made, tables=made.tables | {"objection_periods": own}), unit_id))
    assert (
        "异议期至2026年11月9日</p>" in body and "请于2026年11月9日（含当日）前向" in body and "11月11日</p>" not in body
    )
    assert "受理单位联系方式</th><td>监督检查科，电话0000-0000000<" in body
    untold = replace(policy, district=policy.district.model_copy(update={"contacts": Contacts()}))
    assert f"受理单位联系方式</th><td>（由{policy.district.office}填写）" in feedback_body(
        replace(made, policy=untold), unit_id
    )


def test_a_weekend_is_marked_where_the_last_day_is_still_to_come(policy, unit_id, content):
    rows = content.tables["ledger"].copy()
    for due, light, told in (
        ("2026-11-28", "green", "11月28日（周六）"),
        ("2026-10-31", "red", "10月31日"),
        ("2026-11-28", "closed", "11月28日"),
    ):
        rows.loc[rows["unit_id"] == unit_id, ["due", "light"]] = due, light
        (cells,) = items_table(make_content(policy, ledger=rows), unit_id).cells
        assert told in cells


@pytest.mark.parametrize(("day", "mark"), [("2026-11-27", ""), ("2026-11-28", "（周六）"), ("2026-11-29", "（周日）")])
def test_a_last_day_on_a_weekend_is_marked(day, mark):
    assert weekend_mark(pd.Timestamp(day).date()) == mark


@pytest.mark.parametrize(("then", "now", "is_told"), [(0, 1, True), (1, 0, False), (1, 1, False)])
def test_a_unit_is_asked_to_find_out_why_a_state_got_worse_while_it_may_object(content, unit_id, then, now, is_told):
    """The one step that would have kept a unit off the list stood in prose alone, not among what it had to do."""
    state = next(each for each in content.policy.indicators if each.method.states)
    names = sorted(state.method.states, key=state.method.states.get, reverse=True)
    rows = content.tables["indicator_scores"]
    own = rows[(rows["unit_id"] == unit_id) & (rows["scope"] == "month")].iloc[[0]].assign(indicator_id=state.id)
    others = rows[(rows["unit_id"] != unit_id) | (rows["indicator_id"] != state.id)]
    points, last = [state.method.states[names[each]] for each in (now, then)], "2026-09"
    scores = pd.concat([others, own.assign(score=points[0], value=points[0])])
    before = own.assign(period=last, first_period=last, score=points[1], value=points[1])
    made = replace(content, tables=content.tables | {"indicator_scores": scores}, marks_before=before)
    told = f"核实{state.name}为何由“{names[then]}”变为“{names[now]}”：有误的提出异议，属实的尽快改正"
    shown = str(to_do_table(made, unit_id))
    assert (f"{told}</a></th><td>11月11日</td>" in shown) is is_told and (f"核实{state.name}" in shown) is is_told
    alike = pd.DataFrame([question(unit_id, "same_values", other_unit_id="D01")])
    doubted = replace(made, tables=made.tables | {"integrity": alike})
    assert told not in str(to_do_table(doubted, unit_id))  # points that may be another's are verified first
    alike = state.method.model_copy(update={"points": state.method.points | {"退回": points[0]}})
    of = [i.model_copy(update={"method": alike}) if i.id == state.id else i for i in made.policy.indicators]
    unsure = replace(made, policy=replace(made.policy, indicators=tuple(of)))
    assert f"核实{state.name}" not in str(to_do_table(unsure, unit_id))  # two states have these points
    over = made.tables["objection_periods"].assign(until="2026-11-01")
    assert told not in str(to_do_table(replace(made, tables=made.tables | {"objection_periods": over}), unit_id))


def test_copied_offices_read_that_some_tiers_may_change_as_points_may_be_anothers_and_not_whose(content):
    rows = [question(unit, "same_values", other_unit_id=other) for unit, other in (("D28", "D29"), ("D29", "D28"))]
    asked = pd.DataFrame([*rows, question("D30", "extended"), question("D31", "same_values", is_question=False)])
    told = dict(use_rows(replace(content, tables=content.tables | {"integrity": asked})))["本月结果"]
    assert "有2个单位的多项得分与另一单位相同，报送数据待核实，其等次可能更正。" in told
    assert not [unit for unit in ("D28", "D29") if content.names[unit] in told]  # a tie would tell their place (S23)
    assert "其等次可能更正" not in dict(use_rows(content))["本月结果"]
