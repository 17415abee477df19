import hashlib
import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from analysis.action.draw.files import ANNOUNCEMENT, SECRET, hash_of, hash_path, publish, to_bytes
from analysis.action.draw.office import read_announcement, read_rounds, read_vacancies
from analysis.action.draw.result import vacancy_name
from analysis.action.draw.verify import verify_draw


def change_one_byte(path: Path, dice: random.Random) -> None:
    raw = bytearray(path.read_bytes())
    place = dice.randrange(len(raw))
    raw[place] = dice.choice([b for b in range(256) if b != raw[place]])
    path.write_bytes(raw)


def sign_again(path: Path) -> None:
    """What an office with access to the folder could do after a change: write the matching hash beside it."""
    hash_path(path).write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n", "utf-8")


def test_a_draw_as_published_has_no_finding(published, rules, numbers, later_numbers):
    told = hash_of(read_announcement(published))
    assert verify_draw(published) == []
    assert verify_draw(published, [told], [numbers, *later_numbers], rules, date(2027, 1, 1)) == []


def test_an_announcement_alone_has_no_finding(committed):
    assert verify_draw(committed / "public") == []


def test_every_change_of_one_byte_is_rejected(published, tmp_path, size):
    names = sorted(path.name for path in published.iterdir())
    assert len(names) == 12
    accepted = []
    for trial in range(size(48, 500)):
        dice = random.Random(trial)
        copy = shutil.copytree(published, tmp_path / f"copy{trial}")
        change_one_byte(copy / names[trial % len(names)], dice)
        if not verify_draw(copy):
            accepted.append(trial)
        shutil.rmtree(copy)
    print(f"\none-byte changes: {trial + 1} tried, {len(accepted)} accepted")
    assert not accepted


def test_a_change_whose_hash_was_written_again_is_rejected_too(published, tmp_path, numbers, size):
    told = hash_of(read_announcement(published))
    accepted = []
    for trial in range(size(24, 500)):
        dice = random.Random(trial)
        copy = shutil.copytree(published, tmp_path / f"copy{trial}")
        path = copy / (ANNOUNCEMENT, "result.json")[trial % 2]
        raw = path.read_text("utf-8")
        place = dice.randrange(len(raw))
        path.write_text(raw[:place] + chr(dice.choice(range(33, 127))) + raw[place + 1 :], "utf-8")
        sign_again(path)
        if path.read_text("utf-8") != raw and not verify_draw(copy, [told], [numbers]):
            accepted.append((path.name, raw[place - 12 : place + 2]))
        shutil.rmtree(copy)
    print(f"\nre-signed changes: {trial + 1} tried, {len(accepted)} accepted")
    # Within the deadline, the day on which the draw was held decides nothing.
    assert all(name == "result.json" and '"on":' in around for name, around in accepted)


def swap_inspectors(result):
    first, *rest = result.drawn
    return result.model_copy(update={"drawn": (first.model_copy(update={"inspectors": first.inspectors[::-1]}), *rest)})


def swap_units(result):
    units = [place.unit_id for place in result.drawn]
    units[2], units[3] = units[3], units[2]
    places = (place.model_copy(update={"unit_id": unit}) for place, unit in zip(result.drawn, units, strict=True))
    return result.model_copy(update={"drawn": tuple(places)})


FORGERIES = [
    (swap_inspectors, "drawn"),
    (swap_units, "drawn"),
    (lambda r: r.model_copy(update={"inspector_skips": ()}), "inspector_skips"),
    (lambda r: r.model_copy(update={"violations": ("missing_reveal",)}), "violations"),
    (lambda r: r.model_copy(update={"key": "00" * 32}), "key"),
    (lambda r: r.model_copy(update={"tickets": r.tickets[::-1]}), "tickets"),
    (lambda r: r.model_copy(update={"public_numbers": ((1, 2, 3, 4, 5, 6), *r.public_numbers[1:])}), "public_text"),
    (lambda r: r.model_copy(update={"reveal": r.reveal.model_copy(update={"code": "00" * 32})}), ""),
]


@pytest.mark.parametrize(("forge", "place"), FORGERIES)
def test_a_forged_result_is_found_at_its_place_though_all_hashes_fit(published, tmp_path, forge, place):
    (result, *_) = read_rounds(published)
    forged = forge(result)
    assert forged != result
    copy = tmp_path / "copy"
    copy.mkdir()
    publish(copy / ANNOUNCEMENT, read_announcement(published))
    publish(copy / "result.json", forged)
    findings = verify_draw(copy)
    assert {f.file for f in findings} == {"result.json"}
    assert place in {f.place for f in findings}


def test_numbers_other_than_those_drawn_in_public_are_found(published, numbers):
    (finding,) = verify_draw(published, numbers=[[[1, 2, 3, 4, 5, 6], *numbers[1:]]])
    assert finding.place == "public_numbers"


def test_an_office_that_replaced_all_its_files_is_found_by_the_hash_published_elsewhere(published):
    (finding,) = verify_draw(published, ["00" * 32])
    assert "published elsewhere was" in finding.message


def test_an_announcement_that_does_not_follow_its_own_rules_is_found(committed):
    announcement = read_announcement(committed / "public")
    strata = tuple(
        s.model_copy(update={"candidates": s.candidates[1:]}) if s.kind == "towns" else s for s in announcement.strata
    )
    folder = committed / "forged"
    publish(folder / ANNOUNCEMENT, announcement.model_copy(update={"strata": strata}))
    assert [(f.file, f.place) for f in verify_draw(folder)] == [(ANNOUNCEMENT, "strata")]


def test_a_unit_that_stands_twice_in_the_pool_is_found(committed):
    announcement = read_announcement(committed / "public")
    folder = committed / "forged"
    publish(
        folder / ANNOUNCEMENT, announcement.model_copy(update={"units": (*announcement.units, announcement.units[0])})
    )
    (finding,) = verify_draw(folder)
    assert "stands twice" in finding.message


def test_rules_other_than_those_in_force_are_found(published, rules):
    other = rules.model_copy(update={"rest_months": 9})
    assert [f.place for f in verify_draw(published, rules=other)] == ["rules"]


def test_a_second_draw_in_place_of_a_replacement_is_found(published):
    (published / "replacement-1.json").write_bytes((published / "result.json").read_bytes())
    sign_again(published / "replacement-1.json")
    assert {f.file for f in verify_draw(published)} == {"replacement-1.json"}


def forge_vacancy(published: Path, round_: int, **changes) -> None:
    """Write a declared vacancy anew, with the hash beside it."""
    name = published / vacancy_name(round_)
    forged = read_vacancies(published)[round_ - 1].model_copy(update=changes)
    for path in (name, hash_path(name)):
        path.unlink()
    publish(name, forged)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"published_on": date(2026, 12, 12)}, "sources"),  # on the eve of the draw that it used
        ({"reveal_by": date(2026, 12, 30)}, "reveal_by"),
        ({"round": 2}, "round"),
        ({"unit_id": "D30"}, ""),
        ({"announcement_hash": "0" * 64}, "announcement_hash"),
    ],
)
def test_a_vacancy_that_does_not_follow_from_the_announcement_is_found(published, changes, place):
    forge_vacancy(published, 1, **changes)
    findings = verify_draw(published)
    assert {f.file for f in findings} == {"vacancy-1.json"}
    assert place in {f.place for f in findings}


def test_a_vacancy_reworded_after_its_place_was_filled_is_found(published):
    forge_vacancy(published, 1, reason="另一个理由")
    assert [(f.file, f.place) for f in verify_draw(published)] == [("replacement-1.json", "vacancy")]


def test_an_open_vacancy_that_was_dated_back_is_found_by_the_hash_published_elsewhere(published):
    for path in published.glob("replacement-2.*"):
        path.unlink()
    told = [hash_of(v) for v in read_vacancies(published)]
    assert verify_draw(published, told) == []
    forge_vacancy(published, 2, published_on=date(2026, 12, 14))
    assert verify_draw(published) == []
    (finding,) = verify_draw(published, told)
    assert "published elsewhere was" in finding.message


@pytest.mark.parametrize("name", ["vacancy-1.json", "vacancy-2.json"])
def test_a_round_without_its_declared_vacancy_is_found(published, name):
    (published / name).unlink()
    assert "no such file" in verify_draw(published)[0].message


def test_a_round_that_is_withheld_is_found_after_its_deadline(published):
    for path in published.glob("replacement-2.*"):
        path.unlink()
    assert verify_draw(published, today=date(2026, 12, 24)) == []
    (finding,) = verify_draw(published, today=date(2026, 12, 25))
    assert (finding.file, "a violation" in finding.message) == ("replacement-2.json", True)


def test_numbers_of_a_replacement_other_than_those_drawn_in_public_are_found(published, numbers, later_numbers):
    (finding,) = verify_draw(published, numbers=[numbers, [[1, 2, 3, 4, 5, 6], [11]], later_numbers[1]])
    assert (finding.file, finding.place) == ("replacement-1.json", "public_numbers")


def test_a_draw_announced_before_vacancies_were_declared_apart_holds_as_it_was_published():
    old = Path(__file__).parent / "announced_before_s48"
    assert [r.reveal.status for r in read_rounds(old)] == ["revealed", "revealed", "missing_reveal"]
    assert read_announcement(old).format == "draw/1"
    assert verify_draw(old) == []


def test_a_vacancy_beside_a_draw_that_names_no_later_public_draw_is_found(published, tmp_path):
    old = shutil.copytree(Path(__file__).parent / "announced_before_s48", tmp_path / "old")
    publish(old / "vacancy-1.json", read_vacancies(published)[0])
    assert [f.file for f in verify_draw(old)] == ["vacancy-1.json"]


def test_rules_whose_end_was_set_later_are_still_those_in_force(published, rules):
    assert verify_draw(published, rules=rules.model_copy(update={"to": "2027-03"})) == []


def test_a_missing_round_is_found_by_the_next(published):
    (published / "replacement-1.json").unlink()
    (finding,) = verify_draw(published)
    assert (finding.file, "no such file" in finding.message) == ("replacement-1.json", True)


def test_the_secret_in_the_published_folder_is_found(committed):
    shutil.copy(committed / "secret" / SECRET, committed / "public" / SECRET)
    assert [f.file for f in verify_draw(committed / "public")] == [SECRET]


def test_the_published_form_is_one(published):
    announcement = read_announcement(published)
    assert to_bytes(announcement) == (published / ANNOUNCEMENT).read_bytes()
