"""An index of three levels: indicators between goalposts, pillars, two sub-indexes, one total; gaps redistributed."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.scoring.score_tables import score_parents

from .district import PERIOD, District, indicator, run, score_sheets, tiers_of, weights_of, write_params, write_rows

TIERS = {"high": "High", "middle": "Middle", "low": "Low"}
GRADING = {
    "quotas": {"high": 30, "middle": 40, "low": 30},
    "remainder_order": ["middle", "high", "low"],
    "tie_at_line": {"high": "up", "middle": "up"},
}


class Index(NamedTuple):
    """Raw values (units × indicators), which way each is better, and the pillar and sub-index of each."""

    raw: pd.DataFrame
    names: pd.Series
    direction: pd.Series
    levels: pd.DataFrame


def publish(root, index: Index) -> District:
    """The index as a scheme: a goalpost method for each indicator, pillars as parents, sub-indexes as channels."""
    indicators, parents = [], []
    ids = {code: f"{code.lower()}-i" for code in index.raw.columns}
    for code, (pillar, sub_index) in index.levels.iterrows():
        low, high = float(index.raw[code].min()), float(index.raw[code].max())
        ends = (low, high) if index.direction[code] > 0 else (high, low)
        method = {"name": "between", "threshold": ends[0], "benchmark": ends[1]}
        way = {"parent": f"{pillar.lower()}-p", "direction": "higher" if index.direction[code] > 0 else "lower"}
        indicators.append(indicator(ids[code], index.names[code], sub_index.lower(), method, **way))
    for pillar, sub_index in index.levels.drop_duplicates("Pillar").itertuples(index=False):
        parents.append({"id": f"{pillar.lower()}-p", "name": f"Pillar {pillar}", "channel": sub_index.lower()})
    channels = {name.lower(): (f"Sub-index {name}", 50) for name in index.levels["Sub-index"].unique()}
    units = [{"id": code, "name": f"Country {code}", "group": "all-units"} for code in index.raw.index]
    write_params(
        root,
        units=units,
        sheets=score_sheets(ids.values()),
        indicators={"families": [{"id": "all", "name": "All"}], "parents": parents, "indicators": indicators},
        weights=weights_of(channels),
        tiers=tiers_of(TIERS, **GRADING),
    )
    head = ["Unit", *(index.names[code] for code in index.raw.columns)]
    write_rows(root, head, ([f"Country {code}", *map(float, row)] for code, row in index.raw.iterrows()))
    return run(root)


def scores_of(found: District) -> pd.DataFrame:
    """Return units × (pillars, sub-indexes, total), before the rounding of what is published."""
    policy = load_policy(found.root).at(PERIOD)
    parents = score_parents(found.load("indicator_scores"), policy).pivot(
        index="unit_id", columns="parent", values="score"
    )
    channels = found.load("channel_scores").pivot(index="unit_id", columns="channel", values="score")
    parents.columns = [name.removesuffix("-p") for name in parents.columns]
    return parents.join(channels).assign(index=found.load("unit_scores").set_index("unit_id")["base"])


def mean_of(points: pd.DataFrame, above: pd.Series) -> pd.DataFrame:
    """Return one level up: the mean of what is there."""
    return points.T.groupby(above.reindex(points.columns)).mean().T


def small_index() -> Index:
    """Seven units, twelve indicators, four pillars, some gaps, one pillar of a unit wholly missing."""
    rng = np.random.default_rng(51)
    codes = [f"I{n:02d}" for n in range(12)]
    levels = pd.DataFrame(
        {"Pillar": np.repeat(["Trade", "Travel", "Land", "Air"], 3), "Sub-index": np.repeat(["Conn", "Sust"], 6)},
        index=codes,
    )
    raw = pd.DataFrame(rng.normal(0, 30, (7, 12)).round(3), index=[f"C{n}" for n in range(7)], columns=codes)
    raw = raw.mask(rng.random(raw.shape) < 0.12)
    raw.loc["C2", ["I06", "I07", "I08"]] = np.nan
    names = pd.Series({code: f"Indicator {code}, per head of population" for code in codes})
    return Index(raw, names, pd.Series(rng.choice([-1, 1], 12), index=codes), levels)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    index = small_index()
    return index, publish(tmp_path_factory.mktemp("index"), index)


def test_every_level_is_the_mean_of_what_is_below_it(small):
    index, found = small
    raw = index.raw * index.direction
    points = 100 * (raw - raw.min()) / (raw.max() - raw.min())
    assert points.isna().sum().sum() > 3
    pillars = mean_of(points, index.levels["Pillar"])
    above = index.levels.drop_duplicates("Pillar").set_index("Pillar")["Sub-index"]
    subs = mean_of(pillars, above)
    expected = pillars.join(subs).assign(index=subs.mean(axis=1)).rename(columns=str.lower)
    got = scores_of(found)[expected.columns]
    np.testing.assert_allclose(got, expected.loc[got.index], rtol=0, atol=1e-12)
    published = found.totals()
    assert {unit: round(published[unit], 2) for unit in index.raw.index} == {
        unit: pytest.approx(total, abs=0.00500001) for unit, total in expected["index"].items()
    }


def test_pages_show_the_levels_by_their_names(small):
    _, found = small
    feedback = found.page("feedback/C1_*.html")
    assert "分项得分：" in feedback and "Pillar Trade" in feedback
    assert all(name in found.page("bulletin.html") for name in ("Sub-index Conn", "High"))
    assert not [path for path in found.pages() if "nan" in path.name]


@pytest.mark.slow
def test_51_of_51_countries_of_asem_come_out_as_published(shared_cases, tmp_path):
    folder = shared_cases / "asem"
    levels = pd.read_csv(folder / "lineage.csv").set_index("Indicator")[["Pillar", "Sub-index"]]
    meta = pd.read_csv(folder / "iMeta.csv").set_index("iCode")
    raw = pd.read_csv(folder / "iData_input.csv").set_index("uCode").sort_index()[levels.index].astype(float)
    index = Index(raw, meta.loc[levels.index, "iName"], meta.loc[levels.index, "Direction"].astype(int), levels)
    got = scores_of(publish(tmp_path, index))
    published = pd.read_csv(folder / "simple_minmax_a_amean_aggregated.csv").set_index("uCode")
    ranks = pd.read_csv(folder / "simple_minmax_a_amean_ranks.csv").set_index("uCode")
    names = [*levels["Pillar"].unique(), "Conn", "Sust", "Index"]
    assert len(got) == 51
    for name in names:
        np.testing.assert_allclose(got[name.lower()], published.loc[got.index, name], rtol=0, atol=1e-12)
    rounded = got["index"].round(9).rank(ascending=False, method="min").astype(int)
    assert (rounded == ranks.loc[got.index, "Index"]).all()
