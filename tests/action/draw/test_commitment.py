import hashlib
from datetime import date
from pathlib import Path

import pytest
import yaml

from analysis.action.draw.commitment import (
    commitment_of,
    hash_times,
    last_public_code,
    make_secret,
    reveal_code,
    settle_reveal,
)
from analysis.action.draw.files import SECRET, to_bytes
from analysis.action.draw.result import Reveal
from analysis.policy.errors import DataError

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios" / "draw.yml"


def test_each_code_hashes_to_the_one_before_and_the_first_to_the_commitment(tmp_path):
    secret = make_secret("x", 5, bytes(range(32)))
    (tmp_path / SECRET).write_bytes(to_bytes(secret))
    codes = [reveal_code(tmp_path, round_) for round_ in range(5)]
    links = [hashlib.sha256(bytes.fromhex(code)).hexdigest() for code in codes]
    assert links == [commitment_of(secret), *codes[:-1]]
    assert codes[-1] == secret.seed


@pytest.mark.parametrize("round_", [-1, 5])
def test_a_chain_has_no_code_beyond_its_length(tmp_path, round_):
    (tmp_path / SECRET).write_bytes(to_bytes(make_secret("x", 5)))
    with pytest.raises(DataError, match="holds 5 codes"):
        reveal_code(tmp_path, round_)


def test_a_chain_of_one_code_serves_one_round(tmp_path):
    secret = make_secret("x", 1, bytes(range(32)))
    (tmp_path / SECRET).write_bytes(to_bytes(secret))
    assert reveal_code(tmp_path, 0) == secret.seed


def test_two_secrets_differ():
    assert make_secret("x", 5).seed != make_secret("x", 5).seed


@pytest.mark.parametrize(
    "scenario", yaml.load(SCENARIOS.read_text("utf-8"), yaml.BaseLoader)["reveals"], ids=lambda s: s["name"]
)
def test_a_round_uses_the_code_that_the_scenario_says(make_announcement, numbers, code, scenario):
    from analysis.action.draw.rounds import compute_draw

    announcement = make_announcement()
    given = {"right": code(0), "next": code(1), "wrong": "ab" * 32, "text": "not a code", "none": None}
    call = (announcement, numbers, given[scenario["given"]["code"]], date.fromisoformat(scenario["given"]["on"]))
    if "error" in scenario:
        with pytest.raises(DataError, match=scenario["error"]):
            compute_draw(*call)
        return
    result = compute_draw(*call)
    assert (result.reveal.status, list(result.violations)) == tuple(scenario["expect"].values())
    assert result.reveal.code == (code(0) if result.reveal.status == "revealed" else announcement.commitment)
    assert result.reveal.late_code == (code(0) if result.reveal.status == "late_reveal" else None)


def test_withholding_gives_one_other_draw_and_never_a_third(make_announcement, numbers, code):
    from analysis.action.draw.rounds import compute_draw

    announcement = make_announcement()
    missing, late = (compute_draw(announcement, numbers, c, date(2026, 12, 20)) for c in (None, code(0)))
    assert missing.tickets == late.tickets
    assert missing.drawn == late.drawn
    assert missing.tickets != compute_draw(announcement, numbers, code(0), date(2026, 12, 7)).tickets


def test_after_a_failed_reveal_the_last_code_revealed_serves(make_announcement, code):
    announcement = make_announcement()
    reveals = [
        Reveal(round=0, on=date(2026, 12, 7), status="revealed", code=code(0)),
        Reveal(round=1, on=date(2026, 12, 20), status="missing_reveal", code=code(0)),
    ]
    assert last_public_code(announcement, []) == announcement.commitment
    assert last_public_code(announcement, reveals) == code(0)
    third = settle_reveal(announcement, reveals, code(2), date(2026, 12, 21), date(2026, 12, 22))
    assert (third.round, third.status, third.code) == (2, "revealed", code(2))


def test_a_chain_that_is_used_up_ends_the_draw(make_announcement, code):
    announcement = make_announcement()
    reveals = [Reveal(round=r, on=date(2026, 12, 7), status="revealed", code=code(r)) for r in range(12)]
    with pytest.raises(DataError, match="draw 2026-12-1: all 12 codes are used up"):
        settle_reveal(announcement, reveals, None, date(2026, 12, 30), date(2026, 12, 22))


def test_the_last_code_of_the_chain_can_be_revealed(make_announcement, code):
    reveals = [Reveal(round=r, on=date(2026, 12, 7), status="revealed", code=code(r)) for r in range(11)]
    last = settle_reveal(make_announcement(), reveals, code(11), date(2026, 12, 21), date(2026, 12, 22))
    assert (last.round, last.code) == (11, bytes(range(32)).hex())


def test_a_code_has_one_form_in_writing(make_announcement, code):
    assert code(0).upper() != code(0)
    announcement = make_announcement()
    words = f"2026-12-1: the code {code(0).upper()} does not match the commitment {announcement.commitment} in round 0"
    with pytest.raises(DataError, match=words):
        settle_reveal(announcement, [], code(0).upper(), date(2026, 12, 7), date(2026, 12, 9))


def test_hashing_no_times_changes_nothing():
    assert hash_times(b"x", 0) == b"x"
