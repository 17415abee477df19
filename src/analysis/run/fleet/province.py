"""The province page of a fleet, written whole or not at all."""

from pathlib import Path

from analysis.policy.durable import write_whole
from analysis.policy.errors import DataError
from analysis.policy.fleet import Fleet
from analysis.policy.messages import say
from analysis.report.province import render_province
from analysis.run.fleet.cluster import FleetRun


def write_province(fleet: Fleet, run: FleetRun, folder: Path) -> Path:
    """Write `index.html` into `folder` and return its path.

    Raises:
        DataError: the folder cannot be written.
    """
    page = render_province(fleet.name, run.period, run.results, run.reference)
    target = folder / "index.html"
    try:
        write_whole(target, page.encode("utf-8"))
    except OSError as error:
        told = say("{target}: cannot be written ({error}); free space, or choose another --out")
        raise DataError(told.format(target=target, error=error)) from None
    return target
