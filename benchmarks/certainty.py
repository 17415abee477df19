"""Rank intervals beside a peer's; speed of replicates and what-ifs.

`python benchmarks/certainty.py peer` puts mean widths beside those of multiple-inference on the same estimates; `…
speed` times 10,000 replicates of 100 units × 23 indicators beside a plain loop over the scoring function, and 1,000
what-ifs beside full reruns, in processor seconds, the best of a few rounds in turn. Coverage: `calibration.py`.
"""

import argparse
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from multiple_inference.confidence_set import MarginalRanking, SimultaneousRanking  # noqa: E402
from tests.scoring import districts, frames  # noqa: E402

from analysis.policy.book import load_policy  # noqa: E402
from analysis.scoring.certainty.ranks import rank_intervals  # noqa: E402
from analysis.scoring.certainty.replicates import Replicates, replicate  # noqa: E402
from analysis.scoring.certainty.table import certainty_scope  # noqa: E402
from analysis.scoring.changes import Change, apply_changes  # noqa: E402
from analysis.scoring.kernel import aggregate, score_totals  # noqa: E402
from analysis.scoring.rounding import publish  # noqa: E402
from analysis.scoring.score_tables import score_month  # noqa: E402
from analysis.scoring.tiers import grade_places  # noqa: E402
from analysis.scoring.units import grade  # noqa: E402
from analysis.scoring.whatif import prepare, rescore  # noqa: E402

PERIOD = "2025-12"
UNITS, NOISES, MONTHS = (20, 50, 85), ("low", "medium", "high"), (1, 12)
PEERS_PER_CELL = 3
REPLICATES = 1000
SAMPLING = ("counts", "inspections", "months", "rounding")


def _measure_peer(inputs, found: Replicates, seed: int) -> dict:
    deviations = found.totals - found.exact
    covariance = np.cov(deviations.T)
    single = MarginalRanking(inputs.published, covariance, random_state=seed).fit(n_samples=REPLICATES).conf_int()
    every = SimultaneousRanking(inputs.published, covariance, random_state=seed).fit(n_samples=REPLICATES).conf_int()
    ours = rank_intervals(inputs.published, deviations, 0.95)
    return {
        "peer_width": np.mean(single[:, 1] - single[:, 0] + 1),
        "peer_width_all": np.mean(every[:, 1] - every[:, 0] + 1),
        "width_beside_peer": np.mean(ours.high - ours.low + 1),
        "width_all_beside_peer": np.mean(ours.high_all - ours.low_all + 1),
    }


def measure_peers() -> None:
    base = load_policy(ROOT).at(PERIOD)
    model = base.noise.only(*SAMPLING).model_copy(update={"replicates": REPLICATES})
    rows = []
    for units, months, noise, seed in product(UNITS, MONTHS, NOISES, range(PEERS_PER_CELL)):
        rng = np.random.default_rng([seed, units, months, NOISES.index(noise)])
        shape = districts.SHAPES[seed % len(districts.SHAPES)]
        policy = districts.resize(base, units)
        inputs, _ = districts.simulate(policy, shape, districts.NOISES[noise], rng, months)
        widths = _measure_peer(inputs, replicate(inputs, model), seed)
        rows.append({"units": units, "months": months, "noise": noise, **widths})
    print(pd.DataFrame(rows).groupby(["units", "months", "noise"]).mean().round(1).to_string())


def best_of(rounds: int, runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - start)
    return best


def time_replicates(rounds: int, count: int = 10_000, in_loop: int = 200) -> None:
    policy = districts.resize(load_policy(ROOT).at(PERIOD), 100)
    inputs, _ = districts.simulate(policy, "spread", districts.NOISES["medium"], np.random.default_rng(1))
    model = load_policy(ROOT).at(PERIOD).noise.model_copy(update={"replicates": count})
    moves = np.random.default_rng(2).normal(0, 1, (len(inputs.indicators), 250, len(inputs.unit_ids)))
    points = inputs.points + np.moveaxis(moves, 0, -1)
    units = pd.DataFrame({"unit_id": inputs.unit_ids, "group": inputs.group, "deductions": 0.0})
    units[["workload_per_head", "key_work_score"]] = np.nan
    weights = inputs.weights

    def score(some: np.ndarray) -> np.ndarray:
        totals = score_totals(some, weights.indicators, weights.channels, weights.channel_of)[1]
        published = publish(np.clip(totals, 0, 100), inputs.grading.rounding)
        return grade_places(published, inputs.keys, inputs.group, inputs.grading)[0]

    def score_month_of(one: np.ndarray) -> pd.DataFrame:
        totals = aggregate(one, weights.indicators, weights.channels, weights.channel_of).totals
        return grade(units.assign(total=publish(totals, inputs.grading.rounding)), inputs.grading)

    runs = {
        f"{count} replicates in one run, noise drawn": lambda: replicate(inputs, model),
        f"{count} replicates in one run, points given": lambda: [score(points) for _ in range(count // len(points))],
        f"{in_loop} replicates, a loop over the same function": lambda: [score(one) for one in points[:in_loop]],
        f"{in_loop} replicates, a loop over the month's": lambda: [score_month_of(one) for one in points[:in_loop]],
        "the whole table of certainty, 85 units, a year, 2,000 replicates": _certainty_of_a_year(12),
    }
    for name, seconds in best_of(rounds, runs).items():
        print(f"{seconds:8.2f} s  {name}", flush=True)


def _certainty_of_a_year(months: int) -> Callable[[], object]:
    policy = districts.resize(load_policy(ROOT).at(PERIOD), 85)
    inputs, _ = districts.simulate(policy, "spread", districts.NOISES["medium"], np.random.default_rng(1), months)
    model = load_policy(ROOT).at(PERIOD).noise
    return lambda: certainty_scope(inputs, model)


def time_whatifs(rounds: int, count: int = 1_000, reruns: int = 5) -> None:
    book = load_policy(ROOT)
    policies = {month: book.at(month) for month in frames.MONTHS}
    measurements = frames.measurements(policies=policies)
    adjustments = frames.adjustments()
    rows = measurements[(measurements["period"] == PERIOD) & measurements["value"].notna()]
    rng = np.random.default_rng(3)
    changes = [
        Change(row.unit_id, row.indicator_id, "value", float(rng.integers(0, 21)), row.item_id)
        for row in rows.iloc[rng.integers(0, len(rows), count)].itertuples()
    ]
    baseline = prepare(policies, measurements, adjustments, PERIOD)

    def rerun(change: Change) -> None:
        changed = apply_changes(measurements, [change], policies[PERIOD])
        score_month(policies, changed, adjustments, PERIOD)

    runs = {
        f"{count} what-ifs": lambda: [rescore(baseline, [change]) for change in changes],
        f"{reruns} full reruns": lambda: [rerun(change) for change in changes[:reruns]],
    }
    for name, seconds in best_of(rounds, runs).items():
        print(f"{seconds:8.2f} s  {name}, {len(policies[PERIOD].units)} units, 2 months")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["peer", "speed"])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.what == "peer":
        measure_peers()
    else:
        time_replicates(given.rounds)
        time_whatifs(1)


if __name__ == "__main__":
    main()
