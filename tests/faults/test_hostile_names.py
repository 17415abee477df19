"""Hostile names of periods, units, revisions and files: nothing is written outside the root, nothing falls over."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from analysis.policy.errors import UsageError
from analysis.policy.period import parse_period, parse_periods
from analysis.run.commands import main as cli
from analysis.run.store.revisions import Store

from .conftest import PERIOD

pytestmark = pytest.mark.slow

_PARTS = (
    "..",
    ".",
    "x",
    PERIOD,
    "r0001",
    "params",
    "CON",
    "nul.txt",
    "COM1",
    "aux",
    "~",
    "~root",
    "$HOME",
    "%TEMP%",
    "*",
)
_PARTS += (
    "\0",
    "\n",
    "\r\n",
    " ",
    "\t",
    "\u202e",
    "\u200b",
    "\ufeff",
    "．．",
    "∕",
    "⁄",
    "é",
    "e\u0301",
    "区财政局",
    "D01",
)
_PARTS += (
    "\ud800",
    "\U0001f600",
    "２０２３-０１",
    "2023-01\n",
    "-",
    "--root",
    "'",
    '"',
    ";",
    "|",
    "&",
    "`id`",
    "{}",
    "[red]",
)
_SEPARATORS = ("/", "\\", "//", "\\\\", "/../", "..\\", "::", ":", "", "=", "@", "..", "%2f", "%00")
_STARTS = ("", "/", "\\", "//host/share/", "C:\\", "file://", "../../", "..\\..\\", "./", "\\\\?\\")


def hostile_name(dice) -> str:
    """Make up a name that tries to lead elsewhere, to hide, or to be too much."""
    name = dice.choice(_STARTS)
    for _ in range(dice.randint(1, 5)):
        name += dice.choice(_PARTS) + dice.choice(_SEPARATORS)
    return name * 400 if dice.random() < 0.05 else name


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Return every path below a folder with size and time of change."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[str(path)] = (status.st_size if path.is_file() else 0, status.st_mtime_ns if path.is_file() else 0)
    return found


def call(monkeypatch, capsys, *arguments: object) -> int:
    """Run the command line in this process (no shell and no NUL stands between) and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["analysis", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    capsys.readouterr()
    return end.value.code or 0


@pytest.fixture
def home(truths, tmp_path, monkeypatch) -> Path:
    """A folder of folders; the root lies deep in it and is the current folder."""
    root = shutil.copytree(truths.root, tmp_path / "a" / "b" / "root")
    (root / "districts.yml").write_text(
        yaml.safe_dump({"name": "省", "districts": [{"id": "one", "name": "澄川区", "root": "."}]}, allow_unicode=True),
        encoding="utf-8",
    )
    monkeypatch.chdir(root)
    return tmp_path


def commands(name: str) -> tuple[list[tuple], list[tuple]]:
    """Every command with the hostile name as its period, and in another of its places."""
    in_period = [("run", name), ("run", name, "--tables-only"), ("run", f"{PERIOD}..{name}"), ("start", name)]
    in_period += [("check", name), ("explain", name, "D01"), ("whatif", name, "--set", "D01/common-01=1")]
    in_period += [("verify", name), ("finalise", name), ("fleet", "districts.yml", "--period", name)]
    elsewhere = [("explain", PERIOD, "--", name), ("explain", PERIOD, "D01", "--scope", name)]
    elsewhere += [("whatif", PERIOD, "--set", f"{name}/common-01=1"), ("whatif", PERIOD, "--set", f"D01/{name}=1")]
    elsewhere += [("verify", PERIOD, "--against", name), ("run", PERIOD, "--as-of", name)]
    elsewhere += [("whatif", PERIOD, "--policy", name), ("draw", "verify", name), ("fleet", name, "--period", PERIOD)]
    return in_period, elsewhere


def test_names_on_the_command_line(home, monkeypatch, capsys, share, dice):
    before = snapshot(home)
    for number in range(share(200, 1000)):
        name = hostile_name(dice)
        for read in (parse_period, parse_periods, Store(Path.cwd()).revisions):
            with pytest.raises(UsageError):
                read(name)
        for listed in commands(name):
            command = listed[number % len(listed)]
            assert call(monkeypatch, capsys, *command) in (1, 2), command
    assert snapshot(home) == before


def test_names_of_raw_files(home, monkeypatch, capsys, share, dice):
    root = Path.cwd()
    raw = root / "data" / "raw" / PERIOD
    n_files = len(list(raw.iterdir()))
    before = {path: seen for path, seen in snapshot(home).items() if not path.startswith(str(raw))}
    for _ in range(share(3, 30)):
        for number, path in enumerate(sorted(raw.iterdir())):
            word = f"{number}{hostile_name(dice)}".replace("/", "\u2215").replace("\0", "")
            path.rename(raw / (word.encode("utf-8", "ignore")[:200].decode("utf-8", "ignore") + path.suffix))
        assert len(list(raw.iterdir())) == n_files
        assert call(monkeypatch, capsys, "check", PERIOD) in (0, 1)
    after = {path: seen for path, seen in snapshot(home).items() if not path.startswith(str(raw))}
    assert after == before


@pytest.mark.parametrize(
    ("place", "key"), [("units.yml", "id: "), ("sheets.yml", "file: "), ("district.yml", "start: ")]
)
def test_names_in_rules(home, monkeypatch, capsys, share, dice, place, key):
    root = Path.cwd()
    before = {path: seen for path, seen in snapshot(home).items() if not path.startswith(str(root))}
    file = root / "params" / place
    whole = file.read_text("utf-8")
    for _ in range(share(10, 60)):
        name = json.dumps(hostile_name(dice))
        content = _replace_value(whole, key, name)
        assert content != whole
        file.write_text(content, encoding="utf-8", errors="surrogatepass")
        assert call(monkeypatch, capsys, "start", PERIOD) in (0, 1, 2)
        shutil.rmtree(root / "forms", ignore_errors=True)
    after = {path: seen for path, seen in snapshot(home).items() if not path.startswith(str(root))}
    assert after == before


def _replace_value(text: str, key: str, value: str) -> str:
    start = text.index(key) + len(key)
    ends = [place for place in (text.find(mark, start) for mark in (",", "\n", "}")) if place > 0]
    return text[:start] + value + text[min(ends) :]


def test_links_in_the_root_lead_nowhere(truths, home, monkeypatch, capsys):
    """A staging folder that is a link to elsewhere, as a hostile archive might leave it, is not followed."""
    root, target = Path.cwd(), home / "elsewhere"
    target.mkdir()
    (target / "kept").write_text("kept")
    os.symlink(target, root / "data" / "processed" / PERIOD / "staging")
    truths.deliver(root, 1)
    code = call(monkeypatch, capsys, "run", PERIOD, "--tables-only")
    assert code == 1
    assert [path.name for path in target.iterdir()] == ["kept"]
