"""What is said to be out of a month's reach changes not one byte of its tables (S39)."""

import re
import shutil
from datetime import date

import pandas as pd
import pytest
import yaml
from openpyxl import load_workbook

from analysis.intake.callers import write_caller_secret
from analysis.policy.book import load_policy
from analysis.policy.reach import list_changed_rules
from analysis.run.month import build_steps, new_month
from analysis.run.steps import STEPS

from ...conftest import copy_root

PERIOD = "2023-01"
pytestmark = pytest.mark.slow


def entry_of(entries, id_):
    return next(entry for entry in entries if entry.get("id") == id_)


def follow(entries, old, first, last, **changes):
    """Put a later entry behind one that ends."""
    entries.append({**old, "from": first, **changes})
    old["to"] = last


def year_of(told, year):
    return next(entry for entry in told["years"] if entry["year"] == year)


OUT_OF_REACH = {
    "a unit of March": (
        "units",
        lambda told: told["units"].append({"id": "D99", "name": "区新设局", "group": "economy", "from": "2023-03"}),
    ),
    "a merger in May": (
        "units",
        lambda told: entry_of(told["units"], "D22").update({"to": "2023-05", "merged_into": "D21"}),
    ),
    "a unit that ends with the month": ("units", lambda told: entry_of(told["units"], "D23").update(to=PERIOD)),
    "weights from February": (
        "weights",
        lambda told: follow(
            told["base"],
            told["base"][0],
            "2023-02",
            PERIOD,
            weights=dict(zip(told["base"][0]["weights"], (25, 25, 30, 20), strict=True)),
        ),
    ),
    "another name from March": (
        "indicators",
        lambda told: follow(
            told["indicators"], entry_of(told["indicators"], "common-08"), "2023-03", "2023-02", name="新名称"
        ),
    ),
    "a matter of June": (
        "duties",
        lambda told: (
            told["matters"].append({**told["matters"][0], "id": "M-new", "name": "无人机扰民", "aliases": []})
            or told["matters"][-1].update({"from": "2023-06"})
        ),
    ),
    "another watch list from February": (
        "watch",
        lambda told: follow(told["rules"], told["rules"][0], "2023-02", PERIOD, clean_months=5),
    ),
    "a holiday in autumn": (
        "calendar",
        lambda told: year_of(told, 2023)["holidays"].extend([date(2023, 9, 11), date(2023, 11, 22)]),
    ),
    "the next years": (
        "calendar",
        lambda told: told["years"].extend(
            {"year": year, "status": "official", "document": "通知", "holidays": [date(year, 6, 4)]}
            for year in range(2024, 2029)
        ),
    ),
}
WITHIN_REACH = {
    "a unit of January": (
        "units",
        lambda told: told["units"].append({"id": "D99", "name": "区新设局", "group": "economy", "from": PERIOD}),
    ),
    "weights in place": (
        "weights",
        lambda told: told["base"][0].update(
            weights=dict(zip(told["base"][0]["weights"], (25, 25, 30, 20), strict=True))
        ),
    ),
    "a holiday in March": ("calendar", lambda told: year_of(told, 2023)["holidays"].append(date(2023, 3, 15))),
    "a shorter calendar": ("calendar", lambda told: told["years"].remove(year_of(told, 2023))),
}


def edit(root, *changes):
    for file, change in changes:
        path = root / "params" / f"{file}.yml"
        content = yaml.safe_load(path.read_text("utf-8"))
        change(content)
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return load_policy(root)


def deliver_what_looks_ahead(folder):
    """Add tickets and an item that name what comes later: a unit, a matter, days in autumn and in later years."""
    path = next(folder.glob("*工单*.parquet"))
    tickets = pd.read_parquet(path)
    new = tickets.iloc[[1] * 6].assign(办结日期=None, 延期至=None)
    new["工单编号"] = [f"GD2023019990{number}" for number in range(6)]
    new.iloc[0, new.columns.get_loc("承办单位")] = "区新设局"
    new.iloc[1, new.columns.get_loc("事项")] = "无人机扰民"
    for row, due, extended in ((2, date(2023, 9, 8), date(2023, 9, 29)), (3, date(2023, 11, 20), date(2023, 12, 29))):
        new.iloc[row, new.columns.get_loc("办理时限")], new.iloc[row, new.columns.get_loc("延期至")] = due, extended
    new.iloc[4, new.columns.get_loc("办理时限")] = date(2024, 6, 3)
    new.iloc[5, new.columns.get_loc("办理时限")] = date(2026, 3, 2)
    pd.concat([tickets, new]).to_parquet(path, index=False)
    path = next(folder.glob("整改*.xlsx"))
    book = load_workbook(path)
    sheet = book.active
    last = next(row for row in range(sheet.max_row, 0, -1) if str(sheet.cell(row, 2).value).startswith("ZG"))
    for column, value in ((2, "ZG202301999"), (7, date(2023, 12, 29)), (8, "整改中"), (9, None)):
        sheet.cell(last, column).value = value
    book.save(path)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """January, with deliveries that look ahead, under a calendar that ends with the year."""
    root = copy_root(tmp_path_factory.mktemp("reach"), [PERIOD])
    write_caller_secret(root, bytes(32))
    deliver_what_looks_ahead(root / "data" / "raw" / PERIOD)
    edit(root, ("calendar", lambda told: told.update(years=[y for y in told["years"] if y["year"] <= 2023])))
    return root


def build(root, folder):
    folder.mkdir()
    build_steps(new_month(root, load_policy(root), PERIOD), folder, STEPS)
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def built(root, tmp_path_factory):
    return build(root, tmp_path_factory.mktemp("built") / "tables")


def test_the_deliveries_look_ahead(built, root, tmp_path):
    (tmp_path / "tickets.parquet").write_bytes(built["tickets.parquet"])
    tickets = pd.read_parquet(tmp_path / "tickets.parquet")
    found = tickets[tickets["ticket_id"].str.startswith("GD2023019990")].set_index("ticket_id")
    assert "GD20230199900" not in found.index, "a unit that is not there yet is unknown"
    assert found.loc["GD20230199904", "due"] == "2024-06-03"
    assert "GD20230199905" not in found.index, "after the end of the next year"


def test_all_that_is_out_of_reach_together_changes_no_byte(root, built, tmp_path):
    other = shutil.copytree(root, tmp_path / "other")
    now = edit(other, *OUT_OF_REACH.values())
    assert list_changed_rules(load_policy(root), now, PERIOD) == []
    found = build(other, tmp_path / "tables")
    assert sorted(found) == sorted(built)
    assert [name for name in built if found[name] != built[name]] == []


@pytest.mark.parametrize("what", OUT_OF_REACH)
def test_each_is_out_of_the_month_and_reaches_a_later_one(root, tmp_path, what):
    other = shutil.copytree(root / "params", tmp_path / "params").parent
    then, now = load_policy(root), edit(other, OUT_OF_REACH[what])
    file = f"{OUT_OF_REACH[what][0]}.yml"
    assert list_changed_rules(then, now, PERIOD) == []
    assert list_changed_rules(then, now, "2023-12") == [file]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("district", "contacts: {pages: 电话0000-1111111, announcements: 公告栏}"),
        ("sheets", "no_finding: [未见异常]"),
    ],
)
def test_what_stands_on_pages_alone_is_no_rule(root, tmp_path, file, told):
    """Else a telephone number tells of every month before that its rules were others, and builds all of them anew."""
    other = shutil.copytree(root / "params", tmp_path / "params").parent
    path = other / "params" / f"{file}.yml"
    name = told.partition(":")[0]
    kept = re.sub(rf"^{name}:.*\n(  .*\n)*", "", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(f"{kept}{told}\n", encoding="utf-8")
    then, now = load_policy(root), load_policy(other)
    assert getattr(then, file) != getattr(now, file)
    assert [list_changed_rules(then, now, period) for period in (PERIOD, "2023-12")] == [[], []]


@pytest.mark.parametrize("what", WITHIN_REACH)
def test_what_a_month_reads_is_within_its_reach(root, tmp_path, what):
    other = shutil.copytree(root / "params", tmp_path / "params").parent
    file, _ = change = WITHIN_REACH[what]
    then = load_policy(root)
    assert f"{file}.yml" in list_changed_rules(then, edit(other, change), PERIOD)


def test_pages_say_the_names_of_their_month(root, tmp_path):
    other = shutil.copytree(root, tmp_path / "other")
    now, before = edit(other, OUT_OF_REACH["another name from March"]), load_policy(root).names["common-08"]
    assert (new_month(other, now, PERIOD).policy.names["common-08"], now.names["common-08"]) == (before, "新名称")


def test_deadlines_of_a_late_revision_reach_further(root, tmp_path):
    other = shutil.copytree(root / "params", tmp_path / "params").parent
    then, now = load_policy(root), edit(other, OUT_OF_REACH["a holiday in autumn"])
    assert list_changed_rules(then, now, PERIOD, date(2023, 2, 3)) == []
    assert list_changed_rules(then, now, PERIOD, date(2023, 9, 4)) == ["calendar.yml"]
