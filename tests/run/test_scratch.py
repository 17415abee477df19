"""Temporary folders of a run that was killed are cleared away by the next one, those of others never."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from analysis.run.scratch import scratch_folder

WAIT = "import sys; from analysis.run.scratch import scratch_folder as new; f = new('month'); print(f.name, flush=True)"


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_what_a_killed_process_left_is_cleared_by_the_next(temporary, number):
    # A command under nohup hands down that it ignores the signal of a closed terminal.
    usual = f"import signal; signal.signal({int(number)}, signal.SIG_DFL); " if number != signal.SIGKILL else ""
    code = f"{usual}{WAIT}; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        left = Path(process.stdout.readline().decode().strip())
        (left / "tickets.parquet").touch()
        with scratch_folder("kernel"):
            assert left.is_dir(), "a folder that is in use was taken away"
        process.send_signal(number)
        process.wait()
    assert left.is_dir(), "the process tidied up by itself: this test shows nothing"
    with scratch_folder("kernel"):
        assert not left.exists()


def test_folders_of_others_stay(temporary):
    ended = subprocess.run([sys.executable, "-c", ""], check=True, capture_output=True)
    names = ["analysis-of-something", f"analysis-month-{os.getpid()}-abc", "other-month-1-abc", "analysis-month-99x"]
    for name in names:
        (temporary / name).mkdir()
    with scratch_folder("month") as folder:
        assert Path(folder).name.startswith(f"analysis-month-{os.getpid()}-")
    assert ended.returncode == 0
    assert sorted(path.name for path in temporary.iterdir()) == sorted(names)
