"""Notebooks side by side: each starts its kernel ahead, and runs when it is its turn."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from nbformat import NotebookNode

from analysis.run.notebooks.engine import CELL_TIMEOUT_SECONDS, execute_notebook
from analysis.run.notebooks.forks import end_server
from analysis.run.notebooks.parameters import check_parameters


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


OnDone = Callable[[Job, NotebookNode], None]


def execute_all(
    jobs: Sequence[Job],
    workers: int = 2,
    on_progress: Callable[[Job, int, int], None] | None = None,
    on_done: OnDone | None = None,
) -> list[NotebookNode]:
    """Run notebooks side by side and return them executed, in the order of `jobs`.

    Kernels start one after another, in this order and ahead of their turn. A notebook's cells run when a worker is free
    and what it needs is there; where no notebook is at work, the next one begins and makes itself what is not there.
    After a failure no further notebook begins; the ones at work end first.

    Args:
        jobs: the notebooks.
        workers: how many are at work at the same time.
        on_progress: called with (job, cells done, cells in all), from the running threads.
        on_done: called with each executed notebook as it ends, from the caller's own thread; others go on meanwhile.

    Raises:
        UsageError, NotebookFailed: as `execute_notebook`, of the first job in order that failed.
    """
    for job in jobs:  # before the first one starts
        check_parameters(job.notebook, job.parameters)
    moved = Event()  # a kernel is there, a cell was done, or a notebook ended
    seats = [_Seat(job, moved, on_progress) for job in jobs]
    with ThreadPoolExecutor(max(1, len(jobs)), thread_name_prefix="notebook") as pool:
        try:
            _conduct(seats, workers, moved, pool, on_done or (lambda job, executed: None))
        except KeyboardInterrupt:  # who stops a run does not wait for the cells at work
            end_server()
            raise
        finally:
            _refuse(seats)  # whatever ended it: nobody waits for a turn any more
    errors = [seat.run.exception() for seat in seats if seat.run]
    for error in errors:
        if error and not isinstance(error, CancelledError):
            raise error
    return [seat.run.result() for seat in seats]


def _conduct(seats: Sequence["_Seat"], workers: int, moved: Event, pool: ThreadPoolExecutor, on_done: OnDone) -> None:
    """Start kernels, give turns and tell who ended, until all have."""
    told: set[_Seat] = set()
    while True:
        moved.clear()
        _give_turns(seats, workers)
        is_over = all(seat.is_done for seat in seats)  # before the look at who ended: none is passed over
        starting = next((seat for seat in seats if not (seat.has_kernel or seat.is_done)), None)
        ended = next((seat for seat in seats if seat.is_executed and seat not in told), None)
        if starting and starting.run is None:
            starting.run = pool.submit(starting.execute)
            starting.run.add_done_callback(lambda future: moved.set())
        elif ended:
            told.add(ended)
            on_done(ended.job, ended.run.result())
        elif is_over:
            return
        else:
            moved.wait()


class _Seat:
    """A notebook of several: its thread, and its turn, for which its kernel waits before the first cell."""

    def __init__(self, job: Job, moved: Event, on_progress: Callable[[Job, int, int], None] | None):
        self.job = job
        self.turn: Future = Future()
        self.run: Future | None = None
        self.has_kernel = False
        self._moved = moved
        self._on_progress = on_progress

    @property
    def is_done(self) -> bool:
        """Whether it ended, or never begins."""
        return self.run.done() if self.run else self.turn.cancelled()

    @property
    def is_executed(self) -> bool:
        """Whether it ended well."""
        return self.run is not None and self.run.done() and self.run.exception() is None

    def execute(self) -> NotebookNode:
        job = self.job
        arguments = {name: getattr(job, name) for name in ("timeout", "cwd", "env")}
        return execute_notebook(
            job.notebook, job.parameters, job.output, on_kernel=self._await_turn, on_cell=self._tell, **arguments
        )

    def _await_turn(self) -> None:
        self.has_kernel = True
        self._moved.set()
        self.turn.result()

    def _tell(self, done: int, total: int) -> None:
        self._moved.set()
        if self._on_progress:
            self._on_progress(self.job, done, total)


def _give_turns(seats: Sequence[_Seat], workers: int) -> None:
    """Let those begin whose turn it is; after a failure, no more."""
    if any(seat.run and seat.run.done() and seat.run.exception() for seat in seats):
        _refuse(seats)
    at_work = [seat for seat in seats if seat.turn.done() and not seat.is_done]
    waiting = [seat for seat in seats if seat.has_kernel and not seat.turn.done()]
    ready = [seat for seat in waiting if all(file.is_file() for file in seat.job.needs)]
    if not (ready or at_work) and all(seat.has_kernel or seat.is_done for seat in seats):
        ready = waiting[:1]
    for seat in ready[: max(0, workers - len(at_work))]:
        seat.turn.set_result(None)


def _refuse(seats: Sequence[_Seat]) -> None:
    for seat in seats:
        seat.turn.cancel()
