"""Notebooks through papermill, near its limit: one process drives them, each in a kernel of its own.

A notebook runs in the interpreter that drives it, so a bare virtual environment is enough. Kernels are stopped at once.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analysis.policy.errors import AnalysisError
from analysis.policy.messages import say
from analysis.run.notebooks.kernels import PrivateKernelManager
from analysis.run.notebooks.normalise import normalise_notebook
from analysis.run.notebooks.parameters import KERNEL, check_parameters

CELL_TIMEOUT_SECONDS = 600
START_TIMEOUT_SECONDS = 60

# What the libraries would log is said once, in `NotebookFailed`.
logging.getLogger("papermill").addHandler(logging.NullHandler())

# nbclient skips a cell with the second tag: it serves a researcher's session alone, such as the one that reloads code.
# Errors whose message says all that people need, a line each thing: where the notebook stopped is no help to them.
_EXPECTED = {"DataError", "PolicyError", "UsageError", "UnreadableFile"}
_UNCOUNTED = {"injected-parameters", "skip-execution"}

OnCell = Callable[[int, int], None]


class NotebookFailed(AnalysisError):
    """A notebook stopped: the message names it, the cell, its first line and the error.

    `details` holds the kernel's traceback for a developer.
    """

    def __init__(self, message: str, details: str = ""):
        super().__init__(message)
        self.details = details


def execute_notebook(
    path: Path,
    parameters: Mapping[str, Any],
    output: Path | None = None,
    *,
    timeout: int = CELL_TIMEOUT_SECONDS,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    on_kernel: Callable[[], None] | None = None,
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
        on_kernel: called before the first cell, when the kernel is there; what it raises ends the kernel and is raised.
        on_cell: called with (cells done, cells in all) after each code cell, from the running thread.

    Raises:
        UsageError: a parameter that the notebook does not have, or of another type.
        NotebookFailed: a cell failed, took too long or lost its kernel.
    """
    notebook = check_parameters(path, parameters)
    watch = _CellWatch(notebook, on_kernel, on_cell)
    options = _papermill_options(timeout, cwd, env or {}, watch)
    try:
        executed = papermill.execute_notebook(notebook, None, dict(parameters), **options)
    except (PapermillExecutionError, RuntimeError, TimeoutError) as error:
        reason = _say_why(error, timeout)
        if reason is None:
            raise
        is_expected = isinstance(error, PapermillExecutionError) and error.ename in _EXPECTED
        told = error.evalue if is_expected else watch.describe(path, reason)
        raise NotebookFailed(told, str(error)) from None
    executed = normalise_notebook(executed, parameters)
    if output is not None:
        output.write_text(nbformat.writes(executed) + "\n", encoding="utf-8", newline="\n")
    return executed


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
        # Said always: a forked kernel would else work where the process was when its server began.
        "resources": {"metadata": {"path": str(cwd or Path.cwd())}},
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
            return say("it took longer than {timeout} s").format(timeout=timeout)
        case DeadKernelError():
            return say("its kernel died (out of memory, or killed)")
        case RuntimeError() if "Kernel" in str(error):
            return say("its kernel did not start ({error})").format(error=error)
    return None


class _CellWatch:
    """Follows a running notebook: which cell is at work, how many are done."""

    def __init__(self, notebook: NotebookNode, on_kernel: Callable[[], None] | None, on_cell: OnCell | None):
        self._on_kernel = on_kernel
        self._n_cells = sum(_is_counted(cell) for cell in notebook.cells)
        self._on_cell = on_cell
        self._n_started = 0
        self._first_line = say("before its first cell")

    def start(self, cell: NotebookNode, cell_index: int) -> None:
        if self._on_kernel:
            on_kernel, self._on_kernel = self._on_kernel, None
            on_kernel()
        if _is_counted(cell):
            self._n_started += 1
            self._first_line = cell.source.strip().partition("\n")[0]

    def complete(self, cell: NotebookNode, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        if self._on_cell and _is_counted(cell):
            self._on_cell(self._n_started, self._n_cells)

    def describe(self, path: Path, reason: str) -> str:
        told = say("{name}: code cell {number} ({line}) failed: {reason}")
        return told.format(name=path.name, number=self._n_started, line=self._first_line, reason=reason)


def _is_counted(cell: NotebookNode) -> bool:
    """Whether a cell is the notebook's own, unlike papermill's with the parameters, and is run."""
    return cell.cell_type == "code" and not _UNCOUNTED & set(cell.metadata.get("tags", []))
