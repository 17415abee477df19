"""What the database spills to disk does not outlive the run, even one that was killed."""

import tempfile

from analysis.intake.tickets.engine import open_engine


def test_folders_of_killed_runs_are_cleared_and_those_in_use_stay(book, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = tmp_path / "analysis-tickets-killed"
    killed.mkdir()
    (killed / "duckdb_temp_storage").write_bytes(b"13912345678")
    engine = book.at("2026-10").tickets.engine
    with open_engine(engine):
        assert not killed.exists()
        (in_use,) = tmp_path.iterdir()
        with open_engine(engine):
            assert in_use.exists() and len(list(tmp_path.iterdir())) == 2
        assert in_use.exists()
    assert list(tmp_path.iterdir()) == []
