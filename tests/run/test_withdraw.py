"""A withdrawn draft: nothing is deleted, no older pages come back, readers are told, and only a run helps."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, UsageError
from analysis.run import site
from analysis.run.month import describe, new_month
from analysis.run.status import look_around
from analysis.run.store.finality import Finality, write_finality
from analysis.run.store.history import build_tables
from analysis.run.store.revisions import Store
from analysis.run.store.verify import check_published
from analysis.run.withdraw import withdraw_month

from ..conftest import copy_root
from .test_status import KEY, call, contents, publish, published  # noqa: F401

DAY = date(2023, 4, 10)
WHY = "误用上月数据"


@pytest.fixture
def root(published, tmp_path) -> Path:  # noqa: F811
    """Three months, the last of them published twice."""
    root = shutil.copytree(published, tmp_path / "district")
    publish(root, "2023-03", "again")
    site.write_site(root)
    return root


def withdraw(root: Path, period: str = "2023-03") -> str:
    return withdraw_month(root, period, WHY, DAY)


def test_the_chain_says_it_with_day_and_reason_and_the_revision_stands_as_it_was(root):
    folder = root / "data" / "processed" / "2023-03"
    before, lines = contents(folder / "r0002"), Store(root).chain.content
    assert withdraw(root) == "r0002"
    entry = Store(root).chain.withdrawn["2023-03", "r0002"]
    assert (entry.reason, entry.day) == (WHY, "2023-04-10")
    assert contents(folder / "r0002") == before
    assert Store(root).chain.content.startswith(lines), "lines of before were written otherwise"
    assert "reason" not in json.loads(lines.splitlines()[0])


def test_nothing_is_in_force_until_the_month_is_published_under_a_new_number(root):
    withdraw(root)
    store = Store(root)
    assert not (root / "data" / "processed" / "2023-03" / "current").exists()
    assert (store.current("2023-03"), store.manifest("2023-03")) == (None, None)
    with pytest.raises(DataError, match="2023-03: r0002 was withdrawn; run: analysis run 2023-03"):
        store.load("unit_scores", "2023-03")
    assert len(store.load("unit_scores", "2023-03", "r0002"))
    assert store.last_published("2023-03").revision == "r0001"
    assert publish(root, "2023-03", "better").name == "r0003"
    site.write_site(root)
    assert store.current("2023-03").name == "r0003"
    assert (root / "data" / "processed" / "2023-03" / "current").read_text() == "r0003\n"
    assert check_published(store).faults == ()
    assert look_around(root).months[-1].state == "draft"


def test_every_page_of_the_month_says_that_it_is_withdrawn_and_no_older_one_comes_back(root):
    (root / "reports" / "2023-03" / "bulletin.pdf").write_text("printed")
    withdraw(root)
    assert [path.name for path in (root / "reports" / "2023-03").rglob("*.*")] == ["bulletin.html"]
    page = (root / "reports" / "2023-03" / "bulletin.html").read_text("utf-8")
    for words in ("已作废", "第2版", "2023年4月10日", WHY):
        assert words in page
    index = (root / "reports" / "index.html").read_text("utf-8")
    assert f"已作废（2023年4月10日，{WHY}）" in index
    assert not list((root / "reports" / "public" / "open-data" / "2023-03").glob("*"))
    assert list((root / "reports" / "public" / "open-data" / "2023-02").glob("*"))


def test_site_keeps_saying_it(root, capsys, monkeypatch):
    withdraw(root)
    before = contents(root / "reports" / "2023-03")
    shutil.rmtree(root / "reports")
    assert call(capsys, monkeypatch, "site", "--root", root)[0] == 0
    assert contents(root / "reports" / "2023-03") == before


def test_verify_and_status_know_it(root):
    withdraw(root)
    checked = check_published(Store(root))
    assert checked.faults == ()
    assert any(line.startswith("withdrawn: 2023-03 r0002") for line in checked.words)
    found = look_around(root)
    assert found.months[-1].told == "已作废，待重新发布，第2版，2023年4月10日作废"
    assert found.command == "analysis run 2023-03"


def test_a_withdrawal_of_a_month_makes_the_later_drafts_out_of_date(root):
    withdraw(root, "2023-02")
    assert any(line.startswith("2023年3月：发布后") for line in look_around(root).outdated)


def test_tables_that_history_builds_anew_do_not_end_the_withdrawal(root, monkeypatch):
    from .store.test_built import publish_little

    withdraw(root, "2023-02")
    monkeypatch.setattr("analysis.run.store.history.publish_tables", publish_little)
    (built,) = build_tables(new_month(root, load_policy(root), "2023-03"), ["2023-01", "2023-02"])[-1:]
    assert (built.period, built.revision.name) == ("2023-02", "r0002")
    assert look_around(root).months[1].state == "withdrawn"
    assert "已作废" in (root / "reports" / "2023-02" / "bulletin.html").read_text("utf-8")
    assert check_published(Store(root)).faults == ()


def test_pages_that_cannot_be_replaced_are_told_with_what_makes_them_good(root, monkeypatch):
    def refuse(*_):
        raise DataError("reports/2023-03: cannot be written")

    monkeypatch.setattr("analysis.run.withdraw.show_pages", refuse)
    with pytest.raises(
        DataError, match="r0002 is withdrawn, but reports/2023-03: cannot be written; then: analysis site"
    ):
        withdraw(root)
    assert look_around(root).command == "analysis site"
    site.write_site(root)
    assert "已作废" in (root / "reports" / "2023-03" / "bulletin.html").read_text("utf-8")
    assert check_published(Store(root)).faults == ()


@pytest.mark.parametrize("change", ["deleted", "forged"])
def test_the_chain_and_not_the_file_beside_it_decides(root, change):
    period = "2023-03" if change == "deleted" else "2023-02"
    withdraw(root)
    file = root / "data" / "processed" / period / "withdrawn"
    file.unlink() if change == "deleted" else file.write_text("r0001\n")
    faults = check_published(Store(root)).faults
    assert any(f"{period}{'/'}withdrawn: not what chain.jsonl says" in fault for fault in faults)
    with Store(root).lock("2023-01"):  # as the next run does, of whatever month
        pass
    assert check_published(Store(root)).faults == ()
    assert (Store(root).current("2023-03"), Store(root).current("2023-02").name) == (None, "r0001")


def test_what_is_no_draft_with_pages_is_not_withdrawn(root):
    with pytest.raises(DataError, match="2023-01 r0001: tables alone"):
        withdraw(root, "2023-01")
    withdraw(root)
    with pytest.raises(DataError, match="r0002 was withdrawn"):
        withdraw(root)
    with pytest.raises(DataError, match="nothing is published"):
        withdraw(root, "2023-04")


def test_a_final_month_and_those_of_a_final_year_stand(tmp_path):
    root = copy_root(tmp_path, ["2023-11", "2023-12"])
    rules = root / "params" / "district.yml"
    rules.write_text(rules.read_text("utf-8").replace("start: 2023-01", "start: 2023-11"), "utf-8")
    (root / "data" / "caller.key").write_text(KEY)
    publish(root, "2023-11")
    month = new_month(root, load_policy(root), "2023-12")
    with month.store.lock("2023-12"):
        staging = month.store.stage("2023-12")
        days = dict.fromkeys(("final_on", "draft_as_of", "objections_until"), "2024-01-09")
        write_finality(Finality(year=2023, draft="r0001", **days), staging)
        month.store.publish(staging, describe(month, "published", "final").model_copy(update={"state": "final"}))
    for period in ("2023-12", "2023-11"):
        with pytest.raises(DataError, match="the year 2023 is final, and stands"):
            withdraw(root, period)


@pytest.mark.parametrize("reason", ["", " \n ", "因" * 201])
def test_a_reason_is_needed_and_short(root, reason):
    before = contents(root)
    with pytest.raises(UsageError, match="1 to 200"):
        withdraw_month(root, "2023-03", reason, DAY)
    assert contents(root) == before


def test_a_name_in_the_reason_forges_nothing_on_a_page(root):
    withdraw_month(root, "2023-03", "<script>alert(1)</script>\n第二行", DAY)
    page = (root / "reports" / "2023-03" / "bulletin.html").read_text("utf-8")
    assert "alert(1)</script>" not in page and "&lt;script&gt;alert(1)" in page
    assert Store(root).chain.withdrawn["2023-03", "r0002"].reason == "<script>alert(1)</script> 第二行"


def test_the_command_says_what_to_do_next(root, capsys, monkeypatch):
    asked = ("withdraw", "2023-03", "--reason", WHY, "--date", "2023-04-10", "--root", root)
    code, said = call(capsys, monkeypatch, *asked)
    assert (code, "r0002 is withdrawn; now: analysis run 2023-03" in said) == (0, True)
    assert call(capsys, monkeypatch, "withdraw", "2023-02", "--reason", "x", "--date", "今天", "--root", root)[0] == 2


def test_public_pages_are_made_from_no_table_of_a_withdrawn_month(root, monkeypatch):
    asked, table_of = set(), site._table

    def table_asked(store, month, name):
        asked.add(month.period)
        return table_of(store, month, name)

    monkeypatch.setattr(site, "_table", table_asked)
    site.write_site(root)
    assert "2023-03" in asked
    asked.clear()
    withdraw(root)  # writes the site again
    assert asked == {"2023-02"}
