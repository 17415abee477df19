"""`analysis status`: each month's state, what is out of date, lost or damaged, and what to do next; nothing is made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.policy.tables import TABLES
from analysis.report.status import MonthStatus, Status, describe_status, status_body
from analysis.run.month import describe, new_month
from analysis.run.site import write_site
from analysis.run.status import look_around, write_status
from analysis.run.steps.intake import take_in
from analysis.run.store.finality import Finality, write_finality
from analysis.run.store.history import build_tables
from analysis.run.store.revisions import Store, save_table
from analysis.run.store.verify import check_published

from ..conftest import copy_root
from .commands.test_main import call
from .test_site import unit_scores

MONTHS = ("2023-01", "2023-02", "2023-03")
KEY = "ab" * 32 + "\n"


def test_a_page_of_the_status_before_the_first_month_stops_no_first_month(tmp_path):
    root = copy_root(tmp_path, ["2023-01"])
    write_status(root, look_around(root))
    assert Store(root).chain.entries
    assert build_tables(new_month(root, load_policy(root), "2023-01"), ["2023-01"])


def publish(root: Path, period: str, word: str = "", stage: str = "published") -> Path:
    """Publish a revision that was made from what lies there, with one table and one page of a word."""
    month = new_month(root, load_policy(root), period)
    with month.store.lock(period):
        staging = month.store.stage(period)
        scores = unit_scores(period)
        save_table("unit_scores", scores.assign(total=scores["total"] + len(word)), staging)
        for name in ("tickets", "reconciliation", "measurements"):
            save_table(name, TABLES[name].empty(), staging)
        if stage == "published":
            (staging / "pages").mkdir()
            (staging / "pages" / "bulletin.html").write_text(f"<title>{period} {word}</title>")
        folder = month.store.publish(staging, describe(month, stage, "update"))
    if stage == "published":
        shutil.copytree(folder / "pages", root / "reports" / period, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """A district that published its first three months, with pages from the second one on."""
    root = copy_root(tmp_path_factory.mktemp("published") / "district", list(MONTHS))
    (root / "data" / "caller.key").write_text(KEY)
    for period in MONTHS:
        publish(root, period, stage="tables" if period == MONTHS[0] else "published")
    write_site(root)
    return root


@pytest.fixture
def root(published, tmp_path) -> Path:
    """A copy of it, free to change."""
    return shutil.copytree(published, tmp_path / "district")


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != ".lock"}


def states(root: Path) -> dict[str, str]:
    return {month.period: month.state for month in look_around(root).months}


def test_a_sound_district_is_told_month_by_month_and_nothing_is_written(root, capsys, monkeypatch):
    before = contents(root)
    code, said = call(capsys, monkeypatch, "status", "--root", root)
    assert code == 0
    assert "2023年1月：只有历史数据表，未发布" in said
    assert "2023年3月：征求意见稿，第1版，数据截至2023年3月31日，异议期至2023年4月13日" in said
    assert "须重新发布" not in said and "遗失" not in said
    assert "准备2023年4月的空白表样：analysis start 2023-04" in said
    assert contents(root) == before


def test_a_month_that_is_collected_says_who_has_not_sent_and_since_when(root):
    raw = root / "data" / "raw" / "2023-04"
    shutil.copytree(root / "data" / "raw" / "2023-03", raw)
    next(path for path in raw.iterdir() if "履职考评系统" in path.name).unlink()
    found = look_around(root)
    assert found.months[-1].state == "collecting"
    assert "区大数据局" in found.months[-1].waiting_for
    assert "未报齐：区大数据局" in found.months[-1].told and "（应于2023年5月4日前报送）" in found.months[-1].told
    assert found.command == "analysis check 2023-04"


def test_a_month_that_lacks_nothing_is_ready(root):
    for folder in (root / "data" / "processed", root / "reports"):
        shutil.rmtree(folder)
    for period in MONTHS[1:]:
        shutil.rmtree(root / "data" / "raw" / period)
    found = look_around(root)
    assert [month.state for month in found.months] == ["ready"]
    assert found.command == "analysis run 2023-01"


def test_months_without_a_delivery_and_those_that_wait_behind_a_later_one_are_told(root):
    shutil.copytree(root / "data" / "raw" / "2023-03", root / "data" / "raw" / "2023-05")
    shutil.copytree(root / "data" / "raw" / "2023-03", root / "data" / "raw" / "2023-07")
    told = states(root)
    assert [told[f"2023-0{n}"] for n in (4, 5, 6)] == ["empty", "delivered", "empty"]
    assert told["2023-07"] in ("collecting", "unread")


def test_the_forms_that_were_written_are_waited_for(root):
    (root / "forms" / "2023-04").mkdir(parents=True)
    (root / "forms" / "2023-04" / "报送清单.xlsx").touch()
    assert look_around(root).command == "analysis check 2023-04"


def test_a_new_district_begins_with_the_forms_of_its_first_month(tmp_path):
    root = copy_root(tmp_path, [])
    found = look_around(root)
    assert (found.months, found.command) == ((), "analysis start 2023-01")


def test_a_draft_of_december_waits_to_become_final_and_a_final_one_does_not(tmp_path):
    root = copy_root(tmp_path, ["2023-12"])
    rules = root / "params" / "district.yml"
    rules.write_text(rules.read_text("utf-8").replace("start: 2023-01", "start: 2023-12"), "utf-8")
    publish(root, "2023-12")
    found = look_around(root)
    assert (found.command, "异议期满（2024年1月11日后）" in found.why) == ("analysis finalise 2023", True)
    month = new_month(root, load_policy(root), "2023-12")
    with month.store.lock("2023-12"):
        staging = month.store.stage("2023-12")
        days = dict.fromkeys(("final_on", "draft_as_of", "objections_until"), "2024-01-09")
        write_finality(Finality(year=2023, draft="r0001", **days), staging)
        month.store.publish(staging, describe(month, "tables", "final").model_copy(update={"state": "final"}))
    assert states(root) == {"2023-12": "final"}
    assert look_around(root).command == "analysis start 2024-01"


# --- what is lost: each is told with what to do, stops the next run, and nothing is replaced in silence


def lose_a_revision(root):
    publish(root, "2023-03", "again")
    shutil.rmtree(root / "data" / "processed" / "2023-03" / "r0002")
    return "2023-03/r0002: published and gone"


def lose_a_month(root):
    shutil.rmtree(root / "data" / "processed" / "2023-02")
    return "2023-02/r0001: published and gone"


def lose_the_chain(root):
    (root / "data" / "processed" / "chain.jsonl").unlink()
    return "chain.jsonl: missing"


def lose_a_manifest(root):
    (root / "data" / "processed" / "2023-03" / "r0001" / "manifest.json").unlink()
    return "manifest.json: missing"


@pytest.mark.parametrize(
    "lose", [lose_a_revision, lose_a_month, lose_the_chain, lose_a_manifest], ids=lambda f: f.__name__
)
def test_what_is_lost_is_told_with_what_to_do_and_nothing_is_built_over_it(root, lose, capsys, monkeypatch):
    told = lose(root)
    before = contents(root)
    code, said = call(capsys, monkeypatch, "status", "--root", root)
    assert code == 1
    assert "遗失、损坏或被改动" in said and told in said and "back-up" in said and "analysis restore" in said
    assert "analysis verify --all --hashes-only" in said
    for command in (("site",), ("run", "2023-03", "--tables-only"), ("run", "2023-02", "--tables-only")):
        code, said = call(capsys, monkeypatch, *command, "--root", root)
        assert code == 1 and told.split(":")[0] in said.replace("\n", "")
    assert contents(root) == before


def test_a_lost_month_is_a_state_of_its_own(root):
    lose_a_month(root)
    assert states(root)["2023-02"] == "lost"


def test_a_lost_month_is_never_built_under_its_old_number(root):
    lose_a_month(root)
    with pytest.raises(DataError, match="published and gone"):
        publish(root, "2023-02")
    Store(root).restore()  # the office says that it is gone for good
    assert publish(root, "2023-02").name == "r0002"


def test_older_pages_that_came_back_are_told(root):
    publish(root, "2023-03", "again")
    old = root / "data" / "processed" / "2023-03" / "r0001" / "pages" / "bulletin.html"
    write_site(root, "2023-03")
    shutil.copy(old, root / "reports" / "2023-03" / "bulletin.html")
    found = look_around(root)
    assert any("reports/2023-03/bulletin.html: not the page of r0002" in line for line in found.damage)
    assert found.command == "analysis site"


KEYS = {"lost": None, "empty": "", "another": "cd" * 32 + "\n"}


@pytest.mark.parametrize("case", KEYS)
def test_a_key_of_callers_that_is_not_the_districts_is_told(root, case):
    path = root / "data" / "caller.key"
    path.unlink() if KEYS[case] is None else path.write_text(KEYS[case])
    found = look_around(root)
    assert any("caller.key" in line and "put " in line for line in found.damage)
    assert path.exists() is (KEYS[case] is not None)


@pytest.mark.parametrize("also", [(), ("2023-01", "2023-02", "2023-03")], ids=["the key", "key and months"])
def test_a_lost_key_is_never_made_anew_in_silence_not_even_for_a_look(root, also):
    (root / "data" / "caller.key").unlink()
    for period in also:
        shutil.rmtree(root / "data" / "processed" / period)
    month = new_month(root, load_policy(root), "2023-03")
    for is_look in (True, False):
        with pytest.raises(DataError, match=r"caller\.key: is missing, though months were published.* back-up"):
            take_in(month, is_look=is_look)
    assert not (root / "data" / "caller.key").exists()


# --- what is out of date


def test_weights_that_were_edited_in_place_are_told_for_the_old_months(root):
    path = root / "params" / "weights.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    first, second, *_ = content["base"][0]["weights"]
    content["base"][0]["weights"][first] += 1
    content["base"][0]["weights"][second] -= 1
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    (told,) = look_around(root).outdated
    assert told.startswith("params/weights.yml：2023年1月至2023年3月（3个月）的规则与当时不同")
    assert "from" in told


def test_a_comment_or_a_later_entry_is_no_change_of_old_rules(root):
    with (root / "params" / "weights.yml").open("a", encoding="utf-8") as file:
        file.write("# read again\n")
    assert look_around(root).outdated == ()


def test_after_a_revision_the_later_drafts_are_out_of_date_in_order(root):
    publish(root, "2023-02", "corrected")
    found = look_around(root)
    assert found.outdated == (
        "2023年3月：发布后，作为其基础的以前月份已有修订，按月份先后重新发布：analysis run 2023-03",
    )
    assert found.command == "analysis run 2023-03"
    publish(root, "2023-03", "upon it")
    assert look_around(root).outdated == ()


def test_a_raw_file_that_changed_is_told_with_its_month(root):
    file = next((root / "data" / "raw" / "2023-02").iterdir())
    file.write_bytes(file.read_bytes() + b" ")
    found = look_around(root)
    assert any(file.name in line and "since 2023-02 r0001" in line for line in found.outdated)
    assert found.command == "analysis run 2023-02 --reason correction --published YYYY-MM-DD"
    assert found.damage == ()


@pytest.mark.parametrize("case", ["missing", "provisional"])
def test_the_calendar_that_ends_is_told_before_it_is_needed(root, case):
    path = root / "params" / "calendar.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    kept = [year for year in content["years"] if year["year"] <= 2023]
    if case == "missing":
        kept.pop()
    else:
        kept[-1] |= {"status": "provisional", "document": "待发布"}
    path.write_text(yaml.safe_dump({"years": kept}, allow_unicode=True), "utf-8")
    words = {"missing": "没有2023年的节假日", "provisional": "2023年为暂定（待发布）"}
    assert any(words[case] in line for line in look_around(root).told)


# --- the page


def test_the_page_says_what_the_command_says_and_is_known_to_verify(root, capsys, monkeypatch):
    publish(root, "2023-02", "corrected")
    write_site(root, "2023-02")
    code, said = call(capsys, monkeypatch, "status", "--html", "--root", root)
    page = (root / "reports" / "status.html").read_text("utf-8")
    assert code == 0 and "status.html" in said
    for words in ("analysis run 2023-03", "征求意见稿，第2版", "供编办内部使用", "合成数据"):
        assert words in page
    assert str(root) not in page
    assert check_published(Store(root)).shown == ()
    write_site(root)
    assert check_published(Store(root)).shown == ()
    assert 'href="status.html"' in (root / "reports" / "index.html").read_text("utf-8")


def test_paths_are_told_from_the_root_on(root):
    lose_a_month(root)
    lines = describe_status(look_around(root))
    assert any(f"data{os.sep}processed" in line for line in lines)
    assert not any(str(root) in line for line in lines)


def test_months_in_a_row_of_which_the_same_is_to_say_share_a_line(root):
    months = tuple(MonthStatus(period, "empty") for period in MONTHS)
    status = Status(months, outdated=(), damage=(), told=(), why="准备", command="analysis start 2023-04")
    assert describe_status(status) == [
        "一、各月",
        "  2023年1月至2023年3月（3个月）：未收到报送材料",
        "二、下一步",
        "  准备：analysis start 2023-04",
    ]
    assert "2023年1月至2023年3月（3个月）" in status_body(load_policy(root).district, status)


def test_site_writes_the_page_too(root, capsys, monkeypatch):
    assert call(capsys, monkeypatch, "site", "--root", root)[0] == 0
    assert (root / "reports" / "status.html").is_file()
    assert write_status(root, look_around(root)) == root / "reports" / "status.html"


def test_nothing_that_reads_deliveries_is_there_before_a_month_is_collected():
    """It costs more than all that `status` does where no month is collected."""
    heavy = ("openpyxl", "duckdb", "analysis.intake.redact", "analysis.intake.month", "nbconvert", "matplotlib")
    code = f"import sys; import analysis.run.status; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
