from collections import Counter
from datetime import date, timedelta

import pytest

from analysis.action.draw.files import hash_of
from analysis.action.draw.result import Vacancy
from analysis.action.draw.rounds import compute_draw, compute_replacement
from analysis.action.draw.vacancies import declare, standing_places
from analysis.policy.errors import DataError

DAY = date(2026, 12, 7)
LATER = [
    {"name": "中国福利彩票双色球", "issue": f"2026{n}", "date": DAY + timedelta(days=4 * n - 400)}
    for n in range(101, 112)
]
RED = [[1, 4, 15, 16, 22, 30], [11]]


@pytest.fixture
def announcement(make_announcement):
    return make_announcement(watch=("D03", "T04", "D11"), must=("D30",), later_draws=LATER)


def replace(announcement, rounds, unit: str, code: str | None, *, numbers=RED, days: int = 0):
    """Vacate a place on the day of the last round and fill it `days` after its public draw."""
    declared = declare(announcement, rounds, [r.vacancy for r in rounds[1:]], vacate(unit, rounds[-1].reveal.on))
    on = declared.sources[0].date + timedelta(days=days)
    return compute_replacement(announcement, rounds, declared, numbers, code, on)


@pytest.fixture
def draw(announcement, numbers, code):
    return compute_draw(announcement, numbers, code(0), DAY)


def vacate(unit_id: str, on: date = date(2026, 12, 9)) -> Vacancy:
    return Vacancy(unit_id=unit_id, published_on=on, reason="机构撤并", document="虚构〔2026〕1号")


def test_named_units_come_first_then_each_stratum_takes_its_number(announcement, draw):
    strata = [place.stratum for place in draw.drawn]
    assert strata == [s.id for s in announcement.strata for _ in range(s.number)]
    assert [place.order for place in draw.drawn] == list(range(1, len(strata) + 1))
    assert draw.drawn[0].unit_id == "D30"


def test_each_stratum_takes_its_lowest_tickets(announcement, draw):
    taken: list[str] = []
    for stratum in announcement.strata[1:]:
        tickets = sorted((t.ticket, t.unit_id) for t in draw.tickets if t.stratum == stratum.id)
        expected = [unit for _, unit in tickets if unit not in taken][: stratum.number]
        assert [p.unit_id for p in draw.drawn if p.stratum == stratum.id] == expected
        assert {unit for _, unit in tickets} == set(stratum.candidates)
        taken += expected


def test_a_unit_drawn_in_its_stratum_is_passed_over_among_all_units(make_announcement, numbers, code):
    announcement = make_announcement(n_departments=3, n_towns=3)
    results = [compute_draw(announcement, [[1, 2, 3, 4, 5, red], *numbers[1:]], code(0), DAY) for red in range(6, 33)]
    skipped = [skip for result in results for skip in result.unit_skips]
    assert announcement.stratum("all").number == 1
    assert {skip.reason for skip in skipped} <= {"already_drawn"}
    for result in results:
        units = [place.unit_id for place in result.drawn]
        assert len(set(units)) == len(units)


def test_a_candidate_nobody_may_visit_is_skipped_and_logged(make_announcement, numbers, code):
    barred = [f"D{i:02d}" for i in range(1, 28)]
    recusals = [{"inspector_id": f"P{p:02d}", "unit_id": u} for u in barred for p in range(1, 10)]
    result = compute_draw(make_announcement(recusals=recusals), numbers, code(0), DAY)
    assert {p.unit_id for p in result.drawn if p.stratum == "departments"} <= {"D28", "D29", "D30"}
    skipped = [s for s in result.unit_skips if s.stratum == "departments"]
    assert skipped
    assert {(s.reason, s.unit_id in barred) for s in skipped} == {("no_lawful_team", True)}


def test_other_numbers_another_code_or_another_byte_of_the_announcement_draw_anew(announcement, draw, numbers):
    other_numbers = compute_draw(announcement, [[1, *numbers[0][1:]], *numbers[1:]], draw.reveal.code, DAY)
    renamed = announcement.model_copy(update={"district": "澄川区2"})
    other_pool = compute_draw(renamed, numbers, draw.reveal.code, DAY)
    assert len({draw.key, other_numbers.key, other_pool.key}) == 3


def test_the_order_in_which_numbers_were_drawn_does_not_matter(announcement, draw, numbers):
    turned = compute_draw(announcement, [source[::-1] for source in numbers], draw.reveal.code, DAY)
    assert turned.drawn == draw.drawn


def test_a_replacement_fills_the_vacant_place_and_leaves_every_other(announcement, draw, code):
    vacant = draw.drawn[2]
    second = replace(announcement, [draw], vacant.unit_id, code(1))
    before, after = standing_places([draw]), standing_places([draw, second])
    assert [p for p in after if p.order != vacant.order] == [p for p in before if p.order != vacant.order]
    (filled,) = second.drawn
    assert (filled.order, filled.stratum) == (vacant.order, vacant.stratum)
    assert filled.unit_id not in {p.unit_id for p in before}
    assert filled.unit_id in announcement.stratum(vacant.stratum).candidates
    assert second.previous_hash == hash_of(draw)


def test_a_replacement_never_brings_a_vacated_unit_back(announcement, draw, code):
    rounds = [draw]
    for round_ in range(1, 6):
        unit = standing_places(rounds)[2].unit_id
        rounds.append(replace(announcement, rounds, unit, code(round_)))
    held = [r.drawn[0].unit_id for r in rounds[1:]] + [draw.drawn[2].unit_id]
    assert len(set(held)) == len(held)


def test_a_replacement_counts_the_visits_of_the_places_that_stand(make_announcement, numbers, code):
    # Six inspectors with two visits each for six units: only those of the vacant place are free again.
    announcement = make_announcement(n_inspectors=6, watch=("D03",), must=("D30",), later_draws=LATER)
    rounds = [compute_draw(announcement, numbers, code(0), DAY)]
    assert sum(len(place.inspectors) for place in rounds[0].drawn) == 12
    for round_ in range(1, 9):
        unit = standing_places(rounds)[2].unit_id
        rounds.append(replace(announcement, rounds, unit, code(round_)))
        visits = Counter(person for place in standing_places(rounds) for person in place.inspectors)
        assert set(visits.values()) == {2}


def test_a_stratum_without_candidates_left_is_filled_from_all_units(announcement, draw, code):
    rounds = [draw]
    for round_ in range(1, 4):
        unit = standing_places(rounds)[1].unit_id
        rounds.append(replace(announcement, rounds, unit, code(round_)))
    watch = announcement.stratum("watch").candidates
    assert [r.drawn[0].unit_id in watch for r in rounds[1:]] == [True, True, False]
    assert {place.stratum for r in rounds[1:] for place in r.drawn} == {"watch"}


def test_a_failed_reveal_cannot_bring_the_first_key_back(announcement, draw):
    second = replace(announcement, [draw], draw.drawn[2].unit_id, None, days=6)
    assert second.reveal.code == draw.reveal.code
    assert second.key != draw.key
    assert second.violations == ("missing_reveal",)


@pytest.mark.parametrize("unit", ["D30", "D29", "nobody"])
def test_only_a_place_drawn_by_lot_can_be_vacated(announcement, draw, code, unit):
    assert unit == "D30" or unit not in {p.unit_id for p in draw.drawn}
    with pytest.raises(DataError, match=f"{unit} holds no place drawn by lot"):
        replace(announcement, [draw], unit, code(1))


def test_a_vacancy_can_be_filled_on_the_day_of_its_public_draw_and_its_code_counts_until_the_deadline(
    announcement, draw, code
):
    unit, most = draw.drawn[2].unit_id, announcement.rules.replacement_reveal_days
    rounds = [replace(announcement, [draw], unit, code(1), days=days) for days in (0, most, most + 1)]
    assert [r.reveal.status for r in rounds] == ["revealed", "revealed", "late_reveal"]
    with pytest.raises(DataError, match="can be filled from 2026-12-11, not on 2026-12-10"):
        replace(announcement, [draw], unit, code(1), days=-1)


def test_other_numbers_of_the_later_public_draw_bring_another_substitute(announcement, draw, code):
    unit = draw.drawn[2].unit_id
    found = {
        replace(announcement, [draw], unit, code(1), numbers=[[1, 2, 3, 4, 5, red], [11]]).drawn[0].unit_id
        for red in range(6, 34)
    }
    assert len(found) > 10


def test_numbers_that_the_deciding_lottery_cannot_show_are_refused(announcement, draw, numbers, code):
    with pytest.raises(DataError, match="4 sources given, the announcement names 2"):
        replace(announcement, [draw], draw.drawn[2].unit_id, code(1), numbers=numbers)


def test_a_vacancy_that_was_not_declared_apart_fills_no_place(announcement, draw, code):
    with pytest.raises(DataError, match="was not declared as its announcement says"):
        compute_replacement(announcement, [draw], vacate(draw.drawn[2].unit_id), RED, code(1), date(2026, 12, 15))


def test_a_place_that_nobody_can_fill_is_an_error_and_no_other_draw(make_announcement, numbers, code):
    announcement = make_announcement(n_departments=2, n_towns=0, n_inspectors=4, later_draws=LATER)
    draw = compute_draw(announcement, numbers, code(0), DAY)
    rounds = [draw]
    with pytest.raises(DataError, match=r"2026-12-1: nobody can lawfully fill the place of D0[12]; all 2 candidates"):
        for round_ in range(1, 3):
            unit = standing_places(rounds)[0].unit_id
            rounds.append(replace(announcement, rounds, unit, code(round_)))
