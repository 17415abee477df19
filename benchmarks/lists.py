"""How often lists name a unit or a matter where nothing is, and how soon they find what is (tables of docs/chance.md).

`python benchmarks/lists.py` takes a few minutes; the seed is fixed. The districts are simulated here, with numbers that
are no estimates from the sample. What the lists do not assume is in them: cases of a unit and month that resemble each
other, months that hang together, units and matters of very unequal size, matters of unequal dispersion.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.action.watch_list import watch_units
from analysis.insight.chance import false_discovery_rates
from analysis.insight.change_points import chance_of_change
from analysis.insight.hotline_funnel import find_outside
from analysis.insight.hotline_rising import judge_counts
from analysis.insight.noise import change_widths, compared_sides
from analysis.insight.slope import autocorrelation, fit_slope
from analysis.policy.book import Policy, load_policy
from analysis.policy.period import month_range
from analysis.policy.tables import TABLES
from analysis.scoring.noise import estimate_noise, month_errors

SEED, DISTRICTS, PERIOD = 20230101, 200, "2026-10"
UNITS, MATTERS, BOTTOM = 85, 80, 5
# True rates of equal units, and valid call-backs per ticket.
SATISFIED, ON_TIME, REPEATS, COMPLAINTS, CALLED_BACK = 0.9, 0.95, 0.05, 0.01, 0.5
MONTHS = month_range("2023-01", PERIOD)
# basis → months of the two sides in `MONTHS`
SIDES = {"mom": ([44], [45]), "yoy": ([33], [45]), "ytd": (range(24, 34), range(36, 46))}
SIDES |= {"annual": (range(12, 24), range(24, 36))}
Rng = np.random.Generator


def name_units(count: int) -> list[str]:
    """Return as many ids of units."""
    return [f"U{n:02d}" for n in range(count)]


UNIT_IDS = name_units(UNITS)


def autoregressions(rng: Rng, count: int, months: int, rho: float, tail: float | None = None) -> np.ndarray:
    """Return (count, months) series of standard deviation 1 without trend or shift; of t shocks where `tail` says."""
    shape = (count, months + 40)
    shocks = rng.standard_t(tail, shape) / np.sqrt(tail / (tail - 2)) if tail else rng.normal(size=shape)
    shocks *= np.sqrt(1 - rho**2)
    for month in range(1, months + 40):
        shocks[:, month] += rho * shocks[:, month - 1]
    return shocks[:, 40:]


def alike(rng: Rng, cases: np.ndarray, rate: float, icc: float) -> np.ndarray:
    """Return counts out of `cases` whose cases resemble each other by the intraclass correlation `icc`."""
    strength = 1 / icc - 1 if icc else None
    share = rng.beta(rate * strength, (1 - rate) * strength, cases.shape) if icc else rate
    return rng.binomial(cases, share)


def unit_tickets(rng: Rng, tickets: int, icc: float, months: Sequence[str]) -> pd.DataFrame:
    """Return the counts of `hotline_by_unit` of equal units of unequal size."""
    size = rng.lognormal(0, 0.9, UNITS)
    due = rng.poisson(np.outer(np.ones(len(months)), tickets * size / size.sum()))
    called = rng.binomial(due, CALLED_BACK)
    frame = {
        "n_received": due,
        "n_due": due,
        "n_on_time": alike(rng, due, ON_TIME, icc),
        "n_valid_call_backs": called,
        "n_satisfied": alike(rng, called, SATISFIED, icc),
        "n_repeats": alike(rng, due, REPEATS, icc),
        "n_attitude_complaints": alike(rng, due, COMPLAINTS, icc),
    }
    keys = {"period": np.repeat(months, UNITS), "unit_id": np.tile(UNIT_IDS, len(months))}
    return pd.DataFrame(keys | {name: counts.ravel() for name, counts in frame.items()})


def bottom_places(
    rng: Rng, rho: float, months: Sequence[str], unit_ids: Sequence[str] = UNIT_IDS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `unit_scores` and `certainty` of equal units: all differences are noise, and replicates are not shrunk."""
    scores = autoregressions(rng, len(unit_ids), len(months), rho).T
    fifth = np.sort(scores, axis=1)[:, [BOTTOM - 1]]
    replicates = scores + rng.normal(size=(200, *scores.shape))
    lines = np.partition(replicates, BOTTOM - 1, axis=2)[:, :, [BOTTOM - 1]]
    keys = {"period": np.repeat(months, len(unit_ids)), "unit_id": np.tile(unit_ids, len(months))}
    frame = pd.DataFrame(keys | {"scope": "month", "total": 85 + scores.ravel()})
    frame = frame.assign(is_bottom_five=(scores <= fifth).ravel())
    return frame, frame.assign(p_bottom_five=(replicates <= lines).mean(axis=0).ravel())


def listed_by_chance(policy: Policy, tickets: int, icc: float, rho: float, districts: int) -> float:
    """Return how many equal units a month are listed, new or not, in a district that had no list before."""
    months, listed = MONTHS[-3:], 0
    for number in range(districts):
        rng = np.random.default_rng([SEED, number, tickets])
        counts, places = unit_tickets(rng, tickets, icc, months), bottom_places(rng, rho, months)
        tables = watch_units(counts, *places, TABLES["watch_list"].empty(), policy.watch, PERIOD)
        listed += tables["watch_list"]["unit_id"].nunique()
    return listed / districts


def months_until_told(policy: Policy, window: int, districts: int, months: int = 12) -> dict[str, np.ndarray]:
    """Return after how many months a unit at 80 % of 40 call-backs is listed, or calls for attention; inf if never.

    Args:
        policy: the rules.
        window: months that count together.
        districts: how many.
        months: how long is looked on.
    """
    rules = policy.watch.model_copy(update={"window_months": window})
    found = {"listed": np.full(districts, np.inf), "attention": np.full(districts, np.inf)}
    for number in range(districts):
        rng = np.random.default_rng([SEED, number, 80])
        course = MONTHS[-window - months :]
        tickets, places = unit_tickets(rng, 3_500, 0.0, course), bottom_places(rng, 0.0, course)
        own = tickets["unit_id"] == "U00"
        rates = np.where(tickets.loc[own, "period"] >= MONTHS[-months], 0.8, SATISFIED)
        tickets.loc[own, "n_valid_call_backs"] = 40
        tickets.loc[own, "n_satisfied"] = rng.binomial(40, rates)
        for place, period in enumerate(MONTHS[-months:], start=1):
            tests = watch_units(tickets, *places, TABLES["watch_list"].empty(), rules, period)["watch_tests"]
            outcome = tests.loc[(tests["unit_id"] == "U00") & (tests["reason"] == "satisfaction"), "outcome"].item()
            if outcome != "none":
                found["attention"][number] = min(place, found["attention"][number])
            if outcome == "listed":
                found["listed"][number] = place
                break
    return found


def matter_tickets(rng: Rng, tickets: int, kind: str, months: int = 10) -> np.ndarray:
    """Return (matters, months) of tickets without a rise; all grow and fall together from month to month."""
    mean = rng.lognormal(0, 1.2, (MATTERS, 1))
    mean = mean * tickets / mean.sum() * np.exp(rng.normal(0, 0.1, months))
    if kind == "Poisson":
        return rng.poisson(mean)
    if kind == "φ 2":
        return rng.negative_binomial(mean, 0.5)
    if kind == "φ unequal":
        extra = rng.lognormal(0, 0.7, (MATTERS, 1))
        return rng.negative_binomial(mean / extra, np.broadcast_to(1 / (1 + extra), mean.shape))
    spread = rng.lognormal(np.log(0.2), 0.5, (MATTERS, 1))
    return rng.poisson(mean * rng.gamma(np.broadcast_to(spread**-2, mean.shape), spread**2))


def rising(policy: Policy, past: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Tell which matters rise, as `find_rising_matters` decides."""
    rules = policy.tickets.rising
    expected, p = judge_counts(past.astype(float), now.astype(float))
    is_rising = 100 * false_discovery_rates(p) <= rules.false_discovery_pct
    return is_rising & (now >= rules.minimum_ratio * expected) & (now >= rules.minimum_count)


def risen_by_chance(policy: Policy, tickets: int, kind: str, districts: int) -> float:
    """Return how many matters a month rise where none does."""
    found = 0
    for number in range(districts):
        counts = matter_tickets(np.random.default_rng([SEED, number, tickets]), tickets, kind)
        found += rising(policy, counts[:, :9], counts[:, 9]).sum()
    return found / districts


def doubled_found(policy: Policy, phi: float, districts: int, beside: float = 1.0) -> list[float]:
    """Return the share of matters doubled on 47 tickets that are found by the first, second and third month.

    Args:
        policy: the rules.
        phi: dispersion of all matters, above 1.
        districts: how many.
        beside: how many times as many tickets another matter of 60 has.
    """
    first = np.full(districts, np.inf)
    for number in range(districts):
        rng = np.random.default_rng([SEED, number, 47])
        mean = np.tile(np.concatenate([[47, 60], rng.lognormal(3, 1, 58)])[:, None], 12)
        mean[:2, 9:] *= [[2], [beside]]
        counts = rng.negative_binomial(mean / (phi - 1), 1 / phi)
        hits = [rising(policy, counts[:, :9], counts[:, month])[0] for month in (9, 10, 11)]
        first[number] = hits.index(True) + 1 if any(hits) else np.inf
    return [float((first <= month).mean()) for month in (1, 2, 3)]


def outside_funnel(policy: Policy, tickets: int, icc: float, districts: int) -> float:
    """Return how many equal units a month lie outside of the funnel's action limits."""
    found = 0
    for number in range(districts):
        frame = unit_tickets(np.random.default_rng([SEED, number, tickets]), tickets, icc, [PERIOD])
        frame = frame.assign(is_small=frame["n_due"] < policy.ticket_rules.small_number)
        found += len(find_outside(frame, policy.funnel, "on_time"))
    return found / districts


def unit_totals(rng: Rng, rho: float, tail: float | None = None) -> np.ndarray:
    """Return (units, months) of totals that never change level, of unequal spread."""
    return 85 + rng.lognormal(0, 0.25, (UNITS, 1)) * autoregressions(rng, UNITS, len(MONTHS), rho, tail)


def certainty_noise(totals: np.ndarray, window: int) -> pd.DataFrame:
    """Return what `certainty` of the month before holds of the noise of totals (units, months)."""
    points, years = totals[:, -1 - window : -1].T, np.array([month[:4] for month in MONTHS[-1 - window : -1]])
    noise = estimate_noise(month_errors(points[:, :, None], np.ones((len(totals), 1)), years), years)
    frame = pd.DataFrame({"months_points": noise.deviation_of_mean(np.ones(len(totals)))})
    frame = frame.assign(unit_id=name_units(len(totals)))
    frame = frame.assign(months_degrees=noise.degrees, months_tail=noise.tail, months_correlation=noise.correlation)
    return pd.concat([frame.assign(scope=scope, visits_points=0.0) for scope in ("month", "ytd")])


def movers(policy: Policy, totals: np.ndarray) -> dict[str, np.ndarray]:
    """Tell on each basis which units are said to move beyond noise."""
    noise, told = certainty_noise(totals, policy.noise.months.window), {}
    for basis, (before, after) in SIDES.items():
        change = totals[:, list(after)].mean(axis=1) - totals[:, list(before)].mean(axis=1)
        change = pd.Series(change, name_units(len(totals)))
        widths = change_widths(noise, compared_sides(basis, PERIOD), change, policy.trends.false_discovery_pct)
        told[basis] = (change.abs() > widths).to_numpy()
    return told


def moved_by_chance(policy: Policy, rho: float, districts: int, tail: float | None = None) -> dict[str, float]:
    """Return how many of the units are named on each basis where none moved."""
    found = [movers(policy, unit_totals(np.random.default_rng([SEED, n, 3]), rho, tail)) for n in range(districts)]
    return {basis: float(np.mean([told[basis].sum() for told in found])) for basis in SIDES}


def fallen_found(policy: Policy, rho: float, months: int, districts: int) -> dict[str, float]:
    """Return the share of units that fell by two standard deviations `months` ago that each basis names.

    Before the fall nothing is different; five units of each district fall. `ytd` of October holds as many of the
    fallen months as there are since January.
    """
    found = []
    for number in range(districts):
        totals = unit_totals(np.random.default_rng([SEED, number, 4]), rho)
        totals[:5, -months:] -= 2 * totals[:5].std(axis=1, keepdims=True)
        found.append({basis: told[:5].mean() for basis, told in movers(policy, totals).items()})
    return {basis: float(np.mean([each[basis] for each in found])) for basis in SIDES}


def turned_by_chance(policy: Policy, rho: float, districts: int) -> tuple[float, float]:
    """Return how many units have a direction, and how many a shift, where none has."""
    rules, place, n_turned, n_shifted = policy.trends, np.arange(len(MONTHS), dtype=float), 0, 0
    for number in range(districts):
        totals = unit_totals(np.random.default_rng([SEED, number, 5]), rho)
        lines = np.polynomial.polynomial.polyfit(place, totals.T, 1)
        left = totals - np.polynomial.polynomial.polyval(place, lines)
        common = float(np.median([autocorrelation(row) for row in left]))
        slopes = np.array([fit_slope(place / 12, row, rules.confidence, common).p_value for row in totals])
        shifts = np.array([chance_of_change(row, common, rules.change_points) for row in totals])
        n_turned += (100 * false_discovery_rates(slopes) <= rules.false_discovery_pct).sum()
        n_shifted += (100 * false_discovery_rates(shifts) <= rules.false_discovery_pct).sum()
    return n_turned / districts, n_shifted / districts


def tell_nothing_changed(policy: Policy, districts: int) -> None:
    """Print what the lists of matters and of changes, and the funnel, name where nothing is."""
    print("| list | district | named a month |\n|---|---|---|")
    for tickets in (3_500, 35_000):
        for kind in ("Poisson", "φ 2", "φ unequal", "φ grows with size"):
            risen = risen_by_chance(policy, tickets, kind, districts)
            print(f"| rising matters | {tickets:,} tickets, {kind} | {risen:.3f} |", flush=True)
        for icc in (0.0, 0.01):
            out = outside_funnel(policy, tickets, icc, districts)
            print(f"| funnel | {tickets:,} tickets, ICC {icc} | {out:.3f} |", flush=True)
    for rho in (0.0, 0.3, 0.7):
        for tail in (None, 3.0):
            told = ", ".join(f"{b} {n:.3f}" for b, n in moved_by_chance(policy, rho, districts, tail).items())
            print(f"| movers | ρ = {rho}{', t₃ months' if tail else ''} | {told} |", flush=True)
        turned, shifted = turned_by_chance(policy, rho, districts)
        print(f"| directions, shifts | ρ = {rho} | {turned:.3f}, {shifted:.3f} |", flush=True)


def tell_power(policy: Policy, districts: int) -> None:
    """Print how soon they find what is."""
    print("\n| what is | found |\n|---|---|")
    for phi, beside in ((1.001, 1), (1.5, 1), (2.0, 1), (1.5, 12)):
        shares = doubled_found(policy, phi, districts, beside)
        told = ", ".join(f"by month {n} {100 * share:.0f} %" for n, share in enumerate(shares, start=1))
        other = f", another at {beside} times" if beside > 1 else ""
        print(f"| a matter doubled on 47 tickets, φ {phi:.1f}{other} | {told} |", flush=True)
    for rho in (0.0, 0.3, 0.7):
        for months in (1, 3, 6, 10):
            shares = fallen_found(policy, rho, months, max(1, districts // 4))
            told = ", ".join(f"{basis} {100 * shares[basis]:.0f} %" for basis in ("mom", "yoy", "ytd"))
            print(f"| a unit down by 2 standard deviations for {months} months, ρ = {rho} | {told} |", flush=True)


def tell_watch_list(policy: Policy, districts: int) -> None:
    """Print how many equal units the watch list names, and how soon one that is truly poor."""
    print("\n| watch list | a month |\n|---|---|")
    for tickets in (3_500, 35_000):
        for rho in (0.0, 0.3, 0.6):
            listed = listed_by_chance(policy, tickets, 0.01, rho, districts)
            print(f"| equal units, {tickets:,} tickets, ICC 0.01, scores ρ = {rho} | {listed:.3f} |", flush=True)
    for window in (policy.watch.window_months, 12):
        for outcome, found in months_until_told(policy, window, max(1, districts // 10)).items():
            told = ", ".join(f"by month {n} {100 * np.mean(found <= n):.0f} %" for n in (1, 3, 6, 12))
            print(f"| 80 % of 40 call-backs satisfied, window {window} months: {outcome} | {told} |", flush=True)


def main() -> None:
    """Print the tables."""
    policy = load_policy(Path(__file__).resolve().parents[1]).at(PERIOD)
    for tell in (tell_nothing_changed, tell_power, tell_watch_list):
        tell(policy, DISTRICTS)


if __name__ == "__main__":
    main()
