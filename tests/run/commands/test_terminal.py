"""What is said of work that is done does not undo it: an output that takes no words is no failure."""

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
DONE = """
from analysis.run.commands.terminal import PlainConsole, progress_on
console = PlainConsole(soft_wrap=True)
with progress_on(console) as progress:
    progress.add_task("2023-01", total=1.0, step="")
    progress.console.say_done("2023-01: r0001 is published")
"""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_work_that_is_done_is_told_on_the_error_stream_where_the_output_is_full():
    with FULL.open("w") as full:
        run = subprocess.run([sys.executable, "-c", DONE], stdout=full, stderr=subprocess.PIPE, check=False)
    told = run.stderr.decode()
    assert run.returncode == 0
    assert "2023-01: r0001 is published (done; the output took no line: No space left on device)" in told
    assert "Traceback" not in told
