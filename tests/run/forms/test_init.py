"""A new district has the source's rules and its own units, and nothing of the sample."""

import re

import pytest
import yaml
from openpyxl import Workbook
from typer.testing import CliRunner

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, PolicyError, UsageError
from analysis.report.words import PENDING
from analysis.run.commands.main import app
from analysis.run.forms.init import begin_district, read_units
from analysis.run.forms.start import write_forms

LIST = """2026年被评单位名单,,,,
序号,单位名称,单位类别,简称,窗口单位
1,区委办公室,党群,区委办,否
2,区财政局,经济,"财政局、区财局",是
3,青石镇,乡镇街道,,是
4,东门街道,乡镇街道,东门街道办事处,是
"""


@pytest.fixture
def units(tmp_path):
    path = tmp_path / "名单.csv"
    path.write_text(LIST, "gb18030")
    return path


@pytest.fixture
def begun(tmp_path, units):
    return begin_district(tmp_path / "区", units, name="青石区", start="2026-11")


def test_units_groups_and_aliases_are_those_of_the_list(tmp_path, begun):
    policy = load_policy(tmp_path / "区").at("2026-11")
    assert [(u.id, u.name, u.aliases, u.is_window, u.is_town) for u in policy.units] == [
        ("U01", "区委办公室", ("区委办",), False, False),
        ("U02", "区财政局", ("财政局", "区财局"), True, False),
        ("U03", "青石镇", (), True, True),
        ("U04", "东门街道", ("东门街道办事处",), True, True),
    ]
    assert [policy.names[u.group] for u in policy.units] == ["党群", "经济", "乡镇街道", "乡镇街道"]
    assert policy.district.name == "青石区" and policy.district.start == "2026-11"


def test_each_district_has_an_id_of_its_own(tmp_path, begun, units, whole_book):
    begin_district(tmp_path / "县", units, name="青石区", start="2026-11")
    ids = {load_policy(tmp_path / name).district.id for name in ("区", "县")}
    assert len(ids - {"", whole_book.district.id}) == 2


def test_nothing_of_the_sample_is_in_it(tmp_path, begun, whole_book):
    text = "\n".join(file.read_text("utf-8") for file in begun.files)
    assert not re.findall("澄|虚构|fictional|synthetic data", text)
    names = {unit.name for unit in whole_book.units.units} | {matter.name for matter in whole_book.duties.matters}
    assert not [name for name in names - {"区委办公室", "区财政局"} if f"name: {name}," in text]
    assert load_policy(tmp_path / "区").district.is_synthetic is False


def test_the_rules_of_the_source_are_those_of_the_project(tmp_path, begun, whole_book):
    own, project = load_policy(tmp_path / "区").at("2026-11"), whole_book.at("2026-10")
    assert own.grading.quotas == project.grading.quotas
    assert [i.id for i in own.indicators] == [i.id for i in project.indicators]
    assert set(map(tuple, own.channel_weights_by_unit.to_numpy().tolist())) == {(20.0, 30.0, 30.0, 20.0)}


def test_what_is_left_to_decide_is_told_with_its_line(begun):
    for file, line, text in begun.pending:
        path = next(path for path in begun.files if path.name == file)
        assert path.read_text("utf-8").splitlines()[line - 1].strip() == text and PENDING in text
    told = {file for file, _, _ in begun.pending}
    assert told == {"district.yml", "weights.yml", "tickets.yml", "duties.yml", "watch.yml", "consequences.yml"}


def test_its_forms_can_be_sent_out_at_once(tmp_path, begun):
    assert len(write_forms(tmp_path / "区", "2026-11")) == len(load_policy(tmp_path / "区").sheets.deliveries) + 3


def test_a_workbook_with_ids_and_without_groups_is_read(tmp_path):
    book = Workbook()
    for row in (["编号", "单 位"], ["A1", "甲局"], ["B2", "乙局"], [None, None]):
        book.active.append(row)
    book.save(tmp_path / "名单.xlsx")
    begin_district(tmp_path / "区", tmp_path / "名单.xlsx", start="2026-11")
    content = yaml.safe_load((tmp_path / "区/params/units.yml").read_text("utf-8"))
    assert [(u["id"], u["name"]) for u in content["units"]] == [("A1", "甲局"), ("B2", "乙局")]
    assert content["groups"] == [{"id": "group-1", "name": "全部单位"}]


@pytest.mark.parametrize(
    ("group", "is_town"),
    [
        ("镇街", True),
        ("乡镇、街道", True),
        ("镇（街道）", True),
        ("街道办事处", True),
        ("城镇建设", False),
        ("部门", False),
    ],
)
def test_towns_are_known_by_what_their_group_is_called(tmp_path, group, is_town):
    (tmp_path / "表.csv").write_text(f"单位名称,单位类别\n甲,{group}\n", "utf-8")
    begin_district(tmp_path / "区", tmp_path / "表.csv", start="2026-11")
    assert [unit.is_town for unit in load_policy(tmp_path / "区").units.units] == [is_town]


@pytest.mark.parametrize("below", ["合计,2", "2,合计", "注：名单以编办文件为准,", "填表人：张三,", ","])
def test_totals_and_notes_below_a_list_are_no_units(tmp_path, below):
    (tmp_path / "表.csv").write_text(f"序号,单位名称\n1,甲局\n2,乙局\n{below}\n", "utf-8")
    assert [unit.name for unit in read_units(tmp_path / "表.csv")] == ["甲局", "乙局"]


@pytest.mark.parametrize("text", ["姓名,电话\n甲,1\n", "单位名称,电话\n"])
def test_a_table_that_lists_no_units_is_refused(tmp_path, text):
    (tmp_path / "表.csv").write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"表\.csv: 0 sheets"):
        read_units(tmp_path / "表.csv")


def test_a_unit_listed_twice_is_refused_whatever_its_spaces(tmp_path):
    (tmp_path / "表.csv").write_text("单位名称\n甲局\n甲 局\n", "utf-8")
    with pytest.raises(DataError, match="甲 局 stands twice"):
        read_units(tmp_path / "表.csv")


def test_a_district_that_cannot_be_leaves_nothing_behind(tmp_path):
    (tmp_path / "表.csv").write_text("编号,单位名称\nA1,甲局\na1,乙局\n", "utf-8")
    with pytest.raises(PolicyError, match=r"units\.yml.*a1"):
        begin_district(tmp_path / "区", tmp_path / "表.csv", start="2026-11")
    assert not (tmp_path / "区" / "params").exists()


def test_rules_that_stand_already_are_never_overwritten(tmp_path, units, begun):
    with pytest.raises(UsageError, match="never overwritten"):
        begin_district(tmp_path / "区", units, start="2026-11")


def test_the_command_says_what_to_fill_in_and_what_comes_next(tmp_path, units):
    done = CliRunner().invoke(app, ["init", str(tmp_path / "区"), "--units", str(units), "--start", "2026-11"])
    assert done.exit_code == 0, done.output
    assert "4个单位" in done.output and "params/district.yml 第" in done.output
    assert f"analysis start 2026-11 --root {tmp_path / '区'}" in done.output.replace("\n", "")
