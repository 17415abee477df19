"""Notebooks side by side, without kernels: whatever fails, and whenever, the run ends and says the right error."""

import time
from pathlib import Path
from threading import Thread

import pytest

from analysis.run.notebooks import schedule
from analysis.run.notebooks.engine import NotebookFailed
from analysis.run.notebooks.schedule import Job, execute_all


@pytest.fixture
def run(monkeypatch):
    """Run notebooks that are functions of `on_kernel`; a run that does not end is a failure, not a test that hangs."""

    def run(*stories, needs=(), workers=2, on_done=None):
        def execute(path: Path, *given, on_kernel, **named):
            return stories[int(path.name)](on_kernel)

        monkeypatch.setattr(schedule, "execute_notebook", execute)
        monkeypatch.setattr(schedule, "check_parameters", lambda path, parameters: None)
        wanted = dict(needs)
        jobs = [Job(Path(str(place)), {}, needs=wanted.get(place, ())) for place in range(len(stories))]
        told = []

        def collect() -> None:
            try:
                told.append(execute_all(jobs, workers, on_done=on_done))
            except BaseException as error:  # noqa: BLE001  the test's own thread raises it again
                told.append(error)

        thread = Thread(target=collect, daemon=True)
        thread.start()
        thread.join(30)
        assert told, "the run does not end"
        if isinstance(told[0], BaseException):
            raise told[0]
        return told[0]

    return run


def fine(on_kernel):
    on_kernel()
    return "done"


def slow(on_kernel):
    on_kernel()
    time.sleep(0.5)
    return "done"


def without_kernel(on_kernel):
    raise NotebookFailed("no kernel")


NEVER = (Path("never"),)


def test_no_notebooks_no_results(run):
    assert run() == []


def test_a_first_kernel_that_cannot_start_ends_the_run(run):
    with pytest.raises(NotebookFailed, match="no kernel"):
        run(without_kernel, fine, fine, needs={1: NEVER, 2: NEVER})


def test_a_kernel_that_fails_ahead_of_its_turn_is_told(run):
    with pytest.raises(NotebookFailed, match="no kernel"):
        run(slow, fine, without_kernel, fine, needs={1: NEVER, 2: NEVER})


def test_nothing_begins_after_a_failure(run):
    begun = []

    def begin(on_kernel):
        on_kernel()
        begun.append(1)

    for _ in range(20):
        with pytest.raises(NotebookFailed):
            run(without_kernel, begin, begin)
    assert begun == []


def test_what_is_not_expected_ends_the_run_too(run):
    class Unreadable:
        def is_file(self):
            raise PermissionError("no right")

    with pytest.raises(PermissionError):
        run(slow, fine, fine, needs={1: (Unreadable(),)})


def test_every_notebook_that_ends_is_told_once_while_others_are_at_work(run):
    told = []
    for _ in range(200):
        assert run(*[fine] * 4, on_done=lambda job, done: told.append((job.notebook.name, done))) == ["done"] * 4
    assert sorted(told) == [(name, "done") for name in "0123" for _ in range(200)]
    told.clear()
    run(slow, fine, on_done=lambda job, done: told.append(job.notebook.name))
    assert told == ["1", "0"]


def test_what_is_told_may_fail(run):
    def refuse(job, done):
        raise PermissionError("no right")

    with pytest.raises(PermissionError):
        run(fine, slow, fine, on_done=refuse)
