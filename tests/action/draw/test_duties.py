"""Double random over duties (S42): each duty of a drawn unit at its rate, checked by verify, page and the program."""

import hashlib
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from analysis.action.draw.files import read_inputs, to_bytes
from analysis.action.draw.lottery import expand_ticket
from analysis.action.draw.office import (
    commit_draw,
    declare_vacancy,
    read_announcement,
    read_rounds,
    read_vacancies,
    replace_drawn,
    run_draw,
)
from analysis.action.draw.result import Vacancy
from analysis.action.draw.rounds import compute_draw
from analysis.action.draw.strata import list_duties
from analysis.action.draw.vacancies import standing_places
from analysis.action.draw.verify import verify_draw
from analysis.policy.errors import DataError
from analysis.report.draw import embed_data, render_draw_page

from .conftest import SEED
from .test_long_proofs import chi_square_p, draw_at_random, widest_deviation
from .test_page import PROGRAM, check_again, load, read_verdict, write_files  # noqa: F401

DAY = date(2026, 12, 7)


@pytest.fixture(scope="session")
def with_duties(rules):
    return rules.model_copy(update={"duties_per_visit": 2})


@pytest.fixture(scope="session")
def duties() -> list[dict]:
    """Five duties of departments, one of towns alone, one of everyone, one of D01 alone."""
    departments, towns = [f"D{i:02d}" for i in range(1, 31)], [f"T{i:02d}" for i in range(1, 19)]
    told = [(f"M{n}", departments) for n in range(1, 6)] + [("M6", towns), ("M7", towns + departments), ("M8", ["D01"])]
    return [{"duty_id": id_, "name": f"职责{id_}", "unit_ids": units} for id_, units in told]


@pytest.fixture
def held(tmp_path, with_duties, make_inputs, duties, numbers, later_numbers, code):
    """A published draw of units and duties with one replacement."""
    inputs = make_inputs(watch=("D03", "T04"), must=("D30",), duties=duties)
    commit_draw(inputs, with_duties, tmp_path / "public", tmp_path / "secret", SEED)
    run_draw(tmp_path / "public", numbers, code(0), DAY)
    unit = standing_places(read_rounds(tmp_path / "public"))[2].unit_id
    told = {"unit_id": unit, "reason": "机构撤并", "document": "虚构〔2026〕1号"}
    declare_vacancy(tmp_path / "public", Vacancy(published_on=date(2026, 12, 9), **told))
    replace_drawn(tmp_path / "public", later_numbers[0], code(1), date(2026, 12, 14))
    return tmp_path / "public"


def files_of(folder):
    return read_announcement(folder), read_rounds(folder), read_vacancies(folder)


def test_each_drawn_unit_gets_its_lowest_tickets_the_substitute_by_its_own_key(held):
    announcement, rounds = read_announcement(held), read_rounds(held)
    for result in rounds:
        for place in result.drawn:
            own = [d.duty_id for d in announcement.duties if place.unit_id in d.unit_ids]
            ordered = sorted(own, key=lambda d: expand_ticket(bytes.fromhex(result.key), f"duty|{place.unit_id}|{d}"))
            assert place.duties == tuple(ordered[:2])
    assert {len(place.duties) for result in rounds for place in result.drawn} == {2}


def test_a_unit_with_fewer_duties_than_are_drawn_gets_all_of_them(make_announcement, with_duties, numbers, code):
    announced = make_announcement(
        rules=with_duties, n_departments=6, n_towns=0, must=("D01", "D02"),
        duties=[{"duty_id": "M1", "name": "甲", "unit_ids": ["D02"]}],
    )  # fmt: skip
    places = {p.unit_id: p.duties for p in compute_draw(announced, numbers, code(0), DAY).drawn}
    assert (places["D01"], places["D02"]) == ((), ("M1",))


def test_a_draw_without_duties_has_the_bytes_that_it_always_had(make_announcement, rules, with_duties, numbers, code):
    plain = make_announcement()
    assert b"dut" not in to_bytes(plain) + to_bytes(compute_draw(plain, numbers, code(0), DAY))
    assert b"duties_per_visit" in to_bytes(make_announcement(rules=with_duties))


def test_a_duty_more_in_the_pool_is_another_draw_of_as_many_units(make_announcement, with_duties, duties):
    # The pool's hash is in the key: a duty more is another draw, as any byte of the announcement is.
    dice = random.Random(1)
    first, other = (
        make_announcement(rules=with_duties, duties=duties),
        make_announcement(rules=with_duties, duties=duties[1:]),
    )
    assert draw_at_random(first, dice).key != draw_at_random(other, random.Random(1)).key
    assert [s.number for s in first.strata] == [s.number for s in other.strata]


def test_every_duty_is_drawn_at_its_rate(make_announcement, with_duties, duties, size):
    announcement = make_announcement(rules=with_duties, duties=duties, must=("D01",), n_inspectors=8)
    n_draws, dice = size(300, 20_000), random.Random(20260103)
    of_named, of_others, pairs, n_others = Counter(), Counter(), Counter(), 0
    for _ in range(n_draws):
        for place in draw_at_random(announcement, dice).drawn:
            if place.unit_id == "D01":
                of_named.update(place.duties)
                pairs[tuple(sorted(place.duties))] += 1
            elif place.unit_id[0] == "D":
                of_others.update(place.duties)
                n_others += 1
    for found, n, count in ((of_named, n_draws, 7), (of_others, n_others, 6)):
        ids = [f"M{i}" for i in (1, 2, 3, 4, 5, 7, 8)[:count]]
        deviation = widest_deviation(found, dict.fromkeys(ids, 2 / count), n)
        p = chi_square_p(found, dict.fromkeys(ids, 2 * n / count), 2)
        print(f"\n{n} visits, 2 of {count} duties: widest deviation {deviation:.2f} s.e., p = {p:.3f}")
        assert set(found) == set(ids) and found.total() == 2 * n
        assert deviation < 4 and p > 0.001
    assert len(pairs) == 21  # every pair of seven comes
    assert chi_square_p(pairs, dict.fromkeys(pairs, n_draws / 21), 1) > 0.001


FORGERIES = [
    ("result.json", lambda told: told["drawn"][0].update(duties=told["drawn"][0]["duties"][::-1])),
    ("result.json", lambda told: told["drawn"][1].pop("duties")),
    ("replacement-1.json", lambda told: told["drawn"][0].update(duties=["M8"])),
]


@pytest.mark.browser
@pytest.mark.parametrize(("name", "forge"), FORGERIES)
def test_verify_and_page_find_other_duties_though_hashes_were_written_again(load, held, tmp_path, name, forge):  # noqa: F811
    page = load(render_draw_page(*files_of(held)))
    assert (read_verdict(page), page.errors, verify_draw(held)) == ("pass", [], [])
    data = embed_data(*files_of(held))
    place = ["result.json", "replacement-1.json"].index(name)
    told = json.loads(data["rounds"][place])
    forge(told)
    data["rounds"][place] = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    data["round_hashes"][place] = hashlib.sha256(data["rounds"][place].encode()).hexdigest()
    write_files(tmp_path / "files", data)
    assert (check_again(page, data), bool(verify_draw(tmp_path / "files"))) == ("fail", True)


@pytest.mark.browser
def test_page_shows_duties_by_name_and_says_so_where_they_were_altered(load, held):  # noqa: F811
    html = render_draw_page(*files_of(held))
    place = read_rounds(held)[0].drawn[0]
    shown = "、".join(f"职责{duty}" for duty in place.duties)
    assert shown in load(html).inner_text("#places")
    assert read_verdict(load(html.replace(f">{shown}<", f">{shown}、职责M9<", 1))) == "fail"


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1440])
def test_page_with_duties_is_not_cut_off(load, held, width):  # noqa: F811
    page = load(render_draw_page(*files_of(held)), width)
    page.get_by_text("各单位的候选职责").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_program_checks_duties_too(held):
    def run():
        return subprocess.run([sys.executable, PROGRAM], cwd=held, capture_output=True, text=True, check=False)

    assert "抽取结果与公告相符" in run().stdout
    text = (held / "result.json").read_text("utf-8")
    duties = json.loads(text)["drawn"][0]["duties"]
    altered = text.replace(f'"{duties[0]}",\n    "{duties[1]}"', f'"{duties[1]}",\n    "{duties[0]}"', 1)
    (held / "result.json").write_text(altered, "utf-8")
    assert altered != text and "抽查的职责与结果文件不符" in run().stderr


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit_ids": ["X1"]}, "duty M1: unit X1 is not in this draw"),
        ({"duty_id": "M2"}, "duty M2 stands twice"),
        ({"unit_ids": []}, "at least 1"),
    ],
)
def test_a_pool_of_duties_that_cannot_be_is_refused(tmp_path, make_inputs, duties, changes, words):
    content = make_inputs().model_dump(mode="json", exclude_none=True) | {"duties": [duties[0] | changes, duties[1]]}
    (tmp_path / "pool.yml").write_text(json.dumps(content), "utf-8")
    with pytest.raises(DataError, match=words):
        read_inputs(tmp_path / "pool.yml")


def test_duties_under_rules_that_draw_none_are_refused(make_announcement, duties):
    with pytest.raises(DataError, match="draws none"):
        make_announcement(duties=duties)


def test_the_pool_holds_each_units_duties_and_what_was_seen_rests(whole_book, with_duties):
    policy = replace(whole_book.at("2026-10"), draw=with_duties)
    matters = {m.name: m for m in policy.matters}
    air, road = matters["工业废气"], matters["占道经营"]
    found = {d.duty_id: d.unit_ids for d in list_duties(policy, {"D55", "D22", "D57", "T01"}, set())}
    assert (found[air.id], found[road.id]) == (("D22", "D55"), ("D57", "T01"))
    found = {
        d.duty_id: d.unit_ids for d in list_duties(policy, {"D55", "D22", "T01"}, {("D55", air.id), ("D22", air.id)})
    }
    assert found[air.id] == ("D22",)  # it has no other duty
    assert list_duties(whole_book.at("2026-10"), {"D55"}, set()) == []
