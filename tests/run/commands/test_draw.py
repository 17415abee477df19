"""A draw by the command line: announced, held, a vacancy declared before its numbers, filled, verified (S14, S48)."""

import json
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.action.draw.commitment import reveal_code
from analysis.action.draw.office import read_announcement
from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.words import day_name
from analysis.run.commands import draw as commands
from analysis.run.commands import main as cli
from analysis.run.store.manifest import Manifest
from analysis.run.store.revisions import Store, save_table

from ...conftest import copy_root

ROOT = Path(__file__).resolve().parents[3]
UNITS = "".join(f"  - {{unit_id: D{n:02d}, name: 虚构单位{n}, stratum: departments}}\n" for n in range(1, 13))
PEOPLE = "".join(f"  - {{inspector_id: P{n}, name: 检查员{n}}}\n" for n in range(1, 7))
INPUTS = f"""
draw_id: 2026-12-1
period: 2026-12
district: 澄川区
published_on: 2026-12-01
units:
{UNITS}inspectors:
{PEOPLE}public_draws:
  - {{name: 中国福利彩票双色球, issue: 2026140, date: 2026-12-06}}
  - {{name: 中国体育彩票超级大乐透, issue: 26140, date: 2026-12-05}}
later_draws:
  - {{name: 中国福利彩票双色球, issue: 2026143, date: 2026-12-13}}
"""
NUMBERS = "3 9 12 20 27 31 / 8 / 5 11 17 28 34 / 2 9"
LATER = "1 4 15 16 22 30 / 11"


@pytest.fixture
def call(capsys, monkeypatch):
    def run(name: str, *arguments, today: str = "2026-12-09") -> tuple[int, str]:
        class Clock(date):
            @classmethod
            def today(cls):
                return date.fromisoformat(today)

        monkeypatch.setattr(commands, "date", Clock)
        monkeypatch.setattr(sys, "argv", ["analysis", "draw", name, *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code or 0, printed.out + printed.err

    return run


@pytest.fixture
def held(call, tmp_path):
    """The public folder of a draw that was held on 2026-12-07, and a function that reads the office's codes."""
    (tmp_path / "inputs.yml").write_text(INPUTS, "utf-8")
    folder = tmp_path / "public"
    call("commit", tmp_path / "inputs.yml", folder, "--secret", tmp_path / "secret", "--root", ROOT)
    code = reveal_code(tmp_path / "secret", 0)
    told = call("draw", folder, "--numbers", NUMBERS, "--on", "2026-12-07", "--code", code, "--root", ROOT)
    assert told[0] == 0, told
    return folder, lambda round_: reveal_code(tmp_path / "secret", round_), told[1].split()[1]


def vacate(call, held, today: str) -> tuple[int, str]:
    paper = ("--reason", "机构撤并", "--document", "虚构〔2026〕1号", "--root", ROOT)
    return call("vacate", held[0], "--unit", held[2], *paper, today=today)


def test_a_vacancy_is_declared_today_and_filled_by_the_later_public_draw(call, held):
    folder, code, unit = held
    status, told = vacate(call, held, "2026-12-10")
    digest = (folder / "vacancy-1.sha256").read_text("utf-8").split()[0]
    assert status == 0 and digest in told
    assert "中国福利彩票双色球 2026143 of 2026-12-13 decides" in told and "by 2026-12-18" in told
    fill = ("replace", folder, "--numbers", LATER, "--code", code(1), "--root", ROOT)
    status, told = call(*fill, "--on", "2026-12-12")
    assert (status, "can be filled from 2026-12-13" in told) == (1, True)
    status, told = call(*fill, "--on", "2026-12-13")
    assert status == 0 and unit not in told
    known = ("--numbers", NUMBERS, "--numbers", LATER, "--published-hash", digest)
    assert call("verify", folder, *known, today="2027-01-01")[0] == 0
    assert call("verify", folder, "--published-hash", "0" * 64)[0] == 1


def test_a_vacancy_is_refused_on_a_day_on_which_the_numbers_may_be_known(call, held):
    status, told = vacate(call, held, "2026-12-11")
    assert (status, "numbers nobody can know" in " ".join(told.split())) == (1, True)
    assert not list(held[0].glob("vacancy-*"))


def test_a_withheld_reveal_is_a_violation_that_verify_tells_after_the_deadline(call, held):
    folder, _, _ = held
    by = day_name(read_announcement(folder).reveal_by)
    told = f"（公告前已封存，换一个就对不上；最迟{by}公布，逾期的改用上一个公开的码，并在本页公布为违规）"
    assert told in (folder / "draw.html").read_text("utf-8")
    vacate(call, held, "2026-12-10")
    assert call("verify", folder, today="2026-12-18")[0] == 0
    status, told = call("verify", folder, today="2026-12-19")
    assert (status, "replacement-1.json" in told, "a violation" in told) == (1, True, True)
    status, told = call("replace", folder, "--numbers", LATER, "--on", "2026-12-19", "--root", ROOT)
    assert (status, "violation: missing_reveal" in told) == (0, True)
    assert "编办未在期限内公布揭示码" in (folder / "draw.html").read_text("utf-8")
    assert call("verify", folder, today="2026-12-20")[0] == 0


@pytest.fixture
def announced(call, tmp_path):
    (tmp_path / "inputs.yml").write_text(INPUTS, "utf-8")
    folder, secret = tmp_path / "public", tmp_path / "secret"
    told = call("commit", tmp_path / "inputs.yml", folder, "--secret", secret, "--root", ROOT)[1]
    assert f"from 2026-12-06 to 2026-12-09: analysis draw reveal {folder} --secret {secret}" in told
    return folder, secret


def test_a_code_is_printed_once_its_numbers_are_known_and_holds_the_draw(call, announced):
    folder, secret = announced
    code, told = call("reveal", folder, "--secret", secret, today="2026-12-05")
    assert (code, "known from 2026-12-06" in told) == (2, True)
    code, told = call("reveal", folder, "--secret", secret, today="2026-12-06")
    assert (code, "publish this code by 2026-12-09" in told) == (0, True)
    found = told.split()[0]
    code, told = call("draw", folder, "--numbers", NUMBERS, "--on", "2026-12-07", "--code", found, "--root", ROOT)
    assert code == 0
    assert "虚构单位" in told and "检查员" in told and "D0" not in told and "departments" not in told  # names, not ids
    code, told = call("reveal", folder, "--secret", secret)
    assert (code, "no vacancy is open" in told) == (1, True)


def test_a_code_of_a_replacement_is_printed_once_its_numbers_are_known(call, held, tmp_path):
    folder, code_of, _ = held
    unit = json.loads((folder / "result.json").read_text("utf-8"))["drawn"][0]["unit_id"]
    more = ("--unit", unit, "--reason", "撤销", "--document", "某号", "--root", ROOT)
    assert call("vacate", folder, *more, today="2026-12-09")[0] == 0
    assert call("reveal", folder, "--secret", tmp_path / "secret", today="2026-12-12")[0] == 2
    code, told = call("reveal", folder, "--secret", tmp_path / "secret", today="2026-12-13")
    assert (code, told.split()[0]) == (0, code_of(1))


def test_an_announced_draw_is_not_said_to_agree_before_it_was_held(call, announced):
    code, told = call("verify", announced[0], today="2026-12-05")
    assert (code, "not held yet" in told, "the draw agrees" in told) == (0, True, False)


def test_the_pool_comes_from_units_watch_list_and_earlier_draws(call, tmp_path):
    root = copy_root(tmp_path / "root", ["2023-02"])  # its public draw is copied with it
    store = Store(root)
    book = load_policy(root)
    units = [unit for unit in book.at("2023-03").units if unit.is_window]
    indoors = next(unit for unit in book.at("2023-03").units if not unit.is_window)
    with store.lock("2023-02"):
        folder = store.stage("2023-02")
        rows = [watch_row(unit.id) for unit in (units[0], indoors)]
        save_table("watch_list", TABLES["watch_list"].check(pd.DataFrame(rows)), folder)
        store.publish(folder, manifest("2023-02"))
    code, told = call("pool", "2023-03", tmp_path / "pool.yml", "--root", root)
    assert (code, f"{len(units)} window units" in told, "watch list of 2023-02: 2 units" in told) == (0, True, True)
    content = yaml.safe_load((tmp_path / "pool.yml").read_text("utf-8"))
    assert [unit["unit_id"] for unit in content["units"]] == sorted(unit.id for unit in units)
    assert [unit["unit_id"] for unit in content["units"] if unit.get("is_watch")] == [units[0].id]
    drawn = [(visit["unit_id"], visit["period"]) for visit in content["history"]]
    (result,) = (root / "data/raw/draws/2023-02").glob("*/result.json")
    places = json.loads(result.read_text("utf-8"))["drawn"]
    assert drawn == [(place["unit_id"], "2023-02") for place in places]
    assert call("pool", "2023-03", tmp_path / "pool.yml", "--root", root)[0] == 2  # never overwritten
    code, told = call("commit", tmp_path / "pool.yml", tmp_path / "new", "--secret", tmp_path / "s", "--root", root)
    assert (code, "published_on" in told, "待定" in told) == (1, True, True)


def test_a_pool_without_a_watch_list_says_that_its_stratum_draws_nobody(call, tmp_path):
    root = copy_root(tmp_path / "root", [])
    told = call("pool", "2023-03", tmp_path / "pool.yml", "--root", root)[1]
    assert "no month: none has tables" in told and "draws nobody" in told


def test_duties_are_pooled_drawn_and_rest_in_the_next_pool(call, tmp_path):
    root = copy_root(tmp_path / "root", [])
    rules = root / "params/draw.yml"
    rules.write_text(rules.read_text("utf-8").replace("# duties_per_visit: 2", "duties_per_visit: 2"), "utf-8")
    told = call("pool", "2023-03", tmp_path / "pool.yml", "--root", root)[1]
    content = yaml.safe_load((tmp_path / "pool.yml").read_text("utf-8"))
    policy = load_policy(root).at("2023-03")
    pooled = {unit["unit_id"] for unit in content["units"]}
    expected = {m.id: sorted(set(policy.units_of(m)) & pooled) for m in policy.matters}
    assert {d["duty_id"]: d["unit_ids"] for d in content["duties"]} == {
        id_: own for id_, own in expected.items() if own
    }
    assert f"{len(content['duties'])} duties in the pool" in told
    busiest = max(sorted(pooled), key=lambda unit: sum(unit in own for own in expected.values()))
    next(unit for unit in content["units"] if unit["unit_id"] == busiest)["is_must"] = True
    content |= {
        "published_on": date(2023, 3, 1),
        "inspectors": [{"inspector_id": f"P{n}", "name": "某"} for n in range(1, 9)],
    }
    content["public_draws"] = [
        draw | {"issue": "2023030", "date": date(2023, 3, 12)} for draw in content["public_draws"]
    ]
    content["later_draws"] = [content["public_draws"][0] | {"issue": "2023033", "date": date(2023, 3, 19)}]
    (tmp_path / "pool.yml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    folder, secret = root / "data/raw/draws/2023-03/2023-03-1", tmp_path / "s"
    assert call("commit", tmp_path / "pool.yml", folder, "--secret", secret, "--root", root)[0] == 0
    code = reveal_code(secret, 0)
    code, told = call("draw", folder, "--numbers", NUMBERS, "--on", "2023-03-13", "--code", code, "--root", root)
    drawn = {
        (p["unit_id"], d)
        for p in json.loads((folder / "result.json").read_text("utf-8"))["drawn"]
        for d in p.get("duties", ())
    }
    names = {matter.id: matter.name for matter in policy.matters}
    assert code == 0 and drawn and all(names[duty] in told for _, duty in drawn)
    assert call("verify", folder)[0] == 0
    call("pool", "2023-04", tmp_path / "next.yml", "--root", root)
    later = yaml.safe_load((tmp_path / "next.yml").read_text("utf-8"))["duties"]
    left = {(unit, duty["duty_id"]) for duty in later for unit in duty["unit_ids"]}
    assert {duty for unit, duty in drawn if unit == busiest} and not {
        pair for pair in drawn if pair[0] == busiest
    } & left


def test_a_completed_pool_is_announced_as_it_is(call, tmp_path):
    root = copy_root(tmp_path / "root", [])
    call("pool", "2023-03", tmp_path / "pool.yml", "--root", root)
    content = yaml.safe_load((tmp_path / "pool.yml").read_text("utf-8"))
    content["published_on"] = date(2023, 3, 1)
    content["inspectors"] = [{"inspector_id": f"P{n}", "name": f"检查员{n}"} for n in range(1, 9)]
    for draw in (*content["public_draws"],):
        draw |= {"issue": "2023030", "date": date(2023, 3, 12)}
    content["later_draws"] = [content["public_draws"][0] | {"issue": "2023033", "date": date(2023, 3, 19)}]
    (tmp_path / "pool.yml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    folder = tmp_path / "new"
    code, told = call("commit", tmp_path / "pool.yml", folder, "--secret", tmp_path / "s", "--root", root)
    assert (code, "announcement.json" in told) == (0, True), told


def watch_row(unit_id: str) -> dict:
    text = {"period": "2023-02", "unit_id": unit_id, "reason": "satisfaction", "rule": "R9", "since": "2023-01"}
    told = {"is_met": True, "last_met": "2023-02", "n_clean_months": 0, "value": 70.0, "threshold": 85.0, "n_cases": 40}
    return text | told | {"low_pct": 60.0, "high_pct": 80.0, "p_value": 0.001, "first_period": "2023-01"}


def manifest(period: str) -> Manifest:
    empty = {"inputs": {}, "params": {}, "outputs": {}, "packages": {}, "history": "", "version": "0", "code": "c"}
    told = {"stage": "tables", "state": "draft", "reason": "history", "as_of": f"{period}-28"}
    return Manifest(period=period, revision="", **empty | told)
