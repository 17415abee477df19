"""The province page of a fleet, written whole or not at all."""

from pathlib import Path

from analysis.policy.errors import DataError
from analysis.policy.fleet import Fleet
from analysis.report.province import render_province
from analysis.run.fleet.cluster import FleetRun


def write_province(fleet: Fleet, run: FleetRun, folder: Path) -> Path:
    """Write `index.html` into `folder` and return its path.

    Raises:
        DataError: the folder cannot be written.
    """
    page = render_province(fleet.name, run.period, run.results, run.reference)
    target, fresh = folder / "index.html", folder / ".index.html.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh.write_text(page, encoding="utf-8", newline="\n")
        fresh.replace(target)
    except OSError as error:
        raise DataError(f"{target}: cannot be written ({error}); free space, or choose another --out") from None
    return target
