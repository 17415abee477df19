"""`analysis verify`: a published month comes out the same again, and what changed since is named."""

import os
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis.action.differences import list_differences
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.report.differences import describe_differences
from analysis.run.commands import main as cli
from analysis.run.month import new_month
from analysis.run.steps import scoring
from analysis.run.store.history import build_tables
from analysis.run.store.manifest import list_files
from analysis.run.store.revisions import Store

from ...conftest import copy_root
from .test_history import change_a_mark

MONTHS = ["2023-01", "2023-02"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = copy_root(tmp_path_factory.mktemp("verify"), MONTHS)
    build_tables(new_month(root, load_policy(root), MONTHS[-1]), MONTHS)
    return root


@pytest.fixture
def root(built, tmp_path):
    return shutil.copytree(built, tmp_path / "root")


def say(capsys, monkeypatch, root, *arguments):
    """Return the exit code of `analysis verify` and its words."""
    monkeypatch.setattr(sys, "argv", ["analysis", "verify", *arguments, "--root", str(root)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    return end.value.code or 0, " ".join((printed.out + printed.err).split())


def count_tables(root):
    return f"all {len([*(root / 'data/processed/2023-02/r0001').glob('*.parquet')])}"


def test_tables_come_out_the_same(root, capsys, monkeypatch):
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert code == 0
    assert f"2023-02 r0001: run again, {count_tables(root)} files are the same" in said
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_changed_raw_file_is_named_with_what_it_changes(root, capsys, monkeypatch):
    change_a_mark(root, "2023-02")
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert code == 1
    assert "日常监管评分表(职责履行)" in said and ": changed" in said
    assert "unit_scores.parquet" in said and "ledger_items.parquet" not in said
    assert "analysis run 2023-02 --reason correction" in said


def test_a_comment_is_nothing(root, capsys, monkeypatch):
    (root / "params" / "noise.yml").open("a", encoding="utf-8").write("# read again\n")
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert (code, "differ" in said) == (0, False)
    assert f"{count_tables(root)} files are the same" in said


def test_earlier_months_are_taken_as_they_stood(root, capsys, monkeypatch):
    change_a_mark(root, "2023-01")
    build_tables(new_month(root, load_policy(root), MONTHS[-1]), ["2023-01"])
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert (code, f"{count_tables(root)} files are the same" in said) == (0, True)


def test_other_code_and_packages_are_told_and_no_fault(root, capsys, monkeypatch):
    monkeypatch.setattr("analysis.run.month.hash_code", lambda stage: "0" * 64)
    monkeypatch.setattr("analysis.run.month.package_versions", lambda: {"pandas": "2.0"})
    score = scoring.make_score

    def score_otherwise(month):
        made = score(month)
        return made | {"unit_scores": made["unit_scores"].assign(deductions=1.0)}

    monkeypatch.setattr(scoring, "make_score", score_otherwise)
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert code == 0
    for words in ("(000000000000) now", "2.0 now", "unit_scores.parquet", "this says nothing about the revision"):
        assert words in said


def test_another_key_of_callers_is_thought_of(root, capsys, monkeypatch):
    (root / "data" / "caller.key").write_text("ab" * 32 + "\n")
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert code == 1
    assert "tickets.parquet" in said and "Is data/caller.key the district's own?" in said


def test_hashes_alone_run_nothing(root, capsys, monkeypatch):
    monkeypatch.setattr("analysis.run.rerun.rerun", None)
    assert say(capsys, monkeypatch, root, "2023-02", "--hashes-only")[0] == 0


def test_an_old_revision_and_a_changed_page_are_noticed(district, tmp_path, capsys, monkeypatch):
    root = shutil.copytree(district, tmp_path / "root")
    page = root / "reports" / "2023-02" / "bulletin.html"
    whole = page.read_bytes()
    page.write_bytes(whole.replace(b"2", b"3", 1))
    code, said = say(capsys, monkeypatch, root, "2023-02", "--hashes-only")
    assert (code, "bulletin.html: not the page of r0001" in said) == (1, True)
    page.write_bytes(whole)
    shutil.copytree(root / "data/processed/2023-02/r0001", root / "data/processed/2023-02/r0002")
    (root / "data/processed/2023-02/r0001/trends.parquet").unlink()
    code, said = say(capsys, monkeypatch, root, "2023-02", "--hashes-only")
    assert (code, "r0001/trends.parquet: missing" in said) == (1, True)


def test_a_damaged_revision_is_mended_as_told(root, capsys, monkeypatch):
    """What the message asks for must be possible: moved away and said to be lost, the month is built anew."""
    damaged = Store(root).revision("2023-02")
    (damaged / "manifest.json").write_text("{}")
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert (code, "move the revision's folder away, say so with analysis restore" in said) == (1, True)
    damaged.rename(root / "aside")
    Store(root).restore()
    build_tables(new_month(root, load_policy(root), "2023-02"), ["2023-02"])
    assert say(capsys, monkeypatch, root, "2023-02")[0] == 0


def test_hidden_files_of_other_programs_are_no_files_of_the_month(root, capsys, monkeypatch):
    for folder in (root / "data/raw/2023-02", Store(root).revision("2023-02"), root / "params"):
        (folder / ".DS_Store").write_text("x")
    code, said = say(capsys, monkeypatch, root, "2023-02")
    assert (code, "since" in said) == (0, False)


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").touch()
    scan = os.scandir

    def deny(place):
        if str(place).endswith("inner"):
            raise PermissionError(13, "denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(PermissionError, match="inner"):
        list_files(tmp_path)


def test_revisions_are_compared(root, capsys, monkeypatch):
    change_a_mark(root, "2023-02")
    build_tables(new_month(root, load_policy(root), "2023-02"), ["2023-02"])
    code, said = say(capsys, monkeypatch, root, "2023-02", "--against", "r0001")
    assert code == 0
    assert "2023-02 r0001 → r0002:" in said and "，位次" in said
    code, said = say(capsys, monkeypatch, root, "2023-02", "--against", "r0007")
    assert (code, "it has r0001, r0002" in said) == (2, True)


def test_what_changes_during_a_run_is_not_published(root, monkeypatch):
    def meddle(month):
        change_a_mark(root, "2023-02")
        return score(month)

    score = scoring.make_score
    change_a_mark(root, "2023-01")
    month = new_month(root, load_policy(root), "2023-02")
    build_tables(month, ["2023-01"])
    monkeypatch.setattr(scoring, "make_score", meddle)
    with pytest.raises(DataError, match="changed while 2023-02 was run"):
        build_tables(month, ["2023-02"])
    assert Store(root).revisions("2023-02") == ["r0001"]


def test_a_unit_of_one_revision_only_is_listed_with_dashes():
    one = pd.DataFrame({"scope": ["month"], "unit_id": ["D01"], "total": [81.5], "rank": [3], "tier": ["good"]}).assign(
        is_bottom_five=False
    )
    lines = describe_differences(
        list_differences(one.iloc[:0], one, load_policy(Path(__file__).resolve().parents[3]).at("2026-10").grading),
        {"D01": "区财政局", "good": "良好"},
    )
    assert lines == ["当月：1个单位有变化", "  区财政局：得分—→81.50，位次—→3，等次—→良好", "本年累计：无变化"]
