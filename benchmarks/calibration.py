"""What certainty claims against what is true, in simulated districts whose truth is known (S32).

`python benchmarks/calibration.py` simulates 200 districts a row with what the noise model does not assume: heavy tails,
unequal spreads, visits and months that resemble each other, overdispersed counts, marks that go missing because they
are bad, unequal sizes. Raw counts, marks and visits are drawn, scored by the project's methods and kernel, and judged
by `certainty_scope` for the month and the year to date. docs/certainty.md holds the table.
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.scoring import districts  # noqa: E402

from analysis.policy.book import Policy, load_policy  # noqa: E402
from analysis.policy.noise import NoiseModel  # noqa: E402
from analysis.scoring.certainty.inputs import ScopeInputs  # noqa: E402
from analysis.scoring.certainty.table import certainty_scope  # noqa: E402
from analysis.scoring.tiers import grade_places  # noqa: E402

PERIOD, DISTRICTS, REPLICATES = "2025-12", 200, 300
# The true weights are the policy's: the judgement about them is no noise here.
SAMPLING = ("counts", "inspections", "months", "rounding")
PLAIN = districts.NOISES["medium"]
NOISES = {
    "plain": PLAIN,
    "t3": replace(PLAIN, tail=3),
    "spread 1.3": replace(PLAIN, unit_ratio=1.3),
    "visits alike": replace(PLAIN, visit_points=8, visit_share=0.7),
    "months alike 0.3": replace(PLAIN, correlation=0.3),
    "months alike 0.7": replace(PLAIN, correlation=0.7),
    "overdispersed": replace(PLAIN, icc=0.05),
    "missing if bad": replace(PLAIN, hidden=0.3),
    "unequal sizes": replace(PLAIN, trials=(5, 60), size_spread=1.0),
    "all of them": districts.Noise((50, 400), 8, 2, 3, 0.3, 1.3, 0.7, 0.05, 0.3, 0.7),
}


@dataclass(frozen=True)
class Row:
    """What a row simulates: a noise by name, units, a shape of true levels, and the months that are known."""

    noise: str
    units: int = 85
    shape: str = "spread"
    history: int = 24


ROWS = (
    *(Row(noise) for noise in NOISES),
    Row("all of them", history=6),
    Row("all of them", shape="equal"),
    *(Row("all of them", units, shape) for units in (20, 200) for shape in ("spread", "equal")),
)


def simulate(base: Policy, row: Row, scope: str, seed: int) -> tuple[ScopeInputs, np.ndarray]:
    """Return a district of a row and its true published totals; the same ones on every run."""
    rng = np.random.default_rng([seed, row.units, row.history, list(NOISES).index(row.noise), len(scope)])
    months = 1 if scope == "month" else min(12, row.history)
    policy = districts.resize(base, row.units)
    return districts.simulate(policy, row.shape, NOISES[row.noise], rng, months, history=row.history)


def judge(inputs: ScopeInputs, truth: np.ndarray, model: NoiseModel) -> dict[str, float]:
    """Return what one district's certainty claims and what is true, as counts and means over its units."""
    table = certainty_scope(inputs, model)
    low, high, low_all, high_all, low_likely, high_likely = (
        table[name].to_numpy(dtype=float)
        for kind in ("", "_all", "_posterior")
        for name in (f"rank_low{kind}", f"rank_high{kind}")
    )
    best, worst = districts.true_places(truth)
    tiers, _ = grade_places(truth, inputs.keys, inputs.group, inputs.grading)
    is_stable = (table["verdict"] == "stable").to_numpy()
    is_true = table["tier_by_score"].to_numpy() == np.array(inputs.grading.tiers)[tiers]
    return {
        "stable": is_stable.sum(),
        "stable_true": (is_stable & is_true).sum(),
        "claimed": sum(row[f"p_{row['tier_by_score']}"] for _, row in table[is_stable].iterrows()),
        "single": ((low <= worst) & (best <= high)).mean(),
        "single_whole": ((low <= best) & (worst <= high)).mean(),
        "at_once": float(((low_all <= worst) & (best <= high_all)).all()),
        "at_once_whole": float(((low_all <= best) & (worst <= high_all)).all()),
        "likely": ((low_likely <= worst) & (best <= high_likely)).mean() if not np.isnan(low_likely).all() else np.nan,
        "width": (high - low + 1).mean(),
        "width_all": (high_all - low_all + 1).mean(),
        "width_likely": (high_likely - low_likely + 1).mean(),
    }


def measure(row: Row, count: int, base: Policy, model: NoiseModel) -> Iterable[dict]:
    """Yield what is found in a row, one entry a scope, over `count` districts."""
    for scope in ("month", "ytd"):
        found = pd.DataFrame([judge(*simulate(base, row, scope, seed), model) for seed in range(count)])
        sums, means = found.sum(), found.mean()
        stable = sums["stable"]
        told = {name: sums[name] / stable if stable else np.nan for name in ("claimed", "stable_true")}
        shares = means.drop(["stable", "stable_true", "claimed"]).to_dict()
        yield {**vars(row), "scope": scope, "stable_pct": 100 * means["stable"] / row.units, **told, **shares}


def load() -> tuple[Policy, NoiseModel]:
    """Return the rules and the noise model that the districts are judged with."""
    base = load_policy(ROOT).at(PERIOD)
    return base, base.noise.only(*SAMPLING).model_copy(update={"replicates": REPLICATES})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--districts", type=int, default=DISTRICTS)
    parser.add_argument("--rows", type=int, nargs="*", default=range(len(ROWS)), help="places of rows in ROWS")
    given = parser.parse_args()
    base, model = load()
    for place in given.rows:
        for entry in measure(ROWS[place], given.districts, base, model):
            cells = (f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in entry.values())
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
