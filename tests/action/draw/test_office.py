import shutil
import stat
from datetime import date

import pytest
import yaml

from analysis.action.draw.announcement import Visit
from analysis.action.draw.commitment import reveal_code
from analysis.action.draw.files import ANNOUNCEMENT, SECRET, publish, read_inputs, to_bytes
from analysis.action.draw.office import (
    build_announcement,
    commit_draw,
    next_reveal,
    read_announcement,
    read_rounds,
    read_vacancies,
    rebuild_announcement,
    replace_drawn,
    run_draw,
)
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, PolicyError

DAY = date(2026, 12, 7)


def list_files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_commit_publishes_the_announcement_and_keeps_the_secret_apart(committed):
    assert list_files(committed) == ["public/announcement.json", "public/announcement.sha256", "secret/secret.json"]
    assert stat.S_IMODE((committed / "secret" / SECRET).stat().st_mode) == 0o600
    public = b"".join(path.read_bytes() for path in (committed / "public").iterdir())
    assert (reveal_code(committed / "secret", 11)).encode() not in public


def test_same_inputs_and_seed_give_the_same_bytes(tmp_path, rules, make_inputs):
    inputs = make_inputs()
    turned = make_inputs(units=[u.model_dump() for u in reversed(inputs.units)])
    for name, given in (("a", inputs), ("b", turned)):
        commit_draw(given, rules, tmp_path / name, tmp_path / f"{name}-secret", bytes(32))
    files = [(tmp_path / name / "announcement.json").read_bytes() for name in "ab"]
    assert files[0] == files[1]


def test_the_hash_file_is_read_by_sha256sum(committed):
    import hashlib

    line = (committed / "public" / "announcement.sha256").read_text()
    digest = hashlib.sha256((committed / "public" / "announcement.json").read_bytes()).hexdigest()
    assert line == f"{digest}  announcement.json\n"


def test_inputs_are_read_from_yaml_as_they_are_written(tmp_path, make_inputs):
    recusals = [{"inspector_id": "P01", "unit_id": "D01"}]
    inputs = make_inputs(draw_id="2026-12-01", watch=("D03",), recusals=recusals)  # an id, not a date
    path = tmp_path / "inputs.yml"
    path.write_text(yaml.safe_dump(inputs.model_dump(mode="json", exclude_none=True), allow_unicode=True), "utf-8")
    path.write_text(path.read_text("utf-8").replace("'2026-12-01'", "2026-12-01"), "utf-8")
    assert "draw_id: 2026-12-01\n" in path.read_text("utf-8")
    assert read_inputs(path) == inputs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("draw_id: [", "not valid YAML"),
        ("draw_id: 2026-12-1", "period: the key is missing"),
        ("- draw", "inputs.yml: line 1: .*a mapping"),
        ("draw_id: " + "[" * 100_000, "inputs.yml: line 1: more than 50 levels"),
        ("draw_id: a\nperiod: 2026-12\ndraw_id: b", "inputs.yml: line 3: the key 'draw_id' stands twice"),
        (None, "no such file"),
    ],
)
def test_inputs_that_cannot_be_read_are_refused_by_name(tmp_path, text, words):
    if text is not None:
        (tmp_path / "inputs.yml").write_text(text, "utf-8")
    with pytest.raises(DataError, match=words):
        read_inputs(tmp_path / "inputs.yml")


def test_a_draw_is_held_once(committed, numbers, code):
    run_draw(committed / "public", numbers, code(0), DAY)
    before = {path: path.read_bytes() for path in committed.rglob("*") if path.is_file()}
    with pytest.raises(DataError, match="no quiet redraw"):
        run_draw(committed / "public", [[1, 2, 3, 4, 5, 6], *numbers[1:]], code(0), DAY)
    assert before == {path: path.read_bytes() for path in committed.rglob("*") if path.is_file()}


@pytest.mark.parametrize("left", ["public/announcement.json", "secret/secret.json"])
def test_a_draw_is_announced_once(committed, rules, make_inputs, left):
    for path in [p for p in committed.rglob("*") if p.is_file() and str(p.relative_to(committed)) != left]:
        path.unlink()
    with pytest.raises(DataError, match="exists already"):
        commit_draw(make_inputs(), rules, committed / "public", committed / "secret")
    assert list_files(committed) == [left]


@pytest.mark.parametrize("place", ["public", "public/kept"])
def test_the_secret_may_not_lie_in_the_published_folder(tmp_path, rules, make_inputs, place):
    with pytest.raises(DataError, match="secret would lie in the published folder"):
        commit_draw(make_inputs(), rules, tmp_path / "public", tmp_path / place)
    assert list_files(tmp_path) == []


LOTTERIES = [
    {"name": "中国福利彩票双色球", "issue": "2026140", "date": "2026-12-06"},
    {"name": "中国体育彩票超级大乐透", "issue": "26140", "date": "2026-12-05"},
]
NOT_LATER = (
    "draw 2026-12-1: later draw 中国体育彩票超级大乐透 26141 of 2026-12-05: it must stand in params/draw.yml, "
    "come after 2026-12-06, be named once, bring 6 bits"
)
BAD_INPUTS = [
    ({"n_inspectors": 3}, "4 units need 2 each (8 visits), 3 inspectors may take 6"),
    ({"n_inspectors": 1}, "no lawful assignment of inspectors"),
    ({"n_inspectors": 0}, "no lawful assignment of inspectors"),
    (
        {"published_on": "2026-12-03"},
        "2026-12-1: the first public draw is on 2026-12-05, the announcement on 2026-12-03; at least 3 days",
    ),
    (
        {"n_departments": 200, "public_draws": LOTTERIES[:1]},
        "draw 2026-12-1: the public draws bring 24 bits of chance, 40 are needed",
    ),
    ({"public_draws": [{**LOTTERIES[0], "name": "别的彩票"}]}, "must be one each of"),
    ({"public_draws": [LOTTERIES[0], LOTTERIES[0]]}, "must be one each of"),
    ({"later_draws": [LOTTERIES[1] | {"issue": "26141"}]}, NOT_LATER),  # before the first numbers
    ({"later_draws": [LOTTERIES[0] | {"date": "2026-12-20"}]}, "2026140 of 2026-12-20: it must"),  # one and the same
    ({"later_draws": [{"name": "别的彩票", "issue": "1", "date": "2026-12-20"}]}, "别的彩票 1 of 2026-12-20: it must"),
]


@pytest.mark.parametrize(("changes", "words"), BAD_INPUTS, ids=[words for _, words in BAD_INPUTS])
def test_a_draw_that_cannot_be_held_is_refused_and_nothing_is_written(tmp_path, rules, make_inputs, changes, words):
    with pytest.raises(DataError) as error:
        commit_draw(make_inputs(**changes), rules, tmp_path / "public", tmp_path / "secret")
    assert words in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_the_last_day_of_notice_and_just_enough_chance_suffice(rules, make_inputs):
    for changes, needed in (
        ({"published_on": "2026-12-02"}, rules.enough_public_bits),  # three days before the first public draw
        ({"n_departments": 200, "n_inspectors": 12, "public_draws": LOTTERIES[:1]}, 24),  # 24 bits of chance
    ):
        enough = rules.model_copy(update={"enough_public_bits": needed})
        assert build_announcement(make_inputs(**changes), enough, "0" * 64).strata


def test_a_pool_of_one_unit_visited_this_month_can_be_drawn(rules, make_inputs):
    history = [{"unit_id": "D01", "period": "2026-12"}]
    announcement = build_announcement(make_inputs(1, 0, history=history), rules, "0" * 64)
    assert sum(stratum.number for stratum in announcement.strata) == 1


def test_the_published_form_is_sorted_with_one_space_a_level_and_chinese_as_it_is(committed):
    visit = Visit(unit_id="D01", period="2026-11")
    assert to_bytes(visit) == b'{\n "period": "2026-11",\n "unit_id": "D01"\n}\n'
    path = committed / "public" / ANNOUNCEMENT
    assert "澄川区" in path.read_text("utf-8")
    assert not stat.S_IMODE(path.stat().st_mode) & 0o133  # to be read by all, and written by its owner alone


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recusals": [{"inspector_id": "P99", "unit_id": "D01"}]}, "recusal P99 / D01 names nobody"),
        ({"history": [{"unit_id": "D01", "period": "2027-01"}]}, "visits of 2027-01, after 2026-12"),
        ({"draw_id": "2026|12"}, "string_pattern_mismatch"),
        ({"draw_id": "2026-12+1"}, "string_pattern_mismatch"),
        (
            {"inspectors": [{"inspector_id": "P01", "name": "甲"}, {"inspector_id": "P01", "name": "乙"}]},
            "stands twice",
        ),
        ({"units": []}, "too_short"),
    ],
)
def test_inputs_that_contradict_themselves_are_refused(make_inputs, changes, words):
    with pytest.raises(ValueError, match=words.replace("|", r"\|")):
        make_inputs(**changes)


def test_a_code_that_does_not_match_is_refused_and_nothing_is_written(committed, numbers):
    before = list_files(committed)
    with pytest.raises(DataError, match="does not match the commitment"):
        run_draw(committed / "public", numbers, "00" * 32, DAY)
    assert list_files(committed) == before


ALTERED = r"announcement\.json: its SHA-256 is \w{64}, announcement\.sha256 says otherwise: one of them was"
ALTERATIONS = [
    (lambda text: text.replace("虚构单位D01", "虚构单位D1"), ALTERED),
    (lambda text: text.replace('"number": 2', '"number": 3'), ALTERED),
    (lambda text: text + "\n", "not in the published form"),
    (lambda text: text.replace(" ", "", 1), "not in the published form"),
    (lambda text: text.replace('"is_must": false', '"is_must": "no"', 1), "not in the published form"),
    (
        lambda text: text.replace('"is_must": false', '"is_must": "?"', 1),
        "is_must: found .*; true or false is needed",
    ),
    (lambda text: text[:-3], "not readable as JSON"),
]


@pytest.mark.parametrize(("alter", "words"), ALTERATIONS)
def test_an_altered_announcement_is_refused_and_nothing_is_written(committed, numbers, code, alter, words):
    path = committed / "public" / "announcement.json"
    altered = alter(path.read_text("utf-8"))
    assert altered != path.read_text("utf-8")
    path.write_text(altered, "utf-8")
    before = list_files(committed)
    with pytest.raises(DataError, match=words):
        run_draw(committed / "public", numbers, code(0), DAY)
    assert list_files(committed) == before


def test_a_file_that_is_missing_is_named_with_its_folder(tmp_path):
    for read, name in ((read_announcement, ANNOUNCEMENT), (lambda folder: read_inputs(folder / "in.yml"), "in.yml")):
        with pytest.raises(DataError) as error:
            read(tmp_path)
        assert str(error.value).startswith(f"{name}: there is no such file in {tmp_path}")


def test_an_announcement_altered_together_with_its_hash_is_refused(committed, numbers, code):
    announcement = read_announcement(committed / "public")
    fewer = announcement.model_copy(update={"strata": announcement.strata[:-1]})
    for path in (committed / "public").iterdir():
        path.unlink()
    publish(committed / "public" / ANNOUNCEMENT, fewer)
    with pytest.raises(DataError, match="strata: does not follow from rules and pool"):
        run_draw(committed / "public", numbers, code(0), DAY)
    assert not (committed / "public" / "result.json").exists()


@pytest.mark.parametrize("name", ["announcement.json", "announcement.sha256"])
def test_a_missing_announcement_or_hash_is_refused(committed, numbers, code, name):
    (committed / "public" / name).unlink()
    with pytest.raises(DataError, match="announcement"):
        run_draw(committed / "public", numbers, code(0), DAY)


def test_a_replacement_needs_a_draw_and_a_declared_vacancy(committed, numbers, later_numbers, code):
    for _ in range(2):
        with pytest.raises(DataError, match="no vacancy is open"):
            replace_drawn(committed / "public", later_numbers[0], code(1), date(2026, 12, 14))
        if not (committed / "public/result.json").exists():
            run_draw(committed / "public", numbers, code(0), DAY)


def test_the_round_whose_code_is_next_has_its_first_day_and_its_deadline(committed, numbers, code):
    assert next_reveal(committed / "public") == (0, date(2026, 12, 6), date(2026, 12, 9))
    run_draw(committed / "public", numbers, code(0), DAY)
    with pytest.raises(DataError, match="2026-12-1: was held, and no vacancy is open"):
        next_reveal(committed / "public")


def test_the_next_code_fills_the_last_vacancy_declared(published):
    last = read_vacancies(published)[-1]
    for path in published.glob("replacement-2.*"):
        path.unlink()
    assert next_reveal(published) == (2, last.sources[0].date, last.reveal_by)
    assert last.sources[0].date < last.reveal_by


def test_a_vacancy_declared_by_hand_with_another_public_draw_fills_no_place(published, later_numbers, code):
    last = read_vacancies(published)[-1]
    for name in ("vacancy-2", "replacement-2"):
        for path in published.glob(f"{name}.*"):
            path.unlink()
    publish(published / "vacancy-2.json", last.model_copy(update={"reveal_by": date(2027, 1, 1)}))
    with pytest.raises(DataError, match=r"vacancy-2\.json: does not follow from the announcement"):
        replace_drawn(published, later_numbers[1], code(2), date(2026, 12, 20))


def test_a_draw_without_later_public_draws_is_not_announced(tmp_path, rules, make_inputs):
    with pytest.raises(DataError, match="name `later_draws`"):
        commit_draw(make_inputs(later_draws=[]), rules, tmp_path / "public", tmp_path / "secret")
    assert list_files(tmp_path) == []


def test_rounds_are_read_back_in_order(published):
    rounds = read_rounds(published)
    assert [r.reveal.round for r in rounds] == [0, 1, 2]
    assert read_announcement(published).draw_id == rounds[0].draw_id


def test_errors_of_params_name_key_and_value(tmp_path):
    from pathlib import Path

    source = Path(__file__).resolve().parents[3] / "params" / "draw.yml"
    shutil.copytree(source.parent, tmp_path / "params")
    text = source.read_text("utf-8")
    for old, new, words in [
        ("minimum_share_pct: 5 ", "minimum_share_pct: 500 ", "minimum_share_pct: found 500"),
        ("kind: must", "kind: towns", "one each of"),
        ("id: watch", "id: towns", "two strata have the same id"),
        ("count: 6, low: 1, high: 33", "count: 6, low: 1, high: 5", "cannot lie between 1 and 5"),
        ("from: 2023-01", "from: 2027-01", "no entry holds in 2026-12"),
    ]:
        assert old in text
        (tmp_path / "params" / "draw.yml").write_text(text.replace(old, new), "utf-8")
        with pytest.raises(PolicyError, match=words):
            load_policy(tmp_path).at("2026-12")


def test_a_unit_of_which_nothing_more_is_said_is_neither_named_nor_watched(rules, make_inputs):
    units = [{"unit_id": f"D{n:02d}", "name": f"虚构单位{n}", "stratum": "departments"} for n in range(1, 21)]
    strata = {s.kind: s for s in build_announcement(make_inputs(units=units), rules, "0" * 64).strata}
    assert strata["must"].candidates == strata["watch"].candidates == ()
    assert len(strata["departments"].candidates) == 20


def test_an_announcement_names_the_head_of_the_chain_of_publications(tmp_path, rules, make_inputs):
    head = "ab" * 32
    told = commit_draw(make_inputs(chain_head=head), rules, tmp_path / "public", tmp_path / "secret")
    assert read_announcement(tmp_path / "public").chain_head == head
    assert rebuild_announcement(told) == told
    assert b"chain_head" not in to_bytes(told.model_copy(update={"chain_head": None}))
