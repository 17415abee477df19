"""Notebooks through papermill, near its limit: one process drives them, each in a kernel of its own.

A notebook runs in the interpreter that drives it, so a bare virtual environment is enough. Kernels are stopped at once.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analysis.policy.errors import AnalysisError
from analysis.run.forks import end_server
from analysis.run.kernels import PrivateKernelManager
from analysis.run.normalise import normalise_notebook
from analysis.run.parameters import KERNEL, check_parameters

CELL_TIMEOUT_SECONDS = 600
START_TIMEOUT_SECONDS = 60

# What the libraries would log is said once, in `NotebookFailed`.
logging.getLogger("papermill").addHandler(logging.NullHandler())

OnCell = Callable[[int, int], None]


class NotebookFailed(AnalysisError):
    """A notebook stopped: the message names it, the cell, its first line and the error.

    `details` holds the kernel's traceback for a developer.
    """

    def __init__(self, message: str, details: str = ""):
        super().__init__(message)
        self.details = details


@dataclass(frozen=True)
class Job:
    """One notebook to run; the fields are the arguments of `execute_notebook`.

    `needs` are files that other notebooks of the same run make, each written whole: the notebook starts when they are
    there.
    """

    notebook: Path
    parameters: Mapping[str, Any]
    output: Path | None = None
    timeout: int = CELL_TIMEOUT_SECONDS
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[Path, ...] = ()


def execute_notebook(
    path: Path,
    parameters: Mapping[str, Any],
    output: Path | None = None,
    *,
    timeout: int = CELL_TIMEOUT_SECONDS,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    on_cell: OnCell | None = None,
) -> NotebookNode:
    """Run a notebook with these parameters and return it executed; the same input gives the same bytes.

    Args:
        path: the notebook.
        parameters: values for names of its parameters cell.
        output: where the executed notebook is written, once, at the end.
        timeout: seconds that one cell may take.
        cwd: the kernel's folder; by default this process's.
        env: more environment for the kernel, which does not appear in the notebook.
        on_cell: called with (cells done, cells in all) after each code cell, from the running thread.

    Raises:
        UsageError: a parameter that the notebook does not have, or of another type.
        NotebookFailed: a cell failed, took too long or lost its kernel.
    """
    notebook = check_parameters(path, parameters)
    watch = _CellWatch(notebook, on_cell)
    options = _papermill_options(timeout, cwd, env or {}, watch)
    try:
        executed = papermill.execute_notebook(notebook, None, dict(parameters), **options)
    except (PapermillExecutionError, RuntimeError, TimeoutError) as error:
        reason = _say_why(error, timeout)
        if reason is None:
            raise
        raise NotebookFailed(watch.describe(path, reason), str(error)) from None
    executed = normalise_notebook(executed, parameters)
    if output is not None:
        output.write_text(nbformat.writes(executed) + "\n", encoding="utf-8", newline="\n")
    return executed


def execute_all(
    jobs: Sequence[Job], workers: int = 2, on_progress: Callable[[Job, int, int], None] | None = None
) -> list[NotebookNode]:
    """Run notebooks side by side and return them executed, in the order of `jobs`.

    Each starts, in this order, when a worker is free and what it needs is there; where no notebook is at work, the
    next one starts and makes itself what is not there. After a failure no further notebook starts; the ones that run
    end first.

    Args:
        jobs: the notebooks.
        workers: how many run at the same time.
        on_progress: called with (job, cells done, cells in all), from the running threads.

    Raises:
        UsageError, NotebookFailed: as `execute_notebook`, of the first job in order that failed.
    """
    for job in jobs:  # before the first one starts
        check_parameters(job.notebook, job.parameters)

    moved = Event()  # a cell was done, or a notebook ended

    def run(job: Job) -> NotebookNode:
        def on_cell(done: int, total: int) -> None:
            moved.set()
            if on_progress:
                on_progress(job, done, total)

        arguments = {name: getattr(job, name) for name in ("timeout", "cwd", "env")}
        return execute_notebook(job.notebook, job.parameters, job.output, on_cell=on_cell, **arguments)

    futures: dict[int, Future] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="notebook") as pool:
        try:
            while True:
                moved.clear()
                places = _list_startable(jobs, futures, workers)
                for place in places:
                    futures[place] = pool.submit(run, jobs[place])
                    futures[place].add_done_callback(lambda future: moved.set())
                if not places and all(future.done() for future in futures.values()):
                    return [futures[place].result() for place in sorted(futures)]
                moved.wait()
        except KeyboardInterrupt:  # who stops a run does not wait for the cells at work
            end_server()
            raise


def _list_startable(jobs: Sequence[Job], futures: Mapping[int, Future], workers: int) -> list[int]:
    """Return the places of the jobs that start now."""
    at_work = [future for future in futures.values() if not future.done()]
    if any(future.done() and future.exception() for future in futures.values()):
        return []
    waiting = [place for place in range(len(jobs)) if place not in futures]
    ready = [place for place in waiting if all(file.is_file() for file in jobs[place].needs)]
    if not (ready or at_work):
        ready = waiting[:1]
    return ready[: workers - len(at_work)]


def _papermill_options(timeout: int, cwd: Path | None, env: Mapping[str, str], watch: "_CellWatch") -> dict:
    """Options of papermill and of the client below it.

    papermill is given no output path, because it writes the notebook at the start and end of every cell.
    """
    return {
        "kernel_name": KERNEL["name"],
        "language": KERNEL["language"],
        "progress_bar": False,
        "autosave_cell_every": 0,
        "start_timeout": START_TIMEOUT_SECONDS,
        "execution_timeout": timeout,
        "kernel_manager_class": PrivateKernelManager,
        "config": Config({"PrivateKernelManager": {"extra_env": dict(env)}}),
        "resources": {"metadata": {"path": str(cwd) if cwd else None}},
        # A forked kernel has matplotlib already: said here, its charts reach the notebook as those of any other do.
        "extra_arguments": ["--HistoryManager.enabled=False", "--matplotlib=inline"],
        "shutdown_kernel": "immediate",
        "coalesce_streams": True,
        "on_cell_start": watch.start,
        "on_cell_executed": watch.complete,  # nbclient calls a cell complete when it is sent
    }


def _say_why(error: Exception, timeout: int) -> str | None:
    """The reason in one line, or None for an error that no notebook causes."""
    match error:
        case PapermillExecutionError():
            return f"{error.ename}: {' '.join(error.evalue.split())}"
        case CellTimeoutError():
            return f"it took longer than {timeout} s"
        case DeadKernelError():
            return "its kernel died (out of memory, or killed)"
        case RuntimeError() if "Kernel" in str(error):
            return f"its kernel did not start ({error})"
    return None


class _CellWatch:
    """Follows a running notebook: which cell is at work, how many are done."""

    def __init__(self, notebook: NotebookNode, on_cell: OnCell | None):
        self._n_cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        self._on_cell = on_cell
        self._n_started = 0
        self._first_line = "before its first cell"

    def start(self, cell: NotebookNode, cell_index: int) -> None:
        if _is_counted(cell):
            self._n_started += 1
            self._first_line = cell.source.strip().partition("\n")[0]

    def complete(self, cell: NotebookNode, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        if self._on_cell and _is_counted(cell):
            self._on_cell(self._n_started, self._n_cells)

    def describe(self, path: Path, reason: str) -> str:
        return f"{path.name}: code cell {self._n_started} ({self._first_line}) failed: {reason}"


def _is_counted(cell: NotebookNode) -> bool:
    """The injected parameters are papermill's cell: whoever reads the notebook does not see it there."""
    return cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", [])
