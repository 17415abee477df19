"""A month's public draws: told only where they hold, copied with their own check for the public."""

import json
import shutil

import pandas as pd
import pytest

from analysis.action.draw.files import publish
from analysis.action.draw.office import read_vacancies
from analysis.action.draw.result import DeclaredVacancy
from analysis.action.draw.verify import verify_draw
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.policy.tables import TABLES
from analysis.run.draws import copy_draws, make_draws
from analysis.run.month import describe, new_month

from ..conftest import copy_root

NAME = "2023-02-1"


@pytest.fixture
def month(tmp_path):
    root = copy_root(tmp_path, ["2023-02"])
    return new_month(root, load_policy(root), "2023-02")


def test_the_draw_of_the_month_becomes_a_table(month):
    rows = make_draws(month)["draw"]
    told = json.loads((month.root / "data/raw/draws/2023-02" / NAME / "result.json").read_bytes())
    drawn = rows.loc[rows["status"] == "drawn", "unit_id"]
    assert sorted(drawn) == sorted(place["unit_id"] for place in told["drawn"])
    assert set(rows["draw_id"]) == {NAME}


def test_a_month_without_draws_has_an_empty_table(month):
    shutil.rmtree(month.root / "data/raw/draws")
    assert make_draws(month)["draw"].empty


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_draw_is_held_against_the_watch_list_of_the_month_before(month, monkeypatch, tmp_path, is_listed):
    announced = json.loads((month.root / "data/raw/draws/2023-02" / NAME / "announcement.json").read_bytes())
    unit_id = announced["units"][0]["unit_id"]  # nobody is marked there
    listed = TABLES["watch_list"].empty().reindex([0]).assign(unit_id=unit_id).iloc[: int(is_listed)]
    read = month.table
    monkeypatch.setattr(type(month), "has", lambda self, period: period == "2023-01")
    monkeypatch.setattr(type(month), "table", lambda self, name, *past: listed if past else read(name))
    checks = make_draws(month)["draw_checks"]
    assert checks.to_dict("records") == is_listed * [
        {"period": "2023-02", "draw_id": NAME, "unit_id": unit_id, "is_listed": True, "is_announced": False}
    ]
    copy_draws(month, tmp_path / "draws")
    page = (tmp_path / "draws" / NAME / "draw.html").read_text("utf-8")
    assert ("公告漏列1个名录单位" in page) == is_listed


def test_the_first_month_has_no_list_to_hold_a_draw_against(month):
    assert make_draws(month)["draw_checks"].empty


def test_an_announced_draw_that_is_not_held_yet_brings_no_rows(month):
    for path in (month.root / "data/raw/draws/2023-02" / NAME).glob("result.*"):
        path.unlink()
    assert make_draws(month)["draw"].empty


@pytest.mark.parametrize("name", ["announcement.json", "result.json"])
def test_an_altered_draw_is_refused_by_name(month, name):
    path = month.root / "data/raw/draws/2023-02" / NAME / name
    path.write_bytes(path.read_bytes().replace(b'"D', b'"E', 1))
    with pytest.raises(DataError, match=f"data/raw/draws/2023-02/{NAME}/{name}"):
        make_draws(month)


def test_a_draw_under_other_rules_than_those_of_params_is_refused(month):
    path = month.root / "params/draw.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("rest_months: 3", "rest_months: 2"), encoding="utf-8")
    with pytest.raises(DataError, match="rules"):
        make_draws(new_month(month.root, load_policy(month.root), month.period))


def test_a_draw_of_another_month_is_refused(month):
    folder = month.root / "data/raw/draws"
    shutil.copytree(month.root / "data/raw/2023-02", month.root / "data/raw/2023-03")
    (folder / "2023-02").rename(folder / "2023-03")
    with pytest.raises(DataError, match="2023-02"):
        make_draws(new_month(month.root, month.book, "2023-03"))


def test_draws_are_inputs_of_the_month(month):
    before = describe(month, "published", "update")
    path = month.root / "data/raw/draws/2023-02" / NAME / "result.json"
    path.write_bytes(path.read_bytes() + b" ")
    assert not before.is_built_from(describe(month, "published", "update"))


def test_the_public_gets_the_draw_with_its_page_and_nothing_that_lies_beside_it(month, tmp_path):
    (month.root / "data/raw/draws/2023-02" / NAME / "notes.txt").write_text("internal", encoding="utf-8")
    assert copy_draws(month, tmp_path / "draws") == (NAME,)
    copied = tmp_path / "draws" / NAME
    assert {path.name for path in copied.iterdir()} == {
        *("announcement.json", "announcement.sha256", "draw.html", "result.json", "result.sha256")
    }
    assert verify_draw(copied) == []


def test_the_public_gets_declared_vacancies_too(month, tmp_path):
    folder = month.root / "data/raw/draws/2023-02" / NAME
    told = {"unit_id": "D01", "published_on": "2023-02-24", "reason": "停业", "document": "虚构〔2023〕1号"}
    rest = {"draw_id": NAME, "announcement_hash": "0" * 64, "round": 1, "sources": (), "reveal_by": "2023-03-03"}
    vacancy = DeclaredVacancy.model_validate(told | rest)
    publish(folder / "vacancy-1.json", vacancy)
    copy_draws(month, tmp_path / "draws")
    assert read_vacancies(tmp_path / "draws" / NAME) == [vacancy]
    with pytest.raises(DataError, match=r"vacancy-1\.json"):  # and one that does not hold stops the run
        make_draws(month)


def test_the_bulletin_and_the_public_page_tell_of_the_draw(district):
    pages = district / "reports/2023-02"
    drawn = pd.read_parquet(next((district / "data/processed/2023-02").glob("r*/draw.parquet")))
    names = load_policy(district).names
    bulletin = (pages / "bulletin.html").read_text(encoding="utf-8")
    assert all(names[unit] in bulletin for unit in drawn.loc[drawn["status"] == "drawn", "unit_id"])
    assert f"draws/{NAME}/draw.html" in (pages / "public/index.html").read_text(encoding="utf-8")
    assert verify_draw(pages / "public/draws" / NAME) == []
