"""Same input, same bytes: whatever the time zone, the language, the hash seed, the folder and the order of files."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from analysis.intake.callers import write_caller_secret
from analysis.policy.book import load_policy
from analysis.run.month import new_month
from analysis.run.notebooks import forks
from analysis.run.rerun import rerun
from analysis.run.store.history import build_tables
from analysis.run.store.manifest import hash_tree
from analysis.run.store.revisions import Store, check_revision

from ..conftest import copy_root

pytestmark = pytest.mark.slow
SCORES = ("unit_scores", "channel_scores", "indicator_scores", "trends", "hotline_by_unit", "watch_list")

WORLDS = {
    "east": {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": "1"},
    "west": {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "LANG": "zh_CN.GB18030", "PYTHONHASHSEED": "77"},
}
WORLDS["west"] |= {"PYTHONUTF8": "0", "PYTHONOPTIMIZE": "1", "MPLBACKEND": "svg", "COLUMNS": "60"}


def call(root: Path, world: dict[str, str], *arguments: str) -> str:
    """Run the command line in a world of its own and return what it says."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONHASH"))}
    command = [sys.executable, "-m", "analysis", *arguments, "--root", str(root)]
    done = subprocess.run(command, env=keep | world, cwd="/", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return " ".join(done.stdout.decode("utf-8", "replace").split())


def copy_backwards(district: Path, target: Path) -> Path:
    """Copy a district's rules, key and raw files, the last name first, so that a folder lists them otherwise."""
    shutil.copytree(district / "params", target / "params")
    for path in sorted((district / "data" / "raw").rglob("*"), reverse=True):
        if path.is_file():
            place = target / path.relative_to(district)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    shutil.copyfile(district / "data" / "caller.key", target / "data" / "caller.key")
    return target


def test_a_published_month_comes_out_the_same_in_another_world(district, tmp_path):
    """Tables, notebooks, pages and workbooks, run again by `analysis verify`."""
    manifest = Store(district).manifest("2023-02")
    for ending in (".parquet", ".ipynb", ".html", ".xlsx"):
        assert any(name.endswith(ending) for name in manifest.outputs)
    before = hash_tree(district, district)
    said = call(district, WORLDS["east"] | {"TMPDIR": str(tmp_path)}, "verify", "2023-02")
    made = manifest.outputs.keys() - manifest.params.keys()  # the rules are kept, not made
    assert f"run again, all {len(made)} files are the same" in said
    assert "since r0001" not in said
    assert hash_tree(district, district) == before


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")
def test_kernels_that_are_started_make_what_forked_ones_made(district, monkeypatch):
    assert forks.CAN_FORK
    monkeypatch.setattr(forks, "CAN_FORK", False)
    again = rerun(district, "2023-02")
    assert again.differing == ()
    manifest = Store(district).manifest("2023-02")
    assert again.n_files == len(manifest.outputs.keys() - manifest.params.keys())


def test_a_district_run_from_nothing_in_a_third_world_is_the_same(district, tmp_path):
    if os.environ.get("FAULTS") != "whole":
        pytest.skip("a whole run takes a minute: FAULTS=whole")
    folder = copy_backwards(district, tmp_path / "某区 district")
    call(folder, WORLDS["west"], "run", "2023-02")
    for period in ("2023-01", "2023-02"):
        one, other = (check_revision(Store(each).revision(period)) for each in (district, folder))
        assert sorted(one.outputs.items() ^ other.outputs.items()) == []
        assert one == other
    assert hash_tree(district / "reports", district) == hash_tree(folder / "reports", folder)


def test_the_order_of_files_changes_nothing(tmp_path):
    root = copy_root(tmp_path / "root", ["2023-01"])
    write_caller_secret(root, bytes(32))
    other = copy_backwards(root, tmp_path / "other")
    for each in (root, other):
        build_tables(new_month(each, load_policy(each), "2023-01"), ["2023-01"])
    assert Store(root).manifest("2023-01") == Store(other).manifest("2023-01")


def test_the_order_of_rows_changes_no_score(tmp_path):
    """Addresses in the lineage follow the rows; what is computed does not."""
    roots = [copy_root(tmp_path / name, ["2023-01"]) for name in ("as_delivered", "shuffled")]
    raw = roots[1] / "data" / "raw" / "2023-01"
    dice = random.Random(7)
    for path in raw.glob("*.csv"):
        head, *rows = path.read_bytes().splitlines(keepends=True)
        dice.shuffle(rows)
        path.write_bytes(b"".join([head, *rows]))
    for number, path in enumerate(sorted(raw.glob("*.parquet"))):
        duckdb.sql(f"copy (from '{path}' order by hash(#1, {number})) to '{path}.new' (format parquet)")
        Path(f"{path}.new").replace(path)
    for root in roots:
        write_caller_secret(root, bytes(32))
        build_tables(new_month(root, load_policy(root), "2023-01"), ["2023-01"])
    stores = [Store(root) for root in roots]
    assert stores[0].manifest("2023-01").inputs != stores[1].manifest("2023-01").inputs
    for table in SCORES:
        one, other = (store.path(table, "2023-01").read_bytes() for store in stores)
        assert one == other, table
