"""What a fleet costs: many districts on two workers beside one district, a lost worker, and an estimate for a country.

`python benchmarks/fleet.py --districts 136` writes copies of the sample's first month, each under its own name, and
1. runs some of them one after another in one warm process, then in two at the same time, before the fleet and after it
   (a machine's speed drifts): CPU-seconds of one district alone, and beside another one (what two busy cores take from
   each other is no cost of the fleet);
2. runs all on the embedded cluster with two workers: CPU-seconds of everything (start, scheduler, imports, page
   included) against the districts' own, and how busy the cores were;
3. runs some on a scheduler and two workers as processes of their own, kills one worker half way, and counts revisions.
Tables only. Seconds of CPU are comparable on a busy machine, those of the clock are not: its load is printed.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import psutil
import yaml

from analysis.policy.fleet import Fleet, load_fleet
from analysis.run.fleet import run_fleet
from analysis.run.fleet.district import read_reference, run_district
from analysis.run.fleet.province import write_province
from analysis.run.store.revisions import Store
from analysis.sample.write import write_sample

PERIOD = "2023-01"
WORKERS = 2
COUNTRY = 2_843


def write_fleet(folder: Path, base: Path, n_districts: int) -> Fleet:
    districts = []
    for number in range(1, n_districts + 1):
        root, name = folder / f"{number:04d}", f"虚构区{number:02d}"
        shutil.copytree(base, root)
        params = root / "params" / "district.yml"
        params.write_text(params.read_text("utf-8").replace("name: 澄川区", f"name: {name}", 1), "utf-8")
        districts.append({"id": f"X{number:04d}", "name": name, "root": root.name})
    (folder / "districts.yml").write_text(yaml.safe_dump({"name": "虚构省", "districts": districts}), "utf-8")
    return load_fleet(folder / "districts.yml")


def cpu_seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def all_cpu_seconds() -> float:
    """Of this process and of all that it started and that ended."""
    return cpu_seconds(resource.RUSAGE_SELF) + cpu_seconds(resource.RUSAGE_CHILDREN)


def machine_seconds() -> float:
    """CPU-seconds of the whole machine that were not idle: with our own share it says what else was running."""
    told = psutil.cpu_times()
    return sum(told) - told.idle - getattr(told, "iowait", 0) - getattr(told, "guest", 0)


def count_revisions(fleet: Fleet) -> list[int]:
    return [len(Store(Path(district.root)).revisions(PERIOD)) for district in fleet.districts]


def measure_one(fleet: Fleet) -> float:
    """Return CPU-seconds per district in one process, without imports: the first district is not counted."""
    reference = read_reference(fleet.districts[0])
    for place, district in enumerate(fleet.districts):
        if place == 1:
            start = all_cpu_seconds()
        told = run_district(district, PERIOD, reference, tables_only=True)
        if told.state != "built":
            raise SystemExit(f"{told.name}: {told.state} {told.error}")
    return (all_cpu_seconds() - start) / (len(fleet.districts) - 1)


def measure_beside(fleets: Sequence[Fleet]) -> float:
    """Return CPU-seconds per district where plain processes, one for each fleet, run at the same time."""
    with ProcessPoolExecutor(len(fleets), mp_context=get_context("spawn")) as pool:
        return sum(pool.map(measure_one, fleets)) / len(fleets)


def measure_fleet(fleet: Fleet, page: Path) -> dict[str, float]:
    cpu, machine, clock = all_cpu_seconds(), machine_seconds(), time.perf_counter()
    done = run_fleet(fleet, PERIOD, workers=WORKERS, tables_only=True)
    write_province(fleet, done, page)
    cpu, machine, clock = all_cpu_seconds() - cpu, machine_seconds() - machine, time.perf_counter() - clock
    if done.failed:
        raise SystemExit(f"{done.failed[0].name}: {done.failed[0].error}")
    return {"cpu": cpu, "clock": clock, "busy": cpu / clock, "others": (machine - cpu) / clock}


@contextmanager
def separate_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A scheduler and two workers without nannies, each a process of its own on the loopback address."""
    file = folder / "scheduler.json"
    shared = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard"]
    commands = [["dask_scheduler", "--port", "0", *shared]]
    commands += [["dask_worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(folder), *shared]] * WORKERS
    processes = []
    try:
        for module, *options in commands:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *options]
            with (folder / "cluster.log").open("ab") as log:
                processes.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))
            while not file.is_file() or not file.read_bytes():
                time.sleep(0.1)
        yield json.loads(file.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def lose_a_worker(fleet: Fleet, folder: Path) -> str:
    """Kill one of two workers when half of the districts are done; return what was found."""
    seen = []
    with separate_cluster(folder) as (address, workers):

        def watch(result) -> None:
            seen.append(result)
            if len(seen) == len(fleet.districts) // 2:
                os.kill(workers[0].pid, signal.SIGKILL)

        done = run_fleet(fleet, PERIOD, scheduler=address, without_tls=True, tables_only=True, on_result=watch)
    counts = count_revisions(fleet)
    return (
        f"- {len(fleet.districts)} districts, one of two workers killed after {len(fleet.districts) // 2}: "
        f"{len(done.results) - len(done.failed)} complete, {len(done.failed)} failed, "
        f"{sum(count > 1 for count in counts)} published twice, {counts.count(0)} not published"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--districts", type=int, default=136, help="on the embedded cluster")
    parser.add_argument("--alone", type=int, default=6, help="one after another, the first not counted")
    parser.add_argument("--lost", type=int, default=136, help="on separate processes, one of which is killed; 0: none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="analysis-bench-") as scratch:
        base = Path(scratch, "base")
        write_sample(base, first=PERIOD, last=PERIOD)

        def new_fleet(name: str, n_districts: int) -> Fleet:
            folder = Path(scratch, name)
            folder.mkdir()
            return write_fleet(folder, base, n_districts)

        def measure_both(when: str) -> tuple[float, float]:
            alone = measure_one(new_fleet(f"alone-{when}", given.alone))
            return alone, measure_beside([new_fleet(f"{side}-{when}", given.alone) for side in ("left", "right")])

        print(f"- load average at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        before = measure_both("before")
        fleet = new_fleet("fleet", given.districts)
        found = measure_fleet(fleet, Path(scratch, "page"))
        after = measure_both("after")
        one, beside = ((early + late) / 2 for early, late in zip(before, after, strict=True))
        told = "{:.2f} CPU-s ({:.2f} before the fleet, {:.2f} after it, means of " + str(given.alone - 1) + ")"
        print("- one district, one warm process: " + told.format(one, before[0], after[0]))
        print("- one district beside another, two warm processes: " + told.format(beside, before[1], after[1]))
        alone, side = (found["cpu"] / (each * given.districts) for each in (one, beside))
        print(
            f"- {given.districts} districts, {WORKERS} workers: {found['cpu']:.0f} CPU-s in {found['clock']:.0f} s, "
            f"{alone:.2f} × {given.districts} × one alone, {side:.2f} × {given.districts} × one beside another; "
            f"{found['busy']:.2f} cores busy with it, "
            f"{found['others']:.2f} with other work; revisions per district: {set(count_revisions(fleet))}",
            flush=True,
        )
        each = found["cpu"] / given.districts
        hours = COUNTRY * each / 3600
        print(
            f"- on paper, {COUNTRY:,} districts of this size, one month, tables only: {hours:.1f} core-hours "
            f"at {each:.2f} CPU-s each; {60 * hours / 16:.0f} min on 16 free cores",
            flush=True,
        )
        if given.lost:
            print(lose_a_worker(new_fleet("lost", given.lost), Path(scratch, "lost")))


if __name__ == "__main__":
    main()
