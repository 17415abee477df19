"""A year in an office's hands: fourteen months through the command line, with what goes wrong in one.

Small here, with six units; `make year` has sixty, pages for every month, and workbooks that LibreOffice saved.
"""

import os
import re
import shutil
import sys
import time
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from openpyxl import Workbook, load_workbook

from analysis.policy.book import load_policy
from analysis.run.commands import main as cli
from analysis.run.store.finality import read_finality
from analysis.run.store.revisions import Store

from .office import Office, months

pytestmark = pytest.mark.slow

IS_WHOLE = os.environ.get("YEAR") == "whole"
N_UNITS = 60 if IS_WHOLE else 6
FIRST, LAST = "2025-12", "2027-01"
SIGNED = ("--reason", "经核实", "--who", "张三", "--document", "某编办〔2026〕1号", "--date", "2026-01-05")


class Operator:
    """The person at the command line: types a command, reads what it says."""

    def __init__(self, root: Path):
        self.root = root
        self.n_commands = 0

    def type(self, capsys, monkeypatch, *words: str, exit_code: int = 0) -> str:
        """Return what a command says, after looking at how it ended."""
        monkeypatch.setattr(sys, "argv", ["analysis", *words, "--root", str(self.root)])
        self.n_commands += 1
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        said = printed.out + printed.err
        assert (end.value.code or 0) == exit_code, said
        assert "Traceback" not in said
        return said


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Change a file of `params/` as a person does with an editor."""
    text = path.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, (path.name, old)
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def decide(root: Path) -> None:
    """Fill in what `analysis init` lists as left to decide, and let so few units have two bottom places."""
    for path in (root / "params").glob("*.yml"):
        text = path.read_text("utf-8").replace("待定", "某编发〔2025〕30号")
        text = re.sub(r"bottom_places: 5", "bottom_places: 2", text)
        path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def monkeymodule():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def write_units(path: Path) -> None:
    book = Workbook()
    book.active.append(["单位名称", "单位类别", "简称", "窗口单位"])
    for number in range(1, N_UNITS + 1):
        book.active.append([f"区第{number:02d}局", "区直部门", f"{number:02d}局", "是"])
    book.save(path)


def test_a_year_from_init_to_the_next(tmp_path, capsys, monkeypatch):
    began = time.monotonic()
    root = tmp_path / "district"
    operator = Operator(root)

    def do(*words: str, exit_code: int = 0) -> str:
        return operator.type(capsys, monkeypatch, *words, exit_code=exit_code)

    if IS_WHOLE and shutil.which("soffice") is None:
        pytest.skip("no LibreOffice on this machine (Debian: apt-get install libreoffice-calc)")
    office = Office(root, weak={"U05": 42.0, "U04": 40.0}, through_libreoffice=IS_WHOLE)

    # --- begin ---
    write_units(tmp_path / "units.xlsx")
    monkeypatch.setattr(
        sys,
        "argv",
        ["analysis", "init", str(root), "--units", str(tmp_path / "units.xlsx"), "--start", FIRST, "--name", "某区"],
    )
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert (end.value.code or 0) == 0 and "待定" in capsys.readouterr().out
    decide(root)

    # --- a month with a missing office and a misspelt unit ---
    do("start", FIRST)
    raw = office.deliver(FIRST, without=["ledger"], names={"区第03局": "区第O3局"})
    said = do("check", FIRST, exit_code=1)
    assert "区政府督查室" in said and "区第O3局" in said
    office.deliver(FIRST, names={"区第03局": "区第O3局"})
    said = do("check", FIRST, exit_code=1)
    assert "区政府督查室" not in said and "区第O3局" in said
    office.deliver(FIRST)
    do("check", FIRST)
    said = do("run", FIRST)
    assert f"{FIRST}: r0001" in said
    page = (root / "reports" / FIRST / "bulletin.html").read_text("utf-8")
    assert "2026年1月6日发布 · 异议期至2026年1月13日" in page
    minutes, n_commands = (time.monotonic() - began) / 60, operator.n_commands + 1
    with capsys.disabled():
        print(f"\nfrom init to the first bulletin: {N_UNITS} units, {n_commands} commands, {minutes:.1f} minutes")

    # --- a correction after publication, by an objection that is upheld ---
    file = next(raw.glob("日常监管评分表(职责履行)*.xlsx"))
    row = next(r for r in load_workbook(file).active.iter_rows() if any(c.value == "区第02局" for c in r))
    do("correct", FIRST, file.name, row[3].coordinate, "99.5", *SIGNED)
    do("run", FIRST, "--reason", "correction", exit_code=2)
    said = do("run", FIRST, "--reason", "correction", "--published", "2026-01-20")
    assert f"{FIRST}: r0002" in said
    periods = Store(root).load("objection_periods", FIRST).set_index("unit_id")
    assert periods.loc["U02", ["revision", "until"]].tolist() == ["r0002", "2026-01-27"]
    assert periods.loc["U06", ["revision", "until"]].tolist() == ["r0001", "2026-01-13"]
    said = do("run", FIRST, "--published", "2026-01-20")
    assert f"{FIRST}: r0002 stands, nothing changed since" in said

    # --- the months of a year, each change of the rules from its month on ---
    changes = {
        "2026-04": replace_an_indicator,
        "2026-06": merge("U06", "U05", "2026-05"),
        "2026-07": change_weights,
        "2026-08": begin_unit,
    }
    for period in months("2026-01", 12):
        if change := changes.get(period):
            change(root)
        do("start", period)
        office.deliver(period)
        if period in changes:
            do("check", period)
        do("run", period, *([] if IS_WHOLE else ["--tables-only"]))
    store = Store(root)
    assert all(store.revisions(period) == ["r0001"] for period in months("2026-01", 12)), "no change reached back"
    assert_replaced(root, store)
    assert store.load("unit_scores", "2026-06")["unit_id"].eq("U06").sum() == 0

    # --- a back-up put elsewhere, a move, an upgrade of the project ---
    copy = tmp_path / "back-up"  # taken before the upgrade: `verify` tells what was changed, not that the code was
    for part in ("data", "params"):
        shutil.copytree(root / part, copy / part)
    assert_whole(Operator(copy).type(capsys, monkeypatch, "verify", "--all", "--hashes-only"))
    take_into_use(copy, lambda *words, **more: Operator(copy).type(capsys, monkeypatch, *words, **more))
    root = root.rename(tmp_path / "moved")
    operator.root = office.root = root
    assert_whole(do("verify", "--all", "--hashes-only"))
    upgrade(monkeypatch)
    edit(root / "params" / "units.yml", ("id: U04, ", "id: U04, to: 2026-12, merged_into: U03, "))
    do("start", LAST)
    office.deliver(LAST)
    said = do("run", LAST, "--tables-only")
    if not IS_WHOLE:
        assert "the code changed" in said and "2026-01 … 2026-12" in said

    # --- the year becomes final ---
    said = do("finalise", "2026", "--as-of", "2027-01-10", exit_code=1)
    assert "open to objections until 2027-01-13" in said
    object_to(root, "未处理")
    assert "not settled: Y1" in do("finalise", "2026", "--as-of", "2027-01-14", exit_code=1)
    object_to(root, "不成立")
    final = ("finalise", "2026", "--as-of", "2027-01-14", "--tables-only")
    if IS_WHOLE:  # December stands as it was published, by the code before the upgrade
        assert "changed since this draft: the code" in do(*final, exit_code=1)
        final += ("--despite-changes",)
    said = do(*final)
    assert "is final on 2027-01-14" in said and "too few months" in said
    (settled,) = read_finality(Store(root).current("2026-12")).objections
    assert (settled.id, settled.unit, settled.outcome) == ("Y1", "区第02局", "rejected")
    assert_final(Store(root))
    assert "stands, nothing changed since" in do("finalise", "2026", "--as-of", "2027-01-14")
    assert_whole(do("verify", "--all", "--hashes-only"))
    minutes, n_months = (time.monotonic() - began) / 60, len(Store(root).months())
    with capsys.disabled():
        print(f"{n_months} months, {operator.n_commands + 1} commands, {minutes:.1f} minutes")


def take_into_use(copy: Path, do) -> None:
    """A back-up that lacks a month takes the district's place: that is said, and no number is given twice (S45)."""
    shutil.rmtree(copy / "data" / "processed" / "2026-11")
    for command in (("verify", "--all", "--hashes-only"), ("run", "2026-12", "--tables-only")):
        assert "2026-11/r0001: published and gone" in do(*command, exit_code=1).replace("\n", "")
    do("restore")
    do("site")
    said = do("verify", "--all", "--hashes-only")
    assert_whole(said)
    assert "lost when a back-up was taken into use: 2026-11 r0001" in said
    do("run", "2026-11", "--tables-only")
    assert Store(copy).revisions("2026-11") == ["r0002"]
    assert_whole(do("verify", "--all", "--hashes-only"))


def object_to(root: Path, outcome: str) -> None:
    """Enter an objection to the year into the sheet that December brought, as an office types it."""
    form = next((root / "forms" / "2026-12").glob("异议登记表*.xlsx"))
    folder = root / "data" / "raw" / "objections"
    folder.mkdir(exist_ok=True)
    book = load_workbook(form)
    sheet = book["异议"]
    told = {"编号": "Y1", "单位": "区第02局", "月份": "2026年12月", "指标": "领导审阅", "异议内容": "应审阅件数少计2件"}
    told |= {"提出日期": date(2027, 1, 8), "处理结果": outcome}
    if outcome != "未处理":
        told |= {"处理日期": date(2027, 1, 12), "理由": "系统记录与报送一致", "文号": "某编办〔2027〕2号"}
    places = {cell.value: cell.column for cell in sheet[3]}
    for heading, value in told.items():
        sheet.cell(4, places[heading]).value = value
    book.save(folder / form.name)


def replace_an_indicator(root: Path) -> None:
    """规范属地管理 ends in March; 属地事项办理 comes in its place, sent by the same office."""
    path = root / "params" / "indicators.yml"
    text = path.read_text("utf-8")
    entry = re.search(r"(?ms)^  - \{id: related-03,.*?\}$", text)[0]
    old = entry.replace(f"from: {FIRST},", f"from: {FIRST}, to: 2026-03,")
    new = entry.replace("related-03", "related-07").replace("规范属地管理", "属地事项办理", 1)
    new = new.replace(f"from: {FIRST},", "from: 2026-04,")
    path.write_text(text.replace(entry, f"{old}\n{new}"), "utf-8")
    edit(root / "params" / "sheets.yml", ("[common-11, related-03]", "[common-11, related-03, related-07]"))


def assert_replaced(root: Path, store: Store) -> None:
    forms = {period: next((root / "forms" / period).glob("*属地*.xlsx")) for period in ("2026-03", "2026-04")}
    heads = {
        period: {cell.value for row in load_workbook(form).active.iter_rows(max_row=4) for cell in row}
        for period, form in forms.items()
    }
    assert "规范属地管理" in heads["2026-03"] and "属地事项办理" not in heads["2026-03"]
    assert "规范属地管理" not in heads["2026-04"] and "属地事项办理" in heads["2026-04"]
    scored = {p: set(store.load("indicator_scores", p).query("scope == 'month'")["indicator_id"]) for p in forms}
    assert scored["2026-03"] - scored["2026-04"] == {"related-03"}
    assert scored["2026-04"] - scored["2026-03"] == {"related-07"}
    year = store.load("indicator_scores", "2026-12").query("scope == 'ytd' and unit_id == 'U01'")
    assert {"related-03", "related-07"} <= set(year["indicator_id"])


def merge(old: str, new: str, last: str):
    return lambda root: edit(
        root / "params" / "units.yml", (f"id: {old}, ", f"id: {old}, to: {last}, merged_into: {new}, ")
    )


def change_weights(root: Path) -> None:
    path = root / "params" / "weights.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    (old,) = content["base"]
    weights = {**old["weights"], "daily": 25, "random": 15}
    content["base"] = [old | {"to": "2026-06"}, old | {"from": "2026-07", "weights": weights}]
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def begin_unit(root: Path) -> None:
    path = root / "params" / "units.yml"
    text = path.read_text("utf-8").rstrip("\n")
    path.write_text(f"{text}\n  - {{id: U99, name: 区新设局, group: group-1, from: 2026-08}}\n", "utf-8")


def upgrade(monkeypatch) -> None:
    """Let the project's code be another."""
    monkeypatch.setattr("analysis.run.month.hash_code", lambda stage: "f" * 64)


def assert_whole(said: str) -> None:
    assert not re.search("changed since|missing|gone|not the ", said), said


def assert_final(store: Store) -> None:
    rows = store.load("year_standing", "2026-12").set_index("unit_id")
    assert (rows.loc["U99", "n_months"], rows.loc["U99", "is_counted"], rows.loc["U99", "tier"]) == (5, False, "")
    listed = set(rows.index[rows["is_interview"]])
    assert {"U04", "U05"} <= listed and "U99" not in listed
    found = store.load("consequences", "2026-12").query("basis == 'annual'")
    told = {(row.unit_id, row.kind): row for row in found.itertuples()}
    assert ("U05", "interview") in told and told["U05", "interview"].since == "2027-01-14"
    assert ("U04", "interview") not in told, "it merged before the year became final"
    assert told["U03", "told"].inherited_from == "U04"
    states = store.load("annual_states", "2026-12").query("year == 2026").set_index("unit_id")
    assert states.loc["U99", ["state", "reason"]].tolist() == ["unassessed", "short_year"]
    assert pd.notna(states.loc["U05", "rank"]) and states.loc["U05", "state"] == "listed"
    totals = store.load("unit_scores", "2026-12").query("scope == 'ytd'").set_index("unit_id")["total"]
    assert totals.equals(rows["total"].reindex(totals.index))


def test_the_weights_of_july_leave_june_alone(tmp_path):
    """What `change_weights` writes is read as two entries, so that the year above tests a change of the rules."""
    write_units(tmp_path / "units.xlsx")
    from analysis.run.forms.init import begin_district

    begin_district(tmp_path / "d", tmp_path / "units.xlsx", start=FIRST)
    change_weights(tmp_path / "d")
    book = load_policy(tmp_path / "d")
    weights = [book.at(period).channel_weights_by_unit.loc["U01", "daily"] for period in ("2026-06", "2026-07")]
    assert weights == [20.0, 25.0]
