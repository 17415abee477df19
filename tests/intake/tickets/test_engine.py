"""What the database spills to disk does not outlive the run, even one that was killed."""

import subprocess
import sys
import tempfile

from analysis.intake.tickets.engine import open_engine


def folders(tmp_path) -> list:
    return [path for path in tmp_path.iterdir() if path.is_dir()]


def test_folders_of_killed_runs_are_cleared_and_those_in_use_stay(book, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = tmp_path / "analysis-tickets-killed"
    killed.mkdir()
    (killed / "duckdb_temp_storage").write_bytes(b"13912345678")
    engine = book.at("2026-10").tickets.engine
    with open_engine(engine):
        assert not killed.exists()
        (in_use,) = folders(tmp_path)
        with open_engine(engine):
            assert in_use.exists() and len(folders(tmp_path)) == 2
        assert in_use.exists()
    assert folders(tmp_path) == []


MANY = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from analysis.intake.tickets import engine
from analysis.policy.tickets import Engine
class Database:
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def execute(self, *_): pass
engine.duckdb.connect = lambda config: Database()
rules = Engine(memory_limit_mb=100, threads=1, max_temp_directory_mb=100)
for _ in range(150):
    with engine.open_engine(rules):
        pass
"""


def test_runs_that_come_and_go_at_the_same_time_leave_one_anothers_folders_alone(tmp_path):
    runs = [subprocess.Popen([sys.executable, "-c", MANY, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(4)]
    told = [run.communicate()[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, told
    assert folders(tmp_path) == []
