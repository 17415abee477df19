"""A draw by the command line: announced, held, a vacancy declared before its numbers, filled, verified (S14, S48)."""

import sys
from datetime import date
from pathlib import Path

import pytest

from analysis.action.draw.commitment import reveal_code
from analysis.run.commands import draw as commands
from analysis.run.commands import main as cli

ROOT = Path(__file__).resolve().parents[3]
UNITS = "".join(f"  - {{unit_id: D{n:02d}, name: 虚构单位{n}, stratum: departments}}\n" for n in range(1, 13))
PEOPLE = "".join(f"  - {{inspector_id: P{n}, name: 检查员{n}}}\n" for n in range(1, 7))
INPUTS = f"""
draw_id: 2026-12-1
period: 2026-12
district: 澄川区
published_on: 2026-12-01
units:
{UNITS}inspectors:
{PEOPLE}public_draws:
  - {{name: 中国福利彩票双色球, issue: 2026140, date: 2026-12-06}}
  - {{name: 中国体育彩票超级大乐透, issue: 26140, date: 2026-12-05}}
later_draws:
  - {{name: 中国福利彩票双色球, issue: 2026143, date: 2026-12-13}}
"""
NUMBERS = "3 9 12 20 27 31 / 8 / 5 11 17 28 34 / 2 9"
LATER = "1 4 15 16 22 30 / 11"


@pytest.fixture
def call(capsys, monkeypatch):
    def run(name: str, *arguments, today: str = "2026-12-09") -> tuple[int, str]:
        class Clock(date):
            @classmethod
            def today(cls):
                return date.fromisoformat(today)

        monkeypatch.setattr(commands, "date", Clock)
        monkeypatch.setattr(sys, "argv", ["analysis", "draw", name, *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code or 0, printed.out + printed.err

    return run


@pytest.fixture
def held(call, tmp_path):
    """The public folder of a draw that was held on 2026-12-07, and a function that reads the office's codes."""
    (tmp_path / "inputs.yml").write_text(INPUTS, "utf-8")
    folder = tmp_path / "public"
    call("commit", tmp_path / "inputs.yml", folder, "--secret", tmp_path / "secret", "--root", ROOT)
    code = reveal_code(tmp_path / "secret", 0)
    told = call("draw", folder, "--numbers", NUMBERS, "--on", "2026-12-07", "--code", code, "--root", ROOT)
    assert told[0] == 0, told
    return folder, lambda round_: reveal_code(tmp_path / "secret", round_), told[1].split()[1]


def vacate(call, held, today: str) -> tuple[int, str]:
    paper = ("--reason", "机构撤并", "--document", "虚构〔2026〕1号", "--root", ROOT)
    return call("vacate", held[0], "--unit", held[2], *paper, today=today)


def test_a_vacancy_is_declared_today_and_filled_by_the_later_public_draw(call, held):
    folder, code, unit = held
    status, told = vacate(call, held, "2026-12-10")
    digest = (folder / "vacancy-1.sha256").read_text("utf-8").split()[0]
    assert status == 0 and digest in told
    assert "中国福利彩票双色球 2026143 of 2026-12-13 decides" in told and "by 2026-12-18" in told
    fill = ("replace", folder, "--numbers", LATER, "--code", code(1), "--root", ROOT)
    status, told = call(*fill, "--on", "2026-12-12")
    assert (status, "can be filled from 2026-12-13" in told) == (1, True)
    status, told = call(*fill, "--on", "2026-12-13")
    assert status == 0 and unit not in told
    known = ("--numbers", NUMBERS, "--numbers", LATER, "--published-hash", digest)
    assert call("verify", folder, *known, today="2027-01-01")[0] == 0
    assert call("verify", folder, "--published-hash", "0" * 64)[0] == 1


def test_a_vacancy_is_refused_on_a_day_on_which_the_numbers_may_be_known(call, held):
    status, told = vacate(call, held, "2026-12-11")
    assert (status, "numbers nobody can know" in " ".join(told.split())) == (1, True)
    assert not list(held[0].glob("vacancy-*"))


def test_a_withheld_reveal_is_a_violation_that_verify_tells_after_the_deadline(call, held):
    folder, _, _ = held
    vacate(call, held, "2026-12-10")
    assert call("verify", folder, today="2026-12-18")[0] == 0
    status, told = call("verify", folder, today="2026-12-19")
    assert (status, "replacement-1.json" in told, "a violation" in told) == (1, True, True)
    status, told = call("replace", folder, "--numbers", LATER, "--on", "2026-12-19", "--root", ROOT)
    assert (status, "violation: missing_reveal" in told) == (0, True)
    assert "编办未在期限内公布揭示码" in (folder / "draw.html").read_text("utf-8")
    assert call("verify", folder, today="2026-12-20")[0] == 0
