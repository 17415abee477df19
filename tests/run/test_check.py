"""Check is the gate: a judgement that does not start from the unit's tier is refused in the run's words (S3)."""

import re
import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.run.check import check_month
from analysis.run.commands.main import app
from analysis.run.month import new_month
from analysis.run.store.history import build_month
from analysis.sample.write import write_sample

PROJECT = Path(__file__).resolve().parents[2]
PERIOD = "2026-10"
SIGNED = ["--reason", "经核实", "--who", "张三", "--document", "〔2026〕9号", "--date", "2026-11-02"]


@pytest.fixture
def root(tmp_path):
    """A root whose first month is the sample's last."""
    write_sample(tmp_path, first=PERIOD, last=PERIOD)
    shutil.rmtree(tmp_path / "params", ignore_errors=True)
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    district = tmp_path / "params" / "district.yml"
    district.write_text(re.sub(r"(?m)^start: .*$", f"start: {PERIOD}", district.read_text("utf-8")), "utf-8")
    return tmp_path


def judge(root: Path, from_tier: str, to_tier: str, unit: str = "区财政局") -> None:
    folder = root / "data" / "raw" / PERIOD
    next(folder.glob("*加减分*")).unlink()
    book = Workbook()
    book.active.append(["单位名称", "类型", "分值", "原等次", "调整后等次", "事由", "文号", "日期"])
    book.active.append([unit, "定性调整", None, from_tier, to_tier, "某事", "〔2026〕2号", f"{PERIOD}-13"])
    book.save(folder / "加减分登记表.xlsx")


def test_check_refuses_a_judgement_from_the_wrong_tier_in_the_words_of_the_run(root):
    judge(root, "优秀", "良好")
    book = load_policy(root)
    clean, refused = check_month(new_month(root, book, PERIOD))
    assert not clean.is_blocked and "〔2026〕2号" in refused
    with pytest.raises(DataError, match=re.escape(refused)):
        build_month(new_month(root, book, PERIOD))


def test_check_passes_a_judgement_that_fits(root):
    month = new_month(root, load_policy(root), PERIOD)
    scores = month.table("unit_scores")
    good = scores[(scores["scope"] == "month") & (scores["tier_by_score"] == "good")]["unit_id"].iloc[0]
    judge(root, "良好", "达标", good)
    _, refused = check_month(new_month(root, load_policy(root), PERIOD))
    assert refused == ""


def test_accept_and_correct_write_what_they_are_told_and_nothing_that_does_not_fit(root):
    folder = root / "data" / "raw" / PERIOD
    next(folder.glob("工单*")).unlink()
    run = CliRunner().invoke

    done = run(app, ["accept", PERIOD, "--root", str(root), "--delivery", "tickets", *SIGNED])
    assert (done.exit_code, "尚有0处" in done.output) == (0, True)
    before = (folder / "corrections.yml").read_text("utf-8")

    lost = run(app, ["accept", PERIOD, "--root", str(root), "--unit", "区财局", "--indicator", "领导审阅", *SIGNED])
    assert isinstance(lost.exception, DataError) and "区财政局" in str(lost.exception)
    assert (folder / "corrections.yml").read_text("utf-8") == before

    file = next(folder.glob("*整改任务台账*")).name
    asked = run(
        app,
        ["correct", PERIOD, file, "B5", "区财政局", "--root", str(root)],
        input="经核实\n张三\n〔2026〕9号\n2026-11-02\n",
    )
    assert asked.exit_code == 0, asked.output
    assert "理由" in asked.output
    assert 'value: "区财政局"' in (folder / "corrections.yml").read_text("utf-8")


def test_a_wrong_register_stops_no_look_at_the_deliveries(root):
    from openpyxl import load_workbook

    from analysis.intake.register import REGISTER
    from analysis.run.forms.start import write_forms

    form = next(path for path in write_forms(root, PERIOD) if REGISTER in path.name)
    book = load_workbook(form)
    book["更正"].cell(4, 1).value = "评分表.xlsx"
    month = new_month(root, load_policy(root), PERIOD)
    book.save(month.raw_folder / form.name)
    clean, refused = check_month(month)
    assert "更正 C4 单元格" in refused and f"What {form.name} settles" in refused
    assert len(clean.tables["measurements"])
