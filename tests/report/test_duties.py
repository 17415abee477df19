"""What the cross-duty model says: sentences, tables and the flow figure on small tables."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.report.duties import agenda, agenda_table, duties_finding, duties_table, flow_figure, flow_title
from analysis.report.page.theme import figure_svg, use_theme

POLICY = load_policy(Path(__file__).resolve().parents[2]).at("2026-10")
MATTER = {
    "matter_id": "M042",
    "list": "boundary",
    "clause": "边界22",
    "lead_unit_id": "D63",
    "n_tickets": 100,
    "n_handlers": 3,
    "n_passed_on": 40,
    "n_looped": 12,
    "n_returned": 4,
    "n_repeats": 5,
    "days_lost": 36,
    "spread": 0.4,
    "passed_on": 0.4,
    "looped": 0.12,
    "came_back": 0.05,
    "outside_list": 0.2,
    "overlap_index": 33.3,
    "is_known": True,
    "is_for_meeting": True,
    "proposed_unit_id": "D56",
    "proposed_share_pct": 70.0,
    "proposed_low_pct": 60.0,
    "proposed_high_pct": 78.0,
    "strength": "strong",
    "is_proposal_as_listed": False,
}


@pytest.fixture(scope="module")
def names(whole_book):
    return whole_book.names


@pytest.fixture
def duties():
    unknown = MATTER | {
        "matter_id": "",
        "list": "",
        "clause": "",
        "lead_unit_id": "",
        "is_known": False,
        "strength": "none",
        "proposed_unit_id": "",
        "overlap_index": 50.0,
    }
    by_matter = pd.DataFrame([{"matter": "电动自行车充电"} | MATTER, {"matter": "共享单车停放"} | unknown])
    columns = ["matter", "unit_id", "role", "n_tickets", "is_named_outside"]
    handlers = pd.DataFrame(
        [
            ["电动自行车充电", "D56", "co_operating", 70, False],
            ["电动自行车充电", "D31", "outside", 20, True],
            ["共享单车停放", "D57", "outside", 60, True],
            ["共享单车停放", "towns", "outside", 40, True],
        ],
        columns=columns,
    )
    loop = {
        "matter": "电动自行车充电",
        "loop": "D56>D59>D63",
        "n_units": 3,
        "n_tickets": 12,
        "share_pct": 12.0,
        "is_named": True,
    }
    return by_matter, handlers, pd.DataFrame([loop])


@pytest.fixture
def flows():
    rows = [("D56", "D59", 12), ("D59", "D63", 10), ("D63", "D56", 11), ("towns", "D56", 3)]
    frame = pd.DataFrame(rows, columns=["from_unit_id", "to_unit_id", "n_tickets"])
    return frame.assign(matter="电动自行车充电")


def test_a_young_district_tells_over_how_many_months_it_speaks(duties, names):
    by_matter, _, loops = duties
    assert duties_finding(by_matter, loops, names, POLICY).startswith("近12个月工单")
    young = replace(POLICY, district=POLICY.district.model_copy(update={"start": "2026-09"}))
    assert duties_finding(by_matter, loops, names, young).startswith("近2个月工单")
    short = duties_finding(by_matter, loops, names, young, is_short=True)  # the notice's, which has four pages
    assert duties_finding(by_matter, loops, names, young).startswith(short[:-1]) and "；" not in short
    none = by_matter.assign(n_tickets=0, is_for_meeting=False)
    assert duties_finding(none, loops, names, young) == "近2个月没有工单，不分析职责交叉。"


def test_the_duties_are_told_with_loop_and_gap(duties, names):
    by_matter, _, loops = duties
    told = duties_finding(by_matter, loops, names, POLICY)
    assert "12件工单由区住房和城乡建设局依次转区应急管理局、区消防救援大队，又转回区住房和城乡建设局" in told
    assert "共享单车停放没有任何清单条款覆盖" in told


def test_the_agenda_asks_what_the_meeting_must_settle(duties, names):
    first, second = agenda(*duties, names)
    assert first.matter == "共享单车停放" and first.proposal == "证据不足，暂不提出牵头建议"
    assert "镇街40件" in first.questions[0]
    asked = " ".join(second.questions)
    for part in (
        "首接负责",
        "区水务局（20件）没有清单条款",
        "规定区消防救援大队牵头（边界22），实际多由区住房和城乡建设局办结",
        "没有办结过一件",
    ):
        assert part in asked
    assert "建议由区住房和城乡建设局牵头" in second.proposal and "与清单不一致" in second.proposal


def test_what_the_list_provides_already_is_not_proposed(duties, names):
    by_matter, handlers, loops = duties
    as_listed = by_matter.assign(is_proposal_as_listed=[True, False], proposed_unit_id=["D63", ""])
    told = agenda(as_listed, handlers, loops, names)[1].proposal
    assert told.startswith("牵头单位不需调整：清单规定的区消防救援大队（") and "建议" not in told
    assert "调整条款，还是调整分办" in " ".join(agenda(*duties, names)[1].questions)
    assert "调整条款" not in " ".join(agenda(as_listed, handlers, loops, names)[1].questions)
    assert all(
        "镇街以外最终办理的占70.0%" in each[1].proposal
        for each in (agenda(*duties, names), agenda(as_listed, *duties[1:], names))
    )


def test_tables_escape_what_an_office_wrote(duties, names):
    by_matter, handlers, loops = duties
    hostile = by_matter.assign(matter=["<script>", "共享单车停放"])
    for page in (duties_table(hostile, names), agenda_table(agenda(hostile, handlers, loops, names))):
        assert "<script>" not in page and page.startswith("<table")


@pytest.mark.filterwarnings("error::UserWarning")
def test_the_flow_is_drawn_the_same_every_time(flows, names):
    use_theme()
    drawn = [figure_svg(flow_figure(flows, "电动自行车充电", names)) for _ in range(2)]
    assert drawn[0] == drawn[1] and "区应急管理局" in drawn[0]
    counts = sorted(str(count) for count in flows.loc[flows["matter"] == "电动自行车充电", "n_tickets"])
    figure = flow_figure(flows, "电动自行车充电", names)
    assert sorted(text.get_text() for text in figure.axes[0].texts if text.get_text().isdigit()) == counts != []


def test_the_flows_title_names_the_strongest_arrow(flows, names):
    most = flows[flows["matter"] == "电动自行车充电"].sort_values("n_tickets").iloc[-1]
    title = flow_title(flows, "电动自行车充电", names)
    assert title.startswith("电动自行车充电转办最多的是") and title.endswith(f"（{most['n_tickets']}件）")
    assert flow_title(flows, "无此事项", names) == "无此事项没有转办"
