"""A small invented draw: 30 departments and 18 towns, ten inspectors; everything is fictional."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from analysis.action.draw.announcement import Announcement, DrawInputs
from analysis.action.draw.commitment import commitment_of, hash_times, make_secret
from analysis.action.draw.office import (
    build_announcement,
    commit_draw,
    declare_vacancy,
    read_rounds,
    replace_drawn,
    run_draw,
)
from analysis.action.draw.result import Vacancy
from analysis.action.draw.vacancies import standing_places
from analysis.policy.book import load_policy
from analysis.policy.draw import DrawRules

ROOT = Path(__file__).resolve().parents[3]
SEED = bytes(range(32))
NUMBERS = [[3, 9, 12, 20, 27, 31], [8], [5, 11, 17, 28, 34], [2, 9]]
LATER_NUMBERS = [[[1, 4, 15, 16, 22, 30], [11]], [[2, 13, 21, 24, 35], [6, 7]]]


@pytest.fixture(scope="session")
def size() -> Callable[[int, int], int]:
    """How much of a long proof to run: a small share, or the whole with DRAW_PROOFS=whole."""
    is_whole = os.environ.get("DRAW_PROOFS") == "whole"
    return lambda share, whole: whole if is_whole else share


@pytest.fixture(scope="session")
def rules() -> DrawRules:
    return load_policy(ROOT).at("2026-12").draw


@pytest.fixture(scope="session")
def make_inputs() -> Callable[..., DrawInputs]:
    """Inputs of a draw; keywords replace single fields."""

    def make(n_departments: int = 30, n_towns: int = 18, n_inspectors: int = 10, watch=(), must=(), **changes):
        ids = [f"D{i:02d}" for i in range(1, n_departments + 1)] + [f"T{i:02d}" for i in range(1, n_towns + 1)]
        units = [
            {
                "unit_id": i,
                "name": f"虚构单位{i}",
                "stratum": "towns" if i[0] == "T" else "departments",
                "is_must": i in must,
                "is_watch": i in watch,
            }
            for i in ids
        ]
        content = {
            "draw_id": "2026-12-1",
            "period": "2026-12",
            "district": "澄川区",
            "published_on": "2026-12-01",
            "units": units,
            "inspectors": [{"inspector_id": f"P{i:02d}", "name": f"检查员{i:02d}"} for i in range(1, n_inspectors + 1)],
            "public_draws": [
                {"name": "中国福利彩票双色球", "issue": "2026140", "date": "2026-12-06"},
                {"name": "中国体育彩票超级大乐透", "issue": "26140", "date": "2026-12-05"},
            ],
            "later_draws": [
                {"name": "中国体育彩票超级大乐透", "issue": "26143", "date": "2026-12-19"},
                {"name": "中国福利彩票双色球", "issue": "2026143", "date": "2026-12-13"},
                {"name": "中国福利彩票双色球", "issue": "2026141", "date": "2026-12-08"},
            ],
        }
        return DrawInputs.model_validate(content | changes)

    return make


@pytest.fixture(scope="session")
def make_announcement(rules: DrawRules, make_inputs) -> Callable[..., Announcement]:
    """An announcement committed to with a fixed seed; keywords as for `make_inputs`, and `rules`."""

    def make(rules: DrawRules = rules, **changes) -> Announcement:
        inputs = make_inputs(**changes)
        return build_announcement(inputs, rules, commitment_of(make_secret(inputs.draw_id, rules.chain_length, SEED)))

    return make


@pytest.fixture(scope="session")
def code() -> Callable[[int], str]:
    """The code of a round of the draws made here."""
    return lambda round_: hash_times(SEED, 11 - round_).hex()


@pytest.fixture(scope="session")
def numbers() -> list[list[int]]:
    return NUMBERS


@pytest.fixture(scope="session")
def later_numbers() -> list[list[list[int]]]:
    """The numbers of the later public draws that decide the two replacements of `published`."""
    return LATER_NUMBERS


@pytest.fixture
def committed(tmp_path: Path, rules: DrawRules, make_inputs) -> Path:
    """A folder with `public/` and `secret/`, as an announcement leaves them."""
    inputs = make_inputs(watch=("D03", "T04", "D11"), must=("D30",), n_inspectors=7)
    commit_draw(inputs, rules, tmp_path / "public", tmp_path / "secret", SEED)
    return tmp_path


@pytest.fixture
def published(committed: Path, numbers, later_numbers, code) -> Path:
    """A public folder after the draw, one revealed replacement and one whose reveal is missing."""
    folder = committed / "public"
    run_draw(folder, numbers, code(0), date(2026, 12, 7))
    for day, drawn, on, revealed in ((9, later_numbers[0], 14, code(1)), (15, later_numbers[1], 30, None)):
        unit = standing_places(read_rounds(folder))[2].unit_id
        told = {"unit_id": unit, "reason": "机构撤并", "document": "虚构〔2026〕1号"}
        declare_vacancy(folder, Vacancy(published_on=date(2026, 12, day), **told))
        replace_drawn(folder, drawn, revealed, date(2026, 12, on))
    return folder
