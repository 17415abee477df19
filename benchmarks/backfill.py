"""What the store adds to a back-fill, and how a month's tables grow with the months before and with the units.

`python benchmarks/backfill.py [--months 46] [--long 120] [--units 86 300 3000]` makes roots of synthetic raw files and
prints, in one process and in one run,
1. the tables of the sample's months in one pass (`analysis run FIRST..LAST` without pages) beside a plain loop over
   the same functions, which reads each raw file once, keeps the tables in memory, writes them, and verifies nothing;
2. the same of a month, year by year of a long back-fill;
3. the same of one month by number of units.
All figures are CPU-seconds, children and a back-fill's second process included; the first table also tells seconds by
the clock, because waiting for the disk (a published file is flushed) costs no CPU.
"""

import argparse
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml

from analysis.policy.book import load_policy
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.run.month import Month, new_month
from analysis.run.steps import HISTORY
from analysis.run.store.history import build_tables
from analysis.sample.world import World, load_world
from analysis.sample.write import write_month

ROOT = Path(__file__).resolve().parents[1]
_SINCE = re.compile(r"\b(from|start): 2023-01\b(?!-)")


@dataclass(frozen=True)
class LoopMonth(Month):
    """A month whose earlier months are at hand as Python objects, instead of in the store."""

    done: dict[str, "LoopMonth"] = field(default_factory=dict, repr=False)

    def table(self, name: str, period: str | None = None):
        return super().table(name) if period in (None, self.period) else self.done[period].table(name)

    def tables_of(self, name: str, periods: Sequence[str], columns: Sequence[str] | None = None, scope: str = ""):
        frames = [self.table(name, period) for period in periods]
        frames = [frame[frame["scope"] == scope] for frame in frames] if scope else frames
        whole = pd.concat(frames, ignore_index=True) if frames else TABLES[name].empty()
        return whole if columns is None else whole[list(columns)]

    def has(self, period: str) -> bool:
        return period in self.done

    def path(self, name: str, period: str | None = None) -> Path:
        return super().path(name) if period in (None, self.period) else self.done[period].path(name)


def loop(root: Path, periods: Sequence[str]) -> None:
    """Build the same tables as a back-fill does, by its functions alone."""
    book, done = load_policy(root), {}
    for period in periods:
        folder = root / "loop" / period
        folder.mkdir(parents=True)
        plain = new_month(root, book, period)
        month = LoopMonth(root, book, period, plain.as_of, folder, done=done)
        for step in HISTORY:
            month.build(step)
        done[period] = month


def back_fill(root: Path, periods: Sequence[str]) -> None:
    build_tables(new_month(root, load_policy(root), periods[-1]), periods)


def seconds(work: Callable[[], None]) -> float:
    """CPU-seconds, of child processes too: other work on the machine counts little."""
    start = sum(os.times()[:4])
    work()
    return sum(os.times()[:4]) - start


def compare(folder: Path, months: int, rounds: int) -> None:
    periods = month_range("2023-01", shift("2023-01", months - 1))
    root = folder / "sample"
    shutil.copytree(ROOT / "params", root / "params")
    for period in periods:
        shutil.copytree(ROOT / "data" / "raw" / period, root / "data" / "raw" / period)
    best = dict.fromkeys(("plain loop", "back-fill"), (float("inf"), float("inf")))
    loop(root, periods[:1])  # imports and first calls are no month's cost
    shutil.rmtree(root / "loop")
    for _ in range(rounds):
        for case, work in (("plain loop", loop), ("back-fill", back_fill)):
            start = time.perf_counter()
            cpu = seconds(lambda work=work: work(root, periods))
            best[case] = min(best[case], (cpu, time.perf_counter() - start))
        for made in ("loop", "data/processed"):
            shutil.rmtree(root / made)
    print(f"| tables of {months} months | CPU-s | × plain loop | clock s | × plain loop |\n|---|---|---|---|---|")
    for case, (cpu, clock) in best.items():
        ratios = [each / of for each, of in zip((cpu, clock), best["plain loop"], strict=True)]
        print(f"| {case} | {cpu:.1f} | {ratios[0]:.2f} | {clock:.1f} | {ratios[1]:.2f} |", flush=True)


def write_root(root: Path, first: str, extra_units: int = 0) -> World:
    """Copy the rules, with the district's start and every rule of its first day moved to `first`, and add units."""
    shutil.copytree(ROOT / "params", root / "params")
    for path in (root / "params").glob("*.yml"):
        path.write_text(_SINCE.sub(rf"\1: {first}", path.read_text("utf-8")), "utf-8")
    _edit(root / "params" / "calendar.yml", lambda calendar: _add_years(calendar, int(first[:4])))
    _edit(root / "params" / "units.yml", lambda units: _add_units(units, first, extra_units))
    return load_world(root)


def _edit(path: Path, change: Callable[[dict], None]) -> None:
    content = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # every value stays the text that it is
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def _add_years(calendar: dict, first: int) -> None:
    for year in range(first - 1, int(calendar["years"][0]["year"])):
        days = {"holidays": [], "extra_working_days": []}
        calendar["years"].append({"year": str(year), "status": "provisional", "document": "无", **days})
    calendar["years"].sort(key=lambda year: year["year"])


def _add_units(units: dict, first: str, count: int) -> None:
    groups = [group["id"] for group in units["groups"]]
    for number in range(count):
        group = groups[number % (len(groups) - 1)]  # the last group are the towns
        units["units"].append({"id": f"E{number:04d}", "name": f"虚构单位{number:04d}", "group": group, "from": first})


def write_raw(root: Path, world: World, periods: Sequence[str]) -> None:
    for period in periods:
        folder = root / "data" / "raw" / period
        folder.mkdir(parents=True)
        for name, content in write_month(world, period).items():
            (folder / name).write_bytes(content)


def grow_in_months(folder: Path, n_months: int) -> None:
    """Build `n_months` months up to 2025-12, or the first ones since 2023-01 where they are fewer than three years."""
    first = shift("2025-12", 1 - max(n_months, 36))
    root, periods = folder / "long", month_range(first, shift(first, n_months - 1))
    write_raw(root, write_root(root, first), periods)
    month = new_month(root, load_policy(root), periods[-1])
    print(f"\n| months of a back-fill of {n_months} | CPU-s a month | × the second row | tickets a month |")
    print("|---|---|---|---|")
    costs = []
    for at in range(0, n_months, 12):
        part = periods[at : at + 12]
        costs.append(seconds(lambda part=part: build_tables(month, part)) / len(part))
        tickets = sum(len(month.store.load("tickets", period)) for period in part) / len(part)
        growth = costs[-1] / costs[min(1, len(costs) - 1)]
        print(f"| {at + 1}–{at + len(part)} | {costs[-1]:.2f} | {growth:.2f} | {tickets:.0f} |", flush=True)


def grow_in_units(folder: Path, counts: Sequence[int]) -> None:
    print("\n| units of a month | CPU-s | × the first | units × the first | tables MB |\n|---|---|---|---|---|")
    base, first_cost = len(load_policy(ROOT).at("2023-01").units), None
    for count in counts:
        root = folder / f"units-{count}"
        write_raw(root, write_root(root, "2023-01", max(0, count - base)), ["2023-01"])
        cost = seconds(lambda root=root: back_fill(root, ["2023-01"]))
        first_cost = first_cost or cost
        size = sum(path.stat().st_size for path in (root / "data" / "processed").rglob("*.parquet")) / 1e6
        print(
            f"| {count:,} | {cost:.2f} | {cost / first_cost:.2f} | {count / counts[0]:.2f} | {size:.1f} |", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--months", type=int, default=46)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--long", type=int, default=120)
    parser.add_argument("--units", type=int, nargs="+", default=[86, 300, 3000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="analysis-bench-") as name:
        compare(Path(name), given.months, given.rounds)
        grow_in_months(Path(name), given.long)
        grow_in_units(Path(name), given.units)


if __name__ == "__main__":
    main()
