"""How citizens were served, month beside month: what got better beyond chance, and nothing that is withheld (S46)."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.insight.chance import compare_spans
from analysis.policy.period import month_range, shift
from analysis.report.packs.public import public_body
from analysis.report.packs.service import (
    lead_words,
    matters_table,
    service_courses,
    service_table,
    tell_effect,
    tell_matters,
    tell_service,
)

from .months import PERIOD

MONTHS = month_range(shift(PERIOD, -23), PERIOD)


def at_months(content, *, before=(90, 90), after=(90, 90), hidden=(), months=MONTHS):
    """The month with earlier ones: 1000 tickets due and 500 call-backs each, of which so many % were good."""
    rows = pd.DataFrame({"period": months, "channel": "all", "n_received": 900, "n_due": 1000})
    is_after = rows["period"] > shift(PERIOD, -12)
    on_time, satisfied = (np.where(is_after, after[n], before[n]).astype(float) for n in (0, 1))
    rows = rows.assign(on_time_pct=on_time, n_valid_call_backs=500, satisfaction_pct=satisfied)
    rows.loc[rows["period"].isin(hidden), ["n_due", "on_time_pct"]] = np.nan
    now = rows[rows["period"] == PERIOD].assign(n_on_time=10 * after[0], n_satisfied=5 * after[1])
    none = pd.DataFrame(columns=["period", "matter_id", "matter", "n_received", *now.columns[3:]])
    tables = {"hotline_by_channel": now, "hotline_by_matter": none.drop(columns="channel", errors="ignore")}
    told = {"hotline_by_channel": rows[rows["period"] < PERIOD].drop(columns=["n_on_time"], errors="ignore")}
    return replace(content, tables=content.tables | tables, told_tickets=told | {"hotline_by_matter": none})


def test_a_citizen_reads_whether_the_service_got_better_beyond_chance(content):
    first, *years = tell_service(at_months(content, before=(90, 90), after=(93, 90.2)))
    assert "受理群众诉求900件（与上月持平，与上年同期持平）" in first
    assert "到期1000件，按时办结930件，按时办结率93.00%（与上月持平，比上年同期上升3.00个百分点）" in first
    _, better, same = years
    assert "近十二个月按时办结率93.00%（到期12000件），比此前十二个月（到期12000件）上升3.00个百分点" in better
    assert "确有改善" in better and "群众满意率90.20%（已评价回访6000件），比此前十二个月（已评价回访6000件）" in same
    assert "不能断定变好或变差" in same
    worse = tell_service(at_months(content, before=(93, 90), after=(90, 90)))[2]
    assert "确有下降" in worse


def test_counts_and_days_stand_beside_a_rate_only_where_it_is_told(content):
    month = at_months(content, after=(93, 90))
    whole = month.table("hotline_by_channel").assign(median_handling_days=4.0, p90_handling_days=5.0)
    month = replace(month, tables=month.tables | {"hotline_by_channel": whole})
    first = tell_service(month)[0]
    assert "已评价回访500件，满意450件，群众满意率90.00%" in first
    assert first.endswith("办理时长中位数4个工作日，九成在5个工作日内办结。")
    channels = month.open_tickets["hotline_by_channel"].copy()
    channels.loc[channels["period"] == PERIOD, ["on_time_pct", "satisfaction_pct"]] = np.nan
    object.__setattr__(month, "open_tickets", month.open_tickets | {"hotline_by_channel": channels})
    hidden = tell_service(month)[0]
    assert "按时办结率略" in hidden and not [word for word in ("930件", "450件", "个工作日") if word in hidden]


def test_the_hotline_is_told_apart_as_far_as_open_data_do(content):
    month = at_months(content)
    hotline = content.policy.tickets.channels[0]
    own = {"period": PERIOD, "channel": hotline.id, "n_received": 588, "on_time_pct": 98.39, "satisfaction_pct": np.nan}
    rows = pd.concat([month.open_tickets["hotline_by_channel"], pd.DataFrame([own]).astype({"n_received": "Int64"})])
    object.__setattr__(month, "open_tickets", month.open_tickets | {"hotline_by_channel": rows})
    assert tell_service(month)[1] == f"其中{hotline.name}受理588件，按时办结率98.39%。"


def test_the_hotline_is_not_told_apart_where_it_is_the_whole(content):
    month = at_months(content)
    rows = month.open_tickets["hotline_by_channel"]
    whole = rows[rows["period"] == PERIOD].assign(channel=content.policy.tickets.channels[0].id)
    for n_received, is_told in ((900, False), (899, True)):
        channels = pd.concat([rows, whole.assign(n_received=n_received)])
        object.__setattr__(month, "open_tickets", month.open_tickets | {"hotline_by_channel": channels})
        assert ("其中" in "".join(tell_service(month))) == is_told


def with_backlog(content, rows, n_small=5):
    """The month with units that have so many (open, overdue, closed) tickets."""
    month = at_months(content)
    units = pd.DataFrame(rows, columns=["n_open", "n_overdue", "n_handled"])
    units = units.assign(period=PERIOD, n_due=0, unit_id=content.policy.unit_ids[: len(rows)])
    whole = month.table("hotline_by_channel").assign(**units[["n_open", "n_overdue", "n_handled"]].sum())
    tables = month.tables | {"hotline_by_unit": units, "hotline_by_channel": whole}
    return replace(month, tables=tables, rules=content.rules.model_copy(update={"small_count": n_small}))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([(40, 4, 90), (30, 3, 80), (20, 2, 70)], "尚未办结90件，其中已超过时限9件。"),
        ([(40, 5, 90), (30, 3, 80), (20, 1, 70)], "尚未办结90件。"),  # who has five late knows of four others
        ([(7, 4, 90), (5, 4, 80), (4, 3, 70)], "尚未办结16件。"),  # not late are five, of whom one unit has three
        ([(40, 4, 9), (30, 3, 2), (20, 2, 2)], ""),  # what was closed follows from two months' open ones
        ([(40, 0, 90)], ""),
        ([], ""),
    ],
)
def test_open_and_overdue_tickets_are_told_where_no_unit_can_reckon_a_small_rest(content, rows, told):
    said = tell_service(with_backlog(content, rows))[1]
    assert said.startswith(f"截至2026年10月31日{told}" * bool(told)) and ("尚未办结" in said) == bool(told)
    assert "尚未办结" not in "".join(tell_service(with_backlog(content, rows, n_small=2000)))  # all is withheld then


@pytest.mark.parametrize(
    ("extended", "told"),
    [
        ((30, 20, 5), "；本月到期的工单中，延期的有55件。"),
        ((30, 2, 2), "也算）。"),
        ((), "也算）。"),
        ((99, 100, 99), "也算）。"),  # of those not extended one unit's rest is small
    ],
)
def test_an_extended_ticket_is_said_to_count_by_its_later_day_and_how_many_there_are(content, extended, told):
    ids = content.policy.unit_ids[:3]
    units = pd.DataFrame({"unit_id": ids, "period": PERIOD, "n_due": 100}).assign(n_open=0, n_overdue=0, n_handled=0)
    own = pd.Series(extended, index=ids[: len(extended)], dtype="int64")
    month = at_months(content)
    month = replace(month, tables=month.tables | {"hotline_by_unit": units}, extended=own)
    assert tell_service(month)[1].startswith("是否按时，延期的工单按延期后的时限计算（至多延长10个工作日，")
    assert tell_service(month)[1].endswith(told)


@pytest.mark.parametrize(
    ("late", "n_on_time", "told"),
    [
        ((12, 8, 3), 90, 23),
        ((9, 2, 2), 90, 0),  # who has nine knows of four others
        ((28, 19, 5), 90, 0),  # of the extended ones three are others
        ((28, 18, 2), 20, 0),
        ((), 90, 0),
    ],
)
def test_tickets_in_time_by_their_later_day_alone_are_told_beside_those_in_time(content, late, n_on_time, told):
    ids = content.policy.unit_ids[:3]
    units = pd.DataFrame({"unit_id": ids, "period": PERIOD, "n_due": 100}).assign(n_open=0, n_overdue=0, n_handled=0)
    units["n_on_time"] = np.maximum(n_on_time, [*late, 0, 0, 0][:3]) if n_on_time > 20 else [*late]
    extended, own = (pd.Series(each, index=ids[: len(each)], dtype="int64") for each in ((30, 20, 5), late))
    month = at_months(content)
    tables = month.tables | {"hotline_by_unit": units}
    month = replace(month, tables=tables, extended=extended, kept_late=own)
    beside = f"按时办结900件（其中{told}件在原时限之后、延期时限之内办结），按时办结率"
    assert (beside in tell_service(month)[0]) == bool(told) != ("按时办结900件，" in tell_service(month)[0])
    lead = lead_words(month)
    assert ("到期的90.00%按时办结（含延期）；" in lead) == bool(told) != ("按时办结；" in lead)
    assert "；已评价回访500件，90.00%满意。" in lead


def test_a_verdict_comes_true_as_often_as_it_claims():
    """Without a change about one comparison in twenty finds one, also where months share what each case has (S32)."""
    rng, is_after = np.random.default_rng(7), np.arange(24) >= 12
    cases, found = np.full(24, 800.0), 0
    for _ in range(400):
        shares = np.clip(rng.normal(0.95, 0.008, 24), 0, 1)
        rates = rng.binomial(800, shares) / 800
        _, change, explained = compare_spans(rates, cases, is_after, 95)
        found += abs(change) > explained
    assert found / 400 < 0.09


def in_first_limits(content, kept_late, n_on_time=960):
    """Two years of months, two units alike: of 1,000 tickets each so many were in time by an extended day alone."""
    rows = pd.DataFrame([(month, unit) for month in MONTHS for unit in ("D01", "D02")], columns=["period", "unit_id"])
    is_after = rows["period"] > shift(PERIOD, -12)
    late = np.where(is_after, *kept_late)
    return replace(at_months(content), first_limits=rows.assign(n_due=1000, n_on_time=n_on_time, n_kept_late=late))


def test_the_public_reads_how_many_were_in_time_without_any_extension(content):
    head = "不计延期、都按原时限计算，近十二个月按时办结的占"
    (told,) = [each for each in tell_service(in_first_limits(content, (110, 60))) if head in each]
    assert f"{head}85.0%，此前十二个月为90.0%，变动超出偶然起伏。" in told
    (told,) = [each for each in tell_service(in_first_limits(content, (61, 60))) if head in each]
    assert f"{head}89.9%，此前十二个月为90.0%，变动在偶然起伏之内。" in told


@pytest.mark.parametrize(("n_due", "told"), [(1000, "85.0%"), (100, "85%"), (20, None)])
def test_a_years_share_is_too_coarse_to_tell_the_count_of_a_month(content, n_due, told):
    """Two years that are shifted by a month differ by that month's count: by less than the last digit shows (S46)."""
    made = in_first_limits(content, (110, 60))
    rows = made.first_limits
    few = rows.assign(**{name: rows[name] * n_due / 1000 for name in ("n_due", "n_on_time", "n_kept_late")})
    said = [each for each in tell_service(replace(made, first_limits=few)) if "不计延期" in each]
    assert len(said) == bool(told) and all(f"近十二个月按时办结的占{told}，" in each for each in said)


@pytest.mark.parametrize("kept_late", [(0, 60), (60, 0)])
def test_what_extensions_hide_is_not_told_where_it_would_be_a_small_count(content, kept_late):
    assert not [each for each in tell_service(in_first_limits(content, kept_late)) if "不计延期" in each]
    assert not [each for each in tell_service(at_months(content)) if "不计延期" in each]  # no two years of months


def test_without_two_whole_years_nothing_is_said_of_them(content):
    assert not [each for each in tell_service(at_months(content, months=MONTHS[1:])) if "近十二个月" in each]
    (told,) = (each for each in tell_service(at_months(content, hidden=(MONTHS[3],))) if "近十二个月" in each)
    assert "群众满意率" in told


def test_a_withheld_month_is_a_gap_in_figures_and_a_dash_in_the_table(content):
    month = at_months(content, hidden=(shift(PERIOD, -1),))
    assert (
        "与上年同期持平" in tell_service(month)[0]
        and "与上月" not in tell_service(month)[0].split("按时办结率")[1].split("；")[0]
    )
    row = re.search(r"2026年9月</th>(.*?)</tr>", service_table(month), re.DOTALL)[1]
    assert re.findall(r">([^<]+)</td>", row) == ["900", "—", "90.00%"]
    (*_, on_time), (*_, satisfied) = service_courses(month)
    assert str(on_time).count("<circle") == 12 and str(satisfied).count("<circle") == 13


def test_the_page_shows_thirteen_months_and_the_year_before_behind_them(content):
    body = str(public_body(at_months(content)))
    assert body.count("虚线：上年同期") == 2 and "按时办结率 90.00%" in body
    assert body.index("一、群众诉求与整改") < body.index("二、总体情况")
    alone = at_months(content, months=[PERIOD])
    assert service_courses(alone) == [] and not service_table(alone)


@pytest.mark.parametrize("rate", [np.nan, 80.0])
def test_a_matter_stands_beside_its_earlier_months_and_no_column_is_all_dashes(content, rate):
    month = at_months(content)
    now = {"period": PERIOD, "matter_id": ["m1", "m2"], "matter": ["停水", "噪声"], "n_received": [40, 90]}
    last = {"period": shift(PERIOD, -1), "matter_id": ["m1"], "matter": ["停水"], "n_received": [33]}
    frames = [pd.DataFrame(each).assign(on_time_pct=rate, satisfaction_pct=np.nan) for each in (last, now)]
    object.__setattr__(month, "open_tickets", month.open_tickets | {"hotline_by_matter": pd.concat(frames)})
    shown = matters_table(month)
    assert shown.heads == ("事项", "受理（件）", "上月（件）", *(["按时办结率"] if rate == rate else []))
    assert shown.cells[0][:3] == ("噪声", "90", "—") and shown.cells[1][:3] == ("停水", "40", "33")
    assert "不予列示" in shown.caption


def test_the_public_page_says_what_a_score_and_the_last_tier_mean(content):
    body = str(public_body(content))
    assert "得分由四部分合成" in body and "日常监管考核20%" in body
    assert "“不达标”指得分排在最后约10%的单位" in body
    assert "约谈、通报批评以年度定稿结果为准" in body


def test_the_public_reads_what_chance_is_where_a_finding_names_it(content):
    told = "“偶然起伏”指办理水平不变时各月数字也会有的上下波动"
    body = str(public_body(at_months(content, after=(93, 90.2))))
    assert body.count(told) == 1 and body.index(told) < body.index("变动超出偶然起伏")
    assert told not in str(public_body(at_months(content, months=[PERIOD])))


def test_the_page_begins_with_how_citizens_were_served(content):
    told = lead_words(at_months(content, after=(93, 90.2)))
    assert told == (
        "10月受理群众诉求900件；到期的93.00%按时办结；已评价回访500件，90.20%满意。"
        "近十二个月与此前十二个月相比，按时办结率确有改善，群众满意率不能断定变好或变差。"
    )
    assert f'<p class="lead">{told}</p>' in public_body(at_months(content, after=(93, 90.2)))
    worse = lead_words(at_months(content, before=(90, 95), after=(90.2, 90)))
    assert worse.endswith("按时办结率不能断定变好或变差，群众满意率确有下降。")  # not the change that looks best
    assert lead_words(at_months(content, months=[PERIOD])).endswith("已评价回访500件，90.00%满意。")


@pytest.mark.parametrize("hidden", ["n_received", "on_time_pct", "satisfaction_pct"])
def test_the_first_sentence_leaves_out_what_is_withheld(content, hidden):
    month = at_months(content)
    channels = month.open_tickets["hotline_by_channel"].copy()
    channels.loc[channels["period"] == PERIOD, hidden] = np.nan
    object.__setattr__(month, "open_tickets", month.open_tickets | {"hotline_by_channel": channels})
    words = {"n_received": "受理", "on_time_pct": "按时办结", "satisfaction_pct": "满意"}
    assert {name: word in lead_words(month) for name, word in words.items()} == {name: name != hidden for name in words}
    channels.loc[channels["period"] == PERIOD, list(words)] = np.nan
    assert lead_words(month) == "10月受理和办理情况因件数少不予列示。"


def test_a_month_without_cases_says_so_first(content):
    month = at_months(content)
    channels = month.open_tickets["hotline_by_channel"].assign(n_received=pd.array([0], dtype="Int64")[0])
    object.__setattr__(month, "open_tickets", month.open_tickets | {"hotline_by_channel": channels})
    assert lead_words(month) == "10月没有群众诉求数据。"


def test_figures_have_findings_as_titles(content):
    (better, what, _), (same, *_) = service_courses(at_months(content, before=(90, 90), after=(93, 90.2)))
    assert (better, same) == ("近一年按时办结率确有改善", "近一年群众满意率没有超出偶然起伏的变化")
    assert "走势；单位：%" in what and "能联系上并作评价的" in service_courses(at_months(content))[1][1]
    few = at_months(content, before=(91, 90), after=(93, 90), months=MONTHS[6:])
    assert [title for title, *_ in service_courses(few)] == [
        "按时办结率在91.00%至93.00%之间",
        "群众满意率各月都是90.00%",
    ]


def at_matters(content, rising: list[str]):
    """Three matters of this month and one of a year before; what rises by the month's table."""
    month = at_months(content)
    now = {"period": PERIOD, "matter_id": ["m1", "m2", "m3"], "matter": ["停水", "噪声", "路灯"]}
    now |= {"n_received": [40, 90, None]}
    past = {"period": shift(PERIOD, -12), "matter_id": ["m1"], "matter": ["停水"], "n_received": [12]}
    frames = [pd.DataFrame(each).astype({"n_received": "Int64"}) for each in (past, now)]
    object.__setattr__(month, "open_tickets", month.open_tickets | {"hotline_by_matter": pd.concat(frames)})
    table = pd.DataFrame({"matter_id": ["m1", "m2", "m3"]}).assign(
        is_rising=lambda rows: rows["matter_id"].isin(rising)
    )
    object.__setattr__(month, "tables", month.tables | {"rising_matters": table})
    return month


def test_what_rose_is_said_in_words_and_no_matter_whose_count_is_withheld(content):
    assert tell_matters(at_matters(content, ["m1", "m3"])) == ["比往年同期明显增多的有1项：停水40件（上年同期12件）。"]
    assert tell_matters(at_matters(content, [])) == []  # the table below says what came most often
    assert tell_matters(at_months(content)) == []


def test_a_citizen_reads_where_a_call_counts_as_the_rules_have_it(content):
    scored, listed = tell_effect(content)
    assert "回访满意率（指标“服务社会满意度”）" in scored and scored.startswith("您通过12345热线等渠道")
    assert "、按时办结率（指标" not in scored  # no indicator of this district measures it: it lists units
    # Most tickets are one unit's alone: a hurried reader had taken the headline's rate for a score.
    alone = "；只由一个单位办理的工单是否按时，不计入得分，只用于监管异常名录"
    assert alone in scored
    of = content.policy.indicators
    sheets = {i.id: i.data.model_copy(update={"measure": "on_time"}) for i in of if i.data.measure == "shared_on_time"}
    every = tuple(i.model_copy(update={"data": sheets.get(i.id, i.data)}) for i in of)
    assert sheets and alone not in tell_effect(replace(content, policy=replace(content.policy, indicators=every)))[0]
    assert "群众满意率明显低于85%、按时办结率明显低于92%" in listed and "约2倍" in listed
    watch = content.policy.watch
    # The list's fifth way, and whom of the listed units lots cannot reach.
    assert "；连续两个月列当月后五名、各月均居其中的可能性不低于90%的，也列入。" in listed
    assert "本年已查满2次的，摇号不再抽到；不面向群众办事服务的，不参加摇号。" in listed
    no_places = content.policy.grading.model_copy(update={"bottom_places": 0})
    assert "也列入" not in tell_effect(replace(content, policy=replace(content.policy, grading=no_places)))[1]
    plain = watch.model_copy(update={"on_time": watch.on_time.model_copy(update={"method": "threshold"})})
    assert "按时办结率低于92%" in tell_effect(replace(content, policy=replace(content.policy, watch=plain)))[1]
    none = tuple(i for i in content.policy.indicators if i.data.sheet != "tickets")
    assert "计入承办单位得分" not in tell_effect(replace(content, policy=replace(content.policy, indicators=none)))[0]
