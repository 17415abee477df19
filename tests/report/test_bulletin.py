"""The bulletin's frame and first screen: banners, who leads, what must be done, what a revision changed."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.bulletin import (
    banners,
    compare_revisions,
    first_screen,
    how_the_district_did,
    how_to_object,
    mean_kpi,
    next_steps,
    what_changed,
    what_must_be_done,
    what_stands_out,
    who_heeds,
    who_leads_who_falls_behind,
)
from analysis.report.edition import Edition, foot, imprint, tell_edition
from analysis.report.page.pieces import Kpi
from analysis.report.tasks import Task, where_all_are

EDITION = Edition(
    "r0001", "draft", date(2026, 10, 31), date(2026, 11, 4), date(2026, 11, 11), "inputs", "code", "0.1.0"
)
UNITS = {"D01": "甲局", "D02": "乙局", "D03": "丙局"}
POLICY = load_policy(Path(__file__).resolve().parents[2]).at("2026-10")
GRADING = POLICY.grading
NAMES = UNITS | {"good": "良好", "fail": "末档"}


def units(**told) -> pd.DataFrame:
    rows = pd.DataFrame({"unit_id": list(UNITS), "is_bottom_five": False, "tier": "good"})
    return rows.assign(**told)


def periods(**until: str) -> pd.DataFrame:
    rows = {unit_id: until.get(unit_id, "2026-11-11") for unit_id in UNITS}
    return pd.DataFrame({"unit_id": list(rows), "until": list(rows.values())})


def measures(*owners: str) -> list[Task]:
    return [Task("measures", date(2026, 11, 6), owner) for owner in owners]


def test_units_that_are_listed_have_until_the_end_of_objections():
    told = what_must_be_done(measures("D01", "D02"), GRADING, NAMES)
    assert told == ["本月列入后五名或末档的甲局、乙局于2026年11月6日前核实失分原因，属履职问题的报送整改措施。"]


def test_owners_of_overdue_items_are_named_once_and_other_tasks_wait_for_the_end():
    dunned = [Task("dunned", date(2026, 11, 6), "D02", 2), Task("dunned", date(2026, 11, 6), "D01")]
    tasks = [*dunned, Task("watch", date(2026, 11, 13), "D03")]
    told = what_must_be_done(tasks, GRADING, NAMES)
    assert told == ["乙局（2项）、甲局（1项）对超期的3项整改事项于2026年11月6日前书面答复。"]
    assert where_all_are(tasks, "编办") == "以上1项，其余1项见“六、下一步”（共2项）。"


def moves(*rows: tuple[float, str, str, bool]) -> pd.DataFrame:
    """Rows of `trends` of units' totals since last month: change, tier before, tier after, whether that is usual."""
    columns = ["change", "tier_before", "tier_after", "is_within_noise"]
    told = pd.DataFrame(rows, columns=columns).assign(basis="mom", level="total", after_period="2026-10")
    told = told.assign(
        noise_points=1.0, rank_change=3, is_rule_changed=False, adjustments=0.0, like_for_like_change=told["change"]
    )
    return told.assign(unit_id=[f"D{place:02d}" for place in range(1, len(told) + 1)])


def test_the_first_screen_says_who_fell_most_and_how_many_entered_and_left_the_end_tiers():
    tiers = POLICY.names.tiers
    names, (best, last) = POLICY.names | NAMES, (tiers[0], tiers[-1])
    rows = moves((-3.0, best, last, True), (1.0, last, best, True), (-0.5, best, best, True))
    assert what_changed(rows, names) == (
        f"环比降幅最大的是甲局（−3.00分）、丙局（−0.50分），均在自身正常波动以内；"
        f"新进{names[best]}1个、退出{names[best]}1个、新增{names[last]}1个、脱离{names[last]}1个。"
    )
    unusual = what_changed(rows.assign(is_within_noise=[False, True, True]), names)
    assert "正常波动" not in unusual
    year = moves((4.0, best, last, False), (0.1, last, best, True)).assign(basis="ytd")
    told = "累计得分与上年同期相比超出正常波动的有甲局（+4.00分，位次升3）。"
    assert what_changed(pd.concat([rows, year]), names) == what_changed(rows, names) + told


@pytest.mark.parametrize(("basis", "missing"), [("mom", "同比"), ("yoy", "环比")])
def test_where_there_is_no_month_to_compare_with_that_is_said_and_not_that_nothing_changed(basis, missing):
    change = {"level": "district", "basis": basis, "change": -0.5, "after": 90.0, "is_rule_changed": False}
    row = pd.DataFrame([change | {"like_for_like_change": float("nan")}])
    told = how_the_district_did(row, units(total=90.0), "2026-10")
    parts = {"mom": "环比下降0.50分，无同比数据", "yoy": "无环比数据，同比下降0.50分"}
    assert told == f"2026年10月，全区3个被评单位平均得分90.00分，{parts[basis]}。" and f"{missing}持平" not in told


def test_a_month_without_one_before_tells_no_change_and_one_that_is_the_same_says_so():
    tier = POLICY.names.tiers[0]
    assert what_changed(moves((float("nan"), "", tier, False)), POLICY.names) == ""
    assert what_changed(moves((0.0, tier, tier, True)), POLICY.names) == "与上月相比，各单位得分和等次均无变化。"
    assert what_changed(moves((0.5, tier, tier, True)), POLICY.names) == "没有单位得分下降。"


def test_what_stands_out_is_a_sentence_a_subject_and_nothing_where_nothing_does():
    assert what_stands_out({"年度": ["甲", "", "乙"], "整改": [""], "诉求": ["丙"]}) == ["年度：甲。乙。", "诉求：丙。"]
    assert what_stands_out({"年度": ["", ""], "整改": []}) == []


def test_the_first_screen_is_scanned_by_heads_and_numbered_items():
    figures = [Kpi("平均得分", "90.00", "分")]
    shown = first_screen(
        "均分90分。", "得分居前的是甲<局。", "", [], ["年度：甲。", "诉求：丙。"], figures, "另有1项。"
    )
    how, rest = shown.split("<ul")[0], shown.split("</ul>")[1]
    assert "<p><strong>总体情况：</strong>均分90分。</p>" in how and how.count("<p>") == 1
    assert "90.00" in shown[len(how) : -len(rest)]
    assert "<p><strong>得分先后：</strong>得分居前的是甲&lt;局。</p>" in rest and "本月变化" not in rest
    assert "<strong>需要关注：</strong></p><ol><li>年度：甲。</li><li>诉求：丙。</li></ol>" in rest
    assert "<p><strong>本月要办：</strong>另有1项。</p>" in rest
    assert rest.index("本月要办") < rest.index("得分先后")  # what a reader must do, before all else on a phone
    assert "需要关注" not in first_screen("均分90分。", "甲局。", "", ["另有1项。"], [], figures)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [(["甲。"], "本月要办：</strong>甲。</p>"), (["甲。", "乙。"], "</p><ol><li>甲。</li><li>乙。</li></ol>")],
)
def test_how_many_tasks_there_are_is_no_task_with_a_number(asked, shown):
    page = first_screen("均分90分。", "", "", asked, [], [], "以上是其中一部分。")
    assert f'{shown}\n<p class="note">以上是其中一部分。</p>' in page
    assert "note" not in first_screen("均分90分。", "", "", asked, [], [])


def test_no_task_at_all_is_said_and_none_that_presses_leaves_what_is_beyond():
    assert "<strong>本月要办：</strong>" not in first_screen("均分90分。", "", "", [], [], [])
    beyond = first_screen("均分90分。", "", "", [], [], [], "有1项见“六、下一步”。")
    assert "<p><strong>本月要办：</strong>有1项见“六、下一步”。</p>" in beyond and 'class="note"' not in beyond


def test_what_needs_an_eye_says_who_sees_to_it_by_when_and_is_not_counted_among_the_rest():
    day, policy = date(2026, 11, 18), replace(POLICY, names=POLICY.names | NAMES)
    office = policy.district.office
    tasks = [Task("rising", day, "D02", subject="退费"), Task("outcomes", day, count=8, subject="2025年度约谈")]
    told = who_heeds(["", "“退费”57件"], tasks, "rising", policy)
    assert told == ["“退费”57件，由乙局于2026年11月18日前分析原因、提出处置意见"]
    assert who_heeds(["甲", "丙"], tasks, "outcomes", policy) == ["甲", f"丙，由{office}于2026年11月18日前查明登记"]
    assert who_heeds(["甲"], tasks, "meeting", policy) == ["甲"] and who_heeds([], tasks, "meeting", policy) == []
    unclear = [Task("meeting", day, count=1, subject="停放")]
    assert who_heeds([], unclear, "meeting", policy) == [f"由{office}于2026年11月18日前会商“停放”的职责边界"]
    assert what_must_be_done([*tasks, *unclear], GRADING, NAMES) == []  # they stand below
    assert where_all_are([*tasks, *unclear], "编办") == ""
    watched = Task("watch", day, "D03")
    told = "以上1项，“需要关注”中2项，其余1项见“六、下一步”（共4项）。"  # the office's arrears stand above
    assert where_all_are([*tasks, *unclear, watched], "编办") == told


def test_a_month_without_deadlines_says_so():
    assert what_must_be_done([], GRADING, NAMES) == ["本月没有需要限期办理的事项。"]


@pytest.mark.parametrize(
    ("places", "listed", "provisional"), [(3, "后三名或末档", "月度等次和后三名为"), (0, "末档", "月度等次为")]
)
def test_bottom_places_and_last_tier_are_the_policys(places, listed, provisional):
    grading = GRADING.model_copy(update={"bottom_places": places})
    told = what_must_be_done(measures("D01"), grading, NAMES)
    assert f"列入{listed}的甲局于" in told[0]
    page = banners(replace(POLICY, grading=grading), EDITION, units(total=90.0, is_provisional=False), NAMES)
    assert provisional in page
    assert ("范围高于末档等次" in page) == (places > 0)


def test_without_bottom_places_nobody_is_said_to_be_last():
    table = units(total=[90.0, 80.0, 70.0], rank=[1, 2, 3])
    assert who_leads_who_falls_behind(table, NAMES).endswith("丙局（70.00分）。")
    assert "居后" not in who_leads_who_falls_behind(table, NAMES)
    table["is_bottom_five"] = table["rank"] == 3
    assert who_leads_who_falls_behind(table, NAMES).endswith("；居后的是丙局（70.00分）。")


@pytest.mark.parametrize(
    ("n_units", "told"),
    [
        (1, "得分居前的是甲局（70.00分）。"),
        (3, "得分居前的是甲局（70.00分）、乙局（70.00分）、丙局（70.00分）。"),
    ],
)
def test_in_a_small_district_nobody_leads_and_falls_behind_at_once(n_units, told):
    table = units(total=70.0, rank=1, is_bottom_five=True).head(n_units)
    assert who_leads_who_falls_behind(table, NAMES) == told


def test_all_notices_stand_in_one_banner():
    page = banners(POLICY, EDITION, units(total=90.0, is_provisional=True), NAMES)
    assert page.count('class="banner"') == 1 and page.count("<p>") >= 3
    page = banners(POLICY, EDITION, units(total=90.0, is_provisional=True), NAMES, TABLES["problems"].empty())
    assert "补报后以修订版重新计算" in page


def test_the_next_steps_name_owner_and_date():
    tasks = [*measures("D01"), Task("supply", date(2026, 11, 9), "D02"), Task("accept", date(2026, 11, 13), count=4)]
    page = str(next_steps(POLICY, EDITION, tasks, periods(), NAMES))
    assert page.index("甲局") < page.index("乙局") < page.index(POLICY.district.office) < page.index("各被评单位")
    assert "2026年11月9日" in page and "4项" in page


def test_whoever_a_revision_moves_has_a_day_of_its_own_to_object():
    told = how_to_object(POLICY, EDITION, periods(D02="2026-11-27"), NAMES)
    assert told.startswith(
        "乙局对本通报有异议的，请于2026年11月27日（含当日）前；其余各被评单位对本通报有异议的，请于2026年11月11日（含当日）前向"
    )
    assert how_to_object(POLICY, EDITION, periods(), NAMES).startswith(
        "各被评单位对本通报有异议的，请于2026年11月11日（含当日）前向"
    )
    page = str(next_steps(POLICY, EDITION, [], periods(D02="2026-11-27"), NAMES))
    assert page.index("2026年11月27日") < page.rindex("2026年11月11日")


def test_whose_time_for_objections_is_over_is_not_asked_again():
    late = replace(EDITION, published=date(2026, 11, 20))
    both = periods(D02="2026-11-27")
    assert how_to_object(POLICY, late, both, NAMES).startswith("乙局对本通报有异议的，请于2026年11月27日（含当日）前向")
    page = str(next_steps(POLICY, late, [], both, NAMES))
    assert "2026年11月27日" in page and "2026年11月11日" not in page
    assert how_to_object(POLICY, late, periods(), NAMES) == "异议期已于2026年11月11日届满。"
    assert "本反馈单所列结果有异议的" in how_to_object(POLICY, EDITION, periods(), NAMES, "本单位")


def test_tasks_without_a_sentence_of_their_own_are_not_denied():
    tasks = [Task("supply", date(2026, 11, 9), "D02")]
    assert what_must_be_done(tasks, GRADING, NAMES) == [] and where_all_are(tasks, "编办") == "有1项见“六、下一步”。"


def test_a_final_year_invites_nobody_to_object():
    final = replace(EDITION, state="final", published=date(2027, 1, 14))
    assert how_to_object(POLICY, final, periods(), NAMES) == "本年度结果已于2027年1月14日定稿，异议期已结束。"
    told = imprint(POLICY, final)
    assert "2027年1月14日定稿" in told and "异议期至" not in told
    none = periods().iloc[:0]
    assert "异议" not in next_steps(POLICY, final, [], none, NAMES)


def test_the_line_below_the_title_says_publication_and_last_day_for_objections():
    assert "2026年11月4日发布 · 异议期至2026年11月11日</p>" in imprint(POLICY, EDITION)
    again = replace(EDITION, is_first=False)
    assert "异议期见月度考评通报</p>" in imprint(POLICY, again)  # which units have which day is not known there


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (["2026-11-11", "2026-11-11"], "异议期至2026年11月11日</p>"),
        (["2026-11-11", "2026-11-18"], "异议期至2026年11月18日（以各单位反馈单为准）</p>"),
        (["2026-11-09"], "异议期至2026年11月9日</p>"),  # a revision that moves nobody opens no fresh period
        (["2026-11-03"], "异议期已于2026年11月3日届满</p>"),
    ],
)
def test_the_line_below_the_title_refers_to_units_pages_only_where_last_days_differ(ends, told):
    again = replace(EDITION, is_first=False)
    assert told in imprint(POLICY, again, pd.Series(ends))
    assert "各单位反馈单" not in imprint(POLICY, again, ends, is_public=True)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("correction", "本版为第1版（征求意见稿），2026年11月4日发布，事由：更正。"),
        ("页面更新", "本版为第1版（征求意见稿），2026年11月4日发布，事由：页面更新。"),
        ("", ""),
    ],
)
def test_an_edition_says_its_number_its_day_and_why_it_is_published(reason, told):
    assert tell_edition(replace(EDITION, reason=reason)) == told
    assert tell_edition(replace(EDITION, reason=reason, state="trial")) == ""


def test_what_changed_since_the_last_revision_is_shown_before_and_after():
    now = units(period="2026-10", scope="month", total=[70.0, 80.0, 90.0], rank=[3, 2, 1])
    before = now.assign(total=[70.0, 80.0, 60.0], rank=[2, 1, 3], tier=["good", "good", "fail"])
    page = str(compare_revisions(before, now, GRADING, NAMES))
    assert ">60.00<" in page and ">90.00<" in page and "末档" in page
    assert "均无变化" in compare_revisions(now, now, GRADING, NAMES)
    assert "首次发布" in compare_revisions(None, now, GRADING, NAMES)


@pytest.mark.parametrize(("period", "is_told"), [("2023-01", True), ("2023-12", True), ("2024-01", False)])
def test_a_districts_first_months_say_that_visits_do_not_fill_their_window(period, is_told):
    page = banners(replace(POLICY, period=period), EDITION, units(total=90.0, is_provisional=False), NAMES)
    assert ("随机监管按近12个月的抽查计分，本区自2023年1月起考核，未满12个月" in page) == is_told


def test_the_foot_names_the_head_of_the_chain_before_this_publication():
    head = "ab" * 32
    assert f"此前发布链校验值 {head}</p>" in foot(replace(EDITION, head=head))
    assert "发布链" not in foot(EDITION)


@pytest.mark.parametrize(("change", "is_good"), [(-0.2, None), (-0.6, False), (0.6, True)])
def test_half_of_the_means_changes_are_usual_and_no_warning(change, is_good):
    means = pd.Series([90.0, 90.3] * 4 + [91.5], index=[f"2026-{month:02}" for month in range(2, 11)])
    row = {"level": "district", "basis": "mom", "change": change, "before": 91.0, "after": 91.0 + change}
    (found,) = mean_kpi(pd.DataFrame([row]), units(total=91.0), means, POLICY).changes
    assert found.is_good(True) is is_good


def test_that_something_was_asked_for_before_is_said_without_a_rest_of_none():
    until = date(2026, 11, 18)
    again = Task("meeting", until, subject="停车", asked_by=date(2026, 10, 23))
    assert where_all_are([again], "编办") == "有1项上月已要求、未见结果登记，均由编办负责。"
    watched = Task("watch", until, "D02", asked_by=date(2026, 10, 23))
    assert where_all_are([watched], "编办").endswith("有1项上月已要求、未见结果登记。")
    assert where_all_are([again, watched], "编办").endswith("有2项上月已要求、未见结果登记，其中1项由编办负责。")


def test_whom_the_year_so_far_lists_is_named_where_the_first_screen_says():
    until = date(2026, 11, 11)
    of_month = [Task("measures", until, unit) for unit in ("D01", "D02")]
    of_year = [Task("year_ahead", until, unit) for unit in ("D02", "D03")]
    told = what_must_be_done([*of_month, *of_year], POLICY.grading, NAMES)[1]
    assert told.startswith("年度累计暂列约谈范围的2个单位（名单见五（二））于2026年11月11日前")
    again = [replace(of_year[0], asked_by=date(2026, 10, 16)), of_year[1]]
    told = what_must_be_done([*of_month, *again], POLICY.grading, NAMES)[1]
    assert told.endswith("前报送年底前的改进措施（其中乙局上月已要求，时限2026年10月16日）。")
    told = what_must_be_done([*of_month[:1], *of_year], POLICY.grading, NAMES)[1]
    assert told.startswith("年度累计暂列约谈范围的2个单位（名单见五（二））于")
    told = what_must_be_done([*of_month[:1], *of_year], POLICY.grading, NAMES, is_named=True)[1]
    assert told.startswith("年度累计暂列约谈范围的2个单位（名单见“需要关注”）于")
    many = [Task("year_ahead", until, f"D{number:02}") for number in range(11)]  # a clause has room for ten
    assert "名单见五（二）" in what_must_be_done(many, POLICY.grading, NAMES, is_named=True)[0]
