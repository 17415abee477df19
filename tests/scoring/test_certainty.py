"""How sure a place is: on simulated districts with known truth, and where there is little to compare (R19, R21)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.noise import SOURCES
from analysis.policy.tables import TABLES
from analysis.scoring.certainty.ranks import rank_intervals
from analysis.scoring.certainty.replicates import noise_shares, replicate
from analysis.scoring.certainty.shrinkage import plausible_totals
from analysis.scoring.certainty.sources import draw_sources, measure_sources, overdispersion, weight_shifts
from analysis.scoring.certainty.table import _margins, base_target, certainty_month, certainty_scope
from analysis.scoring.margin import point_margins, weight_margins
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import tier_lines

from . import districts

ROOT = Path(__file__).resolve().parents[2]
POLICY = load_policy(ROOT).at("2025-12")
MODEL = load_policy(ROOT).at("2025-12").noise.model_copy(update={"replicates": 400})
SAMPLING = MODEL.only("counts", "inspections", "months", "rounding")


def district(shape="spread", units=20, noise="medium", months=1, seed=1, policy=POLICY, **other):
    rng = np.random.default_rng(seed)
    noise = districts.NOISES[noise] if isinstance(noise, str) else noise
    return districts.simulate(districts.resize(policy, units), shape, noise, rng, months, **other)


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
    assert np.array_equal(weight_shifts(inputs, MODEL), weight_shifts(inputs, MODEL.only("weights")))
    both, visits, counts = (
        draw_sources(inputs, model, measure_sources(inputs, model))
        for model in (MODEL.only("inspections", "counts"), MODEL.only("inspections"), MODEL.only("counts"))
    )
    assert visits.any()
    assert counts.any()
    assert both == pytest.approx(visits + counts)


def test_one_channel_alone_has_no_weight_to_give():
    inputs, _ = district()
    alone = replace(inputs, weights=replace(inputs.weights, channels=inputs.weights.channels[:, :1]))
    assert not weight_shifts(alone, MODEL).any()


def test_weights_that_move_all_units_alike_are_no_noise_of_a_place():
    inputs, _ = district("spread", 10)
    alike = with_points(inputs, np.repeat(inputs.points[:1], 10, axis=0))
    assert replicate(alike, MODEL.only("weights")).by_weights == pytest.approx(0)
    assert replicate(inputs, MODEL.only("weights")).by_weights.min() > 0


def test_replicates_of_the_weights_are_the_totals_under_each_shift():
    inputs, _ = district("spread", 8)
    inputs = with_points(inputs, np.nan_to_num(inputs.points, nan=70.0))
    low = np.tile([1.0, 39, 40, 20], (8, 1))  # a shift of more than a point leaves the first channel nothing
    inputs = replace(inputs, weights=replace(inputs.weights, channels=low))
    model = MODEL.only("weights")
    scores, totals = inputs.exact_totals()
    weights = np.maximum(low + weight_shifts(inputs, model)[:, None], 0)
    moved = (scores * weights).sum(axis=2) / weights.sum(axis=2) - totals
    found = replicate(inputs, model)
    assert found.exact == pytest.approx(totals)
    assert found.totals == pytest.approx(totals + moved)
    assert found.by_weights == pytest.approx((moved - moved.mean(axis=1, keepdims=True)).var(axis=0))
    pair = replicate(with_points(inputs, np.where(np.arange(8)[:, None] < 2, inputs.points[:1], np.nan)), model)
    assert pair.by_weights[:2] == pytest.approx(0)  # what moves both alike
    alone = replicate(with_points(inputs, np.where(np.arange(8)[:, None] == 2, inputs.points, np.nan)), model)
    assert alone.by_weights[2] == pytest.approx(moved[:, 2].var())


def test_replicates_of_the_other_sources_are_the_totals_with_their_draws():
    inputs, _ = district("spread", 8)
    found = replicate(inputs, SAMPLING)
    assert found.totals == pytest.approx(found.exact + draw_sources(inputs, SAMPLING, found.sources))


def test_shares_of_no_noise_are_not_divided():
    inputs, _ = district("spread", 8)
    found = replicate(inputs, MODEL.only())
    with np.errstate(all="raise"):
        assert np.isnan(noise_shares(inputs, MODEL.only(), found)).all()


def test_without_noise_everyone_is_certain_and_has_no_share():
    inputs, _ = district()
    table = checked(inputs, MODEL.only())
    assert (table["rank_low_all"] == table["rank"]).all()
    assert (table["noise_points"] == 0).all()
    assert table["share_counts_pct"].isna().all()


def shares_of(inputs, model):
    return noise_shares(inputs, model, replicate(inputs, model))


def test_shares_of_the_sources_add_up_and_a_source_that_is_off_has_none():
    inputs, _ = district(months=12)
    shares = shares_of(inputs, MODEL)
    assert shares.sum(axis=1) == pytest.approx(100)
    assert (shares >= 0).all()
    assert (shares.max(axis=0) > 0).all()
    off = shares_of(inputs, MODEL.only("counts", "weights"))
    assert off[:, [SOURCES.index(name) for name in ("inspections", "months", "rounding")]] == pytest.approx(0)


def test_the_spread_of_the_replicates_is_the_sum_of_the_sources():
    inputs, _ = district(months=12)
    for source in SOURCES:
        model = MODEL.only(source).model_copy(update={"replicates": 4000})
        found = replicate(inputs, model)
        variances = np.column_stack([found.sources.variances(), found.by_weights]).sum(axis=1)
        moved = found.totals - found.exact
        if source == "weights":
            moved = moved - moved.mean(axis=1, keepdims=True)
        rounding = 0.01**2 / 12 if source == "rounding" else 0.0
        # A spread known by few months is drawn too: somewhat more than the sources say.
        assert 0.9 < moved.var(axis=0).mean() / (variances.mean() + rounding) < 1.4


def test_weight_shifts_stay_within_the_bounds_and_sum_to_nothing():
    shifts = weight_shifts(district()[0], MODEL)
    assert 0.9 * MODEL.weights.points < np.abs(shifts).max() <= MODEL.weights.points
    assert shifts.sum(axis=1) == pytest.approx(0)
    assert shifts.mean(axis=0) == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize(("hits", "trials"), [(20, 20), (0, 20), (3, 4)])
def test_a_rate_at_its_end_is_not_taken_for_certain(hits, trials):
    inputs, _ = district()
    place = inputs.weights.indicator_ids.index("common-06")
    numerator, denominator = (np.full(inputs.points.shape, np.nan) for _ in range(2))
    numerator[0, place], denominator[0, place] = hits, trials
    counted = replace(inputs, numerator=numerator, denominator=denominator)
    counts = measure_sources(counted, MODEL.only("counts")).counts
    assert counts[0] > 0.01 * inputs.weights_in_force()[0, place] * 100
    assert not counts[1:].any()


def test_the_noise_of_a_rate_is_that_of_half_a_case_more_of_either_kind():
    inputs, _ = district()
    place = inputs.weights.indicator_ids.index("common-06")
    numerator, denominator = (np.full(inputs.points.shape, np.nan) for _ in range(2))
    numerator[:, place], denominator[:, place] = 80, 100
    counted = replace(inputs, numerator=numerator, denominator=denominator)
    still = {
        name: np.where(np.arange(inputs.points.shape[1]) == place, counts, np.nan)[None]
        for name, counts in (("numerator", numerator), ("denominator", denominator), ("points", inputs.points))
    }
    found = measure_sources(replace(counted, months=still), MODEL.only("counts")).counts
    rate = 80.5 / 101
    wanted = 100 * inputs.weights_in_force()[:, place] * np.sqrt(rate * (1 - rate) / 100)
    assert found == pytest.approx(wanted)


def test_a_quiet_pair_is_told_apart_beside_a_noisy_unit():
    rng = np.random.default_rng(1)
    deviations = rng.normal(0, [0.01, 0.01, 10.0], (2000, 3))
    found = rank_intervals(np.array([50.06, 50.0, 49.0]), deviations, 0.95)
    # Both may lie on either side of the noisy one, and the first before the second.
    assert (found.low.tolist(), found.high.tolist()) == ([1, 2, 1], [2, 3, 3])


# --- noise from the data (S32) ---


def test_judged_marks_have_their_noise_in_the_month():
    inputs, _ = district("equal", 40, districts.Noise((5000, 9000), 0.0, 4.0))
    table = checked(inputs, SAMPLING)
    assert table["noise_points"].mean() == pytest.approx((inputs.published - 90).std(), rel=0.3)
    assert table["share_months_pct"].mean() > 90


def test_every_unit_has_noise_the_first_of_the_list_too():
    found = replicate(district("spread", 15)[0], SAMPLING)
    noise = (found.totals - found.exact).std(axis=0)
    assert noise.min() > 0.5 * noise.max()


def test_a_unit_whose_months_spread_more_is_less_certain():
    inputs, _ = district("equal", 30, replace(districts.NOISES["medium"], unit_ratio=3.0))
    noise = checked(inputs, SAMPLING)["noise_points"].to_numpy()
    assert noise[1::2].mean() > 1.5 * noise[::2].mean()


def test_a_visits_marks_count_as_one():
    visits = {share: districts.Noise((5000, 9000), 8.0, 0.1, visit_share=share) for share in (0.0, 0.9)}
    deviations = {}
    for share, noise in visits.items():
        inputs, _ = district("equal", 60, noise)
        deviations[share] = measure_sources(inputs, MODEL).visits.mean()
    # Three marks of one visit that agree tell no more than one.
    assert deviations[0.9] == pytest.approx(deviations[0.0] * np.sqrt(0.9 + 0.1 / 3) * np.sqrt(3), rel=0.25)


def test_without_repeated_visits_the_differences_between_units_are_the_bound():
    inputs, _ = district("spread", 40)
    single = replace(inputs, visits=inputs.visits.drop_duplicates(["unit", "indicator"]))
    assert measure_sources(single, MODEL).visits.max() > measure_sources(inputs, MODEL).visits.max() > 0


def test_a_district_without_visits_has_no_noise_of_visits():
    inputs, _ = district()
    none = replace(inputs, visits=inputs.visits.head(0))
    assert not measure_sources(none, MODEL).visits.any()


@pytest.mark.parametrize(("icc", "low", "high"), [(0.0, 1.0, 1.15), (0.02, 2.6, 3.4)])
def test_overdispersion_is_that_of_the_months(icc, low, high):
    rng = np.random.default_rng(1)
    trials = np.full((24, 60), 101)
    rate = rng.beta(0.9 * (1 / icc - 1), 0.1 * (1 / icc - 1), trials.shape) if icc else 0.9
    assert low <= overdispersion(rng.binomial(trials, rate), trials) <= high


def test_overdispersion_of_nothing_is_none():
    assert overdispersion(np.zeros((3, 4)), np.zeros((3, 4))) == 1
    assert overdispersion(np.full((1, 4), np.nan), np.full((1, 4), np.nan)) == 1


@pytest.mark.parametrize(
    ("history", "is_withheld"), [(MODEL.months.min_months - 1, True), (MODEL.months.min_months, False)]
)
def test_with_fewer_months_than_the_minimum_nothing_is_claimed(history, is_withheld):
    table = checked(district("separated", 20, "low", history=history)[0])
    assert table["verdict"].eq("withheld").all() == is_withheld
    assert table["rank"].notna().all()
    assert table["margin_up_points"].notna().any()
    for column in ("rank_low", "rank_high_all", "p_good", "p_interview", "noise_points", "share_months_pct"):
        assert table[column].isna().all() == is_withheld
    assert table["tier_best"].eq("").all() == is_withheld


def test_a_unit_new_in_an_old_district_is_withheld_alone():
    inputs, _ = district("separated", 20, "low")
    months = {name: values.copy() for name, values in inputs.months.items()}
    months["points"][:-1, 3] = np.nan
    table = checked(replace(inputs, months=months))
    assert (table["verdict"] == "withheld").to_numpy().nonzero()[0].tolist() == [3]
    assert table["rank_low"].drop(table.index[3]).notna().all()


def test_without_any_months_nobody_can_be_told_apart():
    inputs, _ = district("separated", 20, "low", history=1)
    model = MODEL.model_copy(update={"months": MODEL.months.model_copy(update={"min_months": 1})})
    table = checked(inputs, model)
    assert ((table["rank_low"] == 1) & (table["rank_high"] == 20)).all()
    assert not table["verdict"].eq("stable").any()


def test_two_units_that_cannot_be_told_apart_are_indistinct_though_their_tiers_are_neighbours():
    table = checked(district("equal", 2, "high")[0])
    assert set(zip(table["tier_best"], table["tier_worst"], strict=True)) == {("good", "pass")}
    assert (table["verdict"] == "indistinct").all()


def test_months_that_never_vary_leave_the_noise_of_counts():
    inputs, _ = district()
    still = {name: np.repeat(values[-1:], len(values), axis=0) for name, values in inputs.months.items()}
    shares = shares_of(replace(inputs, months=still), MODEL)
    assert (shares[:, SOURCES.index("months")] == 0).all()
    assert (shares[:, SOURCES.index("counts")] > 0).all()


@pytest.mark.parametrize(("line", "verdicts"), [(60.0, {"stable"}), (90.0, {"borderline", "indistinct"})])
def test_where_scores_make_tiers_a_tier_is_as_sure_as_its_line_is_far(line, verdicts):
    lines = dict(zip(POLICY.grading.tiers, (99.9, line, line - 5, 0.0), strict=True))
    by_lines = {"quotas": {}, "remainder_order": (), "tie_at_line": {}, "lines": lines}
    inputs = replace(district("equal", 40, "low")[0], grading=POLICY.grading.model_copy(update=by_lines))
    table = checked(inputs)
    # All units are equal near 90, so that no place can be told from another.
    assert (table["rank_high"] - table["rank_low"]).mean() > 30
    assert set(table["verdict"]) <= verdicts
    stable = table[table["verdict"] == "stable"]
    assert (stable["tier_best"] == stable["tier_worst"]).all()
    assert (stable[f"p_{POLICY.grading.tiers[1]}"] >= 0.99).all()


@pytest.mark.parametrize("shape", ["spread", "separated", "clusters", "equal"])
@pytest.mark.parametrize("noise", ["low", "medium"])
@pytest.mark.parametrize("months", [1, 12])
def test_no_verdict_stands_beside_an_interval_that_contradicts_it(shape, noise, months):
    for seed in range(3):
        inputs, _ = district(shape, 25, noise, months, seed)
        table = checked(inputs)
        lines = tier_lines(25, inputs.grading)
        reach = np.searchsorted(lines, table["rank_high"]) - np.searchsorted(lines, table["rank_low"])
        verdict = table["verdict"].to_numpy()
        assert (reach[verdict == "stable"] == 0).all()
        assert (reach[verdict == "borderline"] <= 1).all()
        stable = table[table["verdict"] == "stable"]
        assert (stable["tier_best"] == stable["tier_worst"]).all()
        assert all(row[f"p_{row['tier_by_score']}"] >= 0.99 for _, row in stable.iterrows())


def test_likely_ranks_stand_beside_the_guaranteed_ones_where_the_district_is_spread():
    spread, equal = (checked(district(shape, 40, "medium", 12)[0]) for shape in ("spread", "equal"))
    width = spread["rank_high_posterior"] - spread["rank_low_posterior"]
    assert width.notna().all()
    assert width.mean() < 0.7 * (spread["rank_high"] - spread["rank_low"]).mean()
    assert equal["rank_low_posterior"].isna().all()


@pytest.mark.parametrize("is_up", [True, False])
def test_the_target_before_adjustments_publishes_as_the_target_after_them(is_up):
    grading = POLICY.grading
    bonus, deductions, wanted = np.array([2.0]), np.array([0.7]), np.array([88.31])
    target = base_target(wanted, np.array([is_up]), bonus, deductions, grading)
    step = grading.rounding.quantum
    assert publish(target + bonus - deductions, grading.rounding) == pytest.approx(wanted)
    beyond = target + bonus - deductions + (-2 * step if is_up else 2 * step)
    assert publish(beyond, grading.rounding) != pytest.approx(wanted)


def test_likely_ranks_are_told_from_the_least_reliability_on():
    inputs, _ = district("spread", 20, "medium", 12)
    found = replicate(inputs, MODEL)
    least = plausible_totals(found.exact, found.totals).reliability
    assert 0 < least < 1
    for limit, is_told in ((least, True), (least + 1e-9, False)):
        posterior = MODEL.posterior.model_copy(update={"least_reliability": limit})
        table = checked(inputs, MODEL.model_copy(update={"posterior": posterior}))
        assert table[["rank_low_posterior", "rank_high_posterior"]].notna().all(axis=None) == is_told


def test_months_are_those_in_which_a_unit_has_judged_or_counted_points():
    """The first unit has one of the year's months, the second none; what nothing tells may be anything."""
    inputs, _ = district("spread", 12, "medium", 12)
    visited = inputs.places_of(MODEL.inspections.sheets)
    points = inputs.months["points"].copy()
    points[-12:-1, 0], points[:, 1] = np.nan, np.nan
    points[:, 1, visited] = 80.0  # visits are another source
    found = measure_sources(replace(inputs, months=dict(inputs.months) | {"points": points}), MODEL.only("months"))
    assert found.n_months.tolist() == [1, 1, *[12] * 10]
    share = np.delete(inputs.weights_in_force(), visited, axis=1).sum(axis=1)
    one_year = found.noise.deviation_of_mean(np.array([1, 1, *[12] * 10])) * share
    assert found.months[[0, *range(2, 12)]] == pytest.approx(one_year[[0, *range(2, 12)]])
    silent = replace(inputs, months=dict(inputs.months) | {"points": np.full(points.shape, np.nan)})
    assert measure_sources(silent, MODEL.only("months")).months == pytest.approx(100 * share)


def test_figures_of_the_table_have_four_digits():
    table = checked(district("spread", 12)[0])
    for name in ("noise_points", "share_counts_pct", "months_points", "visits_points", "months_tail"):
        assert table[name].tolist() == table[name].round(4).tolist()
    assert (table["noise_points"] != table["noise_points"].round(3)).any()


def test_margins_in_weights_reach_what_just_publishes_as_the_margin_in_points():
    inputs, _ = district("spread", 12)
    found, points = _margins(inputs, 20.0), point_margins(inputs.published, inputs.keys, inputs.group, inputs.grading)
    scores = inputs.exact_totals()[0]
    interview = inputs.published + points.interview
    targets = [
        inputs.published + points.up - 0.005,
        inputs.published - points.down + 0.005 - 1e-9,
        np.where(points.interview > 0, interview - 0.005, interview + 0.005 - 1e-9),
    ]
    wanted, _ = weight_margins(scores, inputs.weights.channels, np.stack(targets), 20.0)
    assert (np.abs(np.stack([points.up, points.interview])) < 1).any()
    for name, values in zip(("up", "down", "interview"), wanted, strict=True):
        np.testing.assert_array_equal(found[f"weight_margin_{name}_points"], np.round(values, 4))
        np.testing.assert_array_equal(found[f"margin_{name}_points"], getattr(points, name).round(4))


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
    # Its interval holds every place, but there is nobody from whom it could not be told.
    assert row["verdict"] == "stable"
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


@pytest.mark.parametrize("months", [5, 6])
def test_what_is_withheld_from_all_is_not_drawn_and_the_table_is_that_of_all_draws(months):
    inputs, _ = district(history=months)
    table = certainty_month([inputs], MODEL)
    pd.testing.assert_frame_equal(table, TABLES["certainty"].check(certainty_scope(inputs, MODEL)))
    is_withheld = months < MODEL.months.min_months
    assert (table["verdict"] == "withheld").all() == is_withheld
    assert table["noise_points"].isna().all() == is_withheld
