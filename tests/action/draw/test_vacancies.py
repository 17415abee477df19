"""A vacancy is declared before anyone can know the numbers that decide who comes instead (S48)."""

from datetime import date, timedelta

import pytest

from analysis.action.draw.files import hash_of
from analysis.action.draw.office import declare_vacancy, read_announcement, read_rounds, read_vacancies
from analysis.action.draw.result import Vacancy
from analysis.action.draw.rounds import compute_draw
from analysis.action.draw.vacancies import declare
from analysis.policy.errors import DataError

DAY = date(2026, 12, 7)
PLACE = 2


@pytest.fixture
def announcement(make_announcement):
    return make_announcement(must=("D30",))


@pytest.fixture
def draw(announcement, numbers, code):
    return compute_draw(announcement, numbers, code(0), DAY)


def vacate(draw, day: int, place: int = PLACE) -> Vacancy:
    told = {"reason": "机构撤并", "document": "虚构〔2026〕1号"}
    return Vacancy(unit_id=draw.drawn[place].unit_id, published_on=date(2026, 12, day), **told)


@pytest.mark.parametrize(("day", "issue"), [(7, "2026143"), (10, "2026143"), (11, "26143"), (16, "26143")])
def test_the_first_public_draw_after_the_days_of_notice_decides(announcement, draw, day, issue):
    # Named are 2026-12-08, -13 and -19, in whatever order the office wrote them; three days of notice.
    declared = declare(announcement, [draw], [], vacate(draw, day))
    assert {source.issue for source in declared.sources} == {issue}
    assert min(source.date for source in declared.sources) >= date(2026, 12, day) + timedelta(days=3)
    assert (declared.round, declared.announcement_hash) == (1, hash_of(announcement))


def test_the_deadline_of_the_reveal_counts_from_the_deciding_draw(announcement, draw):
    assert declare(announcement, [draw], [], vacate(draw, 10)).reveal_by == date(2026, 12, 18)


@pytest.mark.parametrize("day", [17, 19, 20, 31])
def test_a_vacancy_declared_when_the_last_numbers_may_be_known_is_refused(announcement, draw, day):
    with pytest.raises(DataError, match=r"numbers nobody can know; the announcement names .*2026-12-19"):
        declare(announcement, [draw], [], vacate(draw, day))


def test_a_draw_that_names_no_later_public_draw_has_no_replacements(make_announcement, numbers, code):
    announcement = make_announcement(later_draws=[])
    draw = compute_draw(announcement, numbers, code(0), DAY)
    assert announcement.format == "draw/1"
    with pytest.raises(DataError, match="the announcement names none"):
        declare(announcement, [draw], [], vacate(draw, 9))


def test_a_unit_named_or_not_drawn_or_not_yet_drawn_cannot_be_vacated(announcement, draw):
    for vacancy in (
        vacate(draw, 9, place=0),
        vacate(draw, 9).model_copy(update={"unit_id": "nobody"}),
        vacate(draw, 6),
    ):
        with pytest.raises(DataError, match="holds no place drawn by lot"):
            declare(announcement, [draw], [], vacancy)


def test_vacancies_follow_one_another_and_no_unit_is_vacated_twice(announcement, draw):
    first = declare(announcement, [draw], [], vacate(draw, 10))
    second = declare(announcement, [draw], [first], vacate(draw, 10, place=3))
    assert (second.round, second.sources) == (2, first.sources)
    for again in (vacate(draw, 10), vacate(draw, 9, place=3)):
        with pytest.raises(DataError, match="declared vacant already, or before an earlier vacancy"):
            declare(announcement, [draw], [first], again)


def test_codes_bound_the_number_of_vacancies(rules, make_announcement, numbers):
    from analysis.action.draw.commitment import hash_times

    announcement = make_announcement(rules.model_copy(update={"chain_length": 2}))
    draw = compute_draw(announcement, numbers, hash_times(bytes(range(32)), 1).hex(), DAY)
    first = declare(announcement, [draw], [], vacate(draw, 10))
    with pytest.raises(DataError, match="all 2 codes are used up"):
        declare(announcement, [draw], [first], vacate(draw, 10, place=3))


def test_what_is_declared_is_published_with_its_hash_and_never_written_again(published):
    (first, second) = read_vacancies(published)
    assert (published / "vacancy-1.sha256").read_text("utf-8") == f"{hash_of(first)}  vacancy-1.json\n"
    assert [r.vacancy for r in read_rounds(published)] == [None, first, second]
    assert second.draw_id == read_announcement(published).draw_id
    unit = read_rounds(published)[0].drawn[1].unit_id
    told = {"unit_id": unit, "reason": "机构撤并", "document": "虚构〔2026〕2号"}
    with pytest.raises(DataError, match="nobody can know"):
        declare_vacancy(published, Vacancy(published_on=date(2026, 12, 31), **told))
    assert not (published / "vacancy-3.json").exists()
