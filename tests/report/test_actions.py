"""Sentences and tables on what follows, on small tables whose answers can be counted by hand."""

import re
from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report import actions, measures
from analysis.report.page.theme import use_theme
from analysis.report.words import WORDS

BOOK = load_policy(Path(__file__).resolve().parents[2])
NAMES = BOOK.names
GRADING = BOOK.at("2026-10").grading
RULES = BOOK.at("2026-10").consequences


def ledger(*rows):
    usual = {
        "period": "2026-10",
        "unit_id": "D36",
        "source": "巡察",
        "is_joint": False,
        "problem": "手册与实际不符",
        "found": "2026-09-01",
        "due": "2026-10-20",
        "state": "rectifying",
        "closed": "",
        "light": "green",
        "working_days_left": 4,
        "overdue_working_days": 0,
        "is_due": False,
        "is_closed_in_time": False,
        "is_repeated": False,
        "repeat_of": "",
        "is_dunned": False,
        "answer_until": "",
    }
    table = TABLES["ledger"]
    return table.check(pd.DataFrame([usual | {"item_id": f"ZG{n}"} | row for n, row in enumerate(rows)]))


RED = {
    "light": "red",
    "overdue_working_days": 9,
    "working_days_left": -9,
    "is_dunned": True,
    "answer_until": "2026-11-06",
}
LEDGER = ledger(
    RED | {"is_due": True},
    {"unit_id": "D37", "light": "yellow", "is_joint": True},
    {"light": "closed", "state": "closed", "closed": "2026-10-19", "is_due": True, "is_closed_in_time": True},
    {"is_repeated": True, "repeat_of": "ZG0 ZG1"},
)


def consequence(**told):
    usual = {
        "period": "2026-10",
        "unit_id": "D51",
        "kind": "interview",
        "basis": "annual",
        "year": 2025,
        "reason": "fail",
        "rule": "R21",
        "since": "2026-01-09",
        "until": "2026-01-23",
        "is_current": True,
        "is_final": True,
        "is_provisional": False,
        "streak_years": 3,
        "years": "2023 2024 2025",
        "total": 70.0,
        "rank": 85,
        "tier": "fail",
        "inherited_from": "",
        "document": "文件",
        "evidence": "unit_scores.parquet",
    }
    return usual | told


def consequences(*rows):
    return TABLES["consequences"].check(pd.DataFrame(list(rows)))


def states(**by_year):
    rows = [
        {
            "period": "2026-10",
            "unit_id": "D51",
            "year": int(year[1:]),
            "state": state,
            "rule": "R22",
            "final_on": "",
            "reason": "fail" if state == "listed" else "",
            "streak_years": 2,
            "years": "",
            "is_blacklisted": False,
            "is_provisional": False,
            "total": 70.0,
            "rank": 85,
            "tier": "fail",
            "inherited_from": "",
            "evidence": "",
        }
        for year, state in by_year.items()
    ]
    return TABLES["annual_states"].check(pd.DataFrame(rows))


def test_the_ledger_in_a_sentence():
    assert actions.ledger_finding(LEDGER) == (
        "台账在办3项，其中红灯1项、黄灯1项、绿灯1项；在办事项中联合督查交办1项、同一单位同类问题重复出现1项；"
        "本月到期2项，按期销号1项，按期销号率50.00%；本月督办1个单位1项。"
    )
    assert actions.ledger_finding(TABLES["ledger"].empty()) == "本月台账无整改事项。"
    closed = LEDGER.assign(light="closed")  # what is closed is not counted among what is open
    assert "联合督查" not in actions.ledger_finding(closed) and "重复出现" not in actions.ledger_finding(closed)


@pytest.mark.parametrize(("n_before", "word"), [(0, "环比增加1项"), (1, "环比持平"), (3, "环比减少2项")])
def test_red_items_against_the_month_before(n_before, word, whole_book):
    item = {"period": "2026-09", "due": "2026-09-29", "closed": ""}
    items = [item] * n_before + [item | {"due": "2026-09-30"}, item | {"closed": "2026-09-30"}]
    months = ["2026-08", "2026-09"]
    kpi = actions.red_items_kpi(LEDGER, pd.DataFrame(items), months, whole_book.at("2026-10"))
    assert (kpi.value, kpi.changes[0].words) == ("1", word)


def test_pressing_items_stand_with_owner_days_and_dunning():
    body = str(actions.overdue_table(LEDGER, NAMES))
    assert body.index(NAMES["D36"]) < body.index(NAMES["D37"])
    assert "2026-11-06" in body
    assert ">超期9<" in body and ">剩余4<" in body


def many_items() -> pd.DataFrame:
    """Three red items of two units and a yellow one."""
    red, yellow = (LEDGER[LEDGER["light"] == light].iloc[[0]] for light in ("red", "yellow"))
    return pd.concat(
        [
            red.assign(unit_id="D36", overdue_working_days=9, problem="甲类"),
            red.assign(unit_id="D37", overdue_working_days=5, problem="甲类"),
            red.assign(unit_id="D37", overdue_working_days=3, problem="甲类"),
            yellow.assign(unit_id="D36", problem="乙类"),
        ],
        ignore_index=True,
    )


def test_overdue_items_in_a_clause():
    assert actions.red_finding(many_items(), NAMES) == (
        f"超期的3项整改事项涉及2个单位，其中{NAMES['D37']}2项，最长的已超期9个工作日"
    )
    old = many_items().assign(
        due=["2026-09-29", "2026-09-30", "2026-10-02", "2026-09-01"]
    )  # due on the last day: not overdue on it
    # Of all items, not of the unit that has most of them.
    assert f"其中{NAMES['D37']}2项，全部3项中有1项在9月末已超期、至今未销号，" in actions.red_finding(old, NAMES)
    january = old.assign(period="2026-01", due=["2025-12-30", "2026-01-01", "2026-01-02", "2026-01-03"])
    assert "，全部3项中有1项在12月末已超期" in actions.red_finding(january, NAMES)
    lone = old.assign(unit_id="D37")
    assert f"均在{NAMES['D37']}，3项中有1项在9月末已超期" in actions.red_finding(lone, NAMES)
    assert "，全部在9月末已超期、至今未销号，" in actions.red_finding(old.assign(due="2026-08-31"), NAMES)
    returned = old.assign(due="2026-08-31", state="returned")
    assert "，全部在9月末已超期、退回后至今未销号，" in actions.red_finding(returned, NAMES)
    some = returned.assign(state=["returned", *["rectifying"] * (len(returned) - 1)])
    assert "退回后" not in actions.red_finding(some, NAMES)
    first = many_items().assign(due=["2026-10-05", "2026-09-01", "2026-09-02", "2026-09-01"])
    told = f"其中{NAMES['D37']}2项均在9月末已超期、至今未销号，"  # its number is not said twice
    assert told in actions.red_finding(first, NAMES)
    alone = many_items().query("unit_id == 'D37'")
    assert actions.red_finding(alone, NAMES) == f"超期的2项整改事项均在{NAMES['D37']}，最长的已超期5个工作日"
    assert actions.red_finding(LEDGER.assign(light="green"), NAMES) == ""


@pytest.mark.parametrize(
    ("told", "steps"),
    [
        ({"state": "rectifying", "answer_until": ""}, ("办结2项", "办结2项")),
        ({"state": "to_accept", "answer_until": ""}, ("待验收2项", "待验收2项")),
        (
            {"state": ["rectifying", "to_accept"] * 2, "answer_until": ["2026-11-11", ""] * 2},
            ("2026-11-11前书面答复、待验收1项", "2026-11-11前书面答复、待验收1项"),
        ),
    ],
)
def test_pressing_items_stand_by_unit_the_most_overdue_first_and_each_is_folded(told, steps):
    body = str(actions.pressing_table(many_items().sort_values("unit_id").assign(**told), NAMES))
    units, items = body.split("<details>")
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in units.split("<tr>")[2:]]
    assert [row[:3] + row[4:6] for row in rows] == [
        [NAMES["D37"], "2", "0", "5", "甲类（2项）"],
        [NAMES["D36"], "1", "1", "9", "乙类、甲类"],
    ]
    assert [row[6] for row in rows] == list(steps)
    assert "逐项清单（4项）" in items and items.count("<tr>") == 5
    assert actions.pressing_table(LEDGER.assign(light="green"), NAMES) == ""


def test_measures_have_a_row_a_unit_with_its_years_and_days_that_are_over_say_so():
    rows = consequences(
        consequence(kind="interview", until="2026-03-20"),
        consequence(kind="notice", until="2026-12-20"),
        consequence(kind="warning", basis="month", year=2026, reason="bottom_five"),
    )
    told = states(y2024="clear", y2025="listed")
    page = str(measures.measures_table(rows, told, RULES, GRADING, NAMES, date(2026, 11, 4)))
    assert page.count("<tr>") == 2 and ">2025年度<" in page
    # A criticism has no last day: the rectification that comes with it has one.
    interview, notice = WORDS.consequence_limits["interview"], WORDS.consequence_limits["notice"]
    assert f"{interview}2026-03-20（时限已过）、{notice}2026-12-20<" in page and "通报批评2026" not in page
    over = str(measures.measures_table(rows, told, RULES, GRADING, NAMES, date(2026, 12, 21)))
    assert f"{interview}2026-03-20（时限已过）、{notice}2026-12-20（时限已过）<" in over
    none = measures.measures_table(rows.query("basis == 'month'"), told, RULES, GRADING, NAMES, date(2026, 11, 4))
    assert none.cells == () and ">无<" in none


def test_what_the_last_year_brought_waits_for_its_verification_and_nothing_of_an_earlier_year():
    rows = consequences(
        consequence(kind="interview", year=2025),
        consequence(kind="notice", year=2025),
        consequence(kind="blacklist", reason="streak", year=2024, until=""),
        consequence(kind="warning", basis="month", year=2026, reason="bottom_five"),
    )
    told = states(y2024="listed", y2025="listed")
    for unsure, words in (
        (("D51",), "约谈、通报批评（须先核实）；机构编制黑名单"),
        ((), "机构编制黑名单、约谈、通报批评"),
    ):
        shown = measures.measures_table(rows, told, RULES, GRADING, NAMES, date(2026, 11, 4), unsure)
        assert shown.cells[0][shown.heads.index("现行措施")] == words
        page = str(measures.consequence_table(rows, GRADING, NAMES, unsure))
        assert page.count("须先核实") == 2 * len(unsure)
        assert ("须先核实" in measures.consequence_finding(rows, told, RULES, NAMES, unsure)) == bool(unsure)


def test_what_follows_in_a_sentence_with_blacklist_and_drafts():
    rows = consequences(
        consequence(),
        consequence(kind="blacklist", reason="streak", rule="R22"),
        consequence(kind="warning", basis="month", year=2026, reason="bottom_five", is_final=False),
        consequence(unit_id="D36", is_current=False),
    )
    text = measures.consequence_finding(rows, states(y2024="listed", y2025="draft"), RULES, NAMES)
    assert "本月预警1个单位" in text
    assert "年度定稿结果，应约谈并通报批评1个单位（R21）" in text  # no table says whether it was done
    assert f"机构编制黑名单的有{NAMES['D51']}" in text
    assert "2025年度结果未定稿" in text


def test_the_rule_has_the_years_places_and_tier_of_the_policy():
    assert measures.consequence_rule(RULES, GRADING, NAMES) == (
        "后五名或不达标的单位约谈、通报批评（R21），连续三年的列入机构编制黑名单并问责（R22）；"
        "以年度定稿结果为准，月度只作预警（S27）。"
    )
    other = RULES.model_copy(update={"blacklist_years": 2}), GRADING.model_copy(update={"bottom_places": 0})
    assert measures.consequence_rule(*other, NAMES | {"fail": "末档"}).startswith(
        "末档的单位约谈、通报批评（R21），连续两年的"
    )


@pytest.mark.parametrize(("years", "words"), [(3, "下一参评年度再次列入将"), (5, "再连续三年列入将")])
def test_a_warning_says_how_many_years_are_left(years, words):
    rows = consequences(consequence(kind="warning", streak_years=2, reason="streak"))
    rules = RULES.model_copy(update={"blacklist_years": years, "warn_years": 2})
    assert words in measures.consequence_finding(rows, states(y2024="listed"), rules, NAMES)


@pytest.mark.parametrize("reason", ["bottom_five", "fail", "bottom_five_and_fail", "streak"])
def test_reasons_have_the_names_of_the_policy(reason):
    row = next(consequences(consequence(reason=reason)).itertuples())
    told = measures.reason_words(row, GRADING.model_copy(update={"bottom_places": 8}), NAMES | {"fail": "末档"})
    assert ("后八名" in told) == (reason != "fail")
    assert ("末档" in told) == (reason != "bottom_five")
    assert "后五名" not in told
    assert "不达标" not in told


def test_measures_in_force_tell_rule_and_evidence():
    body = str(measures.consequence_table(consequences(consequence(kind="blacklist", reason="streak")), GRADING, NAMES))
    assert "2023、2024、2025年连续三年列入后五名或不达标" in body
    assert "unit_scores.parquet" in body


def test_a_merger_is_told_with_the_predecessors_name():
    row = consequence(unit_id="D21", kind="blacklist", reason="inherited", inherited_from="D68")
    assert f"{NAMES['D21']}（承继{NAMES['D68']}）" in measures.consequence_table(consequences(row), GRADING, NAMES)


def test_without_a_listed_year_there_is_no_table_of_years():
    assert measures.states_table(states(y2024="clear", y2025="clear"), RULES, GRADING, NAMES) == ""


def test_three_years_of_a_unit():
    body = str(
        measures.states_table(
            states(y2022="clear", y2023="listed", y2024="unassessed", y2025="draft"), RULES, GRADING, NAMES
        )
    )
    assert "2022" not in body
    assert "列入（不达标）" in body
    assert "未参评（不影响连续年数）" in body
    assert "未定稿" in body


def test_figures_draw_every_open_item_and_none_for_an_empty_ledger():
    use_theme()
    texts = {text.get_text() for text in actions.lights_figure(LEDGER, NAMES).axes[0].texts}
    assert texts == {"1"}
    patches = actions.lights_figure(LEDGER, NAMES).axes[0].patches
    greys = np.unique([np.array(to_rgb(each.get_facecolor())) @ [0.21, 0.72, 0.07] for each in patches])
    assert len(greys) == 3 and min(np.diff(greys)) > 0.15  # told apart where no colour is printed
    assert not actions.lights_figure(TABLES["ledger"].empty(), NAMES).axes[0].patches
    plt.close("all")


def test_a_result_that_was_to_be_verified_first_was_to_be_so_before_all_measures():
    rows = [{"kind": "interview", "until": "2026-01-28"}, {"kind": "notice", "until": "2026-03-03"}]
    rows = [{"year": year, **row} for year in (2024, 2025) for row in rows]
    told = pd.DataFrame(rows).assign(unit_id="D01", is_current=True, basis="annual")
    clauses = measures.overdue_clauses(told, date(2026, 11, 4), ["D01"])
    assert clauses == [
        "2024年度约谈、整改时限已过，1个单位的办理情况均未登记",
        "2025年度核实、约谈、整改时限已过，1个单位的办理情况均未登记",
    ]
    assert "核实" not in measures.tell_overdue_measures(told, date(2026, 11, 4))
    black = told.head(1).assign(kind="blacklist", until="", year=2025)
    clauses = measures.overdue_clauses(pd.concat([told, black], ignore_index=True), date(2026, 11, 4))
    assert "问责" not in clauses[0] and clauses[1].endswith("1个单位的办理情况（含列入黑名单的1个单位的问责）均未登记")
    assert measures.tell_overdue_measures(told, date(2026, 1, 1), ["D01"]) == ""
