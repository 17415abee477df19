"""The districts of a list as tasks of Dask distributed, which schedules, watches and retries them.

The project adds no scheduler, queue or worker of its own.
"""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.policy.errors import DataError, UsageError
from analysis.policy.fleet import DistrictResult, Fleet, FleetDistrict, Reference
from analysis.policy.messages import say
from analysis.policy.period import parse_period
from analysis.run.scratch import scratch_folder

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 30
OnResult = Callable[[DistrictResult], None]


@dataclass(frozen=True)
class FleetRun:
    """What came of a fleet.

    Attributes:
        period: the fleet's month.
        results: one for each district, in the order of the list.
        reference: the rules with which districts were compared; None where no district's could be read.
    """

    period: str
    results: tuple[DistrictResult, ...]
    reference: Reference | None

    @property
    def failed(self) -> tuple[DistrictResult, ...]:
        """The districts that failed."""
        return tuple(result for result in self.results if result.state == "failed")


def run_fleet(
    fleet: Fleet,
    period: str,
    *,
    scheduler: str = "",
    without_tls: bool = False,
    workers: int = 2,
    tables_only: bool = False,
    on_result: OnResult | None = None,
) -> FleetRun:
    """Run a month of every district of a list; one that fails stops no other.

    Args:
        fleet: the list.
        period: the month, for districts without one of their own.
        scheduler: address of a Dask scheduler, such as `tls://10.0.0.5:8786`; empty starts an embedded cluster.
        without_tls: allow an address whose connection is not encrypted.
        workers: processes of the embedded cluster.
        tables_only: build tables without notebooks and pages.
        on_result: called with each district's result as it comes.

    Raises:
        UsageError: the period or the address cannot be, it is not TLS without leave, or Dask is not installed.
        DataError: the cluster cannot be reached, or was lost.
    """
    parse_period(period)
    if scheduler and not without_tls and not scheduler.startswith("tls://"):
        told = say(
            "--scheduler {scheduler}: no TLS: whoever is on the network could read along and run code; "
            "write tls://HOST:PORT (docs/fleet.md), or, on a network that is closed to others, add --without-tls"
        )
        raise UsageError(told.format(scheduler=scheduler))
    results: dict[str, DistrictResult] = {}
    with _connect(scheduler, workers) as client:
        from distributed import as_completed

        from analysis.run.fleet.district import run_district

        reference = _find_reference(client, fleet)
        futures = {
            client.submit(run_district, district, period, reference, tables_only=tables_only, pure=False): district
            for district in fleet.districts
        }
        for done in as_completed(futures):
            district = futures[done]
            results[district.id] = _take_result(done, district, period)
            if on_result:
                on_result(results[district.id])
    return FleetRun(period, tuple(results[district.id] for district in fleet.districts), reference)


def _find_reference(client: "Client", fleet: Fleet) -> Reference | None:
    """Return the rules of the first district whose rules can be read; the others' own runs say why not."""
    from analysis.run.fleet.district import read_reference

    for district in fleet.districts:
        future = client.submit(read_reference, district, pure=False)
        if future.exception() is None and (reference := future.result()) is not None:
            return reference
    return None


def _take_result(future: "Future", district: FleetDistrict, period: str) -> DistrictResult:
    from distributed import KilledWorker

    if future.status == "finished":
        return future.result()
    if future.status != "error":
        raise DataError(
            say(
                "the scheduler was lost; what is published stands: run the same command again, "
                "finished districts are kept"
            )
        )
    error = future.exception()
    told = f"{type(error).__name__}: {error}"
    if isinstance(error, KilledWorker):
        told = say("its worker died again and again (out of memory, or killed); the other districts are not concerned")
    return DistrictResult(district.id, district.name, district.period or period, "failed", error=told)


@contextmanager
def _connect(scheduler: str, workers: int) -> Iterator["Client"]:
    try:
        import distributed
        import fsspec  # noqa: F401  districts are read through it
    except ImportError:
        raise UsageError(say("a fleet needs Dask, which is not installed: pip install 'analysis[fleet]'")) from None
    # A client that could not connect closes itself when it is collected. Collected while the next one starts, in that
    # one's thread, it would wait for a lock which the start holds: "IO loop" would never begin. So collect it here.
    gc.collect()
    with ExitStack() as stack:
        address = scheduler or stack.enter_context(_embedded_cluster(workers))
        try:
            client = stack.enter_context(distributed.Client(address, timeout=CONNECT_SECONDS))
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise DataError(
                say("{scheduler}: no worker is there; start one: dask worker {scheduler}").format(scheduler=scheduler)
            ) from None
        except OSError as error:
            raise DataError(
                say("{scheduler}: the scheduler cannot be reached ({error})").format(scheduler=scheduler, error=error)
            ) from None
        except ValueError as error:
            told = say("--scheduler {scheduler}: no address, write tls://HOST:PORT ({error})")
            raise UsageError(told.format(scheduler=scheduler, error=error)) from None
        yield client


@contextmanager
def _embedded_cluster(workers: int) -> Iterator[object]:
    """Start workers on this machine, one district each at a time, which only this process can talk to.

    Whoever reaches a scheduler runs code as its owner: so it listens on the loopback address, and with keys made for
    this run, because other people may work on the same machine.
    """
    import dask
    from distributed import LocalCluster

    if workers < 1:
        raise UsageError(say("--workers {workers}: at least one worker is needed").format(workers=workers))
    # Notebooks start kernels, which a daemonic process may not; the status pages are not wanted.
    settings = {"distributed.worker.daemon": False, "distributed.scheduler.http.routes": []}
    # Nobody looks at the profile that a worker takes of itself a hundred times a second; it cost 6 % of the CPU.
    settings |= {"distributed.worker.http.routes": [], "distributed.worker.profile.enabled": False}
    with (
        scratch_folder("fleet") as scratch,
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            security=True,
            dashboard_address=None,
            worker_dashboard_address=None,
            local_directory=scratch,
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster
