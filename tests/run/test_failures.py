"""What the system refuses is told with the file and what to do, wherever in a command it happens."""

import errno
import os
import sys

import duckdb
import pytest

from analysis.policy.errors import DataError
from analysis.run.commands import main as cli
from analysis.run.failures import told_plainly

ADVICE = {
    errno.ENOSPC: "the disk is full: free space on it",
    errno.EDQUOT: "the disk space allowed to this account is used up",
    errno.EACCES: "give it the right to read and write there",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "it is not there or vanished during the run: put it back",
    errno.EBADF: "see to it",
}


@pytest.mark.parametrize("code", ADVICE, ids=errno.errorcode.get)
def test_a_command_says_what_the_system_refused_and_what_to_do(monkeypatch, capsys, code):
    def refuse(root):
        raise OSError(code, os.strerror(code), "data/x.parquet")

    monkeypatch.setattr("analysis.run.check.load_policy", refuse)
    monkeypatch.setattr(sys, "argv", ["analysis", "check", "2023-01"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr().err
    assert end.value.code == 1
    assert f"data/x.parquet: {os.strerror(code)}; " in said
    assert ADVICE[code] in said
    assert "What is published stands" in said


def test_what_was_refused_to_the_database_is_told_the_same_way(tmp_path):
    with pytest.raises(DataError, match="it is not there or vanished"), told_plainly():
        duckdb.sql(f"select * from read_parquet('{tmp_path}/none.parquet')")


def test_other_errors_pass():
    with pytest.raises(ZeroDivisionError), told_plainly():
        _ = 1 / 0


def test_letters_that_a_terminal_cannot_show_do_not_end_a_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["analysis", "check", "2023-\udcff"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "is not a month" in capsys.readouterr().err
