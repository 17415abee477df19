"""Many districts at once, on Dask distributed: embedded by default, or on a cluster."""

from analysis.run.fleet.cluster import FleetRun, run_fleet

__all__ = ["FleetRun", "run_fleet"]
