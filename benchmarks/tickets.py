"""Time and peak memory of the month's hotline measures at 1 and 10 million tickets (30 on request), beside four others.

`python benchmarks/tickets.py [--millions 1 10 30]` writes made-up clean tickets of a year into a temporary folder,
once as one file and once as twelve monthly files, and in the same run takes the best of three rounds of
- a bare Parquet scan of the columns that the measures read, all tickets: the limit;
- this project's measures (by unit, matter and channel, with repeats and handling quantiles) of one month, from one
  file and from twelve, and of all twelve months at once;
- the same counts a month and unit with repeats in pandas and in polars (less than the project's: one grain, no
  quantiles).
Each runs in a child process of its own, so that its peak memory is its own. Exit code 1 if the month's measures at
the largest size below 30 million take more than 4 × the scan or 2 GB, or grow faster than the tickets.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
YEAR, MONTH = 2025, "2025-12"
MONTHS = [f"{YEAR}-{month:02d}" for month in range(1, 13)]
ROUNDS = 3
SCAN_CASE, MONTH_CASE = "scan, the limit", "month, one file"
# What is promised for so many tickets; below, a start costs more than the scan.
MOST_TIMES_SCAN, MOST_GB, PROMISED_FOR = 4, 2, 10_000_000
COLUMNS = (
    "period", "unit_id", "matter", "matter_id", "channel", "caller_key", "ticket_id", "received", "due_period",
    "closed", "counted_in", "is_first_delivery", "is_due", "is_closed", "is_on_time", "is_call_back_valid",
    "is_satisfied", "is_attitude_complaint", "is_shared", "handling_working_days",
)  # fmt: skip

# Hashes of the row number stand for chance: the same tickets on every machine. They hang together a little: a third of
# the tickets are repeats.
_TICKETS = """select 'T' || lpad(i::varchar, 9, '0') as ticket_id, strftime(day, '%Y-%m') as period,
    period as delivered_in,
    ['hotline', 'hotline', 'hotline', 'county_response', 'petition', 'online_report'][1 + (hash(i, 4) % 6)::int]
        as channel,
    'M' || lpad(matter_number::varchar, 3, '0') as matter_id, '事项' || matter_number as matter,
    case when hash(i, 3) % 4 = 0 then 'T' || lpad((hash(i, 2) % 18 + 1)::varchar, 2, '0')
        else 'D' || lpad(((matter_number * 7 + hash(i, 3) % 3) % 67 + 1)::varchar, 2, '0') end as unit_id,
    md5((hash(i, 1) % greatest(1, {n} // 20))::varchar) as caller_key,
    day::varchar as received, '' as received_time, received as limit_from,
    (day + 7)::varchar as due, true as is_due_derived,
    '' as extended_to, due as due_final, strftime(day + 7, '%Y-%m') as due_period,
    case when hash(i, 5) % 20 = 0 then '' else (day + (hash(i, 5) % 9)::int)::varchar end as closed,
    '' as closed_time, closed <> '' as is_closed,
    case when day + 7 <= last_day(day) then period else '' end as counted_in, counted_in <> '' as is_due,
    is_closed and hash(i, 5) % 9 <= 7 as is_on_time,
    case when is_closed then (hash(i, 5) % 9)::bigint end as handling_working_days,
    hash(i, 6) % 4 <> 0 as is_call_back_valid, is_call_back_valid and hash(i, 7) % 10 <> 0 as is_satisfied,
    hash(i, 8) % 97 = 0 as is_attitude_complaint, hash(i, 9) % 6 = 0 as is_shared,
    is_shared::bigint as n_transfers, 0::bigint as n_returned, true as is_first_delivery,
    '工单.parquet' as file, '' as sheet, i as row_number
from (
    select i, date '{year}-01-01' + (i * 365 // {n})::int as day,
        1 + least(hash(i, 10) % 64, hash(i, 11) % 64) as matter_number
    from range({n}) t(i)
)"""


def write_tickets(folder: Path, n: int) -> None:
    """Write `whole.parquet` and a file a month, in the order in which the tickets came in."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "3GB", "temp_directory": str(folder / "spill")}) as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"copy ({_TICKETS.format(n=n, year=YEAR)}) to '{folder}/whole.parquet' (format parquet)")
        for month in MONTHS:
            part = f"select * from '{folder}/whole.parquet' where period = '{month}'"
            con.execute(f"copy ({part}) to '{folder}/{month}.parquet' (format parquet)")


def scan(folder: Path) -> None:
    """Read every value of the columns, and no more than that."""
    read = ", ".join(f"count({column}), min(hash({column}))" for column in COLUMNS)
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute(f"select {read} from '{folder}/whole.parquet'").fetchall()


def timed(run: Callable[[], None]) -> None:
    """Run it and print its seconds and the processors' seconds."""
    start, start_cpu = time.perf_counter(), time.process_time()
    run()
    print(json.dumps([time.perf_counter() - start, time.process_time() - start_cpu]))


def measure(paths: list[Path], periods: list[str]) -> None:
    from analysis.insight.hotline import measure_hotline
    from analysis.policy.book import load_policy

    policy = load_policy(ROOT).at(MONTH)
    timed(lambda: measure_hotline(paths, periods, policy))


def measure_pandas(folder: Path) -> None:
    import pandas as pd

    flags = ["is_due", "is_on_time", "is_call_back_valid", "is_satisfied"]
    needed = ["period", "unit_id", "matter", "caller_key", "received", *flags]
    frame = pd.read_parquet(folder / "whole.parquet", columns=needed)
    frame["day"] = pd.to_datetime(frame["received"])
    frame = frame.sort_values(["caller_key", "matter", "day"])
    frame["is_repeat"] = frame.groupby(["caller_key", "matter"])["day"].diff().dt.days <= 30
    for flag in flags[1:]:
        frame[flag] &= frame["is_due"]
    frame.groupby(["period", "unit_id"])[[*flags, "is_repeat"]].sum()


def measure_polars(folder: Path) -> None:
    import polars as pl

    pair = ["caller_key", "matter"]
    flags = ("is_on_time", "is_call_back_valid", "is_satisfied")
    same = pl.all_horizontal(pl.col(column) == pl.col(column).shift() for column in pair)
    frame = pl.scan_parquet(folder / "whole.parquet").with_columns(day=pl.col("received").str.to_date())
    frame = frame.sort([*pair, "day"]).with_columns(is_repeat=same & (pl.col("day").diff().dt.total_days() <= 30))
    counts = [(pl.col("is_due") & pl.col(flag)).sum().alias(flag) for flag in flags]
    sums = pl.col("is_due", "is_repeat").sum()
    frame.group_by("period", "unit_id").agg(sums, *counts).collect(engine="streaming")


CASES: dict[str, Callable[[Path], None]] = {
    SCAN_CASE: lambda folder: timed(lambda: scan(folder)),
    MONTH_CASE: lambda folder: measure([folder / "whole.parquet"], [MONTH]),
    "month, twelve files": lambda folder: measure([folder / f"{month}.parquet" for month in MONTHS], [MONTH]),
    "twelve months at once": lambda folder: measure([folder / "whole.parquet"], MONTHS),
    "year × unit, pandas": lambda folder: timed(lambda: measure_pandas(folder)),
    "year × unit, polars": lambda folder: timed(lambda: measure_polars(folder)),
}


def run_child(case: str, folder: Path) -> tuple[float, float, float]:
    """Run one case in a process of its own; return its seconds, the processors' seconds, and its peak memory in GB."""
    command = [sys.executable, __file__, "--case", case, "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        told = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{case}: the child ended with {child.returncode}")
    return (*json.loads(told), usage.ru_maxrss / 2**20)


def run_size(n: int) -> dict[str, tuple[float, float, float]]:
    """Print and return the best seconds and the highest peak of every case for `n` tickets."""
    results = {}
    with tempfile.TemporaryDirectory(prefix="bench-tickets-") as name:
        folder = Path(name)
        write_tickets(folder, n)
        size = (folder / "whole.parquet").stat().st_size / 1e6
        print(f"\n| {n / 1e6:g} million tickets, {size:.0f} MB Parquet | s | × scan | CPU-s | peak GB |")
        print("|---|---|---|---|---|")
        for case in CASES:
            rounds = [run_child(case, folder) for _ in range(ROUNDS)]
            seconds, cpu = (min(column) for column in list(zip(*rounds, strict=True))[:2])
            results[case] = seconds, cpu, max(peak for *_, peak in rounds)
            times_scan = seconds / results[SCAN_CASE][0]
            print(f"| {case} | {seconds:.2f} | {times_scan:.1f} | {cpu:.2f} | {results[case][2]:.2f} |", flush=True)
    return results


def judge(results: dict[int, dict[str, tuple[float, float, float]]]) -> list[str]:
    """Return in which respects the month's measures miss what they promise."""
    sizes = sorted(results)
    largest = max((n for n in sizes if n <= PROMISED_FOR), default=sizes[0])
    scan_s = results[largest][SCAN_CASE][0]
    seconds, _, peak = results[largest][MONTH_CASE]
    missed = []
    if largest == PROMISED_FOR and seconds > MOST_TIMES_SCAN * scan_s:
        missed.append(f"{seconds / scan_s:.1f} × the scan, {MOST_TIMES_SCAN} allowed")
    if peak > MOST_GB:
        missed.append(f"{peak:.2f} GB, {MOST_GB} allowed")
    for small, large in pairwise(sizes):
        growth = results[large][MONTH_CASE][0] / results[small][MONTH_CASE][0]
        if growth > large / small:
            missed.append(f"{growth:.1f} × the time for {large / small:g} × the tickets")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.case:
        CASES[asked.case](asked.folder)
        return
    results = {n: run_size(n) for n in (int(millions * 1e6) for millions in asked.millions)}
    missed = judge(results)
    print("\n" + ("missed: " + "; ".join(missed) if missed else "the month's measures keep what they promise"))
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
