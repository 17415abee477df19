"""The long proofs: a small share runs every time, the whole with DRAW_PROOFS=whole.

    DRAW_PROOFS=whole python -m pytest -s tests/action/draw

The proofs of one-byte changes and of recusals stand in `test_verify` and `test_assign` and take their size in the same
way.
"""

import math
import random
from collections import Counter
from datetime import date
from fractions import Fraction

import pytest
from scipy.stats import chi2

from analysis.action.draw.announcement import Visit
from analysis.action.draw.commitment import hash_times
from analysis.action.draw.result import Vacancy
from analysis.action.draw.rounds import compute_draw, compute_replacement
from analysis.action.draw.strata import stratum_rates
from analysis.action.draw.vacancies import declare

DAY = date(2026, 12, 7)


def draw_at_random(announcement, dice: random.Random):
    """The announced draw with a new code and new public numbers."""
    code = dice.randbytes(32)
    renewed = announcement.model_copy(update={"commitment": hash_times(code, 1).hex()})
    numbers = [dice.sample(range(s.low, s.high + 1), s.count) for s in announcement.sources]
    return compute_draw(renewed, numbers, code.hex(), DAY)


def chi_square_p(observed: dict[str, int], expected: dict[str, float], taken: int) -> float:
    """Probability of a spread at least as wide; `taken` units a draw vary less than independent ones would."""
    spread = sum((observed.get(unit, 0) - e) ** 2 / e for unit, e in expected.items())
    n = len(expected)
    return float(chi2.sf(spread * (n - 1) / (n - taken), n - 1))


def widest_deviation(observed: dict[str, int], rates: dict[str, float], n_draws: int) -> float:
    """The largest distance from a rate, in standard errors."""
    return max(
        abs(observed.get(unit, 0) - n_draws * rate) / math.sqrt(n_draws * rate * (1 - rate))
        for unit, rate in rates.items()
    )


def test_every_unit_is_drawn_at_its_rate(make_announcement, size):
    announcement = make_announcement(watch=("D01", "D02", "D03", "T01"), n_inspectors=8)
    n_draws = size(300, 20_000)
    in_stratum: dict[str, Counter] = {s.id: Counter() for s in announcement.strata}
    first_inspector: Counter = Counter()
    dice = random.Random(20260101)
    for _ in range(n_draws):
        result = draw_at_random(announcement, dice)
        for place in result.drawn:
            in_stratum[place.stratum][place.unit_id] += 1
        first_inspector[result.drawn[0].inspectors[0]] += 1
    rates, own = stratum_rates(announcement.strata), {}
    for stratum in announcement.strata:
        own |= dict.fromkeys(stratum.candidates, rates[stratum.id]) if stratum.kind not in ("must", "all") else {}
    overall = {unit: float(rate + (1 - rate) * rates["all"]) for unit, rate in own.items()}
    print(f"\n{n_draws} draws of {len(overall)} units")
    total = sum(in_stratum.values(), Counter())
    deviation = widest_deviation(total, overall, n_draws)
    print(f"  any stratum: widest deviation {deviation:.2f} standard errors")
    assert deviation < 4
    for stratum in announcement.strata[1:]:
        among_all = {unit: float((1 - own[unit]) * rates["all"]) for unit in stratum.candidates}
        each = among_all if stratum.kind == "all" else dict.fromkeys(stratum.candidates, float(rates[stratum.id]))
        found = in_stratum[stratum.id]
        deviation = widest_deviation(found, each, n_draws)
        p = chi_square_p(found, {unit: rate * n_draws for unit, rate in each.items()}, stratum.number)
        print(f"  {stratum.id} {stratum.number}/{len(each)}: widest deviation {deviation:.2f} s.e., p = {p:.3f}")
        assert found.total() == n_draws * stratum.number
        assert deviation < 4
        assert p > 0.001
    p = chi_square_p(first_inspector, dict.fromkeys((f"P{i:02d}" for i in range(1, 9)), n_draws / 8), 1)
    print(f"  first inspector of the first unit: chi-square p = {p:.3f}")
    assert p > 0.001


def test_every_unit_becomes_substitute_at_the_same_rate_even_for_whoever_holds_the_secret(
    make_announcement, numbers, code, size
):
    # Announcement, first draw, vacancy and codes are fixed and known; only the later public draw is not (S48).
    announcement = make_announcement(watch=("D01", "D02", "D03", "T01"), n_inspectors=12)
    draw = compute_draw(announcement, numbers, code(0), DAY)
    n_draws, dice = size(300, 20_000), random.Random(20260102)
    for stratum in ("departments", "towns"):
        vacant = next(place for place in draw.drawn if place.stratum == stratum)
        told = {"unit_id": vacant.unit_id, "reason": "机构撤并", "document": "虚构〔2026〕1号"}
        vacancy = declare(announcement, [draw], [], Vacancy(published_on=date(2026, 12, 9), **told))
        drawn = {place.unit_id for place in draw.drawn}
        eligible = [unit for unit in announcement.stratum(stratum).candidates if unit not in drawn]
        for kind, revealed, day in (("revealed", code(1), 14), ("withheld", None, 31)):
            found: Counter = Counter()
            for _ in range(n_draws):
                shown = [dice.sample(range(s.low, s.high + 1), s.count) for s in vacancy.sources]
                result = compute_replacement(announcement, [draw], vacancy, shown, revealed, date(2026, 12, day))
                found[result.drawn[0].unit_id] += 1
            p = chi_square_p(found, dict.fromkeys(eligible, n_draws / len(eligible)), 1)
            deviation = widest_deviation(found, dict.fromkeys(eligible, 1 / len(eligible)), n_draws)
            print(
                f"\n{n_draws} substitutes in {stratum}, {kind}: 1 of {len(eligible)}, {deviation:.2f} s.e., p = {p:.3f}"
            )
            assert set(found) <= set(eligible)
            assert deviation < 4
            assert p > 0.001


def test_a_biased_lottery_would_be_seen(size):
    # The proof itself can fail: one unit of ten that is drawn a third more often shows.
    observed = Counter({f"U{i}": 2000 for i in range(9)} | {"U9": 2700})
    rates = dict.fromkeys(observed, 0.1)
    assert widest_deviation(observed, rates, 20_000) > 4
    assert chi_square_p(observed, dict.fromkeys(observed, 2000.0), 1) < 0.001


def hold_month(make_announcement, dice, ids, period, history, n_inspectors):
    """One month of a year: watch list, named units and recusals fall by chance; None where no draw was announced."""
    visits = Counter(v.unit_id for v in history if v.period[:4] == period[:4])
    free = [unit for unit in ids if visits[unit] < 2]
    names_one = len(ids) >= 30 and dice.random() < 0.3
    people = [f"P{i:02d}" for i in range(1, n_inspectors + 1)]
    pairs = sorted({(dice.choice(people), dice.choice(ids)) for _ in range(dice.randint(0, 2 * n_inspectors))})
    n_towns = sum(unit[0] == "T" for unit in ids)
    return make_announcement(
        n_departments=len(ids) - n_towns,
        n_towns=n_towns,
        n_inspectors=n_inspectors,
        watch=dice.sample(ids, dice.randint(0, len(ids) // 6)),
        must=dice.sample(free, 1) if names_one else (),
        period=period,
        history=[v.model_dump() for v in history],
        recusals=[{"inspector_id": person, "unit_id": unit} for person, unit in pairs],
    )


@pytest.mark.filterwarnings("error")
def test_no_year_breaks_a_cap_or_misses_a_minimum(make_announcement, size):
    n_years, n_visits, most, n_skips = size(4, 200), 0, Counter(), 0
    for year in range(n_years):
        dice = random.Random(year)
        n_departments, n_towns = dice.randint(6, 60), dice.randint(0, 25)
        ids = [f"D{i:02d}" for i in range(1, n_departments + 1)] + [f"T{i:02d}" for i in range(1, n_towns + 1)]
        history: list[Visit] = []
        for month in range(1, 13):
            period = f"2026-{month:02d}"
            announcement = hold_month(make_announcement, dice, ids, period, history, 12)
            result = draw_at_random(announcement, dice)
            check_month(announcement, result, len(ids))
            history += [Visit(unit_id=place.unit_id, period=period) for place in result.drawn]
            n_skips += len(result.unit_skips)
        visits = Counter(v.unit_id for v in history)
        assert max(visits.values()) <= 2
        n_visits += len(history)
        most.update(visits.values())
    print(f"\n{n_years} years: {n_visits} visits, units by visits a year {dict(sorted(most.items()))}, {n_skips} skips")


def check_month(announcement, result, n_units: int) -> None:
    by_lot = [place for place in result.drawn if place.stratum != "must"]
    assert len(by_lot) >= max(1, math.ceil(Fraction(5, 100) * n_units))
    assert Counter(p.stratum for p in result.drawn) == Counter(
        {s.id: s.number for s in announcement.strata if s.number}
    )
    assert len({place.unit_id for place in result.drawn}) == len(result.drawn)
    recused = {(r.unit_id, r.inspector_id) for r in announcement.recusals}
    load = Counter(person for place in result.drawn for person in place.inspectors)
    assert max(load.values()) <= 2
    for place in result.drawn:
        assert len(set(place.inspectors)) == 2
        assert not recused & {(place.unit_id, person) for person in place.inspectors}
