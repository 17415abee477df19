"""How sure a place is: on simulated districts with known truth, and where there is little to compare (R19, R21)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.policy.book import load_policy
from analysis.policy.noise import SOURCES
from analysis.policy.tables import TABLES
from analysis.scoring.certainty.noise import point_deviations, weight_shifts
from analysis.scoring.certainty.ranks import rank_intervals
from analysis.scoring.certainty.replicates import draw_noise, noise_shares, replicate
from analysis.scoring.certainty.table import certainty_scope
from analysis.scoring.rounding import publish

from . import districts

ROOT = Path(__file__).resolve().parents[2]
POLICY = load_policy(ROOT).at("2025-12")
MODEL = load_policy(ROOT).at("2025-12").noise.model_copy(update={"replicates": 400})
SAMPLING = MODEL.only("counts", "inspections", "months", "rounding")


def district(shape="spread", units=20, noise="medium", months=1, seed=1, policy=POLICY):
    rng = np.random.default_rng(seed)
    return districts.simulate(districts.resize(policy, units), shape, districts.NOISES[noise], rng, months)


def checked(inputs, model=MODEL):
    table = TABLES["certainty"].check(certainty_scope(inputs, model))
    return table.set_index("unit_id").loc[inputs.unit_ids]


def with_points(inputs, points):
    """The district with other points and no counts behind them."""
    totals = replace(inputs, points=points).exact_totals()[1]
    nothing = np.full(points.shape, np.nan)
    published = publish(totals, inputs.grading.rounding)
    return replace(inputs, points=points, numerator=nothing, denominator=nothing, published=published)


@pytest.mark.parametrize("months", [1, 12])
@pytest.mark.parametrize("noise", ["low", "medium", "high"])
def test_in_a_district_of_equal_units_nobody_is_certain(noise, months):
    certain = [checked(district("equal", 40, noise, months, seed)[0])["verdict"].eq("stable") for seed in range(3)]
    assert not np.concatenate(certain).any()


@pytest.mark.parametrize("months", [1, 12])
def test_in_a_well_separated_district_everybody_is_certain(months):
    table = checked(district("separated", 20, "low", months)[0])
    assert (table["rank_low_all"] == table["rank"]).all()
    assert (table["rank_high_all"] == table["rank"]).all()
    assert (table["verdict"] == "stable").all()


@pytest.mark.parametrize("shape", ["clusters", "spread"])
def test_intervals_hold_the_rank_and_the_simultaneous_ones_hold_the_single(shape):
    table = checked(district(shape, 30)[0])
    assert (table["rank_low_all"] <= table["rank_low"]).all()
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()
    assert (table["rank_high"] <= table["rank_high_all"]).all()
    chances = table[["p_excellent", "p_good", "p_pass", "p_fail"]]
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (table["p_interview"] >= table[["p_fail", "p_bottom_five"]].max(axis=1)).all()


@pytest.mark.slow
@pytest.mark.parametrize("months", [1, 12])
def test_95_pct_intervals_cover_the_true_places_in_93_pct_of_cases(months):
    covered, naive = [], []
    for seed in range(36):
        shape = districts.SHAPES[seed % 3]
        noise = ("low", "medium", "high")[seed // 3 % 3]
        inputs, truth = district(shape, 30, noise, months, seed)
        found = replicate(inputs, SAMPLING)
        intervals = rank_intervals(inputs.published, found.totals - found.exact, 0.95)
        best, worst = districts.true_places(truth)
        covered.append((intervals.low <= best) & (worst <= intervals.high))
        places = 1 + (found.totals[:, None, :] > found.totals[:, :, None]).sum(axis=2)
        low, high = np.quantile(places, [0.025, 0.975], axis=0)
        naive.append((low <= best) & (worst <= high))
    assert np.mean(covered) >= 0.93
    # What the method is for: quantiles of resampled ranks fail where units are close.
    assert np.mean(naive) < 0.8


@pytest.mark.slow
def test_a_stable_tier_is_the_true_one_where_true_scores_differ():
    right = []
    for seed in range(12):
        inputs, truth = district("spread", 40, ("low", "medium", "high")[seed % 3], 1, seed)
        table = checked(inputs, SAMPLING)
        true = checked(replace(with_points(inputs, inputs.points), published=truth), SAMPLING)["tier_by_score"]
        stable = (table["verdict"] == "stable").to_numpy()
        right.append((table["tier_by_score"] == true).to_numpy()[stable])
    assert np.concatenate(right).mean() >= 0.95


def test_the_same_run_gives_the_same_bits_and_another_month_other_draws():
    inputs, _ = district(months=12)
    one, other = replicate(inputs, MODEL).totals, replicate(inputs, MODEL).totals
    assert np.array_equal(one, other)
    assert not np.array_equal(one, replicate(replace(inputs, period="2025-11"), MODEL).totals)


def test_switching_a_source_off_leaves_the_draws_of_the_others():
    inputs, _ = district(months=12)
    shifts = weight_shifts(inputs, MODEL)
    assert np.array_equal(shifts, weight_shifts(inputs, MODEL.only("weights")))
    both = point_deviations(inputs, MODEL.only("counts", "inspections"))
    for name in ("counts", "inspections"):
        alone = point_deviations(inputs, MODEL.only(name))[name]
        assert alone
        assert alone.keys() == both[name].keys()
        assert all(np.array_equal(alone[place], both[name][place]) for place in alone)
    assert both["months"] == {}


@pytest.mark.parametrize("source", [name for name in SOURCES if name != "months"])
def test_the_first_draws_are_those_of_fewer_replicates_with_the_source_alone(source):
    inputs, _ = district(months=12)
    few = MODEL.model_copy(update={"replicates": 150}).only(source)
    first, alone = draw_noise(inputs, MODEL).only(source, 150), draw_noise(inputs, few)
    assert first.deviations[source].keys() == alone.deviations.get(source, {}).keys()
    for place, deviations in first.deviations[source].items():
        assert np.array_equal(deviations, alone.deviations[source][place])
    assert np.array_equal(first.rounding, alone.rounding)
    assert np.array_equal(first.shifts, alone.shifts)
    assert any(drawn.any() for drawn in (first.rounding, first.shifts, *first.deviations[source].values()))


def test_without_noise_everyone_is_certain_and_has_no_share():
    inputs, _ = district()
    table = checked(inputs, MODEL.only())
    assert (table["rank_low_all"] == table["rank"]).all()
    assert (table["noise_points"] == 0).all()
    assert table["share_counts_pct"].isna().all()


def shares_of(inputs, model):
    return noise_shares(inputs, model, draw_noise(inputs, model))


def test_shares_of_the_sources_add_up_and_a_source_that_is_off_has_none():
    inputs, _ = district(months=12)
    shares = shares_of(inputs, MODEL)
    assert shares.sum(axis=1) == pytest.approx(100)
    assert (shares > 0).all()
    off = shares_of(inputs, MODEL.only("counts", "weights"))
    assert off[:, [SOURCES.index(name) for name in ("inspections", "months", "rounding")]] == pytest.approx(0)


def test_a_month_has_no_months_to_resample():
    inputs, _ = district(months=1)
    assert shares_of(inputs, MODEL)[:, SOURCES.index("months")] == pytest.approx(0)


def test_weight_shifts_stay_within_the_bounds_and_sum_to_nothing():
    shifts = weight_shifts(district()[0], MODEL)
    assert np.abs(shifts).max() <= MODEL.weights.points
    assert shifts.sum(axis=1) == pytest.approx(0)
    assert shifts.mean(axis=0) == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize(("hits", "trials"), [(20, 20), (0, 20), (3, 4)])
def test_a_rate_at_its_end_is_not_taken_for_certain(hits, trials):
    inputs, _ = district()
    place = inputs.weights.indicator_ids.index("common-06")
    numerator, denominator = inputs.numerator.copy(), inputs.denominator.copy()
    numerator[0, place], denominator[0, place] = hits, trials
    moved = point_deviations(replace(inputs, numerator=numerator, denominator=denominator), MODEL.only("counts"))
    assert moved["counts"][place][:, 0].std() > 1


# --- where there is little to compare ---


def test_a_tie_is_one_place_that_neither_loses():
    inputs, _ = district("separated", 10, "low")
    points = inputs.points.copy()
    points[4] = points[5] = 80.0
    table = checked(with_points(inputs, points), MODEL.only("counts"))
    tied = table.iloc[[4, 5]]
    assert tied["rank"].nunique() == 1
    assert (tied["rank_low"] == tied["rank"]).all()
    assert (tied["rank_high"] == tied["rank"] + 1).all()


def test_a_unit_without_data_in_a_channel_is_placed_by_the_others():
    inputs, _ = district("spread", 10)
    points = inputs.points.copy()
    random = [place for place, indicator in enumerate(inputs.indicators) if indicator.channel == "random"]
    points[0, random] = np.nan
    table = checked(with_points(inputs, points))
    assert table["rank"].notna().all()
    assert table["share_inspections_pct"].iloc[0] < 5


def test_a_unit_without_any_data_has_an_empty_row_and_takes_no_place():
    inputs, _ = district("separated", 10, "low")
    points = inputs.points.copy()
    points[0] = np.nan
    table = checked(with_points(inputs, points))
    assert table.iloc[0][["rank", "rank_low", "p_good", "margin_up_points"]].isna().all()
    assert table["verdict"].iloc[0] == ""
    assert table["rank_high_all"].max() == 9


def test_one_unit_alone_has_the_only_place():
    table = checked(district("spread", 1)[0])
    row = table.iloc[0]
    assert (row["rank_low"], row["rank_high"], row["tier_by_score"]) == (1, 1, "good")
    assert row[["margin_up_points", "margin_down_points"]].isna().all()


def test_units_with_exactly_equal_scores_are_all_indistinct():
    inputs, _ = district("equal", 12)
    table = checked(with_points(inputs, np.full(inputs.points.shape, 88.0)))
    assert (table["rank"] == 1).all()
    assert ((table["rank_low"] == 1) & (table["rank_high"] == 12)).all()
    assert (table["verdict"] == "indistinct").all()


def test_one_indicator_is_enough():
    inputs, _ = district("spread", 15)
    place = inputs.weights.indicator_ids.index("common-06")
    points = np.full(inputs.points.shape, np.nan)
    points[:, place] = inputs.points[:, place]
    alone = replace(inputs, points=points)
    alone = replace(alone, published=publish(alone.exact_totals()[1], inputs.grading.rounding))
    table = checked(alone, MODEL.only("counts", "weights"))
    # The only channel with data weighs 100, whatever the policy's weights.
    assert table["share_counts_pct"].to_numpy() == pytest.approx(100)
    assert table["noise_points"].gt(0).all()


def test_within_groups_tiers_are_judged_by_the_groups_places():
    inputs, _ = district("separated", 20, "low")
    by_group = replace(
        inputs,
        group=np.array(["a", "b"] * 10),
        grading=inputs.grading.model_copy(update={"tier_scope": "group"}),
    )
    table = checked(by_group)
    assert (table["tier_best"] == table["tier_by_score"]).all()
    assert table["tier_by_score"].value_counts().to_dict() == {"good": 10, "excellent": 4, "pass": 4, "fail": 2}


@pytest.mark.parametrize("scores", [[5.0], [3.0, 1.0], [1.0, 1.0]])
def test_rank_intervals_of_few_units_without_noise(scores):
    found = rank_intervals(np.array(scores), np.zeros((200, len(scores))), 0.95)
    best, worst = districts.true_places(np.array(scores))
    assert (found.low == best).all()
    assert (found.high == worst).all()


@pytest.mark.parametrize("shape", ["clusters", "spread"])
def test_the_margin_in_weights_takes_the_unit_over_the_line_of_interviews(shape):
    inputs, _ = district(shape, 40)
    table = checked(inputs, MODEL.only("rounding"))
    channel_scores, _ = inputs.exact_totals()
    is_complete = ~np.isnan(channel_scores).any(axis=1)
    reachable = np.flatnonzero(table["weight_margin_interview_points"].notna() & is_complete)
    assert len(reachable)
    for unit in reachable:
        size, gap = table[["weight_margin_interview_points", "margin_interview_points"]].iloc[unit]
        moved = [_after_shift(inputs, channel_scores, unit, share * size, gap) for share in (1.001, 0.98)]
        crosses, stays = (np.sign(gap) * (total - inputs.published[unit] - gap) >= -1e-9 for total in moved)
        assert crosses
        assert not stays or abs(gap) <= 0.01


def _after_shift(inputs, channel_scores, unit, size, gap):
    """The published total of a unit whose weight moves by `size` from its worst channels to its best, or back."""
    order = np.argsort(np.sign(gap) * channel_scores[unit], kind="stable")
    weights = inputs.weights.channels[unit].copy()
    weights[order] += size * np.array([-1, -1, 1, 1])
    return publish(np.array([(weights * channel_scores[unit]).sum() / 100]), inputs.grading.rounding)[0]
