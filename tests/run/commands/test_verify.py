"""`analysis verify` and `analysis restore` on the command line: exit codes, and words that say what to do (S45)."""

import shutil
import sys

import pytest

from analysis.run.commands import main as cli
from analysis.run.store.revisions import Store

from ..store.test_chain import publish


@pytest.fixture
def store(tmp_path) -> Store:
    """Two hand-made months."""
    (tmp_path / "params").mkdir()
    for month in ("2023-01", "2023-02"):
        (tmp_path / "data" / "raw" / month).mkdir(parents=True)
        publish(Store(tmp_path), month)
    return Store(tmp_path)


@pytest.fixture
def say(store, capsys, monkeypatch):
    """Run a command in the district; return its exit code and its words."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["analysis", *arguments, "--root", str(store.root)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code or 0, " ".join((printed.out + printed.err).split())

    return run


def test_all_months_are_compared_at_once(say):
    code, said = say("verify", "--all", "--hashes-only")
    assert (code, "all months: 2 files are as they were published" in said) == (0, True)


@pytest.mark.parametrize("arguments", [(), ("2023-01", "--all"), ("--all", "--against", "r0001"), ("2023-1",)])
def test_wrong_usage_is_told(say, arguments):
    assert say("verify", *arguments)[0] == 2


def test_every_change_is_told_and_counted(say, store):
    (store.folder("2023-01") / "r0001" / "unit_scores.parquet").write_text("other")
    shutil.rmtree(store.folder("2023-02"))
    code, said = say("verify", "--all", "--hashes-only")
    assert code == 1
    for words in (
        "2023-01/r0001/unit_scores.parquet: changed",
        "2023-02/r0001: published and gone",
        "changed since they were published: 2",
    ):
        assert words in said


def test_a_month_is_checked_without_the_faults_of_others(say, store):
    shutil.rmtree(store.folder("2023-02"))
    assert say("verify", "2023-01", "--hashes-only")[0] == 0


def test_a_head_is_known_by_its_beginning_and_an_unknown_one_is_a_roll_back(say, store):
    head = store.chain.printed
    assert say("verify", "--all", "--hashes-only", "--head", head[:12].upper())[0] == 0
    code, said = say("verify", "--all", "--hashes-only", "--head", "0" * 12)
    assert (code, "rolled back" in said) == (1, True)


def test_restore_says_what_is_lost_and_then_nothing_is_amiss(say, store):
    shutil.rmtree(store.folder("2023-02"))
    code, said = say("restore")
    assert (code, "2023-02 r0001: lost" in said, "analysis verify --all" in said) == (0, True, True)
    code, said = say("verify", "--all", "--hashes-only")
    assert (code, "lost when a back-up was taken into use: 2023-02 r0001" in said) == (0, True)


def test_seal_makes_a_key_and_signs_with_it(say, tmp_path_factory):
    key = str(tmp_path_factory.mktemp("elsewhere") / "signing.pem")
    assert say("seal")[0] == 2
    code, said = say("seal", "--new-key", key)
    assert (code, "apart from this machine" in said) == (0, True)
    assert say("seal", "--key", key)[0] == 0
    code, said = say("verify", "--all", "--hashes-only")
    assert (code, "heads signed: 1" in said) == (0, True)
